"""Whole Jacobians and Hessians: all columns, or all rows, in one batch.

Forward mode gives a column for each input, reverse mode a row for each output (Baydin, Pearlmutter,
Radul and Siskind, 2018, sections 3.1 and 3.2). The sweep is built once and evaluated on all basis
vectors together, by the batching rules of `ad.vmap`; the function's own value is computed once.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad import derive
from ad.callsite import user_line
from ad.graph import Node, reachable
from ad.linear import Linear
from ad.transforms import Argnums, bind, grad, positions
from ad.vmapping import evaluate_batch

MODES = ("auto", "forward", "reverse")
# Elements of the largest array of a batch: 256 MB. More basis vectors go in several batches.
MOST_ELEMENTS = 2**25


def jacobian(
    function: Callable[..., Any], argnums: Argnums = 0, mode: str = "auto"
) -> Callable[..., Any]:
    """Jacobian of a function: derivatives of each output by each input.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, to an array or a container.
    argnums : int or sequence of ints
        Which arguments to differentiate.
    mode : {'auto', 'forward', 'reverse'}
        Forward mode needs one sweep per input, reverse mode one per output; `auto` takes the
        one with fewer (forward where they are equal).

    Returns
    -------
    callable
        With the arguments of `function`. Gives an array of shape (value's shape + argument's
        shape); for containers, the value's container with the argument's container of such
        arrays in place of each leaf; a tuple over `argnums` if several are named.

    Raises
    ------
    ValueError
        If `mode` is none of the three.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.jacobian(lambda x: np.array([2.0, 3.0]) * x[0] * x[1])(np.array([1.0, 5.0])).tolist()
    [[10.0, 2.0], [15.0, 3.0]]
    """
    if mode not in MODES:
        raise ValueError(
            f"ad.jacobian: mode must be one of {', '.join(MODES)}, got {mode!r} ({user_line()})."
        )

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        wrt = positions("ad.jacobian", argnums, len(args))
        linear = Linear(bind(function, kwargs), args, wrt, "ad.jacobian")
        linear.evaluate([])  # for the branches that an outer trace depends on
        inputs = sum(node.size for node in linear.inputs)
        outputs = sum(node.size for node in linear.results)
        forward = mode == "forward" or (mode == "auto" and inputs <= outputs)
        blocks = _columns(linear) if forward else _rows(linear)
        rows = []
        for row in blocks:
            parts = linear.split(row)
            rows.append(parts[0] if isinstance(argnums, int) else tuple(parts))
        return linear.form.build(rows)

    return wrapped


def hessian(function: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Hessian of a scalar function: forward mode over the reverse sweep, all columns together.

    Parameters
    ----------
    function : callable
        Of arrays or containers of them, to a scalar.
    argnums : int or sequence of ints
        Which arguments to differentiate.

    Returns
    -------
    callable
        With the arguments of `function`. Gives an array of shape (argument's shape twice); for
        containers or several arguments, nested twice.

    Raises
    ------
    ShapeError
        If the function's value is not a scalar.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0])).tolist()
    [[10.0, 6.0], [6.0, 0.0]]
    """

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        wrt = positions("ad.hessian", argnums, len(args))
        slope = grad(bind(function, kwargs), wrt)
        linear = Linear(slope, args, wrt, "ad.hessian")
        linear.evaluate([])  # for the branches that an outer trace depends on
        rows = [linear.split(row) for row in _symmetric(linear, _columns(linear))]
        if isinstance(argnums, int):
            return linear.arguments[0].build([row[0] for row in rows])
        return linear.form.build([tuple(row) for row in rows])

    return wrapped


def _symmetric(linear: Linear, blocks: list[list[Any]]) -> list[list[Any]]:
    """Blocks of a Hessian, symmetric to the last bit."""
    sizes = [node.size for node in linear.inputs]

    def flat(row: int, column: int) -> Any:
        return np.reshape(blocks[row][column], (sizes[row], sizes[column]))

    return [
        [
            np.reshape(0.5 * flat(i, j) + 0.5 * np.transpose(flat(j, i)), np.shape(block))
            for j, block in enumerate(row)
        ]
        for i, row in enumerate(blocks)
    ]


def _columns(linear: Linear) -> list[list[Any]]:
    """Blocks of the Jacobian, by outputs, then inputs: one sweep a column."""
    blocks: list[list[Any]] = [[] for _ in linear.results]
    for node in linear.inputs:
        seed = linear.graph.input(node.shape)
        tangents = derive.pushforward(linear.results, [node], [seed])
        columns = _sweep(linear, tangents, seed)
        for row, column, result in zip(blocks, columns, linear.results, strict=True):
            last = np.moveaxis(column, 0, -1)
            row.append(np.reshape(last, (*result.shape, *node.shape)))
    return blocks


def _rows(linear: Linear) -> list[list[Any]]:
    """Blocks of the Jacobian, by outputs, then inputs: one sweep a row."""
    blocks = []
    for node in linear.results:
        seed = linear.graph.input(node.shape)
        found = derive.pullback([node], [seed], linear.inputs) if linear.inputs else []
        blocks.append(
            [
                np.reshape(rows, (*node.shape, *argument.shape))
                for rows, argument in zip(_sweep(linear, found, seed), linear.inputs, strict=True)
            ]
        )
    return blocks


def _sweep(linear: Linear, outputs: Sequence[Node], seed: Node) -> list[Any]:
    """Values of nodes for every basis vector of `seed`, along a leading axis."""
    size = seed.size
    largest = max((node.size for node in reachable(outputs)), default=1)
    step = max(1, MOST_ELEMENTS // max(largest, 1))
    parts = [
        along(linear, outputs, seed, np.eye(size)[start : start + step])
        for start in range(0, max(size, 1), step)
    ]
    if len(parts) == 1:
        return parts[0]
    return [np.concatenate(pieces) for pieces in zip(*parts, strict=True)]


def along(linear: Linear, outputs: Sequence[Node], seed: Node, directions: Any) -> list[Any]:
    """Values of nodes for each of some directions, shape (directions, seed's size)."""
    count = len(directions)
    seeds = np.reshape(directions, (count, *seed.shape))
    flags = [False] * len(linear.leaves)
    found = evaluate_batch(
        outputs, [*linear.leaves, seed], [*linear.values, seeds], [*flags, True], count
    )
    return [
        value if flag else np.broadcast_to(value, (count, *np.shape(value)))
        for value, flag in found
    ]


__all__ = ["along", "hessian", "jacobian"]
