"""First passage of a Brownian motion with drift between two barriers: probabilities, moments.

Lengths are in units of the distance of the barriers, times in units of its square. The start is
`near` from the barrier whose passage is meant and `far` from the other, with sum 1; either may be
tiny. `drift` is towards the barrier.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import ad
from ppl.distributions.first_passage import log_passage
from ppl.numerics import HALF_LOG_2PI, LOG_2, LOG_PI, log_sinhc
from ppl.tails import log_difference

# Times up to here take the sum over images, later ones that over eigenfunctions. At the switch the
# first terms left out are below 1e-17 of the sum in both.
_EARLY = 0.25
_EIGEN = range(2, 7)
_SQRT_HALF = math.sqrt(0.5)
_HALF_LOG_HALF_PI = 0.5 * (LOG_PI - LOG_2)
_NODES = np.polynomial.legendre.leggauss(6)
_MANY_NODES = np.polynomial.legendre.leggauss(40)
_DROP = 40.0  # where a density has fallen by exp(-40) nothing is left
_HIGHEST = 100.0  # logs of what is not used may be higher: its exponential must be finite
_SMALL = 0.2
_CONTINUED = 5.0  # up to this drift the moments' continued fraction, with this many levels
_LEVELS = 16
_LEAST = 1e-300


def log_hit(drift: Any, near: Any, far: Any) -> Any:
    """Log probability that the barrier is met before the other one.

    Parameters
    ----------
    drift, near, far : array, shape (...)

    Returns
    -------
    array, shape (...)
        In nats: log of exp(drift near) sinh(drift far) / sinh(drift).
    """
    small = np.abs(drift) < _SMALL
    some = np.where(small, drift, 0.0)
    flat = np.log(far) + log_sinhc(some * far) - log_sinhc(some) + some * near
    v = np.where(small, 1.0, drift)
    size = np.abs(v)
    # Of the hyperbolic sines only what is not an exponential: nothing cancels.
    steep = ad.special.log1m_exp(-2.0 * size * far) - ad.special.log1m_exp(-2.0 * size)
    return np.where(small, flat, steep + (v - size) * near)


def log_hit_by(time: Any, drift: Any, near: Any, far: Any) -> tuple[Any, Any]:
    """Log probabilities that the barrier is met first, up to a time and after it.

    Parameters
    ----------
    time, drift, near, far : array, shape (...)
        `time` is positive and finite.

    Returns
    -------
    upto, after : array, shape (...)
        In nats, both to a relative 1e-13 of the probability, and of the largest exponent. They are
        sums over images for early times (Feller 1968, vol. 1, section 14.6, problem 22, integrated
        over time) and over eigenfunctions for late ones; what is after an early time and is less
        than what was before is an integral of the density.

    Notes
    -----
    Blurton, Kesselmeier and Gondan (2012), "Fast and accurate calculations for cumulative
    first-passage time distributions in Wiener diffusion models". Here images whose difference is
    small, for a start next to a barrier, are replaced by the integral of their slope.
    """
    time = np.maximum(time, _LEAST)
    early, whole = time < _EARLY, log_hit(drift, near, far)
    short, long_ = np.where(early, time, 0.5 * _EARLY), np.where(early, 2.0 * _EARLY, time)
    images = _images(short, drift, near, far)
    late = _late(long_, drift, near, far)
    rest = log_difference(whole, images)
    direct = images > whole - LOG_2
    between = np.where(direct, short, 0.5 * _EARLY)
    rest = np.where(direct, _between(between, drift, near, far), rest)
    return (
        np.where(early, images, log_difference(whole, late)),
        np.where(early, rest, late),
    )


def _late(time: Any, drift: Any, near: Any, far: Any) -> Any:
    """Log probability of a passage after a late time: the sum over eigenfunctions."""
    low = near < far
    close = np.where(low, near, far)
    cosine = np.cos(np.pi * close) * np.where(low, 1.0, -1.0)
    before, now = 1.0, 2.0 * cosine  # sin(k x) / sin(x): Chebyshev's polynomials
    square, total = drift * drift, 0.0
    for k in _EIGEN:
        share = k * (square + np.pi**2) / (square + (k * np.pi) ** 2)
        total = total + share * now * np.exp(-0.5 * np.pi**2 * (k * k - 1.0) * time)
        before, now = now, 2.0 * cosine * now - before
    first = LOG_2 + LOG_PI + np.log(np.sin(np.pi * close)) - np.log(square + np.pi**2)
    exponent = drift * near - 0.5 * (square + np.pi**2) * time
    return first + exponent + np.log1p(total)


def _images(time: Any, drift: Any, near: Any, far: Any) -> Any:
    """Log probability of a passage up to an early time: the sum over images."""
    low = near < far
    beside = _beside(time, drift, np.where(low, near, 0.25))
    across = _across(time, drift, np.where(low, 0.25, far))
    return np.where(low, beside, across)


def _beside(time: Any, drift: Any, near: Any) -> Any:
    """Of a start in the nearer half: images at near, 2 - near, 2 + near, 4 - near."""
    first = _log_sum(_barrier(time, drift, near, near, 0.0))

    def share(distance: Any, more: Any) -> Any:
        return np.exp(_log_sum(_barrier(time, drift, near, distance, more)) - first)

    lost = share(2.0 - near, 2.0 - 2.0 * near) - share(2.0 + near, 2.0)
    return first + np.log1p(-lost - share(4.0 - near, 4.0 - 2.0 * near))


def _across(time: Any, drift: Any, far: Any) -> Any:
    """Of a start in the other half: pairs of images at m - far and m + far, m = 1 and 3."""
    first, second = (_pair(time, drift, far, m) for m in (1.0, 3.0))
    return first + np.log1p(np.exp(second - first))


def _barrier(time: Any, drift: Any, near: Any, distance: Any, more: Any) -> tuple[Any, Any]:
    """Logs of both terms of exp(drift near) times the probability, with one barrier at a distance.

    The terms are exp(drift (near -+ distance)) Phi((+-drift time - distance) / sqrt(time)). `more`
    is distance - near. Where an argument is negative the exponents are joined, so that large ones
    do not cancel.
    """
    joined, root = _joined(time, drift, near, distance, more), np.sqrt(time)
    terms = []
    for way in (1.0, -1.0):
        z = (distance - way * drift * time) / root
        positive = z > 0.0
        mills = np.log(ad.special.erfcx(np.where(positive, z, 1.0) * _SQRT_HALF))
        exponent = drift * (-more if way > 0.0 else near + distance)
        other = exponent + ad.special.log_ndtr(np.where(positive, 1.0, -z))
        terms.append(np.where(positive, joined + mills + _HALF_LOG_HALF_PI, other))
    return terms[0], terms[1]


def _joined(time: Any, drift: Any, near: Any, distance: Any, more: Any) -> Any:
    """Log of the normal density that both terms have as a factor."""
    gap = drift * time - near
    return -0.5 * (gap * gap + more * (distance + near)) / time - HALF_LOG_2PI


def _log_sum(terms: tuple[Any, Any]) -> Any:
    return np.logaddexp(*terms)


def _pair(time: Any, drift: Any, far: Any, m: float) -> Any:
    """Log of the difference of the images at m - far and m + far."""
    near = 1.0 - far
    larger = _log_sum(_barrier(time, drift, near, m - far, m - 1.0))
    smaller = _log_sum(_barrier(time, drift, near, m + far, m - 1.0 + 2.0 * far))
    narrow = smaller - larger > -LOG_2
    wide = np.where(narrow, -1.0, smaller - larger)
    # The integral of minus the slope in the distance
    part, width = 0.0, np.where(narrow, far, 0.25)

    def share(log: Any) -> Any:
        return np.exp(np.minimum(log - larger, _HIGHEST))

    for node, weight in zip(*_NODES, strict=True):
        distance, more = m + width * node, m - 1.0 + far + width * node
        rise, fall = _barrier(time, drift, near, distance, more)
        slope = 2.0 / np.sqrt(time) * share(_joined(time, drift, near, distance, more))
        part = part + weight * (slope + drift * (share(rise) - share(fall)))
    steps = np.log(width * np.where(narrow, part, 1.0))
    return larger + np.where(narrow, steps, ad.special.log1m_exp(wide))


def _between(time: Any, drift: Any, near: Any, far: Any) -> Any:
    """Log probability of a passage after an early time by which most have happened."""
    # In log time the density is exp(-a / s - b s) times something smooth, falling from here on; the
    # range is up to where nothing is left, or where the late sum begins.
    a, b = 0.5 * near * near / time, 0.5 * drift * drift * time
    level = _DROP + a + b
    reach = (level + np.sqrt(level * level - 4.0 * a * b)) / (2.0 * np.maximum(b, 1e-30))
    width = np.log(np.minimum(_EARLY / time, reach))[..., None]
    nodes, weights = _MANY_NODES
    s = 0.5 * width * (1.0 + nodes)
    start, v, x, y = (p[..., None] for p in np.broadcast_arrays(time, drift, near, far))
    at = start * np.exp(s)
    logs = v * x - 0.5 * v * v * at + log_passage(at, x, y) + np.log(at)
    logs = logs + np.log(0.5 * width * weights)
    late = _late(np.full(np.shape(time), _EARLY), drift, near, far)
    return np.logaddexp(ad.special.logsumexp(logs, axis=-1), late)


def passage_moments(drift: Any, far: Any) -> tuple[Any, Any]:
    """Mean and variance of the time, given that the barrier is met first.

    Parameters
    ----------
    drift, far : array, shape (...)

    Returns
    -------
    mean, variance : array, shape (...)
        To 1e-14, for starts next to the barrier absolute.

    Notes
    -----
    By the derivatives of the log of E exp(-s time) = exp(drift near) sinh(q far) / sinh(q) with q^2
    = drift^2 + 2 s: Grasman, Wagenmakers and van der Maas (2009), "On the mean and variance of
    response times under the diffusion model with an application to parameter estimation".
    """
    square = far * far
    mean, variance = _coth_moments(drift)
    less, lesser = _coth_moments(far * drift)
    return mean - square * less, variance - square * square * lesser


def _coth_moments(q: Any) -> tuple[Any, Any]:
    """(q coth q - 1) / q^2, and minus its derivative over q: even functions, 1/3 and 2/45 at 0.

    For small q by the continued fraction of the first, 1 / (3 + q^2 / (5 + q^2 / (7 + ...))).
    """
    small = np.abs(q) < _CONTINUED
    near = np.where(small, q, 0.0)
    square = near * near
    level: Any = 0.0
    for k in range(_LEVELS, 0, -1):
        level = 1.0 / (2.0 * k + 3.0 + square * level)
    first = 1.0 / (3.0 + square * level)
    size = np.abs(np.where(small, _CONTINUED, q))
    decay = np.exp(-2.0 * size)
    times, lost = size * (1.0 + decay) / (1.0 - decay), 2.0 * size / (1.0 - decay)
    far = (times - 1.0) / (size * size)
    slope = (times - 2.0 + lost * lost * decay) / size**4
    return np.where(small, first, far), np.where(small, first * (first - level), slope)
