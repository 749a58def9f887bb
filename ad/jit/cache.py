"""The user's cache of machine code.

A cache is code: whoever can write it runs as the user. So its folder belongs to the user and to
nobody else (mode 0700, owner checked), files are written under a temporary name and renamed, each
carries a digest of its content, and whatever is damaged, foreign or reachable by others is treated
as absent. Nothing here raises for a cache that cannot be used: the work is then done again.
"""

import contextlib
import functools
import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

MAGIC = b"wengert-object-1\n"
LIMIT_BYTES = 512 * 2**20
# Looking through the folder takes 10 us a file, so it is done when a process has stored a fair part
# of the limit, and by one store in so many (as many short processes may store little each).
TRIM_SHARE, TRIM_ONE_IN = 16, 64
_stored = 0  # bytes since this process last looked
DIGEST_BYTES = 32


def digest(*parts: str | bytes) -> str:
    """Key of a cache entry: a hexadecimal digest of everything that determines it."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()


def load(key: str) -> bytes | None:
    """Content stored under `key`, or None if there is none that can be trusted."""
    folder = _folder()
    if folder is None:
        return None
    try:
        # O_NOFOLLOW: a link in the folder would lead to bytes that are not ours; O_NONBLOCK: a
        # pipe would wait for a writer.
        flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(folder / key, os.O_RDONLY | flags)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not _private(os.fstat(file.fileno())):
            return None
        blob = file.read()
    header = len(MAGIC) + DIGEST_BYTES
    body = blob[header:]
    if blob[:header] != MAGIC + hashlib.sha256(body).digest():
        return None
    return body


def store(key: str, blob: bytes) -> None:
    """Keep `blob` under `key`; a reader sees all of it or nothing."""
    folder = _folder()
    if folder is None:
        return
    with contextlib.suppress(OSError):
        handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")  # mode 0600
        check = hashlib.sha256(blob).digest()
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + check + blob)
            Path(name).replace(folder / key)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        _trim_sometimes(folder, len(blob), check[0])


@functools.cache
def _folder() -> Path | None:
    """Folder of the cache, made if needed; None where no private one can be had."""
    folder = _location()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or not _owned(state):
            return None
        if os.name == "posix" and stat.S_IMODE(state.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError:
        return None
    return folder


def _location() -> Path:
    """Where the platform keeps a user's caches, unless WENGERT_CACHE says otherwise."""
    chosen = os.environ.get("WENGERT_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "wengert"


def _owned(state: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or state.st_uid == os.getuid()


def _private(state: os.stat_result) -> bool:
    """Whether a file is an ordinary one that only its owner, this user, can write."""
    writable_by_others = os.name == "posix" and stat.S_IMODE(state.st_mode) & 0o022
    return stat.S_ISREG(state.st_mode) and _owned(state) and not writable_by_others


def _trim_sometimes(folder: Path, size: int, chance: int) -> None:
    global _stored  # noqa: PLW0603 - a count for the process, which need not be exact
    _stored += size
    if _stored > LIMIT_BYTES // TRIM_SHARE or chance % TRIM_ONE_IN == 0:
        _stored = 0
        _trim(folder)


def _trim(folder: Path) -> None:
    """Drop the files written longest ago while the whole is over the limit."""
    entries = []
    for entry in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):  # another process may be trimming too
            entries.append((entry.stat().st_mtime, entry.stat().st_size, entry.path))
    excess = sum(size for _, size, _ in entries) - LIMIT_BYTES
    for _, size, path in sorted(entries):
        if excess <= 0:
            break
        Path(path).unlink(missing_ok=True)
        excess -= size
