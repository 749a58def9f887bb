"""Bounds for the distribution of uniform ranks, against enumeration and simulation."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ppl.uniformity import Uniformity


def statistic(test: Uniformity, ranks: Any) -> float:
    """Smallest two-sided tail, from SciPy's binomial law."""
    counts = [int(np.sum(ranks < point)) for point in test.points]
    tails = [
        min(
            stats.binom.cdf(k, test.count, point / test.cells),
            stats.binom.sf(k - 1, test.count, point / test.cells),
        )
        for k, point in zip(counts, test.points, strict=True)
    ]
    return float(min(tails))


@pytest.mark.parametrize(("count", "cells"), [(4, 3), (5, 4), (3, 6), (6, 2)])
def test_p_values_are_those_of_all_outcomes(count: int, cells: int) -> None:
    test = Uniformity(count, cells)
    outcomes = [np.array(outcome) for outcome in itertools.product(range(cells), repeat=count)]
    statistics = np.array([statistic(test, outcome) for outcome in outcomes])
    for outcome, own in zip(outcomes, statistics, strict=True):
        exact = np.mean(statistics <= own * (1 + 1e-8))
        assert test.p_value(outcome) == pytest.approx(exact, abs=1e-13)


@pytest.mark.parametrize(("count", "cells"), [(50, 100), (200, 1000), (300, 251)])
def test_uniform_ranks_leave_the_band_as_seldom_as_said(count: int, cells: int) -> None:
    test = Uniformity(count, cells)
    low, high = test.band(0.9)
    stated = test.coverage(low, high)
    assert 0.9 <= stated < 0.95  # counts are whole numbers: a little more than asked for
    trials = 4000
    ranks = np.random.default_rng(3).integers(0, cells, size=(trials, count))
    counts = np.sum(ranks[:, :, None] < test.points, axis=1)
    inside = np.mean(np.all((counts >= low) & (counts <= high), axis=1))
    assert abs(inside - stated) < 4 * math.sqrt(0.09 / trials)


def test_p_values_of_uniform_ranks_are_uniform_and_of_others_small() -> None:
    test = Uniformity(200, 100)
    rng = np.random.default_rng(5)
    p = np.array([test.p_value(rng.integers(0, 100, size=200)) for _ in range(400)])
    for level in (0.05, 0.2, 0.5):
        assert np.mean(p <= level) <= level + 4 * math.sqrt(level * (1 - level) / 400)
    assert np.mean(p <= 0.5) > 0.35
    shifted = np.floor(100 * stats.norm.cdf(rng.normal(0.4, 1, size=200))).astype(int)
    narrow = np.floor(100 * stats.norm.cdf(rng.normal(0, 1.5, size=200))).astype(int)
    assert test.p_value(shifted) < 1e-3
    assert test.p_value(narrow) < 1e-3


def test_a_curve_leaves_the_band_where_the_p_value_is_small() -> None:
    test = Uniformity(120, 60)
    low, high = test.band(0.95)
    size = 1.0 - test.coverage(low, high)
    rng = np.random.default_rng(8)
    outside = []
    for _ in range(300):
        ranks = np.minimum(rng.integers(0, 66, size=120), 59)
        counts = test.counts(ranks)
        out = bool(np.any((counts < low) | (counts > high)))
        assert out == (test.p_value(ranks) <= size * (1 + 1e-9))
        outside.append(out)
    assert 0 < sum(outside) < 300
