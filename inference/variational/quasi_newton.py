"""Normal laws by the inverse Hessians that a quasi-Newton climb knows of.

L. Zhang, B. Carpenter, A. Gelman and A. Vehtari (2022), Pathfinder: Parallel Quasi-Newton
Variational Inference, JMLR 23(306), 1-49, algorithms 3 and 4.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from inference import descent
from inference.gaussians import LowRank

Array = NDArray[np.float64]


def next_diagonal(alpha: Array, s: Array, y: Array) -> Array:
    """Diagonal of the inverse Hessian after a pair of differences (algorithm 3).

    The update of J. C. Gilbert and C. Lemarechal (1989), Some Numerical Experiments with
    Variable-Storage Quasi-Newton Algorithms, Mathematical Programming 45.
    """
    forward = float(y @ (alpha * y))
    backward = float(s @ (s / alpha))
    inverse = forward / alpha + y**2 - forward / backward * (s / alpha) ** 2
    with np.errstate(all="ignore"):
        new = float(y @ s) / inverse
    usable = np.isfinite(new) & (new > 0.0)  # rounding may spoil what is positive in exact numbers
    result: Array = np.where(usable, new, alpha)
    return result


def law_at(
    here: descent.Iterate, alpha: Array, pairs: deque[tuple[Array, Array]]
) -> LowRank | None:
    """Normal law of a point (algorithm 4), or None where its covariance is not positive definite.

    Its mean is one quasi-Newton step from the point. With A = diag(alpha) and the pairs' columns
    S and Y, the covariance is A + W M W', W = (A Y, S), M = ((0, -R^-1), (-R^-T, R^-T (D + Y' A Y)
    R^-1)), R the upper triangle of S' Y and D its diagonal.
    """
    sd = np.sqrt(alpha)
    if not pairs:
        d = len(alpha)
        return LowRank(here.x + alpha * here.gradient, sd, np.zeros((d, 0)), np.zeros((0, 0)))
    s, y = (np.stack(columns, axis=1) for columns in zip(*pairs, strict=True))
    products = s.T @ y
    triangle = np.triu(products)
    scaled = alpha[:, None] * y
    with np.errstate(all="ignore"):
        try:
            inverse = np.linalg.inv(triangle)
            middle = inverse.T @ (np.diag(np.diag(products)) + y.T @ scaled) @ inverse
            corner = np.zeros_like(middle)
            inner = np.block([[corner, -inverse], [-inverse.T, middle]])
            basis, upper = np.linalg.qr(np.concatenate([scaled, s], axis=1) / sd[:, None])
            core = np.eye(len(upper)) + upper @ inner @ upper.T
            factor = np.linalg.cholesky(0.5 * (core + core.T))
        except np.linalg.LinAlgError:
            return None
    if not np.isfinite(factor).all():
        return None
    law = LowRank(here.x, sd, basis, factor)
    g = here.gradient[None, :]
    step = sd * g
    turned = step @ basis
    step += (turned @ factor @ factor.T - turned) @ basis.T
    return LowRank(here.x + (sd * step)[0], law.sd, basis, factor)
