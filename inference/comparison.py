"""Approximations beside a reference, usually a run of NUTS: errors in the reference's own units."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import InferenceTypeError, InferenceValueError
from inference.fit import Fit
from inference.summary import Summary

WHO = "inference.compare"
COLUMNS = ("mean error", "worst mean", "worst sd", "k-hat", "threshold", "elbo", "gradients")
NOISE = 3.0  # standard errors of the reference within which an error is not seen


class Comparison(Mapping[str, dict[str, float]]):
    """One row a fit: `comparison["bam"]["mean error"]`.

    Columns, over all scalars of all variables: "mean error", the root mean square of the
    differences of means, in standard deviations of the reference; "worst mean" and "worst sd", the
    largest difference of a mean, in the same unit, and of the logarithm of a standard deviation;
    "k-hat", its "threshold", "elbo" (nats) and "gradients", NaN for fits without them.

    Attributes
    ----------
    where : dict of str to str
        The scalar with the worst mean of each fit.
    noise : float
        Largest Monte Carlo standard error of a mean of the reference, in its standard deviations.
    """

    def __init__(
        self, rows: Mapping[str, dict[str, float]], where: Mapping[str, str], noise: float
    ) -> None:
        self._rows, self.where, self.noise = dict(rows), dict(where), noise

    def __getitem__(self, name: str) -> dict[str, float]:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __str__(self) -> str:
        cells = [["", *COLUMNS, "worst at"]]
        cells += [
            [name, *(f"{row[column]:.4g}" for column in COLUMNS), self.where[name]]
            for name, row in self._rows.items()
        ]
        widths = [max(len(row[k]) for row in cells) for k in range(len(cells[0]))]
        lines = [
            "  ".join(
                cell.ljust(width) if k in {0, len(row) - 1} else cell.rjust(width)
                for k, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in cells
        ]
        note = f"Errors of means below {NOISE * self.noise:.2g} are within the reference's own."
        return "\n".join([*lines, note])

    __repr__ = __str__


def compare(fits: Mapping[str, Fit], reference: Fit) -> Comparison:
    """Compare fits with a reference fit of the same density.

    Parameters
    ----------
    fits : mapping of str to Fit
        By the name of their row.
    reference : Fit
        For instance a short run of `inference.nuts`; what it is worth is said below the table.

    Returns
    -------
    Comparison

    Raises
    ------
    InferenceTypeError
        For what is no fit.
    InferenceValueError
        For fits of different variables, and no fits.
    """
    if not isinstance(fits, Mapping) or not fits:  # type: ignore[redundant-expr] # users pass anything
        raise InferenceValueError(f"{WHO}: fits must be a dict of fits by name, got {fits!r}.")
    for name, fit in {"reference": reference, **fits}.items():
        if not isinstance(fit, Fit):
            raise InferenceTypeError(f"{WHO}: {name} must be a Fit, got {type(fit).__name__}.")
    truth = reference.summary()
    sd = truth.columns["sd"]
    moving = sd > 0.0
    if not moving.any():
        raise InferenceValueError(f"{WHO}: reference must have a variable that moves, got none.")
    rows, where = {}, {}
    for name, fit in fits.items():
        table = fit.summary()
        if table.names != truth.names:
            different = sorted(set(table.names) ^ set(truth.names))[:3]
            raise InferenceValueError(
                f"{WHO}: {name} must have the variables of the reference, got others: "
                f"{', '.join(different) or 'another order'}."
            )
        rows[name], worst = _row(table, truth, moving, fit)
        where[name] = truth.names[worst]
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = float(np.nanmax(1.0 / np.sqrt(truth.columns["ess_bulk"][moving])))
    return Comparison(rows, where, noise)


def _row(
    table: Summary, truth: Summary, moving: NDArray[np.bool_], fit: Any
) -> tuple[dict[str, float], int]:
    sd = truth.columns["sd"]
    errors = np.zeros(len(sd))
    errors[moving] = np.abs(table.columns["mean"] - truth.columns["mean"])[moving] / sd[moving]
    with np.errstate(divide="ignore"):
        ratio = np.abs(np.log(table.columns["sd"][moving] / sd[moving]))
    about = fit.attributes
    numbers = {
        "mean error": float(np.sqrt(np.mean(errors[moving] ** 2))),
        "worst mean": float(errors.max()),
        "worst sd": float(ratio.max()),
        "k-hat": about.get("khat", np.nan),
        "threshold": about.get("khat_threshold", np.nan),
        "elbo": about.get("elbo", np.nan),
        "gradients": about.get("gradients", np.nan),
    }
    return {name: float(value) for name, value in numbers.items()}, int(errors.argmax())
