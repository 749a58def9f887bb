"""A run of chains, from the arguments that samplers share to a fit."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import adapters, arguments, fit, random, workers
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

START_RADIUS = 2.0
START_TRIES = 100
# Rounding error of the log density, in nats, at which a start is still taken gladly. Where it is
# larger, differences of energy are noise: no step can be told from another, and a chain stays.
START_NOISE = 0.01
METRICS = ("auto", "diagonal", "low_rank", "dense")
ADAPTATIONS = ("fisher", "stan")


def run(
    who: str,
    density: object,
    *,
    draws: int,
    warmup: int,
    chains: int,
    seed: int | None,
    cores: int | None,
    target_accept: float,
    metric: str,
    adaptation: str,
    initial: ArrayLike | Mapping[str, ArrayLike] | None,
    max_tree_depth: int,
    store: object,
    callback: Callback | None,
    progress: bool,
    kernel: str,
    **more: float,
) -> fit.Fit:
    """Check the arguments, run chains of a kernel, and collect what they have.

    `who` names the function in messages; `more` are further fields of `Settings`.
    """
    target = check(adapters.as_density(density, initial), who)
    settings = Settings(
        draws=arguments.integer(who, "draws", draws, 1),
        warmup=arguments.integer(who, "warmup", warmup, 0),
        seed=seed_of(who, seed),
        target_accept=arguments.fraction(who, "target_accept", target_accept),
        max_tree_depth=arguments.integer(
            who, "max_tree_depth", max_tree_depth, 1, layout.DEPTH_LIMIT
        ),
        kernel=kernel,
        metric=arguments.one_of(who, "metric", metric, METRICS),
        adaptation=arguments.one_of(who, "adaptation", adaptation, ADAPTATIONS),
        **more,
    )
    _refuse_what_is_missing(who, settings, store)
    count = arguments.integer(who, "chains", chains, 1)
    threads = min(count, _cores(who, cores))
    starts = starts_of(who, target, initial, count)
    started = time.time()
    paths = Paths(target)
    records = Records(count, settings, target.dimension)
    made = [Chain(target, settings, number, records) for number in range(count)]
    for chain in made:
        _start(who, chain, paths, None if starts is None else starts[chain.number])
    sampling = time.perf_counter()
    interrupted = workers.work(made, paths, threads, callback, display=bool(progress))
    seconds = time.perf_counter() - sampling
    attributes: dict[str, Any] = {
        "algorithm": who.rpartition(".")[2],
        **asdict(settings),
        "interrupted": interrupted,
        "started": started,
        "sampling_seconds": seconds,
        **fit.provenance(target),
    }
    return _collect(who, made, records, target, attributes)


def seed_of(who: str, seed: int | None) -> int:
    """Return the seed given, or one from the system's entropy."""
    if seed is None:
        return int.from_bytes(os.urandom(8), "little")
    return arguments.integer(who, "seed", seed, 0, 2**64 - 1)


def _cores(who: str, cores: int | None) -> int:
    if cores is not None:
        return arguments.integer(who, "cores", cores, 1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refuse_what_is_missing(who: str, settings: Settings, store: object) -> None:
    if settings.adaptation == "stan" and settings.metric in {"low_rank", "auto"}:
        raise NotOfferedError(
            f"{who}: metric must be 'diagonal' or 'dense' with adaptation='stan', got "
            f"{settings.metric!r}, which needs gradients. Use adaptation='fisher'."
        )
    if store is not None:
        raise NotOfferedError(
            f"{who}: store must be None, got {store!r}: streaming to disk is not there yet. "
            "Keep the fit with fit.save(path)."
        )


def starts_of(who: str, target: Density, initial: Any, chains: int) -> NDArray[np.float64] | None:
    """Given starting points, shape (chains, dimension)."""
    if initial is None:
        return None
    dimension = target.dimension
    if isinstance(initial, Mapping):
        unconstrain = getattr(target, "unconstrain", None)
        if unconstrain is None:
            raise InferenceTypeError(
                f"{who}: initial must be an array for a density without `unconstrain`, got a dict. "
                f"Pass an unconstrained vector of shape ({dimension},)."
            )
        initial = unconstrain(initial)
    try:
        points = np.array(initial, dtype=np.float64)
    except (TypeError, ValueError):
        raise InferenceTypeError(
            f"{who}: initial must be an array of numbers or a dict, got {initial!r}."
        ) from None
    if points.shape not in {(dimension,), (chains, dimension)}:
        raise InferenceValueError(
            f"{who}: initial must have shape ({dimension},) or ({chains}, {dimension}), got "
            f"{points.shape}."
        )
    finite = np.isfinite(points)
    if not finite.all():
        index = tuple(int(k) for k in np.argwhere(~finite)[0])
        raise InferenceValueError(
            f"{who}: initial must be finite, got {points[index]} at index {index}."
        )
    return np.broadcast_to(points, (chains, dimension))


def _start(who: str, chain: Chain, paths: Paths, given: NDArray[np.float64] | None) -> None:
    """Put a chain where the density is finite."""
    if given is not None:
        if not chain.try_start(given, paths):
            raise InitialPointError(
                f"{who}: initial must have a finite log density and gradient, got a point without, "
                f"for chain {chain.number}. {diagnosis(chain.density, given)}"
            )
        return
    dimension, seed = chain.density.dimension, chain.settings.seed
    best, highest = None, -np.inf
    for turn in range(START_TRIES):
        unit = random.uniform(dimension, seed, chain.number, random.INITIAL_POINTS, turn)
        x = START_RADIUS * (2.0 * unit - 1.0)
        if not chain.try_start(x, paths):
            continue
        if abs(chain.log_density) * np.finfo(float).eps < START_NOISE:
            return
        if best is None or chain.log_density > highest:
            best, highest = x, chain.log_density
    if best is not None:
        chain.try_start(best, paths)
        return
    if _start_by_density(who, chain, paths):
        return
    raise InitialPointError(
        f"{who}: a starting point must have a finite log density and gradient, got none in "
        f"{START_TRIES} uniform in (-2, 2). {diagnosis(chain.density, x)} "
        "Check priors and data, or pass initial=."
    )


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


def _collect(
    who: str, run: list[Chain], records: Records, target: Density, attributes: dict[str, Any]
) -> fit.Fit:
    """Make a fit of what the chains have."""
    kept = [chain for chain in run if chain.drawn > 0]
    if not kept:
        raise NoDrawsError(
            f"{who}: interrupted before the first draw, after "
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
            **_maps(kept),
        },
        attributes=attributes,
    )


def _maps(chains: list[Chain]) -> dict[str, NDArray[np.float64]]:
    """Covariances of metrics that are not diagonal, shape (chain, dimension, dimension)."""
    if all(chain.map is None for chain in chains):
        return {}
    limit = 256  # beyond it a dense array of what was kept low-rank would be too large to report
    if chains[0].density.dimension > limit:
        return {}
    return {
        "covariance": np.stack(
            [np.diag(c.variance) if c.map is None else c.map.covariance for c in chains]
        )
    }
