"""The module of IR text: every function for one vector and for tiles.

A function is a formula (a straight-line block on four lanes) and, where the formula does not hold
for all doubles, a slow path. The block says which lanes it does not serve; if there are any, the
slow path, kept out of line, computes them, and the others keep their result, so that a lane never
depends on its neighbours.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ad.vectormath import elementary, gamma, normal, power, trigonometric
from ad.vectormath.constants import DOUBLE, LANES, LOAD_TABLE, Constants
from ad.vectormath.text import BOOLEAN, Code, Value

Formula = Callable[..., tuple[Value, Value | None]]
Slow = Callable[..., Value]
# Vectors worked on side by side in the loop over a tile.
UNROLL = 2


@dataclass(frozen=True)
class Function:
    """A formula with its slow path.

    Attributes
    ----------
    formula : callable
        ``(code, *arguments) -> (value, lanes that need the slow path or None)``.
    slow : callable or None
        ``(code, *arguments, value) -> value``.
    arguments : int
        Their number.
    unroll : int
        Vectors side by side in a tile's loop.
    calls : tuple of str
        Scalar functions of the C library that the slow path calls.
    """

    formula: Formula
    slow: Slow | None = None
    arguments: int = 1
    unroll: int = UNROLL
    calls: tuple[str, ...] = ()


FUNCTIONS: dict[str, Function] = {
    "exp": Function(elementary.exp),
    "expm1": Function(elementary.expm1, elementary.expm1_slow),
    "log": Function(elementary.log, elementary.log_slow, unroll=4),
    "log1p": Function(elementary.log1p, elementary.log1p_slow),
    "log1p_exp": Function(elementary.log1p_exp, unroll=4),
    "log_expit": Function(elementary.log_expit, unroll=4),
    "expit": Function(elementary.expit, unroll=4),
    "tanh": Function(elementary.tanh, unroll=4),
    "sin": Function(trigonometric.sin, trigonometric.sin_slow, calls=("sin",)),
    "cos": Function(trigonometric.cos, trigonometric.cos_slow, calls=("cos",)),
    "pow": Function(power.pow, power.pow_slow, arguments=2, unroll=4, calls=("pow",)),
    "erf": Function(normal.erf),
    "erfc": Function(normal.erfc, normal.erfc_slow),
    "ndtr": Function(normal.ndtr),
    "log_ndtr": Function(normal.log_ndtr),
    "lgamma": Function(gamma.lgamma, gamma.lgamma_slow, unroll=1, calls=("lgamma",)),
    "digamma": Function(gamma.digamma, gamma.digamma_slow, unroll=1),
}


def module(names: Iterable[str], fma: bool) -> str:
    """IR text of the named functions: `w_NAME` for a vector, `w_tile_NAME` for an array."""
    parts = [
        f"declare {DOUBLE} @llvm.fma.v{LANES}f64({DOUBLE}, {DOUBLE}, {DOUBLE})",
    ]
    constants = Constants()
    chosen = {name: FUNCTIONS[name] for name in names}
    arity = {call: function.arguments for function in chosen.values() for call in function.calls}
    for call, count in sorted(arity.items()):
        parts.append(f"declare double @{call}({', '.join(['double'] * count)})")
    for name, function in chosen.items():
        writer = Writer(name, function, constants, fma)
        if function.slow is not None:
            parts.append(writer.slow())
        parts += [writer.vector(), writer.tile()]
    return "\n".join([*parts, constants.definition()])


def _names(count: int) -> list[str]:
    return ["%x", "%y", "%z"][:count]


def _signature(names: Iterable[str]) -> str:
    return ", ".join(f"{DOUBLE} {name}" for name in names)


def _lines(lines: list[str]) -> str:
    return "\n  ".join(lines) + "\n}"


def _any(condition: str, result: str) -> list[str]:
    """Whether any lane of `condition` is true."""
    return [
        f"{result}.mask = bitcast {BOOLEAN} {condition} to i{LANES}",
        f"{result} = icmp ne i{LANES} {result}.mask, 0",
    ]


@dataclass(frozen=True)
class Writer:
    """Text of one function in its three forms."""

    name: str
    function: Function
    constants: Constants
    fma: bool

    def slow(self) -> str:
        """The slow path of a vector: given the formula's result, the right one for all lanes."""
        assert self.function.slow is not None
        code = Code("v", self.constants, self.fma)
        names = _names(self.function.arguments)
        given = code.argument("%given")
        value = self.function.slow(code, *[code.argument(text) for text in names], given)
        result = code.select(Value(code, "%special", BOOLEAN), value, given)
        signature = f"{_signature([*names, '%given'])}, {BOOLEAN} %special"
        head = f"define internal {DOUBLE} @slow_{self.name}({signature}) noinline cold {{"
        return _lines([head, LOAD_TABLE, *code.lines, f"ret {DOUBLE} {result.name}"])

    def vector(self) -> str:
        """The function of one vector."""
        code = Code("v", self.constants, self.fma)
        names = _names(self.function.arguments)
        value, special = self.function.formula(code, *[code.argument(text) for text in names])
        lines = [f"define {DOUBLE} @w_{self.name}({_signature(names)}) {{", LOAD_TABLE, *code.lines]
        if special is not None:
            lines += [
                *_any(special.name, "%any"),
                "br i1 %any, label %slow, label %done",
                "slow:",
                self.call_slow("%repaired", [*names, value.name], special),
                f"ret {DOUBLE} %repaired",
                "done:",
            ]
        return _lines([*lines, f"ret {DOUBLE} {value.name}"])

    def tile(self) -> str:
        """The function of an array: `unroll` vectors at a time, then one at a time."""
        arrays = ", ".join(f"ptr {pointer}" for pointer in self._pointers())
        wide = Loop(self, "wide", self.function.unroll)
        return _lines(
            [
                f"define void @w_tile_{self.name}(ptr %out, {arrays}, i64 %n) {{",
                "entry:",
                LOAD_TABLE,
                f"%most = and i64 %n, {-LANES * self.function.unroll}",
                "%enter = icmp ne i64 %most, 0",
                "br i1 %enter, label %wide, label %check",
                *wide.text(before="entry", first="0", bound="%most", after="check"),
                "check:",
                "%start = phi i64 [ 0, %entry ], [ %most, %wide.end ]",
                "%more = icmp ult i64 %start, %n",
                "br i1 %more, label %single, label %finish",
                *self._remainder(),
                "finish:",
                "ret void",
            ]
        )

    def _remainder(self) -> list[str]:
        """The loop over what is left, by calls of the function of one vector."""
        code = Code("single.", self.constants, self.fma)
        operands = _signature([vector.name for vector in self.load(code, "%j")])
        return [
            "single:",
            "%j = phi i64 [ %start, %check ], [ %j.next, %single ]",
            *code.lines,
            f"%last = call {DOUBLE} @w_{self.name}({operands})",
            "%single.place = getelementptr double, ptr %out, i64 %j",
            f"store {DOUBLE} %last, ptr %single.place, align 8",
            f"%j.next = add i64 %j, {LANES}",
            "%again = icmp ult i64 %j.next, %n",
            "br i1 %again, label %single, label %finish",
        ]

    def _pointers(self) -> list[str]:
        return ["%in", "%in2"][: self.function.arguments]

    def call_slow(self, result: str, operands: list[str], special: Value) -> str:
        """A call of the slow path."""
        signature = f"{_signature(operands)}, {BOOLEAN} {special.name}"
        return f"{result} = call {DOUBLE} @slow_{self.name}({signature})"

    def load(self, code: Code, offset: str) -> list[Value]:
        """The argument vectors at an offset."""
        vectors = []
        for pointer in self._pointers():
            address = code.add(f"getelementptr double, ptr {pointer}, i64 {offset}", "ptr").name
            vectors.append(code.add(f"load {DOUBLE}, ptr {address}, align 8", DOUBLE))
        return vectors


class Loop:
    """A loop over `count` vectors side by side, their instructions interleaved."""

    def __init__(self, writer: Writer, label: str, count: int) -> None:
        self.writer = writer
        self.label = label
        self.count = count

    def text(self, before: str, first: str, bound: str, after: str) -> list[str]:
        """Lines of the loop from `first` to `bound`, entered from a block and left to another."""
        index = f"%{self.label}.i"
        blocks: list[list[str]] = []
        copies: list[tuple[list[str], Value, Value | None]] = []
        for copy in range(self.count):
            code = Code(f"{self.label}.{copy}.", self.writer.constants, self.writer.fma)
            offset = code.add(f"add i64 {index}, {copy * LANES}", "i64").name
            arguments = self.writer.load(code, offset)
            value, special = self.writer.function.formula(code, *arguments)
            blocks.append(code.lines)
            copies.append(([argument.name for argument in arguments], value, special))
        body = [line for together in zip(*blocks, strict=True) for line in together]
        results, repair = self._repair(copies)
        return [
            f"{self.label}:",
            f"{index} = phi i64 [ {first}, %{before} ], [ {index}.next, %{self.label}.end ]",
            *body,
            *repair,
            *self._stores(index, results),
            f"{index}.next = add i64 {index}, {self.count * LANES}",
            f"{index}.again = icmp ult i64 {index}.next, {bound}",
            f"br i1 {index}.again, label %{self.label}, label %{after}",
        ]

    def _stores(self, index: str, results: list[str]) -> list[str]:
        lines = []
        for copy, text in enumerate(results):
            place = f"%{self.label}.{copy}.place"
            lines += [
                f"{place}.offset = add i64 {index}, {copy * LANES}",
                f"{place} = getelementptr double, ptr %out, i64 {place}.offset",
                f"store {DOUBLE} {text}, ptr {place}, align 8",
            ]
        return lines

    def _repair(
        self, copies: list[tuple[list[str], Value, Value | None]]
    ) -> tuple[list[str], list[str]]:
        """Names of the final values, and lines that call the slow path if any lane needs it."""
        label = self.label
        specials = [special for _, _, special in copies if special is not None]
        if not specials:
            end = [f"br label %{label}.end", f"{label}.end:"]
            return [value.name for _, value, _ in copies], end
        lines = []
        union = specials[0].name
        for copy, special in enumerate(specials[1:]):
            lines.append(f"%{label}.or{copy} = or {BOOLEAN} {union}, {special.name}")
            union = f"%{label}.or{copy}"
        lines += [
            *_any(union, f"%{label}.any"),
            f"br i1 %{label}.any, label %{label}.slow, label %{label}.fast",
            f"{label}.slow:",
        ]
        merged, names = [], []
        for copy, (arguments, value, _) in enumerate(copies):
            repaired = f"%{label}.{copy}.repaired"
            lines.append(self.writer.call_slow(repaired, [*arguments, value.name], specials[copy]))
            names.append(f"%{label}.{copy}.stored")
            merged.append(
                f"{names[-1]} = phi {DOUBLE} [ {value.name}, %{label}.fast ], "
                f"[ {repaired}, %{label}.slow ]"
            )
        lines += [f"br label %{label}.end", f"{label}.fast:", f"br label %{label}.end"]
        return names, [*lines, f"{label}.end:", *merged]
