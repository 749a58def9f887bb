"""Where transitions diverge, and what the model could say instead.

A divergence is where the integrator could not follow the density. If the draws there differ from
the others in a parameter, that parameter is named, with the side; if the density knows how to say
the same model without the bend (`hints`), that is offered by name.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from inference.fit import Fit

Array = NDArray[np.float64]

NAMED = 3
FEWEST = 5  # divergences, before anything is said of where they are
EXTREME = 0.25  # mean rank of the diverging draws, of 1: this near an end, parameters are named
SCORE = 4.0  # standard errors from the middle, at least


def warnings_of(fit: "Fit") -> list[str]:
    """What there is to say about the divergences of a fit."""
    diverging = fit.sample_stats.get("diverging")
    count = 0 if diverging is None else int(diverging.sum())
    if diverging is None or count == 0:
        return []
    message = (
        f"{count} of {diverging.size} transitions diverged: the sampler missed a region where the "
        "density bends sharply, and estimates may be biased."
    )
    places = concentrated(fit, diverging.astype(bool))
    if places:
        message += f" They are where {'; '.join(text for _, text in places)}."
    advice = offers(fit, [name for name, _ in places])
    if advice:
        message += f" {' '.join(advice)}"
    else:
        message += " Reparameterise (a hierarchical scale: sample the effects non-centred)"
        message += ", or raise target_accept (0.95, 0.99)."
    return [message]


def concentrated(fit: "Fit", diverging: NDArray[np.bool_]) -> list[tuple[str, str]]:
    """Variables whose draws of diverging transitions lie at an end, as (variable, words).

    By the mean rank among all draws, which needs no scale.
    """
    where = diverging.ravel()
    count = int(where.sum())
    if count < FEWEST or count == where.size:
        return []
    found = []
    rows = iter(fit.summary().names)
    for name, draws in fit.values.items():
        flat = np.asarray(draws, dtype=np.float64).reshape(where.size, -1)
        labels = [next(rows) for _ in range(flat.shape[1])]
        ranks = (np.argsort(np.argsort(flat, axis=0), axis=0) + 0.5) / where.size
        mean = ranks[where].mean(axis=0)
        score = np.abs(mean - 0.5) / np.sqrt(1.0 / 12.0 / count)
        for k in np.flatnonzero((np.abs(mean - 0.5) > 0.5 - EXTREME) & (score > SCORE)):
            side = "small" if mean[k] < 0.5 else "large"
            middle = float(np.median(flat[where, k]))
            text = (
                f"{labels[k]} is {side} (median {middle:.3g}, overall {np.median(flat[:, k]):.3g})"
            )
            found.append((float(-abs(mean[k] - 0.5)), name, text))
    return [(name, text) for _, name, text in sorted(found)[:NAMED]]


def offers(fit: "Fit", names: list[str]) -> list[str]:
    """What the density offers instead, first for the variables that were named."""
    hints = fit.description.hints
    chosen = [name for name in dict.fromkeys(names) if name in hints]
    return [hints[name] for name in chosen or list(hints)[:NAMED]]
