"""Smooth stand-ins for discrete laws."""

from typing import Any

import mpmath as mp
import scipy.stats as st
from scipy.special import expit, logit

import ppl

from .case import Case, Mapped


def relaxed(x: Any, temperature: Any, logits: Any) -> Any:
    # Maddison, Mnih and Teh, equation 25, with alpha = exp(logits)
    alpha = mp.exp(logits)
    top = mp.log(temperature * alpha) - (temperature + 1) * (mp.log(x) + mp.log1p(-x))
    below = alpha * x ** (-temperature) + (1 - x) ** (-temperature)
    return top - 2 * mp.log(below)


def relaxed_law(temperature: float, logits: float) -> Mapped:
    return Mapped(
        st.logistic(logits / temperature, 1 / temperature),
        expit,
        logit,
        lambda x: relaxed(x, mp.mpf(temperature), mp.mpf(logits)),
    )


CASES = (
    Case(
        ppl.RelaxedBernoulli,
        relaxed,
        relaxed_law,
        parameters=(
            {"temperature": 1.5, "logits": 0.4},
            {"temperature": 0.5, "logits": -2.0},
            {"temperature": 20.0, "logits": 3.0},
        ),
        tails=(1e-12, 1 - 1e-9),
        edges=(),
        outside=(0.0, 1.0, -0.5, 1.5),
        wrong={"temperature": (0.0, "positive")},
        moments=True,
    ),
)
