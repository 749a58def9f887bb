"""Probability distributions, one class in one file, in folders by family of support.

A new law is one file in a family's folder, one import here, and one row in
`tests/ppl/cases.py`; `docs/adding.md` walks through it.
"""

from ppl.distributions.base import Distribution
from ppl.distributions.bounded.beta import Beta
from ppl.distributions.bounded.uniform import Uniform
from ppl.distributions.discrete.bernoulli import Bernoulli
from ppl.distributions.discrete.poisson import Poisson
from ppl.distributions.parameter import parameter
from ppl.distributions.positive.exponential import Exponential
from ppl.distributions.positive.gamma import Gamma
from ppl.distributions.positive.half_cauchy import HalfCauchy
from ppl.distributions.positive.half_normal import HalfNormal
from ppl.distributions.real.cauchy import Cauchy
from ppl.distributions.real.normal import Normal
from ppl.distributions.real.student_t import StudentT

__all__ = [
    "Bernoulli",
    "Beta",
    "Cauchy",
    "Distribution",
    "Exponential",
    "Gamma",
    "HalfCauchy",
    "HalfNormal",
    "Normal",
    "Poisson",
    "StudentT",
    "Uniform",
    "parameter",
]
