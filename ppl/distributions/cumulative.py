"""Probabilities of half lines and intervals, and quantiles: what a law derives from `_cdf`.

A law gives `_cdf` and, where another formula keeps digits that it loses, `_log_cdf`, `_sf` or
`_log_sf`, and `_icdf`. They see values strictly inside the support.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.distributions.inversion import quantile
from ppl.distributions.part import Part
from ppl.numerics import LOG_2
from ppl.tails import log_difference

if TYPE_CHECKING:
    from collections.abc import Callable


# Log of the share of a tail below which an interval is narrow, and Gauss and Legendre's rule of
# three nodes on [0, 1], exact there to 1e-20.
_NARROW = math.log(1e-3)
_GAUSS = tuple(
    (0.5 + 0.5 * node, 0.5 * weight)
    for node, weight in ((-math.sqrt(0.6), 5 / 9), (0.0, 8 / 9), (math.sqrt(0.6), 5 / 9))
)


class Cumulative(Part):
    """Part of `Distribution`: distribution function, survival function, intervals, quantiles."""

    @property
    def has_atoms(self) -> bool:
        """Whether some single value has a positive probability."""
        return self.support.discrete

    def kinks(self) -> tuple[Any, ...]:
        """Return where the density has a corner or a jump inside the support."""
        return ()

    def cdf(self, value: Any) -> Any:
        """Return the probability of at most `value`, for any real value."""
        return self._below(self._cdf, value, 0.0, 1.0)

    def log_cdf(self, value: Any) -> Any:
        """Return the log of `cdf` in nats, accurate also where `cdf` underflows or is next to 1."""
        return self._below(self._log_cdf, value, -np.inf, 0.0)

    def sf(self, value: Any) -> Any:
        """Return the probability of more than `value`, accurate also where it is small."""
        return np.exp(self.log_sf(value))

    def log_sf(self, value: Any) -> Any:
        """Return the log of `sf` in nats, for any real value."""
        return self._below(self._log_sf, value, 0.0, -np.inf)

    def log_mass(self, low: Any, high: Any) -> Any:
        """Return the log probability of more than `low` and at most `high`, in nats.

        Parameters
        ----------
        low, high : array, shape (...)
            Plain or traced; infinite ones too. They broadcast with the parameters.

        Returns
        -------
        array, shape (...)
            -inf where `low >= high`. It is the difference of two tail probabilities, those of the
            side of the median where they are small, so nothing cancels in either tail.

        Examples
        --------
        >>> from ppl import Exponential
        >>> round(float(Exponential(1.0).log_mass(1000.0, 1001.0)), 12)
        -1000.458675145387
        """
        self._require_numbers("log_mass")
        with np.errstate(all="ignore"):
            return self._log_mass(_plain(low), _plain(high))[()]

    def _log_mass(self, low: Any, high: Any) -> Any:
        bottom = self.support.lowest()
        if _all(low < bottom if self.has_atoms else low <= bottom):
            return self.log_cdf(high)
        if _all(high >= self.support.clip(np.inf)):
            return self.log_sf(low)
        below = self.log_cdf(low)
        left = below < -LOG_2
        upto, above = self.log_cdf(high), self.log_sf(low)
        part = np.where(left, log_difference(upto, below), log_difference(above, self.log_sf(high)))
        if self.has_atoms or self.kinks():
            return part
        narrow = (
            (low < high) & (high - low < np.inf) & (part - np.where(left, upto, above) < _NARROW)
        )
        return self._refined(part, narrow, low, high)

    def _refined(self, part: Any, narrow: Any, low: Any, high: Any) -> Any:
        """Replace, where intervals are narrow, a difference of nearly equal tails.

        There the density hardly changes, and its integral by quadrature is exact.
        """
        if _all(~narrow):
            return part
        start = np.where(narrow, low, self.support.interior())
        width = np.where(narrow, high - start, 1.0)
        centre = self.log_prob(start + 0.5 * width)
        mean = sum(
            weight * np.exp(self.log_prob(start + node * width) - centre) for node, weight in _GAUSS
        )
        return np.where(narrow, np.log(width) + centre + np.log(mean), part)

    def icdf(self, q: Any) -> Any:
        """Return the smallest value with a `cdf` of at least `q`; NaN for q outside [0, 1]."""
        self._require_numbers("icdf")
        q = q if ad.is_traced(q) else np.asarray(q, dtype=np.float64)[()]
        with np.errstate(all="ignore"):
            valid = (q >= 0.0) & (q <= 1.0)
            return np.where(valid, self._icdf(np.where(valid, q, 0.5)), np.nan)[()]

    def _require_numbers(self, what: str) -> None:
        """Raise if the parameters were wrong, or if values are not numbers: those have an order."""
        self.require_valid()
        if self.event_shape:
            raise self._undefined(what)

    def _below(self, formula: Callable[[Any], Any], value: Any, none: float, full: float) -> Any:
        """Apply a formula for the mass up to `value` on the support; beyond, none or all of it."""
        self._require_numbers("cdf")
        value = value if ad.is_traced(value) else np.asarray(value, dtype=np.float64)[()]
        with np.errstate(all="ignore"):
            support = self.support
            low, high = support.lowest(), support.clip(np.inf)
            before = value < low if self.has_atoms else value <= low
            beyond = value >= high
            # The formula sees no ends with nothing or all below: it may have no slope there.
            inside = np.where(before | beyond, support.interior(), support.clip(value))
            part = np.where(beyond, full, formula(inside))
            return np.where(before, none, part)[()]

    def _cdf(self, _value: Any) -> Any:
        raise self._undefined("cdf")

    def _log_cdf(self, value: Any) -> Any:
        return np.log(self._cdf(value))

    def _sf(self, value: Any) -> Any:
        # Where the cdf is next to 1 its logarithm holds what is missing.
        return -np.expm1(self._log_cdf(value))

    def _log_sf(self, value: Any) -> Any:
        return np.log(self._sf(value))

    def _icdf(self, q: Any) -> Any:
        if type(self)._cdf is Cumulative._cdf:  # noqa: SLF001 - of this very class
            raise self._undefined("icdf")
        low, high = self.support.lowest(), self.support.clip(np.inf)
        return quantile(self.cdf, q, low, high)


def _plain(value: Any) -> Any:
    return value if ad.is_traced(value) else np.asarray(value, dtype=np.float64)[()]


def _all(condition: Any) -> bool:
    """Whether a condition is known to hold everywhere."""
    return not ad.is_traced(condition) and bool(np.all(condition))
