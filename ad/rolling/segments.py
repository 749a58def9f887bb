"""Sums of many terms, and arrays put together from many parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.columns import in_order, together
from ad.op import TABLE, expand, reshape
from ad.ops.shape import c_strides
from ad.rolling.sources import Source
from ad.tape import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ad.graph import Node
    from ad.op import Shape
    from ad.rolling.listing import Listing
    from ad.rolling.sources import Sources
    from ad.tape import Row


WRITTEN = (float, int, bool)  # types of numbers that the program's text has


class Terms(NamedTuple):
    """Terms of several sums that lie in one source."""

    refs: Any  # rows, or constants
    sums: Any  # which sum each belongs to
    negative: bool


def total(sources: Sources, listing: Listing, rows: Sequence[int], shape: Shape) -> Source:
    """The values of sums (`listing.trees[row]`), all of one shape."""
    count = len(rows)
    result: Node | None = None
    result_batched = False
    for node, batched, negative in _addends(sources, listing, rows):
        if batched:
            lead: Shape = (1,) * (len(shape) - len(node.shape) + 1)
            node = reshape(node, (count, *lead, *node.shape[1:]))  # noqa: PLW2901 - the same, wide
        result_batched = result_batched or batched
        if result is None:
            result = -node if negative else node
        else:
            result = result - node if negative else result + node
    assert result is not None, "a sum has terms"
    if not result_batched:
        return Source(expand(result, shape), shape, None)
    return Source(expand(result, (count, *shape)), shape, count)


def _addends(
    sources: Sources, listing: Listing, rows: Sequence[int]
) -> Iterator[tuple[Node, bool, bool]]:
    """What adds up to the sums: a node, whether it has an entry for each, whether to subtract."""
    for terms in _by_source(sources, listing, rows):
        yield (*_sums(sources, terms, len(rows)), terms.negative)
    for numbers in _by_site(listing, rows):
        yield (*_known_sums(sources, numbers, len(rows)), numbers.negative)


def _by_source(sources: Sources, listing: Listing, rows: Sequence[int]) -> list[Terms]:
    """Terms by where they lie, their shape and sign."""
    trees = [listing.trees[row] for row in rows]
    refs = np.array([ref for tree in trees for ref in tree.rows], np.int64)
    signs = np.array([sign for tree in trees for sign in tree.signs])
    sums = np.repeat(np.arange(len(trees)), [len(tree.rows) for tree in trees])
    key, count = in_order(together(sources.numbers(refs), listing.columns.shape[refs], signs))
    found = [np.flatnonzero(key == number) for number in range(count)]
    return [Terms(refs[each], sums[each], bool(signs[each[0]])) for each in found]


def _by_site(listing: Listing, rows: Sequence[int]) -> list[Terms]:
    """Constants among the terms by where they were written, their kind and sign."""
    found: dict[Any, Terms] = {}
    for position, row in enumerate(rows):
        for number in listing.trees[row].numbers:
            written = type(number.value) in WRITTEN
            if written and number.value == 0:
                continue  # where a sum starts
            key = (number.site, number.negative, written, np.shape(number.value))
            terms = found.setdefault(key, Terms([], [], number.negative))
            terms.refs.append(number.value)
            terms.sums.append(position)
    return list(found.values())


def _known_sums(sources: Sources, terms: Terms, count: int) -> tuple[Node, bool]:
    """For each of `count` sums, the sum of its constants, and whether they differ."""
    lengths = np.bincount(terms.sums, minlength=count)
    node, batched = sources.constants(terms.refs)
    if not batched and (lengths == lengths[0]).all():
        return (node if lengths[0] == 1 else node * float(lengths[0])), False
    totals = np.zeros((count, *np.shape(terms.refs[0])))
    np.add.at(totals, terms.sums, np.array(terms.refs, dtype=float))
    return sources.graph.data(totals[0] if count == 1 else totals), count > 1


def _sums(sources: Sources, terms: Terms, count: int) -> tuple[Node, bool]:
    """For each of `count` sums, the sum of its terms, and whether they differ."""
    lengths = np.bincount(terms.sums, minlength=count)
    even = bool((lengths == lengths[0]).all())
    length = int(lengths[0])
    node, batched = sources.operand(terms.refs)
    if not batched:
        if even:
            return (node if length == 1 else node * float(length)), False
        node = expand(node, (len(terms.refs), *node.shape))
    if even:
        shape = node.shape[1:]
        if count == 1:
            return TABLE["sum"](node, axis=(0,)), False
        if length == 1:
            return node, True
        return TABLE["sum"](reshape(node, (count, length, *shape)), axis=(1,)), True
    shape = node.shape[1:]
    size = int(np.prod(shape, dtype=np.int64))
    table = np.asarray(terms.sums).reshape(-1, *(1,) * len(shape)) * size
    table = table + np.arange(size).reshape(shape)
    data = sources.graph.data(table)
    return TABLE["scatter_add"](node, data, shape=(count, *shape)), True


class Parts(NamedTuple):
    """Parts of an assembly that lie in one source, and where they go."""

    refs: list[int]
    offsets: list[int]
    strides: tuple[int, ...]


def collected(sources: Sources, row: Row) -> Node:
    """An assembly of many parts: those of one source as one part."""
    shape, places = row.params["shape"], row.params["places"]
    graph = sources.graph
    nodes: list[Node] = []
    where: list[Any] = []
    for arg, place in zip(row.args, places, strict=True):
        if not isinstance(arg, Ref):
            nodes.append(graph.lift(arg))
            where.append(place)
    scattered: list[Node] = []
    for parts in _parts(sources, row):
        node = sources.every(parts.refs)
        if node.dtype == "b":  # an assembly is of numbers
            node = TABLE["where"](node, 1.0, 0.0)
        offsets = np.array(parts.offsets)
        steps = np.unique(np.diff(offsets))
        if len(steps) <= 1:
            strides = (int(steps[0]) if len(steps) else 0, *parts.strides)
            if len(row.args) == len(parts.refs) and _covers(node.shape, offsets, strides, shape):
                whole: Node = reshape(node, shape)
                return whole
            nodes.append(node)
            where.append((int(offsets[0]), strides))
        else:
            relative = sources.listing.patterns.affine(node.shape[1:], parts.strides).table
            table = graph.data(offsets.reshape(-1, *(1,) * relative.ndim) + relative)
            scattered.append(TABLE["scatter_add"](node, table, shape=shape))
    if nodes:
        scattered.append(TABLE["assemble"](*nodes, shape=shape, places=tuple(where)))
    result = scattered[0]
    for other in scattered[1:]:
        result = result + other
    return result


def _parts(sources: Sources, row: Row) -> list[Parts]:
    """Parts by where they lie, in order of where they go."""
    found: dict[Any, Parts] = {}
    places = row.params["places"]
    refs = [
        (place, arg) for arg, place in zip(row.args, places, strict=True) if isinstance(arg, Ref)
    ]
    for (offset, strides), ref in sorted(refs):
        key = (int(sources.numbers(ref)), sources.listing.pattern(ref).shape, strides)
        parts = found.setdefault(key, Parts([], [], strides))
        parts.refs.append(ref)
        parts.offsets.append(offset)
    return list(found.values())


def _covers(shape: Shape, offsets: Any, strides: tuple[int, ...], whole: Shape) -> bool:
    """Whether parts fill an array in order."""
    in_order = all(
        stride == own or length == 1
        for stride, own, length in zip(strides, c_strides(shape), shape, strict=True)
    )
    return bool(offsets[0] == 0) and in_order and np.prod(shape) == np.prod(whole)
