"""Truncated Taylor series of any order, from the same rows as first derivatives.

A `Series` is a power series in t whose coefficients are computed when they are asked for, each from
earlier ones. Where y = op(x), the pushforward of `op` written over series says what y' is; so

    y_k = (1 / k) [pushforward(x')]_(k-1)

gives coefficient after coefficient, and since a rule may use the result itself (exp' = exp) or a
partner (sin' = cos, cos' = -sin), equal expressions are one series: exp, log, sin, cos, powers,
quotients and most special functions cost O(order^2) products, as their classical recurrences do
(Griewank and Walther, 2008, "Evaluating derivatives", section 13.2), without a table of their own.
Rules whose derivative is ever another function (polygamma) cost O(order^3). Arithmetic, what is
linear and what is bilinear have rules of their own below: sums, and Cauchy's product.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.op import TABLE, Op, Params, Shape, Value, expand

# Coefficient k >= 1, or None where it is zero.
Coefficient = Callable[[int], Value]


class Series:
    """A power series; a value that rules are written over, as nodes and traced values are.

    Parameters
    ----------
    pool : Pool
        Where equal expressions meet.
    first : value
        Coefficient 0.
    rule : callable
        ``(k) -> coefficient k``, for k = 1, 2, ... in order; it may ask for earlier ones.
    """

    __slots__ = ("_known", "_rule", "pool", "shape")
    __array_ufunc__ = None  # arrays leave their operators to ours
    __hash__ = object.__hash__

    def __init__(self, pool: "Pool", first: Value, rule: Coefficient) -> None:
        self.pool, self._known, self._rule = pool, [first], rule
        self.shape: Shape = np.shape(first)

    def __getitem__(self, k: int) -> Value:
        known = self._known
        while len(known) <= k:
            found = self._rule(len(known))
            known.append(None if found is None else expand(shaped(found), self.shape))
        return known[k]

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))

    @staticmethod
    def level_of(_: "Series") -> int:
        """Series outrank traced values: a rule applied to a series makes series."""
        return 1 << 29

    def apply(self, op: Op, args: Sequence[Value], params: Params) -> Value:
        """`op` of series."""
        return self.pool.apply(op, args, params)

    def __add__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["add"], (self, other), {})

    def __radd__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["add"], (other, self), {})

    def __sub__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["subtract"], (self, other), {})

    def __rsub__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["subtract"], (other, self), {})

    def __mul__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["multiply"], (self, other), {})

    def __rmul__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["multiply"], (other, self), {})

    def __truediv__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["divide"], (self, other), {})

    def __rtruediv__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["divide"], (other, self), {})

    def __lt__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["less"], (self, other), {})

    def __gt__(self, other: Value) -> Value:
        return self.pool.apply(TABLE["greater"], (self, other), {})

    def __neg__(self) -> Value:
        return self.pool.apply(TABLE["negative"], (self,), {})


class Pool:
    """Series by the expression they are, so that equal expressions are one series."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Value, Any]] = {}
        self._negated: dict[int, Series] = {}

    def apply(self, op: Op, args: Sequence[Value], params: Params) -> Value:
        """`op` of series and plain values; a plain value if it does not depend on t."""
        if op.name == "negative" and id(args[0]) in self._negated:
            return self._negated[id(args[0])]  # -(-x) = x, or sin and cos would never meet
        key = (op, *(a if type(a) is float else id(a) for a in args), *params.items())
        if key not in self._known:
            # The arguments are kept, so their identities stay taken.
            self._known[key] = self._make(op, args, params), args
        return self._known[key][0]

    def _make(self, op: Op, args: Sequence[Value], params: Params) -> Value:
        first = op(*(shaped(coefficient(arg, 0)) for arg in args), **params)
        if op.pushforward is None or not any(isinstance(arg, Series) for arg in args):
            return first
        make = RULES.get(op.name)
        rule = None if make is None else make(op, args, params)
        if rule is None:
            return self._by_pushforward(op, args, params, first)
        out = Series(self, first, lambda k: rule(k, out))
        if op.name == "negative":
            self._negated[id(out)] = args[0]
        return out

    def _by_pushforward(
        self, op: Op, args: Sequence[Value], params: Params, first: Value
    ) -> Series:
        """Series of an operation by its own rule of forward mode."""
        found: list[Value] = []  # asked for when needed: its own derivative is another series

        def rule(k: int) -> Value:
            if not found:
                tangents = [self._derivative(a) if isinstance(a, Series) else None for a in args]
                assert op.pushforward is not None
                slope = SLOPES.get(op.name)
                found.append(
                    op.pushforward(tangents, out, args, params)
                    if slope is None
                    else tangents[0] * slope(*args)
                )
            rate = coefficient(found[0], k - 1)
            return None if rate is None else rate * (1.0 / k)

        out = Series(self, first, rule)
        return out

    def _derivative(self, x: Series) -> Series:
        """Derivative of a series by t."""
        key = ("derivative", id(x))
        if key not in self._known:

            def rule(k: int) -> Value:
                return None if x[k + 1] is None else x[k + 1] * (k + 1.0)

            first = np.zeros(x.shape) if x[1] is None else x[1]
            self._known[key] = Series(self, first, rule), x
        series: Series = self._known[key][0]
        return series


def coefficient(value: Value, k: int) -> Value:
    """Coefficient k of a series, or of a constant; None where it is zero."""
    if isinstance(value, Series):
        return value[k]
    return value if k == 0 else None


def shaped(value: Value) -> Value:
    """A value that can be asked for its shape."""
    return value if hasattr(value, "shape") else np.float64(value)


# ---- rules of their own ------------------------------------------------------------------------

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


__all__ = ["Pool", "Series", "coefficient", "shaped"]
