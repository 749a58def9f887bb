"""Any law on numbers, cut off on either side."""

import math
from typing import Any

import numpy as np

import ad
from ppl.constraints import Above, Constraint, extended_real
from ppl.distributions.base import Shape
from ppl.distributions.inversion import quantile
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import Wrapper, between, require_law


class Truncated(Wrapper):
    """A law given that the value is at least `low` and at most `high`.

    Parameters
    ----------
    base : Distribution
        A law on numbers with a distribution function, discrete or not.
    low : array, shape (...), default -inf
        Lower end, included, by name; also `lower`.
    high : array, shape (...), default inf
        Upper end, included, by name; also `upper`. It must be above some value of the base from
        `low` up.

    Notes
    -----
    The log of the mass between the ends is `base.log_mass`, exact in either tail. Draws are by
    inversion, in a right tail by bisection of the distribution function.

    Examples
    --------
    >>> from ppl import Exponential
    >>> float(Truncated(Exponential(1.0), low=800.0).log_prob(801.0))
    -1.0
    """

    low = parameter(extended_real, default=-math.inf, keyword_only=True, aliases=("lower",))
    high = parameter(
        lambda law: Above(law._before()),  # noqa: SLF001 - of this very class
        default=math.inf,
        keyword_only=True,
        aliases=("upper",),
    )

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == ()
        require_law(self, "base", base, kind="a distribution of numbers", good=good)

    def invalid_parameter(self) -> str | None:
        """Say which parameter is wrong, or that nothing is left between the ends."""
        problem = super().invalid_parameter()
        if problem is not None or any(map(ad.is_traced, vars(self.support).values())):
            return problem
        low, high = self.support.lowest(), self.support.clip(np.inf)
        if np.all(low <= high if self.base.discrete else low < high):
            return None
        return f"low and high must leave a part of the support of {self.base!r}, got none of it"

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The part of the base's support between the ends."""
        whole = self.base.support
        low, high = self.low, self.high
        if whole.discrete:
            low, high = np.ceil(low), np.floor(high)
        return between(
            np.maximum(low, whole.lowest()),
            np.minimum(high, whole.clip(np.inf)),
            discrete=whole.discrete,
        )

    def _before(self) -> Any:
        """Below which nothing is left: values above it are."""
        return np.ceil(self.low) - 1.0 if self.base.discrete else self.low

    def _log_prob(self, value: Any) -> Any:
        inside = self.base.log_prob_inside(value)
        return inside - self.base.log_mass(self._before(), self.high)

    def _log_cdf(self, value: Any) -> Any:
        part = self.base.log_mass(self._before(), value)
        return np.minimum(part - self.base.log_mass(self._before(), self.high), 0.0)

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_sf(self, value: Any) -> Any:
        part = self.base.log_mass(value, self.high)
        return np.minimum(part - self.base.log_mass(self._before(), self.high), 0.0)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._icdf(rng.random(shape))

    def _icdf(self, q: Any) -> Any:
        support = self.support
        low, high = support.lowest(), support.clip(np.inf)
        before = self.base.cdf(self._before())
        log_mass = self.base.log_mass(self._before(), self.high)
        level = before + q * np.exp(log_mass)
        value = np.minimum(np.maximum(self.base.icdf(np.minimum(level, 1.0)), low), high)
        # Next to 1 a level has lost the digits of the tail, and far on the left it underflows.
        far = np.broadcast_to((before > 0.9) | (log_mass < -600.0), np.shape(value))
        if np.any(far):
            value = np.where(far, quantile(self.cdf, q, low, high), value)
        return value
