"""Steps on an objective that is known by unbiased estimates, and when to end them.

Averages of iterates: B. T. Polyak and A. B. Juditsky 1992, Acceleration of Stochastic Approximation
by Averaging. Stopping: M. Welandawe, M. R. Andersen, A. Vehtari and J. H. Huggins 2022, Robust,
Automated, and Accurate Black-box Variational Inference, sections 3 and 4.
"""

import math
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from inference import diagnostics
from inference.errors import InferenceValueError
from inference.optimizers import Optimizer
from inference.steps import Steps

Array = NDArray[np.float64]

WHO = "inference.svi"
WINDOW = 100  # steps between looks at the iterates
STAGE_STEPS = 5000  # of one size, at most
RHAT = 1.1  # of iterates at one step size, for them to count as stationary
KEPT = 100  # parameters whose R-hat is watched, spread over all
PAIRS = 200  # estimates with common random numbers by which two averages are compared
PATIENCE = 100  # steps in a row that may have no finite gradient


@runtime_checkable
class Objective(Protocol):
    """What `svi` climbs: unbiased estimates of a function of a vector and of its gradient.

    `ppl.ELBO` is one. Besides, `names`, `dims` and `coords` say what a draw is made of.
    """

    @property
    def dimension(self) -> int:
        """Length of the vector."""
        ...

    def initial(self, rng: np.random.Generator) -> Array:
        """Where to start."""
        ...

    def value_and_gradient(self, x: Array, rng: np.random.Generator) -> tuple[float, Array]:
        """Estimates from new noise, in nats and to climb."""
        ...

    def constrain(self, x: Array) -> Mapping[str, NDArray[Any]]:
        """Parameters by name."""
        ...

    def sample(self, x: Array, draws: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
        """Draws of the approximation, shape (draws, ...), by name."""
        ...

    def finish(self, x: Array) -> "tuple[Objective, Array]":
        """Objective and vector that stand for the result."""
        ...


class Run:
    """Steps on an objective, their losses, and averages of iterates."""

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        x: Array,
        limit: int,
        rng: np.random.Generator,
    ) -> None:
        self.objective, self.optimizer, self.rng = objective, optimizer, rng
        self.x, self.limit = x, limit
        self.mean = x.copy()
        self.size = 1.0  # that steps are multiplied by
        self.count = self.skipped = self._missed = 0
        self._losses = np.full(min(limit, 1 << 16), np.nan)
        self.gains: list[float] = []

    @property
    def losses(self) -> Array:
        """Losses so far."""
        return self._losses[: self.count]

    def step(self) -> None:
        """Make one step.

        Raises
        ------
        FloatingPointError
            After too many steps without a finite gradient.
        """
        value, gradient = self.objective.value_and_gradient(self.x, self.rng)
        if self.count == len(self._losses):
            more = min(self.limit - self.count, self.count)
            self._losses = np.concatenate([self._losses, np.full(more, np.nan)])
        self.count += 1
        # A sum is finite only if all parts are, up to overflow.
        if not (math.isfinite(value) and math.isfinite(gradient.sum())):
            self.skipped += 1
            self._missed += 1
            if self._missed >= PATIENCE:
                raise FloatingPointError
            return
        self._missed = 0
        self._losses[self.count - 1] = -value
        np.negative(gradient, out=gradient)
        if self.size == 1.0:
            self.optimizer.step(self.x, gradient)
        else:  # a share of the optimiser's step
            before = self.x.copy()
            self.optimizer.step(self.x, gradient)
            self.x -= before
            self.x *= self.size
            self.x += before

    def fixed(self, steps: int, average: float, shown: Steps) -> str:
        """Make a number of steps; why it ended early, empty if it did not."""
        first = steps - round(average * steps)
        total, counted = np.zeros_like(self.x), 0
        try:
            for k in range(steps):
                self.step()
                if k >= first:
                    total += self.x
                    counted += 1
                if not self.count % 16:
                    self._show(shown)
        except FloatingPointError:
            return self._lost()
        finally:
            self.mean = total / counted if counted else self.x.copy()
        return ""

    def until(self, tolerance: float, shown: Steps) -> str:
        """Run stages of halved sizes until an average gains nothing any more."""
        last: Array | None = None
        while True:
            try:
                stationary = self._stage(shown)
            except FloatingPointError:
                return self._lost()
            if last is not None:
                gain, error = self._gain(last)
                self.gains.append(gain)
                if stationary and gain + 2.0 * error < tolerance:
                    return ""
            if self.count >= self.limit:
                return f"steps, {self.limit}, were not enough for the tolerance"
            last, self.x = self.mean, self.mean.copy()
            self.size *= 0.5

    def _stage(self, shown: Steps) -> bool:
        """Steps of one size until the second half is stationary; its average is kept."""
        watched = slice(None, None, -(-len(self.x) // KEPT))
        rows: list[Array] = []
        sums: list[Array] = []
        while True:
            total = np.zeros_like(self.x)
            for _ in range(WINDOW):
                self.step()
                total += self.x
                rows.append(self.x[watched].copy())
                if self.count >= self.limit:
                    break
            if len(rows) % WINDOW == 0:
                sums.append(total / WINDOW)
            half = len(sums) // 2
            if sums:
                self.mean = np.mean(sums[half:], axis=0)
            self._show(shown)
            if len(sums) >= 2 and stationary(np.array(rows[half * WINDOW :])):
                return True
            if len(rows) >= STAGE_STEPS or self.count >= self.limit:
                return False

    def _gain(self, before: Array) -> tuple[float, float]:
        """How much better the average is than one before, and the standard error, in nats."""
        seeds = self.rng.integers(1 << 62, size=PAIRS)
        gains = np.array([self._value(self.mean, s) - self._value(before, s) for s in seeds])
        return float(gains.mean()), float(gains.std(ddof=1) / math.sqrt(PAIRS))

    def _value(self, x: Array, seed: int) -> float:
        return self.objective.value_and_gradient(x, np.random.default_rng(seed))[0]

    def _show(self, shown: Steps) -> None:
        recent = self.losses[-WINDOW:]
        known = recent[np.isfinite(recent)]
        loss = f"{known.mean():.6g}" if len(known) else "not finite"
        shown.show(self.count, f"loss {loss}")

    def _lost(self) -> str:
        if self.skipped == self.count:
            raise InferenceValueError(
                f"{WHO}: the objective and its gradient must be finite where learning starts, got "
                f"none in {self.count} tries. Start elsewhere: initial=, or init= of a guide."
            )
        return f"{PATIENCE} steps in a row had no finite objective or gradient"


def stationary(trace: Array) -> bool:
    """Whether iterates, shape (steps, numbers), have a split R-hat below the limit."""
    spread = np.ptp(trace, axis=0)
    moving = spread > 1e-9 * (1.0 + np.abs(trace).max(axis=0))
    if not moving.any():
        return True
    rhat = np.asarray(diagnostics.rhat(trace[None][:, :, moving]))
    return bool((rhat < RHAT).all())
