"""Simulation-based calibration: whether a model, its density and an algorithm fit together."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.calibrated import Calibration
from ppl.calibrating import LIKELIHOOD, Task, taken_by, work
from ppl.data import bind, name_of
from ppl.drawing import runs_of
from ppl.errors import DataError, ModelError, UndefinedError, show, where
from ppl.handlers import condition
from ppl.labels import coords_of, required_coords
from ppl.posterior import Posterior
from ppl.predictive import simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppl.calibrating import Quantity
    from ppl.handlers import Site
    from ppl.predictive import HasDraws


def calibrate(
    model: Callable[..., Any],
    *args: Any,
    fit: Callable[..., HasDraws],
    simulations: int = 200,
    draws: int = 99,
    thin: int = 5,
    quantities: Mapping[str, Quantity] | None = None,
    seed: int | None = None,
    coords: Mapping[str, Sequence[Any]] | None = None,
    cores: int | None = None,
    progress: bool = True,
    **kwargs: Any,
) -> Calibration:
    """Check an algorithm on data sets that the model itself makes.

    Parameters are drawn from the prior and data given them; the posterior of the data is fitted,
    and the parameters ranked among its draws. If the density is the model's and the algorithm
    samples it, each rank is uniform on 0, ..., `draws`. That holds for functions of parameters and
    data too; the joint log likelihood is always among them, since a posterior that ignores the
    data has uniform ranks of all parameters.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Its arguments without the data: sites with `obs=None` are what is simulated.
    fit : callable
        From a `Posterior` to draws by name: `inference.nuts`, `functools.partial(inference.nuts,
        target_accept=0.95)`, or a function of your own. Of the arguments `draws`, `chains`,
        `cores`, `seed`, `progress` and `callback` it is given those it takes by name.
    simulations : int
        Data sets. 200 show an error of a quarter of a standard deviation in location, 1,000 one
        of a tenth.
    draws : int
        Draws of each fit among which the parameters are ranked, evenly spaced among those there
        are.
    thin : int
        `fit` is asked for `draws * thin`. Ranks are uniform only if the draws are nearly
        independent; the result says where they are not.
    quantities : mapping of str to callable, optional
        More functions to rank: `f(values, data)` of arrays by name, `values` with a leading axis
        over draws, `data` without; it returns one number a draw, shape (draws,) (the true
        parameters come as one more of them).
    seed : int, optional
        Data sets, and the seeds of the fits, are the same for any number of cores.
    coords : mapping of str to sequence, optional
        As for `Posterior`.
    cores : int, optional
        Simulations at once, in threads; by default the processors of this process. Sampling is
        native code and runs at once, tracing is Python and does not.
    progress : bool
        Write how far it is, where there is a terminal.

    Returns
    -------
    Calibration
        After an interruption (Ctrl-C), of the simulations that were done.

    Raises
    ------
    ModelError
        If a prior is improper, a factor changes the density, or no site awaits data.
    DataError
        If a site has its data already.
    Exception
        What the first fit raised, if none of the first ten succeeds.

    References
    ----------
    S. Talts, M. Betancourt, D. Simpson, A. Vehtari and A. Gelman (2018), Validating Bayesian
    inference algorithms with simulation-based calibration, arXiv:1804.06788.
    M. Modrák et al. (2023), Simulation-based calibration checking for Bayesian computation: the
    choice of test quantities shapes sensitivity, Bayesian Analysis 20, 461-488.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model(y=None):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> def exact(posterior, draws, seed):  # the posterior is normal, with variance 1/2
    ...     rng = np.random.default_rng(seed)
    ...     return {"mu": rng.normal(posterior.observed["y"] / 2, np.sqrt(0.5), size=draws)}
    >>> result = ppl.calibrate(model, fit=exact, simulations=50, thin=1, seed=1, progress=False)
    >>> result.ranks["mu"].shape, result.p_value > 0.01
    ((50,), True)
    """
    for name, value in (("simulations", simulations), ("draws", draws), ("thin", thin)):
        _require_count(name, value)
    if not callable(fit):
        raise TypeError(
            f"calibrate: fit must be a function of a posterior, got {show(fit)} {where()}. Pass "
            "fit=inference.nuts."
        )
    threads = _threads(cores)
    rng = np.random.default_rng(_seed(seed))
    labels = required_coords("calibrate", coords)
    run = runs_of("calibrate", model, bind(model, args, kwargs), labels)
    _require_simulable(run.sites, name_of(model))
    made = simulate(model, *args, draws=simulations, seed=rng, coords=labels, **kwargs)
    task = Task(
        make=lambda data: Posterior(condition(model, data=data), *args, coords=coords, **kwargs),
        fit=fit,
        given=taken_by(fit),
        truth=made,
        free=[name for name, site in run.sites.items() if site.latent],
        data=[name for name, site in run.sites.items() if site.awaits_data],
        draws=draws,
        thin=thin,
        quantities=_required_quantities(quantities, run.sites),
        seeds=rng.integers(0, 2**63, size=simulations),
        tie_seeds=rng.integers(0, 2**63, size=simulations),
    )
    start = time.perf_counter()
    outcomes, failures, interrupted = work(task, simulations, threads, show=progress)
    return Calibration(
        outcomes,
        draws=draws,
        simulations=simulations,
        dims={name: run.sites[name].dims for name in run.sites},
        coords=coords_of("calibrate", run, labels),
        failures=failures,
        interrupted=interrupted,
        seconds=time.perf_counter() - start,
        model=name_of(model),
    )


def _require_simulable(sites: Mapping[str, Site], model: str) -> None:
    """Check that drawing from the model gives parameters and data of its own density."""
    for site in sites.values():
        law = site.distribution
        if site.kind == "factor":
            raise ModelError(
                f"calibrate: {model} must be made of sites that can be drawn, got a factor "
                f"{where(site.name, site.line)}. Write its term as a site with a law, or as one "
                "of a mixture."
            )
        if site.kind == "param":
            raise ModelError(
                f"calibrate: all that is unknown must have a prior, got ppl.param "
                f"{where(site.name, site.line)}. Give it one: ppl.handlers.lift."
            )
        if site.observed:
            raise DataError(
                f"calibrate: data are simulated and must be left out, got data "
                f"{where(site.name, site.line)}. Call calibrate without them, so that obs=None."
            )
        if site.latent and law is not None:
            try:
                with np.errstate(all="ignore"):
                    law.draw(np.random.default_rng(0), law.batch_shape)
            except UndefinedError:
                raise ModelError(
                    f"calibrate: priors must be proper, to be drawn from, got "
                    f"{type(law).__name__} {where(site.name, site.line)}. Choose a proper law."
                ) from None
    if LIKELIHOOD in sites:
        raise ModelError(
            f"calibrate: sites must leave the name '{LIKELIHOOD}' to the quantity, got one "
            f"{where(LIKELIHOOD, sites[LIKELIHOOD].line)}. Rename it."
        )
    if not any(site.awaits_data for site in sites.values()):
        raise ModelError(
            f"calibrate: {model} must have a site whose data are left out, got none with obs=None "
            f"{where()}. Make the data an argument: sample('y', ..., obs=y), with y=None."
        )


def _required_quantities(
    quantities: Mapping[str, Quantity] | None, sites: Mapping[str, Site]
) -> dict[str, Quantity]:
    given: Any = {} if quantities is None else quantities
    if not isinstance(given, Mapping) or not all(callable(f) for f in given.values()):
        raise TypeError(
            f"calibrate: quantities must be a mapping of names to functions of (values, data), got "
            f"{show(quantities)} {where()}."
        )
    taken = [name for name in given if name in sites or name == LIKELIHOOD]
    if taken:
        raise ModelError(
            f"calibrate: quantities must have names of their own, got '{taken[0]}' {where()}."
        )
    return dict(given)


def _require_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(
            f"calibrate: {name} must be a positive integer, got {show(value)} {where()}."
        )


def _threads(cores: int | None) -> int:
    if cores is not None:
        _require_count("cores", cores)
        return cores
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _seed(seed: object) -> Any:
    if seed is not None and (
        isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0
    ):
        raise ValueError(
            f"calibrate: seed must be a nonnegative integer, got {show(seed)} {where()}."
        )
    return seed
