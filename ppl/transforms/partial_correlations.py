"""Cholesky factors of correlation matrices from partial correlations tanh(u).

With u below the diagonal, row i of the factor is L_ij = tanh(u_ij) prod_{k<j} sech(u_ik) and
L_ii = prod_{k<i} sech(u_ik): what the Stan reference manual ("Correlation matrices") writes as
z sqrt(1 - sum of squares so far), but the rest of the unit length is a product, in which nothing
cancels. Lewandowski, Kurowicka and Joe (2009), "Generating random correlation matrices based on
vines and extended onion method".
"""

from typing import Any

import numpy as np

import ad
from ppl.numerics import LOG_2


def log_cosh(u: Any) -> Any:
    """Compute log cosh(u), smooth everywhere; accurate absolutely near 0, relatively elsewhere."""
    return u + ad.special.log1p_exp(-2.0 * u) - LOG_2


def factor(u: Any) -> Any:
    """Lower factors of matrices u (last two axes) that are 0 on and above the diagonal."""
    order = np.shape(u)[-1]
    spent = log_cosh(u)
    before = np.cumsum(spent, axis=-1) - spent
    below = np.tri(order)  # above the diagonal tanh(u) is 0, and so is the product
    return (np.tanh(u) + np.eye(order)) * np.exp(-before * below)


def partials(factor: Any) -> Any:
    """Matrices u of lower factors, the inverse of `factor`; meaningless on the diagonal."""
    # The rest of a row is the sum of the squares to come, which equals 1 less those before.
    squares = factor * factor
    total = np.flip(np.cumsum(np.flip(squares, -1), axis=-1), -1)
    rest = np.concatenate([total[..., 1:], np.ones_like(total[..., :1])], axis=-1)
    below = np.tri(np.shape(factor)[-1], k=-1) > 0.0
    ratio = np.where(below, factor, 0.0) / np.sqrt(np.where(below, rest, 1.0))
    return np.arcsinh(ratio)
