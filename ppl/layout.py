"""The flat unconstrained vector of a model: which part belongs to which site.

Sites follow each other in program order, each in row-major order, so a model whose sites come in
the order of a Stan program's declarations has Stan's vector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.errors import ModelError, ShapeError, show, where
from ppl.transforms import Identity, Transform, transform_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ppl.handlers import Site

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Slot:
    """The part of the flat vector that belongs to one site.

    Attributes
    ----------
    start, stop : int
        Elements of the vector.
    shape : tuple of int
        Of the unconstrained value.
    """

    start: int
    stop: int
    shape: Shape


class Layout:
    """Slots of all latent sites and learnable parameters, by name, in program order.

    Attributes
    ----------
    slots : dict of str to Slot
    dimension : int
        Length of the flat vector.
    shapes : dict of str to tuple of int
        Of the constrained values.
    subsets : dict of str to array
        Indices that subsampled plates hold.
    """

    def __init__(self) -> None:
        self.slots: dict[str, Slot] = {}
        self.shapes: dict[str, Shape] = {}
        self.dimension = 0
        self.subsets: dict[str, np.ndarray[Any, Any]] = {}

    def add(self, name: str, shape: Shape, constrained: Shape) -> None:
        """Append a site whose unconstrained and constrained values have these shapes."""
        self.shapes[name] = constrained
        stop = self.dimension + math.prod(shape)
        self.slots[name] = Slot(self.dimension, stop, shape)
        self.dimension = stop

    def take(self, x: Any, name: str) -> Any:
        """Unconstrained value of a site, from the flat vector."""
        slot = self.slots[name]
        if slot.shape == ():
            return x[slot.start]
        part = x[slot.start : slot.stop]
        return part if len(slot.shape) == 1 else part.reshape(slot.shape)

    def join(self, parts: Mapping[str, Any]) -> np.ndarray[Any, Any]:
        """Flat vector of the sites' unconstrained values, the inverse of `take`."""
        if not self.slots:
            return np.empty(0)
        return np.concatenate([np.ravel(parts[name]) for name in self.slots]).astype(np.float64)


def require_whole_plates(site: Site) -> None:
    """Check that no parameter lies along a subsampled plate.

    Raises
    ------
    ModelError
        If one does: the elements left out would have no values.
    """
    for plate in site.plates:
        if plate.size < plate.full_size:
            raise ModelError(
                f"{site.kind}: sites inside a subsampled plate must be observed here, got a "
                f"parameter along '{plate.name}', of which {plate.size} of {plate.full_size} "
                f"elements are held, {where(site.name)}. Declare it in a plate of all elements "
                "before, and index it by the indices of the subsampled one."
            )


def require_shapes(latent: Sequence[Site], values: Mapping[str, Any]) -> None:
    """Check that there is a value of the right shape for every latent site.

    Raises
    ------
    ModelError, ShapeError
        For absent ones, and for other shapes.
    """
    absent = [site.name for site in latent if site.name not in values]
    if absent:
        raise ModelError(
            f"unconstrain: each parameter must have a value, got none for {absent} {where()}."
        )
    for site in latent:
        got = np.shape(values[site.name])
        if got != site.shape:
            raise ShapeError(
                f"unconstrain: the value of '{site.name}' must have shape {site.shape}, got {got} "
                f"{where()}."
            )


def require_inside(who: str, site: Site, unconstrained: Any, value: Any) -> None:
    """Check that a value lay inside its support, as its unconstrained one is finite.

    Raises
    ------
    ModelError
        If it did not.
    """
    if not np.isfinite(unconstrained).all():
        law = site.distribution
        of = str(site.support) if law is None else f"the support of {type(law).__name__}"
        raise ModelError(
            f"{who}: the value of '{site.name}' must be inside {of}, got {show(value)} {where()}."
        )


def transform_of(site: Site) -> Transform:
    """Map of the unconstrained numbers onto a site's support.

    Raises
    ------
    ModelError
        For a discrete site, which has none.
    """
    if site.kind == "param":
        return transform_for(site.support)
    law = site.distribution
    assert law is not None, "only sample sites are latent"
    if law.discrete:
        raise ModelError(
            f"{type(law).__name__}: a site without data must be continuous here, got values that "
            f"must be {law.support}, in site '{site.name}' {where()}. Sum over its values (a "
            "mixture), or pass its data as obs=."
        )
    return transform_for(law.support)


def log_jacobian(site: Site) -> Any:
    """Sum of the log-Jacobian of a latent site's transform, in nats.

    A learnable parameter has no density to be transformed.
    """
    if site.kind == "param" or site.transform is None or isinstance(site.transform, Identity):
        return 0.0
    return np.sum(site.transform.log_jacobian(site.unconstrained))
