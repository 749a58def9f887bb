"""Bessel functions, differentiable in the argument and the order.

Values are SciPy's. Derivatives of K and I in the order are rows of their own, by the formulas of
`ad.vectormath.shapes.bessel`, which also serve the logarithms that neither overflow nor underflow.
"""

from collections.abc import Callable

from ad.lower.emitter import call
from ad.op import TABLE, Value, elementwise
from ad.ops.formulas import formula
from ad.ops.special import scipy_special

ORDER, POSITIVE = (0.1, 20.0), (0.1, 40.0)

# ---- K -------------------------------------------------------------------------------------------

kve_moment = elementwise(
    "kve_moment",
    **formula("kve_moment", "n", "m"),
    partials=(
        lambda _, v, x, n, m: TABLE["kve_moment"](v, x, n=n + 1, m=m),
        lambda _, v, x, n, m: -TABLE["kve_moment"](v, x, n=n, m=m + 1),
    ),
    domain=(ORDER, POSITIVE),
    summary="derivative of kve(v, x), n times in v and m times in -x",
)
kve = elementwise(
    "kve",
    scipy_special("kve"),
    partials=(
        lambda _, v, x: TABLE["kve_moment"](v, x, n=1, m=0),
        lambda _, v, x: -TABLE["kve_moment"](v, x, n=0, m=1),
    ),
    native=call("kve"),
    domain=(ORDER, POSITIVE),
    summary="e^x K_v(x), modified Bessel function of the second kind",
)
kv = elementwise(
    "kv",
    scipy_special("kv"),
    partials=(
        lambda _, v, x: TABLE["exp"](-x) * TABLE["kve_moment"](v, x, n=1, m=0),
        lambda out, v, x: -(out + TABLE["exp"](-x) * TABLE["kve_moment"](v, x, n=0, m=1)),
    ),
    native=call("kv"),
    domain=(ORDER, POSITIVE),
    summary="K_v(x), modified Bessel function of the second kind",
)
kve_mean = elementwise(
    "kve_mean",
    **formula("kve_mean", "n", "m"),
    partials=(
        lambda out, v, x, n, m: (
            TABLE["kve_mean"](v, x, n=n + 1, m=m) - out * TABLE["kve_mean"](v, x, n=1, m=0)
        ),
        lambda out, v, x, n, m: (
            out * TABLE["kve_mean"](v, x, n=0, m=1) - TABLE["kve_mean"](v, x, n=n, m=m + 1)
        ),
    ),
    domain=(ORDER, POSITIVE),
    summary="kve_moment(v, x) / kve(v, x)",
)
log_kve = elementwise(
    "log_kve",
    **formula("log_kve"),
    partials=(
        lambda _, v, x: TABLE["kve_mean"](v, x, n=1, m=0),
        lambda _, v, x: -TABLE["kve_mean"](v, x, n=0, m=1),
    ),
    domain=(ORDER, POSITIVE),
    summary="log kve(v, x)",
)
k0 = elementwise(
    "k0",
    scipy_special("k0"),
    partials=(lambda _, x: -TABLE["k1"](x),),
    native=call("k0"),
    domain=(POSITIVE,),
    summary="K_0(x)",
)
k1 = elementwise(
    "k1",
    scipy_special("k1"),
    partials=(lambda out, x: -(TABLE["k0"](x) + out / x),),
    native=call("k1"),
    domain=(POSITIVE,),
    summary="K_1(x)",
)
k0e = elementwise(
    "k0e",
    scipy_special("k0e"),
    partials=(lambda _, x: -TABLE["kve_moment"](0.0, x, n=0, m=1),),
    native=call("k0e"),
    domain=(POSITIVE,),
    summary="e^x K_0(x)",
)
k1e = elementwise(
    "k1e",
    scipy_special("k1e"),
    partials=(lambda _, x: -TABLE["kve_moment"](1.0, x, n=0, m=1),),
    native=call("k1e"),
    domain=(POSITIVE,),
    summary="e^x K_1(x)",
)

# ---- I -------------------------------------------------------------------------------------------


def _ive_order(v: Value, x: Value, order: int) -> Value:
    return TABLE["ive"](v, x) if order == 0 else TABLE["ive_order"](v, x, order=order)


def _ive_order_by_x(out: object, v: Value, x: Value, order: int) -> Value:
    # I_v' = I_(v+1) + v/x I_v, differentiated in v.
    slope = _ive_order(v + 1.0, x, order) + (v / x - 1.0) * out
    return slope + float(order) / x * _ive_order(v, x, order - 1) if order else slope


def _ive_ratio(v: Value, x: Value, order: int) -> Value:
    return 1.0 if order == 0 else TABLE["ive_ratio"](v, x, order=order)


def _next_by_this(v: Value, x: Value) -> Value:
    """I_(v+1)(x) / I_v(x)."""
    return TABLE["exp"](TABLE["log_ive"](v + 1.0, x) - TABLE["log_ive"](v, x))


ive_order = elementwise(
    "ive_order",
    **formula("ive_order", "order"),
    partials=(
        lambda _, v, x, order: TABLE["ive_order"](v, x, order=order + 1),
        _ive_order_by_x,
    ),
    domain=(ORDER, POSITIVE),
    summary="derivative of ive(v, x) in v, of the given order; v >= 0",
)
ive = elementwise(
    "ive",
    scipy_special("ive"),
    partials=(
        lambda _, v, x: TABLE["ive_order"](v, x, order=1),
        lambda out, v, x: TABLE["ive"](v + 1.0, x) + (v / x - 1.0) * out,
    ),
    native=call("ive"),
    domain=(ORDER, POSITIVE),
    summary="e^-|x| I_v(x), modified Bessel function of the first kind",
)
iv = elementwise(
    "iv",
    scipy_special("iv"),
    partials=(
        lambda _, v, x: TABLE["exp"](x) * TABLE["ive_order"](v, x, order=1),
        lambda out, v, x: TABLE["iv"](v + 1.0, x) + v / x * out,
    ),
    native=call("iv"),
    domain=(ORDER, POSITIVE),
    summary="I_v(x), modified Bessel function of the first kind",
)
ive_ratio = elementwise(
    "ive_ratio",
    **formula("ive_ratio", "order"),
    partials=(
        lambda out, v, x, order: (
            TABLE["ive_ratio"](v, x, order=order + 1) - out * TABLE["ive_ratio"](v, x, order=1)
        ),
        lambda out, v, x, order: (
            _next_by_this(v, x) * (TABLE["ive_ratio"](v + 1.0, x, order=order) - out)
            + float(order) / x * _ive_ratio(v, x, order - 1)
        ),
    ),
    domain=(ORDER, POSITIVE),
    summary="ive_order(v, x) / ive(v, x)",
)
log_ive = elementwise(
    "log_ive",
    **formula("log_ive"),
    partials=(
        lambda _, v, x: TABLE["ive_ratio"](v, x, order=1),
        lambda _, v, x: _next_by_this(v, x) + (v / x - 1.0),
    ),
    domain=(ORDER, POSITIVE),
    summary="log ive(v, x), v >= 0",
)
i0 = elementwise(
    "i0",
    scipy_special("i0"),
    partials=(lambda _, x: TABLE["i1"](x),),
    native=call("i0"),
    domain=((-40.0, 40.0),),
    summary="I_0(x)",
)
i1 = elementwise(
    "i1",
    scipy_special("i1"),
    partials=(lambda _, x: 0.5 * (TABLE["i0"](x) + TABLE["iv"](2.0, x)),),
    native=call("i1"),
    domain=((0.1, 40.0),),
    summary="I_1(x)",
)
i0e = elementwise(
    "i0e",
    scipy_special("i0e"),
    partials=(lambda out, x: TABLE["i1e"](x) - TABLE["sign"](x) * out,),
    native=call("i0e"),
    domain=((0.1, 40.0),),
    summary="e^-|x| I_0(x)",
)
i1e = elementwise(
    "i1e",
    scipy_special("i1e"),
    partials=(
        lambda out, x: 0.5 * (TABLE["i0e"](x) + TABLE["ive"](2.0, x)) - TABLE["sign"](x) * out,
    ),
    native=call("i1e"),
    domain=((0.1, 40.0),),
    summary="e^-|x| I_1(x)",
)

# ---- J and Y -------------------------------------------------------------------------------------


def _cylinder(name: str, v: Value, x: Value, order: int) -> Value:
    return TABLE[name](v, x) if order == 0 else TABLE[f"{name}_order"](v, x, order=order)


def _cylinder_by_x(name: str) -> Callable[..., Value]:
    def partial(out: Value, v: Value, x: Value, order: int = 0) -> Value:
        # C_v' = v/x C_v - C_(v+1), differentiated in v.
        slope = v / x * out - _cylinder(name, v + 1.0, x, order)
        return slope + float(order) / x * _cylinder(name, v, x, order - 1) if order else slope

    return partial


jv_order, yv_order = (
    elementwise(
        f"{name}_order",
        **formula(f"{name}_order", "order"),
        partials=(
            lambda _, v, x, order, name=name: TABLE[f"{name}_order"](v, x, order=order + 1),
            _cylinder_by_x(name),
        ),
        domain=(ORDER, POSITIVE),
        summary=f"derivative of {name}(v, x) in v, of the given order; v >= 0",
    )
    for name in ("jv", "yv")
)
jv, yv = (
    elementwise(
        name,
        scipy_special(name),
        partials=(
            lambda _, v, x, name=name: TABLE[f"{name}_order"](v, x, order=1),
            _cylinder_by_x(name),
        ),
        native=call(name),
        domain=(ORDER, POSITIVE),
        summary=f"{letter}_v(x), Bessel function of the {kind} kind",
    )
    for name, letter, kind in (("jv", "J", "first"), ("yv", "Y", "second"))
)
j0, y0 = (
    elementwise(
        f"{letter}0",
        scipy_special(f"{letter}0"),
        partials=(lambda _, x, one=f"{letter}1": -TABLE[one](x),),
        native=call(f"{letter}0"),
        domain=(POSITIVE,),
        summary=f"{letter.upper()}_0(x)",
    )
    for letter in "jy"
)
j1, y1 = (
    elementwise(
        f"{letter}1",
        scipy_special(f"{letter}1"),
        partials=(lambda _, x, one=letter: 0.5 * (TABLE[f"{one}0"](x) - TABLE[f"{one}v"](2.0, x)),),
        native=call(f"{letter}1"),
        domain=(POSITIVE,),
        summary=f"{letter.upper()}_1(x)",
    )
    for letter in "jy"
)
