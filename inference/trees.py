"""Containers of arrays (dicts, lists, tuples, nested) as one flat vector, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import InferenceTypeError, InferenceValueError

Array = NDArray[np.float64]


class Structure:
    """How a vector of length `size` is a container.

    Parameters
    ----------
    who : str
        For errors.
    tree : dict, list, tuple or array
        With real arrays or numbers at the ends.

    Raises
    ------
    InferenceTypeError
        For ends that are no real numbers.
    InferenceValueError
        For an empty container, or numbers that are not finite.
    """

    def __init__(self, who: str, tree: Any) -> None:
        self._shapes: list[tuple[int, ...]] = []
        leaves: list[Array] = []
        self._form = self._walk(who, tree, "params", leaves)
        self.start = np.concatenate(leaves) if leaves else np.zeros(0)
        self.size = self.start.size
        if not self.size:
            raise InferenceValueError(f"{who}: params must hold a number, got none.")

    def _walk(self, who: str, tree: Any, place: str, leaves: list[Array]) -> Any:
        if isinstance(tree, Mapping):
            return {k: self._walk(who, v, f"{place}[{k!r}]", leaves) for k, v in tree.items()}
        if isinstance(tree, list | tuple):
            parts = [self._walk(who, v, f"{place}[{k}]", leaves) for k, v in enumerate(tree)]
            return parts if isinstance(tree, list) else tuple(parts)
        array = np.asarray(tree)
        if array.dtype.kind not in "fiu":
            raise InferenceTypeError(
                f"{who}: {place} must be an array of real numbers, got {tree!r}."
            )
        values = array.astype(np.float64).reshape(-1)
        if not np.isfinite(values).all():
            bad = values[~np.isfinite(values)][0]
            raise InferenceValueError(f"{who}: {place} must be finite, got {bad}.")
        start = sum(leaf.size for leaf in leaves)
        leaves.append(values)
        return _Leaf(start, array.shape)

    def build(self, vector: Any) -> Any:
        """Container of a vector, plain or traced; of plain ones the arrays are views."""
        return _build(self._form, vector)


class _Leaf:
    def __init__(self, start: int, shape: tuple[int, ...]) -> None:
        self.start, self.shape = start, shape
        self.stop = start + int(np.prod(shape))


def _build(form: Any, vector: Any) -> Any:
    if isinstance(form, _Leaf):
        return vector[form.start : form.stop].reshape(form.shape)
    if isinstance(form, dict):
        return {key: _build(part, vector) for key, part in form.items()}
    parts = [_build(part, vector) for part in form]
    return parts if isinstance(form, list) else tuple(parts)
