"""Nearly minimax polynomials behind `ad/vectormath/coefficients.py`.

Run ``python tests/ad/vectormath_fit.py [NAME ...]`` to print the tables again. The procedure is
described in docs/vectormath.md: weighted least squares at Chebyshev points and 60 digits, which is
within a small factor of the minimax error; then the coefficients are rounded to double one after
the other, lowest first, and the rest is fitted again around those already fixed.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

DIGITS = 60
Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Fit:
    """A polynomial for `function` on an interval; its error counts `weight` times."""

    function: Function
    weight: Function
    low: float
    high: float
    degree: int


def chebyshev(low: Any, high: Any, count: int) -> list[Any]:
    centre, half = (mpf(high) + low) / 2, (mpf(high) - low) / 2
    return [centre - half * mp.cos(mp.pi * k / (count - 1)) for k in range(count)]


def least_squares(values: list[tuple[Any, Any, Any]], powers: Sequence[int]) -> list[Any]:
    """Coefficients of the powers from samples ``(x, function, weight)``, by normal equations.

    The conditions of normal equations are lost to the working precision, which is chosen for it.
    """
    count = len(powers)
    rows = [[weight * x**power for power in powers] for x, _, weight in values]
    target = [weight * function for _, function, weight in values]
    matrix = mp.matrix(count, count)
    right = mp.matrix(count, 1)
    for i in range(count):
        right[i] = mp.fdot((row[i], t) for row, t in zip(rows, target, strict=True))
        for j in range(i, count):
            matrix[i, j] = matrix[j, i] = mp.fdot((row[i], row[j]) for row in rows)
    solution = mp.lu_solve(matrix, right)
    return [solution[k] for k in range(count)]


def rounded(fit: Fit) -> tuple[list[float], Any]:
    """Double coefficients, rounded lowest first with the others fitted again, and the error."""
    mp.dps = DIGITS
    values = [
        (x, fit.function(x), fit.weight(x))
        for x in chebyshev(fit.low, fit.high, 6 * fit.degree + 20)
    ]
    fixed: list[float] = []
    with mp.workdps(3 * DIGITS):
        rest = values
        while len(fixed) <= fit.degree:
            power = len(fixed)
            exact = least_squares(rest, range(power, fit.degree + 1))[0]
            fixed.append(float(exact))
            rest = [(x, f - mpf(fixed[-1]) * x**power, w) for x, f, w in rest]
    return fixed, max(abs(w * f) for _, f, w in rest)


def _careful(function: Function, limit: float) -> Function:
    """`function` with its digits doubled, since closed forms cancel near 0; there, its limit."""

    def value(x: Any) -> Any:
        if x == 0:
            return mpf(limit)
        with mp.workdps(3 * DIGITS):
            return function(mpf(x))

    return value


HALF_LN2 = 0.34657359027997270
HALF_PI = 1.5707963267948968
S_MAX = 0.17157287525380993  # (sqrt(2) - 1) / (sqrt(2) + 1)


def _one(_: Any) -> Any:
    return mpf(1)


def _tail(split: float, slope: float, root: Any) -> Function:
    """Scaled upper tail of the error function, in t = (x - split)/(x + split), less 7/8."""

    def value(t: Any) -> Any:
        if t == 1:  # the limit: slope * x * erfcx(x / root)
            return slope * root / mp.sqrt(mp.pi) - mpf("0.875")
        x = split * (1 + t) / (1 - t)
        u = x / root
        return (1 + slope * x) * mp.erfc(u) * mp.exp(u * u) - mpf("0.875")

    return value


def _lgamma_rest(s: Any) -> Any:
    return mp.loggamma(2 + s) / (s * (1 + s)) - mpf("0.4375")


def _stirling_rest(z: Any) -> Any:
    x = 1 / mp.sqrt(z)
    return (mp.loggamma(x) - (x - mpf("0.5")) * mp.log(x) + x - mp.log(2 * mp.pi) / 2) * x


def _digamma_root() -> Any:
    with mp.workdps(DIGITS + 10):
        return mp.findroot(mp.digamma, mpf("1.4616321449683623"))


def _digamma_quotient(s: Any) -> Any:
    y = s + mpf("1.5")
    return mp.digamma(y) / (y - _digamma_root()) - mpf("0.9375")


def _digamma_rest(z: Any) -> Any:
    x = 1 / mp.sqrt(z)
    return (mp.digamma(x) - mp.log(x) + 1 / (2 * x)) / z


FITS: dict[str, Fit] = {
    # exp(r) = 1 + r + r^2 P(r); the error of P counts as r^2 / exp(r).
    "EXP": Fit(
        _careful(lambda r: (mp.exp(r) - 1 - r) / r**2, 0.5),
        lambda r: r**2 / mp.exp(r) + mpf("1e-6"),
        -HALF_LN2,
        HALF_LN2,
        9,
    ),
    # log((1 + s)/(1 - s)) = 2 s + s^3 P(s^2); the variable is z = s^2.
    "LOG": Fit(
        _careful(lambda z: (2 * mp.atanh(mp.sqrt(z)) - 2 * mp.sqrt(z)) / mp.sqrt(z) ** 3, 2 / 3),
        lambda z: z + mpf("1e-5"),
        0.0,
        S_MAX**2,
        6,
    ),
    # sin(r) = r + r^3 P(r^2), in z = r^2.
    "SIN": Fit(
        _careful(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, -1 / 6),
        lambda z: z + mpf("1e-5"),
        0.0,
        HALF_PI**2,
        7,
    ),
    # The terms after 2/3 in LOG, for the logarithm in two doubles of `pow`.
    "LOG_TAIL": Fit(
        _careful(lambda z: ((2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z - mpf(2) / 3) / z, 0.4),
        lambda z: z**2 + mpf("1e-8"),
        0.0,
        S_MAX**2,
        7,
    ),
    # (1 + 5/4 x) exp(x^2) erfc(x) = 7/8 + P(t) with t = (x - 4)/(x + 4), up to x = 27.3.
    "ERFC": Fit(_tail(4.0, 1.25, mpf(1)), _one, -1.0, (27.3 - 4) / (27.3 + 4), 23),
    # (1 + 7/8 x) exp(x^2/2) erfc(x/sqrt(2)) = 7/8 + P(t) with t = (x - 5)/(x + 5).
    "NDTR": Fit(_tail(5.0, 0.875, mp.sqrt(2)), _one, -1.0, 1.0, 24),
    # lgamma(2 + s) = s (1 + s)(7/16 + P(s)).
    "LGAMMA": Fit(_careful(_lgamma_rest, 0.5625 - mp.euler), _one, -0.75, 0.5, 20),
    # lgamma(x) = (x - 1/2) log x - x + log(2 pi)/2 + P(1/x^2)/x for x >= 5.5.
    "STIRLING": Fit(
        _careful(_stirling_rest, mpf(1) / 12), lambda _: mpf("0.1"), 0.0, 1 / 5.5**2, 7
    ),
    # digamma(y) = (y - root) (15/16 + P(y - 1.5)) on [1, 2].
    "DIGAMMA": Fit(_digamma_quotient, _one, -0.5, 0.5, 22),
    # digamma(x) = log x - 1/(2 x) + z P(z) with z = 1/x^2, for x >= 4.
    "DIGAMMA_TAIL": Fit(
        _careful(_digamma_rest, -mpf(1) / 12), lambda z: z + mpf("1e-6"), 0.0, 1 / 16, 9
    ),
}


def text(name: str) -> str:
    """A table as it stands in `coefficients.py`."""
    coefficients, worst = rounded(FITS[name])
    lines = [f"# error 2**{float(mp.log(worst, 2)):.1f}", f"{name} = ("]
    return "\n".join([*lines, *(f"    {coefficient!r}," for coefficient in coefficients), ")"])


def main(names: Sequence[str]) -> None:
    for name in names or FITS:
        sys.stdout.write(text(name) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
