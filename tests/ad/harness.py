"""Native code and the interpreter side by side, on one graph."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ad.compiled import Paths, fresh_workspace
from ad.interpret import interpret

Array = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """Values (flat, all outputs) and gradient, by native code and by the interpreter."""

    native: Array
    interpreted: Array
    native_gradient: Array
    interpreted_gradient: Array
    status: int


def run(
    function: Callable[..., Any],
    x: Any,
    gradient: bool = True,
    *,
    at: Sequence[Any] = (),
    strict: bool = False,
    without: tuple[str, ...] = (),
) -> list[Pair]:
    """`function` compiled at `x` and evaluated there and at the points `at`."""
    point = np.array(x, dtype=float)
    paths = Paths(function, point, with_gradient=gradient, strict=strict, without=without)
    path = paths.paths[0]
    pairs = []
    for given in [point, *(np.array(other, dtype=float) for other in at)]:
        status, values, slopes = paths.evaluate(given, fresh_workspace(paths.native))
        wanted = [*path.outputs, *([path.gradient] if path.gradient is not None else [])]
        results = [np.asarray(r, dtype=float) for r in interpret(wanted, [path.x], [given])]
        flat = [result.ravel() for result in results[: len(path.outputs)]]
        meant = np.concatenate(flat) if flat else np.zeros(0)
        meant_slopes = results[-1] if gradient else np.zeros(0)
        pairs.append(Pair(values, meant, slopes if gradient else np.zeros(0), meant_slopes, status))
    return pairs


def same_class(left: Any, right: Any) -> npt.NDArray[np.bool_]:
    """Where both are nan, both the same infinity, or both finite."""
    left, right = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    finite = np.isfinite(left) & np.isfinite(right)
    same: npt.NDArray[np.bool_] = finite | (np.isnan(left) & np.isnan(right)) | (left == right)
    return same


def assert_close(got: Any, want: Any, rtol: float, atol: float = 0.0, what: str = "") -> None:
    """Same class everywhere, and close where finite; the message shows the worst element."""
    got, want = np.broadcast_arrays(np.asarray(got, dtype=float), np.asarray(want, dtype=float))
    agree = same_class(got, want)
    assert agree.all(), f"{what}: got {got[~agree][:5]}, want {want[~agree][:5]}"
    finite = np.isfinite(want) & np.isfinite(got)
    error = np.abs(got[finite] - want[finite])
    excess = error - (atol + rtol * np.abs(want[finite]))
    if excess.size and excess.max() > 0:
        worst = int(np.argmax(excess))
        raise AssertionError(
            f"{what}: got {got[finite][worst]!r}, want {want[finite][worst]!r}, "
            f"relative error {error[worst] / max(abs(want[finite][worst]), 1e-300):.2e}"
        )


def assert_agree(pair: Pair, rtol: float = 1e-12, atol: float = 0.0, what: str = "") -> None:
    """Native code says what the interpreter says: value and gradient."""
    assert_close(pair.native, pair.interpreted, rtol, atol, f"{what} value")
    scale = np.abs(pair.interpreted_gradient[np.isfinite(pair.interpreted_gradient)])
    # An entry of the gradient may be a difference of larger terms, summed in another order.
    floor = atol + rtol * float(scale.max(initial=0.0))
    assert_close(pair.native_gradient, pair.interpreted_gradient, rtol, floor, f"{what} gradient")
