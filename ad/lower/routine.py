"""Writing kernels that call BLAS and LAPACK.

LAPACK's matrices lie column by column, ours row by row, so it sees their transposes: lower is upper
to it, a solve from the left is one from the right. The kernels are written in these terms and copy
no matrix to turn it. A kernel treats one matrix; around it goes a loop over the batch. A matrix
that cannot be treated fills the result with nan, as the operation's meaning has it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from ad.lower.emitter import bits
from ad.lower.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

NAN, ONE, ZERO = bits(float("nan")), bits(1.0), bits(0.0)


class Routine(Text):
    """The body of a kernel that calls LAPACK, whose arguments all go by address."""

    def __init__(self, externals: dict[str, str]) -> None:
        super().__init__()
        self.externals = externals

    def integer(self, value: str) -> str:
        """Address of a 32-bit integer; `value` is an i64."""
        return self._placed("i32", self.put(f"trunc i64 {value} to i32"))

    def letter(self, value: str) -> str:
        """Address of a character: a letter, or an i64 holding its code."""
        code = value if value.startswith("%") else str(ord(value))
        return self._placed("i8", self.put(f"trunc i64 {code} to i8"))

    def number(self, value: str) -> str:
        """Address of a double."""
        return self._placed("double", value)

    def leading(self, size: str) -> str:
        """Address of a leading dimension, which is at least 1."""
        empty = self.put(f"icmp slt i64 {size}, 1")
        return self.integer(self.put(f"select i1 {empty}, i64 1, i64 {size}"))

    def call(self, name: str, *addresses: str) -> None:
        """Call a subroutine."""
        types = ", ".join(["ptr"] * len(addresses))
        self.externals[name] = f"declare void @{name}({types})"
        self.lines.append(f"  call void @{name}({', '.join(f'ptr {a}' for a in addresses)})")

    def failed(self, info: str) -> str:
        """Whether a subroutine's last argument reports trouble."""
        return self.put(f"icmp ne i32 {self.put(f'load i32, ptr {info}, align 4')}, 0")

    def copy(self, target: str, source: str, *sizes: str) -> None:
        """Copy as many doubles as the product of `sizes`."""
        self.externals["llvm.memcpy.p0.p0.i64"] = (
            "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"
        )
        length = functools.reduce(lambda x, y: self.put(f"mul i64 {x}, {y}"), sizes, "8")
        self.lines.append(
            f"  call void @llvm.memcpy.p0.p0.i64(ptr align 8 {target}, ptr align 8 {source}, "
            f"i64 {length}, i1 false)"
        )

    def spoil(self, bad: str, target: str, *sizes: str) -> None:
        """Fill with nan where the condition holds."""
        length = functools.reduce(lambda x, y: self.put(f"mul i64 {x}, {y}"), sizes, "1")
        count = self.put(f"select i1 {bad}, i64 {length}, i64 0")
        self.loop(count, lambda i: self.store(NAN, target, (i, "1")))

    def has_zero(self, a: str, n: str) -> str:
        """Whether a diagonal has a zero."""

        def step(i: str, seen: str) -> str:
            entry = self.load(a, (i, n), (i, "1"))
            zero = self.put(f"fcmp oeq double {entry}, {ZERO}")
            return self.put(f"select i1 {zero}, double {ONE}, double {seen}")

        return self.put(f"fcmp one double {self.loop(n, step, ZERO)}, {ZERO}")

    def _placed(self, kind: str, value: str) -> str:
        place = self.put(f"alloca {kind}, align 8")
        self.lines.append(f"  store {kind} {value}, ptr {place}, align 8")
        return place


class Kernel(NamedTuple):
    """A kernel's pointers (after `out`), its sizes, and the function that writes its body."""

    pointers: tuple[str, ...]
    sizes: tuple[str, ...]
    body: Callable[[Routine], None]
