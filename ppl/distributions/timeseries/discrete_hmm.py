"""Hidden Markov models."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import ad
from ppl.constraints import Constraint, Real, real_matrix, real_vector, row_stochastic, simplex
from ppl.distributions.base import Shape
from ppl.distributions.events import REQUIRED, EventLaw, law_option, size_option
from ppl.distributions.gaussian import transpose
from ppl.distributions.markov import hmm_log_prob
from ppl.distributions.parameter import parameter
from ppl.errors import ShapeError


class _Series(Constraint):
    """Vectors of values each in one of several sets."""

    event_dim = 1

    def __init__(self, sets: Constraint) -> None:
        self.sets = sets
        self.discrete = sets.discrete

    def __str__(self) -> str:
        return f"a series of values that some state can give, each {self.sets}"

    def _contains(self, value: Any) -> Any:
        return np.all(np.any(self.sets.contains(value[..., None]), axis=-1), axis=-1)

    def _interior(self, event_shape: Shape) -> Any:
        one = self.sets.interior()
        return np.broadcast_to(one if np.ndim(one) == 0 else one[..., 0], event_shape)


class DiscreteHMM(EventLaw):
    """Law of a series of observations whose law depends on a hidden state, a Markov chain.

    The states are summed out. Of the initial and of the transition probabilities exactly one form
    each is given.

    Parameters
    ----------
    initial_probs, initial_logits : array, shape (k,)
        Probabilities of the first state, or their logarithms up to a constant; by name.
    transition_probs, transition_logits : array, shape (k, k)
        Probabilities of the next state (columns) given each state (rows), or their logarithms up
        to a constant for each row; by name.
    observation : Distribution
        Laws of numbers with batch shape (k,), one for each state; by name.
    num_steps : int
        Length of the series, by name.

    Examples
    --------
    >>> from ppl import Normal
    >>> law = DiscreteHMM(
    ...     initial_probs=[0.5, 0.5],
    ...     transition_probs=[[0.9, 0.1], [0.2, 0.8]],
    ...     observation=Normal([-1.0, 1.0], 0.5),
    ...     num_steps=4,
    ... )
    >>> law.event_shape
    (4,)
    """

    initial_probs = parameter(
        simplex,
        keyword_only=True,
        group="initial",
        derived=lambda law: ad.special.softmax(law.initial_logits, axis=-1),
    )
    initial_logits = parameter(real_vector, keyword_only=True, group="initial")
    transition_probs = parameter(
        row_stochastic,
        keyword_only=True,
        group="transition",
        derived=lambda law: ad.special.softmax(law.transition_logits, axis=-1),
    )
    transition_logits = parameter(real_matrix, keyword_only=True, group="transition")
    axes: ClassVar[Mapping[str, str]] = {
        "initial_probs": "k",
        "initial_logits": "k",
        "transition_probs": "kk",
        "transition_logits": "kk",
    }
    options: ClassVar[Mapping[str, Any]] = {"observation": REQUIRED, "num_steps": REQUIRED}
    _observation: Any
    _num_steps: int

    def _option(self, name: str, value: Any) -> Any:
        if name == "num_steps":
            return size_option(self, name, value)
        return law_option(self, name, value)

    def _measure(self) -> Any:
        problem = super()._measure()
        k, shape = self._sizes.get("k"), self._observation.batch_shape
        if problem is None and (shape != (k,) or self._observation.event_shape):
            wrong = f"observation must be {k} laws of numbers, one a state, got batch shape {shape}"
            return ShapeError, wrong, "Give its parameters a vector over the states."
        if problem is None and any(np.ndim(vars(self)[n]) > len(self.axes[n]) for n in self._given):
            wrong = "probabilities must be one vector and one matrix, got a batch"
            return ShapeError, wrong, "Write a batch with ppl.hmm_log_prob."
        return problem

    @property
    def event_shape(self) -> Shape:
        """(num_steps,)."""
        return (self._num_steps,)

    @property
    def support(self) -> Constraint:  # type: ignore[override] # that of the observations
        """What some state can give, at each time."""
        if isinstance(self._observation.support, Real):
            return real_vector
        return _Series(self._observation.support)

    def require_valid(self, site: str | None = None) -> None:
        """Raise if the parameters given at construction, here or to `observation`, were wrong."""
        self._observation.require_valid(site)
        super().require_valid(site)

    def _log_prob(self, value: Any) -> Any:
        if "initial_logits" in self._given:
            initial = ad.special.log_softmax(self.initial_logits, axis=-1)
        else:
            initial = np.log(self.initial_probs)
        if "transition_logits" in self._given:
            moves = ad.special.log_softmax(self.transition_logits, axis=-1)
        else:
            moves = np.log(self.transition_probs)
        return hmm_log_prob(initial, moves, self._observation.log_prob(value[..., None]))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        k = self._sizes["k"]
        initial = np.cumsum(self.initial_probs)
        moves = np.cumsum(self.transition_probs, axis=-1)
        state, values = np.zeros(shape, dtype=np.int64), []
        for t in range(self._num_steps):
            upto = np.broadcast_to(initial, (*shape, k)) if t == 0 else moves[state]
            u = rng.random(shape)[..., None] * upto[..., -1:]
            state = np.sum(u >= upto, axis=-1)
            every = self._observation.draw(rng, (*shape, k))
            values.append(np.take_along_axis(every, state[..., None], axis=-1)[..., 0])
        return np.stack(values, axis=-1)

    def _states(self) -> list[Any]:
        """Probabilities of the states at each time."""
        states = [self.initial_probs]
        for _ in range(1, self._num_steps):
            states.append(states[-1] @ self.transition_probs)
        return states

    def _mean(self) -> Any:
        return np.stack(self._states()) @ self._observation.mean

    def _variance(self) -> Any:
        gaps = self._observation.mean - self._mean()[:, None]
        return np.sum(np.stack(self._states()) * (self._observation.variance + gaps * gaps), axis=1)

    def _covariance(self) -> Any:
        # Given the states values are independent: it is that of the states' means.
        states, variance = np.stack(self._states()), self._variance()
        gaps = self._observation.mean - self._mean()[:, None]
        so_far, columns = np.zeros((0, self._sizes["k"])), []
        for t in range(self._num_steps):
            after = np.concatenate([so_far @ gaps[t], variance[t : t + 1]])
            columns.append(np.concatenate([after, np.zeros(self._num_steps - 1 - t)]))
            weighted = (states[t] * gaps[t])[None]
            so_far = np.concatenate([so_far, weighted]) @ self.transition_probs
        upper = np.stack(columns, axis=1)
        return upper + transpose(upper) - variance * np.eye(self._num_steps)
