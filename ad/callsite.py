"""Where in the user's program an operation was called.

Messages and guards need the innermost line outside the library. A site is kept as (code object,
instruction offset), which costs a fraction of a microsecond; its file and line are worked out only
when somebody asks. The finder of loops needs more: the whole chain of calls, helpers of users and
library alike, which `Calls` numbers.
"""

import contextlib
import functools
import opcode
import sys
from pathlib import Path
from types import CodeType, FrameType

import numpy as np

_ROOT = Path(__file__).parent.parent  # not resolved: code objects have the path as imported
_PACKAGES = Path(np.__file__).parent.parent
# Frames that belong to the library: the three packages, and NumPy and SciPy, through which calls
# on traced values come back. Whole paths, so that a user's folder may be called numpy.
_INSIDE = (
    *(f"{(_ROOT / package).as_posix()}/" for package in ("ad", "ppl", "inference")),
    *(f"{(_PACKAGES / package).as_posix()}/" for package in ("numpy", "scipy")),
    "<__array_function__ internals>",
)

Site = tuple[CodeType, int]

_known: dict[CodeType, bool] = {}


def is_library(code: CodeType) -> bool:
    """Whether a frame of this code is the library's own."""
    inside = _known.get(code)
    if inside is None:
        name = code.co_filename.replace("\\", "/")
        inside = _known[code] = name.startswith(_INSIDE)
    return inside


def current() -> Site | None:
    """Site of the innermost frame outside the library."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only cheap way to the caller
    while frame is not None and is_library(frame.f_code):
        frame = frame.f_back
    return None if frame is None else (frame.f_code, frame.f_lasti)


def describe(site: Site | None) -> str:
    """Text `file.py:line` of a site; the path is relative to the working folder where shorter."""
    if site is None:
        return "<unknown>:0"
    code, offset = site
    line = next(
        (
            number
            for start, stop, number in code.co_lines()
            if start <= offset < stop and number is not None
        ),
        code.co_firstlineno,
    )
    path = Path(code.co_filename)
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return f"{path}:{line}"


def user_line() -> str:
    """File and line of the innermost frame outside the library, as `file.py:12`."""
    return describe(current())


_CACHE, _PRECALL, _CALL = (opcode.opmap.get(name, -1) for name in ("CACHE", "PRECALL", "CALL"))


@functools.lru_cache(maxsize=4096)
def _instructions(code: CodeType) -> tuple[int, ...]:
    """For each unit of the bytecode, the unit where its instruction begins.

    The interpreter may stop at an instruction or at one of its caches, depending on how it has
    specialised it, and CPython 3.11 prepares a call by an instruction of its own.
    """
    units = code.co_code[::2]
    starts: list[int] = []
    start = 0
    for unit, operation in enumerate(units):
        called = operation == _CALL and units[start] == _PRECALL
        if operation != _CACHE and not called:
            start = unit
        starts.append(start)
    return tuple(starts)


_REMEMBERED = 64


class Calls:
    """Numbers of the chains of calls that lead from the traced function to operations.

    Two operations have one number if and only if the same instructions of the same functions, from
    the root inwards, led to them: once more round a loop gives the same number again.

    A frame is one activation, so it is followed outwards only once. What is kept for it is a table
    from its instructions to numbers, which all activations that were called from one place share.
    """

    def __init__(self) -> None:
        # By frame, from the instructions met (without a step) to numbers.
        self.tables: dict[FrameType, dict[int, int]] = {}
        # By number of the calling chain, and code. Codes are kept, so that identities stay taken.
        self._shared: dict[tuple[int, int], tuple[dict[int, int], CodeType]] = {}
        self._most = _REMEMBERED
        self._count = 0

    def at(self, frame: FrameType, step: int) -> int:
        """Number of the chain that ends at what a frame is doing.

        Parameters
        ----------
        frame : frame
        step : int
            Told apart like an instruction: which node of a graph is being interpreted.
        """
        table = self.tables.get(frame)
        if table is None:
            table = self.enter(frame)
        place = frame.f_lasti + (step << 32) if step else frame.f_lasti
        number = table.get(place)
        return self._new(table, frame, step) if number is None else number

    def _new(self, table: dict[int, int], frame: FrameType, step: int) -> int:
        """Number of an instruction met for the first time, or stopped at in another way."""
        start = _instructions(frame.f_code)[frame.f_lasti >> 1]
        number = table.setdefault(-1 - (start + (step << 32)), self._count)
        if number == self._count:
            self._count += 1
        table[frame.f_lasti + (step << 32)] = number
        return number

    def enter(self, frame: FrameType) -> dict[int, int]:
        """Table of a frame that is not known, and of those that called it."""
        if len(self.tables) > self._most:
            self._forget_finished(frame)
        tables = self.tables
        outer = frame.f_back
        if outer is not None and outer in tables:  # mostly once more from a place that is known
            number = tables[outer].get(outer.f_lasti)
            known = None if number is None else self._shared.get((number, id(frame.f_code)))
            if known is not None:
                tables[frame] = known[0]
                return known[0]
        chain = [frame]
        while outer is not None and outer not in tables:
            chain.append(outer)
            outer = outer.f_back
        number = -1 if outer is None else self.at(outer, 0)
        shared = self._shared
        while True:
            inner = chain.pop()
            code = inner.f_code
            known = shared.get((number, id(code)))
            if known is None:
                known = shared[number, id(code)] = ({}, code)
            table = tables[inner] = known[0]
            if not chain:
                return table
            found = table.get(inner.f_lasti)
            number = self._new(table, inner, 0) if found is None else found

    def _forget_finished(self, frame: FrameType) -> None:
        """Keep the frames that are being run."""
        running = {}
        outer: FrameType | None = frame
        while outer is not None:
            table = self.tables.get(outer)
            if table is not None:
                running[outer] = table
            outer = outer.f_back
        self.tables = running
        self._most = 2 * len(running) + _REMEMBERED

    def forget_frames(self) -> None:
        """Let go of the frames, whose variables may be large."""
        self.tables.clear()
