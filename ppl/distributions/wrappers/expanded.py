"""A law repeated over a larger batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ppl.constraints import Constraint
from ppl.distributions.base import Shape
from ppl.distributions.equivalent import Equivalent
from ppl.distributions.wrapping import Wrapper


class Expanded(Equivalent, Wrapper):
    """Independent values of `base`, over the batch shape that it broadcasts to with `shape`.

    `base.expand(shape)` makes it.

    Parameters
    ----------
    base : Distribution
    shape : int or tuple of int

    Raises
    ------
    ShapeError
        If the batch shape of `base` does not broadcast with `shape`.

    Examples
    --------
    >>> from ppl import Normal
    >>> Normal(0.0, 1.0).expand((2, 3)).sample(np.random.default_rng(1)).shape
    (2, 3)
    """

    def __init__(self, base: Any = None, shape: int | Sequence[int] = ()) -> None:
        self._require_base(base)
        self.shape: Shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
        super().__init__(base)

    def _law(self) -> Any:
        return self.base

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the base
        """The support of `base`."""
        return self.base.support

    @property
    def has_atoms(self) -> bool:
        """As `base`."""
        return self.base.has_atoms

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shape of `base`, and the shape given."""
        return {"base": self.base.batch_shape, "shape": self.shape}

    def entropy(self) -> Any:
        """Return the entropy of `base`, repeated, in nats."""
        return np.broadcast_to(self.base.entropy(), self.batch_shape)
