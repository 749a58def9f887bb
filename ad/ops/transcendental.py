"""Exponentials, logarithms, trigonometric and hyperbolic functions."""

from typing import Any

import numpy as np

from ad.lower.emitter import call
from ad.op import TABLE, Op, Value, elementwise

exp = elementwise(
    "exp",
    np.exp,
    partials=(lambda out, x: out,),
    native=call("exp"),
    domain=((-30.0, 30.0),),
    summary="e^x",
)
expm1 = elementwise(
    "expm1",
    np.expm1,
    partials=(lambda _, x: TABLE["exp"](x),),
    native=call("expm1"),
    domain=((-30.0, 30.0),),
    summary="e^x - 1",
)
log = elementwise(
    "log",
    np.log,
    partials=(lambda _, x: 1.0 / x,),
    native=call("log"),
    domain=((1e-6, 1e6),),
    summary="natural logarithm",
)
log1p = elementwise(
    "log1p",
    np.log1p,
    partials=(lambda _, x: 1.0 / (1.0 + x),),
    native=call("log1p"),
    domain=((-0.9, 1e6),),
    summary="log(1 + x)",
)
sin = elementwise(
    "sin",
    np.sin,
    partials=(lambda _, x: TABLE["cos"](x),),
    native=call("sin"),
    domain=((-30.0, 30.0),),
    summary="sine",
)
cos = elementwise(
    "cos",
    np.cos,
    partials=(lambda _, x: -TABLE["sin"](x),),
    native=call("cos"),
    domain=((-30.0, 30.0),),
    summary="cosine",
)
tan = elementwise(
    "tan",
    np.tan,
    partials=(lambda out, x: 1.0 + TABLE["square"](out),),
    native=call("tan"),
    domain=((-1.4, 1.4),),
    summary="tangent",
)
arcsin = elementwise(
    "arcsin",
    np.arcsin,
    partials=(lambda _, x: 1.0 / TABLE["sqrt"](1.0 - TABLE["square"](x)),),
    native=call("asin"),
    domain=((-0.9, 0.9),),
    summary="inverse sine",
)
arccos = elementwise(
    "arccos",
    np.arccos,
    partials=(lambda _, x: -1.0 / TABLE["sqrt"](1.0 - TABLE["square"](x)),),
    native=call("acos"),
    domain=((-0.9, 0.9),),
    summary="inverse cosine",
)
arctan = elementwise(
    "arctan",
    np.arctan,
    partials=(lambda _, x: 1.0 / (1.0 + TABLE["square"](x)),),
    native=call("atan"),
    domain=((-30.0, 30.0),),
    summary="inverse tangent",
)
sinh = elementwise(
    "sinh",
    np.sinh,
    partials=(lambda _, x: TABLE["cosh"](x),),
    native=call("sinh"),
    domain=((-10.0, 10.0),),
    summary="hyperbolic sine",
)
cosh = elementwise(
    "cosh",
    np.cosh,
    partials=(lambda _, x: TABLE["sinh"](x),),
    native=call("cosh"),
    domain=((-10.0, 10.0),),
    summary="hyperbolic cosine",
)
tanh = elementwise(
    "tanh",
    np.tanh,
    # 1 - tanh^2 cancels in the tails, and cosh^2 overflows.
    partials=(lambda _, x: 4.0 * TABLE["expit_slope"](2.0 * x),),
    native=call("tanh"),
    domain=((-10.0, 10.0),),
    summary="hyperbolic tangent",
)

arcsinh = elementwise(
    "arcsinh",
    np.arcsinh,
    partials=(lambda _, x: 1.0 / TABLE["sqrt"](1.0 + TABLE["square"](x)),),
    native=call("asinh"),
    domain=((-30.0, 30.0),),
    summary="inverse hyperbolic sine",
)
arccosh = elementwise(
    "arccosh",
    np.arccosh,
    partials=(lambda _, x: 1.0 / TABLE["sqrt"]((x - 1.0) * (x + 1.0)),),
    native=call("acosh"),
    domain=((1.1, 30.0),),
    summary="inverse hyperbolic cosine",
)
arctanh = elementwise(
    "arctanh",
    np.arctanh,
    partials=(lambda _, x: 1.0 / (1.0 - TABLE["square"](x)),),
    native=call("atanh"),
    domain=((-0.9, 0.9),),
    summary="inverse hyperbolic tangent",
)


def _over_square(x: Value, y: Value, part: Value) -> Value:
    """``part / (x^2 + y^2)``, and 0 at the origin; the larger of x and y is taken out first."""
    where, size = TABLE["where"], TABLE["hypot"](x, y)
    origin = TABLE["equal"](size, 0.0)
    size = where(origin, 1.0, size)
    return where(origin, 0.0, part / size / size)


arctan2 = elementwise(
    "arctan2",
    np.arctan2,
    partials=(lambda _, y, x: _over_square(x, y, x), lambda _, y, x: -_over_square(x, y, y)),
    native=call("atan2"),
    domain=((-30.0, 30.0), (1e-3, 30.0)),
    summary="angle of the point (x, y), arguments y, x; derivative 0 at the origin",
)


def _share(x: Any, y: Any) -> Any:
    length = np.hypot(x, y)
    return np.where(length == 0.0, 0.0, x / np.where(length == 0.0, 1.0, length))


def _native_share(b: Any, x: Any, y: Any) -> Any:
    length, zero = b.call("hypot", x, y), b.constant(0.0)
    origin = b.compare("oeq", length, zero)
    return b.select(origin, zero, b.op("fdiv", x, b.select(origin, b.constant(1.0), length)))


# A row of its own, since x / hypot(x, y) differentiated by x is a difference that cancels.
hypot_share: Op = elementwise(
    "hypot_share",
    _share,
    partials=(
        lambda out, x, y: _per_length(TABLE["square"](hypot_share(y, x)), x, y),
        lambda out, x, y: -_per_length(out * hypot_share(y, x), x, y),
    ),
    native=_native_share,
    domain=((-30.0, 30.0), (1e-3, 30.0)),
    summary="x / hypot(x, y), 0 at the origin",
)


def _per_length(value: Value, x: Value, y: Value) -> Value:
    length = TABLE["hypot"](x, y)
    return value / TABLE["where"](TABLE["equal"](length, 0.0), 1.0, length)


hypot = elementwise(
    "hypot",
    np.hypot,
    partials=(lambda _, x, y: hypot_share(x, y), lambda _, x, y: hypot_share(y, x)),
    native=call("hypot"),
    domain=((-30.0, 30.0), (1e-3, 30.0)),
    summary="sqrt(x^2 + y^2); derivative 0 at the origin",
)
