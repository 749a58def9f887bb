"""Pareto-smoothed importance sampling: what draws of an approximation are worth.

A. Vehtari, D. Simpson, A. Gelman, Y. Yao and J. Gabry (2024), Pareto Smoothed Importance Sampling,
JMLR 25(72), 1-58. The generalised Pareto law is fitted as in J. Zhang and M. A. Stephens (2009),
A New and Efficient Estimation Method for the Generalized Pareto Distribution, Technometrics 51.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference.errors import InferenceValueError

Array = NDArray[np.float64]

FEWEST = 5  # draws in the tail, below which no law is fitted
EQUAL = 1e-6  # nats: log weights closer than this are equal, whatever the shape of their tail


@dataclass(frozen=True)
class Weights:
    """Smoothed importance weights.

    Attributes
    ----------
    log_weights : array, shape (n,)
        Normalised: their exponentials sum to one. In nats.
    khat : float
        Shape of the generalised Pareto law fitted to the largest ratios; -inf where the ratios are
        all equal, NaN where there are too few draws, +inf where no draw has a finite log density.
    threshold : float
        min(1 - 1/log10 n, 0.7): above it estimates with these weights are not to be trusted
        (Vehtari et al. 2024, section 3.2.4).
    ess : float
        Effective number of draws, 1 / sum of squared weights.
    """

    log_weights: Array
    khat: float
    threshold: float
    ess: float


def threshold(draws: int) -> float:
    """Largest trustworthy k-hat for a number of draws.

    Examples
    --------
    >>> threshold(100), threshold(10_000)
    (0.5, 0.7)
    """
    return min(1.0 - 1.0 / math.log10(draws), 0.7) if draws > 10 else 0.0


def smooth(log_ratios: ArrayLike) -> Weights:
    """Smooth importance ratios by the order statistics of a generalised Pareto law.

    Parameters
    ----------
    log_ratios : array, shape (n,)
        Log density of the target less that of the approximation, up to a constant, in nats; -inf
        for draws outside the target's support.

    Returns
    -------
    Weights

    Raises
    ------
    InferenceValueError
        For ratios that are not a vector, or NaN or +inf.

    Examples
    --------
    >>> smooth([0.0] * 100).khat
    -inf
    """
    ratios = np.asarray(log_ratios, dtype=np.float64)
    if ratios.ndim != 1 or not len(ratios):
        raise InferenceValueError(
            f"importance.smooth: log_ratios must be a vector, got shape {ratios.shape}."
        )
    if np.isnan(ratios).any() or np.isposinf(ratios).any():
        raise InferenceValueError(
            "importance.smooth: log_ratios must be finite or -inf, got "
            f"{ratios[np.isnan(ratios) | np.isposinf(ratios)][0]}."
        )
    n = len(ratios)
    limit = threshold(n)
    if np.isneginf(ratios).all():
        return Weights(np.full(n, -math.log(n)), math.inf, limit, 0.0)
    logs = ratios - ratios.max()
    tail = math.ceil(min(0.2 * n, 3.0 * math.sqrt(n)))
    khat = math.nan
    if tail >= FEWEST:
        logs, khat = _smooth_tail(logs, tail)
    with np.errstate(under="ignore"):
        logs = logs - math.log(np.exp(logs).sum())
        ess = 1.0 / float(np.exp(2.0 * logs).sum())
    return Weights(logs, khat, limit, ess)


def _smooth_tail(logs: Array, tail: int) -> tuple[Array, float]:
    """Replace the `tail` largest of log ratios with maximum zero; k-hat."""
    order = np.argsort(logs, kind="stable")
    where = order[-tail:]
    cutoff = max(float(logs[order[-tail - 1]]), math.log(np.finfo(float).tiny))
    if -cutoff < EQUAL:
        return logs, -math.inf
    where = where[logs[where] > cutoff]
    if len(where) < FEWEST:
        # Nearly all ratios are nothing beside a few: no law describes so short a tail.
        return logs, math.inf
    excess = np.exp(logs[where]) - math.exp(cutoff)
    k, sigma = pareto_fit(excess)
    if not math.isfinite(k):
        return logs, math.inf
    places = (np.arange(len(where)) + 0.5) / len(where)
    quantiles = pareto_quantile(places, k, sigma)
    smoothed = logs.copy()
    smoothed[where] = np.minimum(np.log(quantiles + math.exp(cutoff)), 0.0)
    return smoothed, k


def pareto_fit(excess: Array) -> tuple[float, float]:
    """Shape and scale of a generalised Pareto law of ascending positive numbers.

    The posterior mean of Zhang and Stephens (2009, eq. 5 to 7), with the shape drawn towards 0.5 by
    a prior worth ten observations (Vehtari et al. 2024, appendix C).
    """
    n = len(excess)
    points = 30 + int(math.sqrt(n))
    steps = np.arange(1, points + 1) - 0.5
    quartile = excess[int(n / 4 + 0.5) - 1]
    theta = 1.0 / excess[-1] + (1.0 - np.sqrt(points / steps)) / (3.0 * quartile)
    with np.errstate(all="ignore"):
        shapes = np.log1p(-theta[:, None] * excess).mean(axis=1)
        profile = n * (np.log(-theta / shapes) - shapes - 1.0)
        weights = np.exp(profile - profile.max())
    weights = np.where(weights >= 10.0 * np.finfo(float).eps, weights, 0.0)
    best = float(theta @ weights / weights.sum())
    k = float(np.log1p(-best * excess).mean())
    sigma = -k / best
    return (n * k + 5.0) / (n + 10.0), sigma


def pareto_quantile(p: Array, k: float, sigma: float) -> Array:
    """Quantiles of the generalised Pareto law with location zero."""
    if abs(k) < 1e-12:
        return -sigma * np.log1p(-p)
    quantiles: Array = sigma * np.expm1(-k * np.log1p(-p)) / k
    return quantiles
