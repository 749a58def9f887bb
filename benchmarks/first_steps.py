"""The first things a user waits for, on eight schools.

python benchmarks/first_steps.py [--repeats 7] [--draws 100000]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.machine import banner, in_turn, spread

ROOT = Path(__file__).resolve().parent.parent
MODEL = [sys.executable, "-m", "models", "eight_schools", "--seed", "1"]
IMPORTS = [sys.executable, "-c", "import numpy, llvmlite.binding"]

# Time of the first Posterior of a process. Another model has filled the cache with what is made
# once a machine (vector mathematics), so what is timed is this density alone.
PREPARE = """
import sys, time
import models.eight_schools as model
start = time.perf_counter()
model.posterior()
print(time.perf_counter() - start)
"""

# Wall time and leapfrog steps of a run, warm-up included; a short run first, so that loading the
# sampler is not counted.
SAMPLE = """
import json, sys, time
import inference, models.eight_schools as model
draws, chains, seed = map(int, sys.argv[1:])
posterior = model.posterior()
run = lambda draws, seed: inference.nuts(
    posterior, draws=draws, warmup=1000, chains=chains, cores=chains, seed=seed, progress=False)
run(1000, 0)
start = time.perf_counter()
fit = run(draws, seed)
wall = time.perf_counter() - start
steps = int(fit.sample_stats["n_steps"].sum() + fit.warmup_stats["n_steps"].sum())
print(json.dumps({"wall": wall, "steps": steps}))
"""


def surroundings(**more: str) -> dict[str, str]:
    """Environment of a child process: bytecode may be kept, as it is for users."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | more


def timed(command: list[str], **environment: str) -> float:
    """Wall time of a whole process."""
    start = time.perf_counter()
    subprocess.run(
        command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env=surroundings(**environment)
    )
    return time.perf_counter() - start


def output(script: str, *arguments: object, **environment: str) -> str:
    """What a script prints."""
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=surroundings(**environment),
    ).stdout


def start_to_table(repeats: int) -> None:
    """Second and later runs against the bare imports."""
    a, b, ratios = in_turn(lambda: timed(MODEL), lambda: timed(IMPORTS), repeats)
    print(f"python -m models eight_schools, warm: {spread(a)}")
    print(f"python -c 'import numpy, llvmlite.binding': {spread(b)}")
    print(f"  ratio, pair by pair: {spread(ratios, '')}  [at most 3]")


def first_ever(repeats: int) -> None:
    """All caches empty."""
    times = []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            times.append(timed(MODEL, WENGERT_CACHE=folder))
    print(f"python -m models eight_schools, first run ever: {spread(times)}  [at most 15 s]")


def preparation(repeats: int) -> None:
    """Trace, derive, compile; and the same with the code in the cache."""
    cold, warm = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            output("import models.poisson_regression as m; m.posterior()", WENGERT_CACHE=folder)
            cold.append(1e3 * float(output(PREPARE, WENGERT_CACHE=folder)))
            warm.append(1e3 * float(output(PREPARE, WENGERT_CACHE=folder)))
    print(f"trace + derive + compile, first in a process: {spread(cold, 'ms')}  [at most 100 ms]")
    print(f"  the same, code from the disk cache: {spread(warm, 'ms')}")


def sampling(draws: int, chains: int, seed: int) -> dict[str, float]:
    """One process that samples."""
    result: dict[str, float] = json.loads(output(SAMPLE, draws, chains, seed))
    return result


def leapfrog(repeats: int, draws: int) -> None:
    """Time of one leapfrog step within the native trajectory."""
    times = []
    for repeat in range(repeats):
        run = sampling(draws, 1, repeat)
        times.append(1e6 * run["wall"] / run["steps"])
    print(f"one leapfrog step: {spread(times, 'us')}  [at most 0.5 us]")


def threads(repeats: int, draws: int) -> None:
    """Two chains on two threads against two processes of one chain, at the same time."""

    def together() -> float:
        run = sampling(draws, 2, 1)
        return run["steps"] / run["wall"]

    def apart() -> float:
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda seed: sampling(draws, 1, seed), (1, 2)))
        # As for the threads: all steps, over the time until the slower chain is done.
        return sum(run["steps"] for run in runs) / max(run["wall"] for run in runs)

    a, b, ratios = in_turn(together, apart, repeats)
    print(f"two threads: {spread([x / 1e6 for x in a], 'million steps/s')}")
    print(f"two processes: {spread([x / 1e6 for x in b], 'million steps/s')}")
    print(f"  ratio, pair by pair: {spread(ratios, '')}  [at least 0.9]")


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--draws", type=int, default=100_000)
    options = parser.parse_args()
    print(banner(), flush=True)
    start_to_table(options.repeats)
    first_ever(min(3, options.repeats))
    preparation(options.repeats)
    leapfrog(options.repeats, options.draws)
    threads(options.repeats, options.draws)


if __name__ == "__main__":
    main()
