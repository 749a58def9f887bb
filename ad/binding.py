"""Native code bound to data: a pointer table in front of machine code.

`Bound` owns everything the code reads: padded copies of the data, tables of positions, and the
linked library itself. Its addresses stay valid as long as it lives.
"""

import ctypes
import importlib
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from ad import jit, vectormath
from ad.lower import kernels, lapack
from ad.lower.emitter import LANES
from ad.lower.layout import Slot
from ad.records import Recipe
from ad.stages import TILE

SIGNATURE = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


class Bound:
    """Machine code of a program with its data.

    Attributes
    ----------
    address : int
        Of the function ``int32 f(x, out, grad, data, workspace)``.
    data : int
        Of its pointer table.
    workspace_bytes : int
        Size of the scratch memory each thread brings (aligned to 64 bytes).
    key : str
        Digest of the code: equal keys are equal code, whatever the data.
    """

    def __init__(self, recipe: Recipe, machine_code: bytes) -> None:
        self.workspace_bytes, self.key = recipe.workspace_bytes, recipe.key
        self._library = _linked(recipe, machine_code)
        self.address = self._library.address("wengert_main")
        self.arrays = [_array(slot) for slot in recipe.slots]
        self._table = np.array([array.ctypes.data for array in self.arrays], dtype=np.uintp)
        self.data = int(self._table.ctypes.data)
        self.call = SIGNATURE(self.address)


def _linked(recipe: Recipe, machine_code: bytes) -> jit.Library:
    libraries = [kernels.library()] if recipe.library else []
    if lapack.KERNELS.keys() & set(recipe.library):
        libraries.append(lapack.library())
    libraries += vectormath.libraries(name for name in recipe.declared if name.startswith("w_"))
    imports = {
        name: _scipy_address(name.removeprefix("scipy_"))
        for name in recipe.declared
        if name.startswith("scipy_")
    }
    return jit.link(machine_code, ["wengert_main"], imports, libraries)


def _scipy_address(name: str) -> int:
    """Address of ``double name(double..., int)`` of scipy.special.cython_special."""
    capsules = importlib.import_module("scipy.special.cython_special").__pyx_capi__
    wanted = re.compile(r"double \((double, )+int __pyx_skip_dispatch\)")
    get_name, get_pointer = (
        ctypes.pythonapi.PyCapsule_GetName,
        ctypes.pythonapi.PyCapsule_GetPointer,
    )
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer.restype = ctypes.c_void_p
    get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    for entry, capsule in capsules.items():
        # Functions of several types appear once a type, as __pyx_fuse_1psi.
        if re.fullmatch(rf"(__pyx_fuse_\d+)?{name}", entry):
            signature = get_name(capsule)
            if wanted.fullmatch(signature.decode()):
                return int(get_pointer(capsule, signature))
    raise RuntimeError(f"ad: scipy.special.cython_special must have {name}, got none of real type.")


def aligned(size: int, dtype: npt.DTypeLike = np.float64) -> npt.NDArray[Any]:
    """Zeros beginning at a cache line."""
    item = np.dtype(dtype).itemsize
    raw = np.zeros(size * item + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * item].view(dtype)


def _tiles(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A matrix in tiles of rows, each tile column by column, with rows of zeros to fill the last.

    So a product with a vector, or of a row of weights, is whole vectors of four rows for any number
    of columns.
    """
    rows, columns = matrix.shape
    tiles = -(-rows // TILE)
    flat = aligned(tiles * columns * TILE)
    parts = flat.reshape(tiles, columns, TILE)
    whole = rows // TILE
    parts[:whole] = matrix[: whole * TILE].reshape(whole, TILE, columns).transpose(0, 2, 1)
    if whole < tiles:
        parts[whole, :, : rows - whole * TILE] = matrix[whole * TILE :].T
    return flat


def _array(slot: Slot) -> npt.NDArray[Any]:
    """A slot's content, contiguous and padded with its last element."""
    if slot.layout == "tiles":
        return _tiles(np.asarray(slot.array, dtype=np.float64))
    flat = np.ravel(slot.array)
    kind, _, columns = slot.layout.partition("/")
    if columns:
        flat = flat.reshape(-1, int(columns)).T.ravel()
    positions = kind == "positions"
    dtype = np.int32 if positions else np.float64
    if positions and flat.size and int(flat.max()) > np.iinfo(np.int32).max:
        raise ValueError("ad: arrays that are indexed must have fewer than 2^31 elements.")
    # A vector that begins at the last element of a slice ends three elements behind it, and a
    # loop in tiles reads to the end of its last vector.
    padded = aligned(flat.size + LANES, dtype)
    padded[: flat.size] = flat
    padded[flat.size :] = flat[-1] if flat.size else 0
    return padded
