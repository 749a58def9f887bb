"""Time of derivatives as multiples of the function's own, inside a native loop.

    python -m benchmarks.derivatives [--repeats 15]

Value, value with gradient, and Hessian-vector product are compiled apart and each evaluated on a
block of points by one native call, in turn; medians of the ratios, round by round. Beside them the
ratios of floating-point operations, an element-wise operation being one: what no code can beat by
much where products of matrices do the work.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg  # noqa: F401 - its BLAS must be there when threads are limited
import threadpoolctl

import ad
from benchmarks.machine import banner

RNG = np.random.default_rng(0)
MILLISECONDS = 5.0  # a block takes about this long


class Program(NamedTuple):
    """A scalar function of a vector, and a point."""

    name: str
    function: Callable[[Any], Any]
    point: Any


def helmholtz(n: int) -> Program:
    """Helmholtz free energy of a Peng-Robinson mixture (Baydin et al., 2018, figure 5)."""
    i = np.arange(n)
    b, a = (n - i) / (10.0 * (n + 1)), (i[:, None] + i + 2) / (20.0 * (n + 1))

    def energy(x: Any) -> Any:
        bx = b @ x
        mixing = np.sum(x * np.log(x / (1.0 - bx)))
        cubic = np.log((1.0 + (1.0 + np.sqrt(2.0)) * bx) / (1.0 + (1.0 - np.sqrt(2.0)) * bx))
        return mixing - x @ (a @ x) / (np.sqrt(8.0) * bx) * cubic

    return Program(f"Helmholtz, n = {n}", energy, (i + 1) / (10.0 * (n + 1)))


def mixture(components: int, dimensions: int, rows: int) -> Program:
    """Gaussian mixture with full precision factors (ADBench's objective, without prior)."""
    data = RNG.normal(size=(rows, dimensions))
    below = dimensions * (dimensions - 1) // 2
    lower = np.tril_indices(dimensions, -1)
    sizes = np.cumsum([components, components * dimensions, components * dimensions])

    def density(x: Any) -> Any:
        weights = x[: sizes[0]]
        means = np.reshape(x[sizes[0] : sizes[1]], (components, dimensions))
        logs = np.reshape(x[sizes[1] : sizes[2]], (components, dimensions))
        others = np.reshape(x[sizes[2] :], (components, below))
        terms = []
        for k in range(components):
            centred = data - means[k]
            factor = np.diag(np.exp(logs[k]))
            if below:
                place = np.zeros((below, dimensions, dimensions))
                place[np.arange(below), lower[0], lower[1]] = 1.0
                factor = factor + np.einsum("j,jab->ab", others[k], place)
            spread = centred @ factor.T
            terms.append(weights[k] + np.sum(logs[k]) - 0.5 * np.sum(spread**2, axis=1))
        return np.sum(ad.special.logsumexp(np.stack(terms, axis=1), axis=1)) - rows * (
            ad.special.logsumexp(weights)
        )

    dimension = int(sizes[2]) + components * below
    return Program(
        f"mixture, K = {components}, D = {dimensions}, N = {rows}",
        density,
        0.3 * RNG.normal(size=dimension),
    )


def network(sizes: tuple[int, ...], rows: int) -> Program:
    """Cross entropy of a network of three layers."""
    inputs = RNG.normal(size=(rows, sizes[0]))
    labels = np.eye(sizes[-1])[RNG.integers(0, sizes[-1], rows)]
    shapes = list(itertools.pairwise(sizes))

    def loss(x: Any) -> Any:
        h, start = inputs, 0
        for layer, (before, after) in enumerate(shapes):
            weights = np.reshape(x[start : start + before * after], (before, after))
            start += before * after
            h = h @ weights + x[start : start + after]
            start += after
            if layer < len(shapes) - 1:
                h = np.tanh(h)
        return np.sum(ad.special.logsumexp(h, axis=1)) - np.sum(labels * h)

    dimension = sum(a * b + b for a, b in shapes)
    return Program(
        f"network {'-'.join(map(str, sizes))}, {rows} rows", loss, 0.1 * RNG.normal(size=dimension)
    )


def logistic(rows: int, columns: int) -> Program:
    """Logistic regression."""
    matrix = RNG.normal(size=(rows, columns))
    y = (RNG.random(rows) < 0.5) * 1.0

    def density(x: Any) -> Any:
        eta = matrix @ x
        return np.sum(y * eta - ad.special.log1p_exp(eta)) - 0.5 * np.sum(x * x)

    return Program(f"logistic {rows} x {columns}", density, np.full(columns, 0.01))


def block(function: Callable[[Any], Any], point: Any) -> Callable[[], float]:
    """Time of one evaluation in microseconds, over a block of points in one native call."""
    compiled = ad.compile(function)
    compiled.map(point[None])
    start = time.thread_time()
    compiled.map(point[None])
    once = time.thread_time() - start
    rows = np.tile(point, (max(2, min(20_000, int(1e-3 * MILLISECONDS / once))), 1))

    def timed() -> float:
        begin = time.thread_time()
        compiled.map(rows)
        return 1e6 * (time.thread_time() - begin) / len(rows)

    return timed


class Ratios(NamedTuple):
    """Time of the value in microseconds; gradient and product as multiples, in time and work."""

    value: float
    gradient: float
    product: float
    gradient_work: float
    product_work: float


def measure(program: Program, repeats: int) -> Ratios:
    """Times and operations of a program."""
    f, x = program.function, program.point
    half = len(x)

    def product(z: Any) -> Any:
        return ad.hvp(f, (z[:half],), (z[half:],))

    there = np.concatenate([x, np.ones(half)])
    actions = (block(f, x), block(ad.value_and_grad(f), x), block(product, there))
    for action in actions:
        action()
    rounds = [[action() for action in actions] for _ in range(repeats)]
    counted = ad.explain(f, x)
    squared = ad.explain(lambda z: np.sum(product(z)), there)
    return Ratios(
        statistics.median(times[0] for times in rounds),
        statistics.median(times[1] / times[0] for times in rounds),
        statistics.median(times[2] / times[0] for times in rounds),
        counted.gradient / counted.primal,
        squared.primal / counted.primal,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    print(banner())
    print(f"{'':40} {'value us':>10} {'+ gradient':>11} {'work':>7} {'H v':>8} {'work':>7}")
    programs = [
        *(helmholtz(n) for n in (1, 8, 22, 50)),
        mixture(5, 4, 1000),
        # MNIST's, where the first layer's input is data; of equal widths; and a small one.
        network((784, 128, 64, 10), 128),
        network((64, 64, 64, 64), 128),
        network((32, 32, 16, 10), 100),
        logistic(10_000, 100),
    ]
    with threadpoolctl.threadpool_limits(1):
        for program in programs:
            r = measure(program, repeats)
            print(
                f"{program.name:40} {r.value:>10.3f} {r.gradient:>10.2f}x {r.gradient_work:>6.2f}x "
                f"{r.product:>7.2f}x {r.product_work:>6.2f}x",
                flush=True,
            )


if __name__ == "__main__":
    main()
