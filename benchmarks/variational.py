"""Approximations of the gallery's posteriors: errors against reference draws, and time.

    POSTERIORDB=... python -m benchmarks.variational [--models NAME ...] [--draws 4000] [--seeds 3]
        [--peers-dir .peers [--peers numpyro pymc]] [--kept FILE] [--table FILE]

For every model with reference moments in posteriordb and every algorithm: processor seconds from
the model to the draws (of the first run of a process that has fitted others before, compilation
included), gradients and Hessian-vector products, the largest error of a mean in standard
deviations of the reference, the largest relative error of a standard deviation, and Pareto k-hat.
Medians over seeds. Draws are resampled by importance weights where k-hat allows it, the default.

With `--peers` the same of NumPyro's SVI (AutoNormal, AutoMultivariateNormal; Adam at 0.1, halved
every 2,000 of 20,000 steps, so that units of hundreds are in reach and the noise of the last
iterates is small) and PyMC's ADVI (mean-field, full-rank; Adam at 0.01, and its own default), in a
process of its own, one thread: their errors are those of draws of their guides, mapped by our
transforms; seconds have no imports, but compiling, a C compiler's too. One seed. Where a peer has
no model of that name, or fails, its row says so.

Every run becomes a line of `--kept` (JSON) as soon as it ends; runs that are there are not
repeated. `--table FILE` shows what a file holds as tables in Markdown, and runs nothing.
"""

import argparse
import functools
import importlib
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import inference
from benchmarks.machine import banner
from benchmarks.peers import data
from benchmarks.peers.worker import ONE_THREAD

ALGORITHMS: dict[str, Callable[..., Any]] = {
    "laplace": inference.laplace,
    "pathfinder": inference.pathfinder,
    "dadvi": inference.dadvi,
    "bam": inference.bam,
    "bam low rank": lambda *a, **k: inference.bam(*a, family="low_rank", **k),
    "advi mean field": lambda *a, **k: inference.advi(*a, family="mean_field", **k),
    "advi full rank": lambda *a, **k: inference.advi(*a, family="full_rank", **k),
}
# Of each peer: guides, and learning rate (0: the peer's default), steps until it is halved (0:
# never) and steps.
PEERS: dict[str, tuple[tuple[str, ...], tuple[tuple[float, int, int], ...]]] = {
    "numpyro": (("AutoNormal", "AutoMultivariateNormal"), ((0.1, 2000, 20_000),)),
    "pymc": (("advi", "fullrank_advi"), ((0.01, 0, 20_000), (0.0, 0, 10_000))),
}
PATIENCE = 600.0  # seconds that a peer has for one fit
Row = dict[str, Any]


def errors(fit: Any, posterior: Any, model: str) -> tuple[float, float]:
    """Largest error of a mean and of a standard deviation, in the reference's units."""
    stan = importlib.import_module("models._stan")
    moments = importlib.import_module("tests.posteriordb").reference(stan.listed()[model])
    draws = stan.scalars(fit, stan.names(model, posterior.names))
    known = {name: m for name, m in moments.items() if name in draws and m["sd"] > 0.0}
    means = [abs(float(draws[name].mean()) - m["mean"]) / m["sd"] for name, m in known.items()]
    deviations = [abs(float(draws[name].std()) / m["sd"] - 1.0) for name, m in known.items()]
    return max(means), max(deviations)


def measure(name: str, model: str, draws: int, seed: int) -> Row:
    """Seconds, gradients, products, errors and k-hat of one fit of ours."""
    posteriordb = importlib.import_module("tests.posteriordb")
    begin, wall = time.process_time(), time.perf_counter()
    posterior = posteriordb.posterior_of(model)
    fit = ALGORITHMS[name](posterior, draws=draws, seed=seed, progress=False)
    row = {"seconds": time.process_time() - begin, "wall": time.perf_counter() - wall}
    about = fit.attributes
    mean, sd = errors(fit, posterior, model)
    row |= {"gradients": about["gradients"], "products": about["hessian_products"]}
    return row | {"mean": mean, "sd": sd, "khat": fit.khat, "threshold": fit.khat_threshold}


def theirs(python: Path, peer: str, model: str, guide: str, settings: tuple[Any, ...]) -> Row:
    """Seconds, errors and final loss of a peer.

    `settings` are learning rate, steps until it is halved, steps, seed and draws.
    """
    if model not in data.REFERENCES:
        return {"error": "no model"}
    posterior = importlib.import_module("tests.posteriordb").posterior_of(model)
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "data.npz", Path(folder) / "draws.npy"
        np.savez(given, **data.REFERENCES[model]())
        script = Path(__file__).resolve().parent / "peers" / f"{peer}_vi.py"
        command = [python, script, model, given, guide, *settings, made]
        try:
            done = subprocess.run(  # the scripts beside this one
                list(map(str, command)),
                capture_output=True,
                env=os.environ | ONE_THREAD,
                text=True,
                check=False,
                cwd=folder,
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"more than {PATIENCE:.0f} s"}
        if done.returncode or not made.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["no result"]
            return {"error": last[0][:80]}
        told: Row = json.loads(done.stdout.strip().splitlines()[-1])
        xs = np.load(made)
    if not np.isfinite(xs).all():
        return told | {"error": "draws that are not finite"}
    with np.errstate(over="ignore"):
        values = posterior.constrain(xs)
    mean, sd = errors({name: value[None] for name, value in values.items()}, posterior, model)
    return told | {"mean": mean, "sd": sd}


class Runs:
    """Runs that were kept, and new ones."""

    def __init__(self, kept: Path | None) -> None:
        self._kept = kept
        lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
        self.all: list[Row] = [json.loads(line) for line in lines]

    def make(self, model: str, system: str, seed: int, run: Callable[[], Row]) -> None:
        """Run, keep and show, unless it is there."""
        about = {"model": model, "system": system, "seed": seed}
        if any(about.items() <= row.items() for row in self.all):
            return
        row = about | {"load": os.getloadavg()[0]} | run()
        self.all.append(row)
        if self._kept:
            with self._kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def medians(self, model: str, system: str) -> Row | None:
        """Over the seeds; None where there is no run."""
        rows = [row for row in self.all if (row["model"], row["system"]) == (model, system)]
        fine = [row for row in rows if "error" not in row]
        if not fine:
            return rows[0] if rows else None
        keys = [key for key in fine[0] if key not in {"model", "system"}]
        return {key: statistics.median(row[key] for row in fine) for key in keys}

    def show(self, model: str, system: str) -> None:
        """Print a line."""
        row = self.medians(model, system)
        if row is None:
            return
        if "error" in row:
            print(f"{model:22s} {system:34s} {row['error']}", flush=True)
            return
        cells = f"{row['seconds']:8.2f} {row['mean']:9.3f} {row['sd']:9.3f}"
        more = f" {row['khat']:6.2f}" if "khat" in row else f" {'':6s}"
        if "gradients" in row:
            more += f" {row['gradients']:9.0f} {row['products']:9.0f}"
        print(f"{model:22s} {system:34s} {cells}{more}", flush=True)


def label(peer: str, guide: str, settings: tuple[Any, ...]) -> str:
    """Name of a peer's row."""
    rate, halved, steps = settings
    how = f"Adam {rate}" + (", halved" if halved else "") if rate else "default"
    return f"{peer} {guide} {how} {steps}"


def tables(runs: Runs) -> str:
    """Errors of means and deviations, and seconds: a table in Markdown each."""
    models = list(dict.fromkeys(row["model"] for row in runs.all))
    systems = list(dict.fromkeys(row["system"] for row in runs.all))
    parts = []
    for key, title in (("mean", "Error of means"), ("sd", "of deviations"), ("seconds", "Seconds")):
        lines = [f"### {title}", "", "| | " + " | ".join(systems) + " |"]
        lines.append("|---|" + "---|" * len(systems))
        columns: dict[str, list[float]] = {system: [] for system in systems}
        for model in models:
            cells = []
            for system in systems:
                row = runs.medians(model, system)
                if row is None or key not in row:
                    cells.append("-" if row is None or row["error"] == "no model" else "failed")
                    continue
                columns[system].append(row[key])
                mark = (
                    "*"
                    if key != "seconds" and row.get("khat", 0.0) > row.get("threshold", 1)
                    else ""
                )
                cells.append(f"{row[key]:.3g}{mark}")
            lines.append(f"| {model} | " + " | ".join(cells) + " |")
        counted = [f"{statistics.median(c):.3g} ({len(c)})" if c else "-" for c in columns.values()]
        lines.append("| median (of how many) | " + " | ".join(counted) + " |")
        if key != "seconds":
            near = [f"{sum(v <= 0.1 for v in c)}" for c in columns.values()]
            lines.append("| within 0.1 | " + " | ".join(near) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def parser() -> argparse.ArgumentParser:
    """Make the command line's parser."""
    made = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    made.add_argument("--models", nargs="*", default=list(data.REFERENCES))
    made.add_argument("--algorithms", nargs="*", default=list(ALGORITHMS), choices=list(ALGORITHMS))
    made.add_argument("--draws", type=int, default=4000)
    made.add_argument("--seeds", type=int, default=3)
    folder = os.environ.get("WENGERT_PEERS", ".peers")
    made.add_argument("--peers-dir", type=Path, default=Path(folder))
    made.add_argument("--peers", nargs="*", choices=list(PEERS), default=[])
    made.add_argument("--kept", type=Path, help="file of JSON lines for every run; gone on with")
    made.add_argument("--table", type=Path, help="a file to show; nothing is run")
    return made


def ours(runs: Runs, model: str, options: argparse.Namespace) -> None:
    """All algorithms on a model."""
    for name in options.algorithms:

        def run(name: str = name, seed: int = 0) -> Row:
            try:
                return measure(name, model, options.draws, seed)
            except (ArithmeticError, ValueError, RuntimeError) as error:
                return {"error": f"{type(error).__name__}: {error}"[:80]}

        for seed in range(options.seeds):
            runs.make(model, name, seed, functools.partial(run, seed=seed))
        runs.show(model, name)


def main() -> None:
    """Measure and print."""
    options = parser().parse_args()
    if options.table:
        print(tables(Runs(options.table)))
        return
    print(banner())
    print(
        f"{'model':22s} {'algorithm':34s} {'seconds':>8s} {'mean':>9s} {'sd':>9s} {'k-hat':>6s} "
        f"{'gradients':>9s} {'products':>9s}"
    )
    runs = Runs(options.kept)
    for model in options.models:
        ours(runs, model, options)
    for peer in options.peers:
        python = (options.peers_dir / peer / "bin" / "python").absolute()
        if not python.exists():
            print(f"no {peer} in {options.peers_dir}")
            continue
        guides, kinds = PEERS[peer]
        for settings in kinds:
            for model in options.models:
                for guide in guides:
                    system = label(peer, guide, settings)
                    asked = (*settings, 1, options.draws)
                    fit = functools.partial(theirs, python, peer, model, guide, asked)
                    runs.make(model, system, 1, fit)
                    runs.show(model, system)


if __name__ == "__main__":
    main()
