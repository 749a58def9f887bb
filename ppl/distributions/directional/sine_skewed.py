"""Skewed laws of angles."""

from typing import Any

import numpy as np

from ppl.constraints import Constraint, angle
from ppl.distributions.base import Shape
from ppl.distributions.directional.sine_bivariate_von_mises import SineBivariateVonMises
from ppl.distributions.directional.von_mises import VonMises, wound
from ppl.distributions.parameter import parameter
from ppl.distributions.wrapping import Wrapper, require_law


class SineSkewed(Wrapper):
    """A symmetric law of one or two angles, times 1 + sum of skewness sin(value - loc).

    Parameters
    ----------
    base : VonMises or SineBivariateVonMises
    skewness : array, shape (...), or (..., 2) for two angles
        The sizes have a sum of at most 1; by name.

    Notes
    -----
    Umbach and Jammalamadaka (2009), "Building asymmetry into circular distributions"; Ameijeiras-
    Alonso and Ley (2021), "Sine-skewed toroidal distributions and their application in protein
    bioinformatics".

    `mean` is the mean direction of each angle, from -pi to pi, `variance` the circular variance, 1
    less the length of the mean vector (cos, sin).

    Examples
    --------
    >>> from ppl import VonMises
    >>> law = SineSkewed(VonMises(0.0, 0.0), skewness=0.5)
    >>> round(float(2.0 * np.pi * np.exp(law.log_prob(np.pi / 2))), 12)
    1.5
    """

    skewness = parameter(lambda law: _Skewness(law.event_shape), keyword_only=True)
    support = angle

    def _require_base(self, base: Any) -> None:
        good = isinstance(base, VonMises | SineBivariateVonMises)
        kind = "a VonMises or SineBivariateVonMises law"
        require_law(self, "base", base, kind=kind, good=good)

    def _misshapen(self) -> tuple[str, str] | None:
        if not self.event_shape or np.shape(self.skewness)[-1:] == (2,):
            return None
        got = np.shape(self.skewness)
        return f"skewness must have 2 numbers on its last axis, got shape {got}", "One an angle."

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shapes of the base and of the skewness."""
        shapes = super().parameter_shapes()
        if self.event_shape:
            shapes["skewness"] = np.shape(self.skewness)[:-1]
        return shapes

    def _centre(self) -> Any:
        if isinstance(self.base, SineBivariateVonMises):
            both = np.broadcast_arrays(self.base.phi_loc, self.base.psi_loc)
            return np.stack(both, axis=-1)
        return self.base.loc  # type: ignore[attr-defined] # a VonMises law

    def _lean(self, value: Any) -> Any:
        """Sum of skewness sin(value - loc)."""
        each = self.skewness * np.sin(value - self._centre())
        return np.sum(each, axis=-1) if self.event_shape else each

    def _log_prob(self, value: Any) -> Any:
        return self.base.log_prob_inside(value) + np.log1p(self._lean(value))

    def _draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        value = self.base.draw(rng, shape)
        kept = 2.0 * rng.random(shape) < 1.0 + self._lean(value)
        other = wound(2.0 * self._centre() - value)
        return np.where(kept[..., None] if self.event_shape else kept, value, other)

    def _vector(self) -> tuple[Any, Any]:
        """Means of the cosine and of the sine of each angle's distance from the centre."""
        cosine, products = self.base.skewed_moments()  # type: ignore[attr-defined] # by its class
        if not self.event_shape:
            return cosine, self.skewness * products
        # The symmetric part has no sine, the skewed one no cosine.
        return cosine, np.sum(products * self.skewness[..., None, :], axis=-1)

    def _mean(self) -> Any:
        cosine, sine = self._vector()
        return wound(self._centre() + np.arctan2(sine, cosine))

    def _variance(self) -> Any:
        return 1.0 - np.hypot(*self._vector())


class _Skewness(Constraint):
    """Numbers, or pairs, whose sizes have a sum of at most 1."""

    def __init__(self, event: Shape) -> None:
        self.event_dim = len(event)

    def __str__(self) -> str:
        return "of a size (sum of sizes) of at most 1"

    def _contains(self, value: Any) -> Any:
        size = np.abs(value)
        return (np.sum(size, axis=-1) if self.event_dim else size) <= 1.0
