"""Plots of ranks against what uniform ranks do."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.calibrated import Table
    from ppl.uniformity import Uniformity

Array = np.ndarray[Any, Any]
COLUMNS = 4
BINS = 20


def figure(
    panels: Mapping[str, Array], test: Uniformity, kind: str, probability: float, table: Table
) -> Any:
    """One panel a scalar, in a `matplotlib.figure.Figure`.

    Parameters
    ----------
    panels : mapping of str to array
        Ranks by name.
    test : Uniformity
    kind : str
        "ecdf" or "hist".
    probability : float
        Of the bands.
    table : Table
        Where the p-values in the titles stand.
    """
    try:
        pyplot = importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        raise ImportError(
            "Calibration.plot: matplotlib must be installed, got none. python -m pip install "
            "matplotlib, or take the numbers from summary()."
        ) from error
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    made, axes = pyplot.subplots(
        rows,
        columns,
        figsize=(2.6 * columns, 0.4 + 1.9 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    draw = _ecdf if kind == "ecdf" else _histogram
    band = test.band(probability) if kind == "ecdf" else _bars(test, probability)
    for axis, (name, ranks) in zip(axes.flat, panels.items(), strict=False):
        draw(axis, ranks, test, band)
        axis.set_title(f"{name}, p = {table[name].p_value:.2g}", fontsize=9)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    made.supxlabel("rank / draws", fontsize=9)
    made.supylabel("ECDF - uniform" if kind == "ecdf" else "simulations", fontsize=9)
    return made


def _ecdf(axis: Any, ranks: Array, test: Uniformity, band: tuple[Array, Array]) -> None:
    share = test.points / test.cells
    at = np.concatenate([[0.0], share, [1.0]])

    def difference(counts: Array) -> Array:
        return np.concatenate([[0.0], counts / test.count - share, [0.0]])

    low, high = band
    axis.fill_between(at, difference(low), difference(high), color="0.85", lw=0)
    axis.axhline(0.0, color="0.6", lw=0.8)
    axis.plot(at, difference(test.counts(ranks)), color="C0", lw=1.4)


def _edges(cells: int) -> Array:
    """Whole numbers that part the ranks into bins of nearly the same size."""
    return np.round(np.linspace(0, cells, min(BINS, cells) + 1)).astype(int)


def _bars(test: Uniformity, probability: float) -> tuple[Array, Array]:
    share = np.diff(_edges(test.cells)) / test.cells
    below = special.bdtr(np.arange(test.count + 1)[:, None], test.count, share)
    tail = 0.5 * (1.0 - probability)
    return np.argmax(below >= tail, axis=0), np.argmax(below >= 1.0 - tail, axis=0)


def _histogram(axis: Any, ranks: Array, test: Uniformity, band: tuple[Array, Array]) -> None:
    edges = _edges(test.cells)
    counts = np.histogram(ranks, edges - 0.5)[0]
    at = edges / test.cells
    axis.stairs(band[1], at, baseline=band[0], fill=True, color="0.85")
    axis.hlines(test.count * np.diff(edges) / test.cells, at[:-1], at[1:], color="0.6", lw=0.8)
    axis.stairs(counts, at, color="C0", lw=1.4)
