"""Mapping over an axis: every operation against a loop, and in every mix with derivatives."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import scipy.special

import ad
from ad import vmapping
from ad.linear import Linear
from ad.op import TABLE, Op
from ad.tape import recording
from tests.ad import programs
from tests.ad.harness import assert_close
from tests.ad.references import PARAMETERS

SIZE = 4


def looped(function: Callable[..., Any], *args: Any) -> Any:
    """The function on one instance after another."""
    return np.stack([function(*(arg[i] for arg in args)) for i in range(len(args[0]))])


# ---- every row -----------------------------------------------------------------------------------

ELEMENTWISE = [row for row in TABLE.values() if row.kind == "elementwise"]


def drawn(row: Op, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    rng = np.random.default_rng(len(row.name))
    intervals = row.domain or ((0.1, 1.0),)
    return [
        rng.uniform(*intervals[min(i, len(intervals) - 1)], size=shape)
        for i, shape in enumerate(shapes)
    ]


@pytest.mark.parametrize("row", ELEMENTWISE, ids=lambda row: row.name)
def test_elementwise_rows(row: Op) -> None:
    count = len(row.domain)
    params = PARAMETERS.get(row.name, ({},))[0]

    def one(*args: Any) -> Any:
        return row(*args, **params)

    # Ranks differ: an instance of the last argument has one axis more than the others.
    shapes = [(SIZE, 3)] * (count - 1) + [(SIZE, 2, 3)]
    args = drawn(row, shapes)
    got = ad.vmap(one)(*args)
    assert np.array_equal(got, looped(one, *args), equal_nan=True)
    if count > 1:  # one of them shared
        fixed = args[0][0]
        part = ad.vmap(one, in_axes=(None, *(0,) * (count - 1)))(fixed, *args[1:])
        want = looped(lambda *rest: one(fixed, *rest), *args[1:])
        assert np.array_equal(part, want, equal_nan=True)


M = np.random.default_rng(1).normal(size=(SIZE, 3, 3))
S = M @ np.transpose(M, (0, 2, 1)) + 3.0 * np.eye(3)
V = np.random.default_rng(2).normal(size=(SIZE, 3))
FIXED = np.random.default_rng(3).normal(size=(3, 3))
TABLE_OF = np.array([2, 0, 0, 1])

OTHERS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "sum": (lambda x: np.sum(x, axis=1), (M,)),
    "sum of all": (np.sum, (M,)),
    "max": (lambda x: np.max(x, axis=0), (M,)),
    "min": (np.min, (V,)),
    "prod": (lambda x: np.prod(x, axis=-1), (M,)),
    "logsumexp": (lambda x: ad.special.logsumexp(x, axis=1), (M,)),
    "cumsum": (lambda x: np.cumsum(x, axis=1), (M,)),
    "reshape": (lambda x: np.reshape(x, (9, 1)), (M,)),
    "broadcast_to": (lambda x: np.broadcast_to(x, (2, 3)), (V,)),
    "view": (lambda x: x[::-1, 1:].T, (M,)),
    "diagonal": (np.diagonal, (M,)),
    "gather": (lambda x: x[TABLE_OF], (V,)),
    "gather rows": (lambda x: x[TABLE_OF], (M,)),
    "scatter_add": (lambda x: TABLE["scatter_add"](x, np.array([1, 1, 0]), shape=(5,)), (V,)),
    "concatenate": (lambda x, y: np.concatenate([x, y, np.ones(2)]), (V, V)),
    "stack": (lambda x, y: np.stack([x, y], axis=1), (V, V)),
    "matvec": (lambda a, b: a @ b, (M, V)),
    "matvec, matrix shared": (lambda b: FIXED @ b, (V,)),
    "matvec, vector shared": (lambda a: a @ FIXED[0], (M,)),
    "dot": (lambda a, b: a @ b, (V, V)),
    "matmul": (lambda a, b: a @ b, (M, S)),
    "matmul, left shared": (lambda b: FIXED @ b, (M,)),
    "matmul, right shared": (lambda a: a @ FIXED, (M,)),
    "einsum": (lambda a, b: np.einsum("ij,jk,k->i", a, FIXED, b), (M, V)),
    "cholesky": (np.linalg.cholesky, (S,)),
    "solve": (np.linalg.solve, (S, V)),
    "solve, matrix shared": (lambda b: np.linalg.solve(S[0], b), (V,)),
    "triangular": (lambda a, b: ad.linalg.solve_triangular(a, b, lower=True), (S, V)),
    "inv": (np.linalg.inv, (S,)),
    "det": (np.linalg.det, (S,)),
    "slogdet": (lambda a: np.linalg.slogdet(a)[1], (S,)),
    "eigvalsh": (np.linalg.eigvalsh, (S,)),
    "eigh": (lambda a: np.linalg.eigh(a)[1] ** 2, (S,)),
    "svd": (lambda a: np.linalg.svd(a, full_matrices=False)[1], (M,)),
    "qr": (lambda a: np.linalg.qr(a)[1] ** 2, (M,)),
    "expm": (ad.linalg.expm, (M,)),
    "sort by data": (lambda x: x[np.argsort(FIXED[0])], (V,)),
    "where": (lambda x, y: np.where(x > 0, x, y), (V, 2.0 * V)),
    "pad": (lambda x: np.pad(x, 1), (V,)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_rows(name: str) -> None:
    function, args = OTHERS[name]
    assert_close(ad.vmap(function)(*args), looped(function, *args), 1e-13, 1e-14, name)


@pytest.mark.parametrize("name", OTHERS)
def test_derivatives_of_other_rows(name: str) -> None:
    function, args = OTHERS[name]

    def slope(*one: Any) -> Any:
        return ad.grad(lambda x: np.sum(np.sin(function(x, *one[1:]))))(one[0])

    want = looped(slope, *args)
    assert_close(ad.vmap(slope)(*args), want, 1e-11, 1e-12, name)
    mapped = ad.grad(lambda x: np.sum(np.sin(ad.vmap(function)(x, *args[1:]))))(args[0])
    assert_close(mapped, want, 1e-11, 1e-12, name)

    def along(*one: Any) -> Any:
        return ad.jvp(lambda x: function(x, *one[1:]), (one[0],), (np.cos(one[0]),))[1]

    rate = looped(along, *args)
    assert_close(ad.vmap(along)(*args), rate, 1e-11, 1e-12, name)
    both = ad.jvp(lambda x: ad.vmap(function)(x, *args[1:]), (args[0],), (np.cos(args[0]),))[1]
    assert_close(both, rate, 1e-11, 1e-12, name)


# ---- random programs -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(seed: int) -> None:
    program = programs.build(seed, 10)
    # Instances near each other: the programs tame large values, by their size when traced.
    points = programs.point(seed) + 1e-3 * np.random.default_rng(seed).normal(size=(3, 24))
    want = looped(program, points)
    assert_close(ad.vmap(program)(points), want, 1e-12, 1e-12 * np.abs(want).max())
    slopes = looped(ad.grad(program), points)
    scale = 1e-11 * np.abs(slopes).max()
    assert_close(ad.vmap(ad.grad(program))(points), slopes, 1e-11, scale, "map of grad")
    total = ad.grad(lambda xs: np.sum(ad.vmap(program)(xs)))(points)
    assert_close(total, slopes, 1e-11, scale, "grad of map")
    if seed >= 6:
        return
    compiled = ad.compile(ad.vmap(program))(points)
    assert_close(compiled, want, 1e-11, 1e-11 * np.abs(want).max(), "compiled")


# ---- axes ----------------------------------------------------------------------------------------


def test_axes_of_arguments_and_results() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    for axis in range(-3, 3):
        got = ad.vmap(lambda a: a[0], in_axes=axis)(x)
        assert np.array_equal(got, np.moveaxis(x, axis, 0)[:, 0])
        got = ad.vmap(lambda a: a * 2.0, in_axes=axis, out_axes=axis)(x)
        assert np.array_equal(got, 2.0 * x)
    last = ad.vmap(lambda a: (a, np.sum(a)), in_axes=2, out_axes=(1, 0))(x)
    assert last[0].shape == (2, 4, 3)
    assert last[1].shape == (4,)


def test_containers_of_arguments_and_axes() -> None:
    point = {"a": np.arange(3.0), "b": np.ones((2, 3))}

    def f(d: dict[str, Any], c: Any) -> dict[str, Any]:
        return {"sum": d["a"] + np.sum(d["b"]) + c, "constant": 2.0, "label": "x"}

    got = ad.vmap(f, in_axes=({"a": 0, "b": 1}, None))(point, 10.0)
    assert got["sum"].tolist() == [12.0, 13.0, 14.0]
    assert got["constant"].tolist() == [2.0] * 3
    assert got["label"] == "x"
    alone = ad.vmap(f, ({"a": 0, "b": None}, None), {"sum": 0, "constant": None, "label": None})
    assert alone(point, 0.0)["constant"] == 2.0
    assert ad.vmap(lambda d: d["a"], in_axes=0)({"a": np.arange(3.0)}).tolist() == [0.0, 1.0, 2.0]


def test_nested_maps_make_a_table() -> None:
    rows, columns = np.arange(3.0), np.arange(4.0)
    times = ad.vmap(ad.vmap(lambda a, b: a * np.exp(b), in_axes=(None, 0)), in_axes=(0, None))
    assert_close(times(rows, columns), rows[:, None] * np.exp(columns), 1e-15)
    slope = ad.vmap(ad.vmap(ad.grad(lambda a, b: a**2 * b), in_axes=(None, 0)), in_axes=(0, None))
    assert np.array_equal(slope(rows, columns), 2.0 * rows[:, None] * columns)


def test_no_instances() -> None:
    assert ad.vmap(lambda x: np.sum(x**2))(np.zeros((0, 3))).shape == (0,)
    assert ad.vmap(np.linalg.inv)(np.zeros((0, 2, 2))).shape == (0, 2, 2)


def test_shared_values_from_outside() -> None:
    x = np.array([1.0, 2.0])

    def total(scale: Any) -> Any:
        return np.sum(ad.vmap(lambda one: one * scale**2)(x))

    assert ad.grad(total)(3.0) == 18.0
    assert ad.jvp(total, (3.0,), (1.0,))[1] == 18.0
    assert ad.grad(ad.grad(total))(3.0) == 6.0


def test_keyword_arguments_are_shared() -> None:
    assert ad.vmap(lambda x, *, power: x**power)(np.arange(3.0), power=2).tolist() == [0, 1, 4]


# ---- branches ------------------------------------------------------------------------------------


def collatz(x: Any) -> Any:
    """x halved until it is below 1: a loop whose length depends on the instance."""
    steps = 0.0
    while x > 1.0:
        x, steps = x / 2.0, steps + 1.0
    return x * (1.0 + steps)


def test_instances_may_branch_apart() -> None:
    xs = np.array([8.0, 0.3, 5.0, 1.5, 100.0, 0.9])
    assert np.array_equal(ad.vmap(collatz)(xs), looped(collatz, xs))
    slopes = looped(ad.grad(collatz), xs)
    assert np.array_equal(ad.vmap(ad.grad(collatz))(xs), slopes)
    assert np.array_equal(ad.grad(lambda xs: np.sum(ad.vmap(collatz)(xs)))(xs), slopes)


def test_branches_of_a_map_are_branches_of_the_trace() -> None:
    f = ad.compile(ad.vmap(collatz))
    for xs in (np.array([8.0, 0.3]), np.array([0.3, 8.0]), np.array([5.0, 5.0]), np.ones(2)):
        assert np.array_equal(f(xs), looped(collatz, xs))


def test_branches_must_return_one_form() -> None:
    with pytest.raises(ad.errors.ShapeError, match="same shapes"):
        ad.vmap(lambda x: np.ones(2) * x if x > 0 else x)(np.array([1.0, -1.0]))


# ---- operations without a rule -------------------------------------------------------------------


def test_an_operation_without_a_rule_goes_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_rules = {name: ad.vmap(f)(*args) for name, (f, args) in OTHERS.items()}
    monkeypatch.setattr(vmapping, "batch", lambda *_: None)
    for name, (function, args) in OTHERS.items():
        assert_close(ad.vmap(function)(*args), with_rules[name], 1e-13, 1e-14, name)


def test_a_map_costs_as_many_operations_as_one_instance() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.exp(np.sin(x)) * x) + scipy.special.gammaln(x)[0]

    one = Linear(f, (V[0] + 3.0,), (0,)).graph
    with recording() as tape:
        given = ad.Traced(tape, tape.input(V + 3.0), V + 3.0)
        ad.vmap(f)(given)
    assert len(tape.rows) <= 2 * len(one.nodes)


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ad.vmap(lambda x, y: x + y)(np.ones(3), np.ones(4)),
            ad.errors.ShapeError,
            "must have one length, got 3 in argument 0, 4 in argument 1",
        ),
        (lambda: ad.vmap(np.sin)(1.0), ad.errors.ShapeError, "must name an axis of argument 0"),
        (lambda: ad.vmap(np.sin, in_axes=2)(np.ones(3)), ad.errors.ShapeError, "got 2"),
        (lambda: ad.vmap(np.sin, in_axes="a")(np.ones(3)), ad.errors.ShapeError, "got 'a'"),
        (lambda: ad.vmap(np.sin, in_axes=None)(np.ones(3)), ad.errors.ShapeError, "got none"),
        (lambda: ad.vmap(np.sin, in_axes=(0, 0))(np.ones(3)), ad.errors.ShapeError, "one entry"),
        (
            lambda: ad.vmap(np.sin, out_axes=None)(np.ones(3)),
            ad.errors.TraceError,
            "differs between instances",
        ),
        (
            lambda: ad.vmap(lambda x: x, out_axes=(0, 0))(np.ones(3)),
            ad.errors.ShapeError,
            "out_axes must be an array",
        ),
        (
            lambda: ad.vmap(lambda x: x)(np.array(["a", "b"])),
            ad.errors.TraceError,
            "ad.vmap: argument 0 must be an array of real numbers",
        ),
    ],
)
def test_what_does_not_fit(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert "test_vmap.py:" in str(caught.value)


def test_sizes_of_results() -> None:
    got = ad.vmap(lambda x: (x, x[:, None] * x))(np.ones((SIZE, 3)))
    assert [math.prod(part.shape) for part in got] == [SIZE * 3, SIZE * 9]
