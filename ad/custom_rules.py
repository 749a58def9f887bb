"""`ad.custom`: functions whose derivatives the user gives.

The function itself is traced as any other; its results then pass through the row `custom`, which
stops derivatives there and asks the user's rule instead. The rule is traced too, when the function
is called, and kept as a graph: so it may be interpreted on whatever level derivatives are taken,
mapped over an axis, and transposed (a pullback is linear in the cotangent, so it also says what
forward mode needs, and the other way round).
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.callsite import describe, user_line
from ad.containers import flatten, flatten_like
from ad.errors import ShapeError, TraceError
from ad.graph import DATA, Node, reachable
from ad.interpret import interpret
from ad.linear import Linear, require_callable
from ad.rule import Parts, Rule, result, zeros
from ad.traced import is_traced, value_of


def custom(
    function: Callable[..., Any],
    *,
    pullback: Callable[..., Any] | None = None,
    pushforward: Callable[..., Any] | None = None,
) -> Callable[..., Any]:
    """Give a function derivatives of your own.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, over plain NumPy. What it depends on and is
        differentiated must be an argument.
    pullback : callable, optional
        ``(ct, value, *args)``: from a cotangent of the value to one for each argument (a tuple;
        for one argument it may be bare), None where an argument has no influence.
    pushforward : callable, optional
        ``(tangents, value, *args)``: from a tuple of tangents of the arguments to that of the
        value.

        One of the two is enough: each is linear, and its transpose serves the other mode.
        Given both, the pullback is used.

    Returns
    -------
    callable
        `function`, with these derivatives in every mode. Derivatives of second and higher order
        are those of the rule.

    Raises
    ------
    ValueError
        If neither rule is given.
    ShapeError
        When the rule is traced, if it returns other shapes than it must.
    TraceError
        If `function` reads a traced value that is not an argument, or the rule branches on a
        cotangent or tangent.

    Examples
    --------
    >>> import numpy as np, ad
    >>> clipped = ad.custom(lambda x: x, pullback=lambda ct, value, x: np.clip(ct, -1.0, 1.0))
    >>> ad.grad(lambda x: 5.0 * clipped(x))(2.0).tolist()
    1.0
    """
    require_callable("ad.custom", function)
    if pullback is None and pushforward is None:
        raise ValueError(
            f"ad.custom: pullback or pushforward must be given, got neither ({user_line()})."
        )
    return ruled(function, pullback, pushforward, deferred=False)


def ruled(
    function: Callable[..., Any],
    pullback: Callable[..., Any] | None,
    pushforward: Callable[..., Any] | None = None,
    *,
    deferred: bool,
) -> Callable[..., Any]:
    """What `custom` does; a deferred rule neither branches nor reads traced values from outside."""

    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        if not any(is_traced(leaf) for arg in args for leaf in flatten(arg)[0]):
            return function(*args)
        linear = Linear(function, args, range(len(args)), "ad.custom", constants=True)
        if len(linear.values) > len(linear.inputs):
            raise TraceError(
                "ad.custom: the function must get all it depends on as arguments, got a traced "
                f"value from outside ({user_line()}). Pass it as an argument."
            )
        values = linear.evaluate(linear.results)
        call = _Call(linear, values, deferred)
        rule, captured = call.forward(pushforward) if pullback is None else call.reverse(pullback)
        everything = (*values, *linear.values, *captured)
        return linear.form.build(
            [result(value, everything, rule, leaf) for leaf, value in enumerate(values)]
        )

    return wrapped


class _Call:
    """One call of a custom function, whose rule is to be traced."""

    def __init__(self, linear: Linear, values: Sequence[Any], deferred: bool) -> None:
        self.linear, self.deferred = linear, deferred
        self.values = [np.asarray(value_of(value)) for value in values]
        self.points = [np.asarray(value_of(value)) for value in linear.values]

    def reverse(self, pullback: Any) -> tuple[Rule, list[Any]]:
        """A pullback as a rule, and what it reads from outside."""
        count = len(self.values)

        def function(*leaves: Any) -> list[Any]:
            linear, entries = self.linear, leaves[count:]
            value = linear.form.build(entries[:count])
            args = linear.split(entries[count:])
            found = pullback(linear.form.build(leaves[:count]), value, *args)
            if len(args) == 1 and not (isinstance(found, tuple) and len(found) == 1):
                found = (found,)
            return self._cotangents(found)

        return self._trace(function, [np.ones(v.shape) for v in self.values], reverse=True)

    def forward(self, pushforward: Any) -> tuple[Rule, list[Any]]:
        """A pushforward as a rule, and what it reads from outside."""
        count = len(self.points)

        def function(*leaves: Any) -> list[Any]:
            linear, entries = self.linear, leaves[count:]
            tangents = tuple(linear.split(leaves[:count]))
            value = linear.form.build(entries[: len(self.values)])
            args = linear.split(entries[len(self.values) :])
            found = pushforward(tangents, value, *args)
            parts = flatten_like(linear.form, found, "ad.custom", "the pushforward's result")
            return [
                self._checked(leaf, np.shape(value), "the pushforward's result")
                for leaf, value in zip(parts, self.values, strict=True)
            ]

        return self._trace(function, [np.ones(p.shape) for p in self.points], reverse=False)

    def _cotangents(self, found: Any) -> list[Any]:
        structures = self.linear.arguments
        if not isinstance(found, tuple | list) or len(found) != len(structures):
            raise ShapeError(
                "ad.custom: the pullback must return a tuple with one cotangent per argument, got "
                f"{type(found).__name__} for {len(structures)} arguments ({user_line()})."
            )
        leaves: list[Any] = []
        points = iter(self.points)
        for position, (structure, part) in enumerate(zip(structures, found, strict=True)):
            what = f"the pullback's cotangent of argument {position}"
            shapes = [np.shape(next(points)) for _ in range(structure.size)]
            if part is None:
                leaves += [zeros(shape) for shape in shapes]
                continue
            given = flatten_like(structure, part, "ad.custom", what)
            leaves += [
                self._checked(leaf, shape, what) for leaf, shape in zip(given, shapes, strict=True)
            ]
        return leaves

    @staticmethod
    def _checked(leaf: Any, shape: tuple[int, ...], what: str) -> Any:
        if np.shape(leaf) != shape:
            raise ShapeError(
                f"ad.custom: {what} must have shape {shape}, got {np.shape(leaf)} ({user_line()})."
            )
        return leaf

    def _trace(self, function: Any, seeds: list[Any], reverse: bool) -> tuple[Rule, list[Any]]:
        given = [*seeds, *self.values, *self.points]
        count = len(seeds)

        def parts(traced: Linear) -> Parts:
            return Parts(traced.leaves[:count], traced.leaves[count:], traced.results)

        def trace() -> Linear:
            return Linear(function, given, range(len(given)), "ad.custom")

        sizes = len(self.values), len(self.points)
        if self.deferred:
            return Rule(lambda: parts(trace()), *sizes, reverse), []
        traced = trace()
        captured = traced.values[len(given) :]
        self._guard(traced, count, captured)
        # Arrays that the rule reads are arguments too: the body of a loop holds none of its own.
        arrays = _arrays(traced.results)
        found = parts(traced)._replace(point=[*traced.leaves[count:], *arrays])
        return Rule(lambda: found, *sizes, reverse), [*captured, *(node.value for node in arrays)]

    def _guard(self, traced: Linear, count: int, captured: list[Any]) -> None:
        """Let the rule's branches be branches of the trace the function is called in."""
        seeds = {node.index for node in traced.leaves[:count]}
        for guard, node in traced.guards:
            if any(other.index in seeds for other in reachable([node])):
                raise TraceError(
                    "ad.custom: a rule must be linear in its cotangents or tangents, got a branch "
                    f"on one ({describe(guard.site)}). Use np.where on the arguments instead."
                )
        values = [*self.linear.evaluate(self.linear.results), *self.linear.values, *captured]
        asked = [node for _, node in traced.guards]
        answers = interpret(asked, traced.leaves[count:], values)
        for (guard, _), answer in zip(traced.guards, answers, strict=True):
            if is_traced(answer):
                answer.tape.guards.append(guard._replace(row=answer.ref))


def _arrays(outputs: Sequence[Node]) -> list[Node]:
    """Data that `outputs` depend on, but for tables of positions."""
    nodes = reachable(outputs)
    tables = {n.inputs[1].index for n in nodes if n.op.kind in ("gather", "scatter")}
    return [node for node in nodes if node.op is DATA and node.index not in tables]


__all__ = ["custom", "ruled"]
