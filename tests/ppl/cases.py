"""One row a distribution: what it is compared with. Every test of a law is derived from its row."""

from . import cases_bounded, cases_discrete, cases_positive, cases_positive_tails, cases_real
from .case import Case, Parameters

__all__ = ["CASES", "Case", "Parameters"]

CASES = (
    *cases_real.CASES,
    *cases_positive.CASES,
    *cases_positive_tails.CASES,
    *cases_bounded.CASES,
    *cases_discrete.CASES,
)
