"""Formulas that several laws share, against mpmath."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import ad
from ppl import numerics


def log_mass(a: Any, b: Any) -> Any:
    """Log of the standard normal mass between a and b, with digits to spare."""
    with mp.workdps(800):
        return mp.log((mp.erfc(a / mp.sqrt(2)) - mp.erfc(b / mp.sqrt(2))) / 2)


@pytest.mark.parametrize(
    ("function", "exact", "points"),
    [
        (
            numerics.log1p_ratio,
            lambda x: mp.log1p(x) / x,
            (-0.999, -0.3, -0.0101, -0.0099, -1e-9, 1e-300, 1e-5, 0.0099, 0.0101, 3.0, 1e9),
        ),
        (
            numerics.expm1_ratio,
            lambda x: mp.expm1(x) / x,
            (-700.0, -1.0, -1e-9, 1e-300, 1e-5, 0.3, 700.0),
        ),
        (
            numerics.log_sinhc,
            lambda x: mp.log(mp.sinh(x) / x),
            (-1e3, -3.0, -0.201, -0.199, 1e-5, 0.1, 0.1999, 0.2001, 1.0, 30.0, 1e6),
        ),
    ],
)
def test_functions_of_one_number(function: Any, exact: Any, points: tuple[float, ...]) -> None:
    slopes = ad.grad(lambda x: np.sum(function(x)))(np.array(points))
    with mp.workdps(80), np.errstate(over="ignore"):
        for x, value, slope in zip(points, function(np.array(points)), slopes, strict=True):
            assert value == pytest.approx(float(exact(mp.mpf(x))), rel=2e-14, abs=1e-15)
            if function is not numerics.expm1_ratio:
                h = mp.mpf(10) ** -30 * abs(x)
                want = (exact(mp.mpf(x) + h) - exact(mp.mpf(x) - h)) / (2 * h)
                if abs(x) > 1e-20:  # nearer to 0 the chord of 80 digits has none left
                    assert slope == pytest.approx(float(want), rel=1e-12, abs=1e-14)


def test_values_at_zero() -> None:
    assert numerics.log1p_ratio(0.0) == numerics.expm1_ratio(0.0) == 1.0
    assert numerics.log_sinhc(0.0) == 0.0
    assert ad.grad(lambda x: numerics.log1p_ratio(x[0]))(np.zeros(1))[0] == -0.5


@pytest.mark.parametrize("x", [1e-3, 0.7, 31.9, 32.1, 5e3, 1e12])
@pytest.mark.parametrize("n", [0.0, 1.0, 7.0, 1e4])
def test_log_gamma_increase(x: float, n: float) -> None:
    with mp.workdps(60):
        want = mp.loggamma(mp.mpf(x) + n) - mp.loggamma(mp.mpf(x))
        slope = mp.digamma(mp.mpf(x) + n) - mp.digamma(mp.mpf(x))
    size = max(1.0, n * abs(math.log(x + n + 1)), abs(math.lgamma(x + n)) if x < 32 else 0.0)
    assert abs(float(numerics.log_gamma_increase(x, n)) - want) <= 8 * 2.0**-52 * size
    got = ad.grad(lambda p: numerics.log_gamma_increase(p[0], n))(np.array([x]))[0]
    assert got == pytest.approx(float(slope), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (-1.0, 2.0),
        (-1e-9, 1e-9),
        (0.0, 1e-3),
        (8.0, 8.5),
        (-41.0, -40.0),
        (30.0, 1e10),
        (-1e10, 5.0),
    ],
)
def test_log_ndtr_difference(a: float, b: float) -> None:
    want = float(log_mass(mp.mpf(a), mp.mpf(b)))
    assert float(numerics.log_ndtr_difference(a, b)) == pytest.approx(want, rel=1e-12, abs=1e-14)
