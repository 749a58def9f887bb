"""Inverse error functions and normal quantiles, Owen's T, Student's t, and related integrals."""

import math

from ad.lower.emitter import call
from ad.op import TABLE, Value, elementwise
from ad.ops.formulas import formula
from ad.ops.special import INV_SQRT_2PI, SQRT_2, gaussian, scipy_special

HALF_SQRT_PI = 0.5 * math.sqrt(math.pi)
INV_2PI = 0.5 / math.pi

erfinv = elementwise(
    "erfinv",
    scipy_special("erfinv"),
    partials=(lambda out, y: gaussian(out, HALF_SQRT_PI, -1.0),),
    native=call("erfinv"),
    domain=((-0.999, 0.999),),
    summary="x where erf(x) = y",
)
erfcinv = elementwise(
    "erfcinv",
    scipy_special("erfcinv"),
    partials=(lambda out, y: gaussian(out, -HALF_SQRT_PI, -1.0),),
    native=call("erfcinv"),
    domain=((1e-10, 1.9),),
    summary="x where erfc(x) = y",
)
ndtri = elementwise(
    "ndtri",
    scipy_special("ndtri"),
    partials=(lambda out, p: gaussian(out, 1.0 / INV_SQRT_2PI, -0.5),),
    native=call("ndtri"),
    domain=((1e-10, 0.999),),
    summary="normal quantile: x where ndtr(x) = p",
)
ndtri_exp = elementwise(
    "ndtri_exp",
    scipy_special("ndtri_exp"),
    partials=(lambda out, y: TABLE["erfcx"](out * (-1.0 / SQRT_2)) * (0.5 / INV_SQRT_2PI),),
    native=call("ndtri_exp"),
    domain=((-200.0, -0.01),),
    summary="x where log_ndtr(x) = y",
)
owens_t = elementwise(
    "owens_t",
    scipy_special("owens_t"),
    partials=(
        lambda _, h, a: gaussian(h, -0.5 * INV_SQRT_2PI, 0.5) * TABLE["erf"](h * a / SQRT_2),
        lambda _, h, a: (
            TABLE["exp"](-0.5 * TABLE["square"](h) * (1.0 + TABLE["square"](a)))
            * INV_2PI
            / (1.0 + TABLE["square"](a))
        ),
    ),
    native=call("owens_t"),
    domain=((-4.0, 4.0), (-4.0, 4.0)),
    summary="Owen's T: P(X > h, 0 < Y < a X) of independent standard normal X, Y",
)


def _half_step(x: Value) -> Value:
    """Difference log Gamma(x + 1/2) - log Gamma(x) - log(x) / 2, exact for large x too.

    There the series of the ratio, by Stirling's series (DLMF 5.11.8); the first term left out is
    31 / (18432 x^9).
    """
    large = TABLE["greater"](x, 32.0)
    far = 1.0 / TABLE["where"](large, x, 32.0)
    near = TABLE["where"](large, 1.0, x)
    square = far * far
    series = -far * (1 / 8 - square * (1 / 192 - square * (1 / 640 - square * (17 / 14336))))
    direct = TABLE["gammaln"](near + 0.5) - TABLE["gammaln"](near) - 0.5 * TABLE["log"](near)
    return TABLE["where"](large, series, direct)


def _student_density(df: Value, t: Value) -> Value:
    """Density of Student's t; its constant tends to the normal law's."""
    logs = _half_step(0.5 * df) - 0.5 * (df + 1.0) * TABLE["log1p"](t * t / df)
    return TABLE["exp"](logs) * INV_SQRT_2PI


def _student_by_df(df: Value, t: Value) -> Value:
    # P(T < t) is 1/2 + sign(t) I_y(1/2, df/2) / 2 with y = t^2 / (df + t^2), which has the digits
    # of t near 0; in the tails, 1 - sign(t) I_x(df/2, 1/2) / 2 with x = df / (df + t^2) has.
    where, shape = TABLE["where"], TABLE["betainc_shape"]
    square = t * t
    inner = TABLE["less"](square, df)
    y = where(inner, square / (df + square), 0.5)
    x = where(inner, 0.5, df / (df + square))
    by_shape = where(inner, shape(0.5, 0.5 * df, y, i=0, j=1), -shape(0.5 * df, 0.5, x, i=1, j=0))
    # The density of y times dy/ddf, in terms that stay finite at t = 0.
    by_end = _student_density(df, t) * TABLE["absolute"](t) / df
    return TABLE["sign"](t) * 0.5 * (0.5 * by_shape - by_end)


stdtr = elementwise(
    "stdtr",
    scipy_special("stdtr"),
    partials=(
        lambda _, df, t: _student_by_df(df, t),
        lambda _, df, t: _student_density(df, t),
    ),
    native=call("stdtr"),
    domain=((0.5, 30.0), (-10.0, 10.0)),
    summary="distribution function of Student's t with df degrees of freedom",
)
stdtrit = elementwise(
    "stdtrit",
    scipy_special("stdtrit"),
    partials=(
        lambda out, df, p: -_student_by_df(df, out) / _student_density(df, out),
        lambda out, df, p: 1.0 / _student_density(df, out),
    ),
    native=call("stdtrit"),
    domain=((0.5, 30.0), (0.05, 0.45)),
    summary="quantile of Student's t: the t where stdtr(df, t) = p",
)
expi = elementwise(
    "expi",
    scipy_special("expi"),
    partials=(lambda _, x: TABLE["exp"](x) / x,),
    native=call("expi"),
    domain=((0.6, 30.0),),
    summary="exponential integral Ei(x)",
)
exp1 = elementwise(
    "exp1",
    scipy_special("exp1"),
    partials=(lambda _, x: -TABLE["exp"](-x) / x,),
    native=call("exp1"),
    domain=((0.01, 30.0),),
    summary="exponential integral E_1(x)",
)


def _log_by_distance(z: Value) -> Value:
    """log(z) / (1 - z), by its series about 1."""
    w = z - 1.0
    near = TABLE["absolute"](w) < 0.05
    total: Value = 0.0
    for k in reversed(range(14)):
        total = total * w + (-1.0) ** (k + 1) / (k + 1)
    other = TABLE["where"](near, 2.0, z)
    return TABLE["where"](near, total, TABLE["log"](other) / (1.0 - other))


spence = elementwise(
    "spence",
    scipy_special("spence"),
    partials=(lambda _, z: _log_by_distance(z),),
    native=call("spence"),
    domain=((0.01, 10.0),),
    summary="dilogarithm of 1 - z",
)


def _zeta(s: Value, q: Value, order: int) -> Value:
    return TABLE["zeta_order"](s, q, order=order)


zeta_order = elementwise(
    "zeta_order",
    **formula("zeta_order", "order"),
    partials=(
        lambda _, s, q, order: _zeta(s, q, order + 1),
        lambda _, s, q, order: (
            -s * _zeta(s + 1.0, q, order) - order * _zeta(s + 1.0, q, order - 1)
            if order
            else -s * _zeta(s + 1.0, q, 0)
        ),
    ),
    domain=((1.1, 20.0), (0.1, 20.0)),
    summary="derivative in s of zeta(s, q), Hurwitz' sum of (q + k)^-s, of the given order",
)
lambertw_branch = elementwise(
    "lambertw_branch",
    **formula("lambertw_branch", "lower"),
    partials=(lambda out, x, lower: TABLE["exp"](-out) / (1.0 + out),),
    domain=((-0.35, -0.01),),
    summary="Lambert's W for real x: the upper branch (lower = 0) or the lower one (lower = 1)",
)
