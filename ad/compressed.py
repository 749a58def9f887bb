"""A sparse derivative of one path of a function: pattern, directions, native code."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ad import derive
from ad.colouring import Plan, alone, colour_symmetric, coordinates
from ad.compiled import MISSED, Path, fresh_workspace
from ad.jacobians import along
from ad.linear import Linear
from ad.op import reshape
from ad.ops.reduction import section
from ad.program_graph import Options
from ad.sparsity import Pattern, pattern
from ad.transforms import grad, scalar_result

Array = npt.NDArray[Any]


class Prepared:
    """Pattern, directions and code of one path."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        point: Array,
        forced: Sequence[bool],
        who: str,
        symmetric: bool,
    ) -> None:
        self.pattern: Pattern = None
        self.sweeps = 0
        self._spread: Any = None
        entries = self._hessian_entries if symmetric else self._jacobian_entries
        self._path = Path(lambda x: entries(function, x, who), point, Options(), forced)
        self._size = int(np.prod(self._path.shapes[0]))
        self._local = threading.local()

    def evaluate(self, x: Array) -> Array | None:
        """Entries at `x`; None where the function takes another path there."""
        values, status, _ = self._run(x)
        return None if status == MISSED else values

    def answers_seen(self, x: Array) -> tuple[bool, ...] | None:
        """Answers that native code saw at `x`, if they are not this path's."""
        _, status, workspace = self._run(x)
        return self._path.answers_seen(workspace) if status == MISSED else None

    def _run(self, x: Array) -> tuple[Array, int, Array]:
        bound, local = self._path.bound, self._local
        if not hasattr(local, "workspace"):
            local.workspace = fresh_workspace(bound)
        out = np.empty(max(self._size, 1))
        addresses = (x.ctypes.data, out.ctypes.data, None, bound.data, local.workspace.ctypes.data)
        status = bound.call(*addresses)
        return out[: self._size], status, local.workspace

    def matrix(self, values: Array) -> Any:
        """Entries as a matrix."""
        from scipy.sparse import csr_array  # noqa: PLC0415 - prepared, so it is there

        data = values if self._spread is None else values[self._spread]
        parts = (data, self.pattern.indices.copy(), self.pattern.indptr.copy())
        return csr_array(parts, shape=self.pattern.shape, copy=False)

    def _jacobian_entries(self, function: Callable[[Any], Any], x: Any, who: str) -> Any:
        linear = Linear(function, (x,), (0,), who)
        linear.evaluate([])  # for the branches
        found = pattern(linear.results, linear.inputs, _constants(linear))
        found.sort_indices()
        self.pattern = found
        by_rows, by_columns = Plan(found), Plan(found.T.tocsr())
        rows, columns = coordinates(found)
        reverse = by_columns.sweeps < by_rows.sweeps
        # Read the other way round, the transpose is coloured: rows in reverse mode together.
        plan = by_columns if reverse else by_rows
        self.sweeps = plan.sweeps
        pulled = plan.directions if reverse else plan.alone
        pushed = plan.alone if reverse else plan.directions
        first, second = (rows, columns) if reverse else (columns, rows)
        pieces = [_pushed(linear, pushed), _pulled(linear, pulled)]
        flat = np.concatenate([np.ravel(piece) for piece in pieces])
        offsets = (0, pushed.shape[0] * found.shape[0])
        compressed, single = (1, 0) if reverse else (0, 1)
        widths = (found.shape[0], found.shape[1])
        where = np.where(
            plan.is_alone[second],
            offsets[single] + plan.position[second] * widths[single] + first,
            offsets[compressed] + plan.colours[first] * widths[compressed] + second,
        )
        return flat[where]

    def _hessian_entries(self, function: Callable[[Any], Any], x: Any, who: str) -> Any:
        linear = Linear(_checked_gradient(function, who), (x,), (0,), who)
        linear.evaluate([])  # for the branches
        found = pattern(linear.results, linear.inputs, _constants(linear))
        found = (found + found.T).tocsr()
        found.data[:] = 1
        found.sort_indices()
        self.pattern = found
        colours = colour_symmetric(found)
        self.sweeps = int(colours.max(initial=-1)) + 1
        directions = np.zeros((self.sweeps, found.shape[1]))
        directions[colours, np.arange(found.shape[1])] = 1.0
        compressed = np.ravel(_pushed(linear, directions))
        rows, columns = coordinates(found)
        lower = rows >= columns
        i, j = rows[lower], columns[lower]
        # Entry (i, j) stands alone in row i of j's colour, or in row j of i's.
        free = alone(found, colours, i, j)
        assert (free | alone(found, colours, j, i)).all(), "not a star colouring"
        size = found.shape[0]
        where = np.where(free, colours[j] * size + i, colours[i] * size + j)
        numbered = np.empty(len(rows), np.int64)
        numbered[lower] = np.arange(len(i))
        # Row by row, the transpose of the upper triangle comes in the order of the lower one's.
        order = np.lexsort((rows[~lower], columns[~lower]))
        strict = numbered[lower][i > j]
        upper = np.empty(len(order), np.int64)
        upper[order] = strict
        numbered[~lower] = upper
        self._spread = numbered
        return compressed[where]


def _checked_gradient(function: Callable[[Any], Any], who: str) -> Callable[[Any], Any]:
    def gradient(x: Any) -> Any:
        scalar_result(who, Linear(function, (x,), (0,), who))
        return grad(function)(x)

    return gradient


def _constants(linear: Linear) -> list[tuple[Any, Any]]:
    return list(zip(linear.leaves, linear.values, strict=True))[len(linear.inputs) :]


def _pushed(linear: Linear, directions: Array) -> Any:
    """Derivatives along directions, shape (directions, outputs)."""
    if not len(directions):
        return np.zeros((0, sum(node.size for node in linear.results)))
    (node,) = linear.inputs
    seed = linear.graph.input(node.shape)
    parts = along(linear, derive.pushforward(linear.results, [node], [seed]), seed, directions)
    return np.concatenate([np.reshape(part, (len(directions), -1)) for part in parts], axis=1)


def _pulled(linear: Linear, directions: Array) -> Any:
    """Derivatives of sums of outputs, shape (directions, inputs)."""
    (node,) = linear.inputs
    if not len(directions):
        return np.zeros((0, node.size))
    total = sum(result.size for result in linear.results)
    seed = linear.graph.input((total,))
    parts, start = [], 0
    for result in linear.results:
        stop = start + result.size
        parts.append(reshape(section(seed, 0, start, stop), result.shape))
        start = stop
    found = derive.pullback(linear.results, parts, [node])
    (rows,) = along(linear, found, seed, directions)
    return rows


__all__ = ["Prepared"]
