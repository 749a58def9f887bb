"""Functions as rows: one with rules given by the user, and one that runs in Python.

What a rule does is said by an object among the parameters (see `ad.custom_rules`), so these rows
only hand over.
"""

from typing import Any

import numpy as np

from ad.op import Op, Params, Value


def _custom_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    return params["rule"].pull(index, params["leaf"], ct, args)


def _custom_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    return params["rule"].push(tangents, params["leaf"], args)


# The arguments are the value; all values the function returns; its arguments; and what its rule
# reads from outside. Native code sees a view of the first.
custom: Op = Op(
    "custom",
    lambda value, *_, shape, offset, strides, rule, leaf: np.asarray(value),
    lambda *_, shape, offset, strides, rule, leaf: shape,
    _custom_pullback,
    _custom_pushforward,
    kind="view",
    summary="a value whose derivatives are the user's: `ad.custom`, `ad.root`, `ad.external`",
)
external: Op = Op(
    "external",
    lambda *args, function, shape: function(*args),
    lambda *_, function, shape: shape,
    kind="external",
    summary="a function of plain arrays, called in Python",
)
