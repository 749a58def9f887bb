"""`ad.check_grads`: derivatives against differences of the function, in every mix of modes."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ad.callsite import user_line
from ad.containers import Structure, flatten
from ad.errors import GradientError, TraceError
from ad.linear import as_point, require_callable
from ad.traced import is_traced
from ad.transforms import jvp, vjp

Array = npt.NDArray[np.float64]
Function = Callable[[Any], Any]

MODES = ("forward", "reverse")
FIRST_STEP = 2.0**-4
STEPS = 10
MOST_ELEMENTS = 200  # that are tried one by one to say where derivatives disagree


def check_grads(
    function: Function,
    x: Any,
    order: Any = 2,
    modes: Sequence[str] = MODES,
    *,
    rtol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Compare derivatives of a function with differences of its values.

    Parameters
    ----------
    function : callable
        Of one array or container, to an array or a container.
    x : array or container
        Where to differentiate; `function` should be smooth around it.
    order : int
        Up to which order, from 1; order 2 checks derivatives of derivatives in all four mixes of
        modes, and so on.
    modes : sequence of {'forward', 'reverse'}
        Which modes to mix.
    rtol : float
        Disagreement allowed, relative to the largest of what is compared. What differences
        themselves may be wrong by is added.
    seed : int
        Of the random direction in which derivatives are compared.

    Raises
    ------
    GradientError
        If they do not agree; says in which mix of modes, and by which element of `x`.
    ValueError
        If `order` or `modes` are not as above.

    Notes
    -----
    Differences are central ones, extrapolated to step 0 (Ridders, 1982, "Accurate computation of
    F'(x) and F'(x) F''(x)"); their own error is estimated from the extrapolation.

    Examples
    --------
    >>> import numpy as np, ad
    >>> ad.check_grads(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 2.0]))
    >>> wrong = ad.custom(np.sin, pullback=lambda ct, value, x: ct * x)
    >>> ad.check_grads(wrong, 0.5)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ad.errors.GradientError: ad.check_grads: derivatives must agree with differences, got 0.5...
    """
    require_callable("ad.check_grads", function)
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(
            f"ad.check_grads: order must be a whole number from 1, got {order!r} ({user_line()})."
        )
    if not modes or isinstance(modes, str) or any(mode not in MODES for mode in modes):
        raise ValueError(
            f"ad.check_grads: modes must be some of {MODES}, got {modes!r} ({user_line()})."
        )
    leaves, structure = flatten(x)
    points = [
        as_point(leaf, f"x{name}", "ad.check_grads")
        for leaf, name in zip(leaves, structure.names(), strict=True)
    ]
    if any(map(is_traced, points)):
        raise TraceError(
            f"ad.check_grads: x must be plain numbers, got a traced value ({user_line()})."
        )
    rng = np.random.default_rng(seed)
    _Check(structure, points, modes, rtol, rng).run(function, order, [])


class Difference(NamedTuple):
    """A derivative by differences, and how wrong it may be."""

    value: float
    error: float


class _Check:
    """Comparison at one point, along random directions."""

    def __init__(
        self,
        structure: Structure,
        points: list[Array],
        modes: Sequence[str],
        rtol: float,
        rng: "np.random.Generator",  # not imported with `ad`
    ) -> None:
        self.structure, self.points, self.modes, self.rtol = structure, points, modes, rtol
        self.rng = rng
        # Steps are small beside the element they change: log and powers end at 0.
        self.scales = [
            np.where(point == 0.0, 1.0, np.minimum(np.abs(point), 1.0)) for point in points
        ]

    def run(self, function: Function, order: int, outer: list[str]) -> None:
        """Check a function's derivatives, and theirs, up to an order."""
        directions = [
            self.rng.choice([-1.0, 1.0], point.shape) * self.rng.uniform(0.5, 1.0, point.shape) * s
            for point, s in zip(self.points, self.scales, strict=True)
        ]
        weights = [self.rng.normal(size=np.shape(part)) for part in self._values(function)]
        for mode in self.modes:
            self._compare(function, mode, outer, directions, weights)
        if order == 1:
            return
        for mode in self.modes:
            derived = self._derived(function, mode, directions, weights)
            self.run(derived, order - 1, [mode, *outer])

    def _values(self, function: Function, shift: float = 0.0, along: Any = None) -> list[Array]:
        moved = [
            point if along is None else point + shift * direction
            for point, direction in zip(self.points, along or self.points, strict=True)
        ]
        with np.errstate(all="ignore"):
            found = flatten(function(self.structure.build(moved)))[0]
        return [np.asarray(part, dtype=float) for part in found]

    def _derived(
        self, function: Function, mode: str, directions: list[Array], weights: list[Array]
    ) -> Function:
        """The derivative in a mode, as a function of the point."""
        if mode == "forward":
            along = self.structure.build(directions)
            return lambda x: jvp(function, (x,), (along,))[1]

        def pulled(x: Any) -> Any:
            value, pull = vjp(function, x)
            return pull(flatten(value)[1].build(weights))[0]

        return pulled

    def _compare(
        self,
        function: Function,
        mode: str,
        outer: list[str],
        directions: list[Array],
        weights: list[Array],
    ) -> None:
        got = self._along(function, mode, directions, weights)
        want = self._differences(function, directions, weights)
        if _agree(got, want, self.rtol):
            return
        mix = " over ".join([mode, *outer])
        place = self._place(function, mode, weights)
        raise GradientError(
            f"ad.check_grads: derivatives must agree with differences, got "
            f"{place or f'{got:.10g} for {want.value:.10g} along a random direction'} in {mix} "
            f"mode ({user_line()}). Look at the rules of that argument, or for a kink near x."
        )

    def _along(
        self, function: Function, mode: str, directions: list[Array], weights: list[Array]
    ) -> float:
        found = flatten(self._derived(function, mode, directions, weights)(self._x()))[0]
        others = weights if mode == "forward" else directions
        return _inner(found, others)

    def _x(self) -> Any:
        return self.structure.build(self.points)

    def _differences(
        self, function: Function, directions: list[Array], weights: list[Array]
    ) -> Difference:
        def along(t: float) -> float:
            return _inner(self._values(function, t, directions), weights)

        return extrapolated(along, FIRST_STEP)

    def _place(self, function: Function, mode: str, weights: list[Array]) -> str:
        """The first element by which derivatives disagree, with both of them."""
        if sum(point.size for point in self.points) > MOST_ELEMENTS:
            return ""
        names = self.structure.names("x")
        for which, point in enumerate(self.points):
            for index in np.ndindex(point.shape):
                units = [np.zeros(p.shape) for p in self.points]
                units[which][index] = size = float(self.scales[which][index])
                got = self._along(function, mode, units, weights)
                want = self._differences(function, units, weights)
                if not _agree(got, want, self.rtol):
                    at = f"{names[which]}{list(index) if index else ''}"
                    if len(weights) == 1 and weights[0].size == 1:  # as the user would see it
                        size *= float(np.sum(weights[0]))
                    return f"{got / size:.10g} for {want.value / size:.10g} by {at}"
        return ""


def _inner(left: Sequence[Any], right: Sequence[Any]) -> float:
    return float(sum(np.sum(a * b) for a, b in zip(left, right, strict=True)))


def _agree(got: float, want: Difference, rtol: float) -> bool:
    if not np.isfinite(got):
        return not np.isfinite(want.value)
    size = max(abs(got), abs(want.value), 1e-3)
    return bool(abs(got - want.value) <= rtol * size + 10.0 * want.error)


def extrapolated(function: Callable[[float], float], step: float) -> Difference:
    """Derivative at 0 by central differences with halved steps, extrapolated to step 0."""
    table: list[list[float]] = []
    best = Difference(np.nan, np.inf)
    for _ in range(STEPS):
        above, below = function(step), function(-step)
        row = [(above - below) / (2.0 * step)]
        rounding = 2.0**-52 * max(abs(above), abs(below)) / step
        for level, before in enumerate(table[-1] if table else []):
            better = row[level] + (row[level] - before) / (4.0 ** (level + 1) - 1.0)
            error = max(abs(better - row[level]), abs(better - before)) + rounding
            if error < best.error:
                best = Difference(better, error)
            row.append(better)
        table.append(row)
        step *= 0.5
    return best


__all__ = ["check_grads", "extrapolated"]
