"""PyMC's ADVI on a model of the gallery: draws, mean-field or full-rank.

Run by `benchmarks.variational` in an environment of its own, with the name, a file of data, the
method ("advi" or "fullrank_advi"), the learning rate of Adam (0: PyMC's default optimiser), 0, the
steps, the seed, the number of draws and the file they go to. Prints one line of JSON: processor and
wall seconds from the model to the draws, with compiling (a C compiler's too) but without imports,
and the mean loss of the last tenth of the steps.
"""

import importlib
import json
import os
import sys
import time

import numpy as np
import pymc as pm


def main() -> None:
    """Fit and draw."""
    name, path, method, rate, _, steps, seed, draws, file = sys.argv[1:10]
    data = dict(np.load(path))
    begin, wall = processor(), time.perf_counter()
    with getattr(importlib.import_module("pymc_models"), name)(data) as model:
        rule = {} if float(rate) == 0.0 else {"obj_optimizer": pm.adam(learning_rate=float(rate))}
        fit = pm.fit(n=int(steps), method=method, random_seed=int(seed), progressbar=False, **rule)
        trace = fit.sample(int(draws), return_inferencedata=False, random_seed=int(seed))
    columns = [trace.get_values(value.name) for value in model.value_vars]
    x = np.concatenate([column.reshape(int(draws), -1) for column in columns], axis=1)
    about = {"seconds": processor() - begin, "wall": time.perf_counter() - wall}
    np.save(file, x)
    loss = float(np.mean(fit.hist[-max(1, int(steps) // 10) :]))
    print(json.dumps(about | {"loss": loss}))


def processor() -> float:
    """Processor seconds of this process and of those it has started and waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
