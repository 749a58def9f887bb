"""Learning rates that change with the number of steps made."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from inference.errors import InferenceTypeError, InferenceValueError


class Schedule(ABC):
    """A learning rate for every step, counted from 0."""

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Learning rate of a step."""


@dataclass(frozen=True)
class Constant(Schedule):
    """Always the same."""

    rate: float

    def __call__(self, step: int) -> float:  # noqa: ARG002  # as every schedule is called
        """Return the rate."""
        return self.rate


@dataclass(frozen=True)
class Exponential(Schedule):
    """rate * factor^(step / period).

    Examples
    --------
    >>> Exponential(0.1, factor=0.5, period=10)(20)
    0.025
    """

    rate: float
    factor: float = 0.5
    period: int = 1000

    def __post_init__(self) -> None:
        positive("Exponential", rate=self.rate, factor=self.factor, period=self.period)

    def __call__(self, step: int) -> float:
        """Rate after `step` steps."""
        return self.rate * float(self.factor ** (step / self.period))


@dataclass(frozen=True)
class Cosine(Schedule):
    """From `rate` down to `last` along half a cosine, and `last` after `steps`.

    I. Loshchilov and F. Hutter (2017), SGDR, ICLR, equation 5, without restarts.

    Examples
    --------
    >>> [round(Cosine(1.0, steps=100)(k), 3) for k in (0, 50, 100, 200)]
    [1.0, 0.5, 0.0, 0.0]
    """

    rate: float
    steps: int
    last: float = 0.0

    def __post_init__(self) -> None:
        positive("Cosine", rate=self.rate, steps=self.steps)
        if self.last != 0.0:
            positive("Cosine", last=self.last)

    def __call__(self, step: int) -> float:
        """Rate after `step` steps."""
        share = min(step / self.steps, 1.0)
        return self.last + 0.5 * (self.rate - self.last) * (1.0 + math.cos(math.pi * share))


@dataclass(frozen=True)
class Warmup(Schedule):
    """Another schedule, or a rate, reached along a straight line of `steps` steps.

    Examples
    --------
    >>> [Warmup(0.4, steps=4)(k) for k in (0, 1, 3, 9)]
    [0.1, 0.2, 0.4, 0.4]
    """

    then: Schedule | float
    steps: int

    def __post_init__(self) -> None:
        positive("Warmup", steps=self.steps)
        schedule("Warmup", self.then)

    def __call__(self, step: int) -> float:
        """Rate after `step` steps: a share of what the other schedule has then."""
        return schedule("Warmup", self.then)(step) * min(1.0, (step + 1) / self.steps)


def schedule(who: str, rate: Schedule | float) -> Schedule:
    """Return a schedule for a rate or a schedule.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For anything else, and rates that are not positive.
    """
    if isinstance(rate, Schedule):
        return rate
    if callable(rate):
        raise InferenceTypeError(
            f"{who}: learning_rate must be a number or a Schedule, got {rate!r}. Make your own by a"
            " class with Schedule as its base and __call__(self, step)."
        )
    positive(who, learning_rate=rate)
    return Constant(float(rate))


def positive(who: str, **values: float) -> None:
    """Raise unless all are positive finite numbers."""
    for name, value in values.items():
        message = f"{who}: {name} must be a positive number, got {value!r}."
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InferenceTypeError(message)
        if not 0.0 < value < math.inf:
            raise InferenceValueError(message)
