"""One chain: its buffers, and the steps Python takes with them between native batches."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference import density as densities
from inference import native, warmup
from inference.density import Density, NativeDensity
from inference.errors import AdaptationError, InferenceTypeError
from inference.kernels import layout


@dataclass(frozen=True)
class Settings:
    """What all chains of a run share; checked by `inference.nuts`."""

    draws: int
    warmup: int
    seed: int
    target_accept: float
    max_tree_depth: int


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


class Records:
    """What the chains of a run leave, side by side, so that nothing is copied at the end.

    Attributes
    ----------
    draws : array, shape (chains, draws, dimension)
    statistics : array, shape (chains, warmup + draws, 8)
    """

    def __init__(self, chains: int, settings: Settings, dimension: int, first: int = 0) -> None:
        self._first = first
        self.draws = np.zeros((chains, settings.draws, dimension))
        self.statistics = np.zeros((chains, settings.warmup + settings.draws, layout.ROW))

    def of_chain(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where a chain writes its draws and its statistics."""
        place = number - self._first
        return self.draws[place], self.statistics[place]


class Chain:
    """State of a chain.

    Parameters
    ----------
    density : Density
    settings : Settings
    number : int
        Position among the chains, from 0; names the stream of random numbers.

    Attributes
    ----------
    draws : array, shape (draws, dimension)
        Unconstrained; rows from `drawn` on are not written yet.
    statistics : array, shape (warmup + draws, 8)
        One row a transition, columns `layout.STATISTICS`.
    """

    def __init__(
        self, density: Density, settings: Settings, number: int, records: "Records | None" = None
    ) -> None:
        dimension = density.dimension
        records = records or Records(1, settings, dimension, first=number)
        self.density = density
        self.settings = settings
        self.number = number
        self.draws, self.statistics = records.of_chain(number)
        self._schedule = warmup.schedule(settings.warmup)
        self._padded = layout.padded(dimension)
        # Aligned, so that no vector lies across two cache lines.
        size = layout.reals(dimension, settings.max_tree_depth)
        self._reals = densities.aligned(8 * size).view(np.float64)
        self._words = densities.aligned(8 * layout.WORDS).view(np.int64)
        self._reals[layout.STEP_SIZE] = 1.0
        self._reals[layout.TARGET_ACCEPT] = settings.target_accept
        self._array(layout.VARIANCE)[:dimension] = 1.0
        self._array(layout.INVERSE_SCALE)[:dimension] = 1.0
        words = self._words
        words[layout.DIMENSION] = dimension
        words[layout.PADDED] = self._padded
        words[layout.SEED] = np.uint64(settings.seed).astype(np.int64)
        words[layout.CHAIN] = number
        words[layout.WARMUP] = settings.warmup
        words[layout.DRAWS] = settings.draws
        words[layout.MAX_DEPTH] = settings.max_tree_depth
        words[layout.SEARCH] = 1
        words[layout.SCHEDULE] = self._schedule.ctypes.data
        words[layout.DRAWS_OUT] = self.draws.ctypes.data
        words[layout.STATISTICS_OUT] = self.statistics.ctypes.data
        self._batch = native.kernel()
        self._addresses = self._reals.ctypes.data, words.ctypes.data
        self._connect()

    def _connect(self) -> None:
        """Point the kernel at the density's present machine code."""
        self._native = self.density.native  # kept: other threads may be running the older code
        self.workspace = densities.aligned(self._native.workspace_bytes)
        self._words[layout.DENSITY] = self._native.address
        self._words[layout.DATA] = self._native.data
        self._words[layout.WORKSPACE] = self.workspace.ctypes.data

    def _array(self, index: int) -> NDArray[np.float64]:
        start = layout.SCALARS + index * self._padded
        return self._reals[start : start + self._padded]

    @property
    def transitions(self) -> int:
        """Transitions made, warmup included."""
        return int(self._words[layout.ITERATION])

    @property
    def drawn(self) -> int:
        """Draws made after warmup."""
        return max(0, self.transitions - self.settings.warmup)

    @property
    def finished(self) -> bool:
        """Whether all draws are made."""
        return self.transitions >= self.settings.warmup + self.settings.draws

    @property
    def step_size(self) -> float:
        """Step size of the coming transition."""
        return float(self._reals[layout.STEP_SIZE])

    @property
    def variance(self) -> NDArray[np.float64]:
        """Diagonal of the inverse metric, shape (dimension,)."""
        return self._array(layout.VARIANCE)[: self.density.dimension].copy()

    @property
    def position(self) -> NDArray[np.float64]:
        """Current point, shape (dimension,)."""
        point = layout.POINTS + layout.POINT_ARRAYS * int(self._words[layout.CURRENT])
        return self._array(point)[: self.density.dimension].copy()

    def try_start(self, x: NDArray[np.float64], paths: Paths) -> bool:
        """Put the chain at `x` if the density and its gradient are finite there."""
        while True:
            status, lp, gradient = densities.evaluate(self._native, x, self.workspace)
            if status != densities.MISSED:
                break
            paths.add(self._native, x, self.workspace)
            self._connect()
        if status != densities.OK or not (np.isfinite(lp) and np.isfinite(gradient).all()):
            return False
        dimension = self.density.dimension
        self._array(layout.POINTS)[:dimension] = x
        self._array(layout.POINTS + 1)[:dimension] = gradient
        self._words[layout.CURRENT] = 0
        self._reals[layout.LOG_DENSITY] = lp
        return True

    def run(self, transitions: int, paths: Paths) -> None:
        """Make up to `transitions` transitions.

        Raises
        ------
        AdaptationError
            If no step size or metric can be found.
        """
        left = self.settings.warmup + self.settings.draws - self.transitions
        goal = self.transitions + min(transitions, left)
        while self.transitions < goal:
            status = self._batch(*self._addresses, goal - self.transitions)
            if status == layout.GUARD_MISSED:
                slot = layout.SLOTS + layout.SLOT_ARRAYS * int(self._words[layout.LEAF])
                x = self._array(slot)[: self.density.dimension].copy()
                paths.add(self._native, x, self.workspace)
                self._connect()
            elif status != layout.FINISHED:
                raise AdaptationError(self._complaint(status))

    def _complaint(self, status: int) -> str:
        where = f"inference.nuts: chain {self.number}, transition {self.transitions}"
        if status == layout.STEP_SIZE_DIVERGED:
            return (
                f"{where}: the step size must stay below 1e7, got {self.step_size:.3g} and growing."
                " The density is flat or unbounded in some direction: check that the posterior is"
                " proper (a parameter without a prior, data that do not inform it)."
            )
        if status == layout.STEP_SIZE_VANISHED:
            return (
                f"{where}: the step size must be positive, got 0: no step, however small, stays on"
                f" the density at this point. {diagnosis(self.density, self.position)}"
            )
        return (
            f"{where}: the variances of the draws must be finite, got an overflow. Check that the"
            " posterior is proper."
        )


def diagnosis(density: Density, x: NDArray[np.float64]) -> str:
    """What the density itself says is wrong at `x`, or its value there."""
    diagnose = getattr(density, "diagnose", None)
    if diagnose is not None:
        return str(diagnose(x))
    lp, gradient = density.logdensity_and_gradient(x)
    bad = int(np.size(gradient) - np.isfinite(gradient).sum())
    return (
        f"There the log density is {lp}, and {bad} of {np.size(gradient)} derivatives are not"
        " finite."
    )
