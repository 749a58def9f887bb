"""Where chains write their draws and statistics."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference.kernels import layout
from inference.settings import Settings


class Window(NamedTuple):
    """Where a chain writes what it makes: rows for its transitions from `begin` to `end`.

    Attributes
    ----------
    draws : array, shape (rows, dimension)
        The first row is that of the first transition after warmup from `begin` on.
    statistics : array, shape (rows, 8)
        One row a transition, from `begin` on.
    begin, end : int
        Transitions.
    divergences, steps : int
        Before `begin`: after warmup, and of all transitions.
    """

    draws: NDArray[np.float64]
    statistics: NDArray[np.float64]
    begin: int
    end: int
    divergences: int = 0
    steps: int = 0


class Records:
    """What the chains of a run leave, side by side, so that nothing is copied at the end.

    Attributes
    ----------
    draws : array, shape (chains, draws, dimension)
    statistics : array, shape (chains, warmup + draws, 8)
    """

    def __init__(self, chains: int, settings: Settings, dimension: int) -> None:
        self.draws = np.zeros((chains, settings.draws, dimension))
        self.statistics = np.zeros((chains, settings.warmup + settings.draws, layout.ROW))

    def window(self, place: int) -> Window:
        """Where the chain at a place writes, from beginning to end."""
        return Window(self.draws[place], self.statistics[place], 0, self.statistics.shape[1])
