"""Fits: names and shapes, tables, files, ArviZ, warnings."""

import gc
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import inference
from inference import diagnostics, summary
from tests.inference import densities


class Schools(densities.Machine):
    """Three dimensions as a scale and two effects, with all that a density may offer."""

    dims = {"effect": ("school",), "y": ("school",)}  # noqa: RUF012  # read only, as in a protocol
    coords = {"school": ["Choate", "Deerfield"]}  # noqa: RUF012
    deterministics = frozenset({"scale"})
    observed = {"y": np.array([28.0, 8.0])}  # noqa: RUF012
    constant_data = {"sigma": np.array([15.0, 10.0])}  # noqa: RUF012
    fingerprint = "schools-1"
    constrained = 0

    def constrain(self, xs: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
        type(self).constrained += 1
        assert xs.ndim == 2
        assert xs.shape[1] == 3
        return {"log_scale": xs[:, 0], "scale": np.exp(xs[:, 0]), "effect": xs[:, 1:]}

    def log_likelihood(self, xs: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
        return {"y": -0.5 * (xs[:, 1:] - self.observed["y"]) ** 2}


@pytest.fixture(scope="module")
def density() -> Schools:
    machine = densities.diagonal([0.0, 1.0, -1.0], [0.5, 1.0, 2.0])
    return Schools(machine.dimension, machine.native)


@pytest.fixture(scope="module")
def fit(density: Schools) -> inference.Fit:
    return inference.nuts(density, draws=400, warmup=300, seed=1)


def test_draws_by_name(fit: inference.Fit) -> None:
    assert fit["scale"].shape == (4, 400)
    assert fit["effect"].shape == (4, 400, 2)
    np.testing.assert_array_equal(fit["effect"], fit.unconstrained[..., 1:])
    np.testing.assert_array_equal(np.log(fit["scale"]).round(10), fit["log_scale"].round(10))
    assert list(fit) == ["log_scale", "scale", "effect"]
    assert "effect" in fit
    with pytest.raises(KeyError, match=r"name must be one of log_scale, scale, effect, got 'tau'"):
        fit["tau"]


def test_draws_are_constrained_once_and_only_when_asked(density: Schools) -> None:
    before = Schools.constrained
    fresh = inference.nuts(density, draws=10, warmup=10, seed=1)
    assert Schools.constrained == before
    fresh["scale"], fresh["effect"], fresh.summary()
    assert Schools.constrained == before + 1


def test_summary_has_every_scalar_and_the_right_numbers(fit: inference.Fit) -> None:
    table = fit.summary()
    assert list(table) == ["log_scale", "scale", "effect[Choate]", "effect[Deerfield]"]
    row = table["effect[Deerfield]"]
    draws = fit["effect"][..., 1]
    assert row["mean"] == pytest.approx(draws.mean(), rel=1e-12)
    assert row["sd"] == pytest.approx(draws.std(ddof=1), rel=1e-12)
    assert row["5%"] == pytest.approx(np.quantile(draws, 0.05), rel=1e-12)
    assert row["ess_bulk"] == pytest.approx(float(diagnostics.ess_bulk(draws)))
    assert row["r_hat"] == pytest.approx(float(diagnostics.rhat(draws)))
    assert table.to_dict()["scale"] == table["scale"]
    assert len(table) == 4


def test_summary_prints_as_a_table(fit: inference.Fit) -> None:
    lines = str(fit.summary()).splitlines()
    assert lines[0].split() == list(summary.COLUMNS)
    assert len(lines) == 5
    assert len({len(line) for line in lines}) == 1  # columns line up
    page = fit.summary()._repr_html_()
    assert page.count("<tr>") == 5
    assert "effect[Choate]" in page
    assert "<b>" not in summary.Summary(["<b>"], fit_columns(1))._repr_html_()


def fit_columns(n: int) -> dict[str, NDArray[np.float64]]:
    return {name: np.arange(1.0, n + 1) for name in summary.COLUMNS}


def test_a_long_table_is_cut_in_the_middle() -> None:
    names = [f"x[{k}]" for k in range(1000)]
    lines = str(summary.Summary(names, fit_columns(1000))).splitlines()
    assert len(lines) == summary.ROWS_SHOWN + 2
    assert "(940 more)" in lines[31]
    assert lines[-1].startswith("x[999]")


@pytest.mark.parametrize(
    ("mean", "sd", "shown"),
    [(8.12345, 5.4321, "8.12"), (0.0123456, 0.000123, "0.012346"), (1234567.8, 4321.0, "1234568")],
)
def test_digits_shown_follow_the_spread(mean: float, sd: float, shown: str) -> None:
    columns = {name: np.array([mean]) for name in summary.COLUMNS} | {"sd": np.array([sd])}
    assert str(summary.Summary(["a"], columns)).splitlines()[1].split()[1] == shown


def test_arviz_gets_everything_under_its_own_names(fit: inference.Fit) -> None:
    data = fit.to_arviz()
    posterior = data["posterior"]
    np.testing.assert_array_equal(posterior["effect"].values, fit["effect"])
    assert posterior["effect"].dims == ("chain", "draw", "school")
    assert posterior["school"].values.tolist() == ["Choate", "Deerfield"]
    assert set(data["sample_stats"]) == {
        "lp", "acceptance_rate", "step_size", "tree_depth", "n_steps", "diverging", "energy",
    }  # fmt: skip
    assert data["sample_stats"]["diverging"].dtype == bool
    np.testing.assert_array_equal(data["observed_data"]["y"].values, [28.0, 8.0])
    np.testing.assert_array_equal(data["constant_data"]["sigma"].values, [15.0, 10.0])
    assert data["log_likelihood"]["y"].dims == ("chain", "draw", "school")
    assert data.attrs["seed"] == 1


def test_arviz_1_is_called_by_its_own_signature(
    fit: inference.Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    # ArviZ 1.x needs Python 3.12; its `from_dict` takes groups first, and attributes by group with
    # "/" for the whole (arviz_base.io_dict).
    def from_dict(
        data: dict[str, Any], *, coords: Any, dims: Any, attrs: dict[str, Any]
    ) -> dict[str, Any]:
        assert set(attrs) <= {*data, "/"}
        assert set(dims) <= {name for group in data.values() for name in group}
        assert coords == {"school": ["Choate", "Deerfield"]}
        return {**data, "attrs": attrs["/"]}

    module = types.ModuleType("arviz")
    module.__dict__.update(__version__="1.0.1", from_dict=from_dict)
    monkeypatch.setitem(sys.modules, "arviz", module)
    data = fit.to_arviz()
    np.testing.assert_array_equal(data["posterior"]["effect"], fit["effect"])
    assert data["attrs"]["seed"] == 1


def test_arviz_data_can_be_written(fit: inference.Fit, tmp_path: Path) -> None:
    pytest.importorskip("h5netcdf", reason="ArviZ writes netCDF through h5netcdf or netCDF4")
    fit.to_arviz().to_netcdf(str(tmp_path / "fit.nc"))


def test_a_saved_fit_comes_back(fit: inference.Fit, tmp_path: Path) -> None:
    path = tmp_path / "fit.wengert"
    fit.save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["fit.wengert"]
    again = inference.load(path)
    assert list(again) == list(fit)
    for name in fit:
        np.testing.assert_array_equal(again[name], fit[name])
    for name, statistic in fit.sample_stats.items():
        np.testing.assert_array_equal(again.sample_stats[name], statistic)
        assert again.sample_stats[name].dtype == statistic.dtype
    np.testing.assert_array_equal(again.log_likelihood["y"], fit.log_likelihood["y"])
    np.testing.assert_array_equal(again.adaptation["variance"], fit.adaptation["variance"])
    assert again.attributes == fit.attributes
    assert str(again.summary()) == str(fit.summary())
    assert again.description.coords == {"school": ["Choate", "Deerfield"]}
    assert again.warnings() == fit.warnings()
    assert again.to_arviz()["posterior"]["effect"].dims == ("chain", "draw", "school")


def test_loading_what_is_not_a_fit(tmp_path: Path, fit: inference.Fit) -> None:
    path = tmp_path / "other"
    for content in (b"", b"not a fit", b"PK\x03\x04 damaged"):
        path.write_bytes(content)
        with pytest.raises(inference.InferenceValueError, match=r"written by Fit\.save"):
            inference.load(path)
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(inference.InferenceValueError, match=r"written by Fit\.save"):
        inference.load(tmp_path / "other.npz")
    fit.save(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(inference.InferenceValueError, match=r"written by Fit\.save"):
        inference.load(path)
    gc.collect()  # a file left open would be reported here
    with pytest.raises(FileNotFoundError):
        inference.load(tmp_path / "absent")


def test_a_failed_save_leaves_nothing_behind(
    fit: inference.Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        fit.save(tmp_path / "fit")
    assert list(tmp_path.iterdir()) == []


def test_a_density_without_names_gives_one_variable() -> None:
    fit = inference.nuts(densities.standard(3), draws=20, warmup=20, seed=1)
    assert list(fit) == ["x"]
    assert list(fit.summary()) == ["x[0]", "x[1]", "x[2]"]
    assert fit.log_likelihood == {}
    assert fit.to_arviz()["posterior"]["x"].shape == (4, 20, 3)


def test_short_runs_are_warned_of() -> None:
    fit = inference.nuts(densities.standard(2), draws=30, warmup=100, seed=1)
    text = "\n".join(fit.warnings())
    assert "bulk effective sample size is below 400" in text
    one = inference.nuts(densities.standard(2), draws=1000, chains=1, seed=1)
    assert one.warnings()[0].startswith("One chain cannot show that chains agree")


def test_chains_in_different_places_are_warned_of() -> None:
    # Flat but for a wall at 1e6: chains stay where they start, a distance apart.
    fit = inference.nuts(
        densities.diagonal([0.0], [1e6]), draws=100, warmup=0, seed=1,
        initial=np.array([[0.0], [4e6], [-4e6], [1e6]]), max_tree_depth=1,
    )  # fmt: skip
    assert any("R-hat is above 1.01 for x[0]" in message for message in fit.warnings())


def test_one_draw_is_enough_for_a_table_without_a_python_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = inference.nuts(densities.standard(2), draws=1, warmup=0, seed=1)
        assert np.isnan(fit.summary()["x[0]"]["r_hat"])
        assert "nan" in str(fit.summary())
        fit.warnings()
