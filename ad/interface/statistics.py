"""NumPy's averages, covariances and correlations on traced arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.interface.common import numbers
from ad.op import Value
from ad.special import normal_axes


def _average(
    a: Any,
    axis: Any = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    (a,) = numbers(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        count = np.full(np.shape(mean), a.size / max(np.size(mean), 1))
        return (mean, count) if returned else mean
    (weights,) = numbers(weights)
    if weights.shape != a.shape:  # one weight for each place along the axes
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        given = axis if isinstance(axis, tuple) else (axis,)
        places = [one % a.ndim for one in given]
        if weights.shape != tuple(a.shape[one] for one in places):
            raise ValueError("Shape of weights must be consistent with shape of a along axis.")
        weights = np.transpose(weights, np.argsort(places))
        axes = normal_axes(axis, a.ndim)
        weights = np.reshape(weights, [n if i in axes else 1 for i, n in enumerate(a.shape)])
    weights = weights * np.ones(a.shape)
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def _rows(m: Any, rowvar: bool) -> Value:
    (m,) = numbers(m)
    if m.ndim > 2:
        raise ValueError("m has more than 2 dimensions")
    m = np.atleast_2d(m)
    return np.transpose(m) if not rowvar and m.shape[0] != 1 else m


def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Value:
    x = _rows(m, rowvar)
    if y is not None:
        x = np.concatenate([x, _rows(y, rowvar)], axis=0)
    correction = (0 if bias else 1) if ddof is None else ddof
    if fweights is None and aweights is None:
        weights, total = None, float(x.shape[1])
        centered = x - np.mean(x, axis=1, keepdims=True)
        factor = max(total - correction, 0.0)
    else:
        weights = 1.0
        for given in (fweights, aweights):
            if given is not None:
                if np.shape(given) != (x.shape[1],):
                    raise RuntimeError("incompatible numbers of samples and weights")
                weights = weights * numbers(given)[0]
        total = np.sum(weights)
        centered = x - np.sum(x * weights, axis=1, keepdims=True) / total
        factor = total - correction
        if aweights is not None:
            factor = total - correction * np.sum(weights * numbers(aweights)[0]) / total
    wide = centered if weights is None else centered * weights
    return np.squeeze(wide @ np.transpose(centered) / factor)


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Value:
    covariance = _cov(x, y, rowvar)
    if not covariance.ndim:
        return covariance / covariance
    sizes = np.sqrt(np.diagonal(covariance))
    return np.clip(covariance / sizes[:, None] / sizes[None, :], -1.0, 1.0)


STATISTICS: dict[str, Callable[..., Any]] = {
    "average": _average,
    "cov": _cov,
    "corrcoef": _corrcoef,
}
