"""Eigenvalues and eigenvectors of matrices that are not symmetric: they may be complex."""

from typing import Any, NamedTuple

import numpy as np

from ad.complexes.elementwise import absolute
from ad.complexes.systems import adjoint
from ad.complexes.systems import square as square_parts
from ad.complexes.value import Complex, is_complex
from ad.linalg.checks import square
from ad.op import TABLE, Value, reshape
from ad.ops.matrices import swap
from ad.ops.spectra import ROUNDING


class EigResult(NamedTuple):
    """Eigenvalues, shape (..., n), and eigenvectors, as columns, shape (..., n, n)."""

    eigenvalues: Any
    eigenvectors: Any


def _unpacked(packed: Value) -> tuple[Value, Value, Value, Value]:
    """Real and imaginary parts of the values, and of the vectors as columns."""
    total, batch = packed.shape[-1], packed.shape[:-1]
    size = int((np.sqrt(1 + 2 * total) - 1) / 2)  # 2 n + 2 n^2 = total
    assert 2 * size * (size + 1) == total
    start, parts = 2 * size, []
    for k in range(2):
        block = packed[..., start + k * size * size : start + (k + 1) * size * size]
        parts.append(swap(reshape(block, (*batch, size, size))))
    return packed[..., :size], packed[..., size:start], parts[0], parts[1]


def _over_gaps(inner: Any, w: Any) -> Any:
    """``inner[i, j] / conj(w[j] - w[i])``.

    Where eigenvalues agree to rounding, nothing is known of what mixes their vectors: that is nan,
    unless it is 0.
    """
    where, size = TABLE["where"], w.shape[-1]
    gap = np.conj(np.expand_dims(w, -2) - np.expand_dims(w, -1))
    largest = np.max(absolute(w), axis=-1, initial=0.0) * (size * ROUNDING)
    equal = np.less_equal(absolute(gap), np.reshape(largest, (*largest.shape, 1, 1)))
    nothing = np.equal(inner, 0.0)
    safe = Complex(where(equal, 1.0, gap.real), where(equal, 0.0, gap.imag))
    found = inner / safe
    lost = where(nothing, 0.0, np.nan)
    return Complex(where(equal, lost, found.real), where(equal, lost, found.imag))


def _cotangent(ct: Value, value: Value) -> Any:
    """Cotangent of a matrix, complex.

    With G = V^-1 dA V: dw = diag(G), and dV = V (C + diag(alpha)) where C = G / (w_j - w_i) off the
    diagonal; alpha keeps each vector's length 1 and its largest component real, as LAPACK has them
    (Boeddeker, Hanebrink, Drude, Heymann and Haeb-Umbach, 2017, "On the computation of
    complex-valued gradients with application to statistically optimum beamforming", without alpha).
    """
    w_re, w_im, v_re, v_im = _unpacked(value)
    cw_re, cw_im, cv_re, cv_im = _unpacked(ct)
    w, v = Complex(w_re, w_im), Complex(v_re, v_im)
    size = w_re.shape[-1]
    # s_j = sum_i conj(cv_ij) v_ij, in parts.
    s_re = np.sum(cv_re * v_re + cv_im * v_im, axis=-2, keepdims=True)
    s_im = np.sum(cv_re * v_im - cv_im * v_re, axis=-2, keepdims=True)
    lengths = np.square(v_re) + np.square(v_im)
    rows = np.arange(float(size)).reshape(size, 1)
    largest = np.equal(np.argmax(lengths, axis=-2, keepdims=True), rows)
    fixed = TABLE["where"](largest, s_im / TABLE["where"](largest, v_re, 1.0), 0.0)
    moved = Complex(cv_re - v_re * s_re, cv_im - v_im * s_re + fixed)
    turned = adjoint(v)
    inner = np.matmul(turned, moved)
    diagonal = np.eye(size, dtype=bool)
    shared = _over_gaps(inner, w)
    wide_re, wide_im = np.expand_dims(cw_re, -1), np.expand_dims(cw_im, -1)
    where = TABLE["where"]
    middle = Complex(where(diagonal, wide_re, shared.real), where(diagonal, wide_im, shared.imag))
    return np.linalg.solve(turned, np.matmul(middle, turned))


def _pullback(ct: Value, value: Value, _: Value) -> Value:
    """Of a real matrix."""
    return _cotangent(ct, value).real


def _pullback_of_parts(ct: Value, value: Value, *_: Value) -> tuple[Value, Value]:
    """Of a complex one."""
    found = _cotangent(ct, value)
    return found.real, found.imag


def _packed(a: Any) -> Value:
    from ad.custom_rules import ruled  # noqa: PLC0415 - it is written over what this serves

    parts = square_parts("eig", a) if is_complex(a) else (square("linalg.eig", a),)
    (*batch, size, _) = parts[0].shape
    if not parts[0].size:  # there is no largest component
        return np.reshape(parts[0], (*batch, 2 * size * (size + 1)))
    if len(parts) == 1:
        return ruled(TABLE["eig"], _pullback, deferred=True)(*parts)
    return ruled(TABLE["eig_complex"], _pullback_of_parts, deferred=True)(*parts)


def eig(a: Any) -> EigResult:
    """Eigenvalues and eigenvectors, as `np.linalg.eig` has them, but always complex.

    Vectors have length 1 and a largest component that is real, which derivatives keep so. What does
    not depend on their phases is what can be relied on: where two components are equally large,
    either may be the real one.
    """
    w_re, w_im, v_re, v_im = _unpacked(_packed(a))
    return EigResult(Complex(w_re, w_im), Complex(v_re, v_im))


def eigvals(a: Any) -> Any:
    """Eigenvalues, as `np.linalg.eigvals` has them, but always complex."""
    return eig(a).eigenvalues


__all__ = ["EigResult", "eig", "eigvals"]
