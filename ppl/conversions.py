"""From unconstrained points to values by name, and back: what every set of draws needs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl import run
from ppl.errors import ShapeError, show, where
from ppl.handlers import trace
from ppl.layout import Slot, require_inside, require_shapes
from ppl.runners import Unconstrain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.handlers import Site

Array = np.ndarray[Any, Any]


class Conversions:
    """Base of `ppl.Posterior`: its points and the values they stand for."""

    dimension: int
    sites: list[str]
    _program: run.Program
    _trace: trace

    def constrain(self, xs: Any) -> dict[str, Array]:
        """Values of all sites and deterministics at many unconstrained points.

        Parameters
        ----------
        xs : array, shape (n, dimension)

        Returns
        -------
        dict of str to array, shape (n, ...)
            In program order.
        """
        return self._values.map(self._points(xs))

    def log_likelihood(self, xs: Any) -> dict[str, Array]:
        """Log density of each observation at many unconstrained points.

        Parameters
        ----------
        xs : array, shape (n, dimension)

        Returns
        -------
        dict of str to array, shape (n, ...)
            By observed site, in nats.
        """
        return self._log_likelihood.map(self._points(xs))

    def constrain_with_likelihood(self, xs: Any) -> tuple[dict[str, Array], Array]:
        """Values as from `constrain`, and the log likelihood of all data, in one evaluation.

        Parameters
        ----------
        xs : array, shape (n, dimension)

        Returns
        -------
        dict of str to array, shape (n, ...)
        array, shape (n,)
            In nats.
        """
        values = self._with_likelihood.map(self._points(xs))
        return values, values.pop("")

    def unconstrain(self, values: Mapping[str, Any]) -> Array:
        """Unconstrained point of constrained values.

        Parameters
        ----------
        values : mapping of str to array
            A value for each latent site; more names are ignored.

        Returns
        -------
        array, shape (dimension,)

        Raises
        ------
        ValueError
            If a site has no value, or one of a wrong shape or outside its support.
        """
        latent = [self._trace.sites[name] for name in self.sites]
        require_shapes(latent, values)
        handler = Unconstrain(self._program.layout, values)
        with np.errstate(all="ignore"), handler, trace():
            self._program.call()
        for site in latent:
            require_inside("unconstrain", site, handler.parts[site.name], values[site.name])
        return self._program.layout.join(handler.parts)

    def unconstrain_many(self, values: Any) -> Array:
        """Unconstrained points of many constrained ones, in native code.

        Parameters
        ----------
        values : array, shape (n, size)
            In each row the values of all latent sites, flat, in the order of `sites`.

        Returns
        -------
        array, shape (n, dimension)
            Infinite or NaN where a value is not inside its support.
        """
        parts = self._unconstrained.map(np.ascontiguousarray(values, dtype=np.float64))
        return np.concatenate([parts[n].reshape(len(values), -1) for n in self.sites], axis=1)

    def site(self, name: str) -> Site:
        """Site of a name, as it was in the run that found the sites.

        Raises
        ------
        KeyError
            If there is none.
        """
        try:
            return self._trace.sites[name]
        except KeyError:
            raise KeyError(
                f"Posterior: a site must be one of {', '.join(self._trace.sites)}, got "
                f"{show(name)} {where()}."
            ) from None

    @property
    def slots(self) -> Mapping[str, Slot]:
        """Part of the unconstrained vector that belongs to each site: `start`, `stop`, `shape`."""
        return self._program.layout.slots

    @cached_property
    def _unconstrained(self) -> run.Batch:
        return run.Batch(self._program.unconstrained)

    @cached_property
    def _values(self) -> run.Batch:
        return run.Batch(self._program.values)

    @cached_property
    def _with_likelihood(self) -> run.Batch:
        return run.Batch(self._program.values_with_likelihood)

    @cached_property
    def _log_likelihood(self) -> run.Batch:
        return run.Batch(self._program.log_likelihood)

    def log_prior(self, xs: Any) -> dict[str, Array]:
        """Log density of each element of the latent sites at many unconstrained points.

        Parameters
        ----------
        xs : array, shape (n, dimension)

        Returns
        -------
        dict of str to array, shape (n, ...)
            By latent site, in nats; on the constrained scale, without log-Jacobians.
        """
        return self._log_prior.map(self._points(xs))

    @cached_property
    def _log_prior(self) -> run.Batch:
        return run.Batch(self._program.log_prior)

    def _point(self, x: Any) -> Array:
        point = np.asarray(x, dtype=np.float64)
        if point.shape != (self.dimension,):
            raise ShapeError(
                f"Posterior: a point must have shape ({self.dimension},), got {point.shape} "
                f"{where()}."
            )
        return point

    def _points(self, xs: Any) -> Array:
        points = np.ascontiguousarray(xs, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != self.dimension:
            raise ShapeError(
                f"Posterior: points must have shape (n, {self.dimension}), got {points.shape} "
                f"{where()}. One point is a row."
            )
        return points
