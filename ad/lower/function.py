"""Text of one LLVM function: an entry for addresses, a straight line of blocks, named values."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ARGUMENTS = (
    "ptr noalias %x, ptr noalias %out, ptr noalias %grad, ptr noalias %data, ptr noalias %ws"
)


@dataclass
class Frame:
    """A loop being written: its counter, and the values it carries.

    A carried value is ``(name, type, initial, next)``: a phi node.
    """

    counter: str
    phis: list[tuple[str, str, str, str]] = field(default_factory=list)


class Function:
    """One function under construction.

    Parameters
    ----------
    name : str
        Its symbol.
    exported : bool
        Whether other modules see it.
    """

    def __init__(self, name: str, exported: bool = False) -> None:
        self.name, self.exported = name, exported
        self.entry: list[str] = []  # runs first: addresses
        self.lines: list[str] = []
        self.spills: list[str] = []  # runs last: scalars that other functions read
        self.block = "body"
        self._serial = 0
        self._addresses: dict[str, str] = {}

    def fresh(self) -> str:
        """A new SSA name."""
        self._serial += 1
        return f"%v{self._serial}"

    def address(self, base: str, offset: int) -> str:
        """Pointer `offset` bytes after an argument, computed once, at the entry."""
        text = f"getelementptr i8, ptr {base}, i64 {offset}"
        return self._once(text)

    def slot(self, index: int) -> str:
        """Pointer in slot `index` of the data table, loaded once, at the entry."""
        place = self.address("%data", 8 * index)
        return self._once(f"load ptr, ptr {place}, align 8")

    def _once(self, text: str) -> str:
        name = self._addresses.get(text)
        if name is None:
            name = self._addresses[text] = f"%p{len(self._addresses)}"
            self.entry.append(f"  {name} = {text}")
        return name

    @contextmanager
    def loop(self, size: int | str, step: int) -> Iterator[Frame]:
        """Blocks of a counted loop of at least one pass; `size` may be an SSA name."""
        self._serial += 1
        label = f"loop{self._serial}"
        frame, before = Frame(f"%i{self._serial}"), self.block
        outside, self.lines = self.lines, []
        once = isinstance(size, int) and size <= step
        if not once:
            self.block = label
        yield frame
        body, self.lines = self.lines, outside
        if once:  # no loop, the counter is 0
            replaced = {name: initial for name, _, initial, _ in frame.phis}
            replaced[frame.counter] = "0"
            self.lines += [_renamed(line, replaced) for line in body]
            return
        last = self.block  # where the body ended: another block, if it has loops of its own
        counter = frame.counter
        self.lines += [f"  br label %{label}", f"{label}:"]
        self.lines.append(f"  {counter} = phi i64 [ 0, %{before} ], [ {counter}n, %{last} ]")
        self.lines += [
            f"  {name} = phi {kind} [ {initial}, %{before} ], [ {following}, %{last} ]"
            for name, kind, initial, following in frame.phis
        ]
        self.lines += body
        self.lines += [
            f"  {counter}n = add nuw nsw i64 {counter}, {step}",
            f"  {counter}c = icmp ult i64 {counter}n, {size}",
            f"  br i1 {counter}c, label %{label}, label %{label}x",
            f"{label}x:",
        ]
        self.block = f"{label}x"

    def text(self, result: str = "void") -> str:
        """The definition, ending with the spills and `ret`."""
        linkage = "" if self.exported else "internal "
        end = "  ret void" if result == "void" else ""
        head = f"define {linkage}{result} @{self.name}({ARGUMENTS}) {{\nentry:"
        lines = [head, *self.entry, "  br label %body", "body:", *self.lines, *self.spills]
        return "\n".join([*lines, *([end] if end else []), "}"])


def _renamed(line: str, names: dict[str, str]) -> str:
    """`line` with whole SSA names replaced."""
    for name, value in names.items():
        if name in line:
            line = " ".join(
                value + word[len(name) :] if word.rstrip(",") == name else word
                for word in line.split(" ")
            )
    return line
