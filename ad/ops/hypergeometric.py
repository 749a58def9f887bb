"""Hypergeometric functions, differentiable in the argument and in every parameter.

Values are SciPy's; derivatives in the parameters are power series (`hyp1f1_shape`, `hyp2f1_shape`),
and nan where those are not served: see docs/accuracy.md.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ad.op import TABLE, Value, elementwise
from ad.ops.formulas import formula
from ad.ops.special import scipy_special

PARAMETER = (0.5, 8.0)
UNIT = ("i", "j", "m")


# SciPy's functions end the process at some infinite and at some huge arguments.
MOST = 1e8


def _guarded(name: str) -> dict[str, Any]:
    """SciPy's function where all arguments are below MOST in size, nan elsewhere."""
    scipy = scipy_special(name)

    def function(*args: Any) -> Any:
        inside = np.logical_and.reduce(np.broadcast_arrays(*(np.abs(x) <= MOST for x in args)))
        values = scipy(*(np.where(inside, x, 1.0) for x in args))
        return np.where(inside, values, np.nan)[()]

    def native(b: Any, *args: Any) -> Any:
        most = b.constant(MOST)
        inside = b.condition(value=True)
        for x in args:
            inside = b.logical("and", inside, b.compare("ole", b.intrinsic("fabs", x), most))
        value = b.call(name, *(b.select(inside, x, b.constant(1.0)) for x in args))
        return b.select(inside, value, b.constant(math.nan))

    return {"function": function, "native": native}


def _shape1(a: Value, b: Value, z: Value, i: int, j: int) -> Value:
    return TABLE["hyp1f1_shape"](a, b, z, i=i, j=j)


def _weights(upper: Sequence[Value], lower: Value, orders: Sequence[int]) -> Any:
    """Terms of Leibniz' rule for the derivative of (product of upper / lower) f.

    Pairs of what multiplies a derivative of f, and its orders.
    """
    ranges = [*(range(min(order, 1) + 1) for order in orders[:-1]), range(orders[-1] + 1)]
    for taken in itertools.product(*ranges):
        rest = [order - one for order, one in zip(orders, taken, strict=True)]
        weight = float(math.prod(map(math.comb, orders, taken)))
        last = taken[-1]
        factor = weight * (-1.0) ** last * math.factorial(last) / lower
        for _ in range(last):
            factor = factor / lower
        for value, one in zip(upper, taken[:-1], strict=True):
            factor = factor if one else factor * value
        yield factor, rest


def _shape1_by_z(a: Value, b: Value, z: Value, i: int, j: int) -> Value:
    # f' = a/b f(a + 1, b + 1).
    return sum(
        factor * _shape1(a + 1.0, b + 1.0, z, *rest) for factor, rest in _weights((a,), b, (i, j))
    )


hyp1f1_shape = elementwise(
    "hyp1f1_shape",
    **formula("hyp1f1_shape", "i", "j"),
    partials=(
        lambda _, a, b, z, i, j: _shape1(a, b, z, i + 1, j),
        lambda _, a, b, z, i, j: _shape1(a, b, z, i, j + 1),
        lambda _, a, b, z, i, j: _shape1_by_z(a, b, z, i, j),
    ),
    domain=(PARAMETER, PARAMETER, (-20.0, 20.0)),
    summary="derivative of hyp1f1(a, b, z) in a and b, of the given orders",
)
hyp1f1 = elementwise(
    "hyp1f1",
    **_guarded("hyp1f1"),
    partials=(
        lambda _, a, b, z: _shape1(a, b, z, 1, 0),
        lambda _, a, b, z: _shape1(a, b, z, 0, 1),
        lambda _, a, b, z: a / b * TABLE["hyp1f1"](a + 1.0, b + 1.0, z),
    ),
    domain=(PARAMETER, PARAMETER, (-20.0, 20.0)),
    summary="confluent hypergeometric function 1F1(a; b; z)",
)


def _shape2(a: Value, b: Value, c: Value, z: Value, *orders: int) -> Value:
    return TABLE["hyp2f1_shape"](a, b, c, z, **dict(zip(UNIT, orders, strict=True)))


def _shape2_by_z(args: Sequence[Value], *orders: int) -> Value:
    # f' = a b / c f(a + 1, b + 1, c + 1).
    a, b, c, z = args
    return sum(
        factor * _shape2(a + 1.0, b + 1.0, c + 1.0, z, *rest)
        for factor, rest in _weights((a, b), c, orders)
    )


hyp2f1_shape = elementwise(
    "hyp2f1_shape",
    **formula("hyp2f1_shape", "i", "j", "m"),
    partials=(
        lambda _, a, b, c, z, i, j, m: _shape2(a, b, c, z, i + 1, j, m),
        lambda _, a, b, c, z, i, j, m: _shape2(a, b, c, z, i, j + 1, m),
        lambda _, a, b, c, z, i, j, m: _shape2(a, b, c, z, i, j, m + 1),
        lambda _, a, b, c, z, i, j, m: _shape2_by_z((a, b, c, z), i, j, m),
    ),
    domain=(PARAMETER, PARAMETER, PARAMETER, (-4.0, 0.8)),
    summary="derivative of hyp2f1(a, b, c, z) in a, b and c, of the given orders",
)
hyp2f1 = elementwise(
    "hyp2f1",
    **_guarded("hyp2f1"),
    partials=(
        lambda _, a, b, c, z: _shape2(a, b, c, z, 1, 0, 0),
        lambda _, a, b, c, z: _shape2(a, b, c, z, 0, 1, 0),
        lambda _, a, b, c, z: _shape2(a, b, c, z, 0, 0, 1),
        lambda _, a, b, c, z: a * b / c * TABLE["hyp2f1"](a + 1.0, b + 1.0, c + 1.0, z),
    ),
    domain=(PARAMETER, PARAMETER, PARAMETER, (-4.0, 0.8)),
    summary="Gauss' hypergeometric function 2F1(a, b; c; z)",
)
