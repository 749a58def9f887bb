"""Sums over data collapse at binding: the same density, at a cost that does not grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
from ad.compiled import Paths

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(7)
GAMMALN = ad.special.gammaln


def loops(f: Callable[[Any], Any], dimension: int) -> list[int]:
    """Sizes of the arrays the compiled density reads."""
    code = Paths(f, np.full(dimension, 0.3), True).paths[0].code
    return sorted(int(np.size(slot.array)) for slot in code.slots)


def normal(y: Any) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        z = (y - x[0]) / np.exp(x[1])
        return np.sum(-0.5 * z**2 - x[1])

    return f


def regression(design: Any, y: Any) -> Callable[[Any], Any]:
    k = design.shape[1]

    def f(x: Any) -> Any:
        z = (y - (x[k] + design @ x[:k])) / np.exp(x[k + 1])
        return -0.5 * np.sum(z * z) - y.size * x[k + 1]

    return f


def weighted(y: Any, sigma: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(-0.5 * np.square((y - x[0] - x[1] * sigma) / sigma))


def poisson(y: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(y * x[0] - np.exp(x[0]) - GAMMALN(y + 1.0))


def bernoulli(y: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(y * x[0] - ad.special.log1p_exp(x[0]))


def gamma(y: Any) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        a, b = np.exp(x[0]), np.exp(x[1])
        return np.sum((a - 1.0) * np.log(y) - b * y + a * np.log(b) - GAMMALN(a))

    return f


def cases(n: int) -> dict[str, tuple[Callable[[Any], Any], int]]:
    y, sigma = RNG.normal(3.0, 2.0, n), RNG.uniform(0.5, 2.0, n)
    return {
        "normal": (normal(y), 2),
        "regression": (regression(RNG.normal(size=(n, 3)), y), 5),
        "weighted": (weighted(y, sigma), 2),
        "poisson": (poisson(RNG.poisson(3.0, n).astype(float)), 1),
        "bernoulli": (bernoulli((RNG.random(n) < 0.3) * 1.0), 1),
        "gamma": (gamma(RNG.gamma(2.0, 1.0, n)), 2),
    }


@pytest.mark.parametrize("name", list(cases(64)))
@pytest.mark.parametrize("n", [64, 1000])
def test_the_density_is_the_same(name: str, n: int) -> None:
    f, dimension = cases(n)[name]
    collapsed, plain = ad.density(f, dimension), ad.density(f, dimension, strict=True)
    for scale in (0.0, 0.5, 3.0):
        x = scale * RNG.normal(size=dimension)
        got, slope = collapsed.logdensity_and_gradient(x)
        want, expected = plain.logdensity_and_gradient(x)
        assert got == pytest.approx(want, rel=1e-12)
        assert np.max(np.abs(slope - expected)) <= 1e-11 * max(1.0, np.max(np.abs(expected)))


@pytest.mark.parametrize("name", list(cases(64)))
def test_nothing_of_the_size_of_the_data_is_read(name: str) -> None:
    small, large = (loops(*cases(n)[name]) for n in (500, 5000))
    assert small == large
    assert max(small, default=0) < 500


@pytest.mark.parametrize("name", list(cases(64)))
def test_strict_mode_leaves_the_sum_as_written(name: str) -> None:
    f, dimension = cases(500)[name]
    code = Paths(f, np.full(dimension, 0.3), True, strict=True).paths[0].code
    assert any(np.size(slot.array) >= 500 for slot in code.slots)


@pytest.mark.parametrize("values", ["zeros", "ones", "repeated", "normal"])
def test_the_data_do_not_decide_the_code(values: str) -> None:
    y = {
        "zeros": np.zeros(200),
        "ones": np.ones(200),
        "repeated": np.repeat([1.0, 2.0], 100),
        "normal": RNG.normal(size=200),
    }[values]
    reference = ad.density(normal(RNG.normal(size=200)), 2)
    assert ad.density(normal(y), 2).fingerprint == reference.fingerprint


def test_a_mean_far_from_zero_keeps_its_digits() -> None:
    y = 1e6 + RNG.normal(size=300)
    x = np.array([1e6 + 0.1, 0.2])
    got, slope = ad.density(normal(y), 2).logdensity_and_gradient(x)
    z = (y - x[0]) / np.exp(x[1])
    assert got == pytest.approx(float(np.sum(-0.5 * z**2 - x[1])), rel=1e-9)
    assert slope[0] == pytest.approx(float(np.sum(z) / np.exp(x[1])), rel=1e-7)


def test_nan_and_infinite_data_raise_nothing() -> None:
    y = RNG.normal(size=100)
    y[3] = np.nan
    assert np.isnan(ad.density(normal(y), 2).logdensity(np.zeros(2)))
    y[3] = np.inf
    assert not np.isfinite(ad.density(normal(y), 2).logdensity(np.zeros(2)))


def test_wide_designs_stay_as_they_are() -> None:
    # Six columns of ten rows: R c would cost more than the rows.
    design, y = RNG.normal(size=(10, 6)), RNG.normal(size=10)
    assert 60 in loops(regression(design, y), 8)


def test_a_wrong_statistic_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    right: Any = np.linalg.qr
    monkeypatch.setattr(np.linalg, "qr", lambda a, mode: right(a, mode=mode) * (1.0 + 1e-9))
    with pytest.raises(AssertionError):
        test_the_density_is_the_same("normal", 64)
