"""Missing data: which elements of an observed site are absent, and what stands in for them.

Only what is marked counts as missing: by `obs_mask=` or `impute`. Elements of a continuous law
become parameters, named after the site; those of a discrete law are left out, which sums over them.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import constraints, handlers, minibatch
from ppl.distributions.base import Distribution
from ppl.errors import ModelError, ShapeError, show, where
from ppl.normal_parts import conditional_draw, is_normal, marginal_log_prob
from ppl.plates import plates, scale_of

if TYPE_CHECKING:
    from ppl.constraints import Constraint

Shape = tuple[int, ...]
Array = np.ndarray[Any, Any]


class Imputed:
    """Data of which some are missing; made by `impute`.

    Attributes
    ----------
    values : array
        With NaN where data are missing.
    present : array of bool
        Where there are data.
    """

    def __init__(self, values: Array, present: Array) -> None:
        self.values, self.present = values, present
        for array in (values, present):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: Any) -> Imputed:
        if ad.is_traced(index):
            raise _in_batches("impute", None)
        return Imputed(np.array(self.values[index]), np.array(self.present[index]))

    @property
    def shape(self) -> Shape:
        """Shape of the data."""
        shape: Shape = self.values.shape
        return shape

    def __repr__(self) -> str:
        missing = int(self.present.size - self.present.sum())
        return f"impute(array of shape {self.shape}, {missing} missing)"


def impute(y: Any) -> Any:
    """Mark the NaN among data, and what a masked array masks, as missing.

    Parameters
    ----------
    y : array, masked array or None
        None is passed through: data that are still to come.

    Returns
    -------
    Imputed or None
        For `obs` of a sample site. Missing elements of a continuous law become a latent site
        `NAME_missing`, a vector in the order of the data; those of a discrete law are summed over.

    Raises
    ------
    TypeError
        If the data are not numbers.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model(y):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     with ppl.plate("i", len(y)):
    ...         ppl.sample("y", ppl.Normal(mu, 1), obs=ppl.impute(y))
    >>> ppl.Posterior(model, [0.5, np.nan, 1.5]).sites
    ['mu', 'y_missing']
    """
    if y is None or isinstance(y, Imputed):
        return y
    masked = np.ma.getmaskarray(y) if isinstance(y, np.ma.MaskedArray) else None
    if ad.is_traced(y) and minibatch.streaming():
        raise _in_batches("impute", None)
    array = None if ad.is_traced(y) else np.array(np.ma.getdata(y) if masked is not None else y)
    if array is None or array.dtype.kind not in "fiub":
        raise TypeError(
            f"impute: y must be an array of numbers, got {show(ad.value_of(y))} {where()}. "
            "Mark what is missing by NaN."
        )
    values = array.astype(np.float64)
    if masked is not None:
        values[masked] = np.nan
    return Imputed(values, ~np.isnan(values))


def present_of(name: str, obs: Any, obs_mask: Any, law: Distribution, shape: Shape) -> Any:
    """Where an observed site has data: an array of bool of its shape, or None for everywhere.

    Raises
    ------
    TypeError, ShapeError, ModelError
        For a mask that is not boolean, does not fit, or is given twice; for missing data in batches
        that change from step to step.
    """
    if obs_mask is not None and ad.is_traced(obs_mask) and minibatch.streaming():
        raise _in_batches("sample", name)
    if isinstance(obs, Imputed):
        if obs_mask is not None:
            raise ModelError(
                f"sample: missing data must be marked once, got obs_mask beside ppl.impute, "
                f"{where(name)}. Leave one of them out."
            )
        mask = obs.present
        if mask.shape != shape:
            raise ShapeError(
                f"sample: obs must have the site's shape {shape}, got {mask.shape} in "
                f"ppl.impute, {where(name)}."
            )
    elif obs_mask is None:
        return None
    else:
        mask = np.asarray(None) if ad.is_traced(obs_mask) else np.asarray(obs_mask)
        if mask.dtype != np.bool_:
            raise TypeError(
                f"sample: obs_mask must be an array of True and False, got "
                f"{show(ad.value_of(obs_mask))}, {where(name)}. True is where there are data."
            )
        batch = shape[: len(shape) - len(law.event_shape)]
        if mask.shape == batch:
            mask = mask.reshape(batch + (1,) * len(law.event_shape))
        elif mask.shape != shape:
            raise ShapeError(
                f"sample: obs_mask must have the shape of obs, {shape}, got {mask.shape}, "
                f"{where(name)}."
            )
        mask = np.broadcast_to(mask, shape)
    if mask.all():
        return None
    if minibatch.now() is not None and scale_of(plates()) != 1.0:
        raise _in_batches("sample", name)
    return mask


def _in_batches(who: str, name: str | None) -> ModelError:
    """Error of missing data among rows that change from step to step."""
    return ModelError(
        f"{who}: data in batches of a subsampled plate must be whole, got missing values, "
        f"{where(name)}. They would be other parameters at each step. Sum over them: bind "
        "the data with a number in place of NaN and an array of what is present, and write "
        "`with ppl.handlers.mask(mask=present[i])` around the site."
    )


def require_imputable(name: str, law: Distribution, present: Array) -> None:
    """Check that the missing elements of vectors can stand for themselves.

    Raises
    ------
    ModelError
        For vectors whose elements restrict each other; for discrete ones that are missing in part.
    """
    if not law.event_shape:
        return
    event = tuple(range(-len(law.event_shape), 0))
    partly = np.any(present, axis=event) & ~np.all(present, axis=event)
    fine = not partly.any() if law.discrete else type(law.support) is constraints.RealVector
    if not fine:
        raise ModelError(
            f"{type(law).__name__}: missing values of a vector must be free of the others, got "
            f"values that must be {law.support}, {where(name)}. Leave such vectors out of the data."
        )


def completed(name: str, law: Distribution, obs: Array, present: Array, site: handlers.Site) -> Any:
    """Data with the missing elements filled in by a latent site, which is declared here.

    Parameters
    ----------
    name : str
    law : Distribution
    obs : array
        Of the site's shape; what stands at missing elements is not looked at.
    present : array of bool
    site : Site
        The observed site.
    """
    if law.discrete:
        return obs
    part = MissingPart(law, obs, present)
    missing = f"{name}_missing"
    value = handlers.send(
        handlers.Site(
            "sample",
            missing,
            part,
            shape=part.batch_shape,
            dims=(f"{missing}_dim_0",),
            infer=site.infer,
            scale=site.scale,
        )
    )
    return part.fill(value)


class MissingPart(Distribution):
    """The missing elements of a site, in the order of the data, given the observed ones.

    Parameters
    ----------
    law : Distribution
        Of the whole site.
    obs : array
        Its data.
    present : array of bool
        Where they are data.
    """

    def __init__(self, law: Distribution, obs: Array, present: Array) -> None:
        super().__init__()
        vars(self).update(law=law, obs=obs, present=present)
        self._batch_shape = (int(present.size - present.sum()),)
        self._places = np.cumsum(~present).reshape(present.shape) - 1

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the law
        """Set of the missing elements' values."""
        law: Distribution = vars(self)["law"]
        support = law.support
        if not law.event_shape:
            return self._part_of(support)
        return constraints.real  # `require_imputable` let nothing else pass

    def _part_of(self, support: Constraint) -> Constraint:
        """The same set with its bounds at the missing elements."""
        part = copy.copy(support)
        present = vars(self)["present"]
        for key, bound in vars(support).items():
            if np.ndim(bound):
                vars(part)[key] = np.broadcast_to(bound, present.shape)[~present]
        return part

    def fill(self, missing: Any) -> Any:
        """Whole value of the site."""
        present = vars(self)["present"]
        places = np.maximum(self._places, 0)
        return np.where(present, vars(self)["obs"], missing[places])

    def log_prob(self, value: Any) -> Any:
        """Log density of the missing elements given the observed ones, in nats.

        Of a law of numbers one term an element, of a law of vectors one a vector.
        """
        law, present = vars(self)["law"], vars(self)["present"]
        whole = law.log_prob(self.fill(value))
        if not law.event_shape:
            return whole[~present]
        if not is_normal(law):
            return np.zeros(np.shape(whole))  # the density of the whole is the observed site's
        return whole - marginal_log_prob(law, vars(self)["obs"], present)

    def log_prob_inside(self, value: Any) -> Any:
        """Return `log_prob`."""
        return self.log_prob(value)

    def _draw(self, rng: np.random.Generator, _shape: Shape) -> Any:
        law, present = vars(self)["law"], vars(self)["present"]
        if law.event_shape and is_normal(law):
            whole = conditional_draw(law, vars(self)["obs"], present, rng)
        else:
            whole = law.draw(rng, present.shape[: present.ndim - len(law.event_shape)])
        return np.asarray(whole)[~present]

    def invalid_parameter(self) -> str | None:
        """Say which parameter of the law is outside its constraint."""
        problem: str | None = vars(self)["law"].invalid_parameter() if "law" in vars(self) else None
        return problem


def observed_terms(law: Distribution, value: Any, present: Array) -> Any:
    """Log density of the observed elements, zero where there are none, in nats.

    Of a law of numbers one term an element, of a law of vectors one a vector: its marginal
    density where that has a closed form, else the joint one with what is filled in.
    """
    if law.event_shape:
        if is_normal(law):
            return marginal_log_prob(law, value, present)
        terms = law.log_prob(value)
        return np.where(has_data(law, present), terms, 0.0) if law.discrete else terms
    return np.where(present, law.log_prob(value), 0.0)


def has_data(law: Distribution, present: Array) -> Array:
    """Which terms of `observed_terms` belong to data."""
    event = tuple(range(-len(law.event_shape), 0))
    return np.any(present, axis=event) if event else present
