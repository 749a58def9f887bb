"""What the compiler itself is, as part of the keys of all that it makes."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from ad.jit.cache import digest, load, store
from ad.jit.machine import host


def state_of(folder: Path) -> str | None:
    """State of the source files in a folder; None where there are no files.

    By size and times, the time of the last change of state included, which cannot be set back:
    reading a megabyte would cost more than all the rest of a hit.
    """
    try:
        listed = sorted(_states(str(folder)))
    except OSError:
        return None
    if not listed:
        return None
    return digest(repr(listed), str(sys.implementation.cache_tag))


def _states(folder: str) -> list[tuple[str, int, int, int]]:
    """Path, size and times of every source file below a folder."""
    listed = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                state = entry.stat()
                times = (state.st_mtime_ns, state.st_ctime_ns)
                listed.append((entry.path, state.st_size, *times))
            elif entry.is_dir() and entry.name != "__pycache__":
                listed += _states(entry.path)
    return listed


# As the files are when they are read: those that are changed while a process runs are not what it
# compiles with, and what it made must not be found under their state.
_STATE = state_of(Path(__file__).resolve().parents[1])


def sources() -> str | None:
    """State of the package's source files when it was imported; None where they are no files."""
    return _STATE


def of_package(name: str, make: Callable[[], bytes]) -> bytes:
    """What depends on nothing but the package and the machine, made where the cache has none.

    Its key is the state of the package's files, so a process that finds it need not write the text
    it was made of.

    Parameters
    ----------
    name : str
        Of what is made.
    make : callable
        Machine code, or anything else that is bytes.

    Returns
    -------
    bytes
    """
    state = sources()
    if state is None:
        return make()
    key = digest(name, state, host().key)
    known = load(key)
    if known is None:
        known = make()
        store(key, known)
    return known
