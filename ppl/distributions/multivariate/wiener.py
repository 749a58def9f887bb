"""The law of the time and the choice of a diffusion to one of two barriers."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, nonnegative, open_unit_interval, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.first_passage import draw_exit, log_passage
from ppl.distributions.parameter import parameter


class Wiener(Distribution):
    """Law of when, and where, a diffusion between two barriers first meets one of them.

    A value is a pair on the last axis: the time, and 1 for the upper barrier or -1 for the lower.
    This is the drift diffusion model of decisions: reaction time and choice. All parameters must be
    named; those of several trials broadcast.

    Parameters
    ----------
    separation : array, shape (...)
        Distance of the barriers, positive; also `alpha`. (Of HSSM's `a` it is twice that.)
    non_decision : array, shape (...), default 0
        What the time has before the diffusion starts, nonnegative; also `tau`.
    bias : array, shape (...), default 0.5
        Start as a share of the separation from the lower barrier, in (0, 1); also `beta`.
    drift : array, shape (...)
        Mean change in a unit of time, positive towards the upper barrier; also `delta`.
    drift_scale : array, shape (...), default 0
        Standard deviation of the drift between trials, nonnegative.

    Notes
    -----
    The diffusion has a variance of 1 in a unit of time. Densities of both choices together have
    integral 1. Stan's `wiener(alpha, tau, beta, delta)` is the density of the upper barrier.
    Both series of the density are used, each where it is short, in logarithms, so none of them
    underflows: see Navarro and Fuss (2009), "Fast and accurate calculations for first-passage times
    in Wiener diffusion models"; the variable drift after Horrocks and Thompson (2004), "Modelling
    event times with multiple outcomes using the Wiener process with drift". Draws are exact.

    Examples
    --------
    >>> law = Wiener(separation=1.5, non_decision=0.2, bias=0.5, drift=1.0)
    >>> law.log_prob([[0.8, 1.0], [0.8, -1.0], [0.1, 1.0]]).round(6).tolist()
    [-0.532228, -2.032228, -inf]
    """

    separation = parameter(positive, keyword_only=True, aliases=("alpha",))
    non_decision = parameter(nonnegative, default=0.0, keyword_only=True, aliases=("tau",))
    bias = parameter(open_unit_interval, default=0.5, keyword_only=True, aliases=("beta",))
    drift = parameter(real, keyword_only=True, aliases=("delta",))
    drift_scale = parameter(nonnegative, default=0.0, keyword_only=True)

    @property
    def event_shape(self) -> Shape:
        """(2,)."""
        return (2,)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # depends on the parameters here
        """Pairs of a time above `non_decision`, and 1 or -1."""
        return _Choices(self.non_decision)

    def _log_prob(self, value: Any) -> Any:
        time, upper = value[..., 0] - self.non_decision, value[..., 1] > 0.0
        a, start = self.separation, self.bias
        near = np.where(upper, 1.0 - start, start)
        far = np.where(upper, start, 1.0 - start)
        towards = np.where(upper, self.drift, -self.drift)
        spread = self.drift_scale * self.drift_scale
        grown = spread * time
        way = a * near
        # Of exp(v way - v^2 time / 2) the mean over normal v
        tilt = (spread * way * way + (2.0 * way - towards * time) * towards) / (1.0 + grown)
        log_time = log_passage(time / (a * a), near, far) - 2.0 * np.log(a)
        return log_time + 0.5 * tilt - 0.5 * np.log1p(grown)

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        start, width, drift, scale = (
            np.broadcast_to(p, shape).ravel()
            for p in (self.bias, self.separation, self.drift, self.drift_scale)
        )
        drift = drift + scale * rng.standard_normal(drift.size)
        time, upper = draw_exit(rng, start, width, drift)
        both = np.stack([time, np.where(upper, 1.0, -1.0)], axis=-1).reshape((*shape, 2))
        both[..., 0] += self.non_decision
        return both


class _Choices(Constraint):
    """Pairs of a time above a bound, and 1 or -1."""

    event_dim = 1

    def __init__(self, low: Any) -> None:
        self.low = low

    def __str__(self) -> str:
        return "pairs of a time above non_decision, and 1 or -1 (so it needs data)"

    def _contains(self, value: Any) -> Any:
        time, choice = value[..., 0], value[..., 1]
        return (time > self.low) & (time < np.inf) & (np.abs(choice) == 1.0)

    def _interior(self, _event_shape: Shape) -> Any:
        first = np.array([1.0, 0.0])
        return np.reshape(self.low + 1.0, (*np.shape(self.low), 1)) * first + (1.0 - first)

    def _lowest(self) -> Any:
        return self.low
