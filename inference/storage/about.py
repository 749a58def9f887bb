"""What a run on disk says of itself, and where one may be made."""

import importlib.metadata
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ad
from inference import density as densities
from inference import native
from inference.density import Density
from inference.errors import InferenceTypeError, InferenceValueError
from inference.settings import Settings

PACKAGES = ("llvmlite", "numba", "numpy", "scipy")


def attributes_of(about: Mapping[str, Any]) -> dict[str, Any]:
    """What readers find as the attributes of the whole store."""
    return {**about["attributes"], "inference_library": "wengert"}


def about_run(
    settings: Settings, numbers: Sequence[int], density: Density, attributes: Mapping[str, Any]
) -> dict[str, Any]:
    """What the file `run` says."""
    told = densities.describe(density)
    return {
        "settings": asdict(settings),
        "numbers": list(numbers),
        "dimension": density.dimension,
        "fingerprint": told.fingerprint,
        "versions": versions(),
        "attributes": dict(attributes),
        "dims": {name: list(axes) for name, axes in told.dims.items()},
        "deterministics": sorted(told.deterministics),
        "coords": list(told.coords),
        "hints": dict(told.hints),
    }


def versions() -> dict[str, str]:
    """What the bits of a chain depend on, besides its density and settings."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {**found, "kernels": native.digest(), "system": system()}


def system() -> str:
    """Kind of machine, operating system and C library; the release of the kernel does not count."""
    libc = ""
    if "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {}):
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    return " ".join(part for part in (sys.platform, ad.jit.host().key, libc) if part)


def check_new(who: str, path: Any) -> Path:
    """Return the path of a store that is to be made, or raise.

    Raises
    ------
    InferenceTypeError
        If it is not a path.
    InferenceValueError
        If something is there.
    """
    try:
        folder = Path(path)
    except TypeError:
        raise InferenceTypeError(
            f"{who}: store must be the path of a folder, got {path!r}."
        ) from None
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InferenceValueError(
            f"{who}: store must be a path where nothing is yet, got {str(path)!r}. Continue a run "
            "with inference.resume(path, density), or choose another path."
        )
    return folder.absolute()
