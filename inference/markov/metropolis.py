"""Random-walk Metropolis whose proposals learn their shape in warmup."""

from dataclasses import dataclass

import numpy as np

from inference.markov.kernel import Array, Kernel, LogDensity, State

DECAY = 0.66  # of the adaptation's weight with time, in (1/2, 1] (Vihola 2012, eq. 3)


@dataclass(frozen=True)
class _Shape:
    factor: Array  # lower triangular; proposals are factor @ normal
    steps: int


def random_walk(scale: float = 1.0) -> Kernel:
    """Random-walk Metropolis, robustly adaptive in warmup.

    Parameters
    ----------
    scale : float
        Standard deviation of the first proposals, in each coordinate.

    Returns
    -------
    Kernel

    References
    ----------
    M. Vihola (2012), Robust adaptive Metropolis algorithm with coerced acceptance rate, Statistics
    and Computing 22, 997-1008.

    Examples
    --------
    >>> import inference
    >>> kernel = inference.markov.random_walk()
    >>> fit = inference.sample(kernel, lambda x: -0.5 * x @ x, dimension=2, seed=1)
    >>> bool(abs(fit["x"].mean()) < 0.2)
    True
    """

    def init(x: Array, logdensity: LogDensity, rng: np.random.Generator) -> State:
        del rng
        return State(x, logdensity(x), _Shape(scale * np.eye(len(x)), 0))

    def step(
        state: State, logdensity: LogDensity, rng: np.random.Generator, adapting: bool
    ) -> tuple[State, dict[str, float]]:
        shape: _Shape = state.memory
        direction = rng.standard_normal(len(state.position))
        proposal = state.position + shape.factor @ direction
        value = logdensity(proposal)
        accept = float(np.exp(min(0.0, value - state.logdensity)))
        if adapting:
            shape = _adapted(shape, direction, accept)
        if rng.random() < accept:
            return State(proposal, value, shape), {"acceptance_rate": accept}
        return State(state.position, state.logdensity, shape), {"acceptance_rate": accept}

    return Kernel(init, step)


def _adapted(shape: _Shape, direction: Array, accept: float) -> _Shape:
    """Stretch the proposals along the last direction if it was accepted too often (eq. 1)."""
    dimension = len(direction)
    target = 0.44 if dimension == 1 else 0.234  # Roberts, Gelman and Gilks (1997)
    steps = shape.steps + 1
    weight = min(1.0, dimension * steps**-DECAY) * (accept - target)
    unit = direction / np.linalg.norm(direction)
    inner = np.eye(dimension) + weight * np.outer(unit, unit)
    return _Shape(np.linalg.cholesky(shape.factor @ inner @ shape.factor.T), steps)
