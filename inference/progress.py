"""What is known of a run while it goes on, and its live display."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

DELAY_SECONDS = 0.5


@dataclass(frozen=True)
class ChainProgress:
    """State of one chain.

    Attributes
    ----------
    chain : int
        From 0.
    transitions : int
        Made so far, warmup included.
    warmup, draws : int
        Asked for.
    divergences : int
        After warmup.
    step_size : float
        Of the coming transition.
    steps : int
        Leapfrog steps made so far.
    last_steps, last_depth : int
        Leapfrog steps of the last transition, and the depth of its tree.
    stored : int, optional
        Draws after warmup that are on the disk: they outlive whatever happens to the process. None
        for a run without store.
    """

    chain: int
    transitions: int
    warmup: int
    draws: int
    divergences: int
    step_size: float
    steps: int
    last_steps: int
    last_depth: int = 0
    stored: int | None = None

    @property
    def total(self) -> int:
        """Transitions asked for, warmup included."""
        return self.warmup + self.draws

    @property
    def drawn(self) -> int:
        """Draws made after warmup."""
        return max(0, self.transitions - self.warmup)

    @property
    def warming_up(self) -> bool:
        """Whether the chain is still adapting."""
        return self.transitions < self.warmup


@dataclass(frozen=True)
class Progress:
    """State of a run: one `ChainProgress` a chain."""

    chains: tuple[ChainProgress, ...]

    @property
    def fraction(self) -> float:
        """Transitions made of those asked for, 0 to 1."""
        return sum(c.transitions for c in self.chains) / sum(c.total for c in self.chains)


Callback: TypeAlias = Callable[[Progress], object]


class Watcher:
    """Shows a run once it has lasted half a second, where there is somebody to see it."""

    def __init__(self, *, enabled: bool) -> None:
        self._begin = time.perf_counter()
        self._enabled = enabled
        self._live: Any = None

    def show(self, state: Progress) -> None:
        """Bring the display up to date."""
        seconds = time.perf_counter() - self._begin
        if not self._enabled or seconds < DELAY_SECONDS:
            return
        if self._live is None:
            if not (sys.stderr.isatty() or in_notebook()):
                self._enabled = False
                return
            self._live = open_display()
        self._live.update(table(state, seconds), refresh=True)

    def close(self, state: Progress) -> None:
        """Show the last state and leave it standing."""
        if self._live is not None:
            self._live.update(table(state, time.perf_counter() - self._begin), refresh=True)
            self._live.stop()
            self._live = None


def in_notebook() -> bool:
    """Whether output goes to a Jupyter front end."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def open_display() -> Any:
    """Open rich's live area."""
    # Imported here: most runs end before there is anything to show, and rich takes 50 ms.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    live = Live(console=Console(stderr=not in_notebook()), auto_refresh=False)
    live.start()
    return live


def table(state: Progress, seconds: float) -> Any:
    """Table of a run, one row a chain."""
    from rich.progress_bar import ProgressBar  # noqa: PLC0415  # see open_display
    from rich.table import Table  # noqa: PLC0415

    shown = Table(box=None, pad_edge=False, caption=caption(state, seconds), caption_justify="left")
    for title in ("chain", "", "draws", "divergent", "step size", "steps", "draws/s"):
        shown.add_column(title, justify="left" if title == "" else "right")
    for chain in state.chains:
        shown.add_row(
            str(chain.chain),
            ProgressBar(total=chain.total, completed=chain.transitions, width=24),
            f"warmup {chain.transitions}/{chain.warmup}"
            if chain.warming_up
            else f"{chain.drawn}/{chain.draws}",
            str(chain.divergences),
            f"{chain.step_size:.3g}",
            str(chain.last_steps),
            f"{chain.transitions / seconds:,.0f}",
            style="yellow" if chain.divergences else "",
        )
    return shown


def caption(state: Progress, seconds: float) -> str:
    """How long a run has lasted, and how long it may take still."""
    done = state.fraction
    if done >= 1.0:
        return f"done in {duration(seconds)}"
    left = f", about {duration(seconds * (1.0 - done) / done)} left" if done > 0 else ""
    return f"{duration(seconds)}{left}; Ctrl-C keeps the draws so far"


def duration(seconds: float) -> str:
    """Seconds in words people read.

    Examples
    --------
    >>> duration(0.42), duration(75), duration(7384)
    ('0.4 s', '1 min 15 s', '2 h 3 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min {int(seconds % 60)} s"
    return f"{minutes // 60} h {minutes % 60} min"
