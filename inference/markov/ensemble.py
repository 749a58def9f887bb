"""An ensemble of walkers that move along lines through each other."""

import numpy as np

from inference import arguments
from inference.errors import InferenceValueError
from inference.markov.kernel import Array, Kernel, LogDensity, State

TRIES = 1000


def stretch(walkers: int, a: float = 2.0) -> Kernel:
    """Affine-invariant ensemble of walkers, by the stretch move.

    A chain is an ensemble; its fit has one row of draws for each walker. Walkers of one ensemble
    are not independent, so R-hat compares less than it seems to: run several ensembles.

    Parameters
    ----------
    walkers : int
        Even, and more than the dimension; several times as many are usual.
    a : float
        Largest factor by which a distance is stretched, above 1.

    Returns
    -------
    Kernel

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For numbers outside these limits.

    References
    ----------
    J. Goodman and J. Weare (2010), Ensemble samplers with affine invariance, Communications in
    Applied Mathematics and Computational Science 5, 65-80, eq. 9; in halves, as D. Foreman-Mackey,
    D. W. Hogg, D. Lang and J. Goodman (2013), emcee: The MCMC Hammer, PASP 125, 306.
    """
    who = "inference.markov.stretch"
    count = arguments.integer(who, "walkers", walkers, 2)
    if count % 2:
        raise InferenceValueError(f"{who}: walkers must be even, got {walkers}.")
    if arguments.positive(who, "a", a) <= 1.0:
        raise InferenceValueError(f"{who}: a must be above 1, got {a!r}.")

    def init(x: Array, logdensity: LogDensity, rng: np.random.Generator) -> State:
        if count <= len(x):
            raise InferenceValueError(
                f"{who}: walkers must be more than the dimension, {len(x)}, got {count}: the "
                "ensemble could never leave the plane it starts in."
            )
        points = [x]
        for _ in range(TRIES * count):
            if len(points) == count:
                break
            point = x + 0.5 * rng.standard_normal(len(x))
            if logdensity(point) > -np.inf:
                points.append(point)
        else:
            raise InferenceValueError(
                f"{who}: the log density must be finite around the starting point, got none in "
                f"{TRIES * count} points nearby."
            )
        position = np.stack(points)
        return State(position, np.array([logdensity(point) for point in position]))

    def step(
        state: State, logdensity: LogDensity, rng: np.random.Generator, adapting: bool
    ) -> tuple[State, dict[str, float]]:
        del adapting
        position, values = state.position.copy(), state.logdensity.copy()
        dimension, half, accepted = position.shape[1], count // 2, 0
        for moving, still in (
            (slice(0, half), slice(half, count)),
            (slice(half, count), slice(0, half)),
        ):
            partners = position[still][rng.integers(half, size=half)]
            # The density of the factor z is proportional to 1 / sqrt(z) on [1 / a, a].
            z = (1.0 + (a - 1.0) * rng.random(half)) ** 2 / a
            proposals = partners + z[:, None] * (position[moving] - partners)
            new = np.array([logdensity(point) for point in proposals])
            log_accept = (dimension - 1.0) * np.log(z) + new - values[moving]
            take = np.log(rng.random(half)) < log_accept
            position[moving][take] = proposals[take]
            values[moving][take] = new[take]
            accepted += int(take.sum())
        return State(position, values), {"acceptance_rate": accepted / count}

    return Kernel(init, step)
