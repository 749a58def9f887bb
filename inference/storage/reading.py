"""What a store has, as a fit that reads it when it is asked for."""

import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import adapted, fit
from inference import density as densities
from inference.adapted import Adapted
from inference.density import Density, Description
from inference.errors import InferenceValueError
from inference.kernels import layout
from inference.storage import commits, zarr
from inference.storage.commits import Commit, DamagedError


class Columns(MutableMapping[str, NDArray[Any]]):
    """Arrays of a group by name, each read anew whenever it is asked for.

    What is put into it stays in memory.
    """

    def __init__(self, root: Path, arrays: Mapping[str, zarr.Array], places: list[int]) -> None:
        self._root = root
        self._arrays = dict(arrays)
        self._places = places
        self._given: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name in self._given:
            return self._given[name]
        return read(self._root, self._arrays[name], self._places)

    def __setitem__(self, name: str, values: NDArray[Any]) -> None:
        self._given[name] = values

    def __delitem__(self, name: str) -> None:
        del self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._arrays, **self._given})

    def __len__(self) -> int:
        return len({**self._arrays, **self._given})


def read(root: Path, array: zarr.Array, places: list[int]) -> NDArray[Any]:
    """Values of an array for some chains, shape (chain, draw, ...).

    Raises
    ------
    InferenceValueError
        For a block that is absent or cut short.
    """
    rows, block = array.shape[1], array.chunks[1]
    values = np.empty((len(places), rows, *array.shape[2:]), dtype=array.dtype)
    for k, place in enumerate(places):
        for begin in range(0, rows, block):
            try:
                chunk = array.read(root, place, begin // block)
            except (OSError, ValueError) as error:
                raise damaged("inference.load", root, str(error)) from error
            values[k, begin : begin + block] = chunk[0, : rows - begin]
    return values


def read_run(who: str, path: Path) -> dict[str, Any]:
    """Read what the run in a store is.

    Raises
    ------
    InferenceValueError
        For something that is not a store, or is damaged.
    """
    if not (path / commits.FOLDER).is_dir():
        raise InferenceValueError(
            f"{who}: path must name a store written by nuts(store=...) or its like, got "
            f"{str(path)!r}, which is something else."
        )
    try:
        return commits.read_run(path)
    except DamagedError as error:
        raise damaged(who, path, str(error)) from error


def damaged(who: str, path: Path, what: str) -> InferenceValueError:
    """Error for a store that is not as it was written."""
    return InferenceValueError(
        f"{who}: the store must be as it was written, got {str(path)!r}, of which {what}. Restore "
        "it from a copy, or run anew."
    )


def opened(
    who: str,
    path: Path,
    density: Density | None = None,
    continuation: Callable[..., "fit.Fit"] | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> "fit.Fit":
    """Fit of what is committed in a store; draws are read when they are asked for.

    Parameters
    ----------
    who : str
        For messages.
    path : Path
    density : Density, optional
        For pointwise log likelihoods, which are not stored.
    continuation : callable, optional
        What `Fit.extend` calls.
    attributes : mapping, optional
        Over those in the store.

    Raises
    ------
    InferenceValueError
        If it is not a store, or is damaged.
    """
    about = read_run(who, path)
    try:
        records = [Commit.read(path, place) for place in range(len(about["numbers"]))]
        arrays = _arrays(path)
    except (DamagedError, OSError, ValueError, KeyError) as error:
        raise damaged(who, path, str(error)) from error
    warmup = about["settings"]["warmup"]
    places = [k for k, record in enumerate(records) if record.transitions > warmup]
    if not places:
        raise InferenceValueError(
            f"{who}: the store must have draws, got {str(path)!r}, whose chains are still warming "
            "up. Continue it with inference.resume(path, density)."
        )
    draws = min(records[k].transitions - warmup for k in places)
    groups: dict[str, dict[str, zarr.Array]] = {}
    for name, array in arrays.items():
        group, _, leaf = name.partition("/")
        rows = warmup if group.startswith("warmup_") else draws
        if array.dims[:2] == ("chain", "draw"):
            groups.setdefault(group, {})[leaf] = replace(
                array, shape=(array.shape[0], rows, *array.shape[2:])
            )

    def columns(group: str, order: Sequence[str] = ()) -> Columns:
        known = groups.get(group, {})
        return Columns(path, {name: known[name] for name in order or known}, places)

    (unconstrained,) = groups.get("unconstrained_posterior", groups["posterior"]).values()
    description = _description(path, about, arrays)
    log_likelihood = getattr(density, "log_likelihood", None)

    def likelihoods() -> dict[str, NDArray[Any]]:
        if log_likelihood is None:
            return {}
        points = read(path, unconstrained, places)
        values = log_likelihood(points.reshape(-1, points.shape[2]))
        return {
            name: np.asarray(value).reshape(*points.shape[:2], *np.shape(value)[1:])
            for name, value in values.items()
        }

    return fit.Fit(
        lambda: columns("posterior", about["order"]),
        sample_stats=columns("sample_stats", layout.STATISTICS),
        warmup_stats=columns("warmup_sample_stats", layout.STATISTICS)
        if warmup
        else _no_warmup(path, groups["sample_stats"], places),
        adaptation=adapted.arrays([Adapted.of_state(records[k].state) for k in places]),
        unconstrained=lambda: read(path, unconstrained, places),
        shape=(len(places), draws, about["dimension"]),
        description=description if density is None else densities.describe(density),
        attributes={
            **about["attributes"],
            "draws": about["settings"]["draws"],
            "chains": len(records),
            "chain_numbers": [about["numbers"][k] for k in places],
            "store": str(path),
            "interrupted": draws < about["settings"]["draws"] or len(places) < len(records),
            **(attributes or {}),
        },
        log_likelihood=likelihoods,
        continuation=continuation,
    )


def _no_warmup(
    path: Path, statistics: Mapping[str, zarr.Array], places: list[int]
) -> dict[str, NDArray[Any]]:
    """Statistics of a warmup of no transitions, of which a store has nothing."""
    none = {name: replace(statistics[name], shape=(len(places), 0)) for name in layout.STATISTICS}
    return {name: read(path, array, places) for name, array in none.items()}


def _arrays(path: Path) -> dict[str, zarr.Array]:
    """Arrays of a store by name, as its metadata has them."""
    metadata = json.loads((path / zarr.CONSOLIDATED).read_bytes())["metadata"]
    found = {}
    for file, about in metadata.items():
        name, _, kind = file.rpartition("/")
        if kind == ".zarray":
            found[name] = zarr.Array(
                name,
                about["dtype"],
                tuple(about["shape"]),
                tuple(about["chunks"]),
                tuple(metadata[f"{name}/.zattrs"]["_ARRAY_DIMENSIONS"]),
            )
    return found


def _description(
    path: Path, about: Mapping[str, Any], arrays: Mapping[str, zarr.Array]
) -> Description:
    """What the density said of itself."""
    coords: dict[str, list[Any]] = {}
    data: dict[str, dict[str, NDArray[Any]]] = {"observed_data": {}, "constant_data": {}}
    for name, array in arrays.items():
        group, _, leaf = name.partition("/")
        if {"chain", "draw"} & set(array.dims):
            continue
        try:
            values = array.read(path)[tuple(slice(n) for n in array.shape)]
        except (OSError, ValueError) as error:
            raise damaged("inference.load", path, str(error)) from error
        if array.dims == (leaf,):
            coords[leaf] = values.tolist()
        elif group in data:
            data[group][leaf] = values
    return Description(
        dims={name: tuple(axes) for name, axes in about["dims"].items()},
        coords={name: ticks for name, ticks in coords.items() if name in about["coords"]},
        deterministics=frozenset(about["deterministics"]),
        observed=data["observed_data"],
        constant_data=data["constant_data"],
        fingerprint=about["fingerprint"],
        hints=about["hints"],
    )
