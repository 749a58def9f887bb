"""What automatic guides share: the model's latent sites, and where their values start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl import handlers
from ppl.data import name_of
from ppl.distributions.base import Distribution
from ppl.errors import ModelError, UndefinedError, show, where
from ppl.handlers import Handler, Site, trace
from ppl.layout import Layout, transform_of
from ppl.primitives import sample
from ppl.runners import Discover

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.transforms import Transform

PRIOR_DRAWS = 15
RADIUS = 2.0


class Image(Distribution):
    """Law of `transform.forward(u)` once u is drawn: a point, whose density is 1 / |Jacobian|.

    With u drawn by an auxiliary site before it, the two sites together have the density of the
    value. `counted=False` leaves the Jacobian out.
    """

    def __init__(self, transform: Transform, u: Any, shape: tuple[int, ...], counted: bool) -> None:
        self.transform, self.u, self.counted = transform, u, counted
        self._given: tuple[str, ...] = ()
        self._problem = None
        cut = len(shape) - transform.event_dim
        self._batch_shape, self._event = shape[:cut], shape[cut:]

    discrete = False  # whatever the support

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Axes that the transform maps as a whole."""
        return self._event

    def placed(self) -> Any:
        """Return the value."""
        return self.transform.forward(self.u)

    def log_prob_inside(self, value: Any) -> Any:  # noqa: ARG002 - it is known
        """Log density in nats, summed where it has to be."""
        if not self.counted:
            return 0.0
        return -np.sum(self.transform.log_jacobian(self.u))


class Scout(Handler):
    """A run that draws each latent site from its prior, as far as that has draws."""

    runs_model = True
    checks_parameters = False

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self._rng = rng

    def process(self, site: Site) -> None:
        """Give every site without a value one."""
        if site.kind == "subset":
            plate = site.plates[0]
            site.value = np.arange(plate.size)
        elif site.kind == "param" and site.value is handlers.UNSET:
            site.value = handlers.base.initial_value(site, self._rng)
        elif site.latent and site.value is handlers.UNSET:
            law = site.distribution
            assert law is not None
            try:
                batch = site.shape[: len(site.shape) - len(law.event_shape)]
                site.value = law.draw(self._rng, batch)
            except (UndefinedError, ValueError):
                transform = transform_of(site)
                site.value = transform.forward(np.zeros(transform.unconstrained_shape(site.shape)))


def positive_scale(who: str, scale: Any) -> Any:
    """Return a standard deviation, or an array of numbers, or raise."""
    try:
        found = np.asarray(scale, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{who}: scale must be a number, got {show(scale)} {where()}.") from None
    if not np.isfinite(found).all() or (not found.ndim and found <= 0.0):
        raise ValueError(f"{who}: scale must be positive, got {show(scale)} {where()}.")
    return found if found.ndim else float(found)


class AutoGuide:
    """Base of automatic guides.

    Parameters
    ----------
    model : callable
    init : str or mapping of str to array
        Where values start: "median" of draws from the prior, "uniform" on (-2, 2) of the
        unconstrained scale, or values by name, the median for other sites. Values of
        `sample(..., infer={"init": value})` go before.
    prefix : str
        Of the names of the guide's parameters.
    seed : int
        Of the draws that starts are made from.
    """

    factorised = False  # whether all numbers are independent, which fits warn of

    def __init__(
        self,
        model: Callable[..., Any],
        *,
        init: str | Mapping[str, Any] = "median",
        prefix: str = "auto",
        seed: int = 0,
    ) -> None:
        who = type(self).__name__
        if not callable(model):
            raise TypeError(f"{who}: the model must be a function, got {show(model)} {where()}.")
        if not isinstance(init, Mapping) and init not in ("median", "uniform"):
            raise ValueError(
                f"{who}: init must be 'median', 'uniform' or values by name, got {show(init)} "
                f"{where()}."
            )
        self.model, self.prefix = model, prefix
        self._init, self._seed = init, seed
        self.sites: dict[str, Site] = {}
        self.layout = Layout()
        self.start: dict[str, Any] = {}

    def prepare(self, *args: Any, **kwargs: Any) -> None:
        """Find the latent sites of the model called with these arguments, and their starts."""
        rng = np.random.default_rng(self._seed)
        discover = Discover(name_of(self.model), [], rng)
        with handlers.only(()), np.errstate(all="ignore"), discover, trace() as record:
            self.model(*args, **kwargs)
        self.sites = {name: site for name, site in record.sites.items() if site.latent}
        if not self.sites:
            raise ModelError(
                f"{type(self).__name__}: the model must have a latent site, got none in "
                f"{name_of(self.model)} {where()}. Leave the guide's work to ppl.Posterior."
            )
        self.layout = Layout()
        for name, site in self.sites.items():
            transform = self.transform(name)
            self.layout.add(name, transform.unconstrained_shape(site.shape), site.shape)
        self.start = self._starts(rng, args, kwargs)

    def _starts(self, rng: np.random.Generator, args: Any, kwargs: Any) -> dict[str, Any]:
        """Unconstrained values of all sites to start from."""
        given = self._init if isinstance(self._init, Mapping) else {}
        unknown = sorted(set(given) - set(self.sites))
        if unknown:
            raise ModelError(
                f"{type(self).__name__}: init must name latent sites, got {unknown}; the model "
                f"has {list(self.sites)} {where()}."
            )
        given = {n: s.infer["init"] for n, s in self.sites.items() if "init" in s.infer} | dict(
            given
        )
        drawn: list[dict[str, Any]] = []
        if self._init != "uniform" and len(given) < len(self.sites):
            for _ in range(PRIOR_DRAWS):
                with (
                    handlers.only(()),
                    np.errstate(all="ignore"),
                    Scout(rng),
                    trace() as record,
                ):
                    self.model(*args, **kwargs)
                drawn.append({name: record.sites[name].value for name in self.sites})
        starts = {}
        for name, site in self.sites.items():
            shape = self.layout.slots[name].shape
            transform = self.transform(name)
            with np.errstate(all="ignore"):
                if name in given:
                    value = given[name](rng) if callable(given[name]) else given[name]
                    value = np.broadcast_to(np.asarray(value, np.float64), site.shape)
                    start = np.asarray(transform.inverse(value[()]))
                    if not np.isfinite(start).all():
                        raise ModelError(
                            f"{type(self).__name__}: init must be inside the support, got "
                            f"{show(value)} in site '{name}' {where()}."
                        )
                elif drawn:
                    each = [transform.inverse(np.asarray(draw[name])[()]) for draw in drawn]
                    start = np.median(np.asarray(each), axis=0)
                else:
                    start = rng.uniform(-RADIUS, RADIUS, shape)
            starts[name] = np.where(np.isfinite(start), start, 0.0).reshape(shape)
        return starts

    def transform(self, name: str) -> Transform:
        """Map of unconstrained numbers onto a site's support."""
        return transform_of(self.sites[name])

    def place(self, name: str, u: Any, *, counted: bool = True) -> Any:
        """Sample the site that is the image of an unconstrained value drawn before."""
        site = self.sites[name]
        law = Image(self.transform(name), u, site.shape, counted)
        law.support = site.distribution.support  # type: ignore[union-attr] # sample sites have laws
        return sample(name, law)

    def joint_start(self) -> Any:
        """Start of all sites as one vector."""
        return self.layout.join(self.start)

    def place_all(self, u: Any) -> dict[str, Any]:
        """Sample all sites as images of parts of one vector."""
        return {name: self.place(name, self.layout.take(u, name)) for name in self.sites}

    def named(self, name: str) -> str:
        """Name of one of the guide's parameters."""
        return f"{self.prefix}_{name}"

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run the guide: values of the latent sites by name."""
        if not self.sites:
            self.prepare(*args, **kwargs)
        return self.run()

    def run(self) -> dict[str, Any]:
        """Sample all sites."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({name_of(self.model)})"
