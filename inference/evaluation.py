"""A density at many points, and its second derivatives, as deterministic algorithms need them."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import ad
from inference.density import Density

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]

STEP = float(np.finfo(float).eps ** (1.0 / 3.0))  # balances truncation and rounding
ROWS = 1 << 22  # numbers in a batch of Hessian products, 32 MiB


class Evaluator:
    """Values, gradients and Hessian-vector products of a density at rows of points.

    Where the density has ``function`` (the log density as a plain function of the vector, which
    `ad` can trace), Hessian-vector products are exact and compiled. Otherwise they are central
    differences of gradients, with a relative error of about 1e-10 times the third derivative's
    size.

    Attributes
    ----------
    gradients, products : int
        How many gradients and Hessian-vector products were asked for.
    exact : bool
        Whether Hessian-vector products are exact.
    """

    def __init__(self, density: Density) -> None:
        self.density = density
        self.dimension = density.dimension
        self.gradients = 0
        self.products = 0
        self._function: Callable[[Any], Any] | None = getattr(density, "function", None)
        self._compiled: ad.Compiled | None = None

    @property
    def exact(self) -> bool:
        """Whether Hessian-vector products are exact."""
        return self._function is not None

    def at(self, x: Array) -> tuple[float, Array]:
        """Log density in nats and gradient; a log density that is NaN or +inf counts as -inf."""
        self.gradients += 1
        value, gradient = self.density.logdensity_and_gradient(np.ascontiguousarray(x))
        if not value < np.inf:  # NaN too
            value = -np.inf
        return float(value), gradient

    def rows(self, xs: Array) -> tuple[Array, Array]:
        """Log densities, shape (n,), and gradients, shape (n, d), at points of shape (n, d)."""
        values, gradients = np.empty(len(xs)), np.empty_like(xs)
        for k, x in enumerate(xs):
            values[k], gradients[k] = self.at(x)
        return values, gradients

    def hessian_products(self, xs: Array, directions: Array) -> Array:
        """Hessians times directions, row by row: shapes (n, d), (n, d) -> (n, d)."""
        self.products += len(xs)
        if self._function is not None:
            compiled = self._compile()
            both = np.concatenate([xs, directions], axis=1)
            step = max(1, ROWS // both.shape[1])
            parts = [compiled.map(both[k : k + step]) for k in range(0, len(both), step)]
            return np.concatenate(parts)
        norms = np.abs(directions).max(axis=1, keepdims=True)
        norms[norms == 0.0] = 1.0
        shift = STEP * (1.0 + np.abs(xs).max(axis=1, keepdims=True)) / norms
        _, above = self.rows(xs + shift * directions)
        _, below = self.rows(xs - shift * directions)
        products: Array = (above - below) / (2.0 * shift)
        return products

    def hessian(self, x: Array) -> Array:
        """Hessian of the log density at a point, shape (d, d), symmetric."""
        d = self.dimension
        unit = np.eye(d)
        step = max(1, ROWS // d)
        parts = [
            self.hessian_products(np.broadcast_to(x, unit[k : k + step].shape), unit[k : k + step])
            for k in range(0, d, step)
        ]
        matrix = np.concatenate(parts)
        return 0.5 * (matrix + matrix.T)

    def _compile(self) -> ad.Compiled:
        if self._compiled is None:
            function, d = self._function, self.dimension
            assert function is not None

            def product(both: Any) -> Any:
                return ad.hvp(function, (both[:d],), (both[d:],))

            self._compiled = ad.compile(product)
        return self._compiled
