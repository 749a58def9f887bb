"""Laws that two or more of Stan, PyMC, NumPyro, Pyro, TFP and Distributions.jl have: all are here.

Parameterisations (probs and logits, Cholesky factors and precisions, logarithms of a mean) count as
one law; they are arguments here.
"""

from __future__ import annotations

import pytest

import ppl
from ppl import distributions

# Under the name most of the systems have; S Stan, M PyMC, N NumPyro, P Pyro, T TFP, J Julia.
ELSEWHERE = """
Bernoulli SMNPTJ, Binomial SMNPTJ, BetaBinomial SMNPTJ, Categorical SMNPTJ, DiscreteUniform SMNJ,
Finite TJ, Geometric MNPTJ, Hypergeometric SMJ, NegativeBinomial SMNPTJ, BetaNegativeBinomial SMN,
Poisson SMNPTJ, Skellam MTJ, Delta MNPTJ, OrderedLogistic SMNPTJ, OrderedProbit SM,
ZeroInflatedDistribution NPT, ZeroInflatedPoisson MNP, ZeroInflatedNegativeBinomial MNPT,
HurdlePoisson MN, HurdleNegativeBinomial MN, HurdleGamma MN, HurdleLogNormal MN,
Normal SMNPTJ, Cauchy SMNPTJ, Laplace SMNPTJ, Logistic SMNPTJ, Gumbel SMNPTJ, StudentT SMNPTJ,
AsymmetricLaplace SMNP, ExGaussian SMT, SkewNormal SMJ, SoftLaplace NP, GeneralizedNormal TJ,
JohnsonSU TJ, NormalInverseGaussian TJ, Moyal MT, Levy NJ, GeneralizedExtremeValue MTJ,
ImproperUniform NP, Flat MJ, Exponential SMNPTJ, Gamma SMNPTJ, InverseGamma SMNPTJ,
LogNormal SMNPTJ, Weibull SMNPTJ, Pareto SMNPTJ, ChiSquared SMNPTJ, Chi MTJ, Frechet SJ,
FisherSnedecor PJ, GeneralizedPareto MTJ, HalfCauchy MNPT, HalfNormal MNPT, HalfStudentT MT,
HalfFlat MJ, Wald MTJ, LogLogistic STJ, LogUniform NJ, NoncentralChiSquared TJ, Rayleigh SJ,
Rice MJ, PolyaGamma MNP, Beta SMNPTJ, Uniform SMNPTJ, BetaProportion SN, Kumaraswamy MNPTJ,
LogitNormal MTJ, Triangular MTJ, TruncatedNormal MNT, TruncatedCauchy NT, VonMises SMNPTJ,
VonMisesFisher TJ, ProjectedNormal NP, SineBivariateVonMises NP, SineSkewed NP,
MultivariateNormal SMNPTJ, MultivariateStudentT SMNPTJ, Dirichlet SMNPTJ, Multinomial SMNPTJ,
DirichletMultinomial SMNPTJ, Wishart SMNPTJ, LKJ SMNPTJ, LowRankMultivariateNormal NPT, CAR MN,
ZeroSumNormal MN, InverseWishart SNJ, InverseWishartCholesky SN, WishartCholesky SMNT,
LKJCholesky SNPTJ, MatrixNormal MNTJ, MatrixTDist TJ, LogisticNormal PJ, GaussianRandomWalk MN,
AR MT, EulerMaruyama MN, LinearGaussianStateSpace SNPT, DiscreteHMM PT, RelaxedBernoulli NPT,
RelaxedOneHotCategorical NPT, OneHotCategorical PT, Empirical PT, Truncated SMNJ, Censored MN,
Folded NP, Mixture MNPTJ, MixtureSameFamily NPT, Independent NPTJ, TransformedDistribution NPTJ
"""
# Names that differ from ours.
OURS = {
    "ZeroInflatedDistribution": "ZeroInflated",
    "Wald": "InverseGaussian",
    "MatrixTDist": "MatrixStudentT",
    "TransformedDistribution": "Transformed",
}
NAMES = [entry.split()[0] for entry in ELSEWHERE.replace("\n", " ").split(",")]


@pytest.mark.parametrize("name", NAMES)
def test_there_is_such_a_law(name: str) -> None:
    ours = OURS.get(name, name)
    assert ours in distributions.__all__
    assert issubclass(getattr(ppl, ours), ppl.Distribution)


def test_the_list_is_one_of_laws_that_two_systems_have() -> None:
    systems = [entry.split()[1] for entry in ELSEWHERE.replace("\n", " ").split(",")]
    assert all(len(set(codes)) == len(codes) >= 2 for codes in systems)
    assert all(set(codes) <= set("SMNPTJ") for codes in systems)
    assert len(NAMES) == len(set(NAMES)) == 108
