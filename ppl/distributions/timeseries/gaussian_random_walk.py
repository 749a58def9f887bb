"""The Gaussian random walk."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import positive, real, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, law_option, size_option
from ppl.distributions.parameter import parameter
from ppl.numerics import HALF_LOG_2PI


class GaussianRandomWalk(EventLaw):
    """Law of a series whose steps are independent normal variables.

    Parameters
    ----------
    drift : array, shape (...), default 0
        Mean of a step; also `mu`.
    scale : array, shape (...), default 1
        Standard deviation of a step, positive; also `sigma`.
    num_steps : int
        Length of the series, by name.
    init : Distribution, optional
        Law of the first value, a number, by name. If not given the first value is a step from 0.

    Examples
    --------
    >>> GaussianRandomWalk(0.0, 2.0, num_steps=3).variance.tolist()
    [4.0, 8.0, 12.0]
    """

    drift = parameter(real, default=0.0, aliases=("mu",))
    scale = parameter(positive, default=1.0, aliases=("sigma",))
    options: ClassVar[Mapping[str, Any]] = {"num_steps": REQUIRED, "init": None}
    support = real_vector
    _num_steps: int
    _init: Any

    def _option(self, name: str, value: Any) -> Any:
        if name == "num_steps":
            return size_option(self, name, value)
        return None if value is None else law_option(self, name, value)

    @property
    def event_shape(self) -> Shape:
        """(num_steps,)."""
        return (self._num_steps,)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shapes of the parameters and of `init`."""
        more = {} if self._init is None else {"init": self._init.batch_shape}
        return {**super().parameter_shapes(), **more}

    def _log_prob(self, value: Any) -> Any:
        z = (value[..., 1:] - value[..., :-1] - self.drift[..., None]) / self.scale[..., None]
        count = self._num_steps - 1.0
        first = value[..., 0]
        if self._init is None:
            start = (first - self.drift) / self.scale
            total, count = -0.5 * start * start, count + 1.0
        else:
            total = self._init.log_prob(first)
        return total - 0.5 * np.sum(z * z, axis=-1) - count * (np.log(self.scale) + HALF_LOG_2PI)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        steps = rng.standard_normal((*shape, self._num_steps))
        steps = self.drift[..., None] + self.scale[..., None] * steps
        if self._init is not None:
            steps[..., 0] = self._init.draw(rng, shape)
        return np.cumsum(steps, axis=-1)

    def _times(self) -> Any:
        return np.arange(float(self._num_steps)) + (1.0 if self._init is None else 0.0)

    def _mean(self) -> Any:
        start = 0.0 if self._init is None else self._init.mean[..., None]
        return start + self.drift[..., None] * self._times()

    def _variance(self) -> Any:
        start = 0.0 if self._init is None else self._init.variance[..., None]
        return start + (self.scale * self.scale)[..., None] * self._times()

    def _covariance(self) -> Any:
        variance = np.broadcast_to(self._variance(), self.batch_shape + self.event_shape)
        return np.minimum(variance[..., None], variance[..., None, :])

    def _entropy(self) -> Any:
        steps = np.log(self.scale) + HALF_LOG_2PI + 0.5  # that of each
        if self._init is None:
            return self._num_steps * steps
        return self._init.entropy() + (self._num_steps - 1.0) * steps
