"""One chain: the steps Python takes with its state between native batches."""

import numpy as np
from numpy.typing import NDArray

from inference import density as densities
from inference import metrics
from inference.density import diagnosis
from inference.errors import AdaptationError
from inference.kernels import layout
from inference.paths import Paths
from inference.state import State

START_VARIANCES = 1e-10, 1e10


class Chain(State):
    """A chain that can be started and run; made as its state is."""

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
