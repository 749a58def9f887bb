"""Laws made of other laws, beyond the tables of cases: arrays, mixed kinds, nesting."""

from __future__ import annotations

import math
import re
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy.integrate
import scipy.stats as st

import ad
import ppl

RNG = np.random.default_rng
WRONG: Any = 3.0


def ks(draws: Any, law: Any) -> float:
    """Kolmogorov's distance in units of 1/sqrt(n), also for laws with atoms."""
    values, counts = np.unique(draws, return_counts=True)
    upto = np.cumsum(counts) / draws.size
    before = law.cdf(np.nextafter(values, -np.inf))
    distance = max(
        np.max(np.abs(upto - law.cdf(values))), np.max(np.abs(upto - counts / draws.size - before))
    )
    return float(distance * math.sqrt(draws.size))


# Laws with a density and with probabilities of single values, with where these are.
MIXED: dict[str, tuple[Any, tuple[float, ...]]] = {
    "censored": (lambda: ppl.Censored(ppl.Normal(1.0, 2.0), low=0.0, high=3.0), (0.0, 3.0)),
    "left": (lambda: ppl.Censored(ppl.Gamma(concentration=2.0, rate=1.0), low=0.5), (0.5,)),
    "hurdle": (lambda: ppl.Hurdle(ppl.LogNormal(0.0, 1.0), gate=0.3), (0.0,)),
    "hurdle gamma": (lambda: ppl.HurdleGamma(concentration=2.0, rate=0.5, gate=0.2), (0.0,)),
    "hurdle log-normal": (lambda: ppl.HurdleLogNormal(0.5, 0.4, gate_logits=-1.0), (0.0,)),
    "shares": (lambda: ppl.ZeroOneInflatedBeta(2.0, 3.0, gate=0.3, one=0.25), (0.0, 1.0)),
}


@pytest.mark.parametrize("name", list(MIXED))
def test_laws_of_a_mixed_kind(name: str) -> None:
    make, atoms = MIXED[name]
    law = make()
    low, high = float(law.support.lowest()), float(law.support.clip(math.inf))
    smooth, _ = scipy.integrate.quad(
        lambda x: math.exp(law.log_prob(x)) * (x not in atoms), low, high, epsabs=1e-12, limit=200
    )
    mass = smooth + sum(math.exp(law.log_prob(x)) for x in atoms)
    assert mass == pytest.approx(1.0, abs=1e-8)
    draws = law.sample(RNG(1), 10_000)
    assert ks(draws, law) < 2.23
    assert ks(draws + 0.1, law) > 2.23  # negative control
    points = np.array([0.2, 0.7, 0.9])
    np.testing.assert_allclose(law.cdf(points) + law.sf(points), 1.0, rtol=1e-13)
    for x in atoms:
        jump = float(law.cdf(x)) - float(law.cdf(np.nextafter(x, -math.inf)))
        assert jump == pytest.approx(math.exp(law.log_prob(x)), rel=1e-9)
    with pytest.raises(NotImplementedError, match="smooth map"):
        ppl.Posterior(lambda: ppl.sample("x", make()))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MIXED))
def test_a_million_of_a_mixed_kind(name: str) -> None:
    law = MIXED[name][0]()
    assert ks(law.sample(RNG(7), 1_000_000), law) < 2.23


@pytest.mark.parametrize("name", list(MIXED))
def test_moments_of_laws_of_a_mixed_kind(name: str) -> None:
    law = MIXED[name][0]()
    draws = law.sample(RNG(2), 200_000)
    found = {
        "mean": (law.mean, draws),
        "variance": (law.variance, (draws - law.mean) ** 2),
        "entropy": (law.entropy(), -law.log_prob(draws)),
    }
    for what, (value, each) in found.items():
        assert abs(each.mean() - value) < 4 * each.std() / math.sqrt(draws.size), what
        # Negative control: the same test notices an error of 20%.
        assert abs(each.mean() - 1.2 * value) > 4 * each.std() / math.sqrt(draws.size), what


def test_moments_of_heavy_tails_jumps_and_corners() -> None:
    def second(law: Any) -> float:
        return float(law.variance + law.mean**2)

    for df in (2.05, 2.5, 5.0):
        assert second(ppl.Folded(ppl.StudentT(df))) == pytest.approx(df / (df - 2), rel=1e-8)
    assert ppl.Folded(ppl.StudentT(1.5)).variance == math.inf
    assert ppl.Folded(ppl.Cauchy()).mean == math.inf
    assert ppl.Truncated(ppl.Cauchy(), high=3.0).mean == -math.inf
    assert math.isnan(ppl.Transformed(ppl.Cauchy(), ppl.transforms.Affine(1.0, 2.0)).mean)
    # In the tail of an exponential law nothing is left of its beginning.
    late = ppl.Truncated(ppl.Exponential(2.0), low=400.0)
    assert float(late.mean) == pytest.approx(400.5, rel=1e-11)
    assert float(late.variance) == pytest.approx(0.25, rel=1e-10)
    steps = ppl.Mixture([0.5, 0.5], [ppl.Uniform(0.0, 1.0), ppl.Uniform(0.5, 2.0)])
    heights = {0.5: 0.5, 5 / 6: 0.5, 1 / 3: 1.0}  # density: length
    want = -sum(size * p * math.log(p) for p, size in heights.items())
    assert float(steps.entropy()) == pytest.approx(want, rel=1e-13)
    same = ppl.MixtureSameFamily(
        ppl.Categorical(probs=[0.5, 0.5]), ppl.Uniform([0.0, 0.5], [1.0, 2.0])
    )
    assert float(same.entropy()) == pytest.approx(want, rel=1e-13)
    corner = ppl.Truncated(ppl.Laplace(), low=-1.0, high=2.0)
    weight = (1 - math.exp(-1)) + (1 - math.exp(-2))
    mean = ((1 - 3 * math.exp(-2)) - (1 - 2 * math.exp(-1))) / weight
    assert float(corner.mean) == pytest.approx(mean, rel=1e-13)


def test_moments_of_many_values_and_of_batches() -> None:
    rate = 1e6  # more values than are summed; terms of 1e7 cancel in their logarithms
    want = 0.5 * math.log(2 * math.pi * math.e * rate) - 1 / (12 * rate)
    assert float(ppl.Poisson(rate).entropy()) == pytest.approx(want, rel=1e-9)
    fine = ppl.Discretised(ppl.Exponential(0.5), rounding="down", step=1e-5)
    assert float(fine.mean) == pytest.approx(1e-5 / math.expm1(0.5e-5), rel=1e-10)
    batch = ppl.Censored(ppl.Normal([[0.0], [1.0]], 2.0), low=[-math.inf, 0.0, 1.0], high=3.0)
    assert np.shape(batch.mean) == (2, 3)
    one = ppl.Censored(ppl.Normal(1.0, 2.0), low=1.0, high=3.0)
    assert float(batch.mean[1, 2]) == pytest.approx(float(one.mean), rel=1e-13)
    assert float(batch.entropy()[1, 2]) == pytest.approx(float(one.entropy()), rel=1e-13)


def test_moments_by_quadrature_need_numbers() -> None:
    def model() -> None:
        scale = ppl.sample("scale", ppl.HalfNormal())
        ppl.deterministic("size", ppl.Folded(ppl.Normal(1.0, scale)).mean)

    with pytest.raises(NotImplementedError, match="mean is computed by quadrature and needs plain"):
        ppl.Posterior(model).logdensity(np.zeros(1))


def test_tobit_is_the_sum_as_written() -> None:
    y = np.array([0.0, 0.4, 2.0, 5.0, 0.0])

    def model(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(0.0, 5.0))
        with ppl.plate("i", len(y)):
            ppl.sample("y", ppl.Censored(ppl.Normal(mu, 1.5), low=0.0, high=5.0), obs=y)

    value, slope = ppl.Posterior(model, y).logdensity_and_gradient(np.array([0.7]))
    want = (
        st.norm(0, 5).logpdf(0.7)
        + 2 * st.norm(0.7, 1.5).logcdf(0.0)
        + st.norm(0.7, 1.5).logsf(5.0)
        + st.norm(0.7, 1.5).logpdf([0.4, 2.0]).sum()
    )
    assert value == pytest.approx(want, rel=1e-12)
    assert np.isfinite(slope).all()


def test_latent_sites_of_every_continuous_wrapper() -> None:
    laws: dict[str, Any] = {
        "a": lambda: ppl.Truncated(ppl.StudentT(4.0, 1.0, 2.0), low=0.5),
        "b": lambda: ppl.Truncated(ppl.Gamma(concentration=2.0, rate=1.0), high=4.0),
        "c": lambda: ppl.Folded(ppl.StudentT(5.0)),
        "d": lambda: ppl.Mixture(
            [0.2, 0.8], [ppl.Normal(), ppl.Gamma(concentration=2.0, rate=1.0)]
        ),
        "e": lambda: ppl.MixtureSameFamily(
            ppl.Categorical(probs=[0.5, 0.5]), ppl.Normal([-1.0, 1.0], 0.5)
        ),
        "f": lambda: ppl.OrderStatistic(ppl.Exponential(1.0), total_count=5, rank=2),
        "g": lambda: ppl.Transformed(ppl.Normal(), ppl.transforms.Lower(2.0)),
        "h": lambda: ppl.Truncated(ppl.Truncated(ppl.Cauchy(), low=-1.0), low=0.0, high=9.0),
        "i": lambda: ppl.Normal(np.zeros(3), 1.0).to_event(1),
        "j": lambda: ppl.HalfNormal(1.0).expand((2,)),
        "k": lambda: ppl.Normal(np.zeros(2), 1.0).mask([True, False]),
    }

    def model() -> None:
        for name, make in laws.items():
            ppl.sample(name, make())

    posterior = ppl.Posterior(model)
    x = np.linspace(-0.6, 0.8, posterior.dimension)
    value, slope = posterior.logdensity_and_gradient(x)
    assert np.isfinite(value)
    assert np.isfinite(slope).all()
    for i in range(posterior.dimension):
        h = np.eye(posterior.dimension)[i] * 1e-6
        want = (posterior.logdensity(x + h) - posterior.logdensity(x - h)) / 2e-6
        assert slope[i] == pytest.approx(want, rel=1e-6, abs=1e-7)


def test_nested_wrappers_are_what_they_say() -> None:
    x = np.array([1.0, 2.0, 7.0])
    twice = ppl.Truncated(ppl.Truncated(ppl.Poisson(3.0), low=1), high=7)
    once = ppl.Truncated(ppl.Poisson(3.0), low=1, high=7)
    np.testing.assert_allclose(twice.log_prob(x), once.log_prob(x), rtol=1e-13)
    hurdle = ppl.Hurdle(ppl.Poisson(3.0), gate=0.3)
    inside = ppl.Truncated(ppl.Poisson(3.0), low=1)
    np.testing.assert_allclose(hurdle.log_prob(x), math.log(0.7) + inside.log_prob(x), rtol=1e-13)
    mixed = ppl.Mixture([0.5, 0.5], [ppl.Truncated(ppl.Normal(), low=0.0), ppl.HalfNormal()])
    np.testing.assert_allclose(mixed.log_prob(x), ppl.HalfNormal().log_prob(x), rtol=1e-13)
    inflated = ppl.ZeroInflated(
        ppl.Mixture([0.5, 0.5], [ppl.Poisson(1.0), ppl.Poisson(4.0)]), gate=0.2
    )
    want = 0.8 * (st.poisson(1.0).pmf(2) + st.poisson(4.0).pmf(2)) / 2
    assert math.exp(inflated.log_prob(2)) == pytest.approx(want, rel=1e-13)
    exact = ppl.Discretised(ppl.Truncated(ppl.Normal(), low=0.0), rounding="down")
    assert math.exp(exact.log_prob(0)) == pytest.approx(math.erf(math.sqrt(0.5)), rel=1e-13)


def test_discretised_to_a_step_and_in_three_ways() -> None:
    base = ppl.Gamma(concentration=2.0, rate=1.0)
    for rounding, (below, above) in {
        "nearest": (0.05, 0.05),
        "down": (0.0, 0.1),
        "up": (0.1, 0.0),
    }.items():
        law = ppl.Discretised(base, step=0.1, rounding=rounding)
        x = np.array([0.1, 0.3, 0.7, 2.5])
        want = st.gamma(2.0).cdf(x + above) - st.gamma(2.0).cdf(x - below)
        np.testing.assert_allclose(np.exp(law.log_prob(x)), want, rtol=1e-12)
        every = 0.1 * np.arange(0, 500)
        assert np.exp(law.log_prob(every)).sum() == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_allclose(
            np.cumsum(np.exp(law.log_prob(every)))[:50], law.cdf(every[:50]), rtol=1e-12
        )
        draws = law.sample(RNG(3), 10_000)
        assert law.support.check(draws) is None
        levels = np.array([0.01, 0.5, 0.99])
        assert np.all(law.cdf(law.icdf(levels)) >= levels)
        assert np.all(law.cdf(law.icdf(levels) - 0.1) < levels)


def test_mass_of_intervals_in_tails_and_narrow_ones() -> None:
    with mp.workdps(1000):

        def normal(low: float, high: float) -> float:
            root = mp.sqrt(2)
            return float(mp.log((mp.erfc(mp.mpf(low) / root) - mp.erfc(mp.mpf(high) / root)) / 2))

        for low, high in (
            (-1.0, 2.0),
            (30.0, 31.0),
            (-60.0, -59.0),
            (0.3, 0.3 + 1e-9),
            (-1e-12, 1e-12),
        ):
            assert float(ppl.Normal().log_mass(low, high)) == pytest.approx(
                normal(low, high), rel=1e-12
            )
        for low, high in ((0.2, 3.0), (700.0, 800.0), (1500.0, 1501.0), (3.0, 3.0 + 1e-9)):
            want = mp.log(mp.gammainc(2.5, mp.mpf(low), mp.mpf(high), regularized=True))
            law = ppl.Gamma(concentration=2.5, rate=1.0)
            assert float(law.log_mass(low, high)) == pytest.approx(float(want), rel=1e-12)
    assert float(ppl.Normal().log_mass(2.0, 1.0)) == -math.inf
    assert float(ppl.Normal().log_mass(-math.inf, math.inf)) == 0.0


def test_components_without_density_do_not_spoil_gradients() -> None:
    def density(p: Any) -> Any:
        laws = [ppl.Uniform(0.0, 1.0), ppl.Normal(p[1], p[2]), ppl.Exponential(p[3])]
        return np.sum(
            ppl.Mixture(logits=ad.array([p[0], 0.5, 0.0]), components=laws).log_prob(
                [-2.0, 0.5, 3.0]
            )
        )

    p = np.array([0.3, 0.1, 1.2, 2.0])
    value, slope = ad.value_and_grad(density)(p)
    assert np.isfinite(value)
    for i in range(4):
        h = 1e-6 * np.eye(4)[i]
        assert slope[i] == pytest.approx(
            (density(p + h) - density(p - h)) / 2e-6, rel=1e-7, abs=1e-8
        )
    zero = ppl.Mixture([0.0, 1.0], [ppl.Normal(5.0, 1.0), ppl.Normal()])
    np.testing.assert_array_equal(zero.log_prob([0.0, 5.0]), ppl.Normal().log_prob([0.0, 5.0]))


def test_mixtures_of_arrays_and_batches() -> None:
    y = RNG(5).normal(size=(6, 3))
    parts = [ppl.Normal(np.zeros(3), 1.0).to_event(1), ppl.Normal(np.ones(3), 2.0).to_event(1)]
    law = ppl.Mixture([0.4, 0.6], parts)
    want = np.logaddexp(
        math.log(0.4) + st.norm(0, 1).logpdf(y).sum(axis=1),
        math.log(0.6) + st.norm(1, 2).logpdf(y).sum(axis=1),
    )
    np.testing.assert_allclose(law.log_prob(y), want, rtol=1e-13)
    assert law.event_shape == (3,)
    assert law.mean.shape == (3,)
    assert law.sample(RNG(1), 4).shape == (4, 3)
    batch = ppl.Normal(np.array([np.zeros(3), np.ones(3)]), [[1.0], [2.0]]).to_event(1)
    same = ppl.MixtureSameFamily(ppl.Categorical(probs=[0.4, 0.6]), batch)
    np.testing.assert_allclose(same.log_prob(y), want, rtol=1e-13)
    np.testing.assert_allclose(same.variance, law.variance, rtol=1e-13)
    assert same.sample(RNG(1), 4).shape == (4, 3)
    shares = np.exp(same.log_responsibilities(y))
    np.testing.assert_allclose(shares.sum(axis=-1), 1.0, rtol=1e-13)
    rows = ppl.MixtureSameFamily(
        ppl.Categorical(logits=np.zeros((5, 2))), ppl.Poisson(np.ones((5, 2)))
    )
    assert rows.batch_shape == (5,)
    np.testing.assert_allclose(
        rows.log_prob(3), ppl.Poisson(1.0).log_prob(3) * np.ones(5), rtol=1e-13
    )


def test_masked_values_count_nothing_and_have_no_slope() -> None:
    law = ppl.Normal(np.zeros(3), 1.0).mask([True, False, True])
    value, slope = ad.value_and_grad(lambda x: np.sum(law.log_prob(x)))(
        np.array([1.0, math.nan, 2.0])
    )
    assert value == pytest.approx(st.norm.logpdf([1.0, 2.0]).sum(), rel=1e-14)
    np.testing.assert_allclose(slope, [-1.0, 0.0, -2.0])
    rows = ppl.Normal(np.zeros((2, 3)), 1.0).to_event(1).mask([True, False])
    values = rows.log_prob([[1.0, 2.0, 3.0], [math.nan] * 3])
    np.testing.assert_allclose(values, [st.norm.logpdf([1.0, 2.0, 3.0]).sum(), 0.0], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ppl.Truncated(3.0), TypeError, "base must be a distribution of numbers, got 3.0"),
        (
            lambda: ppl.Truncated(ppl.Uniform(0.0, 1.0), low=2.0),
            ppl.ParameterError,
            "got none of it",
        ),
        (
            lambda: ppl.Truncated(ppl.Normal(), low=2.0, high=1.0),
            ppl.ParameterError,
            "high must be",
        ),
        (
            lambda: ppl.Hurdle(ppl.Normal(), gate=0.5),
            TypeError,
            "or one of positive numbers, got Normal",
        ),
        (lambda: ppl.Folded(ppl.Poisson(3.0)), TypeError, "a continuous distribution of numbers"),
        (lambda: ppl.Mixture([1.0], WRONG), TypeError, "components must be a list"),
        (
            lambda: ppl.Mixture([0.5, 0.5], [ppl.Normal(), WRONG]),
            TypeError,
            "components[1] must be",
        ),
        (
            lambda: ppl.Mixture([0.5, 0.5], [ppl.Normal(), ppl.Poisson(3)]),
            TypeError,
            "all discrete or",
        ),
        (
            lambda: ppl.Mixture([0.5, 0.5], [ppl.Normal()]),
            ppl.ShapeError,
            "one element a component, 1",
        ),
        (
            lambda: ppl.Mixture(components=[ppl.Normal()]),
            TypeError,
            "exactly one of weights, logits",
        ),
        (
            lambda: ppl.MixtureSameFamily(ppl.Categorical(probs=[0.5, 0.5]), ppl.Normal()),
            ppl.ShapeError,
            "a last batch axis of size 2",
        ),
        (
            lambda: ppl.Discretised(ppl.Normal(), rounding="off"),
            TypeError,
            "rounding must be one of",
        ),
        (lambda: ppl.Transformed(ppl.Normal(), np.exp), TypeError, "transform must be one of"),
        (lambda: ppl.Normal().to_event(1), ppl.ShapeError, "at most the number of batch axes"),
        (
            lambda: ppl.Normal(np.zeros(3), 1.0).expand((2,)),
            ppl.ShapeError,
            "base (3,), shape (2,)",
        ),
        (
            lambda: ppl.Truncated(ppl.Normal(0.0, -1.0), low=0.0),
            ppl.ParameterError,
            "Normal: scale",
        ),
    ],
)
def test_wrong_wrappers(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        make()
