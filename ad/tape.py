"""The tape: what a function did, in program order, each row with its call site.

A row is one operation with the concrete value it had when the function was traced. Loops are found
on the tape (program order and call sites are what tells them), and only then are rows turned into
the interned nodes of a graph.

Tapes nest: a derivative taken inside another traced function opens a tape of a higher level. A
traced value of an outer tape that meets the inner one enters it as a captured input, so no
perturbation of one level is ever taken for another's.
"""

from __future__ import annotations

import contextlib
import contextvars
import gc
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ad import callsite
from ad.errors import TraceError
from ad.graph import INPUT, Graph, Node
from ad.tagging import rule_now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from ad.op import Op
    from ad.traced import Traced

NO_PARAMS: dict[str, Any] = {}  # one for all operations without


class Ref(int):
    """Index of a row, told apart from an integer constant."""

    __slots__ = ()


class Row(NamedTuple):
    """One operation of the traced program."""

    op: Op
    args: tuple[Any, ...]  # Ref to a row, or a constant
    params: dict[str, Any]
    value: Any
    site: int  # number of the chain of calls that led to it (`callsite.Calls`)


class Guard(NamedTuple):
    """A branch of the program: the row it asked, and the answer that was taken."""

    row: Ref
    taken: bool
    site: callsite.Site | None


# The tape that records now, in this context.
_innermost: contextvars.ContextVar[Tape | None] = contextvars.ContextVar(
    "wengert_tape", default=None
)
_new_row = tuple.__new__


class Tape:
    """Rows of one traced call.

    Parameters
    ----------
    level : int
        Depth of nesting; operations go to the tape of the highest level among their arguments.
    forced : sequence of bool
        Answers to give to the first branches, whatever the concrete values say: those that
        native code saw (it may disagree with NumPy in the last bit, at a boundary).
    """

    def __init__(self, level: int, forced: Sequence[bool] = ()) -> None:
        self.level = level
        self.rows: list[Row] = []
        self.guards: list[Guard] = []
        self.captured: dict[tuple[int, int], tuple[Any, Ref]] = {}
        self.calls = callsite.Calls()
        self.step = 0  # which node of a graph is being interpreted onto this tape
        self._forced = forced
        self.spelled = False  # whether loops are written out step by step (`ad.loops.spelled`)
        self.lazy = False  # whether some values are not computed (`ad.lazy`)
        # What marks results get (`ad.tagging`), and whether numbers get them.
        self.tagging, self.marks_numbers = rule_now()
        # Whether some arrays may lie in memory otherwise than row by row: then what NumPy makes a
        # copy of when it reshapes is not known for arrays computed of them (`ad.inplace`).
        self.turned = False
        self.closed = False  # whether the traced call is over
        self.columns: Any = None  # the same rows by column (`ad.columns`)

    def add(
        self,
        op: Op,
        args: tuple[Any, ...],
        params: dict[str, Any],
        value: Any,
        frame: FrameType,
    ) -> Ref:
        """Record one operation, which `frame` called."""
        # This is done for every operation of a program: by the place that is known already, and
        # not through the constructor of rows.
        rows, calls = self.rows, self.calls
        table = calls.tables.get(frame)
        if table is None:
            table = calls.enter(frame)
        site = None if self.step else table.get(frame.f_lasti)
        if site is None:
            site = calls.at(frame, self.step)
        ref = Ref(len(rows))
        rows.append(_new_row(Row, (op, args, params, value, site)))
        return ref

    def input(self, value: Any) -> Ref:
        """Record an argument of the traced function."""
        return self.add(INPUT, (), NO_PARAMS, value, sys._getframe(1))  # noqa: SLF001 - the caller

    def capture(self, outer: Traced) -> Any:
        """Row standing for a traced value of an outer tape, or the constant it is."""
        ref = outer.ref
        if type(ref) is not Ref:
            return ref  # an array that nothing traced was put into
        key = (id(outer.tape), ref)
        known = self.captured.get(key)
        if known is None:
            if self.closed or outer.tape.closed:
                raise TraceError(
                    "ad: a traced value must be used while its function is differentiated, got one "
                    f"that was kept when that was over ({callsite.user_line()}). Return what is "
                    "needed from the function, or differentiate a function of both."
                )
            # Kept as it is now: it may be assigned to later, and its tape's identity stays taken.
            known = self.captured[key] = (outer.frozen(), self.input(outer.known))
            self.lazy = self.lazy or outer.tape.lazy
            self.turned = self.turned or outer.tape.turned
        return known[1]

    def branch(self, row: Ref, value: bool) -> bool:
        """Answer of a branch that depends on a traced value."""
        position = len(self.guards)
        taken = self._forced[position] if position < len(self._forced) else value
        self.guards.append(Guard(row, taken, callsite.current()))
        return taken

    def to_graph(self, graph: Graph, outputs: Sequence[Any], inputs: Sequence[Node]) -> list[Node]:
        """Nodes of `outputs` (rows or constants); `inputs` stand for the tape's input rows."""
        nodes: dict[int, Node] = {}
        entries = iter(inputs)
        needed = self.needed(outputs)
        for index, row in enumerate(self.rows):
            if row.op is INPUT:
                nodes[index] = next(entries)
            elif index in needed:
                args = [nodes[arg] if isinstance(arg, Ref) else arg for arg in row.args]
                nodes[index] = graph.apply(row.op, [graph.lift(arg) for arg in args], row.params)
        return [nodes[out] if isinstance(out, Ref) else graph.lift(out) for out in outputs]

    def needed(self, outputs: Sequence[Any]) -> set[int]:
        """Rows that `outputs` depend on."""
        stack = [out for out in outputs if isinstance(out, Ref)]
        needed: set[int] = set()
        while stack:
            index = stack.pop()
            if index not in needed:
                needed.add(index)
                stack.extend(arg for arg in self.rows[index].args if isinstance(arg, Ref))
        return needed


@contextlib.contextmanager
def collector_off() -> Iterator[None]:
    """No collection of garbage: a tape is many small objects, and none of them is garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def innermost() -> Tape | None:
    """The tape that records what is being run; None outside of any."""
    return _innermost.get()


@contextlib.contextmanager
def recording(forced: Sequence[bool] = ()) -> Iterator[Tape]:
    """A new tape, one level deeper than those open in this context."""
    outer = _innermost.get()
    tape = Tape(1 if outer is None else outer.level + 1, forced)
    token = _innermost.set(tape)
    try:
        # Numerical trouble is data here: log(-1) is nan, and the density is -inf.
        with np.errstate(all="ignore"), collector_off():
            yield tape
    except ValueError as error:
        # NumPy says "setting an array element with a sequence" where a traced value is put into a
        # plain array; what the value itself said, and what to do, is the cause.
        said = error.__cause__
        if isinstance(said, TraceError):
            raise said.with_traceback(error.__traceback__) from None
        raise
    finally:
        tape.closed = True
        tape.calls.forget_frames()
        _innermost.reset(token)
