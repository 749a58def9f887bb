"""The state of a chain: its buffers, what they mean, and how they are kept and given back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import density as densities
from inference import metrics, native, warmup
from inference.density import Density, NativeDensity
from inference.kernels import layout
from inference.records import Records, Window
from inference.settings import Settings

EARLY_DEPTH = 6  # of trees until a metric is estimated for the first time


class _Table:
    """What the kernel `linear` is given in place of the density's table."""

    def __init__(self, map_: metrics.Affine, inner: NativeDensity, padded: int) -> None:
        dimension = len(map_.mean)

        def rows(array: NDArray[np.float64]) -> NDArray[np.float64]:
            filled = np.zeros((layout.padded(len(array)), padded))
            filled[: len(array), :dimension] = array
            return filled

        def row(array: NDArray[np.float64]) -> NDArray[np.float64]:
            filled = np.zeros(layout.padded(len(array)))
            filled[: len(array)] = array
            return filled

        matrix = map_.vectors if map_.factor is None else map_.factor
        self.x = np.zeros(padded)
        self._keep = [
            row(map_.mean),
            row(map_.scale),
            rows(matrix),
            row(map_.stretch - 1.0),
            self.x,
            np.zeros(padded),
            np.zeros(layout.LANES),
        ]
        rank = len(map_.vectors) if map_.factor is None else -1
        numbers = [inner.address, inner.data, dimension, padded, rank]
        self.words = np.array(
            [*numbers, *(array.ctypes.data for array in self._keep)], dtype=np.int64
        )


class State:
    """Where a chain is and what it has learnt: the two buffers of its kernel, and its map.

    Parameters
    ----------
    density : Density
    settings : Settings
    number : int
        From 0; names the stream of random numbers.
    window : Window, optional
        Where it writes what it makes.

    Attributes
    ----------
    before : int
        Transitions made by the chain whose state this one was given.
    """

    def __init__(
        self, density: Density, settings: Settings, number: int, window: Window | None = None
    ) -> None:
        dimension = density.dimension
        self.density = density
        self.settings = settings
        self.number = number
        self.window = window or Records(1, settings, dimension).window(0)
        self._schedule = warmup.schedule(settings.warmup, settings.adaptation)
        self.before = 0
        self._padded = layout.padded(dimension)
        # Aligned, so that no vector lies across two cache lines.
        size = layout.reals(dimension, settings.max_tree_depth)
        self._reals = densities.aligned(8 * size).view(np.float64)
        self._words = densities.aligned(8 * layout.WORDS).view(np.int64)
        self._map: metrics.Affine | None = None
        self._table: _Table | None = None
        kept = settings.warmup if settings.metric != "diagonal" else 0
        self._history = np.zeros((kept, 2, dimension))
        self._reals[layout.STEP_SIZE] = 1.0
        self._reals[layout.TARGET_ACCEPT] = settings.target_accept
        self._reals[layout.JITTER] = settings.jitter
        self._reals[layout.TRAJECTORY] = settings.trajectory_length
        self._reals[layout.TOLERANCE] = settings.tolerance
        self._array(layout.VARIANCE)[:dimension] = 1.0
        self._array(layout.INVERSE_SCALE)[:dimension] = 1.0
        words = self._words
        words[layout.DIMENSION] = dimension
        words[layout.PADDED] = self._padded
        words[layout.SEED] = np.uint64(settings.seed).astype(np.int64)
        words[layout.CHAIN] = number
        words[layout.WARMUP] = settings.warmup
        words[layout.DRAWS] = settings.draws
        words[layout.MAX_DEPTH] = self._first_depth()
        words[layout.UNIFORMS] = layout.uniforms(dimension, settings.max_tree_depth)
        words[layout.STOCKED] = words[layout.UNIFORMS]
        words[layout.SEARCH] = 1
        words[layout.ESTIMATOR] = layout.STAN if settings.adaptation == "stan" else layout.FISHER
        if settings.kernel == "walnuts":
            words[layout.SMALLEST_STEPS] = 1
            words[layout.HALVINGS] = layout.MOST_HALVINGS
        self._batch = native.kernel(settings.kernel)
        self._addresses = self._reals.ctypes.data, words.ctypes.data
        self._connect()

    def _first_depth(self) -> int:
        """Doublings allowed at first.

        Before anything is known of the scales, a long trajectory is no better than a short one.
        """
        settings = self.settings
        asks = bool((self._schedule & layout.ASK).any())
        early = settings.kernel == "nuts" and settings.adaptation == "fisher" and asks
        return min(settings.max_tree_depth, EARLY_DEPTH) if early else settings.max_tree_depth

    def _connect(self) -> None:
        """Write down where things are: the density's present machine code, and our own arrays."""
        self._native = self.density.native  # kept: other threads may be running the older code
        self.workspace = densities.aligned(max(64, self._native.workspace_bytes))
        words = self._words
        words[layout.DENSITY] = self._native.address
        words[layout.DATA] = self._native.data
        words[layout.WORKSPACE] = self.workspace.ctypes.data
        words[layout.SCHEDULE] = self._schedule.ctypes.data
        words[layout.HISTORY] = self._history.ctypes.data if self._history.size else 0
        self._point_to_window()
        words[layout.MAPPED] = int(self._map is not None)
        if self._map is not None:
            self._table = _Table(self._map, self._native, self._padded)
            words[layout.DENSITY] = native.address("linear")
            words[layout.DATA] = self._table.words.ctypes.data

    def _point_to_window(self) -> None:
        """Write down where the rows of draw 0 and of transition 0 would be."""
        window, words = self.window, self._words
        first = max(0, window.begin - self.settings.warmup)
        row = 8 * self.density.dimension
        words[layout.DRAWS_OUT] = window.draws.ctypes.data - row * first
        words[layout.STATISTICS_OUT] = window.statistics.ctypes.data - 8 * layout.ROW * window.begin

    def write_to(self, window: Window) -> None:
        """Write what comes into another window."""
        self.window = window
        self._point_to_window()

    @property
    def draws(self) -> NDArray[np.float64]:
        """Unconstrained draws of the window; rows that are not made yet are what they were."""
        return self.window.draws

    @property
    def statistics(self) -> NDArray[np.float64]:
        """Statistics of the window, columns `layout.STATISTICS`."""
        return self.window.statistics

    def counts(self) -> tuple[int, int]:
        """Divergences after warmup and leapfrog steps, so far; may be read while the chain runs."""
        window = self.window
        rows = window.statistics[: max(0, self.transitions - window.begin)]
        diverging = rows[max(0, self.settings.warmup - window.begin) :]
        return (
            window.divergences + int(diverging[:, layout.STATISTICS.index("diverging")].sum()),
            window.steps + int(rows[:, layout.STATISTICS.index("n_steps")].sum()),
        )

    def _array(self, index: int) -> NDArray[np.float64]:
        start = layout.SCALARS + index * self._padded
        return self._reals[start : start + self._padded]

    def _slot(self, slot: int) -> NDArray[np.float64]:
        """Position, momentum and gradient of a slot, shape (3, dimension)."""
        start = layout.SCALARS + (layout.SLOTS + layout.SLOT_ARRAYS * slot) * self._padded
        state = self._reals[start : start + layout.SLOT_ARRAYS * self._padded]
        return state.reshape(layout.SLOT_ARRAYS, self._padded)[:, : self.density.dimension]

    # ---- state -------------------------------------------------------------------------------

    def state(self) -> dict[str, NDArray[Any]]:
        """Everything the chain needs to go on, as arrays without addresses.

        Draws and statistics made so far are not part of it.
        """
        words = self._words.copy()
        words[list(layout.ADDRESSES)] = 0
        warming = self.transitions < self.settings.warmup  # afterwards no metric is estimated
        kept = self._history[: int(words[layout.HISTORY_COUNT]) if warming else 0]
        state = {"reals": self._reals.copy(), "words": words, "history": kept.copy()}
        if self._map is not None:
            state |= {f"map_{name}": np.array(a) for name, a in self._map.arrays().items()}
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a state that a chain of the same density and settings left."""
        self._reals[:] = state["reals"]
        self._words[:] = state["words"]
        self._words[layout.DRAWS] = self.settings.draws
        self.before = self.transitions
        self._history[: len(state["history"])] = state["history"]
        parts = {name[4:]: array for name, array in state.items() if name.startswith("map_")}
        self._map = metrics.Affine(**parts) if parts else None
        self._connect()

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
    def log_density(self) -> float:
        """Log density at the current point, nats."""
        return float(self._reals[layout.LOG_DENSITY])

    @property
    def variance(self) -> NDArray[np.float64]:
        """Diagonal of the inverse metric, shape (dimension,)."""
        if self._map is not None:
            return self._map.variance
        return self._array(layout.VARIANCE)[: self.density.dimension].copy()

    @property
    def map(self) -> metrics.Affine | None:
        """The map of a dense or low-rank metric, or None for a diagonal one."""
        return self._map

    @property
    def position(self) -> NDArray[np.float64]:
        """Current point, shape (dimension,)."""
        return self._x_of_slot(int(self._words[layout.CURRENT]))

    def _set_variance(self, variance: NDArray[np.float64]) -> None:
        dimension = self.density.dimension
        self._array(layout.VARIANCE)[:dimension] = variance
        self._array(layout.INVERSE_SCALE)[:dimension] = 1.0 / np.sqrt(variance)

    def _x_of_slot(self, slot: int) -> NDArray[np.float64]:
        position = self._slot(slot)[0].copy()
        return np.asarray(position if self._map is None else self._map.x_of(position))

    def _leaf(self) -> NDArray[np.float64]:
        """Point at which the density was asked last."""
        if self._table is not None:
            return np.array(self._table.x[: self.density.dimension])
        return self._x_of_slot(int(self._words[layout.LEAF]))
