"""Chains of a Markov kernel, from its arguments to a fit."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inference import adapters, arguments, fit, sampling
from inference import starts as starting
from inference.errors import InferenceTypeError, InferenceValueError, InitialPointError
from inference.markov.kernel import Array, Kernel, State

WHO = "inference.sample"


@dataclass(frozen=True)
class _Function:
    """A plain function as what a fit needs of a density."""

    logdensity: Callable[[Array], float]
    dimension: int


def sample(
    kernel: Kernel,
    density: Any,
    *,
    dimension: int | None = None,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
) -> fit.Fit:
    """Run chains of a Markov kernel, in Python, one after the other.

    Parameters
    ----------
    kernel : Kernel
        For instance `inference.markov.random_walk()`.
    density : Density or callable
        Needs `dimension` and `logdensity(x)` only; or a function that gives the log density in
        nats, with `dimension`.
    dimension : int, optional
        Of the vectors a plain function takes.
    draws, warmup, chains, seed, initial
        As for `inference.nuts`.

    Returns
    -------
    Fit
        Each walker of an ensemble is a chain of the fit.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used, and for a log density of +inf.
    InitialPointError
        If no starting point has a finite log density.
    """
    target: Any = _target(density, dimension, initial)
    if not isinstance(kernel, Kernel):
        raise InferenceTypeError(
            f"{WHO}: kernel must be an inference.Kernel, got {type(kernel).__name__}. Call it "
            "first: inference.markov.random_walk()."
        )
    kept = arguments.integer(WHO, "draws", draws, 1)
    before = arguments.integer(WHO, "warmup", warmup, 0)
    count = arguments.integer(WHO, "chains", chains, 1)
    known = sampling.seed_of(WHO, seed)
    starts = arguments.starting_points(WHO, target, initial, count)
    started, begin = time.time(), time.perf_counter()
    logdensity = _checked(target.logdensity)
    positions, columns = [], []
    for number in range(count):
        rng = np.random.Generator(np.random.Philox(key=[known, number]))
        x = _start(target.dimension, logdensity, known, number, starts)
        state = kernel.init(x, logdensity, rng)
        rows: list[tuple[State, dict[str, float]]] = []
        for turn in range(before + kept):
            state, statistics = kernel.step(state, logdensity, rng, turn < before)
            rows.append((state, statistics))
        positions.append(np.stack([_rows(s.position) for s, _ in rows[before:]], axis=1))
        columns.append(_columns(rows, len(positions[-1])))
    whole = {name: np.concatenate([c[name] for c in columns]) for name in columns[0]}
    return fit.Fit.of_draws(
        target,
        draws=np.concatenate(positions),
        sample_stats={name: column[:, before:] for name, column in whole.items()},
        warmup_stats={name: column[:, :before] for name, column in whole.items()},
        adaptation={},
        attributes={
            "algorithm": "markov",
            "draws": kept,
            "warmup": before,
            "chains": count,
            "seed": known,
            "interrupted": False,
            "started": started,
            "sampling_seconds": time.perf_counter() - begin,
            **fit.provenance(target),
        },
    )


def _target(density: Any, dimension: int | None, initial: Any) -> Any:
    candidate: Any = adapters.as_density(density, initial)
    if hasattr(candidate, "logdensity") and hasattr(candidate, "dimension"):
        return candidate
    if not callable(candidate):
        raise InferenceTypeError(
            f"{WHO}: density must have dimension and logdensity, or be a function, got "
            f"{type(candidate).__name__}."
        )
    if dimension is None:
        raise InferenceTypeError(
            f"{WHO}: dimension must be given for a plain function. Pass dimension=."
        )
    return _Function(candidate, arguments.integer(WHO, "dimension", dimension, 1))


def _checked(function: Callable[[Array], Any]) -> Callable[[Array], float]:
    """Log density that is -inf where it has no number."""

    def logdensity(x: Array) -> float:
        value = float(function(x))
        if value == np.inf:
            raise InferenceValueError(
                f"{WHO}: the log density must be below +inf, got +inf at {x!r}. The density is "
                "unbounded there: check priors of scales."
            )
        return -np.inf if np.isnan(value) else value

    return logdensity


def _start(
    dimension: int,
    logdensity: Callable[[Array], float],
    seed: int,
    number: int,
    starts: Array | None,
) -> Array:
    if starts is not None:
        if logdensity(starts[number]) == -np.inf:
            raise InitialPointError(
                f"{WHO}: initial must have a finite log density, got a point without, for chain "
                f"{number}."
            )
        return np.array(starts[number])
    found = starting.search(lambda turn: starting.point(dimension, seed, number, turn), logdensity)
    if found is None:
        raise InitialPointError(
            f"{WHO}: a starting point must have a finite log density, got none in "
            f"{starting.TRIES} uniform in (-2, 2). Pass initial=."
        )
    return found


def _rows(position: Array) -> Array:
    return position if position.ndim == 2 else position[None]


def _columns(rows: list[tuple[State, dict[str, float]]], walkers: int) -> dict[str, Array]:
    """Statistics by name, shape (walkers, transition)."""
    lp = np.stack([np.broadcast_to(s.logdensity, (walkers,)) for s, _ in rows], axis=1)
    names = rows[0][1]
    made = {name: np.array([statistics[name] for _, statistics in rows]) for name in names}
    return {"lp": lp} | {name: np.tile(column, (walkers, 1)) for name, column in made.items()}
