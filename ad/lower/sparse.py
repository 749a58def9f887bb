"""Kernels of products with sparse matrices in compressed rows.

Where columns and rows begin are read as 32-bit integers; they were checked when the product was
traced (`ad.sparse`). A product with the transpose adds each row's share to the places of its
columns, so no second copy of the matrix is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.lower.emitter import bits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.graph import Node
    from ad.lower.program import Program
    from ad.lower.text import Text

SUM = "fadd reassoc contract double"
PRODUCT = "fmul contract double"
ZERO = bits(0.0)


def _integer(t: Text, base: str, index: str) -> str:
    """Element of an array of 32-bit integers, as an i64."""
    place = t.put(f"getelementptr i32, ptr {base}, i64 {index}")
    return t.put(f"zext i32 {t.put(f'load i32, ptr {place}, align 4')} to i64")


def _entries(t: Text, row: str) -> tuple[str, str]:
    """First entry of a row, and the number of its entries."""
    begin = _integer(t, "%starts", row)
    end = _integer(t, "%starts", t.put(f"add i64 {row}, 1"))
    return begin, t.put(f"sub i64 {end}, {begin}")


def _entry(t: Text, begin: str, j: str) -> tuple[str, str]:
    """Value and column of an entry of a row."""
    place = t.put(f"add i64 {begin}, {j}")
    return t.load("%values", (place, "1")), _integer(t, "%columns", place)


def _rows(t: Text) -> None:
    """out[i] = sum of values[p] x[columns[p]] over the entries p of row i."""

    def row(i: str) -> None:
        begin, count = _entries(t, i)

        def term(j: str, acc: str) -> str:
            value, column = _entry(t, begin, j)
            product = t.put(f"{PRODUCT} {value}, {t.load('%x', (column, '1'))}")
            return t.put(f"{SUM} {acc}, {product}")

        t.store(t.loop(count, term, ZERO), "%out", (i, "1"))

    t.loop("%rows", row)


def _turned(t: Text) -> None:
    """out[columns[p]] += values[p] x[i] for the entries p of every row i."""
    t.loop("%size", lambda i: t.store(ZERO, "%out", (i, "1")))

    def row(i: str) -> None:
        begin, count = _entries(t, i)
        x = t.load("%x", (i, "1"))

        def entry(j: str) -> None:
            value, column = _entry(t, begin, j)
            product = t.put(f"{PRODUCT} {value}, {x}")
            old = t.load("%out", (column, "1"))
            t.store(t.put(f"{SUM} {old}, {product}"), "%out", (column, "1"))

        t.loop(count, entry)

    t.loop("%rows", row)


def _many(turned: bool) -> Callable[[Text], None]:
    """The same for the `width` columns of a matrix x."""

    def write(t: Text) -> None:
        size = "%size" if turned else "%rows"
        total = t.put(f"mul i64 {size}, %width")
        t.loop(total, lambda i: t.store(ZERO, "%out", (i, "1")))

        def row(i: str) -> None:
            begin, count = _entries(t, i)

            def entry(j: str) -> None:
                value, column = _entry(t, begin, j)
                source, target = (i, column) if turned else (column, i)

                def place(k: str) -> None:
                    x = t.load("%x", (source, "%width"), (k, "1"))
                    old = t.load("%out", (target, "%width"), (k, "1"))
                    new = t.put(f"{SUM} {old}, {t.put(f'{PRODUCT} {value}, {x}')}")
                    t.store(new, "%out", (target, "%width"), (k, "1"))

                t.loop("%width", place)

            t.loop(count, entry)

        t.loop("%rows", row)

    return write


_ARGUMENTS = (
    "ptr noalias %out, ptr noalias readonly %values, ptr noalias readonly %columns, "
    "ptr noalias readonly %starts, ptr noalias readonly %x, i64 %rows, i64 %size, i64 %width"
)
BODIES: dict[str, tuple[str, Callable[[Text], None]]] = {
    "sparse_rows": (_ARGUMENTS, _rows),
    "sparse_turned": (_ARGUMENTS, _turned),
    "sparse_rows_many": (_ARGUMENTS, _many(turned=False)),
    "sparse_turned_many": (_ARGUMENTS, _many(turned=True)),
}


def sparse_call(program: Program, node: Node) -> str:
    """Write the call that computes a product; gives the kernel's name."""
    values, columns, starts, x = node.inputs
    name = "sparse_turned" if node.params["transposed"] else "sparse_rows"
    width = node.shape[1] if len(node.shape) == 2 else 1
    if width != 1:
        name += "_many"
    slots = [program.function.slot(program.slot(table, "positions")) for table in (columns, starts)]
    pointers = [program.buffer(node), program.operand(values), *slots, program.operand(x)]
    sizes = [starts.size - 1, node.params["size"], width]
    types = ", ".join(["ptr"] * len(pointers) + ["i64"] * len(sizes))
    program.externals.add(f"declare void @w_{name}({types})")
    listed = ", ".join([f"ptr {p}" for p in pointers] + [f"i64 {s}" for s in sizes])
    program.function.lines.append(f"  call void @w_{name}({listed})")
    return name
