"""The mixture of several laws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.constraints import Constraint, real_vector, simplex
from ppl.distributions.mixing import Mixed
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import apart, hull, require_law, with_laws
from ppl.errors import show, where

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppl.distributions.base import Distribution, Shape


class Mixture(Mixed):
    """Law of a draw from one of several laws, each taken with a given probability.

    Exactly one of `weights` and `logits` is given.

    Parameters
    ----------
    weights : array, shape (..., k)
        Probabilities of the components, with sum 1; also `w`.
    components : sequence of k Distribution
        All discrete or all continuous, with one event shape; also `comp_dists`.
    logits : array, shape (..., k)
        Log weights up to a constant, by name.

    Raises
    ------
    TypeError
        If the components are not distributions, or of both kinds.
    ShapeError
        If they have several event shapes, or there are not k of them.

    Notes
    -----
    The log density is a log-sum-exp, in which a component of probability or density 0 counts
    nothing and has derivative 0. Quantiles are found by bisection.

    Examples
    --------
    >>> from ppl import Normal
    >>> law = Mixture([0.25, 0.75], [Normal(-2.0, 1.0), Normal(2.0, 0.5)])
    >>> float(law.mean), float(law.variance)
    (1.0, 3.4375)
    """

    weights = parameter(
        simplex,
        group="weights",
        aliases=("w",),
        derived=lambda law: ad.special.softmax(law.logits, axis=-1),
    )
    logits = parameter(
        real_vector,
        keyword_only=True,
        group="weights",
        derived=lambda law: np.log(law.weights),
    )

    def __init__(
        self,
        weights: Any = None,
        components: Sequence[Distribution] | None = None,
        **others: Any,
    ) -> None:
        components = others.pop("comp_dists", components)
        if not isinstance(components, list | tuple) or not components:
            raise TypeError(
                f"Mixture: components must be a list of distributions, got {show(components)} "
                f"{where()}. For one law with a batch axis of components use MixtureSameFamily."
            )
        for index, law in enumerate(components):
            require_law(self, f"components[{index}]", law)
        self.components = tuple(components)
        first = self.components[0]
        if any(law.has_atoms != first.has_atoms for law in self.components):
            raise TypeError(
                f"Mixture: components must be all discrete or all continuous, got "
                f"{', '.join(type(law).__name__ for law in self.components)} {where()}. "
                "For a continuous law with a probability of 0 use Hurdle."
            )
        if weights is not None:
            others["weights"] = weights
        super().__init__(**others)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the components
        """The smallest interval, or range of integers, with the supports of the components."""
        return hull(law.support for law in self.components)

    @property
    def event_shape(self) -> Shape:
        """That of the components."""
        first: Distribution = self.components[0]
        return first.event_shape

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shapes of the weights and of the components."""
        components = {
            f"components[{index}]": law.batch_shape for index, law in enumerate(self.components)
        }
        return {**super().parameter_shapes(), **components}

    def _misshapen(self) -> tuple[str, str] | None:
        shapes = [law.event_shape for law in self.components]
        if len(set(shapes)) > 1:
            got = f"components must have one event shape, got {shapes}"
            return got, "Use laws of vectors of one size."
        count = np.shape(vars(self)[self._given[0]])[-1]
        if count != len(shapes):
            got = f"{self._given[0]} must have one element a component, {len(shapes)}, got {count}"
            return got, "They lie on the last axis."
        return None

    def require_valid(self, site: str | None = None) -> None:
        """Raise if the parameters given at construction, here or to a component, were wrong."""
        for law in self.components:
            law.require_valid(site)
        super().require_valid(site)

    def kinks(self) -> tuple[Any, ...]:
        """Return the kinks of the components, and where the support of only some of them ends."""
        supports = [law.support for law in self.components]
        own = [one for law in self.components for one in law.kinks()]
        for ends in ([s.lowest() for s in supports], [s.clip(np.inf) for s in supports]):
            own += apart(ends)
        return tuple(own)

    def _log_weights(self) -> Any:
        if "logits" in self._given:
            return ad.special.log_softmax(self.logits, axis=-1)
        return np.log(self.weights)

    def _each(
        self, function: Callable[[Distribution, Any], Any], value: Any = None, *, events: int = 1
    ) -> Any:
        values = [function(law, value) for law in self.components]
        shape = np.broadcast_shapes(*(np.shape(one) for one in values))
        extra = 0 if value is not None else events * len(self.event_shape)
        return np.stack([np.broadcast_to(one, shape) for one in values], axis=-1 - extra)

    def _draws(self, rng: np.random.Generator, shape: Shape) -> Any:
        extra = len(self.event_shape)
        return np.stack([law.draw(rng, shape) for law in self.components], axis=-1 - extra)

    def __repr__(self) -> str:
        own = super().__repr__()
        return f"{own[:-1]}, {list(self.components)!r})"


Mixture.__signature__ = with_laws(Mixture, "weights", "components")  # type: ignore[attr-defined] # for inspect
