"""Ranks of draws of shape (variable, chain, draw) as normal scores, of whole and of halved chains.

A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Buerkner (2021), Bayesian Analysis 16(2),
667-718.
"""

import functools

import numpy as np
from numpy.typing import NDArray

from inference.kernels import normal

Array = NDArray[np.float64]


def flat(x: Array) -> Array:
    """All draws of each variable in a row."""
    return x.reshape(len(x), -1)


def split(x: Array) -> Array:
    """Halve chains: (variable, chain, draw) -> (variable, 2 chain, draw // 2)."""
    half = x.shape[2] // 2
    return np.concatenate([x[:, :, :half], x[:, :, -half:]], axis=1)


@functools.lru_cache(maxsize=8)
def score_table(n: int) -> Array:
    """Normal scores of ranks 1 to n, by Blom's formula (Vehtari et al. 2021, eq. 14)."""
    return normal.quantile((np.arange(1, n + 1) - 0.375) / (n + 0.25))


def normal_scores(x: Array) -> Array:
    """Replace values by the normal scores of their ranks, tied values by that of the mean rank."""
    rows = flat(x)
    n = rows.shape[1]
    order = np.argsort(rows, axis=1)
    ordered = np.take_along_axis(rows, order, axis=1)
    scores = np.empty_like(rows)
    np.put_along_axis(scores, order, np.broadcast_to(score_table(n), rows.shape), axis=1)
    tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    for k in np.flatnonzero(tied):
        starts = np.flatnonzero(np.append(True, ordered[k, 1:] != ordered[k, :-1]))
        sizes = np.diff(np.append(starts, n))
        several = sizes > 1
        starts, sizes = starts[several], sizes[several]
        ranks = starts + (sizes + 1) / 2
        places = np.arange(sizes.sum()) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
        tie = normal.quantile((ranks - 0.375) / (n + 0.25))
        scores[k, order[k, places]] = np.repeat(tie, sizes)
    return scores.reshape(x.shape)


def folded_scores(x: Array) -> Array:
    """Scores of the distances from the median, of halved chains."""
    halves = split(x)
    centre = np.median(flat(halves), axis=1)
    return normal_scores(np.abs(halves - centre[:, None, None]))
