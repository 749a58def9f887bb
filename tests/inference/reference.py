"""One transition of NUTS and of WALNUTS in plain NumPy, on the same random numbers as the kernels.

Written apart from the kernel's way: every leaf is kept, and blocks are cut out of the list.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from inference import random

Array = NDArray[np.float64]
LogDensity = Callable[[Array], tuple[float, Array]]


@dataclass
class State:
    x: Array
    p: Array
    g: Array
    lp: float
    energy: float


@dataclass
class Outcome:
    x: Array
    lp: float
    energy: float
    depth: int
    steps: int
    acceptance: float
    diverging: bool


def turns(a: State, b: State, sign: float) -> bool:
    path = sign * (b.x - a.x)
    return bool(path @ a.p <= 0 or path @ b.p <= 0)


def pairs(block: list[State]) -> Iterator[tuple[State, State]]:
    half = len(block) // 2
    yield block[0], block[-1]
    if half > 1:
        yield block[0], block[half]
        yield block[half - 1], block[-1]


class Transition:
    def __init__(  # noqa: PLR0917  # as in the formulas
        self, density: LogDensity, variance: Array, step: float, seed: int, chain: int, turn: int
    ) -> None:
        self.density, self.variance, self.step = density, variance, step
        stream = random.uniform(20000, seed, chain, random.TRANSITIONS, turn)
        n = len(variance)
        self.z = special.ndtri(stream[:n])
        self.uniform = iter(stream[-(-n // 8) * 8 :])
        self.steps = 0
        self.accepted: list[float] = []
        self.diverging = False

    def energy(self, p: Array, lp: float) -> float:
        return float(0.5 * p @ (self.variance * p) - lp)

    def leaf(self, s: State, step: float) -> State | None:
        return self.leapfrog(s, step)

    def leapfrog(self, s: State, step: float) -> State:
        self.steps += 1
        p = s.p + 0.5 * step * s.g
        x = s.x + step * self.variance * p
        lp, g = self.density(x)
        p = p + 0.5 * step * g
        return State(x, p, g, lp, self.energy(p, lp))

    def extend(
        self, start: State, depth: int, sign: float, initial: float
    ) -> tuple[list[State], State, float] | None:
        leaves: list[State] = []
        chosen, weight, state = start, 0.0, start
        for k in range(1, 2**depth + 1):
            following = self.leaf(state, sign * self.step)
            if following is None:
                self.accepted.append(0.0)
                return None
            state = following
            gain = initial - state.energy
            if not gain >= -1000:
                self.diverging = True
                self.accepted.append(0.0)
                return None
            leaves.append(state)
            self.accepted.append(min(1.0, float(np.exp(gain))))
            weight += float(np.exp(gain))
            if k == 1 or next(self.uniform) * weight < np.exp(gain):
                chosen = state
            size = 2
            while k % size == 0:
                if any(turns(a, b, sign) for a, b in pairs(leaves[k - size : k])):
                    return None
                size *= 2
        return leaves, chosen, weight

    def run(self, x: Array, max_depth: int) -> Outcome:
        lp, g = self.density(x)
        p = self.z / np.sqrt(self.variance)
        tree = [State(x, p, g, lp, self.energy(p, lp))]
        chosen, weight, initial, depth = tree[0], 1.0, tree[0].energy, 0
        while depth < max_depth:
            sign = 1.0 if next(self.uniform) < 0.5 else -1.0
            if sign < 0:
                tree.reverse()
            grown = self.extend(tree[-1], depth, sign, initial)
            if grown is None:
                break
            leaves, candidate, added = grown
            depth += 1
            if next(self.uniform) * weight < added:
                chosen = candidate
            weight += added
            tree = tree + leaves
            if any(turns(a, b, sign) for a, b in pairs(tree)):
                break
            if sign < 0:
                tree.reverse()
        return Outcome(
            chosen.x,
            chosen.lp,
            chosen.energy,
            depth,
            self.steps,
            sum(self.accepted) / len(self.accepted),
            self.diverging,
        )


class Walnuts(Transition):
    """Leaves are macro steps (Bou-Rabee et al. 2025): all energies first, then the decisions."""

    tolerance = 0.5
    halvings = 10

    def passes(self, s: State, step: float, level: int) -> State | None:
        state, energies = s, [s.energy]
        for _ in range(2**level):
            state = self.leapfrog(state, step / 2**level)
            energies.append(state.energy)
            if not max(energies) - min(energies) <= self.tolerance:
                return None
        return state

    def leaf(self, s: State, step: float) -> State | None:
        for level in range(self.halvings + 1):
            end = self.passes(s, step, level)
            if end is not None:
                back = range(level - 1, -1, -1)
                if any(self.passes(end, -step, coarser) is not None for coarser in back):
                    return None
                return end
        self.diverging = True
        return None
