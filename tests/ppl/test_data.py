"""Binding arguments: what becomes an array, what stays, and what arrays remember."""

import math
from typing import Any

import numpy as np
import pytest

from ppl.data import Data, bind, bind_value


class Table:
    """Converts to an array, as data frames do."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype=dtype)


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (1.5, np.float64, ()),
        ([1.0, 2.0], np.float64, (2,)),
        ((1, 2, 3), np.int64, (3,)),
        (np.array([1, 2], dtype=np.float32), np.float64, (2,)),
        (np.array([True, False]), np.bool_, (2,)),
        (Table([[1.0, 2.0]]), np.float64, (1, 2)),
        (np.float64(2.0), np.float64, ()),
    ],
)
def test_numbers_become_read_only_arrays(value: Any, dtype: Any, shape: Any) -> None:
    bound = bind_value("x", value)
    assert isinstance(bound, Data)
    assert bound.dtype == dtype
    assert bound.shape == shape
    assert bound.origin == "x"
    if shape:
        with pytest.raises(ValueError, match="read-only"):
            bound[0] = 1


@pytest.mark.parametrize("value", [3, True, None, "text", math.exp, object(), Table(["a", "b"])])
def test_the_rest_stays(value: Any) -> None:
    assert bind_value("x", value) is value


def test_containers_are_bound_inside() -> None:
    bound = bind_value("d", {"a": [1.0], "b": 2, "c": [[1.0], [1.0, 2.0]]})
    assert bound["a"].origin == "d['a']"
    assert bound["b"] == 2
    assert [part.origin for part in bound["c"]] == ["d['c'][0]", "d['c'][1]"]
    assert bind_value("names", ["a", "b"]) == ["a", "b"]


def test_parts_remember_and_results_do_not() -> None:
    y = bind_value("y", [1.0, 2.0, 3.0])
    assert y[1:].origin == y[np.array([0, 1])].origin == "y"
    assert type(y + 1) is np.ndarray
    assert type(np.exp(y)) is np.ndarray
    assert isinstance(y.sum(), float)


def test_bind_applies_defaults() -> None:
    def model(x: Any, scale: float = 2.0, y: Any = None) -> None:
        del x, scale, y

    arguments = bind(model, ([1.0],), {}).arguments
    assert list(arguments) == ["x", "scale", "y"]
    assert arguments["scale"] == 2.0
    assert arguments["y"] is None
