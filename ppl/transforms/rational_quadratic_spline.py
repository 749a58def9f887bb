"""The rational-quadratic spline flow."""

from typing import Any

import numpy as np

import ad
from ppl.transforms.base import Transform

_LEAST = 1e-3  # of a bin's share of the interval, and of a slope


class RationalQuadraticSpline(Transform):
    """An increasing function in k pieces between -bound and bound, the identity beyond.

    Each piece is a quotient of quadratics; the first derivative is continuous. Durkan et al.
    (2019), "Neural spline flows", equations 4 to 8.

    Parameters
    ----------
    widths, heights : array, shape (..., k)
        Unconstrained: sizes of the pieces are their softmax.
    slopes : array, shape (..., k - 1)
        Unconstrained: derivatives between the pieces are their softplus; 0.541... gives 1.
    bound : float, default 5
    """

    def __init__(self, widths: Any, heights: Any, slopes: Any, bound: float = 5.0) -> None:
        k = np.shape(widths)[-1]
        if np.shape(heights)[-1] != k or np.shape(slopes)[-1] != k - 1:
            raise self._wrong_size(
                f"heights and slopes must have {k} and {k - 1} elements",
                (np.shape(heights)[-1], np.shape(slopes)[-1]),
            )
        self.widths, self.heights, self.slopes, self.bound = widths, heights, slopes, bound

    def _pieces(self) -> tuple[Any, ...]:
        """Left ends and sizes along x and y, and slopes at the left and right ends."""
        x_size, x_left = self._ends(self.widths)
        y_size, y_left = self._ends(self.heights)
        inner = _LEAST + ad.special.log1p_exp(self.slopes)
        one = np.ones((*np.shape(self.slopes)[:-1], 1))
        knots = np.concatenate([one, inner, one], axis=-1)
        return x_left, x_size, y_left, y_size, knots[..., :-1], knots[..., 1:]

    def _ends(self, raw: Any) -> tuple[Any, Any]:
        k = np.shape(raw)[-1]
        share = _LEAST + (1.0 - _LEAST * k) * ad.special.softmax(raw, axis=-1)
        size = 2.0 * self.bound * share
        return size, np.cumsum(size, axis=-1) - size - self.bound

    def _chosen(self, at: Any, *, along_y: bool) -> tuple[Any, Any]:
        """Whether each number is inside, and the values of the piece it is in."""
        pieces = self._pieces()
        left = pieces[2] if along_y else pieces[0]
        inside = np.abs(at) < self.bound
        safe = np.where(inside, at, 0.0)[..., None]
        passed = np.where(safe >= left, 1.0, 0.0)
        zero = np.zeros((*np.shape(passed)[:-1], 1))
        # The last piece passed: 1 where it is passed and the next is not.
        last = passed - np.concatenate([passed[..., 1:], zero], axis=-1)
        return inside, [np.sum(last * piece, axis=-1) for piece in pieces]

    def forward(self, x: Any) -> Any:
        """Return the spline at x."""
        inside, (x_left, width, y_left, height, first, second) = self._chosen(x, along_y=False)
        slope = height / width
        t = (np.where(inside, x, 0.0) - x_left) / width
        part = slope * t * t + first * t * (1.0 - t)
        y = y_left + height * part / (slope + (first + second - 2.0 * slope) * t * (1.0 - t))
        return np.where(inside, y, x)

    def inverse(self, y: Any) -> Any:
        """Return where the spline is y, by the root of a quadratic."""
        inside, (x_left, width, y_left, height, first, second) = self._chosen(y, along_y=True)
        slope = height / width
        rise = np.where(inside, y, 0.0) - y_left
        bend = rise * (first + second - 2.0 * slope)
        a, b = height * (slope - first) + bend, height * first - bend
        c = -slope * rise
        t = -2.0 * c / (b + np.sqrt(b * b - 4.0 * a * c))
        return np.where(inside, x_left + t * width, y)

    def log_jacobian(self, x: Any) -> Any:
        """Return the log of the derivative at x; 0 beyond the bounds."""
        inside, (x_left, width, _, height, first, second) = self._chosen(x, along_y=False)
        slope = height / width
        t = (np.where(inside, x, 0.0) - x_left) / width
        top = second * t * t + 2.0 * slope * t * (1.0 - t) + first * (1.0 - t) ** 2
        below = slope + (first + second - 2.0 * slope) * t * (1.0 - t)
        log_slope = 2.0 * np.log(slope) + np.log(top) - 2.0 * np.log(below)
        return np.where(inside, log_slope, 0.0)
