"""Lower bounds as functions of log weights, and the options that choose one.

With z drawn from the guide q and w = log p(y, z) - log q(z), in nats:

- standard: E w (M. I. Jordan et al. 1999, An Introduction to Variational Methods, section 6);
- IWAE: E log mean_k exp(w_k) (Y. Burda, R. Grosse and R. Salakhutdinov 2016, Importance Weighted
  Autoencoders, equation 8);
- Renyi: E log mean_k exp((1 - alpha) w_k) / (1 - alpha) (Y. Li and R. E. Turner 2016, Renyi
  Divergence Variational Inference, equation 9), alpha = 0 being IWAE, and 1 the standard one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ppl.errors import show, where

Array = np.ndarray[Any, Any]
VARIANTS = ("standard", "iwae", "renyi")


def power_of(variant: str, alpha: float) -> float:
    """Factor of log weights under the mean of exponentials; 0 for their plain mean."""
    return {"standard": 0.0, "iwae": 1.0, "renyi": 1.0 - alpha}[variant]


def combined(power: float, weights: Array) -> tuple[float, Array]:
    """Estimate of the bound from log weights, and each draw's share in its gradient."""
    if power == 0.0:
        return float(weights.mean()), np.full(len(weights), 1.0 / len(weights))
    scaled = power * weights
    with np.errstate(all="ignore"):
        top = scaled.max()
        sizes = np.exp(scaled - top)
        value = (top + np.log(sizes.mean())) / power
    return float(value), sizes / sizes.sum()


def check_options(particles: Any, variant: Any, alpha: Any, landing: Any) -> None:
    """Refuse options that cannot be used."""
    whole = isinstance(particles, int | np.integer) and not isinstance(particles, bool)
    if not whole or particles < 1:
        raise ValueError(
            f"ELBO: particles must be a positive integer, got {show(particles)} {where()}."
        )
    if variant not in VARIANTS:
        raise ValueError(
            f"ELBO: variant must be one of {', '.join(VARIANTS)}, got {show(variant)} {where()}."
        )
    number = isinstance(alpha, int | float | np.number) and not isinstance(alpha, bool)
    if variant == "renyi" and not (number and np.isfinite(alpha) and alpha != 1.0):
        raise ValueError(
            f"ELBO: alpha must be a finite number other than 1, got {show(alpha)} {where()}. "
            'variant="standard" is the limit at 1.'
        )
    if landing and variant != "standard":
        raise ValueError(
            f'ELBO: sticking_the_landing must go with variant="standard", got {variant!r} '
            f"{where()}. The score has another expectation under the others."
        )
