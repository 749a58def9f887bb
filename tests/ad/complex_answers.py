"""Factors of complex matrices by mpmath, whose phases are LAPACK's up to a sign.

Then the components that LAPACK makes real are positive. Arguments are real and imaginary parts, as
arrays of mpmath's numbers.
"""

from typing import Any

import numpy as np
from mpmath import mp

from tests.ad.matrix_regions import N


def matrix_of(re: Any, im: Any) -> Any:
    """As mpmath's matrix."""
    pairs = zip(re.tolist(), im.tolist(), strict=True)
    return mp.matrix([[mp.mpc(x, y) for x, y in zip(*rows, strict=True)] for rows in pairs])


def flat(*found: Any) -> Any:
    """Elements of matrices, row by row: of each the real parts, then the imaginary ones."""
    pieces: list[Any] = []
    for one in found:
        elements = list(one)
        pieces += [mp.re(z) for z in elements] + [mp.im(z) for z in elements]
    return np.array(pieces, dtype=object)


def hermitian(re: Any, im: Any) -> Any:
    a = matrix_of(re, im)
    for i in range(N):
        a[i, i] = a[i, i].real
        for j in range(i):
            a[j, i] = mp.conj(a[i, j])
    return a


def _column(a: Any, k: int) -> list[Any]:
    return [a[i, k] for i in range(a.rows)]


def _from_columns(columns: list[list[Any]]) -> Any:
    return mp.matrix([list(row) for row in zip(*columns, strict=True)])


def _positive_there(column: list[Any], place: int) -> Any:
    """The phase by which to divide, so that a component is positive."""
    return column[place] / abs(column[place])


def _phased(column: list[Any], place: int = 0) -> list[Any]:
    phase = _positive_there(column, place)
    return [z / phase for z in column]


def eigh(re: Any, im: Any) -> tuple[list[Any], Any]:
    values, vectors = mp.eighe(hermitian(re, im))
    order = sorted(range(N), key=lambda k: values[k])
    columns = [_phased(_column(vectors, k)) for k in order]
    return [values[k] for k in order], _from_columns(columns)


def svd(re: Any, im: Any) -> tuple[Any, list[Any], Any]:
    """U, s and V, whose first row is positive."""
    left, values, right = mp.svd_c(matrix_of(re, im))
    order = sorted(range(N), key=lambda k: -values[k])
    us, vs = [], []
    for k in order:
        v = [mp.conj(right[k, i]) for i in range(right.cols)]
        phase = _positive_there(v, 0)
        us.append([z / phase for z in _column(left, k)])
        vs.append([z / phase for z in v])
    return _from_columns(us), [values[k] for k in order], _from_columns(vs)


def qr(re: Any, im: Any) -> Any:
    q, r = mp.qr(matrix_of(re, im), mode="skinny")
    phases = [r[i, i] / abs(r[i, i]) for i in range(r.rows)]
    columns = [[z * phase for z in _column(q, k)] for k, phase in enumerate(phases)]
    rows = [[z / phase for z in r[i, :]] for i, phase in enumerate(phases)]
    return flat(_from_columns(columns), mp.matrix(rows))


def ordered(values: Any) -> list[int]:
    """Eigenvalues from left to right, and upwards."""
    return sorted(
        range(len(values)),
        key=lambda k: (round(float(values[k].real), 6), round(float(values[k].imag), 6)),
    )


def eig(a: Any) -> tuple[list[Any], Any]:
    """Values, and vectors of length 1 whose largest component is positive."""
    values, vectors = mp.eig(a)
    columns = []
    for k in ordered(values):
        v = _column(vectors, k)
        length = mp.sqrt(mp.fsum(abs(z) ** 2 for z in v))
        columns.append([z / length for z in _phased(v, max(range(N), key=lambda i: abs(v[i])))])
    return [values[k] for k in ordered(values)], _from_columns(columns)


def pinv(re: Any, im: Any) -> Any:
    a = matrix_of(re, im)
    return mp.inverse(a.H * a) * a.H


def lstsq(re: Any, im: Any, c: Any, d: Any) -> Any:
    a, b = matrix_of(re, im), matrix_of(c, d)
    x = pinv(re, im) * b
    rest = b - a * x
    squares = [mp.fsum(abs(z) ** 2 for z in _column(rest, k)) for k in range(rest.cols)]
    return np.concatenate([flat(x), squares])


def slogdet(re: Any, im: Any) -> Any:
    value = mp.det(matrix_of(re, im))
    sign = value / abs(value)
    return np.array([sign.real, sign.imag, mp.log(abs(value))], dtype=object)
