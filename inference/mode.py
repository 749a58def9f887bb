"""The mode of a density: quasi-Newton from several starts, then Newton's method to the end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference import descent
from inference.evaluation import Evaluator
from inference.steps import Steps

Array = NDArray[np.float64]

NEWTON_STEPS = 50
DECREMENT = 1e-12  # nats: half the squared Newton decrement, the gain a full step promises
DENSE_LIMIT = 2000  # dimensions up to which the Hessian is formed at every step


@dataclass(frozen=True)
class Mode:
    """Where a climb ended.

    Attributes
    ----------
    x : array, shape (dimension,)
    value : float
        Log density there, in nats.
    hessian : array, shape (dimension, dimension), or None
        Of the log density at `x`; None where the climb did not come so far.
    converged : bool
        Whether the Hessian is negative definite and Newton's method promises no more.
    reason : str
        Why not; empty if it has.
    interrupted : bool
        Whether Ctrl-C ended the search.
    values : tuple of float
        Log densities where the climbs from each start ended, before Newton's method.
    """

    x: Array
    value: float
    hessian: Array | None
    converged: bool
    reason: str
    interrupted: bool
    values: tuple[float, ...]


def find(evaluator: Evaluator, starts: Sequence[Array], iterations: int, steps: Steps) -> Mode:
    """Climb from every start, and take the highest point to a mode."""
    ends: list[descent.Iterate] = []
    here = None
    try:
        for number, start in enumerate(starts):
            for k, here in enumerate(  # after Ctrl-C `here` is used
                descent.ascend(evaluator, start, iterations=iterations)
            ):
                steps.show(k, f"start {number + 1}, log density {here.value:.6g}")
            assert here is not None
            ends.append(here)
        best = max(ends, key=lambda end: end.value)
        x, value, hessian, reason = polish(evaluator, best.x, steps)
    except KeyboardInterrupt:
        known = [*ends, *([here] if here is not None else [])]
        if not known:
            raise
        best = max(known, key=lambda end: end.value)
        values = tuple(end.value for end in ends)
        return Mode(best.x, best.value, None, False, "it was interrupted", True, values)
    values = tuple(end.value for end in ends)
    return Mode(x, value, hessian, not reason, reason, False, values)


def polish(evaluator: Evaluator, x: Array, steps: Steps) -> tuple[Array, float, Array | None, str]:
    """Newton's method with the exact Hessian: point, value, Hessian, and why it failed if it did.

    Where the Hessian is not negative definite its eigenvalues are taken by absolute value (J.
    Nocedal and S. J. Wright 2006, Numerical Optimization, section 3.4). Steps are halved until
    they lead upward. Above 2,000 dimensions the steps are SciPy's conjugate gradients.
    """
    if evaluator.dimension > DENSE_LIMIT:
        x = _conjugate(evaluator, x)
    value, gradient = evaluator.at(x)
    for k in range(NEWTON_STEPS):
        hessian = evaluator.hessian(x)
        if not np.isfinite(hessian).all():
            return x, value, hessian, "the Hessian at the best point is not finite"
        step, definite = _newton(hessian, gradient)
        promise = 0.5 * float(gradient @ step)
        steps.show(k, f"log density {value:.6g}, Newton's promise {promise:.1e}")
        done = promise <= DECREMENT
        moved = _move(evaluator, x, value, step)
        if moved is not None:
            x, value, gradient = moved
        if done or moved is None:
            if moved is not None:
                hessian = evaluator.hessian(x)
                step, definite = _newton(hessian, gradient)
            if not definite:
                return x, value, hessian, FLAT
            # Rounding of the log density hides gains below this.
            limit = max(1e-10, 1e-13 * abs(value) * len(x))
            bad = "" if 0.5 * float(gradient @ step) <= limit else "no step leads upward"
            return x, value, hessian, bad
    return x, value, evaluator.hessian(x), f"{NEWTON_STEPS} Newton steps were not enough"


FLAT = (
    "the Hessian at the best point is not negative definite, so that there may be no mode: the log "
    "density is flat or unbounded in some direction"
)


def _newton(hessian: Array, gradient: Array) -> tuple[Array, bool]:
    """Newton's step, and whether the Hessian is negative definite beyond rounding."""
    values, vectors = np.linalg.eigh(-hessian)
    least = 1e-14 * float(np.abs(values).max()) * len(values) + np.finfo(float).tiny
    sizes = np.maximum(np.abs(values), least)
    return vectors @ ((vectors.T @ gradient) / sizes), bool(values[0] > least)


def _move(
    evaluator: Evaluator, x: Array, value: float, step: Array
) -> tuple[Array, float, Array] | None:
    for halving in range(40):
        there = x + 0.5**halving * step
        new, gradient = evaluator.at(there)
        if new >= value and bool(np.isfinite(gradient).all()):
            return there, new, gradient
    return None


def _conjugate(evaluator: Evaluator, x: Array) -> Array:
    """Newton's method by conjugate gradients, in a trust region, without a Hessian."""
    # SciPy is not imported with the package: a sampler does not need it.
    from scipy.optimize import minimize  # noqa: PLC0415

    def objective(point: Array) -> tuple[float, Array]:
        value, gradient = evaluator.at(point)
        return -value, -gradient

    def product(point: Array, way: Array) -> Array:
        result: Array = -evaluator.hessian_products(point[None], way[None])[0]
        return result

    done = minimize(
        objective, x, jac=True, hessp=product, method="trust-ncg", options={"gtol": 1e-9}
    )
    best: Array = done.x
    return best
