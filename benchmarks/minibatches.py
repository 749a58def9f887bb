"""50,000 steps over a million rows of a memory map: memory, and microseconds a step.

    python -m benchmarks.minibatches [--rows 1000000] [--steps 50000]

Linear regression on 20 predictors in single precision on disk, batches of 128 rows. Shown is the
memory that belongs to the process alone (RssAnon); pages of the file, which the system may take
back at any time, are counted apart (RssFile).
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import ppl
from benchmarks.machine import banner
from inference import optimizers

PREDICTORS, BATCH = 20, 128


def model(x: Any, y: Any) -> None:
    """Linear regression in batches."""
    b = ppl.sample("b", ppl.Normal(np.zeros(PREDICTORS), 1))
    sigma = ppl.sample("sigma", ppl.HalfNormal(1))
    with ppl.plate("row", len(y), subsample_size=BATCH) as i:
        ppl.sample("y", ppl.Normal(x[i] @ b, sigma), obs=y[i])


def memory() -> dict[str, float]:
    """Resident memory in MiB, by kind."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(":") for line in lines if line.startswith("Rss"))
    return {name: int(value.split()[0]) / 1024 for name, value in pairs}


def written(folder: Path, rows: int) -> tuple[Any, Any, Any]:
    """Predictors and responses on disk, written in blocks; true coefficients."""
    rng = np.random.default_rng(0)
    truth = rng.normal(size=PREDICTORS)
    x = np.memmap(folder / "x", dtype=np.float32, mode="w+", shape=(rows, PREDICTORS))
    y = np.memmap(folder / "y", dtype=np.float32, mode="w+", shape=(rows,))
    for start in range(0, rows, 50_000):
        part = rng.normal(size=(min(50_000, rows - start), PREDICTORS))
        x[start : start + len(part)] = part
        y[start : start + len(part)] = part @ truth + 0.5 * rng.normal(size=len(part))
    x.flush()
    y.flush()
    del x, y
    again = np.memmap(folder / "x", dtype=np.float32, mode="r", shape=(rows, PREDICTORS))
    return again, np.memmap(folder / "y", dtype=np.float32, mode="r", shape=(rows,)), truth


def main() -> None:
    """Print memory as steps are made."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=50_000)
    given = parser.parse_args()
    print(banner())
    with tempfile.TemporaryDirectory() as folder:
        x, y, truth = written(Path(folder), given.rows)
        print(f"before: {memory()}")
        objective = ppl.ELBO(model, ppl.AutoNormal(model), x, y)
        rng = np.random.default_rng(1)
        rule = optimizers.Adam(optimizers.Exponential(0.01, factor=0.5, period=given.steps // 8))
        at = objective.initial(rng)
        begin = time.perf_counter()
        for k in range(given.steps):
            _, gradient = objective.value_and_gradient(at, rng)
            rule.step(at, -gradient)
            if k in (100, given.steps // 10, given.steps // 2, given.steps - 1):
                rounded = {name: round(value, 1) for name, value in memory().items()}
                print(f"step {k}: MiB {rounded}", flush=True)
        spent = (time.perf_counter() - begin) / given.steps
        wrong = np.abs(objective.constrain(at)["auto_b_loc"] - truth).max()
        print(f"{1e6 * spent:.1f} us a step; largest error of a coefficient {wrong:.4f}")


if __name__ == "__main__":
    main()
