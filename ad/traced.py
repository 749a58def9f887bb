"""Traced arrays: what a function sees in place of arrays while it is recorded.

A `Traced` behaves as a NumPy array. NumPy's own protocols lead every call here
(`__array_ufunc__`, `__array_function__`, operators), where it becomes a row of the tape. It carries
the concrete value it had at the point of tracing, so Python's `if` can ask it (which records a
guard) and shapes are always known.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import callsite
from ad.as_number import AsNumber
from ad.constants import constant, may_be_complex, number_of
from ad.direct import DIRECT, ON_CONDITIONS, all_conditions
from ad.errors import ShapeError
from ad.lazy import Lazy, stand_in
from ad.op import TABLE, Op, Shape, Value
from ad.tape import NO_PARAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from ad.tape import Tape


_float64, _array = np.float64, np.ndarray
_DOUBLES = np.dtype(np.float64)
_new: Any = object.__new__
_CALL_OF_OP = Op.__call__.__code__


class Looked(int):
    """A position that was looked up in data (a NumPy integer), told apart from one written down."""

    __slots__ = ()


class Traced(AsNumber):
    """An array, or a number, that a tape is recording."""

    __slots__ = ("canvas", "known", "ref", "tag", "tape")  # a canvas only where it was assigned to
    canvas: Any  # `ad.canvas.Canvas`
    tag: Any  # `ad.tagging`; not there without a mark
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment] # as for arrays: == is element-wise

    def __init__(self, tape: Tape, ref: Any, value: Any) -> None:
        self.tape, self.ref, self.known = tape, ref, number_of(value)

    @property
    def value(self) -> Any:
        """The value at the point of tracing."""
        if type(self.known) is Lazy:
            self.known = self.known.force()
        return self.known

    def frozen(self) -> Traced:
        """What it is now, as a value that does not change."""
        if self.known.__class__ is _float64:
            return self
        return self._again()

    def _again(self) -> Traced:
        same = Traced(self.tape, self.ref, self.known)
        if self.tape.tagging is not None:
            same.tag = getattr(self, "tag", None)
        return same

    @staticmethod
    def level_of(traced: Traced) -> int:
        """Depth of the tape, which decides where an operation on several is recorded."""
        return traced.tape.level

    def apply(self, op: Op, args: Sequence[Value], params: dict[str, Any]) -> Traced:
        """Record `op` on this value's tape."""
        frame = sys._getframe(1)  # noqa: SLF001 - the caller, whose line the operation is
        if frame.f_code is _CALL_OF_OP:
            frame = frame.f_back  # type: ignore[assignment] # somebody called it
        return self._record(op, args, params, frame)

    def call(  # noqa: C901, PLR0912 - all in one pass, as it is run for every row
        self, op: Op, args: Sequence[Value], frame: FrameType
    ) -> Traced:
        """An element-wise operation, called in `frame`.

        Nearly all rows of a loop in Python are of numbers or short vectors, so these take a short
        way: no constructors, no search for the deepest tape, and no NumPy for numbers.
        """
        tape = self.tape
        refs: list[Any] = []
        values: list[Any] = []
        arrays = False
        marked = tape.marks_numbers
        for arg in args:
            kind = type(arg)
            if kind is Traced:
                known = arg.known
                if arg.tape is not tape or marked:
                    break
                if type(known) is not _float64:
                    if type(known) is not _array:
                        break
                    arrays = True
                refs.append(arg.ref)
                values.append(known)
            elif kind is float or kind is _float64:
                refs.append(arg)
                values.append(arg)
            elif kind is int:
                refs.append(arg)
                values.append(float(arg))
            elif kind is _array and arg.dtype is _DOUBLES and arg.ndim:
                arrays = True
                refs.append(arg)
                values.append(arg)
            else:
                break
        else:
            value = self._found(op, values) if arrays else op.scalar(*values)  # type: ignore[misc] # element-wise operations have one
            if value is not None:
                result: Traced = _new(Traced)
                result.tape, result.known = tape, value
                result.ref = tape.add(op, tuple(refs), NO_PARAMS, value, frame)
                return result
        host, level = self, tape.level
        for arg in args:
            if isinstance(arg, Traced):
                if arg.tape.level > level:
                    host, level = arg, arg.tape.level
            elif may_be_complex(arg):
                from ad import complexes  # noqa: PLC0415 - written over Traced

                if complexes.concerns(args):
                    return complexes.call_named(op.name, tuple(args))  # type: ignore[no-any-return]
        return host._record(op, args, NO_PARAMS, frame)  # noqa: SLF001 - one of its own

    def _found(self, op: Op, values: Sequence[Any]) -> Any:
        """Value of an element-wise operation on arrays; None where the long way must be gone."""
        tape = self.tape
        if tape.tagging is not None:
            return None
        try:
            value = op.eval(*values)
        except ValueError:  # shapes that do not fit, of which `_record` tells
            return None
        if not tape.turned and value.ndim > 1:
            tape.turned = not value.flags.c_contiguous
        return value

    def _record(
        self, op: Op, args: Sequence[Value], params: dict[str, Any], frame: FrameType
    ) -> Traced:
        tape = self.tape
        refs, values = [], []
        for arg in args:
            if isinstance(arg, Traced):
                refs.append(arg.ref if arg.tape is tape else tape.capture(arg))
                values.append(arg.known)
            else:
                arg = constant(arg, op)  # noqa: PLW2901 - the argument, as it is recorded
                refs.append(arg)
                values.append(arg)
        try:
            if op.kind == "loop" or (tape.lazy and any(type(v) is Lazy for v in values)):
                tape.lazy = True
                value: Any = Lazy(op, values, params)
            else:
                value = op.eval(*values, **params)
        except ValueError as error:
            shapes = ", ".join(str(np.shape(value)) for value in values)
            raise ShapeError(
                f"{op.name}: shapes must fit together, got {shapes} "
                f"({callsite.user_line()}). {error}"
            ) from None
        if not tape.turned and np.ndim(value) > 1:
            tape.turned = not stand_in(value).flags.c_contiguous
        result = Traced(tape, tape.add(op, tuple(refs), params, value, frame), value)
        if tape.tagging is not None:
            result.tag = tape.tagging(op, args, params, result)
        return result

    # ---- what an array has -------------------------------------------------------------------

    @property
    def shape(self) -> Shape:
        """Sizes of the axes."""
        return np.shape(self.known)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return np.ndim(self.known)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.size(self.known))

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements: float64, or bool for a condition."""
        known = self.known
        return getattr(known, "dtype", None) or np.asarray(known).dtype

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The array with its axes reversed."""
        return self.transpose()

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Iterator[Traced]:
        for index in range(len(self)):
            yield self[index]

    def __repr__(self) -> str:
        return f"Traced({self.value!r})"

    # ---- NumPy's protocols -------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            op = DIRECT[ufunc]
            if op is not None and (op.name not in ON_CONDITIONS or not all_conditions(inputs)):
                return self.call(op, inputs, sys._getframe(1))  # noqa: SLF001 - the caller
        from ad.numpy_rules import call_ufunc  # noqa: PLC0415 - the rules are written over Traced

        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        from ad.numpy_rules import call_function  # noqa: PLC0415 - as above

        return call_function(function, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        from ad.numpy_methods import method  # noqa: PLC0415 - as above

        return method(self, name)

    def __getitem__(self, index: Any) -> Any:
        known = self.known
        if type(known) is np.ndarray and known.ndim == 1 and not self.tape.marks_numbers:
            kind = type(index)
            if kind is int or isinstance(index, np.integer):
                place, size = int(index), len(known)
                if -size <= place < size:
                    if place < 0:
                        place += size
                    value = known[place]
                    # A position looked up in data is told apart from one written down.
                    offset = place if kind is int else Looked(place)
                    params = {"shape": (), "offset": offset, "strides": ()}
                    tape = self.tape
                    frame = sys._getframe(1)  # noqa: SLF001 - the caller
                    result: Traced = _new(Traced)
                    result.tape, result.known = tape, value
                    result.ref = tape.add(TABLE["view"], (self.ref,), params, value, frame)
                    return result
            elif kind is slice:
                from ad.indexing import part_of  # noqa: PLC0415 - as above

                part = part_of(self, index, sys._getframe(1))  # noqa: SLF001 - the caller
                if part is not None:
                    return part
        from ad.indexing import getitem  # noqa: PLC0415 - as above

        return getitem(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        from ad.inplace import assign  # noqa: PLC0415 - as above

        assign(self, index, value)

    def __copy__(self) -> Traced:
        return Traced(self.tape, self.ref, self.known)

    def __deepcopy__(self, memo: Any) -> Traced:
        return Traced(self.tape, self.ref, self.known)

    def tolist(self) -> list[Any]:
        """Elements as (nested) lists of traced values."""
        return [row.tolist() if row.ndim else row for row in self]


def row_of(tape: Tape, result: Any) -> Any:
    """Row on `tape` of a traced function's result, or the constant it is."""
    if not is_traced(result):
        return constant(result)
    return result.ref if result.tape is tape else tape.capture(result)


def is_traced(value: Any) -> bool:
    """Whether a value is being traced."""
    return isinstance(value, Traced)


def stand_in_of(value: Any) -> Any:
    """A plain value of the same shape and type; what it is only if that is known already."""
    while isinstance(value, Traced):
        value = value.known
    return stand_in(value)


def value_of(value: Any) -> Any:
    """The plain value: what a traced value was at the point of tracing, or the value itself."""
    while isinstance(value, Traced):
        value = value.value
    return value
