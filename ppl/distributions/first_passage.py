"""First passage of a Brownian motion between two barriers: the density without drift."""

from typing import Any

import numpy as np

from ppl.numerics import HALF_LOG_2PI, LOG_PI

# Times up to here take the sum over images, later ones that over eigenfunctions. At the switch the
# first terms left out are below 1e-17 of the sum in both.
_EARLY = 0.25
_IMAGES = (1.0, 3.0, 5.0)
_EIGEN = range(2, 7)


def log_passage(time: Any, near: Any, far: Any) -> Any:
    """Log density of the time when a standard Brownian motion first leaves (0, 1), at 0.

    Parameters
    ----------
    time : array, shape (...)
        Positive.
    near, far : array, shape (...)
        Distances of the start from 0 and from 1, with sum 1; either may be tiny.

    Returns
    -------
    array, shape (...)
        In nats. Its integral over time is `far`, the probability to leave at 0.

    Notes
    -----
    Feller (1968), "An Introduction to Probability Theory and its Applications", vol. 1, section
    14.6, problem 22, and eq. 14.5.7 in its limit; Navarro and Fuss (2009), "Fast and accurate
    calculations for first-passage times in Wiener diffusion models". Images are summed in the pairs
    that cancel when the start is next to a barrier, so the relative accuracy is kept there.
    """
    early, low = time < _EARLY, near < far
    short = np.where(early, time, 0.5 * _EARLY)
    beside = _beside(short, np.where(low, near, 0.25))
    across = _across(short, np.where(low, 0.25, far))
    images = np.where(low, beside, across) - 1.5 * np.log(short) - HALF_LOG_2PI
    return np.where(early, images, _late(np.where(early, 2.0 * _EARLY, time), near, far))


def _beside(time: Any, near: Any) -> Any:
    """Sum over images of a start next to 0, in pairs at n + near and n - near, n even."""
    total: Any = 0.0
    for n in (2.0, 4.0, 6.0):
        # ((n + w) exp(-(n + w)^2 / 2t) - (n - w) exp(-(n - w)^2 / 2t)) / (w exp(-w^2 / 2t))
        lost = -np.expm1(-2.0 * n * near / time)
        pair = 2.0 - (n + near) * (lost / near)
        total = total + np.exp(-0.5 * n * (n - 2.0 * near) / time) * pair
    return np.log(near) - 0.5 * near * (near / time) + np.log1p(total)


def _across(time: Any, far: Any) -> Any:
    """Sum over images of a start next to 1, in pairs at m - far and m + far, m odd."""
    total: Any = 0.0
    for m in _IMAGES:
        lost = -np.expm1(-2.0 * m * far / time)
        part = (m + far) * lost - 2.0 * far
        total = total + np.exp(-0.5 * (m - 1.0) * (m + 1.0 - 2.0 * far) / time) * part
    near = 1.0 - far
    return np.log(total) - 0.5 * near * (near / time)


def _late(time: Any, near: Any, far: Any) -> Any:
    """Sum over eigenfunctions: pi times that of k sin(k pi near) exp(-k^2 pi^2 time / 2)."""
    low = near < far
    close = np.where(low, near, far)
    cosine = np.cos(np.pi * close) * np.where(low, 1.0, -1.0)
    before, now = 1.0, 2.0 * cosine  # sin(k x) / sin(x): Chebyshev's polynomials
    total: Any = 0.0
    for k in _EIGEN:
        total = total + k * now * np.exp(-0.5 * np.pi**2 * (k * k - 1.0) * time)
        before, now = now, 2.0 * cosine * now - before
    return LOG_PI + np.log(np.sin(np.pi * close)) - 0.5 * np.pi**2 * time + np.log1p(total)


def draw_exit(
    rng: np.random.Generator, start: Any, width: Any, drift: Any
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Draw when, and at which end, a Brownian motion with drift leaves (0, width).

    Parameters
    ----------
    rng : numpy.random.Generator
    start, width, drift : array, shape (n,)
        `start` as a share of `width`.

    Returns
    -------
    time : array, shape (n,)
    upper : array of bool, shape (n,)

    Notes
    -----
    It leaves the largest interval around its place again and again, until one of the ends was a
    barrier. The time in which it leaves a symmetric interval does not depend on the side. It is
    that to the side of the drift, an inverse Gaussian variable, if the other side was not met
    before, which happens at least every second time: drawn by rejection.
    """
    share, rest = np.array(start), 1.0 - start
    time, upper = np.zeros(share.shape), np.zeros(share.shape, dtype=bool)
    active = np.arange(share.size)
    while active.size:
        low = share[active] < rest[active]
        close = np.where(low, share[active], rest[active])
        radius = close * width[active]
        push = drift[active]
        time[active] += radius**2 * _symmetric(rng, np.abs(push) * radius)
        rises = rng.random(active.size) * (1.0 + np.exp(-2.0 * push * radius)) < 1.0
        done = np.where(low, ~rises, rises) | (close == 0.5)
        upper[active] = rises
        # The nearer barrier was left behind: twice as far from it.
        share[active] = np.where(low, 2.0 * close, 1.0 - 2.0 * close)
        rest[active] = np.where(low, 1.0 - 2.0 * close, 2.0 * close)
        active = active[~done]
    return time, upper


def _symmetric(rng: np.random.Generator, drift: Any) -> Any:
    """Draw when a Brownian motion with a drift leaves (-1, 1)."""
    result = np.zeros(drift.shape)
    waiting = np.arange(drift.size)
    while waiting.size:
        v = drift[waiting]
        y = rng.standard_normal(waiting.size) ** 2
        # The smaller root of Michael, Schucany and Haas (1976), in a form for a drift of 0 too.
        x = 1.0 / (v + 0.5 * y + np.sqrt(y * (v + 0.25 * y)))
        other = rng.random(waiting.size) * (1.0 + v * x) > 1.0
        x = np.where(other, 1.0 / (x * np.where(other, v, 1.0) ** 2), x)
        half = 0.25 * x
        whole = log_passage(half, np.full(v.shape, 0.5), np.full(v.shape, 0.5))
        one_sided = np.log(0.5) - 0.125 / half - 1.5 * np.log(half) - HALF_LOG_2PI
        accepted = whole - one_sided >= -rng.standard_exponential(waiting.size)
        result[waiting[accepted]] = x[accepted]
        waiting = waiting[~accepted]
    return result
