"""Elliptical slice sampling, for a normal prior times any likelihood."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inference.errors import InferenceValueError
from inference.markov.kernel import Array, Kernel, LogDensity, State


def elliptical_slice(mean: ArrayLike, covariance: ArrayLike) -> Kernel:
    """Elliptical slice sampling of a density that has a normal factor.

    Parameters
    ----------
    mean : array, shape (dimension,)
        Of the normal factor.
    covariance : array, shape (dimension, dimension)
        Of the same, positive definite. The density is the whole, the normal factor included; any
        normal is exact, one close to the prior or the posterior is fast.

    Returns
    -------
    Kernel

    Raises
    ------
    InferenceValueError
        For a covariance that is not positive definite, or of another shape.

    References
    ----------
    I. Murray, R. P. Adams and D. J. C. MacKay (2010), Elliptical slice sampling, AISTATS 9,
    figure 2.
    """
    centre = np.asarray(mean, dtype=np.float64)
    matrix = np.asarray(covariance, dtype=np.float64)
    if matrix.shape != (*centre.shape, *centre.shape) or centre.ndim != 1:
        raise InferenceValueError(
            "inference.markov.elliptical_slice: covariance must have shape (n, n) for a mean of "
            f"shape (n,), got {matrix.shape} and {centre.shape}."
        )
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise InferenceValueError(
            "inference.markov.elliptical_slice: covariance must be positive definite, got a matrix "
            "without Cholesky factor."
        ) from None

    def rest(x: Array, value: Any) -> float:
        """Log density without the normal factor."""
        z = np.linalg.solve(factor, x - centre)
        return float(value + 0.5 * z @ z)

    def init(x: Array, logdensity: LogDensity, rng: np.random.Generator) -> State:
        del rng
        return State(x, logdensity(x))

    def step(
        state: State, logdensity: LogDensity, rng: np.random.Generator, adapting: bool
    ) -> tuple[State, dict[str, float]]:
        del adapting
        here = state.position - centre
        other = factor @ rng.standard_normal(len(here))
        level = rest(state.position, state.logdensity) - rng.exponential()
        angle = 2.0 * math.pi * rng.random()
        low, high = angle - 2.0 * math.pi, angle
        count = 0
        while True:
            point = centre + here * math.cos(angle) + other * math.sin(angle)
            value = logdensity(point)
            count += 1
            if value > -math.inf and rest(point, value) > level:
                return State(point, value), {"n_evaluations": float(count)}
            if angle == 0.0:  # the bracket shrank onto the point itself
                return state, {"n_evaluations": float(count)}
            if angle < 0.0:
                low = angle
            else:
                high = angle
            angle = low + (high - low) * rng.random()

    return Kernel(init, step)
