"""Adam on a network of 10,000 parameters: microseconds a step, beside PyTorch's where it is there.

Run it in an environment that has this library and PyTorch, from the checkout:

    python -m benchmarks.training

Three layers (64-100-34-1, tanh), 10,000 parameters, mean squared error, batches of 128 rows in
double precision, one thread each. Steps of the two are interleaved in blocks; medians are shown.
"""

import importlib
import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import threadpoolctl

from benchmarks.machine import banner
from inference import optimizers

SIZES = (64, 100, 34, 1)
BATCH, BLOCKS, STEPS = 128, 30, 50


def start() -> list[tuple[Any, Any]]:
    """Weights and offsets of the layers."""
    rng = np.random.default_rng(1)
    return [
        (rng.normal(size=(a, b)) / np.sqrt(a), np.zeros(b)) for a, b in itertools.pairwise(SIZES)
    ]


def loss(layers: Any, x: Any, y: Any) -> Any:
    """Mean squared error of the network."""
    for weights, offset in layers[:-1]:
        x = np.tanh(x @ weights + offset)
    weights, offset = layers[-1]
    return np.mean((x @ weights + offset - y) ** 2)


def ours() -> Callable[[Any, Any], float]:
    """One step of this library."""
    from inference.training import _evaluator  # noqa: PLC0415  # one step of `minimize`
    from inference.trees import Structure  # noqa: PLC0415

    structure = Structure("benchmark", start())
    evaluate = _evaluator(loss, structure, batched=True)
    x, optimizer = structure.start.copy(), optimizers.Adam(1e-3)

    def step(rows: Any, targets: Any) -> float:
        value, gradient = evaluate(x, rows, targets)
        optimizer.step(x, gradient)
        return value

    return step


def theirs() -> Callable[[Any, Any], float] | None:
    """One step of PyTorch in eager mode, if it is installed."""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return None
    torch.set_num_threads(1)
    layers = [[torch.tensor(a, requires_grad=True) for a in layer] for layer in start()]
    optimizer = torch.optim.Adam([a for layer in layers for a in layer], lr=1e-3)

    def step(rows: Any, targets: Any) -> float:
        x = torch.from_numpy(rows)
        for weights, offset in layers[:-1]:
            x = torch.tanh(x @ weights + offset)
        weights, offset = layers[-1]
        value = ((x @ weights + offset - torch.from_numpy(targets)) ** 2).mean()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        return float(value)

    return step


def main() -> None:
    """Time both and print."""
    rng = np.random.default_rng(2)
    batches = [(rng.normal(size=(BATCH, SIZES[0])), rng.normal(size=(BATCH, 1))) for _ in range(20)]
    steps = {"wengert": ours(), "torch": theirs()}
    known = {name: step for name, step in steps.items() if step is not None}
    values: dict[str, list[float]] = {name: [] for name in known}
    times: dict[str, list[float]] = {name: [] for name in known}
    with threadpoolctl.threadpool_limits(limits=1):
        for _ in range(BLOCKS):
            for name, step in known.items():
                begin = time.perf_counter()
                for k in range(STEPS):
                    values[name].append(step(*batches[k % len(batches)]))
                times[name].append((time.perf_counter() - begin) / STEPS)
    print(banner())
    print(f"{sum(a.size for layer in start() for a in layer)} parameters")
    for name, blocks in times.items():
        print(
            f"{name:8s} {1e6 * statistics.median(blocks[1:]):8.1f} us a step (fastest block "
            f"{1e6 * min(blocks):.1f}), last loss {values[name][-1]:.9f}"
        )
    if "torch" in times:
        ratios = [b / a for a, b in zip(times["wengert"][1:], times["torch"][1:], strict=True)]
        print(f"torch / wengert: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
