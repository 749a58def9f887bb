"""What the sampler adds to a gradient: time a leapfrog step beyond it.

python -m benchmarks.leapfrog [--repeats 7] [--dimensions 10 100 1000]

The density is a standard normal, whose gradient is nearly free; everything else is the sampler:
leapfrog, tree, U-turn tests, random numbers, the record of a draw. Processor time of one chain
after warmup, divided by its leapfrog steps, less the time of a gradient in a loop of machine code.
Both are measured in turn, round by round.
"""

import argparse
import statistics
import time
from typing import Any

import numpy as np

import ad
import inference
from benchmarks.machine import banner, spread
from benchmarks.peers.loop import Loop

AT_MOST = {10: 80.0, 100: 250.0, 1000: 2000.0}
STEPS = 2_000_000  # leapfrog steps a round at 10 dimensions, fewer beyond


def density(dimension: int) -> Any:
    """A standard normal, compiled."""
    return ad.density(lambda x: -0.5 * np.sum(x * x), dimension)


def loop_of(target: Any) -> Loop:
    """A native loop over the gradient alone."""
    native = target.native
    x, gradient, value = np.zeros(target.dimension), np.zeros(target.dimension), np.zeros(1)
    space = np.zeros(native.workspace_bytes + 64, np.uint8)
    workspace = space[-space.ctypes.data % 64 :]
    pointers = [array.ctypes.data for array in (x, value, gradient)]
    loop = Loop(native.address, [*pointers, native.data, workspace.ctypes.data], x, gradient)
    loop.keep = (space, value)  # type: ignore[attr-defined]  # memory behind the addresses
    return loop


def sampling(target: Any, draws: int, seed: int, **options: Any) -> tuple[float, float]:
    """Nanoseconds a leapfrog step, and steps a draw; warmup is not counted."""
    marks = []

    def mark(progress: Any) -> None:
        del progress
        marks.append(time.process_time())

    short = inference.nuts(
        target, draws=1, chains=1, seed=seed, progress=False, callback=mark, **options
    )
    start = time.process_time()
    inference.nuts(target, draws=1, chains=1, seed=seed, progress=False, **options)
    warm = time.process_time() - start
    start = time.process_time()
    fit = inference.nuts(target, draws=draws, chains=1, seed=seed, progress=False, **options)
    seconds = time.process_time() - start - warm
    steps = int(fit.sample_stats["n_steps"].sum()) - int(short.sample_stats["n_steps"].sum())
    return 1e9 * seconds / steps, steps / draws


def measure(dimension: int, repeats: int) -> None:
    """Print one line."""
    target = density(dimension)
    loop = loop_of(target)
    draws = max(2000, STEPS // (7 * max(1, dimension // 30)))
    point = np.linspace(-1, 1, dimension).tolist()
    whole, gradients, steps = [], [], []
    sampling(target, 100, 0)
    for repeat in range(repeats):
        calls = max(2000, 2_000_000 // max(1, dimension // 10))
        gradients.append(1e9 * loop.seconds(point, calls) / calls)
        time_a_step, steps_a_draw = sampling(target, draws, repeat)
        whole.append(time_a_step)
        steps.append(steps_a_draw)
    beyond = [a - b for a, b in zip(whole, gradients, strict=True)]
    print(
        f"d = {dimension}: beyond the gradient {spread(beyond, 'ns')}"
        f"  [at most {AT_MOST.get(dimension, float('nan')):.0f} ns]; "
        f"step {statistics.median(whole):.4g} ns, gradient {statistics.median(gradients):.4g} ns, "
        f"{statistics.median(steps):.3g} steps a draw",
        flush=True,
    )


def main() -> None:
    """Measure each dimension."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--dimensions", type=int, nargs="+", default=list(AT_MOST))
    options = parser.parse_args()
    print(banner(), flush=True)
    for dimension in options.dimensions:
        measure(dimension, options.repeats)


if __name__ == "__main__":
    main()
