"""What a program's code depends on, as a key: asked for before the program is scheduled.

The key is a digest of the graph after its laws: operations, parameters, shapes, numbers of the
program, which arrays are one and the same, the passes that are on; of the compiler itself, by the
state of its source files; and of the machine. Contents of data are not in it, but for tables of
positions inside the body of a loop, which are part of its structure.

Whatever the key cannot speak for (a parameter of a type unknown here, an operation defined outside
the package) leaves the program without one: its code is then found by its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ad import jit
from ad.graph import DATA, INPUT, LITERAL, Node, reachable
from ad.loops.body import Body

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ad.op import Op

PLAIN = (int, float, str, bool, type(None))


class Asked(NamedTuple):
    """Everything that is given to `ad.lower.program.Program`, and whether it is to be strict."""

    input: Node
    outputs: Sequence[Node]
    gradient: Node | None
    guards: Sequence[tuple[Node, bool]]
    without: tuple[str, ...]
    strict: bool


class Identity(NamedTuple):
    """How a program is found again.

    Attributes
    ----------
    key : str
    arrays : list of array
        What the program reads, in the order in which the key has them.
    of_contents : bool
        Whether the key tells what is in the arrays, and so all that was computed of them.
    """

    key: str
    arrays: list[npt.NDArray[Any]]
    of_contents: bool = False


class NamelessError(Exception):
    """Something the key cannot speak for."""


def identity(asked: Asked) -> Identity | None:
    """Key of a program; None where it has parts that no key can speak for."""
    compiler = jit.sources()
    if compiler is None:
        return None
    listing = Listing()
    roots = [*asked.outputs, *(node for node, _ in asked.guards)]
    if asked.gradient is not None:
        roots.append(asked.gradient)
    try:
        graph = listing.graph([asked.input], roots, inside=False)
    except NamelessError:
        return None
    answers = [taken for _, taken in asked.guards]
    form = (answers, asked.gradient is not None, sorted(asked.without), asked.strict)
    key = jit.digest("graph", graph, repr(form), compiler, jit.host().key)
    return Identity(key, listing.arrays)


class Listing:
    """Text of graphs in which everything has a number instead of a name."""

    def __init__(self) -> None:
        self.arrays: list[npt.NDArray[Any]] = []
        self._numbers: dict[int, int] = {}  # of arrays, which are kept alive by their nodes
        self._bodies: dict[int, str] = {}
        self._own: set[str] = set()  # operations that were found to be the package's

    def graph(self, inputs: Sequence[Node], outputs: Sequence[Node], inside: bool) -> str:
        """Text of a graph; `inside` the body of a loop, arrays count by their content."""
        places = {node.index: place for place, node in enumerate(inputs)}
        lines: list[Any] = [(node.shape, node.dtype) for node in inputs]
        for node in reachable(outputs):
            if node.index in places:
                continue
            places[node.index] = len(lines)
            lines.append((node.op.name, node.shape, node.dtype, *self._more(node, places, inside)))
        return repr((lines, [places[node.index] for node in outputs]))

    def _more(self, node: Node, places: dict[int, int], inside: bool) -> tuple[Any, ...]:
        if node.op is LITERAL:
            return (float(node.value).hex(),)
        if node.op is DATA:
            array = node.value
            content = jit.digest(array.dtype.str, array.tobytes()) if inside else ""
            return (self._number(array), content)
        if node.op is INPUT:
            raise NamelessError  # of no function here
        self._require_own(node)
        return (
            [places[argument.index] for argument in node.inputs],
            [(name, self._named(value)) for name, value in node.params.items()],
        )

    def _number(self, array: npt.NDArray[Any]) -> int:
        number = self._numbers.setdefault(id(array), len(self.arrays))
        if number == len(self.arrays):
            self.arrays.append(array)
        return number

    def _named(self, value: Any) -> Any:
        """A parameter as something whose text says all of it."""
        kind = type(value)
        if kind in PLAIN:
            return value
        if isinstance(value, tuple):  # `InOrder` too
            return tuple(map(self._named, value))
        if kind is Body:
            known = self._bodies.get(id(value))
            if known is None:
                known = self._bodies[id(value)] = self.graph(value.inputs, value.outputs, True)
            return known
        raise NamelessError

    def _require_own(self, node: Node) -> None:
        if node.op.name not in self._own:
            if not is_own(node.op):
                raise NamelessError
            self._own.add(node.op.name)


def is_own(op: Op) -> bool:
    """Whether an operation is the package's: its rules are in the package's files."""
    rules = (op.native, op.pullback, op.pushforward)
    homes = [getattr(rule, "__module__", None) or type(rule).__module__ for rule in rules if rule]
    return all(home.startswith("ad.") for home in homes)
