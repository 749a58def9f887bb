"""SciPy's ufuncs on traced arrays, under the names SciPy gives them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ad import special
from ad.callsite import user_line
from ad.errors import NoRuleError
from ad.interface.common import numbers
from ad.op import TABLE, Value
from ad.ops.integrals import expn
from ad.traced import is_traced

DEGREE = math.pi / 180.0


def _where(condition: Value, yes: Value, no: Value) -> Value:
    return TABLE["where"](condition, yes, no)


def _gammasgn(x: Value) -> Value:
    """Sign of the gamma function: 1 for x > 0, then by turns between the poles."""
    (x,) = numbers(x)
    odd = np.equal(np.remainder(np.floor(x), 2.0), 1.0) & np.less(x, 0.0)
    pole = np.equal(np.floor(x), x) & np.less(x, 0.0)
    return _where(pole, np.nan, _where(odd, -1.0, 1.0))


def _rgamma(x: Value) -> Value:
    """1 / gamma, 0 at the poles; by reflection left of 1/2, so that it is smooth there."""
    (x,) = numbers(x)
    left = np.less(x, 0.5)
    right = TABLE["exp"](-TABLE["gammaln"](_where(left, 1.0, x)))
    mirrored = _where(left, x, 0.0)
    size = TABLE["exp"](TABLE["gammaln"](1.0 - mirrored)) / math.pi
    near = np.rint(mirrored)  # so that the zeros at the poles are exact
    sign = 1.0 - 2.0 * np.remainder(near, 2.0)
    return _where(left, size * sign * np.sin(math.pi * (mirrored - near)), right)


def _expn(n: Any, x: Value) -> Value:
    if is_traced(n) or np.ndim(n) or n != int(n) or n < 0:
        raise NoRuleError(
            "scipy.special.expn: the order must be a whole number >= 0 that is data, got "
            f"{n!r} ({user_line()})."
        )
    return expn(x, int(n))


def _poch(z: Value, m: Value) -> Value:
    z, m = numbers(z, m)
    sign = _gammasgn(z + m) * _gammasgn(z)
    return sign * TABLE["exp"](TABLE["gammaln"](z + m) - TABLE["gammaln"](z))


def _binom(n: Value, k: Value) -> Value:
    n, k = numbers(n, k)
    sign = _gammasgn(n + 1.0) * _gammasgn(k + 1.0) * _gammasgn(n - k + 1.0)
    logs = TABLE["gammaln"](n + 1.0) - TABLE["gammaln"](k + 1.0) - TABLE["gammaln"](n - k + 1.0)
    return sign * TABLE["exp"](logs)


# Taylor's series of (e^x - 1) / x to |x| = 1/2; the rest is below 1e-19.
_EXPREL = [1.0 / math.factorial(k + 1) for k in range(16)]


def _series(coefficients: list[float], x: Value) -> Value:
    total: Value = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def _exprel(x: Value) -> Value:
    near = np.less(np.abs(x), 0.5)
    far = _where(near, 1.0, x)
    return _where(near, _series(_EXPREL, _where(near, x, 0.0)), TABLE["expm1"](far) / far)


def _boxcox(x: Value, lmbda: Value) -> Value:
    """(x^l - 1) / l, and log x at l = 0."""
    x, lmbda = numbers(x, lmbda)
    log = TABLE["log"](x)
    return log * _exprel(lmbda * log)


def _boxcox1p(x: Value, lmbda: Value) -> Value:
    x, lmbda = numbers(x, lmbda)
    log = TABLE["log1p"](x)
    return log * _exprel(lmbda * log)


def _log1prel(x: Value) -> Value:
    """log(1 + x) / x."""
    near = np.less(np.abs(x), 0.03)
    coefficients = [(-1.0) ** k / (k + 1.0) for k in range(12)]
    far = _where(near, 1.0, x)
    return _where(near, _series(coefficients, _where(near, x, 0.0)), TABLE["log1p"](far) / far)


def _inv_boxcox(y: Value, lmbda: Value) -> Value:
    """(1 + l y)^(1 / l) = exp(y log(1 + l y) / (l y))."""
    y, lmbda = numbers(y, lmbda)
    return TABLE["exp"](y * _log1prel(lmbda * y))


def _inv_boxcox1p(y: Value, lmbda: Value) -> Value:
    y, lmbda = numbers(y, lmbda)
    return TABLE["expm1"](y * _log1prel(lmbda * y))


def _huber(delta: Value, r: Value) -> Value:
    delta, r = numbers(delta, r)
    size = np.abs(r)
    inside = np.less_equal(size, delta)
    loss = _where(inside, 0.5 * TABLE["square"](r), delta * (size - 0.5 * delta))
    return _where(np.less(delta, 0.0), np.inf, loss)


def _pseudo_huber(delta: Value, r: Value) -> Value:
    delta, r = numbers(delta, r)
    zero = np.equal(delta, 0.0)
    safe = _where(zero, 1.0, delta)
    # sqrt(1 + u^2) - 1 = u^2 / (sqrt(1 + u^2) + 1), which does not cancel.
    u = TABLE["square"](r / safe)
    loss = safe * safe * u / (TABLE["sqrt"](1.0 + u) + 1.0)
    return _where(np.less(delta, 0.0), np.inf, _where(zero, 0.0, loss))


def _cosm1(x: Value) -> Value:
    return -2.0 * TABLE["square"](TABLE["sin"](0.5 * x))


def _polynomial(name: str, step: Callable[[int, Value, Value, Value], Value], first: Any) -> Any:
    """A family of orthogonal polynomials by its recurrence; the degree is data."""

    def rule(n: Any, x: Value) -> Value:
        if is_traced(n) or np.ndim(n) or int(n) != n or n < 0:
            raise NoRuleError(
                f"scipy.special.{name}: the degree must be a whole number >= 0 that is data, got "
                f"{n!r} ({user_line()})."
            )
        before, now = x * 0.0 + 1.0, first(x)
        if int(n) == 0:
            return before
        for k in range(1, int(n)):
            before, now = now, step(k, x, now, before)
        return now

    return rule


# p_(k+1) of x, p_k and p_(k-1): Abramowitz and Stegun (1964), table 22.7.
POLYNOMIALS = {
    name: _polynomial(name, step, first)
    for name, step, first in (
        (
            "eval_legendre",
            lambda k, x, p, q: ((2.0 * k + 1.0) * x * p - float(k) * q) / (k + 1.0),
            lambda x: x * 1.0,
        ),
        ("eval_chebyt", lambda k, x, p, q: 2.0 * x * p - q, lambda x: x * 1.0),
        ("eval_chebyu", lambda k, x, p, q: 2.0 * x * p - q, lambda x: 2.0 * x),
        ("eval_hermite", lambda k, x, p, q: 2.0 * x * p - 2.0 * k * q, lambda x: 2.0 * x),
        ("eval_hermitenorm", lambda k, x, p, q: x * p - float(k) * q, lambda x: x * 1.0),
        (
            "eval_laguerre",
            lambda k, x, p, q: ((2.0 * k + 1.0 - x) * p - float(k) * q) / (k + 1.0),
            lambda x: 1.0 - x,
        ),
    )
}


def _by(name: str, *order: Callable[..., Value]) -> Callable[..., Value]:
    """A row at arguments that are functions of those given."""
    row = TABLE[name]
    return lambda *args: row(*(one(*numbers(*args)) for one in order))


# Distribution functions under their historical names, by the incomplete gamma and beta functions.
DISTRIBUTIONS: dict[str, Callable[..., Value]] = {
    "chdtr": _by("gammainc", lambda v, x: 0.5 * v, lambda v, x: 0.5 * x),
    "chdtrc": _by("gammaincc", lambda v, x: 0.5 * v, lambda v, x: 0.5 * x),
    "gdtr": _by("gammainc", lambda a, b, x: b, lambda a, b, x: a * x),
    "gdtrc": _by("gammaincc", lambda a, b, x: b, lambda a, b, x: a * x),
    "pdtr": _by("gammaincc", lambda k, m: np.floor(k) + 1.0, lambda k, m: m),
    "pdtrc": _by("gammainc", lambda k, m: np.floor(k) + 1.0, lambda k, m: m),
    "fdtr": _by(
        "betainc",
        lambda d, e, x: 0.5 * d,
        lambda d, e, x: 0.5 * e,
        lambda d, e, x: d * x / (e + d * x),
    ),
    "fdtrc": _by(
        "betainc",
        lambda d, e, x: 0.5 * e,
        lambda d, e, x: 0.5 * d,
        lambda d, e, x: e / (e + d * x),
    ),
    "bdtr": _by(
        "betainc",
        lambda k, n, p: n - np.floor(k),
        lambda k, n, p: np.floor(k) + 1.0,
        lambda k, n, p: 1.0 - p,
    ),
    "bdtrc": _by(
        "betainc",
        lambda k, n, p: np.floor(k) + 1.0,
        lambda k, n, p: n - np.floor(k),
        lambda k, n, p: p,
    ),
    "nbdtr": _by(
        "betainc", lambda k, n, p: n, lambda k, n, p: np.floor(k) + 1.0, lambda k, n, p: p
    ),
    "nbdtrc": _by(
        "betainc", lambda k, n, p: np.floor(k) + 1.0, lambda k, n, p: n, lambda k, n, p: 1.0 - p
    ),
}

SPECIAL_UFUNCS: dict[str, Callable[..., Any]] = {
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
    # SciPy's complex functions; of a traced value, which is real, the real branch.
    "_lambertw": lambda z, k, _: special.lambertw(z, int(k)),
    "loggamma": lambda z: _where(np.less(z, 0.0), np.nan, TABLE["gammaln"](z)),
    "rgamma": _rgamma,
    "gammasgn": _gammasgn,
    "poch": _poch,
    "binom": _binom,
    "expn": _expn,
    "sici": lambda x: (TABLE["sine_integral"](x), TABLE["cosine_integral"](x)),
    "round": TABLE["rint"],
    "exp10": lambda x: TABLE["exp"](x * math.log(10.0)),
    "exprel": _exprel,
    "boxcox": _boxcox,
    "boxcox1p": _boxcox1p,
    "inv_boxcox": _inv_boxcox,
    "inv_boxcox1p": _inv_boxcox1p,
    "huber": _huber,
    "pseudo_huber": _pseudo_huber,
    "cosm1": _cosm1,
    "powm1": lambda x, y: TABLE["expm1"](special.xlogy(y, x)),
    "cosdg": lambda x: TABLE["cos"](x * DEGREE),
    "sindg": lambda x: TABLE["sin"](x * DEGREE),
    "tandg": lambda x: TABLE["tan"](x * DEGREE),
    "cotdg": lambda x: 1.0 / TABLE["tan"](x * DEGREE),
    "radian": lambda d, m, s: (d + m / 60.0 + s / 3600.0) * DEGREE,
    "zetac": lambda x: special.zeta(x) - 1.0,
    "jve": TABLE["jv"],  # of real x, the exponential factor is 1
    "yve": TABLE["yv"],
    "yn": TABLE["yv"],
    "kn": TABLE["kv"],
    **POLYNOMIALS,
    **DISTRIBUTIONS,
}

__all__ = ["SPECIAL_UFUNCS"]
