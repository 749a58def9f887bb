"""Products with SciPy's sparse matrices: what the dense matrix gives."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

import ad
from ad.compiled import Paths
from ad.op import TABLE
from tests.ad.harness import assert_agree, assert_close, run

FORMATS = [
    *(sp.csr_array, sp.csc_array, sp.coo_array, sp.dia_array),
    *(sp.bsr_array, sp.lil_array, sp.dok_array),
    *(sp.csr_matrix, sp.csc_matrix, sp.coo_matrix),
]
Product = Callable[[Any, Any], Any]
# Per product: how it is written, and for a matrix (m, n) which axis of it the other operand has
# (0 for m, 1 for n), and where it has another of its own.
PRODUCTS: dict[str, tuple[Product, int, tuple[int, ...]]] = {
    "S @ x": (lambda s, x: s @ x, 1, ()),
    "x @ S": (lambda s, x: x @ s, 0, ()),
    "S.T @ x": (lambda s, x: s.T @ x, 0, ()),
    "x @ S.T": (lambda s, x: x @ s.T, 1, ()),
    "np.matmul": (np.matmul, 1, ()),
    "S @ X": (lambda s, x: s @ x, 1, (3,)),
    "X @ S": (lambda s, x: x.T @ s, 0, (3,)),
    "S.T @ X": (lambda s, x: s.T @ x, 0, (2,)),
    "S @ X, one column": (lambda s, x: s @ x, 1, (1,)),
}


def dense(rows: int, columns: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < 0.3)


def check(product: Product, matrix: Any, plain: Any, shape: tuple[int, ...]) -> None:
    """Value, both modes, the second derivative and native code, against the dense product."""
    x = np.sin(1.0 + np.arange(float(np.prod(shape)))).reshape(shape)
    if not x.size:
        return
    v = np.cos(np.arange(float(x.size))).reshape(shape)
    want = np.asarray(product(plain, x))
    weights = np.cos(np.arange(float(want.size))).reshape(want.shape)

    def loss(a: Any) -> Callable[[Any], Any]:
        return lambda x: np.sum(weights * np.sin(product(a, x)))

    value, tangent = ad.jvp(lambda x: product(matrix, x), (x,), (v,))
    assert_close(value, want, 1e-13, 1e-14, "value")
    assert_close(tangent, product(plain, v), 1e-13, 1e-14, "forward")
    for derivative in (ad.grad, lambda f: lambda x: ad.hvp(f, (x,), (v,))):
        assert_close(derivative(loss(matrix))(x), derivative(loss(plain))(x), 1e-12, 1e-13)
    (pair,) = run(lambda flat: loss(matrix)(flat.reshape(shape)), x.ravel())
    assert_agree(pair, 1e-13, 1e-13)
    assert_close(pair.native_gradient, ad.grad(loss(plain))(x).ravel(), 1e-12, 1e-13, "native")


@pytest.mark.parametrize("name", ["S @ x", "x @ S", "S @ X", "S.T @ X"])
@pytest.mark.parametrize("make", FORMATS, ids=lambda make: make.__name__)
def test_products_are_those_of_the_dense_matrix(make: Any, name: str) -> None:
    product, axis, more = PRODUCTS[name]
    plain = dense(11, 6)
    check(product, make(plain), plain, (plain.shape[axis], *more))


@pytest.mark.parametrize("name", list(PRODUCTS))
@pytest.mark.parametrize("size", [(1, 1), (0, 4), (4, 0), (9, 1), (33, 40)])
def test_sizes(size: tuple[int, int], name: str) -> None:
    product, axis, more = PRODUCTS[name]
    plain = dense(*size, seed=3)
    for make in (sp.csr_array, sp.csc_array):
        check(product, make(plain), plain, (size[axis], *more))


def test_nothing_stored() -> None:
    for make in (sp.csr_array, sp.csc_array):
        check(lambda s, x: s @ x, make((5, 4)), np.zeros((5, 4)), (4,))


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.int8, np.bool_])
@pytest.mark.parametrize("wide", [False, True])
def test_entries_and_places_of_every_type(kind: Any, wide: bool) -> None:
    plain = (dense(8, 5) > 0.0).astype(kind)
    matrix = sp.csr_array(plain)
    if wide:
        matrix.indices, matrix.indptr = (
            a.astype(np.int64) for a in (matrix.indices, matrix.indptr)
        )
    check(lambda s, x: s @ x, matrix, plain.astype(float), (5,))


def test_entries_out_of_order_and_twice() -> None:
    parts = np.array([1.0, 2.0, 4.0, 8.0]), np.array([2, 0, 2, 1]), np.array([0, 3, 3, 4])
    matrix = sp.csr_array(parts, shape=(3, 3))
    plain = np.array([[2.0, 0.0, 5.0], [0.0, 0.0, 0.0], [0.0, 8.0, 0.0]])
    check(lambda s, x: s @ x, matrix, plain, (3,))
    check(lambda s, x: s.T @ x, matrix, plain, (3,))


def test_the_entries_do_not_decide_the_code() -> None:
    def density(matrix: Any) -> Any:
        return ad.density(lambda x: -np.sum(np.exp(matrix @ x)), 4)

    first = sp.csr_array((np.array([1.0, 2.0]), np.array([0, 3]), np.array([0, 1, 2])), (2, 4))
    second = sp.csr_array((np.array([0.0, 1.0]), np.array([2, 2]), np.array([0, 0, 2])), (2, 4))
    third = sp.csr_array((np.array([0.0]), np.array([2]), np.array([0, 0, 1])), (2, 4))
    codes = [density(matrix).fingerprint for matrix in (first, second, third)]
    assert codes[0] == codes[1]
    assert codes[0] == codes[2]  # the number of entries is in the data, too


def test_one_matrix_is_bound_once() -> None:
    matrix = sp.csr_array(dense(50, 7))
    code = (
        Paths(lambda x: np.sum((matrix @ x) * np.exp(matrix @ x)), np.ones(7), True).paths[0].code
    )
    sizes = sorted(slot.array.size for slot in code.slots)
    assert sizes == sorted([matrix.nnz, matrix.nnz, 51])


def test_products_of_data_are_done_at_binding() -> None:
    matrix, v = sp.csr_array(dense(50, 7)), np.arange(7.0)
    code = Paths(lambda x: np.sum(np.sin(x[0] * (matrix @ v))), np.ones(1), True).paths[0].code
    assert [slot.array.size for slot in code.slots] == [50]


@pytest.mark.parametrize(
    ("make", "product", "kind", "text"),
    [
        (
            lambda m: m,
            lambda s, x: s @ x[:3],
            ValueError,
            "inner axes must agree, got shapes (5, 4)",
        ),
        (lambda m: m, lambda s, x: x[:3] @ s, ValueError, "got shapes (3,) and (5, 4)"),
        (lambda m: m, lambda s, x: s @ x.reshape(1, 4, 1), ValueError, "vector or a matrix"),
        (lambda m: m * 1j, lambda s, x: s @ x, TypeError, "must hold real numbers, got complex128"),
        (lambda m: m, lambda s, x: s * x, TypeError, "by S @ x"),
        (sp.csr_matrix, lambda s, x: s * x, TypeError, "values is S @ x"),
    ],
)
def test_mistakes(make: Any, product: Product, kind: type[Exception], text: str) -> None:
    matrix = make(sp.csr_array(dense(5, 4)))
    with pytest.raises(kind, match=text.replace("(", r"\(").replace(")", r"\)")) as raised:
        ad.grad(lambda x: np.sum(product(matrix, x)))(np.ones(4))
    assert "test_sparse.py" in str(raised.value)


@pytest.mark.parametrize(
    ("columns", "starts", "text"),
    [
        ([0, 4], [0, 1, 2], "below 4, got 4 at 1"),
        ([-1, 2], [0, 1, 2], "below 4, got -1 at 0"),
        ([0, 1], [0, 2, 1], "begin in order"),
        ([0, 1], [0, 1, 3], "at most 2"),
        ([0, 1], [1, 1, 2], "begin in order"),
    ],
)
def test_places_outside_are_refused(columns: list[int], starts: list[int], text: str) -> None:
    matrix = sp.csr_array((np.ones(2), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 4))
    matrix.indices, matrix.indptr = np.array(columns, np.int32), np.array(starts, np.int32)
    with pytest.raises(ValueError, match=text):
        ad.density(lambda x: np.sum(matrix @ x), 4)


def test_a_wrong_transpose_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    row = TABLE["sparse_product"]

    def wrong(index: int, ct: Any, _out: Any, args: Any, params: Any) -> Any:
        if index != 3:
            return None
        return row(*args[:3], 2.0 * ct, size=params["size"], transposed=True)

    monkeypatch.setitem(row.__dict__, "pullback", wrong)
    with pytest.raises(AssertionError):
        check(lambda s, x: s @ x, sp.csr_array(dense(5, 4)), dense(5, 4), (4,))


def test_a_posterior_with_a_sparse_design() -> None:
    import ppl  # noqa: PLC0415 - the one test that needs it

    plain = dense(60, 5)
    y = np.random.default_rng(1).poisson(2.0, 60)

    def model(design: Any, y: Any = None) -> None:
        b = ppl.sample("b", ppl.Normal(np.zeros(5), 1.0))
        with ppl.plate("i", 60):
            ppl.sample("y", ppl.Poisson(np.exp(design @ b)), obs=y)

    x = np.linspace(-0.5, 0.5, 5)
    got = ppl.Posterior(model, sp.csr_array(plain), y=y).logdensity_and_gradient(x)
    want = ppl.Posterior(model, plain, y=y).logdensity_and_gradient(x)
    assert got[0] == pytest.approx(want[0], rel=1e-13)
    assert_close(got[1], want[1], 1e-12, 1e-12)
