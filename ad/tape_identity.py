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

import contextlib
import hashlib
import itertools
import marshal
from typing import TYPE_CHECKING, Any

import numpy as np

from ad import jit
from ad.graph import INPUT, memory_of, turned
from ad.identity import PLAIN, Identity, Listing, NamelessError, is_own, sources
from ad.loops.body import Body
from ad.tape import Ref
from ad.traced import Looked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ad.op import Op
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
    compiler = sources()
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


# How an argument of a row counts; all others are arrays and numbers of other types.
ROW, WRITTEN, SCALAR, OTHER = range(4)
SIMPLE = {*PLAIN, tuple}
KINDS = {Ref: ROW, float: WRITTEN, int: WRITTEN, bool: WRITTEN, np.float64: SCALAR}


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
        """All of it, by columns: this is done for every operation of a program."""
        rows = self.tape.rows
        operations, args, params, _, sites = zip(*rows, strict=True)
        inputs = [np.asarray(row.value) for row in rows if row.op is INPUT]
        self.arrays += inputs  # a rolled program was compared with the tape at this point
        ops: dict[Op, int] = {}
        numbers = [ops.setdefault(op, len(ops)) for op in operations]
        if not all(map(is_own, ops)):
            raise NamelessError
        # Numbers of call sites depend on who called the function, which are equal does not.
        _, first, which = np.unique(sites, return_index=True, return_inverse=True)
        flat = [*itertools.chain.from_iterable(args), *wanted]
        parts = [
            [op.name for op in ops],
            np.array(numbers).tobytes(),
            first[which].tobytes(),
            np.array(list(map(len, args))).tobytes(),
            [array.shape for array in inputs],
            self._params(params),
            *self._flat(flat, [KINDS.get(type(value), OTHER) for value in flat]),
            self._about,
        ]
        return marshal.dumps(parts, VERSION)

    def _flat(self, values: Sequence[Any], kinds: Sequence[int]) -> list[Any]:
        """Text of what rows read, one after the other."""
        by_kind: list[list[Any]] = [[], [], [], []]
        for value, kind in zip(values, kinds, strict=True):
            by_kind[kind].append(value)
        places: dict[int, int] = {}
        scalars = by_kind[SCALAR]
        return [
            bytes(kinds),
            np.array(by_kind[ROW], np.int64).tobytes(),
            by_kind[WRITTEN],
            [places.setdefault(id(value), place) for place, value in enumerate(scalars)],
            np.array(scalars).tobytes(),
            list(map(self._other, by_kind[OTHER])),
        ]

    def _params(self, params: Sequence[Any]) -> bytes:
        """Text of the parameters of rows."""
        items = [tuple(each.items()) for each in params]
        types = {type(value) for each in params if each for value in each.values()}
        if types <= SIMPLE:
            with contextlib.suppress(ValueError):  # tuples may hold anything
                return marshal.dumps(items, VERSION)
        return marshal.dumps([self._plain(each) for each in items], VERSION)

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
        if kind is tuple:
            return tuple([self._plain(entry) for entry in value])
        if kind in PLAIN:
            return value
        if kind is Looked:
            return (int(value), None)
        if kind is Body:
            known = self._bodies.get(id(value))
            if known is None:
                text = Listing().graph(value.inputs, value.outputs, inside=True)
                known = self._bodies[id(value)] = text
            return known
        raise NamelessError
