"""Logarithm of the beta function, whose derivatives are differences of polygamma functions."""

from typing import Any

import numpy as np

from ad.op import TABLE, elementwise
from ad.ops.formulas import formula
from ad.ops.special import scipy_special
from ad.vectormath.shapes.gamma import STIRLING_FROM

FORMULA = formula("betaln")
_scipy_gammaln = scipy_special("gammaln")


def _betaln(a: Any, b: Any) -> Any:
    # A formula on arrays takes its time; most calls while a program is traced are like this.
    if np.ndim(a) == np.ndim(b) == 0 and 0.0 < a < STIRLING_FROM and 0.0 < b < STIRLING_FROM:
        return _scipy_gammaln(a) + _scipy_gammaln(b) - _scipy_gammaln(a + b)
    return FORMULA["function"](a, b)


SIDES = ((0.1, 30.0), (0.1, 30.0))

polygamma_gap = elementwise(
    "polygamma_gap",
    **formula("polygamma_gap", "order"),
    partials=(
        lambda _, x, step, order: TABLE["polygamma_gap"](x, step, order=order + 1),
        lambda _, x, step, order: TABLE["polygamma"](x + step, order=order + 1),
    ),
    domain=SIDES,
    summary="digamma(x + step) - digamma(x), x and x + step > 0, or its derivative in x",
)
betaln = elementwise(
    "betaln",
    _betaln,
    native=FORMULA["native"],
    partials=(
        lambda _, a, b: -TABLE["polygamma_gap"](a, b, order=0),
        lambda _, a, b: -TABLE["polygamma_gap"](b, a, order=0),
    ),
    domain=SIDES,
    summary="log |B(a, b)|, the beta function; derivatives for positive a and b",
)
