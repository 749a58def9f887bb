"""Linear Gaussian state space models."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import positive_definite, real_matrix, real_vector
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, size_option
from ppl.distributions.gaussian import log_diagonal, times, transpose
from ppl.distributions.parameter import parameter
from ppl.errors import ShapeError, show, where
from ppl.numerics import HALF_LOG_2PI

_MATRICES = (
    "transition_matrix",
    "transition_covariance",
    "observation_matrix",
    "observation_covariance",
    "transition_offset",
    "observation_offset",
)


class LinearGaussianStateSpace(EventLaw):
    """Law of the observations y of a hidden vector x that moves linearly.

    x[0] ~ N(initial_mean, initial_covariance), x[t+1] = A x[t] + b + N(0, Q),
    y[t] = C x[t] + d + N(0, R). The states are integrated out by Kalman's filter, whose covariances
    are updated in Joseph's form, which keeps them positive definite.

    Parameters
    ----------
    transition_matrix, transition_covariance : array, shape (n, n)
        A and Q, by name.
    observation_matrix : array, shape (m, n)
        C, by name.
    observation_covariance : array, shape (m, m)
        R, by name.
    initial_mean, initial_covariance : array, shape (n,) and (n, n)
        By name.
    transition_offset, observation_offset : array, shape (n,) and (m,), default 0
        b and d, by name.
    num_steps : int
        Length of the series, by name.
    observed : array of bool, shape (num_steps,) or (num_steps, m), optional
        Which values are there, by name. What stands at the other places is not read (as data of a
        site it must be finite: 0, say).
    time_varying : sequence of str, default ()
        Names of the matrices and offsets that have a first axis of size `num_steps`: element t of
        A, b and Q takes x[t] to x[t+1] (the last is not used), of C, d and R gives y[t].

    Notes
    -----
    Kalman (1960), "A new approach to linear filtering and prediction problems"; for missing values
    Durbin and Koopman (2012), section 4.10.

    Examples
    --------
    >>> law = LinearGaussianStateSpace(
    ...     transition_matrix=[[1.0]],
    ...     transition_covariance=[[1.0]],
    ...     observation_matrix=[[1.0]],
    ...     observation_covariance=[[1.0]],
    ...     initial_mean=[0.0],
    ...     initial_covariance=[[1.0]],
    ...     num_steps=3,
    ... )
    >>> law.event_shape
    (3, 1)
    """

    transition_matrix = parameter(real_matrix, keyword_only=True)
    transition_covariance = parameter(positive_definite, keyword_only=True)
    observation_matrix = parameter(real_matrix, keyword_only=True)
    observation_covariance = parameter(positive_definite, keyword_only=True)
    initial_mean = parameter(real_vector, keyword_only=True)
    initial_covariance = parameter(positive_definite, keyword_only=True)
    transition_offset = parameter(real_vector, keyword_only=True, default=0.0)
    observation_offset = parameter(real_vector, keyword_only=True, default=0.0)
    axes: ClassVar[Mapping[str, str]] = {
        "transition_matrix": "nn",
        "transition_covariance": "nn",
        "observation_matrix": "mn",
        "observation_covariance": "mm",
        "initial_mean": "n",
        "initial_covariance": "nn",
        "transition_offset": "n",
        "observation_offset": "m",
    }
    stretched = ("transition_offset", "observation_offset")
    options: ClassVar[Mapping[str, Any]] = {
        "num_steps": REQUIRED,
        "observed": None,
        "time_varying": (),
    }
    support = real_matrix
    _num_steps: int
    _observed: Any
    _time_varying: tuple[str, ...]

    def _option(self, name: str, value: Any) -> Any:
        if name == "num_steps":
            return size_option(self, name, value)
        if name == "observed":
            return None if value is None else np.asarray(value, dtype=bool)
        names = (value,) if isinstance(value, str) else tuple(value)
        unknown = [given for given in names if given not in _MATRICES]
        if unknown:
            raise ValueError(
                f"LinearGaussianStateSpace: time_varying must be among {', '.join(_MATRICES)}, got "
                f"{show(unknown[0])} {where()}."
            )
        return names

    def _measure(self) -> Any:
        problem = super()._measure()
        if problem is not None:
            return problem
        steps, m = self._num_steps, self._sizes.get("m", 0)
        for name in self._given:
            extra = np.shape(vars(self)[name])[: -len(self.axes[name])]
            wanted = (steps,) if name in self._time_varying else ()
            if extra != wanted:
                wrong = f"{name} must have axes {wanted} before those of one matrix, got {extra}"
                return ShapeError, wrong, "Name it in time_varying where it changes along time."
        if self._observed is not None and self._observed.shape not in ((steps,), (steps, m)):
            wrong = f"observed must have shape {(steps,)} or {(steps, m)}"
            return (
                ShapeError,
                f"{wrong}, got {self._observed.shape}",
                "True where a value is there.",
            )
        return None

    @property
    def event_shape(self) -> Shape:
        """(num_steps, m)."""
        return (self._num_steps, self._sizes.get("m", 0))

    def parameter_shapes(self) -> dict[str, Shape]:
        """No batch: the axes before those of a matrix are time."""
        return dict.fromkeys(self._given, ())

    def _seen(self) -> Any:
        """1 where a value is there, shape (num_steps, m)."""
        if self._observed is None:
            return np.ones(self.event_shape)
        seen = self._observed.astype(float)
        return np.broadcast_to(seen[:, None] if seen.ndim == 1 else seen, self.event_shape)

    def _log_prob(self, value: Any) -> Any:
        seen = self._seen()
        moving = {name: vars(self)[name] for name in self._time_varying}
        fixed = {name: vars(self)[name] for name in _MATRICES if name not in moving}
        eye = np.eye(self._sizes["n"])

        def step(carry: Any, given: Any) -> tuple[Any, Any]:
            mean, covariance = carry
            y, mask, now = given
            at = {**fixed, **now}
            # Where nothing is seen the observation is replaced by noise of variance 1 that is 0.
            c = mask[:, None] * at["observation_matrix"]
            both = mask[:, None] * mask
            noise = both * at["observation_covariance"] + (1.0 - mask) * np.eye(len(mask))
            gap = mask * (y - at["observation_offset"]) - times(c, mean)
            half = covariance @ transpose(c)
            factor = ad.linalg.cholesky(c @ half + noise)
            white = ad.linalg.solve_triangular(factor, gap[..., None], lower=True)
            log = -0.5 * np.sum(white * white, axis=(-2, -1)) - log_diagonal(factor)
            gain = transpose(ad.linalg.cho_solve((factor, True), transpose(half)))
            mean = mean + times(gain, gap)
            rest = eye - gain @ c
            covariance = rest @ covariance @ transpose(rest) + gain @ noise @ transpose(gain)
            a = at["transition_matrix"]
            mean = times(a, mean) + at["transition_offset"]
            covariance = a @ covariance @ transpose(a) + at["transition_covariance"]
            return (mean, covariance), log

        batch = np.shape(value)[:-2]
        start = np.broadcast_to(self.initial_mean, (*batch, self._sizes["n"]))
        spread = np.broadcast_to(
            self.initial_covariance, (*batch, *np.shape(self.initial_covariance))
        )
        # Missing places may hold anything, NaN too.
        known = np.where(seen > 0.0, value, 0.0)
        rows = (np.moveaxis(known, -2, 0), seen, moving)
        _, logs = ad.scan(step, (start, spread), rows)
        return np.sum(logs, axis=0) - np.sum(seen) * HALF_LOG_2PI

    def _at(self, name: str, t: int) -> Any:
        value = vars(self)[name]
        return value[t] if name in self._time_varying else value

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        at = self._at

        def noise(covariance: Any) -> Any:
            factor = np.linalg.cholesky(covariance)
            return times(factor, rng.standard_normal((*shape, len(factor))))

        state = self.initial_mean + noise(self.initial_covariance)
        values = []
        for t in range(self._num_steps):
            seen = times(at("observation_matrix", t), state) + at("observation_offset", t)
            values.append(seen + noise(at("observation_covariance", t)))
            state = times(at("transition_matrix", t), state) + at("transition_offset", t)
            state = state + noise(at("transition_covariance", t))
        return np.stack(values, axis=-2)

    def _mean(self) -> Any:
        state, means = self.initial_mean, []
        for t in range(self._num_steps):
            seen = times(self._at("observation_matrix", t), state)
            means.append(seen + self._at("observation_offset", t))
            state = times(self._at("transition_matrix", t), state)
            state = state + self._at("transition_offset", t)
        return np.stack(means)

    def _variance(self) -> Any:
        blocks = self._spreads(lambda c, covariance, _: c @ covariance @ transpose(c))
        return np.stack([np.diagonal(block) for block in blocks])

    def _covariance(self) -> Any:
        steps, m = self.event_shape
        # Covariances of the values so far with the state, rows by time and element.
        so_far: list[Any] = [np.zeros((0, self._sizes["n"]))]

        def column(c: Any, covariance: Any, a: Any) -> Any:
            before = so_far[0] @ transpose(c)
            own = c @ covariance
            so_far[0] = np.concatenate([so_far[0], own]) @ transpose(a)
            return np.concatenate([before, own @ transpose(c)])

        whole = np.zeros((0, 0))
        for t, column_ in enumerate(self._spreads(column)):
            upper = np.concatenate([whole, column_[: t * m]], axis=1)
            whole = np.concatenate([upper, transpose(column_)])
        return np.reshape(whole, (steps, m, steps, m))

    def _spreads(self, part: Callable[[Any, Any, Any], Any]) -> list[Any]:
        """What a function gives of each C, covariance of the state and A, R added to its end."""
        covariance, parts, m = self.initial_covariance, [], self._sizes["m"]
        for t in range(self._num_steps):
            c, a = self._at("observation_matrix", t), self._at("transition_matrix", t)
            found = part(c, covariance, a)
            last = found[-m:] + self._at("observation_covariance", t)
            parts.append(np.concatenate([found[:-m], last]))
            covariance = a @ covariance @ transpose(a) + self._at("transition_covariance", t)
        return parts

    def _entropy(self) -> Any:
        # A normal law's log density at its mean, which the filter finds, has all but this constant.
        return 0.5 * np.sum(self._seen()) - self._log_prob(self._mean())
