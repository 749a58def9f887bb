"""Where a loop finds the elements of a vector: neighbours, steps, and tables of positions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ad.lower.emitter import LANES, Operand

if TYPE_CHECKING:
    from ad.access import Access
    from ad.lower.emitter import Emitter
    from ad.lower.function import Function
    from ad.lower.program import Program


class Positions:
    """Positions of the vector that is being written; see `ad.lower.values.Values`."""

    b: Emitter
    program: Program
    function: Function
    size: int
    counter: str
    column: str | None
    mask: str | None
    _known: dict[Any, Operand]

    def _start(self, offset: int, across: int) -> str:
        """Position of the first row, in a loop over columns."""
        raise NotImplementedError

    def place(self, base: str, offset: int) -> str:
        """Pointer to element `offset` + counter."""
        at = self.b.write(f"getelementptr double, ptr {base}, i64 {self.counter}")
        return at if offset == 0 else self.b.write(f"getelementptr double, ptr {at}, i64 {offset}")

    def positions(self, access: Access, column: int) -> list[str]:
        """Position of each lane's element."""
        b = self.b
        if access.kind != "strided":
            return [
                b.write(f"add i64 {position}, {access.offset}") if access.offset else position
                for position in self.table(access, column)
            ]
        # Lanes beyond the end read the last element, not what lies behind the buffer.
        start = str(access.offset)
        if self.column is not None and access.across:
            start = self._start(access.offset, access.across)
        positions = []
        for index in self._rows():
            scaled = b.write(f"mul i64 {index}, {access.stride}")
            positions.append(b.write(f"add i64 {scaled}, {start}"))
        return positions

    def _rows(self) -> list[str]:
        """Row of each lane, not beyond the last."""
        if ("rows",) not in self._known:
            b, rows = self.b, []
            for lane in range(LANES):
                index = b.write(f"add i64 {self.counter}, {lane}")
                if self.mask is not None:
                    inside = b.write(f"icmp ult i64 {index}, {self.size}")
                    index = b.write(f"select i1 {inside}, i64 {index}, i64 {self.size - 1}")
                rows.append(index)
            self._known["rows",] = Operand(" ".join(rows))
        return self._known["rows",].text.split(" ")

    def _table_slot(self, access: Access) -> int:
        """Place of a table of positions, laid out such that it is read along the lanes."""
        layout = "positions" if access.stride == 1 else f"positions/{access.stride}"
        return self.program.slot(access.table, layout)

    def table(self, access: Access, column: int) -> list[str]:
        """Entries of a table of positions at the counter; beyond the end, the last one again."""
        slot = self._table_slot(access)
        key = ("table", slot, column)
        if key not in self._known:
            pointer = self.function.slot(slot)
            if self.column is not None:
                # The next column's entries follow. What is stored by them now, it will overwrite.
                start = self._start(0, access.across)
                pointer = self.b.write(f"getelementptr i32, ptr {pointer}, i64 {start}")
            elif column:
                offset = column * access.across
                pointer = self.b.write(f"getelementptr i32, ptr {pointer}, i64 {offset}")
            one_by_one = access.across and self.column is None and self.mask is not None
            names = self._entries(pointer) if one_by_one else self._vector_of_entries(pointer)
            self._known[key] = Operand(" ".join(names))
        return self._known[key].text.split(" ")

    def _vector_of_entries(self, pointer: str) -> list[str]:
        b = self.b
        at = b.write(f"getelementptr i32, ptr {pointer}, i64 {self.counter}")
        entries = b.write(f"load <{LANES} x i32>, ptr {at}, align 4")
        wide = b.write(f"zext <{LANES} x i32> {entries} to <{LANES} x i64>")
        return [
            b.write(f"extractelement <{LANES} x i64> {wide}, i32 {lane}") for lane in range(LANES)
        ]

    def _entries(self, pointer: str) -> list[str]:
        b, names = self.b, []
        for row in self._rows():
            at = b.write(f"getelementptr i32, ptr {pointer}, i64 {row}")
            entry = b.write(f"load i32, ptr {at}, align 4")
            names.append(b.write(f"zext i32 {entry} to i64"))
        return names
