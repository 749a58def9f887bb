"""Density and tails of Polya and Gamma's law: an integral in the complex plane, and a series.

The Laplace transform of PG(b, 0) is cosh(sqrt(t / 2))^-b, with singularities at and below -pi^2 / 2
on the real axis. With t = 2 w^2 - pi^2 / 2 they lie on the imaginary axis of w, and on vertical
lines the inversion's exp(t x) falls like that of a normal law. The line through the saddle point is
the one on which nothing cancels (H. E. Daniels 1954, "Saddlepoint approximations in statistics",
section 2); the trapezoidal rule on it is exact to rounding. Small values of laws with b < 1 have
too wide a range of w for it; the alternating series of Polson, Scott and Windle (2013), "Bayesian
inference for logistic models using Polya-Gamma latent variables", eq. 5, is short there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_QUARTER = math.pi**2 / 4.0
_HALF = 40  # nodes beside the one on the real axis; the line's other half is the conjugate
_ROUNDS = 5
_TERMS = 12  # the last is below exp(-60) of the first for x < 1


def saddle(ratio: Any) -> Any:
    """Where 2 w^2 x - b log cosh(s) is least for real w, s^2 = w^2 - pi^2 / 4.

    Parameters
    ----------
    ratio : array, shape (...)
        b / (4 x): there it is s / tanh(s), by Newton's steps in s^2, which may be negative.
    """
    low = ratio < 1e-4  # there w^2 is 2 ratio, nearly
    inner = np.where(low, 1.0, ratio)
    z = inner * inner + _QUARTER * (inner / (0.5 * _QUARTER + inner) - 1.0)
    for _ in range(_ROUNDS):
        value, slope = _quotient(z)
        z = np.maximum(z - (value - inner) / slope, -_QUARTER + 0.1 * (z + _QUARTER))
    return np.sqrt(np.where(low, 2.0 * ratio, z + _QUARTER))


def _quotient(z: Any) -> tuple[Any, Any]:
    """Return s / tanh(s) and its slope in z = s^2, for z > -pi^2 / 4."""
    near = np.abs(z) < 1e-2
    small = np.where(near, z, 0.0)
    series = 1.0 + small / 3.0 - small**2 / 45.0 + 2.0 * small**3 / 945.0
    rises = 1.0 / 3.0 - 2.0 * small / 45.0 + 2.0 * small**2 / 315.0
    size = np.sqrt(np.abs(np.where(near, 1.0, z)))
    above = z > 0.0
    hyperbolic = size / np.tanh(np.where(above, size, 1.0))
    circular = size / np.tan(np.where(above, 1.0, size))
    value = np.where(above, hyperbolic, circular)
    # d/dz of s coth(s) is (C - C^2 + z) / (2 z) with C the quotient
    other = (value - value * value + z) / (2.0 * np.where(near, 1.0, z))
    return np.where(near, series, value), np.where(near, rises, other)


def integral(
    x: Any, b: Any, line: Any, factor: Callable[[Any], Any] | None = None
) -> tuple[Any, Any]:
    """Invert the transform, times a factor, on the vertical line through w = `line`.

    Parameters
    ----------
    x, b, line : array, shape (...)
        Positive, of one shape.
    factor : callable, optional
        Of w, complex, shape (n, ...).

    Returns
    -------
    exponent, rest : array, shape (...)
        The integral is exp(exponent) rest; `rest` may have either sign.
    """
    curvature = 4.0 * x + 2.0 * b / (2.0 * line * line + b)
    ratio = 9.0 / (np.sqrt(curvature) * line)
    step = np.arcsinh(ratio) / _HALF
    tau = np.arange(_HALF + 1.0).reshape((-1,) + (1,) * np.ndim(step)) * step
    rise = np.sinh(tau)
    w = line * (1.0 + 1j * rise)
    log_cosh = _log_cosh(w)
    start = np.real(log_cosh[0])
    top = 2.0 * x * (line * line - _QUARTER) - b * start
    moved = 2.0 * x * line * line * (2j * rise - rise * rise)  # 2 x (w^2 - line^2)
    values = np.exp(moved - b * (log_cosh - start)) * (4.0 * w)
    if factor is not None:
        values = values * factor(w)
    terms = np.real(values) * (line * np.cosh(tau))
    total = np.sum(terms, axis=0) - 0.5 * terms[0]
    return top, total * (step / math.pi)


def _log_cosh(w: Any) -> Any:
    """Log cosh(s) for s^2 = w^2 - pi^2 / 4 and w with positive real part, complex."""
    square = w * w
    near = np.abs(w) < 1.0
    # Around s = i pi / 2 it is the sine of the small angle to there.
    small = np.where(near, square, 0.5)
    angle = small / (0.5 * math.pi + np.sqrt(_QUARTER - small))
    s = np.sqrt(np.where(near, 4.0, square) - _QUARTER)
    far = s + np.log1p(np.exp(-2.0 * s)) - math.log(2.0)
    return np.where(near, np.log(np.sin(angle)), far)


def in_series(x: Any, b: Any) -> Any:
    """Where the series is taken: also where its first term is all there is."""
    return ((x < 1.0) & (b < 1.0)) | (b > 400.0 * x)


def series(b: Any, term: Callable[[float, Any], Any]) -> Any:
    """Sum (-1)^n Gamma(n + b) / (Gamma(b) n!) term(n, n + b / 2); the first coefficient is 1."""
    total, coefficient = term(0.0, 0.5 * b), 1.0
    for n in range(1, _TERMS):
        coefficient = coefficient * (-(b + (n - 1.0)) / n)
        total = total + coefficient * term(float(n), n + 0.5 * b)
    return total
