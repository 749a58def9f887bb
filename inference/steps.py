"""What is known of an iterative fit while it goes on, and its live display."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from inference import progress
from inference.errors import InferenceTypeError

PERIOD_SECONDS = 0.1


@dataclass(frozen=True)
class StepProgress:
    """State of an iterative fit.

    Attributes
    ----------
    step : int
        Steps made.
    steps : int
        The most there can be; a fit stops earlier when it has converged.
    note : str
        What the algorithm says of itself.
    """

    step: int
    steps: int
    note: str


StepCallback: TypeAlias = Callable[[StepProgress], object]


class Steps:
    """Shows a fit once it has lasted half a second, and calls back about ten times a second.

    BLAS has one thread meanwhile: the matrices are small, and threads that wait for each other on a
    busy machine make a step many times slower.
    """

    def __init__(self, who: str, steps: int, callback: StepCallback | None, display: bool) -> None:
        if callback is not None and not callable(callback):
            raise InferenceTypeError(f"{who}: callback must be callable, got {callback!r}.")
        self.who, self._steps, self._callback = who, steps, callback
        self.interrupted = False  # set by a part that keeps what it has after Ctrl-C
        self._begin = self._last = time.perf_counter()
        self._enabled = display
        self._live: Any = None
        self._limits: Any = None

    def __enter__(self) -> Self:
        # Only for fits: asking every library takes 20 ms. SciPy has a BLAS of its own, which must
        # be there to be limited: where it came later, a solve with ten columns took 13 ms.
        import scipy.linalg  # noqa: F401, PLC0415
        import threadpoolctl  # noqa: PLC0415

        self._limits = threadpoolctl.threadpool_limits(limits=1, user_api="blas")
        return self

    def __exit__(self, *_: object) -> None:
        self._limits.restore_original_limits()
        if self._live is not None:
            self._live.stop()

    def show(self, step: int, note: str) -> None:
        """Report that `step` steps are made."""
        now = time.perf_counter()
        if now - self._last < PERIOD_SECONDS:
            return
        self._last = now
        if self._callback is not None:
            self._callback(StepProgress(step, self._steps, note))
        if not self._enabled or now - self._begin < progress.DELAY_SECONDS:
            return
        if self._live is None:
            if not (sys.stderr.isatty() or progress.in_notebook()):
                self._enabled = False
                return
            self._live = progress.open_display()
        spent = progress.duration(now - self._begin)
        text = f"{self.who}: step {step}, {note}, {spent}; Ctrl-C keeps what there is"
        self._live.update(text, refresh=True)
