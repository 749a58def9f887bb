"""The modelling language: primitives, distributions, and `Posterior`.

A model is a Python function that calls `sample`, `plate`, `deterministic` and `factor`. Its
arguments are its data.
"""

from typing import TYPE_CHECKING, Any

from ppl import constraints, distributions, handlers, transforms
from ppl.distributions import Distribution, parameter
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
    from ppl.distributions import (
        Arcsine,
        AsymmetricLaplace,
        Bernoulli,
        Beta,
        BetaBinomial,
        BetaPrime,
        BetaProportion,
        Binomial,
        Categorical,
        Cauchy,
        Chi,
        ChiSquared,
        ContinuousBernoulli,
        Delta,
        DiscreteUniform,
        ExGaussian,
        Exponential,
        FisherSnedecor,
        Frechet,
        Gamma,
        GeneralizedExtremeValue,
        GeneralizedNormal,
        GeneralizedPareto,
        Geometric,
        Gompertz,
        Gumbel,
        HalfCauchy,
        HalfNormal,
        HalfStudentT,
        Hypergeometric,
        InvChiSquared,
        InverseGamma,
        InverseGaussian,
        JohnsonSU,
        Kumaraswamy,
        Laplace,
        Logistic,
        LogitNormal,
        LogLogistic,
        LogNormal,
        LogUniform,
        Lomax,
        Maxwell,
        Moyal,
        NegativeBinomial,
        NegativeBinomial2,
        Normal,
        OrderedLogistic,
        OrderedProbit,
        Pareto,
        Poisson,
        Rayleigh,
        ScaledInvChiSquared,
        SkewNormal,
        StudentT,
        Triangular,
        TruncatedNormal,
        Uniform,
        Weibull,
        ZeroInflated,
    )

__all__ = [
    "Arcsine",
    "AsymmetricLaplace",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "BetaPrime",
    "BetaProportion",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi",
    "ChiSquared",
    "ContinuousBernoulli",
    "DataError",
    "Delta",
    "DiscreteUniform",
    "Distribution",
    "Draws",
    "ExGaussian",
    "Exponential",
    "FisherSnedecor",
    "Frechet",
    "Gamma",
    "GeneralizedExtremeValue",
    "GeneralizedNormal",
    "GeneralizedPareto",
    "Geometric",
    "Gompertz",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "HalfStudentT",
    "Hypergeometric",
    "InvChiSquared",
    "InverseGamma",
    "InverseGaussian",
    "JohnsonSU",
    "Kumaraswamy",
    "Laplace",
    "LogLogistic",
    "LogNormal",
    "LogUniform",
    "Logistic",
    "LogitNormal",
    "Lomax",
    "Maxwell",
    "ModelError",
    "Moyal",
    "NegativeBinomial",
    "NegativeBinomial2",
    "Normal",
    "OrderedLogistic",
    "OrderedProbit",
    "OutsideModelError",
    "ParameterError",
    "Pareto",
    "Poisson",
    "Posterior",
    "Rayleigh",
    "ScaledInvChiSquared",
    "ShapeError",
    "SkewNormal",
    "StudentT",
    "Triangular",
    "TruncatedNormal",
    "UndefinedError",
    "Uniform",
    "Weibull",
    "ZeroInflated",
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


def __getattr__(name: str) -> Any:
    """Load a law when it is first used."""
    if name not in distributions.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    law = getattr(distributions, name)
    globals()[name] = law
    return law


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
