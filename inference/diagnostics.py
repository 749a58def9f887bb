"""How far draws can be trusted: R-hat, effective sample sizes, Monte Carlo standard errors.

A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Buerkner (2021), Rank-normalization,
folding, and localization: an improved R-hat for assessing convergence of MCMC, Bayesian Analysis
16(2), 667-718. NumPy only, because they are needed live; equal to ArviZ's to rounding.

Draws have shape (chain, draw, ...); each result has the shape of what follows. Fewer than four
draws, or a draw that is not finite, give NaN.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import ranks
from inference.errors import InferenceValueError

Array = NDArray[np.float64]

FEWEST = 4
TAILS = (0.05, 0.95)


def rhat(draws: ArrayLike) -> Array:
    """Rank-normalised split R-hat: the larger of the one for location and the one for scale.

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)

    Returns
    -------
    array, shape (...)
        1 at convergence; above 1.01 is a warning (Vehtari et al. 2021, section 4).
    """
    return _each(draws, _rhat)


def ess_bulk(draws: ArrayLike) -> Array:
    """Effective sample size for the centre, from rank-normalised split chains.

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)

    Returns
    -------
    array, shape (...)
    """
    return _each(draws, lambda x: _ess(ranks.normal_scores(ranks.split(x))))


def ess_tail(draws: ArrayLike) -> Array:
    """Effective sample size for the 5% and 95% quantiles, the smaller of the two.

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)

    Returns
    -------
    array, shape (...)
    """
    return _each(draws, _ess_tail)


def ess_mean(draws: ArrayLike) -> Array:
    """Effective sample size for the mean, from split chains as they are.

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)

    Returns
    -------
    array, shape (...)
    """
    return _each(draws, lambda x: _ess(ranks.split(x)))


def ess_quantile(draws: ArrayLike, probability: float) -> Array:
    """Effective sample size for a quantile.

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)
    probability : float
        In (0, 1).

    Returns
    -------
    array, shape (...)
    """
    if not 0.0 < probability < 1.0:
        raise InferenceValueError(
            "inference.diagnostics.ess_quantile: probability must be between 0 and 1, got "
            f"{probability!r}."
        )
    return _each(draws, lambda x: _ess_below(x, _quantiles(x, (probability,))[0]))


def mcse_mean(draws: ArrayLike) -> Array:
    """Monte Carlo standard error of the mean.

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)

    Returns
    -------
    array, shape (...)
        In the units of the draws.
    """

    def error(x: Array) -> Array:
        return np.asarray(ranks.flat(x).std(axis=1, ddof=1) / np.sqrt(_ess(ranks.split(x))))

    return _each(draws, error)


def mcse_sd(draws: ArrayLike) -> Array:
    """Monte Carlo standard error of the standard deviation.

    By the delta method from the variance of the squared deviations, whose effective sample size is
    used (Vehtari et al. 2021, section 3).

    Parameters
    ----------
    draws : array, shape (chain, draw, ...)

    Returns
    -------
    array, shape (...)
        In the units of the draws.
    """

    def error(x: Array) -> Array:
        squares = (x - ranks.flat(x).mean(axis=1)[:, None, None]) ** 2
        mean = ranks.flat(squares).mean(axis=1)
        spread = (ranks.flat(squares) ** 2).mean(axis=1) - mean**2
        return np.asarray(np.sqrt(spread / _ess(ranks.split(squares)) / (4.0 * mean)))

    return _each(draws, error)


def bfmi(energy: ArrayLike) -> Array:
    """Bayesian fraction of missing information of the energies of each chain.

    Parameters
    ----------
    energy : array, shape (chain, draw)

    Returns
    -------
    array, shape (chain,)
        Below about 0.3 momentum refreshment explores the energies too slowly (M. Betancourt 2016,
        arXiv:1604.00695).
    """
    e = np.asarray(energy, dtype=np.float64)
    if e.shape[1] < FEWEST:
        return np.full(len(e), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.square(np.diff(e, axis=1)).mean(axis=1) / e.var(axis=1))


def summary_columns(draws: Array) -> dict[str, Array]:
    """All that a summary shows of (chain, draw, variable) draws, sharing sorts and transforms."""
    x = np.ascontiguousarray(np.moveaxis(draws, -1, 0))
    rows = ranks.flat(x)
    quantiles = _quantiles(x, (0.05, 0.5, 0.95))
    columns = {
        "mean": rows.mean(axis=1),
        "sd": rows.std(axis=1, ddof=1) if rows.shape[1] > 1 else np.full(len(x), np.nan),
        "5%": quantiles[0],
        "50%": quantiles[1],
        "95%": quantiles[2],
    }
    names = ("mcse_mean", "ess_bulk", "ess_tail", "r_hat")
    columns |= {name: np.full(len(x), np.nan) for name in names}
    usable = _usable(x)
    if x.shape[2] >= FEWEST and usable.any():
        kept = x if usable.all() else x[usable]
        split = ranks.split(kept)
        scores = ranks.normal_scores(split)
        columns["mcse_mean"][usable] = columns["sd"][usable] / np.sqrt(_ess(split))
        tails = [_ess_below(kept, quantiles[k][usable]) for k in (0, 2)]
        columns["ess_bulk"][usable] = _ess(scores)
        columns["ess_tail"][usable] = np.minimum(*tails)
        columns["r_hat"][usable] = np.fmax(_ratio(scores), _ratio(ranks.folded_scores(kept)))
    return columns


def _each(draws: ArrayLike, statistic: Callable[[Array], Array]) -> Array:
    """Apply a statistic of (variable, chain, draw) to draws of shape (chain, draw, ...)."""
    x = np.asarray(draws, dtype=np.float64)
    if x.ndim < 2:
        raise InferenceValueError(
            f"inference.diagnostics: draws must have shape (chain, draw, ...), got {x.shape}. "
            "Put a single chain into draws[None]."
        )
    shape = x.shape[2:]
    flat = np.ascontiguousarray(np.moveaxis(x.reshape(*x.shape[:2], -1), -1, 0))
    result = np.full(len(flat), np.nan)
    usable = _usable(flat)
    if x.shape[1] >= FEWEST and usable.any():
        result[usable] = statistic(flat[usable])
    return result.reshape(shape)


def _usable(x: Array) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(x).all(axis=(1, 2)))


def _rhat(x: Array) -> Array:
    # A folded variable may be constant (two values): then the first is all there is.
    return np.fmax(_ratio(ranks.normal_scores(ranks.split(x))), _ratio(ranks.folded_scores(x)))


def _ratio(x: Array) -> Array:
    """R-hat of split chains as they are (Vehtari et al. 2021, eq. 1-4)."""
    n = x.shape[2]
    within = x.var(axis=2, ddof=1).mean(axis=1)
    between = x.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.sqrt(between / within + (n - 1.0) / n))


def _quantiles(x: Array, probabilities: Sequence[float]) -> Array:
    return np.asarray(np.quantile(ranks.flat(x), probabilities, axis=1))


def _ess_below(x: Array, bound: Array) -> Array:
    return _ess(ranks.split((x <= bound[:, None, None]).astype(np.float64)))


def _ess_tail(x: Array) -> Array:
    low, high = _quantiles(x, TAILS)
    return np.minimum(_ess_below(x, low), _ess_below(x, high))


def _autocovariance(x: Array) -> Array:
    """Autocovariances of (variable, chain, draw), divided by n at every lag, mean over chains."""
    n = x.shape[-1]
    length = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(x - x.mean(axis=-1, keepdims=True), n=length)
    # Chains are averaged before the way back, which then costs next to nothing.
    power = (spectrum.real**2 + spectrum.imag**2).mean(axis=1)
    return np.asarray(np.fft.irfft(power, n=length)[:, :n] / n)


def _ess(x: Array) -> Array:
    """Effective sample size of (variable, chain, draw), Geyer's initial monotone sequence.

    Vehtari et al. (2021), eq. 9-13; C. J. Geyer (1992), Statistical Science 7(4), 473-483.
    """
    chains, n = x.shape[1:]
    size = float(chains * n)
    covariance = _autocovariance(x)
    within = covariance[:, 0] * n / (n - 1.0)
    total = within * (n - 1.0) / n
    if chains > 1:
        total = total + x.mean(axis=2).var(axis=1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = 1.0 - (within[:, None] - covariance) / total[:, None]
    rho[:, 0] = 1.0
    pairs = n // 2
    even, odd = rho[:, : 2 * pairs : 2], rho[:, 1 : 2 * pairs : 2]
    sums = even + odd
    # The sequence ends at the first pair that is not positive, or at the last lag but two.
    ends = ~(sums > 0.0)
    ends[:, max(0, (n - 3) // 2) :] = True
    end = np.argmax(ends, axis=1)
    decreasing = np.minimum.accumulate(sums, axis=1)
    before = np.arange(pairs) < end[:, None]
    rows = np.arange(len(x))
    last = even[rows, end]
    last = np.where((last > 0.0) | ((end > 0) & (sums[rows, end] >= 0.0)), last, 0.0)
    time = -1.0 + 2.0 * np.where(before, decreasing, 0.0).sum(axis=1) + last
    # An antithetic chain may be better than independent draws, but not without bound.
    result = size / np.maximum(time, 1.0 / math.log10(size))
    constant = np.ptp(ranks.flat(x), axis=1) < np.finfo(np.float64).resolution
    return np.asarray(np.where(constant, size, result))
