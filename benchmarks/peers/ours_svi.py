"""AutoNormal by stochastic gradients on a model of the gallery: means as they come, and times.

The counterpart of `numpyro_svi.py`, run by `benchmarks.guides` in a process of its own, with the
name, the learning rate and the steps until it is halved, the number of blocks and of steps in each,
the seed, "landing" or "score", and "first" or "next". "next" compiles another model before the
clock starts: code of vector mathematics and of matrix products is made once for a machine. The
model's own code is compiled in the time that is told. Prints one line of JSON a block.
"""

import importlib
import json
import sys
import time
from typing import Any

import numpy as np
import threadpoolctl

import ppl
from inference import optimizers


def problem(name: str) -> tuple[Any, tuple[Any, ...]]:
    """Model and arguments."""
    module = importlib.import_module(f"models.{name}")
    model = module.logistic if name == "logistic_10kx100" else module.hierarchical
    return model, module.simulated()


def warmed() -> None:
    """Compile a small model of other structure."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 40))

    def other(x: Any, y: Any) -> None:
        scale = ppl.sample("scale", ppl.HalfNormal(1))
        slope = ppl.sample("slope", ppl.Normal(np.zeros(40), scale))
        with ppl.plate("row", len(x)):
            ppl.sample("y", ppl.Bernoulli(logits=x @ slope), obs=y)

    objective = ppl.ELBO(other, ppl.AutoNormal(other), rows, rows[:, 0] > 0.0)
    objective.value_and_gradient(objective.initial(rng), rng)


def main() -> None:
    """Fit, block by block."""
    name, rate, period, blocks, steps, seed, score, cache = sys.argv[1:9]
    model, args = problem(name)
    if cache == "next":
        warmed()
    spent, wall = 0.0, 0.0
    begin, begin_wall = time.process_time(), time.perf_counter()
    guide = ppl.AutoNormal(model)
    objective = ppl.ELBO(model, guide, *args, sticking_the_landing=score == "landing")
    rng = np.random.default_rng(int(seed))
    rule = optimizers.Adam(optimizers.Exponential(float(rate), 0.5, int(period)))
    x = objective.initial(rng)
    for _ in range(int(blocks)):
        for _ in range(int(steps)):
            _, gradient = objective.value_and_gradient(x, rng)
            rule.step(x, -gradient)
        spent += time.process_time() - begin
        wall += time.perf_counter() - begin_wall
        means = {
            key[len("auto_") : -len("_loc")]: np.ravel(value).tolist()
            for key, value in objective.constrain(x).items()
            if key.endswith("_loc")
        }
        print(json.dumps({"seconds": spent, "wall": wall, "means": means}), flush=True)
        begin, begin_wall = time.process_time(), time.perf_counter()


if __name__ == "__main__":
    with threadpoolctl.threadpool_limits(1):
        main()
