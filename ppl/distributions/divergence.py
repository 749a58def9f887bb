"""Kullback and Leibler's divergence between two laws, where it has a closed form.

One table holds a formula for each pair of families; a further pair is one row.
"""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import UndefinedError, show, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.distributions.base import Distribution

gammaln, digamma, xlogy = ad.special.gammaln, ad.special.digamma, ad.special.xlogy


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """Compute the expectation under `p` of log p - log q.

    Parameters
    ----------
    p, q : Distribution
        Of families for which there is a formula; their batches broadcast.

    Returns
    -------
    array, shape (...)
        In nats; +inf where `q` lacks a part of the support of `p`.

    Raises
    ------
    TypeError
        If an argument is not a distribution.
    UndefinedError
        If there is no formula for the pair. An estimate is the mean of
        `p.log_prob(x) - q.log_prob(x)` over draws x of `p`.

    Examples
    --------
    >>> from ppl import Normal
    >>> float(kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0)))
    0.5
    """
    for name, law in (("p", p), ("q", q)):
        if not hasattr(law, "require_valid"):
            raise TypeError(
                f"kl_divergence: {name} must be a distribution, got {show(law)} {where()}. "
                "Give it one with its parameters, for example Normal(0.0, 1.0)."
            )
        law.require_valid()
    if "Expanded" in (type(p).__name__, type(q).__name__):
        return _expanded(p, q)
    names = type(p).__name__, type(q).__name__
    formula = FORMULAS.get(names) or _SAME.get(names[0] if names[0] == names[1] else "")
    if formula is None:  # of vectors and matrices: loaded where it is needed
        formula = importlib.import_module("ppl.distributions.event_divergence").FORMULAS.get(names)
    if formula is None:
        raise UndefinedError(
            f"kl_divergence: there must be a formula for the pair, got none for {names[0]} and "
            f"{names[1]} {where()}. Estimate it by the mean of p.log_prob(x) - q.log_prob(x) over "
            "draws x of p."
        )
    with np.errstate(all="ignore"):
        return formula(p, q)


def _expanded(p: Any, q: Any) -> Any:
    """Of laws repeated over a larger batch: that of the laws, repeated."""
    p_base, q_base = (law.base if type(law).__name__ == "Expanded" else law for law in (p, q))
    total = kl_divergence(p_base, q_base)
    return np.broadcast_to(total, np.broadcast_shapes(p.batch_shape, q.batch_shape))


def register(p: str, q: str, formula: Callable[[Any, Any], Any]) -> None:
    """Add the formula of a pair of families, by their names."""
    FORMULAS[p, q] = formula


def _square(z: Any) -> Any:
    return z * z


def _excess(ratio: Any) -> Any:
    """Compute ratio - 1 - log(ratio), also next to 1."""
    difference = ratio - 1.0
    return difference - np.log1p(difference)


def _normal(p: Any, q: Any) -> Any:
    return 0.5 * (_excess(_square(p.scale / q.scale)) + _square((p.loc - q.loc) / q.scale))


def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    shapes = (a - b) * digamma(a) - gammaln(a) + gammaln(b)
    return shapes + b * (np.log(p.rate) - np.log(q.rate)) + a * (q.rate / p.rate - 1.0)


def _beta(p: Any, q: Any) -> Any:
    a, b = p.concentration1, p.concentration0
    betaln = ad.special.betaln
    constants = betaln(q.concentration1, q.concentration0) - betaln(a, b)
    sides = (a - q.concentration1) * digamma(a) + (b - q.concentration0) * digamma(b)
    return constants + sides + (q.concentration1 - a + q.concentration0 - b) * digamma(a + b)


def _bernoulli(p: Any, q: Any) -> Any:
    yes = ad.special.rel_entr(p.probs, q.probs)
    return yes + ad.special.rel_entr(1.0 - p.probs, 1.0 - q.probs)


def _binomial(p: Any, q: Any) -> Any:
    same = p.total_count == q.total_count
    return np.where(same, p.total_count * _bernoulli(p, q), np.nan)


def _categorical(p: Any, q: Any) -> Any:
    log_p, log_q = p.log_probs(), q.log_probs()
    probs = np.exp(log_p)
    some = probs > 0.0
    gap = np.where(some, log_p, 0.0) - np.where(some, log_q, 0.0)
    return np.sum(np.where(some, probs * gap, 0.0), axis=-1)


def _poisson(p: Any, q: Any) -> Any:
    return q.rate - p.rate + ad.special.rel_entr(p.rate, q.rate)


def _geometric(p: Any, q: Any) -> Any:
    return _bernoulli(p, q) / p.probs


def _exponential(p: Any, q: Any) -> Any:
    return _excess(q.rate / p.rate)


def _laplace(p: Any, q: Any) -> Any:
    distance, ratio = np.abs(p.loc - q.loc), p.scale / q.scale
    return distance / q.scale + ratio * np.exp(-distance / p.scale) - 1.0 - np.log(ratio)


def _cauchy(p: Any, q: Any) -> Any:
    # Chyzak and Nielsen (2019), "A closed-form formula for the Kullback-Leibler divergence between
    # Cauchy distributions"
    apart = _square(p.scale - q.scale) + _square(p.loc - q.loc)
    return np.log1p(apart / (4.0 * p.scale * q.scale))


def _gumbel(p: Any, q: Any) -> Any:
    ratio, shift = p.scale / q.scale, (p.loc - q.loc) / q.scale
    moment = np.exp(-shift + gammaln(1.0 + ratio))
    return -np.log(ratio) + shift + np.euler_gamma * (ratio - 1.0) + moment - 1.0


def _weibull(p: Any, q: Any) -> Any:
    # See Bauckhage (2013), arXiv:1310.3713.
    a, b = p.concentration, q.concentration
    log_ratio = np.log(p.scale) - np.log(q.scale)
    constants = np.log(a) - a * np.log(p.scale) - np.log(b) + b * np.log(q.scale)
    mean_log = (a - b) * (np.log(p.scale) - np.euler_gamma / a)
    return constants + mean_log + np.exp(b * log_ratio + gammaln(b / a + 1.0)) - 1.0


def _uniform(p: Any, q: Any) -> Any:
    inside = (p.low >= q.low) & (p.high <= q.high)
    return np.where(inside, np.log(q.high - q.low) - np.log(p.high - p.low), np.inf)


def _pareto(p: Any, q: Any) -> Any:
    inside = p.scale >= q.scale
    log_ratio = np.log(np.where(inside, p.scale, q.scale)) - np.log(q.scale)
    ratio = q.concentration / p.concentration
    return np.where(inside, _excess(ratio) + q.concentration * log_ratio, np.inf)


def _half_normal(p: Any, q: Any) -> Any:
    return 0.5 * _excess(_square(p.scale / q.scale))


def _inverse_gaussian(p: Any, q: Any) -> Any:
    ratio = q.concentration / p.concentration
    return 0.5 * (_excess(ratio) + q.concentration * _square((p.mean - q.mean) / q.mean) / p.mean)


def _independent(p: Any, q: Any) -> Any:
    if p.event_shape != q.event_shape or p.count != q.count:
        raise UndefinedError(
            f"kl_divergence: the laws must have one event shape, got {p.event_shape} and "
            f"{q.event_shape} {where()}."
        )
    total = kl_divergence(p.base, q.base)
    return np.sum(total, axis=tuple(range(-p.count, 0))) if p.count else total


def _exponential_gamma(p: Any, q: Any) -> Any:
    return _gamma(_as_gamma(p), q)


def _as_gamma(p: Any) -> Any:
    return importlib.import_module("ppl").Gamma(concentration=1.0, rate=p.rate)


def _normal_laplace(p: Any, q: Any) -> Any:
    z = (p.loc - q.loc) / p.scale
    # the mean of |x - q.loc| under p
    size = np.sqrt(2.0 / math.pi) * np.exp(-0.5 * z * z) + z * ad.special.erf(z * math.sqrt(0.5))
    return math.log(2.0) + np.log(q.scale) + p.scale * size / q.scale - p.entropy()


# Pairs within one family.
_SAME: dict[str, Callable[[Any, Any], Any]] = {
    "Normal": _normal,
    "LogNormal": _normal,
    "LogitNormal": _normal,
    "HalfNormal": _half_normal,
    "Gamma": _gamma,
    "InverseGamma": _gamma,
    "Exponential": _exponential,
    "Beta": _beta,
    "Bernoulli": _bernoulli,
    "Binomial": _binomial,
    "Categorical": _categorical,
    "Poisson": _poisson,
    "Geometric": _geometric,
    "Laplace": _laplace,
    "Cauchy": _cauchy,
    "Gumbel": _gumbel,
    "Weibull": _weibull,
    "Uniform": _uniform,
    "Pareto": _pareto,
    "InverseGaussian": _inverse_gaussian,
    "Independent": _independent,
}
# Pairs of two families; laws of vectors add theirs.
FORMULAS: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("Exponential", "Gamma"): _exponential_gamma,
    ("Normal", "Laplace"): _normal_laplace,
}
