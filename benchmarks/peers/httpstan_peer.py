"""Stan itself as a system of the comparisons: stanc and the headers of httpstan's wheel.

A program is translated by stanc, compiled by g++ with -O3 as CmdStan does (headers precompiled,
headers and driver not counted), and linked with a driver of ours that times its gradient and runs
its sampler. What is compiled stays in the folder given by STAN_BUILD.
"""

import hashlib
import importlib.util
import os
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.serve import serve

DRIVER = Path(__file__).resolve().parent / "driver.cpp"
FLAGS = [
    *("-std=c++17", "-O3", "-pthread", "-D_REENTRANT", "-DBOOST_DISABLE_ASSERTS"),
    *("-Wno-sign-compare", "-Wno-ignored-attributes", "-w"),
]
LIBRARIES = [
    *("tbb.so.2", "sundials_cvodes.a", "sundials_idas.a"),
    *("sundials_kinsol.a", "sundials_nvecserial.a"),
]
# Columns of Stan's rows: so many statistics first, among them
STATISTICS = 7
LEAPFROGS = 4
DIVERGENT = 5


def run(command: list[str]) -> str:
    """Run a program; its output."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()[:1000]}")
    return done.stdout


def children_seconds() -> float:
    """Processor seconds of the programs run so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Httpstan:
    """Stan programs compiled to machine code."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("httpstan")
        assert spec is not None
        assert spec.origin is not None
        self._package = Path(spec.origin).parent
        self._build = Path(os.environ["STAN_BUILD"])
        self._build.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[str] | None = None
        self._compiler = os.environ.get("CXX", "g++")
        self._flags = [*FLAGS, f"-I{self._package / 'include'}"]
        self._header = self._build / f"header-{self._key()}.hpp"
        self._driver = self._build / f"driver-{self._key(DRIVER.read_text())}.o"

    def _key(self, *texts: str) -> str:
        """Of what is compiled: the wheel's version, not its place."""
        version = importlib.import_module("importlib.metadata").version("httpstan")
        return hashlib.sha256(repr((version, FLAGS, *texts)).encode()).hexdigest()[:12]

    def versions(self) -> str:
        """Of stanc and the compiler."""
        stanc = run([str(self._package / "stanc"), "--version"]).strip()
        compiler = run([self._compiler, "--version"]).splitlines()[0]
        return f"{stanc}, {compiler}, {' '.join(FLAGS[:2])}"

    def _compile(self, *arguments: str | Path) -> None:
        run([self._compiler, *self._flags, *map(str, arguments)])

    def _common(self) -> None:
        """Compile what all programs share."""
        compiled = self._header.with_name(self._header.name + ".gch")
        if not compiled.exists():
            self._header.write_text("#include <stan/model/model_header.hpp>\n")
            self._compile("-x", "c++-header", self._header, "-o", compiled)
        if not self._driver.exists():
            self._compile("-include", self._header, "-c", DRIVER, "-o", self._driver)

    def prepare(self, model: str, data: str, program: str) -> dict[str, Any]:
        """Translate, compile and link; the time of what is kept is kept too.

        The data are read outside that time.
        """
        self._common()
        compiled = self._build / f"{model}-{self._key(Path(program).read_text())}.o"
        record = compiled.with_suffix(".seconds")
        if not record.exists():
            start = children_seconds()
            self._translate(model, program, compiled)
            record.write_text(str(children_seconds() - start))
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        start = children_seconds()
        binary = self._linked(compiled)
        linking = children_seconds() - start
        self._process = subprocess.Popen(
            [str(binary), data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        dimension = int(self._ask(None))
        return {"seconds": float(record.read_text()) + linking, "dimension": dimension}

    def _translate(self, model: str, program: str, compiled: Path) -> None:
        source = compiled.with_suffix(".cpp")
        # With an output named; it would lie beside the program otherwise, even if printed too.
        named = [f"--name={model}_model", f"--o={source}"]
        run([str(self._package / "stanc"), *named, program])
        self._compile("-include", self._header, "-c", source, "-o", compiled)

    def _linked(self, compiled: Path) -> Path:
        folder, binary = self._package / "lib", compiled.with_suffix("")
        libraries = [f"-l:lib{name}" for name in LIBRARIES]
        options = [f"-L{folder}", f"-Wl,-rpath,{folder}", *libraries]
        self._compile(compiled, self._driver, "-o", binary, *options)
        return binary

    def _ask(self, line: str | None) -> str:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        if line is not None:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        reply = process.stdout.readline()
        if not reply or reply.startswith("error"):
            raise RuntimeError(f"Stan's program stopped: {reply.strip()}")
        return reply

    def gradient(self, x: list[float]) -> tuple[float, list[float]]:
        """At an unconstrained point, up to a constant."""
        numbers = [float(word) for word in self._ask("g " + " ".join(map(repr, x))).split()]
        return numbers[0], numbers[1:]

    def loop(self, x: list[float], calls: int) -> float:
        """In a loop of C++."""
        return float(self._ask(f"t {calls} " + " ".join(map(repr, x))))

    def call(self, x: list[float]) -> Callable[[], object] | None:  # noqa: ARG002 - as all systems
        """It has no call from Python."""
        return None

    def sample(self, request: dict[str, Any]) -> dict[str, Any]:
        """Four chains with CmdStan's defaults, one after the other, for `benchmarks.sampling`."""
        chains, draws = request["chains"], request["draws"]
        file = Path(request["file"]).with_suffix(".rows")
        numbers = [request["seed"] + 1, chains, request["warmup"], draws]
        said = self._ask(" ".join(["s", *map(str, numbers), str(file)])).split()
        columns, warming, drawing = int(said[0]), float(said[1]), float(said[2])
        rows = np.fromfile(file).reshape(chains, draws, columns)
        np.save(request["file"], rows[:, :, STATISTICS:])
        return {
            "seconds": warming + drawing,
            "drawing": drawing,
            "gradients": int(rows[:, :, LEAPFROGS].sum()),
            "divergences": int(rows[:, :, DIVERGENT].sum()),
        }


if __name__ == "__main__":
    serve(Httpstan)
