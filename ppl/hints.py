"""What a report may offer: ways to write a model that are easier to sample."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ppl.posterior import Posterior
    from ppl.reparam import Reparam


@dataclass(frozen=True)
class Hint:
    """A reparameterisation of one site.

    Attributes
    ----------
    site : str
    strategy : Reparam
    text : str
        What it does, and how to write it.
    posterior : Posterior
        That it was made for.
    """

    site: str
    strategy: Reparam
    text: str
    posterior: Posterior

    def apply(self) -> Posterior:
        """Make the posterior with the site rewritten."""
        return self.posterior.rewritten({self.site: self.strategy})


def hints_of(posterior: Posterior, run: Callable[[], None]) -> tuple[Hint, ...]:
    """Hints for a model: hierarchical sites that could be non-centred."""
    automatic = importlib.import_module("ppl.reparam.automatic")
    chosen: Mapping[str, Any] = automatic.choose(run, (), {})
    return tuple(
        Hint(
            name,
            strategy,
            f"'{name}' depends on its location or scale, which are parameters: write it "
            f'non-centred, ppl.handlers.reparam(model, {{"{name}": ppl.reparam.{strategy!r}}}).',
            posterior,
        )
        for name, strategy in chosen.items()
    )
