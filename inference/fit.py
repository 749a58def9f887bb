"""What a sampler returns: draws by name, statistics, and what they are worth."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import ad
from inference import arguments, export, report, summary
from inference import density as densities
from inference.density import Density, Description
from inference.errors import InferenceValueError
from inference.kernels import layout
from inference.progress import Callback

Continuation: TypeAlias = Callable[..., "Fit"]
"""`(draws in all, cores=, callback=, progress=) -> Fit`."""


class Fit:
    """Draws from a posterior.

    `fit["mu"]` is an array of shape (chain, draw, ...), constrained.

    Parameters
    ----------
    values : callable
        Gives draws by name, shape (chain, draw, ...); called once, when first needed.
    sample_stats, warmup_stats : mapping of str to array, shape (chain, draw)
        By ArviZ's names: lp (nats), acceptance_rate, step_size, tree_depth, n_steps, diverging,
        energy (nats).
    adaptation : mapping of str to array
        What warmup learnt, see `inference.adapted`: step_size, shape (chain,); variance, shape
        (chain, dimension), the diagonal of the inverse metric; position; and more where the metric
        is not diagonal. It can be given to another run: `nuts(density, adapted=fit.adaptation)`.
    unconstrained : array, shape (chain, draw, dimension), or callable that gives it
    description : Description
        Dims, coordinates, data.
    attributes : mapping
        Settings, seed, versions, times.
    log_likelihood : callable
        Gives pointwise log likelihoods by site, in nats.
    shape : tuple of int
        Of `unconstrained`, if that is a callable.
    continuation : callable, optional
        What `extend` does.
    """

    def __init__(
        self,
        values: Callable[[], Mapping[str, NDArray[Any]]],
        *,
        sample_stats: MutableMapping[str, NDArray[Any]],
        warmup_stats: MutableMapping[str, NDArray[Any]],
        adaptation: Mapping[str, NDArray[np.float64]],
        unconstrained: NDArray[np.float64] | Callable[[], NDArray[np.float64]],
        description: Description,
        attributes: Mapping[str, Any],
        log_likelihood: Callable[[], dict[str, NDArray[Any]]] = dict,
        shape: tuple[int, int, int] | None = None,
        continuation: "Continuation | None" = None,
    ) -> None:
        self._make_values = values
        self._make_log_likelihood = log_likelihood
        self._values: Mapping[str, NDArray[Any]] | None = None
        self._log_likelihood: dict[str, NDArray[Any]] | None = None
        self._summary: summary.Summary | None = None
        self.sample_stats = sample_stats
        self.warmup_stats = warmup_stats
        self.adaptation = dict(adaptation)
        self._unconstrained = unconstrained
        self._shape: tuple[int, ...] = np.shape(unconstrained) if shape is None else shape  # type: ignore[arg-type]  # an array then
        self._continuation = continuation
        self.description = description
        self.attributes = dict(attributes)

    @classmethod
    def of_draws(
        cls,
        density: Density,
        *,
        draws: NDArray[np.float64],
        sample_stats: Mapping[str, NDArray[Any]],
        warmup_stats: Mapping[str, NDArray[Any]],
        adaptation: Mapping[str, NDArray[np.float64]],
        attributes: Mapping[str, Any],
        continuation: "Continuation | None" = None,
    ) -> "Fit":
        """Fit of unconstrained draws, shape (chain, draw, dimension), of a density."""
        flat = draws.reshape(-1, draws.shape[2])

        def by_chain(values: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
            arrays = {name: np.asarray(value) for name, value in values.items()}
            return {
                name: array.reshape(*draws.shape[:2], *array.shape[1:])
                for name, array in arrays.items()
            }

        def log_likelihood() -> dict[str, NDArray[Any]]:
            function = getattr(density, "log_likelihood", None)
            return by_chain(function(flat)) if function is not None else {}

        return cls(
            lambda: by_chain(densities.constrain(density, flat)),
            sample_stats=dict(sample_stats),
            warmup_stats=dict(warmup_stats),
            adaptation=adaptation,
            unconstrained=draws,
            description=densities.describe(
                density, diverged=bool(np.any(sample_stats.get("diverging", False)))
            ),
            attributes=attributes,
            log_likelihood=log_likelihood,
            continuation=continuation,
        )

    def __reduce__(self) -> Any:
        """Pickled with all its draws; it does not know its chains any more."""
        state = {
            "values": dict(self.values),
            "log_likelihood": dict(self.log_likelihood),
            "sample_stats": dict(self.sample_stats),
            "warmup_stats": dict(self.warmup_stats),
            "adaptation": self.adaptation,
            "unconstrained": self.unconstrained,
            "description": self.description,
            "attributes": self.attributes,
        }
        return _unpickled, (state,)

    @property
    def unconstrained(self) -> NDArray[np.float64]:
        """Unconstrained draws, shape (chain, draw, dimension); of a store, read anew each time."""
        given = self._unconstrained
        return given() if callable(given) else given

    @property
    def values(self) -> Mapping[str, NDArray[Any]]:
        """Draws by name, shape (chain, draw, ...)."""
        if self._values is None:
            self._values = self._make_values()
        return self._values

    @property
    def log_likelihood(self) -> dict[str, NDArray[Any]]:
        """Pointwise log likelihoods by site in nats, (chain, draw, ...); {} if not offered."""
        if self._log_likelihood is None:
            self._log_likelihood = self._make_log_likelihood()
        return self._log_likelihood

    def __getitem__(self, name: str) -> NDArray[Any]:
        try:
            return self.values[name]
        except KeyError:
            raise KeyError(
                f"Fit: name must be one of {', '.join(self.values)}, got {name!r}."
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    @property
    def chains(self) -> int:
        """Chains in the fit."""
        return self._shape[0]

    @property
    def draws(self) -> int:
        """Draws a chain."""
        return self._shape[1]

    def extend(
        self,
        draws: int,
        *,
        cores: int | None = None,
        callback: Callback | None = None,
        progress: bool = True,
    ) -> "Fit":
        """Sample on, from where the chains are.

        Parameters
        ----------
        draws : int
            More draws a chain.
        cores, callback, progress
            As for `inference.nuts`.

        Returns
        -------
        Fit
            Of all draws, the same bits as a run that was longer from the start. This fit stays what
            it is, but for one with a store, which has the longer run's draws afterwards.

        Raises
        ------
        InferenceValueError
            For a fit that does not know its chains any more: one that was loaded or put together.
        """
        more = arguments.integer("Fit.extend", "draws", draws, 1)
        if self._continuation is None:
            raise InferenceValueError(
                "Fit.extend: the fit must be as the sampler returned it, got one without its "
                "chains. Sample with store=path, and use inference.resume(path, density, draws=n)."
            )
        return self._continuation(
            self._shape[1] + more, cores=cores, callback=callback, progress=progress
        )

    def summary(self) -> summary.Summary:
        """Means, quantiles, effective sample sizes and R-hat, one row a scalar."""
        if self._summary is None:
            dims, coords = self.description.dims, self.description.coords
            self._summary = summary.summarise(self.values, dims, coords)
        return self._summary

    def warnings(self) -> list[str]:
        """What stands against trusting the fit, and what to do about it; empty if nothing does."""
        return report.warnings_of(self)

    def to_arviz(self) -> Any:
        """Return the fit as ArviZ data: `InferenceData` (ArviZ 0.2x), `DataTree` (ArviZ 1.x)."""
        return export.to_arviz(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fit to one file, for `inference.load`."""
        export.save(self, path)

    def __repr__(self) -> str:
        text = f"<Fit: {self.chains} chains of {self.draws} draws, {self._shape[2]} dimensions"
        if "n_steps" in self.sample_stats:
            text += f", {int(self.sample_stats['n_steps'].sum())} leapfrog steps"
        if "diverging" in self.sample_stats:
            text += f", {int(self.sample_stats['diverging'].sum())} divergences"
        return f"{text}>"


def _unpickled(state: dict[str, Any]) -> Fit:
    """Fit that was pickled."""
    values, log_likelihood = state.pop("values"), state.pop("log_likelihood")
    return Fit(lambda: values, log_likelihood=lambda: log_likelihood, **state)


def columns(table: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """Statistics by name, shape (chain, transition), from the kernels' rows of eight."""
    kinds: dict[str, type] = {"tree_depth": np.int64, "n_steps": np.int64, "diverging": np.bool_}
    return {
        name: table[:, :, k].astype(kinds.get(name, np.float64), copy=False)
        for k, name in enumerate(layout.STATISTICS)
    }


def provenance(density: Density) -> dict[str, Any]:
    """What bits depend on besides settings and seed."""
    return {
        "fingerprint": densities.describe(density).fingerprint,
        "host": ad.jit.host().key,
        "platform": _system(),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
    }


def _system() -> str:
    """Operating system and C library (whose `exp` is called), without `platform`'s 10 ms."""
    parts = [sys.platform]
    if hasattr(os, "uname"):
        about = os.uname()
        parts = [about.sysname, about.release, about.machine]
    if "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {}):
        parts.append(os.confstr("CS_GNU_LIBC_VERSION") or "")
    return " ".join(parts)
