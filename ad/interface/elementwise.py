"""NumPy's ufuncs that are not a row of the table by themselves, and their like."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad import sparse, special
from ad.direct import one_row
from ad.interface.common import arrays, no_out, numbers
from ad.linalg import contractions
from ad.op import TABLE, Value, expand
from ad.ops.matrices import swap
from ad.tape import NO_PARAMS
from ad.traced import Traced, is_traced

LN_2 = math.log(2.0)


def _log(base: float) -> Callable[[Value], Value]:
    return lambda x: TABLE["log"](x) * (1.0 / math.log(base))


def _trunc(x: Value) -> Value:
    return TABLE["where"](TABLE["less"](x, 0.0), TABLE["ceil"](x), TABLE["floor"](x))


def _remainder(x: Any, y: Any) -> Value:
    """X modulo y with the sign of y, exactly: of the two remainders nearest to 0."""
    x, y = numbers(x, y)
    rest = TABLE["fmod"](x, y)
    other = np.not_equal(rest, 0.0) & np.not_equal(np.less(rest, 0.0), np.less(y, 0.0))
    return TABLE["where"](other, rest + y, rest)


def _floor_divide(x: Any, y: Any) -> Value:
    x, y = numbers(x, y)
    zero = np.equal(y, 0.0)
    safe = TABLE["where"](zero, 1.0, y)
    # (x - remainder) / y is a whole number but for rounding.
    whole = TABLE["rint"]((x - _remainder(x, safe)) / safe)
    return special.stop_gradient(TABLE["where"](zero | np.isinf(x), x / y, whole))


def _signbit(x: Value) -> Value:
    """Whether x is negative, or -0; nan counts as positive."""
    x = arrays(x)[0]
    below = TABLE["where"](np.equal(x, 0.0), 1.0 / x, x)
    return np.less(below, 0.0)


def _copysign(x: Value, y: Value) -> Value:
    x, y = numbers(x, y)
    size = TABLE["absolute"](x)
    return TABLE["where"](_signbit(y), -size, size)


def _heaviside(x: Value, middle: Value) -> Value:
    x, middle = numbers(x, middle)
    where = TABLE["where"]
    step = where(np.less(x, 0.0), 0.0, where(np.equal(x, 0.0), middle, 1.0))
    return where(np.isnan(x), np.nan, step)


def _modf(x: Value) -> tuple[Value, Value]:
    whole = _trunc(x)
    rest = TABLE["where"](np.isinf(x), 0.0, x - TABLE["where"](np.isinf(x), 0.0, whole))
    return _copysign(rest, x), whole


def _logaddexp2(x: Value, y: Value) -> Value:
    return special.logaddexp(x * LN_2, y * LN_2) / LN_2


def _ignoring_nan(extreme: Callable[..., Value], x: Any, y: Any) -> Value:
    x, y = arrays(x, y)
    where = TABLE["where"]
    return where(np.isnan(x), y, where(np.isnan(y), x, extreme(x, y)))


def _vecdot(x: Any, y: Any) -> Value:
    """Sums of products along the last axis."""
    x, y = numbers(x, y)
    if not x.ndim or not y.ndim or x.shape[-1] != y.shape[-1]:
        raise ValueError(f"np.vecdot: last axes must agree, got shapes {x.shape} and {y.shape}.")
    return np.sum(x * y, axis=-1)


def _matvec(a: Any, x: Any) -> Value:
    """Matrices times vectors."""
    a, x = numbers(a, x)
    product = contractions.matmul(a, x.reshape((*x.shape, 1)))
    return product.reshape(product.shape[:-1])


def _vecmat(x: Any, a: Any) -> Value:
    """Vectors times matrices."""
    return _matvec(swap(numbers(a)[0]), x)


UFUNCS: dict[str, Callable[..., Any]] = {
    "matmul": sparse.matmul,
    "vecdot": _vecdot,
    "matvec": _matvec,
    "vecmat": _vecmat,
    "true_divide": TABLE["divide"],
    "positive": lambda x: x,
    "conjugate": lambda x: x,
    "reciprocal": lambda x: 1.0 / x,
    "fabs": TABLE["absolute"],
    "float_power": TABLE["power"],
    "log2": _log(2.0),
    "log10": _log(10.0),
    "exp2": lambda x: TABLE["exp"](x * LN_2),
    "deg2rad": lambda x: x * (math.pi / 180.0),
    "radians": lambda x: x * (math.pi / 180.0),
    "rad2deg": lambda x: x * (180.0 / math.pi),
    "degrees": lambda x: x * (180.0 / math.pi),
    "floor_divide": _floor_divide,
    "remainder": _remainder,
    "divmod": lambda x, y: (_floor_divide(x, y), _remainder(x, y)),
    "modf": _modf,
    "trunc": _trunc,
    "signbit": _signbit,
    "copysign": _copysign,
    "heaviside": _heaviside,
    "ldexp": lambda x, n: x * TABLE["exp"](n * LN_2) if is_traced(n) else x * np.exp2(n),
    "fmax": lambda x, y: _ignoring_nan(TABLE["maximum"], x, y),
    "fmin": lambda x, y: _ignoring_nan(TABLE["minimum"], x, y),
    "bitwise_and": TABLE["logical_and"],
    "bitwise_or": TABLE["logical_or"],
    "bitwise_xor": TABLE["logical_xor"],
    "invert": TABLE["logical_not"],
    "logaddexp": special.logaddexp,
    "logaddexp2": _logaddexp2,
}


def _where_row(condition: Any, x: Any, y: Any) -> Any:
    for value in (condition, x, y):
        kind = type(value)
        if kind is Traced or kind is float or kind is int:
            continue
        if not isinstance(value, Traced) and (kind is not np.ndarray or value.dtype.kind == "c"):
            return None
    return TABLE["where"], (condition, x, y), NO_PARAMS


@one_row(_where_row)
def _where(condition: Any, x: Any, y: Any) -> Value:
    return TABLE["where"](
        *(
            v if is_traced(v) or type(v) in (int, float) else np.asarray(v)
            for v in (condition, x, y)
        )
    )


def _clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: Any = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Value:
    no_out("clip", out)
    low, high = (a_min if a_min is not None else min), (a_max if a_max is not None else max)
    if low is not None:
        a = TABLE["maximum"](a, low)
    return a if high is None else TABLE["minimum"](a, high)


def _round(a: Value, decimals: int = 0, out: Any = None) -> Value:
    no_out("round", out)
    if not decimals:
        return TABLE["rint"](a)
    scale = 10.0 ** abs(decimals)
    if decimals < 0:
        return TABLE["rint"](a / scale) * scale
    return TABLE["rint"](a * scale) / scale


def _nan_to_num(
    x: Value, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Value:
    where, most = TABLE["where"], float(np.finfo(np.float64).max)
    x = where(np.isnan(x), nan, x)
    x = where(np.equal(x, np.inf), most if posinf is None else posinf, x)
    return where(np.equal(x, -np.inf), -most if neginf is None else neginf, x)


def _isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: bool = False) -> Value:
    a, b = numbers(a, b)
    near = np.isfinite(b) & np.less_equal(np.abs(a - b), atol + rtol * np.abs(b))
    near = near | np.equal(a, b)
    return near | (np.isnan(a) & np.isnan(b)) if equal_nan else near


# Taylor's series of sin(t) / t in t^2, to t = 1; the rest is below 1e-19.
_SINC = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(10)]


def _sinc(x: Value) -> Value:
    t = x * math.pi
    near = np.less(np.abs(t), 1.0)
    square = TABLE["square"](TABLE["where"](near, t, 0.0))
    series: Value = _SINC[-1]
    for coefficient in reversed(_SINC[:-1]):
        series = series * square + coefficient
    far = TABLE["where"](near, 1.0, t)
    return TABLE["where"](near, series, TABLE["sin"](far) / far)


def _angle(z: Value, deg: bool = False) -> Value:
    half_turn = 180.0 if deg else math.pi
    return TABLE["where"](_signbit(z), half_turn, 0.0 * special.stop_gradient(z))


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Value:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not condlist:
        raise ValueError("select with an empty condition list is not possible")
    result = default
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = _where(condition, choice, result)
    return result


def _piecewise(x: Value, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Value:
    conditions = condlist if isinstance(condlist, list | tuple) else [condlist]
    if len(funclist) not in (len(conditions), len(conditions) + 1):
        raise ValueError(
            f"with {len(conditions)} condition(s), either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected"
        )
    values = [f(x, *args, **kw) if callable(f) else f for f in funclist]
    result = values[len(conditions)] if len(values) > len(conditions) else 0.0
    for condition, value in zip(conditions, values, strict=False):  # the last that holds
        result = _where(condition, value, result)
    return expand(result, np.shape(x))


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Value:
    no_out("choose", out)
    index, *options = arrays(a, *choices)
    count = len(options)
    if mode == "wrap":
        index = np.remainder(index, count)
    elif mode == "clip":
        index = np.clip(index, 0, count - 1)
    elif not is_traced(index) and ((index < 0) | (index >= count)).any():
        raise ValueError("invalid entry in choice array")
    result: Value = np.nan
    for number, option in enumerate(options):
        result = _where(np.equal(index, number), option, result)
    return result


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "where": _where,
    "select": _select,
    "piecewise": _piecewise,
    "choose": _choose,
    "clip": _clip,
    "round": _round,
    "around": _round,
    "fix": lambda x, out=None: _trunc(x),
    "nan_to_num": _nan_to_num,
    "isclose": _isclose,
    "allclose": lambda a, b, rtol=1e-5, atol=1e-8, equal_nan=False: np.all(
        _isclose(a, b, rtol, atol, equal_nan)
    ),
    "isposinf": lambda x, out=None: np.equal(x, np.inf),
    "isneginf": lambda x, out=None: np.equal(x, -np.inf),
    "sinc": _sinc,
    "i0": TABLE["i0"],
    "real": lambda val: val,
    "imag": lambda val: np.zeros(val.shape),
    "angle": _angle,
    "real_if_close": lambda a, tol=100: a,
    "isreal": lambda x: np.ones(x.shape, np.bool_),
    "iscomplex": lambda x: np.zeros(x.shape, np.bool_),
    "isrealobj": lambda x: True,
    "iscomplexobj": lambda x: False,
}
