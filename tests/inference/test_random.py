"""Random numbers: published vectors, and the kernel's against NumPy's arrays."""

import numpy as np
import pytest
from scipy import special, stats

from inference import random
from inference.chain import Chain
from inference.kernels import layout, normal
from inference.paths import Paths
from inference.settings import Settings
from tests.inference import densities

# Random123's known-answer tests for philox4x32, 10 rounds: counter, key, result.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000",
     "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
     "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
     "d16cfe09 94fdcceb 5001e420 24126ea1"),
]  # fmt: skip


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_published_numbers(counter: str, key: str, expected: str) -> None:
    k0, k1 = words(key)
    assert random.philox(words(counter), (k0, k1)).tolist() == words(expected)


@pytest.mark.parametrize("n", [1, 7, 33, 1000])  # as vectors, and what is left over
@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_kernel_draws_the_same_momenta_as_numpy(seed: int, n: int) -> None:
    # One tiny step from the mode: the draw is within 1e-9 of the momentum's direction.
    step = 1e-6
    density = densities.standard(n)
    chain = Chain(density, Settings(3, 0, seed, 0.8, 1), 2)
    assert chain.try_start(np.zeros(n), Paths(density))
    chain._words[layout.SEARCH] = 0
    chain._reals[layout.STEP_SIZE] = step
    chain.run(1, Paths(density))
    z = special.ndtri(random.uniform(n, seed, 2, random.TRANSITIONS, 0))
    moved = np.abs(chain.draws[0]) / step
    if moved.any():  # the one leaf was chosen
        np.testing.assert_allclose(moved, np.abs(z), rtol=1e-6)
    energy = chain.statistics[0, layout.STATISTICS.index("energy")]
    np.testing.assert_allclose(energy, 0.5 * z @ z, rtol=1e-9)


def test_quantiles_agree_with_scipy() -> None:
    p = np.concatenate([np.logspace(-300, -1, 400), np.linspace(0.001, 0.999, 999)])
    expected = special.ndtri(p)
    np.testing.assert_allclose(normal.quantile(p), expected, rtol=2e-15, atol=1e-15)
    assert normal.quantile(0.5) == 0.0


def test_uniform_numbers_look_uniform_and_streams_differ() -> None:
    u = random.uniform(200_000, 7, 0, random.TRANSITIONS)
    assert u.min() > 0
    assert u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    others = [
        random.uniform(200_000, 8, 0, random.TRANSITIONS),
        random.uniform(200_000, 7, 1, random.TRANSITIONS),
        random.uniform(200_000, 7, 0, random.INITIAL_POINTS),
        random.uniform(200_000, 7, 0, random.TRANSITIONS, turn=1),
    ]
    for other in others:
        assert abs(np.corrcoef(u, other)[0, 1]) < 5 / np.sqrt(len(u))
    assert (random.uniform(5, 7, 0, 0) == u[:5]).all()
