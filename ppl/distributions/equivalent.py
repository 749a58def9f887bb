"""Laws that are another law under other parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.distributions.base import Distribution, Shape

if TYPE_CHECKING:
    import numpy as np


class Equivalent(Distribution):
    """A law whose formulas are those of `_law()`, another law with parameters made of its own."""

    def _law(self) -> Distribution:
        raise NotImplementedError

    def _log_prob(self, value: Any) -> Any:
        return self._law().log_prob_inside(value)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._law().draw(rng, shape)

    def _mean(self) -> Any:
        return self._law().mean

    def _variance(self) -> Any:
        return self._law().variance

    def _covariance(self) -> Any:
        return self._law().covariance

    def _entropy(self) -> Any:
        return self._law().entropy()

    def _cdf(self, value: Any) -> Any:
        return self._law().cdf(value)

    def _log_cdf(self, value: Any) -> Any:
        return self._law().log_cdf(value)

    def _log_sf(self, value: Any) -> Any:
        return self._law().log_sf(value)

    def _icdf(self, q: Any) -> Any:
        return self._law().icdf(q)
