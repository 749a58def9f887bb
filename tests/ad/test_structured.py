"""Matrices of a known form and banded solves: SciPy's values, derivatives, native code."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import ad
from tests.ad.harness import assert_agree, assert_close, run

RNG = np.random.default_rng(5)
X = RNG.normal(size=40)
N = 6


def band(x: Any, lower: int, upper: int) -> Any:
    rows = lower + upper + 1
    dominant = 5.0 * (np.arange(rows) == upper)[:, None]
    return x[: rows * N].reshape(rows, N) + dominant


def dense(ab: Any, lower: int, upper: int) -> Any:
    a = np.zeros((N, N))
    for i in range(N):
        for j in range(N):
            if -upper <= i - j <= lower:
                a[i, j] = ab[upper + i - j, j]
    return a


Case = tuple[Callable[[Any], Any], Callable[[Any], Any]]
SHAPES = ((1, 1), (0, 0), (2, 1), (0, 2), (3, 0))
FORMS: dict[str, Case] = {
    "toeplitz": (lambda x: ad.linalg.toeplitz(x[:4]), lambda x: scipy.linalg.toeplitz(x[:4])),
    "toeplitz, row": (
        lambda x: ad.linalg.toeplitz(x[:4], x[3:6]),
        lambda x: scipy.linalg.toeplitz(x[:4], x[3:6]),
    ),
    "hankel": (lambda x: ad.linalg.hankel(x[:4]), lambda x: scipy.linalg.hankel(x[:4])),
    "hankel, row": (
        lambda x: ad.linalg.hankel(x[:4], x[3:9]),
        lambda x: scipy.linalg.hankel(x[:4], x[3:9]),
    ),
    "circulant": (lambda x: ad.linalg.circulant(x[:5]), lambda x: scipy.linalg.circulant(x[:5])),
    "block_diag": (
        lambda x: ad.linalg.block_diag(x[:6].reshape(2, 3), x[6], x[7:9], np.eye(2)),
        lambda x: scipy.linalg.block_diag(x[:6].reshape(2, 3), x[6], x[7:9], np.eye(2)),
    ),
    **{
        f"solve_banded {l_and_u}": (
            lambda x, s=l_and_u: ad.linalg.solve_banded(s, band(x, *s), x[30:36]),
            lambda x, s=l_and_u: scipy.linalg.solve_banded(s, band(x, *s), x[30:36]),
        )
        for l_and_u in SHAPES
    },
    "solve_banded, many": (
        lambda x: ad.linalg.solve_banded((1, 2), band(x, 1, 2), x[22:34].reshape(6, 2)),
        lambda x: scipy.linalg.solve_banded((1, 2), band(x, 1, 2), x[22:34].reshape(6, 2)),
    ),
    "solveh_banded": (
        lambda x: ad.linalg.solveh_banded(band(x, 0, 2), x[30:36]),
        lambda x: scipy.linalg.solveh_banded(band(x, 0, 2), x[30:36]),
    ),
    "solveh_banded, lower": (
        lambda x: ad.linalg.solveh_banded(band(x, 2, 0), x[30:36], lower=True),
        lambda x: scipy.linalg.solveh_banded(band(x, 2, 0), x[30:36], lower=True),
    ),
}


@pytest.mark.parametrize(("ours", "scipys"), FORMS.values(), ids=FORMS.keys())
def test_forms(ours: Callable[[Any], Any], scipys: Callable[[Any], Any]) -> None:
    plain = scipys(X)
    assert_close(ours(X), plain, 1e-13, 1e-14)
    weights = np.cos(np.arange(plain.size)).reshape(plain.shape)

    def scalar(x: Any) -> Any:
        return np.sum(ours(x) * weights)

    gradient, step = ad.grad(scalar)(X), 1e-6
    slopes = [(scalar(X + step * e) - scalar(X - step * e)) / (2 * step) for e in np.eye(40)]
    assert_close(gradient, slopes, 1e-7, 1e-8)
    direction = np.sin(np.arange(40.0))
    along = ad.jvp(ours, (X,), (direction,))[1]
    assert np.sum(along * weights) == pytest.approx(gradient @ direction, rel=1e-10)
    for pair in run(scalar, X, at=[X * 0.9]):
        assert_agree(pair, 1e-11, 1e-12)
    points = np.stack([X, X * 0.9])
    assert_close(ad.vmap(ours)(points), np.stack([scipys(x) for x in points]), 1e-12, 1e-13)
    # Of a second order: the solve of a solve, and the transposed one.
    second = ad.hvp(lambda x: np.sum(ours(x) ** 2 * weights), (X,), (direction,))
    slope = ad.grad(lambda x: np.sum(ours(x) ** 2 * weights))
    h = 1e-6
    want = (slope(X + h * direction) - slope(X - h * direction)) / (2 * h)
    assert_close(second, want, 1e-6, 1e-7)


def test_a_singular_band_gives_nan() -> None:
    def solved(x: Any) -> Any:
        return ad.linalg.solve_banded((1, 1), x[:18].reshape(3, 6), np.ones(6))

    for pair in run(lambda x: np.sum(solved(x)), X[:18], at=[np.zeros(18), np.full(18, np.nan)]):
        assert np.isnan(pair.native[0]) == np.isnan(pair.interpreted[0])
    assert np.isnan(solved(np.zeros(18))).all()


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: ad.linalg.solve_banded((1, 1), np.ones((2, 3)), np.ones(3)), "l \\+ u \\+ 1 = 3"),
    (lambda: ad.linalg.solve_banded((1, 1), np.ones((3, 3)), np.ones(4)), "as many rows"),
    (lambda: ad.linalg.solve_banded((-1, 1), np.ones((1, 3)), np.ones(3)), "rows"),
    (lambda: ad.linalg.block_diag(np.ones((1, 1, 1))), "at most two axes"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_shapes_that_do_not_fit(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ad.errors.ShapeError, match=message):
        call()
