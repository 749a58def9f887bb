"""Errors of functions of arrays, and of their derivatives, against mpmath.

All are norm-wise (Frobenius). Errors of a value F are relative to ||F|| + max ||DF[E]||, where E
are some directions, each array's as large as the array itself: what rounding the arguments,
norm-wise, does to F. So the condition of the problem is allowed for, not that of the method. A
derivative along directions is treated alike, as a function of the arrays and the directions.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp

import ad

Array = np.ndarray[Any, Any]
Rng = np.random.Generator
DIGITS = 90
STEP = -22  # the power of ten of a step, for arguments about 1
PROBES = 2


class ArrayRegion(NamedTuple):
    """A function of arrays, the rows it goes through, what it is exactly, and where."""

    name: str
    rows: tuple[str, ...]
    domain: str
    ours: Callable[..., Any]
    exact: Callable[..., Any]
    draw: Callable[[Rng], tuple[Array, ...]]
    limits: tuple[float, float, float] = (1e-12, 1e-12, 1e-9)


def numbers(*shape: int) -> Callable[[Rng], tuple[Array, ...]]:
    """Normal numbers times a power of ten."""
    return lambda rng: (rng.normal(size=shape) * 10.0 ** rng.uniform(-3, 3),)


def several(*shapes: tuple[int, ...]) -> Callable[[Rng], tuple[Array, ...]]:
    """The same, some arrays."""
    return lambda rng: tuple(numbers(*shape)(rng)[0] for shape in shapes)


def parts(z: Any) -> Any:
    """Real and imaginary parts, one after the other."""
    return np.concatenate([np.real(z), np.imag(z)])


def _along(function: Callable[..., Any], at: list[Any], directions: tuple[Any, ...]) -> Any:
    """Derivative of an exact function along each of the directions, flat."""
    if not directions:
        return np.ravel(np.asarray(function(*at), dtype=object))
    step = mp.mpf(10) ** STEP
    ends = [
        _along(
            function,
            [x + side * step * v for x, v in zip(at, directions[0], strict=True)],
            directions[1:],
        )
        for side in (-1, 1)
    ]
    return (ends[1] - ends[0]) / (2 * step)


def _norm(x: Any) -> Any:
    return mp.sqrt(mp.fsum(abs(one) ** 2 for one in x))


def _directions(rng: Rng, arrays: tuple[Array, ...]) -> tuple[Array, ...]:
    """Directions as large as the arrays."""
    drawn = [rng.normal(size=a.shape) for a in arrays]
    return tuple(
        np.asarray(v * (np.linalg.norm(a) / np.linalg.norm(v)))
        for a, v in zip(arrays, drawn, strict=True)
    )


def _exactly(arrays: tuple[Array, ...]) -> list[Any]:
    return [np.vectorize(mp.mpf, otypes=[object])(a) for a in arrays]


def computed(
    region: ArrayRegion, arrays: tuple[Array, ...], ways: tuple[tuple[Array, ...], ...]
) -> Iterator[tuple[int, str, Any, Any]]:
    """(order, how, result, weights) for value and derivatives along `ways`.

    Reverse mode gives one number, the derivative of the elements summed with these weights.
    """
    first, second = ways
    ours = region.ours
    value = ours(*arrays)
    weights = np.cos(1.0 + np.arange(np.size(value))).reshape(np.shape(value))

    def slope(*xs: Any) -> Any:
        return ad.jvp(ours, xs, first)[1]

    def pulled(*xs: Any) -> Any:
        return ad.vjp(ours, *xs)[1](weights)

    def dot(rows: Any, way: tuple[Array, ...]) -> Any:
        terms = [np.ravel(row * v) for row, v in zip(rows, way, strict=True)]
        return math.fsum(np.concatenate(terms))

    yield 0, "interpreted", value, None
    yield 0, "native", ad.compile(ours)(*arrays), None
    yield 1, "forward", slope(*arrays), None
    yield 1, "reverse", dot(pulled(*arrays), first), weights
    yield 1, "reverse, native", dot(ad.compile(pulled)(*arrays), first), weights
    yield 2, "forward over forward", ad.jvp(slope, arrays, second)[1], None
    yield 2, "reverse over forward", dot(ad.vjp(slope, *arrays)[1](weights), second), weights
    yield 2, "forward over reverse", dot(ad.jvp(pulled, arrays, second)[1], first), weights


def _moved(ways: tuple[Any, ...], probe: Any) -> Iterator[tuple[Any, ...]]:
    """Directions of a derivative's change: in the arguments, and in each of its directions."""
    yield (*ways, probe)
    for k in range(len(ways)):
        yield (*ways[:k], probe, *ways[k + 1 :])


def _exact(
    region: ArrayRegion, arrays: tuple[Array, ...], ways: tuple[tuple[Array, ...], ...], rng: Rng
) -> list[tuple[Any, Any]]:
    """Value, first and second derivatives along `ways`, each with the size of its errors."""
    at = _exactly(arrays)
    exact_ways = tuple(_exactly(way) for way in ways)
    probes = [_exactly(_directions(rng, arrays)) for _ in range(PROBES)]
    found: list[tuple[Any, Any]] = []
    for order in range(3):
        want = _along(region.exact, at, exact_ways[:order])
        scale = _norm(want) + max(
            _norm(_along(region.exact, at, moved))
            for probe in probes
            for moved in _moved(exact_ways[:order], probe)
        )
        # A linear function's second derivatives are what differences leave of 0.
        before = found[-1][1] if found else scale
        found.append((want, before if scale < before * mp.mpf(10) ** (STEP // 2) else scale))
    return found


def _error(got: Any, weights: Any, want: Any, scale: Any) -> float:
    result = np.ravel(np.asarray(got, dtype=float))
    if not np.isfinite(result).all():
        return math.inf
    if weights is not None:
        numbers = np.ravel(weights).tolist()
        want = [mp.fsum(w * x for w, x in zip(numbers, want, strict=True))]
        scale = scale * _norm(numbers)
    return float(_norm([x - y for x, y in zip(result.tolist(), want, strict=True)]) / scale)


def worst_array_errors(region: ArrayRegion, count: int, seed: int) -> list[tuple[float, str]]:
    """Largest error of the value, the first and the second derivatives, and how it was found."""
    rng = np.random.default_rng(seed)
    worst: list[tuple[float, str]] = [(0.0, "")] * 3
    for number in range(count):
        arrays = region.draw(rng)
        ways = _directions(rng, arrays), _directions(rng, arrays)
        with mp.workdps(DIGITS):
            exact = _exact(region, arrays, ways, rng)
            for order, how, got, weights in computed(region, arrays, ways):
                error = _error(got, weights, *exact[order])
                if not error <= worst[order][0]:
                    worst[order] = (error, f"{how}, draw {number}")
    return worst
