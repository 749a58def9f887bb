"""What laws have beyond the tests derived from the tables: calls, messages, single facts."""

from __future__ import annotations

import inspect
import math
import re
import subprocess
import sys
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl


def test_order_aliases_and_names() -> None:
    assert repr(ppl.Normal(mu=1, sigma=2)) == repr(ppl.Normal(1, 2)) == "Normal(loc=1.0, scale=2.0)"
    assert repr(ppl.StudentT(nu=4)) == "StudentT(df=4.0, loc=0.0, scale=1.0)"
    assert str(inspect.signature(ppl.StudentT)) == "(df, loc=0.0, scale=1.0)"
    assert str(inspect.signature(ppl.ZeroInflated)) == "(base, *, gate=None, gate_logits=None)"
    assert str(inspect.signature(ppl.Gamma)) == "(*, concentration, rate)"
    assert ppl.Bernoulli(probs=0.25).logits == pytest.approx(-math.log(3), rel=1e-15)
    assert ppl.Bernoulli(logits=0.0).probs == 0.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ppl.Gamma(2, 1), "at most 0 arguments must be positional"),
        (lambda: ppl.Normal(0, 1, 2), "at most 2 arguments must be positional, got 3"),
        (lambda: ppl.Normal(0, sgma=1), "arguments must be among loc, scale, got 'sgma'"),
        (lambda: ppl.Normal(0, 1, mu=1), "loc must be given once"),
        (ppl.StudentT, "df must be given"),
        (lambda: ppl.Normal("a"), "loc must be a number or an array of numbers, got 'a'"),
        (lambda: ppl.Normal([[1], [1, 2]]), "loc must be a number or an array of numbers"),
        (lambda: ppl.ZeroInflated(3.0, gate=0.1), "base must be a discrete distribution, got 3.0"),
        (lambda: ppl.ZeroInflated(ppl.Normal(), gate=0.1), "base must be a discrete distribution"),
        (lambda: ppl.ZeroInflated(gate=0.1), "base must be a discrete distribution, got None"),
        (lambda: ppl.ZeroInflated(ppl.Poisson(1)), "exactly one of gate, gate_logits"),
        (lambda: ppl.NegativeBinomial(total_count=3, p=0.5), "got 'p'"),
        (lambda: ppl.AsymmetricLaplace(2, 0, 1), "at most 2 arguments must be positional"),
        (ppl.Bernoulli, "exactly one of probs, logits must be given, got none"),
        (lambda: ppl.Bernoulli(probs=0.5, logits=0), "got probs and logits"),
        (
            lambda: ppl.Normal().sample(3),  # type: ignore[arg-type] # the mistake
            "rng must be a numpy.random.Generator, got 3",
        ),
    ],
)
def test_wrong_calls(make: Any, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        make()


def test_parameters_that_do_not_broadcast() -> None:
    with pytest.raises(ppl.ShapeError, match=re.escape("got shapes loc (2,), scale (3,)")):
        ppl.Normal([0, 1], [1, 2, 3])
    with pytest.raises(ppl.ShapeError, match=re.escape("got shapes (3,) and (2,)")):
        ppl.Normal([0, 1], 1).log_prob([1, 2, 3])


def test_parameters_do_not_change() -> None:
    law = ppl.Normal()
    with pytest.raises(AttributeError, match="scale must not change"):
        law.scale = 3.0


def test_traced_parameters_are_not_checked() -> None:
    value, slope = ad.value_and_grad(lambda p: ppl.Normal(0.0, p[0]).log_prob(1.0))(
        np.array([-1.0])
    )
    assert math.isnan(value)
    assert slope.shape == (1,)


def test_probabilities_next_to_one_keep_their_digits() -> None:
    # log expit(45) = -log1p(e^-45), which rounds to 0 if computed from the probability
    assert float(ppl.Bernoulli(logits=45.0).log_prob(1)) == pytest.approx(-math.exp(-45), rel=1e-12)
    assert float(ppl.Normal().log_cdf(-40.0)) == pytest.approx(
        float(mp.log(mp.ncdf(-40))), rel=1e-12
    )
    assert float(ppl.HalfCauchy().log_cdf(1e20)) == pytest.approx(-2e-20 / math.pi, rel=1e-12)


def test_extreme_values_next_to_the_gumbel_law() -> None:
    law = ppl.GeneralizedExtremeValue(concentration=1e-9)
    with mp.workdps(50):
        xi = mp.mpf(1e-9)
        mean = (mp.gamma(1 - xi) - 1) / xi
        variance = (mp.gamma(1 - 2 * xi) - mp.gamma(1 - xi) ** 2) / xi**2
    assert float(law.mean) == pytest.approx(float(mean), rel=1e-14)
    assert float(law.variance) == pytest.approx(float(variance), rel=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ppl.Categorical(probs=0.5), "probs must have 1 or more axes, got shape ()"),
        (lambda: ppl.OrderedProbit(0.0, 1.0), "cutpoints must have 1 or more axes, got shape ()"),
        (
            lambda: ppl.OrderedLogistic([0.0, 1.0], np.tile([0.0, 1.0], (3, 1))),
            "got shapes predictor (2,), cutpoints (3,)",
        ),
    ],
)
def test_vectors_of_a_wrong_shape(make: Any, message: str) -> None:
    with pytest.raises(ppl.ShapeError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ppl.Categorical(probs=[0.3, 0.3]), "nonnegative numbers with sum 1, got"),
        (lambda: ppl.Categorical(probs=[[0.5, 0.5], [1.5, -0.5]]), "at index (1,)"),
        (lambda: ppl.Categorical(logits=[]), "a vector of finite numbers, got"),
        (lambda: ppl.ZeroInflated(ppl.Poisson(-1.0), gate=0.5), "Poisson: rate must be"),
        (lambda: ppl.Hypergeometric(population=5, marked=6, drawn=1), "an integer from 0 to 5"),
    ],
)
def test_wrong_vectors_and_bases(make: Any, message: str) -> None:
    with pytest.raises(ppl.ParameterError, match=re.escape(message)):
        make()


def test_a_wrong_base_is_found_at_its_site() -> None:
    def model(y: Any) -> None:
        ppl.sample("mu", ppl.Normal())
        ppl.sample("y", ppl.ZeroInflated(ppl.Poisson(-1.0), gate=0.5), obs=y)

    with pytest.raises(ppl.ParameterError, match=r"Poisson: rate must be .* in site 'y'"):
        ppl.Posterior(model, 3)


def test_categories_of_a_batch_are_picked_by_row() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(3, 4))
    value = rng.integers(0, 4, (5, 3))
    table = np.log(np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True))
    want = np.array([[table[j, value[i, j]] for j in range(3)] for i in range(5)])
    np.testing.assert_allclose(ppl.Categorical(logits=logits).log_prob(value), want, rtol=1e-13)
    # One column of values against all rows, and traced values (which select by comparison).
    want = np.array([[table[j, value[i, 0]] for j in range(3)] for i in range(5)])
    law = ppl.Categorical(logits=logits)
    np.testing.assert_allclose(law.log_prob(value[:, :1]), want, rtol=1e-13)
    total, _ = ad.value_and_grad(lambda x: np.sum(law.log_prob(np.reshape(x, (5, 1)))))(
        value[:, 0].astype(float)
    )
    assert total == pytest.approx(want.sum(), rel=1e-13)
    np.testing.assert_allclose(law.cdf(3.0), np.ones(3))
    np.testing.assert_allclose(law.cdf(1.0), np.exp(table[:, :2]).sum(axis=1), rtol=1e-13)


def test_probabilities_and_logits_are_two_names_of_one_law() -> None:
    p, eta = 0.3, math.log(0.3 / 0.7)
    k = np.arange(5.0)
    for by_probs, by_logits in (
        (ppl.Binomial(9, probs=p), ppl.Binomial(9, logits=eta)),
        (ppl.Geometric(probs=p), ppl.Geometric(logits=eta)),
        (
            ppl.NegativeBinomial(total_count=2.5, probs=p),
            ppl.NegativeBinomial(total_count=2.5, logits=eta),
        ),
        (ppl.ContinuousBernoulli(probs=p), ppl.ContinuousBernoulli(logits=eta)),
        (
            ppl.ZeroInflated(ppl.Poisson(2.0), gate=p),
            ppl.ZeroInflated(ppl.Poisson(2.0), gate_logits=eta),
        ),
    ):
        np.testing.assert_allclose(by_probs.log_prob(k), by_logits.log_prob(k), rtol=1e-12)
        np.testing.assert_allclose(by_probs.mean, by_logits.mean, rtol=1e-12)
    vector = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(ppl.Categorical(probs=vector).log_prob([0, 1, 2]), np.log(vector))
    # At the ends of the gate's range the law is its base, or a certain 0.
    np.testing.assert_array_equal(
        ppl.ZeroInflated(ppl.Poisson(2.0), gate=0.0).log_prob(k), ppl.Poisson(2.0).log_prob(k)
    )
    np.testing.assert_array_equal(
        ppl.ZeroInflated(ppl.Poisson(2.0), gate=1.0).log_prob(k), [0.0] + [-math.inf] * 4
    )


def test_one_sided_and_endless_truncation() -> None:
    half = ppl.TruncatedNormal(0.0, 2.0, low=0.0)
    x = np.array([0.0, 0.5, 3.0, 80.0])
    np.testing.assert_allclose(half.log_prob(x), ppl.HalfNormal(2.0).log_prob(x), rtol=1e-14)
    np.testing.assert_allclose(half.mean, ppl.HalfNormal(2.0).mean, rtol=1e-14)
    np.testing.assert_allclose(
        ppl.TruncatedNormal(1.0, 2.0).log_prob(-x), ppl.Normal(1.0, 2.0).log_prob(-x), rtol=1e-14
    )
    lower = ppl.TruncatedNormal(0.0, 1.0, high=-30.0)
    draws = lower.sample(np.random.default_rng(1), 1000)
    assert np.all(draws <= -30.0)
    # So far out the law is nearly exponential with rate 30: mean 1/30 to 0.3%, error 1/sqrt(1000).
    assert abs(np.mean(-30.0 - draws) * 30.0 - 1.0) < 0.13
    slope = ad.grad(lambda p: ppl.TruncatedNormal(p[0], p[1], low=0.0).log_prob(1.0))(
        np.array([0.2, 1.5])
    )
    assert np.isfinite(slope).all()


def test_laws_are_loaded_when_used() -> None:
    code = (
        "import sys, ppl\n"
        "loaded = lambda: 'ppl.distributions.real.laplace' in sys.modules\n"
        "print(loaded(), ppl.Laplace().mean == 0.0, loaded(), 'Laplace' in dir(ppl))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True", "True"]
    with pytest.raises(AttributeError, match="no attribute 'Lapalce'"):
        ppl.Lapalce  # noqa: B018 - looking is the test
