"""Writing instructions: one emitter for scalars and for vectors of four.

Native rules of element-wise operations are written against `Emitter`; the same rule serves scalar
code and loop bodies. Numbers are `double` (or `<4 x double>`), conditions `i1`; an operand knows
which it is, and is converted where the other is wanted.

Instructions carry the flag `contract`, so a product and a sum may become one fused operation. No
flag assumes infinities or nan away: -inf is a legal log density.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from ad import vectormath

LANES = 4
# Scalar functions of the C library, under the names native rules use.
LIBM = frozenset(
    (
        *("exp", "expm1", "log", "log1p", "pow"),
        *("sin", "cos", "tan", "asin", "acos", "atan"),
        *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
        *("atan2", "hypot", "cbrt", "nextafter"),
    )
)


class Operand(NamedTuple):
    """An SSA name or a constant; `kind` is `f` for a number, `b` for a condition."""

    text: str
    kind: str = "f"


def instruction(name: str) -> Callable[..., Operand]:
    """Native rule: one floating-point instruction."""
    return lambda b, *operands: b.op(name, *operands)


def intrinsic(name: str) -> Callable[..., Operand]:
    """Native rule: one LLVM intrinsic."""
    return lambda b, x: b.intrinsic(name, x)


def call(name: str) -> Callable[..., Operand]:
    """Native rule: a function of `ad.vectormath`, or its scalar stand-in."""

    def native(b: "Emitter", *operands: Operand) -> Operand:
        return b.call(name, *operands)

    native.function = name  # type: ignore[attr-defined] # so that a loop can call it for a tile
    return native


def bits(value: float) -> str:
    """A double as LLVM reads it exactly."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


class Emitter:
    """Writes instructions to `lines`.

    Parameters
    ----------
    lines : list of str
        Where the text goes.
    fresh : callable
        Gives a new SSA name.
    externals : set of str
        Collects the declarations that calls need.
    lanes : int
        1 for scalars, 4 for vectors.
    """

    def __init__(
        self, lines: list[str], fresh: Callable[[], str], externals: set[str], lanes: int = 1
    ) -> None:
        self.lines, self.fresh, self.externals, self.lanes = lines, fresh, externals, lanes
        self.number_type = "double" if lanes == 1 else f"<{lanes} x double>"
        self.condition_type = "i1" if lanes == 1 else f"<{lanes} x i1>"
        self.suffix = "f64" if lanes == 1 else f"v{lanes}f64"

    def write(self, text: str) -> str:
        """Write an instruction, give the name of its result."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def constant(self, value: float) -> Operand:
        """A number, in every lane."""
        one = f"double {bits(float(value))}"
        if self.lanes == 1:
            return Operand(one.split()[1])
        return Operand("<" + ", ".join([one] * self.lanes) + ">")

    def condition(self, value: bool) -> Operand:
        """A truth value, in every lane."""
        one = "true" if value else "false"
        if self.lanes == 1:
            return Operand(one, "b")
        return Operand("<" + ", ".join([f"i1 {one}"] * self.lanes) + ">", "b")

    def number(self, x: Operand) -> Operand:
        """`x` as a number: conditions become 0 or 1."""
        if x.kind == "f":
            return x
        return Operand(self.write(f"uitofp {self.condition_type} {x.text} to {self.number_type}"))

    def truth(self, x: Operand) -> Operand:
        """`x` as a condition: whether it is not 0."""
        return x if x.kind == "b" else self.compare("une", x, self.constant(0.0))

    def op(self, name: str, x: Operand, y: Operand) -> Operand:
        """A binary floating-point instruction."""
        left, right = self.number(x), self.number(y)
        flags = "" if name == "fdiv" else "contract "
        return Operand(self.write(f"{name} {flags}{self.number_type} {left.text}, {right.text}"))

    def negate(self, x: Operand) -> Operand:
        """-x."""
        return Operand(self.write(f"fneg {self.number_type} {self.number(x).text}"))

    def compare(self, predicate: str, x: Operand, y: Operand) -> Operand:
        """An ordered or unordered comparison, by LLVM's predicate."""
        left, right = self.number(x), self.number(y)
        text = f"fcmp {predicate} {self.number_type} {left.text}, {right.text}"
        return Operand(self.write(text), "b")

    def logical(self, name: str, x: Operand, y: Operand) -> Operand:
        """`and`, `or` or `xor` of two conditions."""
        left, right = self.truth(x), self.truth(y)
        text = f"{name} {self.condition_type} {left.text}, {right.text}"
        return Operand(self.write(text), "b")

    def invert(self, x: Operand) -> Operand:
        """Not x."""
        return self.logical("xor", x, self.condition(True))

    def select(self, condition: Operand, x: Operand, y: Operand) -> Operand:
        """`x` where the condition holds, else `y`."""
        left, right = self.number(x), self.number(y)
        return Operand(
            self.write(
                f"select {self.condition_type} {self.truth(condition).text}, "
                f"{self.number_type} {left.text}, {self.number_type} {right.text}"
            )
        )

    def intrinsic(self, name: str, x: Operand) -> Operand:
        """An LLVM intrinsic of one number."""
        function = f"@llvm.{name}.{self.suffix}"
        self.externals.add(f"declare {self.number_type} {function}({self.number_type})")
        return Operand(
            self.write(
                f"call {self.number_type} {function}({self.number_type} {self.number(x).text})"
            )
        )

    def call(self, name: str, *operands: Operand) -> Operand:
        """A mathematical function: of `ad.vectormath` where it has it, else lane by lane."""
        values = [self.number(operand).text for operand in operands]
        if vectormath.has_vector(name):
            self.externals.add(vectormath.declarations([name]).strip())
            return Operand(self._vector_call(f"@w_{name}", values))
        # Scalar functions of scipy.special.cython_special take a trailing `i32 0`.
        symbol, extra = (f"@{name}", "") if name in LIBM else (f"@scipy_{name}", ", i32 0")
        types = ", ".join(["double"] * len(values)) + (", i32" if extra else "")
        self.externals.add(f"declare double {symbol}({types})")

        def scalar(parts: list[str]) -> str:
            listed = ", ".join(f"double {part}" for part in parts)
            return self.write(f"call double {symbol}({listed}{extra})")

        if self.lanes == 1:
            return Operand(scalar(values))
        result = "poison"
        for lane in range(self.lanes):
            part = scalar([self.lane(value, lane) for value in values])
            result = self.write(
                f"insertelement {self.number_type} {result}, double {part}, i32 {lane}"
            )
        return Operand(result)

    def _vector_call(self, function: str, values: list[str]) -> str:
        wide = f"<{LANES} x double>"
        if self.lanes == 1:
            # All lanes hold the value, so none is a special case that the others are not.
            values = [self.splat(value) for value in values]
        listed = ", ".join(f"{wide} {value}" for value in values)
        result = self.write(f"call {wide} {function}({listed})")
        return self.write(f"extractelement {wide} {result}, i32 0") if self.lanes == 1 else result

    def lane(self, value: str, index: int) -> str:
        """One lane of a vector of numbers."""
        return self.write(f"extractelement {self.number_type} {value}, i32 {index}")

    def splat(self, value: str, element: str = "double") -> str:
        """A scalar in every lane of a vector of four."""
        wide = f"<{LANES} x {element}>"
        one = self.write(f"insertelement {wide} poison, {element} {value}, i32 0")
        return self.write(
            f"shufflevector {wide} {one}, {wide} poison, <{LANES} x i32> zeroinitializer"
        )
