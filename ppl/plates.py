"""Plates: named axes along which sites are independent given what is outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import ModelError, ShapeError, show, where
from ppl.handlers import Handler, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppl.distributions.base import Distribution

Shape = tuple[int, ...]


class Plate(Handler):
    """An axis on the stack; made by `ppl.plate`.

    Attributes
    ----------
    name : str
        Of the axis, in messages and results.
    size : int
    labels : tuple or None
        Coordinate labels, where the plate was made from a sequence of names.
    """

    def __init__(self, name: str, size: int | Sequence[Any]) -> None:
        self.name = _required_name(name)
        self.size, self.labels = _size_and_labels(name, size)

    def __enter__(self) -> np.ndarray[Any, Any]:  # type: ignore[override] # what users want of a plate
        """Enter the axis and return its indices, 0 to size - 1."""
        if self.name in (plate.name for plate in plates()):
            raise ModelError(
                f"plate: a plate must not be inside itself, got a second '{self.name}' {where()}. "
                "Leave the first one before, or rename one of them."
            )
        super().__enter__()
        return np.arange(self.size)


def plate(name: str, size: int | Sequence[Any]) -> Plate:
    """Declare that the sites inside are independent along a named axis.

    Parameters
    ----------
    name : str
        Name of the axis; results are labelled with it.
    size : int or sequence
        Its size, or a sequence with as many elements. The elements of a sequence of strings
        become the axis's coordinate labels.

    Returns
    -------
    context manager
        Entering it returns the indices 0 to size - 1. Nested plates add axes, the outermost
        first.

    Raises
    ------
    TypeError, ValueError
        If `size` is not a size.
    ModelError
        On entering a plate inside one of the same name.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     with ppl.plate("school", 8):
    ...         ppl.sample("theta", ppl.Normal(0, 1))
    >>> ppl.simulate(model, draws=3, seed=1)["theta"].shape
    (3, 8)
    """
    return Plate(name, size)


def plates() -> tuple[Plate, ...]:
    """Plates entered now, outermost first."""
    return tuple(handler for handler in stack() if isinstance(handler, Plate))


def site_shape(name: str, law: Distribution, around: tuple[Plate, ...]) -> Shape:
    """Shape of a site's value: plate axes, then further batch axes, then event axes.

    Parameters that have no more axes than there are plates are aligned as NumPy does, from the
    right; with more, their first axes are those of the plates.

    Raises
    ------
    ShapeError
        If the parameters do not fit the plates.
    """
    sizes = tuple(plate.size for plate in around)
    batch = law.batch_shape
    aligned = (1,) * (len(sizes) - len(batch)) + batch
    for plate, got in zip(around, aligned, strict=False):
        if got not in (1, plate.size):
            shapes = ", ".join(f"{key} {shape}" for key, shape in law.parameter_shapes().items())
            raise ShapeError(
                f"{type(law).__name__}: parameters must have size 1 or {plate.size} along plate "
                f"'{plate.name}', got {got} ({shapes}), in site '{name}' {where()}. "
                "Index them per element of the plate, for example a[group], or insert an axis, "
                "a[:, None]."
            )
    return sizes + aligned[len(sizes) :] + law.event_shape


def site_dims(
    who: str,
    name: str,
    shape: Shape,
    around: tuple[Plate, ...],
    given: str | Sequence[str] | None,
) -> tuple[str, ...]:
    """Names of a value's axes: those of the plates, those given, ArviZ's default for the rest.

    Raises
    ------
    ShapeError
        If `given` does not name each axis that is not a plate's.
    """
    names = tuple(plate.name for plate in around)
    more = (given,) if isinstance(given, str) else tuple(given or ())
    if names and more[: len(names)] == names:
        more = more[len(names) :]
    free = len(shape) - len(names)
    if given is not None and (len(more) != free or not all(isinstance(d, str) for d in more)):
        inside = f" inside {len(names)} plates" if names else ""
        raise ShapeError(
            f"{who}: dims must name the {free} axes of shape {shape[len(names) :]}{inside}, got "
            f"{show(given)}, in site '{name}' {where()}. The plates name their own axes."
        )
    if len({*names, *more}) < len(names) + len(more):
        raise ShapeError(
            f"{who}: dims must be different names, got {show(names + more)}, in site '{name}' "
            f"{where()}. Rename one of them."
        )
    default = tuple(f"{name}_dim_{axis}" for axis in range(len(names), len(shape)))
    return names + (more if given is not None else default)


def _required_name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(
            f"plate: the name must be a string, got {show(name)} {where()}. "
            'Give the name first: plate("school", 8).'
        )
    return name


def _size_and_labels(name: str, size: Any) -> tuple[int, tuple[Any, ...] | None]:
    labels = None
    if ad.is_traced(size) and size.ndim:
        return len(size), None
    if ad.is_traced(size) or isinstance(size, str | bytes):
        raise _wrong_size(TypeError, name, size)
    if np.ndim(size) > 0 or hasattr(size, "__len__"):
        labels = tuple(size) if all(isinstance(label, str) for label in size) else None
        size = len(size)
    if isinstance(size, bool) or not isinstance(size, int | np.integer | np.ndarray):
        raise _wrong_size(TypeError, name, size)
    array = np.asarray(size)
    if array.ndim or array.dtype.kind not in "iu":
        raise _wrong_size(TypeError, name, size)
    if array < 0:
        raise _wrong_size(ValueError, name, size)
    return int(array), labels


def _wrong_size(error: type[Exception], name: str, size: Any) -> Exception:
    return error(
        f"plate: the size of '{name}' must be a nonnegative integer or a sequence, got "
        f"{show(ad.value_of(size))} {where()}. Compute it from data, for example len(y)."
    )
