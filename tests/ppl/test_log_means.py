"""Counts by the logarithm of their mean, at any size of it."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl


def poisson(x: Any, log_rate: Any) -> Any:
    return x * log_rate - mp.exp(log_rate) - mp.loggamma(x + 1)


def negative_binomial(x: Any, log_mean: Any, n: Any) -> Any:
    ways = mp.loggamma(n + x) - mp.loggamma(n) - mp.loggamma(x + 1)
    share = mp.log1p(mp.exp(mp.log(n) - log_mean))
    return ways - x * share - n * mp.log1p(mp.exp(log_mean - mp.log(n)))


@pytest.mark.parametrize("log_rate", [-1e5, -800.0, -2.0, 40.0, 700.0])
@pytest.mark.parametrize("count", [0.0, 3.0, 1e6])
def test_poisson(log_rate: float, count: float) -> None:
    with mp.workdps(400):
        want = float(poisson(mp.mpf(count), mp.mpf(log_rate)))
        slope = float(count - mp.exp(mp.mpf(log_rate)))

    def density(p: Any) -> Any:
        return ppl.Poisson(log_rate=p[0]).log_prob(count)

    value, gradient = ad.density(density, 1).logdensity_and_gradient(np.array([log_rate]))
    assert value == pytest.approx(want, rel=1e-13)
    assert gradient[0] == pytest.approx(slope, rel=1e-13)


@pytest.mark.parametrize("log_mean", [-1e5, -800.0, -2.0, 40.0, 700.0, 1e5])
@pytest.mark.parametrize("concentration", [1e-3, 2.5, 1e7])
@pytest.mark.parametrize("count", [0.0, 3.0, 1e4])
def test_negative_binomial(log_mean: float, concentration: float, count: float) -> None:
    start = np.array([log_mean, concentration])
    with mp.workdps(60):
        m, n, x = mp.mpf(log_mean), mp.mpf(concentration), mp.mpf(count)
        want = float(negative_binomial(x, m, n))
        slopes = [
            float(mp.diff(lambda v: negative_binomial(x, v, n), m, h=mp.mpf(10) ** -25)),
            float(mp.diff(lambda v: negative_binomial(x, m, v), n, h=mp.mpf(10) ** -25)),
        ]

    def density(p: Any) -> Any:
        return ppl.NegativeBinomial2(log_mean=p[0], concentration=p[1]).log_prob(count)

    value, gradient = ad.density(density, 2).logdensity_and_gradient(start)
    terms = 8 * 2.0**-52 * max(count * 40.0, math.lgamma(count + 1.0))
    assert value == pytest.approx(want, rel=1e-12, abs=1e-12 + terms)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-10, atol=1e-10)


def test_one_of_the_two_is_given() -> None:
    with pytest.raises(TypeError, match="Poisson: exactly one of rate, log_rate must be given"):
        ppl.Poisson(3.0, log_rate=1.0)
    with pytest.raises(TypeError, match="exactly one of mean, log_mean must be given, got none"):
        ppl.NegativeBinomial2(concentration=1.0)
    law = ppl.NegativeBinomial2(log_mean=np.zeros((3, 1)), concentration=np.ones(4))
    assert law.mean.shape == (3, 4)
    assert law.sample(np.random.default_rng(1), 2).shape == (2, 3, 4)
