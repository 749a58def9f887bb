"""Kullback and Leibler's divergence between laws of vectors and matrices of one family.

`FORMULAS` has a row for each pair, by the names of the families, as `ppl.kl_divergence` looks them
up; the batches of the two laws broadcast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.distributions.gaussian import log_diagonal, solved
from ppl.distributions.wisharts import multidigamma, multigammaln, squares
from ppl.errors import UndefinedError, where
from ppl.numerics import HALF_LOG_2PI

if TYPE_CHECKING:
    from collections.abc import Callable

gammaln, digamma = ad.special.gammaln, ad.special.digamma


def _normal(p: Any, q: Any) -> Any:
    """Of normal vectors, and of one invertible function of both."""
    n = p._sizes["n"]  # noqa: SLF001 - of the same layer
    spread = ad.linalg.solve_triangular(q.scale_tril, p.scale_tril, lower=True)
    white = solved(q.scale_tril, p.loc - q.loc)
    square = squares(spread) + np.sum(white * white, axis=-1)
    return 0.5 * (square - n) + log_diagonal(q.scale_tril) - log_diagonal(p.scale_tril)


def _from_independent(p: Any, q: Any) -> Any:
    """Of independent normal elements from a normal vector."""
    loc, scale = _elements(p)
    diagonal = np.eye(q.event_shape[0]) * scale[..., None, :]
    spread = ad.linalg.solve_triangular(q.scale_tril, diagonal, lower=True)
    white = solved(q.scale_tril, loc - q.loc)
    square = squares(spread) + np.sum(white * white, axis=-1)
    volume = log_diagonal(q.scale_tril) - np.sum(np.log(scale), axis=-1)
    return 0.5 * (square - q.event_shape[0]) + volume


def _to_independent(p: Any, q: Any) -> Any:
    """Of a vector from independent normal elements, by its moments and its entropy."""
    loc, scale = _elements(q)
    gap = (p.mean - loc) / scale
    each = np.log(scale) + HALF_LOG_2PI + 0.5 * (gap * gap + p.variance / (scale * scale))
    return np.sum(each, axis=-1) - p.entropy()


def _elements(law: Any) -> tuple[Any, Any]:
    """Means and standard deviations of a vector of independent normal elements."""
    base = law.base
    while type(base).__name__ == "Expanded":
        base = base.base
    if type(base).__name__ != "Normal" or len(law.event_shape) != 1:
        raise UndefinedError(
            f"kl_divergence: the elements must be those of a vector and normal, got {law!r} "
            f"{where()}. Estimate it by the mean of p.log_prob(x) - q.log_prob(x) over draws x "
            "of p."
        )
    shape = law.batch_shape + law.event_shape
    return np.broadcast_to(base.loc, shape), np.broadcast_to(base.scale, shape)


def _matrix_normal(p: Any, q: Any) -> Any:
    n, m = p.event_shape
    solve = ad.linalg.solve_triangular
    rows = solve(q.scale_tril_row, p.scale_tril_row, lower=True)
    columns = solve(q.scale_tril_column, p.scale_tril_column, lower=True)
    half = solve(q.scale_tril_row, p.loc - q.loc, lower=True)
    white = solve(q.scale_tril_column, np.swapaxes(half, -1, -2), lower=True)
    square = squares(rows) * squares(columns) + squares(white)
    volume = q._volume() - p._volume()  # noqa: SLF001 - of the same layer
    return 0.5 * (square - n * m) + volume


def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = np.sum(a, axis=-1)
    each = (a - b) * (digamma(a) - digamma(total)[..., None])
    return q._log_beta() - p._log_beta() + np.sum(each, axis=-1)  # noqa: SLF001 - of the same layer


def _categories(p: Any, q: Any) -> Any:
    """Of one draw from each; -inf logits of p count nothing."""
    logs = ad.special.log_softmax(p.logits, axis=-1) - ad.special.log_softmax(q.logits, axis=-1)
    possible = p.probs > 0.0
    return np.sum(np.where(possible, p.probs * np.where(possible, logs, 0.0), 0.0), axis=-1)


def _multinomial(p: Any, q: Any) -> Any:
    # Other totals have other supports.
    same = p.total_count == q.total_count
    return np.where(same, p.total_count * _categories(p, q), np.inf)


def _wishart(p: Any, q: Any) -> Any:
    """Of Wishart matrices; of their factors it is the same, and of inverses with inverse scales."""
    n = p._order()  # noqa: SLF001 - of the same layer
    first, second = (q, p)[:: p.sign]
    ratio = ad.linalg.solve_triangular(first.scale_tril, second.scale_tril, lower=True)
    volume = log_diagonal(first.scale_tril) - log_diagonal(second.scale_tril)
    constants = multigammaln(0.5 * q.df, n) - multigammaln(0.5 * p.df, n)
    slope = 0.5 * (p.df - q.df) * multidigamma(0.5 * p.df, n)
    return q.df * volume + constants + slope + 0.5 * p.df * (squares(ratio) - n)


def _correlations(p: Any, q: Any) -> Any:
    count = p._dimension - 1.0 - np.arange(p._dimension - 1.0)  # noqa: SLF001 - of the same layer
    log_det = np.sum(count * p._expected_logs(), axis=-1)  # noqa: SLF001
    constants = q._log_volume() - p._log_volume()  # noqa: SLF001
    return (p.concentration - q.concentration) * log_det + constants


def _zero_sum_normal(p: Any, q: Any) -> Any:
    ratio = p.scale / q.scale
    return p._degrees() * (0.5 * (ratio * ratio - 1.0) - np.log(ratio))  # noqa: SLF001 - of the same layer


def _von_mises(p: Any, q: Any) -> Any:
    half = np.sin(0.5 * (p.loc - q.loc))
    scales = np.log(ad.special.ive(0.0, q.concentration) / ad.special.ive(0.0, p.concentration))
    lost = 1.0 - p._ratio()  # noqa: SLF001 - of the same layer
    own = p.concentration * lost
    turned = q.concentration * (lost + 2.0 * half * half * (1.0 - lost))
    return scales + turned - own


def _von_mises_fisher(p: Any, q: Any) -> Any:
    length = p._length()  # noqa: SLF001 - of the same layer
    cosine = np.sum(p.loc * q.loc, axis=-1)
    constants = p._log_scale() - q._log_scale()  # noqa: SLF001
    return constants - p.concentration * (1.0 - length) + q.concentration * (1.0 - length * cosine)


FORMULAS: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    (name, name): formula
    for name, formula in {
        "MultivariateNormal": _normal,
        "MultivariateLogNormal": _normal,
        "LogisticNormal": _normal,
        "MatrixNormal": _matrix_normal,
        "Dirichlet": _dirichlet,
        "OneHotCategorical": _categories,
        "Multinomial": _multinomial,
        "Wishart": _wishart,
        "WishartCholesky": _wishart,
        "InverseWishart": _wishart,
        "InverseWishartCholesky": _wishart,
        "LKJ": _correlations,
        "LKJCholesky": _correlations,
        "ZeroSumNormal": _zero_sum_normal,
        "VonMises": _von_mises,
        "VonMisesFisher": _von_mises_fisher,
    }.items()
}
FORMULAS |= {
    ("Independent", "MultivariateNormal"): _from_independent,
    ("MultivariateNormal", "Independent"): _to_independent,
    ("LowRankMultivariateNormal", "Independent"): _to_independent,
}
