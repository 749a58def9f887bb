"""Compiled functions: trace, derive, rewrite, schedule, lower, link.

A function keeps one piece of code for each path that Python's control flow took. Native code checks
the branches it was traced for; where the answers differ it says so (status 2), the function is
traced again with the answers native code saw, and a small dispatcher tries the paths in turn.
"""

import functools
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad import callsite, passes, records
from ad.binding import Bound, aligned
from ad.containers import Structure, flatten
from ad.dispatcher import Dispatched, dispatch
from ad.errors import GuardError, ShapeError, TraceError
from ad.graph import Graph, Node
from ad.identity import Identity, identity
from ad.lower.layout import HEADER_WORDS
from ad.lower.program import Code, Program
from ad.program_graph import Options, ProgramGraph
from ad.tape import Ref, Tape, collector_off, recording
from ad.tape_identity import tape_identity
from ad.traced import Traced, row_of

Vector = npt.NDArray[np.float64]

OK, OUTSIDE, MISSED, ERROR = range(4)
MOST_PATHS = 64


class Path:
    """One path through the traced function: its branches and its code.

    Parameters
    ----------
    function : callable
        Of a vector.
    point : array, shape (dimension,)
    options : Options
    forced : sequence of bool
        Answers to give to the first branches.

    Attributes
    ----------
    answers : tuple of bool
        Of all branches.
    lines : list of str
        Where they are.
    form : Structure
        How the function gives its results, which have `shapes` and `dtypes`.
    bound : Bound
        Machine code with its data.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        point: Vector,
        options: Options,
        forced: Sequence[bool] = (),
    ) -> None:
        self._options = options
        tape, self.form, rows = _record(function, point, forced)
        self.answers = tuple(guard.taken for guard in tape.guards)
        self.lines = [callsite.describe(guard.site) for guard in tape.guards]
        values = [tape.rows[row].value if isinstance(row, Ref) else row for row in rows]
        self.shapes = [np.shape(value) for value in values]
        self.dtypes = [_dtype(value) for value in values]
        # Where the code is known the graph is made only if somebody asks for it.
        self._record = functools.partial(_record, function, point.copy(), self.answers)
        self._identity = self._identify(tape, rows)
        known = None if self._identity is None else records.load(self._identity)
        if known is None:
            self.program_graph = ProgramGraph(tape, rows, options, self.form)
            known = self._compiled()
            if self._identity is not None:
                records.store(self._identity, known[0])
        self.bound = Bound(*known)

    def _identify(self, tape: Tape, rows: Sequence[Any]) -> Identity | None:
        wanted = [*rows, *(guard.row for guard in tape.guards)]
        return tape_identity(tape, wanted, (self.answers, len(rows), *self._options))

    def _compiled(self) -> tuple[records.Recipe, bytes]:
        """Machine code: that of an earlier process, if one had the same graph."""
        graph = self.program_graph
        found = identity(graph.asked)
        known = None if found is None else records.load(found)
        if known is None:
            known = records.generated(graph.code)
            if found is not None:
                records.store(found, known[0])
        return known

    @functools.cached_property
    def program_graph(self) -> ProgramGraph:
        """The graph; the function is traced again for it where the code was found by its tape.

        Raises
        ------
        TraceError
            If the function does not do what it did when it was compiled.
        """
        with collector_off():
            tape, form, rows = self._record()
            again = self._identify(tape, rows)
            keys = [None if each is None else each.key for each in (again, self._identity)]
            if keys[0] != keys[1]:
                raise TraceError(
                    "ad: a function that is compiled must do the same whenever it is traced, got "
                    "another program than the first time. Do not change what it reads."
                )
            return ProgramGraph(tape, rows, self._options, form)

    @property
    def graph(self) -> Graph:
        """The graph that `x`, `outputs` and `gradient` are nodes of."""
        return self.program_graph.graph

    @property
    def x(self) -> Node:
        """The argument."""
        return self.program_graph.x

    @property
    def outputs(self) -> list[Node]:
        """The results."""
        return self.program_graph.outputs

    @property
    def gradient(self) -> Node | None:
        """Of a log density."""
        return self.program_graph.gradient

    @property
    def code(self) -> Code:
        """The program's text."""
        return self.program_graph.code

    def program(self) -> Program:
        """The path's graph, scheduled."""
        return self.program_graph.program()

    def answers_seen(self, workspace: npt.NDArray[np.uint8]) -> tuple[bool, ...]:
        """Answers that native code saw, up to the first that is not this path's."""
        words = workspace.view(np.int64)[HEADER_WORDS : HEADER_WORDS + len(self.answers)]
        seen: list[bool] = []
        for word, taken in zip(words, self.answers, strict=True):
            seen.append(bool(word))
            if bool(word) != taken:
                break
        return tuple(seen)


def _record(
    function: Callable[..., Any], point: Vector, forced: Sequence[bool]
) -> tuple[Tape, Structure, list[Any]]:
    """What a function does: the tape, and its results as rows of it."""
    with recording(forced) as tape:
        x = Traced(tape, tape.input(point), point)
        # Not the result itself: through its traced leaves it would keep the whole tape.
        leaves, form = flatten(function(x))
        return tape, form, [row_of(tape, leaf) for leaf in leaves]


def _dtype(value: Any) -> str:
    """Kind of a result, as nodes have it."""
    dtype = getattr(value, "dtype", None)
    return "b" if type(value) is bool or dtype == np.bool_ else "f"


class Paths:
    """All paths of a function of one vector, and the native function that tries them.

    Parameters
    ----------
    function : callable
        Of a vector.
    point : array, shape (dimension,)
        Where it is traced first.
    with_gradient : bool
        Whether it is a log density (status and gradient) or any outputs.
    strict : bool
        Whether to switch off what may change the last bits.
    without : tuple of str
        Passes that are switched off (`ad.passes`).
    """

    def __init__(
        self,
        function: Callable[..., Any],
        point: Vector,
        with_gradient: bool,
        strict: bool = False,
        *,
        without: tuple[str, ...] = (),
    ) -> None:
        self.function, self.dimension, self.start = function, point.size, point
        self._options = Options(with_gradient, strict, tuple(passes.checked(without)))
        self._lock = threading.Lock()
        self.paths = [self._trace(point)]
        self.size = sum(math.prod(shape) for shape in self.paths[0].shapes)
        self.native: Bound | Dispatched = self.paths[0].bound

    def _trace(self, point: Vector, forced: Sequence[bool] = ()) -> Path:
        with collector_off():  # a graph and its schedule are many small objects too
            return Path(self.function, point, self._options, forced)

    def _add(self, point: Vector, forced: Sequence[bool], line: str) -> None:
        """Trace another path; callers rely on all paths returning the same kind of thing."""
        path, first = self._trace(point, forced), self.paths[0]
        if (path.shapes, path.dtypes, path.form) != (first.shapes, first.dtypes, first.form):
            raise ShapeError(
                "ad.compile: a function must return arrays of the same shapes and types on every "
                f"path, got {first.shapes} and, after the branch in {line}, {path.shapes}. "
                "Return one form from all branches."
            )
        self.paths.append(path)
        self.native = dispatch([path.bound for path in self.paths])

    def missed(self, x: Vector, workspace: npt.NDArray[np.uint8]) -> None:
        """Add the path that `x` takes; `workspace` is as the native function left it.

        Raises
        ------
        GuardError
            Where the function has more than 64 paths.
        """
        with self._lock:
            if self.evaluate(x, workspace)[0] != MISSED:
                return  # another chain added it
            for _ in range(MOST_PATHS):
                last = self.paths[int(workspace.view(np.int64)[0])]
                forced = last.answers_seen(workspace)
                if len(self.paths) >= MOST_PATHS:
                    raise GuardError(
                        f"ad: a traced function must take at most {MOST_PATHS} paths, got another "
                        f"one at the branch on a traced value in {last.lines[len(forced) - 1]}. "
                        "Use np.where, or ad.cond, instead of if."
                    )
                self._add(np.array(x, dtype=float), forced, last.lines[len(forced) - 1])
                # As every path before, this one must agree with native code's own answers.
                if self.evaluate(x, fresh_workspace(self.native, workspace))[0] != MISSED:
                    return

    def evaluate(self, x: Vector, workspace: npt.NDArray[np.uint8]) -> tuple[int, Vector, Vector]:
        """Status, outputs and gradient at `x`."""
        size = self.size
        out, gradient = np.empty(max(size, 1)), np.empty(self.dimension)
        native = self.native
        if workspace.nbytes < native.workspace_bytes:
            workspace = fresh_workspace(native)
        status = native.call(
            x.ctypes.data, out.ctypes.data, gradient.ctypes.data, native.data, workspace.ctypes.data
        )
        return status, out[:size], gradient


def fresh_workspace(
    native: Bound | Dispatched, old: npt.NDArray[np.uint8] | None = None
) -> npt.NDArray[np.uint8]:
    """Scratch memory for one thread; `old` if it is large enough."""
    if old is not None and old.nbytes >= native.workspace_bytes:
        return old
    return aligned(native.workspace_bytes, np.uint8)


__all__ = ["Paths", "fresh_workspace"]
