"""Laws on the real line."""

import math
from typing import Any

import mpmath as mp
import numpy as np
import scipy.integrate
import scipy.stats as st

import ppl

from .case import Case


def normal(x: Any, loc: Any, scale: Any) -> Any:
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - mp.log(2 * mp.pi) / 2


def cauchy(x: Any, loc: Any, scale: Any) -> Any:
    return -mp.log(mp.pi * scale * (1 + ((x - loc) / scale) ** 2))


def student_t(x: Any, df: Any, loc: Any, scale: Any) -> Any:
    constant = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(df * mp.pi) / 2
    return constant - mp.log(scale) - (df + 1) / 2 * mp.log1p(((x - loc) / scale) ** 2 / df)


WILD = (-3.7e200, -1.2e30, -1e5, 1e5, 2.5e40, 1.4e160)


def asymmetric_laplace(x: Any, loc: Any, scale: Any, asymmetry: Any) -> Any:
    z, k = (x - loc) / scale, asymmetry
    return -mp.log(scale) - mp.log(k + 1 / k) + (z / k if z < 0 else -k * z)


def logistic(x: Any, loc: Any, scale: Any) -> Any:
    z = abs(x - loc) / scale
    return -z - 2 * mp.log1p(mp.exp(-z)) - mp.log(scale)


def gumbel(x: Any, loc: Any, scale: Any) -> Any:
    z = (x - loc) / scale
    return -z - mp.exp(-z) - mp.log(scale)


def log_ndtr(x: Any) -> Any:
    return mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def skew_normal(x: Any, loc: Any, scale: Any, slant: Any) -> Any:
    return normal(x, loc, scale) + mp.log(2) + log_ndtr(slant * (x - loc) / scale)


def ex_gaussian(x: Any, loc: Any, scale: Any, rate: Any) -> Any:
    exponent = rate * (2 * loc + rate * scale**2 - 2 * x) / 2
    return mp.log(rate) + exponent + log_ndtr((x - loc) / scale - rate * scale)


def generalized_normal(x: Any, loc: Any, scale: Any, power: Any) -> Any:
    size = (abs(x - loc) / scale) ** power
    return mp.log(power) - mp.log(2 * scale) - mp.loggamma(1 / power) - size


def johnson_su(x: Any, loc: Any, scale: Any, skewness: Any, tailweight: Any) -> Any:
    z = (x - loc) / scale
    with mp.workdps(400):  # arcsinh as a logarithm cancels far on the left
        angle = mp.log(z + mp.sqrt(1 + z**2))
    slope = mp.log(tailweight) - mp.log(scale) - mp.log1p(z**2) / 2
    return slope - mp.log(2 * mp.pi) / 2 - (skewness + tailweight * angle) ** 2 / 2


def moyal(x: Any, loc: Any, scale: Any) -> Any:
    z = (x - loc) / scale
    return -(z + mp.exp(-z)) / 2 - mp.log(2 * mp.pi) / 2 - mp.log(scale)


def extreme_value(x: Any, loc: Any, scale: Any, concentration: Any) -> Any:
    z, xi = (x - loc) / scale, concentration
    # At 0 the derivative in xi is that of a chord, of length 1e-40.
    xi = xi + (mp.mpf(10) ** -40 if xi == 0 else 0)
    with mp.workdps(160):
        y = mp.log1p(xi * z) / xi
    return -(1 + xi) * y - mp.exp(-y) - mp.log(scale)


def soft_laplace(x: Any, loc: Any, scale: Any) -> Any:
    return -mp.log(mp.pi * scale * mp.cosh((x - loc) / scale))


class NormalInverseGaussianLaw:
    """SciPy's, with quantiles from a grid and tails by integrals of the density."""

    def __init__(self, loc: float, scale: float, tailweight: float, skewness: float) -> None:
        self._scale = scale
        self._law = st.norminvgauss(tailweight * scale, skewness * scale, loc, scale)
        self._grid = loc + scale * np.linspace(-60.0, 60.0, 40_001)

        density = self._law.pdf(self._grid)
        self._total = scipy.integrate.cumulative_simpson(density, x=self._grid, initial=0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._law, name)

    def cdf(self, x: Any) -> Any:
        return np.array([self._side(v, -1) for v in np.ravel(x)]).reshape(np.shape(x))

    def sf(self, x: Any) -> Any:
        return np.array([self._side(v, 1) for v in np.ravel(x)]).reshape(np.shape(x))

    def _side(self, x: float, way: int) -> float:
        """Integral of the density from x on, by Gauss and Legendre's rule."""
        if way * (x - self._law.mean()) < 0:
            return 1.0 - self._side(x, -way)
        if math.isinf(x):
            return 0.0
        nodes, weights = np.polynomial.legendre.leggauss(40)
        lengths = self._scale * np.array([0, 0.1, 0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128])
        middle, half = (lengths[1:] + lengths[:-1]) / 2, np.diff(lengths) / 2
        at = x + way * (middle[:, None] + half[:, None] * nodes)
        return float(np.sum(np.exp(self._law.logpdf(at)) @ weights * half))

    def ppf(self, q: Any) -> Any:
        return np.interp(q, self._total, self._grid)


def bessel_k1(x: Any) -> Any:
    """K_1(x) by its series (DLMF 10.31.1), a thousand times as fast as mpmath's."""
    if x > 200:
        return mp.besselk(1, x)
    with mp.workdps(mp.mp.dps + 20 + int(0.9 * x)):  # what cancels, exp(2 x)
        quarter, psi = x * x / 4, 1 - 2 * mp.euler
        term, total, whole = mp.mpf(1), mp.mpf(0), mp.mpf(0)
        for k in range(1, 10_000):
            total, whole = total + psi * term, whole + term
            term, psi = term * quarter / (k * (k + 1)), psi + mp.mpf(1) / k + mp.mpf(1) / (k + 1)
            if term * max(psi, 1) < mp.eps * whole:
                break
        return 1 / x + mp.log(x / 2) * (x / 2) * whole - x / 4 * total


def normal_inverse_gaussian(x: Any, loc: Any, scale: Any, tailweight: Any, skewness: Any) -> Any:
    rest = mp.sqrt(tailweight**2 - skewness**2)
    radius = mp.sqrt(scale**2 + (x - loc) ** 2)
    bessel = mp.log(bessel_k1(tailweight * radius))
    factors = mp.log(tailweight * scale / (mp.pi * radius))
    return factors + bessel + scale * rest + skewness * (x - loc)


CASES = (
    Case(
        ppl.SoftLaplace,
        soft_laplace,
        st.hypsecant,
        ({"loc": 0.5, "scale": 2.0}, {"loc": -1e3, "scale": 1e-3}),
        wrong={"scale": (-1.0, "positive")},
        tails=(-1e6, 1e6),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.NormalInverseGaussian,
        normal_inverse_gaussian,
        NormalInverseGaussianLaw,
        (
            {"loc": 0.5, "scale": 2.0, "tailweight": 1.5, "skewness": -0.7},
            {"loc": -10.0, "scale": 0.5, "tailweight": 4.0, "skewness": 3.0},
        ),
        wrong={"scale": (0.0, "positive"), "skewness": (2.0, "strictly between -1.5 and 1.5")},
        tails=(-300.0, 300.0),
        outside=(math.inf, -math.inf),
        moments=True,
        largest=lambda x, loc, tailweight, **_: 1.0 + 2.0 * tailweight * abs(x - loc),
    ),
    Case(
        ppl.Normal,
        normal,
        lambda loc, scale: st.norm(loc=loc, scale=scale),
        ({"loc": 0.7, "scale": 2.5}, {"loc": -1e8, "scale": 1e-3}, {"loc": 3.0, "scale": 1e200}),
        wrong={"scale": (-1.0, "positive"), "loc": (math.inf, "finite")},
        tails=(-1e5, 40.0, 1e150),
        outside=(-math.inf, math.inf),
    ),
    Case(
        ppl.Cauchy,
        cauchy,
        lambda loc, scale: st.cauchy(loc=loc, scale=scale),
        ({"loc": -0.4, "scale": 1.3}, {"loc": 1e6, "scale": 1e-6}, {"loc": 0.0, "scale": 1e100}),
        wrong={"scale": (0.0, "positive"), "loc": (math.nan, "finite")},
        tails=WILD,
        outside=(math.inf,),
    ),
    Case(
        ppl.StudentT,
        student_t,
        lambda df, loc, scale: st.t(df=df, loc=loc, scale=scale),
        (
            {"df": 7.3, "loc": 0.5, "scale": 2.0},
            {"df": 0.05, "loc": 0.0, "scale": 1e-3},
            {"df": 63.9, "loc": -2.0, "scale": 1.0},
            {"df": 64.1, "loc": -2.0, "scale": 1.0},
            {"df": 1e12, "loc": 1.0, "scale": 3.0},
        ),
        wrong={"df": (0.0, "positive"), "scale": (-2.0, "positive")},
        tails=(-1e200, -1e3, 1e6, 1e160),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.Laplace,
        lambda x, loc, scale: -abs((x - loc) / scale) - mp.log(2 * scale),
        st.laplace,
        ({"loc": 0.5, "scale": 2.0}, {"loc": -1e3, "scale": 1e-3}),
        wrong={"scale": (-1.0, "positive"), "loc": (math.inf, "finite")},
        tails=(-1e6, 0.6, 1e6),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.AsymmetricLaplace,
        asymmetric_laplace,
        lambda loc, scale, asymmetry: st.laplace_asymmetric(asymmetry, loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "asymmetry": 1.4},
            {"loc": -10.0, "scale": 1e-3, "asymmetry": 0.02},
            {"loc": 0.0, "scale": 1e5, "asymmetry": 30.0},
        ),
        wrong={"scale": (-1.0, "positive"), "asymmetry": (0.0, "positive")},
        kinks=(0.5,),
        tails=(-1e6, 1e6),
        outside=(math.inf,),
    ),
    Case(
        ppl.Logistic,
        logistic,
        st.logistic,
        ({"loc": 0.5, "scale": 2.0}, {"loc": -1e3, "scale": 1e-3}, {"loc": 0.0, "scale": 1e100}),
        wrong={"scale": (0.0, "positive")},
        tails=(-1e6, 1e6),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.Gumbel,
        gumbel,
        st.gumbel_r,
        ({"loc": 0.5, "scale": 2.0}, {"loc": -1e3, "scale": 1e-3}, {"loc": 0.0, "scale": 1e100}),
        wrong={"scale": (0.0, "positive")},
        tails=(-1e3, 1e6),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.SkewNormal,
        skew_normal,
        lambda loc, scale, slant: st.skewnorm(slant, loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "slant": 1.7},
            {"loc": -3.0, "scale": 1e-3, "slant": -40.0},
            {"loc": 0.0, "scale": 1e10, "slant": 0.0},
        ),
        wrong={"scale": (0.0, "positive"), "slant": (math.nan, "finite")},
        tails=(-1e3, 1e3),
        outside=(math.inf, -math.inf),
        moments=True,
    ),
    Case(
        ppl.ExGaussian,
        ex_gaussian,
        lambda loc, scale, rate: st.exponnorm(1 / (rate * scale), loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "rate": 0.4},
            {"loc": -3.0, "scale": 1.5, "rate": 100.0},
            {"loc": 0.3, "scale": 1e-2, "rate": 2.0},
        ),
        wrong={"scale": (0.0, "positive"), "rate": (-1.0, "positive")},
        tails=(-1e3, -30.0, 1e3),
        outside=(math.inf, -math.inf),
        moments=True,
        tail_slope=1e-9,  # exponents cancel where the scale is small against the mean
    ),
    Case(
        ppl.GeneralizedNormal,
        generalized_normal,
        lambda loc, scale, power: st.gennorm(power, loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "power": 1.3},
            {"loc": -3.0, "scale": 1e-3, "power": 0.3},
            {"loc": 0.0, "scale": 1e10, "power": 12.0},
        ),
        wrong={"scale": (0.0, "positive"), "power": (-1.0, "positive")},
        tails=(-1e5, 1.0, 1e4),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.JohnsonSU,
        johnson_su,
        lambda loc, scale, skewness, tailweight: st.johnsonsu(skewness, tailweight, loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "skewness": 0.7, "tailweight": 2.4},
            {"loc": -3.0, "scale": 1e-3, "skewness": -2.0, "tailweight": 0.6},
            {"loc": 0.0, "scale": 1e10, "skewness": 0.0, "tailweight": 9.0},
        ),
        wrong={"scale": (0.0, "positive"), "tailweight": (-1.0, "positive")},
        tails=(-1e100, -1e5, 1e4, 1e160),
        outside=(math.inf, -math.inf),
        moments=True,
    ),
    Case(
        ppl.Moyal,
        moyal,
        st.moyal,
        ({"loc": 0.5, "scale": 2.0}, {"loc": -1e3, "scale": 1e-3}, {"loc": 0.0, "scale": 1e100}),
        wrong={"scale": (0.0, "positive")},
        tails=(-1e3, 1e6),
        outside=(math.inf, -math.inf),
    ),
    Case(
        ppl.GeneralizedExtremeValue,
        extreme_value,
        lambda loc, scale, concentration: st.genextreme(-concentration, loc, scale),
        (
            {"loc": 0.5, "scale": 2.0, "concentration": -0.2},
            {"loc": -3.0, "scale": 1e-3, "concentration": 0.4},
            {"loc": -3.0, "scale": 1.0, "concentration": 1.5},
            {"loc": 0.0, "scale": 1.0, "concentration": 0.0},
            {"loc": 0.0, "scale": 1.0, "concentration": 2e-3},
        ),
        wrong={"scale": (0.0, "positive"), "concentration": (math.nan, "finite")},
        outside=(math.inf,),
    ),
)
