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

from ad import callsite, derive, passes, records, rules
from ad.binding import Bound, aligned
from ad.containers import flatten
from ad.dispatcher import Dispatched, dispatch
from ad.errors import GuardError, NoRuleError, ShapeError
from ad.finishing import finished
from ad.graph import Graph, Node, reachable
from ad.identity import Asked, identity
from ad.lower.layout import HEADER_WORDS
from ad.lower.program import Code, Program
from ad.rolling import roll
from ad.tape import collector_off, recording
from ad.traced import Traced, row_of

Vector = npt.NDArray[np.float64]

OK, OUTSIDE, MISSED, ERROR = range(4)
MOST_PATHS = 64


class Path:
    """One path through the traced function: its branches and its code."""

    def __init__(
        self,
        function: Callable[..., Any],
        point: Vector,
        with_gradient: bool,
        forced: Sequence[bool] = (),
        *,
        strict: bool = False,
        without: tuple[str, ...] = (),
    ) -> None:
        with recording(forced) as tape:
            x = Traced(tape, tape.input(point), point)
            result = function(x)
            # Not the result itself: through its traced leaves it would keep the whole tape.
            leaves, self.form = flatten(result)
            rows = [row_of(tape, leaf) for leaf in leaves]
        self.answers = tuple(guard.taken for guard in tape.guards)
        self.lines = [callsite.describe(guard.site) for guard in tape.guards]
        graph = Graph(rules.laws(strict=strict, without=without))
        x_node = graph.input((point.size,))
        guards = [guard.row for guard in tape.guards]
        wanted = [*rows, *guards]
        if "roll-loops" not in without:
            nodes = roll(tape, graph, wanted, [x_node], reassociate=not strict)
        else:
            nodes = tape.to_graph(graph, wanted, [x_node])
        outputs, asked = nodes[: len(rows)], nodes[len(rows) :]
        self.shapes = [node.shape for node in outputs]
        self.dtypes = [node.dtype for node in outputs]
        gradient: Node | None = None
        if with_gradient:
            if len(outputs) != 1 or outputs[0].shape != ():
                raise ShapeError(
                    f"ad.density: the log density must be a scalar, got {self.form} of shapes "
                    f"{self.shapes}. Sum it."
                )
            (gradient,) = derive.pullback(outputs, [graph.literal(1.0)], [x_node])
        _check_native([*outputs, *asked, *([] if gradient is None else [gradient])])
        graph.known_forms.clear()  # columns as long as the data
        self.graph, self.x, self.outputs, self.gradient = graph, x_node, outputs, gradient
        guarded = list(zip(asked, self.answers, strict=True))
        self._asked = Asked(x_node, outputs, gradient, guarded, tuple(without), strict)
        self.bound = self._bind()

    def program(self) -> Program:
        """The path's graph, scheduled."""
        return Program(*finished(self._asked)[:5])

    @functools.cached_property
    def code(self) -> Code:
        """The program's text."""
        return self.program().write()

    def _bind(self) -> Bound:
        """Machine code with its data: that of an earlier process, if one had the same program."""
        found = identity(self._asked)
        known = None if found is None else records.load(found)
        if known is None:
            known = records.generated(self.code)
            if found is not None:
                records.store(found, known[0])
        return Bound(*known)

    def answers_seen(self, workspace: npt.NDArray[np.uint8]) -> tuple[bool, ...]:
        """Answers that native code saw, up to the first that is not this path's."""
        words = workspace.view(np.int64)[HEADER_WORDS : HEADER_WORDS + len(self.answers)]
        seen: list[bool] = []
        for word, taken in zip(words, self.answers, strict=True):
            seen.append(bool(word))
            if bool(word) != taken:
                break
        return tuple(seen)


def _check_native(outputs: Sequence[Node]) -> None:
    """Refuse what runs in Python."""
    for node in reachable(outputs):
        if node.op.kind == "external":
            name = getattr(node.params["function"], "name", "function")
            raise NoRuleError(
                f"ad.compile: every operation must have native code, got {name}, which runs in "
                "Python (ad.external, ad.root, ad.fixed_point or ad.argmin). Call the function "
                "without compiling it."
            )


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
        self._with_gradient, self._strict = with_gradient, strict
        self._without = passes.checked(without)
        self._lock = threading.Lock()
        self.paths = [self._trace(point)]
        self.size = sum(math.prod(shape) for shape in self.paths[0].shapes)
        self.native: Bound | Dispatched = self.paths[0].bound

    def _trace(self, point: Vector, forced: Sequence[bool] = ()) -> Path:
        with collector_off():  # a graph and its schedule are many small objects too
            return Path(
                self.function,
                point,
                self._with_gradient,
                forced,
                strict=self._strict,
                without=self._without,
            )

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
