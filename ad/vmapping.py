"""`ad.vmap`: a function of one instance as a function of many, by rule.

The function is traced once, for one instance. Its graph is then evaluated with the batching rule
of each operation (`ad.batching`), so mapping over an axis costs as many operations as one instance
has, on larger arrays. What is evaluated may be traced itself: derivatives of a mapped function, and
mapped derivatives, need nothing more.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.batching import batch, instance_shape
from ad.callsite import user_line
from ad.containers import Structure, flatten, flatten_prefix
from ad.errors import ShapeError, TraceError
from ad.graph import DATA, LITERAL, Node, reachable
from ad.linear import Linear, as_point
from ad.op import TABLE, Op, Value
from ad.ops.shape import c_strides
from ad.traced import is_traced, value_of

Axis = int | None


def evaluate_batch(
    outputs: Sequence[Node],
    inputs: Sequence[Node],
    values: Sequence[Any],
    batched: Sequence[bool],
    size: int,
) -> list[tuple[Any, bool]]:
    """Values of `outputs` for many instances at once; for each, whether it has a leading axis.

    Parameters
    ----------
    outputs, inputs : sequence of Node
    values : sequence
        Of the inputs: arrays, traced values, or nodes of another graph.
    batched : sequence of bool
        Which values have a leading axis of length `size`, one entry an instance.
    """
    known = {
        node.index: (value, flag) for node, value, flag in zip(inputs, values, batched, strict=True)
    }
    tapes = {value.tape for value in values if hasattr(value, "tape")}
    with np.errstate(all="ignore"):
        for node in reachable(outputs):
            if node.index in known:
                continue
            for tape in tapes:  # as in `ad.interpret`
                tape.step = node.index
            if node.op is LITERAL or node.op is DATA:
                known[node.index] = node.value, False
                continue
            pairs = [known[argument.index] for argument in node.inputs]
            arguments = [
                # As in `ad.interpret`: numbers of the program stay numbers.
                value if argument.op is LITERAL else _shaped(value)
                for argument, (value, _) in zip(node.inputs, pairs, strict=True)
            ]
            flags = [flag for _, flag in pairs]
            if any(flags):
                result = batch(node.op, arguments, flags, node.params, size)
                if result is None:
                    result = _one_by_one(node.op, arguments, flags, node.params, size)
            else:
                result = node.op(*arguments, **node.params)
            known[node.index] = result, any(flags)
    for tape in tapes:
        tape.step = 0
    return [known[node.index] for node in outputs]


def _shaped(value: Any) -> Any:
    return value if hasattr(value, "shape") else np.float64(value)


def instance(value: Value, index: int) -> Value:
    """One instance of a batched value."""
    shape = value.shape[1:]
    strides = c_strides(value.shape)
    return TABLE["view"](value, shape=shape, offset=index * strides[0], strides=strides[1:])


def _one_by_one(
    op: Op, args: Sequence[Value], flags: Sequence[bool], params: Any, size: int
) -> Value:
    """An operation without a batching rule: applied to each instance by itself."""
    results = [
        op(*(instance(x, i) if flag else x for x, flag in zip(args, flags, strict=True)), **params)
        for i in range(size)
    ]
    shape = op.shape(
        *(instance_shape(x, flag) for x, flag in zip(args, flags, strict=True)), **params
    )
    whole = (size, *shape)
    step, *strides = c_strides(whole)
    places = tuple((i * step, tuple(strides)) for i in range(size))
    return TABLE["assemble"](*results, shape=whole, places=places)


def vmap(function: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """Map a function over an axis of its arguments, all instances at once.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, written for one instance, over plain NumPy. It is
        traced, so it must not depend on what changes from call to call by other ways than its
        arguments.
    in_axes : int, None, or a sequence of these
        Which axis of each argument counts instances; None where all instances share the
        argument. For an argument that is a container, either one axis for all of its arrays or
        a container of axes.
    out_axes : int, None, or a container of these
        Where the axis of instances goes in each result; None where a result is the same for all.

    Returns
    -------
    callable
        With the arguments of `function`; keyword arguments are shared by all instances.

    Raises
    ------
    ShapeError
        If the mapped axes differ in length, or there is none.
    TraceError
        If `out_axes` is None for a result that differs between instances.

    Notes
    -----
    A branch (`if`, `while`) that not all instances take alike splits them into groups that do;
    each group is mapped by itself.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.vmap(np.sum)(np.arange(6.0).reshape(3, 2)).tolist()
    [1.0, 5.0, 9.0]
    >>> slopes = ad.vmap(ad.grad(lambda x, y: np.sin(x) * y), in_axes=(0, None))
    >>> slopes(np.zeros(3), 2.0).tolist()
    [2.0, 2.0, 2.0]
    """

    @functools.wraps(function)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        bound = functools.partial(function, **kwargs) if kwargs else function
        call = _Call(bound, args, in_axes)
        leaves, form = call.run(call.moved, range(call.size))
        places = flatten_prefix(form, out_axes, "ad.vmap", "out_axes")
        return form.build(
            [_placed(*leaf, axis, call.size) for leaf, axis in zip(leaves, places, strict=True)]
        )

    return mapped


Leaf = tuple[Any, bool]  # a value, and whether it has the leading axis


class _Call:
    """One call of a mapped function: which arguments have instances, and the first one of them."""

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], in_axes: Any) -> None:
        flat = [flatten(arg) for arg in args]
        entries = _axes_of(in_axes, [structure for _, structure in flat])
        self.function, self.args = function, list(args)
        self.wrt = [i for i, axes in enumerate(entries) if any(axis is not None for axis in axes)]
        leaves: list[tuple[Any, Axis, str]] = []
        for position in self.wrt:
            names = flat[position][1].names()
            for leaf, name, axis in zip(flat[position][0], names, entries[position], strict=True):
                what = f"argument {position}{name}"
                leaves.append((as_point(leaf, what, "ad.vmap"), axis, what))
        self.size = _common_size(leaves)
        self.moved = [
            (value if axis is None else np.moveaxis(value, axis, 0), axis is not None)
            for value, axis, _ in leaves
        ]

    def run(self, moved: list[Leaf], which: Any) -> tuple[list[Leaf], Structure]:
        """Results of the instances `which`, whose arguments are `moved`."""
        size = len(which)
        examples = [
            value_of(value)
            if not flag
            else np.asarray(value_of(value))[0]
            if size
            else np.ones(np.shape(value)[1:])
            for value, flag in moved
        ]
        linear = Linear(self.function, self.args, self.wrt, "ad.vmap", examples)
        flags = [flag for _, flag in moved]
        values = [value for value, _ in moved]
        captured = linear.values[len(values) :]
        nodes = [*linear.results, *(node for _, node in linear.guards)]
        results = evaluate_batch(
            nodes, linear.leaves, [*values, *captured], [*flags, *(False for _ in captured)], size
        )
        answers = results[len(linear.results) :]
        alike = np.ones(size, dtype=np.bool_)
        for (guard, _), (answer, flag) in zip(linear.guards, answers, strict=True):
            alike &= np.asarray(value_of(answer) if flag else guard.taken) == guard.taken
        if not alike.all():
            return self._apart(moved, alike)
        for (guard, _), (answer, flag) in zip(linear.guards, answers, strict=True):
            if is_traced(answer):  # an outer trace depends on the branch taken here
                took: Any = np.all(answer == guard.taken) if flag else answer
                answer.tape.guards.append(
                    guard._replace(row=took.ref, taken=True if flag else guard.taken)
                )
        return results[: len(linear.results)], linear.form

    def _apart(self, moved: list[Leaf], alike: Any) -> tuple[list[Leaf], Structure]:
        """Instances that took the first one's branches, and the others, each by themselves."""
        groups = [np.flatnonzero(alike), np.flatnonzero(~alike)]
        parts, forms = [], []
        for group in groups:
            chosen = [(value[group] if flag else value, flag) for value, flag in moved]
            leaves, form = self.run(chosen, group)
            parts.append(leaves)
            forms.append(form)
        shapes = [[np.shape(value)[flag:] for value, flag in leaves] for leaves in parts]
        if forms[0] != forms[1] or shapes[0] != shapes[1]:
            raise ShapeError(
                "ad.vmap: all instances must return arrays of the same shapes, got "
                f"{shapes[0]} and {shapes[1]} after a branch ({user_line()}). Return one form from "
                "all branches."
            )
        order = np.argsort(np.concatenate(groups))
        joined = []
        for one, other in zip(*parts, strict=True):
            sides = [
                value if flag else np.broadcast_to(value, (len(group), *np.shape(value)))
                for (value, flag), group in zip((one, other), groups, strict=True)
            ]
            joined.append((np.concatenate(sides)[order], True))
        return joined, forms[0]


def _axes_of(in_axes: Any, structures: Sequence[Structure]) -> list[list[Axis]]:
    """For each argument, the mapped axis of each of its leaves."""
    if in_axes is None or isinstance(in_axes, int | dict):
        in_axes = (in_axes,) * len(structures)
    if len(in_axes) != len(structures):
        raise ShapeError(
            f"ad.vmap: in_axes must have one entry per argument, got {len(in_axes)} for "
            f"{len(structures)} arguments ({user_line()})."
        )
    return [
        flatten_prefix(structure, axes, "ad.vmap", f"in_axes[{position}]")
        for position, (structure, axes) in enumerate(zip(structures, in_axes, strict=True))
    ]


def _common_size(leaves: Sequence[tuple[Any, Any, str]]) -> int:
    sizes: dict[str, int] = {}
    for value, axis, what in leaves:
        if axis is None:
            continue
        if not isinstance(axis, int) or not -np.ndim(value) <= axis < np.ndim(value):
            raise ShapeError(
                f"ad.vmap: in_axes must name an axis of {what}, which has shape "
                f"{np.shape(value)}, got {axis!r} ({user_line()})."
            )
        sizes[what] = np.shape(value)[axis]
    if len(set(sizes.values())) != 1:
        got = ", ".join(f"{size} in {what}" for what, size in sizes.items()) or "none"
        raise ShapeError(
            f"ad.vmap: mapped axes must have one length, got {got} ({user_line()}). "
            "Set in_axes to None where instances share an argument."
        )
    return next(iter(sizes.values()))


def _placed(value: Any, batched: bool, axis: Axis, size: int) -> Any:
    if axis is None:
        if batched:
            raise TraceError(
                "ad.vmap: out_axes must be an axis where the result differs between instances, "
                f"got None ({user_line()})."
            )
        return value
    if not batched:
        value = np.broadcast_to(value, (size, *np.shape(value)))
    return value if axis == 0 else np.moveaxis(value, 0, axis)


__all__ = ["evaluate_batch", "instance", "vmap"]
