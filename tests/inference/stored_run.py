"""A run with a store, as a program that can be killed: `python -m tests.inference.stored_run`.

It goes on where an earlier one was killed. Commits and reports are as frequent as they can be, so
that a kill falls into the middle of them.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import inference
from inference import workers
from inference.storage import groups, store
from tests.inference import densities

RUNS: dict[str, dict[str, Any]] = {
    "diagonal": {"sampler": "nuts", "metric": "diagonal"},
    "dense": {"sampler": "nuts", "metric": "dense"},
    "low_rank": {"sampler": "nuts", "metric": "low_rank"},
    "stan": {"sampler": "nuts", "metric": "dense", "adaptation": "stan"},
    "walnuts": {"sampler": "walnuts", "metric": "diagonal"},
    "hmc": {"sampler": "hmc", "metric": "auto"},
}
SIZES = {"draws": 1500, "warmup": 400, "chains": 3, "seed": 17, "cores": 2, "progress": False}


def density() -> Any:
    """Correlated normal in 12 dimensions."""
    matrix = [[0.6 ** abs(i - j) for j in range(12)] for i in range(12)]
    return densities.correlated(np.array(matrix))


def run(
    path: Path, name: str, callback: Any = None, *, rows: int = 128, seconds: float = 0.02
) -> inference.Fit:
    """Begin the run or go on with it."""
    groups.MOST_ROWS, store.COMMIT_SECONDS, workers.POLL_SECONDS = rows, seconds, 0.002
    workers.BATCH_SECONDS = 0.001
    if path.exists():
        return inference.resume(path, density(), callback=callback, cores=2, progress=False)
    options = dict(RUNS[name])
    sampler = getattr(inference, options.pop("sampler"))
    fit: inference.Fit = sampler(density(), store=path, callback=callback, **options, **SIZES)
    return fit


def report(state: inference.Progress) -> None:
    """Say what is stored."""
    told = [[chain.stored, chain.transitions] for chain in state.chains]
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    density()
    sys.stdout.write("[]\n")
    sys.stdout.flush()
    run(Path(sys.argv[1]), sys.argv[2], report)
