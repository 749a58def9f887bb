"""Models written site by site in a Python loop compile to as few operations as with plates."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import ppl
from ppl import Exponential, HalfNormal, Normal, plate, sample


def by_plate(x: Any, y: Any) -> None:
    a, b = sample("a", Normal(0, 1)), sample("b", Normal(0, 1))
    scale = sample("scale", HalfNormal(1))
    with plate("row", len(y)):
        sample("y", Normal(a + b * x, scale), obs=y)


def by_row(x: Any, y: Any) -> None:
    a, b = sample("a", Normal(0, 1)), sample("b", Normal(0, 1))
    scale = sample("scale", HalfNormal(1))
    for i in range(len(y)):
        sample(f"y{i}", Normal(a + b * x[i], scale), obs=y[i])


def one_parameter_each(x: Any, y: Any) -> None:
    rate = sample("rate", HalfNormal(1))
    for i in range(len(y)):
        location = sample(f"location{i}", Exponential(rate))
        sample(f"y{i}", Normal(location * x[i], 1.0), obs=y[i])


def data(size: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(3)
    return rng.normal(size=size), rng.normal(size=size)


def lines(posterior: ppl.Posterior) -> int:
    """Length of the code."""
    return int(posterior._density._paths.paths[0].code.lines)


def test_rows_are_a_plate() -> None:
    x, y = data(60)
    rows, together = ppl.Posterior(by_row, x, y), ppl.Posterior(by_plate, x, y)
    for point in (np.zeros(3), np.array([0.3, -0.4, 0.2])):
        value, gradient = rows.logdensity_and_gradient(point)
        meant, slope = together.logdensity_and_gradient(point)
        np.testing.assert_allclose(value, meant, rtol=1e-13)
        np.testing.assert_allclose(gradient, slope, rtol=1e-12)


@pytest.mark.parametrize("model", [by_row, one_parameter_each])
def test_code_does_not_grow_with_sites(model: Callable[..., None]) -> None:
    short, long = (lines(ppl.Posterior(model, *data(size))) for size in (47, 95))
    assert short == long < 600


def test_one_parameter_each_is_right() -> None:
    x, y = data(40)
    posterior = ppl.Posterior(one_parameter_each, x, y)
    point = np.linspace(-1.0, 1.0, 41)
    rate, locations = np.exp(point[0]), np.exp(point[1:])
    want = stats.halfnorm.logpdf(rate) + point.sum()  # with the Jacobians of exp
    want += stats.expon.logpdf(locations, scale=1 / rate).sum()
    want += stats.norm.logpdf(y, locations * x, 1.0).sum()
    assert posterior.logdensity(point) == pytest.approx(want, rel=1e-12)
