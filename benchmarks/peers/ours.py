"""Our system of `benchmarks.gradients`; with `--pointwise` without sufficient statistics."""

import importlib
import math
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import ad
from ad.tape_identity import tape_identity
from benchmarks.peers.loop import Loop
from benchmarks.peers.serve import System, serve

STATISTICS = "sufficient-statistics"
REPEATS = 3


class Ours:
    """Gallery models.

    The process has a cache folder of its own (WENGERT_CACHE), which is emptied for the cold times;
    what is made once a machine (vector mathematics) is linked already by then.
    """

    def __init__(self, without: tuple[str, ...] = ()) -> None:
        self._without = without
        self._posterior: Any = None
        self._loop: Any = None
        self._trace_ends = math.inf
        self._sampled = False

    def versions(self) -> str:
        """Versions of the packages underneath."""
        version = importlib.import_module("importlib.metadata").version
        return ", ".join(f"{name} {version(name)}" for name in ("numpy", "llvmlite"))

    def prepare(self, model: str, data: str, program: str) -> dict[str, Any]:  # noqa: ARG002 - as a peer
        """Time the making of a posterior, its data bound, with an empty and with a full cache."""
        made = importlib.import_module(f"models.{model}").posterior()
        posterior = made.with_data(without=self._without)
        with mock.patch("ad.compiled.tape_identity", self._noted(tape_identity)):
            folder = Path(os.environ["WENGERT_CACHE"])
            cold, cached = [], []
            for _ in range(REPEATS):
                for entry in folder.iterdir():
                    entry.unlink()
                cold.append(self._prepared(posterior))
                cached.append(self._prepared(posterior))
        self._posterior = posterior
        self._bind()
        return {
            "seconds": statistics.median(whole for whole, _ in cold),
            "cached": statistics.median(whole for whole, _ in cached),
            "traced": statistics.median(traced for _, traced in cached),
            "dimension": posterior.dimension,
        }

    def _noted(self, identity: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any) -> Any:
            self._trace_ends = min(self._trace_ends, time.process_time())
            return identity(*args)

        return noted

    def _prepared(self, posterior: Any) -> tuple[float, float]:
        """Seconds of making a posterior, and of running its model, which the tape's key follows."""
        self._trace_ends = math.inf
        start = time.process_time()
        posterior.with_data()  # the same data, bound already
        return time.process_time() - start, self._trace_ends - start

    def _bind(self) -> None:
        native, dimension = self._posterior.native, self._posterior.dimension
        self._x, self._gradient, self._value = np.zeros(dimension), np.zeros(dimension), np.zeros(1)
        space = np.zeros(native.workspace_bytes + 64, np.uint8)
        self._workspace = space[-space.ctypes.data % 64 :]
        pointers = [array.ctypes.data for array in (self._x, self._value, self._gradient)]
        pointers += [native.data, self._workspace.ctypes.data]
        self._loop = Loop(native.address, pointers, self._x, self._gradient)

    def gradient(self, x: list[float]) -> tuple[float, list[float]]:
        """At an unconstrained point."""
        value, gradient = self._posterior.logdensity_and_gradient(np.array(x))
        return value, gradient.tolist()

    def loop(self, x: list[float], calls: int) -> float:
        """Through the pointer."""
        seconds: float = self._loop.seconds(x, calls)
        return seconds

    def call(self, x: list[float]) -> Callable[[], object]:
        """One call of `logdensity_and_gradient`."""
        point, function = np.array(x), self._posterior.logdensity_and_gradient
        return lambda: function(point)

    def sample(self, request: dict[str, Any]) -> dict[str, Any]:
        """Our NUTS with its defaults, for `benchmarks.sampling`.

        The sampler's code is made once a machine, as the vector mathematics: not counted.
        """
        inference = importlib.import_module("inference")
        words = {name: request[name] for name in ("chains", "draws", "warmup", "seed")}
        if not self._sampled:
            inference.nuts(self._posterior, draws=50, warmup=50, metric="dense", progress=False)
            self._sampled = True
        start = time.process_time()
        fit = inference.nuts(self._posterior, cores=1, progress=False, **words)
        seconds = time.process_time() - start
        np.save(request["file"], fit.unconstrained)
        drawing = int(fit.sample_stats["n_steps"].sum())
        warming = int(fit.warmup_stats["n_steps"].sum())
        return {
            "seconds": seconds,
            "drawing": seconds * drawing / (warming + drawing),  # by the gradients
            "gradients": drawing,
            "divergences": int(fit.sample_stats["diverging"].sum()),
        }

    def memory(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - as all tasks
        """Largest memory of this process so far, in MB."""
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {"megabytes": kilobytes / (1024 if sys.platform == "linux" else 1024**2)}


def make() -> System:
    """The system; what is made once a machine is made now."""
    ad.density(lambda x: np.sum(np.exp(x)), 20)
    return Ours((STATISTICS,) if "--pointwise" in sys.argv else ())


if __name__ == "__main__":
    serve(make)
