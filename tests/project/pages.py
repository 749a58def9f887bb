"""Pages whose code runs: their blocks, and what these print."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def blocks(page: str, language: str) -> list[str]:
    """Blocks of code in one language, in their order, of a page below the root."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def printed(parts: list[str], folder: Path) -> str:
    """What a script of these parts prints; it must end well. Errors name lines of its file."""
    script = folder / "page.py"
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    script.write_text(start + "\n".join(parts), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
