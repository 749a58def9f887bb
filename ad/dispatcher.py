"""Small native functions over others: several paths as one function, one function on many rows.

The dispatcher has the signature of a density; its pointer table lists the paths, with their own
tables. It calls them in turn until one's guards hold. It is the same code for every density, so
adding a path compiles nothing but the path.
"""

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad import jit
from ad.binding import SIGNATURE, Bound

Array = npt.NDArray[Any]

# data[0] is the number of paths; then, for each, the function and its table. A path leaves the
# answers it saw in the workspace, which begins with its own number.
TEXT = """
define i32 @wengert_dispatch(ptr %x, ptr %out, ptr %grad, ptr %data, ptr %ws) {
entry:
  %count = load i64, ptr %data, align 8
  br label %try
try:
  %i = phi i64 [ 0, %entry ], [ %next, %missed ]
  %twice = shl i64 %i, 1
  %at = add i64 %twice, 1
  %function_at = getelementptr ptr, ptr %data, i64 %at
  %function = load ptr, ptr %function_at, align 8
  %table_at = getelementptr ptr, ptr %function_at, i64 1
  %table = load ptr, ptr %table_at, align 8
  %status = call i32 %function(ptr %x, ptr %out, ptr %grad, ptr %table, ptr %ws)
  %miss = icmp eq i32 %status, 2
  br i1 %miss, label %missed, label %done
missed:
  store i64 %i, ptr %ws, align 8
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %count
  br i1 %more, label %try, label %done
done:
  ret i32 %status
}
"""


# A call whose arguments lie in a table: Python passes one pointer, made once, instead of five.
CALL_TEXT = """
define i32 @wengert_call(ptr %table) {
entry:
  %function = load ptr, ptr %table, align 8
  %x_at = getelementptr ptr, ptr %table, i64 1
  %out_at = getelementptr ptr, ptr %table, i64 2
  %grad_at = getelementptr ptr, ptr %table, i64 3
  %data_at = getelementptr ptr, ptr %table, i64 4
  %ws_at = getelementptr ptr, ptr %table, i64 5
  %x = load ptr, ptr %x_at, align 8
  %out = load ptr, ptr %out_at, align 8
  %grad = load ptr, ptr %grad_at, align 8
  %data = load ptr, ptr %data_at, align 8
  %ws = load ptr, ptr %ws_at, align 8
  %status = tail call i32 %function(ptr %x, ptr %out, ptr %grad, ptr %data, ptr %ws)
  ret i32 %status
}
"""


# Row after row, until one misses a guard; gives the number of rows done.
MAP_TEXT = """
define i64 @wengert_map(ptr %function, ptr %xs, ptr %outs, i64 %rows, i64 %width, i64 %size,
                        ptr %data, ptr %ws) {
entry:
  %some = icmp sgt i64 %rows, 0
  br i1 %some, label %row, label %done
row:
  %i = phi i64 [ 0, %entry ], [ %next, %fine ]
  %x_at = mul i64 %i, %width
  %x = getelementptr double, ptr %xs, i64 %x_at
  %out_at = mul i64 %i, %size
  %out = getelementptr double, ptr %outs, i64 %out_at
  %status = call i32 %function(ptr %x, ptr %out, ptr null, ptr %data, ptr %ws)
  %miss = icmp eq i32 %status, 2
  br i1 %miss, label %done, label %fine
fine:
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %rows
  br i1 %more, label %row, label %done
done:
  %count = phi i64 [ 0, %entry ], [ %i, %row ], [ %next, %fine ]
  ret i64 %count
}
"""


@functools.cache
def _library() -> jit.Library:
    text = TEXT + CALL_TEXT + MAP_TEXT
    key = jit.digest("dispatcher", text, jit.host().key)
    code = jit.load(key)
    if code is None:
        code = jit.emit(text, level=2)
        jit.store(key, code)
    return jit.link(code, ["wengert_dispatch", "wengert_call", "wengert_map"])


@functools.cache
def _caller() -> Callable[..., int]:
    return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p)(_library().address("wengert_call"))


def prepared_call(native: "Bound | Dispatched", *arrays: Array) -> Callable[[], int]:
    """A call of a native function with these arrays: x, out, gradient and workspace.

    It gives the status. The arrays must live as long as it is called.
    """
    x, out, gradient, workspace = (array.ctypes.data for array in arrays)
    words = (native.address, x, out, gradient, native.data, workspace)
    table = (ctypes.c_void_p * len(words))(*words)
    call = functools.partial(_caller(), ctypes.c_void_p(ctypes.addressof(table)))
    call.table = table  # type: ignore[attr-defined] # kept alive
    return call


@functools.cache
def _mapper() -> Callable[..., int]:
    pointer, word = ctypes.c_void_p, ctypes.c_int64
    kind = ctypes.CFUNCTYPE(word, pointer, pointer, pointer, word, word, word, pointer, pointer)
    return kind(_library().address("wengert_map"))


def map_rows(native: "Bound | Dispatched", xs: Array, outs: Array, workspace: Array) -> int:
    """Evaluate on each row of `xs` into the rows of `outs`; rows done before one missed a guard."""
    rows, width = xs.shape
    return _mapper()(
        native.address,
        xs.ctypes.data,
        outs.ctypes.data,
        rows,
        width,
        outs.shape[1],
        native.data,
        workspace.ctypes.data,
    )


class Dispatched:
    """A native function that tries several paths; the same attributes as `Bound`."""

    def __init__(self, paths: Sequence[Bound]) -> None:
        self._paths = tuple(paths)  # their memory lives as long as this
        self.address = _library().address("wengert_dispatch")
        entries = [entry for path in paths for entry in (path.address, path.data)]
        self._table = np.array([len(paths), *entries], dtype=np.uintp)
        self.data = int(self._table.ctypes.data)
        self.workspace_bytes = max(path.workspace_bytes for path in paths)
        self.key = jit.digest(*(path.key for path in paths))
        self.call = SIGNATURE(self.address)


def dispatch(paths: Sequence[Bound]) -> Dispatched:
    """One native function for several paths."""
    return Dispatched(paths)
