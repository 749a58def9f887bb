"""WALNUTS: the tree whose leaves are macro steps, each with as fine a step as it needs.

N. Bou-Rabee, B. Carpenter, T. S. Kleppe and S. Liu (2025), The Within-Orbit Adaptive Leapfrog
No-U-Turn Sampler, arXiv:2506.18746. A macro step of length h is m 2^k leapfrog steps of
h / (m 2^k), with the smallest k for which the energies met stay within a tolerance of each other.
It is taken only if the way back would choose the same k, that is, if from its end no coarser
attempt passes; so macro steps can be undone, and the tree is that of NUTS.
"""

import math

from inference.kernels import layout as place
from inference.kernels.chain import run_of
from inference.kernels.language import Pointer, at, native, put
from inference.kernels.leapfrog import MISSED, leapfrog, release, take_slot
from inference.kernels.tree import STOP, transition_of, turns

PASSED = 0
FAILED = 1
RIDING = 3  # the first so many-th part of warmup goes downhill whatever the tolerance


@native
def attempt(  # noqa: PLR0917  # kernels are called by position
    r: Pointer, w: Pointer, source: int, target: int, step: float, level: int, start: float
) -> int:
    """Macro step of 2^level times the fewest leapfrog steps, from energy `start`.

    PASSED, FAILED, MISSED or ABORTED; the end is in slot `target`.
    """
    count = at(w, place.SMALLEST_STEPS) << level
    micro = step / float(count)
    lowest, highest = start, start
    # Downhill all the way from a bad start, no step would be fine enough.
    riding = RIDING * at(w, place.ITERATION) < at(w, place.WARMUP)
    spare = take_slot(w)
    here, there, other = source, target, spare
    if count & 1 == 0:
        there, other = spare, target  # so that the last step ends in `target`
    for _ in range(count):
        status = leapfrog(r, w, here, there, micro)
        if status == MISSED or status < 0:
            return status
        energy = at(r, place.LEAF_KINETIC) - at(r, place.LEAF_LOG_DENSITY)
        lowest, highest = min(lowest, energy), max(highest, energy)
        width = highest - (start if riding else lowest)
        put(r, place.SPREAD, width)
        # Written so that a NaN fails.
        if status != 0 or not (width <= at(r, place.TOLERANCE) and energy > -math.inf):
            put(r, place.SPREAD, math.inf)
            release(w, spare)
            return FAILED
        here, there, other = there, other, there
    release(w, spare)
    return PASSED


@native
def reversed_passes(r: Pointer, w: Pointer, end: int, step: float, level: int) -> int:
    """Whether, from slot `end` backwards, an attempt coarser than `level` passes."""
    energy = at(r, place.LEAF_KINETIC) - at(r, place.LEAF_LOG_DENSITY)
    target = take_slot(w)
    result = FAILED
    for coarser in range(level - 1, -1, -1):
        result = attempt(r, w, end, target, -step, coarser, energy)
        if result != FAILED:
            break
    release(w, target)
    return result


@native
def macro_step(r: Pointer, w: Pointer, source: int, target: int, step: float) -> int:
    """One leaf of the tree."""
    start = at(r, place.SLOT_ENERGY + source)
    for level in range(at(w, place.HALVINGS) + 1):
        status = attempt(r, w, source, target, step, level, start)
        if status == MISSED or status < 0:
            return status
        if level == 0:
            # What the step size is adapted to: how well the coarsest attempt keeps the energy.
            put(r, place.COARSE, at(r, place.COARSE) + math.exp(-at(r, place.SPREAD)))
        if status == PASSED:
            lp, kinetic = at(r, place.LEAF_LOG_DENSITY), at(r, place.LEAF_KINETIC)
            if level > 0:
                status = reversed_passes(r, w, target, step, level)
                if status == MISSED or status < 0:
                    return status
                if status == PASSED:
                    return STOP
            put(r, place.LEAF_LOG_DENSITY, lp)
            put(r, place.LEAF_KINETIC, kinetic)
            put(r, place.SLOT_ENERGY + target, kinetic - lp)
            return 0
    put(w, place.DIVERGING, 1)
    return STOP


run = run_of(transition_of(macro_step, turns))
