"""Elements at positions that are computed, and calls in memory of their own."""

from typing import Any

import numpy as np
import pytest

import ad


@pytest.mark.parametrize("shape", [(7,), (7, 3), (7, 2, 3)])
@pytest.mark.parametrize("positions", [[0, 6, 3], [2, 2, 2], [[1, 4], [5, 0]]])
def test_elements_at_traced_positions_and_their_gradient(
    shape: tuple[int, ...], positions: list[int]
) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    index = np.array(positions)
    weights = np.random.default_rng(1).normal(size=x[index].shape)

    def f(x: object, i: object) -> object:
        return np.sum(weights * np.sin(x[i]))  # type: ignore[index] # arrays

    wanted = np.zeros_like(x)
    np.add.at(wanted, index, weights * np.cos(x[index]))
    both = ad.value_and_grad(f, argnums=(0, 1))
    for function in (both, ad.compile(both)):
        value, (gradient, none) = function(x, index.astype(float))
        assert value == pytest.approx(f(x, index))
        assert np.allclose(gradient, wanted)
        assert not np.any(none)
    # One piece of code for all positions.
    compiled = ad.compile(f)
    compiled(x, index)
    other = np.zeros_like(index) + 1
    assert compiled(x, other) == pytest.approx(f(x, other))


def test_positions_outside_the_axis_give_nan_and_read_nothing() -> None:
    read = ad.compile(lambda x, i: x[i])
    found = read(np.arange(4.0), np.array([3.0, 4.0, -1.0, np.nan, 1e300]))
    assert found[0] == 3.0
    assert np.isnan(found[1:]).all()


def test_a_mask_that_is_computed_is_still_refused() -> None:
    with pytest.raises(ad.errors.TraceError, match="known while tracing"):
        ad.grad(lambda x: np.sum(x[x > 0]))(np.ones(3))


def test_prepared_calls_follow_branches() -> None:
    def f(x: Any) -> Any:
        return np.sum(x), 2.0 * x if x[0] > 0 else -x

    call = ad.compile(f).prepared(np.array([1.0, 2.0]))
    assert call().tolist() == [3.0, 2.0, 4.0]
    call.x[:] = [-1.0, 2.0]
    assert call().tolist() == [1.0, 1.0, -2.0]
    call.x[:] = [2.0, 2.0]
    assert call().tolist() == [4.0, 4.0, 4.0]


def test_prepared_calls_take_one_vector() -> None:
    with pytest.raises(ad.errors.ShapeError, match="one axis"):
        ad.compile(lambda x: x).prepared(np.zeros((2, 2)))
