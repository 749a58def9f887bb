"""First-order optimisers over one flat vector, changed in place, and their learning rates.

They minimise, and can be used alone: `step(x, gradient)` changes `x`. `inference.minimize` drives
them over containers of parameters.
"""

from inference.optimizers.adam import Adam
from inference.optimizers.base import Optimizer
from inference.optimizers.momentum import GradientDescent
from inference.optimizers.rmsprop import RMSProp
from inference.optimizers.schedules import Cosine, Exponential, Schedule, Warmup

__all__ = [
    "Adam",
    "Cosine",
    "Exponential",
    "GradientDescent",
    "Optimizer",
    "RMSProp",
    "Schedule",
    "Warmup",
]
