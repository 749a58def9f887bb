"""What predictions and pointwise log likelihoods of many draws cost.

``python -m benchmarks.predictions`` draws from a regression's posterior predictive law on new rows,
and computes the log likelihood of every row at every draw: 4,000 draws, 1,000 and 10,000 rows. It
prints the first call in a process, which traces and compiles, and the median of the next ones; and
how much memory the second one takes, as a multiple of its result.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import ppl
from benchmarks.machine import banner

DRAWS = 4_000
COLUMNS = 5
PREDICTED, OBSERVED = 1_000, 10_000
CHAINS = 4


def regression(x: Any, y: Any = None) -> None:
    """Linear regression; `x` has shape (rows, columns)."""
    b = ppl.sample("b", ppl.Normal(np.zeros(x.shape[1]), 1.0))
    sigma = ppl.sample("sigma", ppl.HalfNormal(1.0))
    with ppl.plate("row", len(x)):
        ppl.sample("y", ppl.Normal(x @ b, sigma), obs=y)


def draws(rng: np.random.Generator) -> dict[str, Any]:
    """Stand-ins for a fit: both functions only read arrays."""
    lead = (CHAINS, DRAWS // CHAINS)
    return {"b": rng.normal(size=(*lead, COLUMNS)), "sigma": np.exp(0.1 * rng.normal(size=lead))}


def seconds(call: Callable[[], Any], repeats: int) -> list[float]:
    """Wall time of each of several calls."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def predicting() -> Callable[[], Any]:
    """Make the call that predicts."""
    rng = np.random.default_rng(1)
    fit, x = draws(rng), rng.normal(size=(PREDICTED, COLUMNS))
    return lambda: ppl.predict(regression, fit, x, seed=1)


def evaluating() -> Callable[[], Any]:
    """Make the call that computes log likelihoods."""
    rng = np.random.default_rng(2)
    fit, x = draws(rng), rng.normal(size=(OBSERVED, COLUMNS))
    posterior = ppl.Posterior(regression, x, rng.normal(size=OBSERVED))
    return lambda: ppl.log_likelihood(posterior, fit)


def memory() -> None:
    """Print how far the resident memory of this process grows in the first call, in bytes."""
    call = evaluating()
    before = peak()
    result = call()
    print(peak() - before, result["y"].nbytes)


def peak() -> int:
    """Largest resident memory of this process so far, in bytes (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--memory", action="store_true", help="for the process that is measured")
    options = parser.parse_args()
    if options.memory:
        memory()
        return
    print(banner())
    for name, rows, make, limit in (
        ("predict", PREDICTED, predicting, 1.0),
        ("log_likelihood", OBSERVED, evaluating, 2.0),
    ):
        first, *others = seconds(make(), options.repeats + 1)
        print(
            f"{name:15s} {DRAWS:,} draws x {rows:,} rows: first {first:.2f} s, "
            f"then {statistics.median(others):.2f} s (least {min(others):.2f}); asked {limit:g} s"
        )
    command = [sys.executable, "-m", "benchmarks.predictions", "--memory"]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    grown, size = map(int, told.stdout.split())
    print(
        f"log_likelihood  peak memory grew by {grown / 2**20:.0f} MiB for a result of "
        f"{size / 2**20:.0f} MiB: {grown / size:.2f} times; asked 2"
    )


if __name__ == "__main__":
    main()
