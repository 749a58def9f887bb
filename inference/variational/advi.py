"""Stochastic-gradient variational inference with normal families, and a rule when to stop.

A. Kucukelbir, D. Tran, R. Ranganath, A. Gelman and D. M. Blei (2017), Automatic Differentiation
Variational Inference, JMLR 18(14), 1-45, for the objective and its gradients. M. Welandawe, M. R.
Andersen, A. Vehtari and J. H. Huggins (2022), Robust, Automated, and Accurate Black-box Variational
Inference, arXiv:2203.15945, for steps of fixed size, averages of iterates, and stopping.
"""

import numpy as np
from numpy.typing import NDArray

from inference import arguments
from inference.approximation import Approximation
from inference.density import Density
from inference.gaussians import Dense, Gaussian, LowRank, symmetrised_divergence
from inference.steps import StepCallback, Steps
from inference.variational.natural import FullRank, LowRankPlus, MeanField, Moves
from inference.variational.request import REFINE, Initial, Request, Store

Array = NDArray[np.float64]

WHO = "inference.advi"
FAMILIES = ("mean_field", "full_rank", "low_rank")
SIZE, SHRINK = 0.2, 0.5  # of the first step, and from one stage to the next
WINDOW = 100  # steps
FIRST_LOOK, STAGE_WINDOWS = 4, 64  # windows of a stage before its averages are compared, at most


def advi(
    density: Density,
    *,
    draws: int = 1000,
    family: str = "mean_field",
    rank: int = 10,
    batch: int | None = None,
    sticking_the_landing: bool = True,
    tolerance: float | None = None,
    max_steps: int = 10_000,
    seed: int | None = None,
    initial: Initial = None,
    starts_tried: int = 8,
    resample: bool | None = None,
    store: Store = None,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Approximation:
    """Fit a normal law by stochastic natural gradients of the evidence lower bound.

    Steps have a fixed size until the averages of their third and last quarters agree, by the
    symmetrised Kullback-Leibler divergence; then the average of both is taken, and the size is
    halved. The fit stops when the averages of two successive sizes agree: the error of an average
    falls in proportion to the size, so that what is still missing is about as much as the last
    halving changed.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`.
    family : str
        "mean_field" (independent components), "full_rank", or "low_rank" (diagonal plus `rank`).
    rank : int
        Of the low-rank part; at most the dimension.
    batch : int, optional
        Draws a step; by default 10, for the full rank the dimension if that is more, up to 100.
    sticking_the_landing : bool
        Leave the law's own score out of the gradient: less noise near the end, none for a density
        that is in the family.
    tolerance : float, optional
        In nats: divergence below which laws agree. By default 0.01, or 0.001 for each dimension if
        that is more, which is a mean off by 0.03 standard deviations in each.
    max_steps : int
        Strongly correlated parameters need many with the mean-field family: prefer
        `inference.dadvi`, which has no noise, or the full rank.
    draws, seed, initial, starts_tried, resample, store, callback, progress
        As for `inference.laplace`; the first law is the best of the climbs.

    Returns
    -------
    Approximation
        After Ctrl-C, the law as it was then. `attributes["divergences"]` has what each halving
        changed, in nats.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used.
    InitialPointError
        If the density is finite nowhere it was tried.
    """
    request = Request(
        WHO,
        density,
        draws=draws,
        seed=seed,
        initial=initial,
        starts_tried=starts_tried,
        resample=resample,
        store=store,
        callback=callback,
        progress=progress,
    )
    arguments.one_of(WHO, "family", family, FAMILIES)
    evaluator, d = request.evaluator, request.evaluator.dimension
    usual = min(max(d, 10), 100) if family == "full_rank" else 10
    each = usual if batch is None else arguments.integer(WHO, "batch", batch, 1)
    landing = bool(sticking_the_landing)
    columns = min(arguments.integer(WHO, "rank", rank, 1), d)
    bound = max(1e-2, 1e-3 * d)
    if tolerance is not None:
        bound = arguments.positive(WHO, "tolerance", tolerance)
    limit = arguments.integer(WHO, "max_steps", max_steps, 1)
    moves: Moves
    if family == "low_rank":
        moves = LowRankPlus(evaluator, each, columns, landing=landing)
    else:
        moves = {"mean_field": MeanField, "full_rank": FullRank}[family](
            evaluator, each, landing=landing
        )
    with request.steps(limit) as steps:
        run = Run(moves, request.begin(steps, refine=REFINE).final, limit, bound)
        reason = request.attempt(lambda: run.go(request.rng, steps))
    return request.result(
        moves.law(run.average),
        reason,
        {
            "family": family,
            "batch": each,
            "steps": run.steps,
            "step_size": run.size,
            "divergences": run.divergences,
        },
    )


class Run:
    """Stages of steps of one size."""

    def __init__(self, moves: Moves, first: Dense | LowRank, limit: int, tolerance: float) -> None:
        self.moves, self.limit, self.tolerance = moves, limit, tolerance
        self.average = moves.state(first)
        self.size = SIZE
        self.steps = 0
        self.divergences: list[float] = []

    def go(self, rng: np.random.Generator, steps: Steps) -> str:
        """Run stages until an average stays; why it did not, empty if it did."""
        last: Gaussian | None = None
        while True:
            try:
                settled = self.stage(rng, steps)
            except FloatingPointError:
                return "the density has no finite gradient where the law puts its draws"
            law = self.moves.law(self.average)
            if last is not None:
                self.divergences.append(symmetrised_divergence(law, last))
                if settled and self.divergences[-1] <= self.tolerance:
                    return ""
            if self.steps >= self.limit:
                return f"max_steps, {self.limit}, was reached"
            last = law
            self.size *= SHRINK

    def stage(self, rng: np.random.Generator, steps: Steps) -> bool:
        """Steps of one size until averages of them agree; that of their second half is kept."""
        state = self.average
        sums: list[Array] = []
        look = FIRST_LOOK
        while True:
            total = np.zeros_like(state)
            for _ in range(WINDOW):
                state = self.moves.step(state, self.size, rng)
                total += state
                self.steps += 1
            if not np.isfinite(total).all():
                raise FloatingPointError
            sums.append(total / WINDOW)
            count, last = len(sums), self.steps >= self.limit or len(sums) == STAGE_WINDOWS
            steps.show(self.steps, f"step size {self.size:.3g}, changes {self._last()}")
            if count < look and not last:
                continue
            look *= 2
            self.average = np.mean(sums[count // 2 :], axis=0)
            if count >= FIRST_LOOK:
                third, fourth = np.array_split(np.array(sums[count // 2 :]), 2)
                laws = (self.moves.law(part.mean(axis=0)) for part in (third, fourth))
                if symmetrised_divergence(*laws) <= self.tolerance:
                    return True
            if last:
                return False

    def _last(self) -> str:
        return f"{self.divergences[-1]:.2g} nats" if self.divergences else "not known yet"
