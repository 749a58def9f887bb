"""What the gallery's models share: data sets of posteriordb."""

from __future__ import annotations

import gzip
import importlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery is not installed

data: Any = importlib.import_module("models._data")

CONTENT = {"N": 3, "y": [1.5, 2.0, -1.0]}


def test_a_set_beside_the_models_needs_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTERIORDB", raising=False)
    assert data.load("arK")["y"].shape == (200,)
    assert data.load("garch")["sigma1"] == 0.5


@pytest.mark.parametrize("where", ["", "posterior_database"])
def test_a_set_from_a_clone(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / where / "data" / "data"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "some.json.zip", "w") as archive:
        archive.writestr("some.json", json.dumps(CONTENT))
    monkeypatch.setenv("POSTERIORDB", str(tmp_path))
    content = data.load("some")
    assert content["N"] == 3
    np.testing.assert_array_equal(content["y"], CONTENT["y"])


def test_a_set_from_a_folder_of_gzip_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    with gzip.open(tmp_path / "data" / "some.json.gz", "wt", encoding="utf-8") as file:
        json.dump(CONTENT, file)
    monkeypatch.setenv("POSTERIORDB", str(tmp_path))
    np.testing.assert_array_equal(data.load("some")["y"], CONTENT["y"])


def test_an_absent_set_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POSTERIORDB", raising=False)
    with pytest.raises(data.MissingDataError, match=r"'diamonds' must be .* set POSTERIORDB to"):
        data.load("diamonds")
    monkeypatch.setenv("POSTERIORDB", str(tmp_path))
    with pytest.raises(data.MissingDataError, match=r"got no such file under"):
        data.load("diamonds")


def test_the_command_line_says_it_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "models", "diamonds"],
        cwd=ROOT,
        env={"POSTERIORDB": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "must be in a posteriordb folder" in done.stderr
    assert "Traceback" not in done.stderr
