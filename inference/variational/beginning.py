"""Where the iterative algorithms begin: at the best normal law of one quasi-Newton climb."""

from typing import Any

import numpy as np

from inference import starts
from inference.evaluation import Evaluator
from inference.gaussians import LowRank
from inference.variational.pathfinder import Settings, climb

CLIMB = Settings(history=6, elbo_draws=10, iterations=200)


def begin(evaluator: Evaluator, who: str, initial: Any, rng: np.random.Generator) -> LowRank:
    """Normal law to begin with, from a given point or a random one.

    Raises
    ------
    InferenceTypeError, InferenceValueError, InitialPointError
        As `inference.starts` does.
    """
    points = starts.given(evaluator, who, initial, 1)
    start = starts.random(evaluator, who, rng) if points is None else points[0]
    best = climb(evaluator, start, CLIMB, rng)
    if best is not None:
        return best.law
    d = evaluator.dimension
    return LowRank(start, np.full(d, 0.1), np.zeros((d, 0)), np.zeros((0, 0)))
