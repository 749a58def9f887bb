"""Einstein's summation, by transposes, reshapes and products of two operands at a time."""

import math
from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.linalg.checks import real
from ad.linalg.contractions import matmul, transpose
from ad.op import Value, reshape
from ad.ops.matrices import product
from ad.ops.reduction import sum_op
from ad.ops.shape import c_strides, view


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


__all__ = ["einsum"]
