"""Divergences between laws, against their definition by quadrature, summation or draws."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import scipy.integrate

import ad
import ppl
from ppl.distributions import divergence

PAIRS: dict[str, tuple[Any, Any]] = {
    "Normal": (ppl.Normal(0.3, 1.2), ppl.Normal(-1.0, 0.8)),
    "LogNormal": (ppl.LogNormal(0.3, 0.5), ppl.LogNormal(-0.2, 0.8)),
    "LogitNormal": (ppl.LogitNormal(0.3, 1.2), ppl.LogitNormal(-1.0, 0.8)),
    "HalfNormal": (ppl.HalfNormal(1.2), ppl.HalfNormal(0.8)),
    "Gamma": (ppl.Gamma(concentration=2.5, rate=1.5), ppl.Gamma(concentration=1.2, rate=0.7)),
    "InverseGamma": (
        ppl.InverseGamma(concentration=4.5, rate=1.5),
        ppl.InverseGamma(concentration=3.2, rate=0.7),
    ),
    "Exponential": (ppl.Exponential(1.5), ppl.Exponential(0.4)),
    "Beta": (ppl.Beta(2.5, 1.5), ppl.Beta(1.2, 3.0)),
    "Bernoulli": (ppl.Bernoulli(probs=0.3), ppl.Bernoulli(logits=1.0)),
    "Binomial": (ppl.Binomial(7, probs=0.3), ppl.Binomial(7, probs=0.6)),
    "Categorical": (
        ppl.Categorical(probs=[0.2, 0.5, 0.3]),
        ppl.Categorical(logits=[0.1, 0.2, -1.0]),
    ),
    "Poisson": (ppl.Poisson(3.0), ppl.Poisson(4.5)),
    "Geometric": (ppl.Geometric(probs=0.3), ppl.Geometric(probs=0.6)),
    "Laplace": (ppl.Laplace(0.3, 1.2), ppl.Laplace(-1.0, 0.8)),
    "Cauchy": (ppl.Cauchy(0.3, 1.2), ppl.Cauchy(-1.0, 0.8)),
    "Gumbel": (ppl.Gumbel(0.3, 1.2), ppl.Gumbel(-1.0, 0.8)),
    "Weibull": (
        ppl.Weibull(scale=1.5, concentration=2.5),
        ppl.Weibull(scale=2.0, concentration=1.4),
    ),
    "Uniform": (ppl.Uniform(0.0, 1.0), ppl.Uniform(-1.0, 3.0)),
    "Pareto": (ppl.Pareto(scale=1.5, concentration=3.0), ppl.Pareto(scale=1.0, concentration=2.0)),
    "InverseGaussian": (ppl.InverseGaussian(1.5, 2.0), ppl.InverseGaussian(1.0, 3.0)),
    "Exponential, Gamma": (ppl.Exponential(1.5), ppl.Gamma(concentration=2.2, rate=0.7)),
    "Normal, Laplace": (ppl.Normal(0.3, 1.2), ppl.Laplace(-1.0, 0.8)),
}


def by_definition(p: Any, q: Any) -> float:
    if p.discrete:
        x = np.arange(0.0, 400.0)
        x = x[np.isfinite(p.log_prob(x))]
        return float(np.sum(np.exp(p.log_prob(x)) * (p.log_prob(x) - q.log_prob(x))))

    def term(x: float) -> float:
        log_p = float(p.log_prob(x))
        return math.exp(log_p) * (log_p - float(q.log_prob(x))) if log_p > -700 else 0.0

    if isinstance(p, ppl.Cauchy):  # its tails are too heavy to be integrated over the line

        def at(u: float) -> float:
            x = p.icdf(u)
            return float(p.log_prob(x) - q.log_prob(x))

        return float(scipy.integrate.quad(at, 0.0, 1.0, epsabs=1e-13, limit=500)[0])

    levels = [float(v) for v in p.icdf([1e-12, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6])]
    ends = [float(p.support.lowest()), *levels, float(p.support.clip(math.inf))]
    parts = [
        scipy.integrate.quad(term, a, b, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
        for a, b in itertools.pairwise(ends)
    ]
    return math.fsum(parts)


@pytest.mark.parametrize("name", list(PAIRS))
def test_divergence_is_its_definition(name: str) -> None:
    p, q = PAIRS[name]
    got = float(ppl.kl_divergence(p, q))
    assert got == pytest.approx(by_definition(p, q), rel=1e-8)
    assert got > 0.0
    if type(p) is type(q):
        assert float(ppl.kl_divergence(p, p)) == pytest.approx(0.0, abs=1e-15)
        assert float(ppl.kl_divergence(q, p)) != pytest.approx(got, rel=1e-3) or name == "Cauchy"


def test_every_formula_is_tested() -> None:
    known = {*divergence._SAME, *(", ".join(pair) for pair in divergence.FORMULAS)}
    assert known == {*PAIRS, "Independent"}


def test_divergences_broadcast_add_up_and_have_derivatives() -> None:
    p, q = ppl.Normal(np.arange(3.0), 1.0), ppl.Normal(0.0, [[1.0], [2.0]])
    each = ppl.kl_divergence(p, q)
    assert each.shape == (2, 3)
    total = ppl.kl_divergence(p.to_event(1), ppl.Normal(np.zeros(3), 1.0).to_event(1))
    assert float(total) == pytest.approx(float(each[0].sum()), rel=1e-14)
    slope = ad.grad(lambda t: ppl.kl_divergence(ppl.Normal(t[0], t[1]), ppl.Normal()))(
        np.array([0.5, 2.0])
    )
    np.testing.assert_allclose(slope, [0.5, 2.0 - 0.5], rtol=1e-13)


def test_without_a_formula_or_with_less_support() -> None:
    assert float(ppl.kl_divergence(ppl.Uniform(0.0, 2.0), ppl.Uniform(0.0, 1.0))) == math.inf
    assert float(ppl.kl_divergence(ppl.Bernoulli(probs=0.5), ppl.Bernoulli(probs=0.0))) == math.inf
    with pytest.raises(NotImplementedError, match="got none for Normal and Gumbel"):
        ppl.kl_divergence(ppl.Normal(), ppl.Gumbel())
    wrong: Any = 3
    with pytest.raises(TypeError, match="q must be a distribution, got 3"):
        ppl.kl_divergence(ppl.Normal(), wrong)
