"""NumPyro's AutoNormal by SVI on a model of the gallery: means as they come, with their times.

Run by `benchmarks.guides` in an environment of its own, with the name, a file of data, the learning
rate and the steps until it is halved, the number of blocks and of steps in each, and the seed;
prints one line of JSON a block. Imports are not timed; tracing and compiling are.
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
    name, path, rate, period, blocks, steps, seed = sys.argv[1:8]
    data = dict(np.load(path))
    model = getattr(importlib.import_module("numpyro_models"), name)
    begin = time.perf_counter()
    guide = AutoNormal(model, init_loc_fn=init_to_median(num_samples=15))
    svi = SVI(
        model,
        guide,
        numpyro.optim.Adam(lambda k: float(rate) * 0.5 ** (k / float(period))),
        Trace_ELBO(),
    )
    state = svi.init(jax.random.PRNGKey(int(seed)), data)

    block = jax.jit(
        lambda state: jax.lax.fori_loop(0, int(steps), lambda _, s: svi.update(s, data)[0], state)
    )

    for _ in range(int(blocks)):
        state = jax.block_until_ready(block(state))
        params = svi.get_params(state)
        spent = time.perf_counter() - begin
        means = {
            key[: -len("_auto_loc")]: np.asarray(value).tolist()
            for key, value in params.items()
            if key.endswith("_auto_loc")
        }
        print(json.dumps({"seconds": spent, "means": means}), flush=True)


if __name__ == "__main__":
    main()
