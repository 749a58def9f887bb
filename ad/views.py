"""Traced arrays that change, and views of them, with NumPy's aliasing.

A traced value is one row of a tape and never changes. An array that is assigned to becomes
`Written`: its elements lie on a canvas (`ad.canvas`), and what it is, as a value, is asked of the
canvas each time. A `View` knows which elements of which array it is: it is read anew after that
array was written to, and writes go there. What is a view and what is a copy NumPy itself says, on
stand-ins with the memory layout that the array has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.canvas import Canvas
from ad.errors import TraceError
from ad.lazy import Lazy, stand_in
from ad.traced import Traced, is_traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.op import Shape, Value


class Assigned(Traced):
    """A traced array whose value may change."""

    __slots__ = ()

    def now(self) -> Value:
        """The value it has now: traced and unchanging, or a plain array."""
        raise NotImplementedError

    @property
    def ref(self) -> Any:
        """Row of the value it has now, or the constant it is."""
        value = self.now()
        if not is_traced(value):
            return value
        return value.ref if value.tape is self.tape else self.tape.capture(value)

    @property
    def known(self) -> Any:
        """What it has now, at the point of tracing."""
        value = self.now()
        return value.known if is_traced(value) else value

    @property
    def value(self) -> Any:
        """The value at the point of tracing."""
        known = self.known
        return known.force() if type(known) is Lazy else known

    def frozen(self) -> Traced:
        """What it is now, as a value that does not change."""
        return self._again()

    @property
    def tag(self) -> Any:
        """Mark of the value it has now (`ad.tagging`)."""
        return getattr(self.now(), "tag", None)

    @tag.setter
    def tag(self, mark: Any) -> None:
        value = self.now()
        if is_traced(value):
            value.tag = mark


class Written(Assigned):
    """An array that was assigned to; any other traced array becomes one by that."""

    __slots__ = ()

    def now(self) -> Value:
        """The value it has now."""
        return self.canvas.whole()

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        return self.canvas.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.canvas.dtype  # type: ignore[no-any-return]


class View(Assigned):
    """Some elements of another array, in NumPy's sense.

    Parameters
    ----------
    parent : Traced
        What it was taken of.
    take : callable
        The function that took it, of any array with the memory layout of the parent.
    shape : tuple of int
    value : Traced, optional
        What it is now; read when first needed if not given.
    """

    __slots__ = ("_grid", "_memory", "_now", "_parent", "_shape", "_stamp", "_take", "root", "sure")

    def __init__(
        self,
        parent: Traced,
        take: Callable[[Any], Any],
        shape: Shape,
        value: Traced | None = None,
    ) -> None:
        root: Traced = parent.root if isinstance(parent, View) else parent
        self.tape, self._parent = parent.tape, parent
        self.root: Traced = root
        self._shape, self._take = shape, take
        self._grid: Any = None
        self._memory: Any = None
        self._now: Value = value
        self.sure = True  # whether NumPy has a view here, not a copy
        self._stamp = None if value is None else _stamp(root)

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.root.dtype

    @property
    def memory(self) -> Any:
        """A stand-in with its own memory layout; made when it is first needed."""
        if self._memory is None:
            if self.sure:
                self._memory = self._take(memory_of(self._parent))
            else:
                self._memory = np.empty(self._shape, np.int8)
        return self._memory

    @property
    def grid(self) -> Any:
        """Which elements of the root it is, by their flat positions."""
        if self._grid is None:
            self._grid = self._take(grid_of(self._parent))
        return self._grid

    def now(self) -> Value:
        """The value it has now."""
        root = self.root
        stamp = root.ref if type(root) is Traced else _stamp(root)
        if self._stamp is stamp:
            return self._now
        if not self.sure and self._now is not None:
            raise unsure_error()
        canvas = Canvas(root, root.shape, root.dtype) if type(root) is Traced else root.canvas
        self._now, self._stamp = canvas.read(np.asarray(self.grid)), stamp
        return self._now


def position(index: Any, shape: Shape) -> int | None:
    """The element that one number picks of a vector, if it does."""
    if len(shape) != 1 or not (type(index) is int or isinstance(index, np.integer)):
        return None
    place = int(index)
    if not -shape[0] <= place < shape[0]:
        return None
    return place + shape[0] if place < 0 else place


def _stamp(root: Traced) -> Any:
    return root.ref if type(root) is Traced else root.canvas.stamp


def memory_of(x: Traced) -> Any:
    """A stand-in with the memory layout that NumPy's array has; it must not be read."""
    if isinstance(x, View):
        return x.memory
    if isinstance(x, Written):
        return np.empty_like(grid_of(x), dtype=np.int8)
    return np.empty_like(stand_in(x.known), dtype=np.int8)


def grid_of(x: Traced) -> Any:
    """Flat positions of the elements in their root, in its memory layout."""
    if isinstance(x, View):
        return x.grid
    if isinstance(x, Written):
        return x.canvas.grid
    return fresh_grid(stand_in(x.known))


def fresh_grid(value: Any) -> Any:
    """Flat positions, in the memory layout of an array."""
    grid = np.empty_like(value, dtype=np.int64)
    grid[...] = np.arange(grid.size).reshape(grid.shape)
    return grid


def is_sure(x: Traced) -> bool:
    """Whether the memory layout of an array is known to be what NumPy's would be."""
    if x.ndim < 2:
        return True
    if isinstance(x, View):
        return x.sure and (x.root.ndim < 2 or is_sure(x.root))
    return x.canvas.sure if isinstance(x, Written) else not x.tape.turned


def unsure_error() -> TraceError:
    """Where NumPy's choice between a view and a copy is not known, and matters."""
    return TraceError(
        "ad: an array that is written to must be known to be a view or a copy, got one that was "
        f"reshaped after a transposition ({callsite.user_line()}). Reshape a copy of it, or copy "
        "the result: x.reshape(...).copy()."
    )


def view_of(
    x: Traced, take: Callable[[Any], Any], value: Callable[[], Any], *, reshaped: bool = False
) -> Any:
    """What a function of NumPy that may give a view gives for a traced array.

    Parameters
    ----------
    x : Traced
    take : callable
        The function, of one array.
    value : callable
        Gives the result as a value, traced.
    reshaped : bool
        Whether NumPy decides between view and copy by the memory layout.
    """
    if reshaped and not is_sure(x):
        now = value()
        unsure = View(x, take, now.shape, now.frozen())
        unsure.sure = False
        return unsure
    memory = memory_of(x)
    taken = take(memory)
    if not isinstance(taken, np.ndarray) or not _is_part(taken, memory):
        found = value()
        return found.frozen() if isinstance(found, Traced) else found
    root = x.root if isinstance(x, View) else x
    if taken.ndim > 1 and list(taken.strides) != sorted(taken.strides, key=abs, reverse=True):
        x.tape.turned = True
    if isinstance(x, View) and not x.sure:
        part = View(x, take, taken.shape, value().frozen())
        part.sure, part._memory = False, taken  # noqa: SLF001 - one of its own
        return part
    if type(root) is Written:
        return View(x, take, taken.shape)
    found = value()
    return View(x, take, taken.shape, found.frozen() if found is x else found)


def is_view_of(view: Any, x: Traced) -> bool:
    """Whether writing to `view` writes to `x`."""
    roots = [each.root if isinstance(each, View) else each for each in (view, x)]
    return roots[0] is roots[1]


def _is_part(taken: Any, memory: Any) -> bool:
    if taken is memory:
        return True
    owner = memory if memory.base is None else memory.base
    return taken.base is owner or not taken.size
