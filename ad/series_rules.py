"""Rules of operations for the coefficients of their results (see `ad.series`)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.coefficients import Series, coefficient, shaped
from ad.op import TABLE, Op, Params, Value

Rule = Callable[[int, Series], Value]


def _plus(x: Value, y: Value) -> Value:
    return y if x is None else x if y is None else x + y


def _minus(x: Value, y: Value) -> Value:
    return x if y is None else -y if x is None else x - y


def convolved(op: Any, x: Value, y: Value, k: int, start: int = 0) -> Value:
    """Sum over i = start..k of op(x_i, y_(k-i)): Cauchy's product."""
    total = None
    for i in range(start, k + 1):
        left, right = coefficient(x, i), coefficient(y, k - i)
        if left is not None and right is not None:
            total = _plus(total, op(shaped(left), shaped(right)))
    return total


def _divide(op: Op, args: Any, params: Params) -> Rule:
    x, y = args

    def rule(k: int, out: Series) -> Value:
        # x = y q, so y_0 q_k = x_k - sum over i = 1..k of y_i q_(k-i).
        top = _minus(coefficient(x, k), convolved(TABLE["multiply"], y, out, k, 1))
        return None if top is None else top / coefficient(y, 0)

    return rule


def _power(op: Op, args: Any, params: Params) -> Rule | None:
    x, y = args
    if isinstance(y, Series) or np.ndim(y) or not isinstance(y, float | int | np.floating):
        return None
    exponent = float(y)
    if exponent.is_integer() and 1.0 <= exponent <= 64.0:
        product = _powered(x, int(exponent))
        return lambda k, out: product[k]

    def rule(k: int, out: Series) -> Value:
        if k == 1:  # as the row has it, also where x is 0
            return None if x[1] is None else x[1] * (exponent * op(x[0], exponent - 1.0))
        # x y' = c x' y, so k x_0 y_k = sum over i = 1..k of (c i - (k - i)) x_i y_(k-i).
        total = None
        for i in range(1, k + 1):
            if x[i] is not None and out[k - i] is not None:
                total = _plus(total, x[i] * out[k - i] * ((exponent + 1.0) * i / k - 1.0))
        return None if total is None else total / x[0]

    return None if exponent.is_integer() and exponent >= 0 else rule


def _powered(x: Series, exponent: int) -> Series:
    """A whole power by squaring: exact also where x is 0."""
    half = None if exponent < 2 else _powered(x, exponent // 2)
    if half is None:
        return x
    even: Series = half * half
    return even * x if exponent % 2 else even


def _where(op: Op, args: Any, params: Params) -> Rule:
    condition, yes, no = args

    def rule(k: int, out: Series) -> Value:
        pair = [coefficient(yes, k), coefficient(no, k)]
        if all(c is None for c in pair):
            return None
        return op(coefficient(condition, 0), *(0.0 if c is None else c for c in pair))

    return rule


def _assemble(op: Op, args: Any, params: Params) -> Rule:
    def rule(k: int, out: Series) -> Value:
        moving = [
            (coefficient(part, k), place)
            for part, place in zip(args, params["places"], strict=True)
            if coefficient(part, k) is not None
        ]
        places = tuple(place for _, place in moving)
        parts = [shaped(part) for part, _ in moving]
        return op(*parts, shape=params["shape"], places=places) if parts else None

    return rule


def _linear(op: Op, args: Any, params: Params) -> Rule:
    """An operation linear in its first argument: applied to each coefficient."""

    def rule(k: int, out: Series) -> Value:
        x = coefficient(args[0], k)
        return None if x is None else op(shaped(x), *args[1:], **params)

    return rule


RULES: dict[str, Callable[[Op, Any, Params], Rule | None]] = {
    "add": lambda op, args, params: (
        lambda k, out: _plus(coefficient(args[0], k), coefficient(args[1], k))
    ),
    "subtract": lambda op, args, params: (
        lambda k, out: _minus(coefficient(args[0], k), coefficient(args[1], k))
    ),
    "negative": lambda op, args, params: lambda k, out: _minus(None, args[0][k]),
    "square": lambda op, args, params: (
        lambda k, out: convolved(TABLE["multiply"], args[0], args[0], k)
    ),
    "divide": _divide,
    "power": _power,
    "where": _where,
    "assemble": _assemble,
    **{
        name: lambda op, args, params: lambda k, out: convolved(op, args[0], args[1], k)
        for name in ("multiply", "matvec", "matmul", "batched_matmul")
    },
    **dict.fromkeys(
        ("reshape", "broadcast_to", "view", "gather", "scatter_add", "placed", "sum", "cumsum"),
        _linear,
    ),
}
# Derivatives in another form than the row's, where that form overflows before the derivative does.
SLOPES: dict[str, Callable[..., Value]] = {
    # The square of the hyperbolic secant.
    "tanh": lambda x: 4.0 * (TABLE["expit"](2.0 * x) * TABLE["expit"](-(2.0 * x))),
}
