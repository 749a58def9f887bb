"""The table of operations, one row each, in files by family.

Importing this package fills `ad.op.TABLE`. Adding an element-wise operation is one row in one of
these files (see docs/adding.md).
"""

from ad.ops import (
    arithmetic,
    banded,
    bessel,
    beta,
    entropy,
    factorizations,
    functions,
    hermitian,
    hypergeometric,
    incomplete,
    integrals,
    linalg,
    logic,
    matrices,
    mills,
    ordering,
    orthogonal,
    quantiles,
    reduction,
    shape,
    sparse,
    special,
    spectra,
    transcendental,
)

__all__ = [
    "arithmetic",
    "banded",
    "bessel",
    "beta",
    "entropy",
    "factorizations",
    "functions",
    "hermitian",
    "hypergeometric",
    "incomplete",
    "integrals",
    "linalg",
    "logic",
    "matrices",
    "mills",
    "ordering",
    "orthogonal",
    "quantiles",
    "reduction",
    "shape",
    "sparse",
    "special",
    "spectra",
    "transcendental",
]
