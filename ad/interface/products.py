"""NumPy's products of vectors and matrices on traced arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ad.interface.common import arrays
from ad.linalg import contractions
from ad.op import Value, reshape


def _dot(a: Any, b: Any) -> Value:
    a, b = arrays(a, b)
    if not a.ndim or not b.ndim:
        return a * b
    return contractions.matmul(a, b) if b.ndim <= 2 else contractions.tensordot(a, b, (-1, -2))


def _inner(a: Any, b: Any) -> Value:
    a, b = arrays(a, b)
    return contractions.tensordot(a, b, (-1, -1)) if a.ndim and b.ndim else a * b


PRODUCTS: dict[str, Callable[..., Any]] = {
    "dot": _dot,
    "vdot": lambda a, b: _dot(*(np.ravel(x) for x in (a, b))),
    "inner": _inner,
    "einsum": contractions.einsum,
    "tensordot": contractions.tensordot,
    "kron": contractions.kron,
    "outer": lambda a, b: reshape(np.ravel(a), (np.size(a), 1)) * np.ravel(b),
}
