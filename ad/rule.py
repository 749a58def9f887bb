"""Rules of derivatives as graphs: interpreted at any level, transposed, mapped over an axis.

The row `custom` carries such a rule (see `ad.custom_rules`).
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ad import batching, derive, rules
from ad.graph import Graph, Node
from ad.interpret import interpret
from ad.op import TABLE, Op, Params, Value, expand
from ad.ops.shape import c_strides
from ad.vmapping import evaluate_batch


class Parts(NamedTuple):
    """The graph of a rule.

    `seeds` are what it is linear in: a cotangent for each result, or a tangent for each argument.
    `point` are results, arguments and what the rule reads from outside. `outputs` are a cotangent
    for each argument, or a tangent for each result.
    """

    seeds: list[Node]
    point: list[Node]
    outputs: list[Node]


class Rule:
    """A linear map between tangents, or cotangents, at a point.

    Parameters
    ----------
    build : callable
        Gives its graph; called when that is first needed, since the rule of a rule may have a
        rule, and so on.
    results, arguments : int
        How many of each there are.
    reverse : bool
        Whether it is a pullback.
    """

    def __init__(
        self, build: Callable[[], Parts], results: int, arguments: int, reverse: bool
    ) -> None:
        self._build, self.reverse = build, reverse
        self.results, self.arguments = results, arguments
        self._mapped: dict[int, Rule] = {}
        self._graphs: dict[bool, Parts] = {}  # by whether it is the transpose

    @property
    def parts(self) -> Parts:
        """The graph."""
        if False not in self._graphs:
            self._graphs[False] = self._build()
        return self._graphs[False]

    def pull(self, index: int, leaf: int, ct: Value, args: Sequence[Value]) -> Value:
        """Cotangent of the row's argument `index`; None for those that have none."""
        position = index - 1 - self.results
        if not 0 <= position < self.arguments:
            return None
        given = [None] * self.results
        given[leaf] = ct
        return self._apply(given, self._point(args), reverse=True)[position]

    def push(self, tangents: Sequence[Value], leaf: int, args: Sequence[Value]) -> Value:
        """Tangent of a result."""
        start = 1 + self.results
        given = list(tangents[start : start + self.arguments])
        if all(tangent is None for tangent in given):
            return None
        return self._apply(given, self._point(args), reverse=False)[leaf]

    def _point(self, args: Sequence[Value]) -> list[Value]:
        """Results, arguments and what was read, the results with the derivatives of the rule."""
        ruled = [result(args[1 + leaf], args[1:], self, leaf) for leaf in range(self.results)]
        return [*ruled, *args[1 + self.results :]]

    def _apply(self, given: Sequence[Value], point: Sequence[Value], reverse: bool) -> list[Value]:
        seeds, leaves, outputs = self.parts if reverse == self.reverse else self._transposed
        graphs = [value.graph for value in (*given, *point) if isinstance(value, Node)]
        graph = graphs[0] if graphs else None

        def nothing(node: Node) -> Value:
            return zeros(node.shape) if graph is None else expand(graph.literal(0.0), node.shape)

        values = [
            nothing(node) if value is None else value
            for node, value in zip(seeds, given, strict=True)
        ]
        found = interpret(outputs, [*seeds, *leaves], [*values, *point])
        return found if graph is None else [graph.lift(value) for value in found]

    @property
    def _transposed(self) -> Parts:
        if True not in self._graphs:
            self._graphs[True] = self._transpose()
        return self._graphs[True]

    def _transpose(self) -> Parts:
        linear = self.parts
        graph = linear.seeds[0].graph
        seeds = [graph.input(node.shape) for node in linear.outputs]
        outputs = derive.pullback(linear.outputs, seeds, linear.seeds)
        # The derivative of a linear map does not depend on where it is taken.
        anywhere = [expand(graph.literal(0.0), node.shape) for node in linear.seeds]
        moved = interpret(
            outputs, [*linear.seeds, *seeds, *linear.point], [*anywhere, *seeds, *linear.point]
        )
        return Parts(seeds, linear.point, moved)

    def mapped(self, size: int) -> "Rule":
        """The rule for `size` instances at once."""
        if size not in self._mapped:
            self._mapped[size] = Rule(
                lambda: self._wide(size), self.results, self.arguments, self.reverse
            )
        return self._mapped[size]

    def _wide(self, size: int) -> Parts:
        graph = Graph(rules.laws(), hoist=False)
        leaves = [*self.parts.seeds, *self.parts.point]
        wide = [graph.input((size, *node.shape)) for node in leaves]
        found = evaluate_batch(self.parts.outputs, leaves, wide, [True] * len(wide), size)
        outputs = [
            value if flag else expand(graph.lift(value), (size, *node.shape))
            for (value, flag), node in zip(found, self.parts.outputs, strict=True)
        ]
        count = len(self.parts.seeds)
        return Parts(wide[:count], wide[count:], [graph.lift(node) for node in outputs])


@functools.lru_cache(maxsize=256)
def zeros(shape: tuple[int, ...]) -> Any:
    """An array of zeros; the same one each time, so that equal expressions stay one node."""
    array = np.zeros(shape)
    array.setflags(write=False)
    return array


def result(value: Value, everything: Sequence[Value], rule: Rule, leaf: int) -> Value:
    """A result of a custom function: the value, with the rule's derivatives."""
    shape = np.shape(value) if not hasattr(value, "shape") else value.shape
    place = {"shape": shape, "offset": 0, "strides": c_strides(shape)}
    return TABLE["custom"](value, *everything, **place, rule=rule, leaf=leaf)


def _batched(
    op: Op, args: Sequence[Value], batched: Sequence[bool], params: Params, size: int
) -> Value:
    wide = [
        x if flag else TABLE["broadcast_to"](x, shape=(size, *np.shape(x)))
        for x, flag in zip(args, batched, strict=True)
    ]
    return result(wide[0], wide[1:], params["rule"].mapped(size), params["leaf"])


batching.BY_NAME["custom"] = _batched

__all__ = ["Parts", "Rule", "result", "zeros"]
