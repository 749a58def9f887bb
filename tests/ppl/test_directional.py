"""Laws of angles and of unit vectors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest
import scipy.stats as st

import ad
import ppl

from .cases_free import fisher, power_spherical, projected_normal, sine_bivariate, von_mises

if TYPE_CHECKING:
    from collections.abc import Callable


def unit(*x: float) -> Any:
    return np.array(x) / np.linalg.norm(x)


ANGLES = (-math.pi, -2.0, 0.0, 0.3, 1.5, math.pi)


@pytest.mark.parametrize("loc", [0.3, -20.0])
@pytest.mark.parametrize("concentration", [1e-8, 0.5, 7.0, 1e3, 1e8])
def test_von_mises_is_the_textbook_density(loc: float, concentration: float) -> None:
    law = ppl.VonMises(loc, concentration)
    for x in ANGLES:
        with mp.workdps(60):
            want = von_mises(mp.mpf(x), mp.mpf(loc), mp.mpf(concentration))
            point = [mp.mpf(v) for v in (x, loc, concentration)]

            def along(v: Any, i: int, point: list[Any] = point) -> Any:
                moved = [*point[:i], v, *point[i + 1 :]]
                return von_mises(moved[0], moved[1], moved[2])

            slopes = [mp.diff(lambda v, i=i: along(v, i), point[i]) for i in range(3)]
        assert float(law.log_prob(x)) == pytest.approx(float(want), rel=1e-12, abs=1e-12)
        got = ad.grad(lambda p: ppl.VonMises(p[1], p[2]).log_prob_inside(p[0]))(
            np.array([x, loc, concentration])
        )
        np.testing.assert_allclose(
            got, [float(v) for v in slopes], rtol=1e-10, atol=1e-10 * max(1.0, concentration * 1e-5)
        )


def test_von_mises_draws_and_moments() -> None:
    law = ppl.VonMises(2.5, 1.7)
    draws = law.sample(np.random.default_rng(1), 20_000)
    assert law.support.check(draws) is None
    reference = st.vonmises(1.7)
    turned = np.sort((draws - 2.5 + math.pi) % (2 * math.pi) - math.pi)
    distance = np.max(np.abs(reference.cdf(turned) - np.arange(1, 20_001) / 20_000))
    assert distance < 2.23 / math.sqrt(20_000)
    assert float(law.entropy()) == pytest.approx(float(reference.entropy()), rel=1e-10)
    assert float(law.mean) == 2.5
    assert float(law.variance) == pytest.approx(1 - np.mean(np.cos(turned)), abs=0.02)
    assert float(ppl.VonMises(4.0, 1.0).mean) == pytest.approx(4.0 - 2 * math.pi)
    assert float(law.log_prob(4.0)) == -math.inf


def arc(low: Any, high: Any, loc: Any, concentration: Any) -> Any:
    """Log of the integral of the density, in pieces that are small at peaks and ends."""
    near = [mp.mpf(4) ** -j for j in range(9)]
    centre = [loc + 2 * mp.pi * j for j in (-1, 0, 1)]
    points = [c + s * d for c in (low, high, *centre) for d in (0, *near, 2) for s in (1, -1)]
    cuts = sorted({low, high, *(c for c in points if low < c < high)})

    top = max(mp.cos(c - loc) for c in cuts)  # mpmath's errors are absolute

    def density(u: Any) -> Any:
        return mp.exp(concentration * (mp.cos(u - loc) - top))

    integral = mp.log(mp.quad(density, cuts, method="gauss-legendre"))
    scale = 2 * mp.pi * mp.besseli(0, concentration) * mp.exp(-concentration)
    return integral + concentration * (top - 1) - mp.log(scale)


@pytest.mark.parametrize("concentration", [0.0, 0.7, 12.0, 1e4])
@pytest.mark.parametrize("loc", [0.0, 0.5, 9.0])
def test_von_mises_probabilities(loc: float, concentration: float) -> None:
    law = ppl.VonMises(loc, concentration)
    for x in (-0.7, 0.5):
        with mp.workdps(30):
            given = mp.mpf(loc), mp.mpf(concentration)
            # The support ends at the doubles next to -pi and pi.
            below = float(arc(mp.mpf(-math.pi), mp.mpf(x), *given))
            above = float(arc(mp.mpf(x), mp.mpf(math.pi), *given))
        assert float(law.log_cdf(x)) == pytest.approx(below, rel=2e-13, abs=1e-15)
        assert float(law.log_sf(x)) == pytest.approx(above, rel=2e-13, abs=1e-15)
        rise = ad.grad(lambda v: law.log_cdf(v[0]))(np.array([x]))[0]
        assert rise == pytest.approx(math.exp(float(law.log_prob(x)) - below), rel=1e-10)
    np.testing.assert_array_equal(law.cdf([-4.0, -math.pi, math.pi, 4.0]), [0, 0, 1, 1])
    levels = np.array([1e-8, 0.1, 0.5, 0.9])
    quantiles = law.icdf(levels)
    assert np.all(law.cdf(quantiles) >= levels)
    assert np.all(law.cdf(np.nextafter(quantiles, -4.0)) < levels)


@pytest.mark.parametrize("point", [(0.5, 0.5, 3.0), (-1.0, 3.0, 0.5), (2.5, -2.0, 30.0)])
def test_slopes_of_von_mises_probabilities(point: tuple[float, ...]) -> None:
    def mine(p: Any) -> Any:
        return ppl.VonMises(p[1], p[2]).log_cdf(p[0])

    value, slopes = ad.density(mine, 3).logdensity_and_gradient(np.array(point))
    with mp.workdps(40):
        numbers = [mp.mpf(v) for v in point]

        def exact(p: list[Any]) -> Any:
            return arc(mp.mpf(-math.pi), *p)

        assert value == pytest.approx(float(exact(numbers)), rel=1e-13)
        h = mp.mpf(10) ** -13
        for i, slope in enumerate(slopes):
            ends = [exact([*numbers[:i], numbers[i] + s * h, *numbers[i + 1 :]]) for s in (1, -1)]
            assert slope == pytest.approx(float((ends[0] - ends[1]) / (2 * h)), rel=1e-10)


def test_draws_of_angles_follow_the_distribution_function() -> None:
    law = ppl.VonMises(2.5, 1.7)
    draws = np.sort(law.sample(np.random.default_rng(7), 20_000))
    ranks = np.arange(1, 20_001) / 20_000
    for given, good in ((law, True), (ppl.VonMises(2.5, 1.9), False)):
        distance = np.max(np.abs(given.cdf(draws) - ranks)) * math.sqrt(20_000)
        assert (distance < 2.23) == good
    half = ppl.Truncated(law, low=0.0, high=1.0)
    assert float(half.log_prob(0.5)) == pytest.approx(
        float(law.log_prob(0.5) - law.log_mass(0.0, 1.0)), rel=1e-13
    )


def test_an_angle_is_a_site() -> None:
    def model() -> None:
        ppl.sample("x", ppl.VonMises(3.0, 2.0))

    posterior = ppl.Posterior(model)
    for x in (-9.0, 0.5, 3.3, 10.0):  # the line winds round the circle
        value, gradient = posterior.logdensity_and_gradient(np.array([x]))
        assert value == pytest.approx(float(st.vonmises(2.0, 3.0).logpdf(x)), rel=1e-12)
        assert gradient[0] == pytest.approx(-2 * math.sin(x - 3.0), rel=1e-11)


@pytest.mark.parametrize("name", ["VonMisesFisher", "PowerSpherical"])
@pytest.mark.parametrize("loc", [unit(1.0, 2.0), unit(1.0, -1.0, 0.5), unit(1.0, 2, 3, 4, 5)])
@pytest.mark.parametrize("concentration", [1e-3, 0.7, 12.0, 1e4])
def test_laws_on_spheres(name: str, loc: Any, concentration: float) -> None:
    law_of: Callable[..., Any] = getattr(ppl, name)
    exact = {"VonMisesFisher": fisher, "PowerSpherical": power_spherical}[name]
    law = law_of(loc, concentration)
    draws = law.sample(np.random.default_rng(2), 3)
    assert law.support.check(draws) is None
    n = len(loc)
    for x in draws:
        with mp.workdps(60):
            numbers = [mp.mpf(v) for v in (*x, *loc, concentration)]

            def along(v: Any, i: int, numbers: list[Any] = numbers) -> Any:
                moved = [*numbers[:i], v, *numbers[i + 1 :]]
                return exact(moved[:n], moved[n : 2 * n], moved[-1])

            want = float(along(numbers[0], 0))
            slope = float(mp.diff(lambda v: along(v, 2 * n), numbers[-1]))
        # The vectors have length 1 to rounding, which the concentration multiplies.
        slack = 8 * 2.0**-52 * concentration
        assert float(law.log_prob(x)) == pytest.approx(want, rel=1e-12, abs=1e-12 + slack)
        got = ad.grad(lambda k, x=x: law_of(loc, k[0]).log_prob_inside(x))(
            np.array([concentration])
        )
        assert got[0] == pytest.approx(slope, rel=1e-10, abs=1e-11 + slack)
        # On the sphere: the derivative along a great circle.
        side = np.linalg.qr(np.column_stack([x, np.ones(n)]))[0][:, 1]
        turn = ad.grad(
            lambda t, x=x, side=side: law.log_prob_inside(np.cos(t[0]) * x + np.sin(t[0]) * side)
        )(np.zeros(1))
        h = 1e-3 / math.sqrt(1 + concentration)
        ends = [
            float(law.log_prob_inside(np.cos(k * h) * x + np.sin(k * h) * side))
            for k in (-2, -1, 1, 2)
        ]
        numeric = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * h)
        assert turn[0] == pytest.approx(numeric, rel=1e-6, abs=1e-6 * (1 + concentration))


@pytest.mark.parametrize("name", ["VonMisesFisher", "PowerSpherical"])
def test_mass_and_draws_on_the_sphere(name: str) -> None:
    loc = unit(1.0, 2.0, -0.5)
    law = getattr(ppl, name)(loc, 3.0)
    cosine, weight = np.polynomial.legendre.leggauss(60)
    across = unit(2.0, -1.0, 0.0)
    x = cosine[:, None] * loc + np.sqrt(1 - cosine**2)[:, None] * across
    density = np.exp(law.log_prob(x)) * 2 * math.pi  # of the cosine
    assert float(np.sum(weight * density)) == pytest.approx(1.0, rel=1e-10)
    assert -float(np.sum(weight * density * law.log_prob(x))) == pytest.approx(
        float(law.entropy()), rel=1e-9
    )
    mean = float(np.sum(weight * density * cosine))
    np.testing.assert_allclose(law.mean, mean * loc, rtol=1e-9)
    draws = law.sample(np.random.default_rng(3), 10_000)
    grid = np.linspace(-1, 1, 2001)
    points = grid[:, None] * loc + np.sqrt(1 - grid**2)[:, None] * across
    upto = np.concatenate(
        [[0.0], np.cumsum(_trapezoid(np.exp(law.log_prob(points)) * 2 * math.pi))]
    )
    found = np.sort(draws @ loc)
    distance = np.max(np.abs(np.interp(found, grid, upto * 1e-3) - np.arange(1, 10_001) / 10_000))
    assert distance < 2.23 / 100
    sideways = draws - (draws @ loc)[:, None] * loc
    assert np.max(np.abs(sideways.mean(axis=0))) < 4.5 / 100
    if name == "VonMisesFisher":
        errors = 4.5 * np.sqrt(2 / 10_000)
        np.testing.assert_allclose(law.covariance, np.cov(draws.T), atol=errors)


def _trapezoid(y: Any) -> Any:
    return 0.5 * (y[1:] + y[:-1])


def test_uniform_directions() -> None:
    law = ppl.SphericalUniform(3)
    assert float(law.log_prob(unit(1.0, 2.0, 3.0))) == pytest.approx(-math.log(4 * math.pi))
    draws = law.sample(np.random.default_rng(1), 10_000)
    distance = np.max(np.abs((np.sort(draws[:, 1]) + 1) / 2 - np.arange(1, 10_001) / 10_000))
    assert distance < 2.23 / 100  # a coordinate is uniform (Archimedes)
    same = ppl.PowerSpherical(unit(1.0, 0.0, 0.0), 0.0)
    np.testing.assert_allclose(same.log_prob(draws[:5]), law.log_prob(draws[:5]), rtol=1e-13)


@pytest.mark.parametrize("name", ["VonMisesFisher", "PowerSpherical"])
def test_a_direction_is_a_site(name: str) -> None:
    def model() -> None:
        kappa = ppl.sample("kappa", ppl.Gamma(concentration=2.0, rate=1.0))
        ppl.sample("x", getattr(ppl, name)(unit(1.0, 2.0, 3.0), kappa))

    posterior = ppl.Posterior(model)
    assert posterior.dimension == 4
    x = np.array([0.2, 0.5, -0.3, 1.0])
    value, gradient = posterior.logdensity_and_gradient(x)
    y = x[1:] / np.linalg.norm(x[1:])
    want = float(ppl.Gamma(concentration=2.0, rate=1.0).log_prob(math.exp(0.2))) + 0.2
    want += float(getattr(ppl, name)(unit(1.0, 2.0, 3.0), math.exp(0.2)).log_prob(y))
    want -= float(np.sum(x[1:] ** 2)) / 2
    assert value == pytest.approx(want, rel=1e-12)
    numeric = [
        (posterior.logdensity(x + h) - posterior.logdensity(x - h)) / 2e-6 for h in 1e-6 * np.eye(4)
    ]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-7)


def test_wrong_arguments() -> None:
    with pytest.raises(
        ppl.ParameterError, match="VonMisesFisher: loc must be a vector of length 1"
    ):
        ppl.VonMisesFisher([1.0, 1.0], 2.0)
    with pytest.raises(ppl.ParameterError, match="concentration must be nonnegative, got -1"):
        ppl.VonMises(0.0, -1.0)
    with pytest.raises(ValueError, match="dimension must be at least 2, got 1"):
        ppl.SphericalUniform(1)


@pytest.mark.parametrize("size", [1e-3, 0.3, 2.0, 2.1, 15.0, 300.0])
@pytest.mark.parametrize("n", [2, 4])
def test_projected_normal_is_the_textbook_density(n: int, size: float) -> None:
    mean = size * unit(*np.arange(1.0, n + 1))
    for x in (unit(*np.cos(np.arange(n))), unit(*-np.arange(1.0, n + 1)), unit(*np.ones(n))):

        def exact(numbers: list[Any], x: Any = x) -> Any:
            return projected_normal([mp.mpf(v) for v in x], numbers)

        with mp.workdps(50):
            numbers = [mp.mpf(v) for v in mean]
            want = float(exact(numbers))

            def along(v: Any, i: int, numbers: list[Any] = numbers, exact: Any = exact) -> Any:
                return exact([*numbers[:i], v, *numbers[i + 1 :]])

            slopes = [float(mp.diff(lambda v, i=i: along(v, i), numbers[i])) for i in range(n)]
        # The values have length 1 to rounding, which the square of the mean multiplies.
        slack = 2.0**-52 * size * size
        got = float(ppl.ProjectedNormal(mean).log_prob(x))
        assert got == pytest.approx(want, rel=1e-12, abs=1e-12 + slack)
        gradient = ad.grad(lambda m, x=x: ppl.ProjectedNormal(m).log_prob_inside(x))(mean)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-10, atol=1e-10 + slack)


def test_projected_normal_draws_and_mass() -> None:
    law = ppl.ProjectedNormal([1.0, -0.5])
    angles = np.linspace(-math.pi, math.pi, 401)[:-1]
    density = np.exp(law.log_prob(np.stack([np.cos(angles), np.sin(angles)], axis=-1)))
    assert float(density.mean()) * 2 * math.pi == pytest.approx(1.0, rel=1e-12)
    draws = law.sample(np.random.default_rng(4), 10_000)
    counts, _ = np.histogram(np.arctan2(draws[:, 1], draws[:, 0]), bins=angles[::40])
    inside = np.array([density[a : a + 40].sum() for a in range(0, 360, 40)])
    expected = 10_000 * inside * (angles[1] - angles[0])
    assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected) + 0.02 * expected)


@pytest.mark.parametrize("n", [2, 3, 6])
@pytest.mark.parametrize("size", [0.0, 1e-9, 0.5, 1.4, 1.5, 8.0, 300.0])
def test_projected_normal_moments(n: int, size: float) -> None:
    """By Kummer's functions: Presnell and Rumcheva (2008) for the mean, and noncentral laws."""
    loc = size * np.eye(n)[1]
    law = ppl.ProjectedNormal(loc)
    with mp.workdps(40):
        half = mp.mpf(size) ** 2 / 2
        b = mp.mpf(n) / 2 + 1
        length = mp.gamma(b - 0.5) / mp.gamma(b) / mp.sqrt(2) * mp.hyp1f1(0.5, b, -half) * size
        across = mp.hyp1f1(1, b, -half) / n
        along = float(1 - (n - 1) * across - length**2)
    want = np.where(np.arange(n) == 1, along, float(across))
    np.testing.assert_allclose(law.mean, float(length) * np.eye(n)[1], rtol=1e-14)
    np.testing.assert_allclose(law.covariance, np.diag(want), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(law.variance, want, rtol=1e-13, atol=1e-13)
    sideways = np.delete(law.variance, 1)
    np.testing.assert_allclose(sideways, float(across), rtol=1e-13)


def test_projected_normal_moments_of_draws() -> None:
    law = ppl.ProjectedNormal([1.0, -0.5, 0.3])
    draws = law.sample(np.random.default_rng(3), 40_000)
    gap = (draws.mean(axis=0) - law.mean) * 200 / draws.std(axis=0)
    assert np.max(np.abs(gap)) < 4.5
    centred = draws - law.mean
    products = centred[:, :, None] * centred[:, None, :]
    errors = products.std(axis=0) / 200
    assert np.max(np.abs(products.mean(axis=0) - law.covariance) / errors) < 4.5
    assert np.max(np.abs(products.mean(axis=0) - 1.1 * law.covariance) / errors) > 4.5

    def moments(x: Any) -> Any:
        given = ppl.ProjectedNormal(x)
        return np.sum(given.mean**3) + np.sum(given.covariance[0] ** 2)

    for point in ([1.0, -0.5, 0.3], [0.1, 0.2, 0.0], [9.0, 5.0, 1.0]):
        ad.check_grads(moments, np.array(point), order=1)


@pytest.mark.parametrize(
    "parameters",
    [(0.3, -1.0, 2.0, 1.5, 0.7), (0.3, -1.0, 2.0, 0.5, -3.0), (3.0, 2.0, 40.0, 7.0, 5.0)],
)
def test_two_angles(parameters: tuple[float, ...]) -> None:
    names = ("phi_loc", "psi_loc", "phi_concentration", "psi_concentration", "correlation")
    law = ppl.SineBivariateVonMises(*parameters)
    for x in ((0.5, -0.7), (-3.0, 3.1)):
        with mp.workdps(40):
            numbers = [mp.mpf(v) for v in (*x, *parameters)]

            def along(v: Any, i: int, numbers: list[Any] = numbers) -> Any:
                moved = [*numbers[:i], v, *numbers[i + 1 :]]
                return sine_bivariate(moved[:2], moved[2:])

            want = float(along(numbers[0], 0))
            h = mp.mpf(10) ** -12
            slopes = [
                float((along(v + h, i) - along(v - h, i)) / (2 * h)) for i, v in enumerate(numbers)
            ]
        assert float(law.log_prob(np.array(x))) == pytest.approx(want, rel=1e-12, abs=1e-12)

        def density(p: Any) -> Any:
            given = {name: p[2 + i] for i, name in enumerate(names)}
            return ppl.SineBivariateVonMises(**given).log_prob_inside(p[:2])

        start = np.array([*x, *parameters])
        value, gradient = ad.density(density, 7).logdensity_and_gradient(start)
        assert value == pytest.approx(want, rel=1e-12)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-10, atol=1e-10)
    grid = np.linspace(-math.pi, math.pi, 257)[:-1]
    mesh = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    mass = np.exp(law.log_prob(mesh))
    assert mass.mean() * (2 * math.pi) ** 2 == pytest.approx(1.0, rel=1e-12)
    cell = (2 * math.pi) ** 2 / mass.size
    for i, loc in enumerate((law.phi_loc, law.psi_loc)):
        turn = np.sum(mass * np.exp(1j * mesh[..., i])) * cell
        assert law.mean[i] == pytest.approx(loc, abs=1e-15)
        assert law.mean[i] == pytest.approx(np.angle(turn), abs=1e-14)
        assert law.variance[i] == pytest.approx(1 - abs(turn), rel=1e-11)
    entropy = -np.sum(mass * law.log_prob(mesh)) * cell
    assert float(law.entropy()) == pytest.approx(entropy, rel=1e-12)
    draws = law.sample(np.random.default_rng(2), 10_000)
    assert law.support.check(draws) is None
    for function in (np.cos(draws), np.sin(draws), np.sin(draws[:, :1]) * np.sin(draws[:, 1:])):
        exact = {
            (10_000, 2): None,
            (10_000, 1): np.sin(mesh[..., :1]) * np.sin(mesh[..., 1:]),
        }[function.shape]
        if exact is None:
            exact = np.cos(mesh) if np.allclose(function, np.cos(draws)) else np.sin(mesh)
        mean = np.mean(exact * mass[..., None], axis=(0, 1)) * (2 * math.pi) ** 2
        errors = function.std(axis=0) / 100
        assert np.all(np.abs(function.mean(axis=0) - mean) < 4.5 * errors)


def test_two_independent_angles_and_a_site() -> None:
    law = ppl.SineBivariateVonMises(0.3, -1.0, 2.0, 0.0)
    x = np.array([0.5, 2.0])
    want = ppl.VonMises(0.3, 2.0).log_prob(0.5) + ppl.VonMises(0.0, 0.0).log_prob(2.0)
    assert float(law.log_prob(x)) == pytest.approx(float(want), rel=1e-13)

    def model() -> None:
        ppl.sample("x", ppl.SineBivariateVonMises(0.3, -1.0, 2.0, 1.0, 0.5))

    posterior = ppl.Posterior(model)
    value, gradient = posterior.logdensity_and_gradient(x)
    same = ppl.SineBivariateVonMises(0.3, -1.0, 2.0, 1.0, 0.5)
    assert value == pytest.approx(float(same.log_prob(x)), rel=1e-13)
    assert np.isfinite(gradient).all()
    assert float(same.log_prob([4.0, 0.0])) == -math.inf


def test_a_skewed_angle() -> None:
    law = ppl.SineSkewed(ppl.VonMises(2.5, 1.7), skewness=0.9)
    grid = np.linspace(-math.pi, math.pi, 4001)
    density = np.exp(law.log_prob(grid))
    assert density[:-1].mean() * 2 * math.pi == pytest.approx(1.0, rel=1e-12)
    turn = np.mean((density * np.exp(1j * grid))[:-1]) * 2 * math.pi
    assert float(law.mean) == pytest.approx(np.angle(turn), rel=1e-12)
    assert float(law.variance) == pytest.approx(1 - abs(turn), rel=1e-12)
    flat = ppl.SineSkewed(ppl.VonMises(0.5, 0.0), skewness=0.5)
    assert float(flat.mean) == pytest.approx(0.5 + math.pi / 2, rel=1e-14)
    assert float(flat.variance) == pytest.approx(0.75, rel=1e-14)
    draws = np.sort(law.sample(np.random.default_rng(5), 20_000))
    upto = np.concatenate([[0.0], np.cumsum(_trapezoid(density))]) * (grid[1] - grid[0])

    def distance(cdf: Any) -> float:
        return float(np.max(np.abs(np.interp(draws, grid, cdf) - np.arange(1, 20_001) / 20_000)))

    assert distance(upto) < 2.23 / math.sqrt(20_000)
    # Negative control: the draws are not those of the symmetric law.
    flat = np.exp(law.base.log_prob(grid))
    plain = np.concatenate([[0.0], np.cumsum(_trapezoid(flat))]) * (grid[1] - grid[0])
    assert distance(plain) > 0.1


def test_two_skewed_angles() -> None:
    base = ppl.SineBivariateVonMises(0.3, -1.0, 2.0, 1.5, 0.7)
    law = ppl.SineSkewed(base, skewness=[0.3, -0.6])
    grid = np.linspace(-math.pi, math.pi, 129)[:-1]
    mesh = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1)
    mass = np.exp(law.log_prob(mesh))
    assert mass.mean() * (2 * math.pi) ** 2 == pytest.approx(1.0, rel=1e-12)
    turn = np.mean(mass[..., None] * np.exp(1j * mesh), axis=(0, 1)) * (2 * math.pi) ** 2
    np.testing.assert_allclose(law.mean, np.angle(turn), rtol=1e-12)
    np.testing.assert_allclose(law.variance, 1 - np.abs(turn), rtol=1e-12)
    x = np.array([0.5, 0.7])
    lean = math.log1p(0.3 * math.sin(0.2) - 0.6 * math.sin(1.7))
    assert float(law.log_prob(x)) == pytest.approx(float(base.log_prob(x)) + lean, rel=1e-13)
    draws = law.sample(np.random.default_rng(6), 10_000)
    assert law.support.check(draws) is None
    for function in (np.cos, np.sin):
        mean = np.mean(function(mesh) * mass[..., None], axis=(0, 1)) * (2 * math.pi) ** 2
        got = function(draws)
        assert np.all(np.abs(got.mean(axis=0) - mean) < 4.5 * got.std(axis=0) / 100)
    assert law.sample(np.random.default_rng(1), 3).shape == (3, 2)
    many = ppl.SineSkewed(base, skewness=np.array([[0.1, 0.2], [0.0, 0.0], [0.5, 0.5]]))
    assert many.batch_shape == (3,)
    with pytest.raises(ppl.ParameterError, match=r"skewness must be of a size .* at most 1"):
        ppl.SineSkewed(base, skewness=[0.6, -0.6])
    with pytest.raises(ppl.ShapeError, match="skewness must have 2 numbers"):
        ppl.SineSkewed(base, skewness=0.5)
    with pytest.raises(TypeError, match="base must be a VonMises or SineBivariateVonMises law"):
        ppl.SineSkewed(ppl.Normal(), skewness=0.5)
