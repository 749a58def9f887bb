"""Containers as arguments and results, in every transform."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import pytest

import ad
from ad.containers import flatten


class Line(NamedTuple):
    intercept: Any
    slope: Any


@dataclass
class Prior:
    loc: Any
    scale: Any
    name: str = "normal"


X = np.array([0.0, 1.0, 2.0])


def energy(line: Line, prior: Prior, rest: dict[str, Any]) -> Any:
    error = rest["y"][0] - line.intercept - line.slope * X
    assert prior.name == "given"
    return np.sum(error**2) + ((line.slope - prior.loc) / prior.scale) ** 2


ARGUMENTS = (
    Line(0.5, 2.0),
    Prior(1.0, 0.5, "given"),
    {"y": [np.array([1.0, 2.0, 4.0])], "unused": (3.0,)},
)
# By hand: the residuals are 0.5, -0.5, -0.5, and (slope - loc) / scale is 2.
RESIDUALS = np.array([0.5, -0.5, -0.5])


def test_gradients_are_nested_as_the_arguments() -> None:
    line, prior, rest = ad.grad(energy, argnums=(0, 1, 2))(*ARGUMENTS)
    assert isinstance(line, Line)
    assert line == (-2 * np.sum(RESIDUALS), -2 * RESIDUALS @ X + 2 * 2.0 / 0.5)
    assert prior == Prior(-2 * 2.0 / 0.5, -2 * 2.0**2 / 0.5, "given")
    assert rest["y"][0].tolist() == (2 * RESIDUALS).tolist()
    assert rest["unused"] == (0.0,)


def test_forward_mode_along_a_container() -> None:
    tangents = (Line(1.0, 0.0), Prior(0.0, 1.0, "ignored"), {"unused": (1.0,), "y": [np.ones(3)]})
    value, slope = ad.jvp(energy, ARGUMENTS, tangents)
    assert value == pytest.approx(0.75 + 4.0)
    assert slope == pytest.approx(-2 * np.sum(RESIDUALS) - 16.0 + 2 * np.sum(RESIDUALS))


def results(d: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return d["a"] * d["b"], {"sum": np.sum(d["b"])}


def test_reverse_mode_from_a_container() -> None:
    point = {"a": 2.0, "b": np.array([1.0, 3.0])}
    value, pull = ad.vjp(results, point)
    assert value[0].tolist() == [2.0, 6.0]
    assert value[1]["sum"] == 4.0
    (ct,) = pull((np.array([1.0, 10.0]), {"sum": 100.0}))
    assert ct["a"] == 31.0
    assert ct["b"].tolist() == [102.0, 120.0]


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobian_has_a_block_for_each_pair(mode: str) -> None:
    point = {"a": 2.0, "b": np.array([1.0, 3.0])}
    product, rest = ad.jacobian(results, mode=mode)(point)
    assert product["a"].tolist() == [1.0, 3.0]
    assert product["b"].tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert rest["sum"]["a"] == 0.0
    assert rest["sum"]["b"].tolist() == [1.0, 1.0]


def test_hessian_has_a_block_for_each_pair() -> None:
    blocks = ad.hessian(lambda line: line.intercept**2 * np.sum(line.slope**3))(
        Line(3.0, np.array([1.0, 2.0]))
    )
    assert blocks.intercept.intercept == 18.0
    assert blocks.intercept.slope.tolist() == [18.0, 72.0]
    assert blocks.slope.intercept.tolist() == [18.0, 72.0]
    assert blocks.slope.slope.tolist() == [[54.0, 0.0], [0.0, 108.0]]


def test_hessian_of_several_arguments() -> None:
    (aa, ab), (ba, bb) = ad.hessian(lambda a, b: a**2 * b, argnums=(0, 1))(3.0, 5.0)
    assert [float(part) for part in (aa, ab, ba, bb)] == [10.0, 6.0, 6.0, 0.0]
    assert ad.hessian(lambda a, b: a**2 * b, argnums=(1,))(3.0, 5.0) == ((0.0,),)


def test_products_with_the_hessian_of_containers() -> None:
    point = {"a": 2.0, "b": np.array([1.0, 3.0])}
    along = {"a": 1.0, "b": np.zeros(2)}
    moved = ad.hvp(lambda d: d["a"] ** 2 * np.sum(d["b"] ** 2), (point,), (along,))
    assert moved["a"] == 20.0
    assert moved["b"].tolist() == [8.0, 24.0]
    pair = ad.hvp(lambda a, b: a**2 * b, (3.0, 5.0), (1.0, 0.0))
    assert [float(part) for part in pair] == [10.0, 6.0]


def test_compiled_functions_return_containers() -> None:
    got = ad.compile(lambda x: Line(x[0], {"rest": [x[1:]]}))(np.array([1.0, 2.0, 3.0]))
    assert got.intercept == 1.0
    assert got.slope["rest"][0].tolist() == [2.0, 3.0]


def test_compiled_functions_take_containers() -> None:
    point = {"a": 2.0, "b": np.array([1.0, 3.0])}
    compiled = ad.compile(lambda d, line, how: (d["a"] * d["b"], line.slope if how else 0.0))
    for _ in range(2):
        product, slope = compiled(point, Line(0.0, 5.0), None)
        assert product.tolist() == [2.0, 6.0]
        assert slope == 0.0
    gradient = ad.compile(ad.grad(lambda d: np.sum(d["b"] ** 2) * d["a"]))(point)
    assert gradient["a"] == 10.0
    assert gradient["b"].tolist() == [4.0, 12.0]
    with pytest.raises(ad.errors.TraceError, match=r"argument 0\['a'\] must be an array of real"):
        compiled({"a": np.array(["x"]), "b": 1.0}, None, None)


def test_functions_of_functions_of_containers() -> None:
    # A derivative inside another sees the container it was given.
    def outer(d: dict[str, Any]) -> Any:
        inner = ad.grad(lambda e: e["x"] ** 3 * d["x"])({"x": d["x"]})
        return inner["x"]

    assert ad.grad(outer)({"x": 2.0})["x"] == pytest.approx(9 * 2.0**2)


def test_constants_stay_where_they_are() -> None:
    got = ad.grad(lambda d: d["x"] ** 2 if d["how"] == "square" else d["x"])(
        {"x": 3.0, "how": "square", "none": None, "f": np.sin}
    )
    assert got == {"x": 6.0, "how": "square", "none": None, "f": np.sin}


def test_a_subclass_of_dict_keeps_its_kind() -> None:
    class Named(dict[str, Any]):
        pass

    got = ad.grad(lambda d: d["x"] * 2.0)(Named(x=1.0))
    assert type(got) is Named


def test_structures_compare() -> None:
    assert flatten({"a": 1.0, "b": (2.0,)})[1] == flatten({"a": 5.0, "b": (6.0,)})[1]
    assert flatten((1.0,))[1] != flatten([1.0])[1]
    assert flatten({"a": "x"})[1] != flatten({"a": "y"})[1]
    assert flatten(())[1].size == 0


POINT = {"a": 1.0, "b": np.ones(2)}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ad.jvp(lambda d: d["a"], (POINT,), ({"a": 1.0},)),
            ad.errors.ShapeError,
            "tangent 0 must be a dict with",
        ),
        (
            lambda: ad.jvp(lambda d: d["a"], (POINT,), ({"a": 1.0, "b": np.ones(3)},)),
            ad.errors.ShapeError,
            "argument's shape",
        ),
        (
            lambda: ad.jvp(lambda d: d["a"], (POINT,), ({"a": 1.0, "b": [1.0, 1.0]},)),
            ad.errors.ShapeError,
            "must be an array",
        ),
        (
            lambda: ad.jvp(np.sin, cast("Any", 1.0), cast("Any", 1.0)),
            ad.errors.TraceError,
            r"Write \(x,\)",
        ),
        (lambda: ad.hvp(np.sin, cast("Any", 1.0), (1.0,)), ad.errors.TraceError, r"Write \(x,\)"),
        (
            lambda: ad.vjp(lambda d: {"y": d["b"]}, POINT)[1](np.ones(2)),
            ad.errors.ShapeError,
            "cotangent must be a dict",
        ),
        (
            lambda: ad.grad(lambda d: {"y": d["b"]})(POINT),
            ad.errors.ShapeError,
            r"scalar, got shape \(2,\)",
        ),
        (
            lambda: ad.grad(lambda d: (d["a"], d["a"]))(POINT),
            ad.errors.ShapeError,
            r"scalar, got shape \[\(\), \(\)\]",
        ),
        (
            lambda: ad.grad(lambda d: d["a"])({"a": 1.0, "b": np.array(["x"])}),
            ad.errors.TraceError,
            r"argument 0\['b'\] must be an array of real numbers",
        ),
        (
            lambda: ad.grad(lambda d: d["a"])({"a": 1.0, "b": np.array([1j])}),
            ad.errors.TraceError,
            "real numbers, got complex128",
        ),
        (lambda: ad.grad(lambda a: None)(1.0), ad.errors.ShapeError, "must be a scalar"),
        (lambda: ad.grad(lambda a: object())(1.0), ad.errors.TraceError, "must return real"),
        (lambda: ad.grad(lambda a: a, argnums=1)(1.0), ad.errors.TraceError, "argnums"),
        (lambda: ad.grad(lambda a: a, argnums=(0, 0))(1.0), ad.errors.TraceError, "once"),
        (lambda: ad.grad(lambda a: a, argnums=())(1.0), ad.errors.TraceError, "once"),
    ],
)
def test_what_does_not_fit(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert "test_containers.py:" in str(caught.value)


@pytest.mark.parametrize("value", [None, "text", np.sin])
def test_an_argument_that_is_no_number(value: Any) -> None:
    for call in (
        lambda: ad.grad(lambda x: 1.0)(value),
        lambda: ad.jacobian(lambda x: 1.0)(value),
        lambda: ad.vjp(lambda x: 1.0, value),
        lambda: ad.jvp(lambda x: 1.0, (value,), (value,)),
    ):
        with pytest.raises(ad.errors.TraceError, match="argument 0 must be an array of real"):
            call()
    assert ad.grad(lambda x, option: x * 2.0)(1.0, value) == 2.0
