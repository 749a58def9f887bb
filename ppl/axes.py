"""Names of axes, carried along while a model is traced, to find what does not belong together.

The values of sites have the names of their plates and `dims`. Operations carry names on where it is
clear what becomes of an axis; elsewhere the names are unknown, and what is unknown fits everything.
Two axes of different names that are combined element by element are a mistake, also where their
sizes agree by chance.
"""

from __future__ import annotations

import math
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.data import Data
from ppl.distributions.base import Distribution
from ppl.errors import ShapeError, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ppl.handlers import Site

Names = tuple[str | None, ...]
Shape = tuple[int, ...]


@dataclass
class _Known:
    """What is known while names are carried along.

    Attributes
    ----------
    indices : dict of int to (array, names)
        By address: indices of plates, kept so that their addresses stay taken.
    same : dict of str to str
        Names of plates made over values along another axis, and that axis's name.
    """

    indices: dict[int, tuple[Any, Names]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)


_known: ContextVar[_Known | None] = ContextVar("ppl_axes", default=None)
_DEFAULT = re.compile(r".*_dim_\d+")


@contextmanager
def checked(active: bool) -> Iterator[None]:
    """Carry names along in what is traced meanwhile, if `active`."""
    if not active:
        yield
        return
    token = _known.set(_Known())
    try:
        with ad.tagging(names_after, numbers=False):
            yield
    finally:
        _known.reset(token)


def are_named(sites: Mapping[str, Site]) -> bool:
    """Whether a model has names to check."""
    return any(any(names_of_dims(site.dims)) for site in sites.values())


def names_of_dims(dims: Sequence[str]) -> Names:
    """Names of axes; a default name says nothing."""
    known = _known.get()
    same = {} if known is None else known.same
    return tuple(None if _DEFAULT.fullmatch(dim) else same.get(dim, dim) for dim in dims)


def named(value: Any, dims: Sequence[str]) -> Any:
    """Give a traced value the names of its axes, if names are carried along."""
    if _known.get() is not None and ad.is_traced(value):
        names = names_of_dims(dims)
        return ad.tag(value, names if any(names) else None)
    return value


def note_indices(indices: Any, name: str) -> None:
    """Remember that an array holds the indices of a plate: what it picks lies along that."""
    known = _known.get()
    if known is not None:
        known.indices[_address(indices)] = (indices, names_of_dims((name,)))


def note_length(plate: str, values: Any) -> None:
    """Remember that a plate was made over values, so that its axis is theirs."""
    known, names = _known.get(), names_of(values)
    if known is not None and names is not None and names[0] is not None and names[0] != plate:
        known.same[plate] = names[0]


def names_of(value: Any) -> Names | None:
    """Names of a value's axes; None if none is known."""
    mark = getattr(value, "tag", None)  # a traced value's
    if type(mark) is tuple:
        return mark
    return value.dims if isinstance(value, Data) else None


def names_after(op: Any, args: Sequence[Any], params: Mapping[str, Any], result: Any) -> Any:
    """Names of an operation's result (the rule for `ad.tagging`).

    Raises
    ------
    ShapeError
        If axes of different names are combined.
    """
    if op is None:
        return None
    if op.kind == "gather":
        return _gathered(args[1], result.shape)
    elementwise = op.kind == "elementwise"
    known = {}
    for arg in args:  # this runs for every operation: a float is passed over at once
        if type(arg) is not float:
            mark = names_of(arg)
            if mark is not None:
                known[mark] = arg
    if not known:
        return None
    if elementwise and len(known) == 1:
        ((mark, arg),) = known.items()
        if len(mark) == result.ndim and 1 not in arg.shape:
            return mark
    names = [names_of(arg) for arg in args]
    shapes = [np.shape(arg) for arg in args]
    if elementwise:
        return combined(op.name, list(zip(names, shapes, strict=True)), result.shape)
    rule = _RULES.get(op.name)
    return None if rule is None else _or_none(rule(names, shapes, params, result.shape))


def combined(who: str, parts: Sequence[tuple[Names | None, Shape]], shape: Shape) -> Names | None:
    """Names of values broadcast together to `shape`.

    Raises
    ------
    ShapeError
        If axes of different names meet.
    """
    found: list[str | None] = [None] * len(shape)
    for names, own in parts:
        if names is None:
            continue
        for axis, (name, size) in enumerate(zip(names, own, strict=True), len(shape) - len(own)):
            if name is None or size == 1:
                continue
            if found[axis] is not None and found[axis] != name:
                raise mixed(who, str(found[axis]), name, size)
            found[axis] = name
    return _or_none(tuple(found))


def mixed(who: str, first: str, second: str, size: int) -> ShapeError:
    """Error for two axes that do not belong together."""
    return ShapeError(
        f"{who}: axes that are combined must be the same, got '{first}' and '{second}' (both of "
        f"size {size}) {where()}. Take elements of one for those of the other, a[index], or put "
        "them on different axes, a[:, None]."
    )


def require_fitting(site: Site) -> None:
    """Check that the parameters of a site's law lie along the axes they are meant for.

    Raises
    ------
    ShapeError
        If an axis has another name than the site's axis it falls on.
    """
    law = site.distribution
    if _known.get() is None or law is None:
        return
    count = len(site.shape) - len(law.event_shape)
    wanted = names_of_dims(site.dims[:count])
    plates = len(site.plates)
    if len(law.batch_shape) <= plates:
        wanted = wanted[:plates]
    for parameter, names, shape in _parameters(law):
        for name, size, want in zip(
            reversed(names), reversed(shape), reversed(wanted), strict=False
        ):
            if None not in (name, want) and name != want and size > 1:
                raise ShapeError(
                    f"{type(law).__name__}: {parameter} must lie along '{want}', got an axis "
                    f"'{name}' (both of size {size}), {where(site.name)}. Take its element for "
                    f"each element of '{want}', a[index], or put it on another axis, a[:, None]."
                )


def require_names(who: str, site: str, value: Any, dims: Sequence[str]) -> None:
    """Check that a value's axes have the names they are given.

    Raises
    ------
    ShapeError
        If one is known by another name.
    """
    names = names_of(value) if _known.get() is not None else None
    for name, want, size in zip(names or (), names_of_dims(dims), np.shape(value), strict=False):
        if None not in (name, want) and name != want and size > 1:
            raise ShapeError(
                f"{who}: the value must lie along '{want}', got an axis '{name}' (both of size "
                f"{size}), {where(site)}. Take its element for each element of '{want}', "
                "a[index], or name the axis as it is."
            )


def _parameters(law: Distribution) -> Iterator[tuple[str, Names, Shape]]:
    """Parameters of a law whose axes have names, without the axes of one value."""
    own = vars(law)
    for parameter in own.get("_given", ()):
        names = names_of(own[parameter])
        if names is not None:
            shape = np.shape(own[parameter])
            batch = len(shape) - law.parameters[parameter].event_dim
            yield parameter, names[:batch], shape[:batch]
    if isinstance(own.get("base"), Distribution):
        yield from _parameters(own["base"])


# ---- what operations do to axes --------------------------------------------------------------


def _gathered(table: Any, shape: Shape) -> Names | None:
    """Elements picked by the indices of a plate lie along it; else nothing is known."""
    state = _known.get()
    if state is None or not isinstance(table, np.ndarray):
        return None
    known = state.indices.get(_address(table))
    if known is None or np.shape(known[0]) != np.shape(table) or shape != np.shape(table):
        return None
    return known[1]


def _reduced(names: Any, shapes: Any, params: Any, shape: Shape) -> Names | None:
    axes = params["axis"]
    kept = tuple(name for axis, name in enumerate(names[0]) if axis not in axes)
    return kept if len(kept) == len(shape) else None


def _same(names: Any, shapes: Any, params: Any, shape: Shape) -> Names | None:
    return names[0] if shapes[0] == shape else None


def _reshaped(names: Any, shapes: Any, params: Any, shape: Shape) -> Names | None:
    """Only axes of size 1 came or went: the others are what they were."""
    before = [(n, s) for n, s in zip(names[0], shapes[0], strict=True) if s != 1]
    if [size for _, size in before] != [size for size in shape if size != 1]:
        return None
    rest = iter(name for name, _ in before)
    return tuple(None if size == 1 else next(rest) for size in shape)


def _broadcast(names: Any, shapes: Any, params: Any, shape: Shape) -> Names | None:
    lead = len(shape) - len(shapes[0])
    own = zip(names[0], shapes[0], shape[lead:], strict=True)
    return (None,) * lead + tuple(name if size == new else None for name, size, new in own)


def _viewed(names: Any, shapes: Any, params: Any, shape: Shape) -> Names | None:
    """An axis goes on where a whole axis is stepped through in its own stride."""
    steps = {}
    for axis, (name, size) in enumerate(zip(names[0], shapes[0], strict=True)):
        if size > 1:
            steps[math.prod(shapes[0][axis + 1 :]), size] = name
    pairs = zip(params["strides"], shape, strict=True)
    return tuple(steps.get(pair) if pair[1] > 1 else None for pair in pairs)


def _multiplied(names: Any, shapes: Any, params: Any, shape: Shape) -> Names | None:
    """Matrix times matrix, or vector: the inner axes meet, the outer ones stay."""
    left, right = names
    if len(shapes[0]) != 2 or len(shapes[1]) not in (1, 2):
        return None
    inner = (left or (None, None))[1], (right or (None,))[0]
    if None not in inner and inner[0] != inner[1] and shapes[0][1] > 1:
        raise mixed("matmul", str(inner[0]), str(inner[1]), shapes[0][1])
    outer = (None if left is None else left[0], *(right or (None,) * len(shapes[1]))[1:])
    return outer if len(outer) == len(shape) else None


_RULES = {
    "sum": _reduced,
    "max": _reduced,
    "min": _reduced,
    "cumsum": _same,
    "reshape": _reshaped,
    "broadcast_to": _broadcast,
    "view": _viewed,
    "matmul": _multiplied,
    "matvec": _multiplied,
}


def _or_none(names: Names | None) -> Names | None:
    return names if names is not None and any(names) else None


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])
