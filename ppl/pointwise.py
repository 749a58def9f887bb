"""Log densities at draws, element by element: what LOO and power scaling need."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.draws import Draws
from ppl.errors import ModelError, ShapeError, show, where
from ppl.posterior import Posterior

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.predictive import HasDraws

Array = np.ndarray[Any, Any]


def log_likelihood(posterior: Posterior, fit: HasDraws) -> Draws:
    """Log density of each observation at each draw.

    Parameters
    ----------
    posterior : Posterior
    fit : Fit, or mapping of str to array
        Draws of the parameters, shape (leading axes, ...); those of a fit have chain and draw.

    Returns
    -------
    Draws
        By observed site, in nats, shape (leading axes, ...): one value for each number, or for each
        vector of a law of vectors. Where values are missing or masked, those that count are the
        vector `NAME_observed`. Scaling (of subsampled plates, too) is left out. Its `to_arviz()`
        has the group `log_likelihood`.

    Raises
    ------
    TypeError, ModelError, ShapeError
        If the first argument is no posterior, or the fit has not the parameters' draws.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model(y):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     with ppl.plate("i", len(y)):
    ...         ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> posterior = ppl.Posterior(model, [0.0, 1.0])
    >>> ppl.log_likelihood(posterior, {"mu": np.zeros((4, 100))})["y"].shape
    (4, 100, 2)
    """
    _require_posterior("log_likelihood", posterior)
    lead, xs = points_of(posterior, fit, "log_likelihood")
    return _draws(posterior, posterior.log_likelihood(xs), lead, "log_likelihood")


def log_prior(posterior: Posterior, fit: HasDraws) -> Draws:
    """Log density of each parameter's elements at each draw, apart from the likelihood.

    On the constrained scale, without log-Jacobians, as power scaling needs it.

    Parameters
    ----------
    posterior : Posterior
    fit : Fit, or mapping of str to array
        As for `log_likelihood`.

    Returns
    -------
    Draws
        By latent site, in nats. Its `to_arviz()` has the group `log_prior`.

    Raises
    ------
    TypeError, ModelError, ShapeError
        If the first argument is no posterior, or the fit has not the parameters' draws.
    """
    _require_posterior("log_prior", posterior)
    lead, xs = points_of(posterior, fit, "log_prior")
    return _draws(posterior, posterior.log_prior(xs), lead, "log_prior")


def points_of(posterior: Posterior, fit: HasDraws, who: str) -> tuple[tuple[int, ...], Array]:
    """Leading axes of draws, and their unconstrained points, shape (n, dimension).

    The points of a fit of this very density are taken as they are; others are worked out from the
    constrained values.
    """
    points = getattr(fit, "unconstrained", None)
    of_this = getattr(fit, "attributes", {}).get("fingerprint") == posterior.fingerprint
    if points is not None and of_this:
        return points.shape[:-1], points.reshape(-1, posterior.dimension)
    values = {name: _values(fit, name, who) for name in posterior.sites}
    lead = _lead(posterior, values, who)
    count = math.prod(lead)
    sites = [posterior.site(name) for name in posterior.sites]
    columns = [values[site.name].reshape(count, -1) for site in sites]
    return lead, posterior.unconstrain_many(np.concatenate(columns, axis=1).astype(np.float64))


def _values(fit: HasDraws, name: str, who: str) -> Array:
    try:
        return np.asarray(fit[name])
    except (KeyError, IndexError, TypeError):
        raise ModelError(
            f"{who}: the fit must have draws of every parameter, got none of '{name}' {where()}. "
            "Pass the fit of this posterior, or a mapping of names to arrays."
        ) from None


def _lead(posterior: Posterior, values: Mapping[str, Array], who: str) -> tuple[int, ...]:
    lead: tuple[int, ...] | None = None
    for name, array in values.items():
        shape = posterior.site(name).shape
        own = array.shape[: max(array.ndim - len(shape), 0)]
        if array.shape != own + shape or (lead is not None and own != lead):
            wanted = "" if lead is None else f" after leading axes {lead}"
            raise ShapeError(
                f"{who}: draws of '{name}' must have shape {shape}{wanted}, got {array.shape} "
                f"{where()}."
            )
        lead = own
    assert lead is not None, "a posterior has sites"
    return lead


def _draws(
    posterior: Posterior, values: Mapping[str, Array], lead: tuple[int, ...], group: str
) -> Draws:
    shaped = {name: array.reshape(lead + array.shape[1:]) for name, array in values.items()}
    dims = {name: posterior.pointwise_dims[name] for name in values}
    groups = dict.fromkeys(values, group)
    return Draws(shaped, dims, groups=groups, coords=posterior.coords)


def _require_posterior(who: str, posterior: object) -> None:
    if not isinstance(posterior, Posterior):
        raise TypeError(
            f"{who}: the first argument must be a ppl.Posterior, got {show(posterior)} {where()}. "
            "Make one of the model and its data; the fit comes second."
        )
