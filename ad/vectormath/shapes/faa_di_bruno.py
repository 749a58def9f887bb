"""Derivatives of exp(L) by those of L, for anything that has products and sums."""

import itertools
import math
from collections.abc import Callable
from typing import Any

Orders = tuple[int, ...]


def exponential_derivative(orders: Orders, slope: Callable[[Orders], Any]) -> Any:
    """Derivative of exp(L) divided by exp(L); `slope(orders)` is that of L.

    By Leibniz' rule for the derivative of L' exp(L) (Faa di Bruno's formula as a recursion).
    """
    if not any(orders):
        return 1.0
    axis = next(i for i, order in enumerate(orders) if order)
    less = tuple(order - (i == axis) for i, order in enumerate(orders))
    total: Any = None
    for part in itertools.product(*(range(order + 1) for order in less)):
        first = tuple(p + (i == axis) for i, p in enumerate(part))
        value = slope(first)
        rest = tuple(order - p for order, p in zip(less, part, strict=True))
        weight = math.prod(math.comb(order, p) for order, p in zip(less, part, strict=True))
        term = value * exponential_derivative(rest, slope) * float(weight)
        total = term if total is None else total + term
    return total
