"""What a program's code and its data depend on, as a key that is known as soon as its tape is.

`ad.identity` asks for a program once its graph is there: rolled, differentiated, rewritten, with
the statistics of its data computed. For a loop in Python, or a million data, that is most of the
work. All of it follows from the tape, so the tape is a key too: operations, call sites, what rows
read, parameters and numbers, shapes, which arrays share which memory, and contents of all arrays.

Contents are part of it although code never depends on them: what was computed of data is kept with
the code, and a few laws ask whether data repeat. So this key finds the same program with the same
data; the graph's key finds it with others.
"""

from __future__ import annotations

import hashlib
import itertools
import marshal
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import jit
from ad.columns import columns_of, in_order
from ad.graph import INPUT, memory_of, turned
from ad.identity import PLAIN, Identity, Listing, NamelessError, is_own
from ad.loops.body import Body
from ad.tape import Ref
from ad.traced import Looked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.tape import Tape

VERSION = 2  # of marshal's format: the last without references, whose text depends on counts


def tape_identity(tape: Tape, wanted: Sequence[Any], form: Any) -> Identity | None:
    """Key of what is made of a tape; None where it has parts that no key can speak for.

    Parameters
    ----------
    tape : Tape
    wanted : sequence
        Rows or constants.
    form : plain values
        What else decides, as text.
    """
    compiler = jit.sources()
    if compiler is None:
        return None
    listing = _Tape(tape)
    try:
        text = listing.text(wanted)
    except NamelessError:
        return None
    contents = hashlib.sha256(text)
    for array in listing.arrays:
        contents.update(np.ascontiguousarray(array).data)
    key = jit.digest("tape", contents.digest(), repr(form), compiler, jit.host().key)
    whole = [base for array in listing.arrays if (base := turned(array)) is not None]
    return Identity(key, listing.arrays + whole, of_contents=True)


WRITTEN = (float, int, bool)  # types of numbers that the program's text has
SIMPLE = {*PLAIN, tuple}


class _Tape:
    """Text of a tape, with numbers for all that has no text."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.arrays: list[Any] = []
        self._arrays: dict[int, int] = {}  # by identity: the tape keeps them
        self._memory: dict[int, int] = {}
        self._about: list[Any] = []  # of arrays
        self._bodies: dict[int, str] = {}

    def text(self, wanted: Sequence[Any]) -> bytes:
        """All of it, by columns."""
        columns = columns_of(self.tape)
        if not all(map(is_own, columns.ops)):
            raise NamelessError
        inputs = [np.asarray(row.value) for row in columns.rows if row.op is INPUT]
        self.arrays += inputs  # a rolled program was compared with the tape at this point
        args = columns.args
        constants = [args[place] for place in np.flatnonzero(columns.ref < 0).tolist()]
        parts = [
            [op.name for op in columns.ops],
            columns.op.tobytes(),
            # Numbers of call sites depend on who called the function; which are equal does not.
            in_order(columns.site)[0].tobytes(),
            columns.first.tobytes(),
            columns.ref.tobytes(),
            [array.shape for array in inputs],
            self._params(columns.params),
            [int(out) if type(out) is Ref else -1 for out in wanted],
            *self._constants(constants),
            *self._constants([out for out in wanted if type(out) is not Ref]),
            self._about,
        ]
        return marshal.dumps(parts, VERSION)

    def _constants(self, values: Sequence[Any]) -> list[Any]:
        """Text of constants, one after the other."""
        kinds = list(map(type, values))
        scalars = [value for value in values if type(value) is np.float64]
        others = [
            self._other(value)
            for value, kind in zip(values, kinds, strict=True)
            if kind is not np.float64 and kind not in WRITTEN
        ]
        places: dict[int, int] = {}
        return [
            bytes([0 if kind is np.float64 else 1 if kind in WRITTEN else 2 for kind in kinds]),
            [value for value in values if type(value) in WRITTEN],
            [places.setdefault(id(value), place) for place, value in enumerate(scalars)],
            np.array(scalars).tobytes(),
            others,
        ]

    def _params(self, params: Sequence[Any]) -> list[Any]:
        """Text of the parameters of rows."""
        rows = [row for row, each in enumerate(params) if each]
        some = [params[row] for row in rows]
        names: dict[Any, int] = {}
        named = [names.setdefault(tuple(each), len(names)) for each in some]
        values = list(itertools.chain.from_iterable([each.values() for each in some]))
        kinds = list(map(type, values))
        looked = bytes([kind is Looked for kind in kinds])
        values = [
            value if kind in SIMPLE else int(value) if kind is Looked else self._plain(value)
            for value, kind in zip(values, kinds, strict=True)
        ]
        try:
            text = marshal.dumps(values, VERSION)
        except ValueError:  # tuples may hold anything
            text = marshal.dumps([self._plain(value) for value in values], VERSION)
        return [rows, list(names), named, looked, text]

    def _other(self, value: Any) -> int:
        """The number of an array, or of a number that is none of the usual."""
        if not isinstance(value, np.ndarray | np.generic):
            raise NamelessError
        number = self._arrays.get(id(value))
        if number is None:
            number = self._arrays[id(value)] = len(self._about)
            self._about.append(self._described(value))
            if isinstance(value, np.ndarray):
                self.arrays.append(value)
        return number

    def _described(self, value: Any) -> Any:
        """An array and where it lies in which memory; a number of an unusual type."""
        kind = (type(value).__name__, value.dtype.str, value.shape)
        if not isinstance(value, np.ndarray):
            return (*kind, value.tobytes())
        root: Any = value
        while isinstance(root.base, np.ndarray):
            root = root.base
        start = memory_of(root)[0]
        place = self._memory.setdefault(start, len(self._memory))
        layout = (value.strides, memory_of(value)[0] - start)
        owner = (type(root).__name__, root.base is None)
        memory = (place, *owner, root.dtype.str, root.shape, root.strides)
        return (*kind, layout, memory)

    def _plain(self, value: Any) -> Any:
        """A parameter as something whose text says all of it."""
        kind = type(value)
        if isinstance(value, tuple):  # `InOrder` too
            return tuple([self._plain(entry) for entry in value])
        if kind in PLAIN:
            return value
        if kind is Body:
            known = self._bodies.get(id(value))
            if known is None:
                text = Listing().graph(value.inputs, value.outputs, inside=True)
                known = self._bodies[id(value)] = text
            return known
        raise NamelessError
