"""Truncated Taylor series against closed forms, mpmath and nested forward mode."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special
from mpmath import mp

import ad
from ad.op import TABLE
from ad.ops import bessel, hypergeometric, incomplete, quantiles
from tests.ad import programs
from tests.ad.harness import assert_close
from tests.ad.references import PARAMETERS, REFERENCES

ORDER = 20
K = np.arange(ORDER + 1)
FACTORIALS = np.array([float(math.factorial(k)) for k in K])


def alternating(k: Any) -> Any:
    return np.where(k % 4 < 2, 1.0, -1.0)


CLOSED_FORMS: dict[str, tuple[Callable[[Any], Any], float, Any]] = {
    "exp": (np.exp, 0.7, math.exp(0.7) / FACTORIALS),
    "sin": (
        np.sin,
        0.7,
        alternating(K) * np.where(K % 2, math.cos(0.7), math.sin(0.7)) / FACTORIALS,
    ),
    "cos": (
        np.cos,
        0.7,
        alternating(K + 1) * np.where(K % 2, math.sin(0.7), math.cos(0.7)) / FACTORIALS,
    ),
    "log": (np.log, 2.0, [math.log(2.0), *(-((-0.5) ** k) / k for k in K[1:])]),
    "log1p": (np.log1p, 1.0, [math.log(2.0), *(-((-0.5) ** k) / k for k in K[1:])]),
    "1 / x": (lambda x: 1.0 / x, 2.0, 0.5 * (-0.5) ** K),
    "sqrt": (np.sqrt, 4.0, [2.0 * scipy.special.binom(0.5, k) * 0.25**k for k in K]),
    "x^2.5": (lambda x: x**2.5, 2.0, [scipy.special.binom(2.5, k) * 2.0 ** (2.5 - k) for k in K]),
    "x^-3": (lambda x: x**-3, 2.0, 0.125 * (-0.5) ** K * (K + 1) * (K + 2) / 2),
    "x^7 at 0": (lambda x: x**7, 0.0, np.where(K == 7, 1.0, 0.0)),
    "2^x": (lambda x: 2.0**x, 0.5, math.sqrt(2.0) * math.log(2.0) ** K / FACTORIALS),
    "arctan": (np.arctan, 0.0, np.where(K % 2, alternating(K - 1) / np.maximum(K, 1), 0.0)),
    "arctanh": (np.arctanh, 0.0, np.where(K % 2, 1.0 / np.maximum(K, 1), 0.0)),
    "cosh": (
        np.cosh,
        0.3,
        np.where(K % 2, math.sinh(0.3), math.cosh(0.3)) / FACTORIALS,
    ),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_closed_forms(name: str) -> None:
    function, at, want = CLOSED_FORMS[name]
    assert_close(ad.taylor(function, at, 1.0, ORDER), want, 1e-13, 1e-300, name)


def test_fibonacci_numbers() -> None:
    got = ad.taylor(lambda x: 1.0 / (1.0 - x - x**2), 0.0, 1.0, ORDER)
    numbers = [1, 1]
    while len(numbers) <= ORDER:
        numbers.append(numbers[-1] + numbers[-2])
    assert got.tolist() == numbers


def test_tangent_numbers() -> None:
    # Coefficient 2k-1 of tan is 2^(2k) (2^(2k) - 1) |B_2k| / (2k)! (Abramowitz and Stegun, 4.3.67).
    got = ad.taylor(np.tan, 0.0, 1.0, ORDER)
    for k in range(1, 10):
        bernoulli = abs(float(mp.bernoulli(2 * k)))
        want = 4.0**k * (4.0**k - 1.0) * bernoulli / math.factorial(2 * k)
        assert got[2 * k - 1] == pytest.approx(want, rel=1e-13)
        assert got[2 * k] == 0.0


def reference(name: str, args: list[float], direction: list[float], order: int) -> list[float]:
    """Coefficients of a row's meaning by mpmath, from its values around the point."""
    params = PARAMETERS.get(name, ({},))[0]
    with mp.workdps(60):
        start = [mp.mpf(a) for a in args]
        slopes = [mp.mpf(d) for d in direction]

        def along(t: Any) -> Any:
            moved = [a + t * d for a, d in zip(start, slopes, strict=True)]
            return REFERENCES[name](*moved, **params)

        return [float(mp.re(c)) for c in mp.taylor(along, 0, order)]


SMOOTH = [
    row
    for row in TABLE.values()
    if row.kind == "elementwise" and row.pushforward and row.name in REFERENCES
    if row.name not in ("stop_gradient", "where", "maximum", "minimum", "absolute")
]


# Rows whose derivatives are sums and integrals of their own: a step of the order costs seconds.
LABORIOUS = {
    id(row)
    for family in (bessel, hypergeometric, incomplete, quantiles)
    for row in vars(family).values()
}


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_every_smooth_row(row: Any) -> None:
    rng = np.random.default_rng(5)
    # Moderate points, as near to 1/2 as the domain allows.
    args = []
    for low, high in row.domain:
        middle = min(max(0.5, low + 0.4), high - 0.4)
        args.append(float(rng.uniform(middle - 0.3, middle + 0.3)))
    direction = [0.5 + 0.25 * i for i in range(len(args))]
    params = PARAMETERS.get(row.name, ({},))[0]

    def function(x: Any) -> Any:
        return row(*(x[i] for i in range(len(args))), **params)

    order = 2 if id(row) in LABORIOUS else 8
    got = ad.taylor(function, np.array(args), np.array(direction), order)
    want = reference(row.name, args, direction, order)
    scale = max(abs(c) for c in want)
    assert_close(got, want, 1e-10, 1e-13 * scale, row.name)


LINALG: dict[str, Callable[[Any], Any]] = {
    "matvec": lambda x: np.sin(x.reshape(3, 3)) @ np.cos(x[:3]),
    "matmul": lambda x: np.sin(x.reshape(3, 3)) @ x.reshape(3, 3),
    "sum": lambda x: np.sum(np.exp(x)),
    "cumsum": lambda x: np.cumsum(x**2),
    "max": lambda x: np.max(np.sin(x)),
    "prod": np.prod,
    "gather": lambda x: np.sin(x)[np.array([3, 3, 0])],
    "concatenate": lambda x: np.concatenate([np.exp(x), np.ones(2), x**2]),
    "where": lambda x: np.where(x > 0.0, np.sin(x), x**2),
    "kinks": lambda x: np.abs(x) * np.maximum(x, 0.3),
    "broadcast": lambda x: np.sin(x)[:, None] * x,
    "logsumexp": lambda x: ad.special.logsumexp(x**2),
    "solve": lambda x: np.linalg.solve(x.reshape(3, 3) + 3.0 * np.eye(3), np.sin(x[:3])),
    "cholesky": lambda x: np.linalg.cholesky(x.reshape(3, 3) @ x.reshape(3, 3).T + np.eye(3)),
    "slogdet": lambda x: np.linalg.slogdet(x.reshape(3, 3) + 3.0 * np.eye(3))[1],
    "inv": lambda x: np.linalg.inv(x.reshape(3, 3) + 3.0 * np.eye(3)),
    "eigvalsh": lambda x: np.linalg.eigvalsh(x.reshape(3, 3)),
    "power by array": lambda x: (1.0 + x**2) ** np.arange(9.0),
}


def nested(function: Callable[[Any], Any], x: Any, v: Any, order: int) -> Any:
    """Coefficients by forward mode over forward mode."""

    def along(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda x: ad.jvp(f, (x,), (v,))[1]

    found = [function]
    for _ in range(order):
        found.append(along(found[-1]))
    return np.stack([f(x) / math.factorial(k) for k, f in enumerate(found)])


@pytest.mark.parametrize("name", LINALG)
def test_arrays_against_nested_forward_mode(name: str) -> None:
    x = np.array([0.3, -0.8, 1.1, 0.5, -0.2, 0.9, -1.3, 0.4, 0.7])
    v = np.cos(np.arange(9.0))
    got = ad.taylor(LINALG[name], x, v, 4)
    want = nested(LINALG[name], x, v, 4)
    assert_close(got, want, 1e-11, 1e-12 * np.abs(want).max(), name)


@pytest.mark.parametrize("seed", range(20))
def test_random_programs_against_nested_forward_mode(seed: int) -> None:
    program, x = programs.build(seed, 8), programs.point(seed)
    v = 0.3 * np.cos(np.arange(x.size))
    want = nested(program, x, v, 3)
    assert_close(ad.taylor(program, x, v, 3), want, 1e-10, 1e-11 * np.abs(want).max())


def test_a_perturbed_inverse_is_a_neumann_series() -> None:
    rng = np.random.default_rng(0)
    a, e = rng.normal(size=(2, 4, 4)) + 4.0 * np.eye(4)
    got = ad.taylor(lambda t: np.linalg.inv(a + t * e), 0.0, 1.0, 10)
    inverse = np.linalg.inv(a)
    for k in range(11):
        want = np.linalg.matrix_power(-inverse @ e, k) @ inverse
        assert_close(got[k], want, 1e-10, 1e-11 * np.abs(want).max())


def test_in_the_tails() -> None:
    # cosh overflows, its inverse square does not matter.
    assert ad.taylor(np.tanh, 400.0, 1.0, 5).tolist() == [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    tail = ad.taylor(np.exp, -1000.0, 1.0, 5)
    assert tail.tolist() == [0.0] * 6


def test_a_long_program_does_not_recurse() -> None:
    def f(x: Any) -> Any:
        for _ in range(2000):
            x = np.sin(x) + 0.5
        return x

    # The iteration settles: so does its derivative by the start.
    got = ad.taylor(f, 0.3, 1.0, 3)
    assert got[0] == pytest.approx(float(f(0.3)))
    assert np.abs(got[1:]).max() < 1e-12


def test_the_cost_grows_with_the_square_of_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # Products in exp(sin(x)): deterministic, counted at the row.
    count = [0]
    multiply = TABLE["multiply"]
    right = multiply.eval

    def counted(*args: Any) -> Any:
        count[0] += 1
        return right(*args)

    monkeypatch.setitem(multiply.__dict__, "eval", counted)

    def products(order: int) -> int:
        count[0] = 0
        ad.taylor(lambda x: np.exp(np.sin(x)), 0.3, 1.0, order)
        return count[0]

    assert products(20) < 5 * products(10) < 25 * products(5)
    assert products(20) < 4 * 20**2


def test_derivatives_of_coefficients() -> None:
    # d/dx of coefficient k at x is (k + 1) times coefficient k + 1.
    got = ad.grad(lambda x: ad.taylor(lambda u: np.exp(u) * np.sin(u), x, 1.0, 5)[4])(0.4)
    want = 5.0 * ad.taylor(lambda u: np.exp(u) * np.sin(u), 0.4, 1.0, 5)[5]
    assert got == pytest.approx(want, rel=1e-13)
    assert ad.jvp(lambda x: ad.taylor(np.exp, x, 1.0, 3)[3], (0.4,), (1.0,))[1] == pytest.approx(
        math.exp(0.4) / 6.0
    )


def test_mapped_and_compiled() -> None:
    xs = np.array([0.1, 0.5, 2.0])
    want = np.stack([ad.taylor(np.sqrt, x, 1.0, 6) for x in xs])
    assert_close(ad.vmap(lambda x: ad.taylor(np.sqrt, x, 1.0, 6))(xs), want, 1e-14)
    compiled = ad.compile(lambda x: ad.taylor(np.sqrt, x, np.ones(3), 6))(xs)
    assert_close(compiled, want.T, 1e-13)


def test_containers_and_constants() -> None:
    got = ad.taylor(
        lambda d: {"product": d["a"] * d["b"], "constant": 3.0},
        {"a": 1.0, "b": np.array([2.0, 3.0])},
        {"a": 1.0, "b": np.array([0.0, 1.0])},
        2,
    )
    assert got["product"].tolist() == [[2.0, 3.0], [2.0, 4.0], [0.0, 1.0]]
    assert got["constant"].tolist() == [3.0, 0.0, 0.0]


def test_kinks_are_those_of_first_derivatives() -> None:
    assert ad.taylor(np.abs, 0.0, 1.0, 2).tolist() == [0.0, 0.0, 0.0]
    assert ad.taylor(lambda x: np.maximum(x, 0.0), 0.0, 1.0, 2).tolist() == [0.0, 0.5, 0.0]
    assert ad.taylor(lambda x: x**2 if x > 0 else x, 0.0, 1.0, 2).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("order", [-1, 1.5, "2", True, None])
def test_bad_order(order: Any) -> None:
    with pytest.raises(ValueError, match=r"order must be a whole number from 0, got .*test_taylor"):
        ad.taylor(np.sin, 0.0, 1.0, order)


def test_bad_direction() -> None:
    with pytest.raises(ad.errors.ShapeError, match=r"v must have the shape of x, \(2,\)"):
        ad.taylor(np.sin, np.zeros(2), np.zeros(3), 2)
    with pytest.raises(ad.errors.ShapeError, match="v must be a dict"):
        ad.taylor(lambda d: d["a"], {"a": 1.0}, 1.0, 2)
    with pytest.raises(ad.errors.TraceError, match="v must be an array of real numbers"):
        ad.taylor(np.sin, np.zeros(1), np.array([1j]), 2)
