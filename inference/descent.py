"""Limited-memory BFGS, as a sequence of iterates that its caller may look at.

J. Nocedal (1980), Updating Quasi-Newton Matrices with Limited Storage, Mathematics of Computation
35, 773-782. The line search is bisection for the weak Wolfe conditions (A. S. Lewis and M. L.
Overton 2013, Nonsmooth Optimization via Quasi-Newton Methods, Mathematical Programming 141,
algorithm 2.6), which steps back from where the function is infinite.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation import Evaluator

Array = NDArray[np.float64]

DECREASE, CURVATURE = 1e-4, 0.9  # Wolfe's constants, as is usual for quasi-Newton methods
HALVINGS = 60


@dataclass(frozen=True)
class Iterate:
    """Point, log density (nats) and gradient of an iteration."""

    x: Array
    value: float
    gradient: Array


def ascend(
    evaluator: Evaluator,
    start: Array,
    *,
    history: int = 6,
    iterations: int = 1000,
    gradient_tolerance: float = 1e-8,
    relative_tolerance: float = 2e-12,
    decrement: float = 0.0,
) -> Iterator[Iterate]:
    """Iterates of a climb to a mode, the starting point first.

    It ends when the gradient or the change of the log density is small beside the tolerances, when
    no step leads upward, or after `iterations`; and where g' H g, with g the gradient and H the
    inverse Hessian's estimate, is at most `decrement` (twice the nats still to gain, by it).
    """
    value, gradient = evaluator.at(start)
    here = Iterate(start, value, gradient)
    yield here
    pairs: deque[tuple[Array, Array]] = deque(maxlen=history)
    for _ in range(iterations):
        if np.abs(here.gradient).max() <= gradient_tolerance:
            return
        way = direction(here.gradient, pairs)
        if pairs and dot(way, here.gradient) <= decrement:
            return
        step = search(evaluator, here, way, first=not pairs)
        if step is None:
            if not pairs:
                return
            pairs.clear()  # once along the gradient, before giving up
            step = search(evaluator, here, direction(here.gradient, pairs), first=True)
            if step is None:
                return
        s, y = step.x - here.x, here.gradient - step.gradient
        if curved(s, y):
            pairs.append((s, y))
        gained = step.value - here.value
        here = step
        yield here
        if gained <= relative_tolerance * max(1.0, abs(here.value)):
            return


def dot(a: Array, b: Array) -> float:
    """Product of two vectors, whose last bit does not depend on how many threads BLAS has."""
    return float((a * b).sum())


def curved(s: Array, y: Array) -> bool:
    """Whether a pair of differences has a usable positive curvature.

    L. Zhang, B. Carpenter, A. Gelman and A. Vehtari (2022), Pathfinder, JMLR 23(306), section 2.2.
    """
    product, square = dot(s, y), dot(y, y)
    return product > 0.0 and square <= 1e12 * product


def direction(gradient: Array, pairs: deque[tuple[Array, Array]]) -> Array:
    """Two-loop recursion (Nocedal 1980): the inverse Hessian's estimate times the gradient."""
    q = gradient.copy()
    along = []
    for s, y in reversed(pairs):
        a = dot(s, q) / dot(s, y)
        along.append(a)
        q -= a * y
    if pairs:
        s, y = pairs[-1]
        q *= dot(s, y) / dot(y, y)
    for (s, y), a in zip(pairs, reversed(along), strict=True):
        q += (a - dot(y, q) / dot(s, y)) * s
    return q


def search(evaluator: Evaluator, here: Iterate, way: Array, *, first: bool) -> Iterate | None:
    """Return a point along `way` that satisfies the weak Wolfe conditions, or at least goes up."""
    slope = dot(way, here.gradient)
    if not slope > 0.0 or not np.isfinite(slope):
        return None
    step = min(1.0, 1.0 / float(np.abs(way).max())) if first else 1.0
    low, high = 0.0, np.inf
    best: Iterate | None = None
    for _ in range(HALVINGS):
        x = here.x + step * way
        value, gradient = evaluator.at(x)
        usable = np.isfinite(value) and bool(np.isfinite(gradient).all())
        if not usable or value < here.value + DECREASE * step * slope:
            high = step
        else:
            best = Iterate(x, value, gradient)
            if dot(gradient, way) <= CURVATURE * slope:
                return best
            low = step
        step = 0.5 * (low + high) if np.isfinite(high) else 2.0 * step
        if high - low <= 1e-15 * high or step > 1e20:
            break
    return best
