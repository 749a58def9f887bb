"""Chains in other processes, on other machines: the same chains, with the same bits.

A `Run` is a call of a sampler that can be pickled. Called with `chain_ids`, it makes these of its
chains; each depends on the seed and its own number alone, so it does not matter where it is made,
on machines of the same kind.

>>> import numpy as np
>>> import inference
>>> from inference import launch
>>> density = inference.PythonDensity(lambda x: (-0.5 * x @ x, -x), 3)
>>> run = launch.plan(inference.nuts, density, chains=3, draws=20, warmup=20, seed=1)
>>> parts = [run(chain_ids=[2]), run(chain_ids=[0, 1])]
>>> fit = inference.concat(parts)
>>> bool(np.array_equal(fit["x"], run()["x"]))
True
"""

import importlib
import importlib.util
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from inference import arguments, sampling
from inference.errors import InferenceTypeError, InferenceValueError
from inference.fit import Fit
from inference.joining import together

WHO = "inference.launch"
CHAINS = 4  # as in the samplers
UNPICKLABLE = (pickle.PicklingError, AttributeError, TypeError)  # what pickle raises


@dataclass(frozen=True)
class Run:
    """A sampler with its density and options; made by `plan`.

    Attributes
    ----------
    sampler : callable
        `inference.nuts`, `walnuts` or `hmc`.
    density : Density
    options : mapping
        Keyword arguments of the sampler, a seed among them.
    """

    sampler: Callable[..., Fit]
    density: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chains(self) -> int:
        """Chains of the whole run."""
        return int(self.options["chains"])

    def __call__(self, chain_ids: Sequence[int] | None = None, **more: Any) -> Fit:
        """Make these of the chains, by default all.

        Parameters
        ----------
        chain_ids : sequence of int, optional
            From 0 to below `chains`.
        **more
            Further arguments of the sampler, such as `store` or `progress`.

        Returns
        -------
        Fit
            `inference.concat` puts those of different chains together.
        """
        return self.sampler(self.density, chain_ids=chain_ids, **{**self.options, **more})


def plan(sampler: Callable[..., Fit], density: Any, **options: Any) -> Run:
    """Write down a run, to be made elsewhere.

    Parameters
    ----------
    sampler : callable
        `inference.nuts`, `walnuts` or `hmc`.
    density : Density
        One that can be pickled: a `ppl.Posterior` of a function at the top level of a module, an
        `ad.density` or an `inference.PythonDensity` of one.
    **options
        Of the sampler; without a seed one is drawn now. Not `store`: every part has its own, given
        when it is made.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For options that the run as a whole cannot have.
    """
    for name in ("store", "callback", "chain_ids"):
        if options.get(name) is not None:
            raise InferenceValueError(
                f"{WHO}.plan: {name} must be given for each part, got {options[name]!r} for all. "
                f"Pass it where the chains are made: run(chain_ids=[0], {name}=...)."
            )
    chains = arguments.integer(f"{WHO}.plan", "chains", options.get("chains", CHAINS), 1)
    seed = sampling.seed_of(f"{WHO}.plan", options.get("seed"))
    return Run(sampler, density, {**options, "chains": chains, "seed": seed})


class Future(Protocol):
    """What a launcher gives for work that is under way."""

    def result(self) -> Any:
        """Wait for it."""
        ...


class Executor(Protocol):
    """What launchers have in common."""

    def submit(self, function: Callable[..., Any], /, *args: Any) -> Future:
        """Call a function elsewhere."""
        ...


def processes(run: Run, workers: int | None = None) -> Fit:
    """Make the chains in processes of their own on this machine.

    For densities that keep the interpreter busy, such as an `inference.PythonDensity`; for the
    others threads, which are the samplers' own way, do the same in less memory. The processes are
    spawned, so a script needs its `if __name__ == "__main__":`.

    Parameters
    ----------
    run : Run
    workers : int, optional
        Processes at once; by default as many as there are processors.

    Raises
    ------
    InferenceTypeError
        If the run cannot be pickled.
    """
    # 20 ms, for those who ask.
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    count = min(run.chains, sampling.cores_of(f"{WHO}.processes", workers))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=spawn) as pool:
        return submit(run, pool)


def submit(run: Run, executor: Executor) -> Fit:
    """Make the chains with a `concurrent.futures` executor or a `dask.distributed.Client`.

    Parameters
    ----------
    run : Run
    executor : object
        With `submit(function, *args)`, whose result has `result()`. One call is made a chain.

    Raises
    ------
    InferenceTypeError
        If the run cannot be pickled, or for an object without `submit`.
    """
    if not hasattr(executor, "submit"):
        raise InferenceTypeError(
            f"{WHO}.submit: executor must have submit(function, *args), got "
            f"{type(executor).__name__}. Pass a concurrent.futures executor or a Dask client."
        )
    payload = _pickled(run)
    futures = [executor.submit(work, payload, [number]) for number in range(run.chains)]
    return _gathered(run, [future.result() for future in futures])


def ray(run: Run) -> Fit:
    """Make the chains as tasks of Ray, which must be installed (extra `ray`).

    Parameters
    ----------
    run : Run

    Raises
    ------
    InferenceTypeError
        If the run cannot be pickled.
    ImportError
        Without Ray.
    """
    module: Any = importlib.import_module("ray")
    remote, payload = module.remote(work), _pickled(run)
    return _gathered(run, module.get([remote.remote(payload, [k]) for k in range(run.chains)]))


def work(payload: bytes, chain_ids: Sequence[int]) -> dict[str, Any]:
    """Make chains of a pickled run: what launchers call, on one thread."""
    run: Run = pickle.loads(payload)  # noqa: S301  # our own, from `_pickled`
    fit = run(chain_ids=chain_ids, cores=1, progress=False)
    return {
        "draws": fit.unconstrained,
        "sample_stats": dict(fit.sample_stats),
        "warmup_stats": dict(fit.warmup_stats),
        "adaptation": fit.adaptation,
        "attributes": fit.attributes,
    }


def _pickled(run: Run) -> bytes:
    """Bytes of a run; cloudpickle, where it is installed, knows functions that pickle does not."""
    try:
        return pickle.dumps(run)
    except UNPICKLABLE as error:
        if importlib.util.find_spec("cloudpickle") is None:
            raise InferenceTypeError(_unpicklable(run, error)) from error
    cloudpickle: Any = importlib.import_module("cloudpickle")
    try:
        return bytes(cloudpickle.dumps(run))
    except UNPICKLABLE as error:
        raise InferenceTypeError(_unpicklable(run, error)) from error


def _unpicklable(run: Run, error: Exception) -> str:
    return (
        f"{WHO}: the density must be one that can be pickled, got {type(run.density).__name__} "
        f"({error}). Define its function at the top level of a module, or install cloudpickle, "
        "which takes lambdas and functions within functions."
    )


def _gathered(run: Run, parts: Sequence[Mapping[str, Any]]) -> Fit:
    """Fit of the parts, with the density of this process."""
    draws, attributes = together([dict(part) for part in parts])
    return Fit.of_draws(run.density, draws=draws.pop("draws"), attributes=attributes, **draws)
