"""Random programs over NumPy: what the native code generator is tested with.

A program is a pool of arrays that starts with slices of the argument; each step takes some of
them and puts a new one in. Values stay of the order of 1, so rounding stays rounding.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

import ad
from ad.op import TABLE

DIMENSION = 24
SIZES = (1, 1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17)
TYPES = (np.float64, np.float32, np.int8, np.int64, np.bool_)

Rng = np.random.Generator
UNARY: tuple[Callable[[Any], Any], ...] = (
    np.tanh,
    np.sin,
    np.cos,
    lambda a: np.exp(np.tanh(a)),
    lambda a: np.log1p(np.square(a)),
    lambda a: np.sqrt(1.0 + a**2),
    ad.special.expit,
    ad.special.log1p_exp,
    lambda a: -a,
    np.abs,
    lambda a: 1.0 / (2.0 + np.sin(a)),
    lambda a: ad.special.gammaln(1.5 + np.tanh(a)),
    lambda a: np.where(a > 0.1, a, 0.5 * a),
    lambda a: np.floor(1.37 * a + 0.123) * 0.25 + a,  # no step where tanh saturates
    lambda a: np.arctan(a) - 0.5,
    lambda a: ad.special.stop_gradient(a) * np.sin(a),
)
BINARY: tuple[Callable[[Any, Any], Any], ...] = (
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (1.0 + np.square(b)),
    lambda a, b: np.power(1.0 + np.square(a), np.tanh(b)),
    np.maximum,
    np.minimum,
    np.logaddexp,
    lambda a, b: np.where((a > 0.2) & (b < 0.7), a, b),
    lambda a, b: (a > b) * a + (a <= b) * 2.0,
)


def build(seed: int, steps: int) -> Callable[[Any], Any]:
    """A program of some steps; with fewer steps it is the beginning of the same program."""

    def program(x: Any) -> Any:
        rng = np.random.default_rng(seed)
        pool = [_start(rng, x) for _ in range(3)]
        weights = np.random.default_rng([seed, 1]).uniform(-1.0, 1.0, steps + len(pool))
        for _ in range(steps):
            step = STEPS[rng.integers(len(STEPS))]
            pool.append(_tamed(step(rng, pool)))
        # All of the pool is live: results are read in several places.
        return sum(
            (np.sum(_plain(value)) * weight for value, weight in zip(pool, weights, strict=True)),
            0.0,
        )

    return program


def data(rng: Rng, shape: tuple[int, ...]) -> Any:
    """Plain data of any type and memory layout."""
    kind = TYPES[rng.integers(len(TYPES))]
    layout = rng.integers(4)
    if layout == 0 and shape:  # not contiguous
        raw = rng.normal(size=(*shape[:-1], 2 * shape[-1])) * 2.0
        return raw.astype(kind)[..., ::2]
    array = (rng.normal(size=shape) * 2.0).astype(kind)
    if layout == 1:
        return np.asfortranarray(array)
    return array[::-1] if layout == 2 and shape else array


def point(seed: int) -> Any:
    """Where a program is traced, or evaluated."""
    return np.random.default_rng(seed).normal(size=DIMENSION)


def _start(rng: Rng, x: Any) -> Any:
    size = int(rng.choice(SIZES))
    begin = int(rng.integers(DIMENSION - size + 1))
    return x[begin : begin + size]


def _plain(value: Any) -> Any:
    return value * 1.0


def _tamed(value: Any) -> Any:
    size = float(np.max(np.abs(ad.value_of(value)), initial=0.0))
    return np.tanh(value) if size > 20.0 else value


def _one(rng: Rng, pool: list[Any], dims: int | None = None) -> Any:
    chosen = [v for v in pool if dims is None or v.ndim == dims]
    if not chosen:
        return np.reshape(pool[0], (-1,) + (1,) * ((dims or 1) - 1)) if dims else pool[0]
    # Late ones more often: programs get deep as well as wide.
    return chosen[min(int(rng.integers(len(chosen))) + int(rng.integers(2)), len(chosen) - 1)]


def _unary(rng: Rng, pool: list[Any]) -> Any:
    return UNARY[rng.integers(len(UNARY))](_one(rng, pool))


def _binary(rng: Rng, pool: list[Any]) -> Any:
    rule, left = BINARY[rng.integers(len(BINARY))], _one(rng, pool)
    same = [v for v in pool if v.shape in (left.shape, (), left.shape[-1:])]
    choice = rng.integers(4)
    if choice == 0:
        right = data(rng, left.shape)
    elif choice == 1 and left.shape:
        keep = tuple(s if rng.integers(2) else 1 for s in left.shape)
        right = data(rng, keep)
    else:
        right = same[rng.integers(len(same))]
    right = right * 1.0 if getattr(right, "dtype", None) == np.bool_ else right
    return rule(left, right) if rng.integers(2) else rule(right, left)


def _outer(rng: Rng, pool: list[Any]) -> Any:
    left, right = _one(rng, pool, 1), _one(rng, pool, 1)
    if left.size * right.size > 300:
        return np.sin(left)
    return BINARY[rng.integers(len(BINARY))](left[:, None], right[None, :])


def _slice(rng: Rng, pool: list[Any]) -> Any:
    value = _one(rng, pool)
    index: list[Any] = []
    for size in value.shape:
        kind = rng.integers(6)
        if kind == 0:
            index.append(slice(None, None, -1))
        elif kind == 1:
            index.append(slice(int(rng.integers(size)), None, int(rng.integers(1, 4))))
        elif kind == 2:
            index.append(int(rng.integers(-size, size)))
        elif kind == 3:
            index += [None, slice(None)]
        elif kind == 4:
            index.append(slice(0, int(rng.integers(1, size + 1))))
        else:
            index.append(slice(None))
    if len([i for i in index if i is not None]) > 3:
        return value
    return value[tuple(index)] if value.ndim + index.count(None) <= 3 else value


def _gather(rng: Rng, pool: list[Any]) -> Any:
    value = _one(rng, pool)
    if not value.shape:
        return np.exp(-np.abs(value))
    positions = rng.integers(-value.shape[0], value.shape[0], size=int(rng.choice(SIZES)))
    if rng.integers(3) == 0:
        positions = np.abs(positions) % value.shape[0]
    if rng.integers(5) == 0:
        mask = rng.integers(2, size=value.shape[0]).astype(bool)
        mask[0] = True
        return value[mask]
    if value.size // value.shape[0] * positions.size > 300:
        return np.cos(value)
    return value[positions]


def _shape(rng: Rng, pool: list[Any]) -> Any:
    value = _one(rng, pool)
    kind = rng.integers(7)
    if kind == 0:
        return np.transpose(value)
    if kind == 1:
        return np.ravel(value)
    if kind == 2 and value.ndim == 1:
        factors = [d for d in range(1, value.size + 1) if value.size % d == 0]
        return np.reshape(value, (int(rng.choice(factors)), -1))
    if kind == 3 and value.ndim == 1:
        return np.concatenate([value, _one(rng, pool, 1), data(rng, (3,))])
    if kind == 4 and value.ndim >= 1 and value.size < 100:
        return np.stack([value, np.sin(value), value], axis=int(rng.integers(value.ndim + 1)))[
            ..., :5
        ]
    if kind == 5 and value.ndim == 1 and value.size < 12:
        return np.diag(value, int(rng.integers(-1, 2)))
    if kind == 6 and value.ndim >= 1:
        return np.roll(value, int(rng.integers(5)))
    return np.flip(value)


def _reduce(rng: Rng, pool: list[Any]) -> Any:
    value = _one(rng, pool)
    if not value.shape:
        return np.sin(value)
    axes = tuple(axis for axis in range(value.ndim) if rng.integers(2)) or None
    rule = (np.sum, np.max, np.min, np.mean, np.prod, ad.special.logsumexp)[rng.integers(6)]
    if rule is np.prod:
        value = np.tanh(value)
    return rule(value, axis=axes, keepdims=bool(rng.integers(2)))


def _cumulate(rng: Rng, pool: list[Any]) -> Any:
    value = _one(rng, pool)
    return np.cumsum(value, axis=int(rng.integers(value.ndim)) if value.ndim else None)


def _product(rng: Rng, pool: list[Any]) -> Any:
    vector = _one(rng, pool, 1)
    kind = rng.integers(5)
    rows = int(rng.choice(SIZES))
    if kind == 0:
        return data(rng, (rows, vector.size)) @ vector
    if kind == 1:
        return vector @ data(rng, (vector.size, rows))
    matrix = _one(rng, pool, 2)
    if kind == 2:
        return matrix @ data(rng, (matrix.shape[1],))
    if kind == 3:
        return matrix @ data(rng, (matrix.shape[1], min(rows, 5)))
    return matrix.T @ matrix if matrix.shape[1] <= 12 else np.sum(matrix @ matrix.T)


def _scatter(rng: Rng, pool: list[Any]) -> Any:
    value = _one(rng, pool)
    size = int(rng.choice(SIZES))
    table = rng.integers(size, size=value.shape)
    return TABLE["scatter_add"](value, table, shape=(size,))


def _order(rng: Rng, pool: list[Any]) -> Any:
    """What goes by order: sorts, ranks, quantiles, positions of extremes, search, interpolation."""
    value = _one(rng, pool)
    if not value.shape:
        return np.tanh(value)
    axis, kind = int(rng.integers(value.ndim)), rng.integers(8)
    # Elements that are equal but for rounding, as spectra are, would have any order.
    value = value + 0.01 * np.arange(value.size).reshape(value.shape)
    if kind == 0:
        return np.sort(value, axis=axis)
    if kind == 1:
        return np.argsort(value, axis=axis, kind="stable") * 0.1 + value
    if kind == 2:
        return np.take_along_axis(np.sin(value), np.argsort(value, axis=axis, kind="stable"), axis)
    if kind == 3:
        return np.quantile(value, float(rng.uniform()), axis=axis)
    if kind == 4:
        return np.argmax(value, axis=axis, keepdims=True) * 0.1 + value
    if kind == 5:
        grid = np.sort(rng.normal(size=4))
        return np.searchsorted(grid, value) * value * 0.3
    if kind == 6:
        knots = np.linspace(-2.0, 2.0, 6)
        return np.interp(value, knots, np.sin(3.0 * knots))
    return np.median(value, axis=axis, keepdims=bool(rng.integers(2)))


def _signal(rng: Rng, pool: list[Any]) -> Any:
    """Differences, convolutions, transforms and padding of vectors."""
    value, kind = np.tanh(_one(rng, pool, 1)), rng.integers(8)
    # Transforms have elements that are equal, or 0, but for rounding, which comparisons would tell.
    apart = 0.01 * (1.0 + np.arange(value.size))
    if kind == 0 and value.size > 1:
        return np.diff(value)
    if kind == 1 and value.size > 1:
        return np.gradient(value, 0.7)
    if kind == 2:
        return np.convolve(value, data(rng, (3,)) * 1.0, "same")
    if kind == 3:
        return np.abs(np.fft.fft(value)) / value.size + apart
    if kind == 4:
        return np.fft.irfft(np.fft.rfft(value) * np.exp(0.3j), value.size) + apart
    if kind == 5:
        return np.cumprod(1.0 + 0.3 * value)
    if kind == 6:
        return np.pad(value, 2, mode=("edge", "mean", "wrap", "linear_ramp")[rng.integers(4)])
    return np.angle(np.exp(1j * value) + 2.0) + np.hypot(value, 0.5)


STEPS: tuple[Callable[[Rng, list[Any]], Any], ...] = (
    *(_unary, _unary, _binary, _binary, _binary),
    *(_outer, _slice, _slice, _gather, _gather, _shape, _shape),
    *(_reduce, _reduce, _cumulate, _product, _scatter, _order, _signal),
)
