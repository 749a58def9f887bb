"""Derivatives of the hypergeometric functions 1F1 and 2F1 in their parameters, by power series.

The term of a series is a product of factors that are linear in the parameters, and so are its
derivatives, degree by degree, from term to term. The argument is first moved to where all terms but
the first few have one sign (Kummer's and Pfaff's transformations: Abramowitz and Stegun, 1964,
13.1.27 and 15.3.4).
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from ad.vectormath.shapes.body import constant

TERMS_1F1, LARGEST_1F1 = 240, 100.0
TERMS_2F1, LARGEST_2F1 = 360, 0.9

Jet = dict[tuple[int, ...], Any]


def _times(jet: Jet, factor: Any, axis: int) -> Jet:
    """Derivatives of a product with `factor`, whose derivative along the axis is 1."""

    def less(key: tuple[int, ...]) -> tuple[int, ...]:
        return (*key[:axis], key[axis] - 1, *key[axis + 1 :])

    return {
        key: value * factor + jet[less(key)] * float(key[axis]) if key[axis] else value * factor
        for key, value in jet.items()
    }


def _by(jet: Jet, factor: Any, axis: int) -> Jet:
    """Derivatives of a quotient by `factor`, whose derivative along the axis is 1."""
    inverse = 1.0 / factor
    result: Jet = {}
    for key, value in jet.items():  # lower degrees come first
        if key[axis]:
            less = (*key[:axis], key[axis] - 1, *key[axis + 1 :])
            result[key] = (value - result[less] * float(key[axis])) * inverse
        else:
            result[key] = value * inverse
    return result


def _series(
    code: Any, degrees: Sequence[int], terms: int, z: Any, ratio: Callable[[Jet, Any], Jet]
) -> Jet:
    """Sums of terms that begin with 1 and grow by `ratio` z/(k + 1), with their derivatives."""
    keys = list(itertools.product(*(range(degree + 1) for degree in degrees)))
    zero, one = constant(code, 0.0, z), constant(code, 1.0, z)
    first = [zero if any(key) else one for key in keys]

    def step(k: Any, *state: Any) -> tuple[Any, ...]:
        term, sums = state[: len(keys)], state[len(keys) :]
        sums = tuple(total + part for total, part in zip(sums, term, strict=True))
        scale = z / (k + 1.0)
        grown = ratio(dict(zip(keys, term, strict=True)), k)
        return (*(grown[key] * scale for key in keys), *sums)

    state = code.iterate(terms, (*first, *(zero for _ in keys)), step)
    return dict(zip(keys, state[len(keys) :], strict=True))


def hyp1f1_shape(code: Any, orders: Sequence[int], a: Any, b: Any, z: Any) -> Any:
    """Derivative of 1F1(a; b; z) in a and b; b > 0, |z| <= 100."""
    i, j = orders
    negative = z < 0.0
    top = code.select(negative, b - a, a)

    def ratio(jet: Jet, k: Any) -> Jet:
        return _by(_times(jet, top + k, 0), b + k, 1)

    sums = _series(code, (i + j, j), TERMS_1F1, code.absolute(z), ratio)
    # e^z f(b - a, b): d/da is -d/dtop, d/db is d/dtop + d/db.
    turned = sum(
        sums[i + moved, j - moved] * float((-1) ** i * math.comb(j, moved))
        for moved in range(j + 1)
    )
    value = code.select(negative, turned * code.exp(z), sums[i, j])
    inside = code.both(code.absolute(z) <= LARGEST_1F1, b > 0.0, b < math.inf)
    return code.select(inside, value, math.nan)


def hyp2f1_shape(code: Any, orders: Sequence[int], *args: Any) -> Any:
    """Derivative of 2F1(a, b; c; z) in a, b and c; c > 0, -9 <= z <= 0.9."""
    a, b, c, z = args
    i, j, m = orders
    negative = z < 0.0
    # (1 - z)^-b F(c - a, b; c; z/(z - 1))
    top = code.select(negative, c - a, a)
    w = code.select(negative, z / (z - 1.0), z)

    def ratio(jet: Jet, k: Any) -> Jet:
        return _by(_times(_times(jet, top + k, 0), b + k, 1), c + k, 2)

    sums = _series(code, (i + m, j, m), TERMS_2F1, w, ratio)
    log = -code.log1p(-z)
    turned: Any = 0.0
    for moved in range(m + 1):
        power = constant(code, 1.0, z)
        for kept in range(j, -1, -1):  # derivatives of (1 - z)^-b in b
            weight = (-1) ** i * math.comb(m, moved) * math.comb(j, kept)
            turned = turned + sums[i + moved, kept, m - moved] * power * float(weight)
            power = power * log
    value = code.select(negative, turned * code.exp(b * log), sums[i, j, m])
    inside = code.both(w <= LARGEST_2F1, c > 0.0, c < math.inf)
    return code.select(inside, value, math.nan)
