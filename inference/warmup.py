"""Which warmup transition does what: the windows of Stan.

Step size only at both ends, and between them windows of doubling length, each of which ends in a
new metric (Stan Reference Manual, section on HMC algorithm parameters, automatic tuning).
"""

import numpy as np
from numpy.typing import NDArray

from inference.kernels import layout

INITIAL = 75
FINAL = 50
FIRST_WINDOW = 25
SHORTEST = 20


def schedule(warmup: int) -> NDArray[np.int64]:
    """What each warmup transition does besides adapting the step size.

    Parameters
    ----------
    warmup : int
        Number of warmup transitions. Below 20 only the step size is adapted; where the usual
        75 + 25 + 50 do not fit, 15% and 10% are set aside at the two ends.

    Returns
    -------
    array of int, shape (warmup,)
        `STEP_ONLY`, `COLLECT` or `CLOSE_WINDOW` of `inference.kernels.layout`.

    Examples
    --------
    >>> np.flatnonzero(schedule(1000) == layout.CLOSE_WINDOW)
    array([ 99, 149, 249, 449, 949])
    """
    actions = np.full(warmup, layout.STEP_ONLY, dtype=np.int64)
    if warmup < SHORTEST:
        return actions
    first, last, window = INITIAL, FINAL, FIRST_WINDOW
    if first + window + last > warmup:
        first, last = int(0.15 * warmup), int(0.1 * warmup)
        window = warmup - first - last
    end = warmup - last
    actions[first:end] = layout.COLLECT
    start = first
    while start < end:
        stop = start + window
        # A window after which the next, twice as long, would not fit takes all that is left.
        if stop + 2 * window > end:
            stop = end
        actions[stop - 1] = layout.CLOSE_WINDOW
        start, window = stop, 2 * window
    return actions
