"""Incomplete gamma and beta functions and their inverses, differentiable in every argument.

Values are SciPy's. Derivatives in the last argument are densities; those in the shapes are rows of
their own (`gammainc_shape`, `betainc_shape`), by quadrature: see `ad.vectormath.shapes.incomplete`.
"""

from collections.abc import Callable
from typing import Any

from ad.lower.emitter import call
from ad.op import TABLE, Value, elementwise
from ad.ops.formulas import formula
from ad.ops.special import scipy_special
from ad.vectormath.shapes.faa_di_bruno import Orders, exponential_derivative

SHAPE = (0.1, 30.0)


def _polygamma(order: int, x: Value) -> Value:
    return TABLE["digamma"](x) if order == 0 else TABLE["polygamma"](x, order=order)


def _gamma_polynomial(order: int, a: Value, x: Value) -> Value:
    """Derivative in a of x^a / Gamma(a), divided by it."""

    def slope(parts: Orders) -> Value:
        psi = _polygamma(parts[0] - 1, a)
        return TABLE["log"](x) - psi if parts[0] == 1 else -psi

    return exponential_derivative((order,), slope)


gammainc_slope = elementwise(
    "gammainc_slope",
    **formula("gammainc_slope"),
    partials=(
        lambda out, a, x: out * (TABLE["log"](x) - TABLE["digamma"](a)),
        lambda out, a, x: out * ((a - 1.0 - x) / x),
    ),
    domain=(SHAPE, (0.1, 30.0)),
    summary="x^(a-1) e^-x / Gamma(a), the derivative of gammainc(a, x) in x",
)
gammainc_shape = elementwise(
    "gammainc_shape",
    **formula("gammainc_shape", "order"),
    partials=(
        lambda _, a, x, order: TABLE["gammainc_shape"](a, x, order=order + 1),
        lambda _, a, x, order: TABLE["gammainc_slope"](a, x) * _gamma_polynomial(order, a, x),
    ),
    domain=(SHAPE, (0.1, 30.0)),
    summary="derivative of gammainc(a, x) in a, of the given order",
)
gammainc = elementwise(
    "gammainc",
    scipy_special("gammainc"),
    partials=(
        lambda _, a, x: TABLE["gammainc_shape"](a, x, order=1),
        lambda _, a, x: TABLE["gammainc_slope"](a, x),
    ),
    native=call("gammainc"),
    domain=(SHAPE, (0.1, 30.0)),
    summary="regularised lower incomplete gamma function of a, x",
)
gammaincc = elementwise(
    "gammaincc",
    scipy_special("gammaincc"),
    partials=(
        lambda _, a, x: -TABLE["gammainc_shape"](a, x, order=1),
        lambda _, a, x: -TABLE["gammainc_slope"](a, x),
    ),
    native=call("gammaincc"),
    domain=(SHAPE, (0.1, 30.0)),
    summary="1 - gammainc(a, x)",
)


def _inverse(name: str, forward: str, sign: float, domain: Any) -> None:
    """Row of an inverse in the last argument, differentiated by the implicit function theorem."""

    def by_shape(index: int) -> Callable[..., Value]:
        count = len(domain) - 1
        orders = tuple(int(position == index) for position in range(count))
        params = dict(zip(("order",) if count == 1 else ("i", "j"), orders, strict=True))

        def partial(out: Value, *args: Value) -> Value:
            shape = TABLE[f"{forward}_shape"](*args[:-1], out, **params)
            return -shape / TABLE[f"{forward}_slope"](*args[:-1], out)

        return partial

    elementwise(
        name,
        scipy_special(name),
        partials=(
            *(by_shape(index) for index in range(len(domain) - 1)),
            lambda out, *args: sign / TABLE[f"{forward}_slope"](*args[:-1], out),
        ),
        native=call(name),
        domain=domain,
        summary=f"the x where {forward}{'c' if sign < 0.0 else ''} is the last argument",
    )


_inverse("gammaincinv", "gammainc", 1.0, (SHAPE, (0.05, 0.95)))
_inverse("gammainccinv", "gammainc", -1.0, (SHAPE, (0.05, 0.95)))


def _beta_polynomial(i: int, j: int, a: Value, b: Value, x: Value) -> Value:
    """Derivative in a and b of x^a (1 - x)^b / B(a, b), divided by it."""

    def slope(parts: Orders) -> Value:
        order = sum(parts) - 1
        if parts[1] == 0:
            value = TABLE["polygamma_gap"](a, b, order=order)
        elif parts[0] == 0:
            value = TABLE["polygamma_gap"](b, a, order=order)
        else:
            value = _polygamma(order, a + b)
        if parts == (1, 0):
            return value + TABLE["log"](x)
        return value + TABLE["log1p"](-x) if parts == (0, 1) else value

    return exponential_derivative((i, j), slope)


UNIT = (0.02, 0.98)
betainc_slope = elementwise(
    "betainc_slope",
    **formula("betainc_slope"),
    partials=(
        lambda out, a, b, x: out * _beta_polynomial(1, 0, a, b, x),
        lambda out, a, b, x: out * _beta_polynomial(0, 1, a, b, x),
        lambda out, a, b, x: out * ((a - 1.0) / x - (b - 1.0) / (1.0 - x)),
    ),
    domain=(SHAPE, SHAPE, UNIT),
    summary="x^(a-1) (1-x)^(b-1) / B(a, b), the derivative of betainc(a, b, x) in x",
)
betainc_shape = elementwise(
    "betainc_shape",
    **formula("betainc_shape", "i", "j"),
    partials=(
        lambda _, a, b, x, i, j: TABLE["betainc_shape"](a, b, x, i=i + 1, j=j),
        lambda _, a, b, x, i, j: TABLE["betainc_shape"](a, b, x, i=i, j=j + 1),
        lambda _, a, b, x, i, j: TABLE["betainc_slope"](a, b, x) * _beta_polynomial(i, j, a, b, x),
    ),
    domain=(SHAPE, SHAPE, UNIT),
    summary="derivative of betainc(a, b, x) in a and b, of the given orders",
)
betainc = elementwise(
    "betainc",
    scipy_special("betainc"),
    partials=(
        lambda _, a, b, x: TABLE["betainc_shape"](a, b, x, i=1, j=0),
        lambda _, a, b, x: TABLE["betainc_shape"](a, b, x, i=0, j=1),
        lambda _, a, b, x: TABLE["betainc_slope"](a, b, x),
    ),
    native=call("betainc"),
    domain=(SHAPE, SHAPE, UNIT),
    summary="regularised incomplete beta function of a, b, x",
)
betaincc = elementwise(
    "betaincc",
    scipy_special("betaincc"),
    partials=(
        lambda _, a, b, x: -TABLE["betainc_shape"](a, b, x, i=1, j=0),
        lambda _, a, b, x: -TABLE["betainc_shape"](a, b, x, i=0, j=1),
        lambda _, a, b, x: -TABLE["betainc_slope"](a, b, x),
    ),
    native=call("betaincc"),
    domain=(SHAPE, SHAPE, UNIT),
    summary="1 - betainc(a, b, x)",
)
# With a small shape the quantile lies at an end, where double precision has no digits of 1 - x.
ROUND = (0.5, 30.0)
_inverse("betaincinv", "betainc", 1.0, (ROUND, ROUND, (0.05, 0.95)))
_inverse("betainccinv", "betainc", -1.0, (ROUND, ROUND, (0.05, 0.95)))
