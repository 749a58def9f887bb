"""What recording costs: microseconds and bytes for each operation on a tape.

``python -m benchmarks.tracing`` records long programs of one kind of operation, and a few loops as
users write them, and prints processor time for each row (the least of many short repeats, as a busy
machine only ever adds), how much of it is more than the same program takes on plain arrays, and the
memory of 100,000 rows. x is a vector of 100, X is it as a matrix, a and b are numbers.
"""

import argparse
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special

import ad
from ad.tape import Tape, recording
from ad.traced import Traced
from benchmarks.machine import banner

COUNT = 500  # so short that many repeats are not interrupted
MANY = 100_000
POINT = np.linspace(0.5, 1.5, 100)

Program = Callable[[Any, int], Any]


def _operators(x: Any, count: int) -> Any:
    a = total = x[0]
    for _ in range(count // 4):
        total = total + a
        total = total * 0.5
        total = a - total
        total = total / 1.5
    return total


def _negated(x: Any, count: int) -> Any:
    a = x[0]
    for _ in range(count):
        a = -a
    return a


def _compared(x: Any, count: int) -> Any:
    a, b = x[0], x[1]
    for _ in range(count):
        a < b  # noqa: B015 - recording it is what is measured
    return a


def _powers(x: Any, count: int) -> Any:
    a = x[0]
    for _ in range(count):
        a**1.5
    return a


def _exp(x: Any, count: int) -> Any:
    a = x[0]
    for _ in range(count):
        np.exp(a)
    return a


def _gammaln(x: Any, count: int) -> Any:
    a = x[0]
    for _ in range(count):
        scipy.special.gammaln(a)
    return a


def _maximum(x: Any, count: int) -> Any:
    a = x[0]
    for _ in range(count):
        np.maximum(a, 0.5)
    return a


def _elements(x: Any, count: int) -> Any:
    for i in range(count):
        x[i % 100]
    return x[0]


def _looked_up(x: Any, count: int) -> Any:
    groups = np.arange(count) % 100
    for i in range(count):
        x[groups[i]]
    return x[0]


def _helper(x: Any, count: int) -> Any:
    def step(value: Any, weight: Any) -> Any:
        return value * 0.5 + weight

    a = total = x[0]
    for _ in range(count // 2):
        total = step(total, a)
    return total


def _garch(x: Any, count: int) -> Any:
    data = np.sin(np.arange(count))
    sigma, total = x[3], 0.0
    for t in range(1, count // 13):
        sigma = np.sqrt(x[0] + x[1] * (data[t - 1] - x[4]) ** 2 + x[2] * sigma**2)
        total = total - np.log(sigma) - 0.5 * ((data[t] - x[4]) / sigma) ** 2
    return total


def _vectors(x: Any, count: int) -> Any:
    a = x
    for _ in range(count // 2):
        a = a * 0.5
        a = a + x
    return a


def _expit(x: Any, count: int) -> Any:
    a = x[0]
    for _ in range(count):
        scipy.special.expit(a)
    return a


def _log1m_exp(x: Any, count: int) -> Any:
    a = -x[0]
    for _ in range(count):
        ad.special.log1m_exp(a)
    return a


def _each(call: Callable[..., Any], *shape: int) -> Program:
    """A program that calls a function over and over, of the vector or of it in another shape."""

    def program(x: Any, count: int) -> Any:
        if shape:
            x = np.reshape(x, shape)
        for _ in range(count):
            call(x)
        return x

    return program


def _of_numbers(call: Callable[..., Any]) -> Program:
    """A program that calls a function of two numbers over and over."""

    def program(x: Any, count: int) -> Any:
        a, b = x[0], x[1]
        for _ in range(count):
            call(a, b)
        return a

    return program


def _slices(x: Any, count: int) -> Any:
    for i in range(count):
        x[i % 50 : i % 50 + 50]
    return x


ROWS = np.arange(60) % 7
WEIGHTS = np.cos(np.arange(100.0))
MATRIX = np.cos(np.arange(1000.0)).reshape(10, 100)
MASK = np.sin(np.arange(100.0)) > 0.0

PROGRAMS: dict[str, Program] = {
    "+ - * / of numbers": _operators,
    "-a": _negated,
    "a < b": _compared,
    "a**1.5": _powers,
    "np.exp(a)": _exp,
    "scipy.special.gammaln(a)": _gammaln,
    "scipy.special.expit(a)": _expit,
    "ad.special.log1m_exp(a)": _log1m_exp,
    "np.maximum(a, 0.5)": _maximum,
    "x[i]": _elements,
    "x[group[i]]": _looked_up,
    "a helper of two operations": _helper,
    "GARCH(1, 1), a plain loop": _garch,
    "+ * of vectors of 100": _vectors,
    "scipy.special.xlogy(a, b)": _of_numbers(scipy.special.xlogy),
    "np.logaddexp(a, b)": _of_numbers(np.logaddexp),
    "np.where(a < b, a, b)": _of_numbers(lambda a, b: np.where(a < b, a, b)),
    "np.stack of two numbers": _of_numbers(lambda a, b: np.stack([a, b])),
    "np.hypot(a, b)": _of_numbers(np.hypot),
    "np.exp(x)": _each(np.exp),
    "np.arctan2(x, WEIGHTS)": _each(lambda x: np.arctan2(x, WEIGHTS)),
    "scipy.special.gammaln(x)": _each(scipy.special.gammaln),
    "scipy.special.ndtr(x)": _each(scipy.special.ndtr),
    "scipy.special.xlogy(x, x)": _each(lambda x: scipy.special.xlogy(x, x)),
    "np.logaddexp(x, WEIGHTS)": _each(lambda x: np.logaddexp(x, WEIGHTS)),
    "a slice of x": _slices,
    "x[ROWS]": _each(lambda x: x[ROWS]),
    "x[MASK]": _each(lambda x: x[MASK]),
    "X[1]": _each(lambda x: x[1], 10, 10),
    "X[:, 1]": _each(lambda x: x[:, 1], 10, 10),
    "X[1, 2]": _each(lambda x: x[1, 2], 10, 10),
    "x[:, None]": _each(lambda x: x[:, None]),
    "np.sum(x)": _each(np.sum),
    "x.sum()": _each(lambda x: x.sum()),
    "np.sum(X, axis=1)": _each(lambda x: np.sum(x, axis=1), 10, 10),
    "np.mean(x)": _each(np.mean),
    "np.var(x)": _each(np.var),
    "np.prod(x)": _each(np.prod),
    "np.max(x)": _each(np.max),
    "np.cumsum(x)": _each(np.cumsum),
    "np.where(MASK, x, 0.0)": _each(lambda x: np.where(MASK, x, 0.0)),
    "np.clip(x, 0.6, 1.0)": _each(lambda x: np.clip(x, 0.6, 1.0)),
    "np.dot(x, WEIGHTS)": _each(lambda x: np.dot(x, WEIGHTS)),
    "MATRIX @ x": _each(lambda x: MATRIX @ x),
    "x @ x": _each(lambda x: x @ x),
    "X @ X": _each(lambda x: x @ x, 10, 10),
    "np.einsum('ij,j->i', ...)": _each(lambda x: np.einsum("ij,j->i", MATRIX, x)),
    "np.reshape(x, (10, 10))": _each(lambda x: np.reshape(x, (10, 10))),
    "x.reshape(10, 10)": _each(lambda x: x.reshape(10, 10)),
    "X.T": _each(lambda x: x.T, 10, 10),
    "np.concatenate([x, x])": _each(lambda x: np.concatenate([x, x])),
    "np.stack([x, x])": _each(lambda x: np.stack([x, x])),
    "np.broadcast_to(x, ...)": _each(lambda x: np.broadcast_to(x, (3, 100))),
    "ad.special.logsumexp(x)": _each(ad.special.logsumexp),
    "np.logaddexp.reduce(x)": _each(np.logaddexp.reduce),
}


def record(program: Program, count: int) -> Tape:
    """The tape of a program."""
    with recording() as tape:
        program(Traced(tape, tape.input(POINT), POINT), count)
    return tape


def microseconds(program: Program, repeats: int) -> tuple[list[float], list[float]]:
    """Processor time for each row, recorded and on plain arrays, once for each repeat."""
    record(program, 1000)
    found, plain = [], []
    for _ in range(repeats):
        start = time.process_time()
        tape = record(program, COUNT)
        end = time.process_time()
        rows = 1e-6 * len(tape.rows)
        del tape
        gc.collect()
        found.append((end - start) / rows)
        start = time.process_time()
        program(POINT, COUNT)
        plain.append((time.process_time() - start) / rows)
    return found, plain


def megabytes(program: Program) -> float:
    """Memory that a tape of `MANY` operations holds, by one of a tenth of them."""
    rows = len(record(program, 1000).rows) / 1000
    count = int(MANY / 10 / rows)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tape = record(program, count)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return held / len(tape.rows) * MANY / 1e6


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=60)
    repeats = parser.parse_args().repeats
    print(banner())
    print(f"\n{'operation':28s}{'us a row, least':>16s}{'median':>8s}", end="")
    print(f"{'beyond plain':>14s}{'MB, 100,000 rows':>18s}")
    for name, program in PROGRAMS.items():
        found, plain = microseconds(program, repeats)
        print(f"{name:28s}{min(found):16.2f}{statistics.median(found):8.2f}", end="")
        print(f"{min(found) - min(plain):14.2f}{megabytes(program):18.1f}", flush=True)


if __name__ == "__main__":
    main()
