"""Samplers that follow Hamiltonian trajectories: NUTS, WALNUTS, and static HMC."""

import os
from collections.abc import Mapping, Sequence
from typing import Literal

from numpy.typing import ArrayLike

from inference import arguments, fit, sampling
from inference.errors import InferenceValueError
from inference.progress import Callback


def nuts(
    density: object,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    cores: int | None = None,
    target_accept: float = 0.8,
    metric: str = "auto",
    adaptation: str = "fisher",
    initial: ArrayLike | Mapping[str, ArrayLike] | Literal["pathfinder"] | None = None,
    max_tree_depth: int = 10,
    adapted: Mapping[str, ArrayLike] | None = None,
    store: str | os.PathLike[str] | None = None,
    callback: Callback | None = None,
    progress: bool = True,
    chain_ids: Sequence[int] | None = None,
) -> fit.Fit:
    """Sample a density with the no-U-turn sampler.

    Multinomial NUTS with biased progression across doublings. Step size and metric are adapted
    during warmup. Chains run in native code, one a thread.

    Parameters
    ----------
    density : Density
        What to sample, for instance a `ppl.Posterior`; an `ad.density`; a function compiled by
        `ad.compile`, with `initial`; an `inference.CDensity` or `inference.PythonDensity`.
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
        Mean acceptance the step size is adapted to. Where energies have a heavy tail late in
        warmup, it rises by itself to at most 0.9. Raise it where divergences occur.
    metric : str
        "diagonal"; "dense" or "low_rank", which know correlations too; or "auto": diagonal, until
        the draws of warmup show correlations that cost more than twice the steps, as far as one
        linear map takes them away everywhere (docs/decisions/0011).
    adaptation : str
        "fisher": from draws and gradients, in overlapping windows. "stan": from the variance of
        draws, in Stan's windows.
    initial : array or dict, optional
        Where chains start: an unconstrained vector of shape (dimension,) or (chains, dimension), or
        constrained values by name. By default points uniform in (-2, 2), unconstrained,
        which a few steps uphill bring to where the posterior begins (docs/decisions/0014).
        "pathfinder": draws of `inference.pathfinder`, in the modes that hold the most mass. Chains
        begin near their goal then, also where there are lesser modes; R-hat, which compares them,
        has less to find fault with.
    max_tree_depth : int
        At most 2^depth - 1 leapfrog steps a transition.
    adapted : mapping, optional
        Step size and metric to begin with: `fit.adaptation` of an earlier run. With `warmup=0` they
        are used as they are; with warmup, that begins with them. Chains start, if there is no
        `initial`, where those of the earlier run ended.
    store : path, optional
        A folder that is to be made, to which draws go as they are made, so that the memory needed
        does not grow with their number. It is a Zarr group in ArviZ's layout, for
        `xarray.open_datatree`. If the process ends before the run, whatever the reason,
        `inference.resume(path, density)` goes on where it was.
    callback : callable, optional
        Called about ten times a second, and at the end, with an `inference.Progress`, in the
        calling thread. An exception from it ends the run and reaches the caller.
    progress : bool
        Show a live display if the run lasts longer than half a second and there is a terminal or
        a notebook to show it in; else a line now and then on standard error.
    chain_ids : sequence of int, optional
        Which of the chains to make here, by default all; see `inference.launch`.

    Returns
    -------
    Fit
        After an interruption (Ctrl-C), a fit of the draws there are: chains without any are left
        out, the others cut to the shortest; `fit.attributes["interrupted"]` and `fit.warnings()`
        say so. `fit.extend(draws)` samples on.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used; for a store where something is already.
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
    A. Seyboldt, E. Carlson and B. Carpenter (2026), Preconditioning HMC by minimizing Fisher
    divergence, arXiv:2603.18845.
    """
    return sampling.run(
        "inference.nuts",
        density,
        draws=draws,
        warmup=warmup,
        chains=chains,
        seed=seed,
        cores=cores,
        target_accept=target_accept,
        metric=metric,
        adaptation=adaptation,
        initial=initial,
        max_tree_depth=max_tree_depth,
        adapted=adapted,
        store=store,
        callback=callback,
        progress=progress,
        chain_ids=chain_ids,
        kernel="nuts",
    )


def walnuts(
    density: object,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    cores: int | None = None,
    target_accept: float = 0.8,
    tolerance: float = 0.5,
    metric: str = "diagonal",
    adaptation: str = "fisher",
    initial: ArrayLike | Mapping[str, ArrayLike] | Literal["pathfinder"] | None = None,
    max_tree_depth: int = 10,
    adapted: Mapping[str, ArrayLike] | None = None,
    store: str | os.PathLike[str] | None = None,
    callback: Callback | None = None,
    progress: bool = True,
    chain_ids: Sequence[int] | None = None,
) -> fit.Fit:
    """Sample a density whose scales change from place to place, such as a funnel.

    NUTS whose steps are made of as many smaller ones as the place needs. On a density of one scale
    it does what `nuts` does, at some more cost.

    Parameters
    ----------
    density, draws, warmup, chains, seed, cores, metric, adaptation, initial, max_tree_depth, \
adapted, store, callback, progress, chain_ids
        As for `nuts`.
    target_accept : float
        What the step size is adapted to: mean of exp(-range of energies) in undivided steps.
    tolerance : float
        Largest range of energies within a step, in nats; a step beyond it is halved, at most ten
        times. Where that is not enough the transition is marked as diverging.

    Returns
    -------
    Fit
        `n_steps` counts gradients, those of attempts that failed too; `tree_depth` counts
        doublings of undivided steps.

    Raises
    ------
    InferenceTypeError, InferenceValueError, InitialPointError, AdaptationError, NoDrawsError
        As for `nuts`.

    References
    ----------
    N. Bou-Rabee, B. Carpenter, T. S. Kleppe and S. Liu (2025), The Within-Orbit Adaptive Leapfrog
    No-U-Turn Sampler, arXiv:2506.18746.
    """
    return sampling.run(
        "inference.walnuts",
        density,
        draws=draws,
        warmup=warmup,
        chains=chains,
        seed=seed,
        cores=cores,
        target_accept=target_accept,
        metric=metric,
        adaptation=adaptation,
        initial=initial,
        max_tree_depth=max_tree_depth,
        adapted=adapted,
        store=store,
        callback=callback,
        progress=progress,
        chain_ids=chain_ids,
        kernel="walnuts",
        tolerance=arguments.positive("inference.walnuts", "tolerance", tolerance),
    )


def hmc(
    density: object,
    *,
    draws: int = 1000,
    warmup: int = 1000,
    chains: int = 4,
    seed: int | None = None,
    cores: int | None = None,
    target_accept: float = 0.8,
    trajectory_length: float = 1.5,
    jitter: float = 0.5,
    metric: str = "auto",
    adaptation: str = "fisher",
    initial: ArrayLike | Mapping[str, ArrayLike] | Literal["pathfinder"] | None = None,
    adapted: Mapping[str, ArrayLike] | None = None,
    store: str | os.PathLike[str] | None = None,
    callback: Callback | None = None,
    progress: bool = True,
    chain_ids: Sequence[int] | None = None,
) -> fit.Fit:
    """Sample a density with Hamiltonian Monte Carlo of a fixed integration time.

    Parameters
    ----------
    density, draws, warmup, chains, seed, cores, target_accept, metric, adaptation, initial, \
adapted, store, callback, progress, chain_ids
        As for `nuts`.
    trajectory_length : float
        Integration time in the coordinates of the metric, where the posterior has about unit scale;
        half a period there is pi / 2. At most 1,024 steps are made.
    jitter : float
        The integration time of each transition is uniform within this fraction around it, from 0 to
        less than 1.

    Returns
    -------
    Fit
        `tree_depth` is 0.

    Raises
    ------
    InferenceTypeError, InferenceValueError, InitialPointError, AdaptationError, NoDrawsError
        As for `nuts`.

    References
    ----------
    S. Duane, A. D. Kennedy, B. J. Pendleton and D. Roweth (1987), Physics Letters B 195, 216-222.
    """
    who = "inference.hmc"
    if jitter != 0.0:
        jitter = arguments.fraction(who, "jitter", jitter)
    if isinstance(jitter, bool):
        raise InferenceValueError(f"{who}: jitter must be a number from 0 to 1, got {jitter!r}.")
    return sampling.run(
        who,
        density,
        draws=draws,
        warmup=warmup,
        chains=chains,
        seed=seed,
        cores=cores,
        target_accept=target_accept,
        metric=metric,
        adaptation=adaptation,
        initial=initial,
        max_tree_depth=10,
        adapted=adapted,
        store=store,
        callback=callback,
        progress=progress,
        chain_ids=chain_ids,
        kernel="static",
        trajectory_length=arguments.positive(who, "trajectory_length", trajectory_length),
        jitter=jitter,
    )
