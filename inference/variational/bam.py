"""Batch and match: score-based variational inference with a full or a low-rank covariance.

D. Cai, C. Modi, L. Pillaud-Vivien, C. C. Margossian, R. M. Gower, D. M. Blei and L. K. Saul (2024),
Batch and match: black-box variational inference with a score-based divergence, ICML, PMLR 235.
C. Modi, D. Cai and L. K. Saul (2025), Batch, match, and patch: low-rank approximations for
score-based variational inference, AISTATS, PMLR 258. Equations are named by their left-hand sides.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference import arguments
from inference.approximation import Approximation
from inference.density import Density
from inference.evaluation import Evaluator
from inference.gaussians import Dense, LowRank, symmetrised_divergence
from inference.steps import StepCallback, Steps
from inference.variational.patching import Signed, parts, patch, projected
from inference.variational.request import Initial, Request, Store

Array = NDArray[np.float64]

WHO = "inference.bam"
FAMILIES = ("full_rank", "low_rank")
FIRST_CHECK = 16  # iterations; laws are compared with those of half the iterations ago
SPAN = 4  # iterations over which a law that travels goes further than one that trembles


def bam(
    density: Density,
    *,
    draws: int = 1000,
    family: str = "full_rank",
    rank: int = 10,
    batch: int | None = None,
    tolerance: float = 5e-3,
    max_iterations: int = 4096,
    seed: int | None = None,
    initial: Initial = None,
    starts_tried: int = 8,
    resample: bool | None = None,
    store: Store = None,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Approximation:
    """Fit a normal law by matching its scores to the density's, in closed form a batch.

    Each iteration draws a batch, and moves to the law that minimises the mean squared difference of
    scores (gradients of log densities), in the law's own metric, plus a Kullback-Leibler
    divergence to the last law over the step size. Normal targets are found exactly once the batch
    has more draws than there are dimensions.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`.
    family : str
        "full_rank", at cost d^3 an iteration, or "low_rank": diagonal plus `rank`, at cost linear
        in the dimension d.
    rank : int
        Of the low-rank part; at most the dimension.
    batch : int, optional
        Draws an iteration; by default d + 10, at most 200, and 32 for low rank.
    tolerance : float
        In nats. The fit stops when the symmetrised divergence between the law and that of half the
        iterations ago is below it. Step sizes are d batch while the law travels (it goes further
        in four iterations than twice what it goes in one), and from then on fall as
        d batch / (t + 1)^2 + 1 / (t + 1), so that from t / 2 to t the law may still move a fixed
        stretch, however large t is. One step makes a standard deviation longer by a factor of
        sqrt(1 + size) at most: sizes that fall from the start, as in the paper, would leave a law
        that begins far too narrow where it is.
    max_iterations : int
    draws, seed, initial, starts_tried, resample, store, callback, progress
        As for `inference.laplace`; the first law is the best of the climbs.

    Returns
    -------
    Approximation
        After Ctrl-C, the law as it was then.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used.
    InitialPointError
        If the density is finite nowhere it was tried.
    NoDrawsError
        If interrupted before the first climb is complete (it is a KeyboardInterrupt too).
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
    usual = min(d + 10, 200) if family == "full_rank" else 32
    settings = Settings(
        rank=min(arguments.integer(WHO, "rank", rank, 1), d) if family == "low_rank" else 0,
        batch=usual if batch is None else arguments.integer(WHO, "batch", batch, 2),
        tolerance=arguments.positive(WHO, "tolerance", tolerance),
        iterations=arguments.integer(WHO, "max_iterations", max_iterations, 1),
    )
    with request.steps(settings.iterations) as steps:
        run = Run(evaluator, _started(request.begin(steps).law, settings.rank), settings)
        reason = request.attempt(lambda: run.go(request.rng, steps))
    return request.result(
        run.law,
        reason,
        {
            "batch": settings.batch,
            "iterations": run.iterations,
            "travelled": run.travelled,
            "last_divergence": run.divergence,
        },
    )


@dataclass(frozen=True)
class Settings:
    """Checked arguments; rank 0 means full rank."""

    rank: int
    batch: int
    tolerance: float
    iterations: int


class Run:
    """The law as it is, and how it got there."""

    def __init__(self, evaluator: Evaluator, law: Dense | LowRank, settings: Settings) -> None:
        self.evaluator, self.law, self.settings = evaluator, law, settings
        self.iterations = self.travelled = 0
        self.divergence = np.inf

    def go(self, rng: np.random.Generator, steps: Steps | None) -> str:
        """Iterate; why it did not converge, empty if it did."""
        settings, largest = self.settings, float(self.evaluator.dimension * self.settings.batch)
        journey = Journey(self.law, settings.tolerance)
        milestone, next_check, arrived = self.law, FIRST_CHECK, False
        for t in range(settings.iterations):
            since = t - self.travelled
            size = largest / (since + 1.0) ** 2 + 1.0 / (since + 1.0) if arrived else largest
            reason = self._step(size, rng)
            if reason:
                return reason
            self.iterations = t + 1
            if steps is not None:
                steps.show(t + 1, f"divergence from a while ago {self.divergence:.2g}")
            if not arrived:
                self.travelled = t + 1
                arrived = journey.over(self.law) or t + 1 >= settings.iterations // 2
                milestone = self.law
            elif self.iterations - self.travelled == next_check:
                self.divergence = symmetrised_divergence(self.law, milestone)
                if self.divergence <= settings.tolerance:
                    return ""
                milestone, next_check = self.law, 2 * next_check
        return f"max_iterations, {settings.iterations}, was reached"

    def _step(self, size: float, rng: np.random.Generator) -> str:
        """One batch, one match; why it failed, empty if it did not."""
        shape = (self.settings.batch, self.evaluator.dimension)
        xs = self.law.draw(rng.standard_normal(shape))
        _, scores = self.evaluator.rows(xs)
        fine = np.isfinite(scores).all(axis=1)
        if fine.sum() < 2:
            return "the density has no finite gradient where the law puts its draws"
        try:
            if isinstance(self.law, Dense):
                self.law = match(self.law, xs[fine], scores[fine], size)
            else:
                rank = self.settings.rank
                self.law = match_low_rank(self.law, xs[fine], scores[fine], size, rank)
        except np.linalg.LinAlgError:
            return "a covariance was not positive definite: the density may be improper"
        return ""


class Journey:
    """Tells a law that is under way from one that only trembles with its batches."""

    def __init__(self, law: Dense | LowRank, tolerance: float) -> None:
        self._laws: deque[Dense | LowRank] = deque([law], maxlen=SPAN + 1)
        self._hops: deque[float] = deque(maxlen=SPAN)
        self._tolerance = tolerance

    def over(self, law: Dense | LowRank) -> bool:
        """Whether a law that comes after the others has arrived."""
        self._hops.append(symmetrised_divergence(law, self._laws[-1]))
        self._laws.append(law)
        if len(self._hops) < SPAN:
            return False
        stretch = symmetrised_divergence(law, self._laws[0])
        return stretch <= max(2.0 * float(np.mean(self._hops)), self._tolerance)


def match(law: Dense, xs: Array, scores: Array, size: float) -> Dense:
    """One batch-and-match step (equations for U, V, Sigma and mu of Cai et al. 2024).

    Sigma solves Sigma U Sigma + Sigma = V. In the coordinates z of the law, x = mean + F z, where
    numbers are of order one whatever the units are, V = C C' is the identity and more, and Sigma is
    C X C', where X solves the same equation with C' U C and the identity, and shares its
    eigenvectors: x = 2 / (1 + sqrt(1 + 4 u)).

    Raises
    ------
    numpy.linalg.LinAlgError
        If V is not positive definite.
    """
    d = law.dimension
    zs, pulled = law.whiten(xs - law.mean), scores @ law.factor
    centre, score, right, left = _columns(np.zeros(d), zs, pulled, size)
    c = np.linalg.cholesky(np.eye(d) + left @ left.T)
    turned = c.T @ right
    values, vectors = np.linalg.eigh(turned @ turned.T)
    half = (c @ vectors) * np.sqrt(2.0 / (1.0 + np.sqrt(1.0 + 4.0 * np.maximum(values, 0.0))))
    triangle = np.linalg.qr(half.T, mode="r")  # half half' = triangle' triangle
    factor = law.factor @ (triangle * np.sign(np.diag(triangle))[:, None]).T
    if not (np.isfinite(factor).all() and (np.diag(factor) > 0.0).all()):
        raise np.linalg.LinAlgError
    shift = size / (1.0 + size) * (half @ (half.T @ score) + centre)
    return Dense(law.mean + law.factor @ shift, factor)


def match_low_rank(law: LowRank, xs: Array, scores: Array, size: float, rank: int) -> LowRank:
    """One step of batch, match and patch (Modi et al. 2025).

    With U = R R', Sigma = V - V R (I / 2 + (R' V R + I / 4)^(1/2))^-2 R' V. It is diagonal plus low
    rank; expectation-maximisation then projects it to `rank`.
    """
    centre, score, right, left = _columns(law.mean, xs, scores, size)
    diagonal, columns = parts(law)
    plus = np.concatenate([columns, left], axis=1)
    turned = diagonal[:, None] * right + plus @ (plus.T @ right)
    values, vectors = np.linalg.eigh(right.T @ turned)
    minus = (turned @ vectors) / (0.5 + np.sqrt(np.maximum(values, 0.0) + 0.25))
    target = Signed(diagonal, plus, minus)
    mean = (law.mean + size * (target.times(score) + centre)) / (1.0 + size)
    return patch(mean, target, diagonal, columns[:, :rank])


def _columns(
    mean: Array, xs: Array, scores: Array, size: float
) -> tuple[Array, Array, Array, Array]:
    """Means of draws and scores, R with U = R R', and W with V = Sigma + W W'."""
    n = len(xs)
    centre, score = xs.mean(axis=0), scores.mean(axis=0)
    weight = np.sqrt(size / n)
    share = np.sqrt(size / (1.0 + size))
    right = np.concatenate([weight * (scores - score).T, share * score[:, None]], axis=1)
    away = share * (mean - centre)[:, None]
    left = np.concatenate([weight * (xs - centre).T, away], axis=1)
    return centre, score, right, left


def dense(law: Dense | LowRank) -> Dense:
    """Return the same law with a dense factor.

    Raises
    ------
    numpy.linalg.LinAlgError
        If its covariance is not positive definite.
    """
    covariance = law.covariance()
    factor = np.linalg.cholesky(0.5 * (covariance + covariance.T))
    return Dense(law.mean, np.asarray(factor, dtype=np.float64))


def _started(first: LowRank, rank: int) -> Dense | LowRank:
    """Return the first law in the family that is fitted."""
    return projected(first, rank) if rank else dense(first)
