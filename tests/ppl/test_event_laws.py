"""Laws of vectors, matrices and series, derived from their tables: the same tests for each."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl.transforms import transform_for

from . import cases_multivariate, cases_series
from .scores import distance, largest_mean

if TYPE_CHECKING:
    from .event_case import EventCase, Parameters

CASES = (*cases_multivariate.CASES, *cases_series.CASES)
ROWS = [
    pytest.param(case, parameters, id=f"{case.title}-{index}")
    for case in CASES
    for index, parameters in enumerate(case.parameters)
]
FIRST = [pytest.param(case, case.parameters[0], id=case.title) for case in CASES]
SMALL = [pytest.param(case, id=case.title) for case in CASES if case.small is not None]
COUNTS = [pytest.param(c, id=c.title) for c in CASES if c(**c.parameters[0]).discrete]
CONTINUOUS = [
    pytest.param(case, case.parameters[0], id=case.title)
    for case in CASES
    if not case(**case.parameters[0]).discrete
]


class Flat:
    """Parameters, and perhaps a value, as one vector of their free elements."""

    def __init__(self, case: EventCase, values: Parameters) -> None:
        self.case, self.values = case, values
        self.places = {name: self._places(name, value) for name, value in values.items()}
        self.start = np.concatenate(
            [np.asarray(values[name], float)[place].ravel() for name, place in self.places.items()]
        )

    def _places(self, name: str, value: Any) -> Any:
        if name in (*self.case.symmetric, *self.case.lower):
            return np.tril_indices(np.shape(value)[-1])
        return (...,) if np.ndim(value) else ()

    def traced(self, x: Any) -> Parameters:
        result, at = {}, 0
        for name, place in self.places.items():
            shape = np.shape(self.values[name])
            size = np.asarray(self.values[name], float)[place].size
            part = x[at : at + size]
            at += size
            if name in (*self.case.symmetric, *self.case.lower):
                table = np.zeros(shape, int)
                table[place] = np.arange(1, size + 1)
                if name in self.case.symmetric:
                    table = np.maximum(table, table.T)
                result[name] = np.concatenate([np.zeros(1), part])[table]
            else:
                result[name] = part.reshape(shape) if shape else part[0]
        return result

    def exact(self, numbers: list[Any]) -> Parameters:
        index = np.array([*range(1, self.start.size + 1)], float)
        result: Parameters = {}
        for name, places in self.traced(index).items():
            array = np.asarray(places)
            full = [mp.mpf(0), *numbers]
            chosen = np.vectorize(lambda i: full[int(i)], otypes=[object])(array)  # noqa: B023
            if array.ndim == 2:
                result[name] = mp.matrix(chosen.tolist())
            else:
                result[name] = chosen.tolist() if array.ndim else chosen[()]
        return result


def exact(case: EventCase, value: Any, parameters: Parameters) -> Any:
    flat = Flat(case, {**parameters, "value": value})
    with mp.workdps(60):
        given = flat.exact([mp.mpf(v) for v in flat.start])
        return case.logpdf(given.pop("value"), **given)


def values(case: EventCase, parameters: Parameters, count: int = 4) -> Any:
    return np.asarray(case(**parameters).sample(np.random.default_rng(11), count), dtype=float)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_log_prob_is_the_textbook_density(case: EventCase, parameters: Parameters) -> None:
    law = case(**parameters)
    draws = values(case, parameters)
    if case.title == "MultivariateNormal":
        draws = np.concatenate([draws, draws[:1] + 40.0])
    got = law.log_prob(draws)
    for value, mine in zip(draws, got, strict=True):
        want = float(exact(case, value, parameters))
        # Factors of ill-conditioned matrices carry n eps of their condition number.
        loss = condition(case, {**parameters, "value": value})
        terms = 8 * 2.0**-52 * case.largest(**parameters)
        assert mine == pytest.approx(want, rel=1e-12 + 4 * loss, abs=1e-12 + terms)


def condition(case: EventCase, parameters: Parameters) -> float:
    """Rounding unit times the condition number of the worst matrix of which a factor is taken."""
    numbers = [np.linalg.cond(np.asarray(parameters[k])) for k in case.symmetric if k in parameters]
    return 2.0**-52 * max(numbers, default=0.0)


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_gradients(case: EventCase, parameters: Parameters) -> None:
    given = dict(parameters)
    law = case(**parameters)
    value = values(case, parameters, 1)[0]
    if not law.discrete:
        given["value"] = value
    flat = Flat(case, given)

    def density(x: Any) -> Any:
        traced = flat.traced(x)
        at = traced.pop("value", value)
        return case(**traced).log_prob_inside(at)

    def reference(numbers: list[Any]) -> Any:
        exactly = flat.exact(numbers)
        at = exactly.pop("value", None)
        if at is None:
            at = [mp.mpf(v) for v in value]
        return case.logpdf(at, **exactly)

    got = ad.grad(density)(flat.start)
    loss = condition(case, given)
    with mp.workdps(60):
        numbers = [mp.mpf(v) for v in flat.start]
        for i in range(flat.start.size):
            h = mp.mpf(10) ** -20 * (abs(numbers[i]) or 1)
            ends = [[*numbers[:i], numbers[i] + s * h, *numbers[i + 1 :]] for s in (1, -1)]
            want = float((reference(ends[0]) - reference(ends[1])) / (2 * h))
            scale = max(1.0, float(np.max(np.abs(got))))
            assert got[i] == pytest.approx(want, rel=1e-10, abs=scale * (1e-11 + 100 * loss)), i


@pytest.mark.parametrize(("case", "parameters"), ROWS)
def test_native_code_agrees(case: EventCase, parameters: Parameters) -> None:
    draws = values(case, parameters)
    flat = Flat(case, dict(parameters))

    def density(x: Any) -> Any:
        return np.sum(case(**flat.traced(x)).log_prob(draws) * np.cos(np.arange(len(draws))))

    value, slope = ad.value_and_grad(density)(flat.start)
    native, gradient = ad.density(density, flat.start.size).logdensity_and_gradient(flat.start)
    assert native == pytest.approx(float(value), rel=1e-11)
    np.testing.assert_allclose(gradient, slope, rtol=1e-8, atol=1e-9 * np.max(np.abs(slope)))


@pytest.mark.parametrize(("case", "parameters"), CONTINUOUS)
def test_a_latent_site(case: EventCase, parameters: Parameters) -> None:
    law = case(**parameters)
    transform = transform_for(law.support)
    shape = transform.unconstrained_shape(law.event_shape)

    def model() -> None:
        ppl.sample("x", case(**parameters))

    posterior = ppl.Posterior(model)
    assert posterior.dimension == math.prod(shape)
    x = np.random.default_rng(3).uniform(-0.5, 0.5, posterior.dimension)

    def density(v: Any) -> Any:
        u = v.reshape(shape)
        return law.log_prob_inside(transform.forward(u)) + transform.log_jacobian(u)

    value, slope = ad.value_and_grad(density)(x)
    native, gradient = posterior.logdensity_and_gradient(x)
    assert native == pytest.approx(float(value), rel=1e-11)
    np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-10 * np.max(np.abs(slope)))
    assert law.support.check(posterior.constrain(x[None])["x"][0]) is None


def score(case: EventCase, parameters: Parameters, draws: Any, shift: float = 0.0) -> float:
    """Largest mean of the score of the draws in standard errors: 0 under the density's own law.

    `shift` moves the point at which it is taken; positive definite matrices are scaled.
    """
    free = {name: value for name, value in parameters.items() if name != "total_count"}
    rest = {name: value for name, value in parameters.items() if name == "total_count"}
    flat = Flat(case, free)
    start = flat.start * (1.0 + shift)

    event = draws.shape[1:]

    def slope(draw: Any) -> Any:
        def density(x: Any) -> Any:
            return case(**flat.traced(x), **rest).log_prob_inside(draw.reshape(event))

        return ad.grad(density)(start)

    return largest_mean(slope, draws)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_draws_follow_the_density(case: EventCase, parameters: Parameters) -> None:
    draws = np.asarray(case(**parameters).sample(np.random.default_rng(5), 10_000), float)
    assert case(**parameters).support.check(draws) is None
    assert score(case, parameters, draws) < 4.5
    # Negative control: 30% off, the same score is far from 0.
    assert score(case, parameters, draws, 0.3) > 4.5


@pytest.mark.slow
@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_a_million_draws_follow_the_density(case: EventCase, parameters: Parameters) -> None:
    draws = np.asarray(case(**parameters).sample(np.random.default_rng(5), 1_000_000), float)
    assert case(**parameters).support.check(draws) is None
    assert score(case, parameters, draws) < 4.5


def marginals_agree(case: EventCase, parameters: Parameters, count: int) -> None:
    draws = np.asarray(case(**parameters).sample(np.random.default_rng(6), count), float)
    for function, cdf in case.marginals:
        assert distance(function(draws), cdf) < 2.23  # exceeded with probability 1e-4


MARGINALS = [
    pytest.param(case, case.parameters[0], id=case.title) for case in CASES if case.marginals
]


@pytest.mark.parametrize(("case", "parameters"), MARGINALS)
def test_marginals(case: EventCase, parameters: Parameters) -> None:
    marginals_agree(case, parameters, 10_000)


@pytest.mark.slow
@pytest.mark.parametrize(("case", "parameters"), MARGINALS)
def test_marginals_of_a_million(case: EventCase, parameters: Parameters) -> None:
    marginals_agree(case, parameters, 1_000_000)


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_moments(case: EventCase, parameters: Parameters) -> None:
    law = case(**parameters)
    draws = np.asarray(law.sample(np.random.default_rng(8), 20_000), float)
    centred = draws - draws.mean(axis=0)
    found: dict[str, tuple[Any, Any]] = {
        "mean": (draws, draws.mean(axis=0)),
        "variance": (centred**2, draws.var(axis=0)),
    }
    event = law.event_shape
    flat = centred.reshape(len(draws), -1)
    products = (flat[:, :, None] * flat[:, None, :]).reshape(-1, *event, *event)
    found["covariance"] = (products, products.mean(axis=0))
    logs = -np.asarray(law.log_prob(draws[:500]))
    found["entropy"] = (logs, logs.mean())
    for name, (sample, estimate) in found.items():
        if name in case.missing:
            with pytest.raises(NotImplementedError, match=f"{name} is not available"):
                _ = law.entropy() if name == "entropy" else getattr(law, name)
            continue
        value = law.entropy() if name == "entropy" else getattr(law, name)
        errors = sample.std(axis=0) / math.sqrt(len(sample))
        assert np.all(np.abs(value - estimate) <= 4.5 * errors + 1e-12), name


@pytest.mark.parametrize("case", SMALL)
def test_mass_is_one(case: EventCase) -> None:
    assert case.small is not None
    options = case.options if case.small_options is None else case.small_options
    law = case.law(**options, **case.small)
    transform = transform_for(law.support)
    shape = transform.unconstrained_shape(law.event_shape)
    size = math.prod(shape)
    assert size <= 2
    # The trapezoidal rule after x = sinh(t): tails of every kind vanish doubly exponentially.
    t = np.arange(-6.5, 6.5, 0.05 if size == 1 else 0.1)
    grid = np.array(list(itertools.product(t, repeat=size)))
    x = np.sinh(grid).reshape((-1, *shape))
    with np.errstate(all="ignore"):
        logs = law.log_prob_inside(transform.forward(x)) + transform.log_jacobian(x)
    weights = np.where(np.isfinite(logs), np.exp(logs), 0.0) * np.prod(np.cosh(grid), axis=-1)
    assert float(np.sum(weights)) * (t[1] - t[0]) ** size == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("case", COUNTS)
def test_mass_of_counts(case: EventCase) -> None:
    parameters = dict(case.parameters[0])
    if "total_count" in parameters:
        parameters["total_count"] = 5.0
    law = case(**parameters)
    total = int(parameters.get("total_count", 1))
    every = [v for v in itertools.product(range(total + 1), repeat=3) if sum(v) == total]
    assert np.exp(law.log_prob(np.array(every, float))).sum() == pytest.approx(1.0, rel=1e-12)
    assert law.log_prob(np.full(3, total, float)) == -math.inf


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_wrong_parameters_are_named(case: EventCase, parameters: Parameters) -> None:
    for name, (value, words) in case.wrong.items():
        given = dict(parameters)
        groups = {p.group for p in case.law.parameters.values()} - {None}  # type: ignore[attr-defined] # a law
        declared = case.law.parameters  # type: ignore[attr-defined] # a law
        if declared[name].group in groups:
            given = {k: v for k, v in given.items() if declared[k].group != declared[name].group}
        with pytest.raises(ppl.ParameterError, match=f"{case.title}: {name} must be .*{words}"):
            case(**{**given, name: value})


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_shapes_broadcast(case: EventCase, parameters: Parameters) -> None:
    law = case(**parameters)
    grown = {
        name: np.broadcast_to(value, ((3, 1) if i == 0 else (4,)) + np.shape(value))
        for i, (name, value) in enumerate(parameters.items())
    }
    batched = case(**grown)
    batch = (3, 4) if len(grown) > 1 else (3, 1)
    assert batched.batch_shape == batch
    assert batched.event_shape == law.event_shape
    draws = batched.sample(np.random.default_rng(1), (2,))
    assert draws.shape == (2, *batch, *law.event_shape)
    logs = batched.log_prob(draws)
    assert logs.shape == (2, *batch)
    np.testing.assert_allclose(logs, law.log_prob(draws), rtol=1e-12)
    for name in {"mean", "variance", "covariance"} - {*case.missing}:
        events = 2 if name == "covariance" else 1
        assert np.shape(getattr(batched, name)) == batch + events * law.event_shape
        np.testing.assert_allclose(getattr(batched, name)[1, 0], getattr(law, name), rtol=1e-12)
    if "entropy" not in case.missing:
        assert np.shape(batched.entropy()) == batch


@pytest.mark.parametrize(("case", "parameters"), FIRST)
def test_values_of_wrong_shape(case: EventCase, parameters: Parameters) -> None:
    law = case(**parameters)
    shape = (*law.event_shape[:-1], law.event_shape[-1] + 1)
    with pytest.raises(ppl.ShapeError, match=f"{case.title}.log_prob: the value's last axes must"):
        law.log_prob(np.zeros(shape))
    unknown = np.full(law.event_shape, math.nan)
    assert math.isnan(law.log_prob(unknown))


def test_sizes_that_do_not_fit() -> None:
    with pytest.raises(ppl.ShapeError, match=r"got shapes loc \(2,\), covariance_matrix \(3, 3\)"):
        ppl.MultivariateNormal([0.0, 1.0], covariance_matrix=np.eye(3))
    with pytest.raises(ppl.ShapeError, match="scale_tril must have 2 or more axes"):
        ppl.MultivariateNormal(0.0, scale_tril=2.0)
    with pytest.raises(TypeError, match="exactly one of covariance_matrix, precision_matrix"):
        ppl.MultivariateNormal(0.0)
    with pytest.raises(TypeError, match="LKJCholesky: dimension must be"):
        ppl.LKJCholesky(concentration=2.0)
    with pytest.raises(TypeError, match="LKJ: dimension must be an integer"):
        ppl.LKJ(2.5)
    with pytest.raises(TypeError, match="LKJCholesky: at most 1 arguments must be positional"):
        ppl.LKJCholesky(3, 2.0)
    with pytest.raises(ValueError, match="dimension must be at least 1, got 0"):
        ppl.LKJ(0)
    with pytest.raises(ValueError, match="event_shape must be one or two sizes"):
        ppl.ZeroSumNormal(1.0, event_shape=(2, 3, 4))


def test_zero_sum_matrices() -> None:
    law = ppl.ZeroSumNormal(2.0, event_shape=(3, 4))
    draws = law.sample(np.random.default_rng(2), 20_000)
    assert law.support.check(draws) is None
    np.testing.assert_allclose(draws.var(axis=0), law.variance, rtol=0.06)
    flat = ppl.transforms.ZeroSumMatrix().inverse(draws)
    want = np.sum(ppl.Normal(0.0, 2.0).log_prob(flat), axis=(-2, -1))
    np.testing.assert_allclose(law.log_prob(draws), want, rtol=1e-12)


def test_log_prob_of_plain_and_scalar_loc() -> None:
    law = ppl.MultivariateNormal(1.5, covariance_matrix=np.eye(3))
    same = ppl.MultivariateNormal(np.full(3, 1.5), covariance_matrix=np.eye(3))
    x = np.random.default_rng(1).normal(size=(5, 3))
    np.testing.assert_array_equal(law.log_prob(x), same.log_prob(x))
    assert law.mean.shape == (3,)
    assert "covariance_matrix=" in repr(law)


def test_events_in_plates() -> None:
    y = np.random.default_rng(1).normal(size=(5, 3))

    def model(y: Any = None) -> None:
        factor = ppl.sample("factor", ppl.LKJCholesky(3, concentration=2.0))
        scale = ppl.sample("scale", ppl.ImproperUniform(ppl.constraints.positive, event_shape=3))
        with ppl.plate("row", 5):
            mean = ppl.sample("mean", ppl.MultivariateNormal(0.0, scale_tril=np.eye(3)))
            weights = ppl.sample("weights", ppl.Dirichlet([1.0, 2.0]))
            ppl.deterministic("first", weights[:, 0])
            ppl.sample("y", ppl.MultivariateNormal(mean, scale_tril=scale[:, None] * factor), obs=y)

    posterior = ppl.Posterior(model, y)
    assert posterior.dimension == 3 + 3 + 15 + 5
    x = np.random.default_rng(2).uniform(-1, 1, posterior.dimension)
    values = {name: value[0] for name, value in posterior.constrain(x[None]).items()}
    assert values["mean"].shape == (5, 3)
    assert values["weights"].shape == (5, 2)
    lower, scale = values["factor"], values["scale"]
    maps = ppl.transforms
    want = float(ppl.LKJCholesky(3, concentration=2.0).log_prob(lower))
    want += float(maps.CorrelationCholesky().log_jacobian(x[:3])) + float(x[3:6].sum())
    want += float(np.sum(ppl.Normal().log_prob(values["mean"])))
    want += float(np.sum(ppl.Dirichlet([1.0, 2.0]).log_prob(values["weights"])))
    want += float(np.sum(maps.StickBreaking().log_jacobian(x[21:].reshape(5, 1))))
    for mean, row in zip(values["mean"], y, strict=True):
        law = ppl.MultivariateNormal(mean, scale_tril=scale[:, None] * lower)
        want += float(law.log_prob(row))
    assert posterior.logdensity(x) == pytest.approx(want, rel=1e-12)
    assert posterior.log_likelihood(x[None])["y"].shape == (1, 5)


def test_prior_draws_of_events() -> None:
    def model() -> None:
        factor = ppl.sample("factor", ppl.LKJCholesky(2, concentration=1.0))
        with ppl.plate("row", 4):
            ppl.sample("x", ppl.MultivariateNormal(0.0, scale_tril=factor))

    draws = ppl.simulate(model, draws=6, seed=1)
    assert draws["factor"].shape == (6, 2, 2)
    assert draws["x"].shape == (6, 4, 2)
