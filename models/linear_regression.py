"""Linear regression: air pressure from the boiling point of water.

In the Alps and in Scotland J. D. Forbes measured at what temperature water boils and how high the
barometer stands, hoping to spare travellers the fragile barometer. The logarithm of the pressure is
close to linear in the temperature.

What it teaches: a plain regression with a centred predictor, so that the intercept is the response
at the average temperature and has little to do with the slope.

Data: J. D. Forbes (1857), "Further experiments and remarks on the measurement of heights by the
boiling point of water", as printed in S. Weisberg (1980), "Applied Linear Regression", table 1.1.
"""

from typing import Any

import numpy as np

import ppl
from ppl import HalfNormal, Normal, plate, sample

# Boiling point in degrees Fahrenheit, pressure in inches of mercury.
TEMPERATURE = [
    194.5, 194.3, 197.9, 198.4, 199.4, 199.9, 200.9, 201.1, 201.4, 201.3, 203.6, 204.6, 209.5,
    208.6, 210.7, 211.9, 212.2,
]  # fmt: skip
PRESSURE = [
    20.79, 20.79, 22.40, 22.67, 23.15, 23.35, 23.89, 23.99, 24.02, 24.01, 25.14, 26.57, 28.49,
    27.76, 29.04, 29.88, 30.06,
]  # fmt: skip


def linear_regression(temperature: Any, pressure: Any = None) -> None:
    """Declare the model; both arguments have shape (measurements,), pressures 100 log10."""
    intercept = sample("intercept", Normal(140, 20))
    slope = sample("slope", Normal(0, 5))
    sigma = sample("sigma", HalfNormal(5))
    with plate("measurement", len(temperature)):
        mean = intercept + slope * (temperature - np.mean(temperature))
        sample("pressure", Normal(mean, sigma), obs=pressure)


def posterior() -> ppl.Posterior:
    """Bind the data."""
    pressure = 100 * np.log10(PRESSURE)  # Forbes's scale, as in Weisberg
    return ppl.Posterior(linear_regression, TEMPERATURE, pressure=pressure)
