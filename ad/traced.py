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
from ad.as_array import AsArray
from ad.as_number import AsNumber
from ad.constants import constant, may_be_complex, number_of
from ad.errors import ShapeError
from ad.lazy import Lazy, stand_in
from ad.tape import NO_PARAMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from ad.op import Op, Value
    from ad.tape import Tape


_float64, _bool, _array = np.float64, np.bool_, np.ndarray
_new: Any = object.__new__


_BEFORE = 1 << 24  # a step (`callsite.Calls.at`) that no node of a graph has


class Looked(int):
    """A position that was looked up in data (a NumPy integer), told apart from one written down."""

    __slots__ = ()


class Traced(AsArray, AsNumber):
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
        """Record `op` on this value's tape: for `Op.__call__`, whose caller's line it is."""
        frame = sys._getframe(2)  # noqa: SLF001 - asking a frame for its caller costs far more
        if op.scalar is not None and not params:
            return self.call(op, args, frame)
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
                    if type(known) is _array:
                        arrays = True
                    elif type(known) is not _bool:
                        break
                    elif not op.of_conditions:
                        known = _float64(known)
                refs.append(arg.ref)
                values.append(known)
            elif kind is float or kind is _float64:
                refs.append(arg)
                values.append(arg)
            elif kind is int:
                refs.append(arg)
                values.append(float(arg))
            elif kind is _array and arg.ndim and arg.dtype.kind in "fiub":
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

    def _record(  # noqa: PLR0912 - as `call`
        self, op: Op, args: Sequence[Value], params: dict[str, Any], frame: FrameType
    ) -> Traced:
        tape = self.tape
        refs: list[Any] = []
        values: list[Any] = []
        for arg in args:
            kind = type(arg)
            while kind is not Traced and isinstance(arg, Traced) and arg.tape is tape:
                arg = arg.now()  # noqa: PLW2901 - see `ad.views`
                kind = type(arg)
            if kind is Traced and arg.tape is tape:
                refs.append(arg.ref)
                values.append(arg.known)
            elif kind is _array and arg.dtype.kind in "fiub":
                refs.append(arg)
                values.append(arg)
            elif isinstance(arg, Traced):
                refs.append(tape.capture(arg))
                values.append(arg.known)
            else:
                arg = constant(arg, op)  # noqa: PLW2901 - the argument, as it is recorded
                refs.append(arg)
                values.append(arg)
        try:
            if op.kind == "loop" or (tape.lazy and any(type(v) is Lazy for v in values)):
                tape.lazy = True
                value: Any = Lazy(op, values, params)
            elif params:
                value = op.eval(*values, **params)
            else:
                value = op.eval(*values)
        except ValueError as error:
            shapes = ", ".join(str(np.shape(value)) for value in values)
            raise ShapeError(
                f"{op.name}: shapes must fit together, got {shapes} "
                f"({callsite.user_line()}). {error}"
            ) from None
        kind = type(value)
        if kind is _array and not value.ndim:
            value = value[()]
        elif not tape.turned and (kind is _array or kind is Lazy) and value.ndim > 1:
            tape.turned = not stand_in(value).flags.c_contiguous
        result: Traced = _new(Traced)
        result.tape, result.known = tape, value
        result.ref = tape.add(op, (*refs,), params, value, frame)
        if tape.tagging is not None:
            result.tag = tape.tagging(op, args, params, result)
        return result

    # ---- NumPy's protocols -------------------------------------------------------------------
    # Set by what is written over this class: `__array_ufunc__` and `__array_function__` by
    # `ad.numpy_rules`, `__getitem__` by `ad.indexing`, operators by `ad.operators`, methods by
    # `ad.numpy_methods`.

    if TYPE_CHECKING:
        __getitem__: Any

        def __getattr__(self, name: str) -> Any: ...

    def __setitem__(self, index: Any, value: Any) -> None:
        from ad.inplace import assign  # noqa: PLC0415 - as above

        assign(self, index, value)

    def __copy__(self) -> Traced:
        return Traced(self.tape, self.ref, self.known)

    def __deepcopy__(self, memo: Any) -> Traced:
        return Traced(self.tape, self.ref, self.known)


def recorded(op: Op, args: Sequence[Any], params: dict[str, Any], frame: FrameType) -> Traced:
    """Record an operation, one of whose arguments is traced, as what `frame` does.

    Its only operand may be an operation itself, as ``(operation, operands)``.
    """
    host: Any = None
    tape: Any = None
    for arg in args:
        if isinstance(arg, Traced) and (tape is None or arg.tape.level > tape.level):
            host, tape = arg, arg.tape
    if host is None:
        first, operands = args[0]
        host = _before(first, operands, frame)
        args = (host,)
    if op.scalar is not None and not params:
        return host.call(op, args, frame)  # type: ignore[no-any-return]
    return host._record(op, args, params, frame)  # type: ignore[no-any-return] # noqa: SLF001 - here


def _before(op: Op, args: Sequence[Value], frame: FrameType) -> Traced:
    """Record an operation that another one of `frame`'s begins with."""
    tape = max((arg for arg in args if isinstance(arg, Traced)), key=Traced.level_of).tape
    tape.step += _BEFORE
    try:
        return recorded(op, args, NO_PARAMS, frame)
    finally:
        tape.step -= _BEFORE


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
