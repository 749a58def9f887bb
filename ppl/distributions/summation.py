"""Laws on few integers: distribution function and moments by summing the probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.distributions.base import Distribution

if TYPE_CHECKING:
    from ppl.constraints import IntegerInterval


class Summed(Distribution):
    """A law on the integers of an interval, whose sums over all of them are short."""

    def _table(self) -> tuple[Any, Any]:
        """Values on a new first axis, and their probabilities: shape (n,) + batch_shape."""
        support: IntegerInterval = self.support  # type: ignore[assignment] # by the class's meaning
        low = np.broadcast_to(support.low, self.batch_shape)
        size = int(np.max(np.broadcast_to(support.high, self.batch_shape) - low, initial=0.0)) + 1
        values = low + np.arange(float(size)).reshape((size,) + (1,) * len(self.batch_shape))
        return values, np.exp(self.log_prob(values))

    def _mean(self) -> Any:
        values, probabilities = self._table()
        return np.sum(values * probabilities, axis=0)

    def _variance(self) -> Any:
        values, probabilities = self._table()
        return np.sum((values - self._mean()) ** 2 * probabilities, axis=0)

    def _entropy(self) -> Any:
        values, probabilities = self._table()
        log_prob = np.where(probabilities > 0.0, self.log_prob(values), 0.0)
        return -np.sum(probabilities * log_prob, axis=0)

    def _cdf(self, value: Any) -> Any:
        _, probabilities = self._table()
        summed = self._at(np.cumsum(probabilities, axis=0), value)
        return np.where(value >= self.support.clip(np.inf), 1.0, np.minimum(summed, 1.0))

    def _sf(self, value: Any) -> Any:
        # Summed from the other end, where the probabilities are small.
        _, probabilities = self._table()
        upto = np.cumsum(probabilities[::-1], axis=0)[::-1]
        above = self._at(upto, value + 1.0)
        return np.where(value >= self.support.clip(np.inf), 0.0, np.minimum(above, 1.0))

    def _at(self, table: Any, value: Any) -> Any:
        """Take from a table over the values (first axis) the elements of some of them."""
        values = self._table()[0]
        shape = np.broadcast_shapes(np.shape(value), self.batch_shape)
        wide = np.broadcast_to(
            table[(slice(None), *_lead(shape, self.batch_shape))], (len(values), *shape)
        )
        index = np.broadcast_to(np.floor(value - values[0]), shape).astype(np.int64)
        return np.take_along_axis(wide, np.clip(index, 0, len(values) - 1)[None], axis=0)[0]


def _lead(shape: tuple[int, ...], batch: tuple[int, ...]) -> tuple[None, ...]:
    """New axes that align a batch with a longer shape, behind the table's own axis."""
    return (None,) * (len(shape) - len(batch))


def pick(vectors: Any, index: Any) -> Any:
    """Take from each vector (last axis) the element at its index; batch and index broadcast.

    Parameters
    ----------
    vectors : array, shape (..., n)
        Plain or traced.
    index : array, shape (...)
        From 0 to n - 1, as integers or floats; traced only where a model computes it.

    Returns
    -------
    array, shape (...)
        NaN where the index is NaN.
    """
    size = np.shape(vectors)[-1]
    if not isinstance(index, int | float | np.ndarray | np.generic):  # traced
        chosen = index[..., None] == np.arange(float(size))
        return np.sum(np.where(chosen, vectors, 0.0), axis=-1)
    unknown = np.isnan(index)
    place = np.where(unknown, 0, index).astype(np.int64)
    batch = np.shape(vectors)[:-1]
    front = np.ix_(*(np.arange(n) for n in batch)) if batch else ()
    chosen = vectors[(*front, place)] if batch else vectors[place]
    return np.where(unknown, np.nan, chosen) if np.any(unknown) else chosen
