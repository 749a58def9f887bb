"""Algebra of leaves: what sums, products and a few functions of forms are.

A rule is given leaves, not all of them coarse and not all known, and answers with a leaf, or with
one for each sign (`Sign`) or kind (`Kind`) that a data column's elements may have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad.graph import LITERAL
from ad.op import TABLE
from ad.statistics.values import (
    MOST_PARTS,
    Coarse,
    Condition,
    Form,
    Group,
    InseparableError,
    Leaf,
    Part,
    Square,
    coarse_apply,
    coarse_of,
    expanded,
    known_column,
    leaf_of,
    single,
    times,
    weighted,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.graph import Graph


class Sign(NamedTuple):
    """An answer that depends on the sign of a data column."""

    column: Any
    below: Leaf | Condition
    flat: Leaf | Condition
    above: Leaf | Condition


class Kind(NamedTuple):
    """An answer that depends on whether a data column is infinite, nan or finite."""

    column: Any
    name: str
    yes: Condition
    no: Condition


Answer = Leaf | Condition | Sign | Kind


def _apply(name: str, *args: Coarse) -> Coarse:
    return coarse_apply(TABLE[name], args, {})


def _literal(graph: Graph, value: float) -> Coarse:
    return Coarse(graph.literal(value))


def _column(graph: Graph, coefficient: Coarse | None, values: Any) -> Leaf:
    column = np.ascontiguousarray(values, dtype=float)
    return Leaf(Form((Part(_literal(graph, 1.0), column),), coefficient))


# ---- sums and products ----------------------------------------------------------------------


def _add(_: Graph, x: Leaf, y: Leaf) -> Leaf:
    forms = [form for form in (x.form, y.form) if form is not None]
    form = forms[0] if len(forms) == 1 else None
    if len(forms) == 2:
        form = Form(expanded(forms[0]) + expanded(forms[1]))
        if len(form.parts) > MOST_PARTS:
            raise InseparableError
    return Leaf(form, x.squares + y.squares)


def _scaled(factor: Coarse, leaf: Leaf) -> Leaf:
    form = leaf.form
    if form is not None:
        form = Form(form.parts, times(form.scale, factor), form.weight)
    squares = [Square(s.form, times(s.scale, factor), s.weight) for s in leaf.squares]
    return Leaf(form, tuple(squares))


def _by_column(column: Any, leaf: Leaf) -> Leaf:
    product, form = single(leaf), leaf.form
    if product is not None:
        return _column(product[0].node.graph, product[0], column * product[1])
    if form is not None:
        form = Form(form.parts, form.scale, weighted(form.weight, column))
    squares = [Square(s.form, s.scale, weighted(s.weight, column)) for s in leaf.squares]
    return Leaf(form, tuple(squares))


def _negative(graph: Graph, x: Leaf) -> Leaf:
    return _scaled(_literal(graph, -1.0), x)


def _subtract(graph: Graph, x: Leaf, y: Leaf) -> Leaf:
    return _add(graph, x, _negative(graph, y))


def _multiply(_: Graph, x: Leaf, y: Leaf) -> Leaf:
    for factor, other in ((x, y), (y, x)):
        coarse = coarse_of(factor)
        if coarse is not None:
            return _scaled(coarse, other)
    for factor, other in ((x, y), (y, x)):
        column = known_column(factor)
        if column is not None:
            return _by_column(column, other)
    for factor, other in ((x, y), (y, x)):
        product = single(factor)
        if product is not None and single(other) is not None:
            return _by_column(product[1], _scaled(product[0], other))
    return _product(x, y)


def _product(x: Leaf, y: Leaf) -> Leaf:
    """Product of two forms of the same parts: a square, with what else they have before it."""
    left, right = x.form, y.form
    if x.squares or y.squares or left is None or right is None:
        raise InseparableError
    if not _alike(left.parts, right.parts):
        raise InseparableError
    form, scale, weight = Form(left.parts), times(left.scale, right.scale), None
    if left.scale is right.scale or (
        left.scale and right.scale and left.scale.node is right.scale.node
    ):
        form, scale = Form(left.parts, left.scale), None
    if left.weight is right.weight:
        form = Form(form.parts, form.scale, left.weight)
    else:
        weight = weighted(left.weight, right.weight)
    return Leaf(None, (Square(form, scale, weight),))


def _alike(left: tuple[Part, ...], right: tuple[Part, ...]) -> bool:
    return len(left) == len(right) and all(
        x.coefficient.node is y.coefficient.node and x.columns is y.columns
        for x, y in zip(left, right, strict=True)
    )


def _square(_: Graph, x: Leaf) -> Leaf:
    if x.squares or x.form is None:
        raise InseparableError
    return Leaf(None, (Square(x.form),))


def _divide(graph: Graph, x: Leaf, y: Leaf) -> Leaf:
    coarse = coarse_of(y)
    if coarse is not None:
        return _scaled(_inverse(graph, coarse), x)
    coefficient, column = _single(y)
    return _by_column(1.0 / column, _scaled(_inverse(graph, coefficient), x))


def _inverse(graph: Graph, x: Coarse) -> Coarse:
    return _apply("divide", _literal(graph, 1.0), x)


def _single(leaf: Leaf) -> tuple[Coarse, Any]:
    product = single(leaf)
    if product is None:
        raise InseparableError
    return product


# ---- functions of a product c d -------------------------------------------------------------


def _absolute(graph: Graph, x: Leaf) -> Leaf:
    coefficient, column = _single(x)
    return _column(graph, _apply("absolute", coefficient), np.abs(column))


def _by_sign(
    graph: Graph, name: str, x: Leaf, rule: Callable[[Coarse, Any], Leaf], *more: Coarse
) -> Answer:
    """`rule` of c and d; where d < 0 of -c and -d; where d = 0 the function of c times 0."""
    coefficient, column = _single(x)
    flat = leaf_of(_apply(name, _apply("multiply", coefficient, _literal(graph, 0.0)), *more))
    turned = rule(_apply("negative", coefficient), -column)
    return Sign(column, turned, flat, rule(coefficient, column))


def _power(graph: Graph, x: Leaf, y: Leaf) -> Answer:
    exponent = coarse_of(y)
    known = None if exponent is None else exponent.known()
    if exponent is None or known is None:
        raise InseparableError

    def rule(c: Coarse, d: Any) -> Leaf:
        return _column(graph, _apply("power", c, exponent), np.power(d, known))

    return _by_sign(graph, "power", x, rule, exponent)


def _sqrt(graph: Graph, x: Leaf) -> Answer:
    def rule(c: Coarse, d: Any) -> Leaf:
        return _column(graph, _apply("sqrt", c), np.sqrt(d))

    return _by_sign(graph, "sqrt", x, rule)


def _log(graph: Graph, x: Leaf) -> Answer:
    def rule(c: Coarse, d: Any) -> Leaf:
        return _add(graph, leaf_of(_apply("log", c)), _column(graph, None, np.log(d)))

    return _by_sign(graph, "log", x, rule)


def _exp(graph: Graph, x: Leaf) -> Leaf:
    """exp(c + d) = exp(c + m) exp(d - m), with the largest d of each group as m."""
    if x.squares or x.form is None:
        raise InseparableError
    coarse: Coarse | None = None
    column: Any = None
    for part in expanded(x.form):
        known = part.coefficient.known()
        if part.columns is None:
            coarse = part.coefficient if coarse is None else _apply("add", coarse, part.coefficient)
        elif known is not None and part.columns.ndim == 1:
            column = known * part.columns if column is None else column + known * part.columns
        else:
            raise InseparableError
    if coarse is None or column is None:
        raise InseparableError
    largest = _largest(column, coarse.group)
    spread = largest if coarse.group is None else largest[coarse.group.positions]
    shift = Coarse(graph.data(largest), coarse.group)
    return _column(graph, _apply("exp", _apply("add", coarse, shift)), np.exp(column - spread))


def _largest(column: Any, group: Group | None) -> Any:
    if group is None:
        largest = np.max(column, initial=-np.inf, keepdims=True).reshape(())
    else:
        largest = np.full(group.size, -np.inf)
        np.maximum.at(largest, group.positions, column)
    return np.where(np.isfinite(largest), largest, 0.0)


def _kl_div(graph: Graph, x: Leaf, y: Leaf) -> Leaf:
    """D(d, c) = D(d, m) + D(m, c) + (d - m) log(m / c), with the mean d of each group as m.

    The three points identity of Chen and Teboulle (1993), lemma 3.1. For c next to m no large terms
    cancel, as they would in d log(d / c) - d + c.
    """
    column, coarse = known_column(x), coarse_of(y)
    if coarse is None or np.ndim(column) != 1:
        raise InseparableError
    mean = _mean(column, coarse.group)
    spread = mean if coarse.group is None else mean[coarse.group.positions]
    middle = Coarse(graph.data(mean), coarse.group)
    tilt = _apply("log", _apply("divide", middle, coarse))
    within = _column(graph, None, TABLE["kl_div"].eval(column, spread))
    between = leaf_of(_apply("kl_div", middle, coarse))
    return _add(graph, _add(graph, within, between), _column(graph, tilt, column - spread))


def _mean(column: Any, group: Group | None) -> Any:
    if group is None:
        mean = np.mean(column).reshape(())
    else:
        counts = np.bincount(group.positions, minlength=group.size)
        totals = np.bincount(group.positions, weights=column, minlength=group.size)
        mean = totals / np.maximum(counts, 1)
    return np.where(np.isfinite(mean) & (mean > 0.0), mean, 1.0)


# ---- questions about a product c d ----------------------------------------------------------

_TURNED = {
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
    "equal": "equal",
    "not_equal": "not_equal",
}


def _comparison(name: str) -> Callable[..., Answer]:
    """Comparison of c d with 0, by the sign of d."""

    def rule(graph: Graph, x: Leaf, y: Leaf) -> Answer:
        zero = coarse_of(y)
        if zero is None:
            return _comparison(_TURNED[name])(graph, y, x) if coarse_of(x) else _refuse()
        coefficient, column = _single(x)
        if zero.node.op is not LITERAL or zero.node.value != 0.0:
            raise InseparableError
        turned, flat, plain = (
            Condition(_apply(which, value, zero))
            for which, value in (
                (_TURNED[name], coefficient),
                (name, _apply("multiply", coefficient, zero)),
                (name, coefficient),
            )
        )
        return Sign(column, turned, flat, plain)

    return rule


def _refuse() -> Answer:
    raise InseparableError


def _is(name: str, if_column: bool) -> Callable[..., Answer]:
    """isinf, isnan: if one of c and d is; isfinite: if both are."""

    def rule(graph: Graph, x: Leaf) -> Answer:
        coefficient, column = _single(x)
        settled = Condition(Coarse(graph.literal(if_column)))
        asked = Condition(_apply(name, coefficient))
        return Kind(column, name, *((settled, asked) if if_column else (asked, settled)))

    return rule


RULES: dict[str, Callable[..., Answer]] = {
    "add": _add,
    "subtract": _subtract,
    "negative": _negative,
    "multiply": _multiply,
    "divide": _divide,
    "square": _square,
    "absolute": _absolute,
    "power": _power,
    "sqrt": _sqrt,
    "log": _log,
    "exp": _exp,
    "kl_div": _kl_div,
    **{name: _comparison(name) for name in _TURNED},
    "isinf": _is("isinf", True),
    "isnan": _is("isnan", True),
    "isfinite": _is("isfinite", False),
}
