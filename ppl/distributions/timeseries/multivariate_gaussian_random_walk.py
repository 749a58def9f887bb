"""The Gaussian random walk of a vector."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ppl.constraints import real_matrix
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, law_option, size_option
from ppl.distributions.gaussian import Gaussian


class MultivariateGaussianRandomWalk(Gaussian):
    """Law of a series of vectors whose steps are independent and normal.

    Parameters
    ----------
    loc : array, shape (..., n), default 0
        Mean of a step; also `mu`.
    covariance_matrix, precision_matrix, scale_tril : array, shape (..., n, n)
        Of a step, exactly one, by name, as for `MultivariateNormal`.
    num_steps : int
        Length of the series, by name.
    init : Distribution, optional
        Law of the first vector, by name. If not given the first value is a step from 0.

    Examples
    --------
    >>> law = MultivariateGaussianRandomWalk(0.0, scale_tril=np.eye(2), num_steps=3)
    >>> law.event_shape
    (3, 2)
    """

    options: ClassVar[Mapping[str, Any]] = {"num_steps": REQUIRED, "init": None}
    support = real_matrix
    _num_steps: int
    _init: Any

    def _option(self, name: str, value: Any) -> Any:
        if name == "num_steps":
            return size_option(self, name, value)
        return None if value is None else law_option(self, name, value)

    @property
    def event_shape(self) -> Shape:
        """(num_steps, n)."""
        return (self._num_steps, self._sizes.get("n", 0))

    def _log_prob(self, value: Any) -> Any:
        steps = value[..., 1:, :] - value[..., :-1, :]
        if self._init is None:
            steps = np.concatenate([value[..., :1, :], steps], axis=-2)
        # Along time the steps are a batch: their parameters have an axis of size 1 there.
        each = self._along_time()._normal_log_prob(steps)  # noqa: SLF001 - of this very class
        total = np.sum(each, axis=-1)
        return total if self._init is None else total + self._init.log_prob(value[..., 0, :])

    def _along_time(self) -> Gaussian:
        if not self.batch_shape:
            return self
        given = {
            name: np.expand_dims(vars(self)[name], -1 - len(self.axes[name]))
            for name in self._given
        }
        return type(self)(**given, num_steps=self._num_steps)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        steps = np.stack([self._normal_draw(rng, shape) for _ in range(self._num_steps)], axis=-2)
        if self._init is not None:
            steps[..., 0, :] = self._init.draw(rng, shape)
        return np.cumsum(steps, axis=-2)

    def _times(self) -> Any:
        return np.arange(float(self._num_steps)) + (1.0 if self._init is None else 0.0)

    def _mean(self) -> Any:
        start = 0.0 if self._init is None else self._init.mean[..., None, :]
        return start + self.loc[..., None, :] * self._times()[:, None]

    def _variance(self) -> Any:
        start = 0.0 if self._init is None else self._init.variance[..., None, :]
        return start + self._normal_variance()[..., None, :] * self._times()[:, None]

    def _covariance(self) -> Any:
        times = self._times()
        shared = np.minimum(times[:, None], times)[:, None, :, None]
        steps = self.covariance_matrix[..., None, :, None, :] * shared
        if self._init is None:
            return steps
        return steps + self._init.covariance[..., None, :, None, :]

    def _entropy(self) -> Any:
        each = self._normal_entropy()
        if self._init is None:
            return self._num_steps * each
        return self._init.entropy() + (self._num_steps - 1.0) * each
