"""Absolute values of a law on the real line."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import nonnegative
from ppl.distributions.base import Shape
from ppl.distributions.wrapping import Wrapper, known_infinite, require_law


class Folded(Wrapper):
    """Law of the absolute value of a continuous variable with law `base`.

    Parameters
    ----------
    base : Distribution
        A continuous law on numbers, of either sign.

    Notes
    -----
    Leone, Nelson and Nottingham (1961), "The folded normal distribution".

    Examples
    --------
    >>> from ppl import Normal
    >>> round(float(Folded(Normal(0.0, 1.0)).log_prob(0.0)), 12)
    -0.225791352645
    """

    support = nonnegative

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == () and not base.has_atoms
        require_law(self, "base", base, kind="a continuous distribution of numbers", good=good)

    def kinks(self) -> tuple[Any, ...]:
        """Return the sizes of the kinks of `base`, and of the finite ends of its support."""
        whole = self.base.support
        ends = [end for end in (whole.lowest(), whole.clip(np.inf)) if not known_infinite(end)]
        return tuple(np.abs(one) for one in (*self.base.kinks(), *ends))

    def _log_prob(self, value: Any) -> Any:
        return ad.special.logaddexp(self.base.log_prob(value), self.base.log_prob(-value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return np.abs(self.base.draw(rng, shape))

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        return self.base.log_mass(-value, value)

    def _log_sf(self, value: Any) -> Any:
        both = ad.special.logaddexp(self.base.log_sf(value), self.base.log_cdf(-value))
        return np.minimum(both, 0.0)
