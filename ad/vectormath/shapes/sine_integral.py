"""Sine and cosine integrals, and derivatives of sin(x) / x.

Near 0 the power series; beyond, Si(x) = pi/2 - f cos x - g sin x and Ci(x) = f sin x - g cos x,
with f and g Laplace transforms of 1 / (1 + t^2) and t / (1 + t^2) (Abramowitz and Stegun, 1964,
5.2.8 to 5.2.16), by Gauss-Laguerre quadrature.
"""

import math
from collections.abc import Sequence
from typing import Any

from ad.vectormath.shapes.body import constant, horner

EULER = 0.5772156649015329
FAR, TERMS = 6.0, 22
# Nodes and weights of 32 points, of those that weigh 1e-22 and more.
NODES = (
    (0.04448936583326702, 0.10921834195238497),
    (0.23452610951961853, 0.21044310793881324),
    (0.5768846293018864, 0.235213229669848),
    (1.0724487538178176, 0.19590333597288104),
    (1.7224087764446454, 0.12998378628607177),
    (2.5283367064257947, 0.07057862386571744),
    (3.4922132730219944, 0.03176091250917507),
    (4.616456769749767, 0.011918214834838558),
    (5.903958504174244, 0.0037388162946115247),
    (7.358126733186241, 0.0009808033066149551),
    (8.982940924212595, 0.0002148649188013642),
    (10.783018632539973, 3.920341967987947e-05),
    (12.763697986742725, 5.9345416128686326e-06),
    (14.931139755522556, 7.416404578667552e-07),
    (17.292454336715316, 7.604567879120781e-08),
    (19.855860940336054, 6.350602226625806e-09),
    (22.630889013196775, 4.281382971040929e-10),
    (25.628636022459247, 2.3058994918913362e-11),
    (28.862101816323474, 9.799379288727094e-13),
    (32.346629153964734, 3.2378016577292665e-14),
    (36.10049480575197, 8.171823443420719e-16),
    (40.14571977153944, 1.5421338333938235e-17),
    (44.509207995754934, 2.1197922901636187e-19),
    (49.22439498730864, 2.0544296737880453e-21),
)
SINC_FAR, SINC_TERMS = 3.0, 18


def _auxiliary(x: Any) -> tuple[Any, Any]:
    """The functions f and g, for x >= FAR."""
    inverse = 1.0 / x
    f: Any = 0.0
    g: Any = 0.0
    for node, weight in reversed(NODES):
        t = inverse * node
        share = weight / (t * t + 1.0)
        f, g = share + f, share * t + g
    return f * inverse, g * inverse


def sine_integral(code: Any, _: Sequence[int], x: Any) -> Any:
    """Si(x), the integral of sin(t) / t from 0 to x."""
    size = code.absolute(x)
    far = size > FAR
    f, g = _auxiliary(code.select(far, size, FAR))
    finite = code.select(size < math.inf, size, 0.0)
    beyond = 0.5 * math.pi - f * code.cos(finite) - g * code.sin(finite)
    square = code.select(far, 0.0, x * x)
    signs = [(-1.0) ** k / ((2 * k + 1) * math.factorial(2 * k + 1)) for k in range(TERMS)]
    near = x * horner(square, signs)
    return code.select(far, code.select(x < 0.0, -beyond, beyond), near)


def cosine_integral(code: Any, _: Sequence[int], x: Any) -> Any:
    """Ci(x), for x >= 0: Euler's constant, log x and the integral of (cos(t) - 1) / t."""
    far = x > FAR
    f, g = _auxiliary(code.select(far, x, FAR))
    finite = code.select(x < math.inf, x, 0.0)
    beyond = f * code.sin(finite) - g * code.cos(finite)
    square = code.select(far, 0.0, x * x)
    signs = [(-1.0) ** k / (2 * k * math.factorial(2 * k)) for k in range(1, TERMS)]
    near = square * horner(square, signs) + (code.log(code.select(far, 1.0, x)) + EULER)
    return code.select(far, beyond, near)


def sinc_order(code: Any, orders: Sequence[int], x: Any) -> Any:
    """Derivative of sin(x) / x of some order."""
    (order,) = orders
    size = code.absolute(x)
    far = size > SINC_FAR
    # x f = sin x, differentiated: x f_n + n f_(n-1) is sin x of a phase.
    safe = code.select(far, size, SINC_FAR)
    sine, cosine = code.sin(safe), code.cos(safe)
    phases = (sine, cosine, -sine, -cosine)
    beyond = sine / safe
    for n in range(1, order + 1):
        beyond = (phases[n % 4] - beyond * float(n)) / safe
    square = code.select(far, 0.0, x * x)
    first = (order + 1) // 2
    terms = [
        (-1.0) ** k / (math.factorial(2 * k - order) * (2 * k + 1))
        for k in range(first, first + SINC_TERMS)
    ]
    near = horner(square, terms)
    if order % 2:
        near = near * x
        beyond = code.select(x < 0.0, -beyond, beyond)
    return code.select(far, beyond, near + constant(code, 0.0, x))
