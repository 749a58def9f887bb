"""How far draws are from a target that is known, in Monte Carlo standard errors."""

import numpy as np
from numpy.typing import NDArray

from inference import Fit, diagnostics

Array = NDArray[np.float64]


def z_scores(fit: Fit, mean: Array, variance: Array) -> Array:
    """Errors of means and second moments about the true mean, in standard errors; (2, dimension).

    Standard errors are those of the run itself, from effective sample sizes.
    """
    x = fit.unconstrained
    squares = (x - mean) ** 2
    location = (x.mean(axis=(0, 1)) - mean) / diagnostics.mcse_mean(x)
    scale = (squares.mean(axis=(0, 1)) - variance) / diagnostics.mcse_mean(squares)
    return np.stack([location, scale])
