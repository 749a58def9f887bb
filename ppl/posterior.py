"""`Posterior`: a model with its data, as the log density that algorithms sample and maximise."""

from __future__ import annotations

import importlib
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import axes, run
from ppl.conversions import Conversions
from ppl.data import Data, bind, contents, name_of
from ppl.diagnosis import diagnose
from ppl.errors import ModelError, show, where
from ppl.handlers import trace
from ppl.labels import coords_of, required_coords
from ppl.remaking import Remaking
from ppl.runners import Discover

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ppl.handlers import Site
    from ppl.hints import Hint

Array = np.ndarray[Any, Any]


class Posterior(Conversions, Remaking):
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
        Labels along named axes (plates and `dims`), and the sizes of plates without one.
    subset_seed : int
        Chooses the elements that subsampled plates hold.
    strict : bool, optional
        Whether to switch off the compiler's laws that may change the last bits, such as sums over
        data by sufficient statistics.
    without : sequence of str, optional
        Names of passes of the compiler to switch off (`ad.passes.PASSES`), to find out which one a
        result depends on.

    Attributes
    ----------
    dimension : int
        Length of the unconstrained vector.
    names : tuple of str
        Variables of a draw: latent sites and deterministic values, in program order.
    dims : dict of str to tuple of str
        Names of the axes of each variable, and of each observed site.
    pointwise_dims : dict of str to tuple of str
        Names of the axes of pointwise log densities; `NAME_observed` where some values of a site
        are missing.
    coords : dict of str to sequence
        Labels given, and those of plates made from sequences of names.
    deterministics : frozenset of str
        The names that are deterministic values.
    params : frozenset of str
        The names that are learnable and not random (`ppl.param`).
    observed : dict of str to array
        Data of the observed sites, NaN where they are missing.
    constant_data : dict of str to array
        The other arrays among the arguments.
    sites : list of str
        Latent sites and learnable parameters, in the order of the unconstrained vector.

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
        subset_seed: int = 0,
        strict: bool = False,
        without: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        arguments = bind(model, args, kwargs)
        absent = [name for name, value in arguments.arguments.items() if value is None]
        self._given = {
            "coords": required_coords("Posterior", coords),
            "subset_seed": subset_seed,
            "strict": strict,
            "without": tuple(without),
        }
        discover = Discover(name_of(model), absent, _generator(subset_seed))
        self._program = run.Program(model, arguments, discover.layout, self._given["coords"])
        self._trace = first = trace(lines=True)
        with np.errstate(all="ignore"), discover, first:
            self._program.call()
        self._require_parameters()
        sites = [site for site in first.sites.values() if run.reported(site)]
        self.dimension = discover.layout.dimension
        self.sites = list(discover.layout.slots)
        self.names = tuple(site.name for site in sites)
        self.deterministics = frozenset(self.names) - frozenset(self.sites)
        self.params = frozenset(site.name for site in sites if site.kind == "param")
        self.observed = {s.name: _data_of(s) for s in first.sites.values() if s.observed}
        self.dims = {site.name: site.dims for site in sites} | {
            name: first.sites[name].dims for name in self.observed
        }
        self.pointwise_dims = run.pointwise_dims(first.sites.values())
        self.dims |= {
            name: axes for name, axes in self.pointwise_dims.items() if name not in self.dims
        }
        self.coords = coords_of("Posterior", first, self._given["coords"])
        with axes.checked(axes.are_named(first.sites)):
            self._density = ad.density(
                self._program.logdensity,
                self.dimension,
                np.zeros(self.dimension),
                strict=strict,
                without=tuple(without),
            )

    # ---- the density -------------------------------------------------------------------------

    @property
    def compiled_paths(self) -> Any:
        """The code behind it, for `ad.explain`."""
        return self._density.compiled_paths

    @property
    def function(self) -> Callable[[Any], Any]:
        """The log density as a plain function of the unconstrained vector.

        It runs the model in Python; `ad.hessian(posterior.function)`, `ad.compile` and the like
        take it from there.
        """
        return self._program.logdensity

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

    def objective(self, *, prior: bool = True) -> Callable[[Any], Any]:
        """What a mode maximises, as a plain function of the unconstrained vector.

        Parameters
        ----------
        prior : bool
            Whether the densities of the parameters count: with them its maximum is the mode of the
            posterior of the constrained values (there are no log-Jacobians), without them that of
            the likelihood (observed sites and factors).

        Returns
        -------
        callable
            In nats; `ad` can trace it.
        """
        return partial(self._program.objective, prior=prior)

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
        density = self._density
        # The arguments too: other paths of the model may read what the first does not.
        given = contents(self._program.arguments.arguments)
        return str(ad.jit.digest(density.fingerprint, density.data_digest, *self.sites, *given))

    # ---- starting, and writing it otherwise ----------------------------------------------------

    def initial_points(
        self,
        rng: np.random.Generator,
        chains: int = 1,
        *,
        method: str = "ladder",
        values: Mapping[str, Any] | None = None,
    ) -> Array:
        """Find points at which the log density and its gradient are finite.

        Parameters
        ----------
        rng : numpy.random.Generator
        chains : int
            Number of points.
        method : str
            "prior" (draws from the prior), "uniform" (in (-2, 2), unconstrained), "feasible"
            (nearer to the middle of the supports, farther out, mixtures of the two), or "ladder":
            one after the other until a point is found.
        values : mapping of str to array, optional
            Constrained values of some sites, which broadcast to their shapes; the others are
            found. They go before those of `sample(..., infer={"init": value})`.

        Returns
        -------
        array, shape (chains, dimension)

        Raises
        ------
        ModelError
            If there is no such point; it names the site to blame. For values that are no
            parameter's, or outside the support.
        TypeError, ValueError
            For other arguments that cannot be used.
        """
        starting = importlib.import_module("ppl.starting")
        points: Array = starting.initial_points(self, rng, chains, method, values)
        return points

    @cached_property
    def hints(self) -> tuple[Hint, ...]:
        """Ways to write the model that may be easier to sample; `hint.apply()` is a posterior."""
        found: tuple[Hint, ...] = importlib.import_module("ppl.hints").hints_of(
            self, self._program.call
        )
        return found

    def run_model(self) -> None:
        """Run the model with its data under the handlers entered now."""
        self._program.call()

    # ---- data --------------------------------------------------------------------------------

    @cached_property
    def constant_data(self) -> dict[str, Array]:
        """Arrays among the arguments that are not the data of a site."""
        seen = {id(value) for value in self._observed_arguments()}
        return {name: np.array(value) for name, value in self._arrays() if id(value) not in seen}

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
        if not any(site.free for site in self._trace.sites.values()):
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


def _generator(seed: Any) -> np.random.Generator:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(
            f"Posterior: subset_seed must be a nonnegative integer, got {show(seed)} {where()}."
        )
    return np.random.default_rng(seed)


def _data_of(site: Site) -> Array:
    """Data of an observed site, NaN where they are missing."""
    data = np.array(site.value)
    return data if site.present is None else np.where(site.present, data, np.nan)


def _same_data(argument: Data, data: Array) -> bool:
    same = argument.shape == data.shape and argument.dtype.kind in "fiub"
    return same and bool(np.array_equal(argument, data, equal_nan=argument.dtype.kind == "f"))
