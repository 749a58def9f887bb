"""Which elements a row picks: views and gathers followed to the row that computes them.

A view, reshape, broadcast or gather through a fixed table computes nothing. Such a row is an
*alias*: some elements of the row it picks from, at ``start + pattern``, where the pattern is the
same for all instances of a statement in most loops (`x[i]`, `theta[j, :]`) and only the start
changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.access import Affine, broadcast, positions
from ad.op import TABLE, Op, Shape, reshape
from ad.ops.shape import c_strides
from ad.tape import Ref
from ad.traced import Looked

if TYPE_CHECKING:
    from ad.graph import Node


@dataclass(eq=False)
class Pattern:
    """Positions of an alias's elements relative to its first.

    Attributes
    ----------
    number : int
        Equal for equal patterns.
    shape : tuple of int
    strides : tuple of int or None
        Where the positions are affine in the index; 0 along axes of size 1.
    """

    number: int
    shape: Shape
    strides: tuple[int, ...] | None
    _table: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        #: Whether these are elements in order.
        self.whole = self.strides == _plain(c_strides(self.shape), self.shape)

    @property
    def table(self) -> Any:
        """The relative positions, with the pattern's shape."""
        if self._table is None:
            assert self.strides is not None
            self._table = positions(Affine(self.shape, 0, self.strides)).reshape(self.shape)
        return self._table


class Alias(NamedTuple):
    """Elements ``start + pattern`` of the row `base`; `looked` where data chose them."""

    base: int
    start: int
    pattern: Pattern
    looked: bool


def _plain(strides: tuple[int, ...], shape: Shape) -> tuple[int, ...]:
    return tuple(stride if size != 1 else 0 for stride, size in zip(strides, shape, strict=True))


class Patterns:
    """All patterns of a tape, each once."""

    def __init__(self) -> None:
        self._affine: dict[tuple[Shape, tuple[int, ...]], Pattern] = {}
        self._wholes: dict[Shape, Pattern] = {}
        self._composed: dict[Any, tuple[int, Pattern]] = {}
        self._kept: list[Any] = []  # tables, so that their identities stay taken
        self.numbered: list[Pattern] = []

    def whole(self, shape: Shape) -> Pattern:
        """All elements of an array in order."""
        known = self._wholes.get(shape)
        if known is None:
            known = self._wholes[shape] = self.affine(shape, c_strides(shape))
        return known

    def affine(self, shape: Shape, strides: tuple[int, ...]) -> Pattern:
        """Elements at affine positions."""
        key = (shape, strides)
        known = self._affine.get(key)
        if known is None:
            plain = _plain(strides, shape)
            known = self._affine.get((shape, plain)) or self._new(shape, plain)
            self._affine[key] = self._affine[shape, plain] = known
        return known

    def _new(self, shape: Shape, strides: tuple[int, ...] | None, table: Any = None) -> Pattern:
        pattern = Pattern(len(self.numbered), shape, strides, table)
        self.numbered.append(pattern)
        return pattern

    def pick(self, source: Alias, op: Op, params: dict[str, Any], tables: Any) -> Alias:
        """The alias that a view or gather of `source` is; a gather has a table."""
        looked = source.looked
        pattern = source.pattern
        table = None
        if tables:
            table = tables[0]
            key: Any = (pattern.number, id(table))
            looked = True
        else:
            if op.name == "view":
                offset = params["offset"]
                looked = looked or type(offset) is Looked
                if pattern.whole:
                    picked = self.affine(params["shape"], params["strides"])
                    return Alias(source.base, source.start + int(offset), picked, looked)
                if params["shape"] == ():
                    start = source.start + int(pattern.table.reshape(-1)[offset])
                    return Alias(source.base, start, self.affine((), ()), looked)
            elif pattern.whole and op.name == "reshape":
                return Alias(source.base, source.start, self.whole(params["shape"]), looked)
            key = (pattern.number, op, *params.items())
        known = self._composed.get(key)
        if known is None:
            known = self._composed[key] = self._compose(pattern, op, params, table)
        delta, picked = known
        return Alias(source.base, source.start + delta, picked, looked)

    def _compose(
        self, pattern: Pattern, op: Op, params: dict[str, Any], table: Any
    ) -> tuple[int, Pattern]:
        if table is not None:
            self._kept.append(table)
            inner = np.asarray(table)
        elif op.name == "view":
            affine = Affine(params["shape"], int(params["offset"]), params["strides"])
            inner = positions(affine).reshape(params["shape"])
        elif op.name == "reshape":
            inner = np.arange(math.prod(pattern.shape)).reshape(params["shape"])
        else:
            affine = broadcast(pattern.shape, params["shape"])
            if pattern.whole:
                return 0, self.affine(affine.shape, affine.strides)
            inner = positions(affine).reshape(params["shape"])
        found = pattern.table.reshape(-1)[inner]
        if not found.size:
            return 0, self._new(found.shape, None, found)
        delta = int(found.reshape(-1)[0])
        relative = found - delta
        strides = None if table is not None else _strides_of(relative)
        if strides is not None:
            return delta, self.affine(found.shape, strides)
        return delta, self._new(found.shape, None, relative)


def _strides_of(relative: Any) -> tuple[int, ...] | None:
    """Strides of relative positions, if they are affine."""
    strides = tuple(
        int(relative[tuple(1 if a == axis else 0 for a in range(relative.ndim))])
        if relative.shape[axis] > 1
        else 0
        for axis in range(relative.ndim)
    )
    again = positions(Affine(relative.shape, 0, strides)).reshape(relative.shape)
    return strides if np.array_equal(again, relative) else None


def picked(node: Node, alias: Alias) -> Node:
    """What an alias picks of the node of its base."""
    pattern = alias.pattern
    if alias.start == 0 and pattern.whole and math.prod(pattern.shape) == node.size:
        same: Node = reshape(node, pattern.shape)
        return same
    if pattern.strides is not None:
        place = {"offset": alias.start, "strides": pattern.strides}
        viewed: Node = TABLE["view"](node, shape=pattern.shape, **place)
        return viewed
    gathered: Node = TABLE["gather"](node, node.graph.data(alias.start + pattern.table))
    return gathered


def entries(node: Node, starts: Any, pattern: Pattern) -> Node:
    """Parts of a node that begin at `starts`, one after another along a new axis."""
    count = len(starts)
    steps = np.diff(starts)
    shape = (count, *pattern.shape)
    if pattern.strides is not None and (steps == steps[0]).all():
        start, strides = int(starts[0]), (int(steps[0]), *pattern.strides)
        whole = strides == _plain(c_strides(shape), shape)
        if start == 0 and whole and math.prod(shape) == node.size:
            same: Node = reshape(node, shape)
            return same
        viewed: Node = TABLE["view"](node, shape=shape, offset=start, strides=strides)
        return viewed
    table = starts.reshape(-1, *(1,) * len(pattern.shape)) + pattern.table
    gathered: Node = TABLE["gather"](node, node.graph.data(table))
    return gathered


def is_alias(op: Op, args: tuple[Any, ...]) -> bool:
    """Whether a row only picks elements of another row."""
    if op.kind == "view":
        return op.name in ("view", "reshape", "broadcast_to") and type(args[0]) is Ref
    return op.kind == "gather" and type(args[0]) is Ref and isinstance(args[1], np.ndarray)
