"""Gradients of the gallery's posteriors, beside Stan, stanli and NumPyro.

    python -m benchmarks.gradients [--models NAME ...] [--peers NAME ...] [--output FILE]

Each system is a process of its own on one core; they are timed in turn, round by round, at the
same point of the posterior, in a loop of compiled code (through the native pointer; through
stanli's C function; in `lax.fori_loop`; in a C++ loop). A system whose gradient or differences of
log densities are not ours is not timed. "pointwise" is this library without sufficient
statistics. benchmarks/README.md says how to install the peers; an absent one is left out.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import banner
from benchmarks.peers import data, table
from benchmarks.peers.worker import ROOT, AnswerError, Worker, ours, peer, posterior_point

PEERS = ("httpstan", "stanli", "numpyro")
ROUND_SECONDS = 0.02
TOLERANCE = 1e-8
Result = dict[str, dict[str, Any]]  # by system


def parser() -> argparse.ArgumentParser:
    """Make the command line's parser."""
    made = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    made.add_argument("--models", nargs="+", default=list(data.MAKERS), choices=list(data.MAKERS))
    made.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    folder = os.environ.get("WENGERT_PEERS", str(ROOT / ".peers"))
    made.add_argument("--peers-dir", type=Path, default=Path(folder), help="or WENGERT_PEERS")
    made.add_argument("--rounds", type=int, default=11)
    made.add_argument("--core", type=int, default=max(_cores()), help="where all processes run")
    made.add_argument("--seed", type=int, default=1, help="of the run that finds the point")
    made.add_argument("--output", type=Path, help="JSON file for every number")
    return made


def _cores() -> set[int]:
    affinity = getattr(os, "sched_getaffinity", None)
    return affinity(0) if affinity is not None else {-1}


def started(
    options: argparse.Namespace, cache: Path, *, pointwise: bool = True
) -> tuple[list[Worker], dict[str, str]]:
    """Processes of the systems, and what each says of itself."""
    kinds = (False, True) if pointwise else (False,)
    workers = [Worker(ours(cache, kind), options.core) for kind in kinds]
    said = {}
    for name in options.peers:
        command = peer(name, options.peers_dir)
        if command is None:
            said[name] = f"absent: no {options.peers_dir / name}; see benchmarks/README.md"
        else:
            workers.append(Worker(command, options.core))
    for worker in list(workers):
        try:
            said[worker.name] = worker.ask("versions")["versions"]
        except AnswerError as error:
            said[worker.name] = f"absent: {error}"
            workers.remove(worker)
    return workers, said


def program(model: str, system: str) -> str:
    """The Stan program of a model; one of a system's own goes before."""
    folder = ROOT / "benchmarks" / "stan"
    own = folder / f"{model}.{system}.stan"
    return str(own if own.exists() else folder / f"{model}.stan")


def disagreement(first: Worker, other: Worker, points: list[list[float]]) -> float:
    """Largest relative error of gradients, and of the difference of log densities."""
    values, worst = [], 0.0
    for x in points:
        a, b = first.ask("gradient", x=x), other.ask("gradient", x=x)
        expected, got = np.array(a["gradient"]), np.array(b["gradient"])
        if expected.shape != got.shape:
            return np.inf
        if not np.all(np.isfinite([b["value"], *got])):  # no number is larger than nan
            return np.inf
        worst = max(worst, float(np.max(np.abs(got - expected)) / np.max(np.abs(expected))))
        values.append((a["value"], b["value"]))
    (a0, b0), (a1, b1) = values  # constants may differ
    scale = max(1.0, abs(a0), abs(a1))
    worst = max(worst, abs((b1 - b0) - (a1 - a0)) / scale)
    return worst if np.isfinite(worst) else np.inf


def calls_of(worker: Worker, x: list[float]) -> int:
    """How many evaluations take about as long as a round should."""
    calls = 1
    worker.ask("loop", x=x, calls=calls)
    while True:
        seconds: float = worker.ask("loop", x=x, calls=calls)["seconds"]
        if seconds > 0.2 * ROUND_SECONDS or calls >= 1_000_000:
            return max(1, round(calls * ROUND_SECONDS / max(seconds, 1e-9)))
        calls *= 4


def prepared(model: str, workers: list[Worker], result: Result) -> list[Worker]:
    """Have all systems prepare a model; those that did."""
    ready = []
    with tempfile.TemporaryDirectory() as folder:
        path = str(data.write(model, Path(folder)))
        for worker in workers:
            text = program(model, worker.name)
            try:
                result[worker.name] = worker.ask("prepare", model=model, data=path, program=text)
            except AnswerError as error:
                result[worker.name] = {"error": str(error)}
            else:
                ready.append(worker)
    return ready


def agreeing(ready: list[Worker], points: list[list[float]], result: Result) -> list[Worker]:
    """The first of the systems, and those whose density and gradient are its."""
    kept = [ready[0]]
    for worker in ready[1:]:
        try:
            apart = disagreement(ready[0], worker, points)
        except AnswerError as error:
            result[worker.name]["error"] = str(error)
            continue
        result[worker.name]["disagreement"] = apart
        if apart <= TOLERANCE:
            kept.append(worker)
        else:
            said = f"{worker.name}: disagrees with ours by {apart:.1e}, not timed"
            result[worker.name]["error"] = said
    return kept


def measured(model: str, workers: list[Worker], options: argparse.Namespace) -> Result:
    """All numbers of one model, by system."""
    result: Result = {}
    ready = prepared(model, workers, result)
    if workers[0] not in ready:
        raise AnswerError(result["ours"]["error"])
    x = posterior_point(model, options.seed)
    near = (np.array(x) + 0.05 * np.random.default_rng(1).standard_normal(len(x))).tolist()
    ready = agreeing(ready, [x, near], result)
    calls, timed = {}, []
    for worker in ready:
        try:
            calls[worker.name] = calls_of(worker, x)
        except AnswerError as error:
            result[worker.name]["error"] = str(error)
        else:
            result[worker.name] |= {"loop": [], "python": []}
            timed.append(worker)
    for _ in range(options.rounds):
        for worker in timed:
            count, times = calls[worker.name], result[worker.name]
            times["loop"].append(worker.ask("loop", x=x, calls=count)["seconds"] / count)
            seconds = worker.ask("python", x=x)["seconds"]
            if seconds is not None:
                times["python"].append(seconds)
    return result


def main() -> None:
    """Measure, print, and write what was asked for."""
    options = parser().parse_args()
    print(banner())
    print(f"core {options.core}, {options.rounds} rounds in turn, medians")
    results: dict[str, Result] = {}
    with tempfile.TemporaryDirectory() as cache:
        workers, said = started(options, Path(cache))
        for name, words in said.items():
            print(f"{name}: {words}")
        print(table.head([worker.name for worker in workers]), flush=True)
        for model in options.models:
            try:
                results[model] = measured(model, workers, options)
            except FileNotFoundError as error:  # a data set that is not in reach
                print(f"{model}: left out. {error}", flush=True)
            else:
                print(table.line(model, results[model]), flush=True)
        memory = workers[0].ask("memory")["megabytes"]
        for worker in workers:
            worker.close()
    if results:
        print(table.summary(results, memory))
    if options.output is not None:
        everything = {"machine": banner(), "systems": said, "models": results, "memory_mb": memory}
        options.output.write_text(json.dumps(everything, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
