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
ACCEPTANCE = 6  # sum over the leaves
TREE_LOG_DENSITY = 7  # of the tree's proposal
TREE_ENERGY = 8
SUBTREE_LOG_DENSITY = 9
SUBTREE_ENERGY = 10
LEAF_LOG_DENSITY = 11
LEAF_KINETIC = 12
TARGET_ACCEPT = 13
AVERAGING_CENTRE = 14  # dual averaging: mu, sum of errors, averaged log step
AVERAGING_ERROR = 15
AVERAGING_LOG_STEP = 16
UNIFORMS = 24  # a stock of random numbers
STOCK = 8
SCALARS = 32

# --- reals: arrays, in units of `padded` after the scalars
VARIANCE = 0  # inverse metric
INVERSE_SCALE = 1  # 1 / sqrt(variance)
RUNNING_MEAN = 2
RUNNING_SQUARES = 3
POINTS = 4  # three points (position, gradient): current, proposal, spare
SLOTS = 10  # tree states (position, momentum, gradient)
POINT_ARRAYS = 2
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
CURRENT = 11  # which of the three points
PROPOSAL = 12
SPARE = 13
SEARCH = 14  # 1: find a step size before the next transition
AVERAGING_COUNT = 15
WINDOW_COUNT = 16
PURPOSE = 17  # random stream: 0 transitions, 1 step size search, 2 initial points
BLOCK = 18
NEXT = 19  # of the stock of uniform numbers
STEPS = 22
DIVERGING = 23
DEPTH = 24
EARLIER = 25  # slots at the tree's two ends
LATER = 26
FREE_COUNT = 27
LEAF = 28  # slot of the leaf evaluated last
SUBTREE_FIRST = 29
SUBTREE_LAST = 30
SCHEDULE = 31  # addresses of the outputs
DRAWS_OUT = 32
STATISTICS_OUT = 33
FIRST = 40  # slots at the ends of the pending block of each level
LAST = 64
FREE = 88
WORDS = 160

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

# --- what a warmup transition does besides adapting the step size
STEP_ONLY = 0
COLLECT = 1
CLOSE_WINDOW = 2

# --- what a batch returns
FINISHED = 0
GUARD_MISSED = 2
STEP_SIZE_VANISHED = 4
STEP_SIZE_DIVERGED = 5
METRIC_NOT_FINITE = 6


def padded(dimension: int) -> int:
    """Doubles set aside for a vector of `dimension`."""
    return -(-dimension // LANES) * LANES


def slots(max_depth: int) -> int:
    """Tree states alive at once: two a pending level, two of the new block, two ends, the next."""
    return 2 * max_depth + 6


def reals(dimension: int, max_depth: int) -> int:
    """Length of the buffer of reals."""
    return SCALARS + padded(dimension) * (SLOTS + SLOT_ARRAYS * slots(max_depth))
