"""The work of a calibration: simulations, fitted and ranked in threads."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.errors import ShapeError, show
from ppl.pointwise import points_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ppl.draws import Draws
    from ppl.posterior import Posterior
    from ppl.predictive import HasDraws

    Quantity = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]

Array = np.ndarray[Any, Any]
LIKELIHOOD = "log_likelihood"
GIVE_UP = 10  # simulations without one that could be fitted
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Outcome:
    """What one simulation gave.

    Attributes
    ----------
    ranks : dict of str to array of int
        Number of draws below the truth, ties broken at random.
    autocorrelation : dict of str to float
        Of neighbouring draws, mean over a variable's elements.
    divergences : int
        In the fit, if it counts them.
    """

    ranks: dict[str, Array]
    autocorrelation: dict[str, float]
    divergences: int


@dataclass(frozen=True)
class Task:
    """All that a simulation needs; called with its number, in any thread."""

    make: Callable[[Mapping[str, Any]], Posterior]
    fit: Callable[..., Any]
    given: frozenset[str]
    truth: Draws
    free: list[str]
    data: list[str]
    draws: int
    thin: int
    quantities: Mapping[str, Quantity]
    seeds: Array
    tie_seeds: Array
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self, index: int) -> Outcome:
        """Fit a simulated data set and rank the truth."""
        data = {name: self.truth[name][index] for name in self.data}
        posterior = self.make(data)
        fitted = self.fit(posterior, **self._arguments(index))
        truth = {name: self.truth[name][index] for name in self.free}
        points = np.vstack([posterior.unconstrain(truth), self._picked(posterior, fitted)])
        values, likelihood = posterior.constrain_with_likelihood(points)
        ranked = {**values, LIKELIHOOD: likelihood}
        for name, quantity in self.quantities.items():
            ranked[name] = _checked(name, quantity(values, data), len(points))
        rng = np.random.default_rng(self.tie_seeds[index])
        stats = getattr(fitted, "sample_stats", None) or {}
        return Outcome(
            {name: _ranks(value, rng) for name, value in ranked.items()},
            {name: _autocorrelation(value[1:]) for name, value in ranked.items()},
            int(np.sum(stats["diverging"])) if "diverging" in stats else 0,
        )

    def _arguments(self, index: int) -> dict[str, Any]:
        wanted = {
            "draws": self.draws * self.thin,
            "chains": 1,
            "cores": 1,
            "seed": int(self.seeds[index]),
            "progress": False,
            "callback": self._look,
        }
        return {name: value for name, value in wanted.items() if name in self.given}

    def _look(self, _state: object) -> None:
        if self.stopped.is_set():
            raise StoppedError

    def _picked(self, posterior: Posterior, fitted: HasDraws) -> Array:
        """Unconstrained points of evenly spaced draws, shape (draws, dimension)."""
        xs = points_of(posterior, fitted, "calibrate")[1]
        if len(xs) < self.draws:
            raise ShapeError(
                f"calibrate: fit must return at least {self.draws} draws, got {len(xs)}. Ask for "
                "fewer by draws=, or let fit take draws= and heed it."
            )
        return xs[(np.arange(1, self.draws + 1) * len(xs)) // self.draws - 1]


class StoppedError(Exception):
    """Raised in a fit when the user has interrupted the calibration."""


def work(
    task: Task, simulations: int, threads: int, *, show: bool
) -> tuple[dict[int, Outcome], dict[int, Exception], bool]:
    """Run all simulations, in threads; a Ctrl-C keeps those that are done."""
    outcomes: dict[int, Outcome] = {}
    failures: dict[int, Exception] = {}
    meter = _Meter(simulations, enabled=show)
    interrupted = False
    with _single_threaded_blas(threads), ThreadPoolExecutor(threads, "calibrate") as pool:
        number: dict[Future[Outcome], int] = {}
        try:
            coming = iter(range(simulations))
            while True:
                for index in coming:
                    number[pool.submit(task, index)] = index
                    if len(number) >= 2 * threads:
                        break
                if not number:
                    break
                for future in wait(number, POLL_SECONDS, FIRST_COMPLETED).done:
                    _sort(future, number.pop(future), outcomes, failures)
                meter.show(len(outcomes) + len(failures))
                if not outcomes and len(failures) >= min(GIVE_UP, simulations):
                    raise failures[min(failures)]
        except KeyboardInterrupt:
            interrupted = True
        finally:  # also when a failure ends it
            task.stopped.set()
            for future in number:
                future.cancel()
            meter.close()
    if interrupted and not outcomes:
        raise KeyboardInterrupt
    return outcomes, failures, interrupted


def _sort(
    future: Future[Outcome],
    index: int,
    outcomes: dict[int, Outcome],
    failures: dict[int, Exception],
) -> None:
    try:
        outcomes[index] = future.result()
    except (ValueError, ArithmeticError, RuntimeError, np.linalg.LinAlgError) as error:
        error.add_note(f"calibrate: in simulation {index}.")
        failures[index] = error


@contextlib.contextmanager
def _single_threaded_blas(threads: int) -> Iterator[None]:
    """Limit BLAS once around threads, each of which would set and reset the same limit."""
    if threads == 1:
        yield
        return
    with importlib.import_module("threadpoolctl").threadpool_limits(limits=1, user_api="blas"):
        yield


class _Meter:
    """One line on a terminal that says how far it is."""

    def __init__(self, total: int, *, enabled: bool) -> None:
        self._total, self._start = total, time.perf_counter()
        self._enabled = enabled and sys.stderr.isatty()
        self._shown = False

    def show(self, done: int) -> None:
        """Write the line anew."""
        seconds = time.perf_counter() - self._start
        if self._enabled and done and seconds > 0.5:
            left = seconds * (self._total - done) / done
            line = f"calibrate: {done}/{self._total}, {left:.0f} s left; Ctrl-C keeps these"
            sys.stderr.write(f"\r{line:<70}")
            sys.stderr.flush()
            self._shown = True

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write(f"\r{'':<70}\r")
            sys.stderr.flush()


def _ranks(values: Array, rng: np.random.Generator) -> Array:
    """Rank of the first row among the others, element by element; ties have a random one."""
    first, others = values[0], values[1:]
    below, ties = np.sum(others < first, axis=0), np.sum(others == first, axis=0)
    return np.asarray(below + rng.integers(0, ties + 1))


def _autocorrelation(values: Array) -> float:
    """Lag-one autocorrelation, mean over elements that vary."""
    flat = values.reshape(len(values), -1).astype(np.float64)
    flat = flat - flat.mean(axis=0)
    square = np.sum(flat**2, axis=0)
    moving = square > 0
    if len(flat) < 3 or not moving.any():
        return 0.0
    return float(np.mean(np.sum(flat[1:] * flat[:-1], axis=0)[moving] / square[moving]))


def _checked(name: str, value: Any, count: int) -> Array:
    """Value of a user's quantity."""
    array = np.asarray(value)
    if array.shape != (count,) or array.dtype.kind not in "fiub":
        raise ShapeError(
            f"calibrate: quantity '{name}' must be one number for each of {count} draws, got "
            f"{show(value)} of shape {array.shape}. Sum over the axes after the first."
        )
    return array


def taken_by(fit: Callable[..., Any]) -> frozenset[str]:
    """Which of our arguments a function takes, and has not been given by `functools.partial`."""
    ours = frozenset({"draws", "chains", "cores", "seed", "progress", "callback"})
    fixed: set[str] = set()
    inner: Any = fit
    while isinstance(inner, functools.partial):
        fixed |= inner.keywords.keys()
        inner = inner.func
    try:
        parameters = inspect.signature(fit).parameters.values()
    except (TypeError, ValueError):
        return frozenset()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return ours - fixed
    named = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return frozenset(p.name for p in parameters if p.kind in named) & ours - fixed
