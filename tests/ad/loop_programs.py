"""Random programs with Python loops: what the roller of loops is tested with.

A program keeps numbers (carried from step to step), lists (of what steps gave) and a sum. Each step
of its loop does a few things drawn from `STEPS` once for the whole program, so a loop repeats its
statements as real ones do. Values stay of the order of 1.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import ad

DIMENSION = 12
Rng = np.random.Generator


def helper(y: Any, location: Any, scale: Any) -> Any:
    """A density as users write it."""
    z = (y - location) / scale
    return -0.5 * z * z - np.log(scale)


class Data(NamedTuple):
    """What a program reads: arrays of `length` entries, and Python's numbers."""

    y: Any
    z: Any
    group: Any  # integers of NumPy's
    picks: list[int]  # integers of Python's
    numbers: list[float]
    rows: Any
    length: int


def data(kind: str, length: int, seed: int = 0) -> Data:
    """Data of one shape: `random`, `zeros`, `ones` or `repeated`."""
    rng = np.random.default_rng(seed)
    y, z = rng.normal(size=length), rng.uniform(0.5, 1.5, length)
    group, rows = rng.integers(0, 4, length), rng.normal(size=(length, 3))
    if kind != "random":
        fill = {"zeros": 0.0, "ones": 1.0, "repeated": 0.7}[kind]
        y, z, rows = (np.full_like(array, fill) for array in (y, z, rows))
        group = np.full_like(group, int(fill))
    picks = [int(i) for i in rng.integers(0, 4, length)]
    numbers = [float(n) for n in rng.normal(size=length)]
    return Data(y, z, group, picks, numbers, rows, length)


class State:
    """What a program carries along."""

    def __init__(self, x: Any) -> None:
        self.x = x
        self.total: Any = 0.0
        self.a: Any = x[0] * 0.3
        self.b: Any = x[1]
        self.past: list[Any] = [x[2], 0.4 * x[3]]
        self.kept: list[Any] = []
        self.sums: dict[int, Any] = {}
        self.vector: Any = np.stack([x[4], x[5], 0.2])
        self.panel: list[Any] = [x[j] * 0.5 for j in range(5)]


Step = Callable[[State, int, Data], None]


def _density(s: State, t: int, d: Data) -> None:
    s.total += helper(d.y[t], s.x[6] + s.x[7] * d.z[t], np.exp(0.3 * s.x[8]))


def _grouped(s: State, t: int, d: Data) -> None:
    s.total = s.total + helper(d.y[t], s.x[d.group[t]], 1.0 + s.x[9] ** 2)


def _picked(s: State, t: int, d: Data) -> None:
    s.total = s.total - np.tanh(s.x[d.picks[t]] * d.numbers[t])


def _recurrence(s: State, t: int, d: Data) -> None:
    s.a = np.tanh(0.5 * s.a + s.x[1] * d.y[t])
    s.total += s.a * d.z[t]


def _coupled(s: State, t: int, d: Data) -> None:
    s.a, s.b = np.tanh(0.6 * s.b + 0.1 * d.y[t]), np.tanh(s.a - 0.3 * s.b * s.x[10])


def _lags(s: State, t: int, d: Data) -> None:
    s.past.append(np.tanh(0.4 * s.past[-1] - 0.3 * s.past[-2] * s.x[3] + d.z[t]))


def _read_past(s: State, _t: int, _d: Data) -> None:
    s.total += s.past[-1] * s.past[-2]


def _keep(s: State, t: int, d: Data) -> None:
    s.kept.append(np.sin(s.x[t % 5] + d.y[t]))


def _keep_state(s: State, _t: int, _d: Data) -> None:
    s.kept.append(s.a * s.b)


def _branch_on_data(s: State, t: int, d: Data) -> None:
    if d.picks[t] > 1:
        s.total += np.exp(-np.square(s.x[2] * d.y[t]))
    else:
        s.total -= np.log(1.0 + np.square(s.x[2] - d.numbers[t]))


def _branch_with_carry(s: State, t: int, d: Data) -> None:
    s.b = 0.5 * s.b + 0.1 if d.picks[t] else np.tanh(s.b * s.x[11])


def _first(s: State, t: int, d: Data) -> None:
    location = s.x[0] if t == 0 else 0.5 * s.x[t % 4] + s.x[0]
    s.total += helper(d.y[t], location, 2.0)


def _middle(s: State, t: int, d: Data) -> None:
    if t == d.length // 2:
        s.a = s.a * 0.5 + s.x[5]


def _branch_on_value(s: State, t: int, d: Data) -> None:
    if s.x[t % 3] * d.z[t] > 0.1:
        s.total += np.square(s.x[1])
    else:
        s.total += np.exp(0.1 * s.x[2])


def _inner(s: State, t: int, d: Data) -> None:
    location = s.x[0]
    for k in range(3):
        location = location + s.x[k] * d.y[max(t - k, 0)]
    s.total += helper(d.y[t], location, 1.5)


def _ragged(s: State, t: int, d: Data) -> None:
    s.total += sum(np.cos(s.x[k] * d.z[t]) for k in range(t % 4))


def _long_sum(s: State, t: int, d: Data) -> None:
    inner = 0.0
    for k in range(9 + t % 2):
        inner = inner + s.x[k] * d.numbers[t]
    s.total += np.tanh(inner)


def _accumulate(s: State, t: int, d: Data) -> None:
    key = d.picks[t]
    s.sums[key] = s.sums.get(key, 0.0) + np.sin(s.x[key] * d.y[t])


def _vector_state(s: State, t: int, d: Data) -> None:
    s.vector = np.tanh(0.5 * s.vector + 0.2 * s.vector[::-1] + d.rows[t] * s.x[:3])
    s.total += np.sum(s.vector)


def _rows(s: State, t: int, d: Data) -> None:
    s.total += d.rows[t] @ s.x[3:6] + np.sum(d.rows[t] * s.x[:3])


def _states(s: State, t: int, d: Data) -> None:
    one, two = s.vector[0], s.vector[1]
    s.vector = np.stack([np.logaddexp(one, two) * 0.3, np.tanh(two + d.y[t]), s.vector[2] * 0.9])


def _use_list(s: State, t: int, _d: Data) -> None:
    if s.kept:
        s.total += 0.1 * s.kept[t % len(s.kept)]


def _scaled(s: State, _t: int, _d: Data) -> None:
    s.b = s.b * 0.7
    s.total *= 0.99


def _random_walk(s: State, t: int, _d: Data) -> None:
    if t:
        s.total += helper(s.kept[-1] if s.kept else s.a, s.past[-1], 1.0)


def _panel(s: State, t: int, d: Data) -> None:
    for j in range(5):
        s.panel[j] = np.tanh(0.5 * s.panel[j] + s.x[j] * d.y[t])
    s.total += s.panel[t % 5]


def _mixing(s: State, t: int, d: Data) -> None:
    s.panel = [
        np.tanh(sum(s.panel[i] * (0.1 * i - 0.2 * j) for i in range(5)) + d.z[t]) for j in range(5)
    ]


def _series(s: State, t: int, d: Data) -> None:
    if t < 6:
        value = s.x[t]
        for i in range(d.length):
            value = np.sin(value + 0.1 * d.y[i])
            s.total += value * d.z[i]


STEPS: tuple[Step, ...] = (
    *(_density, _grouped, _picked, _recurrence, _coupled, _lags, _read_past, _keep, _keep_state),
    *(_branch_on_data, _branch_with_carry, _first, _middle, _branch_on_value, _inner, _ragged),
    *(_long_sum, _accumulate, _vector_state, _rows, _states, _use_list, _scaled, _random_walk),
    *(_panel, _mixing, _series),
)


def build(seed: int, d: Data) -> Callable[[Any], Any]:
    """A program: some steps, in a loop over the data, and what is done with the results."""
    rng = np.random.default_rng(seed)
    chosen = [STEPS[i] for i in rng.choice(len(STEPS), int(rng.integers(1, 6)), replace=False)]
    ending = int(rng.integers(4))

    def program(x: Any) -> Any:
        s = State(x)
        for t in range(d.length):
            for step in chosen:
                step(s, t, d)
        result = s.total + s.a + s.b * s.past[-1] + np.sum(s.vector) + sum(s.panel)
        result = result + sum(s.sums.values())
        if s.kept:
            together = np.stack(s.kept) if ending % 2 else ad.array(s.kept)
            result = result + np.sum(np.square(together)) * 0.1
            if ending > 1:
                for t in range(len(s.kept)):
                    result = result + together[t] * together[-1 - t] * 0.05
        return result

    return program


def point(seed: int) -> Any:
    """Where a program is traced, or evaluated."""
    return np.random.default_rng(seed).normal(size=DIMENSION) * 0.5
