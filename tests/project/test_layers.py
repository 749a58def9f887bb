"""The layers: models -> ppl -> ad and inference -> ad, each reached through its door only."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("ad", "ppl", "inference", "models")
# What each layer may import of the others; the gallery's command line joins it with inference.
ALLOWED = {"ad": (), "ppl": ("ad",), "inference": ("ad",), "models": ("ppl", "ad")}
EXTRA = {"models/__main__.py": ("inference",), "models/_verify.py": ("inference",)}


def imports(tree: ast.AST) -> Iterator[tuple[int, str, str | None]]:
    """(line, module, name or None) of every import statement, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, None
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield node.lineno, module, alias.name
        elif isinstance(node, ast.Call) and _is_import_module(node):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value, None


def _is_import_module(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def doors() -> dict[str, frozenset[str]]:
    """What each layer shows to the others: its `__all__`."""
    shown = {layer: frozenset(importlib.import_module(layer).__all__) for layer in LAYERS[:3]}
    return {**shown, "models": frozenset()}


def violations(root: Path, shown: dict[str, frozenset[str]]) -> list[str]:
    """Broken rules, as ``file:line: import: rule``."""
    found = []
    for layer in LAYERS:
        for path in sorted((root / layer).rglob("*.py")):
            relative = path.relative_to(root).as_posix()
            for line, module, name in imports(ast.parse(path.read_text(encoding="utf-8"))):
                rule = broken(relative, module, name, shown)
                if rule:
                    imported = module if name is None else f"{module}.{name}"
                    found.append(f"{relative}:{line}: {imported}: {rule}")
    return found


def broken(
    relative: str, module: str, name: str | None, shown: dict[str, frozenset[str]]
) -> str | None:
    """The rule that an import in the file `relative` breaks, or None."""
    layer = relative.split("/", 1)[0]
    if module.startswith("."):
        up = len(module) - len(module.lstrip("."))
        depth = relative.count("/")
        return "a relative import must stay in its layer" if up > depth else None
    target = module.split(".", 1)[0]
    if target in {"tests", "benchmarks"}:
        return "the library must not import its tests"
    if target not in LAYERS or target == layer:
        return None
    if target not in (*ALLOWED[layer], *EXTRA.get(relative, ())):
        return f"{layer} may import {', '.join(ALLOWED[layer]) or 'no other layer'}"
    if target == "models":
        return None
    if module != target:
        return f"{target} is reached through its door: import {target}"
    if name is not None and name not in shown[target]:
        return f"{name} is not in {target}.__all__"
    return None


def test_layers() -> None:
    found = violations(ROOT, doors())
    assert not found, "\n".join(found)


def test_every_layer_was_looked_at() -> None:
    for layer in LAYERS:
        assert list((ROOT / layer).rglob("*.py"))


SHOWN = {
    "ad": frozenset({"grad", "special"}),
    "ppl": frozenset({"Normal"}),
    "inference": frozenset({"nuts"}),
    "models": frozenset[str](),
}
CONTROLS = [
    ("ad/core.py", "import ppl", "ad may import no other layer"),
    ("ad/core.py", "from inference import nuts", "ad may import no other layer"),
    ("ppl/core.py", "import inference", "ppl may import ad"),
    ("ppl/core.py", "from ad.graph import Node", "reached through its door"),
    ("ppl/core.py", "import ad.graph", "reached through its door"),
    ("ppl/core.py", "from ad import graph", "graph is not in ad.__all__"),
    ("ppl/core.py", "def f():\n    from ad.graph import Node", "reached through its door"),
    ("ppl/core.py", "import importlib\nimportlib.import_module('ad.graph')", "through its door"),
    ("inference/core.py", "import ppl", "inference may import ad"),
    ("inference/core.py", "from .. import ppl", "must stay in its layer"),
    ("models/eight.py", "import inference", "models may import ppl, ad"),
    ("models/eight.py", "from ppl.handlers import sample", "reached through its door"),
    ("ad/core.py", "import tests.ad.harness", "must not import its tests"),
]
ALLOWED_CASES = [
    ("ad/lower/core.py", "from ad.graph import Node\nfrom ..graph import Node\nimport numpy"),
    ("ppl/core.py", "import ad\nfrom ad import grad, special\nfrom . import sites"),
    ("inference/core.py", "import ad\nimport addict_of_another_name"),
    ("models/eight.py", "import ppl\nfrom ppl import Normal"),
    ("models/__main__.py", "import inference\nimport ppl"),
]


def planted(root: Path, relative: str, text: str) -> list[str]:
    file = root / relative
    file.parent.mkdir(parents=True)
    file.write_text(text + "\n")
    return violations(root, SHOWN)


@pytest.mark.parametrize(("relative", "text", "rule"), CONTROLS)
def test_a_broken_rule_is_found(tmp_path: Path, relative: str, text: str, rule: str) -> None:
    (found,) = planted(tmp_path, relative, text)
    assert found.startswith(f"{relative}:{text.count(chr(10)) + 1}: ")
    assert rule in found


@pytest.mark.parametrize(("relative", "text"), ALLOWED_CASES)
def test_what_is_allowed_is_let_pass(tmp_path: Path, relative: str, text: str) -> None:
    assert not planted(tmp_path, relative, text)
