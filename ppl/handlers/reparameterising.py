"""The same model over other random variables."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.errors import ModelError, ShapeError, show, where
from ppl.handlers.base import UNSET, Handler, Site, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.distributions.base import Distribution
    from ppl.reparam import Reparam

    Config = Mapping[str, Reparam] | Callable[[Site], Reparam | None] | str


class reparam(Handler):
    """Put other random variables in the place of latent sites, without changing the model's law.

    A site becomes a function of auxiliary ones (`theta_decentered`), which are easier to sample;
    its own name stays in the results, as a deterministic value.

    Parameters
    ----------
    model : callable, optional
    config : mapping of str to Reparam, callable of Site, or "auto"
        Which sites are written how (see `ppl.reparam`). "auto" takes every latent site of a
        location-scale family whose location or scale is itself a parameter, and writes it
        non-centred; it needs the model, which is looked through when it is first run.

    Raises
    ------
    TypeError
        If the configuration is none of these, or "auto" comes without a model.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     tau = ppl.sample("tau", ppl.HalfNormal(1))
    ...     with ppl.plate("school", 8):
    ...         ppl.sample("theta", ppl.Normal(0, tau))
    >>> posterior = ppl.Posterior(ppl.handlers.reparam(model, config="auto"))
    >>> posterior.names
    ('tau', 'theta_decentered', 'theta')
    """

    def __init__(
        self, model: Callable[..., Any] | None = None, config: Config | None = None
    ) -> None:
        super().__init__(model)
        known = isinstance(config, Mapping) or callable(config) or config == "auto"
        if not known:
            raise TypeError(
                f"reparam: config must be a mapping of site names to reparameterisations, a "
                f'function of a site, or "auto", got {show(config)} {where()}. '
                'Write config={"theta": ppl.reparam.LocScaleReparam(0)}.'
            )
        if config == "auto" and model is None:
            raise TypeError(
                f'reparam: the model must be given with config="auto", got none {where()}. Write '
                'ppl.handlers.reparam(model, config="auto").'
            )
        if isinstance(config, Mapping):
            for name, strategy in config.items():
                _require_strategy(name, strategy)
        self._config = config
        self._auto: Mapping[str, Reparam] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the model under the handler, and return what it returns."""
        if self._config == "auto" and self._auto is None:
            automatic = importlib.import_module("ppl.reparam.automatic")
            self._auto = automatic.choose(self.model, args, kwargs)
        return super().__call__(*args, **kwargs)

    def process(self, site: Site) -> None:
        """Write a latent site over auxiliary ones."""
        if not site.latent or site.value is not UNSET:
            return
        strategy = self._strategy(site)
        if strategy is None:
            return
        _require_strategy(site.name, strategy)
        value = strategy(site, Auxiliary(site))
        site.kind, site.value, site.distribution = "deterministic", value, None

    def _strategy(self, site: Site) -> Reparam | None:
        if self._config == "auto":
            return (self._auto or {}).get(site.name)
        if isinstance(self._config, Mapping):
            return self._config.get(site.name)
        assert callable(self._config), "checked at construction"
        return self._config(site)


class Auxiliary:
    """What a reparameterisation declares in the place of a site.

    Parameters
    ----------
    site : Site
        The site that is being replaced; plates, weights and remarks are taken over.
    """

    def __init__(self, site: Site) -> None:
        self._site = site

    def sample(
        self, suffix: str, law: Distribution, more: tuple[int, ...] = (), *, dims: str = ""
    ) -> Any:
        """Declare a random variable `NAME_suffix` of the site's shape, and get its value.

        Parameters
        ----------
        suffix : str
        law : Distribution
            Broadcasts to the shape.
        more : tuple of int
            Further axes, after those of the site.
        dims : str
            What the further axes are called, followed by their numbers.
        """
        site = self._site
        event = len(law.event_shape)
        shape = site.shape + more
        batch = shape[: len(shape) - event]
        try:
            fits = np.broadcast_shapes(law.batch_shape, batch) == batch
        except ValueError:
            fits = False
        if not fits:
            raise ShapeError(
                f"reparam: the law of '{site.name}_{suffix}' must broadcast to {batch}, got "
                f"{law.batch_shape}, {where(site.name)}."
            )
        name = f"{site.name}_{suffix}"
        extra = tuple(f"{name}_{dims or 'dim'}_{axis}" for axis in range(len(more)))
        return send(
            Site(
                "sample",
                name,
                law,
                shape=shape,
                plates=site.plates,
                dims=site.dims + extra,
                infer=site.infer,
                scale=site.scale,
                mask=site.mask,
            )
        )


def _require_strategy(name: str, strategy: Any) -> None:
    if not callable(strategy) or isinstance(strategy, type):
        raise ModelError(
            f"reparam: a reparameterisation must be an object such as "
            f"ppl.reparam.LocScaleReparam(0), got {show(strategy)}, {where(name)}."
        )
