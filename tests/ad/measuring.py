"""Errors of functions of numbers, and of their derivatives, at points of a region.

Regions are listed in tests/ad/special_regions.py, elementary_regions.py and helper_regions.py.
"""

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp
from numpy.typing import NDArray

import ad
from ad.op import TABLE
from tests.ad.references import (
    COMPOSITES,
    REFERENCES,
    Bessel,
    ByPartials,
    DerivativeOf,
    Family,
    KDerivative,
    Reference,
    beta_tail,
    gamma_rest,
    gamma_tail,
)

Array = NDArray[np.float64]
Rng = np.random.Generator
Draw = Callable[[Rng, int], tuple[Array, ...]]
DIGITS = 40
# Derivatives smaller than this are not compared: the references end there.
SMALLEST = 1e-280


class Region(NamedTuple):
    """Points of a function, the promise there, and which derivatives it covers.

    Errors are relative to |f| + sum of |x_i df/dx_i|, f being the value or derivative at hand;
    `limits` are for the value, first derivatives and second derivatives.
    """

    name: str
    domain: str
    draw: Draw
    limits: tuple[float, float, float] = (1e-12, 1e-12, 1e-9)
    params: tuple[tuple[str, int], ...] = ()
    note: str = ""


def box(*sides: tuple[str, float, float]) -> Draw:
    """Independent arguments: each ("uniform" or "log", low, high)."""

    def draw(rng: Rng, count: int) -> tuple[Array, ...]:
        columns = []
        for kind, low, high in sides:
            if kind == "log":
                columns.append(np.exp(rng.uniform(np.log(low), np.log(high), count)))
            else:
                columns.append(rng.uniform(low, high, count))
        return tuple(columns)

    return draw


def _derivative_reference(name: str, args: list[Any], reference: Reference) -> Reference:
    """A function with the same derivatives that is small where they are: a tail."""
    sign = -1 if name in {"gammaincc", "betaincc"} else 1
    if name in {"gammainc", "gammaincc", "gammainc_shape"}:
        if args[1] < args[0]:
            return lambda a, x: sign * gamma_tail(a, x)
        return lambda a, x: -sign * gamma_rest(a, x)
    if name in {"betainc", "betaincc", "betainc_shape"}:
        a, b, x = args
        if x * (a + b) < a:
            return lambda a, b, x: sign * beta_tail(a, b, x)
        return lambda a, b, x: -sign * beta_tail(b, a, 1 - x)
    return reference


def _reference(region: Region) -> tuple[Reference, tuple[int, ...]]:
    """A function, and of which order the region's is a derivative of it."""
    params, arity = dict(region.params), len(region.draw(np.random.default_rng(0), 1))
    none = (0,) * arity
    if region.name == "betaincc":  # by its own tail, which may be small
        return (lambda a, b, x: beta_tail(b, a, 1 - x)), none
    if region.name == "gammaincc":
        return gamma_rest, none
    reference = {**REFERENCES, **COMPOSITES}[region.name]
    if isinstance(reference, DerivativeOf):
        return reference.function, reference.order(**params)
    if isinstance(reference, Family):
        return reference.member(**params), none
    return functools.partial(reference, **params) if params else reference, none


def _partial(reference: Reference, args: list[Any], order: tuple[int, ...]) -> Any:
    """Partial derivative by central differences at many digits."""
    if isinstance(reference, ByPartials | Bessel | KDerivative) and any(order):
        # The last one: of owens_t it is an exponential, of the first one an error function.
        axis = max(index for index, degree in enumerate(order) if degree)
        rest = tuple(degree - (index == axis) for index, degree in enumerate(order))
        return _partial(reference.partials[axis], args, rest)
    if not any(order):
        return reference(*args)
    with mp.workdps(3 * DIGITS):
        axis = next(index for index, degree in enumerate(order) if degree)
        rest = tuple(degree - (index == axis) for index, degree in enumerate(order))
        step = abs(args[axis]) * mp.mpf(10) ** -(DIGITS // 2)
        moved = [
            [arg + side * step * (index == axis) for index, arg in enumerate(args)]
            for side in (-1, 1)
        ]
        low, high = (_partial(reference, point, rest) for point in moved)
        return (high - low) / (2 * step)


def plus(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Sum of two orders of differentiation."""
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _orders(arity: int) -> Iterator[tuple[int, ...]]:
    units = [tuple(int(i == k) for k in range(arity)) for i in range(arity)]
    yield (0,) * arity
    yield from units
    for i in range(arity):
        for j in range(i, arity):
            yield plus(units[i], units[j])


def computed(
    region: Region, args: tuple[Array, ...], *, native: bool = False
) -> dict[tuple[int, ...], Array]:
    """Value, first and second derivatives by reverse mode (over itself)."""
    params, ones = dict(region.params), np.ones_like(args[0])
    op = TABLE[region.name] if region.name in TABLE else getattr(ad.special, region.name)
    run = ad.compile if native else lambda function: function

    def function(*xs: Any) -> Any:
        return op(*xs, **params)

    def slopes(*xs: Any) -> Any:
        return ad.vjp(function, *xs)[1](ones)

    def seconds(*xs: Any) -> Any:
        return [ad.vjp(lambda *ys, i=i: slopes(*ys)[i], *xs)[1](ones) for i in range(len(args))]

    value, first, second = (run(one)(*args) for one in (function, slopes, seconds))
    found: dict[tuple[int, ...], Array] = {}
    for order in _orders(len(args)):
        axes = [axis for axis, degree in enumerate(order) for _ in range(degree)]
        found[order] = (
            value if not axes else first[axes[0]] if len(axes) == 1 else second[axes[0]][axes[1]]
        )
    return {order: np.broadcast_to(values, ones.shape) for order, values in found.items()}


def _exact(
    name: str,
    base: Reference,
    point: tuple[Any, ...],
    order: tuple[int, ...],
    derived: bool | None = None,
) -> Any:
    """Partial derivative of a reference, by its tail if it is `derived` (if it is one at all)."""
    tail = any(order) if derived is None else derived
    function = _derivative_reference(name, list(point), base) if tail else base
    return _partial(function, list(point), order)


def worst_errors(
    region: Region, count: int, seed: int, *, native: bool = False
) -> list[tuple[float, tuple[float, ...]]]:
    """Largest error of the value, the first and the second derivatives, and where it was.

    With `native`, of compiled code too.
    """
    args = region.draw(np.random.default_rng(seed), count)
    results = [computed(region, args)] + ([computed(region, args, native=True)] if native else [])
    base, start = _reference(region)
    worst: list[tuple[float, tuple[float, ...]]] = [(0.0, ())] * 3
    for k, floats in enumerate(zip(*(x.tolist() for x in args), strict=True)):
        with mp.workdps(DIGITS):
            point = [mp.mpf(x) for x in floats]
            exact = functools.cache(functools.partial(_exact, region.name, base, tuple(point)))
            for order in results[0]:
                degrees = plus(start, order)
                want = exact(degrees)
                scale = abs(want)
                for axis, x in enumerate(point):
                    higher = tuple(d + (i == axis) for i, d in enumerate(degrees))
                    scale += abs(x * exact(higher, derived=any(degrees)))
                if not SMALLEST < scale < 1 / SMALLEST:
                    continue
                errors = [abs(mp.mpf(float(got[order][k])) - want) / scale for got in results]
                error = float(max(errors)) if all(map(mp.isfinite, errors)) else math.inf
                if not error <= worst[sum(order)][0]:
                    worst[sum(order)] = (error, floats)
    return worst
