"""The modelling language: primitives, distributions, and `Posterior`.

A model is a Python function that calls `sample`, `plate`, `deterministic`, `factor` and `param`.
Its arguments are its data.
"""

from typing import TYPE_CHECKING, Any

from ppl import constraints, distributions, handlers, reparam, transforms
from ppl.described import describe
from ppl.distributions import Distribution, parameter
from ppl.distributions.divergence import kl_divergence
from ppl.draws import Draws
from ppl.errors import (
    DataError,
    ModelError,
    OutsideModelError,
    ParameterError,
    ShapeError,
    UndefinedError,
)
from ppl.handlers.naming import prefixed as scope
from ppl.missing import impute
from ppl.plates import plate
from ppl.pointwise import log_likelihood, log_prior
from ppl.posterior import Posterior
from ppl.predictive import predict, simulate
from ppl.primitives import deterministic, factor, param, sample
from ppl.rendered import render

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
    "constraints",
    "describe",
    "deterministic",
    "factor",
    "handlers",
    "kl_divergence",
    "impute",
    "log_likelihood",
    "log_prior",
    "param",
    "parameter",
    "plate",
    "predict",
    "render",
    "reparam",
    "sample",
    "scope",
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
