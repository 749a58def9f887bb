"""The posterior as a density: values against SciPy, shapes, data, and every mistake's message."""

from __future__ import annotations

import inspect
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.sparse
import scipy.stats as st

import ad
import ppl

from .examples import SIGMA, Y, eight_schools, radon

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = np.random.default_rng(5).uniform(-2, 2, (20, 10))


def schools() -> ppl.Posterior:
    return ppl.Posterior(eight_schools, SIGMA, y=Y, coords={"school": list("ABCDEFGH")})


def schools_by_hand(x: Any) -> float:
    mu, log_tau, theta = x[0], x[1], x[2:]
    tau = math.exp(log_tau)
    return float(
        st.norm(0, 5).logpdf(mu)
        + st.halfcauchy(0, 5).logpdf(tau)
        + log_tau
        + st.norm(mu, tau).logpdf(theta).sum()
        + st.norm(theta, SIGMA).logpdf(Y).sum()
    )


def schools_gradient_by_hand(x: Any) -> Any:
    mu, tau, theta = x[0], math.exp(x[1]), x[2:]
    z = (theta - mu) / tau
    d_mu = -mu / 25 + z.sum() / tau
    d_log_tau = 1 - 2 * tau**2 / (25 + tau**2) + (z**2 - 1).sum()
    return np.array([d_mu, d_log_tau, *(-z / tau + (Y - theta) / SIGMA**2)])


def test_density_and_gradient_are_those_by_hand() -> None:
    posterior = schools()
    for x in POINTS:
        value, gradient = posterior.logdensity_and_gradient(x)
        assert value == pytest.approx(schools_by_hand(x), rel=1e-13)
        assert posterior.logdensity(x) == value
        np.testing.assert_allclose(gradient, schools_gradient_by_hand(x), rtol=1e-12, atol=1e-12)


def test_the_plain_function_is_the_density() -> None:
    posterior = schools()
    for x in POINTS[:3]:
        assert float(posterior.function(x)) == pytest.approx(schools_by_hand(x), rel=1e-13)
        step = 1e-6 * np.eye(10)
        slopes = [
            (schools_gradient_by_hand(x + h) - schools_gradient_by_hand(x - h)) / 2e-6 for h in step
        ]
        hessian = ad.compile(ad.hessian(posterior.function))(x)
        np.testing.assert_allclose(hessian, slopes, rtol=1e-6, atol=1e-6)


def test_objectives_leave_out_jacobians_and_the_prior() -> None:
    posterior = schools()
    for x in POINTS[:3]:
        without = schools_by_hand(x) - x[1]  # the log-Jacobian of tau = exp(x1)
        assert float(posterior.objective()(x)) == pytest.approx(without, rel=1e-13)
        likelihood = st.norm(x[2:], SIGMA).logpdf(Y).sum()
        found = float(posterior.objective(prior=False)(x))
        assert found == pytest.approx(likelihood, rel=1e-13)


def test_what_it_says_of_itself() -> None:
    posterior = schools()
    assert posterior.dimension == 10
    assert posterior.sites == ["mu", "tau", "theta"]
    assert posterior.names == ("mu", "tau", "theta", "shrinkage")
    assert posterior.deterministics == {"shrinkage"}
    assert (
        posterior.dims["theta"] == posterior.dims["shrinkage"] == posterior.dims["y"] == ("school",)
    )
    assert posterior.coords == {"school": list("ABCDEFGH")}
    np.testing.assert_array_equal(posterior.observed["y"], Y)
    assert list(posterior.constant_data) == ["sigma"]
    assert repr(posterior) == "Posterior(eight_schools, dimension=10)"
    assert posterior.native.address != 0


def test_constrain_and_unconstrain() -> None:
    posterior = schools()
    values = posterior.constrain(POINTS)
    assert list(values) == list(posterior.names)
    np.testing.assert_allclose(values["tau"], np.exp(POINTS[:, 1]), rtol=1e-15)
    np.testing.assert_array_equal(values["theta"], POINTS[:, 2:])
    tau = values["tau"][:, None]
    np.testing.assert_allclose(values["shrinkage"], tau**2 / (tau**2 + SIGMA**2), rtol=1e-14)
    back = [posterior.unconstrain({n: v[i] for n, v in values.items()}) for i in range(20)]
    np.testing.assert_allclose(back, POINTS, rtol=1e-14, atol=1e-15)


def test_pointwise_log_likelihood() -> None:
    got = schools().log_likelihood(POINTS)
    assert list(got) == ["y"]
    np.testing.assert_allclose(got["y"], st.norm(POINTS[:, 2:], SIGMA).logpdf(Y), rtol=1e-13)


def test_an_index_into_groups() -> None:
    county = np.array([0, 2, 1, 1, 0])
    floor, y = np.array([0.0, 1, 0, 1, 1]), np.array([0.3, -1.0, 2.0, 0.5, 0.1])
    posterior = ppl.Posterior(radon, county, floor, y=y)
    x = np.linspace(-1.0, 1.2, 7)
    mu, tau, a, b, sigma = x[0], math.exp(x[1]), x[2:5], x[5], math.exp(x[6])
    want = (
        st.norm(0, 10).logpdf(mu)
        + st.halfnorm(0, 1).logpdf(tau)
        + x[1]
        + st.norm(mu, tau).logpdf(a).sum()
        + st.norm(0, 1).logpdf(b)
        + st.expon().logpdf(sigma)
        + x[6]
        + st.norm(a[county] + b * floor, sigma).logpdf(y).sum()
    )
    assert posterior.logdensity(x) == pytest.approx(want, rel=1e-13)


def test_bounds_may_depend_on_parameters() -> None:
    def model() -> None:
        top = ppl.sample("top", ppl.Exponential(0.5))
        ppl.sample("x", ppl.Uniform(-1.0, top))
        ppl.factor("bonus", np.array([0.25, 0.5]))

    posterior = ppl.Posterior(model)
    u = np.array([0.4, -0.3])
    top = math.exp(0.4)
    p = 1 / (1 + math.exp(0.3))
    want = st.expon(0, 2).logpdf(top) + 0.4 - math.log(top + 1) + 0.75
    want += math.log((top + 1) * p * (1 - p))
    assert posterior.logdensity(u) == pytest.approx(want, rel=1e-13)
    x = posterior.constrain(u[None])["x"][0]
    assert x == pytest.approx(-1 + (top + 1) * p, rel=1e-14)
    np.testing.assert_allclose(posterior.unconstrain({"top": top, "x": x}), u, rtol=1e-12)


def test_bounded_observations_outside_a_moving_bound() -> None:
    def model(y: Any) -> None:
        top = ppl.sample("top", ppl.Exponential(1))
        with ppl.plate("i", 2):
            ppl.sample("y", ppl.Uniform(0, top), obs=y)

    posterior = ppl.Posterior(model, [0.5, 3.0])
    assert posterior.logdensity([math.log(4.0)]) == pytest.approx(
        -4 - 2 * math.log(4) + math.log(4)
    )
    assert posterior.logdensity([math.log(2.0)]) == -math.inf
    said = posterior.diagnose([math.log(2.0)])
    assert "The log density is -inf in site 'y'" in said
    assert "the value must be in the interval [0, 2], got 3.0 at index (1,)" in said


def test_python_branches() -> None:
    def model() -> None:
        x = ppl.sample("x", ppl.Normal(0, 1))
        ppl.factor("f", -x if x > 0 else 3 * x)

    posterior = ppl.Posterior(model)
    for x in (-1.0, 2.0, -0.5):
        want = st.norm.logpdf(x) + (-x if x > 0 else 3 * x)
        assert posterior.logdensity([x]) == pytest.approx(want, rel=1e-14)


def test_plates_over_a_latent_vector_have_its_length() -> None:
    def model() -> None:
        with ppl.plate("i", 3):
            z = ppl.sample("z", ppl.Normal(0, 1))
        with ppl.plate("j", z):
            ppl.sample("w", ppl.Normal(z, 2))

    x = np.array([0.1, 0.2, -0.4, 1.0, 2.0, 0.0])
    want = st.norm(0, 1).logpdf(x[:3]).sum() + st.norm(x[:3], 2).logpdf(x[3:]).sum()
    assert ppl.Posterior(model).logdensity(x) == pytest.approx(want, rel=1e-14)


def test_nested_plates_and_matrices() -> None:
    y = np.arange(6.0).reshape(2, 3)

    def model(y: Any) -> None:
        with ppl.plate("row", 2):
            a = ppl.sample("a", ppl.Normal(0, 1))
        with ppl.plate("column", 3):
            b = ppl.sample("b", ppl.Normal(0, 1))
        with ppl.plate("row", 2), ppl.plate("column", 3):
            c = ppl.sample("c", ppl.Normal(a[:, None], 1))
            ppl.sample("y", ppl.Normal(c + b, 1), obs=y)

    posterior = ppl.Posterior(model, y)
    x = np.linspace(-1, 1, 11)
    a, b, c = x[:2], x[2:5], x[5:].reshape(2, 3)
    want = (
        st.norm().logpdf(x[:5]).sum()
        + st.norm(a[:, None], 1).logpdf(c).sum()
        + st.norm(c + b, 1).logpdf(y).sum()
    )
    assert posterior.logdensity(x) == pytest.approx(want, rel=1e-14)
    values = posterior.constrain(x[None])
    np.testing.assert_array_equal(values["c"][0], c)
    assert posterior.dims["c"] == ("row", "column")


def test_sites_must_not_depend_on_parameters() -> None:
    def model() -> None:
        x = ppl.sample("x", ppl.Normal(0, 1))
        if x > 0:
            ppl.sample("z", ppl.Normal(0, 1))

    posterior = ppl.Posterior(model)
    with pytest.raises(ppl.ModelError, match=r"the sites must be the same .* got 'z' of shape"):
        posterior.logdensity([1.0])


# ---- data ------------------------------------------------------------------------------------


def test_data_are_copies() -> None:
    y = Y.copy()
    posterior = ppl.Posterior(eight_schools, SIGMA, y=y)
    before = posterior.logdensity(POINTS[0])
    y += 100
    assert posterior.logdensity(POINTS[0]) == before
    np.testing.assert_array_equal(posterior.observed["y"], Y)


def test_with_data() -> None:
    posterior = schools()
    other = posterior.with_data(y=Y + 1)
    direct = ppl.Posterior(eight_schools, SIGMA, y=Y + 1)
    assert other.logdensity(POINTS[0]) == direct.logdensity(POINTS[0])
    assert other.coords == posterior.coords
    assert posterior.with_data(SIGMA, Y).fingerprint == posterior.fingerprint
    assert other.fingerprint != posterior.fingerprint
    with pytest.raises(TypeError, match="arguments must fit"):
        posterior.with_data(z=1)


def test_the_fingerprint_sees_all_data() -> None:
    def model(design: Any, options: Any, y: Any) -> None:
        b = ppl.sample("b", ppl.Normal(0, options["scale"]))
        ppl.sample("y", ppl.Normal(design @ (b * np.ones(3)), options["noise"][0]), obs=y)

    matrix = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
    other = matrix.copy()
    other[1, 1] = 4.0
    y = np.array([0.5, -1.0])

    def fingerprint(design: Any = matrix, scale: Any = 2.0, noise: Any = 1.0, data: Any = y) -> str:
        options = {"scale": scale, "noise": [noise]}
        sparse = scipy.sparse.csr_array(design)
        return ppl.Posterior(model, sparse, options, data).fingerprint

    said = [
        fingerprint(),
        fingerprint(other),  # the same places, another entry
        fingerprint(matrix[:, ::-1]),
        fingerprint(scale=3.0),
        fingerprint(scale=np.array(3.5)),
        fingerprint(noise=1.5),
        fingerprint(data=y + 1.0),
    ]
    assert len(set(said)) == len(said)
    assert fingerprint(matrix.copy(), data=y.copy()) == said[0]


def test_the_fingerprint_sees_constants_of_the_model() -> None:
    def model(scale: float) -> Any:
        return lambda: ppl.sample("x", ppl.Normal(0.0, scale)) and None

    one, other = (ppl.Posterior(model(scale)).fingerprint for scale in (2.0, 3.0))
    assert one != other


def test_passes_can_be_switched_off() -> None:
    def model(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 10))
        with ppl.plate("row", len(y)):
            ppl.sample("y", ppl.Normal(mu, 1.5), obs=y)

    y = np.random.default_rng(0).normal(size=1000)
    usual = ppl.Posterior(model, y)
    kept = [
        ppl.Posterior(model, y, strict=True),
        ppl.Posterior(model, y, without=["sufficient-statistics"]),
        ppl.Posterior(model, y[:10], without=["sufficient-statistics"]).with_data(y),
        ppl.Posterior(model, y[:10], strict=True).with_data(y=y),
        ppl.Posterior(model, y).with_data(strict=True),
    ]

    def rows(posterior: ppl.Posterior) -> int:
        return max(part.size for part in ad.explain(posterior).loops)

    assert rows(usual) < 100
    for posterior in kept:
        assert rows(posterior) == 1000
        value, gradient = posterior.logdensity_and_gradient([0.3])
        want, want_gradient = usual.logdensity_and_gradient([0.3])
        assert value == pytest.approx(want, rel=1e-12)
        np.testing.assert_allclose(gradient, want_gradient, rtol=1e-10)
    with pytest.raises(ValueError, match=r"must name passes, got 'speed'"):
        ppl.Posterior(model, y, without=["speed"])


def test_with_data_of_another_size_and_star_arguments() -> None:
    def model(*columns: Any, y: Any, **options: Any) -> None:
        b = ppl.sample("b", ppl.Normal(0, options["scale"]))
        with ppl.plate("row", len(y)):
            ppl.sample("y", ppl.Normal(b * sum(columns), 1), obs=y)

    posterior = ppl.Posterior(model, np.ones(3), np.ones(3), y=np.zeros(3), scale=2.0)
    other = posterior.with_data(np.ones(2), y=np.zeros(2), scale=2.0)
    want = st.norm(0, 2).logpdf(0.5) + st.norm(0.5, 1).logpdf(0.0) * 2
    assert other.logdensity([0.5]) == pytest.approx(want, rel=1e-14)
    assert posterior.with_data(y=np.ones(3)).logdensity([0.5]) == pytest.approx(
        st.norm(0, 2).logpdf(0.5) + st.norm(1.0, 1).logpdf(1.0) * 3, rel=1e-14
    )


# ---- mistakes --------------------------------------------------------------------------------


def coin(y: Any = None) -> None:
    p = ppl.sample("p", ppl.Beta(1, 1))
    with ppl.plate("toss", 3):
        ppl.sample("y", ppl.Bernoulli(probs=p), obs=y)


def no_sites() -> None:
    pass


def only_data() -> None:
    ppl.sample("y", ppl.Normal(0, 1), obs=1.0)


def discrete_latent() -> None:
    ppl.sample("k", ppl.Poisson(3))


def math_function() -> None:
    ppl.sample("s", ppl.Normal(math.exp(ppl.sample("x", ppl.Normal(0, 1))), 1))


def observed_expression() -> None:
    x = ppl.sample("x", ppl.Normal(0, 1))
    ppl.sample("y", ppl.Normal(0, 1), obs=2 * x)


MISTAKES: list[tuple[Callable[..., None], tuple[Any, ...], type[Exception], int, str]] = [
    (coin, (), ValueError, 3, "coin: obs must be data when a posterior is made, got None, in site"),
    (coin, (), ValueError, 3, "Pass y=.... A site that is to be a parameter has no obs."),
    (coin, ([1, 0],), ValueError, 3, "shape (3,), got (2,) in argument 'y', in site 'y'"),
    (coin, ([1, 0, np.nan],), ValueError, 3, "got nan at index (2,) in argument 'y', in site 'y'"),
    (coin, ([1, 0, 2],), ValueError, 3, "Bernoulli: obs must be 0 or 1, got 2 at index (2,)"),
    (discrete_latent, (), ValueError, 1, "Poisson: a site without data must be continuous here"),
    (math_function, (), TypeError, 1, "float()"),
    (observed_expression, (), TypeError, 2, "must be data, got a value that depends on parameters"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "args", "error", "offset", "message"), MISTAKES)
def test_mistakes(
    model: Callable[..., None],
    args: tuple[Any, ...],
    error: type[Exception],
    offset: int,
    message: str,
) -> None:
    with pytest.raises(error) as caught:
        ppl.Posterior(model, *args)
    assert message in str(caught.value)
    line = inspect.getsourcelines(model)[1] + offset
    assert f"test_posterior.py:{line})" in str(caught.value)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ppl.Posterior(no_sites), ValueError, "no_sites: a model must have a parameter"),
        (lambda: ppl.Posterior(only_data), ValueError, "only_data: a model must have a parameter"),
        (
            lambda: ppl.Posterior(3),  # type: ignore[arg-type] # the mistake
            TypeError,
            "the model must be a function, got 3",
        ),
        (lambda: ppl.Posterior(eight_schools), TypeError, "missing a required argument: 'sigma'"),
        (
            lambda: ppl.Posterior(coin, [1, 0, 1], coords={"tos": [1]}),
            ValueError,
            "coords must name axes of the model, which are ['toss'], got 'tos'",
        ),
        (
            lambda: ppl.Posterior(coin, [1, 0, 1], coords={"toss": [1]}),
            ValueError,
            "coords of 'toss' must have 3 labels, got 1",
        ),
        (lambda: schools().logdensity([1.0]), ValueError, "must have shape (10,), got (1,)"),
        (
            lambda: schools().constrain(np.zeros(10)),
            ValueError,
            "must have shape (n, 10), got (10,)",
        ),
        (lambda: schools().unconstrain({"mu": 1}), ValueError, "got none for ['tau', 'theta']"),
        (
            lambda: schools().unconstrain({"mu": 1, "tau": -1, "theta": Y}),
            ValueError,
            "the value of 'tau' must be inside the support of HalfCauchy, got -1",
        ),
        (
            lambda: schools().unconstrain({"mu": 1, "tau": 1, "theta": 1}),
            ValueError,
            "the value of 'theta' must have shape (8,), got ()",
        ),
    ],
)
def test_mistakes_at_the_call(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)) as caught:
        make()
    assert "test_posterior.py:" in str(caught.value)


def test_diagnosis_names_the_site_and_the_reason() -> None:
    posterior = schools()
    assert posterior.diagnose(POINTS[0]).startswith("The log density is finite at every site.")
    x = np.zeros(10)
    x[1] = -800
    said = posterior.diagnose(x)
    assert "in site 'theta' (" in said
    assert "Normal: scale must be positive, got 0.0" in said
    with pytest.raises(ValueError, match="must have shape"):
        posterior.diagnose([1.0])

    def model() -> None:
        a = ppl.sample("a", ppl.Normal(0, 1))
        ppl.factor("f", np.log(a))

    said = ppl.Posterior(model).diagnose([-1.0])
    assert "The log density is nan in site 'f'" in said
    assert "the factor is nan" in said


def test_trouble_that_depends_on_parameters_is_a_density() -> None:
    def model() -> None:
        a = ppl.sample("a", ppl.Normal(0, 1))
        ppl.sample("b", ppl.Normal(0, a))

    posterior = ppl.Posterior(model)  # scale 0 where it is first run
    assert math.isfinite(posterior.logdensity([1.0, 0.5]))
    assert not math.isfinite(posterior.logdensity([-1.0, 0.5]))


def test_a_model_may_assign_to_what_it_was_given() -> None:
    """A site's value, a parameter and a recorded value are what they were at that statement."""

    def model(y: Any = None) -> None:
        with ppl.plate("group", 3):
            theta = ppl.sample("theta", ppl.Normal(0.0, 1.0))
        ppl.deterministic("before", theta)
        theta *= 2.0
        theta[0] = 5.0
        ppl.deterministic("after", theta)
        means = np.zeros(2, like=theta)
        for i in range(2):
            means[:] = theta[i + 1]
            ppl.sample(f"y{i}", ppl.Normal(means, 1.0), obs=y)

    y = np.array([1.0, -0.5])
    posterior = ppl.Posterior(model, y=y)
    x = np.array([0.1, 0.2, 0.3])
    want = st.norm.logpdf(x).sum() + st.norm.logpdf(y, 0.4).sum() + st.norm.logpdf(y, 0.6).sum()
    assert abs(posterior.logdensity(x) - want) < 1e-13 * abs(want)
    drawn = posterior.constrain(x[None])
    assert drawn["before"][0].tolist() == x.tolist()
    assert drawn["after"][0].tolist() == [5.0, 0.4, 0.6]
