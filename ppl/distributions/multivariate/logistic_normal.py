"""The logistic normal law."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import simplex
from ppl.distributions.base import Shape
from ppl.distributions.gaussian import Gaussian


class LogisticNormal(Gaussian):
    """Law on the simplex whose log ratios against the last element are normal.

    The value has one element more than `loc`: log(value[i] / value[n]) is element i of a normal
    vector. (PyTorch's law of this name breaks a stick instead.) The density is with respect to the
    first n elements, as the Dirichlet law's.

    Parameters
    ----------
    loc : array, shape (..., n), default 0
        Mean of the log ratios; also `mu`.
    covariance_matrix, precision_matrix, scale_tril : array, shape (..., n, n)
        Of the log ratios, exactly one, by name, as for `MultivariateNormal`.

    Notes
    -----
    Aitchison and Shen (1980), "Logistic-normal distributions: some properties and uses". Its
    moments have no closed form.

    Examples
    --------
    >>> law = LogisticNormal([0.0], scale_tril=[[1.0]])
    >>> round(float(law.log_prob([0.5, 0.5])), 12)
    0.467355827915
    """

    support = simplex

    @property
    def event_shape(self) -> Shape:
        """One more than the size of `loc`."""
        return (self._sizes.get("n", 0) + 1,)

    def _log_prob(self, value: Any) -> Any:
        logs = np.log(value)
        ratios = logs[..., :-1] - logs[..., -1:]
        return self._normal_log_prob(ratios) - np.sum(logs, axis=-1)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        ratios = self._normal_draw(rng, shape)
        ratios = np.concatenate([ratios, np.zeros((*shape, 1))], axis=-1)
        return ad.special.softmax(ratios, axis=-1)
