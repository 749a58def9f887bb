"""Likelihoods whose cost does not grow with the data, as models write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
import ppl
from ad.schedule import Schedule
from ppl import HalfNormal, Normal, Posterior, Uniform, plate, sample

if TYPE_CHECKING:
    from collections.abc import Callable

J = 8


def scale(name: str) -> Any:
    return sample(name, HalfNormal(1.0))


def real(name: str) -> Any:
    return sample(name, Normal(0.0, 1.0))


def share(name: str) -> Any:
    return sample(name, Uniform(0.0, 1.0))


def levels(name: str) -> Any:
    return sample(name, Normal(np.zeros(J), 1.0))


class Draws:
    """Data of all kinds, of one size."""

    def __init__(self, size: int) -> None:
        rng = np.random.default_rng(11)
        self.real, self.other = rng.normal(1.0, 2.0, size), rng.normal(size=size)
        self.design = rng.normal(size=(size, 3))
        self.positive, self.unit = rng.gamma(2.0, 1.0, size), rng.beta(2.0, 3.0, size)
        self.count = np.minimum(rng.poisson(2.0, size), 6)
        self.count[:7] = np.arange(7)  # every value occurs, however few the data
        self.yes = (rng.random(size) < 0.3) * 1
        self.yes[:2] = 0, 1
        self.group = rng.integers(0, J, size)
        self.group[: J * J] = np.repeat(np.arange(J), J)[:size]
        self.exposure = rng.uniform(0.5, 2.0, size)


# Per likelihood: the law, and the name of its data.
CASES: dict[str, tuple[Callable[[Draws], Any], str]] = {
    "normal": (lambda _: Normal(real("a"), scale("s")), "real"),
    "normal of known scale": (lambda _: Normal(real("a"), 2.0), "real"),
    "lognormal": (lambda _: ppl.LogNormal(real("a"), scale("s")), "positive"),
    "poisson": (lambda _: ppl.Poisson(scale("r")), "count"),
    "poisson with exposure": (lambda d: ppl.Poisson(scale("r") * d.exposure), "count"),
    "bernoulli": (lambda _: ppl.Bernoulli(probs=share("p")), "yes"),
    "bernoulli by log odds": (lambda _: ppl.Bernoulli(logits=real("a")), "yes"),
    "binomial": (lambda _: ppl.Binomial(total_count=6, probs=share("p")), "count"),
    "binomial of sizes": (
        lambda d: ppl.Binomial(total_count=d.count + 3, probs=share("p")),
        "count",
    ),
    "binomial by log odds": (lambda _: ppl.Binomial(total_count=6, logits=real("a")), "count"),
    "geometric": (lambda _: ppl.Geometric(probs=share("p")), "count"),
    "exponential": (lambda _: ppl.Exponential(scale("r")), "positive"),
    "gamma": (lambda _: ppl.Gamma(concentration=scale("a"), rate=scale("r")), "positive"),
    "inverse gamma": (
        lambda _: ppl.InverseGamma(concentration=scale("a"), rate=scale("r")),
        "positive",
    ),
    "inverse gaussian": (lambda _: ppl.InverseGaussian(scale("m"), scale("c")), "positive"),
    "chi squared": (lambda _: ppl.ChiSquared(scale("n")), "positive"),
    "rayleigh": (lambda _: ppl.Rayleigh(scale("s")), "positive"),
    "half normal": (lambda _: HalfNormal(scale("s")), "positive"),
    "weibull of known shape": (
        lambda _: ppl.Weibull(scale=scale("s"), concentration=1.7),
        "positive",
    ),
    "beta": (lambda _: ppl.Beta(scale("a"), scale("b")), "unit"),
    "logit normal": (lambda _: ppl.LogitNormal(real("a"), scale("s")), "unit"),
    "laplace of known centre": (lambda _: ppl.Laplace(0.5, scale("s")), "real"),
    "regression": (lambda d: Normal(real("a") + real("b") * d.other, scale("s")), "real"),
    "regression by a matrix": (
        lambda d: Normal(real("a") + d.design @ sample("b", Normal(np.zeros(3), 1)), scale("s")),
        "real",
    ),
    "group means": (lambda d: Normal(levels("a")[d.group], scale("s")), "real"),
    "hierarchical": (
        lambda d: Normal((real("m") + scale("t") * levels("z"))[d.group], scale("s")),
        "real",
    ),
    "group means, common slope": (
        lambda d: Normal(levels("a")[d.group] + real("b") * d.other, scale("s")),
        "real",
    ),
    "group means and slopes": (
        lambda d: Normal(levels("a")[d.group] + levels("b")[d.group] * d.other, scale("s")),
        "real",
    ),
    "group rates": (lambda d: ppl.Poisson(np.exp(levels("a"))[d.group]), "count"),
    "group log odds": (lambda d: ppl.Bernoulli(logits=levels("a")[d.group]), "yes"),
    "group gammas": (
        lambda d: ppl.Gamma(concentration=scale("a"), rate=np.exp(levels("b"))[d.group]),
        "positive",
    ),
    # Not separable: equal rows are counted.
    "negative binomial": (lambda _: ppl.NegativeBinomial2(scale("m"), scale("c")), "count"),
    "beta-binomial": (
        lambda _: ppl.BetaBinomial(
            total_count=6, concentration1=scale("a"), concentration0=scale("b")
        ),
        "count",
    ),
    "zero-inflated": (
        lambda _: ppl.ZeroInflated(ppl.Poisson(scale("r")), gate=share("p")),
        "count",
    ),
    "categorical": (
        lambda _: ppl.Categorical(logits=sample("l", Normal(np.zeros(7), 1))),
        "count",
    ),
    "ordinal": (
        lambda _: ppl.OrderedLogistic(real("e"), [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]),
        "count",
    ),
    "group negative binomials": (
        lambda d: ppl.NegativeBinomial2(np.exp(levels("a"))[d.group], scale("c")),
        "count",
    ),
}


def posterior(name: str, size: int) -> Posterior:
    law, data = CASES[name]
    draws = Draws(size)

    def model(y: Any = None) -> None:
        likelihood = law(draws)
        with plate("i", size):
            sample("y", likelihood, obs=y)

    return Posterior(model, y=getattr(draws, data))


def elements(of: Posterior) -> int:
    """Elements that loops and kernels of the compiled density work on."""
    path = of._density._paths.paths[0]
    assert path.gradient is not None
    stages = Schedule([*path.outputs, path.gradient]).stages
    in_loops = sum(loop.size for stage in stages for loop in stage.loops.values())
    kernels = [node for stage in stages for node in stage.kernels]
    return in_loops + sum(max(a.size for a in (node, *node.inputs)) for node in kernels)


@pytest.mark.parametrize("name", list(CASES))
def test_the_cost_does_not_grow_with_the_data(name: str) -> None:
    small, large = elements(posterior(name, 300)), elements(posterior(name, 10_000))
    assert small == large < 300


@pytest.mark.parametrize("name", list(CASES))
def test_the_density_is_that_of_the_sum_as_written(name: str) -> None:
    collapsed = posterior(name, 300)
    dimension = collapsed.dimension
    plain = ad.density(collapsed._program.logdensity, dimension, strict=True)
    rng = np.random.default_rng(2)
    for size in (0.0, 0.5, 2.0):
        x = size * rng.normal(size=dimension)
        got, slope = collapsed.logdensity_and_gradient(x)
        want, expected = plain.logdensity_and_gradient(x)
        assert got == pytest.approx(want, rel=1e-12)
        # A slope may be a small difference of the terms' slopes.
        assert np.max(np.abs(slope - expected)) <= 1e-12 * max(abs(want), np.max(np.abs(expected)))


@pytest.mark.parametrize("name", ["normal", "exponential", "regression", "geometric"])
def test_ten_data_cost_what_many_do(name: str) -> None:
    assert elements(posterior(name, 10)) == elements(posterior(name, 100_000))


def test_a_law_without_a_statistic_grows() -> None:
    def model(y: Any = None) -> None:
        likelihood = ppl.StudentT(4.0, real("a"), scale("s"))
        with plate("i", len(y)):
            sample("y", likelihood, obs=y)

    few, many = (Posterior(model, y=Draws(size).real) for size in (100, 1000))
    assert elements(many) == 10 * elements(few) > 0


@pytest.mark.parametrize("name", ["normal", "poisson", "group means", "negative binomial"])
def test_each_observation_keeps_its_own_log_likelihood(name: str) -> None:
    of = posterior(name, 500)
    assert elements(of) < 500
    xs = 0.3 * np.random.default_rng(1).normal(size=(3, of.dimension))
    values = of.log_likelihood(xs)["y"]
    assert values.shape == (3, 500)
    for x, row in zip(xs, values, strict=True):
        site = of._program.sites(x)["y"]
        assert site.distribution is not None
        assert row == pytest.approx(site.distribution.log_prob(site.value), rel=1e-12)


def test_repeated_measures_of_two_axes() -> None:
    def model(y: Any = None) -> None:
        subject = sample("subject", Normal(np.zeros(J), 1.0))
        sigma = scale("s")
        with plate("who", J), plate("when", y.shape[1]):
            sample("y", Normal(subject[:, None], sigma), obs=y)

    few, many = (
        Posterior(model, y=np.random.default_rng(0).normal(size=(J, size))) for size in (40, 4000)
    )
    assert elements(few) == elements(many) < 40
    plain = ad.density(few._program.logdensity, few.dimension, strict=True)
    x = np.linspace(-1.0, 1.0, few.dimension)
    assert few.logdensity(x) == pytest.approx(plain.logdensity(x), rel=1e-13)


def test_new_data_of_the_same_kind_reuse_the_code() -> None:
    for name in ("normal", "poisson", "group means", "negative binomial"):
        first = posterior(name, 300)
        data = np.array(first.observed["y"])
        second = first.with_data(y=data[::-1].copy())
        assert second._density.fingerprint == first._density.fingerprint


def test_data_passed_as_arguments_are_one_array_however_often_they_are_used() -> None:
    def model(group: Any, x: Any, y: Any = None) -> None:
        mean = levels("a")[group] + levels("b")[group] * x
        spread = np.exp(levels("c"))[group]
        with plate("i", len(group)):
            sample("y", Normal(mean, spread), obs=y)

    few, many = (Posterior(model, d.group, d.other, y=d.real) for d in (Draws(300), Draws(3000)))
    assert elements(few) == elements(many) < 300


def test_rows_of_coefficients_picked_by_group() -> None:
    def model(design: Any, group: Any, y: Any = None) -> None:
        slopes = sample("b", Normal(np.zeros((J, 3)), 1.0))
        mean = np.sum(design * slopes[group], axis=1)
        sigma = scale("s")
        with plate("i", len(group)):
            sample("y", Normal(mean, sigma), obs=y)

    few, many = (Posterior(model, d.design, d.group, y=d.real) for d in (Draws(1000), Draws(5000)))
    assert elements(few) == elements(many) < 1000
    plain = ad.density(few._program.logdensity, few.dimension, strict=True)
    x = np.sin(np.arange(float(few.dimension)))
    got, want = few.logdensity_and_gradient(x), plain.logdensity_and_gradient(x)
    assert got[0] == pytest.approx(want[0], rel=1e-13)
    assert got[1] == pytest.approx(want[1], rel=1e-11, abs=1e-11)
