"""Long runs: memory while draws go to disk, and chains on threads against processes.

python -m benchmarks.long_run memory [--draws 200000] [--dimension 1000] [--folder PATH]
python -m benchmarks.long_run scaling [--repeats 5] [--draws 20000]

`memory`: the largest resident size of a process that samples a standard normal with one chain and
a store, everything it imports included, and the size of the store. `scaling`: transitions a second
of 4 chains on 2 threads of one process, over those of two processes at once with 2 of these chains
each, on one thread; both after imports and compilation, in turn, round by round.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
import inference
from benchmarks.machine import banner

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MEGABYTES = 300
LEAST_SCALING = 0.95
DIMENSION = 50  # of the density of `scaling`
WARMUP = 300
ROOT = Path(__file__).parents[1]


def density(dimension: int) -> Any:
    """A standard normal, compiled."""
    return ad.density(lambda x: -0.5 * np.sum(x * x), dimension)


def memory(draws: int, dimension: int, folder: str | None) -> None:
    """Print what a run with a store takes."""
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = Path(place) / "run"
        found = child("stored", str(draws), str(dimension), str(store))
        size = sum(file.stat().st_size for file in store.rglob("*") if file.is_file())
    print(
        f"{draws} draws of {dimension} parameters: {found['megabytes']:.0f} MB of memory (at most "
        f"{MOST_MEGABYTES}), {size / 1e6:.0f} MB of disk, {found['seconds']:.0f} s, of which "
        f"{found['processor']:.0f} s of processor"
    )


def stored(draws: str, dimension: str, store: str) -> dict[str, float]:
    """In a process of its own: sample with a store."""
    begin = time.perf_counter()
    inference.nuts(
        density(int(dimension)), draws=int(draws), warmup=WARMUP, chains=1, seed=1, store=store,
        progress=False,
    )  # fmt: skip
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6,
        "seconds": time.perf_counter() - begin,
        "processor": time.process_time(),
    }


def scaling(draws: int, repeats: int) -> None:
    """Print the speed of threads over that of processes."""
    ratios, speeds = [], []
    for turn in range(repeats):
        shares = {"threads": [([0, 1, 2, 3], 2)], "processes": [([0, 1], 1), ([2, 3], 1)]}
        speed = {}
        for name in list(shares)[:: 1 if turn % 2 else -1]:
            speed[name] = together(draws, turn, shares[name])
        speeds.append(speed["threads"])
        ratios.append(speed["threads"] / speed["processes"])
    print(
        f"4 chains on 2 threads over two processes: {statistics.median(ratios):.3f} (at least "
        f"{LEAST_SCALING}; rounds {', '.join(f'{r:.3f}' for r in sorted(ratios))}); "
        f"{statistics.median(speeds):.3g} transitions a second"
    )


def together(draws: int, seed: int, shares: list[tuple[list[int], int]]) -> float:
    """Transitions a second of processes that sample at the same time, each its chains."""
    programs = [
        start("share", str(draws), str(seed), json.dumps(chains), str(cores))
        for chains, cores in shares
    ]
    for program in programs:
        assert program.stdout is not None
        program.stdout.readline()  # it is ready
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    seconds: list[float] = [json.loads(program.communicate()[0])["seconds"] for program in programs]
    made = sum(len(chains) for chains, _ in shares) * (draws + WARMUP)
    return made / max(seconds)


def share(draws: str, seed: str, chains: str, cores: str) -> dict[str, float]:
    """In a process of its own: wait for the word, and sample some chains."""
    target = density(DIMENSION)
    options: dict[str, Any] = {"cores": int(cores), "progress": False, "warmup": WARMUP}
    inference.nuts(target, draws=100, **options)
    print("ready", flush=True)
    sys.stdin.readline()
    fit = inference.nuts(
        target, draws=int(draws), seed=int(seed), chain_ids=json.loads(chains), **options
    )
    return {"seconds": fit.attributes["sampling_seconds"]}


def start(*arguments: str) -> "subprocess.Popen[str]":
    """Start a part of this script in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.long_run", *arguments],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def child(*arguments: str) -> dict[str, Any]:
    """What this script finds in a process of its own."""
    found = json.loads(start(*arguments).communicate()[0])
    assert isinstance(found, dict)
    return found


def main() -> None:
    """Measure what the command line names."""
    parts: dict[str, Callable[..., dict[str, float]]] = {"stored": stored, "share": share}
    if len(sys.argv) > 1 and sys.argv[1] in parts:
        print(json.dumps(parts[sys.argv[1]](*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description="Long runs.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("memory")
    one.add_argument("--draws", type=int, default=200_000)
    one.add_argument("--dimension", type=int, default=1000)
    one.add_argument("--folder")
    two = commands.add_parser("scaling")
    two.add_argument("--repeats", type=int, default=5)
    two.add_argument("--draws", type=int, default=20_000)
    given = parser.parse_args()
    print(banner())
    if given.command == "memory":
        memory(given.draws, given.dimension, given.folder)
    else:
        scaling(given.draws, given.repeats)


if __name__ == "__main__":
    main()
