"""Probability distributions, one class in one file, in folders by family of support.

A new law is one file in a family's folder, its import and its name here, and one row in the table
of cases of its family in `tests/ppl/`; `docs/adding.md` walks through it. Laws are loaded when
first used: a model needs few of them.
"""

import importlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppl.distributions.base import Distribution
from ppl.distributions.parameter import parameter

if TYPE_CHECKING:
    from ppl.distributions.bounded.arcsine import Arcsine
    from ppl.distributions.bounded.beta import Beta
    from ppl.distributions.bounded.beta_proportion import BetaProportion
    from ppl.distributions.bounded.continuous_bernoulli import ContinuousBernoulli
    from ppl.distributions.bounded.kumaraswamy import Kumaraswamy
    from ppl.distributions.bounded.logit_normal import LogitNormal
    from ppl.distributions.bounded.relaxed_bernoulli import RelaxedBernoulli
    from ppl.distributions.bounded.triangular import Triangular
    from ppl.distributions.bounded.truncated_cauchy import TruncatedCauchy
    from ppl.distributions.bounded.truncated_normal import TruncatedNormal
    from ppl.distributions.bounded.uniform import Uniform
    from ppl.distributions.directional.power_spherical import PowerSpherical
    from ppl.distributions.directional.projected_normal import ProjectedNormal
    from ppl.distributions.directional.sine_bivariate_von_mises import SineBivariateVonMises
    from ppl.distributions.directional.sine_skewed import SineSkewed
    from ppl.distributions.directional.spherical_uniform import SphericalUniform
    from ppl.distributions.directional.von_mises import VonMises
    from ppl.distributions.directional.von_mises_fisher import VonMisesFisher
    from ppl.distributions.discrete.bernoulli import Bernoulli
    from ppl.distributions.discrete.beta_binomial import BetaBinomial
    from ppl.distributions.discrete.beta_negative_binomial import BetaNegativeBinomial
    from ppl.distributions.discrete.binomial import Binomial
    from ppl.distributions.discrete.categorical import Categorical
    from ppl.distributions.discrete.delta import Delta
    from ppl.distributions.discrete.discrete_uniform import DiscreteUniform
    from ppl.distributions.discrete.empirical import Empirical
    from ppl.distributions.discrete.finite import Finite
    from ppl.distributions.discrete.geometric import Geometric
    from ppl.distributions.discrete.hypergeometric import Hypergeometric
    from ppl.distributions.discrete.negative_binomial import NegativeBinomial
    from ppl.distributions.discrete.negative_binomial2 import NegativeBinomial2
    from ppl.distributions.discrete.ordered_logistic import OrderedLogistic
    from ppl.distributions.discrete.ordered_probit import OrderedProbit
    from ppl.distributions.discrete.poisson import Poisson
    from ppl.distributions.discrete.skellam import Skellam
    from ppl.distributions.improper.flat import Flat
    from ppl.distributions.improper.half_flat import HalfFlat
    from ppl.distributions.improper.improper_uniform import ImproperUniform
    from ppl.distributions.matrix.inverse_wishart import InverseWishart
    from ppl.distributions.matrix.inverse_wishart_cholesky import InverseWishartCholesky
    from ppl.distributions.matrix.lkj import LKJ
    from ppl.distributions.matrix.lkj_cholesky import LKJCholesky
    from ppl.distributions.matrix.matrix_normal import MatrixNormal
    from ppl.distributions.matrix.matrix_student_t import MatrixStudentT
    from ppl.distributions.matrix.wishart import Wishart
    from ppl.distributions.matrix.wishart_cholesky import WishartCholesky
    from ppl.distributions.multivariate.dirichlet import Dirichlet
    from ppl.distributions.multivariate.dirichlet_multinomial import DirichletMultinomial
    from ppl.distributions.multivariate.logistic_normal import LogisticNormal
    from ppl.distributions.multivariate.low_rank_multivariate_normal import (
        LowRankMultivariateNormal,
    )
    from ppl.distributions.multivariate.multinomial import Multinomial
    from ppl.distributions.multivariate.multivariate_log_normal import MultivariateLogNormal
    from ppl.distributions.multivariate.multivariate_normal import MultivariateNormal
    from ppl.distributions.multivariate.multivariate_student_t import MultivariateStudentT
    from ppl.distributions.multivariate.one_hot_categorical import OneHotCategorical
    from ppl.distributions.multivariate.relaxed_one_hot_categorical import RelaxedOneHotCategorical
    from ppl.distributions.multivariate.wiener import Wiener
    from ppl.distributions.multivariate.zero_sum_normal import ZeroSumNormal
    from ppl.distributions.positive.beta_prime import BetaPrime
    from ppl.distributions.positive.chi import Chi
    from ppl.distributions.positive.chi_squared import ChiSquared
    from ppl.distributions.positive.exponential import Exponential
    from ppl.distributions.positive.fisher_snedecor import FisherSnedecor
    from ppl.distributions.positive.frechet import Frechet
    from ppl.distributions.positive.gamma import Gamma
    from ppl.distributions.positive.generalized_pareto import GeneralizedPareto
    from ppl.distributions.positive.gompertz import Gompertz
    from ppl.distributions.positive.half_cauchy import HalfCauchy
    from ppl.distributions.positive.half_normal import HalfNormal
    from ppl.distributions.positive.half_student_t import HalfStudentT
    from ppl.distributions.positive.inv_chi_squared import InvChiSquared
    from ppl.distributions.positive.inverse_gamma import InverseGamma
    from ppl.distributions.positive.inverse_gaussian import InverseGaussian
    from ppl.distributions.positive.levy import Levy
    from ppl.distributions.positive.log_logistic import LogLogistic
    from ppl.distributions.positive.log_normal import LogNormal
    from ppl.distributions.positive.log_uniform import LogUniform
    from ppl.distributions.positive.lomax import Lomax
    from ppl.distributions.positive.maxwell import Maxwell
    from ppl.distributions.positive.noncentral_chi_squared import NoncentralChiSquared
    from ppl.distributions.positive.pareto import Pareto
    from ppl.distributions.positive.polya_gamma import PolyaGamma
    from ppl.distributions.positive.rayleigh import Rayleigh
    from ppl.distributions.positive.rice import Rice
    from ppl.distributions.positive.scaled_inv_chi_squared import ScaledInvChiSquared
    from ppl.distributions.positive.weibull import Weibull
    from ppl.distributions.real.asymmetric_laplace import AsymmetricLaplace
    from ppl.distributions.real.cauchy import Cauchy
    from ppl.distributions.real.ex_gaussian import ExGaussian
    from ppl.distributions.real.generalized_extreme_value import GeneralizedExtremeValue
    from ppl.distributions.real.generalized_normal import GeneralizedNormal
    from ppl.distributions.real.gumbel import Gumbel
    from ppl.distributions.real.johnson_su import JohnsonSU
    from ppl.distributions.real.laplace import Laplace
    from ppl.distributions.real.logistic import Logistic
    from ppl.distributions.real.moyal import Moyal
    from ppl.distributions.real.normal import Normal
    from ppl.distributions.real.normal_inverse_gaussian import NormalInverseGaussian
    from ppl.distributions.real.skew_normal import SkewNormal
    from ppl.distributions.real.soft_laplace import SoftLaplace
    from ppl.distributions.real.student_t import StudentT
    from ppl.distributions.spatial.car import CAR
    from ppl.distributions.spatial.icar import ICAR
    from ppl.distributions.timeseries.ar import AR
    from ppl.distributions.timeseries.discrete_hmm import DiscreteHMM
    from ppl.distributions.timeseries.euler_maruyama import EulerMaruyama
    from ppl.distributions.timeseries.garch11 import GARCH11
    from ppl.distributions.timeseries.gaussian_random_walk import GaussianRandomWalk
    from ppl.distributions.timeseries.linear_gaussian_state_space import LinearGaussianStateSpace
    from ppl.distributions.timeseries.multivariate_gaussian_random_walk import (
        MultivariateGaussianRandomWalk,
    )
    from ppl.distributions.wrappers.censored import Censored
    from ppl.distributions.wrappers.discretised import Discretised
    from ppl.distributions.wrappers.expanded import Expanded
    from ppl.distributions.wrappers.folded import Folded
    from ppl.distributions.wrappers.grouped import Grouped
    from ppl.distributions.wrappers.hurdle import Hurdle
    from ppl.distributions.wrappers.hurdle_gamma import HurdleGamma
    from ppl.distributions.wrappers.hurdle_log_normal import HurdleLogNormal
    from ppl.distributions.wrappers.hurdle_negative_binomial import HurdleNegativeBinomial
    from ppl.distributions.wrappers.hurdle_poisson import HurdlePoisson
    from ppl.distributions.wrappers.independent import Independent
    from ppl.distributions.wrappers.masked import Masked
    from ppl.distributions.wrappers.mixture import Mixture
    from ppl.distributions.wrappers.mixture_same_family import MixtureSameFamily
    from ppl.distributions.wrappers.order_statistic import OrderStatistic
    from ppl.distributions.wrappers.transformed import Transformed
    from ppl.distributions.wrappers.truncated import Truncated
    from ppl.distributions.wrappers.zero_inflated import ZeroInflated
    from ppl.distributions.wrappers.zero_inflated_poisson import ZeroInflatedPoisson
    from ppl.distributions.wrappers.zero_one_inflated_beta import ZeroOneInflatedBeta

__all__ = [
    "AR",
    "CAR",
    "GARCH11",
    "ICAR",
    "LKJ",
    "Arcsine",
    "AsymmetricLaplace",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "BetaNegativeBinomial",
    "BetaPrime",
    "BetaProportion",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Censored",
    "Chi",
    "ChiSquared",
    "ContinuousBernoulli",
    "Delta",
    "Dirichlet",
    "DirichletMultinomial",
    "DiscreteHMM",
    "DiscreteUniform",
    "Discretised",
    "Distribution",
    "Empirical",
    "EulerMaruyama",
    "ExGaussian",
    "Expanded",
    "Exponential",
    "Finite",
    "FisherSnedecor",
    "Flat",
    "Folded",
    "Frechet",
    "Gamma",
    "GaussianRandomWalk",
    "GeneralizedExtremeValue",
    "GeneralizedNormal",
    "GeneralizedPareto",
    "Geometric",
    "Gompertz",
    "Grouped",
    "Gumbel",
    "HalfCauchy",
    "HalfFlat",
    "HalfNormal",
    "HalfStudentT",
    "Hurdle",
    "HurdleGamma",
    "HurdleLogNormal",
    "HurdleNegativeBinomial",
    "HurdlePoisson",
    "Hypergeometric",
    "ImproperUniform",
    "Independent",
    "InvChiSquared",
    "InverseGamma",
    "InverseGaussian",
    "InverseWishart",
    "InverseWishartCholesky",
    "JohnsonSU",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "Levy",
    "LinearGaussianStateSpace",
    "LogLogistic",
    "LogNormal",
    "LogUniform",
    "Logistic",
    "LogisticNormal",
    "LogitNormal",
    "Lomax",
    "LowRankMultivariateNormal",
    "Masked",
    "MatrixNormal",
    "MatrixStudentT",
    "Maxwell",
    "Mixture",
    "MixtureSameFamily",
    "Moyal",
    "Multinomial",
    "MultivariateGaussianRandomWalk",
    "MultivariateLogNormal",
    "MultivariateNormal",
    "MultivariateStudentT",
    "NegativeBinomial",
    "NegativeBinomial2",
    "NoncentralChiSquared",
    "Normal",
    "NormalInverseGaussian",
    "OneHotCategorical",
    "OrderStatistic",
    "OrderedLogistic",
    "OrderedProbit",
    "Pareto",
    "Poisson",
    "PolyaGamma",
    "PowerSpherical",
    "ProjectedNormal",
    "Rayleigh",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "Rice",
    "ScaledInvChiSquared",
    "SineBivariateVonMises",
    "SineSkewed",
    "Skellam",
    "SkewNormal",
    "SoftLaplace",
    "SphericalUniform",
    "StudentT",
    "Transformed",
    "Triangular",
    "Truncated",
    "TruncatedCauchy",
    "TruncatedNormal",
    "Uniform",
    "VonMises",
    "VonMisesFisher",
    "Weibull",
    "Wiener",
    "Wishart",
    "WishartCholesky",
    "ZeroInflated",
    "ZeroInflatedNegativeBinomial",
    "ZeroInflatedPoisson",
    "ZeroOneInflatedBeta",
    "ZeroSumNormal",
    "parameter",
]

_FAMILIES = (
    "real",
    "positive",
    "bounded",
    "discrete",
    "improper",
    "multivariate",
    "matrix",
    "directional",
    "timeseries",
    "spatial",
    "wrappers",
)


def __getattr__(name: str) -> Any:
    """Load the law `name` from its file, whose name is that of the class in snake case."""
    if name in __all__:
        file = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
        for family in _FAMILIES:
            if (Path(__file__).parent / family / f"{file}.py").exists():
                law = getattr(importlib.import_module(f"{__name__}.{family}.{file}"), name)
                globals()[name] = law
                return law
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
