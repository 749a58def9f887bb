"""What each element-wise operation is, by mpmath: the independent side of test_operations.py."""

from collections.abc import Callable
from typing import Any

from mpmath import mp

Reference = Callable[..., Any]


def _nearest_even(x: Any) -> Any:
    below = mp.floor(x)
    gap = x - below
    up = gap > mp.mpf(0.5) or (gap == mp.mpf(0.5) and int(below) % 2 == 1)
    return below + 1 if up else below


def _truth(value: object) -> Any:
    return mp.mpf(1) if value else mp.mpf(0)


REFERENCES: dict[str, Reference] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negative": lambda x: -x,
    "square": lambda x: x * x,
    "sqrt": mp.sqrt,
    "power": lambda x, y: x**y,
    "absolute": abs,
    "sign": mp.sign,
    "floor": mp.floor,
    "ceil": mp.ceil,
    "rint": _nearest_even,
    "maximum": max,
    "minimum": min,
    "stop_gradient": lambda x: x,
    "less": lambda x, y: _truth(x < y),
    "less_equal": lambda x, y: _truth(x <= y),
    "greater": lambda x, y: _truth(x > y),
    "greater_equal": lambda x, y: _truth(x >= y),
    "equal": lambda x, y: _truth(x == y),
    "not_equal": lambda x, y: _truth(x != y),
    "isnan": lambda x: _truth(mp.isnan(x)),
    "isfinite": lambda x: _truth(mp.isfinite(x)),
    "isinf": lambda x: _truth(mp.isinf(x)),
    "logical_and": lambda x, y: _truth(x != 0 and y != 0),
    "logical_or": lambda x, y: _truth(x != 0 or y != 0),
    "logical_xor": lambda x, y: _truth((x != 0) != (y != 0)),
    "logical_not": lambda x: _truth(x == 0),
    "where": lambda condition, yes, no: yes if condition != 0 else no,
    "expit": lambda x: 1 / (1 + mp.exp(-x)),
    "log1p_exp": lambda x: mp.log1p(mp.exp(x)),
    "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "log1m_exp": lambda x: mp.log(-mp.expm1(x)),
    "gammaln": mp.loggamma,
    "digamma": mp.digamma,
    "polygamma": lambda x, order=1: mp.polygamma(order, x),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "ndtr": mp.ncdf,
    "log_ndtr": lambda x: mp.log(mp.ncdf(x)),
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": mp.atanh,
}

# Parameters of rows that have some.
PARAMETERS: dict[str, tuple[dict[str, Any], ...]] = {"polygamma": ({"order": 1}, {"order": 2})}
