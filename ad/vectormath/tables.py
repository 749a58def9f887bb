"""Tables that functions look up: values at equidistant points, computed when code is made.

They come from power series in integers of many bits, so every entry is rounded once.
"""

import functools

# The error function between 0 and ERF_END, at multiples of 1 / ERF_STEPS.
ERF_END, ERF_STEPS = 6, 128
_BITS = 240
# 2 / sqrt(pi), rounded down to 70 digits.
_TWO_BY_ROOT_PI = 11283791670955125738961589031215451716881012586579977136881714434212849
_DIGITS = 70


@functools.cache
def erf_and_slope() -> dict[str, tuple[float, ...]]:
    """Pairs (erf, erf') and (erfc, erf'), one after another, at the points of the grid."""
    one = 1 << _BITS
    factor = _TWO_BY_ROOT_PI * one // 10**_DIGITS
    near, far = [], []
    for index in range(ERF_END * ERF_STEPS + 1):
        square = index * index
        # The terms (-1)^k r^(2k) / k! of exp(-r^2), and their integrals.
        term, k, slope, integral = one, 0, 0, 0
        while term:
            slope += term
            integral += term // (2 * k + 1)
            k += 1
            term = -term * square // (ERF_STEPS * ERF_STEPS * k)
            if term == -1:  # what rounding down leaves of a vanishing term
                break
        value = integral * factor * index // (ERF_STEPS * one)
        rate = slope * factor // one
        near += [value / one, rate / one]
        far += [(one - value) / one, rate / one]
    return {"erf": tuple(near), "erfc": tuple(far)}
