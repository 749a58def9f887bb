"""Effective samples a second, and a gradient, beside Stan, NumPyro, nutpie and stanli.

    python -m benchmarks.sampling [--models NAME ...] [--peers NAME ...] [--seeds 5] [--kept FILE]

Each system is a process of its own on one core, with its defaults and one thread; all sample in
turn, seed by seed, four chains of 1000 warmup and 1000 draws. Of a run count: processor seconds of
its chains; the seconds to prepare the density and the sampler; the smallest rank-normalised bulk
effective sample size over the parameters, by one estimator for all (`inference.diagnostics`);
gradients after warmup; divergences; R-hat. The strict gate is R-hat at most 1.01, bulk and tail
effective sample sizes of 400, no divergence. An absent peer is left out, and said so;
benchmarks/README.md says how to install them.

Every run becomes a line of `--kept` (JSON) as soon as it ends; runs that are there already are not
repeated, so a long comparison can be interrupted, and made of several files:

    python -m benchmarks.sampling --table FILE ...
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gradients import program, started
from benchmarks.machine import banner
from benchmarks.peers import data, worth
from benchmarks.peers.worker import ROOT, AnswerError, Worker
from inference import diagnostics

PEERS = ("stanli", "numpyro", "nutpie", "httpstan")
# Those of posteriordb's collection that all systems have a program of.
MODELS = tuple(name for name in data.POSTERIORDB if name != "ark_loop")
Run = dict[str, Any]


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
    made.add_argument(
        "--patience",
        type=float,
        default=120.0,
        help="processor seconds after which a system gets no further seed of a model",
    )
    made.add_argument("--kept", type=Path, help="file of JSON lines for every run; gone on with")
    made.add_argument("--table", type=Path, nargs="+", help="files to show; nothing is run")
    return made


def read(paths: list[Path]) -> list[Run]:
    """Runs that were kept; of the same run twice, the later."""
    lines = [line for path in paths if path.exists() for line in path.read_text().splitlines()]
    runs = [json.loads(line) for line in lines]
    return list({(run["model"], run["system"], run.get("seed")): run for run in runs}.values())


def measure(draws: Any) -> dict[str, float]:
    """What draws, shape (chain, draw, scalar), are worth: the worst of the parameters."""
    return {
        "bulk": float(np.min(diagnostics.ess_bulk(draws))),
        "tail": float(np.min(diagnostics.ess_tail(draws))),
        "rhat": float(np.max(diagnostics.rhat(draws))),
    }


class Comparison:
    """Runs of a model by all systems, in turn."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.options = options
        self._folder = folder
        self.runs = read([options.kept]) if options.kept else []

    def of(self, model: str, system: str) -> list[Run]:
        """What there is of a system on a model."""
        return [run for run in self.runs if (run["model"], run["system"]) == (model, system)]

    def _keep(self, run: Run) -> None:
        self.runs.append(run)
        if self.options.kept:
            with self.options.kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(run) + "\n")

    def _wants(self, model: str, system: str) -> bool:
        """Whether a system has seeds of a model left, and has not been slow or failed."""
        there = self.of(model, system)
        spent = sum(run.get("seconds", 0.0) for run in there)
        failed = any("error" in run for run in there)
        return not failed and len(there) < self.options.seeds and spent < self.options.patience

    def compare(self, model: str, workers: list[Worker]) -> None:
        """Sample a model until every system has its seeds, or has taken too long."""
        active = [worker for worker in workers if self._wants(model, worker.name)]
        path = str(data.write(model, self._folder))
        prepared = {}
        for worker in list(active):
            text = program(model, worker.name)
            try:
                said = worker.ask("prepare", model=model, data=path, program=text)
            except AnswerError as error:
                self._keep({"model": model, "system": worker.name, "error": str(error)})
                active.remove(worker)
            else:
                prepared[worker.name] = said["seconds"]
        for _ in range(self.options.seeds):
            for worker in list(active):
                if self._wants(model, worker.name):
                    self._sample(model, worker, prepared[worker.name])

    def _sample(self, model: str, worker: Worker, prepared: float) -> None:
        """Sample with the first seed that is not there yet."""
        file = str(self._folder / f"{worker.name}.npy")
        seed = len(self.of(model, worker.name))
        words = {name: getattr(self.options, name) for name in ("chains", "warmup", "draws")}
        about = {"model": model, "system": worker.name, "seed": seed}
        begin = time.perf_counter()
        try:
            run = worker.ask("sample", seed=seed, file=file, **words)
        except AnswerError as error:
            self._keep(about | {"error": str(error)})
            return
        draws = np.load(file)
        self._keep(
            about
            | {"preparation": prepared, "wall": time.perf_counter() - begin}
            | {"load": os.getloadavg()[0]}
            | run
            | measure(draws)
        )


def main() -> None:
    """Measure, print, and write what was asked for."""
    options = parser().parse_args()
    if options.table:
        print(worth.table(read(options.table)))
        return
    print(banner())
    with tempfile.TemporaryDirectory() as cache:
        comparison = Comparison(options, Path(cache))
        workers, said = started(options, Path(cache), pointwise=False)
        for name, words in said.items():
            print(f"{name}: {words}", flush=True)
        for model in options.models:
            try:
                comparison.compare(model, workers)
            except FileNotFoundError as error:  # a data set that is not in reach
                print(f"{model}: left out. {error}", flush=True)
                continue
            for worker in workers:
                runs = comparison.of(model, worker.name)
                if runs:
                    print(worth.line(model, worker.name, runs), flush=True)
        for worker in workers:
            worker.close()
    print(worth.table(comparison.runs))


if __name__ == "__main__":
    main()
