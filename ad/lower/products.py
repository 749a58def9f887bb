"""The kernel of matrix products: blocks of rows and columns whose sums stay in registers.

A block of four rows by two vectors of columns takes one pass along the inner axis: each step reads
two vectors of the right matrix and four numbers of the left one, for eight vectors of sums. What
is left over at the edges is done in narrower blocks, and behind the last column by masks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.lower.emitter import LANES

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.lower.text import Text

VECTOR, MASK = f"<{LANES} x double>", f"<{LANES} x i1>"
ROWS, VECTORS = 4, 2
LANE_NUMBERS = "<" + ", ".join(f"i64 {lane}" for lane in range(LANES)) + ">"
DECLARATIONS = (
    f"declare {VECTOR} @llvm.masked.load.v{LANES}f64.p0(ptr, i32, {MASK}, {VECTOR})",
    f"declare void @llvm.masked.store.v{LANES}f64.p0({VECTOR}, ptr, i32, {MASK})",
)


def matmul(t: Text) -> None:
    """out[i n + j] = sum_l a[i ars + l acs] b[l brs + j], for b with contiguous rows."""
    blocks = t.put(f"udiv i64 %m, {ROWS}")
    t.loop(blocks, lambda block: _rows(t, t.put(f"mul i64 {block}, {ROWS}"), ROWS))
    done = t.put(f"mul i64 {blocks}, {ROWS}")
    left = t.put(f"sub i64 %m, {done}")
    t.loop(left, lambda row: _rows(t, t.put(f"add i64 {done}, {row}"), 1))


def _rows(t: Text, first: str, rows: int) -> None:
    """All columns of some rows: blocks of two vectors, then what is left in vectors."""
    wide = t.put(f"udiv i64 %n, {VECTORS * LANES}")

    def block(vectors: int, start: str) -> Callable[[str], None]:
        def write(number: str) -> None:
            offset = t.put(f"mul i64 {number}, {vectors * LANES}")
            _block(t, first, t.put(f"add i64 {start}, {offset}"), rows, vectors)

        return write

    t.loop(wide, block(VECTORS, "0"))
    start = t.put(f"mul i64 {wide}, {VECTORS * LANES}")
    left = t.put(f"sub i64 %n, {start}")
    whole = t.put(f"add i64 {left}, {LANES - 1}")
    t.loop(t.put(f"udiv i64 {whole}, {LANES}"), block(1, start))


def _block(t: Text, first: str, column: str, rows: int, vectors: int) -> None:
    """Sums of `rows` rows and `vectors` vectors of columns."""
    # LLVM's passes put what is allocated here into registers.
    sums = [[t.slot(VECTOR) for _ in range(vectors)] for _ in range(rows)]
    for places in sums:
        for place in places:
            t.lines.append(f"  store {VECTOR} zeroinitializer, ptr {place}, align 32")
    masks = [_mask(t, column) if vectors == 1 else "" for _ in range(vectors)]
    starts = [t.put(f"add i64 {column}, {vector * LANES}") for vector in range(vectors)]
    lines = [t.put(f"mul i64 {t.put(f'add i64 {first}, {row}')}, %ars") for row in range(rows)]

    def step(inner: str) -> None:
        right = [
            _load(t, t.element("%b", (inner, "%brs"), (start, "1")), mask)
            for start, mask in zip(starts, masks, strict=True)
        ]
        for line, places in zip(lines, sums, strict=True):
            one = t.load("%a", (line, "1"), (inner, "%acs"))
            filled = t.put(f"insertelement {VECTOR} poison, double {one}, i32 0")
            left = t.put(
                f"shufflevector {VECTOR} {filled}, {VECTOR} poison, <{LANES} x i32> zeroinitializer"
            )
            for place, vector in zip(places, right, strict=True):
                product = t.put(f"fmul contract {VECTOR} {left}, {vector}")
                old = t.put(f"load {VECTOR}, ptr {place}, align 32")
                new = t.put(f"fadd contract {VECTOR} {old}, {product}")
                t.lines.append(f"  store {VECTOR} {new}, ptr {place}, align 32")

    t.loop("%k", step)
    for row, places in enumerate(sums):
        line = t.put(f"add i64 {first}, {row}")
        for place, start, mask in zip(places, starts, masks, strict=True):
            total = t.put(f"load {VECTOR}, ptr {place}, align 32")
            _store(t, total, t.element("%out", (line, "%n"), (start, "1")), mask)


def _mask(t: Text, column: str) -> str:
    """Which columns of a vector there are."""
    first = t.put(f"insertelement <{LANES} x i64> poison, i64 {column}, i32 0")
    wide = f"<{LANES} x i64>"
    all_first = t.put(
        f"shufflevector {wide} {first}, {wide} poison, <{LANES} x i32> zeroinitializer"
    )
    columns = t.put(f"add {wide} {all_first}, {LANE_NUMBERS}")
    last = t.put(f"insertelement {wide} poison, i64 %n, i32 0")
    limit = t.put(f"shufflevector {wide} {last}, {wide} poison, <{LANES} x i32> zeroinitializer")
    return t.put(f"icmp slt {wide} {columns}, {limit}")


def _load(t: Text, place: str, mask: str) -> str:
    if not mask:
        return t.put(f"load {VECTOR}, ptr {place}, align 8")
    return t.put(
        f"call {VECTOR} @llvm.masked.load.v{LANES}f64.p0(ptr {place}, i32 8, {MASK} {mask}, "
        f"{VECTOR} zeroinitializer)"
    )


def _store(t: Text, value: str, place: str, mask: str) -> None:
    if mask:
        t.lines.append(
            f"  call void @llvm.masked.store.v{LANES}f64.p0({VECTOR} {value}, ptr {place}, "
            f"i32 8, {MASK} {mask})"
        )
    else:
        t.lines.append(f"  store {VECTOR} {value}, ptr {place}, align 8")


def pack(t: Text) -> None:
    """out[l n + j] = b[l brs + j bcs]: rows made contiguous."""

    def row(inner: str) -> None:
        t.loop(
            "%n",
            lambda j: t.store(
                t.load("%b", (inner, "%brs"), (j, "%bcs")), "%out", (inner, "%n"), (j, "1")
            ),
        )

    t.loop("%k", row)
