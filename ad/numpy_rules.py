"""NumPy's functions on traced arrays: which operation, or which few, each one is.

`UFUNCS` holds ufuncs (SciPy's too) that are not a row of the table by themselves, `FUNCTIONS` the
rest of NumPy's interface. What is in neither gives an error that names the nearest thing that is.
"""

import difflib
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ad import callsite, sparse, special
from ad.errors import NoRuleError, TraceError
from ad.linalg import contractions
from ad.linalg.numpy_table import LINALG_FUNCTIONS
from ad.numpy_shapes import SHAPE_FUNCTIONS
from ad.op import TABLE, Value, expand, reshape
from ad.ops.reduction import cumsum, kept_dims, max_op, min_op, product, sum_op
from ad.traced import ON_CONDITIONS, Traced, is_traced


def _is_condition(value: Any) -> bool:
    return isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_


def _log(base: float) -> Callable[[Value], Value]:
    return lambda x: TABLE["log"](x) * (1.0 / math.log(base))


def _arrays(*values: Any) -> list[Any]:
    return [value if is_traced(value) else np.asarray(value) for value in values]


def _dot(a: Any, b: Any) -> Value:
    a, b = _arrays(a, b)
    if not a.ndim or not b.ndim:
        return a * b
    return contractions.matmul(a, b) if b.ndim <= 2 else contractions.tensordot(a, b, (-1, -2))


def _inner(a: Any, b: Any) -> Value:
    a, b = _arrays(a, b)
    return contractions.tensordot(a, b, (-1, -1)) if a.ndim and b.ndim else a * b


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
    x, y = _arrays(x, y)
    where = TABLE["where"]
    return where(np.isnan(x), y, where(np.isnan(y), x, extreme(x, y)))


def call_named(name: str, args: tuple[Any, ...]) -> Value:
    """The element-wise function NumPy or SciPy calls `name`."""
    if name in ON_CONDITIONS and all(_is_condition(arg) for arg in args):
        if name == "subtract":
            raise TypeError(
                f"np.subtract: operands must be numbers, got two conditions "
                f"({callsite.user_line()}). Use np.logical_xor."
            )
        name = ON_CONDITIONS[name]
    rule = UFUNCS.get(name)
    if rule is None:
        rule = TABLE.get(name)
        if rule is None or rule.kind != "elementwise":
            raise _no_rule(name, [*UFUNCS, *TABLE])
    return rule(*args)


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
    """What `Traced.__array_ufunc__` does."""
    if kwargs.pop("out", None) is not None or kwargs.pop("where", True) is not True:
        raise TraceError(
            f"np.{ufunc.__name__}: out=, where= and in-place operators must not be used with "
            f"traced values ({callsite.user_line()}). Write a = a + x for a += x, and np.where for "
            "where=."
        )
    if method == "__call__":
        return call_named(ufunc.__name__, inputs)
    if method == "reduce":
        reductions: dict[str, Callable[..., Value]] = {
            "add": np.sum,
            "multiply": np.prod,
            "maximum": np.max,
            "minimum": np.min,
            "logaddexp": special.logsumexp,
        }
        reduction = reductions.get(ufunc.__name__)
        if reduction is not None:
            kwargs.setdefault("axis", 0)
            kwargs.pop("dtype", None)
            return reduction(*inputs, **kwargs)
    if method == "accumulate" and ufunc is np.add:
        return np.cumsum(inputs[0], **{"axis": 0, **kwargs})
    if method == "outer":
        left, right = _arrays(*inputs)
        return call_named(ufunc.__name__, (left.reshape(left.shape + (1,) * right.ndim), right))
    raise _no_rule(f"{ufunc.__name__}.{method}", ["add.reduce", "maximum.reduce", "add.accumulate"])


# ---- reductions ----------------------------------------------------------------------------------


def _reduction(op: Any) -> Callable[..., Value]:
    def rule(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
    ) -> Value:
        axes = special.normal_axes(axis, a.ndim)
        total = op(a, axis=axes)
        return kept_dims(total, a.shape, axes) if keepdims else total

    return rule


_sum, _max, _min, _prod = map(_reduction, (sum_op, max_op, min_op, product))


def _mean(
    a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False
) -> Value:
    total = _sum(a, axis, keepdims=keepdims)
    return total / (a.size / total.size) if total.size else total


def _average(a: Any, axis: Any, weights: Any) -> Value:
    if weights is None:
        return _mean(a, axis)
    if np.shape(weights) != np.shape(a):  # one weight for each place along the axis
        along = [1] * np.ndim(a)
        along[axis] = -1
        weights = np.reshape(weights, along)
    weights = weights * np.ones(np.shape(a))
    return np.sum(a * weights, axis=axis) / np.sum(weights, axis=axis)


def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> Value:
    deviations = a - _mean(a, axis, keepdims=True)
    total = _sum(TABLE["square"](deviations), axis, keepdims=keepdims)
    return total / (a.size / total.size - ddof)


def _any(a: Any, axis: Any = None, keepdims: bool = False) -> Value:
    return _max(TABLE["where"](a, 1.0, 0.0), axis, keepdims=keepdims) > 0.5


def _all(a: Any, axis: Any = None, keepdims: bool = False) -> Value:
    return _min(TABLE["where"](a, 1.0, 0.0), axis, keepdims=keepdims) > 0.5


def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Value:
    if axis is None:
        return cumsum(reshape(a, (a.size,)), axis=0)
    return cumsum(a, axis=special.normal_axes(axis, a.ndim)[0])


# ---- element-wise functions that are not ufuncs ------------------------------------------------


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


FUNCTIONS: dict[str, Callable[..., Value]] = {
    **SHAPE_FUNCTIONS,
    "sum": _sum,
    "prod": _prod,
    "max": _max,
    "amax": _max,
    "min": _min,
    "amin": _min,
    "mean": _mean,
    "average": lambda a, axis=None, weights=None: _average(a, axis, weights),
    "var": _var,
    "std": lambda *args, **kwargs: TABLE["sqrt"](_var(*args, **kwargs)),
    "any": _any,
    "all": _all,
    "cumsum": _cumsum,
    "dot": _dot,
    "vdot": lambda a, b: _dot(*(np.ravel(x) for x in (a, b))),
    "inner": _inner,
    "einsum": contractions.einsum,
    "tensordot": contractions.tensordot,
    "kron": contractions.kron,
    "outer": lambda a, b: reshape(np.ravel(a), (np.size(a), 1)) * np.ravel(b),
    "where": _where,
    "clip": _clip,
    "diff": lambda a, n=1, axis=-1: _diff(a, n, axis),
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.size if axis is None else a.shape[axis],
    "zeros_like": lambda a, *_, **__: np.zeros(a.shape),
    "ones_like": lambda a, *_, **__: np.ones(a.shape),
    "full_like": lambda a, fill_value, *_, **__: (
        expand(fill_value, a.shape) if is_traced(fill_value) else np.full(a.shape, fill_value)
    ),
    "real": lambda a: a,
    "nan_to_num": lambda a, nan=0.0: TABLE["where"](np.isnan(a), nan, a),
}


def _diff(a: Any, n: int, axis: int) -> Value:
    for _ in range(n):
        lead = (slice(None),) * (axis % a.ndim)
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a


def call_function(function: Any, args: Any, kwargs: Any) -> Value:
    """What `Traced.__array_function__` does."""
    name = function.__name__
    rule = FUNCTIONS.get(name) if vars(np).get(name) is function else None
    if rule is None and vars(np.linalg).get(name) is function:
        rule = LINALG_FUNCTIONS.get(name)
    if function is np.copyto:
        raise TraceError(
            "np.copyto, np.full_like, np.fill: a plain array must be filled with numbers, got a "
            f"value being traced ({callsite.user_line()}). Use np.broadcast_to(x, shape), or "
            "ad.array to build an array of traced values."
        )
    if rule is None:
        module = function.__module__.replace("numpy", "np")
        known = [f"np.{known}" for known in FUNCTIONS]
        raise _no_rule(f"{module}.{name}", [*known, *(f"np.linalg.{k}" for k in LINALG_FUNCTIONS)])
    try:
        return rule(*args, **kwargs)
    except TypeError as error:
        if getattr(rule, "__name__", "") not in str(error) or "argument" not in str(error):
            raise
        raise NoRuleError(
            f"np.{name}: arguments must be among those with a rule, got "
            f"{sorted(kwargs)} ({callsite.user_line()}). {error}"
        ) from None


METHODS = frozenset(
    (
        *("sum", "prod", "max", "min", "mean", "var", "std", "any", "all", "cumsum", "dot"),
        *("reshape", "ravel", "transpose", "squeeze", "swapaxes", "diagonal", "trace"),
        *("repeat", "take", "clip"),
    )
)


def method(x: Traced, name: str) -> Any:
    """The array method `name` of a traced value."""
    if name == "reshape":
        return lambda *shape, **_: FUNCTIONS["reshape"](x, shape[0] if len(shape) == 1 else shape)
    if name == "transpose":
        return lambda *axes: FUNCTIONS["transpose"](
            x, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None
        )
    if name in METHODS:
        return lambda *args, **kwargs: FUNCTIONS[name](x, *args, **kwargs)
    if name in ("flatten", "copy", "astype", "conj", "conjugate"):
        return (lambda *_, **__: reshape(x, (x.size,))) if name == "flatten" else lambda *_, **__: x
    if name.startswith("_") or not hasattr(np.ndarray, name):
        raise AttributeError(f"a traced array has no attribute {name!r}")
    raise _no_rule(f"ndarray.{name}", [f"ndarray.{known}" for known in METHODS])


def _no_rule(name: str, known: Iterable[str]) -> NoRuleError:
    name = name if name.startswith(("np.", "ndarray.")) else f"np.{name}"
    known = [entry if entry.startswith(("np.", "ndarray.")) else f"np.{entry}" for entry in known]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"The nearest that has one: {', '.join(near)}." if near else "See docs/operations.md."
    return NoRuleError(
        f"ad: a function of traced values must have a rule, got {name} "
        f"({callsite.user_line()}). {hint}"
    )
