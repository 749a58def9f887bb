"""Fits as files and as ArviZ data."""

import importlib
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inference.density import Description
from inference.errors import InferenceValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inference.fit import Fit

FORMAT = "wengert-fit-1"


def to_arviz(fit: "Fit") -> Any:
    """ArviZ data with posterior, sample statistics, and what else the density offers."""
    with warnings.catch_warnings():
        # ArviZ 0.23 announces its successor on import; both are supported here.
        warnings.simplefilter("ignore", FutureWarning)
        # Seconds, and only for those who ask; its types differ between versions.
        arviz: Any = importlib.import_module("arviz")
    about = fit.description
    groups: dict[str, Mapping[str, NDArray[Any]]] = {
        "posterior": fit.values,
        "sample_stats": fit.sample_stats,
        "log_likelihood": fit.log_likelihood,
        "observed_data": dict(about.observed),
        "constant_data": dict(about.constant_data),
    }
    groups = {name: dict(values) for name, values in groups.items() if values}
    coords = {name: list(ticks) for name, ticks in about.coords.items()}
    present = {name for values in groups.values() for name in values}
    dims = {name: list(axes) for name, axes in about.dims.items() if name in present}
    attributes = {name: _attribute(value) for name, value in fit.attributes.items()}
    attributes["inference_library"] = "wengert"
    if int(arviz.__version__.split(".")[0]) >= 1:
        return arviz.from_dict(groups, coords=coords, dims=dims, attrs={"/": attributes})
    arguments: dict[str, Any] = {"coords": coords, "dims": dims, "attrs": attributes}
    return arviz.from_dict(**groups, **arguments)


def _attribute(value: Any) -> Any:
    """What a netCDF or Zarr file can keep as an attribute."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and value >= 2**63:  # a seed may use all 64 bits
        return str(value)
    return value


def save(fit: "Fit", path: str | os.PathLike[str]) -> None:
    """Write a fit to one file; the file appears when it is complete."""
    about = fit.description
    arrays: dict[str, Any] = {"unconstrained": fit.unconstrained}
    groups = {
        "values": fit.values,
        "sample_stats": fit.sample_stats,
        "warmup_stats": fit.warmup_stats,
        "adaptation": fit.adaptation,
        "log_likelihood": fit.log_likelihood,
        "observed": about.observed,
        "constant_data": about.constant_data,
        "coords": {name: _plain(ticks) for name, ticks in about.coords.items()},
    }
    for group, members in groups.items():
        for name, array in members.items():
            arrays[f"{group}/{name}"] = np.asarray(array)
    header = {
        "format": FORMAT,
        "attributes": fit.attributes,
        "dims": {name: list(axes) for name, axes in about.dims.items()},
        "deterministics": sorted(about.deterministics),
        "fingerprint": about.fingerprint,
        "hints": dict(about.hints),
        "order": list(fit.values),
    }
    import json  # noqa: PLC0415  # a process that saves nothing need not wait for these
    import tempfile  # noqa: PLC0415

    target = Path(path)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, header=np.array(json.dumps(header)), **arrays)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str]) -> "Fit":
    """Read a fit that `Fit.save` wrote, or what a store has.

    Parameters
    ----------
    path : path
        Of a file of `Fit.save`, or of the folder of a run with `store=`, which may be under way.

    Returns
    -------
    Fit
        As it was saved, an `Approximation` too; it does not know its density any more. Draws of a
        store are read when they are asked for.

    Raises
    ------
    InferenceValueError
        For a file of another kind.
    """
    import json  # noqa: PLC0415  # as in `save`
    import zipfile  # noqa: PLC0415  # 10 ms, and only here
    import zlib  # noqa: PLC0415  # the same

    from inference.approximation import loaded  # noqa: PLC0415  # fits save themselves here

    if Path(path).is_dir():
        from inference.storage import opened  # noqa: PLC0415  # which makes fits

        return opened("inference.load", Path(path).absolute())
    try:
        with Path(path).open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays.pop("header")))
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InferenceValueError(_not_a_fit(path)) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise InferenceValueError(_not_a_fit(path))

    def group(prefix: str) -> dict[str, NDArray[Any]]:
        start = f"{prefix}/"
        return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}

    values = group("values")
    log_likelihood = group("log_likelihood")
    return loaded(
        lambda: {name: values[name] for name in header["order"]},
        sample_stats=group("sample_stats"),
        warmup_stats=group("warmup_stats"),
        adaptation=group("adaptation"),
        unconstrained=arrays["unconstrained"],
        description=Description(
            dims={name: tuple(axes) for name, axes in header["dims"].items()},
            coords={name: ticks.tolist() for name, ticks in group("coords").items()},
            deterministics=frozenset(header["deterministics"]),
            observed=group("observed"),
            constant_data=group("constant_data"),
            fingerprint=header["fingerprint"],
            hints=header.get("hints", {}),
        ),
        attributes=header["attributes"],
        log_likelihood=lambda: log_likelihood,
    )


def _not_a_fit(path: str | os.PathLike[str]) -> str:
    return (
        f"inference.load: path must name a file written by Fit.save, got {os.fspath(path)!r}, which"
        " is something else or damaged."
    )


def _plain(ticks: Any) -> NDArray[Any]:
    """Coordinates as an array that needs no pickle."""
    array = np.asarray(ticks)
    return array.astype(str) if array.dtype == object else array
