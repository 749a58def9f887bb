"""Negative controls: samplers with a planted mistake fail the test that the right one passes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import inference
from inference import diagnostics, native
from tests.inference import densities
from tests.inference.exactness import z_scores

KERNELS = Path(native.__file__).parent / "kernels"

MISTAKES = {
    "leaves chosen without their weights": (
        "tree.py",
        "number * after <= weight",
        "number * after <= after * 0.5",
    ),
    "momentum half a step behind": (
        "leapfrog.py",
        "        momentum = load(new_p, i) + half * load(new_gradient, i)\n",
        "        momentum = load(new_p, i) + half * load(gradient, i)\n",
    ),
    "momentum of the wrong scale": (
        "leapfrog.py",
        "p = load(scale, i) * load(deviates, i)",
        "p = spread(0.95) * load(scale, i) * load(deviates, i)",
    ),
    "momentum 0.2% too large": (
        "leapfrog.py",
        "p = load(scale, i) * load(deviates, i)",
        "p = spread(1.002) * load(scale, i) * load(deviates, i)",
    ),
    "subtrees always accepted": (
        "tree.py",
        "if uniform(r, w) * weight < subtree_weight:",
        "if uniform(r, w) < 2.0:",
    ),
}
SLIGHT = "momentum 0.2% too large"


def worst_score() -> float:
    mean, sd = np.array([1.0, -2.0, 0.0]), np.array([0.5, 1.0, 4.0])
    density = densities.diagonal(mean.tolist(), sd.tolist())
    # A modest target makes the weights of leaves differ, so that choosing by them matters.
    fit = inference.nuts(density, draws=100_000, seed=31, target_accept=0.6)
    return float(np.abs(z_scores(fit, mean, sd**2)).max())


def test_the_right_sampler_passes() -> None:
    assert worst_score() < 4.5


@pytest.fixture
def broken(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Kernels with a mistake, compiled and put in place of the right ones."""
    file, right, wrong = MISTAKES[request.param]
    name = f"broken_kernels_{list(MISTAKES).index(request.param)}"
    package = tmp_path / name
    package.mkdir()
    for source in KERNELS.glob("*.py"):
        text = source.read_text().replace("inference.kernels", name)
        if source.name == file:
            assert text.count(right) == 1, "the line to break has changed"
            text = text.replace(right, wrong)
        (package / source.name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    monkeypatch.setattr(native, "PACKAGE", name)
    yield
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def error_of_the_variance() -> float:
    """In standard errors of a run that knows the variance to 0.05%."""
    fit = inference.nuts(densities.standard(10), draws=600_000, seed=14, metric="diagonal")
    squares = (fit.unconstrained**2).mean(axis=2)  # the mean over dimensions, known best
    error = float(diagnostics.mcse_mean(squares))
    assert error < 0.0005
    return float((squares.mean() - 1.0) / error)


@pytest.mark.slow
def test_the_right_sampler_has_the_right_variance() -> None:
    assert abs(error_of_the_variance()) < 4


@pytest.mark.slow
@pytest.mark.parametrize("broken", [SLIGHT], indirect=True)
@pytest.mark.usefixtures("broken")
def test_a_variance_that_is_wrong_by_four_in_a_thousand_is_found() -> None:
    # Momenta too large by 0.2% add 0.4% to every energy, and so to the variance.
    assert error_of_the_variance() > 4


@pytest.mark.parametrize("broken", [next(iter(MISTAKES))], indirect=True)
@pytest.mark.usefixtures("broken")
def test_a_wrong_sampler_fails() -> None:
    assert worst_score() > 9


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken", [name for name in list(MISTAKES)[1:] if name != SLIGHT], indirect=True
)
@pytest.mark.usefixtures("broken")
def test_other_wrong_samplers_fail() -> None:
    assert worst_score() > 9
