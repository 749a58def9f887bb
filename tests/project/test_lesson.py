"""docs/differentiation.md runs, and its tables are what it computes."""

import re
from pathlib import Path

from tests.project.pages import ROOT, blocks, printed

PAGE = "docs/differentiation.md"

# Printed after the lesson's own blocks.
TABLES = """
for row in rows:
    print("| " + " | ".join(f"{one:,}" for one in row) + " |")
for n, (differences, forwards, reverse) in costs.items():
    print(f"| {n} | {differences} | {forwards:.1f} | {reverse:.1f} |")
"""


def test_the_lesson_runs_and_its_tables_are_computed(tmp_path: Path) -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    parts = blocks(PAGE, "python run")
    assert len(parts) == 7
    output = printed([*parts, TABLES], tmp_path)
    shown = re.search(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert output.startswith(shown.group(1))
    lines = [line for line in output.splitlines() if line.startswith("|")]
    assert len(lines) == 9
    missing = [line for line in lines if line not in text.splitlines()]
    assert not missing
