"""Probability of arcs of the circle under the von Mises law, also far in its tails."""

from __future__ import annotations

from typing import Any

import numpy as np

import ad
from ppl.numerics import LOG_2, LOG_PI
from ppl.tails import log_sum

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(40)
_DROP = 40.0  # where a density has fallen by exp(-40) nothing is left


def log_arc(concentration: Any, start: Any, length: Any) -> Any:
    """Log probability of an arc.

    Parameters
    ----------
    concentration : array, shape (...)
        Nonnegative.
    start : array, shape (...)
        Angle from the mean direction, from -pi to pi, at which the arc begins.
    length : array, shape (...)
        Up to 2 pi.

    Returns
    -------
    array, shape (...)
        In nats, to a relative 1e-13 of the probability and of 1 less it.
    """
    inside = _log_arc(concentration, start, length)
    stop = start + length
    rest = _log_arc(concentration, stop - 2.0 * np.pi * (stop > np.pi), 2.0 * np.pi - length)
    most = inside > -LOG_2
    return np.where(most, ad.special.log1m_exp(np.where(most, rest, -1.0)), inside)


def _log_arc(concentration: Any, start: Any, length: Any) -> Any:
    """By the parts between the mean direction and the opposite one, of which all are positive."""
    stop = start + length
    again = stop - 2.0 * np.pi  # where the arc passes the opposite direction
    zero = 0.0 * again
    # Where an end is at 0 or pi exactly one part's end moves with it.
    parts = (
        (np.where(stop <= 0.0, -stop, 0.0), np.where(start < 0.0, -start, 0.0)),
        (np.where(start >= 0.0, start, 0.0), np.where(stop <= np.pi, stop, np.pi)),
        (np.where(again <= 0.0, -again, 0.0), zero + np.pi),
        (zero, np.where(again > 0.0, again, 0.0)),
    )
    return log_sum(np.stack([_log_side(concentration, *part) for part in parts], axis=-1))


def _log_side(concentration: Any, near: Any, far: Any) -> Any:
    """Log probability of angles from `near` to `far` on one side, both from 0 to pi."""
    none = ~(far > near)
    near, far = np.where(none, 1.0, near), np.where(none, 2.0, far)
    # The density falls from `near` on: up to where nothing is left.
    first = np.sin(0.5 * near)
    square = first * first + 0.5 * _DROP / np.maximum(concentration, 1.0)
    all_ = square >= 1.0
    last = 2.0 * np.arcsin(np.sqrt(np.where(all_, 0.5, square)))
    half = 0.5 * (np.minimum(far, np.where(all_, np.pi, last)) - near)
    gap = 0.5 * half[..., None] * (1.0 + _NODES)  # half the distance from `near`
    fall = np.sin(gap) * np.sin(gap + near[..., None])
    falls = np.exp(-2.0 * concentration[..., None] * fall)
    scale = np.log(ad.special.ive(0.0, concentration)) + LOG_2 + LOG_PI
    inside = np.log(half * np.sum(_WEIGHTS * falls, axis=-1))
    return np.where(none, -np.inf, inside - 2.0 * concentration * first * first - scale)
