"""Sufficient statistics: sums over data that need not be taken again at every evaluation.

A *linear form* is an array z = sum_j c_j d_j with scalars c_j that depend on the parameters and
arrays d_j that are data (or ones); a product of a data matrix with a vector is one too. Then

    sum(z)   = sum_j c_j sum(d_j),
    sum(z^2) = |D c|^2 = |R c|^2,  D = Q R,

with the sums and the triangular factor R of the columns D = (d_1, d_2, ...) found once, at binding:
the cost of a normal likelihood, regression included, does not depend on the number of data. The
factorisation is orthogonal, so no square of the data is ever formed (G. H. Golub and C. F. Van
Loan, 2013, "Matrix Computations", section 5.2), and one data column is taken as its residual about
the others, so small residuals keep their digits. Sums are taken in another order than they stand
in, so this law is an approximate one; the data's values never decide whether it applies.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ad.graph import DATA, Node, reachable
from ad.op import TABLE, Shape, reshape


class Part(NamedTuple):
    """`coefficient` times `columns`: a scalar and one column, or a vector and a matrix.

    `columns` has shape (size, width); None stands for one column of ones.
    """

    coefficient: Node
    columns: Any

    @property
    def width(self) -> int:
        """Number of columns."""
        return 1 if self.columns is None else int(self.columns.shape[1])


Form = list[Part]

MOST_PARTS = 32  # more make the small problem no smaller, and long chains slow to trace
DEEPEST = 100  # operations looked through


def collapse(x: Node, axis: tuple[int, ...]) -> Node | None:
    """The sum over all elements of `x`, with what is known of the data taken out of it."""
    if not x.graph.hoist or len(axis) != len(x.shape) or x.size == 1:
        return None
    total: Node | None = None
    rest: Node | None = None
    for coefficient, term in _terms(x):
        known = _known_sum(term, x.shape)
        if known is not None:
            known = known if coefficient is None else coefficient * known
            total = known if total is None else total + known
        else:
            left = term if coefficient is None else coefficient * term
            rest = left if rest is None else rest + left
    if total is None:
        return None
    if rest is None:
        return total
    if rest.shape != x.shape:  # a sum over fewer elements is another one
        return None
    remaining: Node = TABLE["sum"](rest, axis=axis)
    return remaining + total


def _terms(x: Node, depth: int = 0) -> list[tuple[Node | None, Node]]:
    """Terms of a sum, each with its scalar coefficient (None for 1)."""
    name, below = x.op.name, depth + 1
    if depth == DEEPEST:
        return [(None, x)]
    if name == "add":
        return _terms(x.inputs[0], below) + _terms(x.inputs[1], below)
    if name == "subtract":
        minus = _scaled(x.graph.literal(-1.0), _terms(x.inputs[1], below))
        return _terms(x.inputs[0], below) + minus
    if name == "negative":
        return _scaled(x.graph.literal(-1.0), _terms(x.inputs[0], below))
    if name == "multiply":
        for scalar, array in (x.inputs, x.inputs[::-1]):
            if scalar.size == 1 and array.size != 1:
                return _scaled(_scalar(scalar), _terms(array, below))
    if name == "divide" and x.inputs[1].size == 1 and x.inputs[0].size != 1:
        return _scaled(1.0 / _scalar(x.inputs[1]), _terms(x.inputs[0], below))
    return [(None, x)]


def _scaled(scalar: Node, terms: list[tuple[Node | None, Node]]) -> list[tuple[Node | None, Node]]:
    return [(scalar if c is None else scalar * c, term) for c, term in terms]


def _scalar(node: Node) -> Node:
    result: Node = reshape(node, ())
    return result


def _known_sum(term: Node, shape: Shape) -> Node | None:
    """Sum of one term over an index space, if the data decide it up to few coefficients."""
    size = math.prod(shape)
    form = linear(term, shape)
    if form is not None:
        return _sum_of(form, size)
    by_itself = term.op.name == "multiply" and term.inputs[0] is term.inputs[1]
    if term.op.name == "square" or by_itself:
        form = linear(term.inputs[0], shape)
        if form is not None and _worthwhile(form, size):
            return _sum_of_squares(form, size)
    return None


def _worthwhile(form: Form, size: int) -> bool:
    """Whether R c costs less than the rows: m (m + 1) / 2 products against two a row and more."""
    width = sum(part.width for part in form)
    return width * (width + 1) <= size


def linear(node: Node, shape: Shape, depth: int = 0) -> Form | None:
    """`node`, broadcast to `shape`, as a linear form; None if it is none (or a very long one)."""
    if node.size == 1:
        return [Part(_scalar(node), None)]
    if node.shape != shape or depth == DEEPEST:
        return None
    known = node.graph.known_forms
    if node.index not in known:
        form = _form(node, shape, depth + 1)
        known[node.index] = None if form is None or len(form) > MOST_PARTS else form
    result: Form | None = known[node.index]
    return result


def _form(node: Node, shape: Shape, depth: int) -> Form | None:
    if node.op is DATA:
        return [Part(node.graph.literal(1.0), node.value.reshape(-1, 1).astype(float))]
    name = node.op.name
    if name == "matvec" and node.inputs[0].op is DATA:
        return [Part(node.inputs[1], np.asarray(node.inputs[0].value, dtype=float))]
    if name in ("add", "subtract"):
        left, right = (linear(argument, shape, depth) for argument in node.inputs)
        if left is None or right is None:
            return None
        return left + (right if name == "add" else _times(node.graph.literal(-1.0), right))
    if name == "negative":
        form = linear(node.inputs[0], shape, depth)
        return None if form is None else _times(node.graph.literal(-1.0), form)
    if name == "reshape":
        return linear(node.inputs[0], node.inputs[0].shape, depth)  # the flat order stays
    if name == "multiply":
        first, second = node.inputs
        return _product(first, second, shape, depth) or _product(second, first, shape, depth)
    if name == "divide":
        return _quotient(node.inputs[0], node.inputs[1], shape, depth)
    return None


def _product(factor: Node, node: Node, shape: Shape, depth: int) -> Form | None:
    """A scalar or a data array times a linear form."""
    if factor.size != 1 and not (factor.op is DATA and factor.shape == shape):
        return None
    form = linear(node, shape, depth)
    if form is None:
        return None
    if factor.size == 1:
        return _times(_scalar(factor), form)
    return _weighted(np.asarray(factor.value, dtype=float).reshape(-1, 1), form)


def _quotient(node: Node, divisor: Node, shape: Shape, depth: int) -> Form | None:
    """A linear form over a scalar or a data array."""
    if divisor.size != 1 and not (divisor.op is DATA and divisor.shape == shape):
        return None
    form = linear(node, shape, depth)
    if form is None:
        return None
    if divisor.size == 1:
        return _times(1.0 / _scalar(divisor), form)
    with np.errstate(all="ignore"):
        return _weighted(1.0 / np.asarray(divisor.value, dtype=float).reshape(-1, 1), form)


def _times(scalar: Node, form: Form) -> Form:
    return [Part(scalar * part.coefficient, part.columns) for part in form]


def _weighted(weights: Any, form: Form) -> Form:
    return [
        Part(part.coefficient, weights if part.columns is None else weights * part.columns)
        for part in form
    ]


def _sum_of(form: Form, size: int) -> Node:
    """sum_j c_j sum(d_j)."""
    total: Node | None = None
    for part in form:
        if part.columns is None:
            term = part.coefficient * float(size)
        else:
            sums = part.columns.sum(axis=0)
            scalar = part.coefficient.shape == ()
            products = part.coefficient * (sums[0] if scalar else sums)
            term = products if scalar else TABLE["sum"](products, axis=(0,))
        total = term if total is None else total + term
    assert total is not None
    return total


def _sum_of_squares(form: Form, size: int) -> Node:
    """|R c|^2, with one data column, where there is one, as its residual about the others.

    In (y - X b) / s the column y is nearly what the others add up to; written as X b_0 and a
    residual, the coefficients become (b - b_0) / s and the small difference is taken first, of
    numbers as exact as b, as it is in the sum as written.
    """
    pivot = _pivot(form)
    others = sorted((p for p in form if p is not pivot), key=lambda part: part.columns is not None)
    columns = [np.ones((size, 1)) if p.columns is None else p.columns for p in others]
    coefficients = [reshape(part.coefficient, (part.width,)) for part in others]
    if pivot is not None:
        explained = _least_squares(np.concatenate(columns, axis=1), pivot.columns)
        start, scale = 0, pivot.coefficient
        for place, part in enumerate(others):
            share = explained[start : start + part.width, 0]
            start += part.width
            coefficients[place] = coefficients[place] + scale * share
        columns.append(pivot.columns - np.concatenate(columns, axis=1) @ explained)
        coefficients.append(reshape(scale, (1,)))
    factor: Any = np.linalg.qr(np.concatenate(columns, axis=1), mode="r")
    starts = np.cumsum([0, *(column.shape[1] for column in columns)])
    graph = form[0].coefficient.graph
    vector: Node = TABLE["assemble"](
        *(graph.lift(coefficient) for coefficient in coefficients),
        shape=(int(starts[-1]),),
        places=tuple((int(start), (1,)) for start in starts[:-1]),
    )
    rotated: Node = TABLE["matvec"](graph.data(factor), vector)
    result: Node = TABLE["sum"](TABLE["square"](rotated), axis=(0,))
    return result


def _least_squares(matrix: Any, column: Any) -> Any:
    """Coefficients of the columns nearest to `column`; any will do, so 0 where there are none."""
    if np.isfinite(matrix).all() and np.isfinite(column).all():
        return np.linalg.lstsq(matrix, column, rcond=None)[0]
    return np.zeros((matrix.shape[1], 1))


def _pivot(form: Form) -> Part | None:
    """The data column with the plainest coefficient, if there are other columns beside it."""
    single = [part for part in form if part.columns is not None and part.coefficient.shape == ()]
    if not single or len(form) == 1:
        return None
    return min(single, key=lambda part: len(reachable([part.coefficient])))


__all__ = ["collapse", "linear"]
