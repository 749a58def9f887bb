"""stanli as a system of `benchmarks.gradients`: its C function in a compiled loop."""

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import stanli

from benchmarks.peers.loop import Loop
from benchmarks.peers.serve import serve


class Stanli:
    """Stan programs under stanli's interpreter, in its default (exact) mode."""

    def __init__(self) -> None:
        self._model: Any = None
        self._loop: Any = None

    def versions(self) -> str:
        """Its version."""
        return f"stanli {stanli.__version__}"

    def prepare(self, model: str, data: str, program: str) -> dict[str, Any]:  # noqa: ARG002 - as all
        """From the program's text to the first gradient; the data's text is read before."""
        code, values = Path(program).read_text(), Path(data).read_text()
        start = time.process_time()
        self._model = stanli.Model(stan_code=code, data=values)
        dimension = self._model.n_unconstrained
        self._model.log_prob_grad(np.full(dimension, 0.1))
        seconds = time.process_time() - start
        self._bind(dimension)
        return {"seconds": seconds, "dimension": dimension}

    def _bind(self, dimension: int) -> None:
        library, handle = stanli._lib, self._model._m  # noqa: SLF001 - the C interface has no other door
        self._x, self._gradient, self._value = np.zeros(dimension), np.zeros(dimension), np.zeros(1)
        address = ctypes.cast(library.stanli_grad, ctypes.c_void_p).value
        assert address is not None
        pointers = [array.ctypes.data for array in (self._x, self._value, self._gradient)]
        self._loop = Loop(address, [handle, *pointers], self._x, self._gradient)

    def gradient(self, x: list[float]) -> tuple[float, list[float]]:
        """At an unconstrained point."""
        value, gradient = self._model.log_prob_grad(np.array(x))
        return float(value), np.asarray(gradient).tolist()

    def loop(self, x: list[float], calls: int) -> float:
        """Through the C function `stanli_grad`."""
        seconds: float = self._loop.seconds(x, calls)
        return seconds

    def call(self, x: list[float]) -> Callable[[], object]:
        """One call of `log_prob_grad`."""
        point, function = np.array(x), self._model.log_prob_grad
        return lambda: function(point)

    def sample(self, request: dict[str, Any]) -> dict[str, Any]:
        """Four chains with its defaults, one after the other, for `benchmarks.sampling`."""
        start = time.process_time()
        fit = self._model.sample(
            chains=request["chains"],
            seed=request["seed"] + 1,
            warmup=request["warmup"],
            samples=request["draws"],
            parallel_chains=1,
            refresh=0,
        )
        seconds = time.process_time() - start
        np.save(request["file"], np.asarray(fit.draws()))  # these programs compute nothing more
        return {
            "seconds": seconds,
            "gradients": int(np.sum(fit["n_leapfrog__"])),
            "divergences": int(np.sum(fit["divergent__"])),
        }


if __name__ == "__main__":
    serve(Stanli)
