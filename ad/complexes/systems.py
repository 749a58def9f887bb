"""Systems and factors of complex matrices by real ones of twice the size, which multiply alike."""

from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.complexes.elementwise import both
from ad.complexes.value import Complex
from ad.errors import NoRuleError, ShapeError
from ad.linalg.spectra import QRResult
from ad.op import TABLE, Value
from ad.ops.matrices import swap

where = TABLE["where"]


def adjoint(z: Any) -> Any:
    """The conjugate transpose of each matrix."""
    re, im = both(z)
    return Complex(swap(re), -swap(im))


def matrix(who: str, a: Any) -> tuple[Value, Value]:
    """Parts of what has at least two axes."""
    re, im = both(a)
    if len(re.shape) < 2:
        raise ShapeError(
            f"linalg.{who}: a must have at least two axes, got shape {re.shape} ({user_line()})."
        )
    return re, im


def square(who: str, a: Any) -> tuple[Value, Value]:
    """Parts of square matrices."""
    re, im = both(a)
    if len(re.shape) < 2 or re.shape[-1] != re.shape[-2]:
        raise ShapeError(
            f"linalg.{who}: a must be square in its last two axes, got shape {re.shape} "
            f"({user_line()})."
        )
    return re, im


def solve(a: Any, b: Any) -> Any:
    """By the real system [[A, -B], [B, A]] [x; y] = [c; d]."""
    (re, im), (c, d) = square("solve", a), both(b)
    top = np.concatenate([re, -im], axis=-1)
    whole = np.concatenate([top, np.concatenate([im, re], axis=-1)], axis=-2)
    vector = np.ndim(b) == 1
    given = np.concatenate([c, d], axis=0 if vector else -2)
    found = np.linalg.solve(whole, given)
    size = re.shape[-1]
    if vector:
        return Complex(found[..., :size], found[..., size:])
    return Complex(found[..., :size, :], found[..., size:, :])


def inv(a: Any) -> Any:
    """Inverse."""
    return solve(a, np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy())


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


def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Lower factor of A = L L^H, or the upper one of A = U^H U."""
    re, im = square("cholesky", a)
    if upper:  # the lower factor of the conjugate transpose, turned back
        return adjoint(cholesky(Complex(swap(re), -swap(im))))
    # Of the diagonal only the real part is read, as LAPACK has it.
    size = re.shape[-1]
    im = where(np.eye(size, dtype=bool), 0.0, im)
    return _first_of_each(np.linalg.cholesky(_interleaved(re, im)))


def qr(a: Any, mode: str = "reduced") -> Any:
    """Factors of A = Q R; the diagonal of R is real."""
    re, im = matrix("qr", a)
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


__all__ = ["adjoint", "cholesky", "inv", "matrix", "qr", "solve", "square"]
