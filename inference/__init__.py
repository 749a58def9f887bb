"""Algorithms for densities: samplers, and what their results are worth.

An algorithm is given a `Density` (a log density with its gradient as native code, for instance a
`ppl.Posterior`) and returns a `Fit`.
"""

from inference import diagnostics, launch, markov
from inference.adapters import CDensity, PythonDensity
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
from inference.hamiltonian import hmc, nuts, walnuts
from inference.launch import concat
from inference.markov import Kernel, sample
from inference.progress import ChainProgress, Progress
from inference.resuming import resume
from inference.summary import Summary

__all__ = [
    "AdaptationError",
    "CDensity",
    "ChainProgress",
    "Density",
    "Fit",
    "InferenceTypeError",
    "InferenceValueError",
    "InitialPointError",
    "Kernel",
    "NativeDensity",
    "NoDrawsError",
    "NotOfferedError",
    "Progress",
    "PythonDensity",
    "Summary",
    "concat",
    "diagnostics",
    "hmc",
    "launch",
    "load",
    "markov",
    "nuts",
    "resume",
    "sample",
    "walnuts",
]
