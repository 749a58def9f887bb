"""Coordinate labels of named axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.errors import ModelError, ShapeError, where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ppl.handlers import Trace


def coords_of(trace: Trace, given: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Join the labels given with those of plates that were made from names.

    Parameters
    ----------
    trace : Trace
        Of a run of the model.
    given : mapping of str to sequence

    Returns
    -------
    dict of str to sequence
        By name of axis; `given` has precedence.

    Raises
    ------
    ModelError
        For a name that is no axis of the model.
    ShapeError
        For labels that are not as many as the axis is long.
    """
    coords: dict[str, Sequence[Any]] = {}
    for site in trace.sites.values():
        coords |= {p.name: list(p.labels) for p in site.plates if p.labels is not None}
    for name, labels in given.items():
        size = trace.sizes.get(name)
        if size is None:
            raise ModelError(
                f"Posterior: coords must name axes of the model, which are {sorted(trace.sizes)}, "
                f"got '{name}' {where()}. Name the axis with a plate or with dims=."
            )
        if len(labels) != size:
            raise ShapeError(
                f"Posterior: coords of '{name}' must have {size} labels, got {len(labels)} "
                f"{where()}. Give one label for each element of the axis."
            )
    return coords | dict(given)
