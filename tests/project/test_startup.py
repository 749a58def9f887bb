"""What importing the library brings in: the slow packages only when they are needed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLOW = ("numba", "scipy", "rich", "arviz", "matplotlib", "pandas", "xarray", "mpmath")


def loaded(code: str) -> set[str]:
    """Which of the slow packages are in a fresh process after running `code`."""
    probe = f"import sys\n{code}\nprint(*sorted(m for m in {SLOW!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split("\n")[-2].split())


@pytest.mark.parametrize("layer", ["ad", "ppl", "inference", "ad, ppl, inference"])
def test_importing_brings_in_nothing_slow(layer: str) -> None:
    assert not loaded(f"import {layer}")


def test_a_small_density_needs_nothing_slow() -> None:
    code = "import numpy as np, ad\nad.density(lambda x: -np.sum(np.exp(x)), 3).logdensity([0]*3)"
    assert not loaded(code)


def test_the_probe_sees_what_is_there() -> None:
    assert "mpmath" in loaded("import mpmath")
