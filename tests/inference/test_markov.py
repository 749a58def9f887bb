"""Kernels without gradients: each leaves its target as it is, and bad input is refused."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import inference
from inference import diagnostics
from inference.markov import Kernel, State
from tests.inference import densities
from tests.inference.markov_kernels import KERNELS

Array = NDArray[np.float64]

MEAN = np.array([1.0, -1.0])
COVARIANCE = np.array([[2.0, 0.9], [0.9, 0.8]])
PRECISION = np.linalg.inv(COVARIANCE)


def density(x: Array) -> float:
    return float(-0.5 * (x - MEAN) @ PRECISION @ (x - MEAN))


def exact_start(chains: int, seed: int) -> Array:
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, size=chains)


def worst_score(kernel: Kernel, draws: int = 4000) -> float:
    fit = inference.sample(kernel, density, dimension=2, seed=3, draws=draws, warmup=500)
    x = fit.unconstrained
    scores = [(x.mean(axis=(0, 1)) - MEAN) / diagnostics.mcse_mean(x)]
    products = np.stack([(x[..., i] - MEAN[i]) * (x[..., j] - MEAN[j]) for i, j in
                         ((0, 0), (0, 1), (1, 1))], axis=-1)  # fmt: skip
    expected = np.array([COVARIANCE[0, 0], COVARIANCE[0, 1], COVARIANCE[1, 1]])
    scores.append((products.mean(axis=(0, 1)) - expected) / diagnostics.mcse_mean(products))
    return float(np.abs(np.concatenate(scores)).max())


@pytest.mark.parametrize("name", KERNELS)
def test_the_target_is_left_as_it_is(name: str) -> None:
    assert worst_score(KERNELS[name]) < 4.5


@pytest.mark.parametrize("name", KERNELS)
def test_the_same_seed_gives_the_same_draws(name: str) -> None:
    arguments: dict[str, Any] = {"dimension": 2, "draws": 20, "warmup": 20}
    runs = [
        inference.sample(KERNELS[name], density, seed=seed, **arguments)["x"] for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_a_kernel_with_a_mistake_is_found() -> None:
    right = KERNELS["random_walk"]

    def step(
        state: State, logdensity: Any, rng: np.random.Generator, adapting: bool
    ) -> tuple[State, dict[str, float]]:
        return right.step(state, lambda x: 0.8 * logdensity(x), rng, adapting)

    assert worst_score(Kernel(right.init, step), 8000) > 4.5


def test_nothing_is_learnt_after_warmup() -> None:
    rng = np.random.default_rng(1)
    for name in ("random_walk", "coordinate_slice"):
        kernel = KERNELS[name]
        state = kernel.init(MEAN, density, rng)
        state, _ = kernel.step(state, density, rng, True)
        memory = state.memory
        for _ in range(5):
            state, _ = kernel.step(state, density, rng, False)
        assert state.memory is memory


def test_each_walker_is_a_chain_of_the_fit() -> None:
    fit = inference.sample(KERNELS["stretch"], density, dimension=2, chains=3, draws=7, seed=1)
    assert fit["x"].shape == (30, 7, 2)
    assert fit.sample_stats["lp"].shape == (30, 7)
    lp = [[density(x) for x in chain] for chain in fit["x"]]
    np.testing.assert_allclose(fit.sample_stats["lp"], lp, rtol=1e-12)
    assert "divergences" not in repr(fit)


def test_a_density_with_its_names() -> None:
    machine = densities.diagonal([2.0], [0.5])
    fit = inference.sample(KERNELS["random_walk"], machine, seed=1, draws=3000)
    assert abs(fit["x"].mean() - 2.0) < 0.1
    assert fit.attributes["algorithm"] == "markov"


def test_nan_is_never_drawn() -> None:
    def half(x: Array) -> float:
        return float(-0.5 * x @ x) if x[0] > 0 else np.nan

    fit = inference.sample(KERNELS["random_walk"], half, dimension=1, seed=1)
    assert (fit["x"] > 0).all()


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"density": 3}, TypeError, "density must have dimension and logdensity, or be a function"),
        ({"dimension": None}, TypeError, "dimension must be given for a plain function"),
        ({"dimension": 0}, ValueError, "dimension must be an integer at least 1"),
        ({"kernel": inference.markov.random_walk}, TypeError, "Call it first"),
        ({"density": lambda _: np.inf}, ValueError, r"below \+inf"),
        ({"density": lambda _: -np.inf}, ValueError, "got none in 100 uniform"),
        ({"kernel": inference.markov.stretch(2)}, ValueError, "walkers must be more than the dim"),
        ({"initial": [0.0]}, ValueError, r"initial must have shape \(2,\)"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], kind: Any, message: str) -> None:
    given = {"kernel": KERNELS["random_walk"], "density": density, "dimension": 2, **arguments}
    with pytest.raises(kind, match=message):
        inference.sample(**given)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: inference.markov.stretch(3), "walkers must be even"),
        (lambda: inference.markov.stretch(4, a=1.0), "a must be above 1"),
        (lambda: inference.markov.elliptical_slice([0.0], np.eye(2)), r"shape \(n, n\)"),
        (lambda: inference.markov.elliptical_slice([0.0], [[-1.0]]), "positive definite"),
    ],
)
def test_bad_kernels(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
