"""The operation record: everything known about one operation, in one place.

An `Op` is a row of the table in `ad.ops`. From a row follow tracing, shapes, evaluation, both
directions of differentiation, native code, the tests and the table of the documentation.

An operation is called like a function. What it does depends on its arguments: on graph nodes it
adds a node, on traced values it records a row on their tape, on plain arrays it computes. So rules
written in operations work at every level, and derivatives of derivatives need nothing new.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Shape = tuple[int, ...]
Interval = tuple[float, float]
Params = Mapping[str, Any]
# A value a rule is written over: node, traced value, array or number.
Value = Any

TABLE: dict[str, Op] = {}


class _Ranks(dict[type, Any]):
    """For each type of arguments, what tells the level of one; None for plain values."""

    def __missing__(self, kind: type) -> Any:
        rank = self[kind] = getattr(kind, "level_of", None)
        return rank


_RANKS = _Ranks()

# What Python's operators do on NumPy's numbers is what the ufuncs do, several times faster.
SCALAR: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
    "absolute": operator.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}


class Pullback(Protocol):
    """Cotangent of argument `index`, given the cotangent `ct` of the output."""

    def __call__(self, index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
        """Cotangent of ``args[index]``."""


class Pushforward(Protocol):
    """Tangent of the output, given tangents of the arguments (None where zero)."""

    def __call__(self, tangents: Any, out: Value, args: Any, params: Params) -> Value:
        """Tangent of ``out``."""


@dataclass(frozen=True, eq=False)
class Op:
    """One operation.

    Attributes
    ----------
    name : str
        Unique; NumPy's or SciPy's name where there is one.
    eval : callable
        ``(*arrays, **params) -> array``, the meaning, in NumPy.
    shape : callable
        ``(*shapes, **params) -> shape`` of the result.
    pullback, pushforward : callable or None
        Rules of reverse and forward mode, written in operations. None: the derivative is zero.
    native : Any
        For element-wise operations ``(emitter, *operands) -> operand``; other kinds are lowered
        by `ad.lower` under their `kind`.
    kind : str
        `elementwise`, `reduction`, `view`, `gather`, `scatter`, `assemble`, `matmul`, `sparse`,
        `library` (SciPy's BLAS and LAPACK) or `leaf`.
    dtype : str
        Kind of the result: `f` (float64), `b` (bool) or `same` (as the first argument).
    domain : tuple of intervals
        Per argument, where the operation is defined and smooth; tests draw there.
    summary : str
        One line for the generated table.
    scalar : callable or None
        For element-wise operations: `eval` for numbers of float64, without its overhead.
    """

    name: str
    eval: Callable[..., Any]
    shape: Callable[..., Shape]
    pullback: Pullback | None = None
    pushforward: Pushforward | None = None
    native: Any = None
    kind: str = "elementwise"
    dtype: str = "f"
    domain: tuple[Interval, ...] = ()
    summary: str = ""
    scalar: Callable[..., Any] | None = None

    @property
    def of_conditions(self) -> bool:
        """Whether conditions are operands as they are, not as 0 and 1."""
        return self.dtype == "b" or self.name == "where"

    def __post_init__(self) -> None:
        assert self.name not in TABLE, f"two operations named {self.name}"
        TABLE[self.name] = self

    def __call__(self, *args: Value, **params: Any) -> Value:
        """Apply to nodes, traced values or arrays."""
        highest: Value = None
        for arg in args:
            rank = _RANKS[type(arg)]
            if rank is not None and (highest is None or rank(arg) > _RANKS[type(highest)](highest)):
                highest = arg
        if highest is not None:
            return highest.apply(self, args, params)
        return self.eval(*args, **params)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def broadcast(*shapes: Shape, **_: Any) -> Shape:
    """Shape rule of element-wise operations: NumPy's broadcasting."""
    first = shapes[0]
    if all(shape in (first, ()) for shape in shapes[1:]):
        return first
    return np.broadcast_shapes(*shapes)


def sum_to(value: Value, shape: Shape) -> Value:
    """Sum out the axes along which `shape` was broadcast to the shape of `value`."""
    if value.shape == shape:
        return value
    lead = len(value.shape) - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + axis
        for axis, size in enumerate(shape)
        if size == 1 and value.shape[lead + axis] != 1
    )
    total = TABLE["sum"](value, axis=axes) if axes else value
    return reshape(total, shape)


def reshape(value: Value, shape: Shape) -> Value:
    """`value` with another shape of the same size."""
    return value if value.shape == shape else TABLE["reshape"](value, shape=shape)


def expand(value: Value, shape: Shape) -> Value:
    """`value` broadcast to `shape`."""
    return value if value.shape == shape else TABLE["broadcast_to"](value, shape=shape)


_DOUBLES = np.dtype(np.float64)


def as_float(value: Any) -> Any:
    """A number or an array in float64, the one precision operations work in."""
    if isinstance(value, np.ndarray | np.generic):
        return value if value.dtype == np.float64 else value.astype(np.float64)
    return float(value) if type(value) in (int, bool) else value


def is_masked(ct: Value) -> bool:
    """Whether a cotangent comes out of a selection, so that its zeros mean "not taken"."""
    graph = getattr(ct, "graph", None)
    return graph is not None and ct.index in graph.masked


def elementwise(
    name: str,
    function: Callable[..., Any],
    *,
    native: Any,
    partials: tuple[Callable[..., Value] | None, ...] | None = None,
    domain: tuple[Interval, ...] = (),
    dtype: str = "f",
    summary: str = "",
) -> Op:
    """Row of an element-wise operation.

    Parameters
    ----------
    name : str
        NumPy's or SciPy's name.
    function : callable
        Its meaning, on arrays (a NumPy ufunc, or a function over arrays).
    native : callable
        ``(emitter, *operands) -> operand``: see `ad.lower.emitter.Emitter`.
    partials : tuple of callables, optional
        Per argument ``(out, *args, **params) -> partial derivative``, written in operations;
        None for an argument without influence. Without partials the derivative is zero
        (comparisons, `floor`).
    domain : tuple of (low, high)
        Per argument, where the operation is smooth; tests draw there.
    dtype : str
        `f` or `b`.
    summary : str
        One line for the documentation's table.
    """

    def evaluate(*args: Any, **params: Any) -> Any:
        # Data come in all types; computed in their own, float32 or int8 would lose digits.
        for arg in args:
            if type(arg) is not float and getattr(arg, "dtype", None) is not _DOUBLES:
                return function(*map(as_float, args), **params)
        return function(*args, **params)

    def pullback(index: int, ct: Value, out: Value, args: Any, params: Params) -> Value:
        partial = partials[index] if partials else None
        if partial is None:
            return None
        slope = partial(out, *args, **params)
        product = ct * slope
        if is_masked(ct) and not isinstance(slope, float):
            # A strong zero: where a selection took the other branch, this one counts for nothing,
            # even if its derivative is infinite or nan there. As forward mode has it.
            product = TABLE["where"](TABLE["equal"](ct, 0.0), 0.0, product)
        return sum_to(expand(product, out.shape), args[index].shape)

    def pushforward(tangents: Any, out: Value, args: Any, params: Params) -> Value:
        total: Value = None
        for tangent, partial in zip(tangents, partials or (), strict=False):
            if tangent is not None and partial is not None:
                term = tangent * partial(out, *args, **params)
                total = term if total is None else total + term
        return None if total is None else expand(total, out.shape)

    return Op(
        name,
        evaluate,
        broadcast,
        pullback if partials else None,
        pushforward if partials else None,
        native,
        dtype=dtype,
        domain=domain,
        summary=summary,
        scalar=SCALAR.get(name, function),
    )
