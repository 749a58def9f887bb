"""The text of a kernel's entry, as LLVM is to compile it."""

import importlib
from collections.abc import Callable
from typing import Any

from inference.kernels.language import OPTIONS, WORD, numba, types

config: Any = importlib.import_module("numba.core.config")


def text_of(function: Callable[..., Any], name: str, *arguments: Any, result: str = "i64") -> str:
    """LLVM IR of a kernel's entry, not optimised, exported to C under `name`.

    The entry takes `arguments` (`REALS`, `WORDS` or `WORD`) and returns a word, cut to the type
    `result` ("i64" or "i32"). Numba's own
    optimisation is off: it would polish and compile every function by itself before all are
    joined, which doubles the time; LLVM's passes run once on the result instead (`ad.jit.emit`).
    """
    level, config.OPT = config.OPT, config._OptLevel(0)  # noqa: SLF001  # the type it must have
    try:
        dispatcher = numba.njit(**OPTIONS)(function)
        dispatcher.compile(types.int64(*arguments))
    finally:
        config.OPT = level
    (compiled,) = dispatcher.overloads.values()
    # Only the entry is seen from outside, so LLVM may drop what no caller needs.
    text: str = compiled.library.get_llvm_str()
    text = text.replace("define linkonce_odr ", "define internal ")
    kinds = ["i64" if argument is WORD else "ptr" for argument in arguments]
    parameters = ", ".join(f"{kind} %{k}" for k, kind in enumerate(kinds))
    # Numba's calling convention: place of the result, place of an exception, arguments. The
    # status it returns says whether an exception was raised; no kernel can do that, so the branch
    # folds away, and if one ever did, it must not pass for a result.
    return f"""{text}
declare void @abort() noreturn
define {result} @{name}({parameters}) {{
  %result = alloca i64 ; little-endian, so a narrower result is its beginning
  %exception = alloca ptr
  %status = call i32 @{compiled.fndesc.llvm_func_name}(ptr %result, ptr %exception, {parameters})
  %raised = icmp ne i32 %status, 0
  br i1 %raised, label %fail, label %done
fail:
  call void @abort()
  unreachable
done:
  %value = load {result}, ptr %result
  ret {result} %value
}}
"""
