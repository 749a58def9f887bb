"""Any continuous law, of which values are recorded to a step."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, positive
from ppl.distributions.base import Shape
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import Wrapper, require_law
from ppl.errors import show, where

# Where a recorded value lies in its interval, in steps from the lower end.
PLACES = {"nearest": 0.5, "down": 0.0, "up": 1.0}


class Discretised(Wrapper):
    """Law of x rounded to a multiple of `step`, for x with the continuous law `base`.

    Parameters
    ----------
    base : Distribution
        A continuous law on numbers, with a distribution function.
    step : array, shape (...), default 1
        Positive, by name.
    rounding : {"nearest", "down", "up"}, default "nearest"
        How values are rounded.

    Raises
    ------
    TypeError
        If `rounding` is none of these words.

    Notes
    -----
    The log probability is `base.log_mass` over the interval that is rounded to the value. Heitjan
    (1989), "Inference from grouped continuous data: a review".

    Examples
    --------
    >>> from ppl import Exponential, Geometric
    >>> law = Discretised(Exponential(0.5), rounding="down")
    >>> bool(np.isclose(law.log_prob(3), Geometric(probs=-np.expm1(-0.5)).log_prob(3)))
    True
    """

    step = parameter(positive, default=1.0, keyword_only=True)

    def __init__(self, base: Any = None, *, rounding: str = "nearest", **step: Any) -> None:
        if rounding not in PLACES:
            raise TypeError(
                f"Discretised: rounding must be one of {', '.join(PLACES)}, got {show(rounding)} "
                f"{where()}."
            )
        self.rounding = rounding
        super().__init__(base, **step)

    def _require_base(self, base: Any) -> None:
        good = getattr(base, "event_shape", None) == () and not base.has_atoms
        require_law(self, "base", base, kind="a continuous distribution of numbers", good=good)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """The multiples of `step` to which values of the base are rounded."""
        return _Multiples(self.step, self.base.support, PLACES[self.rounding])

    def _interval(self, value: Any) -> tuple[Any, Any]:
        """Ends of what is rounded to a multiple."""
        low = value - PLACES[self.rounding] * self.step
        return low, value + (1.0 - PLACES[self.rounding]) * self.step

    def _log_prob(self, value: Any) -> Any:
        return self.base.log_mass(*self._interval(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self._rounded(self.base.draw(rng, shape))

    def _rounded(self, value: Any) -> Any:
        return self.step * to_multiple(value / self.step, PLACES[self.rounding])

    def _cdf(self, value: Any) -> Any:
        return self.base.cdf(self._interval(value)[1])

    def _log_cdf(self, value: Any) -> Any:
        return self.base.log_cdf(self._interval(value)[1])

    def _log_sf(self, value: Any) -> Any:
        return self.base.log_sf(self._interval(value)[1])

    def _icdf(self, q: Any) -> Any:
        guess = self._rounded(self.base.icdf(q))
        before = guess - self.step  # rounding may have gone one step too far
        return np.where(self.cdf(before) >= q, before, guess)


def to_multiple(count: Any, place: float) -> Any:
    """Round to the integer whose interval holds a number; a lower end belongs to the one before."""
    return np.ceil(count - (1.0 - place))


class _Multiples(Constraint):
    """Multiples of a step that hold values of a set."""

    discrete = True

    def __init__(self, step: Any, whole: Constraint, place: float) -> None:
        self.step, self.whole, self.place = step, whole, place

    def __str__(self) -> str:
        return "a multiple of step that holds values of the base"

    def _contains(self, value: Any) -> Any:
        finite = np.abs(value) < np.inf
        count = np.where(finite, value / self.step, 0.5)
        multiple = np.abs(count - np.rint(count)) <= 1e-9 * np.maximum(np.abs(count), 1.0)
        return finite & multiple & (value >= self.lowest()) & (value <= self.clip(np.inf))

    def _interior(self, *_event_shape: Shape) -> Any:
        return self.step * np.ceil(self.whole.interior() / self.step - (1.0 - self.place))

    def _clip(self, value: Any) -> Any:
        top = self.step * np.ceil(self.whole.clip(np.inf) / self.step - (1.0 - self.place))
        count = value / self.step
        finite = np.abs(count) < np.inf
        nearest = np.rint(np.where(finite, count, 0.0))
        whole = finite & (np.abs(count - nearest) <= 1e-9 * np.maximum(np.abs(count), 1.0))
        down = self.step * np.where(whole, nearest, np.floor(count))
        return np.minimum(np.maximum(down, self.lowest()), top)

    def _lowest(self) -> Any:
        # The lower end of a set is in the interval above it.
        return self.step * (np.floor(self.whole.lowest() / self.step - (1.0 - self.place)) + 1.0)
