"""Truncated Taylor series of any order, from the same rows as first derivatives.

A `Series` is a power series in t whose coefficients are computed when they are asked for, each from
earlier ones. Where y = op(x), the pushforward of `op` written over series says what y' is; so

    y_k = (1 / k) [pushforward(x')]_(k-1)

gives coefficient after coefficient, and since a rule may use the result itself (exp' = exp) or a
partner (sin' = cos, cos' = -sin), equal expressions are one series: exp, log, sin, cos, powers,
quotients and most special functions cost O(order^2) products, as their classical recurrences do
(Griewank and Walther, 2008, "Evaluating derivatives", section 13.2), without a table of their own.
Rules whose derivative is ever another function (polygamma) cost O(order^3). Arithmetic, what is
linear and what is bilinear have rules of their own (`ad.series_rules`): sums, and Cauchy's product.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ad.coefficients import Series, coefficient, shaped
from ad.op import Op, Params, Value
from ad.series_rules import RULES, SLOPES


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


__all__ = ["Pool", "Series", "coefficient", "shaped"]
