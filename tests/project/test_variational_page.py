"""docs/variational.md runs, block after block, as it stands."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs" / "variational.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_page_runs(tmp_path: Path) -> None:
    assert len(BLOCKS) == 9
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
    assert "estimate" in done.stdout  # the table of a maximum
