"""One row a distribution: what it is compared with. Every test of a law is derived from its row."""

from . import (
    cases_bounded,
    cases_discrete,
    cases_multivariate,
    cases_polya_gamma,
    cases_positive,
    cases_positive_tails,
    cases_real,
    cases_relaxed,
    cases_series,
    cases_wrappers,
)
from .case import Case, Parameters

__all__ = ["CASES", "ELSEWHERE", "Case", "Parameters"]

# Laws of arrays, and of a mixed kind, which have tests of their own in test_wrappers.py.
ELSEWHERE = {"Independent", "ZeroOneInflatedBeta", "HurdleGamma", "HurdleLogNormal"}
ELSEWHERE |= {"Flat", "HalfFlat", "ImproperUniform"}  # not normalised: test_improper.py
# Laws of events: test_event_laws.py, test_series.py, test_directional.py.
ELSEWHERE |= {case.law.__name__ for case in (*cases_multivariate.CASES, *cases_series.CASES)}
ELSEWHERE |= {"DiscreteHMM", "EulerMaruyama", "LinearGaussianStateSpace"}
ELSEWHERE |= {"PowerSpherical", "ProjectedNormal", "SineBivariateVonMises", "SphericalUniform"}
ELSEWHERE |= {"VonMises", "VonMisesFisher", "SineSkewed"}
ELSEWHERE |= {"Wiener"}  # test_wiener.py

CASES = (
    *cases_real.CASES,
    *cases_positive.CASES,
    *cases_positive_tails.CASES,
    *cases_polya_gamma.CASES,
    *cases_bounded.CASES,
    *cases_discrete.CASES,
    *cases_wrappers.CASES,
    *cases_relaxed.CASES,
)
