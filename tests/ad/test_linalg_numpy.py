"""Contractions, and `np.linalg` as a whole: values and derivatives of every function."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.linalg.numpy_table import LINALG_FUNCTIONS
from tests.ad.harness import assert_close

Array = np.ndarray[Any, Any]
npl: Any = np.linalg  # as a dispatcher: its stubs allow less than it takes
# ---- contractions --------------------------------------------------------------------------------

RNG = np.random.default_rng(11)
OPERANDS = {
    "i": RNG.normal(size=3),
    "ij": RNG.normal(size=(3, 4)),
    "jk": RNG.normal(size=(4, 2)),
    "ki": RNG.normal(size=(2, 3)),
    "ii": RNG.normal(size=(3, 3)),
    "bij": RNG.normal(size=(5, 3, 4)),
    "bjk": RNG.normal(size=(5, 4, 2)),
    "1j": RNG.normal(size=(1, 4)),
}
EINSUMS = [
    ("ij,jk,ki->", "ij", "jk", "ki"),
    ("ij,jk,ki->ijk", "ij", "jk", "ki"),
    ("ij,jk,ki->kj", "ij", "jk", "ki"),
    ("ij,jk", "ij", "jk"),
    ("ij,jk->ik", "ij", "jk"),
    ("ij, jk -> ki", "ij", "jk"),
    ("ki,i->k", "ki", "i"),
    ("ki,ij->kj", "ki", "ij"),
    ("ij->ji", "ij"),
    ("ij->", "ij"),
    ("ii", "ii"),
    ("ii->i", "ii"),
    ("ii,i->i", "ii", "i"),
    ("i,j->ji", "i", "i"),
    ("bij,bjk->bik", "bij", "bjk"),
    ("bij,bjk->kib", "bij", "bjk"),
    ("bij,bjk->b", "bij", "bjk"),
    ("...ij,...jk->...ik", "bij", "bjk"),
    ("...ij,...jk", "bij", "jk"),
    ("...j,...j->...", "bij", "ij"),
    ("ij,ij->ij", "ij", "1j"),
    ("ij,ij->j", "1j", "ij"),
    ("bij,jk,ki,i->bk", "bij", "jk", "ki", "i"),
]


@pytest.mark.parametrize("subscripts", EINSUMS, ids=lambda entry: entry[0])
def test_einsum(subscripts: tuple[str, ...]) -> None:
    text, *names = subscripts
    arrays = [OPERANDS[name] for name in names]
    want = np.einsum(text, *arrays)
    for position, array in enumerate(arrays):

        def one(x: Any, position: int = position) -> Any:
            return np.einsum(text, *(x if i == position else a for i, a in enumerate(arrays)))

        assert_close(ad.compile(one)(array), want, 1e-13, 1e-14)
        # Linear in each operand: the derivative along a direction is the value there.
        direction = np.cos(np.arange(array.size)).reshape(array.shape)
        value, slope = ad.jvp(one, (array,), (direction,))
        assert np.shape(value) == want.shape
        assert_close(slope, one(direction), 1e-13, 1e-13)
        cotangent = np.sin(1.0 + np.arange(want.size)).reshape(want.shape)
        (back,) = ad.vjp(one, array)[1](cotangent)
        assert np.sum(back * direction) == pytest.approx(np.sum(cotangent * slope), rel=1e-11)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        *(((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4))),
        *(((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4))),
        *(((5, 2, 3), (5, 3, 4)), ((6, 1, 2, 3), (5, 3, 4)), ((0, 2, 3), (3, 4))),
    ],
    ids=str,
)
def test_matmul_of_batches(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    a, b = RNG.normal(size=left), RNG.normal(size=right)
    want = a @ b
    calls: list[tuple[Callable[[Any], Any], Array]] = [(lambda x: x @ b, a), (lambda x: a @ x, b)]
    for function, x in calls:
        assert_close(ad.compile(function)(x), want, 1e-13, 1e-14)
        direction = np.cos(np.arange(x.size)).reshape(x.shape)
        _, slope = ad.jvp(function, (x,), (direction,))
        assert_close(slope, function(direction), 1e-13, 1e-13)
        (back,) = ad.vjp(function, x)[1](np.ones(want.shape))
        assert np.sum(back * direction) == pytest.approx(np.sum(slope), rel=1e-11, abs=1e-12)


# ---- NumPy's interface ---------------------------------------------------------------------------

A = np.array([[2.0, 0.3, -0.1], [0.5, 1.5, 0.2], [0.5, -0.4, 1.2]])
S = (A + A.T) / 2
ROTATED = np.array([[0.3, -2.0, 0.4], [1.7, 0.1, 0.2], [0.0, 0.5, 1.9]])  # two complex eigenvalues
STACK = np.stack([A, A.T @ A])
CALLS: dict[str, list[Callable[[Any], Any]]] = {
    "cholesky": [npl.cholesky, lambda x: npl.cholesky(x, upper=True)],
    "eig": [
        lambda x: np.abs(npl.eig(ROTATED + 0.3 * x)[1]),
        lambda x: npl.eig(ROTATED + 0.3 * x)[0].real,
        lambda x: npl.eig(ROTATED + 0.3 * x)[1].imag,
        lambda x: npl.eig(ROTATED + 0.3 * x * np.ones((2, 1, 1)))[1].real,
    ],
    "eigvals": [
        lambda x: npl.eigvals(ROTATED + 0.3 * x).imag,
        lambda x: np.abs(npl.eigvals(ROTATED + 0.3 * x)),
        lambda x: npl.eigvals(np.diag([1.0, 2.0, 4.0]) + 0.1 * x).real,
    ],
    "eigh": [lambda x: npl.eigh(x).eigenvalues, lambda x: npl.eigh(x, "U")[0]],
    "eigvalsh": [npl.eigvalsh, lambda x: npl.eigvalsh(x, UPLO="U")],
    "svd": [lambda x: npl.svd(x).S, lambda x: npl.svd(x[:2], False)[1]],
    "svdvals": [npl.svdvals],
    "qr": [lambda x: npl.qr(x).R ** 2, lambda x: npl.qr(x, "r") ** 2],
    "matrix_power": [functools.partial(npl.matrix_power, n=n) for n in (-2, 0, 1, 5)],
    "matmul": [lambda x: npl.matmul(x, A)],
    "tensordot": [lambda x: npl.tensordot(x, A, axes=1)],
    "outer": [lambda x: npl.outer(x[0], A[1])],
    "multi_dot": [lambda x: npl.multi_dot([x, A, x[:, 0]])],
    "matrix_transpose": [npl.matrix_transpose],
    "diagonal": [npl.diagonal, lambda x: npl.diagonal(x, offset=1)],
    "trace": [npl.trace, lambda x: npl.trace(x * STACK, offset=-1)],
    "cond": [functools.partial(npl.cond, p=p) for p in (None, -2, 1, "fro", np.inf)],
    "norm": [
        npl.norm,
        *(functools.partial(npl.norm, ord=p) for p in ("fro", 1, -1, 2, -2, np.inf, -np.inf)),
        *(
            functools.partial(npl.norm, ord=p, axis=0)
            for p in (None, 1, 2, 3.5, 0, np.inf, -np.inf)
        ),
        lambda x: npl.norm(x * STACK, 1, axis=(2, 0), keepdims=True),
        lambda x: npl.norm(x * STACK),
    ],
    "matrix_norm": [lambda x: npl.matrix_norm(x * STACK, ord=1, keepdims=True)],
    "vector_norm": [
        npl.vector_norm,
        lambda x: npl.vector_norm(x, axis=0, ord=1),
        lambda x: npl.vector_norm(x, keepdims=True),
    ],
    "pinv": [npl.pinv, lambda x: npl.pinv(x[:2])],
    "inv": [npl.inv],
    "det": [npl.det],
    "slogdet": [lambda x: npl.slogdet(x).logabsdet * npl.slogdet(-x).sign],
    "vecdot": [lambda x: npl.vecdot(x, A), lambda x: npl.vecdot(x, A, axis=0)],
    "cross": [lambda x: npl.cross(x, A), lambda x: npl.cross(x, A, axis=0)],
    "matrix_rank": [lambda x: npl.matrix_rank(x) * x, lambda x: npl.matrix_rank(x[0]) * x],
    "lstsq": [
        lambda x: npl.lstsq(x, A[0])[0],
        lambda x: npl.lstsq(x[:, :2], A)[0],
        lambda x: npl.lstsq(x[:, :2], A[0])[1],
        lambda x: npl.lstsq(x[:, :2], A)[1],
        lambda x: npl.lstsq(x[:2], A[:2])[0],
        lambda x: npl.lstsq(x, A)[3] * npl.lstsq(x, A)[2],
    ],
    "tensorinv": [
        lambda x: npl.tensorinv(x, ind=1),
        lambda x: npl.tensorinv(np.kron(x[:2, :2], np.eye(2)).reshape(2, 2, 4), ind=2),
    ],
    "tensorsolve": [
        lambda x: npl.tensorsolve(x, A[0]),
        lambda x: npl.tensorsolve(np.kron(x[:2, :2], np.eye(2)).reshape(2, 2, 4), A[:2, :2]),
        lambda x: npl.tensorsolve(
            np.kron(x[:2, :2], np.eye(2)).reshape(2, 4, 2), A[:2, :2], axes=(1,)
        ),
    ],
    "solve": [lambda x: npl.solve(x, A), lambda x: npl.solve(STACK, x)],
}


def test_every_function_is_called() -> None:
    assert CALLS.keys() == LINALG_FUNCTIONS.keys()


@pytest.mark.parametrize(
    "function",
    [pytest.param(f, id=f"{name}-{i}") for name, fs in CALLS.items() for i, f in enumerate(fs)],
)
def test_numpys_interface(function: Callable[[Any], Any]) -> None:
    want = np.asarray(function(S))
    got = ad.compile(function)(S)
    assert got.shape == want.shape
    assert_close(got, want, 1e-13, 1e-14)
    direction = np.cos(np.arange(9.0)).reshape(3, 3)
    _, slope = ad.jvp(function, (S,), (direction,))
    # Central difference: h^2 f''' / 6 + eps f / h.
    h = 1e-5
    want = (np.asarray(function(S + h * direction)) - function(S - h * direction)) / (2 * h)
    assert_close(slope, want, 1e-7, 1e-8)
    cotangent = np.sin(1.0 + np.arange(want.size)).reshape(want.shape)
    (back,) = ad.vjp(function, S)[1](cotangent)
    paired = np.sum(cotangent * slope)
    assert np.sum(back * direction) == pytest.approx(paired, rel=1e-11, abs=1e-13)
