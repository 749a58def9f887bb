"""Laws on finitely many given numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint
from ppl.distributions.base import Distribution, Shape
from ppl.tails import log_sum


class PointsLaw(Distribution):
    """A law on the numbers `points`, a vector parameter; laws give `log_weights`."""

    points: Any

    def log_weights(self) -> Any:
        """Return the log probabilities of all points, shape (..., k), in nats."""
        raise NotImplementedError

    def _misshapen(self) -> tuple[str, str] | None:
        sizes = {name: np.shape(vars(self)[name])[-1] for name in self._given}
        if len(set(sizes.values())) == 1 and 0 not in sizes.values():
            return None
        got = ", ".join(f"{name} {np.shape(vars(self)[name])}" for name in sizes)
        return f"vectors must have one size, at least 1, got shapes {got}", "One weight a point."

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The points."""
        return _Points(self.points)

    def _log_prob(self, value: Any) -> Any:
        here = np.where(value[..., None] == self.points, self.log_weights(), -np.inf)
        return log_sum(here) + 0.0 * value  # NaN for NaN

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        size = np.shape(self.points)[-1]
        # The greatest of the log probabilities with Gumbel noise is at each with its probability.
        chosen = np.argmax(self.log_weights() + rng.gumbel(size=(*shape, size)), axis=-1)
        every = np.broadcast_to(self.points, (*shape, size))
        return np.take_along_axis(every, chosen[..., None], axis=-1)[..., 0]

    def _averaged(self, each: Any) -> Any:
        return np.sum(np.exp(self.log_weights()) * each, axis=-1)

    def _mean(self) -> Any:
        return self._averaged(self.points)

    def _variance(self) -> Any:
        return self._averaged((self.points - self._mean()[..., None]) ** 2)

    def _entropy(self) -> Any:
        each = np.moveaxis(self.log_prob(np.moveaxis(self.points, -1, 0)), 0, -1)
        return -self._averaged(np.where(each == -np.inf, 0.0, each))

    def _part(self, flags: Any) -> Any:
        return np.minimum(log_sum(np.where(flags, self.log_weights(), -np.inf)), 0.0)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        return self._part(self.points <= value[..., None])

    def _log_sf(self, value: Any) -> Any:
        return self._part(self.points > value[..., None])

    def _icdf(self, q: Any) -> Any:
        shape = np.broadcast_shapes(np.shape(q), self.batch_shape)
        size = np.shape(self.points)[-1]
        each = np.sort(np.broadcast_to(self.points, (*shape, size)), axis=-1)
        # cdf is the sum over the points in another order, so the sums are its own.
        upto = np.moveaxis(self.cdf(np.moveaxis(each, -1, 0)), 0, -1)
        first = np.argmax(upto >= np.asarray(q)[..., None], axis=-1)
        return np.take_along_axis(each, first[..., None], axis=-1)[..., 0]


class _Points(Constraint):
    """Finitely many numbers, on the last axis of an array."""

    discrete = True

    def __init__(self, points: Any) -> None:
        self.points = points

    def __str__(self) -> str:
        return "one of the points"

    def _contains(self, value: Any) -> Any:
        return np.any(_spread(value) == self.points, axis=-1)

    def _interior(self, _event_shape: Shape) -> Any:
        return self.points[..., 0]

    def _clip(self, value: Any) -> Any:
        below = self.points <= _spread(value)
        highest = np.max(np.where(below, self.points, -np.inf), axis=-1)
        return np.maximum(highest, self._lowest())

    def _lowest(self) -> Any:
        return np.min(self.points, axis=-1)


def _spread(value: Any) -> Any:
    """Put a new last axis behind."""
    value = value if ad.is_traced(value) else np.asarray(value, dtype=np.float64)
    return value[..., None]
