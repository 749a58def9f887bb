"""The real line onto the positive numbers."""

from typing import Any

import numpy as np

from ppl.transforms.base import Transform


class Exp(Transform):
    """y = e^x, with log |dy/dx| = x.

    Beyond the range of double precision (x < -745, x > 709) y is 0 or infinity.
    """

    def forward(self, x: Any) -> Any:
        """Return e^x."""
        return np.exp(x)

    def inverse(self, y: Any) -> Any:
        """Return log y."""
        return np.log(y)

    def log_jacobian(self, x: Any) -> Any:
        """Return x."""
        return x
