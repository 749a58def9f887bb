"""Approximations of the gallery's posteriors: errors against reference draws, and wall time.

    POSTERIORDB=... python -m benchmarks.variational [--models NAME ...] [--draws 4000] [--seeds 3]

For every model with reference moments in posteriordb and every algorithm: seconds from the model to
the draws (compilation included, the second run of the process), gradients and Hessian-vector
products, the largest error of a mean in standard deviations of the reference, the largest error of
a standard deviation, and Pareto k-hat. Medians over seeds.
"""

import argparse
import importlib
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import inference
from benchmarks.machine import banner

ALGORITHMS: dict[str, Callable[..., Any]] = {
    "laplace": inference.laplace,
    "pathfinder": inference.pathfinder,
    "dadvi": inference.dadvi,
    "bam": inference.bam,
    "bam low rank": lambda *a, **k: inference.bam(*a, family="low_rank", **k),
    "advi mean field": lambda *a, **k: inference.advi(*a, family="mean_field", **k),
    "advi full rank": lambda *a, **k: inference.advi(*a, family="full_rank", **k),
}


def errors(fit: Any, posterior: Any, model: str) -> tuple[float, float]:
    """Largest error of a mean and of a standard deviation, in the reference's units."""
    stan = importlib.import_module("models._stan")
    moments = importlib.import_module("tests.posteriordb").reference(stan.listed()[model])
    draws = stan.scalars(fit, stan.names(model, posterior.names))
    known = {name: m for name, m in moments.items() if name in draws and m["sd"] > 0.0}
    means = [abs(float(draws[name].mean()) - m["mean"]) / m["sd"] for name, m in known.items()]
    deviations = [abs(float(draws[name].std()) / m["sd"] - 1.0) for name, m in known.items()]
    return max(means), max(deviations)


def measure(name: str, model: str, draws: int, seeds: int) -> list[float]:
    """Seconds, gradients, products, errors and k-hat: medians over seeds."""
    posteriordb = importlib.import_module("tests.posteriordb")
    results = []
    for seed in range(seeds):
        begin = time.perf_counter()
        posterior = posteriordb.posterior_of(model)
        fit = ALGORITHMS[name](posterior, draws=draws, seed=seed, progress=False)
        spent = time.perf_counter() - begin
        about = fit.attributes
        counts = (about["gradients"], about["hessian_products"])
        results.append([spent, *counts, *errors(fit, posterior, model), fit.khat])
    return [statistics.median(column) for column in zip(*results, strict=True)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="*")
    parser.add_argument("--algorithms", nargs="*", default=list(ALGORITHMS))
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    listed = importlib.import_module("models._stan").listed()
    models = importlib.import_module("tests.posteriordb").with_reference(listed)
    print(banner())
    print(
        f"{'model':20s} {'algorithm':16s} {'seconds':>8s} {'gradients':>9s} {'products':>9s} "
        f"{'mean':>7s} {'sd':>7s} {'k-hat':>6s}"
    )
    for model in models:
        if arguments.models and model not in arguments.models:
            continue
        for name in arguments.algorithms:
            try:
                cells = measure(name, model, arguments.draws, arguments.seeds)
            except (ArithmeticError, ValueError, RuntimeError) as error:
                print(f"{model:20s} {name:16s} {type(error).__name__}: {error}")
                continue
            seconds, gradients, products, mean, sd, khat = np.array(cells)
            print(
                f"{model:20s} {name:16s} {seconds:8.2f} {gradients:9.0f} {products:9.0f} "
                f"{mean:7.3f} {sd:7.3f} {khat:6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
