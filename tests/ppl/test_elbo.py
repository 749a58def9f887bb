"""Evidence lower bounds: guides, mistakes, variants, minibatches, draws from noise."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

import ad
import ppl
from ppl import noise
from ppl.noise import SMOOTH, Noise

Y = np.array([0.3, -1.2, 2.2, 0.7, 1.1, 0.4])
SD = 0.8
rng = np.random.default_rng(5)
X = rng.normal(size=(60, 3))
GROUP = rng.integers(0, 4, 60)
HITS = (rng.random(60) < 0.5) * 1


def conjugate(y: Any) -> None:
    mu = ppl.sample("mu", ppl.Normal(1.0, 2.0))
    with ppl.plate("i", len(y)):
        ppl.sample("y", ppl.Normal(mu, SD), obs=y)


def guide(_y: Any) -> None:
    loc = ppl.param("loc", 0.0)
    scale = ppl.param("scale", 1.0, constraint=ppl.constraints.positive)
    ppl.sample("mu", ppl.Normal(loc, scale))


def closed() -> tuple[float, float, float]:
    """Mean and standard deviation of the posterior, and the log evidence."""
    precision = 1.0 / 2.0**2 + len(Y) / SD**2
    mean = (1.0 / 2.0**2 + Y.sum() / SD**2) / precision
    covariance = SD**2 * np.eye(len(Y)) + 2.0**2
    evidence = stats.multivariate_normal(np.ones(len(Y)), covariance).logpdf(Y)
    return float(mean), float(precision**-0.5), float(evidence)


def at_optimum() -> np.ndarray[Any, Any]:
    mean, sd, _ = closed()
    return np.array([mean, math.log(sd)])


def estimates(elbo: Any, x: Any, count: int, seed: int = 1) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    values = np.array([elbo.value(x, generator) for _ in range(count)])
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(count))


@pytest.mark.parametrize("analytic", [True, False])
def test_the_bound_is_the_log_evidence_where_the_guide_is_the_posterior(analytic: bool) -> None:
    elbo = ppl.ELBO(conjugate, guide, Y, analytic_kl=analytic)
    assert elbo.analytic == (("mu",) if analytic else ())
    value, error = estimates(elbo, at_optimum(), 400)
    evidence = closed()[2]
    if not analytic:  # every single estimate is exact
        assert error < 1e-12
        assert value == pytest.approx(evidence, abs=1e-10)
    else:
        assert abs(value - evidence) < 4 * error
        assert error > 1e-4


def test_the_bound_elsewhere_is_the_evidence_less_the_divergence() -> None:
    x = np.array([0.1, -0.3])
    mean, sd, evidence = closed()
    gap = ppl.kl_divergence(ppl.Normal(0.1, math.exp(-0.3)), ppl.Normal(mean, sd))
    for analytic in (True, False):
        elbo = ppl.ELBO(conjugate, guide, Y, analytic_kl=analytic)
        value, error = estimates(elbo, x, 4000)
        assert abs(value - (evidence - gap)) < 4 * error
        assert error < 0.2


def test_gradients_are_those_of_the_divergence_and_sticking_the_landing_has_no_noise() -> None:
    x = np.array([0.1, -0.3])
    mean, sd, _ = closed()

    def gap(v: Any) -> Any:
        s2 = np.exp(2 * v[1])
        return -(np.log(sd) - v[1] + (s2 + (v[0] - mean) ** 2) / (2 * sd**2) - 0.5)

    exact = ad.grad(gap)(x)
    choices: list[dict[str, Any]] = [{}, {"analytic_kl": False}, {"sticking_the_landing": True}]
    for options in choices:
        elbo = ppl.ELBO(conjugate, guide, Y, **options)
        generator = np.random.default_rng(3)
        rows = np.array([elbo.value_and_gradient(x, generator)[1] for _ in range(4000)])
        error = rows.std(axis=0, ddof=1) / math.sqrt(len(rows))
        assert (np.abs(rows.mean(axis=0) - exact) < 4 * error).all()
    landed = ppl.ELBO(conjugate, guide, Y, sticking_the_landing=True)
    plain = ppl.ELBO(conjugate, guide, Y, analytic_kl=False)
    _, still = landed.value_and_gradient(at_optimum(), np.random.default_rng(1))
    _, noisy = plain.value_and_gradient(at_optimum(), np.random.default_rng(1))
    assert np.abs(still).max() < 1e-12
    assert np.abs(noisy).max() > 1e-2  # the score of the guide


def test_many_draws_make_the_importance_weighted_bound_tighter() -> None:
    x = np.array([0.1, -0.3])
    evidence = closed()[2]
    bounds = []
    choices: list[dict[str, Any]] = [
        {},
        {"variant": "iwae", "particles": 5},
        {"variant": "iwae", "particles": 50},
    ]
    for options in choices:
        value, error = estimates(
            ppl.ELBO(conjugate, guide, Y, analytic_kl=False, **options), x, 800
        )
        bounds.append((value, error))
        assert value < evidence + 4 * error
    for (low, e1), (high, e2) in itertools.pairwise(bounds):
        assert high - low > 4 * math.hypot(e1, e2)


def test_variants_are_the_means_of_their_papers() -> None:
    x = np.array([0.1, -0.3])
    single = ppl.ELBO(conjugate, guide, Y, analytic_kl=False)
    generator = np.random.default_rng(7)
    w = np.array([single.value(x, generator) for _ in range(6)])
    for options, wanted in (
        ({"variant": "standard"}, w.mean()),
        ({"variant": "iwae"}, np.log(np.mean(np.exp(w - w.max()))) + w.max()),
        ({"variant": "renyi", "alpha": 0.5}, np.log(np.mean(np.exp(0.5 * w))) / 0.5),
        ({"variant": "renyi", "alpha": 2.0}, np.log(np.mean(np.exp(-w - 60))) / -1.0 - 60),
    ):
        elbo = ppl.ELBO(conjugate, guide, Y, particles=6, analytic_kl=False, **options)
        value, gradient = elbo.value_and_gradient(x, np.random.default_rng(7))
        assert value == pytest.approx(wanted, rel=1e-10)
        for k, step in enumerate(1e-6 * np.eye(2)):
            up = elbo.value(x + step, np.random.default_rng(7))
            down = elbo.value(x - step, np.random.default_rng(7))
            assert gradient[k] == pytest.approx((up - down) / 2e-6, rel=1e-5)


# ---- minibatches -----------------------------------------------------------------------------


def grouped(x: Any, group: Any, hits: Any, size: int | None) -> None:
    b = ppl.sample("b", ppl.Normal(np.zeros(3), 1))
    with ppl.plate("g", 4):
        a = ppl.sample("a", ppl.Normal(0, 1))
    with ppl.plate("row", len(hits), subsample_size=size) as i:
        eta = x[i] @ b + a[group[i]] + 0.1 * np.exp(x[i, 0])
        ppl.sample("hits", ppl.Bernoulli(logits=eta), obs=hits[i])


def test_gradients_of_batches_have_that_of_all_data_as_their_mean() -> None:
    part = ppl.ELBO(grouped, ppl.AutoNormal(grouped), X, GROUP, HITS, 12)
    whole = ppl.ELBO(grouped, ppl.AutoNormal(grouped), X, GROUP, HITS, None)
    assert part.dimension == whole.dimension
    x = np.random.default_rng(0).normal(size=part.dimension) * 0.1
    z = np.random.default_rng(1).standard_normal(part.noise_size)
    wanted, slope = whole.at(x, z)
    batches = list(part.batches.sweep(np.random.default_rng(2)))
    assert sorted(np.concatenate([b["row"] for b in batches])) == list(range(60))
    got = [part.at(x, z, batch) for batch in batches]
    assert np.mean([value for value, _ in got]) == pytest.approx(wanted, rel=1e-12)
    assert np.allclose(np.mean([g for _, g in got], axis=0), slope, rtol=1e-10, atol=1e-10)
    assert np.std([value for value, _ in got]) > 0.1  # they do differ


def test_batches_are_drawn_evenly_and_without_replacement() -> None:
    part = ppl.ELBO(grouped, ppl.AutoNormal(grouped), X, GROUP, HITS, 12)
    generator, counts = np.random.default_rng(0), np.zeros(60)
    for _ in range(3000):
        index = part.batches.draw(generator)["row"]
        assert len(set(index)) == 12
        counts[index] += 1
    expected = 3000 * 12 / 60
    spread = math.sqrt(3000 * 0.2 * 0.8)
    assert np.abs(counts - expected).max() < 4.5 * spread


def test_a_memory_map_is_not_copied(tmp_path: Any) -> None:
    table = np.memmap(tmp_path / "x", dtype=np.float32, mode="w+", shape=(60, 3))
    table[:] = X
    part = ppl.ELBO(grouped, ppl.AutoNormal(grouped), table, GROUP, HITS, 12)
    plain = ppl.ELBO(
        grouped, ppl.AutoNormal(grouped), X.astype(np.float32).astype(float), GROUP, HITS, 12
    )
    x = part.initial(rng)
    assert np.shares_memory(part.arguments["x"], table)
    assert part.value(x, np.random.default_rng(4)) == plain.value(x, np.random.default_rng(4))


def test_local_variables_have_their_own_parameters_picked_by_the_batch() -> None:
    data = np.random.default_rng(3).normal(size=8)

    def local(y: Any, size: int | None) -> None:
        with ppl.plate("i", len(y), subsample_size=size) as i:
            z = ppl.sample("z", ppl.Normal(0, 1))
            ppl.sample("y", ppl.Normal(z, 1), obs=y[i])

    def for_local(y: Any, size: int | None) -> None:
        locs = ppl.param("locs", np.linspace(-1, 1, 8))
        with ppl.plate("i", len(y), subsample_size=size) as i:
            ppl.sample("z", ppl.Normal(locs[i], 0.5))

    part = ppl.ELBO(local, for_local, data, 4)
    assert part.analytic == ("z",)
    assert part.names == ()  # they lie along a subsampled plate
    still = np.zeros(4)
    whole = ppl.ELBO(local, for_local, data, None).at(part.initial(rng), np.zeros(8))
    halves = [
        part.at(part.initial(rng), still, {"i": np.arange(start, start + 4)}) for start in (0, 4)
    ]
    assert np.mean([v for v, _ in halves]) == pytest.approx(whole[0], rel=1e-12)
    assert np.allclose(np.mean([g for _, g in halves], axis=0), whole[1], rtol=1e-12)


def test_rows_that_are_not_picked_from_an_argument_are_refused() -> None:
    def scaled(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("i", len(y), subsample_size=3) as i:
            ppl.sample("y", ppl.Normal(mu, 1), obs=y.copy()[i])

    with pytest.raises(ppl.ModelError, match="picked from an argument"):
        ppl.ELBO(scaled, ppl.AutoNormal(scaled), Y)


# ---- mistakes --------------------------------------------------------------------------------


def positive(y: Any) -> None:
    s = ppl.sample("s", ppl.HalfNormal(1.0))
    with ppl.plate("i", len(y)):
        ppl.sample("y", ppl.Normal(0.0, s), obs=y)


def of(*sites: tuple[str, Any]) -> Any:
    def made(_y: Any) -> None:
        ppl.param("loc", 0.0)
        for name, law in sites:
            ppl.sample(name, law)

    return made


@pytest.mark.parametrize(
    ("model", "wrong", "text"),
    [
        (conjugate, of(), "'mu'"),
        (conjugate, of(("nu", ppl.Normal(0, 1))), "'mu'"),
        (conjugate, of(("mu", ppl.Normal(0, 1)), ("extra", ppl.Normal(0, 1))), "'extra'"),
        (conjugate, of(("mu", ppl.Normal(0, 1)), ("y", ppl.Normal(0, 1))), "'y'.*observed"),
        (conjugate, of(("mu", ppl.Normal(np.zeros(2), 1))), r"shape.*\(\).*\(2,\).*'mu'"),
        (conjugate, of(("mu", ppl.Poisson(2.0))), "smooth.*Poisson.*'mu'"),
        (positive, of(("s", ppl.Normal(0, 1))), "positive|nonnegative|at least 0.*Normal.*'s'"),
        (positive, lambda _y: ppl.sample("s", ppl.LogNormal(0, 1)), "something to learn"),
        (conjugate, lambda _y: ppl.sample("mu", ppl.Normal(0, 1), obs=0.0), "no observed.*'mu'"),
    ],
)
def test_mistakes_in_guides_name_the_site(model: Any, wrong: Any, text: str) -> None:
    with pytest.raises(ppl.ModelError, match=text):
        ppl.ELBO(model, wrong, Y)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"particles": 0}, "particles"),
        ({"variant": "tight"}, "variant"),
        ({"variant": "renyi", "alpha": 1.0}, "alpha"),
        ({"variant": "renyi", "alpha": "half"}, "alpha"),
        ({"variant": "iwae", "sticking_the_landing": True}, "sticking_the_landing"),
    ],
)
def test_options_that_cannot_be_used(options: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        ppl.ELBO(conjugate, guide, Y, **options)


def test_auxiliary_sites_are_allowed_and_a_divergence_is_closed_only_where_it_may_be() -> None:
    def two(y: Any) -> None:
        a = ppl.sample("a", ppl.Normal(0, 1))
        ppl.sample("b", ppl.Normal(a, 1))
        ppl.factor("data", -y.sum() * a * a)

    def chained(_y: Any) -> None:
        loc = ppl.param("loc", 0.5)
        u = ppl.sample("u", ppl.Normal(0, 1), infer={"is_auxiliary": True})
        a = ppl.sample("a", ppl.Normal(loc + u * 0.0, 1))
        ppl.sample("b", ppl.Normal(a * loc, 1))

    assert ppl.ELBO(two, chained, np.ones(2)).analytic == ("b",)


DESIGN = np.random.default_rng(5).normal(size=(9, 3))
RESPONSE = DESIGN @ [1.0, -0.5, 0.2] + np.random.default_rng(6).normal(size=9)
PRIOR = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 0.7]])


def regression(prior: str) -> Any:
    def model(x: Any, y: Any) -> None:
        if prior == "vector":
            b = ppl.sample("b", ppl.MultivariateNormal(np.zeros(3), covariance_matrix=PRIOR))
        elif prior == "event":
            b = ppl.sample("b", ppl.Normal(0.0, 1.5).expand(3).to_event(1))
        else:
            with ppl.plate("column", 3):
                b = ppl.sample("b", ppl.Normal(0.0, 1.5))
        with ppl.plate("row", len(y)):
            ppl.sample("y", ppl.Normal(x @ b, 1.0), obs=y)

    return model


def vector_guide(_x: Any, _y: Any) -> None:
    loc = ppl.param("loc", np.array([0.5, -0.2, 0.1]))
    factor = ppl.param("factor", 0.3 * np.eye(3), constraint=ppl.constraints.covariance_cholesky())
    ppl.sample("b", ppl.MultivariateNormal(loc, scale_tril=factor))


def elements_guide(_x: Any, _y: Any) -> None:
    loc = ppl.param("loc", np.array([0.5, -0.2, 0.1]))
    ppl.sample("b", ppl.Normal(loc, 0.3).to_event(1))


def plate_guide(_x: Any, _y: Any) -> None:
    loc = ppl.param("loc", np.array([0.5, -0.2, 0.1]))
    with ppl.plate("column", 3):
        ppl.sample("b", ppl.Normal(loc, 0.3))


@pytest.mark.parametrize("prior", ["vector", "event", "plate"])
@pytest.mark.parametrize("made", [vector_guide, elements_guide, plate_guide])
def test_divergences_of_vectors_are_closed(prior: str, made: Any) -> None:
    elbo = ppl.ELBO(regression(prior), made, DESIGN, RESPONSE)
    assert elbo.analytic == ("b",)
    # All guides start at one law, N(m, 0.09 I); the bound is known.
    m, covariance = np.array([0.5, -0.2, 0.1]), PRIOR if prior == "vector" else 2.25 * np.eye(3)
    inverse = np.linalg.inv(covariance)
    divergence = 0.5 * (
        0.09 * np.trace(inverse)
        + m @ inverse @ m
        - 3
        + np.log(np.linalg.det(covariance))
        - 3 * np.log(0.09)
    )
    rest = RESPONSE - DESIGN @ m
    fit = -0.5 * (rest @ rest + 0.09 * np.sum(DESIGN**2)) - 4.5 * np.log(2 * np.pi)
    # Over z and -z, and over signs of each coordinate, a quadratic likelihood averages exactly.
    noise = np.sqrt(3.0) * np.concatenate([np.eye(3), -np.eye(3)])
    values = [elbo.at(elbo.initial(rng), z)[0] for z in noise]
    assert np.mean(values) == pytest.approx(fit - divergence, rel=1e-12)
    assert values[0] != pytest.approx(fit - divergence, rel=1e-3)


def test_elements_that_count_differently_are_estimated() -> None:
    def model(x: Any, y: Any) -> None:
        with ppl.plate("column", 3), ppl.handlers.scale(scale=2.0):
            b = ppl.sample("b", ppl.Normal(0.0, 1.5))
        with ppl.plate("row", len(y)):
            ppl.sample("y", ppl.Normal(x @ b, 1.0), obs=y)

    assert ppl.ELBO(model, vector_guide, DESIGN, RESPONSE).analytic == ()
    assert ppl.ELBO(model, plate_guide, DESIGN, RESPONSE).analytic == ("b",)


# ---- draws from noise ------------------------------------------------------------------------

UNIVARIATE: dict[str, dict[str, float]] = {
    "Beta": {"concentration1": 2.0, "concentration0": 3.0},
    "Cauchy": {"loc": 0.5, "scale": 1.5},
    "ChiSquared": {"df": 3.0},
    "Exponential": {"rate": 1.5},
    "Gamma": {"concentration": 2.0, "rate": 1.5},
    "Gumbel": {"loc": 0.5, "scale": 1.5},
    "HalfCauchy": {"scale": 1.5},
    "HalfNormal": {"scale": 1.5},
    "InverseGamma": {"concentration": 2.0, "rate": 1.5},
    "Kumaraswamy": {"concentration1": 2.0, "concentration0": 3.0},
    "Laplace": {"loc": 0.5, "scale": 1.5},
    "LogNormal": {"loc": 0.5, "scale": 0.7},
    "Logistic": {"loc": 0.5, "scale": 1.5},
    "LogitNormal": {"loc": 0.5, "scale": 0.7},
    "Normal": {"loc": 0.5, "scale": 1.5},
    "Pareto": {"scale": 1.5, "concentration": 3.0},
    "StudentT": {"df": 4.0, "loc": 0.5, "scale": 1.5},
    "Uniform": {"low": -1.0, "high": 2.0},
    "Weibull": {"scale": 1.5, "concentration": 2.0},
}
VECTORS = {
    "Dirichlet",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "MatrixNormal",
    "MultivariateLogNormal",
    "MultivariateNormal",
    "MultivariateStudentT",
}


def test_each_law_said_to_be_smooth_is_tried() -> None:
    assert set(UNIVARIATE) | VECTORS | {"Delta"} == SMOOTH


def drawn(law: Any, z: Any) -> Any:
    taken = iter([z])
    return noise.draw("x", law, Noise(lambda _: next(taken)), np.shape(z))


@pytest.mark.parametrize("name", sorted(UNIVARIATE))
def test_draws_have_the_law_and_the_slope_of_its_quantiles(name: str) -> None:
    z = np.array([-2.5, -1.0, -0.2, 0.4, 1.3, 2.8])
    kind, names = getattr(ppl, name), list(UNIVARIATE[name])
    parameters = np.array(list(UNIVARIATE[name].values()))

    def law(p: Any) -> Any:
        return kind(**dict(zip(names, p, strict=True)))

    u = stats.norm.cdf(z)
    values = drawn(law(parameters), z)
    cdf = np.asarray(law(parameters).cdf(values))
    decreasing = np.all(np.diff(values) < 0)
    wanted = np.abs(2 * u - 1) if name.startswith("Half") else stats.norm.sf(z) if decreasing else u
    assert np.allclose(cdf, wanted, rtol=1e-9, atol=1e-12)
    # dx/dtheta = -(dF/dtheta) / density, at a fixed quantile, here by differences of quantiles.
    slopes = ad.jacobian(lambda p: drawn(law(p), z))(parameters)
    for k in range(len(parameters)):
        step = 1e-5 * np.eye(len(parameters))[k]
        ends = [np.asarray(law(parameters + s).cdf(values)) for s in (step, -step)]
        density = np.exp(np.asarray(law(parameters).log_prob(values)))
        wanted = -(ends[0] - ends[1]) / 2e-5 / density
        assert np.allclose(slopes[:, k], wanted, rtol=2e-5, atol=1e-7)


FACTOR = np.array([[1.0, 0.0], [0.6, 0.8]])
VECTOR_LAWS = {
    "Dirichlet": lambda: ppl.Dirichlet(np.array([2.0, 3.0, 4.0])),
    "LogisticNormal": lambda: ppl.LogisticNormal(np.array([0.5, -0.2]), scale_tril=FACTOR),
    "LowRankMultivariateNormal": lambda: ppl.LowRankMultivariateNormal(
        np.zeros(2), cov_factor=np.array([[0.5], [1.0]]), cov_diag=np.array([0.5, 0.7])
    ),
    "MatrixNormal": lambda: ppl.MatrixNormal(
        np.zeros((2, 2)), scale_tril_row=FACTOR, scale_tril_column=FACTOR
    ),
    "MultivariateLogNormal": lambda: ppl.MultivariateLogNormal(np.zeros(2), scale_tril=FACTOR / 2),
    "MultivariateNormal": lambda: ppl.MultivariateNormal(np.ones(2), scale_tril=FACTOR),
    "MultivariateStudentT": lambda: ppl.MultivariateStudentT(9.0, np.ones(2), scale_tril=FACTOR),
}


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_draws_of_vectors_have_the_means_and_variances_of_their_law(name: str) -> None:
    make: Any = VECTOR_LAWS[name]
    law = make()
    generator = np.random.default_rng(11)
    values = noise.draw("x", law, Noise(generator.standard_normal), (4000,))
    others = law.sample(np.random.default_rng(12), 4000)
    for power in (1, 2):
        one, two = values**power, others**power
        error = np.sqrt((one.var(axis=0) + two.var(axis=0)) / 4000)
        assert (np.abs(one.mean(axis=0) - two.mean(axis=0)) < 4.5 * error).all()


def test_laws_without_smooth_draws_are_refused_with_advice() -> None:
    with pytest.raises(ppl.ModelError, match=r"VonMises.*'x'.*Transformed"):
        drawn(ppl.VonMises(0.0, 1.0), np.zeros(3))


def test_transformed_laws_and_points_serve_as_guides() -> None:
    def mapped(_y: Any) -> None:
        base = ppl.Normal(ppl.param("loc", 0.3), ppl.param("scale", 0.5))
        ppl.sample("s", ppl.Transformed(base, ppl.transforms.Exp()))

    def direct(_y: Any) -> None:
        ppl.sample("s", ppl.LogNormal(ppl.param("loc", 0.3), ppl.param("scale", 0.5)))

    one, two = (ppl.ELBO(positive, g, Y, analytic_kl=False) for g in (mapped, direct))
    for z in (np.array([-1.3]), np.array([0.4])):
        (first, slope), (second, wanted) = (e.at(np.array([0.3, 0.5]), z) for e in (one, two))
        assert first == pytest.approx(second, rel=1e-12)
        assert np.allclose(slope, wanted, rtol=1e-10)

    def point(_y: Any) -> None:
        at = ppl.param("at", 1.5, constraint=ppl.constraints.positive)
        ppl.sample("s", ppl.Delta(at))

    value, _ = ppl.ELBO(positive, point, Y).at(np.log([1.5]), np.zeros(0))
    wanted = stats.halfnorm.logpdf(1.5) + stats.norm.logpdf(Y, 0.0, 1.5).sum()
    assert value == pytest.approx(wanted, rel=1e-12)
