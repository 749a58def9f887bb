"""What a traced value does where Python, or NumPy, wants a number or a plain array of it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ad import callsite
from ad.errors import TraceError
from ad.tape import Ref


def twin_of(frame: Any) -> tuple[str, str] | None:
    """The function of SciPy's, outermost below the user's line, that wants an array of `frame`.

    With what to call instead.
    """
    found = None
    while frame is not None and callsite.is_library(frame.f_code):
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if module.startswith("scipy._lib") and callable(frame.f_locals.get("f")):
            module, name = frame.f_locals["f"].__module__, frame.f_locals["f"].__name__
        if module.startswith("scipy.") and not name.startswith(("_", "<")):
            family = module.split(".")[1]
            found = found if family.startswith("_") else (family, name)
        frame = frame.f_back
    if found is None:
        return None
    family, name = found
    from ad import linalg, special  # noqa: PLC0415 - written over this

    call, where = f"scipy.{family}.{name}", {"linalg": linalg, "special": special}.get(family)
    if where is not None and name in where.__all__:
        return call, f"Use ad.{family}.{name}, its twin."
    if family == "linalg" and name in linalg.refusals.INSTEAD:
        return call, f"{linalg.refusals.INSTEAD[name]}."
    if family == "sparse":
        return call, "A sparse matrix is multiplied by S @ x."
    if family == "stats":
        return call, "Write its formula over NumPy, or use the log_prob of ppl's distribution."
    return call, "ad.special and ad.linalg have twins; or call it on data, or by ad.external."


class AsNumber:
    """The part of `ad.traced.Traced` that answers with a truth, or refuses with a way out."""

    __slots__ = ()

    def __bool__(self: Any) -> bool:
        if self.size != 1:
            raise ValueError(
                "The truth value of an array with more than one element is ambiguous. "
                "Use a.any() or a.all()"
            )
        condition: Any = self if self.dtype == np.bool_ else np.not_equal(self, 0)
        flat = condition.reshape(())
        if flat.tape.tagging is not None:
            flat.tape.tagging(None, (self,), {}, None)
        if not isinstance(flat.ref, Ref):
            return bool(flat.value)  # of an array that nothing traced was put into
        return bool(flat.tape.branch(flat.ref, bool(flat.value)))

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
        twin = twin_of(frame)
        if twin is not None:
            raise self._refuse(*twin)
        raise self._refuse(
            "np.asarray and functions that need a plain array",
            "Make arrays for traced values with np.zeros(n, like=x), np.stack or ad.array; "
            "functions of scipy.special that are not ufuncs, and scipy.linalg, have twins in "
            "ad.special and ad.linalg; a sparse matrix is multiplied by S @ x.",
        )

    def __round__(self, digits: int = 0) -> Any:
        raise self._refuse("round()", "Use np.rint, whose derivative is 0.")

    def __format__(self: Any, spec: str) -> str:
        # To print while tracing, show the value at the point of tracing.
        return f"Traced({self.value:{spec}})" if spec else repr(self)
