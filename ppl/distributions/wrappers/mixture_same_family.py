"""The mixture of laws that are one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ppl.distributions.discrete.categorical import Categorical
from ppl.distributions.mixing import Mixed
from ppl.distributions.wrapping import apart, reduced, require_law, with_laws

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.constraints import Constraint
    from ppl.distributions.base import Distribution, Shape


class MixtureSameFamily(Mixed):
    """Law of a draw from one of the laws on the last batch axis of `components`.

    Parameters
    ----------
    mixing : Categorical
        Which component is drawn; one category for each.
    components : Distribution
        With k components on its last batch axis.

    Raises
    ------
    TypeError
        If the arguments are not such laws.
    ShapeError
        If `components` has no batch axis, or not as many components as `mixing` has categories.

    Examples
    --------
    >>> from ppl import Normal
    >>> law = MixtureSameFamily(Categorical(probs=[0.25, 0.75]), Normal([-2.0, 2.0], [1.0, 0.5]))
    >>> float(law.mean), float(law.variance)
    (1.0, 3.4375)
    """

    def __init__(self, mixing: Any = None, components: Any = None) -> None:
        kind = "a Categorical distribution"
        require_law(self, "mixing", mixing, kind=kind, good=isinstance(mixing, Categorical))
        require_law(self, "components", components)
        self.mixing: Categorical = mixing
        self.components: Distribution = components
        super().__init__()

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the components
        """The set of values of any component: its bounds are reduced over the components."""
        return reduced(self.components.support)

    @property
    def event_shape(self) -> Shape:
        """That of the components."""
        return self.components.event_shape

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shapes of the weights and of the components, without the components' axis."""
        return {"mixing": self.mixing.batch_shape, "components": self.components.batch_shape[:-1]}

    def _misshapen(self) -> tuple[str, str] | None:
        count, got = self.mixing.category_count, self.components.batch_shape[-1:]
        if got == (count,):
            return None
        wrong = f"components must have a last batch axis of size {count}, got batch shape " + str(
            self.components.batch_shape
        )
        return wrong, "There is one component for each category."

    def require_valid(self, site: str | None = None) -> None:
        """Raise if the parameters given at construction to either law were wrong."""
        self.mixing.require_valid(site)
        self.components.require_valid(site)
        super().require_valid(site)

    def kinks(self) -> tuple[Any, ...]:
        """Return the kinks of the components, and where the support of only some of them ends."""
        shape, support = self.components.batch_shape, self.components.support
        each = [np.moveaxis(np.broadcast_to(one, shape), -1, 0) for one in self.components.kinks()]
        ends = [end for end in (support.lowest(), support.clip(np.inf)) if np.ndim(end)]
        own = [one for rows in each for one in rows]
        for end in ends:
            own += apart(list(np.moveaxis(np.broadcast_to(end, shape), -1, 0)))
        return tuple(own)

    def _log_weights(self) -> Any:
        return self.mixing.log_probs()

    def _each(
        self,
        function: Callable[[Distribution, Any], Any],
        value: Any = None,
        *,
        events: int = 1,  # noqa: ARG002 - the components' axis is where it is
    ) -> Any:
        if value is not None:
            value = np.expand_dims(value, axis=-1 - len(self.event_shape))
        return function(self.components, value)

    def _draws(self, rng: np.random.Generator, shape: Shape) -> Any:
        return self.components.draw(rng, (*shape, self.mixing.category_count))

    def __repr__(self) -> str:
        return f"MixtureSameFamily({self.mixing!r}, {self.components!r})"


MixtureSameFamily.__signature__ = with_laws(MixtureSameFamily, "mixing", "components")  # type: ignore[attr-defined] # for inspect
