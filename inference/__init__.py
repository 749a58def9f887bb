"""Algorithms for densities: samplers, approximations, modes, and what their results are worth.

An algorithm is given a `Density` (a log density with its gradient as native code, for instance a
`ppl.Posterior`) and returns a `Fit`, an `Approximation` or a `Maximum`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from inference import diagnostics, markov
from inference.adapters import CDensity, PythonDensity
from inference.density import Density, NativeDensity
from inference.errors import (
    AdaptationError,
    InferenceTypeError,
    InferenceValueError,
    InitialPointError,
    NoDrawsError,
    NoModeError,
    NotOfferedError,
)
from inference.export import load
from inference.fit import Fit
from inference.hamiltonian import hmc, nuts, walnuts
from inference.markov import Kernel, sample
from inference.progress import ChainProgress, Progress
from inference.summary import Summary

if TYPE_CHECKING:
    from inference import importance, launch, optimizers
    from inference.approximation import Approximation
    from inference.comparison import Comparison, compare
    from inference.joining import concat
    from inference.maximum import Maximum, maximize
    from inference.resuming import resume
    from inference.steps import StepProgress
    from inference.stochastic import Objective, VariationalFit, svi
    from inference.training import Minimum, minimize
    from inference.variational.advi import advi
    from inference.variational.bam import bam
    from inference.variational.dadvi import dadvi
    from inference.variational.laplace import laplace
    from inference.variational.pathfinder import pathfinder

# What a sampler does not need is imported when it is first asked for: attribute -> module.
_LATER = {
    "Approximation": "approximation",
    "Comparison": "comparison",
    "Maximum": "maximum",
    "Minimum": "training",
    "Objective": "stochastic",
    "StepProgress": "steps",
    "VariationalFit": "stochastic",
    "advi": "variational.advi",
    "bam": "variational.bam",
    "compare": "comparison",
    "concat": "joining",
    "dadvi": "variational.dadvi",
    "importance": "importance",
    "laplace": "variational.laplace",
    "launch": "launch",
    "maximize": "maximum",
    "minimize": "training",
    "optimizers": "optimizers",
    "pathfinder": "variational.pathfinder",
    "resume": "resuming",
    "svi": "stochastic",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'inference' has no attribute {name!r}")
    module = importlib.import_module(f"inference.{_LATER[name]}")
    value = getattr(module, name, module)
    globals()[name] = value
    return value


__all__ = [
    "AdaptationError",
    "Approximation",
    "CDensity",
    "ChainProgress",
    "Comparison",
    "Density",
    "Fit",
    "InferenceTypeError",
    "InferenceValueError",
    "InitialPointError",
    "Kernel",
    "Maximum",
    "Minimum",
    "NativeDensity",
    "NoDrawsError",
    "NoModeError",
    "NotOfferedError",
    "Objective",
    "Progress",
    "PythonDensity",
    "StepProgress",
    "Summary",
    "VariationalFit",
    "advi",
    "bam",
    "compare",
    "concat",
    "dadvi",
    "diagnostics",
    "hmc",
    "importance",
    "laplace",
    "launch",
    "load",
    "markov",
    "maximize",
    "minimize",
    "nuts",
    "optimizers",
    "pathfinder",
    "resume",
    "sample",
    "svi",
    "walnuts",
]
