"""Paths of a density's code that chains find missing."""

import threading

import numpy as np
from numpy.typing import NDArray

from inference.density import Density, NativeDensity
from inference.errors import InferenceTypeError


class Paths:
    """Adds to the density what a guard missed, one thread at a time."""

    def __init__(self, density: Density) -> None:
        self._density = density
        self._lock = threading.Lock()

    def add(
        self, used: NativeDensity, x: NDArray[np.float64], workspace: NDArray[np.uint8]
    ) -> None:
        """Add the path that `used`, the code called at `x`, reported in `workspace`."""
        missed = getattr(self._density, "missed", None)
        if missed is None:
            raise InferenceTypeError(
                "inference: density.missed must exist when its native function returns status 2,"
                f" got {type(self._density).__name__} without it. Add `missed(x, workspace)`, or"
                " return 0, 1 or 3."
            )
        with self._lock:
            # Another chain may have added the same path meanwhile; the repetition will tell.
            present = self._density.native
            if (present.address, present.data) == (used.address, used.data):
                missed(x, workspace)
