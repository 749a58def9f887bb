"""Ufuncs of complex values, in operations of their parts.

Branch cuts are NumPy's. Where a real function has a convention for its derivative at a kink, so
have these: |z| has derivative 0 at 0.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad.complexes.value import Complex, parts
from ad.op import TABLE, Value


def both(value: Any) -> tuple[Value, Value]:
    """Real and imaginary part, the latter an array too."""
    re, im = parts(value)
    return re, (0.0 * np.zeros(re.shape) if im is None else im)


def _add(z: Any, w: Any, sign: float = 1.0) -> Any:
    (a, b), (c, d) = parts(z), parts(w)
    re = a + c if sign > 0 else a - c
    if d is None:
        return Complex(re, b)
    if b is None:
        return Complex(re, d if sign > 0 else -d)
    return Complex(re, b + d if sign > 0 else b - d)


def multiply(z: Any, w: Any) -> Any:
    """Product."""
    (a, b), (c, d) = parts(z), parts(w)
    if d is None:
        return Complex(a * c, b * c)
    if b is None:
        return Complex(a * c, a * d)
    return Complex(a * c - b * d, a * d + b * c)


def divide(z: Any, w: Any) -> Any:
    """Quotient; the divisor's size is taken out first, so that its square does not overflow."""
    (a, b), (c, d) = parts(z), parts(w)
    if d is None:
        return Complex(a / c, b / c)
    size = np.hypot(c, d)
    c, d = c / size, d / size
    if b is None:
        return Complex(a * c / size, -(a * d) / size)
    return Complex((a * c + b * d) / size, (b * c - a * d) / size)


def absolute(z: Any) -> Value:
    """Size."""
    return np.hypot(*both(z))


def conjugate(z: Any) -> Any:
    """Complex conjugate."""
    re, im = both(z)
    return Complex(re, -im)


def _square(z: Any) -> Any:
    x, y = both(z)
    return Complex((x - y) * (x + y), 2.0 * x * y)


def exp(z: Any) -> Any:
    """Exponential."""
    x, y = both(z)
    size = np.exp(x)
    return Complex(size * np.cos(y), size * np.sin(y))


def _log_size(x: Value, y: Value) -> Value:
    """Log |x + i y|; near 1 by log1p(|z|^2 - 1), which does not cancel."""
    where, size = TABLE["where"], np.hypot(x, y)
    near = np.greater(size, 0.5) & np.less(size, 2.0)
    wide = np.greater(np.abs(x), np.abs(y))
    m, n = where(wide, x, y), where(wide, y, x)
    excess = where(near, (m - 1.0) * (m + 1.0) + n * n, 0.0)
    return where(near, 0.5 * np.log1p(excess), np.log(where(near, 1.0, size)))


def log(z: Any) -> Any:
    """Logarithm."""
    x, y = both(z)
    return Complex(_log_size(x, y), np.arctan2(y, x))


def _log1p(z: Any) -> Any:
    x, y = both(z)
    where = TABLE["where"]
    excess = x * (2.0 + x) + y * y
    near = np.less(np.abs(excess), 0.5)
    far = _log_size(where(near, 1.0, 1.0 + x), where(near, 0.0, y))
    size = where(near, 0.5 * np.log1p(where(near, excess, 0.0)), far)
    return Complex(size, np.arctan2(y, 1.0 + x))


def _expm1(z: Any) -> Any:
    x, y = both(z)
    half = np.sin(0.5 * y)
    return Complex(np.expm1(x) * np.cos(y) - 2.0 * half * half, np.exp(x) * np.sin(y))


def sqrt(z: Any) -> Any:
    """Square root with real part >= 0."""
    x, y = both(z)
    where = TABLE["where"]
    root = np.sqrt(0.5 * (np.hypot(x, y) + np.abs(x)))
    zero = np.equal(root, 0.0)
    other = where(zero, 0.0, y / where(zero, 1.0, 2.0 * root))
    right = np.greater_equal(x, 0.0)
    return Complex(where(right, root, np.abs(other)), where(right, other, np.copysign(root, y)))


def _whole(w: Any) -> int | None:
    """An exponent that is a small whole number."""
    if not isinstance(w, int | float | np.integer | np.floating):
        return None
    value = float(w)
    return int(value) if value.is_integer() and abs(value) <= 100.0 else None


def power(z: Any, w: Any) -> Any:
    """z^w: products for small whole w, else exp(w log z), and 0 for z = 0."""
    exponent = _whole(w)
    if exponent is not None:
        if exponent < 0:
            return divide(1.0, power(z, -exponent))
        result: Any = Complex(np.ones(np.shape(z)), np.zeros(np.shape(z)))
        left = exponent
        while left:
            result = multiply(result, z) if left % 2 else result
            left //= 2
            z = multiply(z, z) if left else z
        return result
    x, y = both(z)
    zero = np.equal(x, 0.0) & np.equal(y, 0.0)
    safe = Complex(TABLE["where"](zero, 1.0, x), y)
    re, im = both(exp(multiply(w, log(safe))))
    return Complex(TABLE["where"](zero, 0.0, re), TABLE["where"](zero, 0.0, im))


def _sin(z: Any) -> Any:
    x, y = both(z)
    return Complex(np.sin(x) * np.cosh(y), np.cos(x) * np.sinh(y))


def _cos(z: Any) -> Any:
    x, y = both(z)
    return Complex(np.cos(x) * np.cosh(y), -(np.sin(x) * np.sinh(y)))


def _tan(z: Any) -> Any:
    x, y = both(z)
    t, h = np.tan(x), np.tanh(y)
    below = 1.0 + t * t * h * h
    # 1 / cosh^2 in place of 1 - tanh^2, which cancels.
    return Complex(t / np.square(np.cosh(y)) / below, h * (1.0 + t * t) / below)


def _by_i(z: Any, times: float = 1.0) -> Any:
    """I z, or -i z."""
    x, y = both(z)
    return Complex(-times * y, times * x)


def _turned(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """-i f(i z): sinh of sin, tanh of tan, arcsinh of arcsin, arctan of arctanh."""
    return lambda z: _by_i(function(_by_i(z)), -1.0)


def _halves(z: Any) -> tuple[Any, Any]:
    return both(sqrt(_add(1.0, z, -1.0))), both(sqrt(_add(1.0, z)))


# Kahan (1987), "Branch cuts for complex elementary functions": arcsin, arccos, arccosh.
def _arcsin(z: Any) -> Any:
    x, _ = both(z)
    (a, b), (c, d) = _halves(z)
    return Complex(np.arctan2(x, a * c - b * d), np.arcsinh(a * d - b * c))


def _arccos(z: Any) -> Any:
    (a, b), (c, d) = _halves(z)
    return Complex(2.0 * np.arctan2(a, c), np.arcsinh(b * c - a * d))


def _arccosh(z: Any) -> Any:
    (a, b), (c, d) = both(sqrt(_add(z, 1.0, -1.0))), both(sqrt(_add(z, 1.0)))
    return Complex(np.arcsinh(a * c + b * d), 2.0 * np.arctan2(b, c))


def _arctanh(z: Any) -> Any:
    return multiply(0.5, _add(_log1p(z), _log1p(-both_signs(z)), -1.0))


def both_signs(z: Any) -> Any:
    """`z` as a pair."""
    return Complex(*both(z))


def _sign(z: Any) -> Any:
    x, y = both(z)
    size = np.hypot(x, y)
    safe = TABLE["where"](np.equal(size, 0.0), 1.0, size)
    return Complex(x / safe, y / safe)


def _equal(z: Any, w: Any) -> Value:
    (a, b), (c, d) = both(z), both(w)
    return np.equal(a, c) & np.equal(b, d)


def _either(predicate: Any) -> Callable[[Any], Value]:
    return lambda z: predicate(both(z)[0]) | predicate(both(z)[1])


def _scaled(function: Callable[[Any], Any], factor: float) -> Callable[[Any], Any]:
    return lambda z: multiply(factor, function(z))


UFUNCS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "subtract": lambda z, w: _add(z, w, -1.0),
    "multiply": multiply,
    "divide": divide,
    "true_divide": divide,
    "negative": lambda z: multiply(-1.0, z),
    "positive": lambda z: z,
    "reciprocal": lambda z: divide(1.0, z),
    "absolute": absolute,
    "conjugate": conjugate,
    "square": _square,
    "power": power,
    "float_power": power,
    "sqrt": sqrt,
    "exp": exp,
    "exp2": lambda z: exp(multiply(math.log(2.0), z)),
    "expm1": _expm1,
    "log": log,
    "log2": _scaled(log, 1.0 / math.log(2.0)),
    "log10": _scaled(log, 1.0 / math.log(10.0)),
    "log1p": _log1p,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "sinh": _turned(_sin),
    "cosh": lambda z: _cos(_by_i(z)),
    "tanh": _turned(_tan),
    "arcsin": _arcsin,
    "arccos": _arccos,
    "arccosh": _arccosh,
    "arcsinh": _turned(_arcsin),
    "arctanh": _arctanh,
    "arctan": _turned(_arctanh),
    "sign": _sign,
    "equal": _equal,
    "not_equal": lambda z, w: ~_equal(z, w),
    "isnan": _either(np.isnan),
    "isinf": _either(np.isinf),
    "isfinite": lambda z: np.isfinite(both(z)[0]) & np.isfinite(both(z)[1]),
}
