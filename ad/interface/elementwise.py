"""NumPy's and SciPy's ufuncs that are not a row of the table by themselves, and their like."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad import sparse, special
from ad.interface.common import arrays
from ad.op import TABLE, Value
from ad.traced import is_traced


def _log(base: float) -> Callable[[Value], Value]:
    return lambda x: TABLE["log"](x) * (1.0 / math.log(base))


UFUNCS: dict[str, Callable[..., Value]] = {
    "matmul": sparse.matmul,
    "true_divide": TABLE["divide"],
    "positive": lambda x: x,
    "reciprocal": lambda x: 1.0 / x,
    "fabs": TABLE["absolute"],
    "float_power": TABLE["power"],
    "log2": _log(2.0),
    "log10": _log(10.0),
    "exp2": lambda x: TABLE["exp"](x * math.log(2.0)),
    "cbrt": lambda x: TABLE["sign"](x) * TABLE["power"](abs(x), 1.0 / 3.0),
    "hypot": lambda x, y: TABLE["sqrt"](TABLE["square"](x) + TABLE["square"](y)),
    "deg2rad": lambda x: x * (math.pi / 180.0),
    "rad2deg": lambda x: x * (180.0 / math.pi),
    "floor_divide": lambda x, y: TABLE["floor"](x / y),
    "remainder": lambda x, y: x - TABLE["floor"](x / y) * y,
    "fmax": lambda x, y: _ignoring_nan(TABLE["maximum"], x, y),
    "fmin": lambda x, y: _ignoring_nan(TABLE["minimum"], x, y),
    "bitwise_and": TABLE["logical_and"],
    "bitwise_or": TABLE["logical_or"],
    "bitwise_xor": TABLE["logical_xor"],
    "invert": TABLE["logical_not"],
    "logaddexp": special.logaddexp,
    # SciPy's ufuncs under the names SciPy gives them.
    "psi": TABLE["digamma"],
    "logit": special.logit,
    "xlogy": special.xlogy,
    "xlog1py": special.xlog1py,
    "betaln": special.betaln,
    "beta": special.beta,
    "entr": special.entr,
    "rel_entr": special.rel_entr,
    "kl_div": special.kl_div,
    "_zeta": special.zeta,
    "_riemann_zeta": special.zeta,
    # SciPy's complex function; of a traced value, which is real, the real branch.
    "_lambertw": lambda z, k, _: special.lambertw(z, int(k)),
}


def _ignoring_nan(extreme: Callable[..., Value], x: Any, y: Any) -> Value:
    x, y = arrays(x, y)
    where = TABLE["where"]
    return where(np.isnan(x), y, where(np.isnan(y), x, extreme(x, y)))


# What NumPy's arithmetic does with two conditions; it refuses to subtract them.
ON_CONDITIONS = {
    "add": "logical_or",
    "maximum": "logical_or",
    "multiply": "logical_and",
    "minimum": "logical_and",
    "subtract": "",
}


def _where(condition: Any, x: Any, y: Any) -> Value:
    return TABLE["where"](
        *(
            v if is_traced(v) or type(v) in (int, float) else np.asarray(v)
            for v in (condition, x, y)
        )
    )


def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Value:
    low, high = (a_min if a_min is not None else min), (a_max if a_max is not None else max)
    if low is not None:
        a = np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "where": _where,
    "clip": _clip,
    "real": lambda a: a,
    "nan_to_num": lambda a, nan=0.0: TABLE["where"](np.isnan(a), nan, a),
}
