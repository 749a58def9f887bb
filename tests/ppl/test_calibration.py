"""Simulation-based calibration: right posteriors pass, planted mistakes do not."""

from __future__ import annotations

import _thread
import functools
import importlib
import math
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inference
import ppl

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery is not installed

SCALE = 0.7
COUNT = 5
calibrate: Any = functools.partial(ppl.calibrate, progress=False)


def normal(y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    ppl.deterministic("above", mu > 0.0)
    with ppl.plate("i", COUNT):
        ppl.sample("y", ppl.Normal(mu, SCALE), obs=y)


def exact(
    posterior: ppl.Posterior, draws: int, seed: int, prior_sd: float = 1.0, weight: float = 1.0
) -> dict[str, Any]:
    """Draw from the normal posterior; other arguments than 1 are mistakes."""
    y = posterior.observed["y"]
    precision = prior_sd**-2 + weight * COUNT / SCALE**2
    mean = weight * np.sum(y) / SCALE**2 / precision
    rng = np.random.default_rng(seed)
    return {"mu": rng.normal(mean, precision**-0.5, size=draws)}


# What takes time is to trace the model for each data set.
run = functools.partial(calibrate, normal, simulations=120, thin=1)


def test_exact_draws_pass() -> None:
    result = run(fit=exact, seed=1)
    assert set(result.ranks) == {"mu", "above", "log_likelihood"}
    assert result.ranks["mu"].shape == (120,)
    assert 0 <= result.ranks["mu"].min() <= result.ranks["mu"].max() <= 99
    assert result.p_value > 0.01
    assert result.warnings() == []
    # Ties of a discrete quantity are broken at random.
    assert abs(result.summary()["above"].centre - 0.5) < 4 * math.sqrt(1 / 12 / 120)


def test_a_wrong_prior_is_caught() -> None:
    assert run(fit=functools.partial(exact, prior_sd=0.25), seed=1).summary()["mu"].p_value < 1e-4


def test_draws_that_are_too_narrow_or_shifted_are_described() -> None:
    def narrow(posterior: ppl.Posterior, draws: int, seed: int) -> dict[str, Any]:
        mu = exact(posterior, draws, seed)["mu"]
        return {"mu": mu.mean() + 0.5 * (mu - mu.mean())}

    def low(posterior: ppl.Posterior, draws: int, seed: int) -> dict[str, Any]:
        return {"mu": exact(posterior, draws, seed)["mu"] - 0.2}

    row = run(fit=narrow, seed=2).summary()["mu"]
    assert row.p_value < 1e-4
    assert row.spread > 1.1
    row = run(fit=low, seed=2).summary()["mu"]
    assert row.p_value < 1e-4
    assert row.centre > 0.55


def test_a_posterior_that_ignores_the_data_is_caught_by_the_likelihood_alone() -> None:
    result = run(fit=functools.partial(exact, weight=0.0), seed=3)
    table = result.summary()
    assert table["mu"].p_value > 0.01  # the prior's draws have uniform ranks
    assert table["log_likelihood"].p_value < 1e-6
    assert table.rows[0].name == "log_likelihood"
    assert result.p_value < 1e-6


def test_quantities_of_parameters_and_data() -> None:
    quantities = {"residual": lambda values, data: np.abs(values["mu"] - np.mean(data["y"]))}
    good = run(fit=exact, quantities=quantities, seed=4)
    assert good.ranks["residual"].shape == (120,)
    assert good.summary()["residual"].p_value > 0.01
    bad = run(fit=functools.partial(exact, weight=0.0), quantities=quantities, seed=4)
    assert bad.summary()["residual"].p_value < 1e-6


def test_neighbouring_draws_that_are_alike_are_named() -> None:
    def slow(posterior: ppl.Posterior, draws: int, seed: int) -> dict[str, Any]:
        return {"mu": np.repeat(exact(posterior, draws // 3 + 1, seed)["mu"], 3)[:draws]}

    (warning,) = calibrate(normal, fit=slow, simulations=40, thin=1, seed=5).warnings()
    assert "autocorrelation 0.6" in warning
    assert "raise thin=" in warning
    thinner = calibrate(normal, fit=slow, simulations=40, thin=3, seed=5)
    assert thinner.warnings() == []


def test_the_same_seed_gives_the_same_ranks_on_any_number_of_threads() -> None:
    first = calibrate(normal, fit=exact, simulations=20, seed=7, cores=1)
    for cores in (2, 3):
        again = calibrate(normal, fit=exact, simulations=20, seed=7, cores=cores)
        for name, ranks in first.ranks.items():
            np.testing.assert_array_equal(ranks, again.ranks[name])
    other = calibrate(normal, fit=exact, simulations=20, seed=8)
    assert not np.array_equal(first.ranks["mu"], other.ranks["mu"])


def schools(sigma: Any, y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 5))
    tau = ppl.sample("tau", ppl.HalfNormal(5))
    with ppl.plate("school"):
        z = ppl.sample("z", ppl.Normal(0, 1))
        theta = ppl.deterministic("theta", mu + tau * z)
        ppl.sample("y", ppl.Normal(theta, sigma), obs=y)


def test_nuts_on_a_hierarchical_model_and_its_labels_plots_and_arviz_data() -> None:
    coords = {"school": ["A", "B", "C"]}
    fit = functools.partial(inference.nuts, warmup=300)
    result = calibrate(schools, [4.0, 2.0, 6.0], fit=fit, simulations=40, coords=coords, seed=1)
    assert result.ranks["theta"].shape == (40, 3)
    assert result.p_value > 1e-3
    assert "theta[B]" in str(result.summary())
    assert "40 simulations, ranks 0 to 99" in repr(result)
    data = result.to_arviz()["prior_sbc"]
    assert data["theta"].dims == ("chain", "draw", "school")
    assert list(data["school"].values) == coords["school"]
    assert 0.0 < float(data["theta"].min()) < float(data["theta"].max()) < 1.0


def test_plots() -> None:
    mpl = pytest.importorskip("matplotlib")
    mpl.use("Agg")
    result = calibrate(normal, fit=exact, simulations=40, thin=1, seed=1)
    figure = result.plot()
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title().partition(",")[0] for axis in shown] == [
        row.name for row in result.summary().rows
    ]
    bars = result.plot(["mu"], kind="hist").axes[0].patches[-1].get_data().values
    assert sum(bars) == 40
    with pytest.raises(ValueError, match="kind must be 'ecdf' or 'hist', got 'pie'"):
        result.plot(kind="pie")
    with pytest.raises(ValueError, match="probability must be between 0 and 1"):
        result.plot(probability=1.0)
    with pytest.raises(KeyError, match="names must be among mu, above, log_likelihood"):
        result.plot(["nu"])
    importlib.import_module("matplotlib.pyplot").close("all")


def test_an_interruption_keeps_what_is_done() -> None:
    enough = threading.Event()
    made: list[int] = []

    def fit(posterior: ppl.Posterior, draws: int, seed: int, callback: Any) -> dict[str, Any]:
        if len(made) >= 6:
            enough.set()
            while True:  # as a sampler does: it calls back, and is ended by an exception
                callback(None)
                time.sleep(0.01)
        made.append(seed)
        return exact(posterior, draws, seed)

    def interrupt() -> None:
        enough.wait(60)
        time.sleep(0.3)
        _thread.interrupt_main()

    thread = threading.Thread(target=interrupt)
    thread.start()
    result = calibrate(normal, fit=fit, simulations=50, thin=1, seed=1, cores=2)
    thread.join()
    assert 1 <= result.done <= 6 + 2
    assert result.interrupted
    assert f"interrupted after {result.done} of 50" in repr(result)


def test_failed_fits_are_left_out_and_reported() -> None:
    def fit(posterior: ppl.Posterior, draws: int, seed: int) -> dict[str, Any]:
        if posterior.observed["y"][0] > 1.0:
            raise ValueError("no such fit")
        return exact(posterior, draws, seed)

    result = calibrate(normal, fit=fit, simulations=50, thin=1, seed=1)
    assert result.done + len(result.failures) == 50
    assert 0 < len(result.failures) < 40
    assert "biases the ranks of the others" in result.warnings()[0]
    assert "no such fit" in result.warnings()[0]

    def never(_posterior: Any) -> Any:
        raise ValueError("no such fit")

    with pytest.raises(ValueError, match="no such fit"):
        calibrate(normal, fit=never, simulations=50, thin=1, seed=1)


def improper(y: Any = None) -> None:
    mu = ppl.sample("level", ppl.Flat())
    ppl.sample("y", ppl.Normal(mu, 1), obs=y)


def with_factor(y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    ppl.factor("penalty", -(mu**2))
    ppl.sample("y", ppl.Normal(mu, 1), obs=y)


def with_param(y: Any = None) -> None:
    mu = ppl.param("mu", 0.0)
    ppl.sample("y", ppl.Normal(mu, 1), obs=y)


def without_data() -> None:
    ppl.sample("mu", ppl.Normal(0, 1))


def discrete(y: Any = None) -> None:
    k = ppl.sample("k", ppl.Poisson(3))
    ppl.sample("y", ppl.Normal(k, 1), obs=y)


@pytest.mark.parametrize(
    ("model", "data", "error", "message"),
    [
        (
            improper,
            {},
            ppl.ModelError,
            r"proper, to be drawn from, got Flat in site 'level' \(.*py:",
        ),
        (with_factor, {}, ppl.ModelError, r"got a factor in site 'penalty' \(.*test_calibration"),
        (with_param, {}, ppl.ModelError, r"must have a prior, got ppl.param in site 'mu'"),
        (without_data, {}, ppl.ModelError, r"got none with obs=None"),
        (normal, {"y": np.zeros(COUNT)}, ppl.DataError, r"must be left out, got data in site 'y'"),
        (discrete, {}, ppl.ModelError, r"must be continuous here"),
    ],
)
def test_models_that_cannot_be_calibrated(model: Any, data: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        calibrate(model, **data, fit=inference.nuts, simulations=2)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"fit": 3}, TypeError, "fit must be a function of a posterior, got 3"),
        ({"simulations": 0}, ValueError, "simulations must be a positive integer, got 0"),
        ({"draws": 2.5}, ValueError, "draws must be a positive integer, got 2.5"),
        ({"thin": True}, ValueError, "thin must be a positive integer, got True"),
        ({"cores": 0}, ValueError, "cores must be a positive integer, got 0"),
        ({"seed": -1}, ValueError, "seed must be a nonnegative integer, got -1"),
        ({"seed": "a"}, ValueError, "seed must be a nonnegative integer, got 'a'"),
        ({"quantities": [1]}, TypeError, "quantities must be a mapping of names to functions"),
        ({"quantities": {"mu": np.sum}}, ppl.ModelError, "names of their own, got 'mu'"),
        (
            {"quantities": {"q": lambda values, _: values["mu"][:3]}},
            ppl.ShapeError,
            "quantity 'q' must be one number for each of 100 draws",
        ),
        (
            {"fit": lambda posterior: exact(posterior, 10, 1)},
            ppl.ShapeError,
            "fit must return at least 99 draws, got 10",
        ),
        ({"fit": lambda _: {"nu": np.zeros(99)}}, ppl.ModelError, "got none of 'mu'"),
    ],
)
def test_bad_arguments(options: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        calibrate(normal, **{"fit": exact, "simulations": 3, **options})
