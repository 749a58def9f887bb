"""Kullback and Leibler's divergence of laws of vectors and matrices, against means over draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import ppl
from ppl.distributions.event_divergence import FORMULAS

from .event_case import spd, tril

X, Y = np.array([1.0, 0.0, 0.0]), np.array([0.6, 0.8, 0.0])
PAIRS: dict[str, tuple[Any, Any]] = {
    **{
        law.__name__: (
            law([0.5, -1.0], covariance_matrix=spd(2, 1)),
            law([0.0, 0.3], precision_matrix=spd(2, 2)),
        )
        for law in (ppl.MultivariateNormal, ppl.MultivariateLogNormal, ppl.LogisticNormal)
    },
    "MatrixNormal": (
        ppl.MatrixNormal(np.zeros((2, 3)), row_covariance=spd(2, 1), column_covariance=spd(3, 2)),
        ppl.MatrixNormal(np.ones((2, 3)), scale_tril_row=tril(2, 3), column_covariance=spd(3, 4)),
    ),
    "Dirichlet": (ppl.Dirichlet([1.5, 0.7, 3.0]), ppl.Dirichlet([0.5, 2.0, 1.0])),
    "OneHotCategorical": (
        ppl.OneHotCategorical(probs=[0.2, 0.8, 0.0]),
        ppl.OneHotCategorical(logits=[0.0, 1.0, 0.3]),
    ),
    "Multinomial": (
        ppl.Multinomial(5, probs=[0.2, 0.5, 0.3]),
        ppl.Multinomial(5, logits=[0.0, 1.0, 0.3]),
    ),
    **{
        law.__name__: (law(6.5, scale_matrix=spd(2, 1)), law(4.0, scale_tril=tril(2, 3)))
        for law in (
            ppl.Wishart,
            ppl.WishartCholesky,
            ppl.InverseWishart,
            ppl.InverseWishartCholesky,
        )
    },
    **{
        law.__name__: (law(3, concentration=1.7), law(3, concentration=0.6))
        for law in (ppl.LKJ, ppl.LKJCholesky)
    },
    "ZeroSumNormal": (
        ppl.ZeroSumNormal(2.0, event_shape=4),
        ppl.ZeroSumNormal(1.5, event_shape=4),
    ),
    "VonMises": (ppl.VonMises(0.5, 2.0), ppl.VonMises(-1.0, 0.7)),
    "VonMisesFisher": (ppl.VonMisesFisher(X, 2.0), ppl.VonMisesFisher(Y, 5.0)),
}


VECTOR = ppl.MultivariateNormal([0.5, -1.0, 0.2], covariance_matrix=spd(3, 1))
ELEMENTS = ppl.Normal([0.1, 0.7, -0.4], [1.3, 0.8, 2.0]).to_event(1)
TWO_FAMILIES: dict[tuple[str, str], tuple[Any, Any]] = {
    ("Independent", "MultivariateNormal"): (ELEMENTS, VECTOR),
    ("MultivariateNormal", "Independent"): (VECTOR, ppl.Normal().expand(3).to_event(1)),
    ("LowRankMultivariateNormal", "Independent"): (
        ppl.LowRankMultivariateNormal([0.5, -1.0, 0.2], cov_factor=tril(3, 5), cov_diag=[1, 2, 3]),
        ELEMENTS,
    ),
}


def test_each_formula_is_tested() -> None:
    assert {*((name, name) for name in PAIRS), *TWO_FAMILIES} == set(FORMULAS)


def divergence(p: Any, q: Any) -> float:
    return float(ppl.kl_divergence(p, q))


def mean_log_ratio(p: Any, q: Any) -> tuple[float, float]:
    """Mean over draws of p, and its standard error."""
    draws = p.sample(np.random.default_rng(1), 10_000 if len(p.event_shape) < 2 else 300)
    ratios = np.asarray(p.log_prob(draws) - q.log_prob(draws))
    return float(ratios.mean()), float(ratios.std()) / math.sqrt(len(ratios))


@pytest.mark.parametrize("name", PAIRS)
def test_it_is_the_mean_log_ratio(name: str) -> None:
    p, q = PAIRS[name]
    mean, error = mean_log_ratio(p, q)
    assert abs(divergence(p, q) - mean) < 4.5 * error
    assert divergence(p, p) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("families", TWO_FAMILIES)
def test_between_families_it_is_the_mean_log_ratio(families: tuple[str, str]) -> None:
    p, q = TWO_FAMILIES[families]
    mean, error = mean_log_ratio(p, q)
    assert abs(divergence(p, q) - mean) < 4.5 * error
    assert abs(1.1 * divergence(p, q) - mean) > 4.5 * error  # negative control


def test_elements_as_a_vector_agree_with_their_own_formula() -> None:
    same = ppl.MultivariateNormal(ELEMENTS.mean, covariance_matrix=np.diag(ELEMENTS.variance))
    other = ppl.Normal([1.0, 0.0, 0.3], 1.5).to_event(1)
    want = divergence(ELEMENTS, other)
    assert divergence(same, other) == pytest.approx(want, rel=1e-13)
    vector = ppl.MultivariateNormal(other.mean, covariance_matrix=np.diag(other.variance))
    assert divergence(ELEMENTS, vector) == pytest.approx(want, rel=1e-13)
    batch = ppl.kl_divergence(ppl.Normal(np.zeros((4, 3)), 1.0).to_event(1), VECTOR)
    assert np.shape(batch) == (4,)
    with pytest.raises(NotImplementedError, match="must be those of a vector and normal"):
        ppl.kl_divergence(VECTOR, ppl.Laplace(np.zeros(3), 1.0).to_event(1))


def test_repeated_laws() -> None:
    few = ppl.kl_divergence(ppl.Normal(1.0, 2.0).expand((2, 3)), ppl.Normal(0.0, np.ones(3)))
    np.testing.assert_allclose(few, np.full((2, 3), divergence(ppl.Normal(1.0, 2.0), ppl.Normal())))


def test_the_other_way_round_is_noticed() -> None:
    # Negative control: the same comparison refuses the divergence of q from p.
    p, q = PAIRS["Dirichlet"]
    mean, error = mean_log_ratio(p, q)
    assert abs(divergence(q, p) - mean) > 4.5 * error


def test_impossible_values() -> None:
    p, q = PAIRS["OneHotCategorical"]
    assert divergence(q, p) == math.inf


def test_one_number_is_a_vector_of_length_one() -> None:
    p = ppl.MultivariateNormal([1.0], scale_tril=[[2.0]])
    q = ppl.MultivariateNormal([0.5], scale_tril=[[0.7]])
    want = math.log(0.7 / 2) + (4 + 0.25) / (2 * 0.49) - 0.5
    assert divergence(p, q) == pytest.approx(want)
    three, four = ppl.Multinomial(3, probs=[0.5, 0.5]), ppl.Multinomial(4, probs=[0.5, 0.5])
    assert divergence(three, four) == math.inf
