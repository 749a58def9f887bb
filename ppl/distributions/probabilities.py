"""Probabilities that may be given as log odds, and those of categories as logits.

``probs, logits = probability()`` in a class body declares both; exactly one is given, by name.
"""

import numpy as np

import ad
from ppl.constraints import Constraint, real, real_vector, simplex, unit_interval
from ppl.distributions.parameter import Parameter, parameter


def probability(constraint: Constraint = unit_interval) -> tuple[Parameter, Parameter]:
    """Declare the probability of an event, within `constraint`, and its log odds."""
    probs = parameter(
        constraint,
        keyword_only=True,
        group="probability",
        aliases=("p",),
        derived=lambda law: ad.special.expit(law.logits),
    )
    logits = parameter(
        real,
        keyword_only=True,
        group="probability",
        aliases=("logit_p",),
        derived=lambda law: ad.special.logit(law.probs),
    )
    return probs, logits


def probabilities() -> tuple[Parameter, Parameter]:
    """Declare the probabilities of categories, and their logarithms up to a constant."""
    probs = parameter(
        simplex,
        keyword_only=True,
        group="probability",
        aliases=("p",),
        derived=lambda law: ad.special.softmax(law.logits, axis=-1),
    )
    logits = parameter(
        real_vector,
        keyword_only=True,
        group="probability",
        aliases=("logit_p",),
        derived=lambda law: np.log(law.probs),
    )
    return probs, logits
