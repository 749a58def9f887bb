"""Views of arrays that were never assigned to: the short way from NumPy's call to the row.

What `np.reshape`, `np.transpose` and the like do depends on the shape and on plain numbers only, so
it is worked out once for each of them, on stand-ins, and kept.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ad.ops.shape import broadcast_to, c_strides, view
from ad.tape import NO_PARAMS
from ad.traced import Traced, recorded
from ad.views import View, is_sure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import FrameType

    from ad.op import Op, Shape

MOST_PLANS = 4096  # kept, before all are forgotten
SMALL = 16384  # arrays up to this size have their positions kept
_new: Any = object.__new__
_array: Any = np.ndarray
_double = np.dtype(np.float64)
_BY_MEMORY = frozenset((np.reshape, np.ravel))  # give a view or a copy, by the memory layout


def value_now(x: Any) -> Traced | None:
    """The unchanging value that an array is which was never assigned to; None for others."""
    kind = type(x)
    if kind is Traced:
        return x  # type: ignore[no-any-return]
    if kind is View and x.sure and type(x.root) is Traced:
        now = x.now()
        return now if type(now) is Traced else None
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a function does to an array of one shape."""

    op: Op | None  # None: it gives all elements in order, in the same shape
    params: dict[str, Any]
    # Where it lies in the memory of a contiguous array of float64: offset and strides, in bytes.
    layout: tuple[int, tuple[int, ...]] | None
    take: Any = None  # the function, of one array


_PLANS: dict[Any, Plan | None] = {}


def view_by_plan(
    function: Any, rule: Any, args: Any, kwargs: Mapping[str, Any], frame: FrameType
) -> View | None:
    """The view that a function of NumPy gives of its first argument; None for the long way."""
    if not args or not are_whole((*args[1:], *kwargs.values()) if kwargs else args[1:]):
        return None
    x, rest = args[0], args[1:]
    now = value_now(x)
    if now is None or (function in _BY_MEMORY and not _in_rows(x)):
        return None
    key = (function, now.shape, rest, tuple(kwargs.items()) if kwargs else ())
    try:
        plan = _PLANS[key]
    except KeyError:
        if len(_PLANS) >= MOST_PLANS:
            _PLANS.clear()
        plan = plan_of(function, rule, now, rest, kwargs)
        if plan is not None:
            plan = replace(plan, take=functools.partial(_call, function, rest, kwargs))
        _PLANS[key] = plan
    if plan is None:
        return None
    op, params, layout = plan.op, plan.params, plan.layout
    if op is None:
        return View(x, plan.take, now.shape, now.frozen())
    known, value = now.known, None
    if type(known) is _array:
        if layout is not None and known.dtype is _double and known.flags.c_contiguous:
            value = _array(params["shape"], _double, known, layout[0], layout[1])
            value.setflags(False)
        elif op is not broadcast_to:  # which tells of shapes that do not fit
            value = op.eval(known, **params)
    return View(x, plan.take, params["shape"], one_row(now, op, params, value, frame))


def _call(function: Any, rest: Any, kwargs: Any, array: Any) -> Any:
    return function(array, *rest, **kwargs)


def part_of(
    x: Traced, now: Traced, taken: Any, take: Callable[[Any], Any], frame: FrameType
) -> View:
    """The view that `take` gives of `x`, of whose positions it gave `taken`."""
    known, value = now.known, None
    shape = taken.shape
    offset = taken.item(0) if taken.size else 0
    steps = taken.strides
    if len(shape) == 1 and shape != (1,) and known.ndim > 1:  # a row or a column, mostly
        op, params = view, {"shape": shape, "offset": offset, "strides": (steps[0] >> 3,)}
    else:
        plan = _plan_of_positions(known.shape, shape, offset, steps)
        if plan.op is None:
            return View(x, take, shape, now.frozen())
        op, params = plan.op, plan.params
    if type(known) is _array and known.flags.c_contiguous:
        value = take(known)
        value.setflags(False)
    return View(x, take, shape, one_row(now, op, params, value, frame))


def one_row(now: Traced, op: Op, params: dict[str, Any], value: Any, frame: FrameType) -> Traced:
    """Record an operation on `now`, whose value is there or None, as what `frame` does.

    As `recorded` does it, but for what is not needed where all of it is known.
    """
    tape = now.tape
    unlike = value is None or (type(value) is _array and not value.ndim)  # a number is no array
    if unlike or tape.tagging is not None:
        return recorded(op, (now,), params, frame)
    if not tape.turned and value.ndim > 1:
        tape.turned = not value.flags.c_contiguous
    found: Traced = _new(Traced)
    found.tape, found.known = tape, value
    found.ref = tape.add(op, (now.ref,), params, value, frame)
    return found


def are_whole(args: tuple[Any, ...]) -> bool:
    """Whether arguments are integers, tuples of them, or None: equal ones mean the same."""
    for arg in args:
        kind = type(arg)
        if kind is tuple:
            for each in arg:
                if type(each) is not int:
                    return False
        elif kind is not int and arg is not None:
            return False
    return True


def _in_rows(x: Any) -> bool:
    """Whether the elements are known to lie in memory in order."""
    return is_sure(x) and (type(x) is Traced or x.memory.flags.c_contiguous)


def plan_of(
    function: Any, rule: Any, now: Traced, rest: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Plan | None:
    """What a function does to arrays of the shape of `now`; None where that is not one view."""
    if not now.size or not now.ndim:
        return None
    shape = now.shape
    stand_in = as_strided(np.zeros(1, np.int8), shape, c_strides(shape), writeable=False)
    short = getattr(rule, "short", None)
    if short is not None and len(rest) + 1 == short.most and not kwargs:
        row = short.parts(now, *rest)
        if row is None:
            same = function(stand_in, *rest).shape == shape
            return Plan(None, NO_PARAMS, None) if same else None
        return Plan(row[0], row[2], _broadcast_layout(shape, *row))
    if not hasattr(rule, "affine"):
        return None
    taken = function(stand_in, *rest, **kwargs)
    offset = address(taken) - address(stand_in) if taken.size else 0
    plan = _plan(shape, taken.shape, offset, taken.strides)
    steps = tuple(8 * step for step in taken.strides)
    return replace(plan, layout=None if plan.op is None else (8 * offset, steps))


def _broadcast_layout(
    whole: Shape, op: Op, _: Any, params: dict[str, Any]
) -> tuple[int, tuple[int, ...]] | None:
    """Layout of what is broadcast; None for other operations, and where the shapes do not fit."""
    if op is not broadcast_to:
        return None
    try:
        taken = np.broadcast_to(np.empty(whole, np.int8), params["shape"])
    except ValueError:
        return None
    return 0, tuple(8 * step for step in taken.strides)


@functools.lru_cache(maxsize=MOST_PLANS)
def _plan_of_positions(whole: Shape, shape: Shape, offset: int, steps: tuple[int, ...]) -> Plan:
    """What takes a part of the positions of an array, by its strides in bytes."""
    return _plan(whole, shape, offset, tuple([step >> 3 for step in steps]))


def _plan(whole: Shape, shape: Shape, offset: int, steps: tuple[int, ...]) -> Plan:
    """What takes elements of an array of shape `whole` at affine positions."""
    strides = _without_units(shape, steps) if 1 in shape else steps
    if offset == 0 and shape == whole and strides == _without_units(shape, c_strides(shape)):
        return Plan(None, NO_PARAMS, None)
    return Plan(view, {"shape": shape, "offset": offset, "strides": strides}, None)


def _without_units(shape: Shape, strides: tuple[int, ...]) -> tuple[int, ...]:
    """Strides, which are 0 for axes of size 1."""
    return tuple([step if size != 1 else 0 for size, step in zip(shape, strides, strict=True)])


@functools.lru_cache(maxsize=64)
def all_positions(shape: Shape) -> Any:
    """The flat positions of an array's elements, to be taken parts of."""
    positions = np.arange(math.prod(shape)).reshape(shape)
    positions.setflags(write=False)
    return positions


def address(array: Any) -> int:
    """Where an array's first element lies."""
    return int(array.__array_interface__["data"][0])
