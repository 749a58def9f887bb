"""Write docs/accuracy.md: errors of special functions and their derivatives against mpmath.

``python docs/make_accuracy.py [POINTS]``; some minutes. The regions and the promises are those of
tests/ad/special_regions.py.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "accuracy.md"
HEAD = """# Accuracy of special functions

Largest errors found at {points} random points of each region, seed {seed}, against mpmath at
{digits} digits and more, by `python docs/make_accuracy.py {points}`. The error of f, which may be
the function or one of its derivatives in any argument, is relative to |f| + sum of |x_i df/dx_i|:
rounding the arguments alone costs 1.1e-16 of that. The promise is 1e-12, and 1e-9 for second
derivatives, unless the table says otherwise; `tests/ad/test_special.py` holds it at other points,
`test_operations.py` to some units in the last place in the middle of the range. Native code's own
elementary functions are in [vectormath.md](vectormath.md).

| function | region | value | first derivatives | second derivatives | promise, if another |
|---|---|---|---|---|---|
"""
TAIL = """
Values of special functions are SciPy's, so are their errors; but for `zeta`, `lambertw`, `sici` and
the logarithms of Bessel functions. In native code SciPy's functions are called by address, without
the interpreter's lock.

## Where derivatives are not given, or lose digits

- Shapes of the incomplete functions must be in [1e-100, 1e100]; else derivatives are nan. Below
  1e-3 second derivatives lose digits, as 1e-16 divided by the square of the shape (`betainc`: or by
  the quotient of its shapes).
- `gammainc`: SciPy's value loses digits for large shapes (4e-13 at a = 6e5).
- Third derivatives of `log_ndtr` (for x < 0) and of `erfcx` lose digits as x^2 times 1e-16.
- `arcsinh`, `arccosh`: second derivatives underflow beyond 1e100.
- `loggamma`, `poch`, `binom`, `rgamma`: for positive arguments. `expn`: the order is a plain
  number. There are no logarithms of J and Y, which change sign.
- `betaincinv`, `betainccinv`: where the quantile lies so close to 1 that 1 - x has few digits (a
  small second shape), neither have the derivatives.
- `stdtr`: the derivative in df loses digits as df times 1e-16, the second one as df^2.
- `stdtrit`: SciPy's value is good to about 1e-12.
- Bessel functions: 1e-20 <= x <= 1e10, |v| <= 1e10; derivatives of `iv`, `ive` in v for v >= 0.
  `ive` and its logarithm: derivatives in x lose digits as x times 1e-16. The derivative of `iv` in
  v at v = 0, x > 30 is 0 where it should be exponentially small. `log_kv`: second derivatives in v
  lose digits as x goes to 0. `jv`, `yv`: derivatives in v for 0 <= v <= 80, 1e-20 <= x <= 1e6,
  losing digits as exp(v^2 / 4 x) where v is near x.
- `hyp1f1`: derivatives in a and b for |z| <= 100, b > 0; values where |a|, |b|, |z| <= 1e8.
- `hyp2f1`: derivatives in a, b, c for -9 <= z <= 0.9, c > 0; values where all are at most 1e8 in
  size.
- `zeta(x, q)`: x > 1, q > 0. `lambertw`: real branches only.
- A derivative that underflows is 0; one that is smaller than 1e-280 is not compared here.
"""
SEED = 11


def page(points: int) -> str:
    """Make the page."""
    sys.path.insert(0, str(ROOT))
    regions: Any = importlib.import_module("tests.ad.special_regions")
    elementary: Any = importlib.import_module("tests.ad.elementary_regions")
    lines = []
    for region in (*elementary.ELEMENTARY, *regions.REGIONS):
        worst = regions.worst_errors(region, points, SEED)
        cells = " | ".join(f"{error:.1e}" for error, _ in worst)
        usual = region.limits == (1e-12, 1e-12, 1e-9)
        promise = "" if usual else ", ".join(f"{limit:.0e}" for limit in region.limits)
        name = region.note or region.name
        domain = region.domain.replace("|", r"\|")
        lines.append(f"| {name} | {domain} | {cells} | {promise} |")
        sys.stdout.write(lines[-1] + "\n")
        sys.stdout.flush()
    head = HEAD.format(points=points, seed=SEED, digits=regions.DIGITS)
    return head + "\n".join(lines) + "\n" + TAIL


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(int(sys.argv[1]) if len(sys.argv) > 1 else 25), encoding="utf-8")


if __name__ == "__main__":
    main()
