"""docs/differentiation.md runs, and its tables are what it computes."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LESSON = ROOT / "docs" / "differentiation.md"

# Printed after the lesson's own blocks.
TABLES = """
for row in rows:
    print("| " + " | ".join(f"{one:,}" for one in row) + " |")
for n, (differences, forwards, reverse) in costs.items():
    print(f"| {n} | {differences} | {forwards:.1f} | {reverse:.1f} |")
"""


def test_the_lesson_runs_and_its_tables_are_computed(tmp_path: Path) -> None:
    text = LESSON.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python run\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 7
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*blocks, TABLES])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = re.search(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert done.stdout.startswith(shown.group(1))
    printed = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert len(printed) == 9
    missing = [line for line in printed if line not in text.splitlines()]
    assert not missing
