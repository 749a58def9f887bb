"""Draws as smooth functions of standard normal numbers and of the law's parameters.

A law's own `_draw` says how its values come from those of a generator. Given `Noise` in the place
of a generator, it writes the draw as an expression over normal numbers, through which gradients
pass: D. P. Kingma and M. Welling 2014, Auto-Encoding Variational Bayes, section 2.4; for gamma,
beta and Student's t, whose quantiles have derivatives by implicit differentiation, M. Figurnov, S.
Mohamed and A. Mnih 2018, Implicit Reparameterization Gradients, equation 5.
"""

from __future__ import annotations

import importlib
import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.errors import ModelError, where

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.distributions.base import Distribution

Shape = tuple[int, ...]

# Laws whose `_draw` is smooth in their parameters; a choice between branches (mixtures, truncation
# by rejection) would have a wrong gradient without any sign of it.
SMOOTH = frozenset(
    (
        "Beta",
        "Cauchy",
        "ChiSquared",
        "Delta",
        "Dirichlet",
        "Exponential",
        "Gamma",
        "Gumbel",
        "HalfCauchy",
        "HalfNormal",
        "InverseGamma",
        "Kumaraswamy",
        "Laplace",
        "LogNormal",
        "Logistic",
        "LogitNormal",
        "LogisticNormal",
        "LowRankMultivariateNormal",
        "MatrixNormal",
        "MultivariateLogNormal",
        "MultivariateNormal",
        "MultivariateStudentT",
        "Normal",
        "Pareto",
        "StudentT",
        "Uniform",
        "Weibull",
    )
)
WRAPPERS = frozenset(("Expanded", "Independent", "Masked", "Transformed"))


class Noise(np.random.Generator):
    """Stands in for a generator: its numbers are functions of standard normal ones.

    Parameters
    ----------
    take : callable
        ``(count) -> array of shape (count,)``, plain or traced: the next normal numbers.
    """

    def __init__(self, take: Callable[[int], Any]) -> None:
        super().__init__(np.random.PCG64(0))
        self._take = take

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name in METHODS:
            return super().__getattribute__(name)
        raise NotSmoothError(name)

    def standard_normal(self, size: Any = ()) -> Any:  # type: ignore[override]
        """Normal numbers themselves."""
        shape = (size,) if isinstance(size, int) else tuple(size)
        taken = self._take(math.prod(shape))
        return taken[0] if shape == () else taken.reshape(shape)

    def random(self, size: Any = ()) -> Any:  # type: ignore[override]
        """Uniform on (0, 1)."""
        return ad.special.ndtr(self.standard_normal(size))

    def standard_exponential(self, size: Any = ()) -> Any:  # type: ignore[override]
        """Exponential, exact in both tails."""
        return -ad.special.log_ndtr(self.standard_normal(size))

    def laplace(self, size: Any = ()) -> Any:  # type: ignore[override]
        """Laplace: |x| is exponential, of the quantile on its own side."""
        z = self.standard_normal(size)
        return -np.sign(z) * (ad.special.log_ndtr(-np.abs(z)) + math.log(2.0))

    def logistic(self, size: Any = ()) -> Any:  # type: ignore[override]
        """Logistic."""
        z = self.standard_normal(size)
        return ad.special.log_ndtr(z) - ad.special.log_ndtr(-z)

    def gumbel(self, size: Any = ()) -> Any:  # type: ignore[override]
        """Gumbel."""
        return -np.log(self.standard_exponential(size))

    def standard_cauchy(self, size: Any = ()) -> Any:
        """Cauchy: the tangent of a uniform angle."""
        return np.tan(math.pi * (self.random(size) - 0.5))

    def standard_gamma(self, shape: Any, size: Any = None) -> Any:  # type: ignore[override]
        """Gamma of unit rate."""
        return _scipy("gammaincinv")(shape, self._uniform(size, shape))

    def chisquare(self, df: Any, size: Any = None) -> Any:
        """Chi-squared."""
        return 2.0 * self.standard_gamma(0.5 * df, size)

    def beta(self, a: Any, b: Any, size: Any = None) -> Any:
        """Beta."""
        return _scipy("betaincinv")(a, b, self._uniform(size, a, b))

    def standard_t(self, df: Any, size: Any = None) -> Any:
        """Student's t."""
        return _scipy("stdtrit")(df, self._uniform(size, df))

    def _uniform(self, size: Any, *parameters: Any) -> Any:
        shape = np.broadcast_shapes(*map(np.shape, parameters)) if size is None else size
        return self.random(shape)


METHODS = frozenset(name for name in vars(Noise) if not name.startswith("_"))


def _scipy(name: str) -> Any:
    """One of SciPy's functions, which take traced values; loaded where it is needed."""
    return getattr(importlib.import_module("scipy.special"), name)


class NotSmoothError(Exception):
    """A draw that is not a smooth function of normal numbers."""


def draw(site: str, law: Distribution, noise: Noise, shape: Shape) -> Any:
    """Draw values of a law from noise, at the batch `shape`, differentiably.

    Raises
    ------
    ModelError
        For a law without such a draw; it names the site and says what to write.
    """
    inner: Any = law
    while type(inner).__name__ in WRAPPERS:
        inner = inner.base
    place = getattr(inner, "placed", None)
    if place is not None:
        return place()
    if type(inner).__name__ not in SMOOTH:
        raise _refusal(site, inner)
    law.require_valid(site)
    try:
        with np.errstate(all="ignore"):
            value = law._draw(noise, shape)  # noqa: SLF001 - ours, given noise for a generator
    except NotSmoothError:
        raise _refusal(site, inner) from None
    whole = shape + law.event_shape
    return value if np.shape(value) == whole else np.broadcast_to(value, whole)


def _refusal(site: str, law: Distribution) -> ModelError:
    if law.discrete:
        advice = "Sum over its values in the model (a mixture), and leave it out of the guide."
    else:
        advice = (
            "Take a law that has one on the same support, for example "
            "Transformed(Normal(loc, scale), ppl.transforms.transform_for(support))."
        )
    return ModelError(
        f"ELBO: the guide's law must have draws that are smooth in its parameters, got "
        f"{type(law).__name__}, {where(site)}. {advice}"
    )
