"""One transition of the no-U-turn sampler on a diagonal Euclidean metric.

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

from inference.kernels import layout as place
from inference.kernels.language import (
    Pointer,
    at,
    call_density,
    load,
    native,
    point_at,
    put,
    shift,
    slot_at,
    spread,
    store,
    total,
    vector,
)
from inference.kernels.random import normals, restart, uniform

MAX_ENERGY_ERROR = 1000.0  # nats; beyond it a trajectory has left the level set (Stan's figure)

STOP = 1  # the subtree diverged or turned
MISSED = place.GUARD_MISSED


@native
def copy(source: Pointer, target: Pointer, n: int) -> None:
    """Copy `n` doubles, whole vectors."""
    for i in range(0, n, place.LANES):
        store(target, i, load(source, i))


@native
def take_slot(w: Pointer) -> int:
    """A free slot."""
    count = at(w, place.FREE_COUNT) - 1
    put(w, place.FREE_COUNT, count)
    slot: int = at(w, place.FREE + count)
    return slot


@native
def release(w: Pointer, slot: int) -> None:
    """Give a slot back."""
    count = at(w, place.FREE_COUNT)
    put(w, place.FREE + count, slot)
    put(w, place.FREE_COUNT, count + 1)


@native
def begin(r: Pointer, w: Pointer) -> None:
    """Draw a momentum at the current point, in slot 0; every other slot is free."""
    n = at(w, place.PADDED)
    point = point_at(r, n, at(w, place.CURRENT))
    start = slot_at(r, n, 0)
    momentum = shift(start, n)
    copy(point, start, n)
    copy(shift(point, n), shift(momentum, n), n)
    scale, variance = vector(r, n, place.INVERSE_SCALE), vector(r, n, place.VARIANCE)
    normals(w, momentum, slot_at(r, n, 1), n)
    squares = spread(0.0)
    for i in range(0, n, place.LANES):
        # The scale of the padding is 0: its momentum and its energy vanish.
        p = load(scale, i) * load(momentum, i)
        store(momentum, i, p)
        squares = squares + load(variance, i) * p * p
    put(r, place.INITIAL_ENERGY, 0.5 * total(squares) - at(r, place.LOG_DENSITY))
    count = 2 * at(w, place.MAX_DEPTH) + 5
    for slot in range(count):
        put(w, place.FREE + slot, slot + 1)
    put(w, place.FREE_COUNT, count)


@native
def leapfrog(r: Pointer, w: Pointer, source: int, target: int, step: float) -> int:
    """One step from slot to slot; status of the density, kinetic energy and lp left in `r`."""
    n = at(w, place.PADDED)
    x, new_x = slot_at(r, n, source), slot_at(r, n, target)
    p, new_p = shift(x, n), shift(new_x, n)
    gradient, new_gradient = shift(p, n), shift(new_p, n)
    variance = vector(r, n, place.VARIANCE)
    half, whole = spread(0.5 * step), spread(step)
    for i in range(0, n, place.LANES):
        momentum = load(p, i) + half * load(gradient, i)
        store(new_p, i, momentum)
        store(new_x, i, load(x, i) + whole * (load(variance, i) * momentum))
    put(w, place.LEAF, target)
    status: int = call_density(
        at(w, place.DENSITY),
        new_x,
        shift(r, place.LEAF_LOG_DENSITY),
        new_gradient,
        at(w, place.DATA),
        at(w, place.WORKSPACE),
    )
    squares = spread(0.0)
    for i in range(0, n, place.LANES):
        momentum = load(new_p, i) + half * load(new_gradient, i)
        store(new_p, i, momentum)
        squares = squares + load(variance, i) * momentum * momentum
    put(r, place.LEAF_KINETIC, 0.5 * total(squares))
    return status


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
def merge_turns(  # noqa: PLR0917  # kernels are called by position
    r: Pointer, w: Pointer, first: int, last: int, next_first: int, next_last: int, sign: float
) -> bool:
    """Whether two adjacent blocks of equal size, joined, turn back."""
    if turns(r, w, first, next_last, sign):
        return True
    if first == last:
        return False
    return turns(r, w, first, next_first, sign) or turns(r, w, last, next_last, sign)


@native
def weigh(r: Pointer, gain: float) -> float:
    """Weight of a leaf, exp(H0 - H) in units of the reference; counts its acceptance."""
    reference = at(r, place.REFERENCE)
    if gain > reference:
        # The unit follows the largest weight met, so nothing overflows on the way downhill.
        rescale = math.exp(reference - gain)
        put(r, place.TREE_WEIGHT, at(r, place.TREE_WEIGHT) * rescale)
        put(r, place.SUBTREE_WEIGHT, at(r, place.SUBTREE_WEIGHT) * rescale)
        put(r, place.REFERENCE, gain)
        put(r, place.ACCEPTANCE, at(r, place.ACCEPTANCE) + 1.0)
        return 1.0
    weight = math.exp(gain - reference)
    accept = 1.0
    if gain < 0.0:
        accept = weight if reference == 0.0 else math.exp(gain)
    put(r, place.ACCEPTANCE, at(r, place.ACCEPTANCE) + accept)
    return weight


@native
def choose(r: Pointer, w: Pointer, slot: int, weight: float, energy: float) -> None:
    """Keep a leaf as its subtree's proposal with probability weight / weight so far."""
    before = at(r, place.SUBTREE_WEIGHT)
    after = before + weight
    put(r, place.SUBTREE_WEIGHT, after)
    if before == 0.0 or uniform(r, w) * after < weight:
        n = at(w, place.PADDED)
        leaf, point = slot_at(r, n, slot), point_at(r, n, at(w, place.SPARE))
        copy(leaf, point, n)
        copy(shift(leaf, 2 * n), shift(point, n), n)
        put(r, place.SUBTREE_LOG_DENSITY, at(r, place.LEAF_LOG_DENSITY))
        put(r, place.SUBTREE_ENERGY, energy)


@native
def join(r: Pointer, w: Pointer, leaf: int, slot: int, sign: float) -> int:
    """Merge the blocks that leaf number `leaf` completes; STOP if one turns back."""
    first = slot
    level = 0
    while (leaf >> level) & 1:
        pending_first, pending_last = at(w, place.FIRST + level), at(w, place.LAST + level)
        if merge_turns(r, w, pending_first, pending_last, first, slot, sign):
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


@native
def extend(r: Pointer, w: Pointer, depth: int, end: int, sign: float) -> int:
    """Build a subtree of 2^depth leaves beyond slot `end`: 0, STOP or MISSED."""
    step = sign * at(r, place.STEP_SIZE)
    put(r, place.SUBTREE_WEIGHT, 0.0)
    source = end
    for leaf in range(1 << depth):
        slot = take_slot(w)
        status = leapfrog(r, w, source, slot, step)
        if status == MISSED:
            return MISSED
        put(w, place.STEPS, at(w, place.STEPS) + 1)
        energy = at(r, place.LEAF_KINETIC) - at(r, place.LEAF_LOG_DENSITY)
        gain = at(r, place.INITIAL_ENERGY) - energy
        # Written so that a NaN diverges; an infinite gain would be a log density of +inf.
        if status != 0 or not (gain >= -MAX_ENERGY_ERROR and gain < math.inf):
            put(w, place.DIVERGING, 1)
            return STOP
        choose(r, w, slot, weigh(r, gain), energy)
        if join(r, w, leaf, slot, sign) == STOP:
            return STOP
        source = slot
    put(w, place.SUBTREE_FIRST, at(w, place.FIRST + depth))
    put(w, place.SUBTREE_LAST, at(w, place.LAST + depth))
    return 0


@native
def accept_subtree(r: Pointer, w: Pointer) -> None:
    """Take the subtree's proposal with probability min(1, its weight / the tree's weight)."""
    weight, subtree_weight = at(r, place.TREE_WEIGHT), at(r, place.SUBTREE_WEIGHT)
    if uniform(r, w) * weight < subtree_weight:
        taken, left = at(w, place.SPARE), at(w, place.PROPOSAL)
        put(w, place.PROPOSAL, taken)
        # The current point stays untouched until the transition is complete.
        put(w, place.SPARE, left if left != at(w, place.CURRENT) else 3 - taken - left)
        put(r, place.TREE_LOG_DENSITY, at(r, place.SUBTREE_LOG_DENSITY))
        put(r, place.TREE_ENERGY, at(r, place.SUBTREE_ENERGY))
    put(r, place.TREE_WEIGHT, weight + subtree_weight)


@native
def double(r: Pointer, w: Pointer, depth: int) -> int:
    """Double the tree in a random direction: 0, STOP or MISSED."""
    later = uniform(r, w) < 0.5
    sign = 1.0 if later else -1.0
    near, far = at(w, place.LATER), at(w, place.EARLIER)
    if not later:
        near, far = far, near
    status = extend(r, w, depth, near, sign)
    if status != 0:
        return status
    put(w, place.DEPTH, depth + 1)
    accept_subtree(r, w)
    first, last = at(w, place.SUBTREE_FIRST), at(w, place.SUBTREE_LAST)
    if merge_turns(r, w, far, near, first, last, sign):
        return STOP
    if near != far:
        release(w, near)
    if first != last:
        release(w, first)
    put(w, place.LATER if later else place.EARLIER, last)
    return 0


@native
def transition(r: Pointer, w: Pointer) -> int:
    """Replace the current point by the next draw; MISSED leaves the chain as it was."""
    restart(w)
    begin(r, w)
    current = at(w, place.CURRENT)
    put(w, place.PROPOSAL, current)
    put(w, place.SPARE, (current + 1) % 3)
    put(w, place.EARLIER, 0)
    put(w, place.LATER, 0)
    put(w, place.STEPS, 0)
    put(w, place.DEPTH, 0)
    put(w, place.DIVERGING, 0)
    put(r, place.REFERENCE, 0.0)
    put(r, place.TREE_WEIGHT, 1.0)
    put(r, place.ACCEPTANCE, 0.0)
    put(r, place.TREE_LOG_DENSITY, at(r, place.LOG_DENSITY))
    put(r, place.TREE_ENERGY, at(r, place.INITIAL_ENERGY))
    for depth in range(at(w, place.MAX_DEPTH)):
        status = double(r, w, depth)
        if status == MISSED:
            return MISSED
        if status == STOP:
            break
    put(w, place.CURRENT, at(w, place.PROPOSAL))
    put(r, place.LOG_DENSITY, at(r, place.TREE_LOG_DENSITY))
    return 0
