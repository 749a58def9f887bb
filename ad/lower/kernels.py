"""Library kernels: matrix products, reductions over axes and cumulative sums.

Each is one function of sizes, strides and pointers, compiled once on a machine with LLVM's own
vectoriser and kept in the cache; densities call them. Sizes are `i64`, strides count elements.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ad import jit
from ad.access import Affine, affine_of, is_run, locate, whole
from ad.lower import ordering, products, small, sparse, tiles
from ad.lower.axes import short_reduction
from ad.lower.emitter import bits
from ad.lower.text import Text
from ad.stages import unreshaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from ad.graph import Node
    from ad.lower.program import Program


# Below so many rows it does not pay to copy the right matrix of a product into another order.
FEW_ROWS = 8
SUM = "fadd reassoc contract double"
PRODUCT = "fmul contract double"


def _matvec_rows(t: Text) -> None:
    """out[i] = sum_j a[i rs + j] v[j]: rows lie contiguously."""

    def row(i: str) -> None:
        def term(j: str, acc: str) -> str:
            a = t.load("%a", (i, "%rs"), (j, "1"))
            product = t.put(f"{PRODUCT} {a}, {t.load('%v', (j, '1'))}")
            return t.put(f"{SUM} {acc}, {product}")

        t.store(t.loop("%k", term, bits(0.0)), "%out", (i, "1"))

    t.loop("%m", row)


def _matvec_columns(t: Text) -> None:
    """out[i] = sum_j a[i + j cs] v[j]: columns lie contiguously."""
    t.loop("%m", lambda i: t.store(bits(0.0), "%out", (i, "1")))

    def column(j: str) -> None:
        v = t.load("%v", (j, "1"))

        def entry(i: str) -> None:
            product = t.put(f"{PRODUCT} {t.load('%a', (i, '1'), (j, '%cs'))}, {v}")
            t.store(t.put(f"{SUM} {t.load('%out', (i, '1'))}, {product}"), "%out", (i, "1"))

        t.loop("%m", entry)

    t.loop("%k", column)


def _matvec_any(t: Text) -> None:
    """out[i] = sum_j a[i rs + j cs] v[j]."""

    def row(i: str) -> None:
        def term(j: str, acc: str) -> str:
            a = t.load("%a", (i, "%rs"), (j, "%cs"))
            product = t.put(f"{PRODUCT} {a}, {t.load('%v', (j, '1'))}")
            return t.put(f"{SUM} {acc}, {product}")

        t.store(t.loop("%k", term, bits(0.0)), "%out", (i, "1"))

    t.loop("%m", row)


def _matmul_dot(t: Text) -> None:
    """out[i n + j] = sum_l a[i ars + l] b[l + j bcs]: rows of a and columns of b are contiguous."""

    def row(i: str) -> None:
        def column(j: str) -> None:
            def term(step: str, acc: str) -> str:
                a = t.load("%a", (i, "%ars"), (step, "1"))
                product = t.put(f"{PRODUCT} {a}, {t.load('%b', (step, '1'), (j, '%bcs'))}")
                return t.put(f"{SUM} {acc}, {product}")

            t.store(t.loop("%k", term, bits(0.0)), "%out", (i, "%n"), (j, "1"))

        t.loop("%n", column)

    t.loop("%m", row)


def _reduce(t: Text, start: float, name: str) -> None:
    """out[o, i] = reduction over r of x[o, r, i], for contiguous x."""

    def combine(x: str, y: str) -> str:
        if name == "sum":
            return t.put(f"{SUM} {x}, {y}")
        predicate = "ogt" if name == "max" else "olt"
        better = t.put(f"fcmp {predicate} double {x}, {y}")
        chosen = t.put(f"select i1 {better}, double {x}, double {y}")
        missing = t.put(f"fcmp uno double {x}, {x}")
        return t.put(f"select i1 {missing}, double {x}, double {chosen}")

    def outer(o: str) -> None:
        t.loop("%inner", lambda i: t.store(bits(start), "%out", (o, "%inner"), (i, "1")))

        def middle(r: str) -> None:
            line = t.put(f"add i64 {t.put(f'mul i64 {o}, %size')}, {r}")

            def entry(i: str) -> None:
                x = t.load("%x", (line, "%inner"), (i, "1"))
                old = t.load("%out", (o, "%inner"), (i, "1"))
                t.store(combine(old, x), "%out", (o, "%inner"), (i, "1"))

            t.loop("%inner", entry)

        t.loop("%size", middle)

    t.loop("%outer", outer)


def _cumsum(t: Text) -> None:
    """out[o, r, i] = sum of x[o, s, i] over s <= r."""

    def outer(o: str) -> None:
        def column(i: str) -> None:
            def step(r: str, acc: str) -> str:
                line = t.put(f"add i64 {t.put(f'mul i64 {o}, %size')}, {r}")
                x = t.load("%x", (line, "%inner"), (i, "1"))
                total = t.put(f"fadd double {acc}, {x}")
                t.store(total, "%out", (line, "%inner"), (i, "1"))
                return total

            t.loop("%size", step, bits(0.0))

        t.loop("%inner", column)

    t.loop("%outer", outer)


POINTERS = "ptr noalias %out, ptr noalias readonly"
BODIES: dict[str, tuple[str, Callable[[Text], object]]] = {
    "matvec_rows": (
        f"{POINTERS} %a, ptr noalias readonly %v, i64 %rs, i64 %cs, i64 %m, i64 %k",
        _matvec_rows,
    ),
    "matvec_columns": (
        f"{POINTERS} %a, ptr noalias readonly %v, i64 %rs, i64 %cs, i64 %m, i64 %k",
        _matvec_columns,
    ),
    "matvec_any": (
        f"{POINTERS} %a, ptr noalias readonly %v, i64 %rs, i64 %cs, i64 %m, i64 %k",
        _matvec_any,
    ),
    "matmul": (
        (
            f"{POINTERS} %a, ptr noalias readonly %b, i64 %ars, i64 %acs, i64 %brs, i64 %bcs, "
            "i64 %m, i64 %k, i64 %n"
        ),
        products.matmul,
    ),
    "matmul_dot": (
        (
            f"{POINTERS} %a, ptr noalias readonly %b, i64 %ars, i64 %acs, i64 %brs, i64 %bcs, "
            "i64 %m, i64 %k, i64 %n"
        ),
        _matmul_dot,
    ),
    "pack": (f"{POINTERS} %b, i64 %brs, i64 %bcs, i64 %k, i64 %n", products.pack),
    "cumsum": (f"{POINTERS} %x, i64 %outer, i64 %size, i64 %inner", _cumsum),
    **ordering.BODIES,
    **small.BODIES,
    **sparse.BODIES,
    **{
        f"reduce_{name}": (
            f"{POINTERS} %x, i64 %outer, i64 %size, i64 %inner",
            functools.partial(_reduce, start=start, name=name),
        )
        for name, start in (
            ("sum", 0.0),
            ("max", float("-inf")),
            ("min", float("inf")),
        )
    },
}


def module() -> str:
    """IR text of all kernels."""
    parts = []
    for name, (arguments, body) in BODIES.items():
        text = Text()
        body(text)
        lines = "\n".join([*text.slots, *text.lines])
        parts.append(
            f"define void @w_{name}({arguments}) nounwind {{\nentry:\n{lines}\n  ret void\n}}"
        )
    declared = sorted({*products.DECLARATIONS, *small.DECLARATIONS})
    return "\n\n".join([*declared, *parts, *tiles.kernels().values()])


@functools.cache
def library() -> jit.Library:
    """The kernels, linked; compiled where the cache has none."""
    code = jit.of_package("kernels", lambda: jit.emit(module(), level=3, passes=True))
    return jit.link(code, [f"w_{name}" for name in (*BODIES, *tiles.kernels())])


def kernel_call(program: Program, node: Node) -> str:
    """Write the call that computes `node` into its buffer; gives the kernel's name."""
    if node.op.kind == "loop":
        from ad.lower.control import control_code  # noqa: PLC0415 - it asks for operands here

        control_code(program, node)
        return node.op.name
    if node.op.kind == "sparse":
        return sparse.sparse_call(program, node)
    out = program.buffer(node)
    pointers = [operand(program, argument) for argument in node.inputs]
    if ordering.is_ordering(node):
        return ordering.ordering_call(program, node, [pointer for pointer, _ in pointers])
    if node.op.kind == "library":
        done = small.small_call(program, node, [pointer for pointer, _ in pointers])
        if done is not None:
            return done
        from ad.lower.lapack import library_call  # noqa: PLC0415 - its kernels are written in Text

        return library_call(program, node, [pointer for pointer, _ in pointers])
    if node.op.kind == "matvec":
        (a, matrix), (v, _) = pointers
        rs, cs = matrix.strides
        form = "rows" if cs == 1 else "columns" if rs == 1 else "any"
        name, sizes = f"matvec_{form}", [rs, cs, *matrix.shape]
        addresses = [a, v]
    elif node.op.kind == "matmul":
        (a, left), (b, right) = pointers
        from ad.lower.lapack import gemm_call  # noqa: PLC0415 - as above

        large = gemm_call(program, node, pointers)
        if large is not None:
            return large
        inner = left.strides[1] == 1 and right.strides[0] == 1 != right.strides[1]
        name = "matmul_dot" if inner and left.shape[0] < FEW_ROWS else "matmul"
        if name == "matmul" and right.strides[1] != 1:
            b, right = _packed(program, b, right)
        sizes = [*left.strides, *right.strides, *left.shape, right.shape[1]]
        addresses = [a, b]
    else:
        (x, _), shape = pointers[0], node.inputs[0].shape
        axes = node.params["axis"]
        first, last = (axes, axes) if isinstance(axes, int) else (axes[0], axes[-1])
        name = "cumsum" if node.op.kind == "cumulative" else f"reduce_{node.op.name}"
        before, after = _product(shape[:first]), _product(shape[last + 1 :])
        sizes = [before, _product(shape[first : last + 1]), after]
        if node.op.kind == "reduction" and short_reduction(program, node, x, sizes):
            return name
        addresses = [x]
    types = ", ".join(["ptr"] * (1 + len(addresses)) + ["i64"] * len(sizes))
    program.externals.add(f"declare void @w_{name}({types})")
    listed = ", ".join([f"ptr {p}" for p in (out, *addresses)] + [f"i64 {s}" for s in sizes])
    program.function.lines.append(f"  call void @w_{name}({listed})")
    return name


def _packed(program: Program, b: str, matrix: Affine) -> tuple[str, Affine]:
    """A copy of a matrix with contiguous rows."""
    copy = program.scratch(matrix.shape[0] * matrix.shape[1])
    program.library.add("pack")
    program.externals.add("declare void @w_pack(ptr, ptr, i64, i64, i64, i64)")
    sizes = ", ".join(f"i64 {size}" for size in (*matrix.strides, *matrix.shape))
    program.function.lines.append(f"  call void @w_pack(ptr {copy}, ptr {b}, {sizes})")
    return copy, whole(matrix.shape)


def _product(sizes: tuple[int, ...]) -> int:
    result = 1
    for size in sizes:
        result *= size
    return result


def operand(program: Program, node: Node) -> tuple[str, Affine]:
    """Pointer to a kernel's operand, and its shape and strides from there."""
    pattern, source = whole(node.shape), node
    if not program.has_buffer(source):
        source = unreshaped(source)
    found = locate(node, node.shape)
    if not program.has_buffer(source) and found.pattern is not None and is_run(found):
        source, pattern = found.source, pattern._replace(offset=found.pattern.offset)
    if not program.has_buffer(source):  # a view that the kernel reads through strides
        pattern, source = affine_of(node), unreshaped(node.inputs[0])
    base = program.buffer(source)
    if pattern.offset == 0:
        return base, pattern
    function = program.function
    place = function.fresh()
    function.lines.append(f"  {place} = getelementptr double, ptr {base}, i64 {pattern.offset}")
    return place, pattern
