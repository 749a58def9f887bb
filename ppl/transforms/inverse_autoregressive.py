"""The inverse autoregressive flow."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ppl.transforms.base import VectorTransform


class InverseAutoregressive(VectorTransform):
    """y_i = shift_i + exp(log_scale_i) x_i, both functions of x_1, ..., x_{i-1}.

    The functions are one masked network with tanh between its layers: Kingma et al. (2016),
    "Improved variational inference with inverse autoregressive flow"; the masks are those of
    Germain et al. (2015), "MADE". Forward is one evaluation of the network, inverse n of them.

    Parameters
    ----------
    weights : sequence of arrays
        Of the layers, shapes (h1, n), (h2, h1), ..., (2 n, hk): the last gives the shifts, then
        the log scales. Elements that would let later elements in are ignored.
    biases : sequence of arrays
        Shapes (h1,), ..., (2 n,).
    """

    def __init__(self, weights: Sequence[Any], biases: Sequence[Any]) -> None:
        self.weights, self.biases = tuple(weights), tuple(biases)
        widths = [np.shape(w)[0] for w in self.weights]
        inputs = [np.shape(w)[1] for w in self.weights]
        self._n = inputs[0]
        fits = inputs[1:] == widths[:-1] and widths[-1] == 2 * self._n
        if not fits or [np.shape(b) for b in self.biases] != [(w,) for w in widths]:
            raise self._wrong_size(
                f"layers must fit each other, from {self._n} to {2 * self._n}", tuple(widths)
            )
        self._masks = _masks(self._n, widths)

    def _network(self, x: Any) -> tuple[Any, Any]:
        layers = list(zip(self.weights, self.biases, self._masks, strict=True))
        for weight, bias, mask in layers[:-1]:
            x = np.tanh(x @ np.swapaxes(weight * mask, -1, -2) + bias)
        weight, bias, mask = layers[-1]
        out = x @ np.swapaxes(weight * mask, -1, -2) + bias
        return out[..., : self._n], out[..., self._n :]

    def forward(self, x: Any) -> Any:
        """Return shift(x) + exp(log_scale(x)) x."""
        shift, log_scale = self._network(x)
        return shift + np.exp(log_scale) * x

    def inverse(self, y: Any) -> Any:
        """Return x, one element after another."""
        x: Any = np.zeros(np.shape(y))
        for i in range(self._n):
            shift, log_scale = self._network(x)
            new = (y - shift) * np.exp(-log_scale)
            x = np.where(np.arange(self._n) == i, new, x)
        return x

    def log_jacobian(self, x: Any) -> Any:
        """Return the sum of the log scales."""
        return np.sum(self._network(x)[1], axis=-1)

    def __repr__(self) -> str:
        return f"InverseAutoregressive(layers={[np.shape(w) for w in self.weights]})"


def _masks(n: int, widths: Sequence[int]) -> list[Any]:
    """Which elements of each layer's weights keep to the order: an input goes to larger degrees."""
    degrees = [np.arange(1, n + 1)]
    degrees += [np.arange(width) % max(n - 1, 1) + min(1, n - 1) for width in widths[:-1]]
    outputs = np.tile(np.arange(1, n + 1), 2)
    masks = [(after[:, None] >= before).astype(float) for before, after in pairwise(degrees)]
    return [*masks, (outputs[:, None] > degrees[-1]).astype(float)]
