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


def rats() -> dict[str, Any]:
    """Rats count from 1."""
    data = _posteriordb("rats_data")
    rat, age = data["rat"], data["x"] - data["xbar"]
    return {"N": len(rat), "J": int(rat.max()), "rat": rat, "age": age, "weight": data["y"]}


def irt_2pl() -> dict[str, Any]:
    """As it is."""
    y = _posteriordb("irt_2pl")["y"]
    return {"I": y.shape[0], "J": y.shape[1], "y": y}


def election88() -> dict[str, Any]:
    """Persons as the rows of a matrix; groups count from 1."""
    data = _posteriordb("election88")
    black, female = data["black"], data["female"]
    columns = [np.ones(len(black)), black, female, data["v_prev_full"], female * black]
    names = {"age": "age", "edu": "edu", "age_edu": "age_edu", "state": "state"}
    groups = {name: data[column] for name, column in (names | {"region": "region_full"}).items()}
    sizes = [int(group.max()) for group in groups.values()]
    X = np.stack(columns, axis=1)  # noqa: N806 - a design matrix
    return {"N": len(X), "X": X, "size": sizes, "y": data["y"], **groups}


def seeds() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("seeds_data")
    return {
        "N": len(data["n"]),
        "seed": data["x1"],
        "extract": data["x2"],
        "total": data["N"],
        "germinated": data["n"],
    }


def dugongs() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("dugongs_data")
    return {"N": len(data["x"]), "age": data["x"], "length": data["Y"]}


def kilpisjarvi() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("kilpisjarvi_mod")
    centre, spread = ([data[f"{part}{x}"] for x in ("alpha", "beta")] for part in ("pmu", "ps"))
    x, y = data["x"], data["y"]
    return {"N": len(x), "x": x, "y": y, "centre": centre, "spread": spread}


def mesquite() -> dict[str, Any]:
    """Bushes as the rows of a matrix."""
    data = _posteriordb("mesquite")
    columns = [data[name] for name in _gallery("mesquite").COLUMNS]
    X = np.stack(columns, axis=1)  # noqa: N806 - a design matrix
    return {"N": len(X), "K": X.shape[1], "X": X, "y": data["weight"]}


def hmm_gaussian() -> dict[str, Any]:
    """Three states."""
    y = _posteriordb("hmm_gaussian_simulated")["y"]
    return {"K": 3, "N": len(y), "y": y}


def lda_k2() -> dict[str, Any]:
    """Two topics."""
    data = _posteriordb("three_men1")
    sizes = {"K": 2, "M": data["doc"].max(), "V": data["V"], "N": len(data["doc"])}
    return {**sizes, "document": data["doc"], "word": data["w"]}


def uk_drivers() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("uk_drivers")
    return {"N": len(data["y"]), "petrol": data["x"], "law": data["w"], "y": data["y"]}


def bym2() -> dict[str, Any]:
    """Areas count from 1."""
    data = _posteriordb("traffic_accident_nyc")
    return {
        "N": len(data["y"]),
        "E": len(data["node1"]),
        "first": data["node1"],
        "second": data["node2"],
        "exposure": data["E"],
        "scaling": data["scaling_factor"],
        "accidents": data["y"],
    }


def accel_gp() -> dict[str, Any]:
    """The bases of both processes."""
    data = _posteriordb("mcycle_gp")
    X, Z = data["Xgp_1"], data["Xgp_sigma_1"]  # noqa: N806 - design matrices
    return {
        "N": len(X),
        "K": X.shape[1],
        "L": Z.shape[1],
        "X": X,
        "Z": Z,
        "frequency": data["slambda_1"][:, 0],
        "frequency_sigma": data["slambda_sigma_1"][:, 0],
        "y": data["Y"],
    }


def arma11() -> dict[str, Any]:
    """As it is."""
    y = _posteriordb("arma")["y"]
    return {"T": len(y), "y": y}


def losscurve() -> dict[str, Any]:
    """A row for each loss; cohorts count from 1."""
    data = _posteriordb("loss_curves")
    cohort, time = data["cohort_id"], data["t_value"][data["t_idx"] - 1]
    sizes = {"N": len(cohort), "J": len(data["premium"])}
    rows = {"cohort": cohort, "time": time, "loss": data["loss"]}
    return {**sizes, **rows, "premium": data["premium"]}


def eight_schools_centred() -> dict[str, Any]:
    """Those of the other parameterisation."""
    return eight_schools()


def gp_regr() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("gp_pois_regr")
    return {"N": len(data["x"]), "x": data["x"], "y": data["y"]}


def hmm_drive() -> dict[str, Any]:
    """As it is."""
    data = _posteriordb("bball_drive_event_0")
    return {"N": len(data["u"]), "u": data["u"], "v": data["v"], "alpha": data["alpha"]}


def _regression(y: Any, *columns: Any) -> dict[str, Any]:
    """Columns as a matrix."""
    X = np.stack(columns, axis=1).astype(float)  # noqa: N806 - a design matrix
    return {"N": len(X), "K": X.shape[1], "X": X, "y": y}


def kidscore_momhs() -> dict[str, Any]:
    """Mothers as the rows of a matrix."""
    data = _posteriordb("kidiq")
    return _regression(data["kid_score"], data["mom_hs"])


def kidscore_momiq() -> dict[str, Any]:
    """Mothers as the rows of a matrix."""
    data = _posteriordb("kidiq")
    return _regression(data["kid_score"], data["mom_iq"])


def kidscore_interaction() -> dict[str, Any]:
    """Mothers as the rows of a matrix."""
    data = _posteriordb("kidiq")
    both = data["mom_hs"] * data["mom_iq"]
    return _regression(data["kid_score"], data["mom_hs"], data["mom_iq"], both)


def earn_height() -> dict[str, Any]:
    """Persons as the rows of a matrix."""
    data = _posteriordb("earnings")
    return _regression(data["earn"], data["height"])


def logearn_interaction() -> dict[str, Any]:
    """Persons as the rows of a matrix."""
    data = _posteriordb("earnings")
    both = data["height"] * data["male"]
    return _regression(np.log(data["earn"]), data["height"], data["male"], both)


def logmesquite_logvash() -> dict[str, Any]:
    """Bushes as the rows of a matrix."""
    bush = _posteriordb("mesquite")
    area, shape = bush["diam1"] * bush["diam2"], bush["diam1"] / bush["diam2"]
    sizes = [area * bush["canopy_height"], area, shape, bush["total_height"]]
    columns = [*(np.log(size) for size in sizes), bush["group"]]
    return _regression(np.log(bush["weight"]), *columns)


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
        rats,
        irt_2pl,
        election88,
        seeds,
        dugongs,
        kilpisjarvi,
        mesquite,
        hmm_gaussian,
        lda_k2,
        uk_drivers,
        bym2,
        accel_gp,
        arma11,
        losscurve,
        logistic_10kx100,
        hier_1000x20k,
        iid_normal,
    )
}
# In posteriordb's collection: the models of the geometric means.
POSTERIORDB = tuple(MAKERS)[:-3]

# With reference draws in posteriordb's collection, over which approximations are compared; one of
# two parameterisations of the same posterior, with the lags as a matrix, stands for both.
REFERENCES: dict[str, Callable[[], dict[str, Any]]] = {
    maker.__name__: maker
    for maker in (
        ark,
        arma11,
        diamonds,
        earn_height,
        eight_schools,
        eight_schools_centred,
        garch11,
        gp_pois_regr,
        gp_regr,
        hmm_drive,
        hmm_example,
        kidscore_interaction,
        kidscore_momhs,
        kidscore_momhsiq,
        kidscore_momiq,
        kilpisjarvi,
        logearn_interaction,
        logmesquite_logvash,
        low_dim_gauss_mix,
        mesquite,
        nes2000,
        sblrc_blr,
    )
}


def write(model: str, folder: Path) -> Path:
    """Write a model's data as JSON, and say where."""
    path = folder / f"{model}.json"
    values = {key: np.asarray(value).tolist() for key, value in MAKERS[model]().items()}
    path.write_text(json.dumps(values), encoding="utf-8")
    return path
