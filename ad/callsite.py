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


def _is_library(code: CodeType) -> bool:
    """Whether a frame of this code is the library's own."""
    inside = _known.get(code)
    if inside is None:
        name = code.co_filename.replace("\\", "/")
        inside = _known[code] = name.startswith(_INSIDE)
    return inside


def current() -> Site | None:
    """Site of the innermost frame outside the library."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the only cheap way to the caller
    while frame is not None and _is_library(frame.f_code):
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


_DEEPER = 4  # frames of the library between an operator and the tape, too short-lived to remember
_REMEMBERED = 64


class Calls:
    """Numbers of the chains of calls that lead from the traced function to operations.

    Two operations have one number if and only if the same instructions of the same functions, from
    the root inwards, led to them: once more round a loop gives the same number again.
    """

    def __init__(self) -> None:
        # Chain of calls that led to a frame that is being run. A frame is one activation, so it
        # needs to be followed outwards only once.
        self._callers: dict[FrameType, int] = {}
        self._chains: dict[tuple[int, ...], int] = {}
        self._seen: dict[tuple[int, ...], int] = {}
        # By identity, as hashing code is slow; kept with it, so that identities stay taken.
        self._units: dict[int, tuple[CodeType, tuple[int, ...]]] = {}

    def current(self, step: int, outwards: int) -> int:
        """Number of the chain that ends at the frame `outwards` of the caller's.

        Parameters
        ----------
        step : int
            Told apart like an instruction: which node of a graph is being interpreted.
        outwards : int
        """
        frame: FrameType | None = sys._getframe(outwards + 1)  # noqa: SLF001 - as above
        callers = self._callers
        chain: list[FrameType] = []
        key = [step]
        while frame is not None and frame not in callers:
            chain.append(frame)
            key.append(id(frame.f_code))
            key.append(frame.f_lasti)
            frame = frame.f_back
        if frame is not None:
            key.append(callers[frame])
            key.append(frame.f_lasti)
        if len(chain) <= _DEEPER:
            number = self._seen.get(tuple(key))
            if number is not None:
                return number
        number = self._follow(frame, chain, step)
        self._seen[tuple(key)] = number
        return number

    def _follow(self, frame: FrameType | None, chain: list[FrameType], step: int) -> int:
        """Number of a chain, frame by frame from the outermost that is not known."""
        callers = self._callers
        number = -1 if frame is None else self._extended(callers[frame], frame)
        if len(callers) > _REMEMBERED:
            root = next(iter(callers))
            outermost = callers[root]
            callers.clear()
            callers[root] = outermost
        for place, inner in zip(range(len(chain) - 1, -1, -1), reversed(chain), strict=True):
            if place >= _DEEPER or not callers:
                callers[inner] = number
            number = self._extended(number, inner)
        return self._number((number, -1, step)) if step else number

    def _extended(self, number: int, frame: FrameType) -> int:
        """Number of a chain with one more frame."""
        code = frame.f_code
        known = self._units.get(id(code))
        if known is None:
            known = self._units[id(code)] = (code, _instructions(code))
        return self._number((number, id(code), known[1][frame.f_lasti >> 1]))

    def _number(self, chain: tuple[int, int, int]) -> int:
        return self._chains.setdefault(chain, len(self._chains))

    def forget_frames(self) -> None:
        """Let go of the frames, whose variables may be large."""
        self._callers.clear()
        self._seen.clear()
