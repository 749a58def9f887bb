"""What may be the name, the size, the subset and the segments of a plate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import ShapeError, show, where

if TYPE_CHECKING:
    from ppl.plates import Plate


def required_name(name: Any) -> str:
    """Return a name, or raise a TypeError."""
    if not isinstance(name, str) or not name:
        raise TypeError(
            f"plate: the name must be a string, got {show(name)} {where()}. "
            'Give the name first: plate("school", 8).'
        )
    return name


def required_segments(name: str, segments: Any) -> np.ndarray[Any, Any]:
    """Return the segments of a ragged plate as an array of integers, or raise a TypeError."""
    array = None if ad.is_traced(segments) else np.asarray(segments)
    if array is None or array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"plate: segments of '{name}' must be a vector of integers, got "
            f"{show(ad.value_of(segments))} {where()}. Give the outer element of each inner one."
        )
    return array


def required_subsample(name: str, size: Any, full: int) -> int:
    """Return the size of a subset, or raise a ValueError."""
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 1 <= size <= full:
        raise ValueError(
            f"plate: subsample_size of '{name}' must be an integer from 1 to {full}, got "
            f"{show(size)} {where()}."
        )
    return int(size)


def size_and_labels(name: str, size: Any) -> tuple[int, tuple[Any, ...] | None]:
    """Return a size, and labels where it was given as names; or raise a TypeError or ValueError."""
    labels = None
    if ad.is_traced(size) and size.ndim:
        return len(size), None
    if ad.is_traced(size) or isinstance(size, str | bytes):
        raise _wrong_size(TypeError, name, size)
    if np.ndim(size) > 0 or hasattr(size, "__len__"):
        labels = tuple(size) if all(isinstance(label, str) for label in size) else None
        size = len(size)
    if isinstance(size, bool) or not isinstance(size, int | np.integer | np.ndarray):
        raise _wrong_size(TypeError, name, size)
    array = np.asarray(size)
    if array.ndim or array.dtype.kind not in "iu":
        raise _wrong_size(TypeError, name, size)
    if array < 0:
        raise _wrong_size(ValueError, name, size)
    return int(array), labels


def _wrong_size(error: type[Exception], name: str, size: Any) -> Exception:
    return error(
        f"plate: the size of '{name}' must be a nonnegative integer or a sequence, got "
        f"{show(ad.value_of(size))} {where()}. Compute it from data, for example len(y)."
    )


def required_subset(entered: Plate, indices: Any) -> Any:
    """Return the indices that a plate holds, or raise a ShapeError."""
    array = np.asarray(indices)
    right = array.dtype.kind in "iu" and array.shape == (entered.size,)
    if not right or array.min() < 0 or array.max() >= entered.full_size:
        raise ShapeError(
            f"plate: the subset of '{entered.name}' must be {entered.size} indices from 0 to "
            f"{entered.full_size - 1}, got {show(indices)} {where()}."
        )
    return array
