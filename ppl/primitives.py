"""What a model function calls: `sample`, `deterministic`, `factor` (and `ppl.plate`).

Each makes a `Site`, checks names and shapes at the user's line, and sends it through the handlers
that run the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import handlers
from ppl.data import observed
from ppl.distributions.base import Distribution
from ppl.errors import OutsideModelError, ShapeError, show, where
from ppl.handlers import UNSET, Site
from ppl.plates import plates, site_dims, site_shape

if TYPE_CHECKING:
    from collections.abc import Sequence


def sample(
    name: str,
    distribution: Distribution,
    obs: Any = UNSET,
    dims: str | Sequence[str] | None = None,
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
        Names of the axes that are not those of plates.

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
    around = plates()
    shape = site_shape(name, distribution, around)
    site = Site(
        "sample",
        name,
        distribution,
        shape=shape,
        plates=around,
        dims=site_dims("sample", name, shape, around, dims),
    )
    if obs is None:
        site.awaits_data = True
    elif obs is not UNSET:
        site.value = observed(name, obs, distribution, shape)
        site.observed = True
    return handlers.send(site)


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
    axes = site_dims("deterministic", name, shape, around, dims)
    site = Site("deterministic", name, value=recorded, shape=shape, plates=around, dims=axes)
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
    axes = site_dims("factor", name, shape, (), None)
    handlers.send(Site("factor", name, value=value, shape=shape, plates=plates(), dims=axes))


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
