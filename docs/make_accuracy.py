"""Write docs/accuracy.md: errors of special functions and their derivatives against mpmath.

``python docs/make_accuracy.py [POINTS]``; some minutes, on all cores. The regions and the promises
are those of tests/ad/special_regions.py and its neighbours. Says which regions break a promise, and
fails then.
"""

import importlib
import multiprocessing
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "accuracy.md"
HEAD = """# Accuracy

Largest errors found against mpmath by `python docs/make_accuracy.py {points}`, at {points} random
points of each region, seed {seed}, of the interpreter and of native code (the worse of them; second
derivatives of arrays are the interpreter's). Every operation that does arithmetic is here;
`tests/ad/test_accuracy.py` fails when one is not. The tests hold the promises at other points:
1e-12, and 1e-9 for second derivatives, unless the table says otherwise. Elementary functions of
native code, in units of the last place, are in [vectormath.md](vectormath.md).

## Functions of numbers

The error of f, which may be the function or one of its derivatives in any argument, is relative to
|f| + sum of |x_i df/dx_i|: rounding the arguments alone costs 1.1e-16 of that.

| function | region | value | first derivatives | second derivatives | promise, if another |
|---|---|---|---|---|---|
"""
ARRAYS = """
## Functions of arrays

All norm-wise (Frobenius): the error of F is relative to ||F|| + max ||DF[E]||, where E are two
random directions, each as large as the array it changes: what rounding the arrays, norm-wise, does
to F. So the condition number of the problem is allowed for. A derivative along directions is
treated alike, as a function of arrays and directions; forward, reverse and mixed modes are
measured. Factors whose signs are free are measured by combinations without them; those of complex
matrices, and of `eig`, with LAPACK's phases, which derivatives keep. {draws} draws each.

| function | rows | region | value | first derivatives | second derivatives |
|---|---|---|---|---|---|
"""
NOT_MEASURED = """
## Operations that are not measured

| rows | why not |
|---|---|
"""
TAIL = """
Values of special functions are SciPy's, so are their errors; but for `betaln`, `kl_div`, `zeta`,
`lambertw`, `sici` and the logarithms of Bessel functions. In native code SciPy's functions are
called by address, without the interpreter's lock.

## Where derivatives are not given, or lose digits

- Shapes of the incomplete functions must be in [1e-100, 1e100]; else derivatives are nan. Second
  derivatives of `gammainc` in shapes below 1e-8 lose digits where x > 1.
- `gammainc`: SciPy's value loses digits for large shapes (4e-13 at a = 6e5).
- Derivatives of third order were measured for `log_ndtr`, `erfcx`, `gammaln`, `digamma`,
  `log_expit`, `log1p_exp` and `log1m_exp`, into the far tails: 1e-12, as those of first order.
- `logsumexp`, `softmax`, `log_softmax`: where one share is nearly 1, p = 1 - q, derivatives of
  shares (first ones of `softmax`, second ones of the others) are wrong by 1e-16, which is much
  beside q. `logaddexp` has all digits of q.
- `beta`: mixed second derivatives lose digits where both arguments are small, as 1e-16 divided by
  the cube of the smaller one. Derivatives of `betaln` are for positive arguments, else nan.
- `binom` and `poch` are differences of `gammaln`: they lose digits as n log(n) times 1e-16.
- `arcsinh`, `arccosh`: second derivatives underflow beyond 1e100.
- `loggamma`, `poch`, `binom`, `rgamma`: for positive arguments. `expn`: the order is a plain
  number. There are no logarithms of J and Y, which change sign.
- `gammaincinv`, `gammainccinv`: derivatives lose digits as shapes grow (second ones: 3e-10 at
  a = 7000); second ones overflow where x^(a - 2) does.
- `betaincinv`, `betainccinv`: where the quantile lies so close to 1 that 1 - x has few digits (a
  small second shape, or a tail of less than 1e-3), neither have the derivatives.
- `stdtr`, `stdtrit`: derivatives in df lose digits as df^2 times 1e-16; second ones in df underflow
  where |t| > 1e75. SciPy's value of `stdtrit` is good to about 1e-13.
- Bessel functions: 1e-20 <= x <= 1e10, |v| <= 1e10; derivatives of `iv`, `ive` in v for v >= 0.
  `ive` and its logarithm: derivatives in x lose digits as x times 1e-16, second ones as x^2; those
  of the derivative in v (so of third order) as x^2 / v: 1e-8 at v = 0.02, x = 300. The derivative
  of `iv` in v at v = 0, x > 30 is 0 where it should be exponentially small. `log_kv`: second
  derivatives in v lose digits as x goes to 0. `jv`, `yv`: derivatives in v for 0 <= v <= 80,
  1e-20 <= x <= 1e6, losing digits as exp(v^2 / 4 x) where v is near x.
- `hyp1f1`: derivatives in a and b for |z| <= 100, b > 0; values where |a|, |b|, |z| <= 1e8.
- `hyp2f1`: derivatives in a, b, c for -9 <= z <= 0.9, c > 0; values where all are at most 1e8 in
  size.
- `sqrtm`, `logm`: a slow test of `tests/ad/test_accuracy.py` compares them and their derivatives
  with mpmath, for eigenvalues to the right: within the promise.
- `zeta(x, q)`: x > 1, q > 0. `lambertw`: real branches only.
- A derivative that underflows is 0; one that is smaller than 1e-280 is not compared here.
"""
SEED = 11
DRAWS = 4


def _cells(worst: list[tuple[float, Any]]) -> str:
    return " | ".join(f"{error:.1e}" for error, _ in worst)


def _broken(region: Any, worst: list[tuple[float, Any]]) -> str:
    """What is said of a region whose errors are not within its promise; nothing of others."""
    found = [
        f"{error:.1e} at {where}, promised {limit:.0e}"
        for (error, where), limit in zip(worst, region.limits, strict=True)
        if not error <= limit
    ]
    return f"{getattr(region, 'note', '') or region.name}: {'; '.join(found)}" if found else ""


def number_row(index: int, points: int) -> tuple[str, str]:
    """The line of one region of numbers, and what is broken."""
    measuring: Any = importlib.import_module("tests.ad.measuring")
    region = number_regions()[index]
    worst = measuring.worst_errors(region, points, SEED, native=True)
    usual = region.limits == (1e-12, 1e-12, 1e-9)
    promise = "" if usual else ", ".join(f"{limit:.0e}" for limit in region.limits)
    domain = region.domain.replace("|", r"\|")
    line = f"| {region.note or region.name} | {domain} | {_cells(worst)} | {promise} |"
    return line, _broken(region, worst)


def array_row(index: int) -> tuple[str, str]:
    """The line of one region of arrays, and what is broken."""
    measuring: Any = importlib.import_module("tests.ad.measuring_arrays")
    region = array_regions()[index]
    worst = measuring.worst_array_errors(region, DRAWS, SEED)
    line = f"| {region.name} | {', '.join(region.rows)} | {region.domain} | {_cells(worst)} |"
    return line, _broken(region, worst)


def number_regions() -> list[Any]:
    """All regions of functions of numbers."""
    names = ("elementary_regions.ELEMENTARY", "special_regions.REGIONS", "helper_regions.HELPERS")
    found: list[Any] = []
    for name in names:
        module, attribute = name.split(".")
        found += getattr(importlib.import_module(f"tests.ad.{module}"), attribute)
    return found


def array_regions() -> tuple[Any, ...]:
    """All regions of functions of arrays."""
    regions: Any = importlib.import_module("tests.ad.array_regions")
    return tuple(regions.ARRAY_REGIONS)


def not_measured() -> list[str]:
    """Lines of the operations that are not measured, by reason."""
    regions: Any = importlib.import_module("tests.ad.array_regions")
    reasons: dict[str, list[str]] = {}
    for name, reason in regions.NOT_MEASURED.items():
        reasons.setdefault(reason, []).append(name)
    return [f"| {', '.join(names)} | {reason} |" for reason, names in reasons.items()]


def page(points: int) -> tuple[str, list[str]]:
    """Make the page; with it, what is said of regions that break a promise."""
    with multiprocessing.get_context("spawn").Pool(
        initializer=sys.path.insert, initargs=(0, str(ROOT))
    ) as pool:
        many = range(len(number_regions()))
        jobs = [pool.apply_async(number_row, (index, points)) for index in many]
        jobs += [pool.apply_async(array_row, (index,)) for index in range(len(array_regions()))]
        lines, broken = [], []
        for job in jobs:
            line, what = job.get()
            lines.append(line)
            broken += [what] if what else []
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    numbers, arrays = lines[: len(many)], lines[len(many) :]
    parts = [
        HEAD.format(points=points, seed=SEED) + "\n".join(numbers) + "\n",
        ARRAYS.format(draws=DRAWS) + "\n".join(arrays) + "\n",
        NOT_MEASURED + "\n".join(not_measured()) + "\n",
        TAIL,
    ]
    return "".join(parts), broken


def main() -> int:
    """Write the page."""
    sys.path.insert(0, str(ROOT))
    text, broken = page(int(sys.argv[1]) if len(sys.argv) > 1 else 14)
    PAGE.write_text(text, encoding="utf-8")
    for what in broken:
        sys.stderr.write(f"beyond the promise: {what}\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
