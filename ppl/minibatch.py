"""Rows of data that change from step to step: the indices of subsampled plates, and what they pick.

A model under `Batches` runs twice. The first run, on numbers, notes which arguments are picked by
the indices of which plate (`x[i]`). In the second one, which is traced, the indices and the picked
rows are parts of one vector, so that new rows are new numbers for the same code, and no array as
long as the data is part of it.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import ModelError, show, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ppl.plates import Plate

Array = np.ndarray[Any, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """An array of which a plate's indices pick rows, and their place in the vector."""

    source: Array
    plate: str
    start: int
    stop: int
    shape: tuple[int, ...]


class Batches:
    """Subsampled plates of a model and its guide, and the arrays they pick rows of.

    Attributes
    ----------
    size : int
        Numbers a batch takes: the indices of each plate, then the rows.
    plates : dict of str to (int, int)
        Elements there are, and elements held.
    """

    def __init__(self) -> None:
        self.plates: dict[str, tuple[int, int]] = {}
        self.size = 0
        self._places: dict[str, slice] = {}
        self._rows: dict[Key, Rows] = {}
        self._held: dict[str, Array] = {}
        self._vector: Any = None
        self._known: dict[int, tuple[Any, str]] = {}  # traced indices, by identity

    # ---- the first run -----------------------------------------------------------------------

    def hold(self, plate: Plate, rng: np.random.Generator) -> Array:
        """Indices that a plate holds in the first run; its place is noted."""
        if plate.name not in self.plates:
            self.plates[plate.name] = (plate.full_size, plate.size)
            self._places[plate.name] = self._reserve(plate.size)
            self._held[plate.name] = chosen(rng, plate.full_size, plate.size)
        return self._held[plate.name]

    def held(self, plate: str) -> Array:
        """Indices that a plate held in the first run."""
        return self._held[plate]

    def note(self, source: Array, plate: str) -> None:
        """Note that rows of an array are picked by the indices of a plate."""
        key = _key(source, plate)
        if plate in self.plates and key not in self._rows:
            shape = (self.plates[plate][1], *source.shape[1:])
            place = self._reserve(math.prod(shape))
            plain = source.view(np.ndarray)  # picks rows without asking what they mean
            self._rows[key] = Rows(plain, plate, place.start, place.stop, shape)

    def _reserve(self, count: int) -> slice:
        self.size += count
        return slice(self.size - count, self.size)

    # ---- the traced run ----------------------------------------------------------------------

    @contextmanager
    def tracing(self, vector: Any) -> Iterator[None]:
        """Let indices and rows be parts of a vector, plain or traced, of shape (size,)."""
        self._vector, self._known = vector, {}
        token = _batches.set(self)
        try:
            yield
        finally:
            _batches.reset(token)
            self._vector, self._known = None, {}

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what the indices of plates pick meanwhile."""
        token = _batches.set(self)
        try:
            yield
        finally:
            _batches.reset(token)

    @property
    def traced(self) -> bool:
        """Whether rows are parts of a vector now."""
        return self._vector is not None

    def indices(self, plate: str) -> Any:
        """Traced indices of a plate."""
        found = self._vector[self._places[plate]]
        self._known[id(found)] = (found, plate)
        return found

    def pick(self, source: Array, index: Any) -> Any:
        """Rows of an array at traced indices, as part of the vector.

        Raises
        ------
        ModelError
            For indices that are not those of a plate, and arrays that are not bound.
        """
        first, rest = (index[0], index[1:]) if isinstance(index, tuple) else (index, ())
        if id(first) not in self._known:
            raise ModelError(
                f"plate: rows of data must be picked by a plate's indices themselves, got "
                f"{show(ad.value_of(first))} {where()}. Write x[i] with `with plate(...) as i`."
            )
        _, plate = self._known[id(first)]
        rows = self._rows.get(_key(source, plate))
        if rows is None:
            raise ModelError(
                f"plate: rows must be picked from an argument of the model, got another array of "
                f"shape {source.shape} by the indices of '{plate}' {where()}. Pick first, compute "
                "then: np.log(x[i])."
            )
        part = self._vector[rows.start : rows.stop].reshape(rows.shape)
        return part[(slice(None), *rest)] if rest else part

    # ---- steps -------------------------------------------------------------------------------

    def fill(self, out: Array, indices: Mapping[str, Array]) -> None:
        """Write a batch's indices and rows into a vector of shape (size,)."""
        for plate, place in self._places.items():
            out[place] = indices[plate]
        for rows in self._rows.values():
            part = out[rows.start : rows.stop].reshape(rows.shape)
            if rows.source.dtype == np.float64 and rows.source.flags.c_contiguous:
                np.take(rows.source, indices[rows.plate], axis=0, out=part, mode="clip")
            else:
                part[...] = rows.source[indices[rows.plate]]

    def draw(self, rng: np.random.Generator) -> dict[str, Array]:
        """Draw the indices of a batch, each plate's without replacement."""
        return {name: chosen(rng, full, size) for name, (full, size) in self.plates.items()}

    def sweep(self, rng: np.random.Generator) -> Iterator[dict[str, Array]]:
        """Batches in which each element comes as often as the others, as far as sizes divide."""
        orders = {name: rng.permutation(full) for name, (full, _) in self.plates.items()}
        count = max((full // size for full, size in self.plates.values()), default=1)
        for k in range(count):
            yield {
                name: np.take(orders[name], np.arange(k * size, (k + 1) * size), mode="wrap")
                for name, (_, size) in self.plates.items()
            }


_batches: ContextVar[Batches | None] = ContextVar("ppl_batches", default=None)


def now() -> Batches | None:
    """Batches of the run in progress."""
    return _batches.get()


def streaming() -> bool:
    """Whether data are parts of a traced vector now."""
    batches = _batches.get()
    return batches is not None and batches.traced


def chosen(rng: np.random.Generator, full: int, size: int) -> Array:
    """Different integers below `full`, all subsets equally likely."""
    return rng.choice(full, size, replace=False, shuffle=False)


def _key(source: Array, plate: str) -> Key:
    about = source.__array_interface__
    return (plate, about["data"][0], source.shape, source.strides, source.dtype.str)
