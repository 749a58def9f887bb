"""Linear algebra of complex matrices, on pairs of real ones.

Systems, Cholesky and QR factors are those of real matrices of twice the size that multiply in the
same way. Others are LAPACK's, with rules. A result z has the cotangent w of Re(sum(conj(w) z)).

What has a phase that is not determined has LAPACK's: eigenvectors with a real first component,
right singular vectors too (left ones where there are more columns than rows), a real diagonal of R.
Derivatives keep these real.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.complexes.elementwise import absolute, both
from ad.complexes.value import Complex
from ad.errors import NoRuleError, ShapeError
from ad.linalg.spectra import EighResult, QRResult, SVDResult
from ad.linalg.systems import SlogdetResult
from ad.op import TABLE, Value
from ad.ops.matrices import swap
from ad.ops.spectra import over_gaps

where = TABLE["where"]


def adjoint(z: Any) -> Any:
    """The conjugate transpose of each matrix."""
    re, im = both(z)
    return Complex(swap(re), -swap(im))


def _square(who: str, a: Any) -> tuple[Value, Value]:
    re, im = both(a)
    if len(re.shape) < 2 or re.shape[-1] != re.shape[-2]:
        raise ShapeError(
            f"linalg.{who}: a must be square in its last two axes, got shape {re.shape} "
            f"({user_line()})."
        )
    return re, im


# ---- by real matrices ----------------------------------------------------------------------------


def _solve(a: Any, b: Any) -> Any:
    """By the real system [[A, -B], [B, A]] [x; y] = [c; d]."""
    (re, im), (c, d) = _square("solve", a), both(b)
    top = np.concatenate([re, -im], axis=-1)
    whole = np.concatenate([top, np.concatenate([im, re], axis=-1)], axis=-2)
    vector = np.ndim(b) == 1
    given = np.concatenate([c, d], axis=0 if vector else -2)
    found = np.linalg.solve(whole, given)
    size = re.shape[-1]
    if vector:
        return Complex(found[..., :size], found[..., size:])
    return Complex(found[..., :size, :], found[..., size:, :])


def _inv(a: Any) -> Any:
    return _solve(a, np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy())


def _interleaved(re: Value, im: Value) -> Value:
    """The real matrix with [[x, -y], [y, x]] for each element x + i y.

    They multiply as the complex ones do. A real diagonal gives blocks that are multiples of 1, so
    triangular factors with one stay triangular.
    """
    (*batch, rows, columns) = re.shape
    first, second = np.stack([re, -im], axis=-1), np.stack([im, re], axis=-1)
    return np.stack([first, second], axis=-3).reshape((*batch, 2 * rows, 2 * columns))


def _first_of_each(whole: Value) -> Any:
    """The complex matrix that `_interleaved` made a real one of."""
    return Complex(whole[..., ::2, ::2], whole[..., 1::2, ::2])


def _cholesky(a: Any, /, *, upper: bool = False) -> Any:
    re, im = _square("cholesky", a)
    if upper:  # the lower factor of the conjugate transpose, turned back
        return adjoint(_cholesky(Complex(swap(re), -swap(im))))
    # Of the diagonal only the real part is read, as LAPACK has it.
    size = re.shape[-1]
    im = where(np.eye(size, dtype=bool), 0.0, im)
    return _first_of_each(np.linalg.cholesky(_interleaved(re, im)))


def _qr(a: Any, mode: str = "reduced") -> Any:
    re, im = both(a)
    if mode not in ("reduced", "r", "complete"):
        raise ValueError(
            f"linalg.qr: mode must be 'reduced', 'complete' or 'r', got {mode!r} ({user_line()})."
        )
    if mode == "complete" and re.shape[-2] > re.shape[-1]:
        raise NoRuleError(
            f"linalg.qr: mode must be 'reduced' for a matrix with more rows than columns, got "
            f"shape {re.shape} ({user_line()}). The other columns of Q have no derivative."
        )
    # Each column twice, with signs of its own: the first of each pair, and its row of R.
    q, r = np.linalg.qr(_interleaved(re, im))
    lower = Complex(r[..., ::2, ::2], -r[..., ::2, 1::2])
    if mode == "r":
        return lower
    return QRResult(_first_of_each(q), lower)


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
    inverse = adjoint(_inv(Complex(re, im)))
    weight = Complex(np.reshape(c_log, (*c_log.shape, 1, 1)), np.reshape(turn, (*turn.shape, 1, 1)))
    found = weight * inverse
    return found.real, found.imag


def _slogdet(a: Any) -> SlogdetResult:
    re, im, size = _ruled(_unit_and_logarithm, _determinant_pullback)(*_square("slogdet", a))
    return SlogdetResult(Complex(re, im), size)


def _det(a: Any) -> Any:
    unit, logarithm = _slogdet(a)
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


def _eigh(a: Any, UPLO: str = "L") -> EighResult:
    re, im = _square("eigh", a)
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


def _svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    re, im = both(a)
    rows, columns = re.shape[-2:]
    if compute_uv and full_matrices and rows != columns:
        raise NoRuleError(
            f"linalg.svd: full_matrices must be False for a matrix that is not square, got shape "
            f"{re.shape} ({user_line()}). Its other vectors have no derivative."
        )
    packed = _ruled(TABLE["svd_complex"], _svd_pullback)(re, im)
    u, s, v = _singular(packed, rows, columns)
    return SVDResult(u, s, adjoint(v)) if compute_uv else s


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, **_: Any) -> Any:
    """Of a matrix of full rank."""
    turned = adjoint(a)
    if a.shape[-2] >= a.shape[-1]:
        return _solve(np.matmul(turned, a), turned)
    return adjoint(_solve(np.matmul(a, turned), a))


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Value:
    matrix = (isinstance(axis, tuple) and len(axis) == 2) or (axis is None and x.ndim == 2)
    if not matrix or ord not in (2, -2, "nuc"):
        return np.linalg.norm(absolute(x), ord, axis, keepdims)
    places = (-2, -1) if axis is None else axis
    s = _svd(np.moveaxis(x, places, (-2, -1)), compute_uv=False)
    found = np.sum(s, axis=-1) if ord == "nuc" else s[..., 0 if ord == 2 else -1]
    return np.expand_dims(found, tuple(n % x.ndim for n in places)) if keepdims else found


def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        return _matrix_power(_inv(a), -n)
    result: Any = np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy()
    for _ in range(n):
        result = np.matmul(result, a)
    return result


MATRICES: dict[str, Callable[..., Any]] = {
    "solve": _solve,
    "inv": _inv,
    "pinv": _pinv,
    "matrix_power": _matrix_power,
    "cholesky": _cholesky,
    "qr": _qr,
    "det": _det,
    "slogdet": _slogdet,
    "eigh": _eigh,
    "eigvalsh": lambda a, UPLO="L": _eigh(a, UPLO).eigenvalues,
    "svd": _svd,
    "svdvals": lambda x, /: _svd(x, compute_uv=False),
    "norm": _norm,
    "matrix_norm": lambda x, /, *, keepdims=False, ord="fro": _norm(x, ord, (-2, -1), keepdims),
    "multi_dot": lambda arrays: functools.reduce(np.matmul, arrays),
}

__all__ = ["MATRICES", "adjoint"]
