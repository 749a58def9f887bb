"""What a chain learns during warmup: a step size and a diagonal metric.

Dual averaging as in M. D. Hoffman and A. Gelman (2014), JMLR 15, 1593-1623, section 3.2, with
gamma 0.05, t0 10, kappa 0.75. The diagonal metric minimises the Fisher divergence between the
whitened posterior and a standard normal, sigma_i^2 = sqrt(var x_i / var g_i) over draws and their
gradients (A. Seyboldt, E. Carlson and B. Carpenter 2026, arXiv:2603.18845), or is the shrunk
variance of a window's draws, as in Stan. Which transition does what is decided outside
(`inference.warmup`).
"""

import math

from inference.kernels import layout as place
from inference.kernels.language import (
    Pointer,
    at,
    native,
    put,
    reals_at,
    shift,
    slot_at,
    vector,
)
from inference.kernels.leapfrog import MISSED, begin, leapfrog, take_slot
from inference.kernels.random import restart

GAMMA = 0.05
OFFSET = 10.0
KAPPA = 0.75
CENTRE = 10.0  # steps are pulled towards ten times the first guess, to err on the cheap side

SEARCH_ACCEPT = 0.8
LARGEST_STEP = 1e7
SHRINKAGE = 5.0  # a window of n draws counts n, the prior guess 1e-3 counts 5 (Stan)
SHRINK_TO = 1e-3
LARGE_LOSS = 5.0  # nats
LOSS_COST = 20.0  # the target rises by 0.02 where one transition in a thousand loses as much
HIGHEST_TARGET = 0.9  # the bound matters where smaller steps do not help, as at a jump
SETTLED = 20  # transitions until the averaged step means something
MEMORY = 50.0  # transitions over which that share is averaged
FEWEST = 3  # draws for an estimate
LEAST_VARIANCE = 1e-20
MOST_VARIANCE = 1e20
DEEP = 3  # draws of a diverging tree count if it is this deep: it has left its start


@native
def restart_averaging(r: Pointer, w: Pointer) -> None:
    """Forget the acceptance statistics; start from the present step size."""
    put(r, place.AVERAGING_CENTRE, math.log(CENTRE * at(r, place.STEP_SIZE)))
    put(r, place.AVERAGING_ERROR, 0.0)
    put(r, place.AVERAGING_LOG_STEP, 0.0)
    put(w, place.AVERAGING_COUNT, 0)


@native
def average_step(r: Pointer, w: Pointer, acceptance: float) -> None:
    """One update of dual averaging."""
    count = at(w, place.AVERAGING_COUNT) + 1
    put(w, place.AVERAGING_COUNT, count)
    t = float(count)
    eta = 1.0 / (t + OFFSET)
    error = (1.0 - eta) * at(r, place.AVERAGING_ERROR)
    error += eta * (at(r, place.TARGET_ACCEPT) - acceptance)
    log_step = at(r, place.AVERAGING_CENTRE) - error * math.sqrt(t) / GAMMA
    eta = math.exp(-KAPPA * math.log(t))
    average = (1.0 - eta) * at(r, place.AVERAGING_LOG_STEP) + eta * log_step
    put(r, place.AVERAGING_ERROR, error)
    put(r, place.AVERAGING_LOG_STEP, average)
    put(r, place.STEP_SIZE, math.exp(log_step))


@native
def gain_of_step(r: Pointer, w: Pointer, step: float) -> float:
    """H0 - H over one step with a fresh momentum; NaN where the density could not be asked."""
    begin(r, w)
    status = leapfrog(r, w, at(w, place.CURRENT), take_slot(w), step)
    put(w, place.DIVERGING, status)
    if status == MISSED or status < 0:
        return math.nan
    gain: float = at(r, place.INITIAL_ENERGY) - at(r, place.LEAF_KINETIC)
    gain += at(r, place.LEAF_LOG_DENSITY)
    if status != 0 or not gain > -math.inf:
        return -math.inf
    return gain


@native
def find_step(r: Pointer, w: Pointer) -> int:
    """Double or halve the step until one leapfrog's acceptance crosses 0.8."""
    restart(w)
    step = at(r, place.STEP_SIZE)
    gain = gain_of_step(r, w, step)
    grow = gain > math.log(SEARCH_ACCEPT)
    while True:
        if math.isnan(gain):
            status: int = at(w, place.DIVERGING)
            return status
        if (gain > math.log(SEARCH_ACCEPT)) != grow:
            break
        step = step * 2.0 if grow else step * 0.5
        if step > LARGEST_STEP:
            return place.STEP_SIZE_DIVERGED
        if step == 0.0:
            return place.STEP_SIZE_VANISHED
        gain = gain_of_step(r, w, step)
    put(r, place.STEP_SIZE, step)
    put(w, place.SEARCH, 0)
    restart_averaging(r, w)
    return 0


@native
def add(r: Pointer, w: Pointer, first: int, count: int) -> None:
    """Add the current point, the `count`-th, to a window's running moments (Welford 1962)."""
    n = at(w, place.PADDED)
    mean = vector(r, n, first)
    squares = shift(mean, n)
    gradient_mean, gradient_squares = shift(squares, n), shift(squares, 2 * n)
    x = slot_at(r, n, at(w, place.CURRENT))
    gradient = shift(x, 2 * n)
    share = 1.0 / float(count)
    for i in range(at(w, place.DIMENSION)):
        difference = at(x, i) - at(mean, i)
        new_mean = at(mean, i) + difference * share
        put(mean, i, new_mean)
        put(squares, i, at(squares, i) + difference * (at(x, i) - new_mean))
        difference = at(gradient, i) - at(gradient_mean, i)
        new_mean = at(gradient_mean, i) + difference * share
        put(gradient_mean, i, new_mean)
        squared = difference * (at(gradient, i) - new_mean)
        put(gradient_squares, i, at(gradient_squares, i) + squared)


@native
def collect(r: Pointer, w: Pointer) -> None:
    """Add the current point to both windows, and to the rows kept for other metrics."""
    foreground, background = at(w, place.FOREGROUND_COUNT) + 1, at(w, place.BACKGROUND_COUNT) + 1
    put(w, place.FOREGROUND_COUNT, foreground)
    put(w, place.BACKGROUND_COUNT, background)
    add(r, w, place.FOREGROUND, foreground)
    add(r, w, place.BACKGROUND, background)
    address = at(w, place.HISTORY)
    if address != 0:
        d, n = at(w, place.DIMENSION), at(w, place.PADDED)
        row = reals_at(address + 16 * d * at(w, place.HISTORY_COUNT))
        x = slot_at(r, n, at(w, place.CURRENT))
        gradient = shift(x, 2 * n)
        for i in range(d):
            put(row, i, at(x, i))
            put(row, d + i, at(gradient, i))
        put(w, place.HISTORY_COUNT, at(w, place.HISTORY_COUNT) + 1)


@native
def switch(r: Pointer, w: Pointer) -> None:
    """Make the background window the foreground, and begin another."""
    n = at(w, place.PADDED)
    foreground, background = vector(r, n, place.FOREGROUND), vector(r, n, place.BACKGROUND)
    for i in range(place.WINDOW_ARRAYS * n):
        put(foreground, i, at(background, i))
        put(background, i, 0.0)
    put(w, place.FOREGROUND_COUNT, at(w, place.BACKGROUND_COUNT))
    put(w, place.BACKGROUND_COUNT, 0)
    put(w, place.FOREGROUND_FIRST, at(w, place.BACKGROUND_FIRST))
    put(w, place.BACKGROUND_FIRST, at(w, place.HISTORY_COUNT))


@native
def estimate(r: Pointer, w: Pointer) -> int:
    """Make the foreground's estimate the metric."""
    count = at(w, place.FOREGROUND_COUNT)
    if count < FEWEST:
        return 0
    n = at(w, place.PADDED)
    variance, scale = vector(r, n, place.VARIANCE), vector(r, n, place.INVERSE_SCALE)
    mean = vector(r, n, place.FOREGROUND)
    squares, gradient_squares = shift(mean, n), shift(mean, 3 * n)
    fisher = at(w, place.ESTIMATOR) == place.FISHER
    for i in range(at(w, place.DIMENSION)):
        if fisher:
            estimated = math.sqrt(at(squares, i) / at(gradient_squares, i))
            # What is no number, as for a coordinate that has not moved, leaves the metric as it is.
            if estimated > 0.0 and estimated < math.inf:
                estimated = min(max(estimated, LEAST_VARIANCE), MOST_VARIANCE)
            else:
                estimated = at(variance, i)
        else:
            estimated = at(squares, i) / float(count - 1) * float(count)
            estimated = (estimated + SHRINKAGE * SHRINK_TO) / (float(count) + SHRINKAGE)
            if not estimated < math.inf:
                return place.METRIC_NOT_FINITE
        put(variance, i, estimated)
        put(scale, i, 1.0 / math.sqrt(estimated))
    return 0


@native
def caution(r: Pointer, w: Pointer) -> float:
    """How much the target is raised where energies have a heavy tail, before steps diverge.

    On a posterior of one scale a leaf's energy stays within a few nats at any usual target.
    Where it does not, the step is near what some region of the posterior can bear, which the mean
    of the acceptance does not show (docs/decisions/0010).
    """
    rate = at(r, place.LOSS_RATE)
    # Trials of larger steps than the averaged one tell nothing of it.
    usual = math.log(at(r, place.STEP_SIZE)) <= at(r, place.AVERAGING_LOG_STEP)
    if usual and at(w, place.AVERAGING_COUNT) > SETTLED:
        lost = at(w, place.DIVERGING) == 1 or at(r, place.WORST) < -LARGE_LOSS
        rate += ((1.0 if lost else 0.0) - rate) / MEMORY
        put(r, place.LOSS_RATE, rate)
    room = HIGHEST_TARGET - at(r, place.TARGET_ACCEPT)
    raised: float = max(0.0, min(LOSS_COST * rate, room))
    return raised


@native
def adapt(r: Pointer, w: Pointer, action: int) -> int:
    """What a warmup transition leads to."""
    leaves = float(at(w, place.LEAVES))
    if at(w, place.SMALLEST_STEPS) > 0:
        average_step(r, w, at(r, place.COARSE) / leaves)
    elif action & place.LATE:
        average_step(r, w, at(r, place.SYMMETRIC) / leaves - caution(r, w))
    else:
        average_step(r, w, at(r, place.ACCEPTANCE) / leaves)
    if action & place.COLLECT:
        stan = at(w, place.ESTIMATOR) == place.STAN
        deep = at(w, place.DIVERGING) == 0 or at(w, place.DEPTH) >= DEEP
        # A point that was not left tells nothing new of the gradient.
        if stan or (at(w, place.MOVED) == 1 and deep):
            collect(r, w)
    if action & place.SWITCH:
        switch(r, w)
    if action & place.UPDATE and at(w, place.ESTIMATOR) != place.NONE:
        status = estimate(r, w)
        if status != 0:
            return status
    if action & place.SEARCH_STEP:
        put(w, place.SEARCH, 1)
    return 0
