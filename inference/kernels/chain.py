"""Entry of the compiled kernel: a batch of transitions of one chain."""

import math

from inference.kernels import layout as place
from inference.kernels.adaptation import average_step, close_window, collect, find_step
from inference.kernels.language import Pointer, at, native, point_at, put, reals_at, words_at
from inference.kernels.trajectory import transition


@native
def adapt(r: Pointer, w: Pointer, iteration: int) -> int:
    """What a warmup transition leads to."""
    steps = at(w, place.STEPS)
    average_step(r, w, at(r, place.ACCEPTANCE) / float(steps))
    action = at(words_at(at(w, place.SCHEDULE)), iteration)
    if action != place.STEP_ONLY:
        collect(r, w)
    if action == place.CLOSE_WINDOW:
        status = close_window(r, w)
        if status != 0:
            return status
    if iteration + 1 == at(w, place.WARMUP) and at(w, place.AVERAGING_COUNT) > 0:
        put(r, place.STEP_SIZE, math.exp(at(r, place.AVERAGING_LOG_STEP)))
    return 0


@native
def record(r: Pointer, w: Pointer, iteration: int, step_size: float) -> None:
    """Write the transition's statistics and, after warmup, the draw."""
    row = reals_at(at(w, place.STATISTICS_OUT) + 8 * place.ROW * iteration)
    steps = float(at(w, place.STEPS))
    put(row, 0, at(r, place.LOG_DENSITY))
    put(row, 1, at(r, place.ACCEPTANCE) / steps)
    put(row, 2, step_size)
    put(row, 3, float(at(w, place.DEPTH)))
    put(row, 4, steps)
    put(row, 5, float(at(w, place.DIVERGING)))
    put(row, 6, at(r, place.TREE_ENERGY))
    kept = iteration - at(w, place.WARMUP)
    if kept >= 0:
        n = at(w, place.DIMENSION)
        x = point_at(r, at(w, place.PADDED), at(w, place.CURRENT))
        draw = reals_at(at(w, place.DRAWS_OUT) + 8 * n * kept)
        for i in range(n):
            put(draw, i, at(x, i))


@native
def step(r: Pointer, w: Pointer) -> int:
    """One transition with whatever adaptation belongs to it."""
    if at(w, place.SEARCH) == 1:
        status = find_step(r, w)
        if status != 0:
            return status
    step_size = at(r, place.STEP_SIZE)
    status = transition(r, w)
    if status != 0:
        return status
    iteration = at(w, place.ITERATION)
    record(r, w, iteration, step_size)
    if iteration < at(w, place.WARMUP):
        status = adapt(r, w, iteration)
    put(w, place.ITERATION, iteration + 1)
    return status


def run(r: Pointer, w: Pointer, transitions: int) -> int:
    """Run up to `transitions` transitions; returns a status of `layout`."""
    for _ in range(transitions):
        status = step(r, w)
        if status != 0:
            return status
    return place.FINISHED
