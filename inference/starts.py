"""Where algorithms start: given points, or random ones with a finite density."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import arguments, descent
from inference import random as streams
from inference.density import Density, diagnosis
from inference.errors import InitialPointError
from inference.evaluation import Evaluator

Array = NDArray[np.float64]

RADIUS = 2.0  # uniform in (-2, 2), unconstrained, as in Stan
TRIES = 100
# Rounding error of the log density, in nats, at which a start is still taken gladly. Where it is
# larger, differences of energy are noise: no step can be told from another, and a chain stays.
NOISE = 0.01
CLIMB = 100  # iterations, at most, of a climb towards the typical draws


def point(dimension: int, seed: int, chain: int, turn: int) -> Array:
    """Candidate of a chain's own stream, uniform in (-2, 2)."""
    unit = streams.uniform(dimension, seed, chain, streams.INITIAL_POINTS, turn)
    return np.asarray(RADIUS * (2.0 * unit - 1.0))


def search(candidate: Callable[[int], Array], value_at: Callable[[Array], float]) -> Array | None:
    """Among a hundred candidates, the first whose log density is finite, and not lost in rounding.

    Where all that are finite are lost in rounding, the one of the highest log density; None if
    there is none. `value_at` gives the log density, and what is not finite where its gradient is
    not.
    """
    best, highest = None, -np.inf
    for turn in range(TRIES):
        x = candidate(turn)
        value = value_at(x)
        if not np.isfinite(value):
            continue
        if abs(value) * np.finfo(float).eps < NOISE:
            return x
        if best is None or value > highest:
            best, highest = x, value
    return best


def approached(evaluator: Evaluator, x: Array) -> Array:
    """Climb from a point until it lies no farther out than draws do.

    At a draw of a normal law in d dimensions, g' S g has the mean d, g being the gradient of the
    log density and S the covariance. The climb (BFGS, whose inverse Hessian stands for S) ends as
    soon as it finds as much or less: at the rim of the law, not at its mode, and each start at a
    place of its own (docs/decisions/0014).
    """
    last = x
    for iterate in descent.ascend(evaluator, x, iterations=CLIMB, decrement=float(len(x))):
        last = iterate.x
    return last


def none_found(who: str, density: Density, x: Array) -> InitialPointError:
    """Make the error for a search that found nothing; `x` was its last candidate."""
    return InitialPointError(
        f"{who}: a starting point must have a finite log density and gradient, got none in "
        f"{TRIES} uniform in (-2, 2). {diagnosis(density, x)} "
        "Check priors and data, or pass initial=."
    )


def given(evaluator: Evaluator, who: str, initial: Any, count: int) -> Array | None:
    """Points of shape (count, dimension) from `initial`, or None if there are none.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For what is no array of finite numbers of shape (dimension,) or (count, dimension).
    InitialPointError
        For a point without a finite log density and gradient.
    """
    points = arguments.starting_points(who, evaluator.density, initial, count)
    if points is None:
        return None
    for x in points:
        if not finite(evaluator, x):
            raise InitialPointError(
                f"{who}: initial must have a finite log density and gradient, got a point without. "
                f"{diagnosis(evaluator.density, x)}"
            )
    return points


def random(evaluator: Evaluator, who: str, rng: np.random.Generator) -> Array:
    """Return a point uniform in (-2, 2) with a finite log density and gradient.

    Raises
    ------
    InitialPointError
        If there is none among a hundred.
    """
    last = np.zeros(evaluator.dimension)

    def candidate(_: int) -> Array:
        last[:] = rng.uniform(-RADIUS, RADIUS, evaluator.dimension)
        return last.copy()

    def value_at(x: Array) -> float:
        value, gradient = evaluator.at(x)
        return float(value) if np.isfinite(gradient).all() else -np.inf

    found = search(candidate, value_at)
    if found is None:
        raise none_found(who, evaluator.density, last)
    return found


def finite(evaluator: Evaluator, x: Array) -> bool:
    """Whether log density and gradient are finite at a point."""
    value, gradient = evaluator.at(x)
    return bool(np.isfinite(value) and np.isfinite(gradient).all())
