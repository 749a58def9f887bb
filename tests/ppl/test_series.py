"""Series and fields: state spaces, hidden Markov models, differential equations, graphs."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import scipy.stats as st

import ad
import ppl

from .event_case import spd

RNG = np.random.default_rng(21)
N, M, STEPS = 3, 2, 6
SPACE: dict[str, Any] = {
    "transition_matrix": 0.4 * RNG.normal(size=(N, N)),
    "transition_covariance": spd(N, 1),
    "observation_matrix": RNG.normal(size=(M, N)),
    "observation_covariance": spd(M, 2),
    "initial_mean": RNG.normal(size=N),
    "initial_covariance": spd(N, 3),
    "transition_offset": RNG.normal(size=N),
    "observation_offset": RNG.normal(size=M),
}


def dense(space: dict[str, Any], steps: int, moving: tuple[str, ...] = ()) -> tuple[Any, Any]:
    """Mean and covariance matrix of all observations, by unrolling the recursion."""

    def at(name: str, t: int) -> Any:
        return space[name][t] if name in moving else space[name]

    n, means, states = len(space["initial_mean"]), [], []
    mean, rows = space["initial_mean"], [np.linalg.cholesky(space["initial_covariance"])]
    for t in range(steps):
        means.append(at("observation_matrix", t) @ mean + at("observation_offset", t))
        states.append(list(rows))  # x[t] = mean + sum of rows[s] e[s]
        a = at("transition_matrix", t)
        mean = a @ mean + at("transition_offset", t)
        rows = [a @ r for r in rows] + [np.linalg.cholesky(at("transition_covariance", t))]
    m = len(means[0])
    covariance = np.zeros((steps * m, steps * m))
    for s, t in itertools.product(range(steps), repeat=2):
        common = sum(
            (states[s][k] @ states[t][k].T for k in range(min(s, t) + 1)), np.zeros((n, n))
        )
        block = at("observation_matrix", s) @ common @ at("observation_matrix", t).T
        if s == t:
            block = block + at("observation_covariance", t)
        covariance[s * m : (s + 1) * m, t * m : (t + 1) * m] = block
    return np.concatenate(means), covariance


def test_the_filter_is_the_dense_normal_law() -> None:
    law = ppl.LinearGaussianStateSpace(**SPACE, num_steps=STEPS)
    y = law.sample(np.random.default_rng(1), 4)
    assert y.shape == (4, STEPS, M)
    mean, covariance = dense(SPACE, STEPS)
    want = st.multivariate_normal(mean, covariance).logpdf(y.reshape(4, -1))
    np.testing.assert_allclose(law.log_prob(y), want, rtol=1e-12)
    draws = law.sample(np.random.default_rng(2), 20_000).reshape(20_000, -1)
    white = np.linalg.solve(np.linalg.cholesky(covariance), (draws - mean).T)
    assert np.max(np.abs(white.mean(axis=1))) < 4.5 / math.sqrt(20_000)
    assert np.max(np.abs(np.cov(white) - np.eye(STEPS * M))) < 4.5 * math.sqrt(2 / 20_000)


@pytest.mark.parametrize("kind", ["times", "elements", "all of it"])
def test_missing_values_are_integrated_out(kind: str) -> None:
    observed = np.random.default_rng(4).random((STEPS, M)) < 0.6
    if kind == "times":
        observed = observed[:, 0]
    if kind == "all of it":
        observed = np.zeros((STEPS, M), bool)
    full = np.broadcast_to(observed if observed.ndim == 2 else observed[:, None], (STEPS, M))
    law = ppl.LinearGaussianStateSpace(**SPACE, num_steps=STEPS, observed=observed)
    y = ppl.LinearGaussianStateSpace(**SPACE, num_steps=STEPS).sample(np.random.default_rng(3))
    holes = np.where(full, y, 1e9)
    mean, covariance = dense(SPACE, STEPS)
    at = np.flatnonzero(full)
    want = 0.0
    if at.size:
        reference = st.multivariate_normal(mean[at], covariance[np.ix_(at, at)])
        want = reference.logpdf(y.ravel()[at])
    assert float(law.log_prob(holes)) == pytest.approx(want, rel=1e-12, abs=1e-12)


def test_matrices_that_change_along_time() -> None:
    rng = np.random.default_rng(6)
    moving = ("transition_matrix", "observation_matrix", "observation_covariance")
    space = {
        **SPACE,
        "transition_matrix": 0.4 * rng.normal(size=(STEPS, N, N)),
        "observation_matrix": rng.normal(size=(STEPS, M, N)),
        "observation_covariance": np.stack([spd(M, k) for k in range(STEPS)]),
    }
    law = ppl.LinearGaussianStateSpace(**space, num_steps=STEPS, time_varying=moving)
    y = law.sample(np.random.default_rng(1))
    mean, covariance = dense(space, STEPS, moving)
    want = st.multivariate_normal(mean, covariance).logpdf(y.ravel())
    assert float(law.log_prob(y)) == pytest.approx(want, rel=1e-12)
    np.testing.assert_allclose(law.mean.ravel(), mean, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(law.covariance.reshape(covariance.shape), covariance, rtol=1e-11)
    np.testing.assert_allclose(law.variance.ravel(), np.diagonal(covariance), rtol=1e-12)


def test_entropy_of_what_is_observed() -> None:
    observed = np.random.default_rng(4).random((STEPS, M)) < 0.6
    law = ppl.LinearGaussianStateSpace(**SPACE, num_steps=STEPS, observed=observed)
    at = np.flatnonzero(observed)
    covariance = dense(SPACE, STEPS)[1][np.ix_(at, at)]
    want = float(st.multivariate_normal(np.zeros(len(at)), covariance).entropy())
    assert float(law.entropy()) == pytest.approx(want, rel=1e-12)


def test_the_filter_in_native_code() -> None:
    y = ppl.LinearGaussianStateSpace(**SPACE, num_steps=STEPS).sample(np.random.default_rng(3))
    start = np.concatenate([SPACE["transition_matrix"].ravel(), SPACE["initial_mean"], [0.7]])

    def space(x: Any) -> dict[str, Any]:
        a, first = x[:9].reshape((3, 3)), x[9:12]
        noise = x[12] * SPACE["observation_covariance"]
        new = {"transition_matrix": a, "initial_mean": first, "observation_covariance": noise}
        return {**SPACE, **new}

    def density(x: Any) -> Any:
        return ppl.LinearGaussianStateSpace(**space(x), num_steps=STEPS).log_prob(y)

    def by_hand(x: Any) -> float:
        mean, covariance = dense(space(x), STEPS)
        return float(st.multivariate_normal(mean, covariance).logpdf(y.ravel()))

    value, gradient = ad.density(density, 13).logdensity_and_gradient(start)
    assert value == pytest.approx(by_hand(start), rel=1e-12)
    np.testing.assert_allclose(gradient, ad.grad(density)(start), rtol=1e-9, atol=1e-10)
    for i in range(13):
        h = 1e-5 * np.eye(13)[i]
        ends = [by_hand(start + k * h) for k in (-2, -1, 1, 2)]
        slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / 12e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-7, abs=1e-7)


INITIAL = np.array([0.2, 0.5, 0.3])
MOVES = np.array([[0.7, 0.2, 0.1], [0.0, 0.6, 0.4], [0.3, 0.3, 0.4]])


def enumerated(initial: Any, moves: Any, emission: Any) -> float:
    """Sum over all paths; `moves` is one matrix, or one for each step."""
    total, (steps, k) = 0.0, emission.shape
    for path in itertools.product(range(k), repeat=steps):
        p = initial[path[0]] * emission[0, path[0]]
        for t in range(1, steps):
            matrix = moves if moves.ndim == 2 else moves[t - 1]
            p *= matrix[path[t - 1], path[t]] * emission[t, path[t]]
        total += p
    return math.log(total)


def test_the_forward_algorithm_sums_all_paths() -> None:
    emission = np.random.default_rng(2).random((5, 3))
    with np.errstate(divide="ignore"):
        logs = np.log(INITIAL), np.log(MOVES), np.log(emission)  # one move is impossible
    assert float(ppl.hmm_log_prob(*logs)) == pytest.approx(
        enumerated(INITIAL, MOVES, emission), rel=1e-13
    )
    first = emission[:1]
    assert float(ppl.hmm_log_prob(logs[0], logs[1], np.log(first))) == pytest.approx(
        math.log(INITIAL @ first[0]), rel=1e-13
    )
    batch = np.stack([np.log(emission), np.log(emission[::-1])])
    got = ppl.hmm_log_prob(logs[0], logs[1], batch)
    want = [enumerated(INITIAL, MOVES, e) for e in (emission, emission[::-1])]
    np.testing.assert_allclose(got, want, rtol=1e-13)
    many = np.random.default_rng(3).dirichlet(np.ones(3), (4, 3))
    assert float(ppl.hmm_log_prob(logs[0], np.log(many), logs[2])) == pytest.approx(
        enumerated(INITIAL, many, emission), rel=1e-13
    )


def test_long_chains_do_not_underflow() -> None:
    emission = np.full((20_000, 3), -1000.0)
    with np.errstate(divide="ignore"):
        got = ppl.hmm_log_prob(np.log(INITIAL), np.log(MOVES), emission)
    assert float(got) == pytest.approx(-2e7, rel=1e-12)


def test_hidden_states_in_native_code() -> None:
    y = np.array([0.3, -1.2, 0.8, 2.0, 1.1])

    def law(x: Any) -> Any:
        return ppl.DiscreteHMM(
            initial_logits=x[:2],
            transition_logits=x[2:6].reshape((2, 2)),
            observation=ppl.Normal(x[6:8], np.exp(x[8:10])),
            num_steps=5,
        )

    def by_hand(x: Any) -> float:
        soft = np.exp(x[:2]) / np.exp(x[:2]).sum()
        moves = np.exp(x[2:6].reshape(2, 2))
        emission = st.norm(x[6:8], np.exp(x[8:10])).pdf(y[:, None])
        return enumerated(soft, moves / moves.sum(axis=1, keepdims=True), emission)

    start = np.array([0.1, -0.4, 0.5, 0.0, -0.3, 0.6, -1.0, 1.0, 0.1, -0.2])
    density = ad.density(lambda x: law(x).log_prob(y), 10)
    value, gradient = density.logdensity_and_gradient(start)
    assert value == pytest.approx(by_hand(start), rel=1e-13)
    for i in range(10):
        h = 1e-4 * np.eye(10)[i]
        ends = [by_hand(start + k * h) for k in (-2, -1, 1, 2)]
        slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / 12e-4
        assert gradient[i] == pytest.approx(slope, rel=1e-9, abs=1e-9)


def test_draws_of_hidden_states() -> None:
    law = ppl.DiscreteHMM(
        initial_probs=INITIAL, transition_probs=MOVES, observation=ppl.Delta([0, 1, 2]), num_steps=3
    )
    draws = law.sample(np.random.default_rng(1), 20_000).astype(int)
    for path in itertools.product(range(3), repeat=3):
        p = INITIAL[path[0]] * MOVES[path[0], path[1]] * MOVES[path[1], path[2]]
        share = np.mean(np.all(draws == path, axis=1))
        assert abs(share - p) <= 4.5 * math.sqrt(max(p * (1 - p), 1e-9) / 20_000)
        assert float(law.log_prob(np.array(path, float))) == pytest.approx(
            math.log(p) if p else -math.inf
        )


def test_moments_of_hidden_states_by_all_paths() -> None:
    emission, steps = ppl.Gamma(concentration=[2.0, 3.0, 0.5], rate=[1.0, 0.2, 4.0]), 4
    law = ppl.DiscreteHMM(
        initial_probs=INITIAL, transition_probs=MOVES, observation=emission, num_steps=steps
    )
    means, variances = emission.mean, emission.variance
    first, second = np.zeros(steps), np.zeros((steps, steps))
    for path in itertools.product(range(3), repeat=steps):
        p = INITIAL[path[0]] * np.prod([MOVES[a, b] for a, b in itertools.pairwise(path)])
        at = means[list(path)]
        first += p * at
        second += p * (np.outer(at, at) + np.diag(variances[list(path)]))
    covariance = second - np.outer(first, first)
    np.testing.assert_allclose(law.mean, first, rtol=1e-13)
    np.testing.assert_allclose(law.covariance, covariance, rtol=1e-11)
    np.testing.assert_allclose(law.variance, np.diagonal(covariance), rtol=1e-12)


def test_moments_of_series_have_slopes() -> None:
    def space(x: Any) -> Any:
        given = {**SPACE, "transition_matrix": x[:9].reshape((3, 3)), "initial_mean": x[9:]}
        law = ppl.LinearGaussianStateSpace(**given, num_steps=3)
        return np.sum(law.covariance[0] ** 2) + np.sum(law.mean**3) + law.entropy()

    ad.check_grads(space, np.concatenate([SPACE["transition_matrix"].ravel(), np.ones(3)]), order=1)

    def chain(x: Any) -> Any:
        law = ppl.DiscreteHMM(
            initial_logits=x[:2],
            transition_logits=x[2:6].reshape((2, 2)),
            observation=ppl.Normal(x[6:8], np.exp(x[8:10])),
            num_steps=3,
        )
        return np.sum(law.covariance[0] ** 2) + np.sum(law.mean**3)

    ad.check_grads(chain, np.linspace(-1.0, 1.0, 10), order=1)

    def regression(x: Any) -> Any:
        init = ppl.Normal(x[4], x[5])
        law = ppl.AR(x[:2], x[2], constant=x[3], num_steps=5, init=init)
        return np.sum(law.covariance[-1] ** 2) + np.sum(law.mean**3) + np.sum(law.variance)

    ad.check_grads(regression, np.array([0.5, -0.3, 0.7, 0.4, 1.0, 2.0]), order=1)


def test_a_stationary_start_stays_stationary() -> None:
    rho, scale, constant = 0.8, 0.6, 0.5
    mean, variance = constant / (1 - rho), scale**2 / (1 - rho**2)
    law = ppl.AR(
        [rho], scale, constant=constant, num_steps=6, init=ppl.Normal(mean, math.sqrt(variance))
    )
    np.testing.assert_allclose(law.mean, mean, rtol=1e-14)
    lags = np.abs(np.subtract.outer(np.arange(6), np.arange(6)))
    np.testing.assert_allclose(law.covariance, variance * rho**lags, rtol=1e-14)
    np.testing.assert_allclose(law.variance, variance, rtol=1e-14)


def test_a_hidden_markov_model_is_a_site() -> None:
    y = np.random.default_rng(1).normal(size=40)

    def model(y: Any) -> None:
        moves = ppl.ImproperUniform(ppl.constraints.row_stochastic, event_shape=(2, 2))
        m = ppl.sample("m", ppl.ImproperUniform(ppl.constraints.ordered, event_shape=2))
        law = ppl.DiscreteHMM(
            initial_probs=[0.5, 0.5],
            transition_probs=ppl.sample("moves", moves),
            observation=ppl.Normal(m, 1.0),
            num_steps=len(y),
        )
        ppl.sample("y", law, obs=y)

    posterior = ppl.Posterior(model, y)
    x = np.array([0.1, 0.2, -0.3, 0.4])
    value, gradient = posterior.logdensity_and_gradient(x)
    numeric = [
        (posterior.logdensity(x + h) - posterior.logdensity(x - h)) / 2e-6
        for h in 1e-6 * np.eye(posterior.dimension)
    ]
    assert math.isfinite(value)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6)


def test_euler_maruyama() -> None:
    times = np.array([0.0, 0.3, 0.5, 1.0])
    law = ppl.EulerMaruyama(
        times=times,
        drift=lambda x, t: -0.7 * x + t,
        diffusion=lambda x, t: 0.3 + 0.1 * x**2,  # noqa: ARG005 - a function of both
        init=ppl.Normal(0.5, 1.0),
    )
    x = law.sample(np.random.default_rng(1), 3)
    want = st.norm(0.5, 1.0).logpdf(x[:, 0])
    for k, dt in enumerate(np.diff(times)):
        mean = x[:, k] + (-0.7 * x[:, k] + times[k]) * dt
        want = want + st.norm(mean, (0.3 + 0.1 * x[:, k] ** 2) * math.sqrt(dt)).logpdf(x[:, k + 1])
    np.testing.assert_allclose(law.log_prob(x), want, rtol=1e-13)
    # A linear equation with constant noise is an autoregression.
    step = ppl.EulerMaruyama(
        times=[0.0, 0.5, 1.0],
        drift=lambda x, t: -x,  # noqa: ARG005
        diffusion=lambda x, t: 0.4,  # noqa: ARG005
        init=ppl.Normal(0.0, 1.0),
    )
    same = ppl.AR([0.5], 0.4 * math.sqrt(0.5), num_steps=3, init=ppl.Normal(0.0, 1.0))
    draws = step.sample(np.random.default_rng(2), 5)
    np.testing.assert_allclose(step.log_prob(draws), same.log_prob(draws), rtol=1e-13)


def test_euler_maruyama_of_vectors_with_parameters() -> None:
    times = np.linspace(0, 1, 4)

    def law(rate: Any) -> Any:
        return ppl.EulerMaruyama(
            times=times,
            drift=lambda x, t: -rate * x,  # noqa: ARG005
            diffusion=lambda x, t: np.array([0.2, 0.5]),  # noqa: ARG005
            init=ppl.MultivariateNormal(0.0, scale_tril=np.eye(2)),
        )

    x = law(0.5).sample(np.random.default_rng(3))
    assert x.shape == (4, 2)
    want = st.norm().logpdf(x[0]).sum()
    dt = times[1]
    sd = np.array([0.2, 0.5]) * math.sqrt(dt)
    want += st.norm((1 - 0.5 * dt) * x[:-1], sd).logpdf(x[1:]).sum()
    assert float(law(0.5).log_prob(x)) == pytest.approx(want, rel=1e-13)
    value, slope = ad.density(lambda r: law(r[0]).log_prob(x), 1).logdensity_and_gradient([0.5])
    assert value == pytest.approx(want, rel=1e-13)
    exact = (-(x[1:] - x[:-1] + 0.5 * dt * x[:-1]) * dt * x[:-1] / sd**2).sum()
    assert slope[0] == pytest.approx(exact, rel=1e-11)


def test_first_values_have_their_law() -> None:
    start = ppl.Normal(2.0, 3.0)
    law = ppl.GaussianRandomWalk(0.5, 2.0, num_steps=4, init=start)
    x = law.sample(np.random.default_rng(1), 6)
    want = start.log_prob(x[:, 0]) + st.norm(0.5, 2.0).logpdf(np.diff(x)).sum(axis=1)
    np.testing.assert_allclose(law.log_prob(x), want, rtol=1e-13)
    np.testing.assert_allclose(law.mean, [2.0, 2.5, 3.0, 3.5])
    np.testing.assert_allclose(law.variance, [9.0, 13.0, 17.0, 21.0])
    first = ppl.MultivariateNormal([1.0, 2.0], scale_tril=np.eye(2))
    walk = ppl.MultivariateGaussianRandomWalk(
        0.0, scale_tril=2 * np.eye(2), num_steps=3, init=first
    )
    y = walk.sample(np.random.default_rng(1))
    want = first.log_prob(y[0]) + st.norm(0, 2).logpdf(np.diff(y, axis=0)).sum()
    assert float(walk.log_prob(y)) == pytest.approx(float(want), rel=1e-13)
    both = ppl.AR([0.5, 0.1], 1.0, num_steps=4, init=first)
    z = both.sample(np.random.default_rng(1))
    expected = 0.5 * z[1:-1] + 0.1 * z[:-2]
    want = first.log_prob(z[:2]) + st.norm(expected, 1.0).logpdf(z[2:]).sum()
    assert float(both.log_prob(z)) == pytest.approx(float(want), rel=1e-13)


def test_sparse_adjacency() -> None:
    n = 30
    dense_ = np.diag(np.ones(n - 1), 1)
    dense_ = dense_ + dense_.T
    options = {"correlation": 0.8, "conditional_precision": 2.0}
    x = np.random.default_rng(1).normal(size=(4, n))
    for law, given in ((ppl.CAR, options), (ppl.ICAR, {"scale": 0.7})):
        value = x - x.mean(axis=1, keepdims=True) if law is ppl.ICAR else x
        plain = law(**given, adjacency=dense_).log_prob(value)
        for kind in (sp.csr_matrix, sp.coo_array):
            np.testing.assert_array_equal(
                law(**given, adjacency=kind(dense_)).log_prob(value), plain
            )


def test_bym2_scale_is_that_of_the_field() -> None:
    grid = sp.kronsum(*(sp.diags([np.ones(3), np.ones(3)], [-1, 1]) for _ in range(2))).toarray()
    scale = ppl.bym2_scaling_factor(grid)
    variances = ppl.ICAR(1.0, adjacency=grid).variance
    assert scale == pytest.approx(math.exp(0.5 * np.log(variances).mean()), rel=1e-12)
    laplacian = np.diag(grid.sum(axis=1)) - grid
    want = np.diag(np.linalg.pinv(laplacian))
    np.testing.assert_allclose(variances, want, rtol=1e-10)


def test_wrong_arguments() -> None:
    lopsided = [[0, 1], [0, 0]]
    with pytest.raises(ValueError, match="CAR: adjacency must be symmetric and nonnegative"):
        ppl.CAR(0.0, correlation=0.5, conditional_precision=1.0, adjacency=lopsided)
    with pytest.raises(TypeError, match="CAR: adjacency must be a matrix of numbers"):
        ppl.CAR(0.0, correlation=0.5, conditional_precision=1.0, adjacency="x")
    with pytest.raises(ValueError, match="CAR: adjacency must be a square matrix"):
        ppl.CAR(0.0, correlation=0.5, conditional_precision=1.0, adjacency=[[0, 1]])
    with pytest.raises(ValueError, match="each place must have a neighbour"):
        ppl.CAR(0.0, correlation=0.5, conditional_precision=1.0, adjacency=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="ICAR: adjacency must be that of a connected graph"):
        ppl.ICAR(1.0, adjacency=np.zeros((2, 2)))
    with pytest.raises(ppl.ShapeError, match=r"loc \(3,\)"):
        ppl.CAR(np.zeros(3), correlation=0.5, conditional_precision=1.0, adjacency=1 - np.eye(4))
    with pytest.raises(ValueError, match="num_steps must be more than the order 3, got 3"):
        ppl.AR(np.zeros(3), num_steps=3, init=ppl.Normal())
    with pytest.raises(TypeError, match="AR: init must be a distribution, got 3"):
        ppl.AR(np.zeros(1), num_steps=3, init=3.0)
    with pytest.raises(ValueError, match="times must be two or more, increasing"):
        ppl.EulerMaruyama(times=[0.0, 0.0], drift=abs, diffusion=abs, init=ppl.Normal())
    with pytest.raises(TypeError, match="drift must be a function of x and t"):
        ppl.EulerMaruyama(times=[0.0, 1.0], drift=2.0, diffusion=abs, init=ppl.Normal())
    with pytest.raises(ValueError, match="time_varying must be among"):
        ppl.LinearGaussianStateSpace(**SPACE, num_steps=2, time_varying="loc")
    wrong = {**SPACE, "transition_matrix": np.zeros((2, N, N))}
    with pytest.raises(ppl.ShapeError, match="Name it in time_varying"):
        ppl.LinearGaussianStateSpace(**wrong, num_steps=2)
    with pytest.raises(ppl.ShapeError, match=r"observed must have shape \(6,\) or \(6, 2\)"):
        ppl.LinearGaussianStateSpace(**SPACE, num_steps=6, observed=np.ones(5))
    with pytest.raises(ppl.ShapeError, match="observation must be 3 laws of numbers"):
        ppl.DiscreteHMM(
            initial_probs=INITIAL, transition_probs=MOVES, observation=ppl.Normal(), num_steps=3
        )
    with pytest.raises(ppl.ShapeError, match="hmm_log_prob: log_initial"):
        ppl.hmm_log_prob(np.zeros(2), np.zeros((3, 3)), np.zeros((4, 2)))
    with pytest.raises(ppl.ShapeError, match="one matrix for each of the 3 steps"):
        ppl.hmm_log_prob(np.zeros(2), np.zeros((4, 2, 2)), np.zeros((4, 2)))
