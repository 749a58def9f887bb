"""A point of a gallery model's posterior: the end of a short run of NUTS.

    python -m benchmarks.peers.point MODEL SEED

prints the unconstrained point as a JSON list.
"""

import importlib
import json
import sys

import numpy as np

import inference


def point(model: str, seed: int) -> list[float]:
    """Find the point."""
    posterior = importlib.import_module(f"models.{model}").posterior()
    fit = inference.nuts(posterior, chains=1, warmup=300, draws=20, seed=seed, progress=False)
    last = {name: np.asarray(fit[name])[0, -1] for name in posterior.sites}
    found: list[float] = posterior.unconstrain(last).tolist()
    return found


if __name__ == "__main__":
    print(json.dumps(point(sys.argv[1], int(sys.argv[2]))))
