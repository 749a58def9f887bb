"""Slice sampling, one coordinate after the other."""

from dataclasses import dataclass

import numpy as np

from inference.markov.kernel import Array, Kernel, LogDensity, State

MOST_STEPS = 50  # of stepping out, on both sides together


@dataclass(frozen=True)
class _Widths:
    widths: Array
    steps: int


def coordinate_slice(width: float = 1.0) -> Kernel:
    """Slice sampling with stepping out and shrinkage, coordinate by coordinate.

    Parameters
    ----------
    width : float
        First width of the intervals; in warmup each coordinate learns its own, the mean length of
        its moves, twice.

    Returns
    -------
    Kernel

    References
    ----------
    R. M. Neal (2003), Slice sampling, Annals of Statistics 31, 705-767, figures 3 and 5.
    """

    def init(x: Array, logdensity: LogDensity, rng: np.random.Generator) -> State:
        del rng
        return State(x, logdensity(x), _Widths(np.full(len(x), width), 0))

    def step(
        state: State, logdensity: LogDensity, rng: np.random.Generator, adapting: bool
    ) -> tuple[State, dict[str, float]]:
        known: _Widths = state.memory
        x, value = state.position.copy(), state.logdensity
        widths, evaluations = known.widths.copy(), 0
        for k in range(len(x)):
            before = x[k]
            x, value, count = _move(x, value, k, known.widths[k], logdensity, rng)
            evaluations += count
            if adapting:
                share = 1.0 / (known.steps + 2.0)
                widths[k] += share * (2.0 * abs(x[k] - before) + 1e-12 - widths[k])
        memory = _Widths(widths, known.steps + 1) if adapting else known
        return State(x, value, memory), {"n_evaluations": float(evaluations)}

    return Kernel(init, step)


def _move(  # noqa: PLR0917  # as in the paper's figures
    x: Array, value: float, k: int, width: float, logdensity: LogDensity, rng: np.random.Generator
) -> tuple[Array, float, int]:
    """New point, its log density, and evaluations, after a move along coordinate `k`."""
    count = 0

    def at(place: float) -> float:
        nonlocal count
        count += 1
        point = x.copy()
        point[k] = place
        return logdensity(point)

    level = value - rng.exponential()
    left = x[k] - width * rng.random()
    right = left + width
    to_left = int(MOST_STEPS * rng.random())
    to_right = MOST_STEPS - 1 - to_left
    while to_left > 0 and at(left) > level:
        left, to_left = left - width, to_left - 1
    while to_right > 0 and at(right) > level:
        right, to_right = right + width, to_right - 1
    while True:
        place = left + (right - left) * rng.random()
        new = at(place)
        if new > level or place == x[k]:
            moved = x.copy()
            moved[k] = place
            return moved, (new if place != x[k] else value), count
        if place < x[k]:
            left = place
        else:
            right = place
