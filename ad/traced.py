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
from ad.direct import DIRECT, ON_CONDITIONS, all_conditions
from ad.errors import ShapeError, TraceError
from ad.lazy import Lazy, stand_in
from ad.op import TABLE, Op, Shape, Value
from ad.tape import NO_PARAMS, Ref

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


class Traced:
    """An array, or a number, that a tape is recording."""

    __slots__ = ("canvas", "known", "ref", "tag", "tape")  # a canvas only where it was assigned to
    canvas: Any  # `ad.canvas.Canvas`
    tag: Any  # `ad.tagging`; not there without a mark
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment] # as for arrays: == is element-wise

    def __init__(self, tape: Tape, ref: Any, value: Any) -> None:
        self.tape, self.ref, self.known = tape, ref, _number_of(value)

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
            elif _may_be_complex(arg):
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

    # ---- where Python wants a number ---------------------------------------------------------

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
            )
        condition: Any = self if self.dtype == np.bool_ else np.not_equal(self, 0)
        flat: Traced = condition.reshape(())
        if flat.tape.tagging is not None:
            flat.tape.tagging(None, (self,), {}, None)
        if not isinstance(flat.ref, Ref):
            return bool(flat.value)  # of an array that nothing traced was put into
        return flat.tape.branch(flat.ref, bool(flat.value))

    def _refuse(self, call: str, instead: str) -> TraceError:
        return TraceError(
            f"ad: {call} must be given a number, got a value that is being traced "
            f"({callsite.user_line()}). {instead}"
        )

    def __float__(self) -> float:
        raise self._refuse(
            "float(), the math module and a[i] = x for a plain array",
            "Use NumPy's function of the same name; make the array with np.zeros(n, like=x), where "
            "x is traced, or build it with np.stack or ad.array.",
        )

    def __int__(self) -> int:
        raise self._refuse(
            "int() and a[i] = x for an array of integers",
            "Use np.floor or np.rint, or compute it from data; make the array with "
            "np.zeros(n, like=x).",
        )

    def __index__(self) -> int:
        raise self._refuse("an index or a size", "Compute it from data, or select with np.where.")

    def __complex__(self) -> complex:
        raise self._refuse("complex()", "Keep the real and the imaginary part apart.")

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        frame = sys._getframe(1)  # noqa: SLF001 - no other way to ask who wants it
        callers = {frame.f_code.co_name, frame.f_back.f_code.co_name if frame.f_back else ""}
        if "_matmul_dispatch" in callers:
            # A sparse matrix multiplies what is no array by our own rule (`ad.sparse`).
            return np.array(None, dtype=object)
        if callers & {"_get_ufunc_and_otypes", "_vectorize_call_with_signature"}:
            raise self._refuse("np.vectorize", "Use ad.vmap, which maps a function over rows.")
        if "as_strided" in callers:
            raise self._refuse(
                "np.lib.stride_tricks.as_strided", "Use slices or sliding_window_view."
            )
        raise self._refuse(
            "np.asarray and functions that need a plain array",
            "Make arrays for traced values with np.zeros(n, like=x), np.stack or ad.array; "
            "functions of scipy.special that are not ufuncs, and scipy.linalg, have twins in "
            "ad.special and ad.linalg; a sparse matrix is multiplied by S @ x.",
        )

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return np.divmod(other, self)

    def __round__(self, digits: int = 0) -> Any:
        raise self._refuse("round()", "Use np.rint, whose derivative is 0.")

    def __format__(self, spec: str) -> str:
        # To print while tracing, show the value at the point of tracing.
        return f"Traced({self.value:{spec}})" if spec else repr(self)

    def tolist(self) -> list[Any]:
        """Elements as (nested) lists of traced values."""
        return [row.tolist() if row.ndim else row for row in self]

    # ---- operators ---------------------------------------------------------------------------

    def __neg__(self) -> Traced:
        return self.call(TABLE["negative"], (self,), sys._getframe(1))  # noqa: SLF001 - the caller

    def __pos__(self) -> Traced:
        return self.frozen()  # NumPy's is a copy

    def __abs__(self) -> Traced:
        return self.call(TABLE["absolute"], (self,), sys._getframe(1))  # noqa: SLF001 - the caller

    def __invert__(self) -> Traced:
        return self.call(TABLE["logical_not"], (self,), sys._getframe(1))  # noqa: SLF001 - the caller


def _number_of(value: Any) -> Any:
    """A value at the point of tracing; an array without axes as NumPy's number."""
    return value[()] if type(value) is np.ndarray and value.ndim == 0 else value


def _may_be_complex(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return type(value) not in (float, int, bool) if dtype is None else dtype.kind not in "fiub"


def constant(value: Any, op: Op | None = None) -> Any:
    """A plain value as an operation records it: numbers stay what they are, the rest is an array.

    So one number used many times (of NumPy's types) can be told from many numbers that are equal.
    """
    if type(value) in (float, int, bool) or isinstance(value, np.float64 | np.int64 | np.bool_):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        who = op.name if op else "ad"
        if hasattr(value, "tocsr"):
            raise TraceError(
                f"{who}: operands must be arrays, got a sparse matrix ({callsite.user_line()}). "
                "Its product with traced values is S @ x."
            )
        raise TraceError(
            f"{who}: operands must be real numbers, got an array of {array.dtype} "
            f"({callsite.user_line()}). Build arrays of traced values with np.stack or ad.array."
        )
    return array


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
