"""Mills' ratio of the normal law: the derivatives of log_ndtr and erfcx, good in both tails."""

import math
from typing import Any

import numpy as np

from ad.op import TABLE, Value, elementwise
from ad.ops.special import SQRT_2, scipy_special
from ad.vectormath import shapes

SQRT_2_PI = math.sqrt(2.0 / math.pi)
# Below, moments come from the recurrence downwards; above, upwards, where at most 25 ulp cancel.
TURN = -2.0


def _inverse_mills(x: Any) -> Any:
    with np.errstate(all="ignore"):
        return SQRT_2_PI / scipy_special("erfcx")(x * (-1.0 / SQRT_2))


def _native_inverse_mills(b: Any, x: Any) -> Any:
    scaled = b.call("erfcx", b.op("fmul", x, b.constant(-1.0 / SQRT_2)))
    return b.op("fdiv", b.constant(SQRT_2_PI), scaled)


def _moment(x: Any, order: int) -> Any:
    x = np.asarray(x, dtype=float)
    far = x < TURN
    near = np.where(far, 0.0, x)
    before, this = np.ones_like(x), near + _inverse_mills(near)
    for n in range(1, order):
        before, this = this, near * this + n * before
    below = shapes.evaluate("mills_moment", (order,), np.where(far, x, TURN))
    return np.where(far, below, this)[()]


def _native_moment(b: Any, x: Any, order: int) -> Any:
    far = b.compare("olt", x, b.constant(TURN))
    near = b.select(far, b.constant(0.0), x)
    before, this = b.constant(1.0), b.op("fadd", near, _native_inverse_mills(b, near))
    for n in range(1, order):
        added = b.op("fmul", b.constant(float(n)), before)
        before, this = this, b.op("fadd", b.op("fmul", near, this), added)
    below = b.call(f"mills_moment_{order}", b.select(far, x, b.constant(TURN)))
    return b.select(far, below, this)


def _mean(x: Value, order: int) -> Value:
    return TABLE["positive_normal_moment"](x, order=order) if order else 1.0


def _moment_slope(out: Value, x: Value, order: int) -> Value:
    # Equal, by the recurrence; each cancels in the other's tail.
    below = _mean(x, order + 1) - out * _mean(x, 1)
    above = float(order) * _mean(x, order - 1) - TABLE["inverse_mills"](x) * out
    return TABLE["where"](x < TURN, below, above)


def _inverse_mills_slope(out: Value, x: Value) -> Value:
    # Equal; the product's own derivatives cancel in the left tail, the variance's do not.
    variance = _mean(x, 2) - TABLE["square"](_mean(x, 1))
    return TABLE["where"](x < TURN, variance - 1.0, -out * _mean(x, 1))


inverse_mills = elementwise(
    "inverse_mills",
    _inverse_mills,
    partials=(_inverse_mills_slope,),
    native=_native_inverse_mills,
    domain=((-50.0, 50.0),),
    summary="derivative of log_ndtr: normal density over distribution function",
)
positive_normal_moment = elementwise(
    "positive_normal_moment",
    _moment,
    partials=(_moment_slope,),
    native=_native_moment,
    domain=((-50.0, 50.0),),
    summary="E[t^order] of a normal t of mean x and unit variance, given that t > 0",
)
