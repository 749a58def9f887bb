"""Batch and match: score-based variational inference with a full or a low-rank covariance.

D. Cai, C. Modi, L. Pillaud-Vivien, C. C. Margossian, R. M. Gower, D. M. Blei and L. K. Saul (2024),
Batch and match: black-box variational inference with a score-based divergence, ICML, PMLR 235.
C. Modi, D. Cai and L. K. Saul (2025), Batch, match, and patch: low-rank approximations for
score-based variational inference, AISTATS, PMLR 258. Equations are named by their left-hand sides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments
from inference.approximation import Approximation, of_family, seed_of
from inference.density import Density, check
from inference.errors import InferenceValueError
from inference.evaluation import Evaluator
from inference.gaussians import Dense, LowRank, symmetrised_divergence
from inference.steps import StepCallback, Steps
from inference.variational.beginning import begin

Array = NDArray[np.float64]

WHO = "inference.bam"
FAMILIES = ("full_rank", "low_rank")
FIRST_CHECK = 8  # iterations; laws are compared with those of half the iterations ago
PATCHES = 10  # expectation-maximisation steps of a projection to low rank


def bam(
    density: Density,
    *,
    draws: int = 1000,
    family: str = "full_rank",
    rank: int = 10,
    batch: int | None = None,
    tolerance: float = 1e-2,
    max_iterations: int = 2048,
    seed: int | None = None,
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
    resample: bool = False,
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
    draws : int
        Drawn from the fitted law.
    family : str
        "full_rank", at cost d^3 an iteration, or "low_rank": diagonal plus `rank`, at cost linear
        in the dimension d.
    rank : int
        Of the low-rank part; at most the dimension.
    batch : int, optional
        Draws an iteration; by default d + 10, at most 200, and 32 for low rank.
    tolerance : float
        In nats. The fit stops when the symmetrised divergence between the law and that of half the
        iterations ago is below it. Step sizes fall as d batch / (t + 1)^2 + 1 / (t + 1), so that
        from t / 2 to t the law may still move a fixed stretch, however large t is.
    max_iterations : int
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
        After Ctrl-C, the law as it was then.

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
    usual = min(d + 10, 200) if family == "full_rank" else 32
    settings = Settings(
        rank=min(arguments.integer(WHO, "rank", rank, 1), d) if family == "low_rank" else 0,
        batch=usual if batch is None else arguments.integer(WHO, "batch", batch, 2),
        tolerance=arguments.fraction(WHO, "tolerance", tolerance),
        iterations=arguments.integer(WHO, "max_iterations", max_iterations, 1),
    )
    used = seed_of(WHO, seed)
    rng = np.random.default_rng(used)
    first = begin(evaluator, WHO, initial, rng)
    run = Run(evaluator, _started(first, settings.rank), settings)
    interrupted = False
    with Steps(WHO, settings.iterations, callback, progress) as steps:
        try:
            reason = run.go(rng, steps)
        except KeyboardInterrupt:
            interrupted, reason = True, "it was interrupted"
    return of_family(
        evaluator,
        run.law,
        draws=number,
        rng=rng,
        attributes={
            "algorithm": "bam",
            "seed": used,
            "batch": settings.batch,
            "iterations": run.iterations,
            "last_divergence": run.divergence,
            "interrupted": interrupted,
            "converged": not reason,
            "stopped": reason,
        },
        pool=4 if resample else 0,
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
        self.iterations = 0
        self.divergence = np.inf

    def go(self, rng: np.random.Generator, steps: Steps) -> str:
        """Iterate; why it did not converge, empty if it did."""
        settings, d = self.settings, self.evaluator.dimension
        milestone, next_check = self.law, FIRST_CHECK
        for t in range(settings.iterations):
            xs = self.law.draw(rng.standard_normal((settings.batch, d)))
            _, scores = self.evaluator.rows(xs)
            fine = np.isfinite(scores).all(axis=1)
            if fine.sum() < 2:
                return "the density has no finite gradient where the law puts its draws"
            size = d * settings.batch / (t + 1.0) ** 2 + 1.0 / (t + 1.0)
            try:
                if isinstance(self.law, Dense):
                    self.law = match(self.law, xs[fine], scores[fine], size)
                else:
                    self.law = match_low_rank(self.law, xs[fine], scores[fine], size, settings.rank)
            except np.linalg.LinAlgError:
                return "a covariance was not positive definite: the density may be improper"
            self.iterations = t + 1
            steps.show(t + 1, f"divergence from a while ago {self.divergence:.2g}")
            if self.iterations == next_check:
                self.divergence = symmetrised_divergence(self.law, milestone)
                if self.divergence <= settings.tolerance:
                    return ""
                milestone, next_check = self.law, 2 * next_check
        return f"max_iterations, {settings.iterations}, was reached"


def match(law: Dense, xs: Array, scores: Array, size: float) -> Dense:
    """One batch-and-match step (equations for U, V, Sigma and mu of Cai et al. 2024).

    Sigma solves Sigma U Sigma + Sigma = V. With V = C C' it is C X C', where X solves the same
    equation with C' U C and the identity, and shares its eigenvectors: x = 2 / (1 + sqrt(1 + 4 u)).

    Raises
    ------
    numpy.linalg.LinAlgError
        If V is not positive definite.
    """
    centre, score, right, left = _columns(law, xs, scores, size)
    old = law.covariance()
    v = old + left @ left.T
    c = np.linalg.cholesky(0.5 * (v + v.T))
    turned = c.T @ right
    values, vectors = np.linalg.eigh(turned @ turned.T)
    x = 2.0 / (1.0 + np.sqrt(1.0 + 4.0 * np.maximum(values, 0.0)))
    half = (c @ vectors) * np.sqrt(x)
    covariance = half @ half.T
    factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    mean = (law.mean + size * (covariance @ score + centre)) / (1.0 + size)
    return Dense(mean, factor)


def match_low_rank(law: LowRank, xs: Array, scores: Array, size: float, rank: int) -> LowRank:
    """One step of batch, match and patch (Modi et al. 2025).

    With U = R R', Sigma = V - V R (I / 2 + (R' V R + I / 4)^(1/2))^-2 R' V. It is diagonal plus low
    rank; expectation-maximisation then projects it to `rank`.
    """
    centre, score, right, left = _columns(law, xs, scores, size)
    diagonal, columns = parts(law)
    plus = np.concatenate([columns, left], axis=1)
    turned = diagonal[:, None] * right + plus @ (plus.T @ right)
    values, vectors = np.linalg.eigh(right.T @ turned)
    minus = (turned @ vectors) / (0.5 + np.sqrt(np.maximum(values, 0.0) + 0.25))
    target = Signed(diagonal, plus, minus)
    mean = (law.mean + size * (target.times(score) + centre)) / (1.0 + size)
    return patch(mean, target, diagonal, columns[:, :rank])


@dataclass(frozen=True)
class Signed:
    """A covariance diag(diagonal) + plus plus' - minus minus'."""

    diagonal: Array
    plus: Array
    minus: Array

    def times(self, right: Array) -> Array:
        """Multiply a vector or columns."""
        scaled = (self.diagonal * right.T).T
        result: Array = scaled + self.plus @ (self.plus.T @ right)
        result -= self.minus @ (self.minus.T @ right)
        return result

    @property
    def variance(self) -> Array:
        """Diagonal of the matrix."""
        added = np.einsum("ij,ij->i", self.plus, self.plus)
        variance: Array = self.diagonal + added - np.einsum("ij,ij->i", self.minus, self.minus)
        return variance


def patch(mean: Array, target: Signed, diagonal: Array, columns: Array) -> LowRank:
    """Project a covariance to diag + columns columns' by expectation-maximisation.

    The steps of factor analysis (D. B. Rubin and D. T. Thayer 1982, EM Algorithms for ML Factor
    Analysis, Psychometrika 47) with the target for the sample covariance; each lowers the
    Kullback-Leibler divergence from the target.
    """
    variance = target.variance
    if not (variance > 0.0).all():
        raise np.linalg.LinAlgError
    rank = columns.shape[1]
    for _ in range(PATCHES):
        scaled = columns / diagonal[:, None]
        inner = np.linalg.inv(np.eye(rank) + columns.T @ scaled)
        weights = scaled @ inner  # of the regression of the factors on the variables
        product = target.times(weights)
        moment = weights.T @ product + np.eye(rank) - weights.T @ columns
        columns = np.asarray(np.linalg.solve(0.5 * (moment + moment.T), product.T).T)
        residual = variance - np.einsum("ij,ij->i", columns, product)
        diagonal = np.maximum(residual, 1e-10 * variance)
    return LowRank.of_columns(mean, np.sqrt(diagonal), columns)


def parts(law: LowRank) -> tuple[Array, Array]:
    """Diagonal and columns of a law made by `LowRank.of_columns`."""
    inner = law.factor @ law.factor.T - np.eye(len(law.factor))
    values, vectors = np.linalg.eigh(0.5 * (inner + inner.T))
    columns = law.basis @ (vectors * np.sqrt(np.maximum(values, 0.0)))
    order = np.argsort(-values)
    return law.sd**2, (law.sd[:, None] * columns)[:, order]


def _columns(
    law: Dense | LowRank, xs: Array, scores: Array, size: float
) -> tuple[Array, Array, Array, Array]:
    """Means of draws and scores, R with U = R R', and W with V = Sigma + W W'."""
    n = len(xs)
    centre, score = xs.mean(axis=0), scores.mean(axis=0)
    weight = np.sqrt(size / n)
    share = np.sqrt(size / (1.0 + size))
    right = np.concatenate([weight * (scores - score).T, share * score[:, None]], axis=1)
    away = share * (law.mean - centre)[:, None]
    left = np.concatenate([weight * (xs - centre).T, away], axis=1)
    return centre, score, right, left


def _started(first: LowRank, rank: int) -> Dense | LowRank:
    """Return the first law in the family that is fitted."""
    if not rank:
        covariance = first.covariance()
        factor = np.linalg.cholesky(0.5 * (covariance + covariance.T))
        return Dense(first.mean, np.asarray(factor, dtype=np.float64))
    # The climb's law is diagonal plus a part that may be indefinite: keep what is positive.
    diagonal: Array = np.sqrt(first.variance)
    columns: Array = parts(first)[1][:, :rank]
    missing = rank - columns.shape[1]
    if missing > 0:
        rng = np.random.default_rng(0)  # columns of zeros would stay zeros
        more = 0.1 * diagonal[:, None] * rng.standard_normal((len(diagonal), missing))
        columns = np.concatenate([columns, more], axis=1)
    return LowRank.of_columns(first.mean, 0.5 * diagonal, columns)
