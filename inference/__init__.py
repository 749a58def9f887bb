"""Algorithms for densities: samplers, and what their results are worth.

An algorithm is given a `Density` (a log density with its gradient as native code, for instance a
`ppl.Posterior`) and returns a `Fit`.
"""

from inference import diagnostics
from inference.density import Density, NativeDensity
from inference.errors import (
    AdaptationError,
    InferenceTypeError,
    InferenceValueError,
    InitialPointError,
    NoDrawsError,
    NotOfferedError,
)
from inference.export import load
from inference.fit import Fit
from inference.progress import ChainProgress, Progress
from inference.sampling import nuts
from inference.summary import Summary

__all__ = [
    "AdaptationError",
    "ChainProgress",
    "Density",
    "Fit",
    "InferenceTypeError",
    "InferenceValueError",
    "InitialPointError",
    "NativeDensity",
    "NoDrawsError",
    "NotOfferedError",
    "Progress",
    "Summary",
    "diagnostics",
    "load",
    "nuts",
]
