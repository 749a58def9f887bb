"""Factors and triangular systems of small matrices: plain loops, where a call of LAPACK costs more.

They need no SciPy. Matrices lie row by row; a batch is done one after another.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ad.lower.emitter import LANES, bits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.graph import Node
    from ad.lower.program import Program
    from ad.lower.text import Text

MOST = 32  # rows; above, LAPACK's blocks win
BLOCK = 3  # vectors of columns that a solver does at once
VECTOR = f"<{LANES} x double>"
NAN, ZERO, INFINITY = bits(math.nan), bits(0.0), bits(math.inf)


def _batched(t: Text, pointers: dict[str, str], one: Callable[[dict[str, str]], None]) -> None:
    """Do one matrix after another; `pointers` gives each array's length."""

    def member(i: str) -> None:
        moved = {}
        for name, size in pointers.items():
            at = t.put(f"mul i64 {i}, {size}")
            moved[name] = t.put(f"getelementptr double, ptr {name}, i64 {at}")
        one(moved)

    t.loop("%batch", member)


def _spoil(t: Text, bad: str, out: str, size: str) -> None:
    """Fill with nan where the condition holds."""
    count = t.put(f"select i1 {bad}, i64 {size}, i64 0")
    t.loop(count, lambda i: t.store(NAN, out, (i, "1")))


class _Vectors:
    """Vectors of four columns, in a kernel that is being written."""

    def __init__(self, t: Text) -> None:
        self.t = t

    def load(self, place: str, align: int = 32) -> str:
        """Vector at a place."""
        return self.t.put(f"load {VECTOR}, ptr {place}, align {align}")

    def store(self, value: str, place: str, align: int = 32) -> None:
        """Leave a vector at a place."""
        self.t.lines.append(f"  store {VECTOR} {value}, ptr {place}, align {align}")

    def splat(self, number: str) -> str:
        """A number in every lane."""
        one = self.t.put(f"insertelement {VECTOR} poison, double {number}, i32 0")
        lanes = f"<{LANES} x i32> zeroinitializer"
        return self.t.put(f"shufflevector {VECTOR} {one}, {VECTOR} poison, {lanes}")

    def take(self, place: str, x: str, y: str) -> None:
        """Take a product off the vector at a place."""
        product = self.t.put(f"fmul contract {VECTOR} {x}, {y}")
        self.store(self.t.put(f"fsub contract {VECTOR} {self.load(place)}, {product}"), place)

    def divide(self, place: str, divisor: str, to: str) -> None:
        """Divide the vector at a place."""
        self.store(self.t.put(f"fdiv {VECTOR} {self.load(place)}, {divisor}"), to)


class _Cholesky:
    """Rows of U = L', each taken off those below as soon as it is known.

    u_jj = sqrt(a_jj), u_ji = a_ji / u_jj, a_ki -= u_jk u_ji for k > j, with the columns i in whole
    vectors: no long sums in which each term waits for the last. The next pivot, which everything
    waits for, is found first and stays in a register.
    """

    def __init__(self, t: Text) -> None:
        self.t, self.vectors = t, _Vectors(t)
        self.square = t.put("mul i64 %n, %n")
        self.count = t.put(f"udiv i64 {t.put(f'add i64 %n, {LANES - 1}')}, {LANES}")
        self.width = t.put(f"mul i64 {self.count}, {LANES}")
        self.upper = t.slot(f"[{(MOST + 1) * (MOST + LANES)} x double]")
        _batched(t, {"%out": self.square, "%a": self.square}, self.one)

    def place(self, row: str, vector: str) -> str:
        """Where a vector of U lies."""
        return self.t.element(self.upper, (row, self.width), (vector, str(LANES)))

    def entry(self, row: str, column: str) -> str:
        """An element of U."""
        return self.t.load(self.upper, (row, self.width), (column, "1"))

    def one(self, at: dict[str, str]) -> None:
        """One matrix."""
        t, out, a = self.t, at["%out"], at["%a"]

        def blank(i: str) -> None:
            t.loop(self.count, lambda v: self.vectors.store("zeroinitializer", self.place(i, v)))

        def turned(i: str) -> None:
            def move(j: str) -> None:
                value = t.load(a, (i, "%n"), (j, "1"))
                t.store(value, self.upper, (j, self.width), (i, "1"))

            t.loop(t.put(f"add i64 {i}, 1"), move)

        t.loop("%n", blank)
        t.loop("%n", turned)
        some = t.put("icmp sgt i64 %n, 0")
        t.loop(
            t.put(f"zext i1 {some} to i64"), lambda _: t.loop("%n", self.row, self.entry("0", "0"))
        )
        t.loop("%n", lambda i: self.written(out, i))
        _spoil(
            t, t.put(f"fcmp one double {t.loop('%n', self.failed, ZERO)}, {ZERO}"), out, self.square
        )

    def row(self, j: str, diagonal: str) -> str:
        """One row, with what is left of its diagonal element; gives that of the next row."""
        t = self.t
        pivot = t.put(f"call double @llvm.sqrt.f64(double {diagonal})")
        after = t.put(f"add i64 {j}, 1")
        next_entry = t.put(f"fdiv double {self.entry(j, after)}, {pivot}")
        product = t.put(f"fmul contract double {next_entry}, {next_entry}")
        following = t.put(f"fsub contract double {self.entry(after, after)}, {product}")
        divisor = self.vectors.splat(pivot)
        first = t.put(f"udiv i64 {j}, {LANES}")

        def scaled(number: str) -> None:
            place = self.place(j, t.put(f"add i64 {first}, {number}"))
            self.vectors.divide(place, divisor, place)

        t.loop(t.put(f"sub i64 {self.count}, {first}"), scaled)
        t.store(pivot, self.upper, (j, self.width), (j, "1"))
        t.loop(
            t.put(f"sub i64 %n, {after}"), lambda k: self.below(j, t.put(f"add i64 {after}, {k}"))
        )
        return following

    def below(self, j: str, k: str) -> None:
        """Take row j off row k."""
        t = self.t
        factor = self.vectors.splat(self.entry(j, k))
        first = t.put(f"udiv i64 {k}, {LANES}")

        def take(number: str) -> None:
            v = t.put(f"add i64 {first}, {number}")
            self.vectors.take(self.place(k, v), factor, self.vectors.load(self.place(j, v)))

        t.loop(t.put(f"sub i64 {self.count}, {first}"), take)

    def written(self, out: str, i: str) -> None:
        """A row of L, and zeros behind it."""
        t = self.t
        start = t.put(f"add i64 {i}, 1")
        t.loop(start, lambda j: t.store(self.entry(j, i), out, (i, "%n"), (j, "1")))
        left = t.put(f"sub i64 %n, {start}")
        t.loop(left, lambda j: t.store(ZERO, out, (i, "%n"), (t.put(f"add i64 {j}, {start}"), "1")))

    def failed(self, j: str, wrong: str) -> str:
        """Whether a pivot is not above 0, infinite or nan: then there is no factor."""
        t, pivot = self.t, self.entry(j, j)
        positive = t.put(f"fcmp ogt double {pivot}, {ZERO}")
        finite = t.put(f"fcmp olt double {pivot}, {INFINITY}")
        fine = t.put(f"and i1 {positive}, {finite}")
        return t.put(f"select i1 {fine}, double {wrong}, double {bits(1.0)}")


class _Solve:
    """Rows of x one after another: x_i = (b_i - sum_k c_ik x_k) / c_ii over the rows before.

    Columns of x are done in blocks of up to three vectors, in registers. The last vector of a row
    may reach three elements into the next; so the block at the right is done first, and its rows
    are written from the first to the last.
    """

    def __init__(self, t: Text, descending: bool) -> None:
        self.t, self.vectors, self.descending = t, _Vectors(t), descending
        self.square, self.size = t.put("mul i64 %n, %n"), t.put("mul i64 %n, %k")
        self.last = t.put("sub i64 %n, 1")
        self.full = t.put(f"udiv i64 %k, {BLOCK * LANES}")
        self.start = t.put(f"mul i64 {self.full}, {BLOCK * LANES}")
        more = t.put(f"add i64 {t.put(f'sub i64 %k, {self.start}')}, {LANES - 1}")
        self.left = t.put(f"udiv i64 {more}, {LANES}")
        self.solved = t.slot(f"[{MOST * BLOCK * LANES} x double]")
        _batched(t, {"%out": self.size, "%a": self.square, "%b": self.size}, self.one)

    def one(self, at: dict[str, str]) -> None:
        """One system."""
        t = self.t
        for vectors in range(1, BLOCK + 1):
            some = t.put(f"icmp eq i64 {self.left}, {vectors}")
            t.loop(
                t.put(f"zext i1 {some} to i64"), lambda _, v=vectors: self.block(at, v, self.start)
            )

        def whole(number: str) -> None:
            self.block(at, BLOCK, t.put(f"mul i64 {number}, {BLOCK * LANES}"))

        def singular(i: str, wrong: str) -> str:
            zero = t.put(f"fcmp oeq double {t.load(at['%a'], (i, '%rs'), (i, '%cs'))}, {ZERO}")
            return t.put(f"select i1 {zero}, double {bits(1.0)}, double {wrong}")

        t.loop(self.full, whole)
        bad = t.put(f"fcmp one double {t.loop('%n', singular, ZERO)}, {ZERO}")
        _spoil(t, bad, at["%out"], self.size)

    def turned(self, i: str) -> str:
        """Which row is the i-th to be found."""
        return self.t.put(f"sub i64 {self.last}, {i}") if self.descending else i

    def known(self, row: str, vector: int) -> str:
        """Where a vector of the block's solution lies."""
        return self.t.element(self.solved, (row, str(BLOCK * LANES)), (str(vector), str(LANES)))

    def block(self, at: dict[str, str], count: int, column: str) -> None:
        """Columns of x in `count` vectors."""
        t, vectors = self.t, self.vectors
        sums = [t.slot(VECTOR) for _ in range(count)]
        columns = [t.put(f"add i64 {column}, {vector * LANES}") for vector in range(count)]

        def row(step: str) -> None:
            i = self.turned(step)
            for total, place in zip(sums, columns, strict=True):
                right = vectors.load(t.element(at["%b"], (i, "%k"), (place, "1")), 8)
                vectors.store(right, total)

            def take(before: str) -> None:
                other = self.turned(before)
                factor = vectors.splat(t.load(at["%a"], (i, "%rs"), (other, "%cs")))
                for vector, total in enumerate(sums):
                    vectors.take(total, factor, vectors.load(self.known(other, vector)))

            t.loop(step, take)
            pivot = vectors.splat(t.load(at["%a"], (i, "%rs"), (i, "%cs")))
            for vector, total in enumerate(sums):
                vectors.divide(total, pivot, self.known(i, vector))

        def written(i: str) -> None:
            for vector, place in enumerate(columns):
                value = vectors.load(self.known(i, vector))
                vectors.store(value, t.element(at["%out"], (i, "%k"), (place, "1")), 8)

        t.loop("%n", row)
        t.loop("%n", written)


POINTERS = "ptr noalias %out, ptr noalias readonly"
SOLVING = f"{POINTERS} %a, ptr noalias readonly %b, i64 %n, i64 %k, i64 %rs, i64 %cs, i64 %batch"
BODIES: dict[str, tuple[str, Callable[[Text], object]]] = {
    "small_cholesky": (f"{POINTERS} %a, i64 %n, i64 %batch", _Cholesky),
    "small_solve_down": (SOLVING, lambda t: _Solve(t, descending=False)),
    "small_solve_up": (SOLVING, lambda t: _Solve(t, descending=True)),
}
DECLARATIONS = ("declare double @llvm.sqrt.f64(double)",)


def is_small(node: Node) -> bool:
    """Whether a node is computed by plain loops."""
    small = node.op.name in ("cholesky", "triangular_solve") and node.size > 0
    return small and node.inputs[0].shape[-1] <= MOST


def small_call(program: Program, node: Node, pointers: Sequence[str]) -> str | None:
    """Write the call that computes a node by plain loops; None where LAPACK is better."""
    if not is_small(node):
        return None
    name, n = node.op.name, node.inputs[0].shape[-1]
    batch = math.prod(node.inputs[0].shape[:-2])
    if name == "cholesky":
        kernel, sizes = "small_cholesky", [n, batch]
    else:
        lower, transposed = node.params["lower"], node.params["transposed"]
        kernel = "small_solve_down" if lower != transposed else "small_solve_up"
        strides = (1, n) if transposed else (n, 1)
        sizes = [n, node.shape[-1], *strides, batch]
    addresses = [program.buffer(node), *pointers]
    types = ", ".join(["ptr"] * len(addresses) + ["i64"] * len(sizes))
    program.externals.add(f"declare void @w_{kernel}({types})")
    listed = ", ".join([f"ptr {p}" for p in addresses] + [f"i64 {size}" for size in sizes])
    program.function.lines.append(f"  call void @w_{kernel}({listed})")
    return kernel
