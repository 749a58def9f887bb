"""Access to a posteriordb folder: Stan's oracle values and reference moments.

The folder is `$POSTERIORDB`, or `../shared/posteriordb` beside the checkout; without one the tests
that need it are skipped, saying so. `oracle/NAME.json.gz` holds Stan's log densities and gradients
at fixed unconstrained points, `reference/NAME.json` moments of reference draws with their errors.
"""

import gzip
import importlib
import json
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _path() -> Path:
    return Path(os.environ.get("POSTERIORDB", ROOT.parent / "shared" / "posteriordb"))


def folder() -> Path:
    """Where the data base is; skips the test where it is nowhere."""
    path = _path()
    if not path.is_dir():
        pytest.skip(f"no posteriordb folder at {path}; set POSTERIORDB")
    return path


def posterior_of(model: str) -> Any:
    """Make a gallery model's posterior; skips the test where its data set is nowhere."""
    missing = importlib.import_module("models._data").MissingDataError
    path = _path()
    known = {"POSTERIORDB": str(path)} if path.is_dir() else {}
    with mock.patch.dict(os.environ, known):
        try:
            return importlib.import_module(f"models.{model}").posterior()
        except missing as error:
            pytest.skip(str(error))


def oracle(posterior: str) -> dict[str, Any]:
    """Stan's values for a posterior."""
    with mock.patch.dict(os.environ, {"POSTERIORDB": str(folder())}):
        content: dict[str, Any] = importlib.import_module("models._data").oracle(posterior)
    return content


def data(name: str) -> dict[str, Any]:
    """A data set, as Stan reads it."""
    with gzip.open(folder() / "data" / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        content: dict[str, Any] = json.load(file)
    return content


def with_reference(listed: dict[str, str]) -> list[str]:
    """The models whose posterior has reference moments; all, where there is no folder."""
    place = _path() / "reference"
    known = {path.stem for path in place.glob("*.json")}
    return [model for model, name in listed.items() if name in known or not place.is_dir()]


def reference(posterior: str) -> dict[str, Any]:
    """Reference moments by Stan's scalar names (`theta[1]`)."""
    with mock.patch.dict(os.environ, {"POSTERIORDB": str(folder())}):
        content: dict[str, Any] = importlib.import_module("models._data").reference(posterior)
    return content
