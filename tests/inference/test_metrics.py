"""Metrics from draws and gradients: where they are exact, and where they must be."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import inference
from inference import metrics
from inference.chain import Chain
from inference.paths import Paths
from inference.settings import Settings
from tests.inference import densities
from tests.inference.exactness import z_scores

Array = NDArray[np.float64]


def covariance(n: int, condition: float = 1e4) -> Array:
    q, _ = np.linalg.qr(np.random.default_rng(n).normal(size=(n, n)))
    return np.asarray((q * np.geomspace(1.0, condition, n)) @ q.T)


def normal_draws(matrix: Array, count: int) -> tuple[Array, Array]:
    x = np.random.default_rng(0).multivariate_normal(np.ones(len(matrix)), matrix, size=count)
    return x, -(x - 1.0) @ np.linalg.inv(matrix)


def test_the_geometric_mean_solves_its_equation() -> None:
    a, b = covariance(5), covariance(5)[::-1, ::-1]
    root, spread = metrics.geometric_root(a, b)
    mean = root @ root.T
    np.testing.assert_allclose(mean @ a @ mean, b, rtol=1e-8, atol=1e-8 * b.max())
    np.testing.assert_allclose(
        root.T @ a @ root, np.diag(spread), rtol=1e-8, atol=1e-8 * spread.max()
    )


def test_a_normal_is_known_exactly_once_draws_span_the_space() -> None:
    matrix = covariance(8, 100.0)
    found = metrics.dense(*normal_draws(matrix, 12))
    # Up to the ridge, which is 1e-5 of the whitened scale.
    np.testing.assert_allclose(found.covariance, matrix, rtol=1e-3, atol=1e-3)


def test_a_few_draws_find_the_one_direction_that_needs_it() -> None:
    n = 60
    direction = np.random.default_rng(3).normal(size=n)
    direction /= np.linalg.norm(direction)
    matrix = np.eye(n) + 400.0 * np.outer(direction, direction)
    found = metrics.low_rank(*normal_draws(matrix, 40), most=1)
    assert len(found.vectors) == 1
    whitened = np.linalg.solve(found.covariance, matrix)
    values = np.sort(np.abs(np.linalg.eigvals(whitened)))
    assert values[-1] / values[0] < 40  # 401 before


@pytest.mark.parametrize(("n", "count"), [(5, 12), (30, 200), (100, 40)])
def test_normals_do_not_bend(n: int, count: int) -> None:
    # Whatever the draws are, fewer than dimensions too.
    assert metrics.Fitted.to(*normal_draws(covariance(n, 100.0), count)).bend < 1.0 + 1e-6


def bent_draws(count: int, correlation: float) -> tuple[Array, Array]:
    """Draws of x = (a, b, c, d): a is N(0, 2^2), b | a is N(0, exp(a)); c and d are correlated."""
    z = np.random.default_rng(8).normal(size=(count, 4))
    a, root = 2.0 * z[:, 0], math.sqrt(1.0 - correlation**2)
    x = np.stack([a, np.exp(a / 2) * z[:, 1], z[:, 2], correlation * z[:, 2] + root * z[:, 3]], 1)
    inside = (x[:, 3] - correlation * x[:, 2]) / root**2
    g = [
        -a / 4 + (z[:, 1] ** 2 - 1.0) / 2,
        -x[:, 1] * np.exp(-a),
        -x[:, 2] + correlation * inside,
        -inside,
    ]
    return x, np.stack(g, 1)


def test_a_bend_is_the_variance_that_gradients_do_not_answer_for() -> None:
    # By hand: var(b) = exp(2) and var(db) = E exp(-a) = exp(2), so both are exp(2) after the
    # diagonal, and -cov(b, db) is 1. Heavy tails: an estimate from draws misses some of it.
    x, g = bent_draws(200_000, 0.0)
    assert metrics.Fitted.to(x, g).bend == pytest.approx(math.exp(2), rel=0.3)
    x, g = bent_draws(300, 0.0)
    assert metrics.Fitted.to(x, g).bend > 2.0


def test_corrections_smaller_than_the_bend_are_left_out() -> None:
    # Beyond the diagonal, variances 1 + r and 1 - r.
    assert metrics.by_evidence(*bent_draws(2000, 0.8)) is None
    straight = [part[:, 2:] for part in bent_draws(2000, 0.8)]
    assert metrics.by_evidence(*straight) is not None
    found = metrics.by_evidence(*bent_draws(2000, 0.995))
    assert found is not None
    assert found.condition > 100.0


@pytest.mark.parametrize("kind", ["auto", "dense", "low_rank"])
@pytest.mark.parametrize("count", [12, 40, 300])
def test_windows_of_a_chain_that_has_not_arrived(kind: str, count: int) -> None:
    # Positions and gradients over twenty orders of magnitude, as on the way downhill.
    rng = np.random.default_rng(count)
    sizes = np.geomspace(1e10, 1e-10, count)[:, None]
    x = rng.normal(size=(count, 30)) * sizes
    g = rng.normal(size=(count, 30)) * sizes**2
    found = metrics.estimate(kind, "fisher", x, g)
    if found is not None:
        assert np.isfinite(found.covariance).all()
        assert np.isfinite(found.y_of(x)).all()
        assert (np.diag(found.root) != 0.0).all()
    x[:, 3] = 1.0  # a coordinate that never moved
    found = metrics.estimate(kind, "fisher", x, g)
    assert found is None or np.isfinite(found.covariance).all()


@pytest.mark.parametrize("triangular", [False, True])
def test_maps_and_their_inverses(triangular: bool) -> None:
    made = metrics.low_rank(*normal_draws(covariance(6), 200))
    made = metrics.as_dense(made) if triangular else made
    y = np.random.default_rng(1).normal(size=(5, 6))
    np.testing.assert_allclose(made.y_of(made.x_of(y)), y, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(made.gradient_of_y(made.gradient_of_x(y)), y, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(made.variance, np.diag(made.covariance), rtol=1e-12)
    # Chain rule: d(a . x(y)) / dy = L' a.
    a = np.arange(6.0)
    difference = [(made.x_of(y[0] + e) - made.x_of(y[0] - e)) @ a / 2 for e in np.eye(6)]
    np.testing.assert_allclose(made.gradient_of_y(a), difference, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("dimension", [100, 3000])
def test_maps_chosen_by_evidence_stay_in_the_cache(dimension: int) -> None:
    # Coordinates in pairs, each strongly correlated: as many directions as are allowed pay.
    rng = np.random.default_rng(4)
    x = rng.normal(size=(400, dimension))
    half = dimension // 2
    x[:, half:] = 0.95 * x[:, :half] + math.sqrt(1 - 0.95**2) * x[:, half:]
    pair = np.linalg.inv([[1.0, 0.95], [0.95, 1.0]])
    g = -np.concatenate(
        [x[:, :half] * pair[i, 0] + x[:, half:] * pair[i, 1] for i in range(2)], axis=1
    )
    found = metrics.by_evidence(x, g)
    assert found is not None
    most = metrics.MOST if dimension == 100 else metrics.MOST_NUMBERS // dimension
    assert len(found.vectors) == most


@pytest.mark.parametrize("metric", ["auto", "dense", "low_rank"])
def test_correlated_normals_are_whitened(metric: str) -> None:
    matrix = covariance(10)
    fit = inference.nuts(densities.correlated(matrix), draws=3000, seed=4, metric=metric)
    z = z_scores(fit, np.zeros(10), np.diag(matrix))
    assert np.abs(z).max() < 4.5
    assert fit.sample_stats["n_steps"].mean() < 12  # about 300 with a diagonal metric
    for found in fit.adaptation["covariance"]:
        values = np.linalg.eigvals(np.linalg.solve(found, matrix)).real
        assert values.max() / values.min() < 5.0
    assert fit.warnings() == []
    lp, _ = densities.correlated(matrix).logdensity_and_gradient(fit["x"][0, 5])
    assert fit.sample_stats["lp"][0, 5] == pytest.approx(lp, rel=1e-9)


def test_auto_stays_with_the_diagonal_where_nothing_speaks_against_it() -> None:
    fit = inference.nuts(densities.diagonal([0.0] * 6, [1, 10, 100, 0.1, 1, 1]), seed=2)
    plain = inference.nuts(
        densities.diagonal([0.0] * 6, [1, 10, 100, 0.1, 1, 1]), seed=2, metric="diagonal"
    )
    np.testing.assert_array_equal(fit["x"], plain["x"])
    assert "covariance" not in fit.adaptation


def test_stans_dense_metric() -> None:
    matrix = covariance(5, 100.0)
    fit = inference.nuts(
        densities.correlated(matrix), seed=4, metric="dense", adaptation="stan", draws=2000
    )
    assert np.abs(z_scores(fit, np.zeros(5), np.diag(matrix))).max() < 4.5
    values = np.linalg.eigvals(np.linalg.solve(fit.adaptation["covariance"][0], matrix)).real
    assert values.max() / values.min() < 2.5  # a window of 500 draws


def test_a_guard_missed_behind_a_map_adds_a_path_and_changes_no_draw() -> None:
    guarded = densities.Guarded()
    arguments: dict[str, Any] = {"draws": 300, "warmup": 300, "seed": 21, "metric": "dense"}
    fit = inference.nuts(guarded, **arguments)
    plain = inference.nuts(densities.branch(2, np.inf), **arguments)
    assert 1 < len(guarded.calls) < 60
    np.testing.assert_array_equal(fit["x"], plain["x"])


@pytest.mark.parametrize("stop", [37, 400, 700])
@pytest.mark.parametrize(
    ("metric", "kernel"),
    [("diagonal", "nuts"), ("auto", "nuts"), ("low_rank", "nuts"), ("dense", "walnuts"),
     ("auto", "static")],
)  # fmt: skip
def test_a_chain_goes_on_from_its_state_bit_by_bit(metric: str, kernel: str, stop: int) -> None:
    density = densities.correlated(covariance(5))
    settings = Settings(
        200, 500, 7, metric=metric, kernel=kernel, tolerance=0.5, trajectory_length=1.5, jitter=0.3
    )
    paths = Paths(density)

    def fresh() -> Chain:
        chain = Chain(density, settings, 1)
        assert chain.try_start(np.ones(5), paths)
        return chain

    whole, first, second = fresh(), fresh(), Chain(density, settings, 1)
    whole.run(700, paths)
    first.run(stop, paths)
    saved = first.state()
    assert all(isinstance(array, np.ndarray) for array in saved.values())
    first.run(700, paths)  # must not reach into what was saved
    second.restore(saved)
    second.run(700, paths)
    drawn = max(0, stop - 500)
    np.testing.assert_array_equal(second.draws[drawn:], whole.draws[drawn:])
    np.testing.assert_array_equal(second.statistics[stop:], whole.statistics[stop:])


@pytest.mark.parametrize("metric", ["dense", "low_rank"])
def test_draws_do_not_depend_on_how_transitions_are_batched(metric: str) -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(12, 12))
    density = densities.correlated(root @ root.T + np.eye(12))
    made = []
    for batch in (1, 7, 400):
        chain, paths = Chain(density, Settings(50, 400, 5, metric=metric), 0), Paths(density)
        assert chain.try_start(np.ones(12), paths)
        while not chain.finished:
            chain.run(batch, paths)
        made.append(chain.draws)
    np.testing.assert_array_equal(made[1], made[0])
    np.testing.assert_array_equal(made[2], made[0])
