"""The no-U-turn sampler, from its arguments to a fit."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments, fit, random, workers
from inference.chain import Chain, Paths, Records, Settings, diagnosis
from inference.density import Density, check
from inference.errors import (
    InferenceTypeError,
    InferenceValueError,
    InitialPointError,
    NoDrawsError,
    NotOfferedError,
)
from inference.kernels import layout
from inference.progress import Callback

WHO = "inference.nuts"
START_RADIUS = 2.0
START_TRIES = 100


def nuts(
    density: Density,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    cores: int | None = None,
    target_accept: float = 0.8,
    metric: str = "diagonal",
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
    max_tree_depth: int = 10,
    store: object = None,
    callback: Callback | None = None,
    progress: bool = True,
) -> fit.Fit:
    """Sample a density with the no-U-turn sampler.

    Multinomial NUTS with a diagonal metric; step size and metric are adapted during warmup, in
    Stan's windows. Chains run in native code, one a thread.

    Parameters
    ----------
    density : Density
        What to sample, for instance a `ppl.Posterior`.
    draws, warmup : int
        Transitions kept, and transitions for adaptation before them, in each chain. Without warmup
        the first step size found is used, with the unit metric.
    chains : int
        Independent chains, started at different points.
    seed : int, optional
        From 0 to 2^64 - 1. The same seed gives the same draws, for any number of cores, on machines
        of the same kind with the same versions. Without one, the system's entropy is asked; the
        fit records which seed it was.
    cores : int, optional
        Threads; by default one a chain, as far as there are processors for this process.
    target_accept : float
        Mean acceptance the step size is adapted to. Raise it where divergences occur.
    metric : str
        "diagonal".
    initial : array or dict, optional
        Where chains start: an unconstrained vector of shape (dimension,) or (chains, dimension), or
        constrained values by name. By default points uniform in (-2, 2), unconstrained.
    max_tree_depth : int
        At most 2^depth - 1 leapfrog steps a transition.
    store : None
        Streaming of draws to disk is not there yet.
    callback : callable, optional
        Called about ten times a second, and at the end, with an `inference.Progress`, in the
        calling thread. An exception from it ends the run and reaches the caller.
    progress : bool
        Show a live display if the run lasts longer than half a second and there is a terminal or
        a notebook to show it in.

    Returns
    -------
    Fit
        After an interruption (Ctrl-C), a fit of the draws there are: chains without any are left
        out, the others cut to the shortest; `fit.attributes["interrupted"]` and `fit.warnings()`
        say so.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used.
    InitialPointError
        If no starting point has a finite log density and gradient.
    AdaptationError
        If no step size can be found.
    NoDrawsError
        If the run is interrupted before the first draw (it is a KeyboardInterrupt too).

    References
    ----------
    M. D. Hoffman and A. Gelman (2014), The No-U-Turn Sampler, JMLR 15, 1593-1623.
    M. Betancourt (2017), A Conceptual Introduction to Hamiltonian Monte Carlo, arXiv:1701.02434.
    """
    target = check(density, WHO)
    settings = Settings(
        draws=arguments.integer(WHO, "draws", draws, 1),
        warmup=arguments.integer(WHO, "warmup", warmup, 0),
        seed=_seed(seed),
        target_accept=arguments.fraction(WHO, "target_accept", target_accept),
        max_tree_depth=arguments.integer(
            WHO, "max_tree_depth", max_tree_depth, 1, layout.DEPTH_LIMIT
        ),
    )
    count = arguments.integer(WHO, "chains", chains, 1)
    threads = min(count, _cores(cores))
    _refuse_what_is_missing(metric, store)
    starts = _starts(target, initial, count)
    started = time.time()
    paths = Paths(target)
    records = Records(count, settings, target.dimension)
    run = [Chain(target, settings, number, records) for number in range(count)]
    for chain in run:
        _start(chain, paths, None if starts is None else starts[chain.number])
    sampling = time.perf_counter()
    interrupted = workers.work(run, paths, threads, callback, display=bool(progress))
    seconds = time.perf_counter() - sampling
    attributes: dict[str, Any] = {
        "algorithm": "nuts",
        **asdict(settings),
        "metric": metric,
        "interrupted": interrupted,
        "started": started,
        "sampling_seconds": seconds,
        **fit.provenance(target),
    }
    return _collect(run, records, target, attributes)


def _seed(seed: int | None) -> int:
    if seed is None:
        return int.from_bytes(os.urandom(8), "little")
    return arguments.integer(WHO, "seed", seed, 0, 2**64 - 1)


def _cores(cores: int | None) -> int:
    if cores is not None:
        return arguments.integer(WHO, "cores", cores, 1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refuse_what_is_missing(metric: str, store: object) -> None:
    offered = ("diagonal",)
    planned = ("low_rank", "dense", "auto")
    if metric in planned:
        raise NotOfferedError(
            f"{WHO}: metric must be 'diagonal', got {metric!r}, which is not there yet. "
            "Use metric='diagonal'."
        )
    if metric not in offered:
        raise InferenceValueError(f"{WHO}: metric must be 'diagonal', got {metric!r}.")
    if store is not None:
        raise NotOfferedError(
            f"{WHO}: store must be None, got {store!r}: streaming to disk is not there yet. "
            "Keep the fit with fit.save(path)."
        )


def _starts(target: Density, initial: Any, chains: int) -> NDArray[np.float64] | None:
    """Given starting points, shape (chains, dimension)."""
    if initial is None:
        return None
    dimension = target.dimension
    if isinstance(initial, Mapping):
        unconstrain = getattr(target, "unconstrain", None)
        if unconstrain is None:
            raise InferenceTypeError(
                f"{WHO}: initial must be an array for a density without `unconstrain`, got a dict. "
                f"Pass an unconstrained vector of shape ({dimension},)."
            )
        initial = unconstrain(initial)
    try:
        points = np.array(initial, dtype=np.float64)
    except (TypeError, ValueError):
        raise InferenceTypeError(
            f"{WHO}: initial must be an array of numbers or a dict, got {initial!r}."
        ) from None
    if points.shape not in {(dimension,), (chains, dimension)}:
        raise InferenceValueError(
            f"{WHO}: initial must have shape ({dimension},) or ({chains}, {dimension}), got "
            f"{points.shape}."
        )
    finite = np.isfinite(points)
    if not finite.all():
        index = tuple(int(k) for k in np.argwhere(~finite)[0])
        raise InferenceValueError(
            f"{WHO}: initial must be finite, got {points[index]} at index {index}."
        )
    return np.broadcast_to(points, (chains, dimension))


def _start(chain: Chain, paths: Paths, given: NDArray[np.float64] | None) -> None:
    """Put a chain where the density is finite."""
    if given is not None:
        if not chain.try_start(given, paths):
            raise InitialPointError(
                f"{WHO}: initial must have a finite log density and gradient, got a point without, "
                f"for chain {chain.number}. {diagnosis(chain.density, given)}"
            )
        return
    dimension, seed = chain.density.dimension, chain.settings.seed
    for turn in range(START_TRIES):
        unit = random.uniform(dimension, seed, chain.number, random.INITIAL_POINTS, turn)
        x = START_RADIUS * (2.0 * unit - 1.0)
        if chain.try_start(x, paths):
            return
    if _start_by_density(chain, paths):
        return
    raise InitialPointError(
        f"{WHO}: a starting point must have a finite log density and gradient, got none in "
        f"{START_TRIES} uniform in (-2, 2). {diagnosis(chain.density, x)} "
        "Check priors and data, or pass initial=."
    )


def _start_by_density(chain: Chain, paths: Paths) -> bool:
    """Let the density itself find a point, if it has a way (`initial_points(rng, chains)`)."""
    find = getattr(chain.density, "initial_points", None)
    if find is None:
        return False
    generator = np.random.default_rng([chain.settings.seed, chain.number])
    try:
        points = np.asarray(find(generator, 1), dtype=np.float64)
    except ValueError as error:
        raise InitialPointError(f"{WHO}: {error}") from None
    return chain.try_start(points[0], paths)


def _collect(
    run: list[Chain], records: Records, target: Density, attributes: dict[str, Any]
) -> fit.Fit:
    """Make a fit of what the chains have."""
    kept = [chain for chain in run if chain.drawn > 0]
    if not kept:
        raise NoDrawsError(
            f"{WHO}: interrupted before the first draw, after "
            f"{max(chain.transitions for chain in run)} of {attributes['warmup']} transitions of "
            "warmup. Let it run longer."
        )
    draws = min(chain.drawn for chain in kept)
    warmup = attributes["warmup"]
    which = slice(None) if len(kept) == len(run) else [chain.number for chain in kept]
    columns = fit.columns(records.statistics[which, : warmup + draws])
    attributes |= {"chains": len(run), "chain_numbers": [chain.number for chain in kept]}
    return fit.Fit.of_draws(
        target,
        draws=records.draws[which, :draws],
        sample_stats={name: column[:, warmup:] for name, column in columns.items()},
        warmup_stats={name: column[:, :warmup] for name, column in columns.items()},
        adaptation={
            "step_size": np.array([chain.step_size for chain in kept]),
            "variance": np.stack([chain.variance for chain in kept]),
        },
        attributes=attributes,
    )
