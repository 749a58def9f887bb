"""The modelling language: primitives, distributions, and `Posterior`.

A model is a Python function that calls `sample`, `plate`, `deterministic` and `factor`. Its
arguments are its data.
"""

from typing import TYPE_CHECKING, Any

from ppl import constraints, distributions, handlers, transforms
from ppl.distributions import Distribution, parameter
from ppl.distributions.divergence import kl_divergence
from ppl.distributions.graphs import bym2_scaling_factor
from ppl.distributions.markov import hmm_log_prob
from ppl.errors import (
    DataError,
    ModelError,
    OutsideModelError,
    ParameterError,
    ShapeError,
    UndefinedError,
)
from ppl.plates import plate
from ppl.posterior import Posterior
from ppl.predictive import Draws, predict, simulate
from ppl.primitives import deterministic, factor, sample

if TYPE_CHECKING:
    from ppl.distributions import *  # noqa: F403 - the laws are listed there, in one place

__all__ = [
    "DataError",
    "Distribution",
    "Draws",
    "ModelError",
    "OutsideModelError",
    "ParameterError",
    "Posterior",
    "ShapeError",
    "UndefinedError",
    "bym2_scaling_factor",
    "constraints",
    "deterministic",
    "factor",
    "handlers",
    "hmm_log_prob",
    "kl_divergence",
    "parameter",
    "plate",
    "predict",
    "sample",
    "simulate",
    "transforms",
]
__all__ += [name for name in distributions.__all__ if name not in __all__]


def __getattr__(name: str) -> Any:
    """Load a law when it is first used."""
    if name not in distributions.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    law = getattr(distributions, name)
    globals()[name] = law
    return law


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
