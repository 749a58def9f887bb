"""A model as a table: its sites, and what each adds to the log density at a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl import run
from ppl.data import bind, name_of
from ppl.diagnosis import why
from ppl.errors import where
from ppl.handlers import UNSET, Handler, Site, seed, substitute, trace
from ppl.handlers.fixing import required_mapping
from ppl.labels import required_coords
from ppl.layout import transform_of
from ppl.plates import labelled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Row:
    """What is known of one site.

    Attributes
    ----------
    name, kind : str
        The kind is latent, observed, drawn (data are still to come), deterministic, factor or
        learnable.
    shape : tuple of int
    dims : tuple of str
    law, support, transform : str
        Empty where there is none.
    log_density : float
        Sum over the site's elements in nats, masked and scaled, without log-Jacobian; NaN for
        a site without density.
    verdict : str
        Why the log density is not finite; empty if it is.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    dims: tuple[str, ...]
    law: str
    support: str
    transform: str
    log_density: float
    verdict: str


class Description:
    """Table of a model's sites; `str` and notebooks show it.

    Attributes
    ----------
    rows : list of Row
        In program order.
    log_density : float
        Of all sites together, in nats.
    """

    def __init__(self, model: str, rows: Sequence[Row]) -> None:
        self.model = model
        self.rows = list(rows)
        densities = [row.log_density for row in self.rows if row.kind not in _WITHOUT]
        self.log_density = float(np.sum(densities))

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"Description: name must be one of {', '.join(row.name for row in self.rows)}, got "
            f"{name!r}."
        )

    def __str__(self) -> str:
        head = ("site", "kind", "shape", "dims", "law", "support", "transform", "log density")
        lines = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[k]) for line in lines) for k in range(len(head))]
        shown = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) for line in lines]
        total = f"log density of all sites at this point: {self.log_density:.6g}"
        verdicts = [row.verdict for row in self.rows if row.verdict]
        return "\n".join([*(line.rstrip() for line in shown), "", total, *verdicts])

    def __repr__(self) -> str:
        return f"Description of {self.model}\n{self}"


_WITHOUT = ("deterministic", "learnable")


def describe(
    model: Callable[..., Any],
    *args: Any,
    at: Mapping[str, Any] | None = None,
    coords: Mapping[str, Sequence[Any]] | None = None,
    **kwargs: Any,
) -> Description:
    """Describe a model's sites, and its log density at a point.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Its arguments; sites whose data are left out are drawn.
    at : mapping of str to array, optional
        Values of latent sites. The others get the middle of their support (the image of 0 under
        the transform).
    coords : mapping of str to sequence, optional
        Labels along named axes, and the sizes of plates without one.

    Returns
    -------
    Description
        Its text is a table with, for every site, shape, dims, law, support, transform and log
        density, and below it why a density is not finite.

    Raises
    ------
    TypeError, ValueError
        As when the model is made a `ppl.Posterior`.

    Examples
    --------
    >>> import ppl
    >>> def model(y):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> print(ppl.describe(model, 2.0))
    site  kind      shape  dims  law     support  transform  log density
    mu    latent    ()           Normal  finite   Identity   -0.918939
    y     observed  ()           Normal  finite              -2.91894
    <BLANKLINE>
    log density of all sites at this point: -3.83788
    """
    arguments = bind(model, args, kwargs)
    given = {} if at is None else required_mapping("describe", at)
    record = trace(lines=True)
    outer = seed(rng=0)
    with (
        np.errstate(all="ignore"),
        outer,
        _Middle(),
        substitute(data=given),
        record,
        labelled(required_coords("describe", coords)),
    ):
        model(*arguments.args, **arguments.kwargs)
    unknown = [name for name in given if name not in record.sites]
    if unknown:
        raise KeyError(
            f"describe: at must have names of sites, {', '.join(record.sites)}, got "
            f"'{unknown[0]}' {where()}."
        )
    return Description(name_of(model), [_row(site) for site in record.sites.values()])


class _Middle(Handler):
    """Give continuous latent sites the middle of their support."""

    checks_parameters = False

    def process(self, site: Site) -> None:
        """Give the site a value."""
        law = site.distribution
        if site.latent and site.value is UNSET and law is not None and not law.discrete:
            transform = transform_of(site)
            site.value = transform.forward(np.zeros(transform.unconstrained_shape(site.shape))[()])


def _kind(site: Site) -> str:
    if site.kind == "param":
        return "learnable"
    if site.kind != "sample":
        return site.kind
    if site.present is not None:
        return f"observed, {int((~site.present).sum())} missing"
    return "observed" if site.observed else "drawn" if site.awaits_data else "latent"


def _row(site: Site) -> Row:
    law = site.distribution
    support = law.support if law is not None else site.support
    transform = ""
    if site.free and not (law is not None and law.discrete):
        transform = type(transform_of(site)).__name__
    with np.errstate(all="ignore"):
        has_density = site.kind in ("sample", "factor")
        density = float(run.contribution(site)) if has_density else float("nan")
    verdict = ""
    if has_density and not np.isfinite(density):
        place = where(site.name, site.line)
        verdict = f"The log density is {density} {place}: {why(site)}."
    return Row(
        site.name,
        _kind(site),
        site.shape,
        site.dims,
        "" if law is None else type(law).__name__,
        "" if support is None else str(support),
        transform,
        density,
        verdict,
    )


def _cells(row: Row) -> tuple[str, ...]:
    density = "" if row.kind in _WITHOUT else f"{row.log_density:.6g}"
    dims = ", ".join(row.dims)
    named = (row.name, row.kind, str(row.shape), dims, row.law, row.support, row.transform)
    return (*named, density)
