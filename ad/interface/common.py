"""What rules of several families need."""

from typing import Any

import numpy as np

from ad.traced import is_traced


def arrays(*values: Any) -> list[Any]:
    """Values as something with a shape."""
    return [value if is_traced(value) else np.asarray(value) for value in values]
