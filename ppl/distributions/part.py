"""What the parts of `Distribution` use of the law they are a part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ppl.constraints import Constraint
    from ppl.errors import UndefinedError

Shape = tuple[int, ...]


class Part:
    """Base of the parts; `Distribution` gives what is declared here."""

    support: Constraint

    @property
    def batch_shape(self) -> Shape:
        """Shape of the parameters, broadcast together."""
        raise NotImplementedError

    @property
    def event_shape(self) -> Shape:
        """Shape of one draw: () for numbers."""
        raise NotImplementedError

    def log_prob(self, value: Any) -> Any:
        """Return the log density, or log probability, of each value."""
        raise NotImplementedError

    def require_valid(self, site: str | None = None) -> None:
        """Raise if the parameters given at construction were wrong."""
        raise NotImplementedError

    def _undefined(self, what: str) -> UndefinedError:
        raise NotImplementedError
