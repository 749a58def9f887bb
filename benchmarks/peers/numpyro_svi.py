"""NumPyro's AutoNormal by SVI on a model of the gallery: means as they come, with their times.

Run by `benchmarks.guides` in an environment of its own, with the name, a file of data, the learning
rate and the steps until it is halved, the number of blocks and of steps in each, the seed, and
"run", "compiled" or "median": `SVI.init` runs as in `SVI.run`, operation by operation, or is
compiled whole; the start is NumPyro's default, or the median of 15 prior draws. Prints one
line of JSON a block: processor and wall seconds. Imports are not timed; tracing and compiling are.
"""

import importlib
import json
import sys
import time

import jax
import numpy as np
import numpyro
from numpyro.infer import SVI, Trace_ELBO, init_to_median
from numpyro.infer.autoguide import AutoNormal

jax.config.update("jax_enable_x64", True)


def main() -> None:
    """Fit, block by block."""
    name, path, rate, period, blocks, steps, seed, start = sys.argv[1:9]
    data = dict(np.load(path))
    model = getattr(importlib.import_module("numpyro_models"), name)
    spent, wall = 0.0, 0.0
    begin, begin_wall = time.process_time(), time.perf_counter()
    median = init_to_median(num_samples=15)
    guide = AutoNormal(model, init_loc_fn=median) if start == "median" else AutoNormal(model)
    svi = SVI(
        model,
        guide,
        numpyro.optim.Adam(lambda k: float(rate) * 0.5 ** (k / float(period))),
        Trace_ELBO(),
    )
    key = jax.random.PRNGKey(int(seed))
    first = (
        (lambda k: svi.init(k, data)) if start == "run" else jax.jit(lambda k: svi.init(k, data))
    )
    state = first(key)
    block = jax.jit(
        lambda state: jax.lax.fori_loop(0, int(steps), lambda _, s: svi.update(s, data)[0], state)
    )
    for _ in range(int(blocks)):
        state = jax.block_until_ready(block(state))
        params = svi.get_params(state)
        spent += time.process_time() - begin
        wall += time.perf_counter() - begin_wall
        means = {
            key[: -len("_auto_loc")]: np.asarray(value).ravel().tolist()
            for key, value in params.items()
            if key.endswith("_auto_loc")
        }
        print(json.dumps({"seconds": spent, "wall": wall, "means": means}), flush=True)
        begin, begin_wall = time.process_time(), time.perf_counter()


if __name__ == "__main__":
    main()
