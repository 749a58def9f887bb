"""What a chain learns during warmup: a step size and a diagonal metric.

Dual averaging as in M. D. Hoffman and A. Gelman (2014), JMLR 15, 1593-1623, section 3.2, with
gamma 0.05, t0 10, kappa 0.75; the metric is the variance of the draws of a window, shrunk as Stan
does it, and each window's end looks for a reasonable step size anew. Which transition belongs to
which window is decided outside (`inference.warmup`).
"""

import math

from inference.kernels import layout as place
from inference.kernels.language import Pointer, at, native, point_at, put, vector
from inference.kernels.random import restart
from inference.kernels.trajectory import MISSED, begin, leapfrog

GAMMA = 0.05
OFFSET = 10.0
KAPPA = 0.75
CENTRE = 10.0  # steps are pulled towards ten times the first guess, to err on the cheap side

SEARCH_ACCEPT = 0.8
LARGEST_STEP = 1e7
SHRINKAGE = 5.0  # a window of n draws counts n, the prior guess 1e-3 counts 5 (Stan)
SHRINK_TO = 1e-3


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
    """H0 - H over one step with a fresh momentum; NaN where a guard is missed."""
    begin(r, w)
    start = at(w, place.EARLIER)  # not a literal, for which Numba would compile another leapfrog
    status = leapfrog(r, w, start, start + 1, step)
    if status == MISSED:
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
    put(w, place.EARLIER, 0)
    step = at(r, place.STEP_SIZE)
    gain = gain_of_step(r, w, step)
    grow = gain > math.log(SEARCH_ACCEPT)
    while True:
        if math.isnan(gain):
            return MISSED
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
def collect(r: Pointer, w: Pointer) -> None:
    """Add the current point to the window's running mean and squares (Welford 1962)."""
    count = at(w, place.WINDOW_COUNT) + 1
    put(w, place.WINDOW_COUNT, count)
    n = at(w, place.PADDED)
    x = point_at(r, n, at(w, place.CURRENT))
    mean, squares = vector(r, n, place.RUNNING_MEAN), vector(r, n, place.RUNNING_SQUARES)
    for i in range(at(w, place.DIMENSION)):
        difference = at(x, i) - at(mean, i)
        new_mean = at(mean, i) + difference / float(count)
        put(mean, i, new_mean)
        put(squares, i, at(squares, i) + difference * (at(x, i) - new_mean))


@native
def close_window(r: Pointer, w: Pointer) -> int:
    """Make the window's variance the metric and begin another window."""
    n = at(w, place.PADDED)
    variance, scale = vector(r, n, place.VARIANCE), vector(r, n, place.INVERSE_SCALE)
    mean, squares = vector(r, n, place.RUNNING_MEAN), vector(r, n, place.RUNNING_SQUARES)
    count = float(at(w, place.WINDOW_COUNT))
    for i in range(at(w, place.DIMENSION)):
        shrunk = count * (at(squares, i) / (count - 1.0)) + SHRINKAGE * SHRINK_TO
        shrunk /= count + SHRINKAGE
        if not shrunk < math.inf:
            return place.METRIC_NOT_FINITE
        put(variance, i, shrunk)
        put(scale, i, 1.0 / math.sqrt(shrunk))
        put(mean, i, 0.0)
        put(squares, i, 0.0)
    put(w, place.WINDOW_COUNT, 0)
    put(w, place.SEARCH, 1)
    return 0
