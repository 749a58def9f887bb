"""Where the chains of a run begin."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import arguments, starts
from inference.chain import Chain
from inference.density import Density, diagnosis
from inference.errors import InitialPointError
from inference.evaluation import Evaluator
from inference.paths import Paths


def starts_of(
    who: str, target: Density, initial: Any, chains: int, seed: int
) -> NDArray[np.float64] | None:
    """Given starting points, or those that Pathfinder finds, shape (chains, dimension)."""
    if isinstance(initial, str) and initial == "pathfinder":
        from inference.variational.pathfinder import pathfinder  # noqa: PLC0415 - seldom needed

        found = pathfinder(target, seed=seed, progress=False).unconstrained
        pool = np.unique(found.reshape(-1, target.dimension), axis=0)
        chosen = np.random.default_rng(seed).permutation(len(pool))
        initial = pool[np.resize(chosen, chains)]
    return arguments.starting_points(who, target, initial, chains)


def place(who: str, chain: Chain, paths: Paths, given: NDArray[np.float64] | None) -> None:
    """Put a chain where the density is finite: at a given point, or one of its own."""
    if given is not None:
        if not chain.try_start(given, paths):
            raise InitialPointError(
                f"{who}: initial must have a finite log density and gradient, got a point without, "
                f"for chain {chain.number}. {diagnosis(chain.density, given)}"
            )
        return
    dimension, settings = chain.density.dimension, chain.settings

    def candidate(turn: int) -> NDArray[np.float64]:
        return starts.point(dimension, settings.seed, chain.number, turn)

    def value_at(x: NDArray[np.float64]) -> float:
        return chain.log_density if chain.try_start(x, paths) else -np.inf

    found = starts.search(candidate, value_at)
    if found is not None:
        if settings.warmup > 0 and settings.adaptation == "fisher":
            found = starts.approached(Evaluator(chain.density), found)
        if not np.array_equal(found, chain.position):  # climbed, or a later candidate was tried
            chain.try_start(found, paths)
    elif not _start_by_density(who, chain, paths):
        raise starts.none_found(who, chain.density, candidate(starts.TRIES - 1))


def _start_by_density(who: str, chain: Chain, paths: Paths) -> bool:
    """Let the density itself find a point, if it has a way (`initial_points(rng, chains)`)."""
    find = getattr(chain.density, "initial_points", None)
    if find is None:
        return False
    generator = np.random.default_rng([chain.settings.seed, chain.number])
    try:
        points = np.asarray(find(generator, 1), dtype=np.float64)
    except ValueError as error:
        raise InitialPointError(f"{who}: {error}") from None
    return chain.try_start(points[0], paths)
