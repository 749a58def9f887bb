"""The asking side of `benchmarks.peers.serve`: processes of the systems that are compared."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


class AnswerError(RuntimeError):
    """What a system said instead of an answer."""


@dataclass(frozen=True)
class Command:
    """How a system is started.

    Attributes
    ----------
    name : str
        In the table.
    words : tuple of str
        The command; the core is appended.
    environment : dict of str to str
        Over that of this process.
    """

    name: str
    words: tuple[str, ...]
    environment: dict[str, str]


def ours(cache: Path, pointwise: bool) -> Command:
    """Our own system, with a cache folder to itself."""
    folder = cache / ("pointwise" if pointwise else "ours")
    folder.mkdir()
    words = [sys.executable, "-m", "benchmarks.peers.ours"]
    name = "pointwise" if pointwise else "ours"
    return Command(name, tuple(words), {"WENGERT_CACHE": str(folder)})


def peer(name: str, folder: Path) -> Command | None:
    """A peer in its virtual environment; None where that is absent."""
    for python in (folder / name / "bin" / "python", folder / name / "Scripts" / "python.exe"):
        if python.exists():
            build = {"STAN_BUILD": str(folder / "build")}
            return Command(name, (str(python), "-m", f"benchmarks.peers.{name}_peer"), build)
    return None


class Worker:
    """A running system."""

    def __init__(self, command: Command, core: int) -> None:
        self.name = command.name
        words = [*command.words, str(core)]
        if command.name == "pointwise":
            words.append("--pointwise")
        # A peer must not find this library's environment.
        inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "VIRTUAL_ENV")}
        self._process = subprocess.Popen(
            words,
            cwd=ROOT,
            env={**inherited, **ONE_THREAD, **command.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, task: str, **more: Any) -> dict[str, Any]:
        """Ask for one thing.

        Raises
        ------
        AnswerError
            With what the system said.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps({"do": task, **more}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise AnswerError(f"{self.name}: its process has ended") from None
        line = process.stdout.readline()
        if not line:
            raise AnswerError(f"{self.name}: its process has ended")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise AnswerError(f"{self.name}: {reply['error']}")
        return reply

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def posterior_point(model: str, seed: int) -> list[float]:
    """An unconstrained point of the posterior, found in a process with the user's own cache."""
    words = [sys.executable, "-m", "benchmarks.peers.point", model, str(seed)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    found: list[float] = json.loads(done.stdout)
    return found
