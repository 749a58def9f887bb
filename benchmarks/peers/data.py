"""Data of the gallery's models under the names that the Stan programs and NumPyro models use."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def _gallery(name: str) -> Any:
    return importlib.import_module(f"models.{name}")


def _posteriordb(name: str) -> dict[str, Any]:
    values: dict[str, Any] = _gallery("_data").load(name)
    return values


def eight_schools() -> dict[str, Any]:
    """Effects and their standard errors."""
    model = _gallery("eight_schools")
    return {"J": 8, "y": model.EFFECT, "sigma": model.STANDARD_ERROR}


def kidscore_momhsiq() -> dict[str, Any]:
    """Mothers as the rows of a matrix."""
    data = _posteriordb("kidiq")
    X = np.stack([data["mom_hs"], data["mom_iq"]], axis=1)  # noqa: N806 - a design matrix
    return {"N": len(X), "K": 2, "X": X, "y": data["kid_score"]}


def nes2000() -> dict[str, Any]:
    """Voters as the rows of a matrix."""
    model, data = _gallery("nes2000"), _posteriordb("nes2000")
    columns = [data[name] for name in model.BEFORE_AGE]
    columns += [1.0 * (data["age_discrete"] == level) for level in (2, 3, 4)]
    columns += [data[name] for name in model.AFTER_AGE]
    X = np.stack(columns, axis=1)  # noqa: N806 - a design matrix
    return {"N": len(X), "K": X.shape[1], "X": X, "y": data["partyid7"]}


def sblrc_blr() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("sblrc")
    return {"N": 100, "K": 5, "X": data["X"], "y": data["y"]}


def ark() -> dict[str, Any]:
    """The series, and its lags as a matrix."""
    y = _posteriordb("arK")["y"]
    lagged = np.stack([y[5 - lag : len(y) - lag] for lag in range(1, 6)], axis=1)
    return {"N": len(lagged), "K": 5, "X": lagged, "y": y[5:]}


def ark_loop() -> dict[str, Any]:
    """The series alone."""
    y = _posteriordb("arK")["y"]
    return {"T": len(y), "K": 5, "y": y}


def garch11() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("garch")
    return {"T": len(data["y"]), "y": data["y"], "sigma1": data["sigma1"]}


def gp_pois_regr() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("gp_pois_regr")
    return {"N": len(data["x"]), "x": data["x"], "k": data["k"]}


def hmm_example() -> dict[str, Any]:
    """As it is."""
    y = _posteriordb("hmm_example")["y"]
    return {"N": len(y), "y": y}


def low_dim_gauss_mix() -> dict[str, Any]:
    """As it is."""
    y = _posteriordb("low_dim_gauss_mix")["y"]
    return {"N": len(y), "y": y}


def radon_mn_nc() -> dict[str, Any]:
    """Houses as the rows of a matrix; counties count from 1."""
    data = _posteriordb("radon_mn")
    X = np.stack([data["log_uppm"], data["floor_measure"]], axis=1)  # noqa: N806 - a design matrix
    county = data["county_idx"]
    return {
        "N": len(X),
        "J": int(county.max()),
        "county": county,
        "X": X,
        "y": data["log_radon"],
    }


def diamonds() -> dict[str, Any]:
    """Without the constant column, centred."""
    data = _posteriordb("diamonds")
    X = data["X"][:, 1:]  # noqa: N806 - a design matrix
    return {"N": len(X), "K": X.shape[1], "X": X - X.mean(axis=0), "y": data["Y"]}


def logistic_10kx100() -> dict[str, Any]:
    """As simulated."""
    X, y = _gallery("logistic_10kx100").simulated()  # noqa: N806 - a design matrix
    return {"N": len(X), "K": X.shape[1], "X": X, "y": y}


def hier_1000x20k() -> dict[str, Any]:
    """As simulated; groups count from 1."""
    group, x, y = _gallery("hier_1000x20k").simulated()
    return {"N": len(x), "J": int(group.max()) + 1, "group": group + 1, "x": x, "y": y}


def iid_normal() -> dict[str, Any]:
    """As simulated."""
    y = _gallery("iid_normal").simulated()
    return {"N": len(y), "y": y}


MAKERS: dict[str, Callable[[], dict[str, Any]]] = {
    maker.__name__: maker
    for maker in (
        eight_schools,
        kidscore_momhsiq,
        nes2000,
        sblrc_blr,
        ark,
        ark_loop,
        garch11,
        gp_pois_regr,
        hmm_example,
        low_dim_gauss_mix,
        radon_mn_nc,
        diamonds,
        logistic_10kx100,
        hier_1000x20k,
        iid_normal,
    )
}
# In posteriordb's collection: the models of the geometric means.
POSTERIORDB = tuple(MAKERS)[:-3]


def write(model: str, folder: Path) -> Path:
    """Write a model's data as JSON, and say where."""
    path = folder / f"{model}.json"
    values = {key: np.asarray(value).tolist() for key, value in MAKERS[model]().items()}
    path.write_text(json.dumps(values), encoding="utf-8")
    return path
