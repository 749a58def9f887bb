"""The modelling language: primitives, distributions, and `Posterior`.

A model is a Python function that calls `sample`, `plate`, `deterministic` and `factor`. Its
arguments are its data.
"""

from ppl import constraints, handlers, transforms
from ppl.distributions import (
    Bernoulli,
    Beta,
    Cauchy,
    Distribution,
    Exponential,
    Gamma,
    HalfCauchy,
    HalfNormal,
    Normal,
    Poisson,
    StudentT,
    Uniform,
    parameter,
)
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

__all__ = [
    "Bernoulli",
    "Beta",
    "Cauchy",
    "DataError",
    "Distribution",
    "Draws",
    "Exponential",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "ModelError",
    "Normal",
    "OutsideModelError",
    "ParameterError",
    "Poisson",
    "Posterior",
    "ShapeError",
    "StudentT",
    "UndefinedError",
    "Uniform",
    "constraints",
    "deterministic",
    "factor",
    "handlers",
    "parameter",
    "plate",
    "predict",
    "sample",
    "simulate",
    "transforms",
]
