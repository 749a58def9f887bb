"""What drawing from a model returns."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Array = np.ndarray[Any, Any]
LATE = ("log_prior", "prior_sbc")  # groups that ArviZ 0.2x does not make by itself


class Draws(dict[str, Array]):
    """Drawn arrays, or log densities, by name of site; leading axes first.

    Attributes
    ----------
    dims : dict of str to tuple of str
        Names of the axes after the leading ones.
    coords : dict of str to sequence
        Labels along named axes.
    groups : dict of str to str
        ArviZ's group of each name.
    redrawn : tuple of str
        Latent sites that were drawn from their distributions, because the axes they lie along
        have other sizes or labels now.
    """

    def __init__(
        self,
        values: Mapping[str, Array],
        dims: Mapping[str, tuple[str, ...]],
        redrawn: tuple[str, ...] = (),
        *,
        groups: Mapping[str, str] | None = None,
        coords: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        super().__init__(values)
        self.dims = dict(dims)
        self.redrawn = redrawn
        self.groups = dict(groups or {})
        self.coords = dict(coords or {})

    def to_arviz(self) -> Any:
        """Return the draws as ArviZ data: `InferenceData` (ArviZ 0.2x), `DataTree` (ArviZ 1.x).

        Draws of one leading axis become one chain. Groups have ArviZ's names: `prior` and
        `prior_predictive`, `posterior_predictive`, `log_likelihood`, `log_prior`.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            arviz: Any = importlib.import_module("arviz")
        groups: dict[str, dict[str, Array]] = {}
        for name, values in self.items():
            own = values.ndim - len(self.dims[name])
            chains = values[None] if own == 1 else values
            groups.setdefault(self.groups.get(name, "posterior_predictive"), {})[name] = chains
        dims = {name: list(axes) for name, axes in self.dims.items()}
        present = {axis for axes in dims.values() for axis in axes}
        coords = {name: list(ticks) for name, ticks in self.coords.items() if name in present}
        if int(arviz.__version__.split(".")[0]) >= 1:
            return arviz.from_dict(groups, coords=coords, dims=dims)
        late = {name: groups.pop(name) for name in LATE if name in groups}
        data = arviz.from_dict(**groups, coords=coords, dims=dims)
        if late:
            made = {
                name: arviz.convert_to_dataset(values, coords=coords, dims=dims)
                for name, values in late.items()
            }
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                data.add_groups(made)
        return data
