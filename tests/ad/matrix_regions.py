"""Where operations on matrices are promised to be accurate: what is drawn, and mpmath's answers.

As tests/ad/array_regions.py. Factors whose signs are free come in combinations without them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

import ad
from tests.ad.measuring_arrays import Array, ArrayRegion, Rng, numbers, parts

# ---- what is drawn -------------------------------------------------------------------------------

N = 4


def _orthogonal(rng: Rng, rows: int, columns: int) -> Array:
    return np.asarray(np.linalg.qr(rng.normal(size=(rows, columns)))[0])


def spread(rng: Rng, decades: float) -> Array:
    """Positive numbers, apart from each other, the largest and the least so many decades apart."""
    powers = -np.arange(N) / (N - 1.0) * rng.uniform(0.5, decades)
    return np.asarray(10.0 ** (powers + rng.uniform(-2, 2)))


def tall(rng: Rng, rows: int = N, decades: float = 6.0) -> Array:
    """A matrix with singular values that far apart."""
    left, right = _orthogonal(rng, rows, N), _orthogonal(rng, N, N)
    return np.asarray(left * spread(rng, decades) @ right.T)


def positive(rng: Rng, decades: float = 6.0) -> Array:
    """A symmetric positive definite one."""
    basis = _orthogonal(rng, N, N)
    a = np.asarray(basis * spread(rng, decades) @ basis.T)
    return np.asarray((a + a.T) / 2.0)


def lower(rng: Rng) -> Array:
    """A lower triangular one, with something in the other triangle."""
    a = np.linalg.cholesky(positive(rng))
    return np.asarray(a + np.triu(rng.normal(size=(N, N)), 1))


def plus_right_side(draw: Callable[[Rng], Array]) -> Callable[[Rng], tuple[Array, ...]]:
    """A matrix and what is solved for."""

    def drawn(rng: Rng) -> tuple[Array, ...]:
        a = draw(rng)
        return a, rng.normal(size=(len(a), 2))

    return drawn


# ---- mpmath's answers, on NumPy's arrays of its numbers ------------------------------------------


def m(a: Any) -> Any:
    """As mpmath's matrix."""
    return mp.matrix(a.tolist())


def o(a: Any) -> Any:
    """As an array of objects."""
    return np.array(a.tolist(), dtype=object)


def _mirrored(a: Any) -> Any:
    return m(np.where(np.tri(len(a), dtype=bool), a, a.T))


def _solved(a: Any, b: Any) -> Any:
    return o(mp.inverse(m(a)) * m(b))


def _spectral(a: Any) -> Any:
    values, vectors = mp.eigsy(_mirrored(a))
    order = sorted(range(N), key=lambda k: values[k])
    weights = mp.diag([order.index(k) + 1 for k in range(N)])
    return o(vectors * weights * vectors.T)


def _eigenvalues(a: Any) -> Any:
    return np.array(sorted(mp.eigsy(_mirrored(a), eigvals_only=True)), dtype=object)


def _general_eigenvalues(a: Any) -> Any:
    values, _ = mp.eig(m(a))
    ordered = sorted(values, key=lambda z: (round(float(z.real), 6), z.imag))
    return np.array([*(z.real for z in ordered), *(z.imag for z in ordered)], dtype=object)


def _singular(a: Any) -> Any:
    left, values, right = mp.svd_r(m(a))
    return left, values, right


def _singular_values(a: Any) -> Any:
    return np.array(sorted(_singular(a)[1], reverse=True), dtype=object)


def _left_singular(a: Any) -> Any:
    left, values, _ = _singular(a)
    return o(left * mp.diag([k + 1 for k in range(len(values))]) * left.T)


def _right_singular(a: Any) -> Any:
    _, values, right = _singular(a)
    return o(right.T * mp.diag([k + 1 for k in range(len(values))]) * right)


def _q(a: Any) -> Any:
    q, _ = mp.qr(m(a), mode="skinny")
    return o(q * mp.diag([k + 1 for k in range(q.cols)]) * q.T)


def _r(a: Any) -> Any:
    _, r = mp.qr(m(a), mode="skinny")
    return np.array([[r[i, j] * mp.sign(r[i, i]) for j in range(r.cols)] for i in range(r.rows)])


def _banded(ab: Any, b: Any) -> Any:
    size = ab.shape[1]
    dense = np.full((size, size), mp.mpf(0), dtype=object)
    for i in range(size):
        for j in range(max(0, i - 2), min(size, i + 2)):
            dense[i, j] = ab[1 + i - j, j]
    return _solved(dense, b)


# ---- what is measured ----------------------------------------------------------------------------


def _sorted_eigenvalues(a: Any) -> Any:
    values = np.linalg.eigvals(a)
    plain = np.asarray(ad.value_of(np.real(values))), np.asarray(ad.value_of(np.imag(values)))
    order = np.lexsort((plain[1], np.round(plain[0], 6)))
    return parts(values[order])


def spin(rng: Rng) -> tuple[Array, ...]:
    """A matrix with two real and a pair of complex eigenvalues."""
    block = np.diag(rng.uniform(1.0, 2.0, N) * [1.0, -2.0, 4.0, 4.0])
    block[2, 3], block[3, 2] = 3.0, -3.0
    basis = _orthogonal(rng, N, N) @ np.triu(rng.uniform(0.5, 1.5, (N, N)))
    return (basis @ block @ np.linalg.inv(basis),)


def _mixed(v: Any) -> Any:
    """Projections on the columns, weighted: what does not depend on their signs."""
    return (v * np.arange(1.0, v.shape[-1] + 1.0)) @ np.swapaxes(v, -1, -2)


def _upper(a: Any) -> Any:
    r = np.linalg.qr(a)[1]
    return r * np.sign(ad.value_of(np.diagonal(r)))[:, None]


COND = "singular values over 6 decades"
LIBRARY: tuple[ArrayRegion, ...] = (
    ArrayRegion(
        "cholesky",
        ("cholesky",),
        "eigenvalues over 6 decades",
        np.linalg.cholesky,
        lambda a: o(mp.cholesky(_mirrored(a))),
        lambda rng: (positive(rng),),
    ),
    ArrayRegion(
        "solve_triangular",
        ("triangular_solve",),
        COND,
        lambda a, b: ad.linalg.solve_triangular(a, b, lower=True),
        lambda a, b: _solved(np.where(np.tri(N, dtype=bool), a, mp.mpf(0)), b),
        plus_right_side(lower),
    ),
    ArrayRegion("solve", ("lu_solve",), COND, np.linalg.solve, _solved, plus_right_side(tall)),
    ArrayRegion(
        "inv",
        ("lu_solve",),
        COND,
        np.linalg.inv,
        lambda a: o(mp.inverse(m(a))),
        lambda r: (tall(r),),
    ),
    ArrayRegion(
        "det", ("lu_det",), COND, np.linalg.det, lambda a: mp.det(m(a)), lambda r: (tall(r),)
    ),
    ArrayRegion(
        "slogdet",
        ("lu_det",),
        COND,
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: mp.log(abs(mp.det(m(a)))),
        lambda r: (tall(r),),
    ),
    ArrayRegion(
        "solve_banded",
        ("banded_solve",),
        "2 diagonals below, 1 above, the diagonal dominant",
        lambda ab, b: ad.linalg.solve_banded((2, 1), ab, b),
        _banded,
        lambda rng: (
            rng.normal(size=(4, 6)) + np.array([[0.0], [5.0], [0.0], [0.0]]),
            rng.normal(size=(6, 2)),
        ),
    ),
    ArrayRegion(
        "eigvalsh",
        ("eigenvalues",),
        "eigenvalues over 6 decades",
        np.linalg.eigvalsh,
        _eigenvalues,
        lambda rng: (positive(rng),),
    ),
    ArrayRegion(
        "eigh, projections on vectors",
        ("eigenvectors",),
        "eigenvalues over 2 decades",
        lambda a: _mixed(np.linalg.eigh(a)[1]),
        _spectral,
        lambda rng: (positive(rng, 2.0),),
    ),
    ArrayRegion(
        "eigvals",
        ("eig",),
        "two real and a pair of complex ones, of a basis with condition below 100",
        _sorted_eigenvalues,
        _general_eigenvalues,
        spin,
    ),
    ArrayRegion(
        "expm",
        ("expm",),
        "norm 1e-2 to 20",
        ad.linalg.expm,
        lambda a: o(mp.expm(m(a))),
        lambda rng: (tall(rng, decades=1.0) * 2.0 ** rng.uniform(-6, 4) / 10.0,),
    ),
    ArrayRegion(
        "svd, values",
        ("singular_values",),
        COND,
        lambda a: np.linalg.svd(a, compute_uv=False),
        _singular_values,
        lambda rng: (tall(rng, N + 1),),
    ),
    ArrayRegion(
        "svd, projections on left vectors",
        ("left_singular_vectors",),
        "singular values over 2 decades",
        lambda a: _mixed(np.linalg.svd(a, full_matrices=False)[0]),
        _left_singular,
        lambda rng: (tall(rng, N + 1, 2.0),),
    ),
    ArrayRegion(
        "svd, projections on right vectors",
        ("right_singular_vectors",),
        "singular values over 2 decades",
        lambda a: _mixed(np.swapaxes(np.linalg.svd(a, full_matrices=False)[2], -1, -2)),
        _right_singular,
        lambda rng: (tall(rng, N + 1, 2.0),),
    ),
    ArrayRegion(
        "qr, projections on vectors",
        ("qr_q",),
        "singular values over 3 decades",
        lambda a: _mixed(np.linalg.qr(a)[0]),
        _q,
        lambda rng: (tall(rng, N + 1, 3.0),),
    ),
    ArrayRegion(
        "qr, triangle",
        ("qr_r",),
        "singular values over 3 decades",
        _upper,
        _r,
        lambda rng: (tall(rng, N + 1, 3.0),),
    ),
    ArrayRegion(
        "pinv",
        ("matmul",),
        "singular values over 3 decades",
        np.linalg.pinv,
        lambda a: o(mp.inverse(m(a).T * m(a)) * m(a).T),
        lambda rng: (tall(rng, N + 1, 3.0),),
    ),
    ArrayRegion(
        "matrix_power, -3",
        ("lu_solve", "matmul"),
        "singular values over 2 decades",
        lambda a: np.linalg.matrix_power(a, -3),
        lambda a: o(mp.inverse(m(a)) ** 3),
        lambda rng: (tall(rng, decades=2.0),),
    ),
    ArrayRegion(
        "norm",
        ("sum",),
        "any",
        np.linalg.norm,
        lambda x: mp.sqrt(mp.fsum(one**2 for one in x)),
        numbers(7),
    ),
)
