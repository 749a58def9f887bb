"""Hamiltonian Monte Carlo with a fixed integration time and Metropolis acceptance.

S. Duane, A. D. Kennedy, B. J. Pendleton and D. Roweth (1987), Physics Letters B 195, 216-222. The
integration time is uniform around the one asked for (`JITTER`), so that no period of the target
can be hit (R. M. Neal 2011, MCMC using Hamiltonian dynamics, section 3.2).
"""

import math

from inference.kernels import layout as place
from inference.kernels.chain import run_of
from inference.kernels.language import Pointer, at, native, put
from inference.kernels.leapfrog import MISSED, begin, leapfrog, take_slot
from inference.kernels.random import restart, uniform
from inference.kernels.tree import MAX_ENERGY_ERROR, settle


@native
def transition(r: Pointer, w: Pointer) -> int:
    """Replace the current point by the next draw; MISSED leaves the chain as it was."""
    restart(w)
    begin(r, w)
    step = at(r, place.STEP_SIZE)
    put(r, place.STEP_USED, step)
    time = at(r, place.TRAJECTORY)
    time *= 1.0 + at(r, place.JITTER) * (2.0 * uniform(r, w) - 1.0)
    # Of the order of the deepest tree, for a step that has become tiny.
    steps = 1 + int(min(time / step, float(1 << at(w, place.MAX_DEPTH))))
    source, gain = at(w, place.CURRENT), -math.inf
    target, spare = take_slot(w), take_slot(w)
    put(w, place.LEAVES, 1)
    for _ in range(steps):
        status = leapfrog(r, w, source, target, step)
        if status == MISSED or status < 0:
            return status
        energy = at(r, place.LEAF_KINETIC) - at(r, place.LEAF_LOG_DENSITY)
        gain = at(r, place.INITIAL_ENERGY) - energy
        if status != 0 or not (gain >= -MAX_ENERGY_ERROR and gain < math.inf):
            put(w, place.DIVERGING, 1)
            settle(r, w)
            return 0
        put(r, place.SLOT_ENERGY + target, energy)
        put(r, place.SLOT_LOG_DENSITY + target, at(r, place.LEAF_LOG_DENSITY))
        source, target, spare = target, spare, target
    decay = math.exp(-abs(gain))
    accept = decay if gain < 0.0 else 1.0
    put(r, place.ACCEPTANCE, accept)
    put(r, place.SYMMETRIC, 2.0 * decay / (1.0 + decay))
    if uniform(r, w) < accept:
        put(w, place.PROPOSAL, source)
    settle(r, w)
    return 0


run = run_of(transition)
