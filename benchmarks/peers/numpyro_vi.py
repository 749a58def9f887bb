"""NumPyro's SVI on a model of the gallery: draws of AutoNormal or AutoMultivariateNormal.

Run by `benchmarks.variational` in an environment of its own, with the name, a file of data, the
guide, the learning rate of Adam, the steps until it is halved (0: never), the steps, the seed, the
number of draws and the file they go to. Prints one line of JSON: processor and wall seconds from
the model to the draws, with tracing and compiling but without imports, and the mean loss of the
last tenth of the steps.
"""

import importlib
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from numpyro.infer import SVI, Trace_ELBO, autoguide
from numpyro.infer.util import initialize_model

jax.config.update("jax_enable_x64", True)


def main() -> None:
    """Fit and draw."""
    name, path, kind, rate, halved, steps, seed, draws, file = sys.argv[1:10]
    data = dict(np.load(path))
    model = getattr(importlib.import_module("numpyro_models"), name)
    begin, wall = time.process_time(), time.perf_counter()
    guide = getattr(autoguide, kind)(model)
    period = float(halved) or float("inf")
    rule = numpyro.optim.Adam(lambda k: float(rate) * 0.5 ** (k / period))
    svi = SVI(model, guide, rule, Trace_ELBO())
    key = jax.random.PRNGKey(int(seed))
    result = svi.run(key, int(steps), data, progress_bar=False)
    noise = jax.random.normal(jax.random.PRNGKey(int(seed) + 1), (int(draws), 4096))
    info = initialize_model(jax.random.PRNGKey(0), model, model_args=(data,))
    point = info.param_info.z
    order = [n for n, s in info.model_trace.items() if s["type"] == "sample" and n in point]
    params = result.params
    if kind == "AutoNormal":
        parts = {
            n: params[f"{n}_auto_loc"].ravel() + params[f"{n}_auto_scale"].ravel() * z
            for n, z in zip(order, split(noise, [point[n].size for n in order]), strict=True)
        }
    else:
        loc, factor = params["auto_loc"], params["auto_scale_tril"]
        flat = loc + noise[:, : len(loc)] @ factor.T
        names = sorted(order)  # NumPyro joins its sites in this order
        parts = dict(zip(names, split(flat, [point[n].size for n in names]), strict=True))
    x = np.concatenate([np.asarray(parts[n]).reshape(int(draws), -1) for n in order], axis=1)
    about = {"seconds": time.process_time() - begin, "wall": time.perf_counter() - wall}
    np.save(file, x)
    loss = float(jnp.mean(result.losses[-max(1, int(steps) // 10) :]))
    print(json.dumps(about | {"loss": loss}))


def split(flat: jax.Array, sizes: list[int]) -> list[jax.Array]:
    """Columns of each site."""
    ends = np.cumsum(sizes)
    return [flat[:, end - size : end] for end, size in zip(ends, sizes, strict=True)]


if __name__ == "__main__":
    main()
