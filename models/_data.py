"""Data of posteriordb: small sets lie beside the models, others come from a posteriordb folder.

The folder is a clone of posteriordb, or one that holds `data/NAME.json.gz` and, to verify the
gallery, `oracle/POSTERIOR.json.gz` (Stan's log densities and gradients at fixed points) and
`reference/POSTERIOR.json` (moments of reference draws with their errors).
"""

import gzip
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

BESIDE = Path(__file__).resolve().parent / "data"


class MissingDataError(FileNotFoundError):
    """A data set that is not in the checkout, and no posteriordb folder that has it."""


def load(name: str) -> dict[str, Any]:
    """Read a data set of posteriordb.

    Parameters
    ----------
    name : str
        As posteriordb calls it.

    Returns
    -------
    dict of str to array
        Under Stan's names; numbers stay numbers. Indices count from 1, as in Stan.

    Raises
    ------
    MissingDataError
        If it is neither in `models/data` nor in the folder that the environment variable
        POSTERIORDB names.
    """
    text = _beside(name) or _from_folder(name)
    content: dict[str, Any] = json.loads(text)
    return {key: np.array(value) if np.ndim(value) else value for key, value in content.items()}


def oracle(posterior: str) -> dict[str, Any]:
    """Read Stan's values for a posterior.

    Raises
    ------
    MissingDataError
        If POSTERIORDB is not set to a folder that has them.
    """
    content: dict[str, Any] = json.loads(gzip.decompress(_found("oracle", posterior, "json.gz")))
    return content


def reference(posterior: str) -> dict[str, Any]:
    """Read reference moments by Stan's names of scalars (`theta[1]`).

    Raises
    ------
    MissingDataError
        If POSTERIORDB is not set to a folder that has them.
    """
    content: dict[str, Any] = json.loads(_found("reference", posterior, "json"))["parameters"]
    return content


def _found(kind: str, name: str, ending: str) -> bytes:
    given = os.environ.get("POSTERIORDB")
    path = Path(given or ".") / kind / f"{name}.{ending}"
    if given is None or not path.is_file():
        got = "the environment variable POSTERIORDB unset" if given is None else f"none at {path}"
        raise MissingDataError(
            f"models: the {kind} of '{name}' must be in a posteriordb folder, got {got}. "
            "Set POSTERIORDB to a folder that has it."
        )
    return path.read_bytes()


def _beside(name: str) -> str | None:
    path = BESIDE / f"{name}.json"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _from_folder(name: str) -> str:
    given = os.environ.get("POSTERIORDB")
    if given is None:
        got = "the environment variable POSTERIORDB unset"
    else:
        text = _packed(Path(given), name)
        if text is not None:
            return text
        got = f"no such file under {given}"
    raise MissingDataError(
        f"models: the data set '{name}' must be in a posteriordb folder, got {got}. "
        "Clone https://github.com/stan-dev/posteriordb and set POSTERIORDB to the clone."
    )


def _packed(folder: Path, name: str) -> str | None:
    """Text of a data set, from a clone (zip) or a folder of gzip files; None where it is absent."""
    for parent in (folder, folder / "posterior_database" / "data", folder / "data"):
        zipped = parent / "data" / f"{name}.json.zip"
        if zipped.is_file():
            with zipfile.ZipFile(io.BytesIO(zipped.read_bytes())) as archive:
                return archive.read(archive.namelist()[0]).decode("utf-8")
        zipped = parent / "data" / f"{name}.json.gz"
        if zipped.is_file():
            return gzip.decompress(zipped.read_bytes()).decode("utf-8")
    return None
