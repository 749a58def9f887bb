"""Partial sums of a loop, and products with a data matrix inside a loop over its rows.

The matrix lies in tiles of rows, each tile column by column (`ad.binding`). Before a tile's
elements are computed, X v is found for its rows; afterwards their weights r are multiplied into
partial sums of X' r, a vector of four a column, while the tile is still in the cache. So value and
gradient together read the matrix once (`ad.tiling` finds where).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.stages import TILE

if TYPE_CHECKING:
    from ad.graph import Node
    from ad.lower.program import Program
    from ad.stages import Loop

LANES = 4
VECTORS = TILE // LANES
DOUBLE = 8


def _call(program: Program, name: str, pointers: list[str], size: int) -> None:
    types = ", ".join(["ptr"] * len(pointers) + ["i64"])
    program.externals.add(f"declare void @w_{name}({types})")
    program.library.add(name)
    listed = ", ".join(f"ptr {pointer}" for pointer in pointers)
    program.function.lines.append(f"  call void @w_{name}({listed}, i64 {size})")


def _rows(program: Program, matrix: Node, tile: str) -> str:
    """Pointer to the tile of the matrix that begins with row `tile`."""
    function = program.function
    base = function.slot(program.slot(matrix, "tiles"))
    offset, place = function.fresh(), function.fresh()
    function.lines.append(f"  {offset} = mul i64 {tile}, {matrix.shape[1]}")
    function.lines.append(f"  {place} = getelementptr double, ptr {base}, i64 {offset}")
    return place


def partial_sums(program: Program, node: Node) -> str:
    """Pointer to sums of which each lane has its own."""
    return program.function.address("%ws", program.partial_sums[node.index])


def _summed(program: Program, loop: Loop) -> list[Node]:
    both = (*loop.transposed, *loop.scatters)
    return [node for node in both if node.index in program.partial_sums]


def begin_sums(program: Program, loop: Loop) -> None:
    """Clear the partial sums."""
    for node in _summed(program, loop):
        program.externals.add("declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)")
        program.function.lines.append(
            f"  call void @llvm.memset.p0.i64(ptr align 64 {partial_sums(program, node)}, i8 0, "
            f"i64 {LANES * node.size * DOUBLE}, i1 false)"
        )


def products(program: Program, loop: Loop, tile: str) -> None:
    """X v for the tile's rows."""
    for product in loop.products:
        matrix, vector = product.inputs
        rows = _rows(program, matrix, tile)
        pointers = [program.buffer(product), rows, program.operand(vector)]
        _call(program, "tile_rows", pointers, matrix.shape[1])


def transposed(program: Program, loop: Loop, tile: str) -> None:
    """Partial sums of X' r over the tile's rows."""
    for product in loop.transposed:
        view, value = product.inputs
        matrix = view.inputs[0]
        buffer = program.buffer(value)
        if value.index not in program.schedule.local:
            place = program.function.fresh()
            program.function.lines.append(
                f"  {place} = getelementptr double, ptr {buffer}, i64 {tile}"
            )
            buffer = place
        pointers = [partial_sums(program, product), _rows(program, matrix, tile), buffer]
        _call(program, "tile_columns", pointers, matrix.shape[1])


def end_sums(program: Program, loop: Loop) -> None:
    """Add up the lanes of the partial sums."""
    for node in _summed(program, loop):
        pointers = [program.buffer(node), partial_sums(program, node)]
        _call(program, "tile_total", pointers, node.size)


def _many(text: str, count: int = VECTORS) -> str:
    """`text` once for each vector of a tile, with `#` its number and `@` its first row."""
    return "\n".join(
        text.replace("#", str(number)).replace("@", str(number * LANES)) for number in range(count)
    )


def kernels() -> dict[str, str]:
    """IR text of the three kernels, by name."""
    v = f"<{LANES} x double>"
    zero = "zeroinitializer"
    pairs = [f"  %q{n} = fadd contract {v} %p{2 * n}, %p{2 * n + 1}" for n in range(VECTORS // 2)]
    quarters = [
        f"  %h{n} = fadd contract {v} %q{2 * n}, %q{2 * n + 1}" for n in range(VECTORS // 4)
    ]
    return {
        "tile_rows": f"""define void @w_tile_rows(ptr noalias %out, ptr noalias readonly %x,
    ptr noalias readonly %v, i64 %k) nounwind {{
entry:
  br label %column
column:
  %j = phi i64 [ 0, %entry ], [ %next, %column ]
{_many(f"  %a# = phi {v} [ {zero}, %entry ], [ %n#, %column ]")}
  %at = getelementptr double, ptr %v, i64 %j
  %one = load double, ptr %at, align 8
  %first = insertelement {v} poison, double %one, i32 0
  %all = shufflevector {v} %first, {v} poison, <{LANES} x i32> zeroinitializer
  %begin = mul i64 %j, {TILE}
  %base = getelementptr double, ptr %x, i64 %begin
{
            _many(f'''  %x_at# = getelementptr double, ptr %base, i64 @
  %x# = load {v}, ptr %x_at#, align 32
  %m# = fmul contract {v} %x#, %all
  %n# = fadd contract {v} %a#, %m#''')
        }
  %next = add nuw nsw i64 %j, 1
  %more = icmp ult i64 %next, %k
  br i1 %more, label %column, label %done
done:
{
            _many(f'''  %o_at# = getelementptr double, ptr %out, i64 @
  store {v} %n#, ptr %o_at#, align 8''')
        }
  ret void
}}""",
        "tile_columns": f"""define void @w_tile_columns(ptr noalias %sums, ptr noalias readonly %x,
    ptr noalias readonly %r, i64 %k) nounwind {{
entry:
{
            _many(f'''  %r_at# = getelementptr double, ptr %r, i64 @
  %r# = load {v}, ptr %r_at#, align 8''')
        }
  br label %column
column:
  %j = phi i64 [ 0, %entry ], [ %next, %column ]
  %begin = mul i64 %j, {TILE}
  %base = getelementptr double, ptr %x, i64 %begin
{
            _many(f'''  %x_at# = getelementptr double, ptr %base, i64 @
  %x# = load {v}, ptr %x_at#, align 32
  %p# = fmul contract {v} %x#, %r#''')
        }
{chr(10).join(pairs)}
{chr(10).join(quarters)}
  %tile = fadd contract {v} %h0, %h1
  %place = mul i64 %j, {LANES}
  %sum_at = getelementptr double, ptr %sums, i64 %place
  %old = load {v}, ptr %sum_at, align 32
  %new = fadd contract {v} %old, %tile
  store {v} %new, ptr %sum_at, align 32
  %next = add nuw nsw i64 %j, 1
  %more = icmp ult i64 %next, %k
  br i1 %more, label %column, label %done
done:
  ret void
}}""",
        "tile_total": f"""define void @w_tile_total(ptr noalias %out, ptr noalias readonly %sums,
    i64 %k) nounwind {{
entry:
  br label %column
column:
  %j = phi i64 [ 0, %entry ], [ %next, %column ]
  %place = mul i64 %j, {LANES}
  %sum_at = getelementptr double, ptr %sums, i64 %place
  %sum = load {v}, ptr %sum_at, align 32
  %a = extractelement {v} %sum, i32 0
  %b = extractelement {v} %sum, i32 1
  %c = extractelement {v} %sum, i32 2
  %d = extractelement {v} %sum, i32 3
  %ab = fadd double %a, %b
  %cd = fadd double %c, %d
  %total = fadd double %ab, %cd
  %at = getelementptr double, ptr %out, i64 %j
  store double %total, ptr %at, align 8
  %next = add nuw nsw i64 %j, 1
  %more = icmp ult i64 %next, %k
  br i1 %more, label %column, label %done
done:
  ret void
}}""",
    }
