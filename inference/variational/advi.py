"""Stochastic-gradient variational inference with normal families, and a rule when to stop.

A. Kucukelbir, D. Tran, R. Ranganath, A. Gelman and D. M. Blei (2017), Automatic Differentiation
Variational Inference, JMLR 18(14), 1-45, for the objective and its gradients. M. Welandawe, M. R.
Andersen, A. Vehtari and J. H. Huggins (2022), Robust, Automated, and Accurate Black-box Variational
Inference, arXiv:2203.15945, for steps of fixed size, averages of iterates, and stopping.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments, diagnostics
from inference.approximation import Approximation, of_family, seed_of
from inference.density import Density, check
from inference.errors import InferenceValueError
from inference.evaluation import Evaluator
from inference.gaussians import Gaussian, LowRank, symmetrised_divergence
from inference.steps import StepCallback, Steps
from inference.variational.beginning import begin
from inference.variational.natural import FullRank, LowRankPlus, MeanField, Moves

Array = NDArray[np.float64]

WHO = "inference.advi"
FAMILIES = ("mean_field", "full_rank", "low_rank")
SIZE, SHRINK = 0.2, 0.5  # of the first step, and from one stage to the next
WINDOW = 100  # steps between looks at the iterates
RHAT = 1.1  # of iterates at one step size, for them to count as stationary
STAGE_STEPS = 5000
KEPT = 1000  # numbers of a state whose R-hat is watched, spread over it


def advi(
    density: Density,
    *,
    draws: int = 1000,
    family: str = "mean_field",
    rank: int = 10,
    batch: int | None = None,
    sticking_the_landing: bool = True,
    tolerance: float = 1e-2,
    max_steps: int = 10_000,
    seed: int | None = None,
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
    resample: bool = False,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Approximation:
    """Fit a normal law by stochastic natural gradients of the evidence lower bound.

    Steps have a fixed size until the iterates are stationary (split R-hat of the second half of
    them below 1.1), then their average is taken and the size is halved. The fit stops when the
    symmetrised Kullback-Leibler divergence between the averages of two successive sizes is below
    the tolerance: the error of an average falls in proportion to the size, so that what is still
    missing is about as much as the last halving changed.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`.
    draws : int
        Drawn from the fitted law.
    family : str
        "mean_field" (independent components), "full_rank", or "low_rank" (diagonal plus `rank`).
    rank : int
        Of the low-rank part; at most the dimension.
    batch : int, optional
        Draws a step; by default 10, for the full rank the dimension if that is more, up to 100.
    sticking_the_landing : bool
        Leave the law's own score out of the gradient: less noise near the end, none for a density
        that is in the family.
    tolerance : float
        In nats, for the symmetrised divergence.
    max_steps : int
        Strongly correlated parameters need many with the mean-field family: prefer
        `inference.dadvi`, which has no noise, or the full rank.
    seed : int, optional
        From 0 to 2^64 - 1.
    initial : array or dict, optional
        Where the climb that finds the first law starts: an unconstrained vector of shape
        (dimension,), or constrained values.
    resample : bool
        Whether to choose the draws from four times as many by Pareto-smoothed importance weights.
    callback : callable, optional
        Called about ten times a second with an `inference.StepProgress`.
    progress : bool
        Show a live display if the fit lasts longer than half a second.

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
    evaluator = Evaluator(check(density, WHO))
    d = evaluator.dimension
    number = arguments.integer(WHO, "draws", draws, 1)
    if family not in FAMILIES:
        raise InferenceValueError(
            f"{WHO}: family must be one of {', '.join(FAMILIES)}, got {family!r}."
        )
    usual = min(max(d, 10), 100) if family == "full_rank" else 10
    each = usual if batch is None else arguments.integer(WHO, "batch", batch, 1)
    landing = bool(sticking_the_landing)
    columns = min(arguments.integer(WHO, "rank", rank, 1), d)
    moves: Moves
    if family == "low_rank":
        moves = LowRankPlus(evaluator, each, columns, landing=landing)
    else:
        moves = {"mean_field": MeanField, "full_rank": FullRank}[family](
            evaluator, each, landing=landing
        )
    bound = arguments.fraction(WHO, "tolerance", tolerance)
    limit = arguments.integer(WHO, "max_steps", max_steps, 1)
    used = seed_of(WHO, seed)
    rng = np.random.default_rng(used)
    run = Run(moves, begin(evaluator, WHO, initial, rng), limit)
    interrupted = False
    with Steps(WHO, limit, callback, progress) as steps:
        try:
            reason = run.go(bound, rng, steps)
        except KeyboardInterrupt:
            interrupted, reason = True, "it was interrupted"
    return of_family(
        evaluator,
        moves.law(run.average),
        draws=number,
        rng=rng,
        attributes={
            "algorithm": "advi",
            "family": family,
            "seed": used,
            "batch": each,
            "steps": run.steps,
            "step_size": run.size,
            "divergences": run.divergences,
            "interrupted": interrupted,
            "converged": not reason,
            "stopped": reason,
        },
        pool=4 if resample else 0,
    )


class Run:
    """Stages of steps of one size."""

    def __init__(self, moves: Moves, first: LowRank, limit: int) -> None:
        self.moves, self.limit = moves, limit
        self.average = moves.state(first)
        self.size = SIZE
        self.steps = 0
        self.divergences: list[float] = []

    def go(self, tolerance: float, rng: np.random.Generator, steps: Steps) -> str:
        """Run stages until an average stays; why it did not, empty if it did."""
        last: Gaussian | None = None
        while True:
            try:
                stationary = self.stage(rng, steps)
            except FloatingPointError:
                return "the density has no finite gradient where the law puts its draws"
            law = self.moves.law(self.average)
            if last is not None:
                self.divergences.append(symmetrised_divergence(law, last))
                if stationary and self.divergences[-1] <= tolerance:
                    return ""
            if self.steps >= self.limit:
                return f"max_steps, {self.limit}, was reached"
            last = law
            self.size *= SHRINK

    def stage(self, rng: np.random.Generator, steps: Steps) -> bool:
        """Steps of one size until their second half is stationary; its average is kept."""
        state = self.average
        watched = slice(None, None, -(-len(state) // KEPT))
        traces: list[Array] = []
        total = np.zeros_like(state)
        sums: list[Array] = []
        while True:
            for _ in range(WINDOW):
                state = self.moves.step(state, self.size, rng)
                if not np.isfinite(state).all():
                    raise FloatingPointError
                total += state
                traces.append(state[watched])
                self.steps += 1
            sums.append(total)
            total = np.zeros_like(state)
            half = len(sums) // 2
            self.average = sum(sums[half:], np.zeros_like(state)) / (WINDOW * (len(sums) - half))
            steps.show(self.steps, f"step size {self.size:.3g}, changes {self._last()}")
            if len(sums) >= 2 and stationary(np.array(traces[half * WINDOW :])):
                return True
            if len(traces) >= STAGE_STEPS or self.steps >= self.limit:
                return False

    def _last(self) -> str:
        return f"{self.divergences[-1]:.2g} nats" if self.divergences else "not known yet"


def stationary(trace: Array) -> bool:
    """Whether iterates, shape (steps, numbers), have a split R-hat below the limit."""
    spread = np.ptp(trace, axis=0)
    moving = spread > 1e-9 * (1.0 + np.abs(trace).max(axis=0))
    if not moving.any():
        return True
    rhat = np.asarray(diagnostics.rhat(trace[None][:, :, moving]))
    return bool((rhat < RHAT).all())
