"""The gallery beside posteriordb: which posterior each model is, and how well the two agree.

A model file says which posterior it is by ``POSTERIOR = "data-model"``, by ``STAN`` where sites
have other names than Stan's parameters: ``STAN = {"low": "mu[1]"}``, and by ``NUTS`` what the
sampler is best told.
"""

import importlib
import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent
FAMILY_ERROR = 1e-3  # chance that a right sampler fails the moment test of one posterior


def listed() -> dict[str, str]:
    """Posterior of each model that is one of posteriordb's; the files are read, not imported."""
    found = {}
    for path in sorted(FOLDER.glob("[!_]*.py")):
        match = re.search(r'^POSTERIOR = "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
        if match:
            found[path.stem] = match[1]
    return found


def names(model: str, sites: Sequence[str]) -> dict[str, str]:
    """Stan's name of each of a model's sites."""
    known = getattr(importlib.import_module(f"models.{model}"), "STAN", {})
    return {site: known.get(site, site) for site in sites}


def element(name: str) -> tuple[str, int | None]:
    """Stan's name of a variable, and the position of an element in it (from 0)."""
    variable, _, index = name.partition("[")
    return variable, int(index.removesuffix("]")) - 1 if index else None


def positions(stan: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> np.ndarray[Any, Any]:
    """Where the elements of our unconstrained vector stand in Stan's.

    Parameters
    ----------
    stan : sequence of mapping
        The oracle's `parameters`.
    wanted : sequence of str
        Stan's names of our sites, in our order.
    """
    starts, start = {}, 0
    for parameter in stan:
        size = parameter["n_unconstrained"]
        part = np.arange(start, start + size)
        if parameter["decl"].startswith("matrix"):  # Stan's go column by column, ours row by row
            part = part.reshape(parameter["shape"][::-1]).T.ravel()
        starts[parameter["name"]] = part
        start += size
    parts = []
    for variable, index in map(element, wanted):
        whole = starts[variable]
        parts.append(whole if index is None else whole[index : index + 1])
    return np.concatenate(parts)


@dataclass(frozen=True)
class Agreement:
    """Largest differences from Stan over the oracle's points.

    Attributes
    ----------
    density : float
        Of log densities' differences between points, relative to the larger of the two (at
        least 1). Constants may differ: Stan does not renormalise a law that only bounds cut.
    gradient : float
        Relative to the gradient's largest element.
    constrained : float
        Of parameters, relative to each (at least 1e-3).
    """

    density: float
    gradient: float
    constrained: float


def compare(posterior: Any, named: Mapping[str, str], oracle: Mapping[str, Any]) -> Agreement:
    """Hold a posterior against Stan's values.

    Parameters
    ----------
    posterior : ppl.Posterior
    named : mapping of str to str
        Stan's name of each site, in the order of the sites.
    oracle : mapping
        As `models._data.oracle` reads it.
    """
    points = oracle["points"]
    order = positions(oracle["parameters"], list(named.values()))
    assert posterior.dimension == order.size == len(set(order)) == oracle["dim"]
    xs = np.array([point["x"] for point in points])[:, order]
    values, gradients = zip(*map(posterior.logdensity_and_gradient, xs), strict=True)
    stans = np.array([point["grad"] for point in points])[:, order]
    largest = np.max(np.abs(stans), axis=1, keepdims=True)
    theirs = np.array([point["lp"] for point in points])
    size = np.maximum(1.0, np.maximum(np.abs(theirs[1:]), np.abs(theirs[:-1])))
    constrained = posterior.constrain(xs)
    worst = 0.0
    for site, name in named.items():
        variable, index = element(name)
        wanted = np.array([point["params"][variable] for point in points])
        wanted = wanted if index is None else wanted[:, index]
        away = np.abs(constrained[site] - wanted) / np.maximum(np.abs(wanted), 1e-3)
        worst = max(worst, float(np.max(away)))
    return Agreement(
        float(np.max(np.abs(np.diff(values) - np.diff(theirs)) / size)),
        float(np.max(np.abs(np.array(gradients) - stans) / largest)),
        worst,
    )


def scalars(fit: Any, named: Mapping[str, str]) -> dict[str, np.ndarray[Any, Any]]:
    """Draws of each scalar, shape (chain, draw), under Stan's name of it."""
    draws = {}
    for site, name in named.items():
        values = fit[site]
        for index in itertools.product(*map(range, values.shape[2:])):
            label = ",".join(str(i + 1) for i in index)
            draws[f"{name}[{label}]" if index else name] = values[:, :, *index]
    return draws


def scores(
    draws: Mapping[str, np.ndarray[Any, Any]],
    reference: Mapping[str, Mapping[str, float]],
    ess: Callable[[Any], Any],
) -> dict[str, float]:
    """Distance of means and squared deviations from a reference's, in standard errors.

    Parameters
    ----------
    draws : mapping of str to array, shape (chain, draw)
        By Stan's names of scalars; those without a reference are left out.
    reference : mapping
        As `models._data.reference` reads it.
    ess : callable
        Effective number of draws for a mean.

    Returns
    -------
    dict of str to float
        Under `name` and `(name)^2`; both Monte Carlo errors are in the standard error.
    """
    found = {}
    for name, values in draws.items():
        if name not in reference:
            continue
        at = reference[name]
        # The squared deviation from the reference's mean checks the spread as a mean.
        squares = (values - at["mean"]) ** 2
        for label, these, wanted, error in (
            (name, values, at["mean"], at["mean_mcse"]),
            (f"({name})^2", squares, at["squared_deviation"], at["squared_deviation_mcse"]),
        ):
            own = float(np.std(these)) / math.sqrt(float(ess(these)))
            found[label] = abs(float(np.mean(these)) - wanted) / math.hypot(own, error)
    return found


def limit(count: int, family: float = FAMILY_ERROR) -> float:
    """Bonferroni's limit for the largest of `count` scores."""
    return NormalDist().inv_cdf(1.0 - 0.5 * family / count)
