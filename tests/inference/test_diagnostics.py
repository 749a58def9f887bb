"""Diagnostics against ArviZ, against known answers, and what they share."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference import diagnostics
from inference.errors import InferenceValueError

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def arviz() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # ArviZ 0.23 announces its successor
        return pytest.importorskip("arviz")


def autoregressive(phi: float, chains: int, draws: int, seed: int = 0) -> Array:
    noise = np.random.default_rng(seed).normal(size=(chains, draws))
    x = noise.copy()
    x[:, 0] /= np.sqrt(1 - phi**2)
    for t in range(1, draws):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


SHAPES: dict[str, Callable[[Array], Array]] = {
    "as it is": lambda x: x,
    "ties": np.round,
    "heavy tails": lambda x: x**3,
    "shifted chains": lambda x: x + np.arange(len(x))[:, None],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("phi", [-0.9, -0.5, 0.0, 0.5, 0.95])
@pytest.mark.parametrize(("chains", "draws"), [(2, 4), (2, 9), (3, 40), (4, 250), (4, 1000)])
def test_equal_to_arviz(arviz: Any, shape: str, phi: float, chains: int, draws: int) -> None:
    x = SHAPES[shape](autoregressive(phi, chains, draws, seed=draws))
    ours = {
        "r_hat": diagnostics.rhat(x),
        "bulk": diagnostics.ess_bulk(x),
        "tail": diagnostics.ess_tail(x),
        "mean": diagnostics.ess_mean(x),
        "quantile": diagnostics.ess_quantile(x, 0.3),
        "mcse": diagnostics.mcse_mean(x),
    }
    with np.errstate(divide="ignore"):  # chains of two equal draws each
        theirs_rhat = arviz.rhat(x)
    theirs = {
        "r_hat": theirs_rhat,
        "bulk": arviz.ess(x, method="bulk"),
        "tail": arviz.ess(x, method="tail", prob=(0.05, 0.95)),
        "mean": arviz.ess(x, method="mean"),
        "quantile": arviz.ess(x, method="quantile", prob=0.3),
        "mcse": arviz.mcse(x),
    }
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], rtol=1e-10, err_msg=name)


def test_standard_error_of_the_sd_is_the_spread_of_sds() -> None:
    runs = np.stack([autoregressive(0.6, 4, 500, seed) for seed in range(300)], axis=-1)
    spread = runs.reshape(2000, -1).std(axis=0, ddof=1).std(ddof=1)
    # The spread of 300 numbers is known to 4%; ESS estimates add a few per cent.
    assert np.median(diagnostics.mcse_sd(runs)) == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize("phi", [-0.5, 0.0, 0.7, 0.9])
def test_effective_size_of_an_autoregression(phi: float) -> None:
    # For the mean of an AR(1) process, N (1 - phi) / (1 + phi).
    runs = np.stack([autoregressive(phi, 4, 2000, seed) for seed in range(40)], axis=-1)
    expected = 8000 * (1 - phi) / (1 + phi)
    assert diagnostics.ess_mean(runs).mean() == pytest.approx(expected, rel=0.05)


def test_chains_that_disagree_in_place_or_in_scale_are_seen() -> None:
    x = np.random.default_rng(1).normal(size=(4, 1000))
    assert float(diagnostics.rhat(x)) < 1.01
    assert float(diagnostics.rhat(x + np.array([0, 0, 0, 1])[:, None])) > 1.05
    assert float(diagnostics.rhat(x * np.array([1, 1, 1, 3])[:, None])) > 1.05


def test_shapes_constants_and_what_is_not_finite() -> None:
    x = np.random.default_rng(1).normal(size=(4, 100, 2, 3))
    x[:, :, 0, 0] = 5.0
    x[0, 3, 1, 1] = np.nan
    ess = diagnostics.ess_bulk(x)
    assert ess.shape == (2, 3)
    assert ess[0, 0] == 400
    assert np.isnan(ess[1, 1])
    assert np.isfinite(ess[0, 1])
    assert np.isnan(diagnostics.rhat(x)[0, 0])
    assert np.isnan(diagnostics.rhat(x[:, :3])).all()
    columns = diagnostics.summary_columns(x.reshape(4, 100, 6))
    np.testing.assert_array_equal(columns["ess_bulk"], ess.ravel())
    np.testing.assert_array_equal(columns["ess_tail"], diagnostics.ess_tail(x).ravel())
    np.testing.assert_array_equal(columns["r_hat"], diagnostics.rhat(x).ravel())
    np.testing.assert_array_equal(columns["mcse_mean"], diagnostics.mcse_mean(x).ravel())
    with pytest.raises(InferenceValueError, match=r"must have shape \(chain, draw"):
        diagnostics.rhat(np.zeros(10))
    with pytest.raises(InferenceValueError, match=r"between 0 and 1, got 1\.0"):
        diagnostics.ess_quantile(x, 1.0)


def test_energies_that_move_slowly_are_seen() -> None:
    # For independent energies the squared step is twice the variance.
    energy = np.random.default_rng(2).normal(size=(3, 4000))
    np.testing.assert_allclose(diagnostics.bfmi(energy), 2.0, rtol=0.1)
    assert (diagnostics.bfmi(np.cumsum(energy, axis=1)) < 0.1).all()


def test_variables_share_their_transforms(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(x: Any, n: int) -> Any:
        calls.append(x.shape)
        return transform(x, n=n)

    transform = np.fft.rfft
    monkeypatch.setattr(np.fft, "rfft", counted)
    diagnostics.summary_columns(np.random.default_rng(3).normal(size=(4, 1000, 10)))
    assert calls == [(10, 8, 500)] * 4  # the draws, their scores, and both tails
