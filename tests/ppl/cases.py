"""One row a distribution: what it is compared with. Every test of a law is derived from its row."""

import numpy as np

from . import (
    cases_bounded,
    cases_discrete,
    cases_free,
    cases_multivariate,
    cases_polya_gamma,
    cases_positive,
    cases_positive_tails,
    cases_real,
    cases_relaxed,
    cases_renamed,
    cases_series,
    cases_wrappers,
)
from .case import Case, Parameters

__all__ = ["CASES", "ELSEWHERE", "Case", "Parameters"]

# Laws that are rows of the other tables, or not normalised (test_improper.py).
ELSEWHERE = {case.law.__name__ for case in (*cases_multivariate.CASES, *cases_series.CASES)}
ELSEWHERE |= {type(case.make(np.array(case.points[0]))).__name__ for case in cases_free.CASES}
ELSEWHERE |= {"Flat", "HalfFlat", "ImproperUniform"}

CASES = (
    *cases_real.CASES,
    *cases_positive.CASES,
    *cases_positive_tails.CASES,
    *cases_polya_gamma.CASES,
    *cases_bounded.CASES,
    *cases_discrete.CASES,
    *cases_wrappers.CASES,
    *cases_relaxed.CASES,
    *cases_renamed.CASES,
)
