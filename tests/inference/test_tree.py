"""The kernel's transition against the plain one, number by number."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.chain import Chain
from inference.kernels import layout
from inference.paths import Paths
from inference.settings import Settings
from tests.inference import densities, reference


def chain_at(  # noqa: PLR0917  # a test reads better without keywords
    density: densities.Machine,
    x: NDArray[np.float64],
    step: float,
    variance: NDArray[np.float64],
    draws: int,
    max_depth: int = 10,
    **more: Any,
) -> Chain:
    chain = Chain(density, Settings(draws, 0, 2**63 + 12345, 0.8, max_depth, **more), 3)
    assert chain.try_start(x, Paths(density))
    chain._words[layout.SEARCH] = 0
    chain._reals[layout.STEP_SIZE] = step
    chain._array(layout.VARIANCE)[: len(x)] = variance
    chain._array(layout.INVERSE_SCALE)[: len(x)] = 1 / np.sqrt(variance)
    return chain


def covariance(n: int) -> NDArray[np.float64]:
    a = np.random.default_rng(n).normal(size=(n, n))
    return a @ a.T + 0.1 * np.eye(n)


@pytest.mark.parametrize("n", [1, 3, 4, 10])
@pytest.mark.parametrize("step", [0.15, 0.6, 1.3])
def test_transitions_are_those_of_the_plain_sampler(n: int, step: float) -> None:
    density = densities.correlated(covariance(n))
    precision = np.linalg.inv(covariance(n))
    variance = np.linspace(0.5, 2.0, n)
    step *= float(1 / np.sqrt(np.linalg.eigvalsh(precision * variance).max()))
    draws = 60
    x = np.linspace(-1, 1, n) if n > 1 else np.array([0.3])
    chain = chain_at(density, x, step, variance, draws)
    chain.run(draws, Paths(density))
    depths = []
    for turn in range(draws):
        plain = reference.Transition(
            lambda x: (float(-0.5 * x @ precision @ x), -precision @ x),
            variance,
            step,
            2**63 + 12345,
            3,
            turn,
        ).run(x, 10)
        row = dict(zip(layout.STATISTICS, chain.statistics[turn], strict=False))
        assert row["tree_depth"] == plain.depth
        assert row["n_steps"] == plain.steps
        assert row["diverging"] == plain.diverging
        np.testing.assert_allclose(chain.draws[turn], plain.x, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(
            [row["lp"], row["energy"], row["acceptance_rate"]],
            [plain.lp, plain.energy, plain.acceptance],
            rtol=1e-9,
            atol=1e-11,
        )
        x = chain.draws[turn]  # so that rounding does not add up
        depths.append(plain.depth)
    assert max(depths) >= (2 if step > 0.5 else 3)


def test_divergences_and_the_deepest_tree_are_those_of_the_plain_sampler() -> None:
    density = densities.standard(3)
    variance = np.ones(3)
    x = np.array([0.1, -0.2, 0.3])
    shallow = chain_at(density, x, 1e-3, variance, 5, max_depth=4)
    shallow.run(5, Paths(density))
    assert (shallow.statistics[:5, 3] == 4).all()
    assert (shallow.statistics[:5, 4] == 15).all()
    wild = chain_at(density, x, 500.0, variance, 20)
    wild.run(20, Paths(density))
    assert (wild.statistics[:20, 5] == 1).all()
    assert (wild.statistics[:20, 4] == 1).all()
    assert (wild.draws == x).all()


def test_slots_suffice_and_come_back() -> None:
    # As many leaves as the deepest tree allowed can have, so every level is pending at once.
    density = densities.standard(2)
    chain = chain_at(density, np.array([0.5, 0.5]), 1e-7, np.ones(2), 3, max_depth=12)
    chain.run(3, Paths(density))
    assert (chain.statistics[:3, 4] == 2**12 - 1).all()
    used = chain._words[layout.FRESH]
    assert used <= layout.slots(12)
    # All but the two ends, the proposals and the current point came back.
    assert used - chain._words[layout.FREE_COUNT] <= 5


def test_one_step_there_and_back_returns() -> None:
    # Time reversibility of the integrator: depth-1 trees with step h, then -h, from the far end.
    density = densities.correlated(covariance(5))
    precision = np.linalg.inv(covariance(5))
    transition = reference.Transition(
        lambda x: (float(-0.5 * x @ precision @ x), -precision @ x), np.ones(5), 0.1, 1, 0, 0
    )
    x, p = np.arange(5.0), transition.z
    start = reference.State(x, p, -precision @ x, 0.0, 0.0)
    back = transition.leapfrog(transition.leapfrog(start, 0.1), -0.1)
    np.testing.assert_allclose(back.x, x, atol=1e-13)
    np.testing.assert_allclose(back.p, p, atol=1e-13)
    assert density.dimension == 5


@pytest.mark.parametrize("gain", [800.0, 5000.0])
def test_going_downhill_by_more_than_a_double_can_weigh(gain: float) -> None:
    # exp(gain) overflows; the draw must still be finite, and follow the slope.
    density = densities.standard(1)
    x = np.array([np.sqrt(2 * gain)])
    chain = chain_at(density, x, 0.3, np.ones(1), 3)
    chain.run(3, Paths(density))
    assert np.isfinite(chain.draws).all()
    assert np.isfinite(chain.statistics[:3, :7]).all()
    assert (np.abs(chain.draws) < abs(x[0])).all()
    assert (chain.statistics[:3, 1] <= 1).all()


def funnel(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    v, rest = x[0], x[1:]
    precision, count = np.exp(-v), len(x) - 1
    value = -0.5 * precision * rest @ rest - v**2 / 18 - 0.5 * count * v
    slope = 0.5 * precision * rest @ rest - v / 9 - 0.5 * count
    return float(value), np.append(slope, -precision * rest)


@pytest.mark.parametrize("step", [0.3, 1.0])
def test_walnuts_makes_the_transitions_of_the_plain_sampler(step: float) -> None:
    # In a funnel: steps of many sizes, some that could not be undone, some that no halving saves.
    n, draws = 4, 150
    density = densities.funnel(n)
    variance = np.array([2.0, 1.0, 0.5, 1.5])
    x = np.array([-1.0, 0.3, -0.2, 0.1])
    settings: dict[str, Any] = {"kernel": "walnuts", "tolerance": 0.5}
    chain = chain_at(density, x, step, variance, draws, max_depth=6, **settings)
    chain.run(draws, Paths(density))
    irreversible = finer = 0
    for turn in range(draws):
        plain = reference.Walnuts(funnel, variance, step, 2**63 + 12345, 3, turn)
        outcome = plain.run(x, 6)
        row = dict(zip(layout.STATISTICS, chain.statistics[turn], strict=False))
        assert row["tree_depth"] == outcome.depth
        assert row["n_steps"] == outcome.steps
        assert row["diverging"] == outcome.diverging
        np.testing.assert_allclose(chain.draws[turn], outcome.x, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(
            [row["lp"], row["energy"], row["acceptance_rate"]],
            [outcome.lp, outcome.energy, outcome.acceptance],
            rtol=1e-7,
            atol=1e-9,
        )
        x = chain.draws[turn]
        finer += outcome.steps > len(plain.accepted)
        irreversible += 0.0 in plain.accepted and not outcome.diverging
    assert finer > 20
    assert irreversible > 5


def test_a_macro_step_can_be_undone() -> None:
    rng = np.random.default_rng(1)
    undone = 0
    for _ in range(200):
        x = rng.normal(size=3) * [3, 1, 1]
        x[1:] *= np.exp(x[0] / 2)
        lp, g = funnel(x)
        plain = reference.Walnuts(funnel, np.ones(3), 0.7, 1, 0, 0)
        p = rng.normal(size=3)
        start = reference.State(x, p, g, lp, plain.energy(p, lp))
        end = plain.leaf(start, 0.7)
        if end is None:
            continue
        back = plain.leaf(end, -0.7)
        assert back is not None
        np.testing.assert_allclose(back.x, x, rtol=1e-6, atol=1e-8)
        undone += 1
    assert undone > 100
