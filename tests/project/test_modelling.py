"""docs/modelling.md runs, block after block, as it stands; its models are as short as elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs" / "modelling.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_page_runs(tmp_path: Path) -> None:
    assert len(BLOCKS) == 20
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    script = tmp_path / "page.py"
    script.write_text(start + "\n".join(BLOCKS), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "log density of all sites at this point" in done.stdout
    assert "write it non-centred" in done.stdout


# Lines of the shorter of NumPyro's and PyMC's text of the same model: its head (a function's first
# line, or `with pm.Model(...)`) and its statements.
ELSEWHERE = {"schools": 5, "radon_by_dims": 7}


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_models_are_no_longer_than_elsewhere(name: str) -> None:
    (model,) = re.findall(rf"^def {name}\(.*?(?=^\S|\Z)", "".join(BLOCKS), re.MULTILINE | re.DOTALL)
    lines = [line for line in model.splitlines() if line.strip()]
    assert len(lines) <= ELSEWHERE[name]
