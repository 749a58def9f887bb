"""A loop of compiled code that calls a C function by its pointer, as a sampler would.

The function takes pointers only and fills a gradient; after each call the first coordinate moves
by 1e-300 times the first partial derivative, so every evaluation needs the one before.
"""

import ctypes
import time

import llvmlite.binding as llvm
import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


def text(arguments: int) -> str:
    """IR of the loop over a function of so many pointers, which are read from a table."""
    loads = "\n".join(
        f"  %s{i} = getelementptr ptr, ptr %table, i64 {i}\n  %a{i} = load ptr, ptr %s{i}"
        for i in range(arguments)
    )
    passed = ", ".join(f"ptr %a{i}" for i in range(arguments))
    return f"""
define i32 @loop(ptr %f, i64 %calls, ptr %table, ptr %x, ptr %gradient) {{
entry:
{loads}
  %x0 = load double, ptr %x
  br label %again
again:
  %i = phi i64 [ 0, %entry ], [ %next, %again ]
  %worst = phi i32 [ 0, %entry ], [ %all, %again ]
  %status = call i32 %f({passed})
  %all = or i32 %worst, %status
  %g = load double, ptr %gradient
  %step = fmul double %g, 1.0e-300
  %moved = fadd double %x0, %step
  store double %moved, ptr %x
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %calls
  br i1 %more, label %again, label %end
end:
  ret i32 %all
}}"""


class Loop:
    """A loop around the function at an address.

    Parameters
    ----------
    address : int
        Of ``int32 f(void *, ...)``, 0 for success.
    pointers : list of int
        Its arguments.
    x, gradient : array, shape (dimension,)
        Where it reads and writes; their addresses are among the arguments.
    """

    def __init__(self, address: int, pointers: list[int], x: Vector, gradient: Vector) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine(opt=2)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text(len(pointers))), machine)
        self._engine.finalize_object()
        kind = ctypes.CFUNCTYPE(
            ctypes.c_int32,
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.c_void_p,
            ctypes.c_void_p,
            ctypes.c_void_p,
        )
        self._run = kind(self._engine.get_function_address("loop"))
        self._table = np.array(pointers, dtype=np.uintp)
        self._x, self._gradient, self._address = x, gradient, address

    def seconds(self, x: list[float], calls: int) -> float:
        """Processor seconds of so many evaluations from `x`."""
        self._x[:] = x
        table, where = self._table.ctypes.data, (self._x.ctypes.data, self._gradient.ctypes.data)
        start = time.process_time()
        status = self._run(self._address, calls, table, *where)
        seconds = time.process_time() - start
        if status:
            raise RuntimeError(f"the function must return 0, got {status}")
        return seconds
