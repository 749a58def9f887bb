"""Going on with a run that is on disk."""

import os
from pathlib import Path
from typing import Any

from inference import adapters, arguments, sampling
from inference import density as densities
from inference.chain import Chain
from inference.density import Density, check
from inference.errors import InferenceValueError
from inference.fit import Fit
from inference.progress import Callback
from inference.settings import Settings
from inference.storage import DamagedError, Store, damaged, read_run, versions

WHO = "inference.resume"
LP_TOLERANCE = 1e-8


def resume(
    path: str | os.PathLike[str],
    density: object,
    *,
    draws: int | None = None,
    exact: bool = True,
    cores: int | None = None,
    callback: Callback | None = None,
    progress: bool = True,
) -> Fit:
    """Go on with a run whose store is at `path`, however it ended.

    The draws are the same bits as those of a run that never ended, on a machine of the same kind
    with the same versions.

    Parameters
    ----------
    path : path
        Of a store made by `nuts(store=path)` or its like. A run that has all its draws is returned
        as it is.
    density : Density
        The one that was sampled.
    draws : int, optional
        Draws a chain in all, at least as many as the store has; by default what the run was begun
        with.
    exact : bool
        Whether to refuse another kind of machine and other versions, on which the draws that come
        are equal in distribution only.
    cores, callback, progress
        As for `inference.nuts`.

    Returns
    -------
    Fit
        Of all draws; they are read from the store when they are asked for.

    Raises
    ------
    InferenceTypeError
        For what is not a density.
    InferenceValueError
        If there is no store at `path`, if it is damaged, if another process writes it; if the
        density is another one than was sampled; if machine or versions differ, unless `exact` is
        False.
    NoDrawsError
        If it is interrupted before the first draw.
    """
    folder = Path(path).absolute()
    about = read_run(WHO, folder)
    target = check(adapters.as_density(density, [0.0] * about["dimension"]), WHO)
    _same_density(folder, about, target)
    if exact:
        _same_versions(folder, about)
    old = Settings(**about["settings"])
    total = old.draws if draws is None else arguments.integer(WHO, "draws", draws, old.draws)
    settings = Settings(**{**about["settings"], "draws": total})
    threads = min(len(about["numbers"]), sampling.cores_of(WHO, cores))
    about["settings"]["draws"] = total
    about["attributes"]["draws"] = total
    store = Store(folder, target, settings, about)
    try:
        chains = [
            Chain(target, settings, number, store.window(place))
            for place, number in enumerate(about["numbers"])
        ]
        store.restore(chains)
        _same_place(folder, chains)
        job = sampling.Job(WHO, target, about["attributes"], store, chains)
        return sampling.go(job, threads, callback, display=bool(progress))
    except DamagedError as error:
        raise damaged(WHO, folder, str(error)) from error
    finally:
        store.release()


def _same_density(path: Path, about: dict[str, Any], target: Density) -> None:
    told = densities.describe(target).fingerprint
    for what, was, now in (
        ("dimension", about["dimension"], target.dimension),
        ("fingerprint", about["fingerprint"], told),
    ):
        if was != now:
            raise InferenceValueError(
                f"{WHO}: density must be the one that was sampled in {str(path)!r}, got one of "
                f"{what} {now!r} instead of {was!r}. The same model and the same data are needed; "
                "begin a new run for others."
            )


def _same_versions(path: Path, about: dict[str, Any]) -> None:
    was, now = about["versions"], versions()
    other = [name for name in now if was.get(name) != now[name]]
    if other:
        told = ", ".join(f"{name} {now[name]!r} instead of {was.get(name)!r}" for name in other)
        raise InferenceValueError(
            f"{WHO}: machine and versions must be those {str(path)!r} was begun with, got {told}. "
            "Draws from here on would be equal in distribution but not in their bits: pass "
            "exact=False if that is enough."
        )


def _same_place(path: Path, chains: list[Chain]) -> None:
    """Refuse a density that has another value where a chain is; it may have no fingerprint."""
    for chain in chains:
        known = chain.log_density
        value = chain.density.logdensity(chain.position)
        if not abs(value - known) <= LP_TOLERANCE * (1.0 + abs(known)):
            raise InferenceValueError(
                f"{WHO}: density must be the one that was sampled in {str(path)!r}, got one whose "
                f"value at the last point of chain {chain.number} is {value} instead of {known}."
            )
