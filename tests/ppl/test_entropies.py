"""Entropies of laws of vectors and matrices, by other ways than their formulas."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import scipy.stats as st

import ad
import ppl

STEPS = 5
GRAPH = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 0.5], [2.0, 0.5, 0.0]])
SPREAD = np.array([[2.0, 0.6], [0.6, 0.5]])

# Normal laws of vectors, and of matrices by rows.
NORMAL: dict[str, Any] = {
    "walk": ppl.GaussianRandomWalk(0.3, 1.7, num_steps=STEPS),
    "walk from somewhere": ppl.GaussianRandomWalk(
        0.3, 1.7, num_steps=STEPS, init=ppl.Normal(2.0, 0.4)
    ),
    "vector walk": ppl.MultivariateGaussianRandomWalk(covariance_matrix=SPREAD, num_steps=3),
    "vector walk by precision": ppl.MultivariateGaussianRandomWalk(
        precision_matrix=SPREAD,
        num_steps=3,
        init=ppl.MultivariateNormal(np.zeros(2), covariance_matrix=3.0 * SPREAD),
    ),
    "ar": ppl.AR([0.5, -0.3], 0.7, num_steps=STEPS, init=ppl.Normal(0.5, 2.0)),
    "ar of a vector": ppl.AR(
        [0.5, -0.3],
        0.7,
        num_steps=STEPS,
        init=ppl.MultivariateNormal(np.zeros(2), covariance_matrix=SPREAD),
    ),
    "ar of two laws": ppl.AR([0.5, -0.3], 0.7, num_steps=STEPS, init=ppl.Normal(0.0, [2.0, 3.0])),
    "state space": ppl.LinearGaussianStateSpace(
        transition_matrix=[[0.5, 0.2], [-0.3, 0.8]],
        transition_covariance=SPREAD,
        observation_matrix=[[1.0, 0.4], [0.0, 2.0], [1.0, 1.0]],
        observation_covariance=np.diag([0.3, 1.0, 2.0]),
        initial_mean=[1.0, -2.0],
        initial_covariance=2.0 * SPREAD,
        transition_offset=[0.1, 0.2],
        observation_offset=[1.0, 0.0, -3.0],
        num_steps=4,
    ),
    "car": ppl.CAR(0.0, correlation=0.8, conditional_precision=2.5, adjacency=GRAPH),
}


@pytest.mark.parametrize("name", list(NORMAL))
def test_normal_laws_by_the_curvature_of_their_density(name: str) -> None:
    law = NORMAL[name]
    shape = law.event_shape
    size = math.prod(shape)

    def density(x: Any) -> Any:
        return law.log_prob(np.reshape(x, shape))

    curvature = ad.hessian(density)(np.zeros(size))
    want = 0.5 * (size * math.log(2 * math.pi * math.e) - np.linalg.slogdet(-curvature)[1])
    assert float(law.entropy()) == pytest.approx(float(want), rel=1e-12)
    covariance = np.linalg.inv(-curvature)
    scale = float(np.max(covariance))
    np.testing.assert_allclose(
        law.covariance.reshape(size, size), covariance, rtol=1e-11, atol=1e-12 * scale
    )
    np.testing.assert_allclose(law.variance.ravel(), np.diagonal(covariance), rtol=1e-11)
    mean = covariance @ ad.grad(density)(np.zeros(size))
    np.testing.assert_allclose(np.ravel(law.mean), mean, rtol=1e-11, atol=1e-12 * scale)


def test_of_a_batch() -> None:
    scale = np.array([[0.5], [2.0]])
    law = ppl.GaussianRandomWalk(np.zeros(3), scale, num_steps=STEPS)
    assert law.entropy().shape == (2, 3)
    one = ppl.GaussianRandomWalk(0.0, 2.0, num_steps=STEPS)
    assert float(law.entropy()[1, 2]) == pytest.approx(float(one.entropy()), rel=1e-14)
    slope = ad.grad(lambda s: ppl.GaussianRandomWalk(0.0, s[0], num_steps=STEPS).entropy())
    np.testing.assert_allclose(slope(np.array([2.0])), [STEPS / 2.0], rtol=1e-14)


@pytest.mark.parametrize("df", [0.4, 3.5, 40.0])
def test_matrix_t_of_one_row_or_column_is_that_of_a_vector(df: float) -> None:
    vector = ppl.MultivariateStudentT(df, scale_matrix=SPREAD * 1.7 / df)
    column = ppl.MatrixStudentT(df, row_scale=SPREAD, column_scale=[[1.7]])
    row = ppl.MatrixStudentT(df, row_scale=[[1.7]], column_scale=SPREAD)
    for law in (column, row):
        assert float(law.entropy()) == pytest.approx(float(vector.entropy()), rel=1e-12)


def test_matrix_t_by_draws() -> None:
    law = ppl.MatrixStudentT(3.5, row_scale=SPREAD, column_scale=GRAPH @ GRAPH)
    draws = law.sample(np.random.default_rng(1), 200_000)
    logs = -law.log_prob(draws)
    error = float(logs.std()) / math.sqrt(logs.size)
    assert abs(float(law.entropy()) - float(logs.mean())) < 4 * error
    assert abs(float(law.entropy()) * 1.05 - float(logs.mean())) > 4 * error  # negative control


def multinomial_entropy(n: int, probs: tuple[float, ...]) -> Any:
    """By all outcomes, with many digits."""
    total = mp.mpf(0)
    for counts in itertools.product(range(n + 1), repeat=len(probs) - 1):
        rest = n - sum(counts)
        if rest < 0:
            continue
        ways = mp.factorial(n) / mp.factorial(rest) * mp.mpf(probs[-1]) ** rest
        for x, p in zip(counts, probs, strict=False):
            ways *= mp.mpf(p) ** x / mp.factorial(x)
        total -= ways * mp.log(ways) if ways else 0
    return total


@pytest.mark.parametrize("n", [0, 1, 7, 100])
@pytest.mark.parametrize("probs", [(0.25, 0.75), (0.125, 0.375, 0.5), (0.0, 0.5, 0.5)])
def test_multinomial_by_all_outcomes(n: int, probs: tuple[float, ...]) -> None:
    with mp.workdps(30):
        want = float(multinomial_entropy(n, probs))
    law = ppl.Multinomial(total_count=n, probs=probs)
    assert float(law.entropy()) == pytest.approx(want, rel=1e-12, abs=1e-14)


def test_multinomial_of_very_many_trials() -> None:
    """Two categories: a binomial law, whose entropy tends to the normal law's."""
    n, p = 1e10, 0.3
    # The next term is of order 1 / n: Knessl (1998), "Integral representations and asymptotic
    # expansions for Shannon and Renyi entropies".
    want = 0.5 * math.log(2 * math.pi * math.e * n * p * (1 - p))
    assert float(ppl.Multinomial(total_count=n, probs=[p, 1 - p]).entropy()) == pytest.approx(
        want, abs=2e-10
    )


def test_multinomial_of_a_batch_and_of_one_outcome() -> None:
    law = ppl.Multinomial(total_count=[[3], [9]], logits=[[0.0, 1.0], [2.0, -1.0], [0.0, -900.0]])
    assert law.entropy().shape == (2, 3)
    np.testing.assert_allclose(law.entropy()[:, 2], 0.0, atol=1e-14)
    reference = st.multinomial(9, scipy.special.softmax([2.0, -1.0])).entropy()
    assert law.entropy()[1, 1] == pytest.approx(float(reference), rel=1e-10)
    with pytest.raises(NotImplementedError, match="entropy of traced parameters"):
        ad.grad(lambda p: ppl.Multinomial(total_count=3, logits=p).entropy())(np.zeros(2))


def dirichlet_multinomial_entropy(n: int, concentration: tuple[float, ...]) -> Any:
    """By all outcomes, with many digits."""
    shapes = [mp.mpf(a) for a in concentration]
    whole = mp.loggamma(n + 1) + mp.loggamma(sum(shapes)) - mp.loggamma(n + sum(shapes))
    total = mp.mpf(0)
    for counts in itertools.product(range(n + 1), repeat=len(shapes) - 1):
        rest = n - sum(counts)
        if rest < 0:
            continue
        log = whole + mp.fsum(
            mp.loggamma(x + a) - mp.loggamma(a) - mp.loggamma(x + 1)
            for x, a in zip((*counts, rest), shapes, strict=True)
        )
        total -= mp.exp(log) * log
    return total


@pytest.mark.parametrize(
    ("n", "concentration"),
    [
        (0, (1.0, 2.0)),
        (1, (1.0, 2.0)),
        (7, (0.3, 2.5, 7.0)),
        (40, (1e-3, 20.0, 1.0)),
        (100, (0.5, 0.5)),
        (100, (1e6, 3e6)),
        (20, (1e10, 2e10, 3e10)),
        (5, (1e-8, 1e8, 1.0)),
        (6, (2.0,)),
    ],
)
def test_dirichlet_multinomial_by_all_outcomes(n: int, concentration: tuple[float, ...]) -> None:
    with mp.workdps(40):
        want = float(dirichlet_multinomial_entropy(n, concentration))
    law = ppl.DirichletMultinomial(total_count=n, concentration=concentration)
    assert float(law.entropy()) == pytest.approx(want, rel=1e-12, abs=1e-14)


def test_dirichlet_multinomial_of_many_trials_and_batches() -> None:
    uniform = ppl.DirichletMultinomial(total_count=1e6, concentration=[1.0, 1.0])
    assert float(uniform.entropy()) == pytest.approx(math.log(1e6 + 1.0), rel=1e-14)
    law = ppl.DirichletMultinomial(
        total_count=[[3], [9]], concentration=[[1.0, 1.0], [2.0, 0.5], [1.0, 1.0]]
    )
    assert law.entropy().shape == (2, 3)
    np.testing.assert_allclose(law.entropy()[:, 2], np.log([4.0, 10.0]), rtol=1e-14)
    with pytest.raises(NotImplementedError, match="entropy of traced parameters"):
        ad.grad(lambda a: ppl.DirichletMultinomial(total_count=3, concentration=a).entropy())(
            np.ones(2)
        )
