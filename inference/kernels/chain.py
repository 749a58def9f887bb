"""A batch of transitions of one chain, for any kind of transition."""

import math
from collections.abc import Callable

from inference.kernels import layout as place
from inference.kernels.adaptation import adapt, find_step
from inference.kernels.language import (
    Pointer,
    at,
    call_density,
    native,
    put,
    reals_at,
    shift,
    slot_at,
    words_at,
)


@native
def record(r: Pointer, w: Pointer, iteration: int, step_size: float) -> None:
    """Write the transition's statistics and, after warmup, the draw."""
    row = reals_at(at(w, place.STATISTICS_OUT) + 8 * place.ROW * iteration)
    put(row, 0, at(r, place.LOG_DENSITY))
    put(row, 1, at(r, place.ACCEPTANCE) / float(at(w, place.LEAVES)))
    put(row, 2, step_size)
    put(row, 3, float(at(w, place.DEPTH)))
    put(row, 4, float(at(w, place.STEPS)))
    put(row, 5, float(at(w, place.DIVERGING)))
    put(row, 6, at(r, place.ENERGY))
    kept = iteration - at(w, place.WARMUP)
    if kept >= 0:
        n = at(w, place.DIMENSION)
        x = slot_at(r, at(w, place.PADDED), at(w, place.CURRENT))
        draw = reals_at(at(w, place.DRAWS_OUT) + 8 * n * kept)
        if at(w, place.MAPPED) == 1:  # no workspace: the position alone is asked for
            lp = shift(r, place.LEAF_LOG_DENSITY)
            call_density(at(w, place.DENSITY), x, lp, draw, at(w, place.DATA), 0)
        else:
            for i in range(n):
                put(draw, i, at(x, i))


def run_of(
    transition: Callable[[Pointer, Pointer], int],
) -> Callable[[Pointer, Pointer, int], int]:
    """Make the entry of a kernel from its transition."""

    @native
    def step(r: Pointer, w: Pointer) -> int:
        """One transition with whatever adaptation belongs to it."""
        if at(w, place.SEARCH) == 1:
            status = find_step(r, w)
            if status != 0:
                return status
        step_size = at(r, place.STEP_SIZE)
        before = at(w, place.CURRENT)
        status = transition(r, w)
        if status != 0:
            return status
        put(w, place.MOVED, 1 if at(w, place.CURRENT) != before else 0)
        iteration = at(w, place.ITERATION)
        record(r, w, iteration, step_size)
        warmup = at(w, place.WARMUP)
        if iteration < warmup:
            action = at(words_at(at(w, place.SCHEDULE)), iteration)
            status = adapt(r, w, action)
            if iteration + 1 == warmup and at(w, place.AVERAGING_COUNT) > 0:
                put(r, place.STEP_SIZE, math.exp(at(r, place.AVERAGING_LOG_STEP)))
            if status == 0 and action & place.ASK:
                status = place.METRIC_DUE
        put(w, place.ITERATION, iteration + 1)
        return status

    def run(r: Pointer, w: Pointer, transitions: int) -> int:
        """Run up to `transitions` transitions; returns a status of `layout`."""
        for _ in range(transitions):
            status = step(r, w)
            if status != 0:
                return status
        return place.FINISHED

    return run
