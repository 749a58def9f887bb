"""What this machine can do: measured once a process, with our own native code."""

from __future__ import annotations

import functools
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.compiled import Paths, fresh_workspace
from ad.explaining.latency import FUSED_MULTIPLY_ADD

if TYPE_CHECKING:
    from collections.abc import Callable

IN_CACHE, MOST = 2_000, 4_000_000  # elements
ROUNDS = 7


class Limits(NamedTuple):
    """Nanoseconds of one core.

    Attributes
    ----------
    arithmetic, transcendental : float
        For one operation on one element, in loops that stay in the first-level cache.
    scalar : float
        For one operation on a single number, in a chain of products and sums by turns.
    byte : float
        For reading one byte, where as much is read again and again as the code reads.
    """

    arithmetic: float
    transcendental: float
    scalar: float
    byte: float

    @property
    def cycle(self) -> float:
        """Of the clock: `scalar` is half a multiply-add, which takes four cycles."""
        return self.scalar * 2 / FUSED_MULTIPLY_ADD


def timed(call: Callable[[], Any], at_least: float = 1e-3) -> float:
    """Median time of a call in nanoseconds, over several rounds of enough calls."""
    call()
    start = time.perf_counter()
    call()
    once = max(time.perf_counter() - start, 1e-7)
    times = max(1, round(at_least / once))
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            call()
        rounds.append((time.perf_counter() - start) / times)
    return 1e9 * statistics.median(rounds)


def native_call(paths: Paths, x: Any) -> Callable[[], int]:
    """The compiled function at a point, as a call without arguments: nothing but native code."""
    native = paths.native
    arrays = (np.array(x, dtype=float), np.empty(max(paths.size, 1)), np.empty(paths.dimension))
    workspace = fresh_workspace(native)
    addresses = [array.ctypes.data for array in arrays]

    scratch = workspace.ctypes.data

    def call(_: Any = (arrays, workspace)) -> int:  # they live as long as the call
        status: int = native.call(*addresses, native.data, scratch)
        return status

    return call


def limits(working_set: int) -> Limits:
    """Rates, for code that goes over so many bytes; the first call takes a tenth of a second."""
    doublings = max(IN_CACHE, min(MOST, working_set // 8)).bit_length()
    return Limits(*_rates(), _byte(1 << doublings))


def _run(function: Callable[..., Any]) -> float:
    paths = Paths(lambda x: function(x[0]), np.ones(1), with_gradient=False, strict=True)
    return timed(native_call(paths, np.ones(1)))


@functools.cache
def _call() -> float:
    return _run(lambda x: x)


@functools.cache
def _rates() -> tuple[float, float, float]:
    small = np.linspace(0.5, 1.5, IN_CACHE)

    def polynomial(x: Any, of: Any, degree: int) -> Any:
        y = of * x
        for _ in range(degree):
            y = y * x + of
        return np.sum(y)

    wide = (_run(lambda x: polynomial(x, small, 16)) - _call()) / (34 * IN_CACHE)
    heavy = (_run(lambda x: np.sum(np.exp(small * x))) - _call()) / IN_CACHE
    alone = (_run(lambda x: polynomial(x, 0.5, 500)) - _call()) / 1001
    return wide, heavy, max(alone, wide)


@functools.lru_cache(maxsize=32)
def _byte(elements: int) -> float:
    column = np.ones(elements)
    return (_run(lambda x: np.sum(column * x)) - _call()) / (8 * elements)
