"""NumPy's differences, integrals, interpolation, convolution and polynomials on traced arrays."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad import special
from ad.callsite import user_line
from ad.errors import NoRuleError, ShapeError
from ad.interface.common import last, normal_axis, numbers, unlast
from ad.interface.joining import concatenate
from ad.interface.ordering import picked_along, positions_in
from ad.op import TABLE, Value, expand, reshape
from ad.ops.shape import assemble
from ad.special import normal_axes
from ad.traced import is_traced, value_of


def _gradient(f: Value, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    (f,) = numbers(f)
    axes = normal_axes(axis, f.ndim) if axis is None or isinstance(axis, tuple) else (axis,)
    axes = tuple(normal_axis(one, f.ndim) for one in axes)
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    spacings = list(varargs) or [1.0]
    if len(spacings) == 1 and (np.ndim(spacings[0]) == 0):
        spacings *= len(axes)
    if len(spacings) != len(axes):
        raise TypeError("invalid number of arguments")
    results = []
    for one, spacing in zip(axes, spacings, strict=True):
        if f.shape[one] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least "
                "(edge_order + 1) elements are required."
            )
        results.append(unlast(_slope(last(f, one), spacing, edge_order), one))
    return results[0] if len(results) == 1 else tuple(results)


def _slope(y: Value, spacing: Any, edge_order: int) -> Value:
    """Second-order differences along the last axis, at unequal distances where they are given."""
    size = y.shape[-1]
    if np.ndim(spacing) == 0:
        steps: Any = spacing * np.ones(size - 1)
    else:
        (x,) = numbers(spacing)
        if x.ndim != 1 or x.size != size:
            raise ValueError(
                "when 1d, distances must match the length of the corresponding dimension"
            )
        steps = x[1:] - x[:-1]
    rises = (y[..., 1:] - y[..., :-1]) / steps
    before, after = steps[:-1], steps[1:]
    # The parabola through three neighbours: rises weighted by the other side's step.
    inner = (rises[..., :-1] * after + rises[..., 1:] * before) / (before + after)
    first, end = rises[..., :1], rises[..., -1:]
    if edge_order == 2:
        first = first - (rises[..., 1:2] - first) * (steps[0] / (steps[0] + steps[1]))
        end = end + (end - rises[..., -2:-1]) * (steps[-1] / (steps[-1] + steps[-2]))
    return concatenate([first, inner, end], -1)


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Value:
    (y,) = numbers(y)
    y = last(y, axis)
    if x is None:
        steps: Any = dx
    else:
        (x,) = numbers(x)
        x = x if x.ndim == 1 else last(x, axis)
        steps = x[..., 1:] - x[..., :-1]
    return np.sum(steps * (y[..., 1:] + y[..., :-1]) * 0.5, axis=-1)


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Value:
    """At a knot the slope is that of the piece to its right, at the last one that to its left."""
    x, xp, fp = numbers(x, xp, fp)
    if xp.ndim != 1 or fp.shape != xp.shape:
        raise ValueError("fp and xp are not of the same length.")
    if not xp.size:
        raise ValueError("array of sample points is empty")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period = abs(period)
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(xp)
        xp, fp = np.take(xp, order), np.take(fp, order)
        xp = concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    where, size = TABLE["where"], xp.size
    low = fp[0] if left is None else left
    high = fp[size - 1] if right is None else right
    if size == 1:
        inside = expand(fp[0], x.shape) if is_traced(fp) else np.broadcast_to(fp[0], x.shape)
    else:
        piece = positions_in(xp, x, "right", "interp") - 1.0
        piece = np.minimum(np.maximum(piece, 0.0), size - 2.0)
        x0, y0 = picked_along(xp, piece), picked_along(fp, piece)
        x1, y1 = picked_along(xp, piece + 1.0), picked_along(fp, piece + 1.0)
        inside = y0 + (y1 - y0) / (x1 - x0) * (x - x0)
    inside = where(np.less(x, xp[0]), low, where(np.greater(x, xp[size - 1]), high, inside))
    return where(np.isnan(x), x, inside)


def _unwrap(
    p: Value, discont: Any = None, axis: int = -1, *, period: float = 2.0 * math.pi
) -> Value:
    x, half = last(p, axis), period / 2.0
    steps = special.stop_gradient(x[..., 1:] - x[..., :-1])
    turned = np.remainder(steps + half, period) - half
    turned = TABLE["where"](np.equal(turned, -half) & np.greater(steps, 0.0), half, turned)
    limit = half if discont is None else discont
    moves = TABLE["where"](np.less(np.abs(steps), limit), 0.0, turned - steps)
    return unlast(concatenate([x[..., :1], x[..., 1:] + np.cumsum(moves, axis=-1)], -1), axis)


# ---- convolution ---------------------------------------------------------------------------------


def _vectors(name: str, *values: Any) -> list[Any]:
    found = [np.ravel(x) if x.ndim == 0 else x for x in numbers(*values)]
    if any(x.ndim != 1 for x in found):
        raise ValueError("object too deep for desired array")
    if not all(x.size for x in found):
        raise ValueError(f"np.{name}: arrays cannot be empty")
    return found


def _full(a: Value, v: Value) -> Value:
    """Products of all pairs, the row of each element of the shorter one step further right."""
    short, long = (a, v) if a.size <= v.size else (v, a)
    width = short.size + long.size - 1
    pairs = reshape(short, (short.size, 1)) * long
    skewed = assemble(pairs, shape=(short.size, width), places=((0, (width + 1, 1)),))
    return np.sum(skewed, axis=0)


def _cut(whole: Value, n: int, m: int, mode: Any, start: int) -> Value:
    """The part of a full convolution of `n` and `m` <= n elements that a mode means."""
    if mode in ("full", 2):
        return whole
    if mode in ("same", 1):
        return whole[start : start + n]
    if mode in ("valid", 0):
        return whole[m - 1 : n]
    raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")


def _convolve(a: Any, v: Any, mode: Any = "full") -> Value:
    a, v = _vectors("convolve", a, v)
    n, m = max(a.size, v.size), min(a.size, v.size)
    return _cut(_full(a, v), n, m, mode, (m - 1) // 2)


def _correlate(a: Any, v: Any, mode: Any = "valid") -> Value:
    a, v = _vectors("correlate", a, v)
    n, m = max(a.size, v.size), min(a.size, v.size)
    # An even number of elements has two in the middle; which one counts depends on the order.
    start = (m - 1) // 2 if a.size >= v.size else m // 2
    return _cut(_full(a, v[::-1]), n, m, mode, start)


# ---- polynomials, highest power first ------------------------------------------------------------


def _polyval(p: Any, x: Any) -> Value:
    p, x = numbers(p, x)
    total: Value = x * 0.0
    for k in range(p.size):
        total = total * x + p[k]
    return total


def _polyadd(a1: Any, a2: Any, sign: float = 1.0) -> Value:
    a1, a2 = (np.atleast_1d(x) for x in numbers(a1, a2))
    size = max(a1.size, a2.size)
    return np.pad(a1, (size - a1.size, 0)) + sign * np.pad(a2, (size - a2.size, 0))


def _polyder(p: Any, m: int = 1) -> Value:
    (p,) = numbers(p)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    for _ in range(m):
        p = p[:-1] * np.arange(float(p.size - 1), 0.0, -1.0)
    return p


def _polyint(p: Any, m: int = 1, k: Any = None) -> Value:
    (p,) = numbers(p)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    (given,) = numbers(0.0 if k is None else k)
    constants = np.broadcast_to(given, (m,)) if given.size == 1 and m != 1 else np.ravel(given)
    if np.size(constants) < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        p = concatenate([p / np.arange(float(p.size), 0.0, -1.0), constants[i : i + 1]])
    return p


def _poly(seq_of_zeros: Any) -> Value:
    (zeros,) = numbers(seq_of_zeros)
    if zeros.ndim != 1:
        raise ShapeError(
            f"np.poly: zeros must have one axis, got shape {zeros.shape} ({user_line()}). Of a "
            "matrix take the polynomial of its eigenvalues."
        )
    result: Value = np.ones(1)
    for k in range(zeros.size):
        result = _polyadd(np.pad(result, (0, 1)), np.pad(result * zeros[k], (1, 0)), -1.0)
    return result


def _roots(p: Any) -> Any:
    """Eigenvalues of the companion matrix, and a zero for each zero at the end; complex."""
    (p,) = numbers(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    filled = np.flatnonzero(np.asarray(value_of(p)))
    if not filled.size:
        return np.zeros(0)
    zeros, p = p.size - 1 - int(filled[-1]), p[int(filled[0]) : int(filled[-1]) + 1]
    if p.size == 1:
        return np.zeros(zeros)
    first = reshape(-p[1:] / p[0], (1, p.size - 1))
    companion = concatenate([first, np.eye(p.size - 1)[:-1]])
    found = np.linalg.eigvals(companion)
    return np.concatenate([found, np.zeros(zeros)]) if zeros else found


def _polydiv(u: Any, v: Any) -> tuple[Value, Value]:
    u, v = (np.atleast_1d(x) for x in numbers(u, v))
    steps = u.size - v.size + 1
    quotient: list[Value] = []
    rest = u
    for k in range(steps):
        factor = rest[0] / v[0]
        quotient.append(factor)
        size = rest.size
        rest = (rest - np.pad(factor * v, (0, size - v.size)))[1:]
        if k == steps - 1 and not rest.size:
            rest = np.zeros(1)
    # NumPy drops leading zeros of the remainder, as its values have them.
    known = np.atleast_1d(value_of(rest))
    while rest.size > 1 and np.isclose(known[0], 0.0, rtol=1e-14, atol=1e-14):
        rest, known = rest[1:], known[1:]
    return (np.stack(quotient) if quotient else np.zeros(1)), rest


def _polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Value:
    x, y = numbers(x, y)
    if full or cov:
        raise NoRuleError(
            f"np.polyfit: full and cov must be False, got {full!r} and {cov!r} ({user_line()})."
        )
    if x.ndim != 1 or not x.size or y.ndim not in (1, 2) or y.shape[0] != x.size:
        raise TypeError("expected x and y to have same length")
    powers = np.vander(x, int(deg) + 1)
    if w is not None:
        (w,) = numbers(w)
        if w.shape != x.shape:
            raise TypeError("expected w and y to have the same length")
        powers, y = powers * w[:, None], y * (w if y.ndim == 1 else w[:, None])
    scale = np.sqrt(np.sum(np.square(powers), axis=0))
    fit = np.linalg.pinv(powers / scale) @ y
    return fit / (scale if y.ndim == 1 else scale[:, None])


CALCULUS: dict[str, Callable[..., Any]] = {
    "gradient": _gradient,
    "trapezoid": _trapezoid,
    "interp": _interp,
    "unwrap": _unwrap,
    "convolve": _convolve,
    "correlate": _correlate,
    "polyval": _polyval,
    "polyadd": _polyadd,
    "polysub": lambda a1, a2: _polyadd(a1, a2, -1.0),
    "polymul": lambda a1, a2: _convolve(a1, a2),  # noqa: PLW0108 - NumPy's names
    "polyder": _polyder,
    "polyint": _polyint,
    "polydiv": _polydiv,
    "polyfit": _polyfit,
    "poly": _poly,
    "roots": _roots,
}
