"""The one form of a Markov kernel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
LogDensity: TypeAlias = Callable[[Array], float]


@dataclass(frozen=True)
class State:
    """Where a chain is.

    Attributes
    ----------
    position : array, shape (dimension,) or (walkers, dimension)
    logdensity : float or array, shape (walkers,)
        At the position, in nats; never NaN or +inf.
    memory : object
        What the kernel has learnt in warmup, in whatever form it likes.
    """

    position: Array
    logdensity: Any
    memory: Any = None


class Kernel(NamedTuple):
    """A Markov kernel.

    Attributes
    ----------
    init : callable
        `init(x, logdensity, rng)` gives the first `State`, from a point x, shape (dimension,), of
        finite log density.
    step : callable
        `step(state, logdensity, rng, adapting)` gives the next `State` and statistics by name, such
        as `{"acceptance_rate": 0.3}`. It must leave the density invariant whenever `adapting` is
        false; while it is true, in warmup, it may learn.

    `logdensity(x)` is in nats and -inf where the density has no number; `rng` is a NumPy generator,
    the only source of randomness.
    """

    init: Callable[[Array, LogDensity, np.random.Generator], State]
    step: Callable[[State, LogDensity, np.random.Generator, bool], tuple[State, dict[str, float]]]
