"""Densities with known answers, as LLVM IR text: what the samplers are tested on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ad

SIGNATURE = "define i32 @density(ptr %x, ptr %lp, ptr %g, ptr %data, ptr %work)"

# lp = -1/2 sum_i precision_i (x_i - mean_i)^2; table: dimension, mean, precision.
DIAGONAL = f"""
{SIGNATURE} {{
entry:
  %mean_place = getelementptr ptr, ptr %data, i64 1
  %precision_place = getelementptr ptr, ptr %data, i64 2
  %size_place = load ptr, ptr %data
  %n = load i64, ptr %size_place
  %mean = load ptr, ptr %mean_place
  %precision = load ptr, ptr %precision_place
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %sum = phi double [0.0, %entry], [%sum.next, %loop]
  %xp = getelementptr double, ptr %x, i64 %i
  %mp = getelementptr double, ptr %mean, i64 %i
  %pp = getelementptr double, ptr %precision, i64 %i
  %gp = getelementptr double, ptr %g, i64 %i
  %xi = load double, ptr %xp
  %mi = load double, ptr %mp
  %pi = load double, ptr %pp
  %d = fsub double %mi, %xi
  %gi = fmul double %d, %pi
  store double %gi, ptr %gp
  %term = fmul double %gi, %d
  %sum.next = fadd reassoc double %sum, %term
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  %value = fmul double %sum.next, -0.5
  store double %value, ptr %lp
  ret i32 0
}}
"""

# lp = -1/2 x' P x; table: dimension, P by rows.
DENSE = f"""
{SIGNATURE} {{
entry:
  %place = getelementptr ptr, ptr %data, i64 1
  %size_place = load ptr, ptr %data
  %n = load i64, ptr %size_place
  %matrix = load ptr, ptr %place
  br label %rows
rows:
  %i = phi i64 [0, %entry], [%i.next, %row_end]
  %sum = phi double [0.0, %entry], [%sum.next, %row_end]
  %start = mul i64 %i, %n
  %row = getelementptr double, ptr %matrix, i64 %start
  br label %columns
columns:
  %j = phi i64 [0, %rows], [%j.next, %columns]
  %dot = phi double [0.0, %rows], [%dot.next, %columns]
  %ap = getelementptr double, ptr %row, i64 %j
  %xjp = getelementptr double, ptr %x, i64 %j
  %a = load double, ptr %ap
  %xj = load double, ptr %xjp
  %product = fmul double %a, %xj
  %dot.next = fadd reassoc double %dot, %product
  %j.next = add i64 %j, 1
  %more.columns = icmp ult i64 %j.next, %n
  br i1 %more.columns, label %columns, label %row_end
row_end:
  %gp = getelementptr double, ptr %g, i64 %i
  %gi = fneg double %dot.next
  store double %gi, ptr %gp
  %xip = getelementptr double, ptr %x, i64 %i
  %xi = load double, ptr %xip
  %term = fmul double %xi, %gi
  %sum.next = fadd double %sum, %term
  %i.next = add i64 %i, 1
  %more.rows = icmp ult i64 %i.next, %n
  br i1 %more.rows, label %rows, label %done
done:
  %value = fmul double %sum.next, 0.5
  store double %value, ptr %lp
  ret i32 0
}}
"""

# Neal's funnel: x0 ~ N(0, 3), the rest ~ N(0, exp(x0 / 2)); table: dimension.
FUNNEL = f"""
declare double @llvm.exp.f64(double)
{SIGNATURE} {{
entry:
  %size_place = load ptr, ptr %data
  %n = load i64, ptr %size_place
  %v = load double, ptr %x
  %minus = fneg double %v
  %precision = call double @llvm.exp.f64(double %minus)
  br label %loop
loop:
  %i = phi i64 [1, %entry], [%next, %loop]
  %sum = phi double [0.0, %entry], [%sum.next, %loop]
  %xp = getelementptr double, ptr %x, i64 %i
  %gp = getelementptr double, ptr %g, i64 %i
  %xi = load double, ptr %xp
  %scaled = fmul double %xi, %precision
  %gi = fneg double %scaled
  store double %gi, ptr %gp
  %term = fmul double %scaled, %xi
  %sum.next = fadd double %sum, %term
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %done
done:
  %rest = sub i64 %n, 1
  %count = uitofp i64 %rest to double
  %half = fmul double %sum.next, 0.5
  %vv = fmul double %v, %v
  %prior = fdiv double %vv, 18.0
  %logs = fmul double %count, 0.5
  %volume = fmul double %logs, %v
  %a = fadd double %half, %prior
  %b = fadd double %a, %volume
  %value = fneg double %b
  store double %value, ptr %lp
  %g0 = fdiv double %v, 9.0
  %g1 = fsub double %half, %logs
  %g2 = fsub double %g1, %g0
  store double %g2, ptr %g
  ret i32 0
}}
"""

# Standard normal in one dimension that answers with status `table[0]` where x > table[1].
BRANCH = f"""
{SIGNATURE} {{
entry:
  %status_place = load ptr, ptr %data
  %bound_slot = getelementptr ptr, ptr %data, i64 1
  %bound_place = load ptr, ptr %bound_slot
  %status = load i64, ptr %status_place
  %bound = load double, ptr %bound_place
  %xi = load double, ptr %x
  %over = fcmp ogt double %xi, %bound
  br i1 %over, label %beyond, label %inside
beyond:
  %code = trunc i64 %status to i32
  store double 0x7FF8000000000000, ptr %lp
  store double 0x7FF8000000000000, ptr %g
  ret i32 %code
inside:
  %gi = fneg double %xi
  store double %gi, ptr %g
  %square = fmul double %xi, %gi
  %value = fmul double %square, 0.5
  store double %value, ptr %lp
  ret i32 0
}}
"""

# The same everywhere.
FLAT = f"""
{SIGNATURE} {{
  store double 0.0, ptr %lp
  store double 0.0, ptr %g
  ret i32 0
}}
"""


@dataclass
class Native:
    """Linked code with its table of data, both kept alive here."""

    address: int
    data: int
    workspace_bytes: int
    keep: tuple[Any, ...]


def link(text: str, *table: NDArray[Any]) -> Native:
    library = ad.jit.link(ad.jit.emit(text, level=2, passes=True), ["density"])
    pointers = np.array([array.ctypes.data for array in table] + [0], dtype=np.int64)
    return Native(library.address("density"), pointers.ctypes.data, 64, (library, pointers, table))


@dataclass
class Machine:
    """A density with nothing but the required members."""

    dimension: int
    native: Native

    def logdensity_and_gradient(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        from inference import density  # noqa: PLC0415  # tests of bad densities import this too

        workspace = density.aligned(64)
        _, lp, gradient = density.evaluate(self.native, x, workspace)
        return lp, gradient

    def logdensity(self, x: NDArray[np.float64]) -> float:
        return self.logdensity_and_gradient(x)[0]


def diagonal(mean: Sequence[float], sd: Sequence[float]) -> Machine:
    n = len(mean)
    precision = 1.0 / np.square(np.asarray(sd, dtype=float))
    table = np.array([n]), np.asarray(mean, dtype=float), precision
    return Machine(n, link(DIAGONAL, *table))


def standard(n: int) -> Machine:
    return diagonal([0.0] * n, [1.0] * n)


def correlated(covariance: NDArray[np.float64]) -> Machine:
    n = len(covariance)
    precision = np.ascontiguousarray(np.linalg.inv(covariance))
    return Machine(n, link(DENSE, np.array([n]), precision))


def funnel(n: int) -> Machine:
    return Machine(n, link(FUNNEL, np.array([n])))


def flat() -> Machine:
    return Machine(1, link(FLAT))


def branch(status: int, bound: float) -> Machine:
    return Machine(1, link(BRANCH, np.array([status]), np.array([bound])))


@dataclass
class Guarded:
    """A standard normal whose code beyond a bound is added when it is first needed."""

    step: float = 0.5
    dimension: int = 1
    bound: NDArray[np.float64] = field(default_factory=lambda: np.array([0.5]))
    calls: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.native = self._build()

    def _build(self) -> Native:
        return link(BRANCH, np.array([2]), self.bound.copy())

    def missed(self, x: NDArray[np.float64], workspace: NDArray[np.uint8]) -> None:
        assert workspace.nbytes == 64
        self.calls.append(float(x[0]))
        while self.bound[0] < x[0]:
            self.bound += self.step
        self.native = self._build()

    def logdensity_and_gradient(self, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        return float(-0.5 * x @ x), -x

    def logdensity(self, x: NDArray[np.float64]) -> float:
        return float(-0.5 * x @ x)
