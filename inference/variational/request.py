"""What is asked of every approximation: the arguments that all have, and how a result is made."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments, starts
from inference.approximation import Approximation, of_family, seed_of
from inference.density import check_laws
from inference.errors import InferenceTypeError
from inference.evaluation import Evaluator
from inference.gaussians import Gaussian
from inference.steps import StepCallback, Steps
from inference.variational.beginning import survey
from inference.variational.pathfinder import Best, refined
from inference.weighing import Mixture

Array = NDArray[np.float64]
Initial = ArrayLike | Mapping[str, ArrayLike] | None
Store = str | os.PathLike[str] | None

REFINE = 32  # batch-and-match steps on the first law of what is not batch and match itself
POOL = 4  # times the draws wanted, from which importance weights choose


class Request:
    """Checked arguments, one Ctrl-C, and the climbs a fit begins with.

    Attributes
    ----------
    evaluator : Evaluator
    rng : numpy.random.Generator
        Of the seed.
    interrupted : bool
        Whether Ctrl-C came.
    """

    def __init__(
        self,
        who: str,
        density: Any,
        *,
        draws: int,
        seed: int | None,
        initial: Initial,
        starts_tried: int,
        resample: bool | None,
        store: Store,
        callback: StepCallback | None,
        progress: bool,
    ) -> None:
        self.who = who
        self.evaluator = Evaluator(check_laws(density, who))
        self.draws = arguments.integer(who, "draws", draws, 1)
        self.seed = seed_of(who, seed)
        self.rng = np.random.default_rng(self.seed)
        self._tries = arguments.integer(who, "starts_tried", starts_tried, 1)
        self._given = starts.given(self.evaluator, who, initial, self._tries)
        if resample not in (None, True, False):
            raise InferenceTypeError(
                f"{who}: resample must be True, False or None, got {resample!r}."
            )
        self._resample = resample
        self._store = None if store is None else arguments.new_file(who, store)
        self._callback, self._progress = callback, progress
        self._rivals: tuple[Best, ...] = ()
        self.interrupted = False

    def steps(self, limit: int) -> Steps:
        """Display and callback of a fit with at most `limit` steps."""
        return Steps(self.who, limit, self._callback, self._progress)

    def begin(self, steps: Steps, *, highest: bool = False, refine: int = 0) -> Best:
        """Climb from every start: the best law by its lower bound, or by the climb's end.

        Batch-and-match steps may `refine` it.

        Raises
        ------
        InitialPointError
            If the density is finite nowhere it was tried.
        NoDrawsError
            If interrupted before there is one.
        """
        points: Iterable[Array]
        if self._given is not None:
            points = np.unique(self._given, axis=0)  # one point may stand for all
        else:
            random = starts.random
            points = (random(self.evaluator, self.who, self.rng) for _ in range(self._tries))
        found = survey(self.evaluator, points, self.rng, steps)
        self.interrupted = steps.interrupted
        best = max(found, key=lambda one: one.end.value if highest else one.elbo)
        self._rivals = tuple(one for one in found if one is not best and np.isfinite(one.elbo))
        try:
            return best if self.interrupted else refined(self.evaluator, best, refine, self.rng)
        except KeyboardInterrupt:
            self.interrupted = True
            return best

    def attempt(self, run: Callable[[], str]) -> str:
        """Run to the end or to Ctrl-C: why it did not converge, empty if it did."""
        if not self.interrupted:
            try:
                return run()
            except KeyboardInterrupt:
                self.interrupted = True
        return "it was interrupted"

    def result(
        self,
        family: Gaussian,
        reason: str,
        attributes: Mapping[str, Any],
        adaptation: Mapping[str, Array] | None = None,
    ) -> Approximation:
        """Return the approximation, and write it where it is to be kept."""
        fit = of_family(
            self.evaluator,
            family,
            draws=self.draws,
            rng=self.rng,
            attributes={
                "algorithm": self.who.rpartition(".")[2],
                "seed": self.seed,
                "interrupted": self.interrupted,
                "converged": not reason,
                "stopped": reason,
                **attributes,
            },
            adaptation=adaptation,
            pool=POOL if self._resample in (None, True) else 0,
            careful=self._resample is None,
            rivals=Mixture(tuple(best.law for best in self._rivals)) if self._rivals else None,
        )
        if self._store is not None:
            fit.save(self._store)
        return fit
