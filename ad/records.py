"""What is kept of a program between processes: how its machine code is bound to data.

A record lies in the cache of machine code under the program's identity: that of its graph
(`ad.identity`) or of its tape (`ad.tape_identity`). It names the machine code and says for each
slot of the pointer table which array goes there: the k-th of those the identity lists, or, where it
follows from what the key tells, the content itself. So a program whose graph is known is neither
scheduled nor lowered again, and one whose tape is known needs no graph at all.

A record is JSON and plain numbers, and what does not read as one is no record: the program is then
made anew.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import jit
from ad.graph import memory_of
from ad.lower.layout import Slot

if TYPE_CHECKING:
    from ad.identity import Identity
    from ad.lower.program import Code

# Above this many lines of IR, code generation at level 0: half the time, a third slower code.
LEVEL_0_LINES = 6000

LAYOUT = re.compile(r"(values|positions)(/[1-9]\d{0,9})?|tiles")
NAME = re.compile(r"\w+")
MOST_BYTES = 2**40  # of a workspace
POSITION = np.dtype("<i8")
# Types of arrays that may be kept in a record; the bytes of a truth may be anything.
KEPT = {name: np.dtype(name) for name in ("<f8", "<f4", "<i8", "<i4", "|i1", "|b1")}
MOST_KEPT = 2**22  # bytes; a program with more of its own is found by its graph


@dataclass(frozen=True)
class Recipe:
    """What binding needs of a program beside its machine code.

    Attributes
    ----------
    key : str
        Digest of the code's text: equal keys are equal code.
    workspace_bytes : int
    library, declared : tuple of str
        Names of our own kernels it calls, and of all it calls.
    slots : tuple of Slot
        What its pointer table points to.
    """

    key: str
    workspace_bytes: int
    library: tuple[str, ...]
    declared: tuple[str, ...]
    slots: tuple[Slot, ...]


def generated(code: Code) -> tuple[Recipe, bytes]:
    """Recipe and machine code of a program that was lowered."""
    level = 0 if code.lines > LEVEL_0_LINES else 1
    key = jit.digest("program", str(level), code.text, jit.host().key)
    machine_code = jit.load(key)
    if machine_code is None:
        machine_code = jit.emit(code.text, level)
        jit.store(key, machine_code)
    names = tuple(sorted(code.library)), tuple(code.declared)
    return Recipe(key, code.workspace_bytes, *names, code.slots), machine_code


def store(identity: Identity, recipe: Recipe) -> None:
    """Keep a recipe, if its slots are found in what the identity lists or may be kept in full."""
    numbers: dict[Any, int] = {}
    for number, array in enumerate(identity.arrays):
        numbers.setdefault(memory_of(array), number)
    slots: list[Any] = []
    contents: list[bytes] = []
    for slot in recipe.slots:
        array = np.asarray(slot.array, POSITION if slot.fixed else None)
        place = None if slot.fixed else numbers.get(memory_of(array))
        if place is not None:
            slots.append((slot.layout, place))
        elif (slot.fixed or identity.of_contents) and array.dtype.str in KEPT:
            slots.append((slot.layout, array.dtype.str, array.shape))
            contents.append(array.tobytes())
        else:
            return  # an array that was made on the way
    if sum(map(len, contents)) > MOST_KEPT:
        return
    listed = [recipe.key, recipe.workspace_bytes, recipe.library, recipe.declared, slots]
    jit.store(identity.key, b"\n".join([json.dumps(listed).encode(), b"".join(contents)]))


def load(identity: Identity) -> tuple[Recipe, bytes] | None:
    """Recipe and machine code of a program that is known; None if it is not."""
    blob = jit.load(identity.key)
    if blob is None:
        return None
    try:
        recipe = _read(blob, identity.arrays)
    except (ValueError, TypeError, IndexError, RecursionError):
        return None
    machine_code = jit.load(recipe.key)
    return None if machine_code is None else (recipe, machine_code)


def _read(blob: bytes, arrays: list[Any]) -> Recipe:
    """The recipe in a record; errors of many kinds for what is none."""
    head, _, rest = blob.partition(b"\n")
    key, workspace_bytes, library, declared, listed = json.loads(head)
    names = (key, *library, *declared)
    if not all(NAME.fullmatch(name) for name in names):
        raise ValueError("a name")
    if type(workspace_bytes) is not int or not 0 <= workspace_bytes < MOST_BYTES:
        raise ValueError("a size")
    slots, at = [], 0
    for layout, *place in listed:
        if not LAYOUT.fullmatch(layout):
            raise ValueError("a layout")
        if len(place) == 1:
            slots.append(Slot(arrays[_count(*place)], layout, fixed=False))
        else:
            array = _kept(rest, at, *place)
            slots.append(Slot(array, layout, fixed=True))
            at += array.nbytes
    if at != len(rest):
        raise ValueError("contents")
    return Recipe(key, workspace_bytes, tuple(library), tuple(declared), tuple(slots))


def _kept(rest: bytes, at: int, dtype: str, shape: list[int]) -> Any:
    """An array whose content lies in a record."""
    if dtype not in KEPT:
        raise ValueError("a type")
    size = _count(math.prod(map(_count, shape)))
    if size == 0:
        return np.zeros(shape, KEPT[dtype])
    return np.frombuffer(rest, KEPT[dtype], size, at).reshape(shape)


def _count(number: Any) -> int:
    if type(number) is not int or not 0 <= number < MOST_BYTES:
        raise ValueError("a number")
    return number
