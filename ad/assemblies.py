"""Laws about assemblies: what is read of parts put together is read of the parts."""

from __future__ import annotations

import bisect
import functools
import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from ad.op import TABLE, Shape, reshape
from ad.ops.shape import Place, c_strides

if TYPE_CHECKING:
    from ad.graph import Node


class Spans(NamedTuple):
    """Parts in order of their first position; `ends` are the positions after their last."""

    order: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@functools.lru_cache(maxsize=256)
def _spans(shapes: tuple[Shape, ...], places: tuple[Place, ...]) -> Spans | None:
    """Where parts lie, or None where their spans overlap (interleaved columns, say)."""
    spans = []
    for which, (shape, (offset, strides)) in enumerate(zip(shapes, places, strict=True)):
        reach = [(size - 1) * stride for size, stride in zip(shape, strides, strict=True)]
        low = offset + sum(step for step in reach if step < 0)
        spans.append((low, offset + sum(step for step in reach if step > 0) + 1, which))
    spans.sort()
    if any(before[1] > after[0] for before, after in itertools.pairwise(spans)):
        return None
    starts, ends, order = zip(*spans, strict=True) if spans else ((), (), ())
    return Spans(order, starts, ends)


def unshaped(x: Node, shape: Shape, offset: int, strides: tuple[int, ...]) -> Any:
    """A view of a reshape of x is a view of x: both count positions in the flat array."""
    if x.op.name != "reshape":
        return None
    return TABLE["view"](x.inputs[0], shape=shape, offset=offset, strides=strides)


def is_block(shape: Shape, strides: tuple[int, ...]) -> bool:
    """Whether positions are one after another."""
    return all(
        size == 1 or stride == step
        for size, stride, step in zip(shape, strides, c_strides(shape), strict=True)
    )


def part_of(x: Node, shape: Shape, offset: int, strides: tuple[int, ...]) -> Any:
    """A slice of an assembly, from the parts alone, where it cuts none or only one."""
    size = math.prod(shape)
    if x.op.name != "assemble" or not size:
        return None
    if not is_block(shape, strides):
        return _turned(x, shape, offset, strides)
    spans = _spans(tuple(part.shape for part in x.inputs), x.params["places"])
    if spans is None:
        return None
    first = bisect.bisect_right(spans.ends, offset)
    last = bisect.bisect_left(spans.starts, offset + size)
    chosen = spans.order[first:last]
    if not chosen:
        zero = x.graph.literal(0.0)
        return TABLE["broadcast_to"](zero, shape=shape) if shape else zero
    start, end = spans.starts[first], spans.ends[last - 1]
    if len(chosen) == 1 and start <= offset and end >= offset + size:
        part, place = x.inputs[chosen[0]], x.params["places"][chosen[0]]
        if not is_block(part.shape, place[1]):
            return None
        if part.size == size:
            return reshape(part, shape)
        inner = {"offset": offset - start, "strides": c_strides(shape)}
        return TABLE["view"](part, shape=shape, **inner)
    if start < offset or end > offset + size:
        return None
    places = tuple(
        (at - offset, steps) for at, steps in (x.params["places"][which] for which in chosen)
    )
    return TABLE["assemble"](*(x.inputs[i] for i in chosen), shape=shape, places=places)


def _turned(x: Node, shape: Shape, offset: int, strides: tuple[int, ...]) -> Any:
    """A view of just one part, whose axes may lie in another order."""
    wanted = _axes(shape, strides)
    if len({step for _, step, _ in wanted}) != len(wanted):
        return None
    for part, (start, steps) in zip(x.inputs, x.params["places"], strict=True):
        axes = _axes(part.shape, steps)
        if start == offset and {a[:2] for a in axes} == {w[:2] for w in wanted}:
            own = c_strides(part.shape)
            by_step = {step: own[axis] for _, step, axis in axes}
            turned = tuple(
                by_step[step] if size != 1 else 0 for size, step in zip(shape, strides, strict=True)
            )
            return TABLE["view"](part, shape=shape, offset=0, strides=turned)
    return None


def _axes(shape: Shape, strides: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Size, stride and number of every axis longer than 1."""
    return [
        (size, stride, axis)
        for axis, (size, stride) in enumerate(zip(shape, strides, strict=True))
        if size != 1
    ]
