"""The modelling language: primitives, distributions, and `Posterior`.

A model is a Python function that calls `sample`, `plate`, `deterministic`, `factor` and `param`.
Its arguments are its data.
"""

import importlib
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
from ppl.missing import impute
from ppl.plates import plate
from ppl.posterior import Posterior
from ppl.primitives import deterministic, factor, param, sample

if TYPE_CHECKING:
    from ppl import reparam
    from ppl.calibrated import Calibration
    from ppl.calibration import calibrate
    from ppl.described import describe
    from ppl.distributions import *  # noqa: F403 - the laws are listed there, in one place
    from ppl.draws import Draws
    from ppl.elbo import ELBO
    from ppl.guides import (
        AutoDelta,
        AutoLaplace,
        AutoLowRankMultivariateNormal,
        AutoMultivariateNormal,
        AutoNormal,
    )
    from ppl.handlers.naming import prefixed as scope
    from ppl.pointwise import log_likelihood, log_prior
    from ppl.predictive import predict, simulate
    from ppl.rendered import render

__all__ = [
    "ELBO",
    "AutoDelta",
    "AutoLaplace",
    "AutoLowRankMultivariateNormal",
    "AutoMultivariateNormal",
    "AutoNormal",
    "Calibration",
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
    "calibrate",
    "constraints",
    "describe",
    "deterministic",
    "factor",
    "handlers",
    "hmm_log_prob",
    "impute",
    "kl_divergence",
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


# What making a posterior does not need: the module, and its name there.
_LATER = {
    "AutoDelta": ("guides", "AutoDelta"),
    "AutoLaplace": ("guides", "AutoLaplace"),
    "AutoLowRankMultivariateNormal": ("guides", "AutoLowRankMultivariateNormal"),
    "AutoMultivariateNormal": ("guides", "AutoMultivariateNormal"),
    "AutoNormal": ("guides", "AutoNormal"),
    "Calibration": ("calibrated", "Calibration"),
    "Draws": ("draws", "Draws"),
    "ELBO": ("elbo", "ELBO"),
    "calibrate": ("calibration", "calibrate"),
    "describe": ("described", "describe"),
    "log_likelihood": ("pointwise", "log_likelihood"),
    "log_prior": ("pointwise", "log_prior"),
    "predict": ("predictive", "predict"),
    "render": ("rendered", "render"),
    "scope": ("handlers.naming", "prefixed"),
    "simulate": ("predictive", "simulate"),
}


def __getattr__(name: str) -> Any:
    """Load a law, or what is seldom needed, when it is first used."""
    if name == "reparam":
        return importlib.import_module("ppl.reparam")
    if name in _LATER:
        module, there = _LATER[name]
        value = getattr(importlib.import_module(f"ppl.{module}"), there)
    elif name in distributions.__all__:
        value = getattr(distributions, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
