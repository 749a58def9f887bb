"""Maximum a posteriori and maximum likelihood, with standard errors."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

import ad
from inference import arguments, starts
from inference import density as densities
from inference.approximation import seed_of
from inference.density import Density, check
from inference.errors import InferenceValueError, NoDrawsError, NotOfferedError
from inference.evaluation import STEP, Evaluator
from inference.mode import Mode, find
from inference.steps import StepCallback, Steps
from inference.summary import labels

Array = NDArray[np.float64]

WHO = "inference.maximize"
OBJECTIVES = ("map", "likelihood", "density")
APART = 1e-3  # nats: climbs that end so far below the best ended at another mode


class Maximum:
    """A mode: `best["mu"]` is the value of a variable there.

    Attributes
    ----------
    x : array, shape (dimension,)
        Unconstrained.
    value : float
        What was maximised, in nats, with all constants.
    converged : bool
        Whether the Hessian is negative definite and Newton's method promises no further gain.
    hessian : array, shape (dimension, dimension)
        Of what was maximised, over the unconstrained vector.
    start_values : tuple of float
        Where the climbs from each start ended, in nats, before Newton's method.
    attributes : dict
        Settings, seed, counts.
    """

    def __init__(self, evaluator: Evaluator, mode: Mode, attributes: Mapping[str, Any]) -> None:
        self._evaluator = evaluator
        self._mode = mode
        self.x = mode.x
        self.value = mode.value
        self.converged = mode.converged
        self.start_values = mode.values
        self.attributes = dict(attributes)
        self.values = _first(densities.constrain(evaluator.density, mode.x[None]))

    @cached_property
    def hessian(self) -> Array:
        """Hessian of what was maximised, shape (dimension, dimension)."""
        known = self._mode.hessian
        return known if known is not None else self._evaluator.hessian(self.x)

    @cached_property
    def covariance(self) -> Array:
        """Inverse of the negative Hessian; NaN where that is not positive definite.

        For the likelihood it is the inverse of the observed information.
        """
        d = len(self.x)
        if not np.isfinite(self.hessian).all():
            return np.full((d, d), math.nan)
        values, vectors = np.linalg.eigh(-self.hessian)
        if values[0] <= 1e-14 * d * abs(values[-1]):
            return np.full((d, d), math.nan)
        inverse: Array = (vectors / values) @ vectors.T
        return inverse

    @cached_property
    def standard_errors(self) -> dict[str, Array]:
        """Standard errors by name, of each variable's shape, by the delta method.

        The square roots of diag(J C J'), with J the Jacobian of the constrained values at the mode
        (central differences, relative error about 1e-10) and C the inverse of the negative Hessian.
        The gradient being zero at a mode, they do not depend on the parameterisation.
        """
        shift = STEP * (1.0 + np.abs(self.x))
        both = np.concatenate([self.x + np.diag(shift), self.x - np.diag(shift)])
        values = densities.constrain(self._evaluator.density, both)
        d = len(self.x)
        errors = {}
        for name, value in values.items():
            flat = value.reshape(2 * d, -1).astype(np.float64)
            jacobian = (flat[:d] - flat[d:]) / (2.0 * shift[:, None])
            variance = np.einsum("ik,ij,jk->k", jacobian, self.covariance, jacobian, optimize=True)
            errors[name] = np.sqrt(variance).reshape(value.shape[1:])
        return errors

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self.values[name]
        except KeyError:
            raise KeyError(
                f"Maximum: name must be one of {', '.join(self.values)}, got {name!r}."
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def warnings(self) -> list[str]:
        """What stands against trusting the result; empty if nothing does."""
        messages = []
        if not self.converged:
            messages.append(f"{WHO} did not find a mode: {self._mode.reason}.")
        highest = max(self.start_values, default=self.value)
        lower = [value for value in self.start_values if value < highest - APART]
        if lower and self.converged:
            messages.append(
                f"{len(lower)} of {len(self.start_values)} climbs ended below the best (down to "
                f"{min(lower):.6g} beside {highest:.6g} nats): there may be more modes, also "
                "higher ones. Raise starts_tried."
            )
        return messages

    def summary(self) -> str:
        """Return a table of estimates and standard errors, one line a scalar."""
        about = densities.describe(self._evaluator.density)
        rows = [("", "estimate", "se")]
        for name, value in self.values.items():
            names = labels(name, value.shape, about.dims.get(name, ()), about.coords)
            errors = self.standard_errors[name]
            rows += [
                (label, f"{v:.6g}", f"{e:.3g}")
                for label, v, e in zip(names, value.ravel(), errors.ravel(), strict=True)
            ]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        return "\n".join(
            f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}" for row in rows
        )

    def __repr__(self) -> str:
        state = "converged" if self.converged else "not converged"
        return f"<Maximum: {self.value:.6g} nats, {len(self.x)} dimensions, {state}>"


def maximize(
    density: Density,
    *,
    objective: str = "map",
    starts_tried: int = 4,
    seed: int | None = None,
    max_iterations: int = 1000,
    initial: ArrayLike | Mapping[str, ArrayLike] | None = None,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Maximum:
    """Find the highest mode of a density, with standard errors.

    L-BFGS from every start, then Newton's method with the exact Hessian from the highest end, until
    half the squared Newton decrement, the gain a further step promises, is zero up to rounding.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`.
    objective : str
        "map": the posterior density of the constrained values, without the log-Jacobians of the
        transforms. "likelihood": the observed sites alone. "density": the density as algorithms
        sample it, over the unconstrained vector. A density without `objective` offers only the
        last, which is then also what "map" means.
    starts_tried : int
        Climbs from different random points, uniform in (-2, 2), unconstrained.
    seed : int, optional
        Of these points, from 0 to 2^64 - 1.
    max_iterations : int
        Quasi-Newton iterations a climb.
    initial : array or dict, optional
        Where to start instead: unconstrained, of shape (dimension,), then there is one climb, or
        (starts_tried, dimension); or constrained values by name.
    callback : callable, optional
        Called about ten times a second with an `inference.StepProgress`.
    progress : bool
        Show a live display if it lasts longer than half a second.

    Returns
    -------
    Maximum
        After Ctrl-C, the best point there is, not converged.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used.
    InitialPointError
        If the density is finite nowhere it was tried.
    NotOfferedError
        For the likelihood of a density that does not tell it apart.
    NoDrawsError
        If interrupted before the first iteration (it is a KeyboardInterrupt too).
    """
    target = check(density, WHO)
    evaluator = Evaluator(_aim(target, objective))
    tries = arguments.integer(WHO, "starts_tried", starts_tried, 1)
    limit = arguments.integer(WHO, "max_iterations", max_iterations, 1)
    used = seed_of(WHO, seed)
    rng = np.random.default_rng(used)
    points = starts.given(evaluator, WHO, initial, tries)
    if points is None:
        points = np.stack([starts.random(evaluator, WHO, rng) for _ in range(tries)])
    with Steps(WHO, limit, callback, progress) as steps:
        try:
            mode = find(evaluator, list(np.unique(points, axis=0)), limit, steps)
        except KeyboardInterrupt:
            raise NoDrawsError(f"{WHO}: interrupted before the first iteration.") from None
    attributes = {
        "algorithm": "maximize",
        "objective": objective,
        "seed": used,
        "interrupted": mode.interrupted,
        "gradients": evaluator.gradients,
        "hessian_products": evaluator.products,
        "exact_hessian": evaluator.exact,
    }
    return Maximum(evaluator, mode, attributes)


class Aim:
    """A density with another function of the same vector."""

    def __init__(self, density: Density, function: Callable[[Any], Any]) -> None:
        self._density = density
        self.dimension = density.dimension
        self.function = function
        self._compiled = ad.density(function, density.dimension, np.zeros(density.dimension))
        self.logdensity = self._compiled.logdensity
        self.logdensity_and_gradient = self._compiled.logdensity_and_gradient

    @property
    def native(self) -> Any:
        """Machine code of the function."""
        return self._compiled.native

    def __getattr__(self, name: str) -> Any:
        # Names, coordinates and transforms are those of the density.
        if name in {"missed", "log_likelihood", "fingerprint"} or name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._density, name)


def _aim(density: Density, objective: str) -> Density:
    if objective not in OBJECTIVES:
        raise InferenceValueError(
            f"{WHO}: objective must be one of {', '.join(OBJECTIVES)}, got {objective!r}."
        )
    make = getattr(density, "objective", None)
    if objective == "density" or (make is None and objective == "map"):
        return density
    if make is None:
        raise NotOfferedError(
            f"{WHO}: objective must be 'map' or 'density' for a density that does not tell prior "
            f"and likelihood apart, got {objective!r} for {type(density).__name__}. Pass a "
            "ppl.Posterior."
        )
    return Aim(density, make(prior=objective == "map"))


def _first(values: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(value[0]) for name, value in values.items()}
