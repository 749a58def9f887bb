"""The real line onto the positive numbers, nearly linear far out."""

from typing import Any

import ad
from ppl.transforms.base import Transform


class Softplus(Transform):
    """y = log(1 + exp(x)), with log |dy/dx| = log expit(x)."""

    def forward(self, x: Any) -> Any:
        """Return log(1 + exp(x))."""
        return ad.special.log1p_exp(x)

    def inverse(self, y: Any) -> Any:
        """Return log(exp(y) - 1)."""
        return y + ad.special.log1m_exp(-y)

    def log_jacobian(self, x: Any) -> Any:
        """Return log expit(x)."""
        return ad.special.log_expit(x)
