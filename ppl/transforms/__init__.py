"""Maps from unconstrained numbers into constrained sets, one class a file.

Definitions are those of the Stan reference manual ("Constraint transforms"), so that a log
density and its gradient compare with Stan's at the same unconstrained point. `transform_for` is
the one place where a set gets its map. Maps that no set needs by itself (flows and their like) are
here too; all compose (`Compose`) and can be turned round (`.inv`).
"""

import importlib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ppl import constraints
from ppl.constraints import Constraint
from ppl.transforms.base import Transform
from ppl.transforms.exp import Exp
from ppl.transforms.identity import Identity
from ppl.transforms.interval import Interval
from ppl.transforms.lower import Lower
from ppl.transforms.upper import Upper

if TYPE_CHECKING:
    from ppl.transforms.affine import Affine
    from ppl.transforms.cdf import CDF
    from ppl.transforms.circular import Circular
    from ppl.transforms.column_stochastic import ColumnStochastic
    from ppl.transforms.compose import Compose
    from ppl.transforms.correlation import Correlation
    from ppl.transforms.correlation_cholesky import CorrelationCholesky
    from ppl.transforms.covariance import Covariance
    from ppl.transforms.covariance_cholesky import CovarianceCholesky
    from ppl.transforms.inverse import Inverse
    from ppl.transforms.inverse_autoregressive import InverseAutoregressive
    from ppl.transforms.isometric_log_ratio import IsometricLogRatio
    from ppl.transforms.ordered import Ordered
    from ppl.transforms.permute import Permute
    from ppl.transforms.planar import Planar
    from ppl.transforms.positive_ordered import PositiveOrdered
    from ppl.transforms.rational_quadratic_spline import RationalQuadraticSpline
    from ppl.transforms.reshape import Reshape
    from ppl.transforms.row_stochastic import RowStochastic
    from ppl.transforms.sigmoid import Sigmoid
    from ppl.transforms.softplus import Softplus
    from ppl.transforms.stack import Stack
    from ppl.transforms.stick_breaking import StickBreaking
    from ppl.transforms.unit_vector import UnitVector
    from ppl.transforms.zero_sum import ZeroSum
    from ppl.transforms.zero_sum_matrix import ZeroSumMatrix

__all__ = [
    "CDF",
    "Affine",
    "Circular",
    "ColumnStochastic",
    "Compose",
    "Correlation",
    "CorrelationCholesky",
    "Covariance",
    "CovarianceCholesky",
    "Exp",
    "Identity",
    "Interval",
    "Inverse",
    "InverseAutoregressive",
    "IsometricLogRatio",
    "Lower",
    "Ordered",
    "Permute",
    "Planar",
    "PositiveOrdered",
    "RationalQuadraticSpline",
    "Reshape",
    "RowStochastic",
    "Sigmoid",
    "Softplus",
    "Stack",
    "StickBreaking",
    "Transform",
    "UnitVector",
    "Upper",
    "ZeroSum",
    "ZeroSumMatrix",
    "transform_for",
]


def __getattr__(name: str) -> Any:
    """Load a map when it is first used; its file is named as the class, in snake case."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    file = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    value = getattr(importlib.import_module(f"{__name__}.{file}"), name)
    globals()[name] = value
    return value


def _made(name: str, *attributes: str) -> Callable[[Any], Transform]:
    """Make the map `name` with attributes of the set as arguments."""

    def make(constraint: Any) -> Transform:
        kind = globals().get(name) or __getattr__(name)
        transform: Transform = kind(*(getattr(constraint, key) for key in attributes))
        return transform

    return make


_MAPS: dict[type[Constraint], Callable[[Any], Transform]] = {
    constraints.Real: lambda _: Identity(),
    constraints.Positive: lambda _: Exp(),
    constraints.Nonnegative: lambda _: Exp(),
    constraints.GreaterThan: lambda c: Lower(c.low),
    constraints.AtLeast: lambda c: Lower(c.low),
    constraints.LessThan: lambda c: Upper(c.high),
    constraints.AtMost: lambda c: Upper(c.high),
    constraints.Interval: lambda c: Interval(c.low, c.high),
    constraints.OpenInterval: lambda c: Interval(c.low, c.high),
    constraints.RealVector: lambda _: Identity(1),
    constraints.RealMatrix: lambda _: Identity(2),
    constraints.PositiveVector: lambda _: Exp(1),
    constraints.Angle: _made("Circular"),
    constraints.Ordered: _made("Ordered"),
    constraints.PositiveOrdered: _made("PositiveOrdered"),
    constraints.Simplex: _made("StickBreaking"),
    constraints.ZeroSum: _made("ZeroSum"),
    constraints.UnitVector: _made("UnitVector"),
    constraints.RowStochastic: _made("RowStochastic"),
    constraints.ColumnStochastic: _made("ColumnStochastic"),
    constraints.ZeroSumMatrix: _made("ZeroSumMatrix"),
    constraints.PositiveDefinite: _made("Covariance"),
    constraints.Correlation: _made("Correlation"),
    constraints.CovarianceCholesky: _made("CovarianceCholesky", "columns"),
    constraints.CorrelationCholesky: _made("CorrelationCholesky"),
}


def transform_for(constraint: Constraint) -> Transform:
    """Make the map of unconstrained numbers onto (the interior of) a set.

    Parameters
    ----------
    constraint : Constraint

    Returns
    -------
    Transform

    Raises
    ------
    NotImplementedError
        For a set without such a map, as countable ones are.

    Examples
    --------
    >>> transform_for(constraints.positive)
    Exp()
    """
    make = _MAPS.get(type(constraint))
    if make is None:
        raise NotImplementedError(
            f"transform_for: the set must have a smooth map from the real line, got values that "
            f"must be {constraint}."
        )
    return make(constraint)
