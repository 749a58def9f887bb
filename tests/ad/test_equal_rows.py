"""Products of matrices of equal rows, and sums of products over rows: no product of matrices."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.graph import reachable
from ad.linear import Linear
from tests.ad.harness import assert_close

RNG = np.random.default_rng(4)
A, B = RNG.normal(size=(7, 3)), RNG.normal(size=(3, 5))
V, W = RNG.normal(size=3), RNG.normal(size=5)


def products(function: Any, *points: Any) -> int:
    """Products of matrices in the graph of a function."""
    linear = Linear(function, points, range(len(points)))
    return sum(node.op.name == "matmul" for node in reachable([linear.result]))


PROGRAMS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "equal rows": (lambda v: np.broadcast_to(v, (7, 3)) @ B, V),
    "equal rows, negative": (lambda v: -np.broadcast_to(v, (7, 3)) @ B, V),
    "equal rows on the right": (lambda w: A @ np.broadcast_to(w, (3, 5)), W),
    "transposed on the right": (lambda w: B.T @ np.broadcast_to(w, (3, 5)), W),
    "equal columns": (lambda v: np.broadcast_to(v, (7, 3)).T @ A, V),
    "sum over rows": (lambda a: np.sum(a @ B, axis=0), A),
    "sum of a negative": (lambda a: np.sum(-(a @ B), axis=0), A),
    "sum of a difference": (lambda a: np.sum(a @ B - (2.0 * a) @ B, axis=0), A),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_no_product_of_matrices_is_left(name: str) -> None:
    function, at = PROGRAMS[name]
    assert products(function, at) == 0
    want = function(at)
    assert_close(ad.compile(function)(at), want, 1e-13)
    strict = ad.compile(function, strict=True)(at)
    assert_close(strict, want, 1e-13)


@pytest.mark.parametrize(
    "function",
    [
        lambda a: a @ B,  # rows differ
        lambda a: np.sum(a @ B, axis=1),
        lambda a: np.sum(np.sin(a @ B), axis=0),
        lambda a: np.sum(a @ B - np.sin(a @ B), axis=0),
        lambda a: np.broadcast_to(a[:, :1], (7, 3)) @ B,  # columns are equal, not rows
    ],
)
def test_other_products_stay(function: Any) -> None:
    assert products(function, A) >= 1
    assert_close(ad.compile(function)(A), function(A), 1e-13)


def test_a_row_added_before_a_product_costs_no_further_products() -> None:
    def function(x: Any) -> Any:
        return np.sum(np.square((A - x) @ B))

    slope = ad.grad(function)
    assert products(lambda x: np.sum(slope(x)), V) == 1
    curved = ad.hvp(function, (V,), (np.ones(3),))
    assert_close(curved, 2.0 * 7.0 * B @ B.T @ np.ones(3), 1e-12)
    assert products(lambda x: np.sum(ad.hvp(function, (x,), (np.ones(3),))), V) <= 1
