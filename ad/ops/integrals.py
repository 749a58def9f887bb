"""The gamma function itself, and integrals of exponentials and sines."""

from ad.lower.emitter import call
from ad.op import TABLE, Value, elementwise
from ad.ops.formulas import formula
from ad.ops.special import INV_SQRT_PI, gaussian, scipy_special

gamma = elementwise(
    "gamma",
    scipy_special("gamma"),
    partials=(lambda out, x: out * TABLE["digamma"](x),),
    native=call("gamma"),
    domain=((0.05, 30.0),),
    summary="Gamma(x)",
)
erfi = elementwise(
    "erfi",
    scipy_special("erfi"),
    partials=(lambda _, x: gaussian(x, 2.0 * INV_SQRT_PI, -1.0),),
    native=call("erfi"),
    domain=((-5.0, 5.0),),
    summary="imaginary error function, -i erf(i x)",
)


def expn(x: Value, order: int) -> Value:
    """E_n(x) of a whole order."""
    return TABLE["expn_order"](x, order=order) if order else TABLE["exp"](-x) / x


expn_order = elementwise(
    "expn_order",
    lambda x, order: scipy_special("expn")(order, x),
    partials=(lambda _, x, order: -expn(x, order - 1),),
    native=lambda b, x, order: b.call("expn", b.constant(float(order)), x),
    domain=((0.05, 30.0),),
    summary="exponential integral E_n(x), of the given order n = 1, 2, ...",
)


sinc_order = elementwise(
    "sinc_order",
    **formula("sinc_order", "order"),
    partials=(lambda _, x, order: TABLE["sinc_order"](x, order=order + 1),),
    domain=((-40.0, 40.0),),
    summary="derivative of sin(x) / x, of the given order",
)
sine_integral = elementwise(
    "sine_integral",
    **formula("sine_integral"),
    partials=(lambda _, x: TABLE["sinc_order"](x, order=0),),
    domain=((-40.0, 40.0),),
    summary="Si(x), the integral of sin(t) / t: the first of sici",
)
cosine_integral = elementwise(
    "cosine_integral",
    **formula("cosine_integral"),
    partials=(lambda _, x: TABLE["cos"](x) / x,),
    domain=((0.05, 40.0),),
    summary="Ci(x), the integral of cos(t) / t: the second of sici",
)
