"""Special functions under SciPy's names, on plain arrays and traced values alike.

`scipy.special`'s ufuncs dispatch to these by themselves; the functions here are their twins where
dispatch is impossible (`logsumexp`) or where importing SciPy would cost more than it gives: SciPy
is imported only when a plain array needs a function NumPy lacks.
"""

import math
from typing import Any

import numpy as np

from ad import bessel_logs, ops
from ad.callsite import user_line
from ad.op import TABLE, Op, Value, expand
from ad.ops.reduction import kept_dims, max_op, sum_op

LOG_2 = math.log(2.0)

Axis = int | tuple[int, ...] | None


def _public(op: Op, summary: str) -> Any:
    def function(x: Any) -> Any:
        return op(_array(x))

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = summary
    return function


def _array(x: Any) -> Any:
    """`x` as something with a shape: a node, a traced value or an array."""
    return x if hasattr(type(x), "level_of") else np.asarray(x)


gammaln = _public(ops.special.gammaln, "Logarithm of |Gamma(x)|, in nats; +inf at the poles.")
digamma = _public(ops.special.digamma, "Derivative of `gammaln`.")
expit = _public(ops.special.expit, "Logistic function 1 / (1 + exp(-x)).")
log_expit = _public(ops.special.log_expit, "Logarithm of `expit`, exact in both tails.")
log1p_exp = _public(ops.special.log1p_exp, "log(1 + exp(x)), without overflow (the softplus).")
log1m_exp = _public(ops.special.log1m_exp, "log(1 - exp(x)) for x < 0, without cancellation.")
erf = _public(ops.special.erf, "Error function.")
erfc = _public(ops.special.erfc, "Complementary error function.")
erfcx = _public(ops.special.erfcx, "exp(x^2) erfc(x), without overflow for positive x.")
ndtr = _public(ops.special.ndtr, "Standard normal distribution function.")
log_ndtr = _public(ops.special.log_ndtr, "Logarithm of `ndtr`, finite for every finite x.")


def polygamma(n: int, x: Any) -> Any:
    """Derivative of `digamma` of order `n` (n = 0 is `digamma` itself)."""
    return digamma(x) if n == 0 else ops.special.polygamma(_array(x), order=int(n))


def logit(p: Any) -> Any:
    """Log odds log(p / (1 - p))."""
    p = _array(p)
    return TABLE["log"](p) - TABLE["log1p"](-p)


def xlogy(x: Any, y: Any) -> Any:
    """Product x log(y), and 0 where x = 0 (nan where y is nan).

    Where x = 0 the derivative in x is log(y), as it is elsewhere, if that is finite, else 0.
    """
    x, y = _array(x), _array(y)
    where, log = TABLE["where"], TABLE["log"]
    masked = np.equal(x, 0.0) & (np.less_equal(y, 0.0) | np.isinf(y))
    return where(masked, 0.0, x * log(where(masked, 1.0, y)))


def xlog1py(x: Any, y: Any) -> Any:
    """Product x log(1 + y), and 0 where x = 0 (nan where y is nan).

    Where x = 0 the derivative in x is log(1 + y), if that is finite, else 0.
    """
    x, y = _array(x), _array(y)
    where, log1p = TABLE["where"], TABLE["log1p"]
    masked = np.equal(x, 0.0) & (np.less_equal(y, -1.0) | np.isinf(y))
    return where(masked, 0.0, x * log1p(where(masked, 0.0, y)))


def betaln(a: Any, b: Any) -> Any:
    """Logarithm of |B(a, b)|, the beta function, in nats, good where a or b is large too.

    Its derivatives are for positive a and b, elsewhere nan.
    """
    return TABLE["betaln"](_array(a), _array(b))


def beta(a: Any, b: Any) -> Any:
    """Beta function of positive a and b; nan for others, whose sign `betaln` does not know."""
    a, b = _array(a), _array(b)
    inside = np.greater(a, 0.0) & np.greater(b, 0.0)
    return TABLE["where"](inside, TABLE["exp"](betaln(a, b)), math.nan)


def entr(x: Any) -> Any:
    """Entropy -x log(x), 0 at 0 and -inf for x < 0."""
    x = _array(x)
    where, inside = TABLE["where"], np.greater(x, 0.0)
    some = where(inside, x, 1.0)
    outside = where(np.less(x, 0.0), -math.inf, x)  # 0, and nan
    return where(inside, -some * TABLE["log"](some), outside)


def rel_entr(x: Any, y: Any) -> Any:
    """Relative entropy x log(x / y): 0 where x = 0 <= y, inf outside x, y >= 0."""
    x, y = _array(x), _array(y)
    where = TABLE["where"]
    inside = np.greater(x, 0.0) & np.greater(y, 0.0)
    some, other = where(inside, x, 1.0), where(inside, y, 1.0)
    outside = where(np.equal(x, 0.0) & np.greater_equal(y, 0.0), 0.0, math.inf)
    missing = np.isnan(x) | np.isnan(y)
    return where(inside, some * TABLE["log"](some / other), where(missing, x + y, outside))


def kl_div(x: Any, y: Any) -> Any:
    """Term x log(x / y) - x + y of the Kullback-Leibler divergence of measures.

    0 at x = y, around which nothing cancels (Loader's deviance); y at x = 0, inf outside x, y >= 0.
    """
    return TABLE["kl_div"](_array(x), _array(y))


def zeta(x: Any, q: Any = 1.0) -> Any:
    """Hurwitz' zeta function, the sum of (q + k)^-x over k >= 0; x > 1 and q > 0, else nan.

    Differentiable in both arguments.
    """
    return TABLE["zeta_order"](_array(x), _array(q), order=0)


def lambertw(z: Any, k: int = 0) -> Any:
    """Lambert's W for real z: the solution of w exp(w) = z, nan where it is not real.

    Parameters
    ----------
    z : array
        At least -1/e, and for `k` = -1 at most 0.
    k : int
        Branch: 0 (w >= -1) or -1 (w <= -1).

    Raises
    ------
    ValueError
        For another branch: it has no real values.
    """
    if k not in (0, -1):
        raise ValueError(
            f"lambertw: k must be 0 or -1, the branches with real values, got {k} ({user_line()})."
        )
    return TABLE["lambertw_branch"](_array(z), lower=-int(k))


def kv(v: Any, x: Any) -> Any:
    """Modified Bessel function of the second kind, differentiable in x and in the order v."""
    return TABLE["kv"](_array(v), _array(x))


def kve(v: Any, x: Any) -> Any:
    """exp(x) `kv` (v, x)."""
    return TABLE["kve"](_array(v), _array(x))


def log_kv(v: Any, x: Any) -> Any:
    """Logarithm of `kv` for any x > 0, also where that overflows or underflows."""
    x = _array(x)
    return bessel_logs.log_kve(_array(v), x) - x


def log_kve(v: Any, x: Any) -> Any:
    """Logarithm of exp(x) `kv` (v, x), x > 0."""
    return bessel_logs.log_kve(_array(v), _array(x))


def iv(v: Any, x: Any) -> Any:
    """Modified Bessel function of the first kind, differentiable in x and, for v > 0, in v."""
    return TABLE["iv"](_array(v), _array(x))


def ive(v: Any, x: Any) -> Any:
    """exp(-abs(x)) `iv` (v, x)."""
    return TABLE["ive"](_array(v), _array(x))


def log_iv(v: Any, x: Any) -> Any:
    """Logarithm of `iv` for v >= 0 and any x >= 0, also where that overflows or underflows."""
    x = _array(x)
    return bessel_logs.log_ive(_array(v), x) + x


def log_ive(v: Any, x: Any) -> Any:
    """Logarithm of exp(-x) `iv` (v, x), v >= 0 and x >= 0."""
    return bessel_logs.log_ive(_array(v), _array(x))


def logaddexp(x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)), without overflow; -inf where both are."""
    x, y = _array(x), _array(y)
    # inf - inf would be nan; at equality the difference is 0, whatever the sizes.
    gap = TABLE["where"](np.equal(x, y), 0.0, -TABLE["absolute"](x - y))
    return TABLE["maximum"](x, y) + ops.special.log1p_exp(gap)


def logsumexp(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """Logarithm of the sum of exponentials.

    Parameters
    ----------
    a : array
    axis : int or tuple of ints, optional
        Axes summed over; all of them if not given.
    keepdims : bool
        Whether these axes stay, with size 1.

    Returns
    -------
    array
        In nats; -inf where all elements are, +inf where one is.

    Examples
    --------
    >>> import numpy as np
    >>> from ad.special import logsumexp
    >>> bool(np.isclose(logsumexp(np.log([0.2, 0.3])), np.log(0.5)))
    True
    """
    a = _array(a)
    axes = normal_axes(axis, len(a.shape))
    where = TABLE["where"]
    # The shift has no influence on the value, so it needs no derivative either.
    largest = stop_gradient(max_op(a, axis=axes))
    shift = where(np.isfinite(largest), largest, 0.0)
    spread = expand(kept_dims(shift, a.shape, axes), a.shape)
    total = sum_op(TABLE["exp"](a - spread), axis=axes)
    result = TABLE["log"](total) + shift
    return kept_dims(result, a.shape, axes) if keepdims else result


def stop_gradient(x: Any) -> Any:
    """`x` itself, as a constant to every derivative."""
    return TABLE["stop_gradient"](_array(x))


_ALL_AXES = [tuple(range(ndim)) for ndim in range(9)]


def normal_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Axes as a sorted tuple of non-negative numbers; None means all."""
    if axis is None:
        return _ALL_AXES[ndim] if ndim < len(_ALL_AXES) else tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis % ndim,)
    given = axis if isinstance(axis, tuple) else (axis,)
    for one in given:
        if not -ndim <= one < ndim:
            raise np.exceptions.AxisError(one, ndim)
    axes = tuple(sorted(one % ndim for one in given))
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis must not name an axis twice, got {axis} ({user_line()}).")
    return axes


def softmax(x: Any, axis: Axis = None) -> Value:
    """exp(x) normalised to sum 1 over `axis`."""
    x = _array(x)
    return TABLE["exp"](x - logsumexp(x, axis, keepdims=True))


def log_softmax(x: Any, axis: Axis = None) -> Value:
    """Logarithm of `softmax`."""
    x = _array(x)
    return x - logsumexp(x, axis, keepdims=True)


__all__ = [
    "beta",
    "betaln",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcx",
    "expit",
    "gammaln",
    "iv",
    "ive",
    "kl_div",
    "kv",
    "kve",
    "lambertw",
    "log1m_exp",
    "log1p_exp",
    "log_expit",
    "log_iv",
    "log_ive",
    "log_kv",
    "log_kve",
    "log_ndtr",
    "log_softmax",
    "logaddexp",
    "logit",
    "logsumexp",
    "ndtr",
    "polygamma",
    "rel_entr",
    "softmax",
    "stop_gradient",
    "xlog1py",
    "xlogy",
    "zeta",
]
