"""Factors and triangular systems of small matrices: plain loops, where a call of LAPACK costs more.

They need no SciPy. Matrices lie row by row; a batch is done one after another.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ad.lower.emitter import bits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.graph import Node
    from ad.lower.kernels import Text
    from ad.lower.program import Program

MOST = 32  # rows; above, LAPACK's blocks win
NAN, ZERO, INFINITY = bits(math.nan), bits(0.0), bits(math.inf)
SUM, PRODUCT = "fadd reassoc contract double", "fmul contract double"


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


def _cholesky(t: Text) -> None:
    """Row by row: l_ij = (a_ij - sum_k l_ik l_jk) / l_jj, l_ii = sqrt(a_ii - sum_k l_ik^2)."""
    square = t.put("mul i64 %n, %n")

    def one(at: dict[str, str]) -> None:
        out, a = at["%out"], at["%a"]

        def dot(i: str, j: str, length: str) -> str:
            def term(k: str, total: str) -> str:
                x, y = t.load(out, (i, "%n"), (k, "1")), t.load(out, (j, "%n"), (k, "1"))
                return t.put(f"{SUM} {total}, {t.put(f'{PRODUCT} {x}, {y}')}")

            return t.loop(length, term, ZERO)

        def row(i: str, wrong: str) -> str:
            def entry(j: str) -> None:
                rest = t.put(f"fsub double {t.load(a, (i, '%n'), (j, '1'))}, {dot(i, j, j)}")
                value = t.put(f"fdiv double {rest}, {t.load(out, (j, '%n'), (j, '1'))}")
                t.store(value, out, (i, "%n"), (j, "1"))

            t.loop(i, entry)
            rest = t.put(f"fsub double {t.load(a, (i, '%n'), (i, '1'))}, {dot(i, i, i)}")
            pivot = t.put(f"call double @llvm.sqrt.f64(double {rest})")
            t.store(pivot, out, (i, "%n"), (i, "1"))
            start = t.put(f"add i64 {i}, 1")
            left = t.put(f"sub i64 %n, {start}")

            def above(j: str) -> None:
                t.store(ZERO, out, (i, "%n"), (t.put(f"add i64 {j}, {start}"), "1"))

            t.loop(left, above)
            # Not above 0, infinite or nan: none has a factor.
            positive = t.put(f"fcmp ogt double {pivot}, {ZERO}")
            finite = t.put(f"fcmp olt double {pivot}, {INFINITY}")
            fine = t.put(f"and i1 {positive}, {finite}")
            return t.put(f"select i1 {fine}, double {wrong}, double {bits(1.0)}")

        wrong = t.loop("%n", row, ZERO)
        _spoil(t, t.put(f"fcmp one double {wrong}, {ZERO}"), out, square)

    _batched(t, {"%out": square, "%a": square}, one)


def _solve(t: Text, descending: bool) -> None:
    """Rows of x one after another: x_i = (b_i - sum_k c_ik x_k) / c_ii over the rows before."""
    square, size = t.put("mul i64 %n, %n"), t.put("mul i64 %n, %k")
    last = t.put("sub i64 %n, 1")

    def one(at: dict[str, str]) -> None:
        out, a, b = at["%out"], at["%a"], at["%b"]

        def turned(i: str) -> str:
            return t.put(f"sub i64 {last}, {i}") if descending else i

        def row(step: str, wrong: str) -> str:
            i = turned(step)
            t.loop(
                "%k", lambda j: t.store(t.load(b, (i, "%k"), (j, "1")), out, (i, "%k"), (j, "1"))
            )

            def take(before: str) -> None:
                other = turned(before)
                c = t.load(a, (i, "%rs"), (other, "%cs"))

                def entry(j: str) -> None:
                    product = t.put(f"{PRODUCT} {c}, {t.load(out, (other, '%k'), (j, '1'))}")
                    old = t.load(out, (i, "%k"), (j, "1"))
                    t.store(
                        t.put(f"fsub contract double {old}, {product}"), out, (i, "%k"), (j, "1")
                    )

                t.loop("%k", entry)

            t.loop(step, take)
            pivot = t.load(a, (i, "%rs"), (i, "%cs"))

            def divide(j: str) -> None:
                value = t.put(f"fdiv double {t.load(out, (i, '%k'), (j, '1'))}, {pivot}")
                t.store(value, out, (i, "%k"), (j, "1"))

            t.loop("%k", divide)
            zero = t.put(f"fcmp oeq double {pivot}, {ZERO}")
            return t.put(f"select i1 {zero}, double {bits(1.0)}, double {wrong}")

        wrong = t.loop("%n", row, ZERO)
        _spoil(t, t.put(f"fcmp one double {wrong}, {ZERO}"), out, size)

    _batched(t, {"%out": size, "%a": square, "%b": size}, one)


POINTERS = "ptr noalias %out, ptr noalias readonly"
SOLVING = f"{POINTERS} %a, ptr noalias readonly %b, i64 %n, i64 %k, i64 %rs, i64 %cs, i64 %batch"
BODIES: dict[str, tuple[str, Callable[[Text], None]]] = {
    "small_cholesky": (f"{POINTERS} %a, i64 %n, i64 %batch", _cholesky),
    "small_solve_down": (SOLVING, lambda t: _solve(t, descending=False)),
    "small_solve_up": (SOLVING, lambda t: _solve(t, descending=True)),
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
