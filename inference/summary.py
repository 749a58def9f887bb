"""The table of a fit: one row a scalar, printed so that each digit shown means something."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import diagnostics

COLUMNS = ("mean", "sd", "5%", "50%", "95%", "mcse_mean", "ess_bulk", "ess_tail", "r_hat")
ROWS_SHOWN = 60


class Summary(Mapping[str, dict[str, float]]):
    """Posterior means, quantiles and diagnostics.

    A mapping: `summary["theta[A]"]["mean"]`; `columns["mean"]` is an array over the rows.

    Parameters
    ----------
    names : sequence of str
        One a row.
    columns : mapping of str to array, shape (rows,)
        By `COLUMNS`.
    """

    def __init__(self, names: Sequence[str], columns: Mapping[str, NDArray[np.float64]]) -> None:
        self.names = list(names)
        self.columns = {name: columns[name] for name in COLUMNS}
        self._rows = {name: k for k, name in enumerate(self.names)}

    def __getitem__(self, name: str) -> dict[str, float]:
        row = self._rows[name]
        return {column: float(values[row]) for column, values in self.columns.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Rows by name, as plain dicts."""
        return {name: self[name] for name in self.names}

    def cells(self) -> list[list[str]]:
        """Text of the table: the header, then the rows, at most `ROWS_SHOWN`."""
        shown = self.names
        if len(shown) > ROWS_SHOWN:
            shown = shown[: ROWS_SHOWN // 2] + shown[-ROWS_SHOWN // 2 :]
        rows = [[name, *_cells(self[name])] for name in shown]
        if len(shown) < len(self.names):
            hidden = len(self.names) - len(shown)
            rows.insert(ROWS_SHOWN // 2, [f"({hidden} more)"] + [""] * len(COLUMNS))
        return [["", *COLUMNS], *rows]

    def __str__(self) -> str:
        cells = self.cells()
        widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
        lines = []
        for row in cells:
            padded = [row[0].ljust(widths[0])]
            padded += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html  # noqa: PLC0415  # for notebooks only

        header, *rows = self.cells()
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in header)
        body = "".join(
            f"<tr><th>{html.escape(row[0])}</th>"
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def summarise(
    values: Mapping[str, NDArray[Any]],
    dims: Mapping[str, Sequence[str]],
    coords: Mapping[str, Sequence[Any]],
) -> Summary:
    """Summary of draws by name, each of shape (chain, draw, ...)."""
    names: list[str] = []
    blocks = []
    for name, draws in values.items():
        names += labels(name, draws.shape[2:], dims.get(name, ()), coords)
        blocks.append(np.asarray(draws, dtype=np.float64).reshape(*draws.shape[:2], -1))
    if not blocks:
        return Summary([], {column: np.zeros(0) for column in COLUMNS})
    return Summary(names, diagnostics.summary_columns(np.concatenate(blocks, axis=2)))


def labels(
    name: str,
    shape: tuple[int, ...],
    dims: Sequence[str],
    coords: Mapping[str, Sequence[Any]],
) -> list[str]:
    """Names of a variable's scalars, by coordinates where there are any.

    Examples
    --------
    >>> labels("a", (2, 2), ("school",), {"school": ["A", "B"]})
    ['a[A, 0]', 'a[A, 1]', 'a[B, 0]', 'a[B, 1]']
    """
    if not shape:
        return [name]
    axes = []
    for axis, size in enumerate(shape):
        ticks = coords.get(dims[axis], ()) if axis < len(dims) else ()
        axes.append(list(ticks) if len(ticks) == size else list(range(size)))
    return [
        f"{name}[{', '.join(str(axes[k][i]) for k, i in enumerate(index))}]"
        for index in np.ndindex(*shape)
    ]


def _cells(row: Mapping[str, float]) -> list[str]:
    places = _places(row["sd"])
    cells = [_number(row[column], places) for column in ("mean", "sd", "5%", "50%", "95%")]
    cells.append(_number(row["mcse_mean"], places + 1))
    cells += [_number(row[column], 0) for column in ("ess_bulk", "ess_tail")]
    return [*cells, _number(row["r_hat"], 3)]


def _places(sd: float) -> int:
    """Decimals that show three digits of the standard deviation."""
    if not math.isfinite(sd) or sd <= 0.0:
        return 3
    return min(max(2 - math.floor(math.log10(sd)), 0), 12)


def _number(value: float, places: int) -> str:
    if not math.isfinite(value):
        return str(value)
    return f"{value:.4g}" if abs(value) >= 1e8 or places > 8 else f"{value:.{places}f}"
