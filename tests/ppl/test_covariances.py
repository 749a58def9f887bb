"""Covariances of elements, by draws and by the covariances of other laws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import ppl

SPREAD = np.array([[2.0, 0.6], [0.6, 0.5]])
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
}


def gaps(law: Any, covariance: Any, count: int = 40_000) -> Any:
    """Differences of products of draws from the covariance, in standard errors."""
    draws = np.asarray(law.sample(np.random.default_rng(4), count), float)
    flat = (draws - draws.mean(axis=0)).reshape(count, -1)
    products = flat[:, :, None] * flat[:, None, :]
    error = products.std(axis=0) / math.sqrt(count)
    gap = products.mean(axis=0) - np.reshape(covariance, error.shape)
    return np.where(error > 0.0, gap / np.where(error > 0.0, error, 1.0), gap)


@pytest.mark.parametrize("name", list(LAWS))
def test_draws_have_the_covariance(name: str) -> None:
    law = LAWS[name]
    event = law.event_shape
    covariance = law.covariance
    assert covariance.shape == event + event
    size = math.prod(event)
    matrix = covariance.reshape(size, size)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(
        np.diagonal(matrix), np.broadcast_to(law.variance, event).ravel(), rtol=1e-12
    )
    assert np.max(np.abs(gaps(law, covariance))) < 4.8
    # Negative controls: other sizes, and elements that do not vary together.
    assert np.max(np.abs(gaps(law, 1.1 * covariance))) > 4.8
    if np.any(np.triu(matrix, 1)):
        alone = np.diag(np.diagonal(matrix))
        assert np.max(np.abs(gaps(law, alone))) > 4.8


def test_numbers_and_batches() -> None:
    assert float(ppl.Normal(0.0, 3.0).covariance) == 9.0
    law = ppl.Normal(0.0, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).to_event(1)
    np.testing.assert_array_equal(law.covariance[1], np.diag([16.0, 25.0, 36.0]))
    repeated = VECTORS.expand((4, 3)).to_event(1)
    assert repeated.covariance.shape == (4, 3, 2, 3, 2)
    np.testing.assert_array_equal(repeated.covariance[2], VECTORS.to_event(1).covariance)
