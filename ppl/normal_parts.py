"""Parts of a multivariate normal law: the marginal of some elements, the rest given them.

With mean (m_o, m_m) and covariance [[S_oo, S_om], [S_mo, S_mm]], the observed part is normal with
m_o and S_oo, and the missing part given it with m_m + S_mo S_oo^-1 (y_o - m_o) and
S_mm - S_mo S_oo^-1 S_om (C. M. Bishop (2006), Pattern Recognition and Machine Learning, eqs.
2.96 to 2.98).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ppl.distributions.base import Distribution

Array = np.ndarray[Any, Any]


def is_normal(law: Distribution) -> bool:
    """Whether a law of vectors is normal, with a mean and a covariance matrix."""
    from ppl.distributions.multivariate.multivariate_normal import (  # noqa: PLC0415 - seldom needed
        MultivariateNormal,
    )

    return isinstance(law, MultivariateNormal)


def patterns(present: Array) -> Iterator[tuple[Array, Array]]:
    """Rows that have the same elements: which elements, and the numbers of the rows."""
    rows = present.reshape(-1, present.shape[-1])
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    for number, kind in enumerate(kinds):
        yield np.flatnonzero(kind), np.flatnonzero(which.reshape(-1) == number)


def marginal_log_prob(law: Any, value: Any, present: Array) -> Any:
    """Log density of the observed elements of each vector, in nats; 0 for a vector without any.

    Parameters
    ----------
    law : MultivariateNormal
    value : array, shape (..., d)
    present : array of bool, shape (..., d)

    Returns
    -------
    array, shape (...)
    """
    size = present.shape[-1]
    count = math.prod(present.shape[:-1])
    offset = np.reshape(value - law.loc, (count, size))
    terms, order = [], []
    for elements, rows in patterns(present):
        order.append(rows)
        if not len(elements):
            terms.append(np.zeros(len(rows)))
            continue
        factor = np.linalg.cholesky(_block(law, elements, elements, rows, present.shape))
        part = offset[rows[:, None], elements[None, :]]
        if factor.ndim == 3:
            turned = ad.linalg.solve_triangular(factor, part[..., None], lower=True)[..., 0]
        else:
            turned = ad.linalg.solve_triangular(factor, part.T, lower=True).T
        logs = np.sum(np.log(np.diagonal(factor, axis1=-2, axis2=-1)), axis=-1)
        constant = 0.5 * len(elements) * math.log(2 * math.pi)
        terms.append(-0.5 * np.sum(turned * turned, axis=-1) - logs - constant)
    back = np.argsort(np.concatenate(order))
    return np.reshape(np.concatenate(terms)[back], present.shape[:-1])


def conditional_draw(law: Any, value: Array, present: Array, rng: np.random.Generator) -> Array:
    """Values with the missing elements drawn given the observed ones; all plain numbers."""
    size = present.shape[-1]
    whole = np.array(value, dtype=np.float64).reshape(-1, size)
    loc = np.broadcast_to(law.loc, present.shape).reshape(-1, size)
    for elements, rows in patterns(present):
        rest = np.setdiff1d(np.arange(size), elements)
        for row in rows:
            at = np.array([row])
            parts = (rest, elements), (rest, rest), (elements, elements)
            across, own, seen = (
                _block(law, a, b, at, present.shape).reshape(len(a), len(b)) for a, b in parts
            )
            weights = np.linalg.solve(seen, across.T).T
            mean = loc[row, rest] + weights @ (whole[row, elements] - loc[row, elements])
            spread = np.linalg.cholesky(own - weights @ across.T)
            whole[row, rest] = mean + spread @ rng.standard_normal(len(rest))
    return whole.reshape(present.shape)


def _block(law: Any, left: Array, right: Array, rows: Array, shape: tuple[int, ...]) -> Any:
    """Part of the covariance: one matrix, or one for each of `rows` where they differ."""
    matrix = law.covariance_matrix
    if np.ndim(matrix) == 2:
        return matrix[left[:, None], right[None, :]]
    size = shape[-1]
    each = np.reshape(np.broadcast_to(matrix, (*shape, size)), (-1, size, size))
    return each[rows[:, None, None], left[None, :, None], right[None, None, :]]
