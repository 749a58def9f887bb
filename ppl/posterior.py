"""`Posterior`: a model with its data, as the log density that algorithms sample and maximise."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import run
from ppl.data import Data, bind, name_of, plain
from ppl.diagnosis import diagnose
from ppl.errors import ModelError, ShapeError, show, where
from ppl.handlers import Trace
from ppl.labels import coords_of
from ppl.layout import Discover, Unconstrain, require_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Array = np.ndarray[Any, Any]


def _made(
    kind: type[Posterior],
    model: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    coords: Mapping[str, Sequence[Any]],
) -> Posterior:
    """Posterior that was pickled."""
    return kind(model, *args, coords=coords, **kwargs)


class Posterior:
    """The log density of a model's parameters given its data, over unconstrained numbers.

    The model is run once on plain numbers to find its sites and once traced; the trace is
    differentiated and compiled to machine code.

    Parameters
    ----------
    model : callable
        A function that calls `ppl.sample` and its like.
    *args, **kwargs
        The model's arguments. Arrays are copied; later changes do not reach the posterior.
    coords : mapping of str to sequence, optional
        Labels along named axes (plates and `dims`).

    Attributes
    ----------
    dimension : int
        Length of the unconstrained vector.
    names : tuple of str
        Variables of a draw: latent sites and deterministic values, in program order.
    dims : dict of str to tuple of str
        Names of the axes of each variable, and of each observed site.
    coords : dict of str to sequence
        Labels given, and those of plates made from sequences of names.
    deterministics : frozenset of str
        The names that are deterministic values.
    observed : dict of str to array
        Data of the observed sites.
    constant_data : dict of str to array
        The other arrays among the arguments.
    sites : list of str
        Latent sites, in the order of the unconstrained vector.

    Raises
    ------
    ModelError
        For a model without parameters, with two sites of one name, or with a discrete parameter.
    DataError
        For an argument that was forgotten, and data that cannot be right.
    ParameterError, ShapeError
        For constants outside their constraint and shapes that do not fit.

    Examples
    --------
    >>> import ppl
    >>> def coin(heads=None):
    ...     p = ppl.sample("p", ppl.Uniform(0, 1))
    ...     with ppl.plate("toss", 3):
    ...         ppl.sample("heads", ppl.Bernoulli(probs=p), obs=heads)
    >>> posterior = ppl.Posterior(coin, heads=[1, 0, 1])
    >>> posterior.dimension, posterior.names
    (1, ('p',))
    """

    def __init__(
        self,
        model: Callable[..., Any],
        *args: Any,
        coords: Mapping[str, Sequence[Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        arguments = bind(model, args, kwargs)
        absent = [name for name, value in arguments.arguments.items() if value is None]
        discover = Discover(name_of(model), absent)
        self._program = run.Program(model, arguments, discover.layout)
        self._trace = trace = Trace(lines=True)
        with np.errstate(all="ignore"), discover, trace:
            self._program.call()
        self._require_parameters()
        sites = [site for site in trace.sites.values() if run.reported(site)]
        self.dimension = discover.layout.dimension
        self.sites = list(discover.layout.slots)
        self.names = tuple(site.name for site in sites)
        self.deterministics = frozenset(self.names) - frozenset(self.sites)
        self.observed = {s.name: np.array(s.value) for s in trace.sites.values() if s.observed}
        self.dims = {site.name: site.dims for site in sites} | {
            name: trace.sites[name].dims for name in self.observed
        }
        self._given_coords = dict(coords or {})
        self.coords = coords_of(trace, self._given_coords)
        self._density = ad.density(
            self._program.logdensity, self.dimension, np.zeros(self.dimension)
        )

    def __reduce__(self) -> Any:
        """Made anew from the model and its arguments in the process it is sent to."""
        bound = self._program.arguments
        arguments = plain(bound.args), plain(bound.kwargs)
        return _made, (type(self), self._program.model, *arguments, self._given_coords)

    # ---- the density -------------------------------------------------------------------------

    @property
    def compiled_paths(self) -> Any:
        """The code behind it, for `ad.explain`."""
        return self._density.compiled_paths

    def logdensity(self, x: Any) -> float:
        """Log density of an unconstrained point.

        Parameters
        ----------
        x : array, shape (dimension,)

        Returns
        -------
        float
            In nats, with all constants and with the log-Jacobians of the transforms; -inf outside
            the support.
        """
        return self._density.logdensity(x)

    def logdensity_and_gradient(self, x: Any) -> tuple[float, Array]:
        """Log density of an unconstrained point and its gradient, shape (dimension,)."""
        return self._density.logdensity_and_gradient(x)

    @property
    def native(self) -> Any:
        """The native function: `address`, `data`, `workspace_bytes`."""
        return self._density.native

    def missed(self, x: Any, workspace: Any) -> None:
        """Add the path of a point at which the native function missed a guard."""
        self._density.missed(x, workspace)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the density: its code, its data and its sites."""
        values = [np.ascontiguousarray(value).tobytes() for _, value in self._arrays()]
        return str(ad.jit.digest(self._density.fingerprint, *self.sites, *values))

    # ---- draws -------------------------------------------------------------------------------

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
        with np.errstate(all="ignore"), Unconstrain(values) as handler, Trace():
            self._program.call()
        for site in latent:
            if not np.isfinite(handler.parts[site.name]).all():
                law = type(site.distribution).__name__
                raise ModelError(
                    f"unconstrain: the value of '{site.name}' must be inside the support of {law}, "
                    f"got {show(values[site.name])} {where()}."
                )
        return self._program.layout.join(handler.parts)

    @cached_property
    def _values(self) -> run.Batch:
        return run.Batch(self._program.values)

    @cached_property
    def _log_likelihood(self) -> run.Batch:
        return run.Batch(self._program.log_likelihood)

    # ---- data --------------------------------------------------------------------------------

    @cached_property
    def constant_data(self) -> dict[str, Array]:
        """Arrays among the arguments that are not the data of a site."""
        seen = {id(value) for value in self._observed_arguments()}
        return {name: np.array(value) for name, value in self._arrays() if id(value) not in seen}

    def with_data(self, *args: Any, **kwargs: Any) -> Posterior:
        """Make the posterior of the same model with other data.

        Parameters
        ----------
        *args, **kwargs
            As at construction; named arguments that are not given stay what they were.

        Returns
        -------
        Posterior
        """
        model, old = self._program.model, self._program.arguments
        if args:
            return type(self)(model, *args, coords=self._given_coords, **kwargs)
        known = {name: value for name, value in kwargs.items() if name in old.arguments}
        new = inspect.BoundArguments(old.signature, OrderedDict(old.arguments | known))
        more = {name: value for name, value in kwargs.items() if name not in known}
        named = {**new.kwargs, **more}
        return type(self)(model, *new.args, coords=self._given_coords, **named)

    def diagnose(self, x: Any) -> str:
        """Say which site makes the log density of `x` what it is, and why where it is not finite.

        Parameters
        ----------
        x : array, shape (dimension,)

        Returns
        -------
        str
            A verdict, and a table of the sites' log densities.
        """
        return diagnose(self._program.sites(self._point(x)))

    def __repr__(self) -> str:
        return f"Posterior({name_of(self._program.model)}, dimension={self.dimension})"

    # ---- checks ------------------------------------------------------------------------------

    def _require_parameters(self) -> None:
        if not any(site.latent for site in self._trace.sites.values()):
            raise ModelError(
                f"{name_of(self._program.model)}: a model must have a parameter, got "
                f"{len(self._trace.sites) or 'no'} sites and none without obs {where()}. "
                'Declare one: mu = sample("mu", Normal(0, 1)).'
            )

    def _arrays(self) -> list[tuple[str, Data]]:
        arguments = self._program.arguments.arguments
        return [(name, value) for name, value in arguments.items() if isinstance(value, Data)]

    def _observed_arguments(self) -> list[Data]:
        return [
            value
            for _, value in self._arrays()
            if any(_same_data(value, data) for data in self.observed.values())
        ]

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


def _same_data(argument: Data, data: Array) -> bool:
    return argument.shape == data.shape and bool(np.array_equal(argument, data))
