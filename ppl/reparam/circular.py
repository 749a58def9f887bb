"""Angles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ppl import constraints
from ppl.distributions.base import Distribution
from ppl.reparam.base import Reparam, law_of

if TYPE_CHECKING:
    from ppl.handlers import Auxiliary, Site


class CircularReparam(Reparam):
    """Write an angle, of any law on (-pi, pi], as the direction of a point in the plane.

    The point `NAME_direction` has the law's angle and the distance from the origin that a
    standard normal point has, so the circle has no ends to get stuck at.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model():
    ...     ppl.sample("angle", ppl.Uniform(-np.pi, np.pi))
    >>> written = ppl.handlers.reparam(model, {"angle": ppl.reparam.CircularReparam()})
    >>> ppl.Posterior(written).names
    ('angle_direction', 'angle')
    """

    def __call__(self, site: Site, auxiliary: Auxiliary) -> Any:
        """Return the value of the site."""
        law = law_of(site)
        if law.event_shape or law.discrete:
            raise self.refuse(site, "be one of angles")
        point = auxiliary.sample("direction", Direction(law), (2,), dims="axis")
        return _angle(point[..., 0], point[..., 1])


class Direction(Distribution):
    """Law of a point in the plane whose angle has a given law.

    Its density is that of a standard normal point times 2 pi times the angle's density.

    Parameters
    ----------
    law : Distribution
        Of the angle, on (-pi, pi].
    """

    support = constraints.real

    def __init__(self, law: Distribution) -> None:
        super().__init__()
        vars(self)["law"] = law
        self._batch_shape = law.batch_shape

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one point: (2,)."""
        return (2,)

    def log_prob(self, value: Any) -> Any:
        """Return the log density of points, shape (..., 2), in nats."""
        x, y = value[..., 0], value[..., 1]
        # -log(2 pi) of the normal law and log(2 pi) of the uniform angle cancel.
        return vars(self)["law"].log_prob(_angle(x, y)) - 0.5 * (x * x + y * y)

    def log_prob_inside(self, value: Any) -> Any:
        """Return `log_prob`."""
        return self.log_prob(value)

    def _draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        angle = vars(self)["law"].draw(rng, shape)
        distance = np.sqrt(2.0 * rng.standard_exponential(shape))
        return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=-1)

    def invalid_parameter(self) -> str | None:
        """Say which parameter of the law is outside its constraint."""
        problem: str | None = vars(self)["law"].invalid_parameter() if "law" in vars(self) else None
        return problem


def _angle(x: Any, y: Any) -> Any:
    """Angle of a point, by half angles on the side where nothing cancels."""
    half = np.arctan(y / (np.sqrt(x * x + y * y) + np.abs(x)))
    turn = np.where(y < 0.0, -math.pi, math.pi)
    return np.where(x < 0.0, turn - 2.0 * half, 2.0 * half)
