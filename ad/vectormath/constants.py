"""Constant vectors: their text, and the table in memory that functions read them from."""

import struct

LANES = 4
DOUBLE = f"<{LANES} x double>"
INTEGER = f"<{LANES} x i64>"


def bits(number: float) -> int:
    """Bit pattern of a double, as an unsigned integer."""
    return int.from_bytes(struct.pack("<d", number), "little")


def splat(element: str) -> str:
    """Text of a constant vector with the same element in all lanes."""
    return "<" + ", ".join([element] * LANES) + ">"


class Constants:
    """Constant vectors of a module: a table in memory that its functions read.

    Constants in the instructions would each cost a 64-bit address in code for just-in-time use,
    and in a loop the code generator keeps them on the stack. A load at a fixed distance from one
    register is part of the instruction that uses it.
    """

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._tables: dict[str, tuple[float, ...]] = {}

    def table(self, name: str, entries: tuple[float, ...]) -> str:
        """Variable with the address of a table of numbers to look up."""
        self._tables[name] = entries
        return f"@{name}.table.address"

    def place(self, pattern: int) -> int:
        """Index of the vector whose elements have this bit pattern."""
        return self._places.setdefault(pattern, len(self._places))

    def definition(self) -> str:
        """The tables, and the variables that functions take their addresses from.

        Variables, because the code generator would see through a constant address.
        """
        rows = ", ".join(f"{INTEGER} {splat(f'i64 {pattern}')}" for pattern in self._places)
        lines = [
            f"@constants = internal constant [{len(self._places)} x {INTEGER}] [{rows}], align 32",
            "@constants.address = internal global ptr @constants",
        ]
        for name, entries in self._tables.items():
            numbers = ", ".join(f"double 0x{bits(entry):016X}" for entry in entries)
            kind = f"[{len(entries)} x double]"
            lines += [
                f"@{name}.table = internal constant {kind} [{numbers}], align 32",
                f"@{name}.table.address = internal global ptr @{name}.table",
            ]
        return "\n".join(lines)


# First instruction of every function that uses constants.
LOAD_TABLE = "%constants = load ptr, ptr @constants.address"
