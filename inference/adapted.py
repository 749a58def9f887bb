"""What warmup learns of a posterior, as arrays: to look at, to keep, to begin another run with.

`step_size`, shape (chain,); `variance`, the diagonal of the inverse metric, and `position`, the
last point, shape (chain, dimension). Where the metric is not diagonal, also the map x = mean + L y
of `inference.metrics`: `mean` and `scale`, shape (chain, dimension), `vectors`, (chain, rank,
dimension), `stretch`, (chain, rank), or `factor`, (chain, dimension, dimension); and `covariance`,
the inverse metric itself, up to 256 dimensions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.chain import Chain
from inference.errors import InferenceTypeError, InferenceValueError
from inference.kernels import layout
from inference.metrics import Affine

Array = NDArray[np.float64]

SHOWN = 256  # beyond it a dense array of what was kept low-rank would be too large to report
PARTS = ("mean", "scale", "vectors", "stretch")


@dataclass(frozen=True)
class Adapted:
    """What one chain's warmup learnt."""

    step_size: float
    variance: Array
    position: Array
    map: Affine | None

    @classmethod
    def of_chain(cls, chain: Chain) -> "Adapted":
        """Read it from a chain."""
        return cls(chain.step_size, chain.variance, chain.position, chain.map)

    @classmethod
    def of_state(cls, state: Mapping[str, NDArray[Any]]) -> "Adapted":
        """Read it from what `Chain.state` left."""
        reals, words = state["reals"], state["words"]
        n, padded = int(words[layout.DIMENSION]), int(words[layout.PADDED])
        start = layout.SCALARS + padded * layout.VARIANCE
        slot = layout.SLOTS + layout.SLOT_ARRAYS * int(words[layout.CURRENT])
        place = layout.SCALARS + padded * slot
        parts = {name[4:]: array for name, array in state.items() if name.startswith("map_")}
        variance, position = reals[start : start + n], reals[place : place + n]
        if not parts:
            return cls(float(reals[layout.STEP_SIZE]), variance, position, None)
        found = Affine(**parts)
        return cls(float(reals[layout.STEP_SIZE]), found.variance, found.x_of(position), found)

    def give(self, chain: Chain) -> None:
        """Begin a chain, which stands at its starting point, with it."""
        chain.begin_with(self.step_size, self.variance, self.map)


def arrays(found: Sequence[Adapted]) -> dict[str, Array]:
    """Arrays of several chains, by name."""
    made = {
        "step_size": np.array([one.step_size for one in found]),
        "variance": np.stack([one.variance for one in found]),
        "position": np.stack([one.position for one in found]),
    }
    if all(one.map is None for one in found):
        return made
    maps = [one.map or _plain(one.variance) for one in found]
    rank = max(len(map_.vectors) for map_ in maps)
    dimension = len(maps[0].mean)
    made["mean"] = np.stack([map_.mean for map_ in maps])
    made["scale"] = np.stack([map_.scale for map_ in maps])
    made["vectors"] = np.zeros((len(maps), rank, dimension))
    made["stretch"] = np.ones((len(maps), rank))
    for k, map_ in enumerate(maps):
        made["vectors"][k, : len(map_.vectors)] = map_.vectors
        made["stretch"][k, : len(map_.stretch)] = map_.stretch
    if any(map_.factor is not None for map_ in maps):
        made["factor"] = np.stack(
            [np.linalg.cholesky(m.covariance) if m.factor is None else m.factor for m in maps]
        )
    if dimension <= SHOWN:
        made["covariance"] = np.stack(
            [np.diag(one.variance) if one.map is None else one.map.covariance for one in found]
        )
    return made


def _plain(variance: Array) -> Affine:
    """Map of a diagonal metric."""
    n = len(variance)
    return Affine(np.zeros(n), np.sqrt(variance), np.zeros((0, n)), np.ones(0))


def check(who: str, given: Any, dimension: int) -> list[Adapted]:
    """What a user gave as `adapted`, one for each chain it is from.

    Raises
    ------
    InferenceTypeError
        If it is not a mapping of what is needed.
    InferenceValueError
        For shapes that do not fit, and for scales that are not positive.
    """
    needed = ("step_size", "variance")
    if not isinstance(given, Mapping) or any(name not in given for name in needed):
        raise InferenceTypeError(
            f"{who}: adapted must be the adaptation of a fit, got {type(given).__name__}. Pass "
            "adapted=fit.adaptation."
        )
    known = {name: np.asarray(value, dtype=np.float64) for name, value in given.items()}
    chains = known["step_size"].size
    known.setdefault("position", np.full((chains, dimension), np.nan))
    for name, shape in (
        ("step_size", (chains,)),
        *(
            (k, (chains, dimension))
            for k in ("variance", "position", "mean", "scale")
            if k in known
        ),
        *((k, (chains, dimension, dimension)) for k in ("factor",) if k in known),
    ):
        if known[name].shape != shape or chains == 0:
            raise InferenceValueError(
                f"{who}: adapted[{name!r}] must have shape {shape} for this density, got "
                f"{known[name].shape}. Take it from a fit of the same parameters."
            )
    for name in ("step_size", "variance"):
        if not (np.isfinite(known[name]).all() and (known[name] > 0.0).all()):
            raise InferenceValueError(
                f"{who}: adapted[{name!r}] must be positive and finite, got {known[name].min()}."
            )
    mapped = all(name in known for name in PARTS)
    return [
        Adapted(
            float(known["step_size"][k]),
            known["variance"][k],
            known["position"][k],
            Affine(**{name: known[name][k] for name in (*PARTS, "factor") if name in known})
            if mapped
            else None,
        )
        for k in range(chains)
    ]
