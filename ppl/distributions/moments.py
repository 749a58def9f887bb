"""Expectation, variance, covariance and entropy: what a law gives, and quadrature where it cannot.

A law gives `_mean`, `_variance`, `_covariance` and `_entropy`, where they have a closed form. Those
of laws of numbers that have none are integrals.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.distributions.part import Part, Shape
from ppl.errors import UndefinedError, where

if TYPE_CHECKING:
    from collections.abc import Callable


class Moments(Part):
    """Part of `Distribution`: expectation, variance, covariance and entropy."""

    @property
    def mean(self) -> Any:
        """Expectation, shape batch_shape + event_shape; NaN where it does not exist."""
        return self._closed_form(self._mean)

    @property
    def variance(self) -> Any:
        """Variance, shape batch_shape + event_shape; NaN or infinite where it does not exist."""
        return self._closed_form(self._variance)

    @property
    def covariance(self) -> Any:
        """Covariance of each two elements, shape batch_shape + event_shape + event_shape.

        Of a matrix X, element (..., i, j, k, l) is the covariance of X[i, j] and X[k, l]; of a
        number it is the variance. NaN or infinite where it does not exist.
        """
        return self._closed_form(
            self._covariance, self.batch_shape + self.event_shape + self.event_shape
        )

    def entropy(self) -> Any:
        """Return the (differential) entropy, shape batch_shape, in nats."""
        return self._closed_form(self._entropy, self.batch_shape)

    def _closed_form(self, formula: Callable[[], Any], shape: Shape | None = None) -> Any:
        self.require_valid()
        shape = self.batch_shape + self.event_shape if shape is None else shape
        with np.errstate(all="ignore"):
            return filled(formula(), shape)

    def _mean(self) -> Any:
        return self._by_quadrature("mean", lambda x, _: x)

    def _variance(self) -> Any:
        if self.event_shape:  # it is not the mean that was asked for
            raise self._undefined("variance")
        mean = self.mean
        if np.any(np.isinf(mean)):
            return self._by_quadrature("variance", lambda x, _: x * x)
        return self._by_quadrature("variance", lambda x, _: (x - mean) ** 2)

    def _covariance(self) -> Any:
        if self.event_shape:
            raise self._undefined("covariance")
        return self.variance

    def _entropy(self) -> Any:
        return self._by_quadrature("entropy", lambda _, log_prob: -log_prob)

    def _by_quadrature(self, what: str, function: Callable[[Any, Any], Any]) -> Any:
        """Expectation of a function of the value and its log density, where it can be computed."""
        if self.event_shape:
            raise self._undefined(what)
        if ad.is_traced(self.log_prob(self.support.interior())):
            raise UndefinedError(
                f"{type(self).__name__}: {what} is computed by quadrature and needs plain "
                f"parameters, got traced ones {where()}. Compute it from draws of the parameters "
                "after the run."
            )
        try:
            return self._expectation(function)
        except UndefinedError:  # the law has no quantiles
            raise self._undefined(what) from None

    def _expectation(self, function: Callable[[Any, Any], Any]) -> Any:
        return importlib.import_module("ppl.distributions.expectation").expectation(self, function)


def filled(value: Any, shape: Shape) -> Any:
    """Repeat what does not depend on all of the axes along the others."""
    return value if np.shape(value) == shape else np.broadcast_to(value, shape)
