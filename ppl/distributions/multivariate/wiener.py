"""The law of the time and the choice of a diffusion to one of two barriers."""

from typing import Any

import numpy as np

import ad
from ppl.constraints import Constraint, nonnegative, open_unit_interval, positive, real
from ppl.distributions.base import Distribution, Shape
from ppl.distributions.first_passage import draw_exit, log_passage
from ppl.distributions.moments import filled
from ppl.distributions.parameter import parameter
from ppl.distributions.passage_probabilities import log_hit, log_hit_by, passage_moments
from ppl.errors import show, where


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
    Of a pair (t, choice) `cdf` is the probability that this choice is made, by the time t, and `sf`
    that it is made, but later: the defective functions of the literature, whose sum is the choice's
    probability, `law.cdf([inf, choice])` (Stan's `wiener_lcdf_unnorm` and `wiener_lccdf_unnorm`
    are the logarithms at the upper barrier). They are sums of both series as the density, right to
    a relative 1e-13 in either tail, and 1e-16 of the largest exponent. `mean`, `variance` and
    `covariance` are those of the pair; `time_mean` and `time_variance` of the time given the
    choice, non_decision included, to 1e-14 of separation^2 (squared, for the variance). With a
    `drift_scale` above 0 none of these has a closed form. See Blurton, Kesselmeier and Gondan
    (2012), "Fast and accurate calculations for cumulative first-passage time distributions in
    Wiener diffusion models", and for moments Wagenmakers, Grasman and Molenaar (2005), "On the
    relation between the mean and the variance of a diffusion model response time distribution".

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
    >>> law.cdf([[0.8, 1.0], [np.inf, 1.0]]).round(6).tolist()
    [0.599497, 0.817574]
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
        a, (towards, near, far) = self.separation, self._seen_from(upper)
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

    # ---- probabilities of a choice by a time -------------------------------------------------

    def cdf(self, value: Any) -> Any:
        """Return the probability that the choice is made by the time.

        Parameters
        ----------
        value : array, shape (..., 2)
            Any times, also infinite ones; choices other than 1 and -1 have probability 0.

        Returns
        -------
        array, shape (...)

        Raises
        ------
        UndefinedError
            With a `drift_scale` that is not 0.
        """
        return np.exp(self.log_cdf(value))

    def log_cdf(self, value: Any) -> Any:
        """Return the log of `cdf` in nats, accurate also where `cdf` underflows."""
        return self._by(value, "cdf")[0]

    def sf(self, value: Any) -> Any:
        """Return the probability that the choice is made after the time; see `cdf`."""
        return np.exp(self.log_sf(value))

    def log_sf(self, value: Any) -> Any:
        """Return the log of `sf` in nats, accurate also where `sf` underflows."""
        return self._by(value, "sf")[1]

    def _by(self, value: Any, what: str) -> tuple[Any, Any]:
        """Logs of the probabilities that the choice is made by the time, and after it."""
        self._require_known_drift(what)
        value = value if ad.is_traced(value) else np.asarray(value, dtype=np.float64)
        shape = self._result_shape(np.shape(value))
        with np.errstate(all="ignore"):
            upper, valid = value[..., 1] > 0.0, np.abs(value[..., 1]) == 1.0
            drift, near, far = self._scaled(upper)
            whole = np.where(valid, log_hit(drift, near, far), -np.inf)
            time = (value[..., 0] - self.non_decision) / (self.separation * self.separation)
            before = time <= 0.0
            inside = (time > 0.0) & (time < np.inf) & valid
            upto, after = log_hit_by(np.where(inside, time, 1.0), drift, near, far)
            upto = np.where(inside, upto, np.where(before, -np.inf, whole))
            after = np.where(inside, after, np.where(before, whole, -np.inf))
            unknown = np.isnan(value[..., 0]) | np.isnan(value[..., 1])
            parts = (np.where(unknown, np.nan, part) for part in (upto, after))
            first, second = (filled(part, shape)[()] for part in parts)
            return first, second

    def _seen_from(self, upper: Any) -> tuple[Any, Any, Any]:
        """Drift to a barrier, and the start's shares of the separation from it and the other."""
        near = np.where(upper, 1.0 - self.bias, self.bias)
        far = np.where(upper, self.bias, 1.0 - self.bias)
        return np.where(upper, self.drift, -self.drift), near, far

    def _scaled(self, upper: Any) -> tuple[Any, Any, Any]:
        """The same with the drift in units of the separation."""
        towards, near, far = self._seen_from(upper)
        return self.separation * towards, near, far

    def _require_known_drift(self, what: str) -> None:
        self.require_valid()
        if ad.is_traced(self.drift_scale) or np.any(self.drift_scale != 0.0):
            raise self._undefined(f"{what} with a drift_scale")

    # ---- moments -----------------------------------------------------------------------------

    def time_mean(self, choice: Any) -> Any:
        """Return the mean of the time given the choice.

        Parameters
        ----------
        choice : array, shape (...)
            1 or -1; broadcasts with the parameters.

        Returns
        -------
        array, shape (...)

        Raises
        ------
        ValueError
            For other choices.
        UndefinedError
            With a `drift_scale` that is not 0.
        """
        return self._times(choice, "time_mean")[0]

    def time_variance(self, choice: Any) -> Any:
        """Return the variance of the time given the choice; see `time_mean`."""
        return self._times(choice, "time_variance")[1]

    def _times(self, choice: Any, what: str) -> tuple[Any, Any]:
        self._require_known_drift(what)
        if not ad.is_traced(choice) and np.any(np.abs(choice) != 1.0):
            raise ValueError(
                f"Wiener.{what}: choice must be 1 for the upper barrier or -1 for the lower, got "
                f"{show(choice)} {where()}."
            )
        square = self.separation * self.separation
        drift, _, far = self._scaled(np.greater(choice, 0.0))
        mean, variance = passage_moments(drift, far)
        return self.non_decision + square * mean, square * square * variance

    def _choices(self, what: str) -> tuple[Any, Any]:
        """Probabilities of the upper barrier and of the lower."""
        self._require_known_drift(what)
        upper, lower = (np.exp(log_hit(*self._scaled(side))) for side in (True, False))
        return upper, lower

    def _mean(self) -> Any:
        upper, lower = self._choices("mean")
        time = upper * self.time_mean(1) + lower * self.time_mean(-1)
        return np.stack(np.broadcast_arrays(time, upper - lower), axis=-1)

    def _variance(self) -> Any:
        return np.diagonal(self._covariance(), axis1=-2, axis2=-1)

    def _covariance(self) -> Any:
        upper, lower = self._choices("covariance")
        gap = self.time_mean(1) - self.time_mean(-1)
        within = upper * self.time_variance(1) + lower * self.time_variance(-1)
        spread = upper * lower
        parts = np.broadcast_arrays(within + spread * gap * gap, 2.0 * spread * gap, 4.0 * spread)
        time, both, choice = parts
        rows = np.stack([time, both], axis=-1), np.stack([both, choice], axis=-1)
        return np.stack(rows, axis=-2)


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
