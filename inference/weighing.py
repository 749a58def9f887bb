"""Draws of an approximation, weighed against the density: its errors, and better draws."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference import importance
from inference.evaluation import Evaluator
from inference.gaussians import Gaussian

Array = NDArray[np.float64]

PROBES = 100  # draws from the laws at other modes, each
SPARSE = 100.0  # where the posterior is so many times the approximation, that has no draws


@dataclass(frozen=True)
class Mixture:
    """A mixture of normal laws with equal weights; one law is a mixture of one."""

    components: tuple[Gaussian, ...]

    def draw(self, draws: int, rng: np.random.Generator) -> Array:
        """Draws of shape (draws, d), the same number from each component up to one."""
        first = self.components[0]
        parts = []
        for k, component in enumerate(self.components):
            share = (draws - k + len(self.components) - 1) // len(self.components)
            parts.append(component.draw(rng.standard_normal((share, first.dimension))))
        return np.concatenate(parts)

    def logdensity(self, xs: Array) -> Array:
        """Log density at rows, in nats."""
        each = np.stack([component.logdensity(xs) for component in self.components])
        top = each.max(axis=0)
        with np.errstate(under="ignore"):
            total: Array = top + np.log(np.exp(each - top).mean(axis=0))
        return total


def weigh(
    mixture: Mixture, evaluator: Evaluator, draws: int, rng: np.random.Generator
) -> tuple[Array, Array, Array, importance.Weights]:
    """Draws, their log densities under target and mixture, and smoothed weights."""
    xs = mixture.draw(draws, rng)
    lp, _ = evaluator.rows(xs)
    log_q = mixture.logdensity(xs)
    return xs, lp, log_q, importance.smooth(lp - log_q)


def errors(xs: Array, weights: importance.Weights) -> tuple[float, float]:
    """Largest errors of the approximation that its own importance weights see.

    Of a mean, in standard deviations, and of the logarithm of a standard deviation, over the
    unconstrained vector; less two Monte Carlo standard errors, at least zero. Worth as much as the
    weights are: see k-hat.
    """
    share = np.exp(weights.log_weights)
    sd = xs.std(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (xs - xs.mean(axis=0)) / sd
        shift = share @ z
        spread = share @ (z - shift) ** 2
        extra = len(xs) * share - 1.0
        noise = np.sqrt((((extra[:, None] * (z - shift)) ** 2).mean(axis=0)) / len(xs))
        rough = np.sqrt((((extra[:, None] * (z**2 - 1.0)) ** 2).mean(axis=0)) / len(xs)) / 2.0
        means = np.abs(shift) / np.sqrt(spread) - 2.0 * noise
        deviations = 0.5 * np.abs(np.log(spread)) - 2.0 * rough
    return tuple(float(np.nanmax(np.maximum(e, 0.0), initial=0.0)) for e in (means, deviations))  # type: ignore[return-value]  # two


def elsewhere(
    rivals: Mixture,
    mixture: Mixture,
    evaluator: Evaluator,
    evidence: float,
    rng: np.random.Generator,
) -> float:
    """Share of the mass where the approximation has nothing, as far as laws at other modes see it.

    Their importance ratios, summed where the posterior, normalised by `evidence` (nats), is more
    than a hundred times the approximation. A lower bound, up to Monte Carlo error: other modes that
    no climb met are not seen.
    """
    xs, lp, log_r, _ = weigh(rivals, evaluator, PROBES * len(rivals.components), rng)
    bare = lp - mixture.logdensity(xs) - evidence > math.log(SPARSE)
    if not bare.any():
        return 0.0
    log_mass = float(np.logaddexp.reduce((lp - log_r)[bare])) - math.log(len(xs)) - evidence
    return float(1.0 / (1.0 + math.exp(min(-log_mass, 700.0))))


def resample(
    weights: importance.Weights, draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Positions of draws chosen with replacement by their weights, in random order.

    Systematic resampling: a draw of weight w appears floor(n w) or ceil(n w) times, which adds less
    noise than independent choices (R. Douc, O. Cappe and E. Moulines 2005, Comparison of Resampling
    Schemes for Particle Filtering, section 3.3).
    """
    with np.errstate(under="ignore"):
        ladder = np.cumsum(np.exp(weights.log_weights))
    rungs = (rng.random() + np.arange(draws)) / draws * ladder[-1]
    chosen: NDArray[np.int64] = np.minimum(np.searchsorted(ladder, rungs), len(ladder) - 1)
    return rng.permutation(chosen)
