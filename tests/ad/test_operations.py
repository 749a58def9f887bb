"""Every row of the table of operations, against mpmath, the interpreter and itself."""

import functools
import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import numpy as np
import pytest
from mpmath import mp

import ad
from ad.op import TABLE, Op, elementwise
from tests.ad.harness import assert_close, run
from tests.ad.references import (
    DERIVED,
    FLOORS,
    LIMITS,
    PARAMETERS,
    REFERENCES,
    SLOW_REFERENCES,
    Bessel,
    ByPartials,
    DerivativeOf,
    Limits,
    Reference,
)

EPS = 2.0**-52
ELEMENTWISE = [op for op in TABLE.values() if op.kind == "elementwise"]
ROWS = [
    pytest.param(op, params, id="-".join([op.name, *map(str, params.values())]))
    for op in ELEMENTWISE
    for params in PARAMETERS.get(op.name, ({},))
]
SMOOTH = [
    row
    for row in ROWS
    if row.values[0].pullback is not None and row.id != "where"  # type: ignore[union-attr]
]
DIFFERENTIATED = [
    row
    for row in SMOOTH
    if row.values[0].name not in DERIVED or row.values[1] == {"order": 0}  # type: ignore[union-attr]
]
FEWER_DIGITS = {REFERENCES[name] for name in SLOW_REFERENCES}
DISCRETE = {op.name for op in ELEMENTWISE if op.dtype == "b"} | {"where"}


def points(op: Op, count: int) -> list[np.ndarray[Any, Any]]:
    """Points of the row's domain, ends included, the same in every run."""
    rng = np.random.default_rng(zlib.crc32(op.name.encode()))
    drawn = [rng.uniform(low, high, count) for low, high in op.domain]
    for position, (low, high) in enumerate(op.domain):  # no tie at the ends: those are kinks
        drawn[position][:2] = (low, high) if position % 2 == 0 else (high, low)
    if op.name in DISCRETE:  # ties, and both truth values
        drawn[0][::2] = np.rint(drawn[0][::2])
        drawn[0][::3] = 0.0
        if len(drawn) == 2:
            drawn[1][::4] = drawn[0][::4]
    return drawn


def applied(op: Op, params: dict[str, Any], count: int) -> Callable[[Any], Any]:
    """The row as a function of one vector: its arguments, `count` elements each."""
    arity = len(op.domain)
    return lambda x: op(*(x[i * count : (i + 1) * count] for i in range(arity)), **params)


def exact(reference: Reference, params: dict[str, Any], order: tuple[int, ...]) -> Any:
    """Partial derivative of a reference at 60 digits (28, if it is slow), of floats."""
    if isinstance(reference, DerivativeOf):
        return exact(reference.function, {}, plus(order, reference.order(**params)))
    if isinstance(reference, ByPartials | Bessel) and any(order):
        axis = next(index for index, degree in enumerate(order) if degree)
        rest = tuple(degree - (index == axis) for index, degree in enumerate(order))
        return exact(reference.partials[axis], params, rest)
    return _exact(reference, tuple(params.items()), order)


@functools.cache
def _exact(
    reference: Reference, params: tuple[tuple[str, Any], ...], order: tuple[int, ...]
) -> Any:
    @functools.cache
    def at(*args: float) -> Any:
        with mp.workdps(28 if reference in FEWER_DIGITS else 60):
            here = [mp.mpf(arg) for arg in args]
            function: Reference = functools.partial(reference, **dict(params))
            if not any(order):
                return function(*here)
            if len(order) == 1:
                return mp.diff(function, here[0], order[0])
            return mp.diff(function, tuple(here), order)

    return at


def unit(arity: int, index: int) -> tuple[int, ...]:
    return tuple(int(position == index) for position in range(arity))


def plus(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))


def check_against_reference(
    got: Any,
    reference: Reference,
    params: dict[str, Any],
    order: tuple[int, ...],
    args: list[Any],
    *,
    ulps: float,
) -> None:
    """Each element within `ulps` eps, times one plus the condition number of the function."""
    arity = len(args)
    function = exact(reference, params, order)
    slopes = [exact(reference, params, plus(order, unit(arity, i))) for i in range(arity)]
    for position, xs in enumerate(zip(*args, strict=True)):
        want = function(*xs)
        spread = abs(want) + sum(abs(x * slope(*xs)) for x, slope in zip(xs, slopes, strict=True))
        error = abs(mp.mpf(float(got[position])) - want)
        # 1e-25: what the numerical derivative at 60 digits may itself be wrong by.
        limit = ulps * EPS * spread + mp.mpf(10) ** -25
        assert error <= limit, (
            f"order {order} at {xs}: got {got[position]!r}, want {mp.nstr(want, 20)}, "
            f"{float(error / (EPS * (spread + mp.mpf(10) ** -30))):.1f} eps (1 + condition)"
        )


def test_every_row_has_a_reference_and_a_domain() -> None:
    missing = [op.name for op in ELEMENTWISE if op.name not in REFERENCES or not op.domain]
    assert not missing
    assert not set(REFERENCES) - {op.name for op in ELEMENTWISE}


@pytest.mark.parametrize(("op", "params"), ROWS)
def test_value_is_the_reference(op: Op, params: dict[str, Any]) -> None:
    count = 5 if op.name in SLOW_REFERENCES else 23  # no multiple of the vector length
    args = points(op, count)
    x = np.concatenate(args)
    pair = run(applied(op, params, count), x, gradient=False)[0]
    order = (0,) * len(args)
    for values in (pair.native, pair.interpreted):
        if op.name in DISCRETE or op.name in ("sign", "floor", "ceil", "rint"):
            reference = exact(REFERENCES[op.name], params, order)
            want = [float(reference(*xs)) for xs in zip(*args, strict=True)]
            assert values.tolist() == want
        else:
            limit = LIMITS.get(op.name, Limits()).value
            check_against_reference(values, REFERENCES[op.name], params, order, args, ulps=limit)


@pytest.mark.parametrize(("op", "params"), ROWS)
def test_scalar_code_is_vector_code(op: Op, params: dict[str, Any]) -> None:
    count = 6
    x = np.concatenate(points(op, count))
    whole = applied(op, params, count)

    def one_by_one(x: Any) -> Any:
        arity = len(op.domain)
        return np.stack(
            [op(*(x[i * count + k] for i in range(arity)), **params) * 1.0 for k in range(count)]
        )

    vector = run(whole, x, gradient=False)[0].native
    scalar = run(one_by_one, x, gradient=False)[0].native
    assert vector.tolist() == scalar.tolist()


EDGES = (
    *(0.0, -0.0, math.inf, -math.inf, math.nan),
    *(5e-324, -5e-324, 1e-310, 2.3e-308, 1e308, -1e308, 1.7e308),
    *(1.0, -1.0, 0.5, -2.0, 3.0, -3.5, 1e-5, 40.0, -40.0, 710.0, -746.0),
)
# Of four arguments there are too many combinations, and sums cancel where all are large.
FEWER_EDGES = (*EDGES[:6], 1e308, 1.0, -1.0, 0.5, -2.0, 3.0)


@pytest.mark.parametrize(("op", "params"), ROWS)
def test_edges_native_is_interpreter(op: Op, params: dict[str, Any]) -> None:
    edges = EDGES if len(op.domain) < 4 else FEWER_EDGES
    lattice = np.array(list(product(edges, repeat=len(op.domain)))).T
    count = lattice.shape[1]
    pair = run(applied(op, params, count), lattice.ravel(), gradient=False)[0]
    with np.errstate(all="ignore"):
        floor = FLOORS[op.name](*lattice) if op.name in FLOORS else 0.0
        near = np.abs(pair.native - pair.interpreted) <= floor
    got = np.where(near, pair.interpreted, pair.native)
    rtol = LIMITS.get(op.name, Limits()).native * EPS
    assert_close(got, pair.interpreted, rtol=rtol, atol=1e-320, what=op.name)


def derivatives(op: Op, params: dict[str, Any], args: list[Any]) -> Iterator[tuple[Any, ...]]:
    """(order, how, values) for all first and second derivatives in every mode."""
    arity, ones = len(args), np.ones_like(args[0])

    def function(*xs: Any) -> Any:
        return op(*xs, **params)

    def reverse(*xs: Any) -> tuple[Any, ...]:
        return ad.vjp(function, *xs)[1](ones)

    def forward(i: int, *xs: Any) -> Any:
        return ad.jvp(function, xs, [ones * (i == k) for k in range(arity)])[1]

    slopes = reverse(*args)
    for i in range(arity):
        first = unit(arity, i)
        yield first, "reverse", slopes[i]
        yield first, "forward", forward(i, *args)
        twice = ad.vjp(lambda *xs, i=i: reverse(*xs)[i], *args)[1](ones)
        mixed = ad.vjp(lambda *xs, i=i: forward(i, *xs), *args)[1](ones)
        for j in range(arity):
            second = plus(first, unit(arity, j))
            direction = [ones * (j == k) for k in range(arity)]
            yield second, "reverse over reverse", twice[j]
            yield second, "reverse over forward", mixed[j]
            over = ad.jvp(lambda *xs, i=i: reverse(*xs)[i], args, direction)[1]
            yield second, "forward over reverse", over
            over = ad.jvp(lambda *xs, i=i: forward(i, *xs), args, direction)[1]
            yield second, "forward over forward", over


def check_derivatives(op: Op, reference: Reference, params: dict[str, Any]) -> None:
    """First and second derivatives of a row are those of the reference, in every mode."""
    few = 2 if len(op.domain) == 4 else 3
    args = points(op, few if op.name in SLOW_REFERENCES else 9)
    for order, how, values in derivatives(op, params, args):
        values = np.broadcast_to(values, args[0].shape)  # noqa: PLW2901 - a constant is a number
        limit = LIMITS.get(op.name, Limits())[sum(order)]
        try:
            check_against_reference(values, reference, params, order, args, ulps=limit)
        except AssertionError as error:
            raise AssertionError(f"{op.name}, {how}: {error}") from None


@pytest.mark.parametrize(("op", "params"), DIFFERENTIATED)
def test_derivatives_are_the_references(op: Op, params: dict[str, Any]) -> None:
    check_derivatives(op, REFERENCES[op.name], params)


@contextmanager
def registered(op: Op) -> Iterator[Op]:
    try:
        yield op
    finally:
        del TABLE[op.name]


@pytest.mark.parametrize("order", ["first", "second"])
def test_a_wrong_derivative_fails_the_same_check(order: str) -> None:
    factor = 1.0 + 1e-13
    wrong = {
        "first": lambda _, x: TABLE["cos"](x) * factor,
        # Right as a number, but without a derivative of its own.
        "second": lambda _, x: TABLE["stop_gradient"](TABLE["cos"](x)),
    }[order]
    op = elementwise(
        "wrong_sine",
        np.sin,
        partials=(wrong,),
        native=TABLE["sin"].native,
        domain=TABLE["sin"].domain,
    )
    with registered(op), pytest.raises(AssertionError, match=r"wrong_sine, \w+"):
        check_derivatives(op, REFERENCES["sin"], {})
    check_derivatives(TABLE["sin"], REFERENCES["sin"], {})


@pytest.mark.parametrize(("op", "params"), SMOOTH)
def test_native_gradient_is_the_interpreters(op: Op, params: dict[str, Any]) -> None:
    count = 23
    args = points(op, count)
    weights = np.linspace(0.5, 1.5, count)
    function = applied(op, params, count)
    pair = run(lambda x: np.sum(function(x) * weights), np.concatenate(args))[0]
    rtol = max(1e-13, LIMITS.get(op.name, Limits()).native * EPS)
    assert_close(pair.native_gradient, pair.interpreted_gradient, rtol=rtol, what=op.name)


@pytest.mark.parametrize("op", [op for op in ELEMENTWISE if op.pullback is None], ids=repr)
def test_flat_rows_have_derivative_zero(op: Op) -> None:
    count = 5
    args = points(op, count)

    def total(*xs: Any) -> Any:
        return np.sum(op(*xs) * 2.0) + 0.0 * xs[0][0]

    for slope in ad.grad(total, tuple(range(len(args))))(*args):
        assert np.asarray(slope).tolist() == [0.0] * count
    tangent = ad.jvp(total, args, [np.ones(count)] * len(args))[1]
    assert float(tangent) == 0.0
    function = applied(op, {}, count)
    pair = run(lambda x: np.sum(function(x) * 2.0), np.concatenate(args))[0]
    assert pair.native_gradient.tolist() == [0.0] * (count * len(args))


def test_where_selects_its_cotangent() -> None:
    condition = np.array([1.0, 0.0, 2.0, np.nan, -0.0])
    yes, no = np.arange(5.0), -np.arange(5.0)
    taken = [1.0, 0.0, 1.0, 1.0, 0.0]  # nan counts as true, as in Python
    _, pull = ad.vjp(TABLE["where"], condition, yes, no)
    of_condition, of_yes, of_no = pull(np.ones(5))
    assert of_condition.tolist() == [0.0] * 5
    assert of_yes.tolist() == taken
    assert of_no.tolist() == [1.0 - t for t in taken]
    # An infinite cotangent of the branch not taken stays out.
    gradient = ad.grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(np.array([0.0, 4.0]))
    assert gradient[1] == 0.25


def test_second_derivative_of_prod_where_two_are_zero() -> None:
    x = np.array([0.0, 0.0, 3.0])
    for i, row in enumerate([[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]):
        assert ad.hvp(np.prod, (x,), (np.eye(3)[i],)).tolist() == row


@pytest.mark.parametrize(
    ("shape", "strides"),
    [((3, 4), (1, 1)), ((4, 3), (2, 1)), ((2, 3, 2), (0, 2, 1)), ((3,), (-2,))],
)
def test_views_whose_elements_repeat(shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
    """An element that is seen several times has the sum of their cotangents."""
    offset = -min(0, sum((n - 1) * s for n, s in zip(shape, strides, strict=True)))
    weights = np.random.default_rng(3).normal(size=shape)

    def f(x: Any) -> Any:
        seen = TABLE["view"](x, shape=shape, offset=offset, strides=strides)
        return np.sum(weights * seen**2)

    x = np.random.default_rng(4).normal(size=12)
    places: Any = np.tensordot(strides, np.indices(shape), 1) + offset
    want = np.bincount(places.ravel(), (weights * 2.0 * x[places]).ravel(), minlength=12)
    np.testing.assert_allclose(ad.grad(f)(x), want, rtol=1e-13, atol=1e-13)
    native = ad.density(f, 12, x).logdensity_and_gradient(x)[1]
    np.testing.assert_allclose(native, want, rtol=1e-13, atol=1e-13)
