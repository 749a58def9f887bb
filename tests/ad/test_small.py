"""Small matrices natively: sizes with every remainder of a vector, in batches, to the edge."""

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import ad
from ad.lower.emitter import LANES
from ad.lower.small import BLOCK, MOST

EPS = np.finfo(float).eps
WIDE = BLOCK * LANES


def spd(rng: np.random.Generator, *shape: int) -> Any:
    """Positive definite matrices with condition numbers of some hundreds."""
    half = rng.normal(size=(*shape, shape[-1]))
    return half @ np.swapaxes(half, -1, -2) + 0.1 * shape[-1] * np.eye(shape[-1])


@pytest.mark.parametrize("n", [*range(1, 10), 11, MOST, MOST + 1])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_cholesky(n: int, batch: tuple[int, ...]) -> None:
    a = spd(np.random.default_rng(n), *batch, n)
    above = np.triu(np.full((n, n), 7.0), 1)
    factor = ad.compile(lambda x: np.linalg.cholesky(np.reshape(x, a.shape)))
    got = np.reshape(
        factor((np.tril(a) + above).ravel()), a.shape
    )  # the upper triangle is not read
    assert (np.triu(got, 1) == 0.0).all()
    # Higham (2002), theorem 10.3: |L L' - A| <= gamma_{n+1} |L| |L'|.
    bound = (n + 2) * EPS * np.abs(got) @ np.swapaxes(np.abs(got), -1, -2)
    assert (np.abs(got @ np.swapaxes(got, -1, -2) - a) <= bound).all()
    np.testing.assert_allclose(got, np.linalg.cholesky(a), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5, 11, MOST])
def test_matrices_without_a_factor(n: int) -> None:
    a = np.stack([spd(np.random.default_rng(n), n)] * 4)
    factor = ad.compile(lambda x: np.linalg.cholesky(np.reshape(x, a.shape)))
    for bad in (-1.0, 0.0, np.nan, np.inf):
        for place in {0, n // 2, n - 1}:
            wrong = a.copy()
            wrong[1, place, place] = bad
            got = np.reshape(factor(wrong.ravel()), a.shape)
            assert np.isnan(got[1]).all()
            np.testing.assert_allclose(got[[0, 2, 3]], np.linalg.cholesky(a)[1:], rtol=1e-12)
    tiny = ad.compile(lambda x: np.linalg.cholesky(np.diag(x)))
    x = np.array([1e-310, 5e-324, 1e300, 1.0])
    np.testing.assert_allclose(np.diag(np.reshape(tiny(x), (4, 4))), np.sqrt(x), rtol=1e-15)


@pytest.mark.parametrize("n", [1, 3, 11, MOST])
@pytest.mark.parametrize("k", [1, 2, 4, 5, 7, 8, 9, 11, WIDE, WIDE + 1, 2 * WIDE + 5])
def test_solving(n: int, k: int) -> None:
    rng = np.random.default_rng(n + 100 * k)
    a = np.tril(rng.normal(size=(n, n)) / n) + np.diag(rng.uniform(1.0, 2.0, n))
    b = rng.normal(size=(n, k))
    cases = list(itertools.product((True, False), (0, 1)))

    def solve(x: Any) -> Any:
        left, right = np.reshape(x[: n * n], (n, n)), np.reshape(x[n * n :], (n, k))
        return [
            ad.linalg.solve_triangular(left if lower else left.T, right, lower=lower, trans=trans)
            for lower, trans in cases
        ]

    solutions = ad.compile(solve)(np.concatenate([a.ravel(), b.ravel()]))
    for (lower, trans), got in zip(cases, solutions, strict=True):
        matrix = a if lower else a.T
        want = scipy.linalg.solve_triangular(matrix, b, lower=lower, trans=trans)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("n", "k"), [(3, 1), (5, 2), (11, 11), (4, 13)])
def test_solving_in_batches(n: int, k: int) -> None:
    # Rows reach over into the next matrix before that is done.
    rng = np.random.default_rng(n)
    a = np.tril(rng.normal(size=(4, n, n)) / n) + np.diag(rng.uniform(1.0, 2.0, n))
    b = rng.normal(size=(4, n, k))
    a[2, n - 1, n - 1] = 0.0  # singular: nan there, and nowhere else

    def solve(x: Any) -> Any:
        left, right = np.reshape(x[: a.size], a.shape), np.reshape(x[a.size :], b.shape)
        return ad.ops.factorizations.triangular_solve(left, right, lower=True, transposed=True)

    got = np.reshape(ad.compile(solve)(np.concatenate([a.ravel(), b.ravel()])), b.shape)
    assert np.isnan(got[2]).all()
    for member in (0, 1, 3):
        want = scipy.linalg.solve_triangular(a[member], b[member], lower=True, trans=1)
        np.testing.assert_allclose(got[member], want, rtol=1e-12, atol=1e-13)
