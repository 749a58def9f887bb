"""What the sampler adds to a gradient: time a leapfrog step beyond it.

python -m benchmarks.leapfrog [--repeats 7] [--dimensions 10 100 1000]

The density is a standard normal, whose gradient is nearly free; everything else is the sampler:
leapfrog, tree, U-turn tests, random numbers, the record of a draw. Processor time of the native
transitions of one chain after warmup, divided by its leapfrog steps, less the time of a gradient in
a loop of machine code. Both are measured in turn, round by round.
"""

import argparse
import statistics
import time
from typing import Any

import numpy as np

import ad
from benchmarks.machine import banner, spread
from benchmarks.peers.loop import Loop
from inference.chain import Chain
from inference.kernels import layout
from inference.paths import Paths
from inference.settings import Settings

AT_MOST = {10: 80.0, 100: 250.0, 1000: 2000.0}
STEPS = 2_000_000  # dimensions times draws a round, about
WARMUP = 300


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


def sampling(target: Any, draws: int, seed: int) -> tuple[float, float]:
    """Nanoseconds a leapfrog step, and steps a draw, of a chain after its warmup."""
    chain = Chain(target, Settings(draws, WARMUP, seed), 0)
    paths = Paths(target)
    if not chain.try_start(np.full(target.dimension, 0.5), paths):
        raise RuntimeError("the density must be finite at the start")
    chain.draws.fill(1.0)  # so that the pages are there
    chain.statistics.fill(1.0)
    chain.run(WARMUP, paths)
    start = time.thread_time()
    chain.run(draws, paths)
    seconds = time.thread_time() - start
    steps = int(chain.statistics[WARMUP:, layout.STATISTICS.index("n_steps")].sum())
    return 1e9 * seconds / steps, steps / draws


def measure(dimension: int, repeats: int) -> None:
    """Print one line."""
    target = density(dimension)
    loop = loop_of(target)
    draws = max(500, STEPS // (dimension + 50))
    point = np.linspace(-1, 1, dimension).tolist()
    whole, gradients, steps = [], [], []
    for repeat in range(repeats + 1):
        calls = max(2000, 2_000_000 // max(1, dimension // 10))
        gradient = 1e9 * loop.seconds(point, calls) / calls
        time_a_step, steps_a_draw = sampling(target, draws, repeat)
        if repeat > 0:  # the first is a warm-up
            gradients.append(gradient)
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
