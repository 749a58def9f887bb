"""Laplace's approximation: the normal law with the density's mode and curvature."""

import numpy as np
from numpy.typing import NDArray

from inference import arguments
from inference.approximation import Approximation
from inference.density import Density
from inference.errors import NoDrawsError, NoModeError
from inference.gaussians import Dense
from inference.mode import find
from inference.steps import StepCallback
from inference.variational.request import Initial, Request, Store

WHO = "inference.laplace"


def laplace(
    density: Density,
    *,
    draws: int = 1000,
    seed: int | None = None,
    max_iterations: int = 1000,
    initial: Initial = None,
    starts_tried: int = 8,
    resample: bool | None = None,
    store: Store = None,
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
        Drawn from the normal law.
    seed : int, optional
        From 0 to 2^64 - 1; the same seed gives the same draws.
    max_iterations : int
        Quasi-Newton iterations of the last climb.
    initial : array or dict, optional
        Where to start: an unconstrained vector of shape (dimension,), or one for each of the
        `starts_tried`, or constrained values. By default uniform in (-2, 2).
    starts_tried : int
        Climbs from different points, of which the best end is taken. The others are not lost:
        `warnings` tells how much of the mass lies at modes that the approximation lacks.
    resample : bool, optional
        Whether to choose the draws from four times as many by Pareto-smoothed importance weights,
        which corrects the approximation where `khat` is low. By default where `khat` is below its
        threshold; `mean` and `covariance` are always the law's own.
    store : path, optional
        A file that is to be made, where the result is written at the end, for `inference.load`.
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
    request = Request(
        WHO,
        density,
        draws=draws,
        seed=seed,
        initial=initial,
        starts_tried=starts_tried,
        resample=resample,
        store=store,
        callback=callback,
        progress=progress,
    )
    limit = arguments.integer(WHO, "max_iterations", max_iterations, 1)
    with request.steps(limit) as steps:
        highest = request.begin(steps, highest=True)
        if not request.interrupted:
            mode = find(request.evaluator, [highest.end.x], limit, steps)
    if request.interrupted or mode.interrupted:
        raise NoDrawsError(f"{WHO}: interrupted before a mode was found. Let it run longer.")
    if mode.hessian is None or not _definite(mode.hessian):
        raise NoModeError(
            f"{WHO}: the density must have a mode with a negative definite Hessian, got none: "
            f"{mode.reason}. Reparameterise (a hierarchical scale: sample the effects non-centred),"
            " give another initial=, or use inference.pathfinder."
        )
    covariance = np.linalg.inv(-mode.hessian)
    factor = np.asarray(np.linalg.cholesky(0.5 * (covariance + covariance.T)), dtype=np.float64)
    law = Dense(mode.x, factor)
    return request.result(law, mode.reason, {"mode_lp": mode.value})


def _definite(hessian: NDArray[np.float64]) -> bool:
    if not np.isfinite(hessian).all():
        return False
    values = np.linalg.eigvalsh(-hessian)
    return bool(values[0] > 1e-14 * len(values) * abs(values[-1]))
