"""NumPy's functions on traced arrays: which operation, or which few, each one is.

`UFUNCS` holds ufuncs (SciPy's too) that are not a row of the table by themselves, `FUNCTIONS` the
rest of NumPy's interface. What is in neither gives an error that names the nearest thing that is.
"""

import difflib
import math
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ad import callsite, numpy_masked, numpy_writing, sparse, special
from ad.direct import ON_CONDITIONS
from ad.errors import NoRuleError, TraceError
from ad.linalg import contractions
from ad.linalg.numpy_table import LINALG_FUNCTIONS
from ad.numpy_shapes import SHAPE_FUNCTIONS
from ad.numpy_views import AS_THEY_ARE, VIEWS, owned, viewed
from ad.op import TABLE, Value, reshape
from ad.ops.reduction import cumsum, kept_dims, max_op, min_op, product, sum_op
from ad.traced import Traced, is_traced


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


def call_named(
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any] = MappingProxyType({})
) -> Value:
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
    return rule(*args, **kwargs)


def call_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
    """What `Traced.__array_ufunc__` does."""
    who = f"np.{ufunc.__name__}" if method == "__call__" else f"np.{ufunc.__name__}.{method}"
    out, where = kwargs.pop("out", None), kwargs.pop("where", True)
    for ignored in ("casting", "order", "subok", "dtype"):
        kwargs.pop(ignored, None)
    if method == "at":
        return numpy_writing.at(who, ufunc, *inputs)
    if out is not None:
        numpy_writing.target(who, out)
    elif method == "__call__" and where is not True:
        raise TraceError(
            f"{who}: where= must come with out=, which has the elements that are not computed "
            f"({callsite.user_line()}). Or use np.where."
        )
    if method == "__call__":
        value = call_named(ufunc.__name__, inputs, kwargs)
    else:
        if where is not True:
            kwargs["where"] = where
        value, where = _ufunc_method(ufunc, method, inputs, kwargs), True
    if out is not None:
        return numpy_writing.write(who, out, value, where)
    return owned(value)


REDUCTIONS: dict[str, str] = {
    "add": "sum",
    "multiply": "prod",
    "maximum": "max",
    "minimum": "min",
    "logical_and": "all",
    "logical_or": "any",
}


def _ufunc_method(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    name = ufunc.__name__
    if method == "reduce":
        kwargs.setdefault("axis", 0)
        if name in REDUCTIONS:
            return getattr(np, REDUCTIONS[name])(*inputs, **kwargs)
        if name == "logaddexp":
            return special.logsumexp(*inputs, **kwargs)
    elif method == "accumulate":
        if ufunc is np.add:
            return np.cumsum(inputs[0], **{"axis": 0, **kwargs})
        if name in numpy_writing.ASSOCIATIVE:
            return numpy_writing.accumulate(ufunc, *inputs, **kwargs)
    elif method == "reduceat" and (name in REDUCTIONS or name == "logaddexp"):
        return numpy_writing.reduceat(ufunc, *inputs, **kwargs)
    elif method == "outer":
        left, right = _arrays(*inputs)
        return ufunc(left.reshape(left.shape + (1,) * right.ndim), right, **kwargs)
    known = [f"{each}.{method}" for each in (*REDUCTIONS, "logaddexp")]
    raise _no_rule(f"{name}.{method}", [*known, "add.reduce", "add.accumulate", "multiply.outer"])


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
    **numpy_writing.WRITING,
    **numpy_writing.MAKING,
    "shape": lambda a: a.shape,
    "ndim": lambda a: a.ndim,
    "size": lambda a, axis=None: a.size if axis is None else a.shape[axis],
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
    if rule is None:
        module = function.__module__.replace("numpy", "np")
        known = [f"np.{known}" for known in FUNCTIONS]
        raise _no_rule(f"{module}.{name}", [*known, *(f"np.linalg.{k}" for k in LINALG_FUNCTIONS)])
    out = kwargs.get("out")
    if out is not None:
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
        numpy_writing.target(f"np.{name}", out)
    masked = _is_masked(name, args, kwargs)
    try:
        if name in VIEWS and out is None:
            return viewed(function, rule, args, kwargs)
        if masked:
            axis = dict(zip(("axis",), args[1:], strict=False))
            found = numpy_masked.reduced(name, rule, args[0], {**axis, **kwargs})
        else:
            found = rule(*args, **kwargs)
        if out is not None:
            return numpy_writing.write(f"np.{name}", out, found)
        return found if name in AS_THEY_ARE else owned(found)
    except TypeError as error:
        if getattr(rule, "__name__", "") not in str(error) or "argument" not in str(error):
            raise
        raise NoRuleError(
            f"np.{name}: arguments must be among those with a rule, got "
            f"{sorted(kwargs)} ({callsite.user_line()}). {error}"
        ) from None


def _is_masked(name: str, args: Any, kwargs: Any) -> bool:
    known = name in numpy_masked.NEUTRAL or name in numpy_masked.COUNTED
    if not known or not 1 <= len(args) <= 2 or not isinstance(args[0], Traced):
        return False
    given = {"where", "initial"} & kwargs.keys()
    return bool(given) and not (name in numpy_masked.COUNTED and "initial" in kwargs)


def _no_rule(name: str, known: Iterable[str]) -> NoRuleError:
    name = name if name.startswith(("np.", "ndarray.")) else f"np.{name}"
    known = [entry if entry.startswith(("np.", "ndarray.")) else f"np.{entry}" for entry in known]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"The nearest that has one: {', '.join(near)}." if near else "See docs/operations.md."
    return NoRuleError(
        f"ad: a function of traced values must have a rule, got {name} "
        f"({callsite.user_line()}). {hint}"
    )
