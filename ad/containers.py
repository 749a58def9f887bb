"""Nested containers of arrays, and the flat lists of arrays they hold.

A container is a dict, a tuple, a named tuple, a list or a dataclass. Its leaves are what differs
from call to call: arrays, numbers, traced values. What is not a number (None, text, a function) is
part of the structure: it is kept as it is and must agree where two containers are compared.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad.callsite import user_line
from ad.errors import ShapeError
from ad.traced import is_traced

Key = Any


@dataclasses.dataclass(frozen=True)
class Structure:
    """How a container is nested, without its leaves; hashable where its keys are.

    Attributes
    ----------
    kind : type, or None
        Of the container; None for a leaf, and for a constant.
    keys : tuple
        Keys of a dict, names of fields, positions of a sequence.
    parts : tuple of Structure
        One for each key.
    constant : Any
        What a part that is not a number is.
    """

    kind: Any = None
    keys: tuple[Key, ...] = ()
    parts: tuple["Structure", ...] = ()
    constant: Any = None
    is_leaf: bool = False

    @property
    def size(self) -> int:
        """Number of leaves."""
        return 1 if self.is_leaf else sum(part.size for part in self.parts)

    def build(self, leaves: Sequence[Any]) -> Any:
        """A container of this structure with the given leaves."""
        return self._build(iter(leaves))

    def _build(self, leaves: Any) -> Any:
        if self.is_leaf:
            return next(leaves)
        if self.kind is None:
            return self.constant
        values = [part._build(leaves) for part in self.parts]  # noqa: SLF001 - another of our own
        if issubclass(self.kind, dict) or dataclasses.is_dataclass(self.kind):
            named = dict(zip(self.keys, values, strict=True))
            return named if self.kind is dict else self._of_kind(named)
        return self.kind(*values) if hasattr(self.kind, "_fields") else self.kind(values)

    def _of_kind(self, named: dict[Key, Any]) -> Any:
        kind: Any = self.kind
        return kind(**named) if hasattr(kind, "__dataclass_fields__") else kind(named)

    def __str__(self) -> str:
        if self.is_leaf:
            return "*"
        if self.kind is None:
            return repr(self.constant)
        if issubclass(self.kind, dict):
            pairs = zip(self.keys, self.parts, strict=True)
            return "{" + ",".join(f"{key!r}:{part}" for key, part in pairs) + "}"
        return f"{self.kind.__name__}(" + ",".join(map(str, self.parts)) + ")"

    def names(self, root: str = "") -> list[str]:
        """Where each leaf is, as one would write it in Python: ``['scale'][0]``."""
        if self.is_leaf:
            return [root]
        dotted = dataclasses.is_dataclass(self.kind) or hasattr(self.kind, "_fields")
        named = [f"{root}.{key}" if dotted else f"{root}[{key!r}]" for key in self.keys]
        return [n for name, part in zip(named, self.parts, strict=True) for n in part.names(name)]


LEAF = Structure(is_leaf=True)


def opened(tree: Any) -> tuple[tuple[Key, ...], list[Any]] | None:
    """Keys and parts of a container; None for anything else."""
    if isinstance(tree, dict):
        return tuple(tree), list(tree.values())
    if isinstance(tree, tuple | list):
        keys = getattr(tree, "_fields", range(len(tree)))
        return tuple(keys), list(tree)
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        keys = tuple(field.name for field in dataclasses.fields(tree) if field.init)
        return keys, [getattr(tree, key) for key in keys]
    return None


def is_constant(value: Any) -> bool:
    """Whether something in a container is no number: None, text, a function, a type."""
    return (
        value is None
        or isinstance(value, str | bytes)
        or (callable(value) and not is_traced(value))
    )


def flatten(tree: Any, pair: Any = None) -> tuple[list[Any], Structure]:
    """Leaves of a container, and its structure; anything else is one leaf.

    With the class of pairs (`ad.complexes.Complex`), plain complex arrays are taken apart too.

    Examples
    --------
    >>> leaves, structure = flatten({"loc": 1.0, "rest": (2.0, [3.0])})
    >>> leaves, structure.names("x")
    ([1.0, 2.0, 3.0], ["x['loc']", "x['rest'][0]", "x['rest'][1][0]"])
    >>> structure.build([4.0, 5.0, 6.0])
    {'loc': 4.0, 'rest': (5.0, [6.0])}
    """
    inside, kind = opened(tree), type(tree)
    if inside is None and pair is not None and not is_traced(tree) and np.iscomplexobj(tree):
        inside, kind = pair.taken_apart(np.asarray(tree)), pair
    if inside is None:
        return ([], Structure(constant=tree)) if is_constant(tree) else ([tree], LEAF)
    keys, parts = inside
    flat = [flatten(part, pair) for part in parts]
    structure = Structure(kind, keys, tuple(structure for _, structure in flat))
    return [leaf for leaves, _ in flat for leaf in leaves], structure


def flatten_like(structure: Structure, tree: Any, who: str, what: str) -> list[Any]:
    """Leaves of `tree`, which must be nested as `structure` says; dicts match by their keys."""
    inside = opened(tree)
    if inside is None and hasattr(
        structure.kind, "taken_apart"
    ):  # a pair that is an array to users
        inside = structure.kind.taken_apart(tree)
    if structure.is_leaf:
        if inside is not None or is_constant(tree):
            raise _unlike(structure, tree, who, what)
        return [tree]
    if structure.kind is None:
        return []
    if inside is None or set(inside[0]) != set(structure.keys):
        raise _unlike(structure, tree, who, what)
    parts = dict(zip(*inside, strict=True))
    leaves: list[Any] = []
    for key, part in zip(structure.keys, structure.parts, strict=True):
        leaves += flatten_like(part, parts[key], who, f"{what}[{key!r}]")
    return leaves


def _unlike(structure: Structure, tree: Any, who: str, what: str) -> ShapeError:
    keys = f" with {list(structure.keys)}" if structure.keys else ""
    wanted = "an array" if structure.is_leaf else f"a {getattr(structure.kind, '__name__', '')}"
    return ShapeError(
        f"{who}: {what} must be {wanted}{keys}, got {type(tree).__name__} ({user_line()}). "
        "Nest it as the argument it belongs to."
    )


def flatten_prefix(structure: Structure, tree: Any, who: str, what: str) -> list[Any]:
    """For each leaf of `structure`, what `tree` says: one thing for a whole container, or parts."""
    inside = opened(tree)
    if inside is None:
        return [tree] * structure.size
    if structure.is_leaf or set(inside[0]) != set(structure.keys):
        raise _unlike(structure, tree, who, what)
    parts = dict(zip(*inside, strict=True))
    return [
        one
        for key, part in zip(structure.keys, structure.parts, strict=True)
        for one in flatten_prefix(part, parts[key], who, f"{what}[{key!r}]")
    ]


def of_vector(
    function: Callable[[Any], Any], structure: Structure, shapes: Sequence[tuple[int, ...]]
) -> Callable[[Any], Any]:
    """A function of a container as one of its leaves, of these shapes, end to end."""

    def flat(x: Any) -> Any:
        leaves, start = [], 0
        for shape in shapes:
            size = math.prod(shape)
            leaves.append(x[start : start + size].reshape(shape))
            start += size
        return function(structure.build(leaves))

    return flat


__all__ = ["LEAF", "Structure", "flatten", "flatten_like", "flatten_prefix", "of_vector", "opened"]
