"""What a model function calls: `sample`, `deterministic`, `factor`, `param` (and `ppl.plate`).

Each makes a `Site`, checks names and shapes at the user's line, and sends it through the handlers
that run the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import axes, constraints, handlers
from ppl.constraints import Constraint
from ppl.data import observed
from ppl.distributions.base import Distribution
from ppl.errors import ModelError, OutsideModelError, ParameterError, ShapeError, at, show, where
from ppl.handlers import UNSET, Site
from ppl.missing import Imputed, completed, present_of, require_imputable
from ppl.plates import plates, scale_of, site_dims, site_shape, with_labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def sample(
    name: str,
    distribution: Distribution,
    obs: Any = UNSET,
    dims: str | Sequence[str] | None = None,
    *,
    obs_mask: Any = None,
    infer: Mapping[str, Any] | None = None,
) -> Any:
    """Declare a random variable of the model, and get its value.

    Parameters
    ----------
    name : str
        Unique in the model.
    distribution : Distribution
    obs : array, optional
        Observed value, of the site's shape. Passing None says that the data are still to come:
        `ppl.simulate` and `ppl.predict` then draw the site, and a `ppl.Posterior` refuses.
        Without the argument the site is a parameter.
    dims : str or sequence of str, optional
        Names of the axes that are not those of plates. An axis that the parameters do not have is
        made here, as by a plate, if `coords` say how long it is.
    obs_mask : array of bool, optional
        Where `obs` holds data, of its shape, or of its batch's; elsewhere they are missing
        (`ppl.impute` marks NaN). Missing elements of a continuous law become the latent site
        `NAME_missing`; those of a discrete law are left out, and their index returned as is.
    infer : mapping of str to Any, optional
        Remarks for algorithms and handlers; `{"init": value}` is where chains start.

    Returns
    -------
    array, shape plates + batch + event
        One axis per enclosing plate (outermost first), then batch axes given by the
        distribution's parameters, then event axes.

    Raises
    ------
    OutsideModelError
        If no model is being run.
    ParameterError, ShapeError, DataError, ModelError
        For parameters outside their constraint, shapes that do not fit the plates, data with
        NaN, of a wrong shape or outside the support, and a name used before.
    """
    _require_running("sample", name)
    _require_law(name, distribution)
    distribution.require_valid(name)
    around, dims = with_labelled(plates(), distribution, dims)
    shape = site_shape(name, distribution, around)
    site = Site(
        "sample",
        name,
        distribution,
        shape=shape,
        plates=around,
        dims=site_dims("sample", name, shape, around, dims),
        infer=_remarks(name, infer),
        scale=scale_of(around),
    )
    axes.require_fitting(site)
    if obs is None:
        site.awaits_data = True
    elif obs is not UNSET:
        _observe(site, obs, obs_mask)
    elif obs_mask is not None:
        raise ModelError(
            f"sample: obs_mask must come with obs, got a mask alone, {where(name)}. Pass the data."
        )
    return handlers.send(site)


def _observe(site: Site, obs: Any, obs_mask: Any) -> None:
    """Give a site its data, and stand-ins for what is missing."""
    law = site.distribution
    assert law is not None, "it is a sample site"
    site.present = present_of(site.name, obs, obs_mask, law, site.shape)
    if site.present is not None:
        require_imputable(site.name, law, site.present)
    data = obs.values if isinstance(obs, Imputed) else obs
    site.value = observed(site.name, data, law, site.shape, site.present)
    site.observed = True
    if site.present is not None and not handlers.redrawing():
        site.value = completed(site.name, law, site.value, site.present, site)


def param(
    name: str,
    init: Any,
    constraint: Constraint = constraints.real,
    dims: str | Sequence[str] | None = None,
) -> Any:
    """Declare a quantity that is learnt but not random: it has a value and no distribution.

    An optimiser finds it (maximum likelihood; the parameters of a guide). A `ppl.Posterior`
    holds it as coordinates without density and without log-Jacobian. Samplers refuse it, since
    they would suppose a flat law on the unconstrained scale: give the parameter a prior first
    (`ppl.handlers.lift`). `ppl.simulate` uses the initial value.

    Parameters
    ----------
    name : str
        Unique in the model.
    init : array, or callable of a numpy.random.Generator
        Where learning starts; inside plates it broadcasts along their axes.
    constraint : Constraint
        Where the value lives.
    dims : str or sequence of str, optional
        Names of the axes that are not those of plates.

    Returns
    -------
    array, shape plates + shape of `init`

    Raises
    ------
    OutsideModelError
        If no model is being run.
    ParameterError
        For an initial value outside the constraint.
    TypeError, ShapeError, ModelError
        For a value that is not numeric, for dims that do not fit, and a name used before.

    Examples
    --------
    >>> import ppl
    >>> def model(y):
    ...     mu = ppl.param("mu", 0.0)
    ...     scale = ppl.param("scale", 1.0, constraint=ppl.constraints.positive)
    ...     with ppl.plate("i", len(y)):
    ...         ppl.sample("y", ppl.Normal(mu, scale), obs=y)
    >>> ppl.Posterior(model, [1.0, 2.0]).sites
    ['mu', 'scale']
    """
    _require_running("param", name)
    if not isinstance(constraint, Constraint):
        raise TypeError(
            f"param: constraint must be a set such as ppl.constraints.positive, got "
            f"{show(constraint)}, {where(name)}."
        )
    start = init(np.random.default_rng(0)) if callable(init) else init
    start = _numeric("param", name, start)
    index = None if ad.is_traced(start) else constraint.check(np.asarray(start, np.float64))
    if index is not None:
        raise ParameterError(
            f"param: init must be {constraint}, got {show(np.asarray(start)[index])}{at(index)}, "
            f"{where(name)}."
        )
    around = plates()
    sizes = tuple(plate.size for plate in around)
    shape = np.shape(start)
    if shape[: len(sizes)] != sizes:
        shape = sizes + shape
    site = Site(
        "param",
        name,
        shape=shape,
        plates=around,
        dims=site_dims("param", name, shape, around, dims),
        infer={"init": _spread(init, shape)},
        support=constraint,
    )
    return handlers.send(site)


def _spread(init: Any, shape: tuple[int, ...]) -> Any:
    """Initial value, or a function that draws it, at the full shape."""
    if not callable(init):
        return np.broadcast_to(np.asarray(init, dtype=np.float64), shape)[()]
    draw: Callable[[Any], Any] = init
    return lambda rng: np.broadcast_to(np.asarray(draw(rng), dtype=np.float64), shape)[()]


def _remarks(name: str, infer: Any) -> dict[str, Any]:
    if infer is None:
        return {}
    if not hasattr(infer, "items"):
        raise TypeError(
            f"sample: infer must be a dictionary, got {show(infer)}, {where(name)}. "
            'Write infer={"init": 0.0}.'
        )
    return dict(infer)


def deterministic(name: str, value: Any, dims: str | Sequence[str] | None = None) -> Any:
    """Record a value computed from others under a name, so that results contain it.

    Parameters
    ----------
    name : str
        Unique in the model.
    value : array
        Inside plates its first axes are theirs.
    dims : str or sequence of str, optional
        Names of the axes that are not those of plates.

    Returns
    -------
    array
        `value` itself.

    Raises
    ------
    OutsideModelError
        If no model is being run.
    ShapeError, ModelError
        For axes that do not fit the plates, and a name used before.
    """
    _require_running("deterministic", name)
    recorded = _numeric("deterministic", name, value)
    around, shape = plates(), np.shape(recorded)
    sizes = tuple(plate.size for plate in around)
    if shape[: len(sizes)] != sizes:
        raise ShapeError(
            f"deterministic: the first axes must be those of the plates, {sizes}, got shape "
            f"{shape}, in site '{name}' {where()}. Record it outside the plate."
        )
    names = site_dims("deterministic", name, shape, around, dims)
    axes.require_names("deterministic", name, value, names)
    site = Site("deterministic", name, value=recorded, shape=shape, plates=around, dims=names)
    return handlers.send(site)


def factor(name: str, logprob: Any) -> None:
    """Add a term to the log density of the model.

    Parameters
    ----------
    name : str
        Unique in the model.
    logprob : array
        In nats; the sum of its elements is added.

    Raises
    ------
    OutsideModelError
        If no model is being run.
    ModelError
        For a name used before.
    """
    _require_running("factor", name)
    value = _numeric("factor", name, logprob)
    shape = np.shape(value)
    names = site_dims("factor", name, shape, (), None)
    around = plates()
    scale = scale_of(around)
    site = Site("factor", name, value=value, shape=shape, plates=around, dims=names, scale=scale)
    handlers.send(site)


def _require_running(who: str, name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise TypeError(
            f"{who}: the name must be a string, got {show(name)} {where()}. "
            f'Give the name first: {who}("mu", ...).'
        )
    if not handlers.running():
        raise OutsideModelError(
            f"{who}: a site must be inside a model that is being run, got a call outside, "
            f"{where(name)}. Pass the model function to ppl.Posterior, ppl.simulate or ppl.predict."
        )


def _require_law(name: str, law: Any) -> None:
    if isinstance(law, Distribution):
        return
    called = isinstance(law, type) and issubclass(law, Distribution)
    advice = (
        f"Give it its parameters: {law.__name__}(...)."
        if called
        else "Fixed values need no sample; for observed ones pass obs=."
    )
    raise TypeError(
        f"sample: the second argument must be a distribution, got "
        f"{law.__name__ if called else show(law)}, {where(name)}. {advice}"
    )


def _numeric(who: str, name: str, value: Any) -> Any:
    if ad.is_traced(value):
        return value.copy()  # the model may assign to its array later
    array = np.array(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"{who}: the value must be a number or an array of numbers, got {show(value)}, "
            f"{where(name)}."
        )
    return array[()]
