"""Text of one LLVM function: an entry for addresses, a straight line of blocks, named values."""

from collections.abc import Iterator
from contextlib import contextmanager

ARGUMENTS = (
    "ptr noalias %x, ptr noalias %out, ptr noalias %grad, ptr noalias %data, ptr noalias %ws"
)


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
    def loop(self, size: int, step: int) -> Iterator[str]:
        """Blocks of a counted loop (at least one iteration); yields the counter's name.

        Phi nodes of accumulators are written to `self.phis` by the body, as
        ``(name, type, initial, next)``.
        """
        self._serial += 1
        label = f"loop{self._serial}"
        before, counter = self.block, f"%i{self._serial}"
        outside, self.lines = self.lines, []
        self.phis: list[tuple[str, str, str, str]] = []
        self.block = label
        yield counter
        body, self.lines = self.lines, outside
        if size <= step:  # one pass: no loop, the counter is 0
            replaced = {name: initial for name, _, initial, _ in self.phis}
            replaced[counter] = "0"
            self.lines += [_renamed(line, replaced) for line in body]
            self.block = before
            return
        self.lines += [f"  br label %{label}", f"{label}:"]
        self.lines.append(f"  {counter} = phi i64 [ 0, %{before} ], [ {counter}n, %{label} ]")
        for name, kind, initial, following in self.phis:
            self.lines.append(
                f"  {name} = phi {kind} [ {initial}, %{before} ], [ {following}, %{label} ]"
            )
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
