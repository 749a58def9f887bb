"""Stochastic differential equations by the method of Euler and Maruyama."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import Constraint, real_matrix, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, law_option
from ppl.errors import show, where
from ppl.numerics import HALF_LOG_2PI


class EulerMaruyama(EventLaw):
    """Law of x at given times, dx = drift(x, t) dt + diffusion(x, t) dW, in one step between two.

    x[k+1] is normal with mean x[k] + drift dt and standard deviation diffusion sqrt(dt), where
    dt = times[k+1] - times[k].

    Parameters
    ----------
    times : array, shape (t,)
        Increasing, by name; plain numbers.
    drift, diffusion : callable (x, t)
        By name. They are called once with all values but the last, shape (..., t - 1) (and the axis
        of a vector), and with the times in a shape that broadcasts with them; they may use
        parameters of the model. The noise of a vector's elements is independent.
    init : Distribution
        Law of the first value, a number or a vector, by name.

    Examples
    --------
    >>> from ppl import Normal
    >>> walk = EulerMaruyama(
    ...     times=[0.0, 0.5, 1.0],
    ...     drift=lambda x, t: -x,
    ...     diffusion=lambda x, t: 0.3,
    ...     init=Normal(0.0, 1.0),
    ... )
    >>> walk.event_shape
    (3,)
    """

    options: ClassVar[Mapping[str, Any]] = {
        "times": REQUIRED,
        "drift": REQUIRED,
        "diffusion": REQUIRED,
        "init": REQUIRED,
    }
    _times: Any
    _drift: Any
    _diffusion: Any
    _init: Any

    def _option(self, name: str, value: Any) -> Any:
        if name == "init":
            return law_option(self, name, value)
        if name == "times":
            times = np.asarray(ad.value_of(value), dtype=float)
            if times.ndim != 1 or times.size < 2 or not np.all(np.diff(times) > 0.0):
                raise ValueError(
                    f"EulerMaruyama: times must be two or more, increasing, got {show(value)} "
                    f"{where()}."
                )
            return times
        if not callable(value):
            raise TypeError(
                f"EulerMaruyama: {name} must be a function of x and t, got {show(value)} {where()}."
            )
        return value

    @property
    def event_shape(self) -> Shape:
        """(number of times,) and the axes of one value of `init`."""
        return (self._times.size, *self._init.event_shape)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the first value's law
        """All series."""
        return real_matrix if self._init.event_shape else real_vector

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shape of `init`."""
        return {"init": self._init.batch_shape}

    def _grid(self) -> tuple[Any, Any]:
        """Times of the steps and their lengths, aligned with the values."""
        shape = (-1, *(1,) * len(self._init.event_shape))
        return self._times[:-1].reshape(shape), np.diff(self._times).reshape(shape)

    def _log_prob(self, value: Any) -> Any:
        times, dt = self._grid()
        vector = len(self._init.event_shape)
        rest = (slice(None),) * vector
        past, after = value[(..., slice(None, -1), *rest)], value[(..., slice(1, None), *rest)]
        spread = self._diffusion(past, times) * np.sqrt(dt)
        z = (after - past - self._drift(past, times) * dt) / spread
        # 0 * z gives the logarithm the shape of the values.
        terms = -0.5 * z * z - np.log(np.abs(spread)) - HALF_LOG_2PI + 0.0 * z
        first = self._init.log_prob(value[(..., 0, *rest)])
        return first + np.sum(terms, axis=tuple(range(-1 - vector, 0)))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        values = [np.asarray(self._init.draw(rng, shape), dtype=float)]
        for t, dt in zip(self._times[:-1], np.diff(self._times), strict=True):
            x = values[-1]
            noise = rng.standard_normal(x.shape) * np.sqrt(dt)
            values.append(x + self._drift(x, t) * dt + self._diffusion(x, t) * noise)
        return np.stack(values, axis=len(shape))
