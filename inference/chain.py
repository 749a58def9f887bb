"""One chain: its buffers, and the steps Python takes with them between native batches."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inference import density as densities
from inference import metrics, native, warmup
from inference.density import Density, NativeDensity
from inference.errors import AdaptationError, InferenceTypeError
from inference.kernels import layout

START_VARIANCES = 1e-10, 1e10
EARLY_DEPTH = 6  # of trees until a metric is estimated for the first time


@dataclass(frozen=True)
class Settings:
    """What all chains of a run share; checked by the functions that make one."""

    draws: int
    warmup: int
    seed: int
    target_accept: float = 0.8
    max_tree_depth: int = 10
    kernel: str = "nuts"
    metric: str = "diagonal"
    adaptation: str = "fisher"
    jitter: float = 0.0
    trajectory_length: float = 0.0
    tolerance: float = 0.0


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


class _Table:
    """What the kernel `linear` is given in place of the density's table."""

    def __init__(self, map_: metrics.Affine, inner: NativeDensity, padded: int) -> None:
        dimension = len(map_.mean)

        def rows(array: NDArray[np.float64]) -> NDArray[np.float64]:
            filled = np.zeros((len(array), padded))
            filled[:, :dimension] = array
            return filled

        matrix = map_.vectors if map_.factor is None else map_.factor
        (self.x,) = rows(np.zeros((1, dimension)))
        self._keep = [
            rows(map_.mean[None]),
            rows(map_.scale[None]),
            rows(matrix),
            map_.stretch - 1.0,
            self.x,
            np.zeros(padded),
        ]
        rank = len(map_.vectors) if map_.factor is None else -1
        numbers = [inner.address, inner.data, dimension, padded, rank]
        self.words = np.array(
            [*numbers, *(array.ctypes.data for array in self._keep)], dtype=np.int64
        )


class Chain:
    """State of a chain.

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
            return np.asarray(np.diagonal(self._map.covariance))
        return self._array(layout.VARIANCE)[: self.density.dimension].copy()

    @property
    def map(self) -> metrics.Affine | None:
        """The map of a dense or low-rank metric, or None for a diagonal one."""
        return self._map

    @property
    def position(self) -> NDArray[np.float64]:
        """Current point, shape (dimension,)."""
        return self._x_of_slot(int(self._words[layout.CURRENT]))

    def _x_of_slot(self, slot: int) -> NDArray[np.float64]:
        position = self._slot(slot)[0].copy()
        return np.asarray(position if self._map is None else self._map.x_of(position))

    def _leaf(self) -> NDArray[np.float64]:
        """Point at which the density was asked last."""
        if self._table is not None:
            return np.array(self._table.x[: self.density.dimension])
        return self._x_of_slot(int(self._words[layout.LEAF]))

    def try_start(self, x: NDArray[np.float64], paths: Paths) -> bool:
        """Put the chain at `x` if the density and its gradient are finite there."""
        while True:
            status, lp, gradient = densities.evaluate(self._native, x, self.workspace)
            if status != densities.MISSED:
                break
            paths.add(self._native, x, self.workspace)
            self._connect()
        if status < 0:
            densities.raise_error(self.density)
        if status != densities.OK or not (np.isfinite(lp) and np.isfinite(gradient).all()):
            return False
        self._words[layout.CURRENT] = 0
        slot = self._slot(0)
        slot[0], slot[2] = x, gradient
        self._reals[layout.LOG_DENSITY] = lp
        if self.settings.adaptation == "fisher" and self.settings.warmup > 0:
            # The gradient at the start is the first that is known of the scales (nuts-rs).
            size = np.abs(gradient)
            first = np.clip(1.0 / np.where(size > 0.0, size, 1.0), *START_VARIANCES)
            self._set_variance(first)
        return True

    def fix_step(self, step_size: float) -> None:
        """Set the step size of the coming transitions, so that none is looked for."""
        self._reals[layout.STEP_SIZE] = step_size
        self._words[layout.SEARCH] = 0

    def begin_with(
        self, step_size: float, variance: NDArray[np.float64], map_: metrics.Affine | None
    ) -> None:
        """Begin, from a starting point, with what another chain's warmup learnt.

        Without warmup it is used as it is; with warmup, that begins with it.
        """
        warming = self.settings.warmup > 0
        if map_ is not None and not (warming and self.settings.metric == "diagonal"):
            self._change_map(map_)
        else:
            self._set_variance(variance)
        self._reals[layout.STEP_SIZE] = step_size
        self._words[layout.SEARCH] = int(warming)

    def _set_variance(self, variance: NDArray[np.float64]) -> None:
        dimension = self.density.dimension
        self._array(layout.VARIANCE)[:dimension] = variance
        self._array(layout.INVERSE_SCALE)[:dimension] = 1.0 / np.sqrt(variance)

    # ---- other metrics than diagonal ones ----------------------------------------------------

    def _renew_metric(self) -> None:
        """Estimate the metric anew from the draws of the window."""
        settings, words = self.settings, self._words
        words[layout.MAX_DEPTH] = settings.max_tree_depth
        if settings.metric == "diagonal":
            return
        count = int(words[layout.HISTORY_COUNT])
        first = int(words[layout.FOREGROUND_FIRST])
        if settings.adaptation == "fisher":
            first = min(first, count // 2)  # a matrix needs more draws than a diagonal
        x, g = self._history[first:count, 0], self._history[first:count, 1]
        found = metrics.estimate(settings.metric, settings.adaptation, x, g)
        if found is None and (self._map is None or settings.metric != "auto"):
            return
        self._change_map(found)
        if found is None:
            self._set_variance(metrics.diagonal(x, g))
        words[layout.SEARCH] = 1

    def _change_map(self, new: metrics.Affine | None) -> None:
        """Rewrite the current point in the coordinates of another map."""
        words, slot = self._words, self._slot(int(self._words[layout.CURRENT]))
        x, gradient = slot[0].copy(), slot[2].copy()
        if self._map is not None:
            x, gradient = self._map.x_of(x), self._map.gradient_of_x(gradient)
        if new is not None:
            slot[0], slot[2] = new.y_of(x), new.gradient_of_y(gradient)
            self._set_variance(np.ones(self.density.dimension))
        else:
            slot[0], slot[2] = x, gradient
        fisher = layout.STAN if self.settings.adaptation == "stan" else layout.FISHER
        words[layout.ESTIMATOR] = layout.NONE if new is not None else fisher
        words[layout.FOREGROUND_COUNT] = words[layout.BACKGROUND_COUNT] = 0
        windows = self._reals[layout.SCALARS :][: layout.SLOTS * self._padded]
        windows[layout.FOREGROUND * self._padded :] = 0.0
        self._map, self._table = new, None
        self._connect()

    def _unmap_history(self, begin: int) -> None:
        """Rewrite rows that were written in the coordinates of the map."""
        if self._map is not None and self._history.size:
            # One by one: a product of matrices rounds by how many rows it has, and how many there
            # are depends on the time a batch took.
            for row in self._history[begin : int(self._words[layout.HISTORY_COUNT])]:
                row[0], row[1] = self._map.x_of(row[0]), self._map.gradient_of_x(row[1])

    # ---- running -----------------------------------------------------------------------------

    def run(self, transitions: int, paths: Paths) -> None:
        """Make up to `transitions` transitions, within the window.

        Raises
        ------
        AdaptationError
            If no step size or metric can be found.
        """
        goal = min(self.transitions + transitions, self.window.end)
        while self.transitions < goal:
            begin = int(self._words[layout.HISTORY_COUNT])
            status = self._batch(*self._addresses, goal - self.transitions)
            self._unmap_history(begin)
            if status == layout.GUARD_MISSED:
                paths.add(self._native, self._leaf(), self.workspace)
                self._connect()
            elif status == layout.METRIC_DUE:
                self._renew_metric()
            elif status < 0:
                densities.raise_error(self.density)
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
