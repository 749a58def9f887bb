"""The no-U-turn tree, for any way to advance from one leaf to the next.

The tree of M. D. Hoffman and A. Gelman (2014), JMLR 15, 1593-1623, with the selection rules of
M. Betancourt (2017), arXiv:1701.02434, appendix A.3: multinomial inside a subtree, biased
progressive across doublings. A subtree is built leaf by leaf, not recursively: finished blocks
wait in a list, one a level, as in binary counting, and a leaf that completes a pair of blocks
merges them. Only the two ends of a block are kept.

A block turns back when, with q and p position and momentum at its ends a and b,
(q_b - q_a) . p_a <= 0 or (q_b - q_a) . p_b <= 0: the criterion of Hoffman and Gelman (2014, eq. 9),
which does not change under affine maps of q. Merging also tests the pairs next to the seam (first
to first, last to last), without which a chain of half turns goes unnoticed on targets close to a
Gaussian.
"""

import math
from collections.abc import Callable
from typing import Any

from inference.kernels import layout as place
from inference.kernels.language import (
    Pointer,
    at,
    load,
    native,
    put,
    shift,
    slot_at,
    spread,
    total,
)
from inference.kernels.leapfrog import MISSED, begin, release, take_slot
from inference.kernels.random import restart, uniform

MAX_ENERGY_ERROR = 1000.0  # nats; beyond it a trajectory has left the level set (Stan's figure)
LARGEST_GAIN = 500.0  # nats above the unit of the weights, beyond which the unit follows

STOP = 8  # the subtree diverged or turned; no status of a density
ABORTED = place.ABORTED

Advance = Callable[[Pointer, Pointer, int, int, float], int]
Turns = Callable[[Pointer, Pointer, int, int, float], bool]


@native
def turns(r: Pointer, w: Pointer, first: int, last: int, sign: float) -> bool:
    """Whether the path from slot `first` to slot `last` turns back (see the module)."""
    n = at(w, place.PADDED)
    a, b = slot_at(r, n, first), slot_at(r, n, last)
    pa, pb = shift(a, n), shift(b, n)
    at_first, at_last = spread(0.0), spread(0.0)
    for i in range(0, n, place.LANES):
        difference = load(b, i) - load(a, i)
        at_first = at_first + difference * load(pa, i)
        at_last = at_last + difference * load(pb, i)
    # Written so that a NaN turns.
    return not (sign * total(at_first) > 0.0 and sign * total(at_last) > 0.0)


@native
def neighbours_turn(r: Pointer, w: Pointer, first: int, last: int, sign: float) -> bool:  # noqa: ARG001  # as `turns`
    """Whether the last leapfrog step turns back, by the products it left."""
    dots = place.TURN_DOTS
    return not (sign * at(r, dots) > 0.0 and sign * at(r, dots + 1) > 0.0)


@native
def blocks_turn(  # noqa: PLR0917  # kernels are called by position
    r: Pointer, w: Pointer, first: int, last: int, next_first: int, next_last: int, sign: float
) -> bool:
    """Whether two adjacent blocks of two leaves or more, joined, turn back; tested in one pass."""
    n = at(w, place.PADDED)
    a, b = slot_at(r, n, first), slot_at(r, n, last)
    c, d = slot_at(r, n, next_first), slot_at(r, n, next_last)
    pa, pb, pc, pd = shift(a, n), shift(b, n), shift(c, n), shift(d, n)
    whole_first, whole_last = spread(0.0), spread(0.0)
    first_first, first_last = spread(0.0), spread(0.0)
    last_first, last_last = spread(0.0), spread(0.0)
    for i in range(0, n, place.LANES):
        xa, xd, at_a, at_d = load(a, i), load(d, i), load(pa, i), load(pd, i)
        difference = xd - xa
        whole_first = whole_first + difference * at_a
        whole_last = whole_last + difference * at_d
        difference = load(c, i) - xa
        first_first = first_first + difference * at_a
        first_last = first_last + difference * load(pc, i)
        difference = xd - load(b, i)
        last_first = last_first + difference * load(pb, i)
        last_last = last_last + difference * at_d
    return not (
        sign * total(whole_first) > 0.0
        and sign * total(whole_last) > 0.0
        and sign * total(first_first) > 0.0
        and sign * total(first_last) > 0.0
        and sign * total(last_first) > 0.0
        and sign * total(last_last) > 0.0
    )


@native
def weigh(r: Pointer, w: Pointer, gain: float) -> float:
    """Weight of a leaf, exp(H0 - H) in units of the reference; counts its acceptance."""
    decay = math.exp(-abs(gain))
    put(r, place.ACCEPTANCE, at(r, place.ACCEPTANCE) + (decay if gain < 0.0 else 1.0))
    if at(w, place.ITERATION) < at(w, place.WARMUP):
        # 2 min(1, e^gain) / (1 + e^gain), the same for a gain and a loss.
        put(r, place.SYMMETRIC, at(r, place.SYMMETRIC) + 2.0 * decay / (1.0 + decay))
        put(r, place.WORST, min(at(r, place.WORST), gain))
    reference = at(r, place.REFERENCE)
    if gain > reference + LARGEST_GAIN:
        # The unit follows the largest weight met, so nothing overflows on the way downhill.
        rescale = math.exp(reference - gain)
        put(r, place.TREE_WEIGHT, at(r, place.TREE_WEIGHT) * rescale)
        put(r, place.SUBTREE_WEIGHT, at(r, place.SUBTREE_WEIGHT) * rescale)
        put(r, place.REFERENCE, gain)
        return 1.0
    if reference != 0.0:
        return math.exp(gain - reference)
    return decay if gain < 0.0 else 1.0 / decay


@native
def choose(r: Pointer, w: Pointer, slot: int, weight: float, energy: float) -> None:
    """Keep a leaf as its subtree's proposal with probability weight / weight so far."""
    before = at(r, place.SUBTREE_WEIGHT)
    after = before + weight
    put(r, place.SUBTREE_WEIGHT, after)
    put(r, place.SLOT_LOG_DENSITY + slot, at(r, place.LEAF_LOG_DENSITY))
    put(r, place.SLOT_ENERGY + slot, energy)
    number = 0.0 if before == 0.0 else uniform(r, w)
    # Without branches: whether a leaf is taken could not be foreseen.
    taken = int(number * after <= weight)
    old = at(w, place.SUBTREE_PROPOSAL)
    put(w, place.SUBTREE_PROPOSAL, old + taken * (slot - old))
    put(w, place.CLAIMS + slot, at(w, place.CLAIMS + slot) + taken)
    left = at(w, place.CLAIMS + old) - taken
    put(w, place.CLAIMS + old, left)
    count = at(w, place.FREE_COUNT)
    put(w, place.FREE + count, old)
    put(w, place.FREE_COUNT, count + taken * int(left == 0))


@native
def accept_subtree(r: Pointer, w: Pointer) -> None:
    """Take the subtree's proposal with probability min(1, its weight / the tree's weight)."""
    weight, subtree_weight = at(r, place.TREE_WEIGHT), at(r, place.SUBTREE_WEIGHT)
    if uniform(r, w) * weight < subtree_weight:
        release(w, at(w, place.PROPOSAL))
        put(w, place.PROPOSAL, at(w, place.SUBTREE_PROPOSAL))
    else:
        release(w, at(w, place.SUBTREE_PROPOSAL))
    put(r, place.TREE_WEIGHT, weight + subtree_weight)


@native
def settle(r: Pointer, w: Pointer) -> None:
    """Make the proposal the current point."""
    slot = at(w, place.PROPOSAL)
    put(w, place.CURRENT, slot)
    put(r, place.LOG_DENSITY, at(r, place.SLOT_LOG_DENSITY + slot))
    put(r, place.ENERGY, at(r, place.SLOT_ENERGY + slot))


def merging(pair_turns: Turns) -> Any:
    """Make the turning test of two adjacent blocks of equal size from that of two leaves."""

    @native
    def merged_turns(  # noqa: PLR0917  # kernels are called by position
        r: Pointer, w: Pointer, first: int, last: int, next_first: int, next_last: int, sign: float
    ) -> bool:
        """Whether two adjacent blocks of equal size, joined, turn back."""
        if first == last:
            return pair_turns(r, w, first, next_last, sign)
        return blocks_turn(r, w, first, last, next_first, next_last, sign)

    return merged_turns


def joining(merged_turns: Any) -> Any:
    """Make what merges finished blocks."""

    @native
    def join(r: Pointer, w: Pointer, leaf: int, slot: int, sign: float) -> int:
        """Merge the blocks that leaf number `leaf` completes; STOP if one turns back."""
        first = slot
        level = 0
        while (leaf >> level) & 1:
            pending_first, pending_last = at(w, place.FIRST + level), at(w, place.LAST + level)
            if merged_turns(r, w, pending_first, pending_last, first, slot, sign):
                return STOP
            if pending_last != pending_first:
                release(w, pending_last)
            if first != slot:
                release(w, first)
            first = pending_first
            level += 1
        put(w, place.FIRST + level, first)
        put(w, place.LAST + level, slot)
        return 0

    return join


def extending(advance: Advance, join: Any) -> Any:
    """Make what builds a subtree."""

    @native
    def extend(r: Pointer, w: Pointer, depth: int, end: int, sign: float) -> int:
        """Build a subtree of 2^depth leaves beyond slot `end`: 0, STOP, MISSED or ABORTED."""
        step = sign * at(r, place.STEP_USED)
        put(r, place.SUBTREE_WEIGHT, 0.0)
        put(w, place.SUBTREE_PROPOSAL, place.NOBODY)
        source = end
        for leaf in range(1 << depth):
            slot = take_slot(w)
            status: int = advance(r, w, source, slot, step)
            if status == MISSED or status < 0:
                return status
            put(w, place.LEAVES, at(w, place.LEAVES) + 1)
            if status == STOP:
                return STOP
            energy = at(r, place.LEAF_KINETIC) - at(r, place.LEAF_LOG_DENSITY)
            gain = at(r, place.INITIAL_ENERGY) - energy
            # Written so that a NaN diverges; an infinite gain would be a log density of +inf.
            if status != 0 or not (gain >= -MAX_ENERGY_ERROR and gain < math.inf):
                put(w, place.DIVERGING, 1)
                return STOP
            choose(r, w, slot, weigh(r, w, gain), energy)
            if join(r, w, leaf, slot, sign) == STOP:
                return STOP
            source = slot
        put(w, place.SUBTREE_FIRST, at(w, place.FIRST + depth))
        put(w, place.SUBTREE_LAST, at(w, place.LAST + depth))
        return 0

    return extend


def doubling(extend: Any, merged_turns: Any) -> Any:
    """Make what doubles the tree."""

    @native
    def double(r: Pointer, w: Pointer, depth: int) -> int:
        """Double the tree in a random direction: 0, STOP, MISSED or ABORTED."""
        later = uniform(r, w) < 0.5
        sign = 1.0 if later else -1.0
        near, far = at(w, place.LATER), at(w, place.EARLIER)
        if not later:
            near, far = far, near
        status: int = extend(r, w, depth, near, sign)
        if status != 0:
            return status
        put(w, place.DEPTH, depth + 1)
        accept_subtree(r, w)
        first, last = at(w, place.SUBTREE_FIRST), at(w, place.SUBTREE_LAST)
        if merged_turns(r, w, far, near, first, last, sign):
            return STOP
        if near != far:
            release(w, near)
        if first != last:
            release(w, first)
        put(w, place.LATER if later else place.EARLIER, last)
        return 0

    return double


def transition_of(advance: Advance, pair_turns: Turns) -> Callable[[Pointer, Pointer], int]:
    """Make the transition whose leaves `advance` makes.

    `advance(r, w, source, target, step)` fills slot `target` and returns 0, or the status of the
    density where it is not 0, or `STOP` where the orbit cannot go on. `pair_turns` tests the leaf
    made last against the one before.
    """
    merged_turns = merging(pair_turns)
    double = doubling(extending(advance, joining(merged_turns)), merged_turns)

    @native
    def transition(r: Pointer, w: Pointer) -> int:
        """Replace the current point by the next draw; MISSED leaves the chain as it was."""
        restart(w)
        begin(r, w)
        put(w, place.EARLIER, at(w, place.CURRENT))
        put(w, place.LATER, at(w, place.CURRENT))
        put(r, place.REFERENCE, 0.0)
        put(r, place.TREE_WEIGHT, 1.0)
        step = at(r, place.STEP_SIZE)
        if at(r, place.JITTER) > 0.0:
            step *= 1.0 + at(r, place.JITTER) * (2.0 * uniform(r, w) - 1.0)
        put(r, place.STEP_USED, step)
        for depth in range(at(w, place.MAX_DEPTH)):
            status: int = double(r, w, depth)
            if status == MISSED or status < 0:
                return status
            if status == STOP:
                break
        settle(r, w)
        return 0

    made: Callable[[Pointer, Pointer], int] = transition
    return made
