"""Zarr's storage format, version 2, as far as draws need it: plain chunks with a checksum.

The format is a folder an array with a JSON file and one file a chunk (Zarr storage specification,
version 2). It is written here and not through the package `zarr` because a commit needs to say when
bytes are on the disk, and because a run then needs no further package; `zarr` and xarray read it.
"""

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.storage import files

GROUP = {"zarr_format": 2}
CONSOLIDATED = ".zmetadata"
CHECKSUM = 4  # bytes before a chunk's data


def text(value: Any) -> bytes:
    """JSON of metadata."""
    return json.dumps(value, indent=1, sort_keys=True).encode()


@dataclass(frozen=True)
class Array:
    """One array of a store.

    Attributes
    ----------
    name : str
        Path within the store: "posterior/mu".
    dtype : str
        NumPy's, with its byte order: "<f8".
    shape, chunks : tuple of int
        What is not along `draw` is fixed.
    dims : tuple of str
        Names of the axes.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dims: tuple[str, ...]

    def metadata(self, draws: int | None = None) -> dict[str, Any]:
        """JSON values by file, for as many draws."""
        shape = list(self.shape)
        if draws is not None and "draw" in self.dims:
            shape[self.dims.index("draw")] = draws
        about = {
            **GROUP,
            "shape": shape,
            "chunks": list(self.chunks),
            "dtype": self.dtype,
            "compressor": {"id": "crc32"},
            "fill_value": None,
            "order": "C",
            "filters": None,
            "dimension_separator": ".",
        }
        return {
            f"{self.name}/.zarray": about,
            f"{self.name}/.zattrs": {"_ARRAY_DIMENSIONS": list(self.dims)},
        }

    @property
    def chunk_bytes(self) -> int:
        """Size of a chunk's file."""
        return CHECKSUM + int(np.dtype(self.dtype).itemsize * math.prod(self.chunks))

    def chunk(self, root: Path, *index: int) -> Path:
        """File of a chunk; further indices are 0."""
        whole = (*index, *(0 for _ in self.chunks[len(index) :]))
        return root / self.name / ".".join(map(str, whole))

    def write(
        self, root: Path, index: Sequence[int], values: NDArray[Any], *, sync: bool = True
    ) -> None:
        """Write a chunk; `values` may have fewer rows along the chunk's first growing axis."""
        filled = np.zeros(self.chunks, dtype=self.dtype)
        filled[tuple(slice(n) for n in values.shape)] = values
        data = filled.tobytes()
        files.write(self.chunk(root, *index), _checksum(data), data, sync=sync)

    def read(self, root: Path, *index: int) -> NDArray[Any]:
        """Read a chunk.

        Raises
        ------
        OSError, ValueError
            If it is not there, or is not as it was written.
        """
        data = self.chunk(root, *index).read_bytes()
        content = memoryview(data)[CHECKSUM:]
        if len(data) != self.chunk_bytes or _checksum(content) != data[:CHECKSUM]:
            raise ValueError(f"{self.chunk(root, *index)} is damaged or cut short")
        return np.frombuffer(content, dtype=self.dtype).reshape(self.chunks)


def _checksum(data: bytes | memoryview) -> bytes:
    """CRC-32 as the codec `crc32` of numcodecs puts it before the data."""
    return zlib.crc32(data).to_bytes(CHECKSUM, "little")


def whole(name: str, values: NDArray[Any], dims: Sequence[str]) -> Array:
    """Array of one chunk, for `values`."""
    dtype = values.dtype.newbyteorder("<") if values.dtype.kind in "iufcU" else values.dtype
    chunks = tuple(max(1, n) for n in values.shape)
    return Array(name, dtype.str, values.shape, chunks, tuple(dims))


def write_metadata(
    root: Path, metadata: Mapping[str, Any], known: Mapping[str, Any], *, sync: bool
) -> None:
    """Write files of metadata that changed, then all as one, from which readers take them.

    So a reader sees one state of a store that is being written. `known` is what is there. With
    `sync` the one is on the disk afterwards; the others say the same.
    """
    for name, value in metadata.items():
        if known.get(name) != value:
            files.write(root / name, text(value), sync=False)
    consolidated = {"zarr_consolidated_format": 1, "metadata": metadata}
    files.write(root / CONSOLIDATED, text(consolidated), sync=sync)
