"""Laws for machine code: narrow products inside loops, logistic functions by one exponential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np
import pytest

import ad
from ad.compiled import Paths
from ad.explaining.loops import parts
from ad.graph import reachable
from ad.op import TABLE
from ad.special import expit, log_expit
from tests.ad.harness import assert_agree, run

if TYPE_CHECKING:
    from collections.abc import Callable

EPS = np.finfo(float).eps
RNG = np.random.default_rng(3)


def names(function: Callable[[Any], Any], size: int, without: tuple[str, ...] = ()) -> list[str]:
    """Operations of the program that is made for a density."""
    path = Paths(function, np.full(size, 0.1), True, without=without).paths[0]
    return [node.op.name for node in path.program().schedule.nodes]


# ---- narrow products -----------------------------------------------------------------------------


def regression(rows: int, columns: int, turned: bool = False) -> Callable[[Any], Any]:
    """A likelihood that needs X v and X' r, and no sufficient statistic has."""
    shape = (columns, rows) if turned else (rows, columns)
    design = RNG.normal(size=shape)
    design = design.T if turned else design
    y = RNG.normal(size=rows)
    return lambda x: -np.sum(np.log1p((y - design @ x[:columns]) ** 2)) + np.sum(x**3)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("rows", [4, 16, 17, 46, 131])
def test_products_with_narrow_data(rows: int, columns: int, turned: bool) -> None:
    function = regression(rows, columns, turned)
    for pair in run(function, RNG.normal(size=columns + 1)):
        assert_agree(pair, 1e-13, what=f"{rows} x {columns}")


def test_narrow_products_are_in_the_loop_over_rows() -> None:
    function = regression(46, 6)
    assert "matvec" not in names(function, 6)
    assert names(function, 6, without=("narrow-products",)).count("matvec") == 2
    path = Paths(function, np.full(6, 0.1), True).paths[0]
    found = [part.what for part in parts(path.program().schedule) if part.size > 10]
    assert len(found) == 1, found


def test_a_narrow_product_with_parameters_in_the_matrix() -> None:
    def function(x: Any) -> Any:
        matrix = np.reshape(x[:24], (12, 2))
        return np.sum(np.sin(matrix @ x[24:]) ** 2)

    for pair in run(function, RNG.normal(size=26)):
        assert_agree(pair, 1e-13, what="a matrix that is not data")


# ---- factors of sums -----------------------------------------------------------------------------


def normal(size: int) -> Callable[[Any], Any]:
    """Residuals of a line, by the scale's logarithm."""
    age, y = RNG.normal(size=size), RNG.normal(size=size)

    def function(x: Any) -> Any:
        scale = np.exp(x[2])
        z = (y - x[0] - x[1] * age) / scale
        return np.sum(-0.5 * z**2 - x[2] - 0.9)

    return function


def work(function: Callable[[Any], Any], size: int, without: tuple[str, ...] = ()) -> int:
    """Operations of the largest loop."""
    path = Paths(function, np.full(size, 0.1), True, without=("sufficient-statistics", *without))
    return max(part.arithmetic for part in parts(path.paths[0].program().schedule))


def test_the_scale_leaves_the_sums() -> None:
    function = normal(400)
    for pair in run(function, np.array([0.3, -0.2, 0.4]), without=("sufficient-statistics",)):
        assert_agree(pair, 1e-13, what="normal")
    # Residual (2 x 2 operations), its products with itself and with age, three sums.
    assert work(function, 3) <= 10 * 400
    assert work(function, 3, ("factors-of-sums",)) >= 15 * 400


@pytest.mark.parametrize("size", [15, 16, 40, 131])
def test_factors_of_every_kind(size: int) -> None:
    data = RNG.uniform(0.5, 2.0, size)
    group = RNG.integers(0, 3, size)

    def function(x: Any) -> Any:
        one, two = x[0], np.exp(x[1])
        a = -(data * two) * x[3:] / (one + 2.0)
        b = np.reshape(a, (1, size)) ** 2 * x[2]
        return (
            np.sum(a) * np.sum(-b + one)
            - np.sum(two - np.sin(x[3:]) * one)
            + np.sum(x[:3][group] * a)
        )

    for pair in run(function, RNG.normal(size=size + 3)):
        assert_agree(pair, 1e-12, what=str(size))


def test_a_number_stays_with_what_it_cancels() -> None:
    """Terms y - m with y close to m: y alone must not be summed."""
    y = 1e8 + RNG.integers(-3, 4, 64) * 1.0
    density = ad.density(lambda x: np.sum(y - x[0]), 1, without=("sufficient-statistics",))
    assert density.logdensity(np.array([1e8 + 0.25])) == np.sum(y - 1e8) - 64 * 0.25


# ---- logistic functions --------------------------------------------------------------------------


def bernoulli(size: int) -> Callable[[Any], Any]:
    """Log odds with data of both signs."""
    signs = RNG.choice([-1.0, 1.0], size)
    return lambda x: np.sum(log_expit(signs * x)) - np.sum(x**2)


def exact(x: Any) -> tuple[float, list[float]]:
    """The sum of log expit and its gradient, in forty digits."""
    with mpmath.workdps(40):
        total = -mpmath.fsum(mpmath.log1p(mpmath.exp(-mpmath.mpf(float(v)))) for v in x)
        return float(total), [float(1 / (1 + mpmath.exp(mpmath.mpf(float(v))))) for v in x]


@pytest.mark.parametrize("size", [16, 17, 18, 19, 100, 257, 1500])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 40.0, 700.0])
def test_sums_of_log_expit(size: int, scale: float) -> None:
    x = RNG.normal(size=size) * scale
    density = ad.density(lambda x: np.sum(log_expit(x)), size)
    value, gradient = density.logdensity_and_gradient(x)
    total, slopes = exact(x)
    assert abs(value - total) <= 2 * np.sqrt(size) * EPS * abs(total)
    np.testing.assert_allclose(gradient, slopes, rtol=4 * EPS, atol=5e-324)


def test_sums_of_small_logarithms_keep_their_digits() -> None:
    """Where 1 + e is 1, or nearly, the product alone would lose them."""
    for middle in (20.0, 36.0, 50.0, 600.0):
        x = middle + RNG.uniform(size=64)
        value = ad.density(lambda x: np.sum(log_expit(x)), 64).logdensity(x)
        assert value == pytest.approx(exact(x)[0], rel=8 * EPS)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_sums_of_log_expit_of_what_is_not_finite(bad: float) -> None:
    for size in (16, 50):
        for where in (0, size - 1):
            x = RNG.normal(size=size)
            x[where] = bad
            value = ad.compile(lambda x: np.sum(log_expit(x)))(x)
            expected = {np.inf: None, -np.inf: -np.inf}.get(bad, np.nan)
            if expected is None:
                expected = exact(np.delete(x, where))[0]
            np.testing.assert_allclose(value, expected, rtol=1e-13)


def test_the_row_of_such_sums_has_derivatives() -> None:
    x, v = RNG.uniform(0.0, 1.0, (2, 5))
    function = TABLE["log1p_sum"]
    np.testing.assert_allclose(function(x), np.sum(np.log1p(x)), rtol=4 * EPS)
    np.testing.assert_allclose(ad.grad(function)(x), 1 / (1 + x), rtol=4 * EPS)
    along = ad.jvp(function, (x,), (v,))[1]
    np.testing.assert_allclose(along, np.sum(v / (1 + x)), rtol=8 * EPS)
    np.testing.assert_allclose(ad.hvp(function, (x,), (v,)), -v / (1 + x) ** 2, rtol=8 * EPS)


def test_one_exponential_for_value_and_gradient() -> None:
    found = names(bernoulli(64), 64)
    assert found.count("exp") == found.count("log1p_sum") == 1
    assert not {"log_expit", "expit", "log1p", "log1p_exp"} & set(found)
    plain = names(bernoulli(64), 64, without=("logistic-functions",))
    assert plain.count("log_expit") == plain.count("expit") == 1


def test_weighted_logarithms_share_the_exponential() -> None:
    weights = RNG.uniform(size=40)

    def function(x: Any) -> Any:
        return np.sum(weights * log_expit(x)) + np.sum(weights[::-1] * log_expit(-x))

    found = names(function, 40)
    assert found.count("exp") == found.count("log1p") == 1
    for pair in run(function, RNG.normal(size=40) * 3.0):
        assert_agree(pair, 1e-13, what="weighted")


def test_logarithms_that_others_read_stay() -> None:
    def function(x: Any) -> Any:
        each = log_expit(x)
        return np.sum(each) + np.sum(each**2) + np.sum(expit(x))

    assert "log1p_sum" not in names(function, 40)
    for pair in run(function, RNG.normal(size=40)):
        assert_agree(pair, 1e-13, what="read twice")


@pytest.mark.parametrize("shape", [(2, 16), (16, 2), (5, 7), (20, 100), (3, 4, 5)])
def test_sums_over_tables(shape: tuple[int, ...]) -> None:
    size = int(np.prod(shape))
    weights = RNG.normal(size=shape)

    def function(x: Any) -> Any:
        table = np.reshape(x, shape) * weights - x[0]
        return np.sum(ad.special.log1p_exp(table)) - np.sum(log_expit(table) - x[1] * weights)

    assert "log1p_sum" in names(function, size)
    for pair in run(function, RNG.normal(size=size)):
        assert_agree(pair, 1e-13, what=str(shape))


def test_a_strict_program_has_none() -> None:
    path = Paths(bernoulli(64), np.full(64, 0.1), True, strict=True).paths[0]
    assert path.gradient is not None
    assert path.program().schedule.nodes == reachable([*path.outputs, path.gradient])
