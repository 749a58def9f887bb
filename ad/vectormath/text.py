"""LLVM IR text for arithmetic on four doubles at a time.

A `Code` collects the instructions of one straight-line block; a `Value` is a result in it, with
Python's operators. Formulas are written once in these terms and become text: inside a function of
one vector, or several times side by side in the loop over a tile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.vectormath.constants import DOUBLE, INTEGER, LANES, Constants, bits, splat

if TYPE_CHECKING:
    from collections.abc import Sequence

BOOLEAN = f"<{LANES} x i1>"
SIGN_BIT = -(2**63)


class Value:
    """A vector in a block: of doubles, of 64-bit integers, or of truth values."""

    __slots__ = ("code", "kind", "name")

    def __init__(self, code: Code, name: str, kind: str) -> None:
        self.code = code
        self.name = name
        self.kind = kind

    def _binary(self, floating: str, integral: str, other: Value | float, swap: bool) -> Value:
        right = self.code.operand(other, self.kind)
        first, second = (right, self.name) if swap else (self.name, right)
        instruction = floating if self.kind == DOUBLE else integral
        return self.code.add(f"{instruction} {self.kind} {first}, {second}", self.kind)

    def __add__(self, other: Value | float) -> Value:
        return self._binary("fadd", "add", other, swap=False)

    def __radd__(self, other: float) -> Value:
        return self._binary("fadd", "add", other, swap=True)

    def __sub__(self, other: Value | float) -> Value:
        return self._binary("fsub", "sub", other, swap=False)

    def __rsub__(self, other: float) -> Value:
        return self._binary("fsub", "sub", other, swap=True)

    def __mul__(self, other: Value | float) -> Value:
        return self._binary("fmul", "mul", other, swap=False)

    def __rmul__(self, other: float) -> Value:
        return self._binary("fmul", "mul", other, swap=True)

    def __truediv__(self, other: Value | float) -> Value:
        return self._binary("fdiv", "sdiv", other, swap=False)

    def __rtruediv__(self, other: float) -> Value:
        return self._binary("fdiv", "sdiv", other, swap=True)

    def __and__(self, other: Value | int) -> Value:
        return self._binary("and", "and", other, swap=False)

    def __or__(self, other: Value | int) -> Value:
        return self._binary("or", "or", other, swap=False)

    def __xor__(self, other: Value | int) -> Value:
        return self._binary("xor", "xor", other, swap=False)

    def __lshift__(self, count: int) -> Value:
        return self.code.add(f"shl {INTEGER} {self.name}, {splat(f'i64 {count}')}", INTEGER)

    def __rshift__(self, count: int) -> Value:
        """Logical shift: zeros come in (AVX2 has no arithmetic one for 64 bits)."""
        return self.code.add(f"lshr {INTEGER} {self.name}, {splat(f'i64 {count}')}", INTEGER)

    def __neg__(self) -> Value:
        return self.code.add(f"fneg {self.kind} {self.name}", self.kind)

    def __invert__(self) -> Value:
        """Logical not of truth values."""
        return self.code.add(f"xor {BOOLEAN} {self.name}, {splat('i1 true')}", BOOLEAN)

    def compare(self, predicate: str, other: Value | float) -> Value:
        """Truth values of an `fcmp` (or, for integers, `icmp`) predicate."""
        instruction = "fcmp" if self.kind == DOUBLE else "icmp"
        right = self.code.operand(other, self.kind)
        return self.code.add(f"{instruction} {predicate} {self.kind} {self.name}, {right}", BOOLEAN)

    def __lt__(self, other: Value | float) -> Value:
        return self.compare("olt" if self.kind == DOUBLE else "slt", other)

    def __gt__(self, other: Value | float) -> Value:
        return self.compare("ogt" if self.kind == DOUBLE else "sgt", other)

    def __le__(self, other: Value | float) -> Value:
        return self.compare("ole" if self.kind == DOUBLE else "sle", other)

    def __ge__(self, other: Value | float) -> Value:
        return self.compare("oge" if self.kind == DOUBLE else "sge", other)

    def equals(self, other: Value | float) -> Value:
        """Truth values of equality; false for NaN."""
        return self.compare("oeq" if self.kind == DOUBLE else "eq", other)

    def integer(self) -> Value:
        """The same bits, read as integers."""
        return self.code.add(f"bitcast {DOUBLE} {self.name} to {INTEGER}", INTEGER)

    def double(self) -> Value:
        """The same bits, read as doubles."""
        return self.code.add(f"bitcast {INTEGER} {self.name} to {DOUBLE}", DOUBLE)

    def absolute(self) -> Value:
        """Magnitude: the sign bit cleared."""
        return (self.integer() & (2**63 - 1)).double()

    def sign(self) -> Value:
        """The sign bit alone, as an integer."""
        return self.integer() & SIGN_BIT


class Code:
    """Instructions of a straight-line block.

    Parameters
    ----------
    prefix : str
        Begins the names of its values, so that several blocks can be interleaved.
    constants : Constants
        The table of its module.
    fma : bool
        Whether the host multiplies and adds with one rounding. Where it does not, `fma` is a
        product and a sum, and exact products are had by splitting.
    """

    def __init__(self, prefix: str, constants: Constants, fma: bool) -> None:
        self.prefix = prefix
        self.constants = constants
        self.has_fma = fma
        self.lines: list[str] = []

    def add(self, instruction: str, kind: str) -> Value:
        """Append an instruction; its result."""
        name = f"%{self.prefix}{len(self.lines)}"
        self.lines.append(f"{name} = {instruction}")
        return Value(self, name, kind)

    def operand(self, value: Value | float, kind: str) -> str:
        """Name of a value, or of a constant in all lanes after loading it."""
        return value.name if isinstance(value, Value) else self.load(value, kind).name

    def load(self, value: float, kind: str = DOUBLE) -> Value:
        """Load a constant, the same in all lanes, from the module's table."""
        pattern = bits(float(value)) if kind == DOUBLE else int(value) % 2**64
        index = self.constants.place(pattern)
        address = self.add(f"getelementptr {INTEGER}, ptr %constants, i64 {index}", "ptr").name
        return self.add(f"load {kind}, ptr {address}, align 32", kind)

    def argument(self, name: str) -> Value:
        """A vector of doubles defined outside the block."""
        return Value(self, name, DOUBLE)

    def fma(self, a: Value | float, b: Value | float, c: Value | float) -> Value:
        """Product plus `c`, with one rounding where the host can."""
        texts = [self.operand(value, DOUBLE) for value in (a, b, c)]
        if self.has_fma:
            arguments = ", ".join(f"{DOUBLE} {text}" for text in texts)
            return self.add(f"call {DOUBLE} @llvm.fma.v{LANES}f64({arguments})", DOUBLE)
        product = self.add(f"fmul {DOUBLE} {texts[0]}, {texts[1]}", DOUBLE)
        return product + c

    def select(self, condition: Value, yes: Value | float, no: Value | float) -> Value:
        """Lane by lane `yes` where the condition holds, else `no` (doubles)."""
        return self.add(
            f"select {BOOLEAN} {condition.name}, "
            f"{DOUBLE} {self.operand(yes, DOUBLE)}, {DOUBLE} {self.operand(no, DOUBLE)}",
            DOUBLE,
        )

    def at_most(self, x: Value, bound: float) -> Value:
        """Smaller of both; NaN stays NaN."""
        limit = self.load(bound)
        return self.select(limit < x, limit, x)

    def at_least(self, x: Value, bound: float) -> Value:
        """Larger of both; NaN stays NaN."""
        limit = self.load(bound)
        return self.select(limit > x, limit, x)

    def either(self, *conditions: Value) -> Value:
        """Truth values: where any of the conditions holds."""
        total = conditions[0]
        for condition in conditions[1:]:
            total = self.add(f"or {BOOLEAN} {total.name}, {condition.name}", BOOLEAN)
        return total

    def with_sign(self, magnitude: Value, sign: Value) -> Value:
        """`magnitude`, not negative, with a sign bit (an integer from `Value.sign`)."""
        return (magnitude.integer() | sign).double()

    def lanes(self, function: str, *arguments: Value) -> Value:
        """Call a scalar function of the C library for each lane."""
        result = "poison"
        for lane in range(LANES):
            scalars = [
                self.add(f"extractelement {DOUBLE} {value.name}, i32 {lane}", "double").name
                for value in arguments
            ]
            text = ", ".join(f"double {scalar}" for scalar in scalars)
            scalar = self.add(f"call double @{function}({text})", "double").name
            result = self.add(
                f"insertelement {DOUBLE} {result}, double {scalar}, i32 {lane}", DOUBLE
            ).name
        return Value(self, result, DOUBLE)

    def pairs(self, name: str, entries: tuple[float, ...], index: Value) -> tuple[Value, Value]:
        """Look up entries 2 i and 2 i + 1 of a table, for an integer i in each lane."""
        base = self.add(f"load ptr, ptr {self.constants.table(name, entries)}", "ptr").name
        loaded = []
        for lane in range(LANES):
            i = self.add(f"extractelement {INTEGER} {index.name}, i32 {lane}", "i64").name
            place = self.add(f"getelementptr <2 x double>, ptr {base}, i64 {i}", "ptr").name
            loaded.append(self.add(f"load <2 x double>, ptr {place}, align 16", "pair").name)
        # Lanes 0 and 2, 1 and 3 side by side, so that one instruction each sorts them.
        halves = []
        for first, second in ((0, 2), (1, 3)):
            text = f"<2 x double> {loaded[first]}, <2 x double> {loaded[second]}"
            order = "<4 x i32> <i32 0, i32 1, i32 2, i32 3>"
            halves.append(self.add(f"shufflevector {text}, {order}", DOUBLE).name)
        text = f"{DOUBLE} {halves[0]}, {DOUBLE} {halves[1]}"
        firsts = self.add(f"shufflevector {text}, <4 x i32> <i32 0, i32 4, i32 2, i32 6>", DOUBLE)
        seconds = self.add(f"shufflevector {text}, <4 x i32> <i32 1, i32 5, i32 3, i32 7>", DOUBLE)
        return firsts, seconds

    def polynomial(self, x: Value, coefficients: Sequence[float]) -> Value:
        """Polynomial, lowest coefficient first, by Estrin's scheme.

        Pairs are summed in a tree, so that the chain of dependent operations is short; the
        rounding error is as small as Horner's where the terms fall off, as they do here.
        """
        terms: list[Value | float] = list(coefficients)
        power = x
        while len(terms) > 1:
            paired: list[Value | float] = []
            for low, high in zip(terms[::2], terms[1::2], strict=False):
                paired.append(self.fma(high, power, low))
            if len(terms) % 2:
                paired.append(terms[-1])
            terms = paired
            if len(terms) > 1:
                power = power * power
        last = terms[0]
        return last if isinstance(last, Value) else self.load(last)

    def fast_two_sum(self, a: Value | float, b: Value) -> tuple[Value, Value]:
        """Rounded sum and its error, for |a| >= |b| or a = 0 (Dekker 1971, eq. 4.14)."""
        total = a + b
        return total, b - (total - a)

    def two_sum(self, a: Value, b: Value | float) -> tuple[Value, Value]:
        """Rounded sum and its error, for any a and b (Knuth 1969, section 4.2.2, theorem B)."""
        total = a + b
        rest = total - a
        return total, (a - (total - rest)) + (b - rest)

    def two_product(self, a: Value, b: Value | float) -> tuple[Value, Value]:
        """Rounded product and its error (Dekker 1971, eq. 5.12, or one fused operation)."""
        product = a * b
        if self.has_fma:
            return product, self.fma(a, b, -product)
        a_high, a_low = self._split(a)
        b_high, b_low = self._split(b if isinstance(b, Value) else self.load(b))
        error = a_high * b_high - product
        return product, ((error + a_high * b_low) + a_low * b_high) + a_low * b_low

    def _split(self, a: Value) -> tuple[Value, Value]:
        """The upper 26 bits of the significand and the rest (Dekker 1971, eq. 5.5)."""
        scaled = a * (2.0**27 + 1)
        high = scaled - (scaled - a)
        return high, a - high
