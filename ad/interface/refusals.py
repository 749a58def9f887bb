"""NumPy's functions that traced arrays cannot have, and what to do instead."""

from collections.abc import Callable
from typing import Any

from ad.interface.common import refused

_SHAPE = "the shape of its result depends on traced values, and shapes must be known while tracing"

REFUSED: dict[str, Callable[..., Any]] = {
    name: refused(name, f"{why}. {instead}")
    for names, why, instead in (
        (
            ("nonzero", "flatnonzero", "argwhere"),
            _SHAPE,
            "Select with np.where, or find the positions in data",
        ),
        (
            (
                *("unique", "unique_all", "unique_counts", "unique_inverse", "unique_values"),
                *("union1d", "intersect1d", "setdiff1d", "setxor1d"),
            ),
            _SHAPE,
            "np.sort has a rule; np.isin tells what is in both",
        ),
        (("trim_zeros",), _SHAPE, "Use a slice"),
        (
            ("histogram", "histogram2d", "histogramdd", "histogram_bin_edges"),
            "counts are steps, with derivative 0 everywhere",
            "np.searchsorted gives bins, np.bincount sums weights by bin",
        ),
    )
    for name in names
}
