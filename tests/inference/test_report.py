"""What a fit says against itself, on draws made for it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import inference
from inference.density import Description
from inference.fit import Fit
from tests.inference import densities

Array = NDArray[np.float64]


def fit_of(
    x: Array, diverging: NDArray[np.bool_] | None = None, hints: dict[str, str] | None = None
) -> Fit:
    """Fit of draws, shape (chain, draw, 2): variables `tau` and `mu`."""
    shape = x.shape[:2]
    statistics: dict[str, Any] = {
        "diverging": np.zeros(shape, dtype=bool) if diverging is None else diverging,
        "tree_depth": np.full(shape, 3),
        "n_steps": np.full(shape, 7),
        "energy": np.random.default_rng(0).normal(size=shape),
    }
    return Fit(
        lambda: {"tau": x[..., 0], "mu": x[..., 1]},
        sample_stats=statistics,
        warmup_stats={},
        adaptation={},
        unconstrained=x,
        description=Description({}, {}, frozenset(), {}, {}, "", hints or {}),
        attributes={"max_tree_depth": 10, "chains": shape[0], "draws": shape[1]},
    )


def draws(chains: int = 4, count: int = 1000) -> Array:
    return np.random.default_rng(1).normal(size=(chains, count, 2))


def test_good_draws_have_no_warning() -> None:
    assert fit_of(draws()).warnings() == []


def test_divergences_at_one_end_are_named_with_their_side() -> None:
    x = draws()
    (message,) = fit_of(x, x[..., 0] < -2.0).warnings()
    assert "They are where tau is small (median -2." in message
    assert "mu" not in message
    (message,) = fit_of(x, x[..., 1] > 2.0).warnings()
    assert "They are where mu is large" in message


def test_divergences_anywhere_name_nothing() -> None:
    x = draws()
    (message,) = fit_of(x, np.random.default_rng(2).random(x.shape[:2]) < 0.02).warnings()
    assert "diverged" in message
    assert "They are where" not in message
    (few,) = fit_of(x, x[..., 0] < np.sort(x[..., 0].ravel())[3]).warnings()
    assert "3 of 4000" in few
    assert "They are where" not in few


def test_the_density_offers_what_to_do() -> None:
    x = draws()
    hints = {"tau": "Sample theta non-centred.", "phi": "Order phi."}
    (message,) = fit_of(x, x[..., 0] < -2.0, hints).warnings()
    assert message.endswith("Sample theta non-centred.")
    (message,) = fit_of(x, x[..., 1] < -2.0, hints).warnings()  # nothing is known of mu
    assert message.endswith("Sample theta non-centred. Order phi.")


def test_hints_are_kept_with_the_fit(tmp_path: Any) -> None:
    machine: Any = densities.funnel(5)
    machine.hints = {"x": "Divide by the scale."}
    fit = inference.nuts(machine, draws=300, seed=5)
    fit.save(tmp_path / "fit")
    assert inference.load(tmp_path / "fit").description.hints == machine.hints


def test_a_stuck_chain_is_named() -> None:
    x = draws()
    x[2] = x[2, 0]
    assert "Chains 2 hardly moved" in fit_of(x).warnings()[0]


def test_chains_in_different_modes_are_told_apart_from_slow_ones() -> None:
    x = draws()
    x[[1, 3], :, 0] += 20.0
    text = " ".join(fit_of(x).warnings())
    assert "Chains 0, 2 and 1, 3 stay in different places" in text
    slow = np.cumsum(draws(), axis=1)
    text = " ".join(fit_of(slow).warnings())
    assert "chains disagree" in text
    assert "different places" not in text


def test_too_short_for_the_ends_of_intervals() -> None:
    text = " ".join(fit_of(draws(count=40)).warnings())
    assert "the 5% quantile is one between" in text


@pytest.mark.parametrize("depth", [10, 11])
def test_saturated_trees(depth: int) -> None:
    fit = fit_of(draws())
    fit.sample_stats["tree_depth"][0, :3] = depth
    (message,) = fit.warnings()
    assert "3 transitions used the deepest tree" in message


def test_energies_that_hardly_change() -> None:
    fit = fit_of(draws())
    fit.sample_stats["energy"] = np.cumsum(fit.sample_stats["energy"], axis=1)
    (message,) = fit.warnings()
    assert "E-BFMI below 0.3" in message
