"""Slots, momenta, and the leapfrog step on a diagonal Euclidean metric.

A state (position, momentum, gradient) lives in a slot of a pool; the current point, the ends of
blocks and the proposals are numbers of slots, so nothing is copied. A slot is free again when its
last use is over.

Steps are written for x with inverse metric V (`VARIANCE`). That is the whitened form
y = x / sqrt(V) with unit metric, term by term, with fewer operations. A dense or low-rank metric is
a density composed with an affine map, with V = 1 (`inference.kernels.linear`).
"""

from inference.kernels import layout as place
from inference.kernels.language import (
    Pointer,
    at,
    call_density,
    load,
    native,
    put,
    shift,
    slot_at,
    spread,
    store,
    total,
    vector,
)
from inference.kernels.random import normals

MISSED = place.GUARD_MISSED


@native
def take_slot(w: Pointer) -> int:
    """A free slot, with one use."""
    count = at(w, place.FREE_COUNT) - 1
    if count >= 0:
        put(w, place.FREE_COUNT, count)
        slot: int = at(w, place.FREE + count)
    else:
        slot = at(w, place.FRESH)
        if slot == at(w, place.CURRENT):
            slot += 1
        put(w, place.FRESH, slot + 1)
    put(w, place.CLAIMS + slot, 1)
    return slot


@native
def release(w: Pointer, slot: int) -> None:
    """End a use of a slot."""
    left = at(w, place.CLAIMS + slot) - 1
    put(w, place.CLAIMS + slot, left)
    if left == 0:
        count = at(w, place.FREE_COUNT)
        put(w, place.FREE + count, slot)
        put(w, place.FREE_COUNT, count + 1)


@native
def begin(r: Pointer, w: Pointer) -> None:
    """Draw a momentum at the current point; every other slot is free."""
    n = at(w, place.PADDED)
    current = at(w, place.CURRENT)
    momentum = shift(slot_at(r, n, current), n)
    scale, variance = vector(r, n, place.INVERSE_SCALE), vector(r, n, place.VARIANCE)
    deviates = shift(r, normals(r, w, n))
    squares = spread(0.0)
    for i in range(0, n, place.LANES):
        # The scale of the padding is 0: its momentum and its energy vanish.
        p = load(scale, i) * load(deviates, i)
        store(momentum, i, p)
        squares = squares + load(variance, i) * p * p
    energy = 0.5 * total(squares) - at(r, place.LOG_DENSITY)
    put(r, place.INITIAL_ENERGY, energy)
    put(r, place.SLOT_LOG_DENSITY + current, at(r, place.LOG_DENSITY))
    put(r, place.SLOT_ENERGY + current, energy)
    put(w, place.FREE_COUNT, 0)
    put(w, place.FRESH, 0)
    # Proposal, end of the tree, and the point to return to where a guard is missed.
    put(w, place.CLAIMS + current, 3)
    put(w, place.CLAIMS + place.NOBODY, 1 << 60)
    put(w, place.PROPOSAL, current)
    put(w, place.STEPS, 0)
    put(w, place.LEAVES, 0)
    put(w, place.DEPTH, 0)
    put(w, place.DIVERGING, 0)
    put(r, place.ACCEPTANCE, 0.0)
    put(r, place.SYMMETRIC, 0.0)
    put(r, place.COARSE, 0.0)
    put(r, place.WORST, 0.0)


@native
def leapfrog(r: Pointer, w: Pointer, source: int, target: int, step: float) -> int:
    """One step from slot to slot; status of the density, kinetic energy and lp left in `r`.

    With the products of the turning test between the two slots, which need no pass of their own.
    """
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
    put(w, place.STEPS, at(w, place.STEPS) + 1)
    status: int = call_density(
        at(w, place.DENSITY),
        new_x,
        shift(r, place.LEAF_LOG_DENSITY),
        new_gradient,
        at(w, place.DATA),
        at(w, place.WORKSPACE),
    )
    squares, at_first, at_last = spread(0.0), spread(0.0), spread(0.0)
    for i in range(0, n, place.LANES):
        difference = load(new_x, i) - load(x, i)
        momentum = load(new_p, i) + half * load(new_gradient, i)
        store(new_p, i, momentum)
        squares = squares + load(variance, i) * momentum * momentum
        at_first = at_first + difference * load(p, i)
        at_last = at_last + difference * momentum
    put(r, place.LEAF_KINETIC, 0.5 * total(squares))
    put(r, place.TURN_DOTS, total(at_first))
    put(r, place.TURN_DOTS + 1, total(at_last))
    return status
