"""Python loops of 10,000 steps: how long they take to prepare, and how fast they run.

    python -m benchmarks.loops [--steps 10000] [--repeats 5]

Each model is written as a Python loop over numbers, and again with arrays or `ad.scan`. Preparation
is processor time after the trace, with an empty cache (code of vector mathematics, which is made
once a machine, is there) and with a full one; the gradients of both forms are timed in turn.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import ad
from ad.tape_identity import tape_identity
from benchmarks.machine import banner

Model = Callable[[Any], Any]
LAGS, COUNTIES = 5, 20


class Pair(NamedTuple):
    """A model as a loop and as arrays or a scan."""

    loop: Model
    arrays: Model
    dimension: int


def normal(y: Any, loc: Any, scale: Any) -> Any:
    """Log density of a normal law, without its constant."""
    return -0.5 * ((y - loc) / scale) ** 2 - np.log(scale)


def radon(y: np.ndarray, rng: np.random.Generator) -> Pair:
    """Levels of groups, and a slope."""
    county, floor = rng.integers(0, COUNTIES, len(y)), rng.integers(0, 2, len(y)) * 1.0

    def loop(x: Any) -> Any:
        scale, total = np.exp(x[1]), 0.0
        for t in range(len(y)):
            total += normal(y[t], x[2 + county[t]] + x[0] * floor[t], scale)
        return total

    def arrays(x: Any) -> Any:
        return np.sum(normal(y, x[2:][county] + x[0] * floor, np.exp(x[1])))

    return Pair(loop, arrays, 2 + COUNTIES)


def autoregression(y: np.ndarray, _: np.random.Generator) -> Pair:
    """Five lags."""

    def loop(x: Any) -> Any:
        scale, total = np.exp(x[1]), 0.0
        for t in range(LAGS, len(y)):
            loc = x[0]
            for lag in range(LAGS):
                loc += x[2 + lag] * y[t - 1 - lag]
            total += normal(y[t], loc, scale)
        return total

    def arrays(x: Any) -> Any:
        loc = x[0]
        for lag in range(LAGS):
            loc = loc + x[2 + lag] * y[LAGS - 1 - lag : len(y) - 1 - lag]
        return np.sum(normal(y[LAGS:], loc, np.exp(x[1])))

    return Pair(loop, arrays, 2 + LAGS)


def garch(y: np.ndarray, _: np.random.Generator) -> Pair:
    """A variance that follows the last shock and itself."""

    def variance(x: Any, last: Any, before: Any) -> Any:
        return np.exp(x[1]) + ad.special.expit(x[2]) * (before - x[0]) ** 2 + 0.5 * last

    def loop(x: Any) -> Any:
        level = np.exp(x[3])
        total = normal(y[0], x[0], np.sqrt(level))
        for t in range(1, len(y)):
            level = variance(x, level, y[t - 1])
            total += normal(y[t], x[0], np.sqrt(level))
        return total

    def scanned(x: Any) -> Any:
        def step(level: Any, pair: Any) -> tuple[Any, Any]:
            level = variance(x, level, pair[0])
            return level, normal(pair[1], x[0], np.sqrt(level))

        start = np.exp(x[3])
        _, terms = ad.scan(step, start, np.stack([y[:-1], y[1:]], axis=1))
        return normal(y[0], x[0], np.sqrt(start)) + np.sum(terms)

    return Pair(loop, scanned, 4)


def hidden_markov(y: np.ndarray, _: np.random.Generator) -> Pair:
    """Two states, the forward algorithm on lists of two numbers."""

    def jumps(x: Any) -> list[list[Any]]:
        return [[ad.special.log_expit(x[2 + i] * side) for side in (-1, 1)] for i in range(2)]

    def step(jump: Any, forward: Any, x: Any, seen: Any) -> list[Any]:
        return [
            np.logaddexp(forward[0] + jump[0][k], forward[1] + jump[1][k]) + normal(seen, x[k], 1.0)
            for k in range(2)
        ]

    def loop(x: Any) -> Any:
        jump = jumps(x)
        forward = [normal(y[0], x[k], 1.0) for k in range(2)]
        for seen in y[1:]:
            forward = step(jump, forward, x, seen)
        return np.logaddexp(*forward)

    def scanned(x: Any) -> Any:
        jump = jumps(x)
        start = ad.array([normal(y[0], x[k], 1.0) for k in range(2)])
        forward, _ = ad.scan(
            lambda last, seen: (ad.array(step(jump, last, x, seen)), 0.0), start, y[1:]
        )
        return np.logaddexp(forward[0], forward[1])

    return Pair(loop, scanned, 4)


def prepared(model: Model, dimension: int) -> tuple[Any, float, int]:
    """A density, the seconds after its trace, and how many operations were recorded."""
    noted: dict[str, Any] = {}

    def note(tape: Any, *rest: Any) -> Any:
        noted["start"], noted["rows"] = time.thread_time(), len(tape.rows)
        return tape_identity(tape, *rest)

    with mock.patch("ad.compiled.tape_identity", note):
        density = ad.density(model, dimension)
    return density, time.thread_time() - noted["start"], noted["rows"]


def gradient_seconds(density: Any, x: np.ndarray, calls: int) -> float:
    """Seconds of one gradient, of so many."""
    start = time.thread_time()
    for _ in range(calls):
        density.logdensity_and_gradient(x)
    return (time.thread_time() - start) / calls


def line(name: str, pair: Pair, cache: Path, repeats: int) -> str:
    """Measure one model."""
    cold, cached = [], []
    for _ in range(repeats):
        for entry in cache.iterdir():
            entry.unlink()
        density, seconds, rows = prepared(pair.loop, pair.dimension)
        cold.append(seconds)
        cached.append(prepared(pair.loop, pair.dimension)[1])
    other = ad.density(pair.arrays, pair.dimension)
    x = np.linspace(-0.3, 0.4, pair.dimension)
    values = [each.logdensity_and_gradient(x) for each in (density, other)]
    np.testing.assert_allclose(values[0][0], values[1][0], rtol=1e-10)
    np.testing.assert_allclose(values[0][1], values[1][1], rtol=1e-7, atol=1e-7)
    times = [[gradient_seconds(each, x, 20) for each in (density, other)] for _ in range(21)]
    loop, arrays = (1e6 * statistics.median(column) for column in zip(*times, strict=True))
    return (
        f"{name:<16}{rows:>10}{statistics.median(cold):>10.2f}{statistics.median(cached):>10.3f}"
        f"{loop:>12.1f}{arrays:>12.1f}{loop / arrays:>8.2f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(banner())
    print(
        f"{'model':<16}{'recorded':>10}{'cold s':>10}{'cached s':>10}"
        f"{'loop us':>12}{'arrays us':>12}{'ratio':>8}"
    )
    rng = np.random.default_rng(1)
    y = rng.normal(size=options.steps)
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, WENGERT_CACHE=folder),
    ):
        ad.density(lambda x: np.sum(np.exp(x)), 20)  # vector mathematics
        for make in (radon, autoregression, garch, hidden_markov):
            print(line(make.__name__, make(y, rng), Path(folder), options.repeats), flush=True)


if __name__ == "__main__":
    main()
