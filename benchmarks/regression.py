"""Logistic regression: value and gradient against merely summing X, and against two BLAS calls.

    python -m benchmarks.regression

All on one thread, measured in turn. "Two BLAS calls" are X @ beta and X' r alone, without the link.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import threadpoolctl

import ad
from benchmarks.machine import banner

SIZES = ((434, 3), (1_000, 10), (10_000, 20), (10_000, 100), (100_000, 100))


def timer(action: Callable[[], object]) -> Callable[[], float]:
    """Time of one call, in microseconds."""

    def timed() -> float:
        start = time.perf_counter()
        action()
        return 1e6 * (time.perf_counter() - start)

    return timed


def measured(rows: int, columns: int, repeats: int) -> list[float]:
    """Medians of gradient, sum and products."""
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(rows, columns))
    y = (rng.random(rows) < 0.5) * 1.0

    def log_density(x: np.ndarray) -> object:
        eta = matrix @ x
        return np.sum(y * eta - ad.special.log1p_exp(eta)) - 0.5 * np.sum(x * x)

    density = ad.density(log_density, columns)
    x = np.full(columns, 0.01)
    actions = (
        timer(lambda: density.logdensity_and_gradient(x)),
        timer(matrix.sum),
        timer(lambda: (matrix @ x) @ matrix),
    )
    for action in actions:
        action()
    rounds = [[action() for action in actions] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    """Print the table."""
    print(banner())
    print(f"{'rows x columns':>16} {'gradient us':>12} {'sum(X) us':>10} {'2 BLAS us':>10}", end="")
    print(f" {'/ sum':>7} {'BLAS /':>7}")
    with threadpoolctl.threadpool_limits(1):
        for rows, columns in SIZES:
            gradient, total, blas = measured(rows, columns, 21 if rows > 50_000 else 101)
            print(
                f"{rows:>9} x {columns:>4} {gradient:>12.1f} {total:>10.1f} {blas:>10.1f}"
                f" {gradient / total:>7.2f} {blas / gradient:>7.2f}"
            )


if __name__ == "__main__":
    main()
