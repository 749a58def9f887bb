"""Commit records: everything a chain needs to go on, in one file that is whole or not there."""

import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.storage import files

MAGIC = b"wengert store 1\n"
FOLDER = ".wengert"
RUN = "run"


class DamagedError(Exception):
    """A file is not what was written; turned into a message for the user where it is caught."""


@dataclass(frozen=True)
class Commit:
    """A chain as it was when its draws were on the disk.

    Attributes
    ----------
    state : mapping of str to array
        `Chain.state()`.
    transitions : int
        Made, and on the disk.
    divergences, steps : int
        Before the block of the next transition.
    check : int
        CRC-32 of that block's rows, as far as they are made.
    """

    state: Mapping[str, NDArray[Any]]
    transitions: int
    divergences: int
    steps: int
    check: int

    def write(self, root: Path, place: int) -> None:
        """Put it in place of the chain's earlier record."""
        numbers = [self.transitions, self.divergences, self.steps, self.check]
        stream = io.BytesIO()
        arrays: dict[str, Any] = {"numbers": np.array(numbers, dtype=np.int64), **self.state}
        np.savez(stream, **arrays)
        _seal(root / FOLDER / f"chain-{place}", stream.getvalue())

    @classmethod
    def read(cls, root: Path, place: int) -> "Commit":
        """Read a chain's record.

        Raises
        ------
        DamagedError
            If it is absent or not as it was written.
        """
        path = root / FOLDER / f"chain-{place}"
        with np.load(io.BytesIO(_unseal(path)), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return cls(arrays, *(int(k) for k in arrays.pop("numbers")))


def checksum(*rows: NDArray[Any]) -> int:
    """CRC-32 of arrays."""
    value = 0
    for array in rows:
        value = zlib.crc32(array.tobytes(), value)
    return value


def write_run(root: Path, about: Mapping[str, Any]) -> None:
    """Write what a run is: settings, versions, names."""
    _seal(root / FOLDER / RUN, json.dumps(about).encode())


def read_run(root: Path) -> dict[str, Any]:
    """Read what a run is.

    Raises
    ------
    DamagedError
        If it is absent or not as it was written.
    """
    about = json.loads(_unseal(root / FOLDER / RUN))
    assert isinstance(about, dict)
    return about


def _seal(path: Path, content: bytes) -> None:
    files.write(path, MAGIC, hashlib.sha256(content).digest(), content)
    files.sync_folder(path.parent)


def _unseal(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedError(f"{path.name} cannot be read ({error.strerror})") from error
    start = len(MAGIC)
    digest, content = data[start : start + 32], data[start + 32 :]
    if not data.startswith(MAGIC):
        raise DamagedError(f"{path.name} is not a record of this format")
    if hashlib.sha256(content).digest() != digest:
        raise DamagedError(f"{path.name} is damaged or cut short")
    return content
