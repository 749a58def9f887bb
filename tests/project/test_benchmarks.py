"""The comparison of gradients: its parts, and a run of ours without peers."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the benchmarks are not installed

data: Any = importlib.import_module("benchmarks.peers.data")
table: Any = importlib.import_module("benchmarks.peers.table")
gradients: Any = importlib.import_module("benchmarks.gradients")
worth: Any = importlib.import_module("benchmarks.peers.worth")


def timed(*loop: float) -> dict[str, Any]:
    return {
        "dimension": 2,
        "loop": list(loop),
        "python": [4e-6, 6e-6, 5e-6],
        "seconds": 0.04,
        "cached": 0.03,
        "traced": 0.01,
    }


RESULTS = {
    "ark": {
        "ours": timed(1e-6, 2e-6, 1e-6),
        "pointwise": timed(2e-6, 4e-6, 2e-6),
        "numpyro": timed(4e-6, 4e-6, 4e-6),
    },
    "garch11": {
        "ours": timed(1e-6, 1e-6, 1e-6),
        "pointwise": timed(1e-6, 1e-6, 1e-6),
        "numpyro": timed(1e-6, 1e-6, 9e-6),
    },
    "iid_normal": {
        "ours": timed(1e-7, 1e-7, 1e-7),
        "pointwise": timed(1e-3, 1e-3, 1e-3),
        "numpyro": {"error": "numpyro: it broke"},
    },
}


@pytest.mark.parametrize("model", list(data.MAKERS))
def test_every_model_has_a_stan_program_a_numpyro_model_and_a_file(model: str) -> None:
    assert (ROOT / "benchmarks" / "stan" / f"{model}.stan").is_file()
    assert (ROOT / "models" / f"{model}.py").is_file()
    text = (ROOT / "benchmarks" / "peers" / "numpyro_models.py").read_text(encoding="utf-8")
    assert f"\ndef {model}(" in text


def test_a_program_of_a_systems_own_goes_before() -> None:
    assert gradients.program("hmm_example", "stanli").endswith("hmm_example.stanli.stan")
    assert gradients.program("hmm_example", "httpstan").endswith("hmm_example.stan")


def test_ratios_are_medians_of_the_rounds() -> None:
    assert table.ratio(RESULTS["ark"], "numpyro", "ours") == pytest.approx(4.0)
    assert table.ratio(RESULTS["ark"], "numpyro", "pointwise") == pytest.approx(2.0)
    assert table.ratio(RESULTS["iid_normal"], "numpyro", "ours") is None
    assert table.ratio(RESULTS["ark"], "stanli", "ours") is None


def test_the_summary_has_geometric_means_and_the_worst_model() -> None:
    text = table.summary(RESULTS, 200.0)
    # iid_normal is not one of posteriordb's: sqrt(4 * 1) and sqrt(2 * 1).
    assert "NumPyro / ours: 2.00 [at least 1.5, none below 0.8]; worst 1.00, garch11" in text
    assert "NumPyro / pointwise: 1.41 [at least 1.2]" in text
    assert "Stan" not in text


def test_a_line_shows_what_went_wrong() -> None:
    assert "numpyro: it broke" in table.line("iid_normal", RESULTS["iid_normal"])


class Fixed:
    """A system with a given gradient."""

    def __init__(self, factor: float, constant: float = 0.0) -> None:
        self._factor, self._constant = factor, constant

    def ask(self, _task: str, x: list[float]) -> dict[str, Any]:
        point = np.array(x)
        value = self._factor * float(point @ point) + self._constant
        return {"value": value, "gradient": (2 * self._factor * point).tolist()}


def test_a_constant_is_no_disagreement_and_another_density_is() -> None:
    points = [[1.0, 2.0], [0.5, -1.0]]
    assert gradients.disagreement(Fixed(1.0), Fixed(1.0, 7.0), points) < 1e-15
    found = gradients.disagreement(Fixed(1.0), Fixed(1.0 + 1e-6), points)
    assert found == pytest.approx(1e-6, rel=1e-3)
    assert found > gradients.TOLERANCE


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.gradients", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )


def test_a_run_without_peers(tmp_path: Path) -> None:
    output = tmp_path / "gradients.json"
    done = run(
        *("--models", "eight_schools", "--peers", "numpyro", "--peers-dir", str(tmp_path)),
        *("--rounds", "2", "--output", str(output)),
    )
    assert "numpyro: absent" in done.stdout
    assert "eight_schools" in done.stdout
    assert "through the pointer [at most 100]" in done.stdout
    result = json.loads(output.read_text())["models"]["eight_schools"]
    assert len(result["ours"]["loop"]) == 2
    assert result["pointwise"]["disagreement"] < 1e-12
    assert result["ours"]["dimension"] == 10


def sampled(model: str, system: str, rate: float, once: float, divergences: int = 0) -> Any:
    run = {"seconds": 1.0, "drawing": 0.5, "gradients": 1000, "divergences": divergences}
    found = {"bulk": rate, "tail": rate, "rhat": 1.005}
    about = {"model": model, "system": system, "preparation": once}
    return [about | {"seed": seed} | run | found for seed in range(3)]


SAMPLED = [
    *sampled("a", "ours", 4000.0, 1.0),
    *sampled("a", "numpyro", 1000.0, 3.0),
    *sampled("b", "ours", 900.0, 0.0),
    *sampled("b", "numpyro", 400.0, 0.0, 1),
    *sampled("c", "ours", 900.0, 0.0),
    {"model": "c", "system": "numpyro", "error": "numpyro: it broke"},
]


def test_ratios_of_sampling_are_geometric_means_over_the_models_both_ran() -> None:
    (line,) = worth.summary(SAMPLED)
    # sqrt(4 * 2.25); with preparation sqrt(8 * 2.25); gate: three runs of each model, or none.
    assert "NumPyro, 2 models: ESS a second 3 [10], least 2.25 (b)" in line
    assert "with preparation 4.24 [25]" in line
    assert "ESS a gradient 3, least 2.25 (b); draws alone 3, 2 models" in line
    assert "strict gate 6 of 6 against 3 of 6 runs" in line
    assert "it broke" in worth.line("c", "numpyro", SAMPLED[-1:])


def test_what_is_compiled_once_counts_once() -> None:
    runs = sampled("a", "numpyro", 1000.0, 3.0)
    runs[0]["compiling"] = 1.0  # later runs find it compiled
    assert worth.figures(runs)["once"] == 4.0
    assert worth.figures(runs)["whole"] == 200.0


def test_the_strict_gate() -> None:
    good = {"bulk": 400.0, "tail": 400.0, "rhat": 1.01, "divergences": 0}
    assert worth.passes(good)
    for worse in ({"bulk": 399.0}, {"tail": 399.0}, {"rhat": 1.011}, {"divergences": 1}):
        assert not worth.passes(good | worse)


def compare(*words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.sampling", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout


def test_sampling_without_peers_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    words = ["--models", "eight_schools", "--warmup", "100", "--draws", "100"]
    words += ["--kept", str(file), "--peers"]
    assert "eight_schools      ours" in compare("--seeds", "1", *words)
    compare("--seeds", "2", *words)
    assert [json.loads(line)["seed"] for line in file.read_text().splitlines()] == [0, 1]
    shown = compare("--table", str(file))
    assert shown.splitlines()[1].startswith("eight_schools      ours")
