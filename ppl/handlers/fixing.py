"""Values of sites given from outside: substituted, observed, or imposed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.data import bind_value, observed
from ppl.errors import ModelError, ShapeError, show, where
from ppl.handlers.base import UNSET, Handler, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class substitute(Handler):
    """Give latent and learnable sites values; they stay what they are, so their density counts.

    Parameters
    ----------
    model : callable, optional
    data : mapping of str to array
        Sites it does not have are left to other handlers. The indices of a subsampled plate are
        given under the plate's name.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     return ppl.sample("mu", ppl.Normal(0, 1))
    >>> float(ppl.handlers.substitute(model, data={"mu": 3.0})())
    3.0
    """

    runs_model = True

    def __init__(self, model: Callable[..., Any] | None = None, *, data: Mapping[str, Any]) -> None:
        super().__init__(model)
        self.data = required_mapping("substitute", data)

    def process(self, site: Site) -> None:
        """Give the site its value if there is one."""
        if (site.free or site.kind == "subset") and site.name in self.data:
            site.value = fitting("substitute", site, self.data[site.name])


class condition(Handler):
    """Observe sites: their values are data from here on.

    Parameters
    ----------
    model : callable, optional
    data : mapping of str to array
        By name of site. Values are checked as those of `obs` are.

    Raises
    ------
    DataError, ShapeError
        At a site whose data cannot be right.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     ppl.sample("y", ppl.Normal(mu, 1))
    >>> posterior = ppl.Posterior(ppl.handlers.condition(model, data={"y": 1.5}))
    >>> posterior.sites, list(posterior.observed)
    (['mu'], ['y'])
    """

    def __init__(self, model: Callable[..., Any] | None = None, *, data: Mapping[str, Any]) -> None:
        super().__init__(model)
        given = required_mapping("condition", data)
        self.data = {name: bind_value(name, value) for name, value in given.items()}

    def process(self, site: Site) -> None:
        """Make the site an observed one."""
        if site.kind != "sample" or site.name not in self.data:
            return
        assert site.distribution is not None, "sample sites have one"
        site.value = observed(site.name, self.data[site.name], site.distribution, site.shape)
        site.observed, site.awaits_data, site.present = True, False, None


class uncondition(Handler):
    """Take the data away from observed sites, which become parameters.

    Parameters
    ----------
    model : callable, optional
    hide : iterable of str, optional
        Names of the sites; all of them without it.
    """

    def __init__(
        self, model: Callable[..., Any] | None = None, *, hide: Iterable[str] | None = None
    ) -> None:
        super().__init__(model)
        self._names = None if hide is None else required_names("uncondition", "hide", hide)

    def process(self, site: Site) -> None:
        """Make the site a latent one."""
        known = site.observed or site.awaits_data
        if site.kind == "sample" and known and (self._names is None or site.name in self._names):
            site.value, site.observed, site.awaits_data = UNSET, False, False
            site.present = None


class do(Handler):
    """Impose values on sites: what made them is cut off, what follows from them stays.

    Where `condition` learns from a value, `do` does not: the site has no density any more. It
    is reported among the deterministic values.

    Parameters
    ----------
    model : callable, optional
    data : mapping of str to array
        By name of site; a value broadcasts to the site's shape.

    References
    ----------
    J. Pearl (2009), Causality, 2nd edition, section 3.2: the truncated factorisation.

    Examples
    --------
    >>> import ppl
    >>> def model():
    ...     x = ppl.sample("x", ppl.Normal(0, 1))
    ...     ppl.sample("y", ppl.Normal(x, 0.1))
    >>> y = ppl.simulate(ppl.handlers.do(model, data={"x": 5.0}), draws=100, seed=1)["y"]
    >>> bool(abs(y.mean() - 5) < 0.05)
    True
    """

    def __init__(self, model: Callable[..., Any] | None = None, *, data: Mapping[str, Any]) -> None:
        super().__init__(model)
        self.data = required_mapping("do", data)

    def process(self, site: Site) -> None:
        """Turn the site into a constant."""
        if site.kind not in ("sample", "deterministic") or site.name not in self.data:
            return
        value = fitting("do", site, self.data[site.name], broadcast=True)
        site.kind, site.value, site.distribution = "deterministic", value, None
        site.observed, site.awaits_data, site.present = False, False, None


def fitting(who: str, site: Site, value: Any, *, broadcast: bool = False) -> Any:
    """Value of the site's shape.

    Raises
    ------
    TypeError, ShapeError
        If it is not numeric, or of another shape.
    """
    if not ad.is_traced(value):
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise TypeError(
                f"{who}: the value of a site must be a number or an array of numbers, got "
                f"{show(value)}, {where(site.name)}."
            )
        value = array[()]
    shape = np.shape(value)
    if shape == site.shape:
        return value
    if broadcast:
        try:
            if np.broadcast_shapes(shape, site.shape) == site.shape:
                return np.broadcast_to(value, site.shape)
        except ValueError:
            pass
    raise ShapeError(
        f"{who}: the value must have the site's shape {site.shape}, got {shape}, "
        f"{where(site.name)}."
    )


def required_mapping(who: str, data: Any) -> dict[str, Any]:
    """Return values by name, or raise."""
    items = getattr(data, "items", None)
    if items is None or not all(isinstance(name, str) for name in data):
        raise TypeError(
            f"{who}: data must be a mapping of site names to values, got {show(data)} {where()}. "
            f'Write {who}(model, data={{"mu": 1.0}}).'
        )
    return dict(items())


def required_names(who: str, what: str, names: Any) -> frozenset[str]:
    """Return a set of names, or raise."""
    if isinstance(names, str):
        names = (names,)
    try:
        found = frozenset(names)
    except TypeError:
        found = frozenset([None])
    if not all(isinstance(name, str) for name in found):
        raise ModelError(
            f"{who}: {what} must be names of sites, got {show(names)} {where()}. "
            'Write a list such as ["mu", "tau"].'
        )
    return found
