"""A run of chains, from the arguments that samplers share to a fit."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import adapted as learnt
from inference import adapters, arguments, fit, placing, workers
from inference.adapted import Adapted
from inference.chain import Chain
from inference.density import Density, check_laws
from inference.errors import (
    InferenceValueError,
    NoDrawsError,
    NotOfferedError,
)
from inference.kernels import layout
from inference.paths import Paths
from inference.progress import Callback
from inference.records import Records
from inference.settings import Settings

if TYPE_CHECKING:
    from inference.storage import Store

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
    initial: ArrayLike | Mapping[str, ArrayLike] | str | None,
    max_tree_depth: int,
    adapted: Mapping[str, ArrayLike] | None,
    store: str | os.PathLike[str] | None,
    callback: Callback | None,
    progress: bool,
    kernel: str,
    chain_ids: Sequence[int] | None = None,
    **more: float,
) -> fit.Fit:
    """Check the arguments, run chains of a kernel, and collect what they have.

    `who` names the function in messages; `chain_ids` are those of the chains that are run here, by
    default all; `more` are further fields of `Settings`.
    """
    target = check_laws(adapters.as_density(density, initial), who)
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
    _refuse_what_is_missing(who, settings)
    count = arguments.integer(who, "chains", chains, 1)
    numbers = list(range(count)) if chain_ids is None else _numbers(who, chain_ids, count)
    threads = min(len(numbers), cores_of(who, cores))
    known = None if adapted is None else learnt.check(who, adapted, target.dimension)
    points = placing.starts_of(who, target, initial, count, settings.seed)
    if points is None and known is not None:
        points = _last_points(known, count)
    attributes: dict[str, Any] = {
        "algorithm": who.rpartition(".")[2],
        **asdict(settings),
        "interrupted": False,
        "started": time.time(),
        **fit.provenance(target),
    }
    job = Job(who, target, attributes)
    paths = Paths(target)
    kept = None if store is None else _new_store(job, store, settings, numbers)
    source = job.source = kept or Records(len(numbers), settings, target.dimension)
    for place, number in enumerate(numbers):
        chain = Chain(target, settings, number, source.window(place))
        placing.place(who, chain, paths, None if points is None else points[number])
        if known is not None:
            known[number % len(known)].give(chain)
        job.chains.append(chain)
    if kept is not None:
        kept.create(job.chains)
    return go(job, threads, callback, display=bool(progress))


def _new_store(job: "Job", path: Any, settings: Settings, numbers: Sequence[int]) -> "Store":
    from inference import storage  # noqa: PLC0415  # most runs stay in memory

    folder = storage.check_new(job.who, path)
    about = storage.about_run(settings, numbers, job.target, job.attributes)
    return storage.Store(folder, job.target, settings, about)


@dataclass
class Job:
    """Chains that can go on, and where they write.

    Attributes
    ----------
    who : str
        For messages.
    target : Density
    attributes : dict
        Of the fit.
    source : Records or Store
    chains : list of Chain
    """

    who: str
    target: Density
    attributes: dict[str, Any]
    source: "Records | Store | None" = None
    chains: list[Chain] = field(default_factory=list)


def go(job: Job, threads: int, callback: Callback | None, *, display: bool) -> fit.Fit:
    """Run chains to their end, or to the user's interruption, and collect what they have."""
    begin = time.perf_counter()
    paths = Paths(job.target)
    sink = None if isinstance(job.source, Records) else job.source
    interrupted = workers.work(job.chains, paths, threads, callback, display=display, sink=sink)
    about = {
        **job.attributes,
        "interrupted": interrupted,
        "sampling_seconds": time.perf_counter() - begin,
    }
    _refuse_no_draws(job)
    if sink is not None:
        return sink.fit(about)
    return _collect(job, about)


def extend(
    job: Job, draws: int, *, cores: int | None, callback: Callback | None, progress: bool
) -> fit.Fit:
    """Run the chains of a job in memory on, to so many draws in all."""
    assert isinstance(job.source, Records)
    first = job.chains[0].settings
    settings = replace(first, draws=draws)
    room = max(draws, *(chain.drawn for chain in job.chains))
    records = Records(len(job.chains), replace(first, draws=room), job.target.dimension)
    old = min(room, first.draws, job.source.draws.shape[1])
    records.draws[:, :old] = job.source.draws[:, :old]
    rows = first.warmup + old
    records.statistics[:, :rows] = job.source.statistics[:, :rows]
    chains = []
    for place, before in enumerate(job.chains):
        chain = Chain(job.target, settings, before.number, records.window(place))
        chain.restore(before.state())
        chains.append(chain)
    threads = min(len(chains), cores_of("Fit.extend", cores))
    attributes = {**job.attributes, "draws": draws}
    longer = Job(job.who, job.target, attributes, records, chains)
    return go(longer, threads, callback, display=bool(progress))


def seed_of(who: str, seed: int | None) -> int:
    """Return the seed given, or one from the system's entropy."""
    if seed is None:
        return int.from_bytes(os.urandom(8), "little")
    return arguments.integer(who, "seed", seed, 0, 2**64 - 1)


def cores_of(who: str, cores: int | None) -> int:
    """Return the threads asked for, or as many as this process has processors."""
    if cores is not None:
        return arguments.integer(who, "cores", cores, 1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _numbers(who: str, chain_ids: Sequence[int], chains: int) -> list[int]:
    """Return the numbers of the chains to run here, which must be among those of the run."""
    numbers = [arguments.integer(who, "chain_ids", k, 0, chains - 1) for k in chain_ids]
    if not numbers or len(set(numbers)) < len(numbers):
        raise InferenceValueError(
            f"{who}: chain_ids must be different numbers below chains={chains}, got {numbers}."
        )
    return numbers


def _last_points(known: Sequence[Adapted], count: int) -> NDArray[np.float64] | None:
    """Where the chains ended that an adaptation is from, if it says so."""
    points = np.stack([known[k % len(known)].position for k in range(count)])
    return points if np.isfinite(points).all() else None


def _refuse_what_is_missing(who: str, settings: Settings) -> None:
    if settings.adaptation == "stan" and settings.metric in {"low_rank", "auto"}:
        raise NotOfferedError(
            f"{who}: metric must be 'diagonal' or 'dense' with adaptation='stan', got "
            f"{settings.metric!r}, which needs gradients. Use adaptation='fisher'."
        )


def _refuse_no_draws(job: Job) -> None:
    if any(chain.drawn > 0 for chain in job.chains):
        return
    warmup = job.chains[0].settings.warmup
    advice = "Let it run longer."
    if not isinstance(job.source, Records):
        advice = "Go on with inference.resume(path, density)."
    raise NoDrawsError(
        f"{job.who}: interrupted before the first draw, after "
        f"{max(chain.transitions for chain in job.chains)} of {warmup} transitions of warmup. "
        f"{advice}"
    )


def _collect(job: Job, attributes: dict[str, Any]) -> fit.Fit:
    """Make a fit of what the chains have."""
    records = job.source
    assert isinstance(records, Records)
    places = [place for place, chain in enumerate(job.chains) if chain.drawn > 0]
    kept = [job.chains[place] for place in places]
    settings = kept[0].settings
    draws = min(settings.draws, *(chain.drawn for chain in kept))
    warmup = settings.warmup
    which = slice(None) if len(kept) == len(job.chains) else places
    columns = fit.columns(records.statistics[which, : warmup + draws])
    return fit.Fit.of_draws(
        job.target,
        draws=records.draws[which, :draws],
        sample_stats={name: column[:, warmup:] for name, column in columns.items()},
        warmup_stats={name: column[:, :warmup] for name, column in columns.items()},
        adaptation=learnt.arrays([Adapted.of_chain(chain) for chain in kept]),
        attributes={
            **attributes,
            "chains": len(job.chains),
            "chain_numbers": [chain.number for chain in kept],
        },
        continuation=partial(extend, job),
    )
