"""Plates: named axes along which sites are independent given what is outside."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import axes, handlers
from ppl.data import Data
from ppl.errors import ModelError, ShapeError, show, where
from ppl.sizes import (
    required_name,
    required_segments,
    required_subsample,
    required_subset,
    size_and_labels,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ppl.distributions.base import Distribution

Shape = tuple[int, ...]

_plates: ContextVar[tuple[Plate, ...]] = ContextVar("ppl_plates", default=())
_coords: ContextVar[Mapping[str, Sequence[Any]]] = ContextVar("ppl_coords", default={})  # noqa: B039 - never changed


class Plate:
    """An axis around sites; made by `ppl.plate`.

    Attributes
    ----------
    name : str
        Of the axis, in messages and results.
    size : int
        Number of elements it holds.
    full_size : int
        Number of elements there are; more than `size` if it is subsampled.
    labels : tuple or None
        Coordinate labels, where the plate was made from a sequence of names.
    segments : array of int or None
        Of a ragged plate: the element of the plate around it that each element belongs to.
    """

    def __init__(
        self,
        name: str,
        size: int | Sequence[Any] | None,
        subsample_size: int | None,
        segments: Any,
    ) -> None:
        self.name = required_name(name)
        self.segments = None if segments is None else required_segments(name, segments)
        if self.segments is not None:
            if size is not None or subsample_size is not None:
                raise TypeError(
                    f"plate: a ragged plate must have segments alone, got a size too, for "
                    f"'{name}' {where()}. Its size is the number of segments."
                )
            size = len(self.segments)
        elif size is None:
            size = _size_from_coords(name)
        self.full_size, self.labels = size_and_labels(name, size)
        axes.note_length(name, size)
        self.size = self.full_size
        if subsample_size is not None:
            self.size = required_subsample(name, subsample_size, self.full_size)

    @property
    def scale(self) -> float:
        """Factor by which the elements held stand for all."""
        return self.full_size / self.size if self.size else 1.0

    def __enter__(self) -> np.ndarray[Any, Any]:
        """Enter the axis and return its indices."""
        around = _plates.get()
        if self.name in (plate.name for plate in around):
            raise ModelError(
                f"plate: a plate must not be inside itself, got a second '{self.name}' {where()}. "
                "Leave the first one before, or rename one of them."
            )
        indices: Any = np.arange(self.size)
        if self.size < self.full_size:
            site = handlers.Site("subset", self.name, plates=(self,), shape=(self.size,))
            indices = handlers.send(site)
            if ad.is_traced(indices):  # of batches that change
                _plates.set((*around, self))
                return axes.named(indices, (self.name,))  # type: ignore[no-any-return] # as indices
            indices = required_subset(self, indices)
        if self.segments is not None:
            self._require_parent(around)
            indices = self.segments
        _plates.set((*around, self))
        labelled_indices = _labelled(indices, self.name)
        axes.note_indices(labelled_indices, self.name)
        return labelled_indices

    def __exit__(self, *exception: object) -> None:
        _plates.set(_plates.get()[:-1])

    def _require_parent(self, around: tuple[Plate, ...]) -> None:
        assert self.segments is not None
        if not around:
            raise ModelError(
                f"plate: a ragged plate must be inside the plate its segments point into, got "
                f"none around '{self.name}' {where()}. Enter that plate first."
            )
        parent = around[-1]
        wrong = np.argwhere((self.segments < 0) | (self.segments >= parent.size))
        if len(wrong):
            index = int(wrong[0, 0])
            raise ShapeError(
                f"plate: segments of '{self.name}' must be from 0 to {parent.size - 1}, the "
                f"elements of plate '{parent.name}', got {self.segments[index]} at index "
                f"({index},) {where()}. Count from 0."
            )


def plate(
    name: str,
    size: int | Sequence[Any] | None = None,
    *,
    subsample_size: int | None = None,
    segments: Any = None,
) -> Plate:
    """Declare that the sites inside are independent along a named axis.

    Parameters
    ----------
    name : str
        Name of the axis; results are labelled with it.
    size : int or sequence, optional
        Its size, or a sequence with as many elements. The elements of a sequence of strings
        become the axis's coordinate labels. Without it the size is that of the labels given as
        `coords` to `ppl.Posterior`, `ppl.simulate` or `ppl.predict`.
    subsample_size : int, optional
        How many elements a run holds. Which ones is decided by who runs the model; log densities
        inside are scaled by `size / subsample_size`.
    segments : array of int, shape (n,), optional
        Makes a ragged plate: the plate must be inside another, and element i of it belongs to
        element `segments[i]` of that one. Its axis stands in the place of the outer one's.

    Returns
    -------
    context manager
        Entering it returns the indices of the elements it holds, 0 to size - 1 or some of them,
        and the segments of a ragged plate. Nested plates add axes, the outermost first.

    Raises
    ------
    TypeError, ValueError
        If `size` is not a size.
    ModelError
        On entering a plate inside one of the same name, and for a size that is in no `coords`.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model():
    ...     with ppl.plate("school", 2):
    ...         theta = ppl.sample("theta", ppl.Normal(0, 1))
    ...         with ppl.plate("pupil", segments=np.array([0, 0, 0, 1])) as school:
    ...             ppl.sample("score", ppl.Normal(theta[school], 1))
    >>> draws = ppl.simulate(model, draws=3, seed=1)
    >>> draws["theta"].shape, draws["score"].shape
    ((3, 2), (3, 4))
    """
    return Plate(name, size, subsample_size, segments)


def plates() -> tuple[Plate, ...]:
    """Plates whose axes sites have now, outermost first.

    A ragged plate stands in the place of the one its segments point into.
    """
    around: list[Plate] = []
    for entered in _plates.get():
        if entered.segments is not None:
            around.pop()
        around.append(entered)
    return tuple(around)


def scale_of(around: tuple[Plate, ...]) -> float:
    """Factor of log densities inside subsampled plates."""
    factor = 1.0
    for entered in around:
        factor *= entered.scale
    return factor


@contextmanager
def apart() -> Iterator[None]:
    """Leave all plates for a while."""
    token = _plates.set(())
    try:
        yield
    finally:
        _plates.reset(token)


@contextmanager
def labelled(coords: Mapping[str, Sequence[Any]]) -> Iterator[None]:
    """Give plates without a size that of their labels."""
    token = _coords.set({**_coords.get(), **coords})
    try:
        yield
    finally:
        _coords.reset(token)


def site_shape(name: str, law: Distribution, around: tuple[Plate, ...]) -> Shape:
    """Shape of a site's value: plate axes, then further batch axes, then event axes.

    Parameters that have no more axes than there are plates are aligned as NumPy does, from the
    right; with more, their first axes are those of the plates.

    Raises
    ------
    ShapeError
        If the parameters do not fit the plates.
    """
    sizes = tuple(plate.size for plate in around)
    batch = law.batch_shape
    aligned = (1,) * (len(sizes) - len(batch)) + batch
    for entered, got in zip(around, aligned, strict=False):
        if got not in (1, entered.size):
            shapes = ", ".join(f"{key} {shape}" for key, shape in law.parameter_shapes().items())
            raise ShapeError(
                f"{type(law).__name__}: parameters must have size 1 or {entered.size} along plate "
                f"'{entered.name}', got {got} ({shapes}), in site '{name}' {where()}. "
                "Index them per element of the plate, for example a[group], or insert an axis, "
                "a[:, None]."
            )
    return sizes + aligned[len(sizes) :] + law.event_shape


def with_labelled(
    around: tuple[Plate, ...], law: Distribution, given: str | Sequence[str] | None
) -> tuple[tuple[Plate, ...], str | Sequence[str] | None]:
    """Plates around a site, and those that its `dims` add; the names that are left.

    Names in front of those of the law's own axes make plates of the size of their labels.
    """
    names: tuple[Any, ...] = (given,) if isinstance(given, str) else tuple(given or ())
    own = tuple(entered.name for entered in around)
    if own and names[: len(own)] == own:
        names = names[len(own) :]
    free = max(len(law.batch_shape) - len(around), 0) + len(law.event_shape)
    more = names[: max(len(names) - free, 0)]
    known = _coords.get()
    if not more or not all(isinstance(name, str) and name in known for name in more):
        return around, given
    return around + tuple(Plate(name, None, None, None) for name in more), names[len(more) :]


def site_dims(
    who: str,
    name: str,
    shape: Shape,
    around: tuple[Plate, ...],
    given: str | Sequence[str] | None,
) -> tuple[str, ...]:
    """Names of a value's axes: those of the plates, those given, ArviZ's default for the rest.

    Raises
    ------
    ShapeError
        If `given` does not name each axis that is not a plate's.
    """
    names = tuple(plate.name for plate in around)
    more = (given,) if isinstance(given, str) else tuple(given or ())
    if names and more[: len(names)] == names:
        more = more[len(names) :]
    free = len(shape) - len(names)
    if given is not None and (len(more) != free or not all(isinstance(d, str) for d in more)):
        inside = f" inside {len(names)} plates" if names else ""
        raise ShapeError(
            f"{who}: dims must name the {free} axes of shape {shape[len(names) :]}{inside}, got "
            f"{show(given)}, in site '{name}' {where()}. The plates name their own axes."
        )
    if len({*names, *more}) < len(names) + len(more):
        raise ShapeError(
            f"{who}: dims must be different names, got {show(names + more)}, in site '{name}' "
            f"{where()}. Rename one of them."
        )
    default = tuple(f"{name}_dim_{axis}" for axis in range(len(names), len(shape)))
    return names + (more if given is not None else default)


def _labelled(indices: Any, name: str) -> Data:
    """Indices that know the axis they run along."""
    data = np.asarray(indices).view(Data)
    data.dims = (name,)
    return data


def _size_from_coords(name: str) -> Sequence[Any] | int:
    known = _coords.get()
    if name not in known:
        raise ModelError(
            f"plate: the size of '{name}' must be given here or by coords, got neither; the "
            f"coords are of {sorted(known) or 'no axis'} {where()}. Write plate({name!r}, size), "
            f"or pass coords={{{name!r}: labels}} where the model is run."
        )
    return len(known[name])
