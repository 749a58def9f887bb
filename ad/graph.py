"""The graph: interned nodes, so that equal expressions are one node.

A `Graph` owns its nodes. A node is made by applying an operation; before it is made, the graph
folds what is constant, tries the laws it was given and looks whether the node exists. Nodes are
numbered as they are made, so their numbers are a topological order.

Leaves: `input` (an argument of the traced function), `literal` (a number written in the program,
part of the structure) and `data` (an array, bound by address: its values are never looked at).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ad.op import TABLE, Op, Shape, Value

Array = npt.NDArray[Any]
Law = Callable[..., "Node | None"]

INPUT = Op("input", lambda: None, lambda: (), kind="leaf")
LITERAL = Op("literal", lambda value: value, lambda: (), kind="leaf")
DATA = Op("data", lambda: None, lambda: (), kind="leaf")
LEAVES = (INPUT, LITERAL, DATA)


class Node:
    """One value of a graph: an operation applied to other nodes."""

    __slots__ = ("dtype", "graph", "index", "inputs", "op", "params", "shape", "size", "value")
    __array_ufunc__ = None  # NumPy scalars and arrays leave their operators to ours

    def __init__(  # noqa: PLR0917 - made in one place, Graph._make
        self,
        graph: Graph,
        op: Op,
        inputs: tuple[Node, ...],
        params: dict[str, Any],
        shape: Shape,
        dtype: str,
        value: Any = None,
    ) -> None:
        self.graph, self.op, self.inputs, self.params = graph, op, inputs, params
        self.shape, self.dtype, self.value = shape, dtype, value
        self.index = len(graph.nodes)
        self.size = math.prod(shape)  # asked for at every turn

    @staticmethod
    def level_of(_: Node) -> int:
        """Nodes outrank traced values: a rule applied to a node builds graph."""
        return 1 << 30

    def apply(self, op: Op, args: Sequence[Value], params: dict[str, Any]) -> Node:
        """Node of `op` on `args` in this node's graph."""
        return self.graph.apply(op, args, params)

    def __repr__(self) -> str:
        inputs = ", ".join(f"%{node.index}" for node in self.inputs)
        extra = "".join(f", {key}={value}" for key, value in self.params.items())
        value = f" {self.value}" if self.op is LITERAL else ""
        return f"%{self.index} = {self.op.name}({inputs}{extra}){value} {self.dtype}{self.shape}"

    def __add__(self, other: Value) -> Node:
        return self.apply(TABLE["add"], (self, other), {})

    def __radd__(self, other: Value) -> Node:
        return self.apply(TABLE["add"], (other, self), {})

    def __sub__(self, other: Value) -> Node:
        return self.apply(TABLE["subtract"], (self, other), {})

    def __rsub__(self, other: Value) -> Node:
        return self.apply(TABLE["subtract"], (other, self), {})

    def __mul__(self, other: Value) -> Node:
        return self.apply(TABLE["multiply"], (self, other), {})

    def __rmul__(self, other: Value) -> Node:
        return self.apply(TABLE["multiply"], (other, self), {})

    def __truediv__(self, other: Value) -> Node:
        return self.apply(TABLE["divide"], (self, other), {})

    def __rtruediv__(self, other: Value) -> Node:
        return self.apply(TABLE["divide"], (other, self), {})

    def __lt__(self, other: Value) -> Node:
        return self.apply(TABLE["less"], (self, other), {})

    def __gt__(self, other: Value) -> Node:
        return self.apply(TABLE["greater"], (self, other), {})

    def __neg__(self) -> Node:
        return self.apply(TABLE["negative"], (self,), {})


class Graph:
    """Nodes of one function, interned.

    Parameters
    ----------
    laws : dict, optional
        Rewriting laws by the name of the operation they rewrite (see `ad.rules`); each is
        tried when a node is about to be made.
    hoist : bool
        Whether operations on data alone are done now, once, and become data.
    """

    def __init__(self, laws: dict[str, list[Law]] | None = None, hoist: bool = True) -> None:
        self.nodes: list[Node] = []
        self.laws = laws or {}
        self.hoist = hoist
        self.masked: set[int] = set()  # cotangents that a selection set to zero (`ad.derive`)
        self.moving: set[int] | None = None  # what a reverse sweep under way goes through
        self.known_forms: dict[Any, Any] = {}  # what `ad.statistics` has read of nodes
        self._interned: dict[Any, Node] = {}

    def input(self, shape: Shape, dtype: str = "f") -> Node:
        """A new argument."""
        return self._make(INPUT, (), {"position": len(self.nodes)}, shape, dtype)

    def literal(self, value: complex) -> Node:
        """A number of the program text."""
        dtype = "b" if isinstance(value, bool) else "f"
        # float.hex tells -0.0 from 0.0 and makes all NaN one.
        key = (LITERAL, dtype, float(value).hex())  # type: ignore[arg-type]
        return self._intern(key, LITERAL, (), {}, (), dtype, value)

    def data(self, array: Array) -> Node:
        """An array that is bound, not built in."""
        array = np.asarray(array)  # NumPy's numbers have no memory of their own to be known by
        whole = turned(array)
        if whole is not None:
            size, rest = whole.shape
            place = {"shape": (rest, size), "offset": 0, "strides": (1, rest)}
            return self.apply(TABLE["view"], (self.data(whole),), place)
        # By its memory, which the node keeps: arrays that are views of one are one node.
        key = (DATA, *memory_of(array))
        dtype = "b" if array.dtype == np.bool_ else "f"
        return self._intern(key, DATA, (), {}, array.shape, dtype, array)

    def lift(self, value: Value) -> Node:
        """Node of a number, an array or a node."""
        if isinstance(value, Node):
            return value
        if isinstance(value, np.ndarray | np.generic):
            return self.data(np.asarray(value))
        return self.literal(value)

    def apply(self, op: Op, args: Sequence[Value], params: dict[str, Any]) -> Node:
        """Node of `op` applied to `args`, folded, rewritten and interned."""
        inputs = tuple([arg if type(arg) is Node else self.lift(arg) for arg in args])
        numbers = known = True  # whether all are numbers, and numbers or data
        for node in inputs:
            if node.op is not LITERAL:
                numbers = False
                if node.op is not DATA:
                    known = False
                    break
        if numbers and op.kind == "elementwise":
            with np.errstate(all="ignore"):
                folded = op.eval(*(node.value for node in inputs), **params)
            return self.literal(bool(folded) if op.dtype == "b" else float(folded))
        if known and self.hoist and _hoisted(op, numbers):
            with np.errstate(all="ignore"):
                return self.data(np.asarray(op.eval(*(node.value for node in inputs), **params)))
        for law in self.laws.get(op.name, ()):
            simpler = law(*inputs, **params)
            if simpler is not None:
                return simpler
        shape = op.shape(*[node.shape for node in inputs], **params)
        dtype = inputs[0].dtype if op.dtype == "same" else op.dtype
        key = (op, tuple([node.index for node in inputs]), tuple(params.items()))
        return self._intern(key, op, inputs, params, shape, dtype)

    @contextmanager
    def as_written(self) -> Iterator[None]:
        """Make nodes as they are asked for: without laws, and computing nothing with data."""
        own, self.laws, self.hoist = (self.laws, self.hoist), {}, False
        try:
            yield
        finally:
            self.laws, self.hoist = own

    def _intern(self, key: Any, *parts: Any) -> Node:
        node = self._interned.get(key)
        if node is None:
            node = self._interned[key] = self._make(*parts)
        return node

    def _make(self, *parts: Any) -> Node:
        node = Node(self, *parts)
        self.nodes.append(node)
        return node


def _hoisted(op: Op, numbers: bool) -> bool:
    """Whether an operation on data, or on numbers alone, is done once, when its node is made.

    Views cost nothing. Numbers put into an array stay what they are, for those who take them out:
    a cotangent of some parts of a result is zero by its form for the others.
    """
    return op.kind != "view" and not (numbers and op.kind == "assemble")


def turned(array: Array) -> Array | None:
    """The matrix that an array is the transpose of, by its memory: both are one matrix then."""
    if array.dtype.kind != "f":
        return None  # a table of positions must be data itself
    if array.ndim != 2 or array.flags.c_contiguous or not array.T.flags.c_contiguous:
        return None
    root: Any = array
    while getattr(root, "base", None) is not None:
        root = root.base
    same = type(root) is np.ndarray and root.dtype == array.dtype and root.flags.c_contiguous
    if not same or root.size != array.size or memory_of(root)[0] != memory_of(array)[0]:
        return None
    return root.reshape(array.shape[::-1])  # type: ignore[no-any-return]


def memory_of(array: Array) -> tuple[int, Shape, tuple[int, ...], str]:
    """Where an array lies, and how: arrays of which this is equal are one array."""
    address = int(array.__array_interface__["data"][0])
    return address, array.shape, array.strides, array.dtype.str


def reachable(outputs: Iterable[Node]) -> list[Node]:
    """Nodes that `outputs` depend on, in topological order."""
    seen: dict[int, Node] = {}
    stack = list(outputs)
    while stack:
        node = stack.pop()
        if node.index not in seen:
            seen[node.index] = node
            stack.extend(node.inputs)
    return [seen[index] for index in sorted(seen)]
