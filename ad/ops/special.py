"""Special functions, as SciPy defines them, with derivatives written in the operations."""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.lower.emitter import call
from ad.op import TABLE, Value, elementwise
from ad.ops.polygamma import native_polygamma

LOG_2 = math.log(2.0)
SQRT_2 = math.sqrt(2.0)
INV_SQRT_PI = 1.0 / math.sqrt(math.pi)
INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)


def scipy_special(name: str) -> Callable[..., Any]:
    """`scipy.special.name`, imported when first called: it costs more than a small model."""
    found: Callable[..., Any] | None = None

    def function(*args: Any) -> Any:
        nonlocal found
        if found is None:
            found = getattr(importlib.import_module("scipy.special"), name)
        return found(*args)

    function.__name__ = name
    return function


def _log1p_exp(x: Any) -> Any:
    return np.logaddexp(0.0, x)


def _log1m_exp(x: Any) -> Any:
    # Maechler (2012), "Accurately computing log(1 - exp(-|a|))", eq. 7: switch at log 2.
    if type(x) is np.float64 and x < 0.0:  # most calls while a program is traced
        return np.log(-np.expm1(x)) if x > -LOG_2 else np.log1p(-np.exp(x))
    x = np.asarray(x, dtype=float)
    with np.errstate(all="ignore"):
        return np.where(x > -LOG_2, np.log(-np.expm1(x)), np.log1p(-np.exp(x)))[()]


def _expit(x: Any) -> Any:
    # exp of a non-positive number on both sides, so nothing overflows.
    if type(x) is np.float64:  # most calls while a program is traced
        small = np.exp(-abs(x))
        return (1.0 if x >= 0.0 else small) / (1.0 + small)
    x = np.asarray(x, dtype=float)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small)[()] / (1.0 + small)


def _expit_slope(x: Any) -> Any:
    u = np.exp(-np.abs(x))
    return u / np.square(1.0 + u)


def _native_expit_slope(b: Any, x: Any) -> Any:
    u = b.call("exp", b.negate(b.intrinsic("fabs", x)))
    v = b.op("fadd", b.constant(1.0), u)
    return b.op("fdiv", u, b.op("fmul", v, v))


def _native_log1m_exp(b: Any, x: Any) -> Any:
    near = b.call("log", b.negate(b.call("expm1", x)))
    far = b.call("log1p", b.negate(b.call("exp", x)))
    return b.select(b.compare("ogt", x, b.constant(-LOG_2)), near, far)


expit = elementwise(
    "expit",
    _expit,
    partials=(lambda _, x: TABLE["expit_slope"](x),),
    native=call("expit"),
    domain=((-30.0, 30.0),),
    summary="1 / (1 + e^-x)",
)
expit_slope = elementwise(
    "expit_slope",
    _expit_slope,
    # 1 - 2 expit(x), which cancels about 0.
    partials=(lambda out, x: -out * TABLE["tanh"](0.5 * x),),
    native=_native_expit_slope,
    domain=((-600.0, 600.0),),
    summary="expit(x) expit(-x), the derivative of expit",
)
log1p_exp = elementwise(
    "log1p_exp",
    _log1p_exp,
    partials=(lambda _, x: TABLE["expit"](x),),
    native=call("log1p_exp"),
    domain=((-30.0, 30.0),),
    summary="log(1 + e^x), the softplus",
)
log_expit = elementwise(
    "log_expit",
    lambda x: -_log1p_exp(np.negative(x)),
    partials=(lambda _, x: TABLE["expit"](-x),),
    native=lambda b, x: b.negate(b.call("log1p_exp", b.negate(x))),
    domain=((-30.0, 30.0),),
    summary="log expit(x)",
)
log1m_exp = elementwise(
    "log1m_exp",
    _log1m_exp,
    # -1 / expm1(-x), whose square overflows.
    partials=(lambda _, x: TABLE["exp"](x) / TABLE["expm1"](x),),
    native=_native_log1m_exp,
    domain=((-30.0, -1e-3),),
    summary="log(1 - e^x), x < 0",
)


_scipy_gammaln = scipy_special("gammaln")


def _gammaln(x: Any) -> Any:
    usual = _scipy_gammaln(x)
    if (np.maximum.reduce(usual, None, initial=-np.inf) if usual.ndim else usual) < np.inf:
        return usual
    # Near 0, |Gamma(x)| is 1 / |x|; SciPy has infinity where that overflows.
    x = np.asarray(x, dtype=float)
    tiny = (np.abs(x) < 1e-300) & (x != 0.0)
    return np.where(tiny, -np.log(np.abs(np.where(tiny, x, 1.0))), usual)[()]


gammaln = elementwise(
    "gammaln",
    _gammaln,
    partials=(lambda _, x: TABLE["digamma"](x),),
    native=call("lgamma"),
    domain=((0.1, 30.0),),
    summary="log |Gamma(x)|",
)
digamma = elementwise(
    "digamma",
    scipy_special("digamma"),
    partials=(lambda _, x: TABLE["polygamma"](x, order=1),),
    native=call("digamma"),
    domain=((0.1, 30.0),),
    summary="derivative of gammaln",
)


def _polygamma(x: Any, order: int) -> Any:
    return importlib.import_module("scipy.special").polygamma(order, x)


polygamma = elementwise(
    "polygamma",
    _polygamma,
    partials=(lambda _, x, order: TABLE["polygamma"](x, order=order + 1),),
    native=native_polygamma,
    domain=((0.1, 30.0),),
    summary="derivative of digamma, of the given order",
)


def gaussian(x: Value, factor: float, rate: float) -> Value:
    """Factor times exp(-rate x^2)."""
    return factor * TABLE["exp"](-rate * TABLE["square"](x))


erf = elementwise(
    "erf",
    scipy_special("erf"),
    partials=(lambda _, x: gaussian(x, 2.0 * INV_SQRT_PI, 1.0),),
    native=call("erf"),
    domain=((-5.0, 5.0),),
    summary="error function",
)
erfc = elementwise(
    "erfc",
    scipy_special("erfc"),
    partials=(lambda _, x: gaussian(x, -2.0 * INV_SQRT_PI, 1.0),),
    native=call("erfc"),
    domain=((-5.0, 20.0),),
    summary="1 - erf(x)",
)
erfcx = elementwise(
    "erfcx",
    scipy_special("erfcx"),
    # 2 x erfcx(x) - 2 / sqrt(pi) cancels in the right tail.
    partials=(
        lambda out, x: -SQRT_2 * out * TABLE["positive_normal_moment"](-SQRT_2 * x, order=1),
    ),
    native=call("erfcx"),
    domain=((-5.0, 5.0),),
    summary="e^(x^2) erfc(x)",
)
ndtr = elementwise(
    "ndtr",
    scipy_special("ndtr"),
    partials=(lambda _, x: gaussian(x, INV_SQRT_2PI, 0.5),),
    native=call("ndtr"),
    domain=((-20.0, 5.0),),
    summary="standard normal distribution function",
)
log_ndtr = elementwise(
    "log_ndtr",
    scipy_special("log_ndtr"),
    # The inverse Mills ratio, by erfcx, which neither cancels nor underflows in the left tail.
    partials=(lambda _, x: TABLE["inverse_mills"](x),),
    native=call("log_ndtr"),
    domain=((-20.0, 5.0),),
    summary="log ndtr(x)",
)
