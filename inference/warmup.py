"""Which warmup transition does what.

`fisher`: a foreground window, from which the metric is estimated after every draw, and a background
window that replaces it when it is long enough; both as in nuts-rs (A. Seyboldt, 0.18), whose
constants these are but for those that say so. `stan`: step size only at both ends, and between them
windows of doubling length, each of which ends in a new metric (Stan Reference Manual, section on
HMC algorithm parameters, automatic tuning).
"""

import numpy as np
from numpy.typing import NDArray

from inference.kernels import layout

INITIAL = 75
FINAL = 50
FIRST_WINDOW = 25
SHORTEST = 20

EARLY = 0.3  # of warmup: short windows, while the chain finds the posterior
LAST = 0.15  # of warmup: the metric is fixed
EARLY_WINDOW = 10
MAIN_WINDOW = 80
GROWTH = 1.5
FIRST_UPDATE = 3
FIRST_ASK = 40  # ours: other metrics are estimated first after so many draws, then after twice, ...


def schedule(warmup: int, adaptation: str = "fisher") -> NDArray[np.int64]:
    """What each warmup transition does besides adapting the step size.

    Parameters
    ----------
    warmup : int
        Number of warmup transitions.
    adaptation : str
        "fisher" or "stan".

    Returns
    -------
    array of int, shape (warmup,)
        Flags of `inference.kernels.layout`.

    Examples
    --------
    >>> np.flatnonzero(schedule(1000, "stan") & layout.SWITCH)
    array([ 99, 149, 249, 449, 949])
    >>> np.flatnonzero(schedule(1000) & layout.SWITCH)[-4:]
    array([289, 299, 379, 499])
    """
    return _stan(warmup) if adaptation == "stan" else _fisher(warmup)


def _fisher(warmup: int) -> NDArray[np.int64]:
    actions = np.full(warmup, layout.STEP_ONLY, dtype=np.int64)
    if warmup < SHORTEST:
        return actions
    early, last = round(EARLY * warmup), warmup - round(LAST * warmup)
    actions[:last] = layout.COLLECT | layout.UPDATE
    # The first estimate of the scales changes what a reasonable step size is.
    actions[FIRST_UPDATE - 1] |= layout.SEARCH_STEP
    window, begin, final_switch = MAIN_WINDOW, 0, 0
    for made in range(1, last + 1):
        wanted = EARLY_WINDOW if made < early else window
        if made == early or (made - begin >= wanted and made + wanted <= last):
            actions[made - 1] |= layout.SWITCH
            begin = final_switch = made
            if made > early:
                window = round(GROWTH * window)
                actions[made - 1] |= layout.ASK
    actions[final_switch:] |= layout.LATE
    asked = FIRST_ASK
    while asked <= early:
        actions[asked - 1] |= layout.ASK
        asked *= 2
    actions[last - 1] |= layout.ASK
    return actions


def _stan(warmup: int) -> NDArray[np.int64]:
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
        actions[stop - 1] |= layout.SWITCH | layout.UPDATE | layout.SEARCH_STEP | layout.ASK
        start, window = stop, 2 * window
    return actions
