"""Functions of matrices, under SciPy's names."""

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import square
from ad.linalg.contractions import matmul
from ad.linalg.spectra import expm
from ad.linalg.systems import inv, solve
from ad.op import Value
from ad.ops.matrices import identity, swap
from ad.ops.shape import assemble, c_strides, view

# Newton's iteration halves the logarithm of a condition number up to 1e16 and then doubles digits.
STEPS = 32
ROOTS = 8  # a logarithm is 2^8 times that of so many roots, and its rounding grows as much


def _corner(function: Callable[[Value], Value], a: Value, change: Value) -> Value:
    """Derivative of a function of matrices at `a` along `change`.

    It is a corner of the function of [[a, change], [0, a]]: Mathias (1996), "A chain rule for
    matrix functions and applications", theorem 1.
    """
    size = a.shape[-1]
    shape = (*a.shape[:-2], 2 * size, 2 * size)
    strides = c_strides(shape)
    starts = (0, size, 2 * size * size + size)
    blocks = assemble(a, change, a, shape=shape, places=tuple((s, strides) for s in starts))
    return view(function(blocks), shape=a.shape, offset=size, strides=strides)


def _function_of_matrices(values: Callable[[Value], Value]) -> Callable[[Value], Value]:
    """A function with the derivative of functions of matrices, at every order."""

    def function(a: Value) -> Value:
        from ad.custom_rules import ruled  # noqa: PLC0415 - it is written over what this serves

        def pullback(ct: Value, value: Value, a: Value) -> Value:
            return _corner(function, swap(a), ct)

        return ruled(values, pullback, deferred=True)(a)

    return function


def _root_by_newton(a: Value) -> Value:
    """Product form of the iteration of Denman and Beavers: Higham (2008), equation 6.29."""
    one = identity(a.shape)
    scale = np.sqrt(np.sum(a * a, axis=(-2, -1), keepdims=True))
    x = m = a / scale
    for _ in range(STEPS):
        turned = inv(m)
        x = 0.5 * matmul(x, one + turned)
        m = 0.5 * (one + 0.5 * (m + turned))
    return x * np.sqrt(scale)


_root = _function_of_matrices(_root_by_newton)


def sqrtm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Principal square root of a matrix without eigenvalues on the negative real axis, or 0.

    Parameters
    ----------
    A : array, shape (..., n, n)

    Returns
    -------
    array, shape (..., n, n)
        Of whose square it is; its eigenvalues have positive real parts. Where `A` has an eigenvalue
        at most 0 there is no real principal root, and the result means nothing.

    Raises
    ------
    ShapeError
        If `A` is not square.

    Notes
    -----
    By Newton's iteration in product form (Higham, 2008, "Functions of matrices", section 6.3).
    The relative error is about eps times the condition number of the root. Derivatives are corners
    of roots of block matrices (Mathias, 1996), so exact at every order. For a covariance, `eigh`
    or `cholesky` is several times cheaper.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.sqrtm([[5.0, 4.0], [4.0, 5.0]]).round(12).tolist()
    [[2.0, 1.0], [1.0, 2.0]]
    """
    return _root(square("linalg.sqrtm", A))


def _log_by_roots(a: Value) -> Value:
    """Inverse scaling and squaring: Higham (2008), section 11.5."""
    one = identity(a.shape)
    for _ in range(ROOTS):
        a = _root_by_newton(a)
    # log(1 + x) as the integral of x / (1 + t x) over [0, 1], by Gauss and Legendre.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    x = a - one
    terms = [
        float(weight) * solve(one + float(node) * x, x)
        for node, weight in zip(0.5 * (nodes + 1.0), 0.5 * weights, strict=True)
    ]
    return 2.0**ROOTS * functools.reduce(operator.add, terms)


_log = _function_of_matrices(_log_by_roots)


def logm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Principal logarithm of a matrix without eigenvalues on the negative real axis, or 0.

    Parameters
    ----------
    A : array, shape (..., n, n)

    Returns
    -------
    array, shape (..., n, n)

    Raises
    ------
    ShapeError
        If `A` is not square.

    Notes
    -----
    By eight square roots and a Pade approximant in its form as a sum of partial fractions (Higham,
    2008, section 11.5); the error is about 1e-13 beside 1, and more for a badly conditioned `A`.
    Derivatives as those of `sqrtm`.

    Examples
    --------
    >>> import numpy as np, ad
    >>> np.allclose(ad.linalg.logm([[1.0, np.e - 1.0], [0.0, np.e]]), [[0.0, 1.0], [0.0, 1.0]])
    True
    """
    return _log(square("linalg.logm", A))


def expm_frechet(A: Any, E: Any, compute_expm: bool = True) -> Any:  # noqa: N803 - SciPy's names
    """Exponential of a matrix, and its derivative along another: expm(A) and d expm(A + t E) / dt.

    Examples
    --------
    >>> import ad
    >>> ad.linalg.expm_frechet([[0.0]], [[2.0]])[1].tolist()
    [[2.0]]
    """
    a, e = square("linalg.expm_frechet", A), square("linalg.expm_frechet", E)
    if a.shape != e.shape:
        raise ShapeError(
            f"linalg.expm_frechet: E must have the shape of A, got shapes {a.shape} and {e.shape} "
            f"({user_line()})."
        )
    derivative = _corner(expm, a, e)
    return (expm(a), derivative) if compute_expm else derivative


def _circular(a: Value) -> tuple[Value, Value]:
    """Cosine and sine: parts of the exponential of the real matrix for i A."""
    size = a.shape[-1]
    shape = (*a.shape[:-2], 2 * size, 2 * size)
    strides = c_strides(shape)
    places = ((size, strides), (2 * size * size, strides))
    whole = expm(assemble(-a, a, shape=shape, places=places))
    cosine = view(whole, shape=a.shape, offset=0, strides=strides)
    return cosine, view(whole, shape=a.shape, offset=2 * size * size, strides=strides)


def cosm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Cosine of a matrix, shape (..., n, n)."""
    return _circular(square("linalg.cosm", A))[0]


def sinm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Sine of a matrix, shape (..., n, n)."""
    return _circular(square("linalg.sinm", A))[1]


def tanm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Tangent of a matrix, shape (..., n, n)."""
    cosine, sine = _circular(square("linalg.tanm", A))
    return solve(cosine, sine)


def coshm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Hyperbolic cosine of a matrix, shape (..., n, n)."""
    a = square("linalg.coshm", A)
    return 0.5 * (expm(a) + expm(-a))


def sinhm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Hyperbolic sine of a matrix, shape (..., n, n)."""
    a = square("linalg.sinhm", A)
    return 0.5 * (expm(a) - expm(-a))


def tanhm(A: Any) -> Any:  # noqa: N803 - SciPy's name
    """Hyperbolic tangent of a matrix, shape (..., n, n)."""
    return solve(coshm(A), sinhm(A))


__all__ = [
    "coshm",
    "cosm",
    "expm_frechet",
    "logm",
    "sinhm",
    "sinm",
    "sqrtm",
    "tanhm",
    "tanm",
]
