"""Which outputs depend on which inputs, element by element, read off a graph.

A node's pattern is a sparse matrix of zeros and ones: element (i, j) says whether element i of the
node may change when element j of the inputs does. Patterns go through the graph by operation:
picking elements picks rows, sums join them, matrix products go by where a constant matrix is not
zero. Values that are traced are never looked at, so a pattern holds wherever the same branches are
taken. An operation not known here makes every element depend on all that its arguments do.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from ad.graph import Node, reachable
from ad.interpret import interpret
from ad.op import Shape

Pattern = Any  # scipy.sparse.csr_array of int8 ones, shape (elements, inputs)
Positions = npt.NDArray[np.int64]


def pattern(outputs: Sequence[Node], inputs: Sequence[Node], constants: Sequence[Any]) -> Pattern:
    """Dependence of all outputs, end to end, on all inputs, end to end.

    Parameters
    ----------
    outputs, inputs : sequence of Node
    constants : sequence of (Node, value)
        Other leaves and their values, which do not vary.
    """
    sparse = _sparse()
    count = sum(node.size for node in inputs)
    walk = _Walk(count, {node.index for node in inputs}, constants)
    start = 0
    for node in inputs:
        walk.known[node.index] = _rows(np.arange(start, start + node.size), count)
        start += node.size
    for node in reachable(outputs):
        if node.index not in walk.known:
            walk.known[node.index] = walk.of(node)
    parts = [walk.known[node.index] for node in outputs]
    empty = [sparse.csr_array((node.size, count), dtype=np.int8) for node in outputs]
    filled = [e if part is None else part for part, e in zip(parts, empty, strict=True)]
    return sparse.vstack(filled, format="csr") if filled else sparse.csr_array((0, count))


def _sparse() -> Any:
    import scipy.sparse  # noqa: PLC0415 - only those who ask for sparse matrices pay for it

    return scipy.sparse


def _rows(columns: Positions, count: int) -> Pattern:
    """Row i has its one in `columns[i]`."""
    size = len(columns)
    ones = np.ones(size, np.int8)
    return _sparse().csr_array((ones, columns, np.arange(size + 1)), shape=(size, count))


def _ones(matrix: Any) -> Pattern:
    """The matrix with ones in place of its entries."""
    result = _sparse().csr_array(matrix, dtype=np.int8)
    result.data[:] = 1
    return result


def _joined(parts: Sequence[Pattern | None]) -> Pattern | None:
    """Union of patterns."""
    some = [part for part in parts if part is not None]
    if not some:
        return None
    total = some[0]
    for part in some[1:]:
        total = total + part
    return total if len(some) == 1 else _ones(total)


def _through(links: Pattern, x: Pattern) -> Pattern:
    """Pattern of what is linked to elements of `x`."""
    # In int32: a row may join more than 127 others.
    return _ones(links.astype(np.int32) @ x.astype(np.int32))


def _links(targets: Positions, size: int) -> Pattern:
    """Element i of the argument goes to element `targets[i]` of the result."""
    return _rows(targets, size).T.tocsr()


class _Walk:
    """Patterns of the nodes of one graph; None where a node depends on no input."""

    def __init__(self, count: int, inputs: set[int], constants: Sequence[Any]) -> None:
        self.count, self.inputs = count, inputs
        self.known: dict[int, Pattern | None] = {}
        self._constants = list(constants)

    def of(self, node: Node) -> Pattern | None:
        """Pattern of a node whose arguments' patterns are known."""
        args = [self.known[argument.index] for argument in node.inputs]
        if node.op.pullback is None or all(arg is None for arg in args):
            return None
        rule = BY_NAME.get(node.op.name) or BY_KIND.get(node.op.kind, _everything)
        return rule(self, node, args)

    def nonzeros(self, node: Node) -> Any:
        """Where a matrix may be not zero: by its value if it is constant."""
        # Without a derivative it may still change: floor(x), or a constant to derivatives.
        if any(other.index in self.inputs for other in reachable([node])):
            return np.ones(node.shape, np.int8)
        leaves = [leaf for leaf, _ in self._constants]
        (value,) = interpret([node], leaves, [value for _, value in self._constants])
        return (np.asarray(value) != 0.0).astype(np.int8)


Args = Sequence[Pattern | None]
Rule = Callable[[_Walk, Node, Args], Pattern | None]


def _broadcast(size_shape: Shape, shape: Shape) -> Positions:
    """Which element of an array of one shape is at each place of a larger one."""
    positions = np.arange(math.prod(size_shape)).reshape(size_shape)
    return np.broadcast_to(positions, shape).ravel()


def _elementwise(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    wide = [
        None if arg is None else arg[_broadcast(argument.shape, node.shape)]
        for arg, argument in zip(args, node.inputs, strict=True)
    ]
    # A selection's condition has no derivative.
    return _joined(wide[1:] if node.op.name == "where" else wide)


def _picked(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    shape = node.inputs[0].shape
    positions = np.arange(math.prod(shape)).reshape(shape)
    assert args[0] is not None
    return args[0][np.asarray(node.op.eval(positions, **node.params)).ravel()]


def _gather(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    return None if args[0] is None else args[0][np.ravel(node.inputs[1].value)]


def _scatter(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    if args[0] is None:
        return None
    return _through(_links(np.ravel(node.inputs[1].value), node.size), args[0])


def _assemble(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    whole = np.arange(node.size)
    parts = []
    for arg, argument, (offset, strides) in zip(
        args, node.inputs, node.params["places"], strict=True
    ):
        if arg is not None:
            steps = tuple(stride * whole.itemsize for stride in strides)
            places = as_strided(whole[offset:], argument.shape, steps, writeable=False)
            parts.append(_through(_links(places.ravel(), node.size), arg))
    return _joined(parts)


def _reduction(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    shape, axis = node.inputs[0].shape, node.params["axis"]
    kept = tuple(1 if i in axis else size for i, size in enumerate(shape))
    return _through(_links(_broadcast(kept, shape), node.size), args[0])


def _cumulative(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    shape, axis = node.shape, node.params["axis"]
    before, length = math.prod(shape[:axis]), shape[axis]
    after = math.prod(shape[axis + 1 :])
    sparse = _sparse()
    links = sparse.kron(
        sparse.eye_array(before, dtype=np.int8),
        sparse.kron(np.tri(length, dtype=np.int8), sparse.eye_array(after, dtype=np.int8)),
    )
    return _through(links.tocsr(), args[0])


def _product(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    """(m, k) by (k, n); a vector is one column."""
    left, right = node.inputs
    rows, columns = node.shape[0], math.prod(node.shape[1:])
    sparse = _sparse()
    parts = []
    if args[1] is not None:
        links = sparse.kron(walk.nonzeros(left), sparse.eye_array(columns, dtype=np.int8))
        parts.append(_through(links.tocsr(), args[1]))
    if args[0] is not None:
        inner = walk.nonzeros(right).reshape(left.shape[1], columns)
        links = sparse.kron(sparse.eye_array(rows, dtype=np.int8), inner.T)
        parts.append(_through(links.tocsr(), args[0]))
    return _joined(parts)


def _everything(walk: _Walk, node: Node, args: Args) -> Pattern | None:
    """Every element depends on all that the arguments do, for each matrix of a batch by itself."""
    batch = _common_batch(node)
    groups = int(np.prod(batch))
    joined = []
    for arg, argument in zip(args, node.inputs, strict=True):
        if arg is not None and argument.size:
            group = np.arange(argument.size) // (argument.size // groups)
            joined.append(_through(_links(group, groups), arg))
    union = _joined(joined)
    if union is None or not node.size:
        return None
    return union[np.arange(node.size) // (node.size // groups)]


def _common_batch(node: Node) -> Shape:
    """Leading axes over which a matrix operation goes one by one."""
    shapes = [argument.shape for argument in node.inputs]
    if node.op.kind != "library" or any(len(shape) < 3 for shape in shapes):
        return ()
    batch = shapes[0][:-2]
    alike = all(shape[: len(batch)] == batch for shape in [*shapes, node.shape])
    return batch if alike and 0 not in batch else ()


BY_NAME: dict[str, Rule] = {
    "reshape": _picked,
    "broadcast_to": _picked,
    "view": _picked,
    "matvec": _product,
    "matmul": _product,
    "stop_gradient": lambda walk, node, args: None,
}
BY_KIND: dict[str, Rule] = {
    "elementwise": _elementwise,
    "gather": _gather,
    "scatter": _scatter,
    "assemble": _assemble,
    "reduction": _reduction,
    "cumulative": _cumulative,
}

__all__ = ["Pattern", "pattern"]
