"""Where functions of matrices and matrix equations are promised to be accurate.

As tests/ad/matrix_regions.py. A function of a matrix is V f(w) V^-1 to mpmath.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

import ad
from tests.ad.matrix_regions import COND, N, m, o, plus_right_side, spin, tall
from tests.ad.measuring_arrays import Array, ArrayRegion, Rng


def _of_matrix(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def exact(a: Any) -> Any:
        values, vectors = mp.eig(m(a))
        found = vectors * mp.diag([function(w) for w in values]) * mp.inverse(vectors)
        return o(found.apply(mp.re))

    return exact


def _right(rng: Rng) -> tuple[Array, ...]:
    """A matrix with eigenvalues to the right, real ones and a pair, of any size."""
    (a,) = spin(rng)
    return (np.asarray(ad.linalg.expm(a / 4.0) * 10.0 ** rng.uniform(-3, 3)),)


def _small(rng: Rng) -> tuple[Array, ...]:
    (a,) = spin(rng)
    return (a * rng.uniform(0.1, 1.0),)


def _least_squares(a: Any, b: Any) -> Any:
    return o(mp.inverse(m(a).T * m(a)) * m(a).T * m(b))


def _equation(left: Any, right: Any, q: Any) -> Any:
    """The solution of sum_k left[k] X right[k] = q, by the whole linear system."""
    size = len(q)
    whole = sum(np.kron(x, y.T) for x, y in zip(left, right, strict=True))
    found = mp.lu_solve(m(whole), m(np.reshape(q, (-1, 1))))
    return np.reshape(o(found), (size, size))


def _identity() -> Any:
    return np.array([[mp.mpf(i == j) for j in range(N)] for i in range(N)])


def _sylvester(a: Any, b: Any, q: Any) -> Any:
    return _equation((a, _identity()), (_identity(), b), q)


def _discrete(a: Any, q: Any) -> Any:
    return _equation((_identity(), -a), (_identity(), a.T), q)


def _polar(a: Any) -> Any:
    left, values, right = mp.svd_r(m(a))
    return np.concatenate([o(left * right), o(right.T * mp.diag(list(values)) * right)])


def _our_polar(a: Any) -> Any:
    return np.concatenate(ad.linalg.polar(a))


def _equations(*scales: float) -> Callable[[Rng], tuple[Array, ...]]:
    """Matrices with eigenvalues of positive real part, and a right side."""

    def draw(rng: Rng) -> tuple[Array, ...]:
        given = [rng.normal(size=(N, N)) / 3.0 + scale * np.eye(N) for scale in scales]
        return (*given, rng.normal(size=(N, N)))

    return draw


FUNCTIONS: tuple[ArrayRegion, ...] = (
    *(
        ArrayRegion(
            name,
            rows,
            "eigenvalues below 5, of a basis with condition below 100",
            getattr(ad.linalg, name),
            _of_matrix(function),
            _small,
        )
        for name, rows, function in (
            ("cosm", ("expm",), mp.cos),
            ("sinm", ("expm",), mp.sin),
            ("tanm", ("expm", "lu_solve"), mp.tan),
            ("coshm", ("expm",), mp.cosh),
            ("sinhm", ("expm",), mp.sinh),
            ("tanhm", ("expm", "lu_solve"), mp.tanh),
        )
    ),
    ArrayRegion(
        "lstsq",
        ("qr_q", "qr_r"),
        "singular values over 3 decades",
        lambda a, b: np.linalg.lstsq(a, b)[0],
        _least_squares,
        plus_right_side(lambda rng: tall(rng, N + 1, 3.0)),
    ),
    ArrayRegion(
        "cond",
        ("singular_values",),
        COND,
        np.linalg.cond,
        lambda a: mp.fdiv(*(f(mp.svd_r(m(a), compute_uv=False)) for f in (max, min))),
        lambda rng: (tall(rng),),
    ),
    ArrayRegion(
        "polar",
        ("left_singular_vectors",),
        "singular values over 2 decades",
        _our_polar,
        _polar,
        lambda rng: (tall(rng, decades=2.0),),
    ),
    ArrayRegion(
        "solve_sylvester",
        ("lu_solve",),
        "matrices about 1 with eigenvalues to the right",
        ad.linalg.solve_sylvester,
        _sylvester,
        _equations(2.0, 1.0),
    ),
    ArrayRegion(
        "solve_discrete_lyapunov",
        ("lu_solve",),
        "matrices about a half",
        ad.linalg.solve_discrete_lyapunov,
        _discrete,
        _equations(0.1),
    ),
)

# Iterations of hundreds of operations: a minute each.
BY_ITERATION: tuple[ArrayRegion, ...] = tuple(
    ArrayRegion(
        name,
        ("lu_solve", "matmul"),
        "eigenvalues over a decade or two, of a basis with condition below 100",
        getattr(ad.linalg, name),
        _of_matrix(function),
        _right,
    )
    for name, function in (("sqrtm", mp.sqrt), ("logm", mp.log))
)
