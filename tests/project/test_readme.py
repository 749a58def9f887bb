"""The README's code runs, as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.project.pages import ROOT, blocks


def test_python_blocks_run_in_order(tmp_path: Path) -> None:
    script = "\n".join(blocks("README.md", "python"))
    assert "inference.nuts" in script
    # A user's own process and folder: what the README shows must need nothing else.
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=None,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "r_hat" in done.stdout
    assert "(4, 1000, 8)" in done.stdout
    assert "(500, 8)" in done.stdout


def test_there_are_two_commands() -> None:
    commands = "".join(blocks("README.md", "sh")).splitlines()
    assert commands == [
        "python -m pip install -e . && python -m models eight_schools",
        'python -m pip install -e ".[test]" && python -m pytest -n auto',
    ]


def test_every_linked_file_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    missing = [link for link in links if not (ROOT / link).exists()]
    assert links
    assert not missing


def test_the_map_names_every_folder() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `(\w+)/` \|", text, re.MULTILINE))
    assert named == {"ad", "ppl", "inference", "models", "tests", "benchmarks", "docs"}
