"""Learnable parameters made random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppl.errors import ShapeError, show, where
from ppl.handlers.base import UNSET, Handler, Site
from ppl.handlers.fixing import required_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppl.distributions.base import Distribution


class lift(Handler):
    """Give learnable parameters (`ppl.param`) priors, so that they become random variables.

    Parameters
    ----------
    model : callable, optional
    prior : mapping of str to Distribution
        By name; parameters it does not have stay learnable.

    Raises
    ------
    TypeError
        If a prior is not a distribution.
    ShapeError
        At a parameter whose prior has another shape.

    Examples
    --------
    >>> import ppl
    >>> def model(y):
    ...     mu = ppl.param("mu", 0.0)
    ...     ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> lifted = ppl.handlers.lift(model, prior={"mu": ppl.Normal(0, 10)})
    >>> ppl.Posterior(lifted, 1.0).params
    frozenset()
    """

    def __init__(
        self, model: Callable[..., Any] | None = None, *, prior: Mapping[str, Distribution]
    ) -> None:
        super().__init__(model)
        self.prior = required_mapping("lift", prior)
        for name, law in self.prior.items():
            if not hasattr(law, "log_prob") or isinstance(law, type):
                raise TypeError(
                    f"lift: a prior must be a distribution, got {show(law)} for '{name}' {where()}."
                )

    def process(self, site: Site) -> None:
        """Turn the parameter into a random variable."""
        if site.kind != "param" or site.name not in self.prior or site.value is not UNSET:
            return
        law = self.prior[site.name]
        law.require_valid(site.name)
        plates = len(site.plates)
        whole = law.batch_shape + law.event_shape
        if whole not in (site.shape, site.shape[plates:]) and law.batch_shape != ():
            raise ShapeError(
                f"lift: the prior must have the parameter's shape {site.shape}, got {whole}, "
                f"{where(site.name)}."
            )
        site.kind, site.distribution, site.support = "sample", law, None
        site.infer = {}
