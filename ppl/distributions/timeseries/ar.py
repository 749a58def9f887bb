"""The autoregressive process."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import positive, real, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, law_option, size_option
from ppl.distributions.gaussian import transpose
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class AR(EventLaw):
    """Law of a series y[t] = constant + sum of rho[i] y[t - 1 - i] + noise, i = 0, ..., p - 1.

    Parameters
    ----------
    rho : array, shape (..., p)
        Coefficients, that of the last value first.
    scale : array, shape (...), default 1
        Standard deviation of the noise, positive; also `sigma`.
    constant : array, shape (...), default 0
        By name.
    num_steps : int
        Length of the series, more than p, by name.
    init : Distribution
        Law of the first p values, by name: of numbers, which are then independent (a batch of laws
        broadcasts along them), or of a vector.

    Examples
    --------
    >>> from ppl import Normal
    >>> law = AR([0.5], 1.0, num_steps=3, init=Normal(0.0, 2.0))
    >>> law.event_shape
    (3,)
    """

    rho = parameter(real_vector)
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    constant = parameter(real, default=0.0, keyword_only=True)
    axes: ClassVar[Mapping[str, str]] = {"rho": "p"}
    options: ClassVar[Mapping[str, Any]] = {"num_steps": REQUIRED, "init": REQUIRED}
    support = real_vector
    _num_steps: int
    _init: Any

    def _option(self, name: str, value: Any) -> Any:
        if name == "num_steps":
            return size_option(self, name, value, 2)
        return law_option(self, name, value)

    @property
    def event_shape(self) -> Shape:
        """(num_steps,)."""
        return (self._num_steps,)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shapes of the parameters and of `init`."""
        batch = self._init.batch_shape
        batch = batch if self._init.event_shape else batch[:-1]
        return {**super().parameter_shapes(), "init": batch}

    def _measure(self) -> Any:
        problem = super()._measure()
        order = self._sizes.get("p", 0)
        if problem is None and order >= self._num_steps:
            wrong = f"num_steps must be more than the order {order}, got {self._num_steps}"
            return ValueError, wrong, "The first values have the law `init`."
        return problem

    def _log_prob(self, value: Any) -> Any:
        p, n = self._sizes["p"], self._num_steps
        expected = self.constant[..., None]
        for i in range(p):
            expected = expected + self.rho[..., i, None] * value[..., p - 1 - i : n - 1 - i]
        z = (value[..., p:] - expected) / self.scale[..., None]
        first = self._init.log_prob(value[..., :p])
        first = first if self._init.event_shape else np.sum(first, axis=-1)
        each = (n - p) * (np.log(self.scale) + HALF_LOG_2PI)
        return first - 0.5 * np.sum(z * z, axis=-1) - each

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        p, n = self._sizes["p"], self._num_steps
        noise = self.scale[..., None] * rng.standard_normal((*shape, n))
        result = np.empty((*shape, n))
        batch = shape if self._init.event_shape else (*shape, p)
        result[..., :p] = self._init.draw(rng, batch)
        for t in range(p, n):
            last = result[..., t - p : t][..., ::-1]
            result[..., t] = self.constant + np.sum(self.rho * last, axis=-1) + noise[..., t]
        return result

    def _responses(self) -> tuple[Any, Any]:
        """What a unit of each first value, and of noise k steps before, adds to the values.

        Shapes (..., n, p) and (..., n - p).
        """
        p, n = self._sizes["p"], self._num_steps
        rows = [np.broadcast_to(row, (*np.shape(self.rho)[:-1], p)) for row in np.eye(p)]
        for t in range(p, n):
            rows.append(sum(self.rho[..., i, None] * rows[t - 1 - i] for i in range(p)))
        weights = np.stack(rows, axis=-2)
        return weights, weights[..., p - 1 : n - 1, p - 1]

    def _mean(self) -> Any:
        p, (weights, noise) = self._sizes["p"], self._responses()
        start = np.sum(weights * self._each(self._init.mean)[..., None, :], axis=-1)
        return start + self.constant[..., None] * _since(np.cumsum(noise, axis=-1), p)

    def _each(self, moment: Any) -> Any:
        """A moment of `init` for each of the first values."""
        if self._init.event_shape:
            return moment
        return np.broadcast_to(moment, (*np.shape(moment)[:-1], self._sizes["p"]))

    def _first(self) -> Any:
        """Covariance matrix of the first values."""
        if self._init.event_shape:
            return self._init.covariance
        return self._each(self._init.variance)[..., None] * np.eye(self._sizes["p"])

    def _covariance(self) -> Any:
        p, n = self._sizes["p"], self._num_steps
        weights, noise = self._responses()
        lag = np.arange(n)[:, None] - np.arange(p, n)
        since = np.where(lag >= 0, noise[..., np.maximum(lag, 0)], 0.0)
        square = (self.scale * self.scale)[..., None, None]
        start = weights @ self._first() @ transpose(weights)
        return start + square * (since @ transpose(since))

    def _variance(self) -> Any:
        weights, noise = self._responses()
        since = _since(np.cumsum(noise * noise, axis=-1), self._sizes["p"])
        start = np.sum((weights @ self._first()) * weights, axis=-1)
        return start + (self.scale * self.scale)[..., None] * since

    def _entropy(self) -> Any:
        p, first = self._sizes["p"], self._each(self._init.entropy())
        if not self._init.event_shape:  # p independent numbers
            first = np.sum(first, axis=-1)
        # Values are noise moved by those before: the noise's entropy.
        return first + (self._num_steps - p) * (np.log(self.scale) + HALF_LOG_2PI + 0.5)


def _since(sums: Any, p: int) -> Any:
    """Sums over the noise since the first p values, which have none."""
    return np.concatenate([np.zeros((*np.shape(sums)[:-1], p)), sums], axis=-1)
