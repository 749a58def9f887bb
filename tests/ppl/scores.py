"""The mean of the score: 0 under draws of the density itself, a law for each parameter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad

if TYPE_CHECKING:
    from collections.abc import Callable


def largest_mean(slope: Callable[[Any], Any], draws: Any) -> float:
    """Largest mean of a traced function of the draws, in standard errors."""
    slopes = mapped(slope, draws)
    errors = slopes.std(axis=0) / math.sqrt(len(draws))
    return float(np.max(np.abs(slopes.mean(axis=0)) / np.where(errors > 0, errors, np.inf)))


def mapped(function: Callable[[Any], Any], draws: Any) -> Any:
    """Apply a traced function to the flattened draws, in parts, so that memory is bounded."""
    compiled, rows = ad.compile(function), draws.reshape(len(draws), -1)
    return np.concatenate([compiled.map(rows[i : i + 10_000]) for i in range(0, len(rows), 10_000)])


def distance(draws: Any, cdf: Callable[[Any], Any]) -> float:
    """Kolmogorov's distance of draws of a continuous law, times the root of their number."""
    places = np.arange(1, draws.size + 1) / draws.size
    return float(np.max(np.abs(cdf(np.sort(draws)) - places)) * math.sqrt(draws.size))
