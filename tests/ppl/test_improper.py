"""Priors that are not normalised."""

import math

import numpy as np
import pytest

import ppl
from ppl import constraints


def test_flat_takes_the_map_of_its_bounds() -> None:
    def model() -> None:
        a = ppl.sample("a", ppl.Flat())
        b = ppl.sample("b", ppl.Flat(lower=1.0))
        ppl.sample("c", ppl.Flat(upper=a))
        ppl.sample("d", ppl.Flat(lower=0.0, upper=1.0 - b))  # empty for b > 1: only the map counts
        with ppl.plate("row", 3):
            ppl.sample("e", ppl.Flat(lower=np.array([0.0, 1.0, 2.0])))

    posterior = ppl.Posterior(model)
    x = np.array([0.5, 0.25, -0.3, 0.7, 0.1, 0.2, 0.3])
    values = {name: value[0] for name, value in posterior.constrain(x[None]).items()}
    b = 1 + math.exp(0.25)
    assert values["a"] == 0.5
    assert values["b"] == pytest.approx(b, rel=1e-15)
    assert values["c"] == pytest.approx(0.5 - math.exp(-0.3), rel=1e-15)
    np.testing.assert_allclose(values["e"], np.arange(3) + np.exp([0.1, 0.2, 0.3]), rtol=1e-15)

    def bounded() -> None:
        low = ppl.sample("low", ppl.Normal())
        ppl.sample("x", ppl.Flat(low=low, high=low + 2.0))

    value, gradient = ppl.Posterior(bounded).logdensity_and_gradient(np.array([0.4, 0.7]))
    s = 1 / (1 + math.exp(-0.7))
    want = float(ppl.Normal().log_prob(0.4)) + math.log(2 * s * (1 - s))
    assert value == pytest.approx(want, rel=1e-14)
    np.testing.assert_allclose(gradient, [-0.4, 1 - 2 * s], rtol=1e-13)


def test_flat_outside() -> None:
    law = ppl.Flat(low=[0.0, 1.0])
    np.testing.assert_array_equal(law.log_prob([0.5, 0.5]), [0.0, -math.inf])
    assert float(ppl.Flat().log_prob(3.0)) == 0.0
    assert float(ppl.Flat(upper=1.0).log_prob(3.0)) == -math.inf
    with pytest.raises(ppl.ParameterError, match="Flat: high must be greater than 2"):
        ppl.Flat(2.0, 1.0)
    with pytest.raises(NotImplementedError, match="Flat: sample is not available"):
        law.sample(np.random.default_rng(1))


def test_half_flat() -> None:
    def model() -> None:
        ppl.sample("x", ppl.HalfFlat())

    value, gradient = ppl.Posterior(model).logdensity_and_gradient(np.array([0.7]))
    assert value == pytest.approx(0.7, rel=1e-14)  # the log Jacobian of exp
    np.testing.assert_allclose(gradient, [1.0], rtol=1e-14)
    np.testing.assert_array_equal(ppl.HalfFlat().log_prob([0.0, -1.0, 2.0]), [-math.inf] * 2 + [0])
    with pytest.raises(NotImplementedError, match="HalfFlat: sample is not available"):
        ppl.HalfFlat().sample(np.random.default_rng(1))


def test_improper_uniform() -> None:
    law = ppl.ImproperUniform(constraints.ordered, event_shape=3, batch_shape=(2,))
    assert law.batch_shape == (2,)
    assert law.event_shape == (3,)
    value = [[0.0, 1.0, 2.0], [0.0, 2.0, 1.0]]
    np.testing.assert_array_equal(law.log_prob(value), [0.0, -math.inf])
    rows = ppl.ImproperUniform(constraints.simplex, event_shape=(2, 3))
    assert float(rows.log_prob(np.full((2, 3), 1 / 3))) == 0.0
    assert float(rows.log_prob([[1 / 3] * 3, [1.0] * 3])) == -math.inf
    assert repr(law) == "ImproperUniform(a strictly increasing vector, event_shape=(3,))"


def test_improper_uniform_in_a_plate() -> None:
    def model() -> None:
        with ppl.plate("row", 2):
            ppl.sample("p", ppl.ImproperUniform(constraints.simplex, event_shape=3))

    posterior = ppl.Posterior(model)
    assert posterior.dimension == 4  # two blocks of two, as an array of simplexes in Stan
    draws = posterior.constrain(np.array([[0.1, 0.2, -0.5, 1.0]]))["p"][0]
    simplex = ppl.transforms.StickBreaking()
    np.testing.assert_allclose(draws[1], simplex.forward(np.array([-0.5, 1.0])), rtol=1e-14)


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match="support must be a constraint, got 3"):
        ppl.ImproperUniform(3)
    with pytest.raises(ValueError, match="event_shape must have 1 or more axes"):
        ppl.ImproperUniform(constraints.simplex)
    with pytest.raises(ValueError, match="event_shape must be a tuple of sizes, got -2"):
        ppl.ImproperUniform(constraints.simplex, event_shape=-2)
    law = ppl.ImproperUniform(constraints.simplex, event_shape=3)
    with pytest.raises(ppl.ShapeError, match=r"last axes must be \(3,\), got shape \(4,\)"):
        law.log_prob(np.full(4, 0.25))
