"""Laplace's approximation: the normal law with the density's mode and curvature."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments, starts
from inference.approximation import Approximation, of_family, seed_of
from inference.density import Density, check
from inference.errors import NoDrawsError, NoModeError
from inference.evaluation import Evaluator
from inference.gaussians import Dense
from inference.mode import find
from inference.steps import StepCallback, Steps

WHO = "inference.laplace"


def laplace(
    density: Density,
    *,
    draws: int = 1000,
    seed: int | None = None,
    starts_tried: int = 1,
    max_iterations: int = 1000,
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
    resample: bool = False,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Approximation:
    """Approximate a density by the normal law with its mode and its curvature there.

    The law lives on the unconstrained vector, where the log density has the log-Jacobians of the
    transforms; draws are mapped back, so that constrained values keep their constraints and need
    not look normal.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`. Its Hessian is exact where the density has `function`, a
        central difference of gradients (relative error about 1e-10) otherwise.
    draws : int
    seed : int, optional
        From 0 to 2^64 - 1; the same seed gives the same draws.
    starts_tried : int
        Climbs from different random points, the highest end of which is taken.
    max_iterations : int
        Quasi-Newton iterations a climb.
    initial : array or dict, optional
        Where to start: an unconstrained vector of shape (dimension,), or constrained values.
    resample : bool
        Whether to choose the draws from four times as many by Pareto-smoothed importance weights,
        which corrects the approximation where `khat` is low.
    callback : callable, optional
        Called about ten times a second with an `inference.StepProgress`.
    progress : bool
        Show a live display if the fit lasts longer than half a second.

    Returns
    -------
    Approximation
        Its `khat` says how far to trust it.

    Raises
    ------
    NoModeError
        If no point was found where the Hessian is negative definite, as for a hierarchical model
        whose density is unbounded where a scale goes to zero.
    InitialPointError
        If the density is finite nowhere it was tried.
    NoDrawsError
        If interrupted before there is a mode (it is a KeyboardInterrupt too).

    References
    ----------
    L. Tierney and J. B. Kadane (1986), Accurate Approximations for Posterior Moments and Marginal
    Densities, JASA 81, 82-86, section 2.
    """
    evaluator = Evaluator(check(density, WHO))
    number = arguments.integer(WHO, "draws", draws, 1)
    tries = arguments.integer(WHO, "starts_tried", starts_tried, 1)
    limit = arguments.integer(WHO, "max_iterations", max_iterations, 1)
    used = seed_of(WHO, seed)
    rng = np.random.default_rng(used)
    points = starts.given(evaluator, WHO, initial, tries)
    if points is None:
        points = np.stack([starts.random(evaluator, WHO, rng) for _ in range(tries)])
    with Steps(WHO, limit, callback, progress) as steps:
        mode = find(evaluator, list(points), limit, steps)
    if mode.interrupted:
        raise NoDrawsError(f"{WHO}: interrupted before a mode was found. Let it run longer.")
    if mode.hessian is None or not _definite(mode.hessian):
        raise NoModeError(
            f"{WHO}: the density must have a mode with a negative definite Hessian, got none: "
            f"{mode.reason}. Reparameterise (a hierarchical scale: sample the effects non-centred),"
            " give another initial=, or use inference.pathfinder."
        )
    covariance = np.linalg.inv(-mode.hessian)
    factor = np.asarray(np.linalg.cholesky(0.5 * (covariance + covariance.T)), dtype=np.float64)
    return of_family(
        evaluator,
        Dense(mode.x, factor),
        draws=number,
        rng=rng,
        attributes={
            "algorithm": "laplace",
            "seed": used,
            "converged": mode.converged,
            "stopped": mode.reason,
            "mode_lp": mode.value,
        },
        pool=4 if resample else 0,
    )


def _definite(hessian: NDArray[np.float64]) -> bool:
    if not np.isfinite(hessian).all():
        return False
    values = np.linalg.eigvalsh(-hessian)
    return bool(values[0] > 1e-14 * len(values) * abs(values[-1]))
