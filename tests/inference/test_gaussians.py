"""Families of normal laws: each against SciPy's multivariate normal."""

import numpy as np
import pytest
from scipy import stats

from inference import gaussians

RNG = np.random.default_rng(4)
D = 6
MEAN = RNG.normal(size=D)
SD = np.exp(RNG.normal(size=D))
COLUMNS = RNG.normal(size=(D, 2))
FACTOR = np.tril(RNG.normal(size=(D, D)))
FACTOR[np.diag_indices(D)] = np.exp(RNG.normal(size=D))
LAWS = [
    (gaussians.Diagonal(MEAN, SD), np.diag(SD**2)),
    (gaussians.Dense(MEAN, FACTOR), FACTOR @ FACTOR.T),
    (
        gaussians.LowRank.of_columns(MEAN, SD, COLUMNS),
        np.diag(SD**2) + COLUMNS @ COLUMNS.T,
    ),
]
NAMES = ["mean_field", "full_rank", "low_rank"]


@pytest.mark.parametrize(("law", "covariance"), LAWS, ids=NAMES)
def test_density_and_moments(law: gaussians.Gaussian, covariance: gaussians.Array) -> None:
    xs = RNG.normal(size=(5, D))
    reference = stats.multivariate_normal(MEAN, covariance)
    np.testing.assert_allclose(law.logdensity(xs), reference.logpdf(xs), rtol=1e-11)
    assert law.entropy == pytest.approx(reference.entropy(), rel=1e-12)
    np.testing.assert_allclose(law.covariance(), covariance, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(law.variance, np.diag(covariance), rtol=1e-12)
    np.testing.assert_allclose(law.solve(xs), np.linalg.solve(covariance, xs.T).T, rtol=1e-9)


@pytest.mark.parametrize(("law", "covariance"), LAWS, ids=NAMES)
def test_whitening_undoes_spreading(law: gaussians.Gaussian, covariance: gaussians.Array) -> None:
    z = RNG.normal(size=(4, D))
    np.testing.assert_allclose(law.whiten(law.spread(z)), z, rtol=1e-9, atol=1e-12)
    spread = law.spread(np.eye(D))
    np.testing.assert_allclose(spread.T @ spread, covariance, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("first", range(3), ids=NAMES)
@pytest.mark.parametrize("second", range(3), ids=NAMES)
def test_symmetrised_divergence(first: int, second: int) -> None:
    (p, a), (q, b) = LAWS[first], LAWS[second]
    shifted = type(q)(**{**q.__dict__, "mean": q.mean + 0.5})
    m = np.full(D, 0.5)
    inverse_a, inverse_b = np.linalg.inv(a), np.linalg.inv(b)
    traces = np.trace(inverse_b @ a) + np.trace(inverse_a @ b)
    expected = 0.5 * traces - D + 0.5 * m @ (inverse_a + inverse_b) @ m
    assert gaussians.symmetrised_divergence(p, shifted) == pytest.approx(expected, rel=1e-9)
