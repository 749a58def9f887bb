"""docs/adding.md, tried for real: its blocks go into a copy of the tree, whose tests must pass."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```python (\w+)(?:=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree with the page's blocks applied."""
    copy = tmp_path_factory.mktemp("adding")
    for name in ("ad", "ppl", "inference", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for action, target, text in BLOCK.findall((ROOT / "docs/adding.md").read_text("utf-8")):
        if action == "create":
            (copy / target).write_text(text, encoding="utf-8")
        elif action == "append":
            path = copy / target
            path.write_text(path.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")
        else:
            with (copy / "run.py").open("a", encoding="utf-8") as file:
                file.write(text)
    return copy


def run(tree: Path, *arguments: str) -> None:
    # The copy comes before the installed packages on the path.
    start = (
        f"import runpy, sys; sys.path.insert(0, {str(tree)!r}); sys.argv = {list(arguments)!r}; "
    )
    if arguments[0].endswith(".py"):
        start += "runpy.run_path(sys.argv[0])"
    else:
        start += "runpy.run_module(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", start],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def run_tests(tree: Path, file: str, which: str) -> None:
    run(tree, "pytest", "-q", "-p", "no:cacheprovider", file, "-k", which)


def test_the_operation_and_the_kernel_work(tree: Path) -> None:
    run(tree, "run.py")


def test_the_kernel_passes_its_derived_tests(tree: Path) -> None:
    run_tests(tree, "tests/inference/test_markov.py", "crank_nicolson")


def test_the_operation_passes_its_derived_tests(tree: Path) -> None:
    run_tests(tree, "tests/ad/test_operations.py", "softsign")


def test_the_distribution_passes_its_derived_tests(tree: Path) -> None:
    run_tests(tree, "tests/ppl/test_distributions.py", "HyperbolicSecant")


def test_a_row_without_reference_fails(tree: Path) -> None:
    references = tree / "tests/ad/references.py"
    text = references.read_text(encoding="utf-8")
    references.write_text(text.replace('REFERENCES["softsign"]', "_"), encoding="utf-8")
    with pytest.raises(AssertionError):
        run_tests(tree, "tests/ad/test_operations.py", "softsign or every or missing")
    references.write_text(text, encoding="utf-8")
