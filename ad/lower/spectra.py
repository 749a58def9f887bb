"""Kernels of eigenvalues, singular values, QR and the exponential (see `ad.lower.routine`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ad.lower.emitter import bits
from ad.lower.routine import ONE, ZERO, Kernel, Routine

if TYPE_CHECKING:
    from collections.abc import Sequence


def _transposed(t: Routine, target: str) -> None:
    """Copy the matrix `a`, m x n, column by column, as LAPACK has it."""

    def row(i: str) -> None:
        t.loop(
            "%n", lambda j: t.store(t.load("%a", (i, "%n"), (j, "1")), target, (j, "%m"), (i, "1"))
        )

    t.loop("%m", row)


def not_finite(t: Routine, place: str, size: str) -> str:
    """Whether one of so many numbers is not finite: times 0 it is nan."""

    def step(i: str, total: str) -> str:
        value = t.load(place, (i, "1"))
        return t.put(f"fadd double {total}, {t.put(f'fmul double {value}, {ZERO}')}")

    return t.put(f"fcmp uno double {t.loop(size, step, ZERO)}, {ZERO}")


def _unless(t: Routine, bad: str, size: str) -> str:
    """A size, or 0 where there is nothing to do."""
    return t.put(f"select i1 {bad}, i64 0, i64 {size}")


def behind(t: Routine, place: str, *counts: str) -> str:
    """Pointer as many doubles behind another as the sum of `counts`."""
    for count in counts:
        place = t.put(f"getelementptr double, ptr {place}, i64 {count}")
    return place


def _either(t: Routine, first: str, second: str) -> str:
    return t.put(f"or i1 {first}, {second}")


def _eigh(t: Routine) -> None:
    """Values and vectors; LAPACK's columns are our rows, so vectors come one after another."""
    vectors = behind(t, "%out", "%n")

    def row(i: str) -> None:
        def entry(j: str) -> None:  # the lower triangle, mirrored: as NumPy hands it over
            below = t.put(f"icmp sge i64 {i}, {j}")
            first, second = (
                t.put(f"select i1 {below}, i64 {x}, i64 {y}") for x, y in ((i, j), (j, i))
            )
            t.store(t.load("%a", (first, "%n"), (second, "1")), vectors, (i, "%n"), (j, "1"))

        t.loop("%n", entry)

    t.loop("%n", row)
    square = t.put("mul i64 %n, %n")
    bad = not_finite(t, vectors, square)
    size, lead, info = t.integer(_unless(t, bad, "%n")), t.integer("%n"), t.integer("0")
    lengths = [t.integer("%length"), t.integer("%short")]
    letters = [t.letter("V"), t.letter("L")]
    indices = behind(t, "%work", "%length")
    t.call(
        "dsyevd",
        *(*letters, size, vectors, lead, "%out", "%work", lengths[0], indices, lengths[1], info),
    )
    t.spoil(_either(t, bad, t.failed(info)), "%out", t.put("add i64 %n, 1"), "%n")


def _eig(t: Routine) -> None:
    """LAPACK packs a conjugate pair as two columns: the real part, then the imaginary one."""
    area = t.put("mul i64 %n, %n")
    packed, work = behind(t, "%work", area), behind(t, "%work", area, area)
    real, imaginary = behind(t, "%out", "%n", "%n"), behind(t, "%out", "%n", "%n", area)

    def row(i: str) -> None:
        t.loop(
            "%n",
            lambda j: t.store(t.load("%a", (i, "%n"), (j, "1")), "%work", (j, "%n"), (i, "1")),
        )

    t.loop("%n", row)
    bad = not_finite(t, "%work", area)
    size, lead, one = t.integer(_unless(t, bad, "%n")), t.leading("%n"), t.integer("1")
    info, parts = t.integer("0"), behind(t, "%out", "%n")
    letters = [t.letter("N"), t.letter("V")]
    t.call(
        "dgeev",
        *(*letters, size, "%work", lead, "%out", parts, work, one, packed, lead),
        *(work, t.integer("%length"), info),
    )
    last = t.put("sub i64 %n, 1")

    def vector(j: str) -> None:
        part = t.load(parts, (j, "1"))
        # nan where nothing was computed: neither, so each reads its own column.
        first, second = (t.put(f"fcmp {p} double {part}, {ZERO}") for p in ("ogt", "olt"))
        before = t.put(f"sub i64 {j}, {t.put(f'zext i1 {second} to i64')}")
        after = t.put(f"add i64 {before}, 1")
        within = t.put(f"icmp slt i64 {after}, {last}")
        after = t.put(f"select i1 {within}, i64 {after}, i64 {last}")
        paired = t.put(f"or i1 {first}, {second}")
        sign = t.put(f"select i1 {second}, double {bits(-1.0)}, double {ONE}")

        def entry(i: str) -> None:
            t.store(t.load(packed, (before, "%n"), (i, "1")), real, (j, "%n"), (i, "1"))
            other = t.put(f"fmul double {t.load(packed, (after, '%n'), (i, '1'))}, {sign}")
            kept = t.put(f"select i1 {paired}, double {other}, double {ZERO}")
            t.store(kept, imaginary, (j, "%n"), (i, "1"))

        t.loop("%n", entry)

    t.loop("%n", vector)
    count = t.put(f"mul i64 {t.put('mul i64 %n, 2')}, {t.put('add i64 %n, 1')}")
    t.spoil(_either(t, bad, t.failed(info)), "%out", count)


def _svd(t: Routine) -> None:
    area = t.put("mul i64 %m, %n")
    left = behind(t, "%out", "%few")
    right = behind(t, left, t.put("mul i64 %few, %m"))
    work = behind(t, "%work", area)
    _transposed(t, "%work")
    bad = not_finite(t, "%work", area)
    rows, columns = t.integer(_unless(t, bad, "%m")), t.integer(_unless(t, bad, "%n"))
    tall, few, info = t.integer("%m"), t.integer("%few"), t.integer("0")
    length, indices = t.integer("%length"), behind(t, work, "%length")
    t.call(
        "dgesdd",
        *(t.letter("S"), rows, columns, "%work", tall, "%out", left, tall, right, few),
        *(work, length, indices, info),
    )
    each = t.put(f"add i64 1, {t.put('add i64 %m, %n')}")
    count = t.put(f"mul i64 %few, {each}")
    t.spoil(_either(t, bad, t.failed(info)), "%out", count)


def _qr(t: Routine) -> None:
    area = t.put("mul i64 %m, %n")
    upper, work = behind(t, "%out", area), behind(t, "%work", "%n")
    _transposed(t, "%out")
    rows, columns, info = t.integer("%m"), t.integer("%n"), t.integer("0")
    length = t.integer("%length")
    t.call("dgeqrf", rows, columns, "%out", rows, "%work", work, length, info)

    def row(i: str) -> None:
        def entry(j: str) -> None:
            value = t.load("%out", (j, "%m"), (i, "1"))
            below = t.put(f"icmp sgt i64 {i}, {j}")
            kept = t.put(f"select i1 {below}, double {ZERO}, double {value}")
            t.store(kept, upper, (i, "%n"), (j, "1"))

        t.loop("%n", entry)

    t.loop("%n", row)
    t.call("dorgqr", rows, columns, columns, "%out", rows, "%work", work, length, info)
    count = t.put(f"mul i64 %n, {t.put('add i64 %m, %n')}")
    t.spoil(not_finite(t, "%out", count), "%out", count)


# ---- the exponential -----------------------------------------------------------------------------

# Pade approximant of degree 13 and the largest 1-norm for which it is exact to rounding: Higham
# (2005), "The scaling and squaring method for the matrix exponential revisited", table 2.3.
THETA = 5.371920351148152
PADE = [
    math.factorial(26 - i)
    * math.factorial(13)
    // (math.factorial(13 - i) * math.factorial(i) * math.factorial(13))
    for i in range(14)
]
MOST_SQUARINGS = 1100  # the norm of a finite matrix is below 2^1034


class Exponential:
    """Writes the kernel: matrices of n x n in the work space, combined and multiplied."""

    def __init__(self, t: Routine) -> None:
        self.t = t
        self.square = t.put("mul i64 %n, %n")
        self.size, self.one, self.zero = t.integer("%n"), t.number(ONE), t.number(ZERO)
        self.no = t.letter("N")

    def place(self, which: int) -> str:
        """Matrix `which` of the work space."""
        return behind(self.t, "%work", self.t.put(f"mul i64 {self.square}, {which}"))

    def times(self, target: str, x: str, y: str) -> None:
        """Target = x y (both seen column by column, so the order stands)."""
        sizes = [self.size] * 3
        rest = (self.one, x, self.size, y, self.size, self.zero, target, self.size)
        self.t.call("dgemm", self.no, self.no, *sizes, *rest)

    def combine(
        self, target: str, terms: Sequence[tuple[float, str]], diagonal: float = 0.0
    ) -> None:
        """Target = sum of coefficients times matrices, and a multiple of the identity."""
        t = self.t

        def entry(i: str) -> None:
            total = ZERO
            for factor, matrix in terms:
                scaled = t.put(f"fmul contract double {bits(factor)}, {t.load(matrix, (i, '1'))}")
                total = t.put(f"fadd contract double {total}, {scaled}")
            t.store(total, target, (i, "1"))

        t.loop(self.square, entry)
        if diagonal:

            def on_diagonal(i: str) -> None:
                old = t.load(target, (i, "%n"), (i, "1"))
                new = t.put(f"fadd double {old}, {bits(diagonal)}")
                t.store(new, target, (i, "%n"), (i, "1"))

            t.loop("%n", on_diagonal)


def _squarings(t: Routine) -> str:
    """How often to halve the matrix, so that its norm is small enough; i64."""

    def column(j: str, largest: str) -> str:
        def entry(i: str, total: str) -> str:
            size = t.put(f"call double @llvm.fabs.f64(double {t.load('%a', (i, '%n'), (j, '1'))})")
            return t.put(f"fadd double {total}, {size}")

        total = t.loop("%n", entry, ZERO)
        larger = t.put(f"fcmp ogt double {total}, {largest}")
        return t.put(f"select i1 {larger}, double {total}, double {largest}")

    norm = t.loop("%n", column, ZERO)
    for name in ("fabs", "log2", "ceil", "exp2"):
        t.externals[f"llvm.{name}.f64"] = f"declare double @llvm.{name}.f64(double)"
    ratio = t.put(f"fdiv double {norm}, {bits(THETA)}")
    large = t.put(f"fcmp ogt double {ratio}, {ONE}")
    ratio = t.put(f"select i1 {large}, double {ratio}, double {ONE}")
    power = t.put(f"call double @llvm.log2.f64(double {ratio})")
    power = t.put(f"call double @llvm.ceil.f64(double {power})")
    sane = t.put(f"fcmp olt double {power}, {bits(float(MOST_SQUARINGS))}")
    power = t.put(f"select i1 {sane}, double {power}, double {ZERO}")
    return t.put(f"fptosi double {power} to i64")


def _expm(t: Routine) -> None:
    e = Exponential(t)
    bad = not_finite(t, "%a", e.square)
    count = _squarings(t)
    minus = t.put(f"fneg double {t.put(f'sitofp i64 {count} to double')}")
    scale = t.put(f"call double @llvm.exp2.f64(double {minus})")
    a, a2, a4, a6, odd, even, sums = (e.place(which) for which in range(7))
    pivots = e.place(7)

    def shrink(i: str) -> None:
        t.store(t.put(f"fmul double {t.load('%a', (i, '1'))}, {scale}"), a, (i, "1"))

    t.loop(e.square, shrink)
    e.times(a2, a, a)
    e.times(a4, a2, a2)
    e.times(a6, a4, a2)
    b = [float(coefficient) for coefficient in PADE]
    # The odd part, a (a6 (b13 a6 + ...) + b7 a6 + ... + b1), and the even part likewise.
    e.combine(sums, [(b[13], a6), (b[11], a4), (b[9], a2)])
    e.times(even, a6, sums)
    e.combine(sums, [(1.0, even), (b[7], a6), (b[5], a4), (b[3], a2)], b[1])
    e.times(odd, a, sums)
    e.combine(sums, [(b[12], a6), (b[10], a4), (b[8], a2)])
    e.times(even, a6, sums)
    e.combine(even, [(1.0, even), (b[6], a6), (b[4], a4), (b[2], a2)], b[0])
    e.combine("%out", [(1.0, even), (1.0, odd)])
    e.combine(sums, [(1.0, even), (-1.0, odd)])
    info = t.integer("0")
    t.call("dgesv", e.size, e.size, sums, e.size, pivots, "%out", e.size, info)

    def double(_: str) -> None:
        e.times(sums, "%out", "%out")
        t.copy("%out", sums, "%n", "%n")

    t.loop(count, double)
    t.spoil(bad, "%out", "%n", "%n")


SPECTRA: dict[str, Kernel] = {
    "eigh": Kernel(("a", "work"), ("n", "length", "short"), _eigh),
    "eig": Kernel(("a", "work"), ("n", "length"), _eig),
    "svd": Kernel(("a", "work"), ("m", "n", "few", "length"), _svd),
    "qr": Kernel(("a", "work"), ("m", "n", "length"), _qr),
    "expm": Kernel(("a", "work"), ("n",), _expm),
}
