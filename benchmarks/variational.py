"""Approximations of the gallery's posteriors: errors against reference draws, and wall time.

    POSTERIORDB=... python -m benchmarks.variational [--models NAME ...] [--draws 4000] [--seeds 3]
        [--peers-dir .peers [--peers numpyro pymc]]

For every model with reference moments in posteriordb and every algorithm: seconds from the model to
the draws (compilation included, the second run of the process), gradients and Hessian-vector
products, the largest error of a mean in standard deviations of the reference, the largest error of
a standard deviation, and Pareto k-hat. Medians over seeds.

With `--peers` the same of NumPyro's SVI (AutoNormal, AutoMultivariateNormal; Adam) and PyMC's ADVI
(mean-field, full-rank; its own default and Adam), each for several numbers of steps and learning
rates, in a process of its own, one thread: their errors are those of draws of their guides, mapped
by our transforms; seconds have no imports, but compiling. One seed. Where a peer has no model of
that name there is no row.
"""

import argparse
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

ALGORITHMS: dict[str, Callable[..., Any]] = {
    "laplace": inference.laplace,
    "pathfinder": inference.pathfinder,
    "dadvi": inference.dadvi,
    "bam": inference.bam,
    "bam low rank": lambda *a, **k: inference.bam(*a, family="low_rank", **k),
    "advi mean field": lambda *a, **k: inference.advi(*a, family="mean_field", **k),
    "advi full rank": lambda *a, **k: inference.advi(*a, family="full_rank", **k),
}


def errors(fit: Any, posterior: Any, model: str) -> tuple[float, float]:
    """Largest error of a mean and of a standard deviation, in the reference's units."""
    stan = importlib.import_module("models._stan")
    moments = importlib.import_module("tests.posteriordb").reference(stan.listed()[model])
    draws = stan.scalars(fit, stan.names(model, posterior.names))
    known = {name: m for name, m in moments.items() if name in draws and m["sd"] > 0.0}
    means = [abs(float(draws[name].mean()) - m["mean"]) / m["sd"] for name, m in known.items()]
    deviations = [abs(float(draws[name].std()) / m["sd"] - 1.0) for name, m in known.items()]
    return max(means), max(deviations)


def measure(name: str, model: str, draws: int, seeds: int) -> list[float]:
    """Seconds, gradients, products, errors and k-hat: medians over seeds."""
    posteriordb = importlib.import_module("tests.posteriordb")
    results = []
    for seed in range(seeds):
        begin = time.perf_counter()
        posterior = posteriordb.posterior_of(model)
        fit = ALGORITHMS[name](posterior, draws=draws, seed=seed, progress=False)
        spent = time.perf_counter() - begin
        about = fit.attributes
        counts = (about["gradients"], about["hessian_products"])
        results.append([spent, *counts, *errors(fit, posterior, model), fit.khat])
    return [statistics.median(column) for column in zip(*results, strict=True)]


PEERS: dict[str, tuple[tuple[str, ...], tuple[tuple[float, int], ...]]] = {
    # guides, and pairs of learning rate (0: the peer's default) and steps
    "numpyro": (
        ("AutoNormal", "AutoMultivariateNormal"),
        ((0.01, 2000), (0.01, 20_000), (0.001, 50_000)),
    ),
    "pymc": (("advi", "fullrank_advi"), ((0.0, 10_000), (0.01, 20_000))),
}


def theirs(
    python: Path, peer: str, model: str, guide: str, settings: tuple[float, int, int]
) -> list[float] | None:
    """Seconds, errors and final loss of a peer; None where it has no such model or failed.

    `settings` are learning rate, steps and draws.
    """
    rate, steps, draws = settings
    if not hasattr(data, model):
        return None
    posterior = importlib.import_module("tests.posteriordb").posterior_of(model)
    environment = os.environ | {
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
        "OMP_NUM_THREADS": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "data.npz", Path(folder) / "draws.npy"
        np.savez(given, **getattr(data, model)())
        script = Path(__file__).resolve().parent / "peers" / f"{peer}_vi.py"
        command = [python, script, model, given, guide, rate, steps, 1, draws, made]
        done = subprocess.run(  # the scripts beside this one
            list(map(str, command)),
            capture_output=True,
            env=environment,
            text=True,
            check=False,
            cwd=folder,
        )
        if done.returncode or not made.exists():
            last = done.stderr.strip().splitlines()[-1:] or ["no result"]
            print(f"{model:20s} {peer} {guide}: {last[0][:80]}")
            return None
        told = json.loads(done.stdout.strip().splitlines()[-1])
        values = posterior.constrain(np.load(made))
    draws_of = {name: value[None] for name, value in values.items()}
    return [told["seconds"], *errors(draws_of, posterior, model), told["loss"]]


def peer_rows(folder: Path, peers: list[str], model: str, draws: int) -> None:
    """Print the rows of the peers."""
    for peer in peers:
        python = (folder / peer / "bin" / "python").absolute()
        if not python.exists():
            print(f"no {peer} in {folder}")
            continue
        guides, settings = PEERS[peer]
        for guide in guides:
            for rate, steps in settings:
                row = theirs(python, peer, model, guide, (rate, steps, draws))
                if row is None:
                    break
                label = f"{peer} {guide} {rate or 'default'}/{steps}"
                print(
                    f"{model:20s} {label:46s} {row[0]:8.2f} {row[1]:7.3f} {row[2]:7.3f} "
                    f"loss {row[3]:.2f}",
                    flush=True,
                )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="*")
    parser.add_argument("--algorithms", nargs="*", default=list(ALGORITHMS))
    parser.add_argument("--draws", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=3)
    peers_folder = os.environ.get("WENGERT_PEERS", ".peers")
    parser.add_argument("--peers-dir", type=Path, default=Path(peers_folder))
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=[])
    arguments = parser.parse_args()
    listed = importlib.import_module("models._stan").listed()
    models = importlib.import_module("tests.posteriordb").with_reference(listed)
    print(banner())
    print(
        f"{'model':20s} {'algorithm':16s} {'seconds':>8s} {'gradients':>9s} {'products':>9s} "
        f"{'mean':>7s} {'sd':>7s} {'k-hat':>6s}"
    )
    for model in models:
        if arguments.models and model not in arguments.models:
            continue
        for name in arguments.algorithms:
            try:
                cells = measure(name, model, arguments.draws, arguments.seeds)
            except (ArithmeticError, ValueError, RuntimeError) as error:
                print(f"{model:20s} {name:16s} {type(error).__name__}: {error}")
                continue
            seconds, gradients, products, mean, sd, khat = np.array(cells)
            print(
                f"{model:20s} {name:16s} {seconds:8.2f} {gradients:9.0f} {products:9.0f} "
                f"{mean:7.3f} {sd:7.3f} {khat:6.2f}",
                flush=True,
            )
        peer_rows(arguments.peers_dir, arguments.peers, model, arguments.draws)


if __name__ == "__main__":
    main()
