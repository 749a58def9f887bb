"""What is kept of a program between processes: how its machine code is bound to data.

A record lies in the cache of machine code under the program's identity (`ad.identity`). It names
the machine code and says for each slot of the pointer table which array goes there: the k-th of
those the identity lists, or, where it follows from the structure alone, the content itself. So a
program that is known is neither scheduled nor lowered again.

A record is JSON and plain numbers, and what does not read as one is no record: the program is then
made anew.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ad import jit
from ad.identity import Identity
from ad.lower.layout import Slot
from ad.lower.program import Code

# Above this many lines of IR, code generation at level 0: half the time, a third slower code.
LEVEL_0_LINES = 6000

LAYOUT = re.compile(r"(values|positions)(/[1-9]\d{0,9})?|tiles")
NAME = re.compile(r"\w+")
MOST_BYTES = 2**40  # of a workspace
POSITION = np.dtype("<i8")


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
    """Keep a recipe, if its slots are found in what the identity lists."""
    numbers = {id(array): number for number, array in enumerate(identity.arrays)}
    slots: list[tuple[str, int]] = []
    tables: list[bytes] = []
    for slot in recipe.slots:
        if slot.fixed:
            slots.append((slot.layout, -1 - slot.array.size))
            tables.append(np.asarray(slot.array, POSITION).tobytes())
        elif id(slot.array) in numbers:
            slots.append((slot.layout, numbers[id(slot.array)]))
        else:
            return  # an array that was made on the way
    listed = [recipe.key, recipe.workspace_bytes, recipe.library, recipe.declared, slots]
    jit.store(identity.key, b"\n".join([json.dumps(listed).encode(), b"".join(tables)]))


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
    for layout, number in listed:
        if not LAYOUT.fullmatch(layout) or type(number) is not int:
            raise ValueError("a slot")
        if number >= 0:
            slots.append(Slot(arrays[number], layout, fixed=False))
        else:
            end = at + POSITION.itemsize * (-1 - number)
            slots.append(Slot(np.frombuffer(rest[at:end], POSITION), layout, fixed=True))
            at = end
    if at != len(rest):
        raise ValueError("tables")
    return Recipe(key, workspace_bytes, tuple(library), tuple(declared), tuple(slots))
