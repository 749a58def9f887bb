"""The kernels' machine code: what it needs, and what a warm process imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ad
from inference import native

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
from tests.inference import densities
import inference
fit = inference.nuts(densities.standard(3), draws=20, warmup=20, seed=1)
fit.summary(), str(fit.summary()), fit.warnings()
for name in ("numba", "scipy", "rich", "arviz", "xarray", "matplotlib", "mpmath", "pandas"):
    if name in sys.modules:
        print(name)
print(fit["x"].sum().hex())
"""


def start(cache: Path) -> list[str]:
    environment = {**os.environ, "WENGERT_CACHE": str(cache)}
    done = subprocess.run(  # our own program
        [sys.executable, "-c", PROGRAM],
        capture_output=True, text=True, check=True, cwd=ROOT, env=environment,
    )  # fmt: skip
    return done.stdout.split()


def test_a_warm_process_imports_no_compiler(tmp_path: Path) -> None:
    *cold_imports, cold = start(tmp_path)
    assert "numba" in cold_imports  # the cache was empty: the sampler was compiled
    *warm_imports, warm = start(tmp_path)
    assert warm_imports == []
    assert warm == cold


def test_code_that_needs_numbas_runtime_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "needy_kernels"
    package.mkdir()
    (package / "__init__.py").touch()
    source = Path(native.__file__).parent / "kernels" / "language.py"
    (package / "language.py").write_text(source.read_text())
    (package / "chain.py").write_text(
        "def run(r, w, transitions):\n    print(transitions)\n    return transitions\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RuntimeError, match="must not need Numba's runtime, got"):
        native.compile_object("needy_kernels", "chain")


def test_the_key_follows_every_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_kernels"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "a.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = ad.jit.digest(*native._sources("some_kernels"))
    assert before == ad.jit.digest(*native._sources("some_kernels"))
    (package / "a.py").write_text("x = 2\n")
    assert before != ad.jit.digest(*native._sources("some_kernels"))


def test_the_version_of_numba_is_read_without_importing_it() -> None:
    import numba  # noqa: PLC0415  # only here

    assert numba.__version__.encode() in native._numba_version()
