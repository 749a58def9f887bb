"""The examples of Baydin, Pearlmutter, Radul and Siskind (2018), "Automatic differentiation in
machine learning: a survey", JMLR 18(153), and of the papers it builds on, with reference values
computed to 50 digits from the formulas.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.special

import ad
from ad import derive
from ad.compiled import Paths
from ad.graph import reachable
from ad.linear import Linear
from tests.ad.harness import assert_agree, assert_close, run

EPS = 2.0**-52


def ulps(got: Any, want: float) -> float:
    """Distance in units in the last place of `want`."""
    return float(abs(float(got) - want) / np.spacing(abs(want)))


def forward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Derivative of a function of one number, by forward mode."""
    return lambda x: ad.jvp(f, (x,), (1.0,))[1]


def reverse(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Derivative of a function of one number, by reverse mode."""
    return ad.grad(f)


MODES = {"forward": forward, "reverse": reverse}
PAIRS = pytest.mark.parametrize(
    ("outer", "inner"),
    [pytest.param(MODES[o], MODES[i], id=f"{o} over {i}") for o, i in product(MODES, MODES)],
)


# ---- the running example (tables 2 and 3, figure 4) ----------------------------------------------


def running_example(x: Any) -> Any:
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def test_running_example() -> None:
    x = np.array([2.0, 5.0])
    value, gradient = ad.value_and_grad(running_example)(x)
    assert ulps(value, 11.652071455223083778) <= 2
    assert ulps(gradient[0], 5.5) <= 2
    assert ulps(gradient[1], 1.7163378145367737355) <= 2
    assert ulps(ad.jvp(running_example, (x,), (np.array([1.0, 0.0]),))[1], 5.5) <= 2
    for pair in run(running_example, x, at=[np.array([1.0, 1.0])]):
        assert_agree(pair, 4 * EPS)


def test_running_example_is_its_evaluation_trace() -> None:
    linear = Linear(running_example, (np.array([2.0, 5.0]),), (0,))
    rows = [node.op.name for node in reachable([linear.result]) if node.op.kind == "elementwise"]
    assert rows == ["log", "multiply", "add", "sin", "subtract"]


# ---- the logistic map (figure 2, table 1) --------------------------------------------------------


def logistic(n: int) -> Callable[[Any], Any]:
    """l_1 = x, l_(k+1) = 4 l_k (1 - l_k)."""

    def function(x: Any) -> Any:
        for _ in range(n - 1):
            x = 4.0 * x * (1.0 - x)
        return x

    return function


def test_logistic_map_has_its_derivatives() -> None:
    at = Fraction(1, 5)
    value = 64 * at * (1 - at) * (1 - 2 * at) ** 2 * (1 - 8 * at + 8 * at**2) ** 2
    coefficients = (1, -42, 504, -2640, 7040, -9984, 7168, -2048)
    slope = 64 * sum(c * at**k for k, c in enumerate(coefficients))
    assert (value, slope) == (Fraction("0.28901376"), Fraction(708288, 78125))
    f = logistic(4)
    got = ad.value_and_grad(f)(0.2)[0]
    assert got == f(0.2)  # to the last bit what plain Python computes
    assert got == pytest.approx(float(value), rel=1e-14)
    assert ulps(ad.grad(f)(0.2), float(slope)) <= 4
    assert ulps(forward(f)(0.2), float(slope)) <= 4


@pytest.mark.parametrize("modes", list(product(MODES.values(), repeat=3)))
def test_logistic_map_to_the_third_derivative(modes: Any) -> None:
    first, second, third = modes
    two = second(first(logistic(4)))
    assert two(0.2) == pytest.approx(1053056 / 15625, rel=1e-14)
    assert third(two)(0.2) == pytest.approx(-12340224 / 3125, rel=1e-13)


@pytest.mark.parametrize(
    ("n", "value", "slope", "rtol"),
    [
        # sin^2(2^(n-1) asin sqrt x); the map doubles an error at every step.
        (10, 0.961563495113816, -246.076928907356657, 1e-12),
        (30, 0.912206715793673, 379828163.225345, 1e-5),
    ],
)
def test_logistic_map_of_many_steps(n: int, value: float, slope: float, rtol: float) -> None:
    assert logistic(n)(0.2) == pytest.approx(value, rel=rtol)
    assert ad.grad(logistic(n))(0.2) == pytest.approx(slope, rel=rtol)
    got, gradient = ad.density(lambda x: logistic(n)(x[0]), 1).logdensity_and_gradient([0.2])
    assert got == pytest.approx(value, rel=rtol)
    assert gradient[0] == pytest.approx(slope, rel=rtol)


def nodes(n: int) -> tuple[int, int]:
    """Operations of l_n, and of l_n with its derivative."""
    path = Paths(lambda x: logistic(n)(x[0]), np.array([0.2]), True).paths[0]
    assert path.gradient is not None

    def count(outputs: Any) -> int:
        return sum(node.op.kind != "leaf" for node in reachable(outputs))

    return count(path.outputs), count([*path.outputs, path.gradient])


def test_expressions_do_not_swell() -> None:
    # A symbolic derivative doubles with every step; the graph of the gradient stays linear.
    for n in (2, 10, 100, 1000):
        primal, both = nodes(n)
        assert primal <= 3 * n + 2
        assert both <= 6 * primal + 4
    (_, few), (_, many) = nodes(100), nodes(200)
    assert many - few <= 6 * 3 * 100


def operations(function: Callable[[Any], Any], x: Any) -> tuple[int, int]:
    """Operations of a function, and of its value and gradient, without native code."""
    linear = Linear(function, (x,), (0,))
    gradient = derive.pullback([linear.result], [linear.graph.literal(1.0)], linear.inputs)
    counts = [
        sum(node.op.kind != "leaf" for node in reachable(outputs))
        for outputs in ([linear.result], [linear.result, *gradient])
    ]
    return counts[0], counts[1]


def test_ten_thousand_steps_do_not_swell() -> None:
    primal, both = operations(logistic(10_000), 0.2)
    assert primal <= 3 * 10_000
    assert both <= 6 * primal + 4


# ---- against numerical differentiation (figure 3) ------------------------------------------------


def test_numerical_differentiation_is_worse() -> None:
    f, exact = logistic(4), float(Fraction(708288, 78125))
    steps = 10.0 ** np.arange(-15, -1)
    one_sided = [abs((f(0.2 + h) - f(0.2)) / h - exact) for h in steps]
    centred = [abs((f(0.2 + h) - f(0.2 - h)) / (2 * h) - exact) for h in steps]
    complex_step = abs((f(0.2 + 1e-200j) / 1e-200).imag - exact)
    error = abs(float(ad.grad(f)(0.2)) - exact)
    assert error <= 4 * np.spacing(exact)
    assert complex_step <= 8 * np.spacing(exact)
    assert 1e-9 < min(one_sided) < 1e-6
    assert 1e-12 < min(centred) < 1e-9
    assert error < min(centred) / 1000


# ---- Helmholtz' free energy of a mixed fluid (figure 5) ------------------------------------------


def helmholtz(n: int, weighted: bool) -> tuple[Callable[[Any], Any], Any]:
    """With R = T = 1; with or without the factor x_i before the logarithm."""
    i = np.arange(n)
    x = (i + 1) / (10 * (n + 1))
    b = (n - i) / (10 * (n + 1))
    matrix = (i[:, None] + i + 2) / (20 * (n + 1))
    root = math.sqrt(2.0)

    def function(x: Any) -> Any:
        bx = b @ x
        logs = np.log(x / (1.0 - bx))
        mixing = np.sum(x * logs) if weighted else np.sum(logs)
        quotient = (1.0 + (1.0 + root) * bx) / (1.0 + (1.0 - root) * bx)
        return mixing - x @ (matrix @ x) / (math.sqrt(8.0) * bx) * np.log(quotient)

    return function, x


HELMHOLTZ: list[tuple[int, bool, float, dict[int, float], float | None]] = [
    (1, True, -0.14978614596304576, {0: -1.9957042312558198}, None),
    (2, True, -0.29401759565852271, {0: -2.3988597809245924, 1: -1.7123976894627868}, None),
    (
        6,
        True,
        -0.86196555874721907,
        {0: -3.2331301919645952, 5: -1.4846185208619298},
        5.4809047367521549,
    ),
    (
        50,
        True,
        -7.1901811965669234,
        {0: -5.0038826744866384, 49: -1.6071812174606938},
        17.041441362488272,
    ),
    (1, False, -2.9933538321321246, {0: 20.0451439596991}, None),
    (6, False, -18.848262907250954, {}, 86.2206354667544),
    (50, False, -159.18483181612087, {}, 664.77804732480134),
]


@pytest.mark.parametrize(("n", "weighted", "value", "slopes", "norm"), HELMHOLTZ)
def test_helmholtz_energy(
    n: int, weighted: bool, value: float, slopes: dict[int, float], norm: float | None
) -> None:
    function, x = helmholtz(n, weighted)
    compiled = ad.density(function, n, start=x).logdensity_and_gradient(x)
    for got, gradient in (ad.value_and_grad(function)(x), compiled):
        assert got == pytest.approx(value, rel=1e-14)
        for index, slope in slopes.items():
            assert gradient[index] == pytest.approx(slope, rel=2e-14)
        if norm is not None:
            assert np.linalg.norm(gradient) == pytest.approx(norm, rel=1e-14)
    # Forward mode, a direction at a time.
    along = ad.jvp(function, (x,), (np.eye(n)[0],))[1]
    assert float(along) == pytest.approx(compiled[1][0], rel=2e-14)


def test_the_cheap_gradient_principle() -> None:
    # Griewank and Walther (2008), section 3.3: value and gradient within 6 times the value's
    # operations; here they do not depend on n either, since rows are arrays.
    counts = [operations(*helmholtz(n, True)) for n in (1, 8, 15, 22, 29, 36, 43, 50)]
    assert all(both <= 3.5 * primal for primal, both in counts)
    assert len(set(counts[1:])) == 1


def test_vector_functions_of_the_benchmark_page() -> None:
    # DiffSharp's f_vv = (x' log(x / 2), sum exp sin x, sum exp cos x), and f_vs, its first element.
    def f(x: Any) -> Any:
        return np.stack([x @ np.log(x / 2.0), np.sum(np.exp(np.sin(x))), np.sum(np.exp(np.cos(x)))])

    x = np.arange(1, 101) / 100
    want = np.stack(
        [
            np.log(x / 2.0) + 1.0,
            np.exp(np.sin(x)) * np.cos(x),
            -np.exp(np.cos(x)) * np.sin(x),
        ]
    )
    v, u = np.cos(np.arange(100.0)), np.array([1.0, -2.0, 0.5])
    for mode in ("auto", "forward", "reverse"):
        assert_close(ad.jacobian(f, mode=mode)(x), want, 1e-14, 4 * EPS)
    assert_close(ad.jvp(f, (x,), (v,))[1], want @ v, 1e-13, 1e-13)
    assert_close(ad.vjp(f, x)[1](u)[0], u @ want, 1e-13, 1e-13)
    hessian = ad.hessian(lambda x: f(x)[0])(x)
    assert_close(hessian, np.diag(1.0 / x), 1e-14, 1e-13)
    assert_close(ad.hvp(lambda x: f(x)[0], (x,), (v,)), v / x, 1e-14, 1e-15)
    assert ad.sparse_hessian(lambda x: f(x)[0])(x).nnz == 100
    along = ad.taylor(lambda t: f(x + t * v)[0], 0.0, 1.0, 3)
    assert_close(along[2:], [np.sum(v**2 / x) / 2.0, -np.sum(v**3 / x**2) / 6.0], 1e-12)


def test_x_log_half_x() -> None:
    # The vector-to-scalar function of DiffSharp's benchmark page.
    x = np.arange(1, 101) / 100
    value, gradient = ad.value_and_grad(lambda x: x @ np.log(x / 2.0))(x)
    assert value == pytest.approx(-59.997607430296374, rel=1e-14)
    assert gradient[0] == pytest.approx(-4.2983173665480367, rel=1e-15)
    assert gradient[-1] == pytest.approx(0.30685281944005469, rel=1e-15)


# ---- nesting (Siskind and Pearlmutter, 2005, 2008; Manzyuk and others, 2019) ---------------------


@PAIRS
def test_no_perturbation_confusion(outer: Any, inner: Any) -> None:
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(1.0) == 2.0
    # x d/dy (x^2 y^3) at y = x is 3 x^5.
    assert outer(lambda x: x * inner(lambda y: x**2 * y**3)(x))(2.0) == 15.0 * 2.0**4
    # Without x within: the inner derivative is a constant to the outer.
    assert outer(lambda x: x * inner(lambda y: y**2)(3.0))(1.0) == 6.0


@PAIRS
def test_a_derivative_that_is_a_function(outer: Any, inner: Any) -> None:
    # D of a curried function: the closure outlives the level it was made on.
    def shifted(offset: Any) -> Callable[[Any], Any]:
        return lambda g: lambda x: g(x + offset)

    def slope_of(g: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: outer(lambda offset: shifted(offset)(g)(x))(0.0)

    # exp is its own derivative however often one asks.
    assert slope_of(np.exp)(1.0) == pytest.approx(math.e, rel=4 * EPS)
    assert slope_of(slope_of(np.exp))(1.0) == pytest.approx(math.e, rel=8 * EPS)
    stored = inner(lambda y: y**3)
    assert outer(lambda x: stored(x) * x)(2.0) == 9.0 * 2.0**2


@PAIRS
def test_three_levels(outer: Any, inner: Any) -> None:
    def f(x: Any) -> Any:
        return outer(lambda y: inner(lambda z: x * y**2 * z**3)(y) * x)(x)

    # d/dz = 3 x y^2 z^2, at z = y times x: 3 x^2 y^4, d/dy = 12 x^2 y^3, at y = x: 12 x^5.
    assert f(1.5) == pytest.approx(12 * 1.5**5, rel=1e-14)
    assert ad.grad(f)(1.5) == pytest.approx(60 * 1.5**4, rel=1e-14)
    assert forward(f)(1.5) == pytest.approx(60 * 1.5**4, rel=1e-14)


@PAIRS
def test_branches_of_an_inner_derivative_belong_to_the_outer(outer: Any, inner: Any) -> None:
    def f(x: Any) -> Any:
        return inner(lambda y: y**2 * x if x * y > 1.0 else y * x**3)(2.0)

    # 4 x above 1/2, x^3 below.
    assert outer(f)(1.0) == 4.0
    assert outer(f)(0.25) == 3.0 * 0.25**2
    density = ad.density(lambda x: f(x[0]), 1, start=[1.0])
    for x, value, slope in ((1.0, 4.0, 4.0), (0.25, 0.25**3, 3 * 0.25**2), (0.75, 3.0, 4.0)):
        got, gradient = density.logdensity_and_gradient([x])
        assert (got, gradient[0]) == (value, slope)


# ---- a charged particle, and a saddle point (Pearlmutter and Siskind, 2008) ----------------------


def particle(slope: Any) -> Callable[[Any], Any]:
    """x_0(t_f)^2 for charges at (10, 10 - w) and (10, 0); naive Euler until the ground."""

    def function(w: Any) -> Any:
        charges = (np.array([10.0, 10.0]), np.array([10.0, 0.0]))
        sources = (charges[0] - w * np.array([0.0, 1.0]), charges[1] + 0.0 * w)

        def potential(x: Any) -> Any:
            return sum(1.0 / np.sqrt(np.sum(np.square(x - s))) for s in sources)

        x, v = np.array([0.0, 8.0]) + 0.0 * w, np.array([0.75, 0.0]) + 0.0 * w
        while x[1] > 0:
            acceleration = -slope(potential)(x)
            x, v = x + 0.1 * v, v + 0.1 * acceleration
        return np.square((x - x[1] / v[1] * v)[0])

    return function


def gradient_by_columns(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Gradient of a function of two numbers, by forward mode."""
    return lambda x: np.stack([ad.jvp(f, (x,), (e,))[1] for e in np.eye(2)])


@pytest.mark.parametrize(
    ("slope", "outer"),
    [
        pytest.param(ad.grad, forward, id="forward over reverse"),
        pytest.param(gradient_by_columns, forward, id="forward over forward"),
        pytest.param(ad.grad, reverse, id="reverse over reverse"),
        pytest.param(gradient_by_columns, reverse, id="reverse over forward"),
    ],
)
def test_charged_particle(slope: Any, outer: Any) -> None:
    f = particle(slope)
    assert f(0.0) == pytest.approx(3.199197658980689, rel=1e-12)
    assert outer(f)(0.0) == pytest.approx(-19.388599517, rel=1e-9)


def newton(steps: int) -> list[float]:
    """Iterates on the slope of the particle's f, until it is below 0.1."""
    f = particle(ad.grad)
    path = [0.0]
    for _ in range(steps):
        first = float(forward(f)(path[-1]))
        if abs(first) < 0.1:
            break
        path.append(path[-1] - first / float(forward(forward(f))(path[-1])))
    return path


NEWTON = [0.0, -0.2712214766602323, -0.2671054836820352, -0.2665336865495822]


def test_charged_particle_by_a_newton_step() -> None:
    assert newton(1) == pytest.approx(NEWTON[:2], rel=1e-9)


@pytest.mark.slow
def test_charged_particle_by_newton() -> None:
    path = newton(10)
    assert path == pytest.approx(NEWTON, rel=1e-9)
    assert forward(particle(ad.grad))(path[-1]) == pytest.approx(-0.0376411609236, rel=1e-5)


@PAIRS
def test_saddle_point(outer: Any, inner: Any) -> None:
    # min over a of max over b of a^2 - b^2 + a b, by gradient steps within gradient steps.
    def best(a: Any) -> Any:
        b = 1.0
        for _ in range(30):
            b = b + 0.2 * inner(lambda b: a**2 - b**2 + a * b)(b)
        return b

    def value(a: Any) -> Any:
        b = best(a)
        return a**2 - b**2 + a * b

    # b = a / 2, so the value is 1.25 a^2; what is left of the start decays by 0.6 a step.
    assert value(0.8) == pytest.approx(1.25 * 0.64, rel=1e-6)
    assert outer(value)(0.8) == pytest.approx(2.5 * 0.8, rel=1e-6)


# ---- Rosenbrock ----------------------------------------------------------------------------------


def rosenbrock(x: Any) -> Any:
    return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2


HESSIAN = [[1130.0, -480.0], [-480.0, 200.0]]


def hessian_products() -> dict[str, Callable[[Any, Any], Any]]:
    def along(f: Callable[[Any], Any], v: Any) -> Callable[[Any], Any]:
        return lambda x: ad.jvp(f, (x,), (v,))[1]

    return {
        "hvp": lambda x, v: ad.hvp(rosenbrock, (x,), (v,)),
        "forward over reverse": lambda x, v: ad.jvp(ad.grad(rosenbrock), (x,), (v,))[1],
        "reverse over forward": lambda x, v: ad.grad(along(rosenbrock, v))(x),
        "reverse over reverse": lambda x, v: ad.vjp(ad.grad(rosenbrock), x)[1](v)[0],
        "forward over forward": lambda x, v: np.array(
            [along(along(rosenbrock, v), e)(x) for e in np.eye(2)]
        ),
    }


@pytest.mark.parametrize("how", hessian_products())
def test_rosenbrock_hessian(how: str) -> None:
    x = np.array([1.2, 1.5])
    rows = [hessian_products()[how](x, e) for e in np.eye(2)]
    assert np.array(rows) == pytest.approx(np.array(HESSIAN), rel=4 * EPS)
    assert rows[0][1] == rows[1][0]  # symmetric to the last bit


def test_rosenbrock_hessian_whole() -> None:
    x = np.array([1.2, 1.5])
    found = {
        "hessian": ad.hessian(rosenbrock)(x),
        "sparse": ad.sparse_hessian(rosenbrock)(x).toarray(),
        **{
            f"{outer} over {inner}": ad.jacobian(ad.jacobian(rosenbrock, mode=inner), mode=outer)(x)
            for outer, inner in product(MODES, MODES)
        },
    }
    for how, got in found.items():
        assert_close(got, np.array(HESSIAN), 4 * EPS, what=how)
        assert got[0, 1] == got[1, 0], how


# ---- where there is no derivative (section 5): one convention, in every mode ---------------------

# Where the function has no derivative there, or a part of it that counts for nothing has none: |x|
# has 0, extremes share among ties, steps have 0, a selection has that of the branch it takes.
CONVENTION: dict[str, tuple[Callable[[Any], Any], float, float]] = {
    "relu": (lambda x: np.maximum(x, 0.0), 0.0, 0.5),
    "relu by minimum": (lambda x: -np.minimum(-x, 0.0), 0.0, 0.5),
    "fmax": (lambda x: np.fmax(x, 0.0), 0.0, 0.5),
    "absolute value": (np.abs, 0.0, 0.0),
    "absolute value of -0": (np.abs, -0.0, 0.0),
    "selection": (lambda x: np.where(x > 0, x, 0.0), 0.0, 0.0),
    "selection with equality": (lambda x: np.where(x >= 0, x, 0.0), 0.0, 1.0),
    "clip at its edge": (lambda x: np.clip(x, -1.0, 1.0), 1.0, 0.5),
    "branch": (lambda x: x * 0.0 if x > 0 else x, 0.0, 1.0),
    "largest of two": (lambda x: np.max(np.stack([x, -x])), 0.0, 0.0),
    "smallest of three": (lambda x: np.min(np.stack([x, 2.0 * x, x + 1.0])), 0.0, 1.5),
    "sign": (lambda x: np.sign(x) * 3.0, 0.0, 0.0),
    "floor": (lambda x: np.floor(x) + x, 1.0, 1.0),
    "rint": (lambda x: np.rint(x) + x, 0.5, 1.0),
    "remainder": (lambda x: np.mod(x, 1.0), 1.0, 1.0),
    "square root": (np.sqrt, 0.0, math.inf),
    "power": (lambda x: x**0.5, 0.0, math.inf),
    "whole power": (lambda x: x**2.0 + x**1.0 + x**0.0, 0.0, 1.0),
    "power by data": (lambda x: np.sum(x ** np.arange(4.0)), 0.0, 1.0),
    "x log x": (lambda x: scipy.special.xlogy(x, x), 0.0, 0.0),
    "arcsine": (np.arcsin, 1.0, math.inf),
    # The branch not taken is infinitely steep, and stays out: once because the argument does,
    # then because nothing arrives from it (a strong zero).
    "argument kept out": (
        lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0),
        0.0,
        0.0,
    ),
    "logarithm not taken": (lambda x: np.where(x >= 0, x, np.log(x)), 0.0, 1.0),
    "root not taken": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, 0.0),
    "nan not taken": (lambda x: np.where(x > 0, np.log(x), 2.0 * x), -1.0, 2.0),
    "nan deep in what is not taken": (
        lambda x: np.where(x > 0, np.exp(np.sqrt(x) * np.log(x)), 2.0 * x),
        -1.0,
        2.0,
    ),
    # What is taken and has no derivative says so, in every mode.
    "root of relu": (lambda x: np.sqrt(np.maximum(x, 0.0)), -10.0, math.nan),
    "root of a square": (lambda x: np.sqrt(x * x), 0.0, math.nan),
}


@pytest.mark.parametrize("name", CONVENTION)
def test_one_convention(name: str) -> None:
    function, at, want = CONVENTION[name]

    def forward_of(x: Any) -> Any:
        return ad.jvp(function, (x,), (1.0,))[1]

    density = ad.density(lambda x: function(x[0]), 1, start=[0.7])
    found = {
        "reverse": ad.grad(function)(at),
        "forward": forward_of(at),
        "jacobian, forward": ad.jacobian(function, mode="forward")(at),
        "jacobian, reverse": ad.jacobian(function, mode="reverse")(at),
        "map of reverse": ad.vmap(ad.grad(function))(np.array([at, 0.7]))[0],
        "map of forward": ad.vmap(forward_of)(np.array([at, 0.7]))[0],
        "reverse of map": ad.grad(lambda xs: np.sum(ad.vmap(function)(xs)))(np.array([at]))[0],
        "series": ad.taylor(function, at, 1.0, 1)[1],
        "native reverse": density.logdensity_and_gradient([at])[1][0],
        "native forward": ad.compile(forward_of)(at),
    }
    for how, got in found.items():
        assert_close(got, want, 0.0, what=f"{name}, {how}")


@pytest.mark.parametrize("name", ["relu", "absolute value", "clip at its edge", "largest of two"])
def test_kinks_have_no_curvature(name: str) -> None:
    function, at, _ = CONVENTION[name]
    for first, second in product(MODES.values(), repeat=2):
        assert second(first(function))(at) == 0.0
    assert ad.taylor(function, at, 1.0, 2)[2] == 0.0
