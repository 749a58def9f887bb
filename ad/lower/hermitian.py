"""Kernels of factors of complex matrices: LAPACK's numbers are pairs, ours lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.lower.emitter import bits
from ad.lower.routine import ONE, Kernel, Routine
from ad.lower.spectra import behind, not_finite

if TYPE_CHECKING:
    from collections.abc import Callable

Place = tuple[str, str]


def _both(t: Routine, pair: str, part: int) -> str:
    """Offset of a part of a pair."""
    return t.put(f"add i64 {t.put(f'mul i64 {pair}, 2')}, {part}")


def _taken(t: Routine, m: str, n: str, source: Callable[[str, str], Place]) -> None:
    """Copy the matrix a + i b, m x n, into the work space as pairs, column by column."""

    def row(i: str) -> None:
        def entry(j: str) -> None:
            first, second = source(i, j)
            pair = t.put(f"add i64 {t.put(f'mul i64 {j}, {m}')}, {i}")
            for part, name in enumerate(("%a", "%b")):
                value = t.load(name, (first, n), (second, "1"))
                t.store(value, "%work", (_both(t, pair, part), "1"))

        t.loop(n, entry)

    t.loop(m, row)


def _apart(t: Routine, pairs: str, count: str, target: str) -> str:
    """Copy so many pairs into real parts, then imaginary ones; gives the place behind them."""
    imaginary = behind(t, target, count)

    def one(k: str) -> None:
        t.store(t.load(pairs, (_both(t, k, 0), "1")), target, (k, "1"))
        t.store(t.load(pairs, (_both(t, k, 1), "1")), imaginary, (k, "1"))

    t.loop(count, one)
    return behind(t, imaginary, count)


def _unless(t: Routine, bad: str, size: str) -> str:
    return t.put(f"select i1 {bad}, i64 0, i64 {size}")


def _eigh(t: Routine) -> None:
    area = t.put("mul i64 %n, %n")
    pairs = t.put(f"mul i64 {area}, 2")

    def mirrored(i: str, j: str) -> Place:  # only the lower triangle is read
        below = t.put(f"icmp sge i64 {i}, {j}")
        first, second = (t.put(f"select i1 {below}, i64 {x}, i64 {y}") for x, y in ((i, j), (j, i)))
        return first, second

    _taken(t, "%n", "%n", mirrored)
    bad = not_finite(t, "%work", pairs)
    size, lead, info = t.integer(_unless(t, bad, "%n")), t.leading("%n"), t.integer("0")
    work = behind(t, "%work", pairs)
    real = behind(t, work, "%length", "%length")
    whole = behind(t, real, "%real")
    t.call(
        "zheevd",
        *(t.letter("V"), t.letter("L"), size, "%work", lead, "%out", work, t.integer("%length")),
        *(real, t.integer("%real"), whole, t.integer("%short"), info),
    )
    _apart(t, "%work", area, behind(t, "%out", "%n"))
    failed = t.put(f"or i1 {bad}, {t.failed(info)}")
    t.spoil(failed, "%out", t.put(f"add i64 {pairs}, %n"))


def _eig(t: Routine) -> None:
    area = t.put("mul i64 %n, %n")
    pairs = t.put(f"mul i64 {area}, 2")
    _taken(t, "%n", "%n", lambda i, j: (i, j))
    bad = not_finite(t, "%work", pairs)
    size, lead, one = t.integer(_unless(t, bad, "%n")), t.leading("%n"), t.integer("1")
    info = t.integer("0")
    values = behind(t, "%work", pairs)
    vectors = behind(t, values, "%n", "%n")
    work = behind(t, vectors, pairs)
    real = behind(t, work, "%length", "%length")
    t.call(
        "zgeev",
        *(t.letter("N"), t.letter("V"), size, "%work", lead, values, work, one, vectors, lead),
        *(work, t.integer("%length"), real, info),
    )
    place = _apart(t, values, "%n", "%out")
    _apart(t, vectors, area, place)
    failed = t.put(f"or i1 {bad}, {t.failed(info)}")
    t.spoil(failed, "%out", t.put(f"add i64 {pairs}, {t.put('mul i64 %n, 2')}"))


def _svd(t: Routine) -> None:
    area = t.put("mul i64 %m, %n")
    pairs = t.put(f"mul i64 {area}, 2")
    _taken(t, "%m", "%n", lambda i, j: (i, j))
    bad = not_finite(t, "%work", pairs)
    rows, columns = t.integer(_unless(t, bad, "%m")), t.integer(_unless(t, bad, "%n"))
    tall, few, info = t.leading("%m"), t.leading("%few"), t.integer("0")
    left_size, right_size = t.put("mul i64 %few, %m"), t.put("mul i64 %few, %n")
    left = behind(t, "%work", pairs)
    right = behind(t, left, left_size, left_size)
    work = behind(t, right, right_size, right_size)
    real = behind(t, work, "%length", "%length")
    whole = behind(t, real, "%real")
    t.call(
        "zgesdd",
        *(t.letter("S"), rows, columns, "%work", tall, "%out", left, tall, right, few),
        *(work, t.integer("%length"), real, whole, info),
    )
    place = _apart(t, left, left_size, behind(t, "%out", "%few"))
    _apart(t, right, right_size, place)
    size = t.put(f"add i64 {left_size}, {right_size}")
    count = t.put(f"add i64 %few, {t.put(f'mul i64 {size}, 2')}")
    t.spoil(t.put(f"or i1 {bad}, {t.failed(info)}"), "%out", count)


def _lu(t: Routine) -> None:
    area = t.put("mul i64 %n, %n")
    pairs = t.put(f"mul i64 {area}, 2")
    _taken(t, "%n", "%n", lambda i, j: (i, j))
    bad = not_finite(t, "%work", pairs)
    size, lead = t.integer(_unless(t, bad, "%n")), t.leading("%n")
    pivots = behind(t, "%work", pairs)
    t.call("zgetrf", size, size, "%work", lead, pivots, t.integer("0"))
    imaginary = behind(t, "%out", "%n")
    swaps = behind(t, imaginary, "%n")
    step = t.put("add i64 %n, 1")

    def one(k: str) -> None:
        pair = t.put(f"mul i64 {k}, {step}")
        t.store(t.load("%work", (_both(t, pair, 0), "1")), "%out", (k, "1"))
        t.store(t.load("%work", (_both(t, pair, 1), "1")), imaginary, (k, "1"))
        pivot = t.put(
            f"load i32, ptr {t.put(f'getelementptr i32, ptr {pivots}, i64 {k}')}, align 4"
        )
        own = t.put(f"trunc i64 {t.put(f'add i64 {k}, 1')} to i32")
        same = t.put(f"icmp eq i32 {pivot}, {own}")
        t.store(t.put(f"select i1 {same}, double {ONE}, double {bits(-1.0)}"), swaps, (k, "1"))

    t.loop("%n", one)
    t.spoil(bad, "%out", t.put("mul i64 %n, 3"))


HERMITIAN: dict[str, Kernel] = {
    "eigh_complex": Kernel(("a", "b", "work"), ("n", "length", "real", "short"), _eigh),
    "eig_complex": Kernel(("a", "b", "work"), ("n", "length"), _eig),
    "svd_complex": Kernel(("a", "b", "work"), ("m", "n", "few", "length", "real"), _svd),
    "lu_complex": Kernel(("a", "b", "work"), ("n",), _lu),
}
