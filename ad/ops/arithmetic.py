"""Arithmetic: the four operations, powers, roots, absolute values, extremes and rounding."""

from typing import Any

import numpy as np

from ad.lower.emitter import call, instruction, intrinsic
from ad.op import TABLE, Value, elementwise

WIDE = (-30.0, 30.0)
POSITIVE = (1e-3, 30.0)


def _where(condition: Value, yes: Value, no: Value) -> Value:
    return TABLE["where"](condition, yes, no)


add = elementwise(
    "add",
    np.add,
    partials=(lambda _, x, y: 1.0, lambda _, x, y: 1.0),
    native=instruction("fadd"),
    domain=(WIDE, WIDE),
    summary="x + y",
)
subtract = elementwise(
    "subtract",
    np.subtract,
    partials=(lambda _, x, y: 1.0, lambda _, x, y: -1.0),
    native=instruction("fsub"),
    domain=(WIDE, WIDE),
    summary="x - y",
)
multiply = elementwise(
    "multiply",
    np.multiply,
    partials=(lambda _, x, y: y, lambda _, x, y: x),
    native=instruction("fmul"),
    domain=(WIDE, WIDE),
    summary="x y",
)
divide = elementwise(
    "divide",
    np.divide,
    partials=(lambda _, x, y: 1.0 / y, lambda out, x, y: -(out / y)),
    native=instruction("fdiv"),
    domain=(WIDE, POSITIVE),
    summary="x / y",
)
negative = elementwise(
    "negative",
    np.negative,
    partials=(lambda _, x: -1.0,),
    native=lambda b, x: b.negate(x),
    domain=(WIDE,),
    summary="-x",
)
square = elementwise(
    "square",
    np.square,
    partials=(lambda _, x: 2.0 * x,),
    native=lambda b, x: b.op("fmul", x, x),
    domain=(WIDE,),
    summary="x^2",
)
sqrt = elementwise(
    "sqrt",
    np.sqrt,
    partials=(lambda out, x: 0.5 / out,),
    native=intrinsic("sqrt"),
    domain=(POSITIVE,),
    summary="square root",
)


def _power_by_exponent(out: Value, x: Value, y: Value) -> Value:
    # x^y log x, whose limit at x = 0 is 0 for every y > 0.
    return _where(x > 0.0, out * TABLE["log"](_where(x > 0.0, x, 1.0)), 0.0)


def _power_by_base(_: Value, x: Value, y: Value) -> Value:
    # y x^(y - 1), which is 0 for y = 0, also at x = 0.
    return y * TABLE["power"](x, _where(TABLE["equal"](y, 0.0), 1.0, y) - 1.0)


power = elementwise(
    "power",
    np.power,
    partials=(_power_by_base, _power_by_exponent),
    native=call("pow"),
    domain=(POSITIVE, (-3.0, 3.0)),
    summary="x^y",
)
cbrt = elementwise(
    "cbrt",
    np.cbrt,
    partials=(lambda out, x: 1.0 / (3.0 * TABLE["square"](out)),),
    native=call("cbrt"),
    domain=(POSITIVE,),
    summary="cube root",
)
fmod = elementwise(
    "fmod",
    np.fmod,
    # x - trunc(x / y) y; the quotient steps where the result is 0, and the derivative is the
    # upper side's there.
    partials=(
        lambda _, x, y: 1.0,
        lambda out, x, y: -TABLE["rint"]((x - out) / y),
    ),
    native=instruction("frem"),
    domain=((7.1, 7.4), (2.0, 2.2)),
    summary="remainder of x / y with the sign of x",
)
nextafter = elementwise(
    "nextafter",
    np.nextafter,
    partials=(lambda _, x, y: 1.0, None),
    native=call("nextafter"),
    domain=(WIDE, WIDE),
    summary="next floating-point number from x towards y",
)
absolute = elementwise(
    "absolute",
    np.absolute,
    partials=(lambda _, x: TABLE["sign"](x),),
    native=intrinsic("fabs"),
    domain=((0.1, 30.0),),
    summary="|x|; derivative 0 at 0",
)


def _native_sign(b: Any, x: Any) -> Any:
    one = b.constant(1.0)
    up = b.select(b.compare("ogt", x, b.constant(0.0)), one, x)  # keeps 0, -0 and nan
    return b.select(b.compare("olt", x, b.constant(0.0)), b.constant(-1.0), up)


sign = elementwise("sign", np.sign, native=_native_sign, domain=((0.1, 30.0),), summary="sign of x")
floor = elementwise(
    "floor",
    np.floor,
    native=intrinsic("floor"),
    domain=((0.1, 0.9),),
    summary="largest integer <= x",
)
ceil = elementwise(
    "ceil", np.ceil, native=intrinsic("ceil"), domain=((0.1, 0.9),), summary="least integer >= x"
)
rint = elementwise(
    "rint",
    np.rint,
    native=intrinsic("nearbyint"),
    domain=((0.1, 0.4),),
    summary="nearest integer, ties to even",
)


def _share(x: Value, y: Value) -> Value:
    """Share of `x` in max(x, y): 1, 0, or a half each where they are equal."""
    return _where(x > y, 1.0, _where(TABLE["equal"](x, y), 0.5, 0.0))


def _native_extreme(predicate: str) -> Any:
    def native(b: Any, x: Any, y: Any) -> Any:
        chosen = b.select(b.compare(predicate, x, y), x, y)  # y where either is nan
        return b.select(b.compare("uno", x, x), x, chosen)  # so nan comes through

    return native


maximum = elementwise(
    "maximum",
    np.maximum,
    partials=(lambda _, x, y: _share(x, y), lambda _, x, y: _share(y, x)),
    native=_native_extreme("ogt"),
    domain=(WIDE, WIDE),
    summary="larger of x and y; derivative a half each at a tie",
)
minimum = elementwise(
    "minimum",
    np.minimum,
    partials=(lambda _, x, y: _share(y, x), lambda _, x, y: _share(x, y)),
    native=_native_extreme("olt"),
    domain=(WIDE, WIDE),
    summary="smaller of x and y; derivative a half each at a tie",
)
stop_gradient = elementwise(
    "stop_gradient",
    lambda x: x,
    native=lambda b, x: x,
    domain=(WIDE,),
    summary="x, as a constant to every derivative",
)
