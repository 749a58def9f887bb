"""Where the iterative algorithms begin: at the best normal law of a few quasi-Newton climbs."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from inference import descent
from inference.errors import NoDrawsError
from inference.evaluation import Evaluator
from inference.gaussians import LowRank
from inference.steps import Steps
from inference.variational.pathfinder import Best, Settings, climb, usual_history

Array = NDArray[np.float64]

ELBO_DRAWS, ITERATIONS = 10, 200
LEVEL = 0.1  # nats: two climbs to one mode end closer than this
NEAR = 3.0  # standard deviations a dimension, the same


def survey(
    evaluator: Evaluator, points: Iterable[Array], rng: np.random.Generator, steps: Steps
) -> list[Best]:
    """Best laws of climbs from each point, one a mode.

    A climb that ends where an earlier one ended costs its gradients alone: no law of it is weighed.
    After Ctrl-C what was found so far.

    Raises
    ------
    NoDrawsError
        If interrupted before the first climb is complete.
    """
    settings = Settings(usual_history(evaluator.dimension), ELBO_DRAWS, ITERATIONS)
    found: list[Best] = []
    try:
        for number, point in enumerate(points):
            steps.show(0, f"climb {number + 1} to find where to begin")
            path = list(
                descent.ascend(
                    evaluator, point, history=settings.history, iterations=settings.iterations
                )
            )
            if any(_same(best, path[-1]) for best in found):
                continue
            found.append(climb(evaluator, path, settings, rng) or _about(evaluator, path[-1]))
    except KeyboardInterrupt:
        steps.interrupted = True
        if not found:
            raise NoDrawsError(
                f"{steps.who}: interrupted before the first climb was complete. Let it run longer."
            ) from None
    return found


def _same(known: Best, end: descent.Iterate) -> bool:
    """Whether a climb ended at the mode of one before."""
    if not abs(known.end.value - end.value) <= LEVEL:
        return False
    away = known.law.whiten((end.x - known.end.x)[None])[0]
    return bool(away @ away <= NEAR**2 * len(away))


def _about(evaluator: Evaluator, end: descent.Iterate) -> Best:
    """Return a law to begin with where no point of a climb had one."""
    d = evaluator.dimension
    law = LowRank(end.x, np.full(d, 0.1), np.zeros((d, 0)), np.zeros((0, 0)))
    return Best(law, -np.inf, converged=False, end=end)
