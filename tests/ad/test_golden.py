"""What the compiler makes of some gallery models has not changed unnoticed."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery is not installed

from tests.ad.kernels import FOLDER, MODELS, listing  # noqa: E402 - after its place is known


@pytest.mark.parametrize("model", MODELS)
def test_scheduled_kernels(model: str) -> None:
    """If a change is meant: ``python -m tests.ad.kernels``, and look at the diff."""
    kept = (FOLDER / f"{model}.txt").read_text(encoding="utf-8")
    assert listing(model) == kept
