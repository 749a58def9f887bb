"""Views of arrays that were never assigned to: one row each, by plans that are made once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad import plain_views
from ad.tape import Tape, recording
from ad.traced import Traced, value_of

Function = Callable[[Any], Any]

X = np.cos(np.arange(24.0))
PARENTS: dict[str, Function] = {
    "a vector": lambda x: x,
    "a matrix": lambda x: x.reshape(4, 6),
    "a cube": lambda x: x.reshape(2, 3, 4),
    "a unit axis": lambda x: x.reshape(1, 24),
    "one element": lambda x: x[:1],
    "a slice": lambda x: x[2:20],
    "every other": lambda x: x[::2],
    "columns": lambda x: x.reshape(4, 6)[:, 1:4],
    "turned": lambda x: x.reshape(4, 6).T,
    "turned over": lambda x: x.reshape(4, 6)[::-1],
    "repeated": lambda x: np.broadcast_to(x, (2, 24)),
    "computed of a turned one": lambda x: np.exp(x.reshape(4, 6).T),
    "copied as it lies": lambda x: np.copy(x.reshape(4, 6).T),
    "conditions": lambda x: x > 0.2,
    "a matrix of conditions": lambda x: x.reshape(4, 6) > 0.2,
}
CALLS: dict[str, Function] = {
    "T": lambda a: a.T,
    "transpose": np.transpose,
    "transpose by axes": lambda a: np.transpose(a, tuple(range(a.ndim))[::-1]),
    "reshape": lambda a: a.reshape(-1),
    "reshape to two": lambda a: np.reshape(a, (-1, 1)),
    "reshape to the same": lambda a: np.reshape(a, a.shape),
    "ravel": np.ravel,
    "broadcast_to": lambda a: np.broadcast_to(a, (3, *a.shape)),
    "broadcast_to the same": lambda a: np.broadcast_to(a, a.shape),
    "expand_dims": lambda a: np.expand_dims(a, 0),
    "expand_dims, by keyword": lambda a: np.expand_dims(a, axis=-1),
    "squeeze": np.squeeze,
    "swapaxes": lambda a: np.swapaxes(a, 0, -1),
    "moveaxis": lambda a: np.moveaxis(a, source=0, destination=-1),
    "flip": np.flip,
    "flip one axis": lambda a: np.flip(a, axis=0),
    "a row": lambda a: a[0],
    "the last row": lambda a: a[-1],
    "rows": lambda a: a[0:1],
    "no rows": lambda a: a[1:1],
    "a column": lambda a: a[..., 0],
    "in the middle": lambda a: a[:, None],
    "backwards": lambda a: a[::-1],
    "all": lambda a: a[...],
    "one element": lambda a: a[(0,) * a.ndim],
    "one element, as an array": lambda a: a[(..., *(0,) * a.ndim)],
}


def traced(function: Function, x: Any = X) -> tuple[Any, Tape]:
    """A function's result as a value, and the tape."""
    with recording() as tape:
        found = function(Traced(tape, tape.input(x), x))
        return value_of(found), tape


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("parent", PARENTS)
def test_views_are_numpys(parent: str, call: str) -> None:
    def program(x: Any) -> Any:
        return CALLS[call](PARENTS[parent](x))

    want = program(X)
    for _ in range(2):  # the second time by the plan that was kept
        found, _ = traced(program)
        assert np.array_equal(found, want)
        assert found.shape == want.shape
        assert found.dtype == want.dtype
        assert found.ndim or isinstance(found, np.generic)  # numbers are numbers


@pytest.mark.parametrize("call", [name for name in CALLS if "broadcast" not in name])
@pytest.mark.parametrize("parent", [name for name in PARENTS if "cond" not in name])
def test_what_is_written_to_a_view_is_written_where_numpy_writes_it(parent: str, call: str) -> None:
    def program(x: Any) -> Any:
        a = PARENTS[parent](1.0 * x)
        view = CALLS[call](a)
        before = a + 0.0
        if np.ndim(view) and parent != "repeated":
            view[...] = 2.0 * view + 1.0
        return np.concatenate([np.ravel(a), np.ravel(view), np.ravel(before)])

    want = program(X)
    for _ in range(2):
        try:
            found, _ = traced(program)
        except ad.errors.TraceError as error:  # which tells that it is not known what NumPy does
            assert "reshaped after a transposition" in str(error)  # noqa: PT017 - not in all cases
            assert parent.startswith(("turned", "computed", "columns", "copied"))
            return
        assert np.array_equal(found, want)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: a.T,
        lambda a: a.reshape(3, 8),
        lambda a: np.reshape(a, -1),
        lambda a: np.broadcast_to(a, (2, 4, 6)),
        lambda a: np.expand_dims(a, axis=0),
        lambda a: np.flip(a, 1),
        lambda a: a[1],
        lambda a: a[:, 1],
        lambda a: a[1:3, ::2],
    ],
)
def test_a_view_is_one_row_of_the_callers_line(call: Function) -> None:
    def program(x: Any) -> Any:
        a = x.reshape(4, 6)
        for _ in range(3):
            view = call(a)
        return view

    _, tape = traced(program)
    rows = tape.rows[2:]
    assert len(rows) == 3
    assert len({row.site for row in rows}) == 1
    assert not rows[0].value.flags.writeable or rows[0].op.name == "reshape"
    assert all(row.args == rows[0].args and row.params == rows[0].params for row in rows)


MARKED: dict[str, tuple[Function, str, tuple[int, ...]]] = {
    "reshape": (lambda x: x.reshape(4, 6), "reshape", (4, 6)),
    "a row": (lambda x: x.reshape(4, 6)[1], "view", (6,)),
    "a block": (lambda x: x.reshape(4, 6)[1:3, ::2], "view", (2, 3)),
    "T": (lambda x: x.reshape(4, 6).T, "view", (6, 4)),
    "a slice": (lambda x: x[2:7], "view", (5,)),
    "a new axis": (lambda x: x[:, None], "view", (24, 1)),
    "repeated": (lambda x: np.broadcast_to(x, (2, 24)), "broadcast_to", (2, 24)),
    "an element": (lambda x: x[3], "view", ()),
    "an element of a matrix": (lambda x: x.reshape(4, 6)[1, 2], "view", ()),
    "by a table": (lambda x: x[np.array([1, 1, 2])], "gather", (3,)),
    "all of it": (lambda x: np.exp(x).reshape(24), "exp", (24,)),
}


def mark(op: Any, _: Any, __: Any, result: Any) -> Any:
    return op.name, result.shape


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize("name", MARKED)
def test_views_are_marked(name: str, numbers: bool) -> None:
    function, op, shape = MARKED[name]
    traced(function)  # the plan is there before there are marks
    with ad.tagging(mark, numbers=numbers), recording() as tape:
        view = function(Traced(tape, tape.input(X), X))
        if shape or numbers:
            assert ad.tag_of(view) == (op, shape)


def test_plans_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_views, "MOST_PLANS", 4)
    monkeypatch.setattr(plain_views, "_PLANS", {})
    for size in range(1, 12):
        found, _ = traced(lambda x, n=size: np.broadcast_to(x, (n, 24)))  # type: ignore[misc]
        assert found.shape == (size, 24)
        assert len(plain_views._PLANS) <= 4


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (lambda x: np.reshape(x, (1, 24)), lambda x: np.reshape(x, (1.0, 24.0))),  # type: ignore[type-var]
        (lambda x: np.expand_dims(x, 1), lambda x: np.expand_dims(x, 1.0)),  # type: ignore[call-overload]
        (lambda x: np.flip(x, axis=0), lambda x: np.flip(x, axis=0.0)),  # type: ignore[call-overload]
        (lambda x: x[1:3], lambda x: x[1.0:3.0]),
        (lambda x: x.reshape(4, 6)[1], lambda x: x.reshape(4, 6)[1.0]),
    ],
)
def test_arguments_equal_to_those_of_a_plan_are_refused_as_numpy_does(
    right: Function, wrong: Function
) -> None:
    with pytest.raises((TypeError, IndexError)):
        wrong(X)
    traced(right)
    with pytest.raises((TypeError, IndexError)):
        traced(wrong)


def test_shapes_that_do_not_fit_are_told_of_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ad.errors.ShapeError, match="broadcast_to"):
            traced(lambda x: np.broadcast_to(x, (3, 5)))
        with pytest.raises(ValueError, match="reshape"):
            traced(lambda x: x.reshape(5, 5))
        with pytest.raises(ValueError, match="axis"):
            traced(lambda x: np.swapaxes(x, 0, 3))


STACKS: dict[str, Function] = {
    "numbers": lambda x: np.stack([x[0], x[1], 2.5]),
    "vectors": lambda x: np.stack([x, 2.0 * x, X]),
    "along the last axis": lambda x: np.stack([x, 2.0 * x], axis=-1),
    "matrices in the middle": lambda x: np.stack([x.reshape(4, 6), np.ones((4, 6))], axis=1),
    "turned": lambda x: np.stack([x.reshape(4, 6).T, x.reshape(6, 4)], axis=2),
    "one": lambda x: np.stack([x]),
    "nothing": lambda x: np.stack([x[:0], x[:0]]),
    "conditions and numbers": lambda x: np.stack([x > 0.0, x]),
    "concatenated": lambda x: np.concatenate([x, X[:3], x[:0]]),
    "columns": lambda x: np.concatenate([x.reshape(4, 6), np.ones((4, 1))], axis=-1),
}


@pytest.mark.parametrize("name", STACKS)
def test_arrays_are_joined_as_numpy_does(name: str) -> None:
    function = STACKS[name]
    want = function(X)
    for _ in range(2):
        found, _ = traced(function)
        assert found.shape == want.shape
        assert np.array_equal(found, want)
    if want.size:
        weights = np.sin(np.arange(1.0, want.size + 1.0)).reshape(want.shape)
        units = np.eye(X.size)
        slopes = [
            np.sum(weights * (function(X + 1e-6 * unit) - function(X - 1e-6 * unit))) / 2e-6
            for unit in units
        ]
        gradient = ad.grad(lambda x: np.sum(weights * function(x)))(X)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-8, atol=1e-8)


def test_a_stack_is_one_row() -> None:
    _, tape = traced(lambda x: np.stack([x, x], axis=1))
    assert [row.op.name for row in tape.rows[1:]] == ["assemble"]


@pytest.mark.parametrize("axis", [2, -4, 0.0])
def test_an_axis_that_is_not_there(axis: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        traced(lambda x: np.stack([x, x], axis=axis))
    with pytest.raises((ValueError, TypeError)):
        traced(lambda x: np.concatenate([x, x], axis=axis))
    with pytest.raises(ValueError, match="one shape"):
        traced(lambda x: np.stack([x, x[:2]]))
