"""Factors of complex matrices that are LAPACK's, with rules.

A result z has the cotangent w of Re(sum(conj(w) z)).

What has a phase that is not determined has LAPACK's: eigenvectors of Hermitian matrices with a real
first component, right singular vectors too (left ones where there are more columns than rows).
Derivatives keep these real.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.complexes.systems import adjoint, inv, matrix, square
from ad.complexes.value import Complex
from ad.errors import NoRuleError
from ad.linalg.spectra import EighResult, SVDResult
from ad.linalg.systems import SlogdetResult
from ad.op import TABLE, Value
from ad.ops.matrices import swap
from ad.ops.spectra import over_gaps

where = TABLE["where"]


# ---- determinants --------------------------------------------------------------------------------


def _pieces(packed: Value, *sizes: int) -> list[Value]:
    """Consecutive parts of the last axis."""
    starts = np.cumsum([0, *sizes]).tolist()
    return [packed[..., start : start + size] for start, size in zip(starts, sizes, strict=False)]


def _unit_and_logarithm(re: Value, im: Value) -> tuple[Value, Value, Value]:
    """Phase, in parts, and logarithm of the absolute value of the determinant."""
    size = re.shape[-1]
    x, y, swaps = _pieces(TABLE["lu_complex"](re, im), size, size, size)
    lengths = np.hypot(x, y)
    zero = np.equal(lengths, 0.0)
    safe = where(zero, 1.0, lengths)
    phases = Complex(where(zero, 0.0, x / safe) * swaps, where(zero, 0.0, y / safe) * swaps)
    phase = np.prod(phases, axis=-1)
    return phase.real, phase.imag, np.sum(np.log(lengths), axis=-1)


def _determinant_pullback(ct: Any, value: Any, re: Value, im: Value) -> tuple[Value, Value]:
    """By d log det A = tr(A^-1 dA): its real part changes the size, its imaginary one the phase."""
    (c_re, c_im, c_log), (u_re, u_im, _) = ct, value
    turn = c_im * u_re - c_re * u_im
    inverse = adjoint(inv(Complex(re, im)))
    weight = Complex(np.reshape(c_log, (*c_log.shape, 1, 1)), np.reshape(turn, (*turn.shape, 1, 1)))
    found = weight * inverse
    return found.real, found.imag


def slogdet(a: Any) -> SlogdetResult:
    """Phase of the determinant, and the logarithm of its absolute value."""
    re, im, size = _ruled(_unit_and_logarithm, _determinant_pullback)(*square("slogdet", a))
    return SlogdetResult(Complex(re, im), size)


def det(a: Any) -> Any:
    """Determinant."""
    unit, logarithm = slogdet(a)
    return unit * np.exp(logarithm)


def _ruled(function: Callable[..., Any], pullback: Callable[..., Any]) -> Callable[..., Any]:
    from ad.custom_rules import ruled  # noqa: PLC0415 - it is written over what this serves

    return ruled(function, pullback, deferred=True)


# ---- eigenvalues ---------------------------------------------------------------------------------


def _eigen(packed: Value) -> tuple[Value, Any]:
    """Values, and vectors as columns."""
    total, batch = packed.shape[-1], packed.shape[:-1]
    size = int(np.sqrt(total / 2.0))  # n + 2 n^2
    values, re, im = _pieces(packed, size, size * size, size * size)
    shape = (*batch, size, size)
    return values, Complex(swap(np.reshape(re, shape)), swap(np.reshape(im, shape)))


def _kept_real(ct: Any, v: Any, turned: Value) -> Any:
    """Cotangent of vectors whose phases keep their first component real.

    To turn vector j by a small angle changes the function by `turned[j]` times it; the angle undoes
    the imaginary part of the first component's change.
    """
    first = v.real[..., :1, :]
    none = np.equal(first, 0.0)  # nothing to keep real
    share = where(none, 0.0, turned / where(none, 1.0, first))
    rows = np.arange(v.shape[-2]).reshape(-1, 1) == 0
    return Complex(ct.real, ct.imag - where(rows, share, 0.0))


def _turned(ct: Any, v: Any) -> Value:
    """What a function changes by, for each angle that vectors are turned by."""
    return np.sum(ct.imag * v.real - ct.real * v.imag, axis=-2, keepdims=True)


def _gaps(inner: Any, v: Value) -> Any:
    return Complex(over_gaps(inner.real, v), over_gaps(inner.imag, v))


def _diagonal(re: Value, im: Any = None) -> Any:
    one = np.eye(re.shape[-1])
    return Complex(
        np.expand_dims(re, -1) * one, 0.0 * one if im is None else np.expand_dims(im, -1) * one
    )


def _eigh_pullback(ct: Value, value: Value, re: Value, im: Value) -> tuple[Value, Value]:
    """With G = V^H dA V: dw = diag(G), dV = V C, C = G / (w_j - w_i) off the diagonal."""
    (w, v), (cw, cv) = _eigen(value), _eigen(ct)
    moved = _kept_real(cv, v, _turned(cv, v))
    inner = _gaps(np.matmul(adjoint(v), moved), w)
    found = np.matmul(np.matmul(v, inner + _diagonal(cw)), adjoint(v))
    return found.real, found.imag


def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues and vectors of the Hermitian matrix in one triangle."""
    re, im = square("eigh", a)
    if UPLO.upper() not in ("L", "U"):
        raise ValueError("UPLO argument must be 'L' or 'U'")
    if UPLO.upper() == "U":
        re, im = swap(re), -swap(im)
    size = re.shape[-1]
    below, own = np.tri(size, k=-1, dtype=bool), np.eye(size, dtype=bool)
    re = where(below, re, where(own, re, swap(re)))
    im = where(below, im, where(own, 0.0, -swap(im)))
    return EighResult(*_eigen(_ruled(TABLE["eigh_complex"], _eigh_pullback)(re, im)))


# ---- singular values -----------------------------------------------------------------------------


def _singular(packed: Value, rows: int, columns: int) -> tuple[Any, Value, Any]:
    """U, s and V of A = U diag(s) V^H."""
    few, batch = min(rows, columns), packed.shape[:-1]
    left, right = few * rows, few * columns
    s, u_re, u_im, v_re, v_im = _pieces(packed, few, left, left, right, right)
    shape = (*batch, few, rows)
    u = Complex(swap(np.reshape(u_re, shape)), swap(np.reshape(u_im, shape)))
    # Right vectors lie as LAPACK's columns of V^H: one column after another, conjugates of V's.
    shape = (*batch, columns, few)
    return u, s, Complex(np.reshape(v_re, shape), -np.reshape(v_im, shape))


def _svd_pullback(ct: Value, value: Value, re: Value, im: Value) -> tuple[Value, Value]:
    """Cotangent of the parts, by that of the matrix or of its conjugate transpose."""
    rows, columns = re.shape[-2:]
    (u, s, v), (cu, cs, cv) = _singular(value, rows, columns), _singular(ct, rows, columns)
    if rows < columns:  # A^H = V diag(s) U^H
        found = adjoint(_svd_cotangent((v, s, u), (cv, cs, cu)))
    else:
        found = _svd_cotangent((u, s, v), (cu, cs, cv))
    return found.real, found.imag


def _svd_cotangent(factors: Any, cotangents: Any) -> Any:
    """Cotangent of a matrix with no fewer rows than columns.

    With P = U^H dA V: ds = Re diag(P), dU = U X + (1 - U U^H) dA V / s, dV = V Y. Off the diagonal
    X (s_j^2 - s_i^2) = P s_j + s_i P^H and Y (s_j^2 - s_i^2) = s_i P + s_j P^H; on it,
    X - Y = i Im(P) / s, and Y keeps the first row of V real.
    """
    (u, s, v), (cu, cs, cv) = factors, cotangents
    left = _turned(cu, u)
    moved = _kept_real(cv, v, left + _turned(cv, v))
    across, down = np.expand_dims(s, -2), np.expand_dims(s, -1)
    of_u = _gaps(np.matmul(adjoint(u), cu), s * s)
    of_v = _gaps(np.matmul(adjoint(v), moved), s * s)
    inner = (of_u + adjoint(of_u)) * across + (of_v + adjoint(of_v)) * down
    inner = inner + _diagonal(cs, left[..., 0, :] / s)
    found = np.matmul(u, inner)
    if u.shape[-2] > u.shape[-1]:
        found = found + (cu - np.matmul(u, np.matmul(adjoint(u), cu))) / across
    return np.matmul(found, adjoint(v))


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Singular values and vectors."""
    re, im = matrix("svd", a)
    rows, columns = re.shape[-2:]
    if compute_uv and full_matrices and rows != columns:
        raise NoRuleError(
            f"linalg.svd: full_matrices must be False for a matrix that is not square, got shape "
            f"{re.shape} ({user_line()}). Its other vectors have no derivative."
        )
    packed = _ruled(TABLE["svd_complex"], _svd_pullback)(re, im)
    u, s, v = _singular(packed, rows, columns)
    return SVDResult(u, s, adjoint(v)) if compute_uv else s


__all__ = ["det", "eigh", "slogdet", "svd"]
