"""Pareto-smoothed weights: against ArviZ's, and laws whose shape is known."""

import warnings

import numpy as np
import pytest

import inference
from inference import importance


@pytest.mark.parametrize("draws", [50, 300, 4000])
@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0, 4.0])
def test_weights_and_khat_are_those_of_arviz(draws: int, spread: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arviz = pytest.importorskip("arviz")
        if not hasattr(arviz, "psislw"):
            pytest.skip("psislw left ArviZ with 1.0")
    ratios = spread * np.random.default_rng(draws).standard_normal(draws)
    weights = importance.smooth(ratios)
    expected, khat = arviz.psislw(ratios)
    np.testing.assert_allclose(weights.log_weights, expected, rtol=1e-12, atol=1e-12)
    assert weights.khat == pytest.approx(float(khat), abs=1e-12)
    assert weights.ess == pytest.approx(1.0 / np.sum(np.exp(2.0 * expected)))


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_khat_of_pareto_ratios_is_their_shape(shape: float) -> None:
    uniform = np.random.default_rng(1).random(100_000)
    ratios = -shape * np.log(uniform)  # ratios follow a Pareto law of this shape
    # Standard error of the shape from 949 tail draws: about (1 + shape) / sqrt(949).
    assert importance.smooth(ratios).khat == pytest.approx(shape, abs=4 * (1 + shape) / 949**0.5)


def test_smoothing_truncates_at_the_largest_ratio_and_keeps_the_order() -> None:
    ratios = 3.0 * np.random.default_rng(2).standard_normal(1000)
    weights = importance.smooth(ratios).log_weights
    # Beside a draw outside the tail, which stays as it is.
    assert np.ptp(weights) <= np.ptp(ratios) + 1e-12
    assert (np.diff(weights[np.argsort(ratios)]) >= 0.0).all()
    assert np.exp(weights).sum() == pytest.approx(1.0)


def test_equal_ratios_have_nothing_to_smooth() -> None:
    weights = importance.smooth(np.full(500, -3.0))
    assert weights.khat == -np.inf
    assert weights.ess == pytest.approx(500)


def test_draws_outside_the_support_weigh_nothing() -> None:
    ratios = np.random.default_rng(3).standard_normal(1000)
    ratios[::2] = -np.inf
    weights = importance.smooth(ratios)
    assert np.exp(weights.log_weights[::2]).sum() == 0.0
    assert np.isfinite(weights.khat)
    nowhere = importance.smooth(np.full(100, -np.inf))
    assert nowhere.khat == np.inf
    assert nowhere.ess == 0.0


def test_few_draws_that_outweigh_all_are_not_trusted() -> None:
    ratios = np.zeros(1000)
    ratios[:997] = -2000.0
    assert importance.smooth(ratios).khat > 0.7


def test_few_draws_have_no_khat() -> None:
    assert np.isnan(importance.smooth(np.arange(10.0)).khat)


@pytest.mark.parametrize("bad", [[np.nan, 0.0], [np.inf, 0.0], [[0.0, 1.0]], []])
def test_bad_ratios(bad: list[float]) -> None:
    with pytest.raises(inference.InferenceValueError, match="log_ratios must be"):
        importance.smooth(bad)


def test_the_threshold_falls_with_fewer_draws() -> None:
    assert importance.threshold(100) == pytest.approx(0.5)
    assert importance.threshold(10**6) == 0.7
    assert importance.threshold(5) == 0.0
