"""Sums of products over shared axes: matmul of batches, tensordot, einsum and kron.

All of them become transposes, reshapes and products of matrices, so they have nothing to
differentiate by themselves.
"""

import math
from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import real, together
from ad.op import Value, reshape
from ad.ops.linalg import matmul as matrix_product
from ad.ops.linalg import matvec
from ad.ops.matrices import product, swap
from ad.ops.reduction import sum_op
from ad.ops.shape import c_strides, view
from ad.tape import NO_PARAMS
from ad.traced import is_traced


def matmul(a: Any, b: Any) -> Value:
    """Matrix product as `np.matmul` has it: the last two axes are matrices, the others a batch."""
    a, b = real("matmul", a), real("matmul", b)
    if not a.shape or not b.shape:
        raise ShapeError(
            f"matmul: operands must have an axis, got shapes {a.shape} and {b.shape} "
            f"({user_line()}). Use * with numbers."
        )
    if a.shape[-1] != b.shape[-2 if len(b.shape) > 1 else 0]:
        raise ShapeError(
            f"matmul: the last axis of a and the one before the last of b must agree, got shapes "
            f"{a.shape} and {b.shape} ({user_line()})."
        )
    if len(a.shape) == 1 and len(b.shape) == 1:
        return sum_op(a * b, axis=(0,))
    if len(b.shape) == 1:
        if len(a.shape) == 2:
            return matvec(a, b)
        return _with_flat_left(a, reshape(b, (*b.shape, 1)), (*a.shape[:-1],))
    if len(a.shape) == 1:
        if len(b.shape) == 2:
            return matvec(swap(b), a)
        rows = matmul(reshape(a, (1, *a.shape)), b)
        return reshape(rows, (*b.shape[:-2], b.shape[-1]))
    if len(b.shape) == 2:
        return _with_flat_left(a, b, (*a.shape[:-1], b.shape[-1]))
    return product(*together("matmul", a, b))


def _with_flat_left(a: Value, b: Value, shape: tuple[int, ...]) -> Value:
    """One product for a batch on the left of one matrix."""
    flat = reshape(a, (math.prod(a.shape[:-1]), a.shape[-1]))
    if b.shape[-1] == 1:
        return reshape(matvec(flat, reshape(b, b.shape[:1])), shape)
    return reshape(matrix_product(flat, b), shape)


_DOUBLES = np.dtype(np.float64)


def row_of_product(a: Any, b: Any) -> Any:
    """The one row that a product of real matrices, or with a vector, is."""
    for value in (a, b):
        if not (is_traced(value) or (type(value) is np.ndarray and value.dtype is _DOUBLES)):
            return None
    rows, columns = a.shape, b.shape
    if len(rows) == 1 and rows == columns:
        return sum_op, (a * b,), {"axis": (0,)}
    if len(rows) != 2 or len(columns) not in (1, 2) or rows[1] != columns[0]:
        return None
    if len(columns) == 1:
        return matvec, (a, b), NO_PARAMS
    return None if columns[1] == 1 else (matrix_product, (a, b), NO_PARAMS)


def transpose(x: Value, order: Sequence[int]) -> Value:
    """`x` with its axes in another order, as a view."""
    if list(order) == list(range(len(x.shape))):
        return x
    strides = c_strides(x.shape)
    return view(
        x,
        shape=tuple(x.shape[axis] for axis in order),
        offset=0,
        strides=tuple(strides[axis] for axis in order),
    )


def tensordot(a: Any, b: Any, axes: Any = 2) -> Value:
    """Sum of products over given axes, as `np.tensordot` has it."""
    a, b = real("tensordot", a), real("tensordot", b)
    if isinstance(axes, int):
        left = list(range(len(a.shape) - axes, len(a.shape)))
        right = list(range(axes))
    else:
        left, right = ([one] if isinstance(one, int) else list(one) for one in axes)
    left, right = [n % len(a.shape) for n in left], [n % len(b.shape) for n in right]
    if [a.shape[n] for n in left] != [b.shape[n] for n in right]:
        raise ShapeError(
            f"tensordot: axes summed over must have equal sizes, got shapes {a.shape} and "
            f"{b.shape} with axes={axes} ({user_line()})."
        )
    free = [n for n in range(len(a.shape)) if n not in left]
    rest = [n for n in range(len(b.shape)) if n not in right]
    shared = math.prod(a.shape[n] for n in left)
    rows, columns = [a.shape[n] for n in free], [b.shape[n] for n in rest]
    first = reshape(transpose(a, [*free, *left]), (math.prod(rows), shared))
    second = reshape(transpose(b, [*right, *rest]), (shared, math.prod(columns)))
    return reshape(matrix_product(first, second), (*rows, *columns))


def kron(a: Any, b: Any) -> Value:
    """Kronecker product, as `np.kron` has it."""
    a, b = real("kron", a), real("kron", b)
    ndim = max(len(a.shape), len(b.shape))
    outer = (1,) * (ndim - len(a.shape)) + tuple(a.shape)
    inner = (1,) * (ndim - len(b.shape)) + tuple(b.shape)
    between = [size for m in outer for size in (m, 1)]
    within = [size for n in inner for size in (1, n)]
    whole = reshape(a, tuple(between)) * reshape(b, tuple(within))
    return reshape(whole, tuple(m * n for m, n in zip(outer, inner, strict=True)))


# ---- einsum --------------------------------------------------------------------------------------


class Term:
    """An operand of einsum with the letter of each axis."""

    def __init__(self, value: Value, letters: str) -> None:
        self.value, self.letters = value, letters

    def sizes(self) -> dict[str, int]:
        """Size of each letter's axis."""
        return dict(zip(self.letters, self.value.shape, strict=True))

    def arranged(self, *groups: str) -> Value:
        """The array with one axis for each group of letters; a missing letter has size 1."""
        present = [letter for group in groups for letter in group if letter in self.letters]
        value = transpose(self.value, [self.letters.index(letter) for letter in present])
        sizes = self.sizes()
        return reshape(
            value, tuple(math.prod(sizes.get(letter, 1) for letter in group) for group in groups)
        )

    def reduced(self, kept: str) -> "Term":
        """Diagonals where a letter repeats; sums over letters that nobody else has."""
        value, letters = self.value, "".join(dict.fromkeys(self.letters))
        if len(letters) < len(self.letters):
            strides = c_strides(value.shape)
            steps = dict.fromkeys(letters, 0)
            for letter, stride in zip(self.letters, strides, strict=True):
                steps[letter] += stride
            sizes = self.sizes()
            value = view(
                value,
                shape=tuple(sizes[letter] for letter in letters),
                offset=0,
                strides=tuple(steps[letter] for letter in letters),
            )
        gone = tuple(axis for axis, letter in enumerate(letters) if letter not in kept)
        if gone:
            value = sum_op(value, axis=gone)
        return Term(value, "".join(letter for letter in letters if letter in kept))


def _pair(left: Term, right: Term, kept: str) -> Term:
    """Product of two operands, summed over the letters that nobody else has."""
    left, right = left.reduced(kept + right.letters), right.reduced(kept + left.letters)
    both = [letter for letter in left.letters if letter in right.letters]
    batch = "".join(letter for letter in both if letter in kept)
    inner = "".join(letter for letter in both if letter not in kept)
    rows = "".join(letter for letter in left.letters if letter not in both)
    columns = "".join(letter for letter in right.letters if letter not in both)
    sizes = {**left.sizes(), **right.sizes()}
    shape = tuple(sizes[letter] for letter in batch + rows + columns)
    if not inner:
        first = left.arranged(*batch, *rows, *columns)
        value = first * right.arranged(*batch, *rows, *columns)
    elif batch:
        value = product(left.arranged(batch, rows, inner), right.arranged(batch, inner, columns))
    else:
        value = matmul(left.arranged(rows, inner), right.arranged(inner, columns))
    return Term(reshape(value, shape), batch + rows + columns)


def _by_letters(*given: Any) -> tuple[Any, tuple[Any, ...]]:
    """Operands that are each followed by a list of axes, with letters for these instead."""
    count = len(given) // 2
    lists = [*given[1 : 2 * count : 2], *given[2 * count :]]
    if not all(isinstance(axes, list | tuple) for axes in lists):
        return given[0], given[1:]

    def letters(axes: Any) -> str:
        return "".join("..." if axis is Ellipsis else ascii_letters[axis] for axis in axes)

    terms = [letters(axes) for axes in lists]
    output = "->" + terms[-1] if len(given) % 2 else ""
    return ",".join(terms[:count]) + output, given[: 2 * count : 2]


def einsum(subscripts: Any, *operands: Any, optimize: Any = True, **unknown: Any) -> Value:
    """Einstein's summation, as `np.einsum` has it, by products of two operands at a time."""
    if not isinstance(subscripts, str) and operands:
        subscripts, operands = _by_letters(subscripts, *operands)
    if unknown or not isinstance(subscripts, str):
        raise ShapeError(
            f"einsum: subscripts must be a string with no options but optimize, got "
            f"{subscripts if not isinstance(subscripts, str) else sorted(unknown)!r} "
            f"({user_line()}). Write np.einsum('ij,j->i', a, b)."
        )
    values = [real("einsum", operand) for operand in operands]
    inputs, output = _letters(subscripts, [len(value.shape) for value in values])
    terms_known = len(values) <= 2 and _fit(values, inputs, output)
    plan = (
        [(), tuple(range(len(values)))]
        if terms_known
        else _plan(subscripts, values, inputs, output, optimize)
    )
    terms = _terms(values, inputs)
    for step in plan[1:]:
        chosen = [terms.pop(position) for position in sorted(step, reverse=True)][::-1]
        result = chosen[0]
        for position, other in enumerate(chosen[1:], 2):
            rest = [term.letters for term in [*terms, *chosen[position:]]]
            result = _pair(result, other, "".join([output, *rest]))
        terms.append(result)
    return terms[0].reduced(output).arranged(*output)


def _fit(values: Sequence[Value], inputs: Sequence[str], output: str) -> bool:
    """Whether the sizes of all axes with one letter agree, or are 1."""
    sizes: dict[str, int] = {}
    for value, letters in zip(values, inputs, strict=True):
        if len(letters) != len(value.shape):
            return False
        for letter, size in zip(letters, value.shape, strict=True):
            known = sizes.get(letter, 1)
            if size not in (1, known) and known != 1:
                return False
            sizes[letter] = size if known == 1 else known
    return set(output) <= sizes.keys() and len(set(output)) == len(output)


def _plan(
    subscripts: str, values: Sequence[Value], inputs: Sequence[str], output: str, optimize: Any
) -> Any:
    """Which operands to multiply in which order."""
    # NumPy checks sizes, on stand-ins that take no memory, and chooses the order of products.
    stand_ins = [np.broadcast_to(np.int8(0), value.shape) for value in values]
    try:
        return np.einsum_path(
            ",".join(inputs) + "->" + output, *stand_ins, optimize="greedy" if optimize else False
        )[0]
    except ValueError as error:
        raise ShapeError(
            f"einsum: shapes must fit {subscripts!r}, got "
            f"{', '.join(str(value.shape) for value in values)} ({user_line()}). {error}"
        ) from None


def _terms(values: Sequence[Value], inputs: Sequence[str]) -> list[Term]:
    """Operands with their letters; axes of one element that are broadcast are left out."""
    sizes: dict[str, int] = {}
    for value, letters in zip(values, inputs, strict=True):
        for letter, size in zip(letters, value.shape, strict=True):
            sizes[letter] = size if sizes.get(letter, 1) == 1 else sizes[letter]
    terms = []
    for value, letters in zip(values, inputs, strict=True):
        kept = [
            (letter, size)
            for letter, size in zip(letters, value.shape, strict=True)
            if size == sizes[letter]
        ]
        narrow = reshape(value, tuple(size for _, size in kept))
        terms.append(Term(narrow, "".join(letter for letter, _ in kept)))
    return terms


def _letters(subscripts: str, ndims: Sequence[int]) -> tuple[list[str], str]:
    """Letters of each operand and of the result, with those an ellipsis stands for."""
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ndims):
        raise ShapeError(
            f"einsum: there must be one operand per group of letters, got {len(ndims)} for "
            f"{subscripts!r} ({user_line()})."
        )
    spare = [letter for letter in map(chr, range(ord("A"), ord("z") + 1)) if letter.isalpha()]
    spare = [letter for letter in spare if letter not in subscripts]
    hidden = [
        ndim - len(group.replace("...", "")) if "..." in group else 0
        for group, ndim in zip(inputs, ndims, strict=True)
    ]
    most = "".join(spare[: max(hidden, default=0)])
    if not arrow:
        used = left.replace(",", "").replace("...", "")
        output = "..." * ("..." in left) + "".join(
            letter for letter in sorted(set(used)) if used.count(letter) == 1
        )
    filled = [
        group.replace("...", most[len(most) - count :])
        for group, count in zip(inputs, hidden, strict=True)
    ]
    return filled, output.replace("...", most)


__all__ = ["einsum", "kron", "matmul", "row_of_product", "tensordot", "transpose"]
