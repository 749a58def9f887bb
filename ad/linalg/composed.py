"""What is made of `np.linalg`'s factors by NumPy's names alone, of real and complex matrices."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import NoRuleError
from ad.linalg.checks import one_matrix
from ad.op import Value


def matrix_rank(
    A: Any,  # noqa: N803 - NumPy's name
    tol: Any = None,
    hermitian: bool = False,  # noqa: ARG001 - NumPy's, which asks for another algorithm
    *,
    rtol: Any = None,
) -> Value:
    """Number of singular values that are not 0 to rounding."""
    if np.ndim(A) < 2:
        return np.any(np.not_equal(A, 0.0)) * 1.0
    values = np.linalg.svd(A, compute_uv=False)
    if tol is None:
        relative = max(A.shape[-2:]) * np.finfo(float).eps if rtol is None else rtol
        tol = np.max(values, axis=-1, keepdims=True) * relative
    return np.count_nonzero(np.greater(values, tol), axis=-1)


def lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Value, int, Value]:
    """Least squares, of full rank; either array may be data."""
    one_matrix("np.linalg.lstsq", np.shape(a))
    values = np.linalg.svd(a, compute_uv=False)
    rows, columns = a.shape
    least = max(rows, columns) * np.finfo(float).eps if rcond is None else rcond
    if not values[-1] > least * values[0]:  # a branch
        raise NoRuleError(
            f"np.linalg.lstsq: a must have full rank, got shape {a.shape} with a singular value "
            f"that is 0 to rounding ({user_line()}). Without full rank there is no derivative."
        )
    solution = np.matmul(np.linalg.pinv(a), b)
    if rows <= columns:
        return solution, np.zeros(0), rows, values
    rest = b - np.matmul(a, solution)
    rest = np.square(np.abs(rest) if rest.dtype.kind == "c" else rest)
    return solution, np.sum(rest, axis=0, keepdims=np.ndim(b) == 1), columns, values


def tensorinv(a: Any, ind: int = 2) -> Any:
    """Inverse of a matrix whose rows and columns are the first and the last axes."""
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    rows, columns = a.shape[:ind], a.shape[ind:]
    inverse = np.linalg.inv(np.reshape(a, (int(np.prod(rows)), -1)))
    return np.reshape(inverse, (*columns, *rows))


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solution of a system whose unknowns are the last axes of `a`."""
    if axes is not None:
        order = [k for k in range(np.ndim(a)) if k not in axes]
        a = np.transpose(a, [*order, *axes])
    wanted = np.shape(a)[np.ndim(b) :]
    size = int(np.prod(wanted))
    if np.size(b) != size:
        raise np.linalg.LinAlgError(
            "Input arrays must satisfy the requirement prod(a.shape[b.ndim:])"
        )
    return np.reshape(np.linalg.solve(np.reshape(a, (size, size)), np.ravel(b)), wanted)
