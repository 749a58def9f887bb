"""What each element-wise operation is, by mpmath: the independent side of test_operations.py."""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.special as sp
from mpmath import mp

Reference = Callable[..., Any]


def _nearest_even(x: Any) -> Any:
    below = mp.floor(x)
    gap = x - below
    up = gap > mp.mpf(0.5) or (gap == mp.mpf(0.5) and int(below) % 2 == 1)
    return below + 1 if up else below


def _nextafter(x: Any, y: Any) -> Any:
    step = float(np.nextafter(float(x), float(y))) - mp.mpf(float(x))
    return x + step


def _truth(value: object) -> Any:
    return mp.mpf(1) if value else mp.mpf(0)


@dataclass(frozen=True)
class DerivativeOf:
    """A partial derivative of another function, of an order given by parameters."""

    function: Reference
    order: Callable[..., tuple[int, ...]]

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Its value."""
        return mp.diff(self.function, args, self.order(**params))


@dataclass(frozen=True)
class ByPartials:
    """A function with closed forms of its first partial derivatives, where it is slow itself."""

    value: Reference
    partials: tuple[Reference, ...]

    def __call__(self, *args: Any) -> Any:
        """Its value."""
        return self.value(*args)


@dataclass(frozen=True)
class Family:
    """Functions that parameters choose from."""

    member: Callable[..., Reference]

    def __call__(self, *args: Any, **params: Any) -> Any:
        """Value of the member."""
        return self.member(**params)(*args)


@functools.cache
def _pair(kind: str, x: Any, digits: int) -> tuple[Any, Any]:
    """Bessel functions of orders 0 and 1; with so many digits (part of the key)."""
    with mp.workdps(digits):
        function = getattr(mp, f"bessel{kind}")
        return function(0, x), function(1, x)


@dataclass(frozen=True)
class Bessel:
    """A sum of Bessel functions of orders 0 and 1 with polynomials in 1/x, times exp(growth x).

    So are its derivatives, and mpmath is slow at whole orders.
    """

    kind: str
    first: tuple[int, ...]
    second: tuple[int, ...]
    growth: int = 0

    def __call__(self, x: Any) -> Any:
        """Its value."""
        zeroth, one = _pair(self.kind, x, mp.dps)
        sums = [sum(c / x**k for k, c in enumerate(part)) for part in (self.first, self.second)]
        return mp.exp(self.growth * x) * (zeroth * sums[0] + one * sums[1])

    @property
    def partials(self) -> tuple[Reference, ...]:
        """Its derivative, by Z0' = s Z1 and Z1' = t Z0 - Z1 / x."""
        kind, growth = self.kind, self.growth
        s, t = {"j": (-1, 1), "y": (-1, 1), "k": (-1, -1), "i": (1, 1)}[kind]
        length = max(len(self.first), len(self.second)) + 1
        a, b = ((*part, *([0] * (length - len(part)))) for part in (self.first, self.second))
        # Of x^-k the derivative is -k x^-(k+1).
        new_a = [growth * a[k] + t * b[k] - (k - 1) * a[k - 1] * (k > 0) for k in range(length)]
        new_b = [growth * b[k] + s * a[k] - k * b[k - 1] * (k > 0) for k in range(length)]
        return (Bessel(kind, tuple(new_a), tuple(new_b), growth),)


@functools.cache
def _scaled_k(v: Any, x: Any, digits: int) -> Any:
    """exp(x) K_v(x), kept: differences and recurrences ask for the same again."""
    with mp.workdps(digits):
        return mp.exp(x) * mp.besselk(v, x)


@dataclass(frozen=True)
class KDerivative:
    """Derivatives of exp(x) K_v(x), times a sign: the n-th in the order, the m-th in x.

    The function is the integral of exp(-x (cosh t - 1)) cosh(v t) over t > 0 (Abramowitz and
    Stegun, 1964, 9.6.24), so each derivative in x multiplies by 1 - cosh t, which takes cosh(v t)
    to cosh(v t) - (cosh((v + 1) t) + cosh((v - 1) t)) / 2. Those in the order are central
    differences.
    """

    n: int
    m: int
    sign: int = 1

    def __call__(self, v: Any, x: Any) -> Any:
        """Its value."""
        half = mp.dps // 2 + 3  # digits of a step: its square is what differences neglect
        with mp.extradps(5 + self.n * half):
            step = (abs(v) + 1) * mp.mpf(10) ** -half
            moved = [
                (v + (self.n - 2 * k) * step, (-1) ** k * math.comb(self.n, k))
                for k in range(self.n + 1)
            ]
            total = mp.fsum(c * _in_x(u, x, self.m) for u, c in moved)
            return self.sign * total / (2 * step) ** self.n

    @property
    def partials(self) -> tuple[Reference, ...]:
        """Its derivatives."""
        return (
            KDerivative(self.n + 1, self.m, self.sign),
            KDerivative(self.n, self.m + 1, self.sign),
        )


def _in_x(v: Any, x: Any, m: int) -> Any:
    """The m-th derivative of exp(x) K_v(x) in x."""
    if m == 0:
        return _scaled_k(v, x, mp.dps)
    return _in_x(v, x, m - 1) - (_in_x(v + 1, x, m - 1) + _in_x(v - 1, x, m - 1)) / 2


def gamma_tail(a: Any, x: Any) -> Any:
    """The lower incomplete gamma function, regularised."""
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_rest(a: Any, x: Any) -> Any:
    """The upper one, regularised: Legendre's continued fraction, or 1 less the lower one."""
    if x < max(a, 20):
        with mp.extradps(40):  # what is left is at least 1e-9 times the shape
            return 1 - gamma_tail(a, x)
    # By Lentz' method (Abramowitz and Stegun, 1964, 6.5.31, contracted).
    b = x + 1 - a
    c, d = mp.inf, 1 / b
    value, count, change = d, 0, mp.mpf(0)
    while abs(change - 1) > mp.eps:
        count += 1
        numerator = -count * (count - a)
        b += 2
        d = 1 / (numerator * d + b)
        c = b + numerator / c
        change = c * d
        value *= change
    return value * mp.exp(a * mp.log(x) - x - mp.loggamma(a))


def beta_tail(a: Any, b: Any, x: Any) -> Any:
    """The incomplete beta function, regularised, by a series of positive terms."""
    if x > 0.9:  # where that is slow
        for digits in (20, 220):
            with mp.extradps(digits):
                value = 1 - beta_tail(b, a, 1 - x)
            if value > mp.mpf(10) ** -digits:
                break
        return value
    front = a * mp.log(x) + b * mp.log1p(-x) - mp.log(a) - mp.log(mp.beta(a, b))
    return mp.exp(front) * _positive_series(a, b, x)


def _positive_series(a: Any, b: Any, x: Any) -> Any:
    """2F1(a + b, 1; a + 1; x), for x < 1."""
    if x < 0.7:  # mpmath transforms it where x is larger, and may fail
        return mp.hyp2f1(a + b, 1, a + 1, x)
    # In whole multiples of 2^-bits, which is ten times as fast; shapes are at least 1e-8.
    bits = mp.prec + 120
    one = 1 << bits
    above, below, step = (int(mp.ldexp(y, bits)) for y in (a + b, a + 1, x))
    term = total = one
    while term > total >> (mp.prec + 20):
        term = (term * above >> bits) * step // below
        total += term
        above += one
        below += one
    return mp.ldexp(mp.mpf(total), -bits)


def _betainc(a: Any, b: Any, x: Any) -> Any:
    return beta_tail(a, b, x) if x * (a + b) < a else 1 - beta_tail(b, a, 1 - x)


def _beta_rest(a: Any, b: Any, x: Any) -> Any:
    return _betainc(b, a, 1 - x)


def _gammainc_slope(a: Any, x: Any) -> Any:
    return mp.exp((a - 1) * mp.log(x) - x - mp.loggamma(a))


def _betainc_slope(a: Any, b: Any, x: Any) -> Any:
    return x ** (a - 1) * (1 - x) ** (b - 1) / mp.beta(a, b)


def _root(function: Reference, start: Reference, wanted: Any) -> Any:
    """Where `function` has a value, by the secant method from SciPy's answer."""
    near = mp.mpf(float(start(float(wanted))))
    return mp.findroot(lambda x: function(x) - wanted, (near, near * (1 + mp.mpf(10) ** -8)))


def _owens_t(h: Any, a: Any) -> Any:
    def integrand(t: Any) -> Any:
        return mp.exp(-h * h * (1 + t * t) / 2) / (1 + t * t)

    return mp.quad(integrand, mp.linspace(0, a, 5)) / (2 * mp.pi)


def _stdtr(df: Any, t: Any) -> Any:
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return tail if t < 0 else 1 - tail


def _inverse_mills(x: Any) -> Any:
    with mp.extradps(2 * max(0, mp.mag(x)) + 10):  # of exp(-x^2 / 2)
        return 2 * mp.npdf(x) / mp.erfc(-x / mp.sqrt(2))


def _half_line(x: Any, order: int) -> Any:
    """Integral of t^order exp(x t - t^2 / 2) over t > 0, by parabolic cylinder functions."""
    with mp.extradps(20):
        return mp.factorial(order) * mp.exp(x * x / 4) * mp.pcfu(order + mp.mpf(0.5), -x)


def _kve(v: Any, x: Any) -> Any:
    return mp.exp(x) * mp.besselk(v, x)


def _log_kve(v: Any, x: Any) -> Any:
    with mp.extradps(250 if v > 100 else 20):  # mpmath loses digits where v and x are some hundreds
        return mp.log(_kve(v, x))


def _ive(v: Any, x: Any) -> Any:
    return mp.exp(-abs(x)) * mp.besseli(v, x)


def _inverse(name: str, function: Reference, slope: Reference) -> Reference:
    """Inverse of a function in the last argument by Newton's method, from SciPy's."""

    def inverse(*args: Any) -> Any:
        x = mp.mpf(float(getattr(sp, name)(*map(float, args))))
        small = mp.mpf(10) ** (-mp.dps * 6 // 10)  # its square is less than the last digit
        for _ in range(10):
            step = (function(*args[:-1], x) - args[-1]) / slope(*args[:-1], x)
            x -= step
            if abs(step) <= small * abs(x):
                return x
        raise ArithmeticError(f"{name}{args}: Newton's method from SciPy's value does not end")

    return inverse


def _negative(function: Reference) -> Reference:
    return lambda *args: -function(*args)


def _logistic_density(x: Any, y: Any) -> Any:
    return mp.sech((x - y) / 2) ** 2 / 4


def _student_density(df: Any, t: Any) -> Any:
    log = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
    return mp.exp(log - (df + 1) / 2 * mp.log1p(t * t / df))


REFERENCES: dict[str, Reference] = {
    "add": ByPartials(lambda x, y: x + y, (lambda *_: mp.mpf(1), lambda *_: mp.mpf(1))),
    "subtract": ByPartials(lambda x, y: x - y, (lambda *_: mp.mpf(1), lambda *_: mp.mpf(-1))),
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "negative": lambda x: -x,
    "square": lambda x: x * x,
    "sqrt": mp.sqrt,
    "power": lambda x, y: x**y,
    "cbrt": mp.cbrt,
    "fmod": lambda x, y: x - y * mp.floor(x / y),  # of positive arguments
    "nextafter": _nextafter,
    "arctan2": mp.atan2,
    "hypot": mp.hypot,
    "hypot_share": lambda x, y: x / mp.hypot(x, y),
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
    "expit_slope": lambda x: mp.sech(x / 2) ** 2 / 4,
    "log1p_exp": lambda x: mp.log1p(mp.exp(x)),
    "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
    "log1m_exp": lambda x: mp.log1p(-mp.exp(x)),
    "gammaln": lambda x: mp.log(abs(mp.gamma(x))),
    "digamma": mp.digamma,
    "polygamma": lambda x, order=1: mp.polygamma(order, x),
    "erf": mp.erf,
    "erfc": mp.erfc,
    "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
    "ndtr": mp.ncdf,
    "log_ndtr": lambda x: (
        mp.log(mp.erfc(-x / mp.sqrt(2)) / 2) if x < 0 else mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2)
    ),
    "inverse_mills": _inverse_mills,
    "positive_normal_moment": lambda x, order: _half_line(x, order) / _half_line(x, 0),
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
    "betaln": lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
    "polygamma_gap": lambda x, step, order: mp.polygamma(order, x + step) - mp.polygamma(order, x),
    "kl_div": lambda x, y: x * mp.log(x / y) - x + y,
    "gammainc": gamma_tail,
    "gammaincc": lambda a, x: 1 - gamma_tail(a, x),
    "gammainc_slope": _gammainc_slope,
    "gammainc_shape": DerivativeOf(gamma_tail, lambda order: (order, 0)),
    "gammaincinv": _inverse("gammaincinv", gamma_tail, _gammainc_slope),
    "gammainccinv": _inverse("gammainccinv", gamma_rest, _negative(_gammainc_slope)),
    "betainc": _betainc,
    "betaincc": lambda a, b, x: 1 - _betainc(a, b, x),
    "betainc_slope": _betainc_slope,
    "betainc_shape": DerivativeOf(_betainc, lambda i, j: (i, j, 0)),
    "betaincinv": _inverse("betaincinv", _betainc, _betainc_slope),
    "betainccinv": _inverse("betainccinv", _beta_rest, _negative(_betainc_slope)),
    "erfinv": mp.erfinv,
    "erfcinv": lambda y: _root(mp.erfc, sp.erfcinv, y),
    "ndtri": lambda p: _root(mp.ncdf, sp.ndtri, p),
    "ndtri_exp": lambda y: _root(lambda x: mp.log(mp.ncdf(x)), sp.ndtri_exp, y),
    "owens_t": ByPartials(
        _owens_t,
        (
            lambda h, a: -mp.npdf(h) * mp.erf(a * h / mp.sqrt(2)) / 2,
            lambda h, a: mp.exp(-h * h * (1 + a * a) / 2) / (2 * mp.pi * (1 + a * a)),
        ),
    ),
    "stdtr": _stdtr,
    "stdtrit": _inverse("stdtrit", _stdtr, _student_density),
    "expi": mp.ei,
    "expn_order": lambda x, order: mp.expint(order, x),
    "gamma": mp.gamma,
    "erfi": mp.erfi,
    "sine_integral": mp.si,
    "cosine_integral": mp.ci,
    "sinc_order": lambda x, order: mp.diff(mp.sinc, x, order),
    "exp1": mp.e1,
    "spence": lambda z: mp.re(mp.polylog(2, 1 - z)),
    "zeta_order": DerivativeOf(mp.zeta, lambda order: (order, 0)),
    "lambertw_branch": lambda x, lower: mp.lambertw(x, -lower).real,
    "hyp1f1": mp.hyp1f1,
    "hyp1f1_shape": DerivativeOf(mp.hyp1f1, lambda i, j: (i, j, 0)),
    "hyp2f1": mp.hyp2f1,
    "hyp2f1_shape": DerivativeOf(mp.hyp2f1, lambda i, j, m: (i, j, m, 0)),
    "jv": mp.besselj,
    "yv": mp.bessely,
    "jv_order": DerivativeOf(mp.besselj, lambda order: (order, 0)),
    "yv_order": DerivativeOf(mp.bessely, lambda order: (order, 0)),
    "j0": Bessel("j", (1,), ()),
    "j1": Bessel("j", (), (1,)),
    "y0": Bessel("y", (1,), ()),
    "y1": Bessel("y", (), (1,)),
    "kv": mp.besselk,
    "kve": _kve,
    "kve_moment": Family(lambda n, m: KDerivative(n, m, (-1) ** m)),
    "kve_mean": lambda v, x, n, m: KDerivative(n, m, (-1) ** m)(v, x) / _kve(v, x),
    "log_kve": _log_kve,
    "k0": Bessel("k", (1,), ()),
    "k1": Bessel("k", (), (1,)),
    "k0e": Bessel("k", (1,), (), 1),
    "k1e": Bessel("k", (), (1,), 1),
    "iv": mp.besseli,
    "ive": _ive,
    "ive_order": DerivativeOf(_ive, lambda order: (order, 0)),
    "ive_ratio": lambda v, x, order: mp.diff(lambda u: _ive(u, x), v, order) / _ive(v, x),
    "log_ive": lambda v, x: mp.log(_ive(v, x)),
    "i0": Bessel("i", (1,), ()),
    "i1": Bessel("i", (), (1,)),
    "i0e": Bessel("i", (1,), (), -1),
    "i1e": Bessel("i", (), (1,), -1),
}

# What is written in these rows, under the names of `ad.special`.
COMPOSITES: dict[str, Reference] = {
    "beta": mp.beta,
    "entr": lambda x: -x * mp.log(x),
    "rel_entr": lambda x, y: x * mp.log(x / y),
    "logit": lambda p: mp.log(p / (1 - p)),
    "xlogy": lambda x, y: x * mp.log(y),
    "xlog1py": lambda x, y: x * mp.log1p(y),
    # Second derivatives are too small for differences of the function, or of a share nearly 1.
    "logaddexp": ByPartials(
        lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
        (
            ByPartials(
                lambda x, y: 1 / (1 + mp.exp(y - x)),
                (_logistic_density, lambda x, y: -_logistic_density(x, y)),
            ),
            ByPartials(
                lambda x, y: 1 / (1 + mp.exp(x - y)),
                (lambda x, y: -_logistic_density(x, y), _logistic_density),
            ),
        ),
    ),
    "log_kv": lambda v, x: mp.log(mp.besselk(v, x)),
    "log_iv": lambda v, x: mp.log(mp.besseli(v, x)),
}

# Parameters of rows that have some.
PARAMETERS: dict[str, tuple[dict[str, Any], ...]] = {
    "polygamma": ({"order": 1}, {"order": 2}),
    "polygamma_gap": ({"order": 0}, {"order": 1}),
    "expn_order": ({"order": 1}, {"order": 3}),
    "sinc_order": ({"order": 0}, {"order": 1}, {"order": 2}),
    "positive_normal_moment": ({"order": 1}, {"order": 2}),
    "gammainc_shape": ({"order": 1}, {"order": 2}),
    "hyp1f1_shape": ({"i": 1, "j": 0}, {"i": 0, "j": 2}, {"i": 1, "j": 1}),
    "hyp2f1_shape": ({"i": 1, "j": 0, "m": 0}, {"i": 0, "j": 1, "m": 1}),
    "zeta_order": ({"order": 0}, {"order": 1}, {"order": 2}),
    "lambertw_branch": ({"lower": 0}, {"lower": 1}),
    "kve_moment": ({"n": 1, "m": 0}, {"n": 0, "m": 1}),
    "kve_mean": ({"n": 1, "m": 0}, {"n": 0, "m": 2}),
    "ive_order": ({"order": 1}, {"order": 2}),
    "ive_ratio": ({"order": 1}, {"order": 2}),
    "jv_order": ({"order": 1}, {"order": 2}),
    "yv_order": ({"order": 1}, {"order": 2}),
    "betainc_shape": ({"i": 1, "j": 0}, {"i": 0, "j": 2}, {"i": 1, "j": 1}),
}

# Rows that are derivatives of others: theirs are tested as second derivatives of those.
DERIVED = frozenset(
    {
        *(name for name, one in REFERENCES.items() if isinstance(one, DerivativeOf)),
        *("kve_moment", "kve_mean", "ive_ratio"),
    }
)
# Rows whose references take long: fewer points and digits.
SLOW_REFERENCES: frozenset[str] = DERIVED | {
    name
    for name in REFERENCES
    if name.startswith(
        (
            "gammainc",
            "betainc",
            "kv",
            "iv",
            "log_kv",
            "log_iv",
            "k0",
            "k1",
            "jv",
            "j0",
            "j1",
            "y",
            "owens",
            "stdtr",
            "ndtri",
            "hyp",
        )
    )
}


class Limits(NamedTuple):
    """Largest error in eps, times one plus the condition number.

    `value`, `first` and `second` are of derivatives of that order, `native` of native code against
    the interpreter, relative to the result alone (about four times what was measured: they have
    other elementary functions, and sums cross zero). 1e-12 is 4500 eps, 1e-9 is 4.5e6 eps.
    """

    value: float = 6.0
    first: float = 6.0
    second: float = 6.0
    native: float = 16.0


# Absolute errors of native code against the interpreter, by the arguments: of what cancels in
# polygamma between its poles, and in derivatives in the shapes, which cross zero.
FLOORS: dict[str, Callable[..., Any]] = {
    "polygamma": lambda _: 1e-14,
    # gammaln next to its poles, where a + b is rounded.
    "betaln": lambda a, b: np.where(np.minimum(a, b) < 0.0, 1e-12, 0.0),
    "gammainc_shape": lambda a, _: 1e-14 / np.maximum(a, 1.0),
    "hyp2f1_shape": lambda *_: 1e-14,  # sums of terms about 1, that may be 0
    # At v = x the integral is exp(-v^2 / 4 x) of its integrand.
    "jv_order": lambda v, x: 1e-15 * np.exp(np.clip(v * v / (4.0 * x), 0.0, 10.0)),
    "yv_order": lambda v, x: 1e-15 * np.exp(np.clip(v * v / (4.0 * x), 0.0, 10.0)),
    "betainc_shape": lambda a, b, _: 1e-14 / np.minimum(a, b) ** 2,
}

# Rows whose values are SciPy's, or sums of many terms.
LIMITS: dict[str, Limits] = {
    "erfcinv": Limits(first=50, second=200),
    "ndtri": Limits(first=50, second=200),
    "ndtri_exp": Limits(first=50, second=1000),
    "hyp1f1": Limits(100, 100, 1e4),
    "cosine_integral": Limits(value=20),
    "hyp2f1": Limits(100, 100, 1e4),
    "hyp1f1_shape": Limits(1e4, native=64),
    "hyp2f1_shape": Limits(100, native=64),
    "jv": Limits(50, 200, 2000),
    "yv": Limits(50, 200, 2000),
    "jv_order": Limits(1000, native=1000),
    "yv_order": Limits(1000, native=5000),
    "stdtr": Limits(20, 100, 1000, native=4000),
    "stdtrit": Limits(4500, 4500, 4500, native=1000),
    "zeta_order": Limits(20, 20, 50),
    "kv": Limits(100, 100, 200),
    "kve": Limits(100, 100, 200),
    "kve_moment": Limits(100, native=64),
    "kve_mean": Limits(100, native=2000),
    "log_kve": Limits(20, 50, 1000, native=64),
    "iv": Limits(100, 200, 1000),
    "ive": Limits(100, 400, 2000),
    "ive_order": Limits(400, native=4000),
    "ive_ratio": Limits(400, native=6000),
    "log_ive": Limits(50, 400, 5e4, native=6000),
    "i0e": Limits(first=100, second=2000),
    "i1e": Limits(first=100, second=2000),
    "gammainc_slope": Limits(native=64),
    "gammainc_shape": Limits(value=50, native=500),
    "gammainc": Limits(first=50, second=200),
    "gammaincc": Limits(first=50, second=200),
    "gammaincinv": Limits(first=50, second=200),
    "gammainccinv": Limits(first=50, second=200),
    "betainc_slope": Limits(first=200, second=200, native=500),
    "betainc_shape": Limits(value=100, native=5000),
    "betainc": Limits(first=50, second=200),
    "betaincc": Limits(first=50, second=200),
    "betaincinv": Limits(first=100, second=1000),
    "betainccinv": Limits(first=100, second=1000),
}
