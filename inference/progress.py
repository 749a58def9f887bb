"""What is known of a run while it goes on, and its live display."""

import importlib
import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

NOTEBOOK_WIDTH = 110
NOTEBOOK_FORMAT = '<pre style="line-height: 1.2; font-family: monospace">{code}</pre>'
DELAY_SECONDS = 0.5
FIRST_LINE_SECONDS = 10.0  # where there is no terminal; the next after twice the time, ...
LINE_SECONDS = 600.0  # the longest wait for a line


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
    before : int
        Transitions that an earlier process or call made.
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
    before: int = 0

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
    """Shows a run once it has lasted half a second.

    A table that is kept up to date in a terminal and in a notebook; elsewhere a line on standard
    error after ten seconds, twenty, forty, and so on, at least every ten minutes.
    """

    def __init__(self, *, enabled: bool) -> None:
        self._begin = time.perf_counter()
        self._enabled = enabled
        self._live: Any = None
        self._next_line = FIRST_LINE_SECONDS

    def show(self, state: Progress) -> None:
        """Bring the display up to date."""
        seconds = time.perf_counter() - self._begin
        if not self._enabled or seconds < DELAY_SECONDS:
            return
        if self._live is None:
            if not (sys.stderr.isatty() or in_notebook()):
                self._line(state, seconds)
                return
            self._live = open_display()
        self._live.update(table(state, seconds), refresh=True)

    def _line(self, state: Progress, seconds: float) -> None:
        if seconds < self._next_line:
            return
        self._next_line = seconds + min(seconds, LINE_SECONDS)
        sys.stderr.write(line(state, seconds) + "\n")
        sys.stderr.flush()

    def close(self, state: Progress) -> None:
        """Show the last state and leave it standing."""
        seconds = time.perf_counter() - self._begin
        if self._live is None and self._next_line > FIRST_LINE_SECONDS:
            self._next_line = 0.0
            self._line(state, seconds)
        if self._live is not None:
            self._live.update(table(state, time.perf_counter() - self._begin), refresh=True)
            self._live.stop()
            self._live = None


def in_notebook() -> bool:
    """Whether output goes to a Jupyter front end."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class Cell:
    """A live area in the output of a notebook's cell.

    Rich's own needs ipywidgets, and shows nothing without them.
    """

    def __init__(self) -> None:
        display: Any = importlib.import_module("IPython.display")
        self._html = display.HTML
        self._handle = display.display(display.HTML(""), display_id=True)

    def update(self, renderable: Any, *, refresh: bool) -> None:
        """Show this instead of what is shown."""
        del refresh
        self._handle.update(self._html(html(renderable)))

    def stop(self) -> None:
        """Leave what is shown."""


def html(renderable: Any) -> str:
    """What rich shows, as HTML."""
    from rich.console import Console  # noqa: PLC0415  # see open_display

    console = Console(
        file=io.StringIO(), record=True, width=NOTEBOOK_WIDTH, force_terminal=True,
        force_jupyter=False, color_system="truecolor",
    )  # fmt: skip
    console.print(renderable)
    return console.export_html(inline_styles=True, code_format=NOTEBOOK_FORMAT)


def open_display() -> Any:
    """Open a live area."""
    # Imported here: most runs end before there is anything to show, and rich takes 50 ms.
    from rich.console import Console  # noqa: PLC0415
    from rich.live import Live  # noqa: PLC0415

    if in_notebook():
        return Cell()
    live = Live(console=Console(stderr=True), auto_refresh=False)
    live.start()
    return live


def table(state: Progress, seconds: float) -> Any:
    """Table of a run, one row a chain."""
    from rich.progress_bar import ProgressBar  # noqa: PLC0415  # see open_display
    from rich.table import Table  # noqa: PLC0415

    shown = Table(box=None, pad_edge=False, caption=caption(state, seconds), caption_justify="left")
    stored = any(chain.stored is not None for chain in state.chains)
    titles = ("chain", "", "draws", "divergent", "step size", "depth", "steps", "draws/s", "left")
    for title in (*titles, "stored") if stored else titles:
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
            str(chain.last_depth),
            str(chain.last_steps),
            f"{speed(chain, seconds):,.3g}",
            left(chain, seconds),
            *([str(chain.stored)] if stored else []),
            style="yellow" if chain.divergences else "",
        )
    return shown


def speed(chain: ChainProgress, seconds: float) -> float:
    """Transitions a second, of those made since the display began."""
    return (chain.transitions - chain.before) / seconds


def left(chain: ChainProgress, seconds: float) -> str:
    """How long a chain may take still."""
    if chain.transitions >= chain.total:
        return ""
    rate = speed(chain, seconds)
    return duration((chain.total - chain.transitions) / rate) if rate > 0.0 else "?"


def line(state: Progress, seconds: float) -> str:
    """State of a run in one line, for where no table can be shown."""
    made = sum(chain.transitions for chain in state.chains)
    divergences = sum(chain.divergences for chain in state.chains)
    rate = sum(speed(chain, seconds) for chain in state.chains)
    sizes = sorted(chain.step_size for chain in state.chains)
    text = (
        f"{len(state.chains)} chains, {100 * state.fraction:.0f}%, {made} transitions"
        f"{' (warmup)' if any(c.warming_up for c in state.chains) else ''}, {rate:,.3g} a second, "
        f"step size {sizes[0]:.3g} to {sizes[-1]:.3g}, {divergences} divergences"
    )
    return f"{text}; {caption(state, seconds).partition(';')[0]}"


def caption(state: Progress, seconds: float) -> str:
    """How long a run has lasted, and how long it may take still."""
    done = state.fraction
    if done >= 1.0:
        return f"done in {duration(seconds)}"
    now = sum(c.transitions - c.before for c in state.chains)
    still = sum(c.total - c.transitions for c in state.chains)
    more = f", about {duration(seconds * still / now)} left" if now > 0 else ""
    return f"{duration(seconds)}{more}; Ctrl-C keeps the draws so far"


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
