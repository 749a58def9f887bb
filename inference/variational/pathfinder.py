"""Pathfinder: normal laws along the way of a quasi-Newton climb, the best of which is kept.

L. Zhang, B. Carpenter, A. Gelman and A. Vehtari (2022), Pathfinder: Parallel quasi-Newton
variational inference, JMLR 23(306), 1-49. Numbers of equations below are those of this paper.
"""

import os
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments, descent, starts
from inference.approximation import Approximation, of_family, seed_of
from inference.density import Density, check_laws
from inference.errors import InitialPointError, NoDrawsError
from inference.evaluation import Evaluator
from inference.gaussians import Dense, Gaussian, LowRank
from inference.steps import StepCallback, Steps
from inference.variational.quasi_newton import law_at, next_diagonal
from inference.weighing import Mixture

Array = NDArray[np.float64]

WHO = "inference.pathfinder"
REFINED = 200  # dimensions up to which laws are refined
JUDGES = 100  # draws that decide between two laws of a path


def pathfinder(
    density: Density,
    *,
    draws: int = 1000,
    paths: int = 8,
    seed: int | None = None,
    history: int | None = None,
    elbo_draws: int = 25,
    refine: int = 32,
    max_iterations: int = 1000,
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
    resample: bool = True,
    store: str | os.PathLike[str] | None = None,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Approximation:
    """Approximate a density by the best normal laws along quasi-Newton climbs to its modes.

    Each path climbs by L-BFGS from a random point. At each of its points the quasi-Newton estimate
    of the inverse Hessian gives a normal law, diagonal plus low rank; the one with the greatest
    evidence lower bound is kept. Unlike in the paper a few steps of `inference.bam` then refine it,
    where they raise the bound. Draws of all paths are pooled and resampled by Pareto-smoothed
    importance weights.

    Weights are ratios to the mixture of all paths' laws (the balance heuristic of A. Owen and Y.
    Zhou 2000, Safe and Effective Importance Sampling, JASA 95), not each to its own, so that a
    narrow law from one path is no harm where another covers it.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`.
    draws : int
        Kept; with `resample` chosen from as many for every path.
    paths : int
        Climbs, each from its own starting point.
    history : int, optional
        Pairs of steps and gradient differences that an estimate of the inverse Hessian is made of;
        its low-rank part has rank at most twice this. By default the dimension, but at least 6, as
        in the paper, and at most 40: with fewer pairs than dimensions the estimate lacks what is
        correlated (regression on 25 correlated predictors: k-hat 0.9 with 6, 0.6 with 30).
    elbo_draws : int
        Draws for the evidence lower bound at each point of a path.
    refine : int
        Steps of batch and match, of d + 10 gradients each in d dimensions, on each path's law; 0
        leaves the quasi-Newton laws as they are, and above 200 dimensions they always are. A
        path's estimate of the inverse Hessian is rough (on posteriordb's regression on 25
        correlated predictors k-hat falls from 0.8 to 0.2), and a law at a mode is not the best law.
    max_iterations : int
        Of L-BFGS, a path.
    initial : array or dict, optional
        Where to start: unconstrained, of shape (dimension,) or (paths, dimension), or constrained
        values by name. By default uniform in (-2, 2).
    resample : bool
        Whether to resample. Without it draws come from the mixture of the paths' laws.
    seed, store, callback, progress
        As for `inference.laplace`.

    Returns
    -------
    Approximation
        After Ctrl-C, of the paths that were complete. `attributes["path_elbos"]` has the evidence
        lower bound of each path. Resampled draws repeat where weights are uneven.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used.
    InitialPointError
        If the density is finite nowhere it was tried, or no path has a normal law.
    NoDrawsError
        If interrupted before the first path is complete (it is a KeyboardInterrupt too).
    """
    evaluator = Evaluator(check_laws(density, WHO))
    number = arguments.integer(WHO, "draws", draws, 1)
    count = arguments.integer(WHO, "paths", paths, 1)
    settings = Settings(
        history=usual_history(evaluator.dimension)
        if history is None
        else arguments.integer(WHO, "history", history, 1),
        elbo_draws=arguments.integer(WHO, "elbo_draws", elbo_draws, 1),
        refine=arguments.integer(WHO, "refine", refine, 0),
        iterations=arguments.integer(WHO, "max_iterations", max_iterations, 1),
    )
    kept = None if store is None else arguments.new_file(WHO, store)
    used = seed_of(WHO, seed)
    points = starts.given(evaluator, WHO, initial, count)
    found: list[Best] = []
    interrupted = False
    with Steps(WHO, count, callback, progress) as steps:
        try:
            for k in range(count):
                rng = np.random.default_rng([used, k])
                start = starts.random(evaluator, WHO, rng) if points is None else points[k]
                path = descent.ascend(
                    evaluator, start, history=settings.history, iterations=settings.iterations
                )
                best = climb(evaluator, path, settings, rng)
                if best is not None:
                    best = refined(evaluator, best, settings.refine, rng)
                    found.append(best)
                    steps.show(k + 1, f"evidence lower bound {best.elbo:.6g}")
        except KeyboardInterrupt:
            interrupted = True
            if not found:
                raise NoDrawsError(
                    f"{WHO}: interrupted before the first path was complete. Let it run longer."
                ) from None
    if not found:
        raise InitialPointError(
            f"{WHO}: a path must have a point with a normal law of finite evidence lower bound, got"
            f" none on {count} paths. Give another initial=, or more paths."
        )
    converged = all(best.converged for best in found) and len(found) == count
    fit = of_family(
        evaluator,
        Mixture(tuple(best.final for best in found)),
        draws=number,
        rng=np.random.default_rng([used, count]),
        attributes={
            "algorithm": "pathfinder",
            "seed": used,
            "interrupted": interrupted,
            "converged": converged,
            "stopped": "" if converged else _why(found, count, settings),
            "path_elbos": [best.elbo for best in found],
        },
        pool=count if resample else 0,
    )
    if kept is not None:
        fit.save(kept)
    return fit


@dataclass(frozen=True)
class Settings:
    """What all paths share."""

    history: int
    elbo_draws: int
    iterations: int
    refine: int = 0


def usual_history(dimension: int) -> int:
    """Pairs that are kept where the user does not say."""
    return min(max(dimension, 6), 40)


@dataclass(frozen=True)
class Best:
    """The normal law of a path with the greatest evidence lower bound, in nats, and its end."""

    law: LowRank
    elbo: float
    converged: bool
    end: descent.Iterate
    refined: Dense | None = None

    @property
    def final(self) -> LowRank | Dense:
        """The law, refined where that was better."""
        return self.refined or self.law


def climb(
    evaluator: Evaluator,
    path: Iterable[descent.Iterate],
    settings: Settings,
    rng: np.random.Generator,
) -> Best | None:
    """One path (algorithm 1): the best law on it, or None if there is none."""
    best: tuple[float, LowRank] | None = None
    diagonal = np.ones(evaluator.dimension)
    pairs: deque[tuple[Array, Array]] = deque(maxlen=settings.history)
    previous: descent.Iterate | None = None
    made = 0
    for made, here in enumerate(path):  # noqa: B007  # how many there were
        if previous is not None:
            s, y = here.x - previous.x, previous.gradient - here.gradient
            if descent.curved(s, y):
                pairs.append((s, y))
                diagonal = next_diagonal(diagonal, s, y)
            law = law_at(here, diagonal, pairs)
            if law is not None:
                elbo = _elbo(evaluator, law, settings.elbo_draws, rng)
                if np.isfinite(elbo) and (best is None or elbo > best[0]):
                    best = elbo, law
        previous = here
    if best is None or previous is None:
        return None
    return Best(best[1], best[0], made < settings.iterations, previous)


def refined(evaluator: Evaluator, best: Best, steps: int, rng: np.random.Generator) -> Best:
    """After batch-and-match steps, if the law is better then: by the same draws, for both."""
    from inference.variational import bam  # noqa: PLC0415  # it begins with climbs itself

    d = evaluator.dimension
    if not steps or d > REFINED:
        return best
    try:
        run = bam.Run(
            evaluator,
            bam.dense(best.law),
            bam.Settings(rank=0, batch=d + 10, tolerance=1e-3, iterations=steps),
        )
    except np.linalg.LinAlgError:
        return best
    run.go(rng, None)
    seed = int(rng.integers(1 << 62))
    before, after = (
        _elbo(evaluator, law, JUDGES, np.random.default_rng(seed)) for law in (best.law, run.law)
    )
    assert isinstance(run.law, Dense)
    return replace(best, refined=run.law, elbo=after) if after > before else best


def _elbo(evaluator: Evaluator, law: Gaussian, draws: int, rng: np.random.Generator) -> float:
    """Evidence lower bound by Monte Carlo (equation 5), in nats."""
    xs = law.draw(rng.standard_normal((draws, law.dimension)))
    lp, _ = evaluator.rows(xs)
    with np.errstate(invalid="ignore"):
        return float((lp - law.logdensity(xs)).mean())


def _why(found: list[Best], count: int, settings: Settings) -> str:
    lost = count - len(found)
    if lost:
        return f"{lost} of {count} paths were not complete or had no normal law"
    return f"a path reached max_iterations, {settings.iterations}"
