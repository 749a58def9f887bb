"""Generated pages are up to date, and examples in docstrings run."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import ad
import inference
import ppl

ROOT = Path(__file__).resolve().parent.parent.parent


def modules() -> list[str]:
    names: list[str] = []
    for package in (ad, ppl, inference):
        names.append(package.__name__)
        found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        names.extend(module.name for module in found)
    return sorted(names)


@pytest.mark.parametrize("name", modules())
def test_examples_run(name: str) -> None:
    if name.startswith("inference.kernels"):
        pytest.importorskip("numba")
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    examples = sum(len(test.examples) for test in finder.find(ad.grad) + finder.find(ad.density))
    assert examples > 0


@pytest.mark.parametrize("page", ["operations", "distributions", "gallery"])
def test_generated_pages_are_up_to_date(page: str) -> None:
    command = [sys.executable, str(ROOT / f"docs/make_{page}.py"), "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
