"""Assignment to traced arrays: NumPy's own aliasing, and derivatives of what comes of it."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import ad
from ad.compiled import Paths
from ad.graph import reachable
from ad.tape import recording
from ad.traced import Traced
from tests.ad.harness import assert_agree, assert_close, run

X = np.array([0.31, -0.82, 1.27, 0.74, -0.43, 1.91, -1.36, 0.58, 0.17, -0.64, 1.05, 0.93])

Function = Callable[[Any], Any]


def differences(function: Function, x: Any) -> Any:
    """Derivatives by central differences of the function on plain arrays."""
    steps = 1e-5 * np.eye(x.size)
    return np.array([(function(x + s) - function(x - s)) / 2e-5 for s in steps])


def check(function: Function, x: Any = X) -> None:
    """A scalar function that assigns, on plain arrays, traced, and as native code."""
    want, slopes = function(x.copy()), differences(function, x)
    before = x.copy()
    value, gradient = ad.value_and_grad(function)(x)
    assert np.array_equal(x, before)  # the argument is the function's own
    assert_close(value, want, 1e-13, 1e-13, "value")
    assert_close(gradient, slopes, 1e-6, 1e-6, "gradient")
    (pair,) = run(function, x)
    assert_agree(pair, 1e-12, 1e-13)
    assert_close(pair.native[0], want, 1e-12, 1e-13, "native value")


# ---- any program of assignments, views and operations ----------------------------------------

VIEWS: list[Function] = [
    lambda a: a[1:],
    lambda a: a[::2],
    lambda a: a[::-1],
    lambda a: a[-1],
    lambda a: a[..., 0],
    lambda a: a[..., None],
    lambda a: a[None],
    lambda a: a[0, ...],
    lambda a: a.T,
    lambda a: a.reshape(-1),
    lambda a: a.reshape((a.size, 1)),
    lambda a: a.reshape((2, -1)),
    lambda a: a.ravel(),
    lambda a: np.ravel(a, order="F"),
    lambda a: np.swapaxes(a, 0, -1),
    np.flip,
    np.squeeze,
    np.atleast_2d,
    lambda a: np.moveaxis(a, 0, -1),
    lambda a: np.split(a, [1])[1],
    lambda a: np.expand_dims(a, 1),
    lambda a: a[1:, ...].T[..., :1],
]
COPIES: list[Function] = [
    lambda a: a.copy(),
    lambda a: +a,
    lambda a: a.flatten(),
    lambda a: a[[0, -1]],
    lambda a: a[np.arange(a.shape[0]) % 2 == 0],
    lambda a: np.take(a, [0, 0]),
    lambda a: a.astype(float),
    copy.deepcopy,
    lambda a: np.concatenate([a, a]),
    lambda a: np.where(a > 0, a, 0.5 * a),
    np.sin,
    lambda a: a.T * 2.0,
    np.zeros_like,
    lambda a: np.ones((2, 3), like=a),
    lambda a: np.array([a, 2 * a], like=a),
]
INDICES: list[Any] = [
    0,
    -1,
    slice(None),
    ...,
    slice(1, None),
    slice(None, None, 2),
    [0, -1],
    [0, 0],
    (..., 0),
    (slice(None), ..., slice(None, 1)),
    np.array([1, 0, 1]),
]
SET, ADD, SCALE, OUT, FILL, COPYTO, MASK, WHERE, SAME = range(9)


def numbers(limit: int = 999) -> Any:
    return st.integers(0, limit)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["view", "copy", "write"]), numbers(), numbers(), numbers(), numbers()
    ),
    min_size=3,
    max_size=10,
)


def chosen(options: list[Any], number: int) -> Any:
    return options[number % len(options)]


def write(pool: list[Any], numbers: tuple[int, ...], x: Any) -> None:
    """One assignment."""
    which, how, where, what = numbers
    a, b = chosen(pool, which), chosen(pool, what)
    kind = how % 9
    if kind == SET:
        index = chosen(INDICES, where)
        shape = np.shape(a[index])
        values = [x[what % 12], 0.25, np.sum(b), np.full(shape, 0.5), x[: a.shape[-1]]]
        if b.shape == shape:
            values = [b]
        a[index] = chosen(values, what)
    elif kind == ADD:
        a[chosen(INDICES, where)] += chosen([x[1], 0.5, np.mean(b)], what)
    elif kind == SCALE:
        a *= chosen([x[2], 0.5, np.tanh(np.sum(b))], what)
    elif kind == OUT:
        np.add(a, chosen([b, 1.0, x[3]], what), out=a)
    elif kind == FILL:
        a.fill(chosen([x[4], 0.125], what))
    elif kind == COPYTO:
        np.copyto(a, chosen([b, x[5], 2.0], what))
    elif kind == MASK:
        a[np.arange(a.size).reshape(a.shape) % 3 == where % 3] = chosen([x[6], 0.0], what)
    elif kind == WHERE:
        a[a > 0.4] = chosen([x[7], 0.1], what)
    elif b.shape == a.shape:
        a[...] = b
    else:
        np.multiply(a, 0.5, out=a, where=np.arange(a.shape[-1]) % 2 == 0)


def run_program(steps: Any, x: Any) -> Any:
    """What a program leaves in all its arrays, and which of its steps failed."""
    pool = [np.array(x, like=x), np.zeros((2, 3), like=x), np.array(x[:6], like=x).reshape(2, 3)]
    failed = []
    for step, (kind, *choice) in enumerate(steps):
        a = chosen(pool, choice[0])
        try:
            if kind == "write":
                write(pool, tuple(choice), x)
            else:
                made = chosen(VIEWS if kind == "view" else COPIES, choice[1])(a)
                if np.ndim(made) and np.size(made):
                    pool.append(made)
        except (ValueError, IndexError, TypeError) as error:
            if isinstance(error, ad.errors.TraceError):
                raise
            failed.append(step)
    everything = np.concatenate([np.ravel(a) for a in pool])
    return np.sum(everything * np.cos(np.arange(everything.size))), failed


def without_ties(steps: Any) -> bool:
    """Whether no comparison of the program is near a tie, where differences see a jump."""
    with np.errstate(all="ignore"):
        values = [run_program(steps, X + shift)[0] for shift in (-2e-5, -1e-5, 0.0, 1e-5, 2e-5)]
    return bool(np.all(np.abs(np.diff(values, 2)) < 1e-6))


def refused(error: ad.errors.TraceError) -> bool:
    """Refused, not wrong: written to after it was reshaped after a transposition."""
    return "view or a copy" in str(error)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example(steps=[("view", 0, 0, 0, 0), ("view", 0, 0, 0, 0), ("view", 1, 723, 0, 0)])
def test_a_program_of_writes_and_views_is_numpys(steps: Any) -> None:
    want, failed = run_program(steps, X.copy())
    traced_failed: list[Any] = []

    def function(x: Any) -> Any:
        value, errors = run_program(steps, x)
        traced_failed.append(errors)
        return value

    try:
        value, gradient = ad.value_and_grad(function)(X)
    except ad.errors.TraceError as error:
        assume(not refused(error))
        raise
    assert traced_failed[0] == failed
    assert_close(value, want, 1e-12, 1e-12, "value")
    if without_ties(steps):
        slopes = differences(lambda x: run_program(steps, x)[0], X)
        scale = float(np.abs(slopes).max(initial=1.0))
        assert_close(gradient, slopes, 1e-5, 1e-5 * scale, "gradient")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_a_program_of_writes_and_views_compiles(steps: Any) -> None:
    try:
        (pair,) = run(lambda x: run_program(steps, x)[0], X)
    except ad.errors.TraceError as error:
        assume(not refused(error))
        raise
    assert_agree(pair, 1e-11, 1e-12)
    assert_close(pair.native[0], run_program(steps, X.copy())[0], 1e-11, 1e-12)


def put(y: Any, index: Any, value: Any) -> Any:
    y[index] = value
    return np.sum(y)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: put(np.zeros(3), 0, x[0]),
        lambda x: put(np.zeros(3), slice(0, 2), x[0]),
        lambda x: put(np.zeros(3), 1, x[:1]),
        lambda x: put(np.zeros(3, int), 0, x[0]),
        lambda x: put(np.zeros((2, 3)), 0, x),
        lambda x: np.zeros(3).fill(x[0]),
    ],
)
@pytest.mark.parametrize("transform", [ad.grad, ad.compile])
def test_a_traced_value_put_into_a_plain_array_says_what_to_do(
    function: Function, transform: Any
) -> None:
    with pytest.raises(ad.errors.TraceError, match=r"test_inplace.py:.*like=x") as caught:
        transform(function)(np.ones(3))
    files = [str(entry.path) for entry in caught.traceback]
    assert any(file.endswith("test_inplace.py") for file in files[1:])  # the user's line too


def test_other_errors_of_values_stay_as_they_are() -> None:
    def function(x: Any) -> Any:
        try:
            put(np.zeros(3), 0, x[0])
        except ValueError as error:  # the user's own: NumPy's error is his to catch
            raise KeyError from error
        raise ValueError("no")

    with pytest.raises(KeyError):
        ad.grad(function)(np.ones(3))
    with pytest.raises(ValueError, match="mine"):
        ad.grad(lambda x: x[0] * int("mine"))(np.ones(3))


# ---- loops -----------------------------------------------------------------------------------


def autoregression(n: int) -> Function:
    def function(x: Any) -> Any:
        y = np.zeros(n, like=x)
        y[0] = x[0]
        for i in range(1, n):
            y[i] = 0.5 * x[1] * y[i - 1] + np.cos(i)
        return np.sum(y * y)

    return function


def second_order(n: int) -> Function:
    def function(x: Any) -> Any:
        y = np.empty(n, like=x)
        y[:2] = x[:2]
        for i in range(2, n):
            y[i] = 0.3 * x[2] * y[i - 1] - 0.2 * y[i - 2]
            y[i] += x[3]
        return np.sum(y[1:] * y[:-1])

    return function


def states(n: int) -> Function:
    def function(x: Any) -> Any:
        y = np.zeros((n, 3), like=x)
        y[0] = x[:3]
        matrix = 0.4 * x[3:].reshape(3, 3)
        for t in range(1, n):
            y[t] = np.tanh(matrix @ y[t - 1])
        return np.sum(y**2)

    return function


def vector_steps(n: int) -> Function:
    def function(x: Any) -> Any:
        y = np.zeros(n, like=x)
        for i in range(n):
            y[i] = np.exp(x[i % 12]) * i
        return np.sum(y)

    return function


def over_an_argument(n: int) -> Function:
    def function(x: Any) -> Any:
        y = np.repeat(x, -(-n // 12))[:n].copy()
        for i in range(1, n):
            y[i] += 0.5 * y[i - 1]
        return np.sum(np.sin(y))

    return function


LOOPS = [autoregression, second_order, states, vector_steps, over_an_argument]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_fills_an_array(loop: Callable[[int], Function]) -> None:
    check(loop(60))


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_fills_an_array_is_rolled(loop: Callable[[int], Function]) -> None:
    """The code is as long for twice as many iterations."""
    sizes = []
    for n in (240, 480):
        paths = Paths(loop(n), X, with_gradient=True)
        path = paths.paths[0]
        assert path.gradient is not None
        sizes.append(len(reachable([*path.outputs, path.gradient])))
    assert sizes[0] == sizes[1] < 150


@pytest.mark.parametrize(
    ("loop", "rows"), [(autoregression, 4), (second_order, 7), (states, 2), (over_an_argument, 3)]
)
def test_an_assignment_records_nothing(loop: Callable[[int], Function], rows: int) -> None:
    """Whatever the size of the array; it is put together once, at the end."""
    with recording() as tape:
        x = Traced(tape, tape.input(X), X)
        loop(500)(x)
    assert len(tape.rows) < rows * 500 + 20
    assert sum(row.op.name == "assemble" for row in tape.rows) <= 2


# ---- in every mode, at every level -----------------------------------------------------------


def filled(x: Any) -> Any:
    y = np.zeros((3, 4), like=x)
    y[1] = x[:4] ** 2
    row = y[1]
    row[0] = x[5] * x[6]
    y[2, 1:] += row[:3] * x[7]
    y[:, 3] = np.sin(x[:3])
    y[0, :3][y[0, :3] < 0.2] = 0.5
    return np.sum(y * y)


def built(x: Any) -> Any:
    """The same without assignment."""
    row = np.concatenate([np.stack([x[5] * x[6]]), x[1:4] ** 2])
    first = np.concatenate([np.full(3, 0.5), np.stack([np.sin(x[0])])])
    second = np.concatenate([row[:3], np.stack([np.sin(x[1])])])
    third = np.concatenate([np.zeros(1), row[:2] * x[7], np.stack([np.sin(x[2])])])
    y = np.stack([first, second, third])
    return np.sum(y * y)


def test_modes() -> None:
    check(filled)
    direction = np.cos(np.arange(12.0))
    assert_close(ad.grad(filled)(X), ad.grad(built)(X), 1e-14, 1e-14)
    assert_close(ad.hessian(filled)(X), ad.hessian(built)(X), 1e-13, 1e-14)
    for function in (ad.jvp, ad.hvp):
        got, want = (function(f, (X,), (direction,)) for f in (filled, built))
        assert_close(np.hstack(got), np.hstack(want), 1e-13, 1e-14)
    points = np.stack([X, 0.5 * X, X[::-1].copy()])
    rows = [built(point) for point in points]
    assert_close(ad.vmap(filled)(points), rows, 1e-14)
    slopes = [ad.grad(built)(point) for point in points]
    assert_close(ad.vmap(ad.grad(filled))(points), slopes, 1e-13, 1e-14)
    assert_close(ad.taylor(filled, X, direction, 3), ad.taylor(built, X, direction, 3), 1e-12)


def test_inner_functions_have_arrays_of_their_own() -> None:
    def step(carry: Any, x: Any) -> Any:
        both = np.zeros(2, like=carry)
        both[0] = carry * 0.5
        both[1] = x
        both *= 2.0
        return np.sum(both), both

    def function(x: Any) -> Any:
        y = x.copy()
        y[3] = y[0] * y[1]
        last, kept = ad.scan(step, y[0], y)
        inner = ad.grad(lambda z: filled(z) * y[3])(y)
        chosen = ad.cond(last > 0, filled, np.sum, y)
        return last + np.sum(kept) + np.sum(inner) + chosen

    def plain(x: Any) -> Any:
        y = np.concatenate([x[:3], np.stack([x[0] * x[1]]), x[4:]])
        last, kept = y[0], []
        for value in y:
            kept += [last * 1.0, value * 2.0]
            last = kept[-2] + kept[-1]
        inner = ad.grad(built)(y) * y[3]
        chosen = built(y) if last > 0 else np.sum(y)
        return last + sum(kept) + np.sum(inner) + chosen

    assert_close(function(X), plain(X), 1e-12)
    assert_close(ad.grad(function)(X), ad.grad(plain)(X), 1e-12, 1e-12)
    (pair,) = run(function, X)
    assert_agree(pair, 1e-12, 1e-12)


def test_a_pullback_keeps_the_value_it_was_made_at() -> None:
    def function(x: Any) -> Any:
        y = x[:3] * 1.0
        _, pull = ad.vjp(lambda z: z * z, y)
        outer = y.copy()
        inner = ad.grad(lambda z: np.sum(z * z * outer))(y)
        y[:] = 0.0
        outer[:] = 100.0
        return np.sum(pull(np.ones(3))[0]) + np.sum(inner)

    slopes = ad.grad(function)(X)
    assert_close(slopes[:3], 2.0 + 4.0 * X[:3], 1e-14)


def test_values_listed_are_numpys() -> None:
    """A number taken out of an array stays; a row follows the array."""

    def function(x: Any) -> Any:
        y = np.array([[1.0, 2.0], [3.0, 4.0]], like=x)
        number, row, picked = y[0, 0], y[0], y[[0]]
        y += x[0]
        y[0, 0] = x[1]
        number += 1.0
        return np.stack([number, row[0], row[1], picked[0, 0]])

    want = function(X.copy())
    assert_close(ad.jacobian(function)(X)[:, 0], [0.0, 0.0, 1.0, 0.0], 1e-15)
    assert_close(ad.jacobian(function)(X)[:, 1], [0.0, 1.0, 0.0, 0.0], 1e-15)
    assert_close(ad.compile(function)(X), want, 1e-15)


def test_arrays_of_ads_own_are_copies() -> None:
    def function(x: Any) -> Any:
        y = ad.array([0.0, 0.0, 1.0])
        z = ad.array(x[:3])
        y[0] = x[0] * x[1]
        z[1] = y[0]
        return np.sum(y * x[:3]) + np.sum(z)

    a, b = X[:2]
    assert_close(ad.grad(function)(X)[:3], [2 * a * b + 1 + b, a * a + a, 2.0], 1e-14)
    assert isinstance(ad.array([1.0, 2.0]), np.ndarray)


def test_types_are_the_arrays() -> None:
    def function(x: Any) -> Any:
        truths = np.zeros(4, dtype=bool, like=x)
        truths[1:3] = x[:2] > 0
        truths[3] = True
        y = np.zeros(4, like=x)
        y[:2] = truths[1:3]
        y[2:] = [1, x[0]]
        return np.where(truths, y, -1.0) * x[:4]

    assert_close(ad.compile(function)(X), function(X.copy()), 1e-15)
    assert_close(ad.vmap(function)(np.stack([X, -X]))[1], function(-X), 1e-15)


# ---- what is refused -------------------------------------------------------------------------


def into_outer(x: Any) -> Any:
    y = x * 1.0

    def body(carry: Any, _: Any) -> Any:
        y[0] = 1.0
        return carry, carry

    ad.scan(body, x[0], x)
    return np.sum(y)


def into_outer_of_a_derivative(x: Any) -> Any:
    y = x * 1.0

    def inner(z: Any) -> Any:
        y[:3] += z
        return np.sum(y)

    return np.sum(ad.grad(inner)(x[:3]))


def unsure_write(x: Any) -> Any:
    y = x.reshape(3, 4).T * 2.0
    y.ravel()[0] = 1.0
    return np.sum(y)


def unsure_read(x: Any) -> Any:
    y = x.reshape(3, 4).T * 2.0
    flat = y.ravel()
    y[0, 0] = 1.0
    return np.sum(flat)


def assigned(index: Any, value: Any) -> Function:
    def function(x: Any) -> Any:
        y = x.reshape(3, 4)
        y[index] = value(x) if callable(value) else value
        return np.sum(y)

    return function


def read_only(x: Any) -> Any:
    np.broadcast_to(x, (2, 12))[0] = 1.0
    return np.sum(x)


def number(x: Any) -> Any:
    y = x[0] * 2.0
    y[...] = 1.0
    return y


def larger(x: Any) -> Any:
    y = x[:1] * 1.0
    y += x
    return np.sum(y)


def into_truths(x: Any) -> Any:
    y = x > 0
    y += x
    return np.sum(y)


def into_integers(x: Any) -> Any:
    y = np.zeros(3, dtype=int, like=x)
    y[0] = x[0]
    return np.sum(y)


REFUSED: dict[str, tuple[Function, type[Exception], str]] = {
    "outer array": (into_outer, ad.errors.TraceError, "outer function"),
    "outer of a derivative": (into_outer_of_a_derivative, ad.errors.TraceError, "outer function"),
    "unsure write": (unsure_write, ad.errors.TraceError, "view or a copy"),
    "unsure read": (unsure_read, ad.errors.TraceError, "view or a copy"),
    "read-only": (read_only, ValueError, "read-only"),
    "number": (number, ad.errors.TraceError, "another value"),
    "larger": (larger, ad.errors.ShapeError, r"\(12,\) for \(1,\)"),
    "truths": (into_truths, ad.errors.TraceError, "dtype=float"),
    "integers": (into_integers, ad.errors.TraceError, "like=x"),
    "shape": (assigned(0, lambda x: x[:3]), ad.errors.ShapeError, r"\(3,\) for .* \(4,\)"),
    "element": (assigned((0, 0), lambda x: x[:1]), ad.errors.ShapeError, "a number"),
    "plain shape": (assigned(0, np.ones(3)), ad.errors.ShapeError, r"\(3,\) for .* \(4,\)"),
    "out of range": (assigned(3, 1.0), IndexError, "out of bounds"),
    "text": (assigned(0, "text"), ad.errors.TraceError, "must be numbers"),
    "objects": (assigned(0, {}), ad.errors.TraceError, "must be numbers"),
    "traced index": (lambda x: assigned(x[0], 1.0)(x), ad.errors.TraceError, "np.where"),
    "many at a traced mask": (
        lambda x: assigned(x.reshape(3, 4) > 0, np.ones(2))(x),
        ad.errors.TraceError,
        "np.where",
    ),
}


@pytest.mark.parametrize(("function", "kind", "advice"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(function: Function, kind: type[Exception], advice: str) -> None:
    with pytest.raises(Exception, match=advice) as raised:
        ad.grad(function)(X)
    error: BaseException | None = raised.value
    if not isinstance(error, kind):
        # NumPy answers a[0] = x with its own ValueError, and gives ours as the cause.
        error = raised.value.__cause__
    assert isinstance(error, kind)
    if kind is not IndexError:
        assert "test_inplace.py:" in str(error)


# ---- growing slices ----------------------------------------------------------------------------


def growing(x: Any, count: int) -> Any:
    """Each element is computed from all before it."""
    y = np.zeros(count, like=x)
    y[0] = x[0]
    for k in range(1, count):
        y[k] = 0.5 * np.sin(np.sum(y[:k]) + x[k % x.size])
    return np.sum(y**2)


def test_a_growing_slice_has_its_value_and_derivatives() -> None:
    check(lambda x: growing(x, 40))
    hessian = ad.hessian(lambda x: growing(x, 40))(X)
    want = differences(ad.grad(lambda x: growing(x, 40)), X)
    assert_close(hessian, want, 1e-6, 1e-6, "hessian")


@pytest.mark.parametrize("count", [50, 200])
def test_a_growing_slice_is_put_together_from_few_parts(count: int) -> None:
    with recording() as tape:
        growing(Traced(tape, tape.input(X), X), count)
    parts = sum(len(row.args) for row in tape.rows if row.op.name == "assemble")
    assert parts <= 10 * count  # step k once took k of them


def test_elements_written_after_a_slice_was_read_are_the_new_ones() -> None:
    def function(x: Any) -> Any:
        y = np.zeros(12, like=x)
        for k in range(12):
            y[k] = x[k] ** 2
        total = np.sum(y[:11] * np.arange(11.0))
        y[3], y[2:9:3] = x[0], x[5] * x[:3]
        total = total + np.sum(np.sin(y[1:]) * y[:-1])
        y[:] = y[::-1].copy() * x
        return total + np.sum(y**3) + y[4]

    check(function)
