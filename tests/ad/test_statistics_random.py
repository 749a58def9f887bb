"""Random sums over data, as likelihoods are: with and without the laws on sums."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad

J = 4
DIMENSION = 4 + 2 * J
Rng = np.random.Generator


class Data:
    """Columns of every kind, tables of groups, conditions and a design."""

    def __init__(self, rng: Rng) -> None:
        n = int(rng.choice([40, 97, 300]))
        self.size = n
        self.columns = [
            rng.normal(size=n),
            np.abs(rng.normal(size=n)) + 0.1,
            rng.integers(0, 4, n),
            rng.integers(0, 2, n).astype(float),
            rng.normal(size=n) * (rng.random(n) < 0.5),
            rng.integers(-2, 3, n),
        ]
        self.groups = [rng.integers(0, J, n), rng.integers(0, J, n)]
        self.conditions = [self.columns[2] == 0, self.columns[0] > 0, self.columns[4] == 0]
        self.design = rng.normal(size=(n, 2))


class Program:
    """A pool of values, to which each step adds one made of others."""

    def __init__(self, rng: Rng, data: Data, x: Any) -> None:
        self.rng, self.data, self.x = rng, data, x
        self.numbers = [x[0], x[1], x[2], np.exp(x[3])]
        self.levels = [x[4 : 4 + J], np.exp(0.3 * x[4 + J :])]
        self.pool: list[Any] = []

    def number(self) -> Any:
        return self.numbers[self.rng.integers(4)]

    def leaf(self) -> Any:
        rng, data = self.rng, self.data
        kind = rng.integers(8)
        if kind < 2:
            return data.columns[rng.integers(len(data.columns))]
        if kind < 4:
            return self.number()
        if kind < 6:
            table = data.groups[rng.integers(2) if rng.random() < 0.2 else 0]
            return self.levels[rng.integers(2)][table]
        return data.design @ self.x[:2] if kind == 6 else float(rng.normal())

    def value(self) -> Any:
        if self.pool and self.rng.random() < 0.7:
            return self.pool[self.rng.integers(len(self.pool))]
        return self.leaf()

    def step(self) -> None:
        a, b, data = self.value(), self.value(), self.data
        condition = data.conditions[self.rng.integers(3)]
        steps: list[Callable[[], Any]] = [
            *(lambda: a + b, lambda: a + b, lambda: a - b, lambda: a - b),
            *(lambda: a * b, lambda: a * b, lambda: a / (self.number() ** 2 + 0.5)),
            *(lambda: np.square(a), lambda: abs(a), lambda: np.where(condition, a, b)),
            lambda: np.where(self.number() > 0.1, a, b),
            lambda: ad.special.xlogy(data.columns[2], np.exp(self.number()) * data.columns[1]) - a,
            lambda: np.exp(np.tanh(a)),
            lambda: np.log(np.abs(a) + 1e-3),
        ]
        with np.errstate(all="ignore"):
            self.pool.append(steps[self.rng.integers(len(steps))]())


def build(seed: int) -> Callable[[Any], Any]:
    data = Data(np.random.default_rng(seed))

    def function(x: Any) -> Any:
        rng = np.random.default_rng(seed + 1)
        program = Program(rng, data, x)
        for _ in range(int(rng.integers(4, 14))):
            program.step()
        return np.sum(program.pool[-1] + np.zeros(data.size)) + 1e-3 * np.sum(x * x)

    return function


@pytest.mark.parametrize("seed", range(24))
def test_laws_on_sums_keep_the_value_and_the_gradient(seed: int) -> None:
    function, rng = build(seed), np.random.default_rng(seed + 99)
    start = 0.5 * rng.normal(size=DIMENSION) + 0.05
    collapsed = ad.density(function, DIMENSION, start)
    plain = ad.density(function, DIMENSION, start, strict=True)
    for x in (start, rng.normal(size=DIMENSION), 3.0 * rng.normal(size=DIMENSION)):
        got, slope = collapsed.logdensity_and_gradient(x)
        want, expected = plain.logdensity_and_gradient(x)
        assert np.isfinite(want)
        scale = max(1.0, abs(want), float(np.max(np.abs(expected))))
        assert abs(got - want) <= 1e-10 * scale
        assert abs(got - float(function(x))) <= 1e-10 * scale
        assert np.max(np.abs(slope - expected)) <= 1e-9 * scale


def test_most_of_them_meet_a_law() -> None:
    changed = 0
    for seed in range(8):
        function = build(seed)
        codes = {ad.density(function, DIMENSION, strict=s).fingerprint for s in (False, True)}
        changed += len(codes) - 1
    assert changed >= 6
