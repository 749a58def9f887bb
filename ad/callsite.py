"""Where in the user's program an operation was called.

Messages, guards and the loop finder all need the innermost line outside the library. A site is
kept as (code object, instruction offset), which costs a fraction of a microsecond; its file and
line are worked out only when somebody asks.
"""

import contextlib
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
