"""`ad.taylor`: a function expanded along a line, by evaluating its graph on series."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.containers import flatten_like
from ad.errors import ShapeError
from ad.graph import DATA, LITERAL, Node, reachable
from ad.linear import Linear, as_point
from ad.op import Shape, Value
from ad.series import Pool, Series, coefficient, shaped


def taylor(function: Callable[..., Any], x: Any, v: Any, order: Any) -> Any:
    """Taylor coefficients of a function along a line.

    Parameters
    ----------
    function : callable
        Of an array or a container of them, to an array or a container.
    x : array or container
        Where to expand.
    v : array or container
        Direction, nested and shaped as `x`.
    order : int
        Of the last coefficient, from 0.

    Returns
    -------
    array or container
        In place of each array the function returns, one with a leading axis of length
        ``order + 1``: entry k is the coefficient of t^k in ``function(x + t v)``, that is the
        k-th directional derivative over k!.

    Raises
    ------
    ShapeError
        If `v` is not nested and shaped as `x`.
    ValueError
        If `order` is not a whole number from 0.

    Notes
    -----
    At a kink the series is that of the branch taken, with the shares that first derivatives have.
    The cost grows with order squared for most functions; nesting `jvp` would double with every
    order. May be differentiated, mapped and compiled.

    References
    ----------
    .. [1] A. Griewank and A. Walther (2008), Evaluating Derivatives, chapter 13.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.taylor(lambda x: 1.0 / (1.0 - x), 0.0, 1.0, 4).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    >>> ad.taylor(np.exp, 0.0, 1.0, 3).tolist() == [1.0, 1.0, 1 / 2, 1 / 6]
    True
    """
    if isinstance(order, bool) or not isinstance(order, int | np.integer) or order < 0:
        raise ValueError(
            f"ad.taylor: order must be a whole number from 0, got {order!r} ({user_line()})."
        )
    linear = Linear(function, (x,), (0,), "ad.taylor")
    given = flatten_like(linear.arguments[0], v, "ad.taylor", "v")
    pool = Pool()
    known: dict[int, Value] = dict(
        zip((node.index for node in linear.leaves), linear.values, strict=True)
    )
    for node, slope in zip(linear.inputs, given, strict=True):
        if np.shape(slope) != node.shape:
            raise ShapeError(
                f"ad.taylor: v must have the shape of x, {node.shape}, got {np.shape(slope)} "
                f"({user_line()})."
            )
        known[node.index] = _line(pool, known[node.index], as_point(slope, "v", "ad.taylor"))
    linear.evaluate([])  # for the branches that an outer trace depends on
    _expand(linear.results, known, pool, int(order))
    return linear.form.build(
        [_stacked(known[node.index], node.shape, int(order)) for node in linear.results]
    )


def _line(pool: Pool, x: Value, v: Value) -> Series:
    return Series(pool, x, lambda k: v if k == 1 else None)


def _expand(outputs: Sequence[Node], known: dict[int, Value], pool: Pool, order: int) -> None:
    tapes = {value.tape for value in known.values() if hasattr(value, "tape")}
    with np.errstate(all="ignore"):
        for node in reachable(outputs):
            if node.index in known:
                continue
            for tape in tapes:  # as in `ad.interpret`
                tape.step = node.index
            if node.op is LITERAL or node.op is DATA:
                known[node.index] = node.value
                continue
            args = [known[argument.index] for argument in node.inputs]
            value = known[node.index] = pool.apply(node.op, args, node.params)
            coefficient(value, order)  # now, in order: asked for later it would recurse deeply
    for tape in tapes:
        tape.step = 0


def _stacked(value: Value, shape: Shape, order: int) -> Any:
    parts = [coefficient(value, k) for k in range(order + 1)]
    return np.stack([np.zeros(shape) if part is None else shaped(part) for part in parts])


__all__ = ["taylor"]
