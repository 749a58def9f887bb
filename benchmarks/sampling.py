"""Effective samples a second, and a gradient, beside NumPyro, nutpie and stanli.

    python -m benchmarks.sampling [--models NAME ...] [--peers NAME ...] [--seeds 5] [--output FILE]

Each system is a process of its own on one core, with its defaults and one thread; all sample in
turn, seed by seed, four chains of 1000 warmup and 1000 draws. Of a run count: processor seconds of
its chains, warmup included; the seconds to prepare the density and the sampler; the smallest
rank-normalised bulk effective sample size over the parameters, by one estimator for all
(`inference.diagnostics`); gradients after warmup; divergences; R-hat. The strict gate is R-hat at
most 1.01, bulk and tail effective sample sizes of 400, no divergence. An absent peer is left out,
and said so; benchmarks/README.md says how to install them.
"""

import argparse
import json
import math
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gradients import program, started
from benchmarks.machine import banner
from benchmarks.peers import data
from benchmarks.peers.worker import ROOT, AnswerError, Worker
from inference import diagnostics

PEERS = ("stanli", "numpyro", "nutpie")
# Those that all systems have a model of.
MODELS = tuple(name for name in data.POSTERIORDB[:12] if name != "ark_loop")
ASKED = {"stanli": (4, 4), "numpyro": (10, 25), "nutpie": (5, 50)}
ASKED_A_GRADIENT = {"stanli": 1.3, "numpyro": 1.3, "nutpie": 1.0}
LABELS = {"stanli": "stanli (Stan's algorithm)", "numpyro": "NumPyro", "nutpie": "nutpie"}


def parser() -> argparse.ArgumentParser:
    """Make the command line's parser."""
    made = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    made.add_argument("--models", nargs="+", default=list(MODELS), choices=list(data.MAKERS))
    made.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    folder = os.environ.get("WENGERT_PEERS", str(ROOT / ".peers"))
    made.add_argument("--peers-dir", type=Path, default=Path(folder), help="or WENGERT_PEERS")
    made.add_argument("--seeds", type=int, default=5)
    made.add_argument("--chains", type=int, default=4)
    made.add_argument("--warmup", type=int, default=1000)
    made.add_argument("--draws", type=int, default=1000)
    made.add_argument("--core", type=int, default=-1, help="where all processes run")
    made.add_argument("--patience", type=float, default=120.0, help="seconds a run may take")
    made.add_argument("--output", type=Path, help="JSON file for every number")
    return made


def worth(draws: Any) -> dict[str, float]:
    """What draws, shape (chain, draw, scalar), are worth: the worst of the parameters."""
    return {
        "bulk": float(np.min(diagnostics.ess_bulk(draws))),
        "tail": float(np.min(diagnostics.ess_tail(draws))),
        "rhat": float(np.max(diagnostics.rhat(draws))),
    }


def passes(run: dict[str, float]) -> bool:
    """Whether a run passes the strict gate."""
    enough = min(run["bulk"], run["tail"]) >= 400
    return enough and run["rhat"] <= 1.01 and run["divergences"] == 0


def measured(
    model: str, workers: list[Worker], options: argparse.Namespace, folder: Path
) -> dict[str, Any]:
    """Runs of a model, by system."""
    path = str(data.write(model, folder))
    result: dict[str, Any] = {}
    ready = []
    for worker in workers:
        text = program(model, worker.name)
        try:
            said = worker.ask("prepare", model=model, data=path, program=text)
        except AnswerError as error:
            result[worker.name] = {"error": str(error)}
        else:
            result[worker.name] = {"prepare": said["seconds"], "runs": []}
            ready.append(worker)
    words = {"chains": options.chains, "warmup": options.warmup, "draws": options.draws}
    for seed in range(options.seeds):
        for worker in list(ready):
            file = str(folder / f"{worker.name}.npy")
            begin = time.perf_counter()
            try:
                run = worker.ask("sample", seed=seed, file=file, **words)
            except AnswerError as error:
                result[worker.name] = {"error": str(error)}
                ready.remove(worker)
                continue
            result[worker.name]["runs"].append(run | worth(np.load(file)))
            if time.perf_counter() - begin > options.patience:
                result[worker.name]["note"] = f"stopped after {seed + 1} seeds, being slow"
                ready.remove(worker)
    return result


def figures(found: dict[str, Any]) -> dict[str, float]:
    """Medians over the seeds of a system on a model."""
    runs = found["runs"]
    once = found["prepare"] + runs[0].get("compiling", 0.0)
    return {
        "rate": statistics.median(run["bulk"] / run["seconds"] for run in runs),
        "whole": statistics.median(run["bulk"] / (run["seconds"] + once) for run in runs),
        "gradient": statistics.median(run["bulk"] / run["gradients"] for run in runs),
        "seconds": statistics.median(run["seconds"] for run in runs),
        "bulk": statistics.median(run["bulk"] for run in runs),
        "passed": sum(passes(run) for run in runs),
        "runs": len(runs),
    }


def line(model: str, name: str, found: dict[str, Any]) -> str:
    """One row of the table."""
    start = f"{model:18s} {name:8s} "
    if not found.get("runs"):
        return f"{start}{found.get('error', 'no run')[:110]}"
    f = figures(found)
    return (
        f"{start}{f['seconds']:9.3f} {f['bulk']:8.0f} {f['rate']:11,.0f} {f['whole']:10,.0f} "
        f"{1000 * f['gradient']:10.2f} {f['passed']:.0f}/{f['runs']:.0f} {found.get('note', '')}"
    )


def summary(results: dict[str, dict[str, Any]], peers: list[str]) -> list[str]:
    """Geometric means of the ratios, ours over theirs, on the models both ran."""
    lines = []
    for name in peers:
        both = [
            (figures(r["ours"]), figures(r[name]))
            for r in results.values()
            if r.get("ours", {}).get("runs") and r.get(name, {}).get("runs")
        ]
        if not both:
            continue

        def mean(key: str, pairs: list[Any] = both) -> float:
            logs = [math.log(ours[key] / theirs[key]) for ours, theirs in pairs]
            return math.exp(statistics.fmean(logs))

        rate, whole = ASKED[name]
        gates = [sum(pair[k]["passed"] for pair in both) for k in (0, 1)]
        lines.append(
            f"ours / {LABELS[name]}, {len(both)} models: ESS a second {mean('rate'):.1f} [{rate}], "
            f"with preparation {mean('whole'):.1f} [{whole}], ESS a gradient "
            f"{mean('gradient'):.2f} [{ASKED_A_GRADIENT[name]}]; strict gate "
            f"{gates[0]:.0f} against {gates[1]:.0f} runs"
        )
    return lines


def main() -> None:
    """Measure, print, and write what was asked for."""
    options = parser().parse_args()
    print(banner())
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as cache:
        workers, said = started(options, Path(cache))
        for worker in [worker for worker in workers if worker.name == "pointwise"]:
            worker.close()
            workers.remove(worker)
        for name, words in said.items():
            if name != "pointwise":
                print(f"{name}: {words}")
        print(
            f"{'':27s} {'seconds':>9s} {'min ESS':>8s} {'ESS/s':>11s} {'with prep.':>10s} "
            f"{'/1000 grad':>10s} gate",
            flush=True,
        )
        for model in options.models:
            try:
                results[model] = measured(model, workers, options, Path(cache))
            except FileNotFoundError as error:  # a data set that is not in reach
                print(f"{model}: left out. {error}", flush=True)
                continue
            for name, found in results[model].items():
                print(line(model, name, found), flush=True)
        for worker in workers:
            worker.close()
    peers = [name for name in options.peers if name in LABELS]
    print("\n".join(summary(results, peers)))
    if options.output is not None:
        everything = {"machine": banner(), "systems": said, "models": results}
        options.output.write_text(json.dumps(everything, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
