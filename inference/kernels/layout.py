"""Places in the two buffers of a chain, shared by the kernels and the code that fills them.

`reals` holds scalars, then arrays of `padded` doubles each (`padded` is the dimension rounded up
to whole vectors; the padding stays zero, so vector loops need no remainder). `words` holds 64-bit
integers: sizes, addresses, counters and the slot lists of the tree.
"""

LANES = 4
"""Doubles a vector; part of the definition of every sum, on every CPU."""

# --- reals: scalars
STEP_SIZE = 0  # of the coming transition
LOG_DENSITY = 1  # at the current point
INITIAL_ENERGY = 2
REFERENCE = 3  # log of the unit in which the weights below are counted
TREE_WEIGHT = 4
SUBTREE_WEIGHT = 5
ACCEPTANCE = 6  # sums over the leaves: of the acceptance, and of the symmetric statistic
SYMMETRIC = 7
ENERGY = 8  # of the current point when it was chosen
LEAF_LOG_DENSITY = 9
LEAF_KINETIC = 10
TARGET_ACCEPT = 11
AVERAGING_CENTRE = 12  # dual averaging: mu, sum of errors, averaged log step
AVERAGING_ERROR = 13
AVERAGING_LOG_STEP = 14
JITTER = 15  # steps are uniform within this fraction around the step size
STEP_USED = 16  # of the transition under way
TRAJECTORY = 17  # static HMC: integration time
TOLERANCE = 18  # WALNUTS: largest range of energies within a macro step, nats
COARSE = 19  # WALNUTS: sum over the leaves of the coarsest attempts' acceptance
TURN_DOTS = 20  # products of the turning test between the last two leaves
SPREAD = 22  # WALNUTS: range of energies of the last attempt
WORST = 23  # least gain of energy H0 - H among the leaves of a warmup transition, at most 0
SLOT_LOG_DENSITY = 24  # by slot
SLOT_ENERGY = 80
LOSS_RATE = 136  # share of late transitions that lost much, with forgetting
SCALARS = 144

# --- reals: arrays, in units of `padded` after the scalars
VARIANCE = 0  # inverse metric
INVERSE_SCALE = 1  # 1 / sqrt(variance)
FOREGROUND = 2  # running means and sums of squares, of positions and of gradients
BACKGROUND = 6
WINDOW_ARRAYS = 4
SLOTS = 10  # states (position, momentum, gradient)
SLOT_ARRAYS = 3

# --- words
DIMENSION = 0
PADDED = 1
DENSITY = 2  # addresses: function, pointer table, workspace
DATA = 3
WORKSPACE = 4
SEED = 5
CHAIN = 6
ITERATION = 7  # transitions made, warmup included
WARMUP = 8
DRAWS = 9
MAX_DEPTH = 10
CURRENT = 11  # slot of the current point
PROPOSAL = 12  # slots of the tree's and of the subtree's proposal
SUBTREE_PROPOSAL = 13
SEARCH = 14  # 1: find a step size before the next transition
AVERAGING_COUNT = 15
FOREGROUND_COUNT = 16
PURPOSE = 17  # random stream: 0 transitions, 1 step size search, 2 initial points
BLOCK = 18
NEXT = 19  # of the stock of uniform numbers
UNIFORMS = 20  # where that stock begins in the reals
STOCKED = 21  # end of the stock
STEPS = 22  # gradients of the transition
DIVERGING = 23
DEPTH = 24
EARLIER = 25  # slots at the tree's two ends
LATER = 26
FREE_COUNT = 27  # slots given back
LEAF = 28  # slot evaluated last
SUBTREE_FIRST = 29
SUBTREE_LAST = 30
SCHEDULE = 31  # addresses of the outputs
DRAWS_OUT = 32
STATISTICS_OUT = 33
BACKGROUND_COUNT = 34
LEAVES = 35  # what acceptance is averaged over
ESTIMATOR = 36  # of the diagonal metric
HISTORY = 37  # address of the rows (position, gradient) kept for other metrics, or 0
HISTORY_COUNT = 38
FOREGROUND_FIRST = 39  # first rows of the two windows
BACKGROUND_FIRST = 40
MAPPED = 41  # 1: DENSITY is `linear`, and the chain's coordinates are not x
SMALLEST_STEPS = 42  # WALNUTS: micro steps of the coarsest attempt
HALVINGS = 43  # WALNUTS: at most so many
MOVED = 44  # whether the last transition left its start
FRESH = 45  # first slot not used yet in this transition, unless it is the current one
FIRST = 48  # slots at the ends of the pending block of each level
LAST = 72
FREE = 96
CLAIMS = 152  # how many uses each slot has
WORDS = 208

ADDRESSES = (DENSITY, DATA, WORKSPACE, SCHEDULE, DRAWS_OUT, STATISTICS_OUT, HISTORY)

MOST_HALVINGS = 10
"""Of a macro step of WALNUTS: 1,024 leapfrog steps at most."""

NOBODY = 54
"""Slot that no state is in: the proposal of a subtree without leaves; never free."""

STOCK = 16
"""Uniform numbers made at once; a multiple of 8."""

DEPTH_LIMIT = 20

# --- statistics, one row of eight a transition
STATISTICS = (
    "lp",
    "acceptance_rate",
    "step_size",
    "tree_depth",
    "n_steps",
    "diverging",
    "energy",
)
ROW = 8

# --- what a warmup transition does besides adapting the step size; flags
STEP_ONLY = 0
COLLECT = 1  # its draw counts for the metric
SWITCH = 2  # the background window becomes the foreground, and a new one begins
UPDATE = 4  # the diagonal metric is estimated from the foreground
SEARCH_STEP = 8  # a step size is looked for anew
LATE = 16  # the step size follows the symmetric statistic
ASK = 32  # return, so that another metric can be estimated
FLAGS = 64

# --- estimators of the diagonal metric
FISHER = 0
STAN = 1
NONE = 2

# --- what a batch returns
FINISHED = 0
GUARD_MISSED = 2
STEP_SIZE_VANISHED = 4
STEP_SIZE_DIVERGED = 5
METRIC_NOT_FINITE = 6
METRIC_DUE = 7
ABORTED = -1


def padded(dimension: int) -> int:
    """Doubles set aside for a vector of `dimension`."""
    return -(-dimension // LANES) * LANES


def slots(max_depth: int) -> int:
    """States alive at once.

    Two a pending level, two of the new block, two ends, two proposals, the current point, and two
    for the steps under way.
    """
    return 2 * max_depth + 10


def uniforms(dimension: int, max_depth: int) -> int:
    """Where the stock of random numbers begins in the reals."""
    return SCALARS + padded(dimension) * (SLOTS + SLOT_ARRAYS * slots(max_depth))


def reals(dimension: int, max_depth: int) -> int:
    """Length of the buffer of reals: scalars, arrays, random numbers.

    Those are uniform numbers, normal deviates, and a list of the deviates in the tails.
    """
    numbers = -(-padded(dimension) // 8) * 8
    return uniforms(dimension, max_depth) + 3 * numbers + STOCK
