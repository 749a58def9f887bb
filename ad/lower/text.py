"""Text of a library kernel's body: nested counted loops over elements of arrays."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Text:
    """A kernel's body: nested counted loops written in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.slots: list[str] = []
        self._serial = itertools.count()
        self.block = "entry"

    def put(self, text: str) -> str:
        """An instruction with a result."""
        name = f"%t{next(self._serial)}"
        self.lines.append(f"  {name} = {text}")
        return name

    def slot(self, kind: str) -> str:
        """Memory for one value, which LLVM turns into a register."""
        name = f"%t{next(self._serial)}"
        self.slots.append(f"  {name} = alloca {kind}, align 32")
        return name

    def element(self, base: str, *terms: tuple[str, str]) -> str:
        """Pointer to element sum(index * stride) of `base`."""
        total = "0"
        for index, stride in terms:
            total = self.put(f"add i64 {total}, {self.put(f'mul i64 {index}, {stride}')}")
        return self.put(f"getelementptr double, ptr {base}, i64 {total}")

    def load(self, base: str, *terms: tuple[str, str]) -> str:
        """Element of an array."""
        return self.put(f"load double, ptr {self.element(base, *terms)}, align 8")

    def store(self, value: str, base: str, *terms: tuple[str, str]) -> None:
        """Write an element of an array."""
        self.lines.append(f"  store double {value}, ptr {self.element(base, *terms)}, align 8")

    def loop(self, size: str, body: Callable[..., Any], start: str | None = None) -> str:
        """A loop over 0..size-1 (or none); with `start`, `body(i, acc)` gives the next acc."""
        tag = next(self._serial)
        before = self.block
        self.lines += [f"  br label %h{tag}", f"h{tag}:"]
        head = len(self.lines)
        self.block = f"b{tag}"
        self.lines += [f"  %c{tag} = icmp slt i64 %i{tag}, {size}"]
        self.lines += [f"  br i1 %c{tag}, label %b{tag}, label %x{tag}", f"b{tag}:"]
        result = body(f"%i{tag}", f"%a{tag}") if start is not None else body(f"%i{tag}")
        self.lines += [f"  %n{tag} = add nsw i64 %i{tag}, 1", f"  br label %h{tag}", f"x{tag}:"]
        phis = [f"  %i{tag} = phi i64 [ 0, %{before} ], [ %n{tag}, %{self.block} ]"]
        if start is not None:
            phis.append(
                f"  %a{tag} = phi double [ {start}, %{before} ], [ {result}, %{self.block} ]"
            )
        self.lines[head:head] = phis
        self.block = f"x{tag}"
        return f"%a{tag}"
