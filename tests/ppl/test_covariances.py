"""Covariances of elements, by draws and by the covariances of other laws."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sp
import scipy.stats as st

import ppl

SPREAD = np.array([[2.0, 0.6], [0.6, 0.5]])
SCALE = np.array([[1.0, 0.3, -0.2], [0.3, 2.0, 0.5], [-0.2, 0.5, 0.7]])
VECTORS = ppl.MultivariateNormal(np.arange(6.0).reshape(3, 2), covariance_matrix=SPREAD)

# Laws of whose elements some vary together.
LAWS: dict[str, Any] = {
    "independent vectors": VECTORS.to_event(1),
    "mixture": ppl.Mixture(
        [0.3, 0.7],
        [
            ppl.MultivariateNormal([1.0, -2.0], covariance_matrix=SPREAD),
            ppl.MultivariateNormal([0.0, 1.0], scale_tril=np.eye(2)),
        ],
    ),
    "mixture of a batch": ppl.MixtureSameFamily(ppl.Categorical(probs=[0.2, 0.3, 0.5]), VECTORS),
    "wishart": ppl.Wishart(7.5, scale_matrix=SCALE),
    "wishart factor": ppl.WishartCholesky(4.5, scale_matrix=SCALE),
    "inverse wishart": ppl.InverseWishart(24.0, scale_matrix=SCALE),
    "inverse wishart factor": ppl.InverseWishartCholesky(16.0, scale_matrix=SCALE),
    "matrix normal": ppl.MatrixNormal(row_covariance=SPREAD, column_covariance=SCALE),
    "matrix t": ppl.MatrixStudentT(14.0, row_scale=SCALE, column_scale=SPREAD),
    "correlations": ppl.LKJ(4, concentration=0.7),
    "factor of correlations": ppl.LKJCholesky(4, concentration=0.7),
    "power spherical": ppl.PowerSpherical([0.6, 0.0, -0.8, 0.0], 3.0),
    "zero-sum vector": ppl.ZeroSumNormal(2.0, event_shape=4),
    "zero-sum matrix": ppl.ZeroSumNormal(2.0, event_shape=(2, 4)),
}


@pytest.mark.parametrize("name", list(LAWS))
def test_draws_have_the_covariance(name: str) -> None:
    law, count = LAWS[name], 40_000
    event = law.event_shape
    assert law.covariance.shape == event + event
    matrix = law.covariance.reshape((math.prod(event),) * 2)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(np.diagonal(matrix), np.ravel(law.variance), rtol=1e-12, atol=1e-16)
    draws = np.asarray(law.sample(np.random.default_rng(4), count), float)
    flat = (draws - draws.mean(axis=0)).reshape(count, -1)
    found = flat.T @ flat / count
    errors = np.sqrt(np.maximum((flat**2).T @ flat**2 / count - found**2, 0.0) / count) + 1e-12

    def largest(expected: Any) -> float:
        return float(np.max(np.abs(found - expected) / errors))

    assert largest(matrix) < 4.8
    # Negative controls: other sizes, and elements that do not vary together.
    assert largest(1.1 * matrix) > 4.8
    if np.any(np.triu(matrix, 1)):
        assert largest(np.diag(np.diagonal(matrix))) > 4.8


def test_numbers_and_batches() -> None:
    assert float(ppl.Normal(0.0, 3.0).covariance) == 9.0
    law = ppl.Normal(0.0, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).to_event(1)
    np.testing.assert_array_equal(law.covariance[1], np.diag([16.0, 25.0, 36.0]))
    repeated = VECTORS.expand((4, 3)).to_event(1)
    assert repeated.covariance.shape == (4, 3, 2, 3, 2)
    np.testing.assert_array_equal(repeated.covariance[2], VECTORS.to_event(1).covariance)


def test_one_row_and_one_column() -> None:
    df, scale = 7.3, np.array([[1.7]])
    square = ppl.Gamma(concentration=df / 2, rate=1 / (2 * 1.7))
    inverse = ppl.InverseGamma(concentration=df / 2, rate=1.7 / 2)
    for name, law in (("Wishart", square), ("InverseWishart", inverse)):
        matrix = getattr(ppl, name)(df, scale_matrix=scale)
        assert matrix.mean.item() == pytest.approx(float(law.mean), rel=1e-13)
        assert matrix.covariance.item() == pytest.approx(float(law.variance), rel=1e-13)
        assert float(matrix.entropy()) == pytest.approx(float(law.entropy()), rel=1e-12)
        # A square root r has the entropy of r^2 less the mean of log(2 r).
        log_mean = float(sp.digamma(df / 2) + math.log(2.0) - math.log(1.7))
        log_mean = -log_mean if name == "InverseWishart" else log_mean + 2.0 * math.log(1.7)
        factor = getattr(ppl, f"{name}Cholesky")(df, scale_matrix=scale)
        want = float(law.entropy()) - math.log(2.0) - 0.5 * log_mean
        assert float(factor.entropy()) == pytest.approx(want, rel=1e-12)
    vector = ppl.MultivariateStudentT(df, scale_matrix=SCALE * 1.7 / df)
    for rows_columns in (
        ppl.MatrixStudentT(df, row_scale=SCALE, column_scale=scale),
        ppl.MatrixStudentT(df, row_scale=scale, column_scale=SCALE),
    ):
        matrix = rows_columns.covariance.reshape(3, 3)
        np.testing.assert_allclose(matrix, vector.covariance, rtol=1e-13)


@pytest.mark.parametrize("df", [3.0, 100.0, 1e5])
def test_factors_of_wishart_matrices_by_their_squares(df: float) -> None:
    """E L L' is the mean of the matrix, of the inverses' too; chi variables by their moments."""
    for name in ("Wishart", "InverseWishart"):
        matrix = getattr(ppl, name)(df + 5.0, scale_matrix=SCALE)
        law = getattr(ppl, f"{name}Cholesky")(df + 5.0, scale_matrix=SCALE)
        mean, covariance = law.mean, law.covariance
        # The sum over j of E L[i, j] L[k, j]
        found = np.einsum("ijkj->ik", covariance) + mean @ mean.T
        np.testing.assert_allclose(found, matrix.mean, rtol=1e-11)
    with mp.workdps(40):
        chi = mp.sqrt(2) * mp.gamma(mp.mpf(df + 1) / 2) / mp.gamma(mp.mpf(df) / 2)
        lost = float(mp.mpf(df) - chi**2)
        inverse = mp.gamma(mp.mpf(df - 1) / 2) / mp.gamma(mp.mpf(df) / 2) / mp.sqrt(2)
        more = float(1 / mp.mpf(df - 2) - inverse**2)
    one = np.array([[1.0]])
    law = ppl.WishartCholesky(df, scale_matrix=one)
    assert law.mean.item() == pytest.approx(float(chi), rel=1e-14)
    assert law.variance.item() == pytest.approx(lost, rel=1e-11)
    law = ppl.InverseWishartCholesky(df, scale_matrix=one)
    assert law.mean.item() == pytest.approx(float(inverse), rel=1e-14)
    assert law.variance.item() == pytest.approx(more, rel=1e-11)


def test_moments_of_inverse_factors_that_do_not_exist() -> None:
    # Degrees of freedom along the diagonal: 0.5, 1.5 and 2.5
    law = ppl.InverseWishartCholesky(2.5, scale_matrix=SCALE)
    unknown = [[math.nan, 0, 0], [math.nan, 1, 0], [math.nan, 1, 1]]
    np.testing.assert_array_equal(np.isnan(law.mean), np.isnan(unknown))
    np.testing.assert_array_equal(np.isnan(law.variance), np.isnan(unknown))
    assert np.all(np.isinf(law.variance[1:, 1]))
    assert law.variance[2, 2] > 0.0
    np.testing.assert_array_equal(np.triu(law.variance, 1), 0.0)
    assert law.covariance[2, 2, 2, 2] == pytest.approx(law.variance[2, 2], rel=1e-14)
    assert law.covariance[2, 1, 2, 1] == math.inf
    assert np.isnan(law.covariance[2, 1, 1, 1])
    assert law.covariance[2, 1, 2, 2] == 0.0


@pytest.mark.parametrize("concentration", [0.2, 1.7, 60.0])
def test_factors_of_correlations_are_of_length_one(concentration: float) -> None:
    law = ppl.LKJCholesky(4, concentration=concentration)
    squares = law.variance + law.mean**2
    np.testing.assert_allclose(squares.sum(axis=-1), 1.0, rtol=1e-14)
    # (R[1, 0] + 1) / 2 is a beta variable, and L[1, 1] = sqrt(1 - R[1, 0]^2)
    b = concentration + 1.0
    with mp.workdps(30):
        root = float(mp.beta(b + 0.5, b + 0.5) / mp.beta(b, b) * 2)
    assert law.mean[1, 1] == pytest.approx(root, rel=1e-14)
    assert law.variance[1, 0] == pytest.approx(1.0 / (2.0 * b + 1.0), rel=1e-14)


@pytest.mark.parametrize("concentration", [0.0, 0.7, 12.0, 1e4])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_power_spherical_by_its_cosine(concentration: float, n: int) -> None:
    loc = np.eye(n)[1]
    cosine = st.beta((n - 1) / 2 + concentration, (n - 1) / 2, loc=-1, scale=2)
    covariance = ppl.PowerSpherical(loc, concentration).covariance
    assert covariance[1, 1] == pytest.approx(cosine.var(), rel=1e-12)
    # Squares of the elements have sum 1.
    mean = ppl.PowerSpherical(loc, concentration).mean
    assert np.trace(covariance) + np.sum(mean**2) == pytest.approx(1.0, rel=1e-14)
