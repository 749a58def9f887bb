"""Rows that are not element-wise: shapes of every kind, and derivatives by what they are.

Most are linear in each argument, so their derivative is themselves: the Jacobian is the plain NumPy
function on the basis vectors, exactly. Products and extremes have closed forms.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.op import TABLE
from tests.ad.harness import assert_agree, assert_close, run

SIZES = (0, 1, 2, 3, 4, 5, 8, 9)
Case = tuple[str, tuple[int, ...], Callable[[Any], Any]]


def op(name: str, **params: Any) -> Callable[..., Any]:
    return lambda *args: TABLE[name](*args, **params)


def then(name: str, *fixed: Any, **params: Any) -> Callable[..., Any]:
    """The row with its last arguments fixed."""
    return lambda x: TABLE[name](x, *fixed, **params)


def times(name: str, left: Any) -> Callable[..., Any]:
    """The product with its left argument fixed."""
    return lambda x: TABLE[name](left, x)


def transposed(right: Any) -> Callable[..., Any]:
    """The transposed argument times a matrix."""
    return lambda x: TABLE["matmul"](np.transpose(x), right)


def sparse(rows: int, columns: int, turned: bool) -> Callable[[Any], Any]:
    """A matrix in compressed rows, or its transpose, times the argument."""
    taken = np.arange(rows * columns).reshape(rows, columns) % 3 == 1
    parts = np.sin(1.0 + np.arange(taken.sum())), np.nonzero(taken)[1]
    starts = np.concatenate([[0], np.cumsum(taken.sum(axis=1))])
    return lambda x: TABLE["sparse_product"](*parts, starts, x, size=columns, transposed=turned)


def linear_cases() -> list[Case]:
    cases: list[Case] = []
    for n in SIZES:
        table = np.arange(7) * 3 % max(n, 1) if n else np.zeros(0, int)
        cases += [
            ("reshape", (n, 2), op("reshape", shape=(2 * n,))),
            ("broadcast_to", (n, 1), op("broadcast_to", shape=(3, n, 4))),
            ("broadcast_to", (n,), op("broadcast_to", shape=(2, n))),
            ("view", (n,), op("view", shape=(n,), offset=max(n - 1, 0), strides=(-1,))),
            ("view", (n, 3), op("view", shape=(3, n), offset=0, strides=(1, 3))),
            ("view", (2 * n,), op("view", shape=(n,), offset=0, strides=(2,))),
            ("assemble", (n,), op("assemble", shape=(n + 3,), places=((2, (1,)),))),
            ("assemble", (n,), op("assemble", shape=(3 * n,), places=((0, (3,)),))),
            (
                "assemble",
                (n, 2),
                op("assemble", shape=(2, n + 1), places=((0, (1, n + 1)),)),
            ),
            ("gather", (n,), then("gather", table)),
            (
                "scatter_add",
                (n,),
                then("scatter_add", np.arange(n) % 3, shape=(4,)),
            ),
            ("sum", (n,), op("sum", axis=(0,))),
            ("sum", (n, 3), op("sum", axis=(0,))),
            ("sum", (3, n), op("sum", axis=(1,))),
            ("sum", (2, n, 3), op("sum", axis=(0, 2))),
            ("sum", (2, n, 3), op("sum", axis=(1,))),
            ("sum", (n, 2, 2), op("sum", axis=(0, 1, 2))),
            ("sum", (n,), op("sum", axis=())),
            ("cumsum", (n,), op("cumsum", axis=0)),
            ("cumsum", (2, n), op("cumsum", axis=1)),
            ("cumsum", (n, 3), op("cumsum", axis=0)),
            ("cumsum", (2, n, 2), op("cumsum", axis=1)),
        ]
        for m in (1, 4, 5):
            right = np.cos(np.arange(n * 2.0)).reshape(n, 2)
            left = np.sin(np.arange(m * n * 1.0)).reshape(m, n)
            cases += [
                ("matvec", (n,), times("matvec", left)),
                ("matvec", (m, n), then("matvec", right[:, 0])),
                ("matmul", (m, n), then("matmul", right)),
                ("matmul", (n, 2), times("matmul", left)),
                ("matmul", (n, m), transposed(right[::-1])),
                ("sparse_product", (n,), sparse(m, n, turned=False)),
                ("sparse_product", (n, 2), sparse(n, m, turned=True)),
            ]
    return cases


LINEAR = linear_cases()


@pytest.mark.parametrize(
    ("shape", "function"),
    [case[1:] for case in LINEAR],
    ids=[f"{name}-{shape}-{i}" for i, (name, shape, _) in enumerate(LINEAR)],
)
def test_linear_rows(shape: tuple[int, ...], function: Callable[[Any], Any]) -> None:
    size = math.prod(shape)
    x = np.sin(1.0 + np.arange(size, dtype=float)).reshape(shape)
    plain = np.asarray(function(x))
    weights = np.cos(np.arange(plain.size, dtype=float)).reshape(plain.shape)
    jacobian = [np.asarray(function(e.reshape(shape))) for e in np.eye(size)]
    want = np.array([np.sum(column * weights) for column in jacobian]).reshape(shape)
    value, pull = ad.vjp(function, x)
    assert_close(value, plain, 1e-15, 1e-15, "value")
    assert_close(pull(weights)[0], want, 1e-14, 1e-15, "reverse")
    direction = np.cos(3.0 * np.arange(size)).reshape(shape)
    along = ad.jvp(function, (x,), (direction,))[1]
    assert_close(along, function(direction), 1e-14, 1e-14, "forward")
    # Twice: of the square, whose Hessian along d is 2 J' (w J d).
    hessian = ad.hvp(lambda x: np.sum(weights * np.square(function(x))), (x,), (direction,))
    twice = [2.0 * np.sum(column * weights * function(direction)) for column in jacobian]
    assert_close(hessian, np.array(twice).reshape(shape), 1e-13, 1e-14, "second")
    if size:
        flat = run(lambda x: np.sum(function(x.reshape(shape)) * weights), x.ravel())[0]
        assert_agree(flat, 1e-13, 1e-14)
        assert_close(flat.native_gradient, want.ravel(), 1e-13, 1e-14, "native")
        squared = run(lambda x: np.sum(np.square(function(x.reshape(shape)))), x.ravel())[0]
        assert_agree(squared, 1e-13, 1e-14)


EXTREMES = [
    (name, shape, axis)
    for name in ("max", "min")
    for n in SIZES[1:]
    for shape, axis in (
        ((n,), (0,)),
        ((n, 3), (0,)),
        ((3, n), (1,)),
        ((2, n, 3), (0, 2)),
        ((2, n, 3), (1,)),
        ((2, n, 3), (0, 1, 2)),
        ((n,), ()),
    )
]


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(("name", "shape", "axis"), EXTREMES)
def test_extremes(name: str, shape: tuple[int, ...], axis: tuple[int, ...], ties: bool) -> None:
    x = np.sin(np.arange(1.0, math.prod(shape) + 1)).reshape(shape)
    if ties:
        x = np.rint(2.0 * x)
    plain = {"max": np.max, "min": np.min}[name]
    function = op(name, axis=axis)
    value, pull = ad.vjp(function, x)
    want = plain(x, axis=axis)
    assert np.array_equal(value, want)
    attains = x == plain(x, axis=axis, keepdims=True)
    share = attains / np.sum(attains, axis=axis, keepdims=True)  # equal among those that attain it
    assert_close(pull(np.ones(want.shape))[0], share, 1e-15, what="reverse")
    direction = np.cos(np.arange(x.size)).reshape(shape)
    along = ad.jvp(function, (x,), (direction,))[1]
    assert_close(along, np.sum(share * direction, axis=axis), 1e-14, 1e-15, "forward")
    pair = run(lambda x: np.sum(function(x.reshape(shape))), x.ravel())[0]
    assert_close(pair.native, np.sum(want), 1e-14, 1e-14, "native")
    assert_close(pair.native_gradient, share.ravel(), 1e-15, what="native")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", [0, 3, 4, 8])
@pytest.mark.parametrize("name", ["max", "min", "sum"])
def test_reductions_of_what_is_not_finite(name: str, where: int, bad: float) -> None:
    x = np.sin(np.arange(9.0))
    x[where] = bad
    for shape in ((9,), (3, 3)):
        function = op(name, axis=(len(shape) - 1,))
        pair = run(lambda x: function(x.reshape(shape)), x, gradient=False)[0]  # noqa: B023 - at once
        assert_close(pair.native, pair.interpreted, 1e-15, what=f"{name} {shape}")


@pytest.mark.parametrize("zeros", [(), (2,), (1, 3), (0, 1, 4)])
@pytest.mark.parametrize("n", [5, 8, 9])
def test_product(n: int, zeros: tuple[int, ...]) -> None:
    x = 1.0 + 0.5 * np.sin(np.arange(float(n)))
    x[list(zeros)] = 0.0
    others = np.array([np.prod(np.delete(x, i)) for i in range(n)])
    assert_close(ad.grad(np.prod)(x), others, 1e-14)
    direction = np.cos(np.arange(float(n)))
    pairs = [[np.prod(np.delete(x, [i, j])) * (i != j) for j in range(n)] for i in range(n)]
    assert_close(ad.hvp(np.prod, (x,), (direction,)), np.array(pairs) @ direction, 1e-13, 1e-15)
    native = run(np.prod, x)[0]
    assert_close(native.native_gradient, others, 1e-14)
    assert_close(native.native, np.prod(x), 1e-14)


def test_kinds_are_covered() -> None:
    here = {name for name, *_ in LINEAR} | {"max", "min"}
    # Factorisations and stacks of products are `library` rows and views of their packed results.
    packed = {
        "eigenvalues",
        "eigenvectors",
        "singular_values",
        "left_singular_vectors",
        "right_singular_vectors",
        "qr_q",
        "qr_r",
    }
    given = {"custom", "external"}  # rows whose rules are the user's: test_custom.py
    given |= {"scan", "cond", "while_loop", "checkpoint"}  # test_scans.py, test_branches.py
    given |= {"log1p_sum"}  # made for machine code alone: test_finishing.py
    rest = {
        row.name for row in TABLE.values() if row.kind not in ("elementwise", "leaf", "library")
    }
    assert rest - packed - given == here


# ---- what summing by data must not cost ----------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True])
def test_small_residuals_keep_their_digits(strict: bool) -> None:
    # Residuals are a millionth of y: a difference of sums of squares would lose 12 digits.
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(400), rng.normal(size=(400, 3))])
    beta = np.array([1000.0, 2.0, -3.0, 0.5])
    y = design @ beta + 1e-3 * rng.normal(size=400)
    pair = run(lambda b: -0.5 * np.sum(np.square(y - design @ b)), beta, strict=strict)[0]
    residual = y - design @ beta
    assert_close(pair.native, -0.5 * residual @ residual, 1e-9, what="value")
    gradient = design.T @ residual
    assert_close(pair.native_gradient, gradient, 0.0, 1e-9 * np.abs(gradient).max(), "gradient")
