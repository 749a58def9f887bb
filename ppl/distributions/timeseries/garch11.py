"""The GARCH(1, 1) process."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import nonnegative, positive, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, size_option
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class GARCH11(EventLaw):
    """Law of a series of normal variables of mean 0 whose variances follow the values.

    y[t] has variance v[t], v[0] = initial_vol^2, v[t] = omega + alpha_1 y[t-1]^2 + beta_1 v[t-1].

    Parameters
    ----------
    omega : array, shape (...)
        Positive, by name.
    alpha_1, beta_1 : array, shape (...)
        Nonnegative, by name; their sum is below 1 for a stationary series.
    initial_vol : array, shape (...)
        Standard deviation of the first value, positive, by name.
    num_steps : int
        Length of the series, by name.

    Notes
    -----
    Bollerslev (1986), "Generalized autoregressive conditional heteroskedasticity".

    Examples
    --------
    >>> law = GARCH11(omega=0.1, alpha_1=0.2, beta_1=0.7, initial_vol=1.0, num_steps=3)
    >>> law.variance.round(12).tolist()
    [1.0, 1.0, 1.0]
    """

    omega = parameter(positive, keyword_only=True)
    alpha_1 = parameter(nonnegative, keyword_only=True)
    beta_1 = parameter(nonnegative, keyword_only=True)
    initial_vol = parameter(positive, keyword_only=True)
    options: ClassVar[Mapping[str, Any]] = {"num_steps": REQUIRED}
    support = real_vector
    _num_steps: int

    def _option(self, name: str, value: Any) -> Any:
        return size_option(self, name, value)

    @property
    def event_shape(self) -> Shape:
        """(num_steps,)."""
        return (self._num_steps,)

    def _log_prob(self, value: Any) -> Any:
        squares = value * value
        shape = np.broadcast_shapes(np.shape(value)[:-1], self.batch_shape)
        first = np.broadcast_to(self.initial_vol * self.initial_vol, shape)
        if self._num_steps == 1:
            variances = first[..., None]
        else:

            def step(variance: Any, square: Any) -> tuple[Any, Any]:
                after = self.omega + self.alpha_1 * square + self.beta_1 * variance
                return after, after

            past = np.broadcast_to(squares[..., :-1], (*shape, self._num_steps - 1))
            _, later = ad.scan(step, first, np.moveaxis(past, -1, 0))
            variances = np.concatenate([first[..., None], np.moveaxis(later, 0, -1)], axis=-1)
        terms = squares / variances + np.log(variances)
        return -0.5 * np.sum(terms, axis=-1) - self._num_steps * HALF_LOG_2PI

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        noise = rng.standard_normal((*shape, self._num_steps))
        result = np.empty_like(noise)
        variance = np.broadcast_to(self.initial_vol**2, shape)
        for t in range(self._num_steps):
            result[..., t] = np.sqrt(variance) * noise[..., t]
            variance = self.omega + self.alpha_1 * result[..., t] ** 2 + self.beta_1 * variance
        return result

    def _mean(self) -> Any:
        return 0.0

    def _variance(self) -> Any:
        variance = [self.initial_vol**2 + 0.0 * self.omega]
        for _ in range(1, self._num_steps):
            variance.append(self.omega + (self.alpha_1 + self.beta_1) * variance[-1])
        return np.stack([np.broadcast_to(v, self.batch_shape) for v in variance], axis=-1)

    def _covariance(self) -> Any:
        # Given those before a value has mean 0: none varies together with another.
        return self._variance()[..., None] * np.eye(self._num_steps)
