"""AutoNormal by stochastic gradients, beside NumPyro's: time until means are within 0.05 sd.

    python -m benchmarks.guides [--peers-dir .peers] [--seeds 3] [--kept FILE]

Both fit a factorised normal guide with Adam, all rows and one draw a step, each with its default
start, in a process of its own with one thread, and with the same learning rates, which are halved
every so many steps (at a constant 0.01 the noise of the iterates alone is 0.2 sd). The learning
rate is chosen for each system and seed, after the fact: what counts is the best of them. Seconds
are processor seconds from the model function with its data to the first block of 50 steps at whose
end the means of all parameters on the unconstrained scale are wrong by less than 0.05 posterior
standard deviations on average; tracing and compiling count, imports do not. The reference is a run
of NUTS (2 chains of 500 draws).

Ours is shown by its own score and sticking the landing, with an empty cache on the very first run
(which makes the code of vector mathematics and matrix products, once for a machine) and from the
next model on. NumPyro's is shown as `SVI.run` starts it, with the first step compiled as a whole,
and from the medians of prior draws (our default) too.

The last rows are fits of whole densities, to their own ends: seconds from the model to the law, and
the error of its means.

Every run becomes a line of `--kept` (JSON) as soon as it ends; runs that are there are not
repeated, and one that takes longer than the best learning rate of the same row is stopped.
"""

import argparse
import importlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

import inference
from benchmarks.machine import banner
from benchmarks.peers import data
from benchmarks.peers.worker import ONE_THREAD, ROOT

BLOCK, BLOCKS, CLOSE = 50, 160, 0.05
RATES = ((0.1, 200), (0.05, 400), (0.02, 1000))  # learning rate, and steps until it is halved
PROBLEMS = ("logistic_10kx100", "hier_1000x20k")
OURS = {  # the last two words for `ours_svi.py`
    "wengert": ("score", "next"),
    "wengert, sticking the landing": ("landing", "next"),
    "  the same, first run ever": ("landing", "first"),
}
THEIRS = {
    "numpyro": "run",
    "numpyro, first step compiled": "compiled",
    "numpyro, the same from medians": "median",
}
FITS: dict[str, Callable[..., Any]] = {
    "advi": inference.advi,
    "dadvi": lambda *a, **k: inference.dadvi(*a, covariance="mean_field", **k),
}
Truth = tuple[dict[str, Any], dict[str, Any]]


def by_site(posterior: Any, flat: Any) -> dict[str, Any]:
    """Parts of an unconstrained vector, or of rows of them, by site."""
    shapes = posterior.constrain(np.zeros((1, posterior.dimension)))
    ends = np.cumsum([shapes[site].size for site in posterior.sites])
    return dict(zip(posterior.sites, np.split(flat, ends[:-1], axis=-1), strict=True))


def reference(name: str) -> Truth:
    """Means and standard deviations by name, unconstrained."""
    posterior = importlib.import_module(f"models.{name}").posterior()
    fit = inference.nuts(posterior, draws=500, warmup=500, chains=2, seed=1, progress=False)
    parts = by_site(posterior, fit.unconstrained.reshape(-1, posterior.dimension))
    return (
        {site: part.mean(axis=0) for site, part in parts.items()},
        {site: part.std(axis=0) for site, part in parts.items()},
    )


def error(got: dict[str, Any], truth: Truth) -> float:
    """Mean error of means, in posterior standard deviations."""
    means, spreads = truth
    parts = [np.abs(np.ravel(got[n]) - means[n]) / spreads[n] for n in means]
    return float(np.concatenate(parts).mean())


def until_close(
    command: list[Any], folder: Path, environment: dict[str, str], truth: Truth, patience: float
) -> dict[str, float]:
    """Seconds of a process that tells means block by block; inf if not before `patience`."""
    made = {"seconds": math.inf, "wall": math.inf, "steps": math.inf}
    with subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=os.environ | ONE_THREAD | environment,
        text=True,
    ) as process:
        assert process.stdout is not None
        for number, line in enumerate(process.stdout):
            at = json.loads(line)
            close = error(at["means"], truth) < CLOSE
            if close:
                made = {key: at[key] for key in ("seconds", "wall")}
                made["steps"] = BLOCK * (number + 1)
            if close or at["seconds"] > patience:
                process.kill()
                break
    return made


class Runs:
    """Runs that were kept, and new ones."""

    def __init__(self, kept: Path | None, python: Path, folder: Path) -> None:
        self._kept, self._python, self._folder = kept, python, folder
        lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
        self.all: list[dict[str, Any]] = [json.loads(line) for line in lines]

    def best(self, name: str, who: str, seed: int, truth: Truth) -> None:
        """Run a system with one learning rate after the other; keep the best."""
        patience = math.inf
        best: dict[str, Any] = {"seconds": math.inf}
        for rate in RATES:
            if who in OURS:
                cache = Path(tempfile.mkdtemp(dir=self._folder))
                command = [sys.executable, "-m", "benchmarks.peers.ours_svi", name, *rate]
                command += [BLOCKS, BLOCK, seed, *OURS[who]]
                words: dict[str, str] = {"WENGERT_CACHE": str(cache)}
                made = until_close(command, ROOT, words, truth, patience)
            else:
                path = self._folder / f"{name}.npz"
                np.savez(path, **getattr(data, name)())
                command = [self._python, "numpyro_svi.py", name, path, *rate]
                command += [BLOCKS, BLOCK, seed, THEIRS[who]]
                made = until_close(command, ROOT / "benchmarks" / "peers", {}, truth, patience)
            if made["seconds"] < best["seconds"]:
                best = made | {"rate": rate}
                patience = best["seconds"]
        self.keep({"model": name, "system": who, "seed": seed, **best})

    def whole(self, name: str, algorithm: str, seed: int, truth: Truth) -> None:
        """Fit the density to the algorithm's own end."""
        begin, wall = time.process_time(), time.perf_counter()
        posterior = importlib.import_module(f"models.{name}").posterior()
        fit = FITS[algorithm](posterior, draws=100, resample=False, seed=seed, progress=False)
        made = {"seconds": time.process_time() - begin, "wall": time.perf_counter() - wall}
        made["error"] = error(by_site(posterior, fit.mean), truth)
        self.keep({"model": name, "system": f"inference.{algorithm}", "seed": seed, **made})

    def keep(self, run: dict[str, Any]) -> None:
        """Add a run."""
        run["load"] = os.getloadavg()[0]
        self.all.append(run)
        if self._kept:
            with self._kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(run) + "\n")

    def of(self, name: str, who: str, seed: int | None = None) -> list[dict[str, Any]]:
        """Runs of a system, of one seed or all."""
        return [
            run
            for run in self.all
            if (run["model"], run["system"]) == (name, who) and seed in {None, run["seed"]}
        ]

    def compare(self, name: str, seeds: int) -> None:
        """Run all systems in turn, seed by seed."""
        systems = [*OURS, *(THEIRS if self._python.exists() else ())]
        truth: Truth | None = None
        for seed in range(1, seeds + 1):
            for who in [*systems, *(f"inference.{name}" for name in FITS)]:
                if self.of(name, who, seed):
                    continue
                truth = truth or reference(name)
                if who in systems:
                    self.best(name, who, seed, truth)
                else:
                    self.whole(name, who.rpartition(".")[2], seed, truth)

    def table(self, name: str) -> str:
        """Medians over the seeds."""
        lines = [f"{name:34s} {'seconds':>8s} {'wall':>7s} {'steps':>7s} {'error':>6s}   each seed"]
        for who in [*OURS, *THEIRS, *(f"inference.{name}" for name in FITS)]:
            runs = self.of(name, who)
            if not runs:
                lines.append(f"  {who:32s} absent")
                continue
            cells = []
            for key, width, form in (
                ("seconds", 8, ".2f"),
                ("wall", 7, ".1f"),
                ("steps", 7, ".0f"),
                ("error", 6, ".3f"),
            ):
                known = [run[key] for run in runs if key in run]
                cells.append(f"{statistics.median(known):{width}{form}}" if known else " " * width)
            each = " ".join(f"{run['seconds']:.2f}" for run in runs)
            lines.append(f"  {who:32s} {' '.join(cells)}   {each}")
        return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    folder = os.environ.get("WENGERT_PEERS", ".peers")
    parser.add_argument("--peers-dir", type=Path, default=Path(folder))
    parser.add_argument("--problems", nargs="+", default=PROBLEMS, choices=PROBLEMS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--kept", type=Path, help="file of JSON lines for every run; gone on with")
    arguments = parser.parse_args()
    python = (arguments.peers_dir / "numpyro" / "bin" / "python").absolute()
    print(banner())
    print("processor seconds until means are within 0.05 sd, best learning rate: medians of seeds")
    with tempfile.TemporaryDirectory() as place, threadpoolctl.threadpool_limits(1):
        runs = Runs(arguments.kept, python, Path(place))
        for name in arguments.problems:
            runs.compare(name, arguments.seeds)
            print(runs.table(name), flush=True)


if __name__ == "__main__":
    main()
