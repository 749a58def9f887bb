"""How a run lies in a store: ArviZ's groups, their arrays, and the size of a block."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import density as densities
from inference.density import Density, Description
from inference.errors import InferenceValueError
from inference.kernels import layout
from inference.storage import zarr

BLOCK_BYTES = 2**22  # of a block of draws of a chain, unconstrained or constrained
MOST_ROWS = 8192
LABELS = 65536  # of `draw`, a chunk

KINDS = {"tree_depth": "<i8", "n_steps": "<i8", "diverging": "|b1"}


@dataclass(frozen=True)
class Groups:
    """Arrays of a store.

    Attributes
    ----------
    block : int
        Transitions a chunk.
    posterior, sample_stats, warmup_sample_stats : tuple of Array
        Shape (chain, draw, ...).
    unconstrained : Array
        The same numbers as `posterior`'s, if the density does not constrain.
    fixed : dict of Array to array
        Coordinates and data, which do not grow.
    """

    block: int
    posterior: tuple[zarr.Array, ...]
    sample_stats: tuple[zarr.Array, ...]
    warmup_sample_stats: tuple[zarr.Array, ...]
    unconstrained: zarr.Array
    fixed: tuple[tuple[zarr.Array, NDArray[Any]], ...]
    attributes: Mapping[str, Any]

    @property
    def growing(self) -> tuple[zarr.Array, ...]:
        """Arrays with one row a draw."""
        extra = () if self.unconstrained in self.posterior else (self.unconstrained,)
        return (*self.posterior, *extra, *self.sample_stats)

    def metadata(self, warmup: int, draws: int) -> dict[str, Any]:
        """Metadata by file name, for so many transitions and draws of every chain."""
        found: dict[str, Any] = {".zgroup": zarr.GROUP, ".zattrs": dict(self.attributes)}
        for array in self.growing:
            found |= array.metadata(draws)
        for array in self.warmup_sample_stats:
            found |= array.metadata(warmup)
        for array, _ in self.fixed:
            rows = warmup if array.name.startswith("warmup_") else draws
            found |= array.metadata(rows)
        for name in sorted({name.split("/")[0] for name in found if "/" in name}):
            found[f"{name}/.zgroup"] = zarr.GROUP
        return found

    def write_fixed(self, root: Path) -> None:
        """Write what does not grow, the numbers along `draw` included.

        It is written again when a run goes on, so there is no need to wait for the disk.
        """
        for array, values in self.fixed:
            if array.dims == ("draw",):
                for k in range(0, max(1, len(values)), LABELS):
                    array.write(root, (k // LABELS,), values[k : k + LABELS], sync=False)
            elif values.size:
                array.write(root, (), values, sync=False)


def lay_out(
    density: Density,
    sizes: tuple[int, int, int],
    attributes: Mapping[str, Any],
    *,
    block: int | None = None,
) -> Groups:
    """Arrays of a run.

    Parameters
    ----------
    density : Density
    sizes : tuple of int
        Chains, warmup, draws.
    attributes : mapping
        Of the whole store.
    block : int, optional
        Transitions a chunk; by default what fits into `BLOCK_BYTES`.

    Raises
    ------
    InferenceValueError
        For a name that cannot be a file's.
    """
    chains, warmup, draws = sizes
    about = densities.describe(density)
    point = np.zeros((1, density.dimension))
    sample = densities.constrain(density, point)
    for name in (*sample, *about.observed, *about.constant_data):
        _check_name(name)
    if block is None:
        largest = max(density.dimension * 8, sum(value.nbytes for value in sample.values()))
        block = max(1, min(BLOCK_BYTES // largest, MOST_ROWS, max(warmup, draws)))
    identity = getattr(density, "constrain", None) is None

    def growing(group: str, name: str, kind: Any, tail: Sequence[int] = ()) -> zarr.Array:
        dims = ("chain", "draw", *_dims(about, name, tail))
        rows = warmup if group.startswith("warmup_") else draws
        return zarr.Array(
            f"{group}/{name}",
            np.dtype(kind).newbyteorder("<").str,
            (chains, rows, *tail),
            (1, block, *(max(1, n) for n in tail)),
            dims,
        )

    posterior = tuple(
        growing("posterior", name, value.dtype, value.shape[1:]) for name, value in sample.items()
    )
    unconstrained = (
        posterior[0]
        if identity
        else growing("unconstrained_posterior", "x", np.float64, (density.dimension,))
    )

    def statistics(group: str) -> tuple[zarr.Array, ...]:
        return tuple(growing(group, name, KINDS.get(name, "<f8")) for name in layout.STATISTICS)

    groups = ["posterior", "sample_stats"] + ([] if identity else ["unconstrained_posterior"])
    fixed = [_labels(group, chains, draws) for group in groups]
    if warmup:
        fixed.append(_labels("warmup_sample_stats", chains, warmup))
    data = [
        (
            zarr.whole(f"{group}/{name}", np.asarray(value), _dims(about, name, np.shape(value))),
            value,
        )
        for group, members in (
            ("observed_data", about.observed),
            ("constant_data", about.constant_data),
        )
        for name, value in members.items()
    ]
    fixed += [[(array, np.asarray(value)) for array, value in data]]
    fixed += [_ticks(about, (*posterior, *(array for array, _ in data)))]
    return Groups(
        block,
        posterior,
        statistics("sample_stats"),
        statistics("warmup_sample_stats") if warmup else (),
        unconstrained,
        tuple(pair for pairs in fixed for pair in pairs),
        attributes,
    )


def _labels(group: str, chains: int, rows: int) -> list[tuple[zarr.Array, NDArray[Any]]]:
    chain, draw = np.arange(chains), np.arange(rows)
    return [
        (zarr.whole(f"{group}/chain", chain, ("chain",)), chain),
        (
            zarr.Array(f"{group}/draw", "<i8", (rows,), (min(LABELS, max(1, rows)),), ("draw",)),
            draw,
        ),
    ]


def _dims(about: Description, name: str, tail: Sequence[int]) -> tuple[str, ...]:
    """Names of a variable's own axes; ArviZ's defaults where none are given."""
    given = tuple(about.dims.get(name, ()))
    defaults = tuple(f"{name}_dim_{k}" for k in range(len(tail)))
    return given if len(given) == len(tail) else defaults


def _ticks(
    about: Description, arrays: Sequence[zarr.Array]
) -> list[tuple[zarr.Array, NDArray[Any]]]:
    """Labels along the axes of the arrays, in each group that has them."""
    found = {}
    taken = {array.name for array in arrays}  # a variable may be named like an axis of another
    for array in arrays:
        group = array.name.split("/")[0]
        for dim, size in zip(array.dims, array.shape, strict=True):
            if dim in {"chain", "draw"}:
                continue
            ticks = np.asarray(about.coords.get(dim, np.arange(size)))
            if ticks.dtype.kind not in "iufbU":
                ticks = ticks.astype(str)
            if ticks.shape == (size,):
                name = f"{group}/{dim}"
                if name in taken:
                    continue
                found[name] = (zarr.whole(name, ticks, (dim,)), ticks)
    return list(found.values())


def _check_name(name: str) -> None:
    if not name or name.startswith((".", "__")) or set(name) & set('/\\:*?"<>|\0') or name in {
        "chain", "draw",
    }:  # fmt: skip
        raise InferenceValueError(
            f"inference: with store=, names of variables must be usable as names of files, got "
            f"{name!r}. Rename it, or run without store."
        )
