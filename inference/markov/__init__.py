"""Markov kernels that need no gradient, each a `Kernel(init, step)` in a file of its own.

They run in Python, one chain after the other: for densities without gradients, for reference, and
as a pattern for kernels of one's own (docs/adding.md). `inference.nuts` is faster by far where
there is a gradient.
"""

from inference.markov.elliptical import elliptical_slice
from inference.markov.ensemble import stretch
from inference.markov.kernel import Kernel, State
from inference.markov.metropolis import random_walk
from inference.markov.run import sample
from inference.markov.slices import coordinate_slice

__all__ = [
    "Kernel",
    "State",
    "coordinate_slice",
    "elliptical_slice",
    "random_walk",
    "sample",
    "stretch",
]
