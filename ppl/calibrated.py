"""What simulation-based calibration found: ranks, their tests, and their plots."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.draws import Draws
from ppl.errors import show, where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ppl.calibrating import Outcome
    from ppl.uniformity import Uniformity

Array = np.ndarray[Any, Any]
ROWS_SHOWN = 40
CORRELATED = 0.1  # of neighbouring draws, from which ranks are visibly not uniform


@dataclass(frozen=True)
class Row:
    """What is known of one scalar's ranks.

    Attributes
    ----------
    name : str
    centre : float
        Mean rank as a share; 0.5 if all is well. Above: the draws are too low.
    spread : float
        Standard deviation of ranks in units of a uniform law's; 1 if all is well. Above: the draws
        are too narrow.
    p_value : float
        Of the ranks' largest excursion from uniformity; exact for this scalar alone.
    """

    name: str
    centre: float
    spread: float
    p_value: float


class Table:
    """Rows, the worst first; `str` shows them."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: row.p_value)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"Table: name must be one of {', '.join(row.name for row in self.rows)}, got {name!r}."
        )

    def __len__(self) -> int:
        return len(self.rows)

    def __str__(self) -> str:
        head = ("", "centre", "spread", "p")
        shown = [
            (row.name, f"{row.centre:.3f}", f"{row.spread:.3f}", f"{row.p_value:.2g}")
            for row in self.rows[:ROWS_SHOWN]
        ]
        width = max(len(line[0]) for line in (head, *shown))
        lines = [
            f"{name:<{width}}  {centre:>6}  {spread:>6}  {p:>8}"
            for name, centre, spread, p in (head, *shown)
        ]
        hidden = len(self.rows) - len(shown)
        return "\n".join([*lines, *([f"({hidden} more)"] if hidden else [])])

    __repr__ = __str__


class Calibration:
    """Ranks of true parameters among the draws of fits to simulated data.

    Attributes
    ----------
    ranks : dict of str to array of int, shape (simulations done, ...)
        From 0 to `draws`, by parameter, deterministic value and quantity; "log_likelihood" is the
        joint log likelihood.
    draws : int
        Draws among which was ranked.
    simulations : int
        Asked for.
    autocorrelation : dict of str to float
        Of neighbouring draws among those ranked, mean over simulations and elements.
    divergences : array of int, shape (simulations done,)
    failures : dict of int to Exception
        Simulations whose fit failed, which have no ranks.
    interrupted : bool
    seconds : float
    """

    def __init__(
        self,
        outcomes: Mapping[int, Outcome],
        *,
        draws: int,
        simulations: int,
        dims: Mapping[str, tuple[str, ...]],
        coords: Mapping[str, Sequence[Any]],
        failures: Mapping[int, Exception],
        interrupted: bool,
        seconds: float,
        model: str,
    ) -> None:
        done = [outcomes[index] for index in sorted(outcomes)]
        names = list(done[0].ranks)
        self.ranks: dict[str, Array] = {
            name: np.stack([outcome.ranks[name] for outcome in done]) for name in names
        }
        self.autocorrelation = {
            name: float(np.mean([outcome.autocorrelation[name] for outcome in done]))
            for name in names
        }
        self.divergences = np.array([outcome.divergences for outcome in done])
        self.draws, self.simulations = draws, simulations
        self.failures = dict(failures)
        self.interrupted, self.seconds = interrupted, seconds
        self._dims = {name: dims.get(name, ()) for name in names}
        self._coords, self._model = dict(coords), model

    # ---- numbers -----------------------------------------------------------------------------

    @property
    def done(self) -> int:
        """Simulations that have ranks."""
        return len(self.divergences)

    def summary(self) -> Table:
        """Test of each scalar's ranks, the worst first.

        Returns
        -------
        Table
            Its `rows` have `name`, `centre`, `spread` and `p_value`.
        """
        return self._table

    @cached_property
    def _test(self) -> Uniformity:
        # Imported now: fits are quicker in a process without SciPy.
        uniformity = importlib.import_module("ppl.uniformity")
        test: Uniformity = uniformity.Uniformity(self.done, self.draws + 1)
        return test

    @cached_property
    def _table(self) -> Table:
        return Table([self._row(name, ranks) for name, ranks in self.scalars().items()])

    def _row(self, name: str, ranks: Array) -> Row:
        cells = self.draws + 1
        shares = (ranks + 0.5) / cells
        deviation = math.sqrt(float(np.mean((shares - 0.5) ** 2)))
        uniform = math.sqrt((1 - cells**-2) / 12)
        return Row(name, float(np.mean(shares)), deviation / uniform, self._test.p_value(ranks))

    @property
    def p_value(self) -> float:
        """Of all scalars together: the least, times their number (Bonferroni's bound)."""
        return min(1.0, self._table.rows[0].p_value * len(self._table))

    def scalars(self) -> dict[str, Array]:
        """Ranks of each scalar, shape (simulations done,), by names such as `theta[A]`."""
        found = {}
        for name, ranks in self.ranks.items():
            axes = []
            for dim, size in zip(self._axes(name), ranks.shape[1:], strict=True):
                labels = list(self._coords.get(dim, ()))
                axes.append(labels if len(labels) == size else list(range(size)))
            for index in np.ndindex(*ranks.shape[1:]):
                label = ", ".join(str(axes[k][i]) for k, i in enumerate(index))
                found[f"{name}[{label}]" if index else name] = ranks[:, *index]
        return found

    def _axes(self, name: str) -> tuple[str, ...]:
        own = self.ranks[name].ndim - 1
        dims = self._dims[name]
        return dims if len(dims) == own else tuple(f"{name}_dim_{k}" for k in range(own))

    def warnings(self) -> list[str]:
        """What stands against trusting the ranks, and what to do about it."""
        found = []
        if self.interrupted:
            found.append(f"interrupted after {self.done} of {self.simulations} simulations")
        if self.failures:
            first = min(self.failures)
            found.append(
                f"{len(self.failures)} of {self.done + len(self.failures)} fits failed and are "
                f"left out, which biases the ranks of the others; simulation {first}: "
                f"{self.failures[first]}"
            )
        slow = {n: a for n, a in self.autocorrelation.items() if a > CORRELATED}
        if slow:
            worst = max(slow, key=lambda name: slow[name])
            found.append(
                f"neighbouring draws of {worst} have autocorrelation {slow[worst]:.2f}, which "
                "makes its ranks pile up at both ends: raise thin="
            )
        if self.divergences.any():
            share = int(np.sum(self.divergences > 0))
            found.append(
                f"{share} of {self.done} fits have divergences: their draws may leave parts of the "
                "posterior out"
            )
        return found

    def __repr__(self) -> str:
        head = (
            f"<Calibration of {self._model}: {self.done} simulations, ranks 0 to {self.draws}, "
            f"p = {self.p_value:.2g} for all {len(self._table)} scalars together>"
        )
        return "\n".join(
            [head, str(self._table), *(f"warning: {text}" for text in self.warnings())]
        )

    # ---- for others --------------------------------------------------------------------------

    def to_arviz(self) -> Any:
        """Return the ranks as ArviZ data, group `prior_sbc`, one chain of simulations.

        Ranks are shares, (rank + 1/2) / (draws + 1), which ArviZ's plots of probability integral
        transforms take.
        """
        shares = {name: (ranks + 0.5) / (self.draws + 1) for name, ranks in self.ranks.items()}
        dims = {name: self._axes(name) for name in shares}
        groups = dict.fromkeys(shares, "prior_sbc")
        return Draws(shares, dims, groups=groups, coords=self._coords).to_arviz()

    def plot(
        self,
        names: Sequence[str] | None = None,
        *,
        kind: str = "ecdf",
        probability: float = 0.95,
        most: int = 12,
    ) -> Any:
        """Plot ranks, the worst scalars first.

        Parameters
        ----------
        names : sequence of str, optional
            Of scalars, or of variables.
        kind : str
            "ecdf": the empirical distribution of ranks minus the uniform one, with a band that
            uniform ranks stay in as a whole with the probability given. "hist": histograms of
            ranks, whose band holds for each bar by itself.
        probability : float
            Of the bands.
        most : int
            Panels, at most.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ValueError
            For another kind, or a probability outside (0, 1).
        KeyError
            For a name that is none.
        ImportError
            Without matplotlib.
        """
        if kind not in ("ecdf", "hist"):
            raise ValueError(
                f"Calibration.plot: kind must be 'ecdf' or 'hist', got {show(kind)} {where()}."
            )
        if not 0.0 < probability < 1.0:
            raise ValueError(
                f"Calibration.plot: probability must be between 0 and 1, got {show(probability)} "
                f"{where()}."
            )
        plots = importlib.import_module("ppl.calibration_plots")
        chosen = self._chosen(names)[:most]
        ranks = self.scalars()
        panels = {name: ranks[name] for name in chosen}
        return plots.figure(panels, self._test, kind, probability, self._table)

    def _chosen(self, names: Sequence[str] | None) -> list[str]:
        order = [row.name for row in self._table.rows]
        if names is None:
            return order
        wanted = [names] if isinstance(names, str) else list(names)
        for name in wanted:
            if name not in order and name not in self.ranks:
                raise KeyError(
                    f"Calibration.plot: names must be among {', '.join(self.ranks)}, got {name!r} "
                    f"{where()}."
                )
        return [name for name in order if name in wanted or name.partition("[")[0] in wanted]
