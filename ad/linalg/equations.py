"""Matrix equations, under SciPy's names."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import one_square, real
from ad.linalg.contractions import kron
from ad.linalg.systems import solve
from ad.op import Value
from ad.ops.matrices import swap


def _solution(who: str, whole: Value, q: Any, shape: tuple[int, ...]) -> Value:
    q = real(who, q)
    if q.shape != shape:
        raise ShapeError(
            f"{who}: q must have shape {shape}, as the other matrices say, got {q.shape} "
            f"({user_line()})."
        )
    return np.reshape(solve(whole, np.reshape(q, (-1,))), shape)


def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """Solution x of a x + x b = q.

    Parameters
    ----------
    a : array, shape (m, m)
    b : array, shape (n, n)
    q : array, shape (m, n)

    Returns
    -------
    array, shape (m, n)
        nan where an eigenvalue of `a` is one of `-b`.

    Notes
    -----
    As one linear system of m n unknowns, so for small matrices: its cost is (m n)^3.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solve_sylvester([[1.0]], [[2.0]], [[6.0]]).tolist()
    [[2.0]]
    """
    who = "linalg.solve_sylvester"
    a, b = one_square(who, a), one_square(who, b)
    m, n = a.shape[0], b.shape[0]
    whole = kron(a, np.eye(n)) + kron(np.eye(m), swap(b))
    return _solution(who, whole, q, (m, n))


def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """Solution x of a x + x a' = q, shape (n, n): see `solve_sylvester`."""
    a = one_square("linalg.solve_continuous_lyapunov", a)
    return solve_sylvester(a, swap(a), q)


solve_lyapunov = solve_continuous_lyapunov


def solve_discrete_lyapunov(a: Any, q: Any, method: str | None = None) -> Any:
    """Solution x of a x a' - x + q = 0, shape (n, n): the stationary covariance of x = a x + noise.

    Parameters
    ----------
    a, q : array, shape (n, n)
    method : str, optional
        Taken for SciPy's sake: there is one, a linear system of n^2 unknowns.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.solve_discrete_lyapunov([[0.5]], [[3.0]]).tolist()
    [[4.0]]
    """
    who = "linalg.solve_discrete_lyapunov"
    a = one_square(who, a)
    size = a.shape[0]
    return _solution(who, np.eye(size * size) - kron(a, a), q, (size, size))


__all__ = [
    "solve_continuous_lyapunov",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
]
