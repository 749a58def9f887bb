"""What laws of unit vectors share."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ppl.numerics import LOG_2, LOG_PI


def log_area(n: int) -> float:
    """Log of the area of the sphere of unit vectors with n elements: 2 pi^(n/2) / Gamma(n/2)."""
    return LOG_2 + 0.5 * n * LOG_PI - math.lgamma(0.5 * n)


def half_gap(direction: Any, value: Any) -> Any:
    """1 less the cosine of the angle between unit vectors, without cancellation."""
    gap = value - direction
    return 0.5 * np.sum(gap * gap, axis=-1)


def uniform_directions(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw unit vectors, the last axis of `shape`, with equal density everywhere."""
    white = rng.standard_normal(shape)
    return white / np.linalg.norm(white, axis=-1, keepdims=True)


def around(rng: np.random.Generator, direction: Any, cosine: Any) -> Any:
    """Draw unit vectors with given cosines to a direction, uniform round it.

    Parameters
    ----------
    direction : array, shape (..., n)
    cosine : array, shape (...)
        Of the whole batch.
    """
    shape = (*np.shape(cosine), np.shape(direction)[-1])
    white = rng.standard_normal(shape)
    white = white - np.sum(white * direction, axis=-1, keepdims=True) * direction
    white = white / np.linalg.norm(white, axis=-1, keepdims=True)
    sine = np.sqrt((1.0 - cosine) * (1.0 + cosine))
    drawn = cosine[..., None] * direction + sine[..., None] * white
    return drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)


def covariance_around(loc: Any, along: Any, across: Any) -> Any:
    """Covariance matrix of a unit vector from its variances along a direction and across it."""
    outer = loc[..., None] * loc[..., None, :]
    rest = np.eye(np.shape(loc)[-1]) - outer
    return across[..., None, None] * rest + along[..., None, None] * outer
