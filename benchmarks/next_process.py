"""What the disk cache leaves for the next process to do: a posterior, beyond running its model.

    python -m benchmarks.next_process [--models NAME ...] [--repeats 7]

A process of its own for each measurement imports a model of the gallery, and makes its posterior:
processor time from the end of the trace to the linked code with its data bound. The first process
of a model, which fills the cache, is not counted.
"""

import argparse
import json
import statistics
import subprocess
import sys

from benchmarks.first_steps import ROOT, surroundings
from benchmarks.machine import banner

PREPARE = """
import importlib, json, sys, time
from unittest import mock
from ad import compiled
from ad.tape_identity import tape_identity

ends = []

def noted(*given):
    ends.append(time.thread_time())
    return tape_identity(*given)

usual = compiled.Path.__init__

def bound(path, *given):
    usual(path, *given)
    ends.append(time.thread_time())
    found.append("program_graph" not in vars(path))

found = []
with mock.patch("ad.compiled.tape_identity", noted), mock.patch.object(
    compiled.Path, "__init__", bound
):
    importlib.import_module(f"models.{sys.argv[1]}").posterior()
print(json.dumps([ends[1] - ends[0], found[0]]))
"""


def measured(model: str) -> tuple[float, bool]:
    """Seconds beyond the trace, and whether the program was found."""
    command = [sys.executable, "-c", PREPARE, model]
    done = subprocess.run(
        command, check=True, cwd=ROOT, capture_output=True, text=True, env=surroundings()
    )
    seconds, found = json.loads(done.stdout)
    return seconds, found


def gallery() -> list[str]:
    """Names of the models that have a posterior of their own."""
    from models.__main__ import names  # noqa: PLC0415 - only the whole gallery needs it

    return names()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--models", nargs="+", default=None)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print(banner(), flush=True)
    print(f"\n{'model':<24}{'median ms':>10}{'least':>8}{'most':>8}")
    medians = []
    for model in options.models or gallery():
        measured(model)
        runs = [measured(model) for _ in range(options.repeats)]
        times = [1e3 * seconds for seconds, _ in runs]
        middle = statistics.median(times)
        note = "" if all(found for _, found in runs) else "  not found"
        medians.append(middle)
        print(f"{model:<24}{middle:10.1f}{min(times):8.1f}{max(times):8.1f}{note}", flush=True)
    print(f"\nmedian {statistics.median(medians):.1f} ms, most {max(medians):.1f} ms")


if __name__ == "__main__":
    main()
