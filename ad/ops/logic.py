"""Comparisons, logic and selection. Conditions are 0 or 1 and have no derivative."""

from typing import Any

import numpy as np

from ad.op import TABLE, Op, Params, Value, as_float, broadcast, elementwise, expand, sum_to


def _comparison(name: str, function: Any, predicate: str, summary: str) -> Op:
    return elementwise(
        name,
        function,
        native=lambda b, x, y: b.compare(predicate, x, y),
        dtype="b",
        domain=((-30.0, 30.0), (-30.0, 30.0)),
        summary=summary,
    )


less = _comparison("less", np.less, "olt", "x < y")
less_equal = _comparison("less_equal", np.less_equal, "ole", "x <= y")
greater = _comparison("greater", np.greater, "ogt", "x > y")
greater_equal = _comparison("greater_equal", np.greater_equal, "oge", "x >= y")
equal = _comparison("equal", np.equal, "oeq", "x == y")
not_equal = _comparison("not_equal", np.not_equal, "une", "x != y")

isnan = elementwise(
    "isnan",
    np.isnan,
    native=lambda b, x: b.compare("uno", x, x),
    dtype="b",
    domain=((-30.0, 30.0),),
    summary="whether x is not a number",
)
isfinite = elementwise(
    "isfinite",
    np.isfinite,
    native=lambda b, x: b.compare("olt", b.intrinsic("fabs", x), b.constant(float("inf"))),
    dtype="b",
    domain=((-30.0, 30.0),),
    summary="whether x is neither infinite nor nan",
)
isinf = elementwise(
    "isinf",
    np.isinf,
    native=lambda b, x: b.compare("oeq", b.intrinsic("fabs", x), b.constant(float("inf"))),
    dtype="b",
    domain=((-30.0, 30.0),),
    summary="whether x is infinite",
)


def _logical(name: str, function: Any, instruction: str, summary: str) -> Op:
    return elementwise(
        name,
        function,
        native=lambda b, x, y: b.logical(instruction, x, y),
        dtype="b",
        domain=((-1.0, 1.0), (-1.0, 1.0)),
        summary=summary,
    )


logical_and = _logical("logical_and", np.logical_and, "and", "x and y")
logical_or = _logical("logical_or", np.logical_or, "or", "x or y")
logical_xor = _logical("logical_xor", np.logical_xor, "xor", "either x or y")
logical_not = elementwise(
    "logical_not",
    np.logical_not,
    native=lambda b, x: b.invert(x),
    dtype="b",
    domain=((-1.0, 1.0),),
    summary="not x",
)


_DOUBLES = np.dtype(np.float64)


def _chosen(condition: Any, yes: Any, no: Any) -> Any:
    if type(yes) is not float and getattr(yes, "dtype", None) is not _DOUBLES:
        yes = as_float(yes)
    if type(no) is not float and getattr(no, "dtype", None) is not _DOUBLES:
        no = as_float(no)
    return np.where(condition, yes, no)


def _where_pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
    if index == 0:
        return None
    ct = expand(ct, out.shape)
    # Selecting, not multiplying by 0 or 1: an infinite cotangent of the branch not taken stays out.
    chosen = (ct, 0.0) if index == 1 else (0.0, ct)
    return sum_to(expand(TABLE["where"](args[0], *chosen), out.shape), args[index].shape)


def _where_pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
    _, yes, no = tangents
    return expand(
        TABLE["where"](args[0], 0.0 if yes is None else yes, 0.0 if no is None else no), out.shape
    )


where = Op(
    "where",
    _chosen,
    broadcast,
    _where_pullback,
    _where_pushforward,
    native=lambda b, condition, yes, no: b.select(b.truth(condition), yes, no),
    domain=((0.0, 1.0), (-30.0, 30.0), (-30.0, 30.0)),
    summary="yes where the condition holds, else no",
    scalar=lambda condition, yes, no: np.float64(yes if condition else no),
)
