"""The law of a function of a variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.distributions.expectation import expectation
from ppl.distributions.wrapping import Wrapper, between, known_infinite, require_law
from ppl.errors import show, where
from ppl.transforms import Transform

if TYPE_CHECKING:
    from ppl.constraints import Constraint
    from ppl.distributions.base import Shape
    from ppl.distributions.expectation import Function


class Transformed(Wrapper):
    """Law of `transform.forward(x)` for x with the continuous law `base`.

    Parameters
    ----------
    base : Distribution
        A continuous law on numbers.
    transform : ppl.transforms.Transform
        A smooth invertible map of numbers, increasing or decreasing.

    Raises
    ------
    TypeError
        If `transform` is not one.

    Examples
    --------
    >>> from ppl import LogNormal, Normal, transforms
    >>> law = Transformed(Normal(0.5, 2.0), transforms.Exp())
    >>> bool(np.isclose(law.log_prob(3.0), LogNormal(0.5, 2.0).log_prob(3.0)))
    True
    """

    def __init__(self, base: Any = None, transform: Any = None) -> None:
        if not isinstance(transform, Transform):
            raise TypeError(
                f"Transformed: transform must be one of ppl.transforms, got {show(transform)} "
                f"{where()}. Make one, for example ppl.transforms.Exp()."
            )
        self.transform = transform
        super().__init__(base)

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == () and not base.has_atoms
        require_law(self, "base", base, kind="a continuous distribution of numbers", good=good)

    def _rising(self) -> Any:
        return self.transform.forward(np.float64(1.0)) > self.transform.forward(np.float64(0.0))

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The image of the base's support."""
        first, last = self._images()
        return between(np.minimum(first, last), np.maximum(first, last))

    def _images(self) -> list[Any]:
        """Images of both ends of the base's support."""
        whole = self.base.support
        with np.errstate(all="ignore"):
            return [
                self.transform.forward(_float(end)) for end in (whole.lowest(), whole.clip(np.inf))
            ]

    def _log_prob(self, value: Any) -> Any:
        whole = self.base.support
        ends = zip((whole.lowest(), whole.clip(np.inf)), self._images(), strict=True)
        # The image of infinity may be a number, where the density has no formula.
        limit: Any = False
        for end, image in ends:
            if known_infinite(end):
                limit = (value == image) | limit
        x = self.transform.inverse(np.where(limit, self.support.interior(), value))
        inside = self.base.log_prob(x) - self.transform.log_jacobian(x)
        return np.where(limit, -np.inf, inside)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.transform.forward(self.base.draw(rng, shape))

    def _expectation(self, function: Function) -> Any:
        def at(x: Any, log_prob: Any) -> Any:
            return function(self.transform.forward(x), log_prob - self.transform.log_jacobian(x))

        return expectation(self.base, at)

    def kinks(self) -> tuple[Any, ...]:
        """Return the images of those of `base`."""
        return tuple(self.transform.forward(one) for one in self.base.kinks())

    def _cdf(self, value: Any) -> Any:
        return np.exp(self._log_cdf(value))

    def _log_cdf(self, value: Any) -> Any:
        x = self.transform.inverse(value)
        return np.where(self._rising(), self.base.log_cdf(x), self.base.log_sf(x))

    def _log_sf(self, value: Any) -> Any:
        x = self.transform.inverse(value)
        return np.where(self._rising(), self.base.log_sf(x), self.base.log_cdf(x))

    def _icdf(self, q: Any) -> Any:
        return self.transform.forward(self.base.icdf(np.where(self._rising(), q, 1.0 - q)))

    def __repr__(self) -> str:
        return f"Transformed({self.base!r}, {self.transform!r})"


def _float(end: Any) -> Any:
    return np.float64(end) if isinstance(end, int | float) else end
