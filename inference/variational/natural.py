"""Natural-gradient steps of normal families, in coordinates that move with the law.

A law is x = mean + F z. A step changes it to x = mean + F (m + (I + T) z); at m = 0, T = 0 the
Fisher information of (m, T) is the identity, but 2 for T's diagonal, so that the natural gradient
costs nothing and steps do not depend on the units or the conditioning of the parameters (T.
Salimans and D. A. Knowles 2013, Bayesian Analysis 8, for natural gradients of normal laws; W. Lin,
F. Nielsen, M. E. Khan and M. Schmidt 2021, Tractable structured natural-gradient descent using
local parameterizations, ICML, for the coordinates).

Gradients are pathwise. With `landing` the score of the law is left out of them, which has mean zero
but variance: then they vanish, draw by draw, where the law equals the density (G. Roeder, Y. Wu and
D. K. Duvenaud 2017, Sticking the Landing, NeurIPS).
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from inference.evaluation import Evaluator
from inference.gaussians import Dense, Diagonal, Gaussian, LowRank
from inference.variational.patching import Signed, parts, projected

Array = NDArray[np.float64]

LONGEST = 1.0  # of a step, in the local coordinates: about 1/2 nat of divergence


class Moves(ABC):
    """Steps of one family, over a state: numbers that describe a law and can be averaged."""

    def __init__(self, evaluator: Evaluator, batch: int, *, landing: bool) -> None:
        self.evaluator, self.batch, self.landing = evaluator, batch, landing
        self.dimension = evaluator.dimension

    @abstractmethod
    def state(self, law: Dense | LowRank) -> Array:
        """State of a law of the family like another one, with which the steps begin."""

    @abstractmethod
    def law(self, state: Array) -> Gaussian:
        """Law of a state."""

    @abstractmethod
    def step(self, state: Array, size: float, rng: np.random.Generator) -> Array:
        """State after a natural-gradient step up the evidence lower bound."""

    def pairs(self, width: int, rng: np.random.Generator) -> Array:
        """A batch of standard normal rows in pairs z, -z.

        In a pair the noise of the mean's gradient cancels as far as scores are linear: for a family
        that cannot equal the density that noise would never vanish.
        """
        half = rng.standard_normal(((self.batch + 1) // 2, width))
        return np.concatenate([half, -half])[: self.batch]

    def scores(self, xs: Array, *sources: Array) -> tuple[Array, ...]:
        """Gradients of the log density at the rows where they are finite; `sources` there."""
        _, gradients = self.evaluator.rows(xs)
        fine = np.isfinite(gradients).all(axis=1)
        if not fine.any():
            raise FloatingPointError
        return gradients[fine], *(source[fine] for source in sources)


class MeanField(Moves):
    """Independent components: T is diagonal. State: mean, log standard deviations.

    Steps of the mean are turned by the first law's covariance instead of the variances: where
    parameters are correlated, those take as many steps as the condition number of the correlations
    to come to rest, and the optimum is the same.
    """

    turn: Signed

    def state(self, law: Dense | LowRank) -> Array:
        """Take the variances."""
        self.turn = Signed.of(law)
        return np.concatenate([law.mean, 0.5 * np.log(law.variance)])

    def law(self, state: Array) -> Diagonal:
        """Undo `state`."""
        return Diagonal(state[: self.dimension], np.exp(state[self.dimension :]))

    def step(self, state: Array, size: float, rng: np.random.Generator) -> Array:
        """Move mean and log standard deviations."""
        law = self.law(state)
        z = self.pairs(self.dimension, rng)
        gradients, z = self.scores(law.draw(z), z)
        pulled = law.sd * gradients
        m = (pulled + (z if self.landing else 0.0)).mean(axis=0) / law.sd
        w = 0.5 * (pulled * z + (z**2 if self.landing else 1.0)).mean(axis=0)
        uphill = self.turn.times(m)
        size = shortened(size, m @ uphill + 2.0 * (w @ w))
        return state + size * np.concatenate([uphill, w])


class FullRank(Moves):
    """Any covariance: T is lower triangular. State: mean, Cholesky factor with log diagonal."""

    def state(self, law: Dense | LowRank) -> Array:
        """Take the covariance."""
        covariance = law.covariance()
        factor = np.linalg.cholesky(0.5 * (covariance + covariance.T))
        return self._state(law.mean, np.asarray(factor, dtype=np.float64))

    def _state(self, mean: Array, factor: Array) -> Array:
        diagonal, lower = np.diag_indices(self.dimension), np.tril_indices(self.dimension)
        factor[diagonal] = np.log(factor[diagonal])
        return np.concatenate([mean, factor[lower]])

    def law(self, state: Array) -> Dense:
        """Undo `state`."""
        d = self.dimension
        factor = np.zeros((d, d))
        factor[np.tril_indices(d)] = state[d:]
        diagonal = np.diag_indices(d)
        factor[diagonal] = np.exp(factor[diagonal])
        return Dense(state[:d], factor)

    def step(self, state: Array, size: float, rng: np.random.Generator) -> Array:
        """Move mean and Cholesky factor."""
        law, places = self.law(state), np.diag_indices(self.dimension)
        z = rng.standard_normal((self.batch, self.dimension))
        gradients, z = self.scores(law.draw(z), z)
        pulled = gradients @ law.factor + (z if self.landing else 0.0)
        m = pulled.mean(axis=0)
        t = np.tril(pulled.T @ z / len(z))
        t[places] = 0.5 * (t[places] + (0.0 if self.landing else 1.0))
        size = shortened(size, m @ m + (t**2).sum() + (t[places] ** 2).sum())
        change = size * t
        change[places] = np.exp(change[places])
        return self._state(law.mean + size * (law.factor @ m), law.factor @ change)


class LowRankPlus(Moves):
    """Diagonal plus columns B: x = mean + s z1 + B z2. State: mean, log s, B.

    The Fisher information of (s, B) is not diagonal: their steps are scaled as for a diagonal law,
    which keeps them free of units.
    """

    def __init__(self, evaluator: Evaluator, batch: int, rank: int, *, landing: bool) -> None:
        super().__init__(evaluator, batch, landing=landing)
        self.rank = rank

    def state(self, law: Dense | LowRank) -> Array:
        """Project to the family."""
        near = projected(law, self.rank)
        return np.concatenate([law.mean, np.log(near.sd), parts(near)[1].ravel()])

    def _parts(self, state: Array) -> tuple[Array, Array, Array]:
        d = self.dimension
        return state[:d], np.exp(state[d : 2 * d]), state[2 * d :].reshape(d, self.rank)

    def law(self, state: Array) -> LowRank:
        """Undo `state`."""
        return LowRank.of_columns(*self._parts(state))

    def step(self, state: Array, size: float, rng: np.random.Generator) -> Array:
        """Move mean, log scales and columns."""
        d, law = self.dimension, self.law(state)
        mean, sd, columns = self._parts(state)
        z = self.pairs(d + self.rank, rng)
        away = sd * z[:, :d] + z[:, d:] @ columns.T
        gradients, z, away = self.scores(mean + away, z, away)
        if self.landing:
            gradients = gradients + law.solve(away)
        w = (gradients * sd * z[:, :d]).mean(axis=0)
        b = gradients.T @ z[:, d:] / len(z)
        if not self.landing:  # gradients of the entropy, log det(covariance) / 2
            w = w + sd**2 * law.precision_diagonal
            b = b + law.solve(columns.T).T
        m = gradients.mean(axis=0)
        uphill = sd**2 * m + columns @ (columns.T @ m)
        scaled = sd[:, None] * b
        size = shortened(size, m @ uphill + 0.5 * (w @ w) + (scaled**2).sum())
        return state + size * np.concatenate([uphill, 0.5 * w, (sd[:, None] * scaled).ravel()])


def shortened(size: float, square: float) -> float:
    """Step size for a direction of squared length `square`, so that no step is too long."""
    length = size * float(np.sqrt(square))
    return size / max(1.0, length / LONGEST)
