"""Coordinate labels of named axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.errors import ModelError, ShapeError, show, where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ppl.handlers import trace


def coords_of(who: str, run: trace, given: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Join the labels given with those of plates that were made from names.

    Parameters
    ----------
    who : str
        For messages.
    run : trace
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
    sizes = dict(run.sizes)
    for site in run.sites.values():
        coords |= {p.name: list(p.labels) for p in site.plates if p.labels is not None}
        sizes |= {p.name: p.full_size for p in site.plates}
    for name, labels in given.items():
        size = sizes.get(name)
        if size is None:
            raise ModelError(
                f"{who}: coords must name axes of the model, which are {sorted(run.sizes)}, "
                f"got '{name}' {where()}. Name the axis with a plate or with dims=."
            )
        if len(labels) != size:
            raise ShapeError(
                f"{who}: coords of '{name}' must have {size} labels, got {len(labels)} "
                f"{where()}. Give one label for each element of the axis."
            )
    coords |= dict(given)
    for name, chosen in run.subsets.items():  # of a subsampled plate, the labels it holds
        coords[name] = [coords[name][k] for k in chosen] if name in coords else chosen.tolist()
    return coords


def required_coords(who: str, coords: Any) -> dict[str, Any]:
    """Return labels by name of axis, or raise.

    Raises
    ------
    TypeError
        If they are not a mapping of names to sequences.
    """
    if coords is None:
        return {}
    items = getattr(coords, "items", None)
    if items is None or not all(
        isinstance(name, str) and hasattr(labels, "__len__") and not isinstance(labels, str)
        for name, labels in items()
    ):
        raise TypeError(
            f"{who}: coords must be a mapping of axis names to sequences of labels, got "
            f'{show(coords)} {where()}. Write coords={{"school": ["A", "B"]}}.'
        )
    return dict(items())
