"""Solvers of equations on plain numbers, finished by Newton steps with exact derivatives."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.jacobians import jacobian
from ad.transforms import grad

Vector = npt.NDArray[np.float64]
Residual = Callable[..., Any]  # (x, *parameters), flat vectors of numbers or traced values
Solver = Callable[[Callable[[Vector], Any], Vector], Any]

# Newton's correction at a solution, relative to its size; each step squares what is left.
CLOSE = 1e-8
MOST_POLISHING = 8
MOST_ITERATIONS = 1000


class Solve:
    """The solver and the Newton steps after it, on plain numbers; nan where they fail."""

    def __init__(
        self,
        who: str,
        function: Callable[..., Any],
        residual: Residual,
        solver: Solver,
        start: Vector,
        *,
        is_minimum: bool,
    ) -> None:
        self._function, self._residual, self._solver = function, residual, solver
        self._start, self._is_minimum = start, is_minimum
        self.reason = ""
        self.__name__ = who

    def __call__(self, *parameters: Any) -> Vector:
        """The solution at plain parameters."""
        if not self._start.size:
            return self._start
        with np.errstate(all="ignore"):
            try:
                found = self._solver(lambda x: self._function(x, *parameters), self._start.copy())
            except (ArithmeticError, np.linalg.LinAlgError) as error:
                return self._failed(str(error))
            x = np.array(found, dtype=float).reshape(-1)
            if x.shape != self._start.shape:
                raise ShapeError(
                    f"{self.__name__}: the solver must give a vector of shape "
                    f"{self._start.shape}, got {x.shape} ({user_line()})."
                )
            return self._polished(x, parameters)

    def _failed(self, reason: str) -> Vector:
        self.reason = reason
        return np.full(self._start.shape, np.nan)

    def _polished(self, x: Vector, parameters: Sequence[Any]) -> Vector:
        """Newton steps while they shrink."""
        slope_of = jacobian(self._residual, mode="forward")
        before = np.inf
        for _ in range(MOST_POLISHING):
            slope = np.asarray(slope_of(x, *parameters))
            value = np.asarray(self._residual(x, *parameters))
            if not (np.isfinite(slope).all() and np.isfinite(value).all()):
                return self._failed("the function is not finite where the solver stopped")
            step = np.linalg.lstsq(slope, -value, rcond=None)[0]
            size = float(np.max(np.abs(step) / (1.0 + np.abs(x)), initial=0.0))
            if size >= 0.5 * before:  # what is left is rounding
                break
            x, before = x + step, size
        if before > CLOSE or not np.linalg.cond(slope) < 1.0 / np.finfo(float).eps:
            return self._failed("Newton's steps at the end do not converge")
        if self._is_minimum and x.size and np.linalg.eigvalsh(slope + slope.T)[0] <= 0.0:
            return self._failed("the Hessian is not positive definite there")
        return x


def find_root(residual: Callable[[Vector], Any], start: Vector) -> Any:
    """A root by SciPy's modification of Powell's hybrid method, with the exact Jacobian."""
    from scipy.optimize import root as find  # noqa: PLC0415 - only where it is needed

    def slope(x: Vector) -> Any:
        return np.asarray(jacobian(residual, mode="forward")(x))

    return find(lambda x: np.asarray(residual(x)), start, jac=slope, method="hybr").x


def iterate(function: Callable[[Vector], Any], start: Vector) -> Any:
    """The function applied again and again."""
    x = start
    for _ in range(MOST_ITERATIONS):
        following = np.asarray(function(x), dtype=float)
        if np.max(np.abs(following - x), initial=0.0) <= CLOSE * (1.0 + np.max(np.abs(x))):
            return following
        x = following
    return x


def minimise(function: Callable[[Vector], Any], start: Vector) -> Any:
    """A minimum by SciPy's BFGS, with the exact gradient."""
    from scipy.optimize import minimize  # noqa: PLC0415 - only where it is needed

    slope = grad(function)
    return minimize(
        lambda x: float(function(x)), start, jac=lambda x: np.asarray(slope(x)), method="BFGS"
    ).x


__all__ = ["Residual", "Solve", "Solver", "Vector", "find_root", "iterate", "minimise"]
