"""Each pass of the compiler, on every model of the gallery, against the plain program."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ad.interpret import interpret
from ad.passes import PASSES

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery and the tests' own modules are not installed

posteriordb = importlib.import_module("tests.posteriordb")

MODELS = sorted(path.stem for path in (ROOT / "models").glob("[!_]*.py"))
# A loop over times, groups, repeated counts, a mixture: each pass finds something in one of them.
FEW = ("garch11", "radon_mn_nc", "low_dim_gauss_mix", "kidscore_momhsiq", "seeds")
# The settings of a user: everything, nothing, no approximate law, and each pass off by itself.
SETTINGS: dict[str, dict[str, Any]] = {
    "all passes": {},
    "strict": {"strict": True},
    "no pass": {"strict": True, "without": tuple(PASSES)},
    **{f"without {name}": {"without": (name,)} for name in PASSES},
}
# Of a value and of the largest partial derivative: sums of up to 10^6 terms in another order.
VALUE, GRADIENT = 1e-12, 1e-11


@cache
def plain(model: str) -> tuple[Any, list[tuple[Any, float, Any]]]:
    """A posterior, and what the interpreter makes of its untouched program at two points."""
    posterior = posteriordb.posterior_of(model)
    (path,) = posterior.with_data(**SETTINGS["no pass"]).compiled_paths.paths  # none branches
    answers = []
    for x in np.random.default_rng(2).uniform(-1.0, 1.0, (2, posterior.dimension)):
        with np.errstate(all="ignore"):
            value, gradient = interpret([*path.outputs, path.gradient], [path.x], [x])
        answers.append((x, float(value), gradient))
    return posterior, answers


def check(model: str, setting: str) -> None:
    posterior, answers = plain(model)
    other = posterior.with_data(**SETTINGS[setting])
    for x, meant, slopes in answers:
        value, gradient = other.logdensity_and_gradient(x)
        assert abs(value - meant) <= VALUE * max(1.0, abs(meant)), setting
        assert np.max(np.abs(gradient - slopes)) <= GRADIENT * np.max(np.abs(slopes)), setting


def test_the_few_need_the_passes() -> None:
    """Programs without the passes are others, or these tests would compare a thing with itself."""
    for model in FEW:
        (with_all,), (with_none,) = (
            posteriordb.posterior_of(model).with_data(**SETTINGS[name]).compiled_paths.paths
            for name in ("all passes", "no pass")
        )
        assert with_all.code.text != with_none.code.text, model


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("model", FEW)
def test_native_code_of_some_models_is_the_plain_program(model: str, setting: str) -> None:
    check(model, setting)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_native_code_of_every_model_is_the_plain_program(model: str) -> None:
    for setting in SETTINGS:
        check(model, setting)


def test_a_wrong_pass_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    posterior, answers = plain("garch11")
    scaled = [(x, value * (1 + 1e-9), slopes) for x, value, slopes in answers]
    monkeypatch.setattr(sys.modules[__name__], "plain", lambda _: (posterior, scaled))
    with pytest.raises(AssertionError):
        check("garch11", "all passes")
