"""Where deterministic algorithms start: given points, or random ones with a finite density."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import arguments
from inference.chain import diagnosis
from inference.errors import InitialPointError
from inference.evaluation import Evaluator

Array = NDArray[np.float64]

RADIUS = 2.0  # as for NUTS: uniform in (-2, 2), unconstrained
TRIES = 100


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
    for _ in range(TRIES):
        x = rng.uniform(-RADIUS, RADIUS, evaluator.dimension)
        if finite(evaluator, x):
            return x
    raise InitialPointError(
        f"{who}: a starting point must have a finite log density and gradient, got none in "
        f"{TRIES} uniform in (-2, 2). {diagnosis(evaluator.density, x)} "
        "Check priors and data, or pass initial=."
    )


def finite(evaluator: Evaluator, x: Array) -> bool:
    """Whether log density and gradient are finite at a point."""
    value, gradient = evaluator.at(x)
    return bool(np.isfinite(value) and np.isfinite(gradient).all())
