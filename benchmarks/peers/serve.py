"""The worker's side of `benchmarks.gradients`: one system in its own process, asked line by line.

A request is a JSON object on standard input, the answer one on standard output. Whatever a library
prints goes to standard error. Only the standard library is used here: peers have their own
environments. Evaluations are timed by the processor time of the process, so that what else runs on
the machine counts only through caches and memory; so is preparation.
"""

import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

Vector = list[float]
PYTHON_CALLS = 50


class System(Protocol):
    """A system whose gradients are timed."""

    def versions(self) -> str:
        """Names and versions of what is timed."""

    def prepare(self, model: str, data: str, program: str) -> dict[str, Any]:
        """Make the density of a model ready; `data` is a JSON file, `program` a Stan program.

        Gives processor ``seconds`` from the model's text to the first gradient, and more.
        """

    def gradient(self, x: Vector) -> tuple[float, Vector]:
        """Log density and gradient at an unconstrained point."""

    def loop(self, x: Vector, calls: int) -> float:
        """Processor seconds of `calls` evaluations in a loop of compiled code."""

    def call(self, x: Vector) -> Callable[[], object] | None:
        """One evaluation from Python, as a user asks for it; None where there is none."""


def pin(core: int | None) -> None:
    """Keep this process on one core."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {core})


def python_seconds(call: Callable[[], object]) -> float:
    """Processor seconds of one call, from many."""
    gc.disable()
    start = time.process_time()
    for _ in range(PYTHON_CALLS):
        call()
    seconds = time.process_time() - start
    gc.enable()
    return seconds / PYTHON_CALLS


def answer(system: System, request: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    task = request["do"]
    if task == "versions":
        return {"versions": system.versions()}
    if task == "prepare":
        return system.prepare(request["model"], request["data"], request["program"])
    if task == "gradient":
        value, gradient = system.gradient(request["x"])
        return {"value": value, "gradient": gradient}
    if task == "loop":
        return {"seconds": system.loop(request["x"], request["calls"])}
    if task == "python":
        call = system.call(request["x"])
        return {"seconds": None if call is None else python_seconds(call)}
    extra: Callable[[dict[str, Any]], dict[str, Any]] = getattr(system, task)
    return extra(request)


def serve(make: Callable[[], System]) -> None:
    """Answer requests until the input ends; the first argument is the core to stay on."""
    core = int(sys.argv[1]) if len(sys.argv) > 1 else -1
    pin(None if core < 0 else core)
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    system: System | None = None
    for line in sys.stdin:
        try:
            system = system or make()
            reply = answer(system, json.loads(line))
        except Exception as error:  # noqa: BLE001 - said by the caller; the next model may work
            reply = {"error": f"{type(error).__name__}: {error}"[:2000]}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
