"""nutpie over PyMC models as a system of `benchmarks.sampling`: its Numba back end."""

import importlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import nutpie

from benchmarks.peers.serve import serve


class Nutpie:
    """Models of `pymc_models`, sampled with nutpie's defaults."""

    def __init__(self) -> None:
        self._models = importlib.import_module("benchmarks.peers.pymc_models")
        self._compiled: Any = None

    def versions(self) -> str:
        """Versions of nutpie, PyMC and Numba."""
        version = importlib.import_module("importlib.metadata").version
        return ", ".join(f"{name} {version(name)}" for name in ("nutpie", "pymc", "numba"))

    def prepare(self, model: str, data: str, program: str) -> dict[str, Any]:  # noqa: ARG002 - as all
        """From the model to a compiled density."""
        content = json.loads(Path(data).read_text())
        values = {key: np.asarray(value) for key, value in content.items()}
        start = time.process_time()
        self._compiled = nutpie.compile_pymc_model(getattr(self._models, model)(values))
        seconds = time.process_time() - start
        return {"seconds": seconds, "dimension": int(self._compiled.n_dim)}

    def sample(self, request: dict[str, Any]) -> dict[str, Any]:
        """Four chains on one core."""
        start = time.process_time()
        trace = nutpie.sample(
            self._compiled,
            draws=request["draws"],
            tune=request["warmup"],
            chains=request["chains"],
            cores=1,
            seed=request["seed"] + 1,
            progress_bar=False,
        )
        seconds = time.process_time() - start
        kept = [name for name in trace.posterior.data_vars if name != "f"]
        arrays = [np.asarray(trace.posterior[name]) for name in kept]
        draws = np.concatenate([a.reshape(*a.shape[:2], -1) for a in arrays], axis=2)
        np.save(request["file"], draws)
        statistics = trace.sample_stats
        drawing = int(np.sum(np.asarray(statistics["n_steps"])))
        warming = int(np.sum(np.asarray(trace.warmup_sample_stats["n_steps"])))
        return {
            "seconds": seconds,
            "drawing": seconds * drawing / (warming + drawing),  # by the gradients
            "gradients": drawing,
            "divergences": int(np.sum(np.asarray(statistics["diverging"]))),
        }


if __name__ == "__main__":
    serve(Nutpie)  # type: ignore[arg-type]  # it samples, and does nothing else
