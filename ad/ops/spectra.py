"""Eigenvalues, singular values, orthogonal factors, and the exponential of a matrix.

A factorisation with several results is one node that packs them, without a derivative; each result
is a view of it that takes the matrix as a second argument and carries the derivative past the
factors to it. A matrix that is not finite, or whose iteration does not converge, gives nan.
"""

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import TABLE, Op, Params, Shape, Value, reshape
from ad.ops.factorizations import each
from ad.ops.matrices import (
    columns_times,
    diagonal,
    half_lower,
    product,
    same_place,
    swap,
    symmetric,
)
from ad.ops.reduction import max_op
from ad.ops.shape import assemble, c_strides, view

Array = npt.NDArray[Any]
# Computed eigenvalues are wrong by a few times n eps times the largest: of a smaller gap nothing
# is known.
ROUNDING = 16.0 * float(np.finfo(np.float64).eps)


def part(name: str, pullback: Any, pushforward: Any, summary: str) -> Op:
    """A result packed in a factorisation: a view of the factors with rules about the matrix."""
    return Op(
        name,
        lambda factors, a, **place: view.eval(factors, **place),
        lambda factors, a, shape, offset, strides: shape,
        lambda index, ct, out, args, params: None if index == 0 else pullback(ct, out, *args),
        lambda tangents, out, args, params: pushforward(tangents[1], out, *args),
        kind="view",
        summary=summary,
    )


def placed(factors: Value, shape: Shape, offset: int, strides: tuple[int, ...]) -> Params:
    """Where a result of one matrix lies in the factors, for each of a batch."""
    batch = factors.shape[:-1]
    return {
        "shape": (*batch, *shape),
        "offset": offset,
        "strides": (*c_strides(factors.shape)[:-1], *strides),
    }


def packed(*parts: Array) -> Array:
    """Results of a factorisation end to end."""
    return np.concatenate([np.ravel(part) for part in parts])


def over_gaps(inner: Value, v: Value) -> Value:
    """``inner[i, j] / (v[j] - v[i])``, 0 on the diagonal.

    A gap within the rounding of `v` tells nothing: what is divided by it is nan, unless it is 0.
    """
    size, where = v.shape[-1], TABLE["where"]
    gap = reshape(v, (*v.shape[:-1], 1, size)) - reshape(v, (*v.shape, 1))
    largest = max_op(TABLE["absolute"](v), axis=(len(v.shape) - 1,)) * (size * ROUNDING)
    lost = TABLE["less_equal"](TABLE["absolute"](gap), reshape(largest, (*largest.shape, 1, 1)))
    nothing = TABLE["logical_or"](TABLE["equal"](inner, 0.0), same_place(size))
    return where(lost, where(nothing, 0.0, np.nan), inner / where(lost, 1.0, gap))


# ---- symmetric eigenvalues -----------------------------------------------------------------------


def _eigh(a: Array) -> Array:
    size = len(a)
    if not np.isfinite(np.tril(a)).all():
        return np.full(size + size**2, np.nan)
    try:
        values, vectors = np.linalg.eigh(a)
    except np.linalg.LinAlgError:
        return np.full(size + size**2, np.nan)
    return packed(values, vectors.T)


# Eigenvalues, then eigenvectors one after another.
eigh: Op = Op(
    "eigh",
    lambda a: each(_eigh, (*np.shape(a)[:-2], np.shape(a)[-1] * (np.shape(a)[-1] + 1)), a),
    lambda a: (*a[:-2], a[-1] * (a[-1] + 1)),
    kind="library",
    summary="eigenvalues and vectors of the symmetric matrix in the lower triangle, packed",
)


def _eig(a: Array) -> Array:
    size = len(a)
    if not np.isfinite(a).all():
        return np.full(2 * size * (size + 1), np.nan)
    try:
        values, vectors = np.linalg.eig(a)
    except np.linalg.LinAlgError:
        return np.full(2 * size * (size + 1), np.nan)
    return packed(values.real, values.imag, vectors.T.real, vectors.T.imag)


def _eig_length(size: int) -> int:
    return 2 * size * (size + 1)


# Eigenvalues' real and imaginary parts, then real and imaginary parts of the eigenvectors, one
# after another. Derivatives: `ad.complexes.eigen`.
eig: Op = Op(
    "eig",
    lambda a: each(_eig, (*np.shape(a)[:-2], _eig_length(np.shape(a)[-1])), a),
    lambda a: (*a[:-2], _eig_length(a[-1])),
    kind="library",
    summary="eigenvalues and vectors of a matrix, real and imaginary parts, packed",
)


def _from_eigenbasis(vectors: Value, inner: Value) -> Value:
    """Cotangent of the lower triangle from one in the eigenvectors' basis."""
    whole = product(product(vectors, inner), swap(vectors))
    return (whole + swap(whole)) * half_lower(whole.shape[-1])


def _eigenvalues_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    vectors = eigenvectors_of(factors, a)
    whole = product(columns_times(vectors, ct), swap(vectors))
    return (whole + swap(whole)) * half_lower(whole.shape[-1])


def _in_eigenbasis(vectors: Value, change: Value) -> Value:
    return product(swap(vectors), product(symmetric(change), vectors))


def _eigenvectors_pullback(ct: Value, out: Value, factors: Value, a: Value) -> Value:
    inner = over_gaps(product(swap(out), ct), eigenvalues_of(factors, a))
    return _from_eigenbasis(out, inner)


def _eigenvectors_pushforward(change: Value, out: Value, factors: Value, a: Value) -> Value:
    inner = over_gaps(_in_eigenbasis(out, change), eigenvalues_of(factors, a))
    return product(out, inner)


# Derivatives: Giles (2008), "Collected matrix derivative results", section 3.1. Where eigenvalues
# repeat, their eigenvectors have none.
eigenvalues = part(
    "eigenvalues",
    _eigenvalues_pullback,
    lambda change, out, factors, a: diagonal(_in_eigenbasis(eigenvectors_of(factors, a), change)),
    "eigenvalues, ascending; second derivatives need them distinct",
)
eigenvectors = part(
    "eigenvectors",
    _eigenvectors_pullback,
    _eigenvectors_pushforward,
    "eigenvectors, as columns; derivatives need distinct eigenvalues",
)


def eigenvalues_of(factors: Value, a: Value) -> Value:
    """Eigenvalues in the result of `eigh`."""
    return eigenvalues(factors, a, **placed(factors, (a.shape[-1],), 0, (1,)))


def eigenvectors_of(factors: Value, a: Value) -> Value:
    """Eigenvectors in the result of `eigh`, as columns."""
    size = a.shape[-1]
    return eigenvectors(factors, a, **placed(factors, (size, size), size, (1, size)))


# ---- the exponential -----------------------------------------------------------------------------


def _expm(a: Array) -> Array:
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    with np.errstate(all="ignore"):
        return np.asarray(importlib.import_module("scipy.linalg").expm(a), dtype=float)


def _corner(a: Value, change: Value) -> Value:
    """Derivative of expm at `a` along `change`: a corner of the exponential of a block matrix.

    Al-Mohy and Higham (2009), equation 1.3.
    """
    size = a.shape[-1]
    shape = (*a.shape[:-2], 2 * size, 2 * size)
    strides = c_strides(shape)
    starts = (0, size, 2 * size * size + size)
    blocks = assemble(
        *(a, change, a), shape=shape, places=tuple((start, strides) for start in starts)
    )
    return view(expm(blocks), shape=a.shape, offset=size, strides=strides)


expm: Op = Op(
    "expm",
    lambda a: each(_expm, np.shape(a), a),
    lambda a: a,
    lambda index, ct, out, args, params: _corner(swap(args[0]), ct),
    lambda tangents, out, args, params: _corner(args[0], tangents[0]),
    kind="library",
    summary="exponential of a matrix",
)
