"""Kernels of triangular factors and of what is solved with them (see `ad.lower.routine`)."""

import functools

from ad.lower.routine import ONE, ZERO, Kernel, Routine


def _cholesky(t: Routine) -> None:
    def row(i: str) -> None:
        def entry(j: str) -> None:
            above = t.put(f"icmp sgt i64 {j}, {i}")
            value = t.load("%a", (i, "%n"), (j, "1"))
            t.store(
                t.put(f"select i1 {above}, double {ZERO}, double {value}"),
                "%out",
                (i, "%n"),
                (j, "1"),
            )

        t.loop("%n", entry)

    t.loop("%n", row)
    info, size = t.integer("0"), t.integer("%n")
    t.call("dpotrf", t.letter("U"), size, "%out", size, info)

    # Not every LAPACK refuses nan; a diagonal entry that is not finite times 0 is nan.
    def step(i: str, total: str) -> str:
        pivot = t.put(f"fmul double {t.load('%out', (i, '%n'), (i, '1'))}, {ZERO}")
        return t.put(f"fadd double {total}, {pivot}")

    missing = t.put(f"fcmp uno double {t.loop('%n', step, ZERO)}, {ZERO}")
    t.spoil(t.put(f"or i1 {t.failed(info)}, {missing}"), "%out", "%n", "%n")


def _triangular_solve(t: Routine, single: bool) -> None:
    t.copy("%out", "%b", "%n", "%k")
    size = t.integer("%n")
    if single:
        turned = t.letter("%opposite")
        t.call(
            "dtrsv",
            t.letter("%uplo"),
            turned,
            t.letter("N"),
            size,
            "%a",
            size,
            "%out",
            t.integer("1"),
        )
    else:
        _from_right(t, "%a", "%uplo", "%trans", "N")
    t.spoil(t.has_zero("%a", "%n"), "%out", "%n", "%k")


def _from_right(t: Routine, a: str, uplo: str, trans: str, unit: str) -> None:
    """Our rows X become X op(a)^-1 in LAPACK's terms; X' is k x n there."""
    size, width, one = t.integer("%n"), t.leading("%k"), t.number(ONE)
    letters = [t.letter(value) for value in ("R", uplo, trans, unit)]
    t.call("dtrsm", *letters, width, size, one, a, size, "%out", width)


def _lu(t: Routine) -> None:
    t.copy("%out", "%a", "%n", "%n")
    size = t.integer("%n")
    t.call("dgetrf", size, size, "%out", size, "%work", t.integer("0"))

    def pivot(i: str) -> None:
        place = t.put(f"getelementptr i32, ptr %work, i64 {i}")
        row = t.put(f"sub i32 {t.put(f'load i32, ptr {place}, align 4')}, 1")
        t.store(t.put(f"sitofp i32 {row} to double"), "%out", ("%n", "%n"), (i, "1"))

    t.loop("%n", pivot)


def _lu_solve(t: Routine) -> None:
    """One right-hand side."""
    t.copy("%out", "%b", "%n")

    def pivot(i: str) -> None:
        row = t.put(f"fptosi double {t.load('%f', ('%n', '%n'), (i, '1'))} to i32")
        place = t.put(f"getelementptr i32, ptr %work, i64 {i}")
        t.lines.append(f"  store i32 {t.put(f'add i32 {row}, 1')}, ptr {place}, align 4")

    t.loop("%n", pivot)
    size, one = t.integer("%n"), t.integer("1")
    t.call(
        "dgetrs",
        t.letter("%opposite"),
        size,
        one,
        "%f",
        size,
        "%work",
        "%out",
        size,
        t.integer("0"),
    )
    t.spoil(t.has_zero("%f", "%n"), "%out", "%n")


def _lu_solve_many(t: Routine, transposed: bool) -> None:
    """With f = P L U of a': rows X' P L U = B', or X' (P L U)' = B' for the transposed system."""
    t.copy("%out", "%b", "%n", "%k")
    if transposed:
        _interchange(t, backwards=False)
        _from_right(t, "%f", "L", "T", "U")
        _from_right(t, "%f", "U", "T", "N")
    else:
        _from_right(t, "%f", "U", "N", "N")
        _from_right(t, "%f", "L", "N", "U")
        _interchange(t, backwards=True)
    t.spoil(t.has_zero("%f", "%n"), "%out", "%n", "%k")


def _interchange(t: Routine, backwards: bool) -> None:
    """Our rows of `out`, interchanged as the pivots say."""

    def step(i: str) -> None:
        if backwards:
            i = t.put(f"sub i64 {t.put('sub i64 %n, 1')}, {i}")
        other = t.put(f"fptosi double {t.load('%f', ('%n', '%n'), (i, '1'))} to i64")

        def exchange(j: str) -> None:
            first = t.load("%out", (i, "%k"), (j, "1"))
            second = t.load("%out", (other, "%k"), (j, "1"))
            t.store(second, "%out", (i, "%k"), (j, "1"))
            t.store(first, "%out", (other, "%k"), (j, "1"))

        t.loop("%k", exchange)

    t.loop("%n", step)


def _lu_det(t: Routine, log: bool) -> None:
    def step(i: str, total: str) -> str:
        entry = t.load("%f", (i, "%n"), (i, "1"))
        if log:
            size = t.put(f"call double @llvm.fabs.f64(double {entry})")
            return t.put(
                f"fadd double {total}, {t.put(f'call double @llvm.log.f64(double {size})')}"
            )
        moved = t.put(f"fptosi double {t.load('%f', ('%n', '%n'), (i, '1'))} to i64")
        same = t.put(f"icmp eq i64 {moved}, {i}")
        signed = t.put(f"select i1 {same}, double {entry}, double {t.put(f'fneg double {entry}')}")
        return t.put(f"fmul double {total}, {signed}")

    for name in ("fabs", "log"):
        t.externals[f"llvm.{name}.f64"] = f"declare double @llvm.{name}.f64(double)"
    t.store(t.loop("%n", step, ZERO if log else ONE), "%out")


def _matmul(t: Routine) -> None:
    """The transposes of the product and its factors, in the other order."""
    sizes = [t.integer(size) for size in ("%n", "%m", "%k")]
    letters, wide = [t.letter("%right"), t.letter("%left")], t.leading("%n")
    lengths = [t.leading("%lead_b"), t.leading("%lead_a")]
    one, zero = t.number(ONE), t.number(ZERO)
    t.call(
        "dgemm",
        *(*letters, *sizes, one, "%b", lengths[0], "%a", lengths[1], zero, "%out", wide),
    )


def _banded_solve(t: Routine) -> None:
    """In `work`: the band as LAPACK has it, column by column; pivots; right-hand sides, turned."""
    both = t.put("add i64 %below, %above")
    rows = t.put(f"add i64 {both}, 1")
    width = t.put(f"add i64 {rows}, %below")
    length = t.put(f"mul i64 {width}, %n")
    pivots = t.element("%work", (length, "1"))
    sides = t.element(pivots, ("%n", "1"))
    t.loop(length, lambda i: t.store(ZERO, "%work", (i, "1")))

    def diagonal(r: str) -> None:
        k = t.put(f"sub i64 {r}, %above")  # i - j
        target = t.put(f"add i64 {r}, %below")

        def entry(j: str) -> None:
            i = t.put(f"add i64 {j}, {k}")
            inside = t.put(f"icmp ult i64 {i}, %n")  # as unsigned: not below 0 either
            value = t.load("%ab", (r, "%n"), (j, "1"))
            kept = t.put(f"select i1 {inside}, double {value}, double {ZERO}")
            t.store(kept, "%work", (j, width), (target, "1"))

        t.loop("%n", entry)

    t.loop(rows, diagonal)

    # What is not finite times 0 is nan.
    def step(i: str, total: str) -> str:
        seen = t.put(f"fmul double {t.load('%work', (i, '1'))}, {ZERO}")
        return t.put(f"fadd double {total}, {seen}")

    missing = t.put(f"fcmp uno double {t.loop(length, step, ZERO)}, {ZERO}")
    turned = functools.partial(_turned, t, sides)
    turned(inwards=True)
    n, lead, info = t.integer("%n"), t.integer(width), t.integer("0")
    low, high = t.integer("%below"), t.integer("%above")
    t.call("dgbtrf", n, n, low, high, "%work", lead, pivots, info)
    bad = t.put(f"or i1 {t.failed(info)}, {missing}")
    k = t.integer("%k")
    solved = t.integer("0")
    t.call("dgbtrs", t.letter("%trans"), n, low, high, k, "%work", lead, pivots, sides, n, solved)
    turned(inwards=False)
    t.spoil(bad, "%out", "%n", "%k")


def _turned(t: Routine, sides: str, inwards: bool) -> None:
    """Copy the rows of `b` to columns, or columns to rows of `out`."""

    def row(i: str) -> None:
        def entry(j: str) -> None:
            if inwards:
                t.store(t.load("%b", (i, "%k"), (j, "1")), sides, (j, "%n"), (i, "1"))
            else:
                t.store(t.load(sides, (j, "%n"), (i, "1")), "%out", (i, "%k"), (j, "1"))

        t.loop("%k", entry)

    t.loop("%n", row)


_SOLVE = ("n", "k", "uplo", "trans", "opposite")
SOLVES: dict[str, Kernel] = {
    "cholesky": Kernel(("a",), ("n",), _cholesky),
    "triangular_solve": Kernel(
        ("a", "b"), _SOLVE, functools.partial(_triangular_solve, single=True)
    ),
    "triangular_solve_many": Kernel(
        ("a", "b"), _SOLVE, functools.partial(_triangular_solve, single=False)
    ),
    "banded_solve": Kernel(
        ("ab", "b", "work"), ("n", "k", "below", "above", "trans"), _banded_solve
    ),
    "lu": Kernel(("a", "work"), ("n",), _lu),
    "lu_solve": Kernel(("f", "b", "work"), ("n", "k", "opposite"), _lu_solve),
    "lu_solve_many": Kernel(
        ("f", "b"), ("n", "k"), functools.partial(_lu_solve_many, transposed=False)
    ),
    "lu_solve_many_transposed": Kernel(
        ("f", "b"), ("n", "k"), functools.partial(_lu_solve_many, transposed=True)
    ),
    "lu_logdet": Kernel(("f",), ("n",), functools.partial(_lu_det, log=True)),
    "lu_det": Kernel(("f",), ("n",), functools.partial(_lu_det, log=False)),
    "gemm": Kernel(("a", "b"), ("m", "k", "n", "left", "right", "lead_a", "lead_b"), _matmul),
}
