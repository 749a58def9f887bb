"""Mixtures: weights, and laws to draw from with these probabilities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.distributions.base import Distribution, Shape
from ppl.tails import log_sum

if TYPE_CHECKING:
    from collections.abc import Callable


class Mixed(Distribution):
    """A law drawn from one of k laws, whose values are put on a last axis.

    Laws give `_log_weights` and `_each`.
    """

    def _log_weights(self) -> Any:
        """Log probabilities of the components, shape (..., k)."""
        raise NotImplementedError

    def _each(
        self, function: Callable[[Distribution, Any], Any], value: Any = None, *, events: int = 1
    ) -> Any:
        """Apply a function of a law and a value to all components; shape (..., k).

        Without a value the function returns something with the axes of so many events, behind those
        of the components.
        """
        raise NotImplementedError

    def _total(self, log_terms: Any) -> Any:
        return log_sum(self._log_weights() + log_terms)

    def _log_prob(self, value: Any) -> Any:
        return self._total(self._each(lambda law, x: law.log_prob(x), value))

    def log_responsibilities(self, value: Any) -> Any:
        """Return the log probability of each component given a value of the mixture.

        Parameters
        ----------
        value : array, shape (...) + event_shape

        Returns
        -------
        array, shape (..., k)
            In nats; their exponentials sum to 1.
        """
        with np.errstate(all="ignore"):
            parts = self._log_weights() + self._each(lambda law, x: law.log_prob(x), value)
            return ad.special.log_softmax(parts, axis=-1)

    def _averaged(self, each: Any, events: int = 1) -> Any:
        """Mean over the components of something with the axes of so many events behind theirs."""
        weights = np.exp(self._log_weights())
        extra = events * len(self.event_shape)
        weights = weights[(..., *(None,) * extra)]
        # A component without weight has no part in it, even if it is infinite.
        return np.sum(np.where(weights == 0.0, 0.0, weights * each), axis=-1 - extra)

    def _mean(self) -> Any:
        return self._averaged(self._each(lambda law, _: law.mean))

    def _variance(self) -> Any:
        extra = len(self.event_shape)
        means = self._each(lambda law, _: law.mean)
        centre = np.expand_dims(self._mean(), axis=-1 - extra)
        return self._averaged(self._each(lambda law, _: law.variance) + (means - centre) ** 2)

    def _covariance(self) -> Any:
        event = self.event_shape
        means = self._each(lambda law, _: law.mean)
        gaps = means - np.expand_dims(self._mean(), axis=-1 - len(event))
        gaps = np.reshape(gaps, (*np.shape(gaps)[: np.ndim(gaps) - len(event)], math.prod(event)))
        products = gaps[..., :, None] * gaps[..., None, :]
        products = np.reshape(products, (*np.shape(gaps)[:-1], *event, *event))
        within = self._each(lambda law, _: law.covariance, events=2)
        return self._averaged(within + products, events=2)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        part = self._total(self._each(lambda law, x: law.log_cdf(x), value))
        # Next to 1 what is missing keeps its digits.
        return np.where(
            part < -0.5, part, ad.special.log1m_exp(np.minimum(self._above(value), 0.0))
        )

    def _log_sf(self, value: Any) -> Any:
        return np.minimum(self._above(value), 0.0)

    def _above(self, value: Any) -> Any:
        return self._total(self._each(lambda law, x: law.log_sf(x), value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        log_weights = self._log_weights()
        # The greatest of the log probabilities with Gumbel noise is at each with its probability.
        noisy = log_weights + rng.gumbel(size=(*shape, np.shape(log_weights)[-1]))
        chosen = np.argmax(noisy, axis=-1)
        every = self._draws(rng, shape)
        extra = len(self.event_shape)
        index = chosen[(..., None, *(None,) * extra)]
        return np.squeeze(np.take_along_axis(every, index, axis=-1 - extra), axis=-1 - extra)

    def _draws(self, rng: np.random.Generator, shape: Shape) -> Any:
        """One draw from each component, on the axis before those of events."""
        raise NotImplementedError
