"""NumPy's interface on traced arrays: which operation, or which few, each function is.

One file a family, each with a table of names and rules, joined here. `UFUNCS` holds ufuncs
(SciPy's too) that are not a row of the table by themselves, the others the rest of NumPy. What is
in none of them gives an error that names the nearest thing that is; `REFUSED` says why for some.
"""

from collections.abc import Callable
from typing import Any

from ad.interface import elementwise
from ad.interface.calculus import CALCULUS
from ad.interface.cumulative import CUMULATIVE
from ad.interface.elementwise import ELEMENTWISE
from ad.interface.fft import FFT_FUNCTIONS
from ad.interface.indexing import INDEXING
from ad.interface.joining import JOINING
from ad.interface.nan_reductions import NAN_REDUCTIONS
from ad.interface.ordering import ORDERING
from ad.interface.products import PRODUCTS
from ad.interface.ranges import RANGES
from ad.interface.reductions import REDUCTIONS
from ad.interface.refusals import REFUSED
from ad.interface.shapes import SHAPE_FUNCTIONS
from ad.interface.special_functions import SPECIAL_UFUNCS
from ad.interface.statistics import STATISTICS
from ad.linalg.numpy_table import LINALG_FUNCTIONS

UFUNCS: dict[str, Callable[..., Any]] = {**elementwise.UFUNCS, **SPECIAL_UFUNCS}
FAMILIES: dict[str, dict[str, Callable[..., Any]]] = {
    "shapes": SHAPE_FUNCTIONS,
    "joining": JOINING,
    "ranges": RANGES,
    "indexing": INDEXING,
    "element-wise": ELEMENTWISE,
    "reductions": {**REDUCTIONS, **CUMULATIVE},
    "reductions without nan": NAN_REDUCTIONS,
    "statistics": STATISTICS,
    "ordering": ORDERING,
    "products": PRODUCTS,
    "calculus": CALCULUS,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: rule for family in (REFUSED, *FAMILIES.values()) for name, rule in family.items()
}

__all__ = [
    "FAMILIES",
    "FFT_FUNCTIONS",
    "FUNCTIONS",
    "LINALG_FUNCTIONS",
    "REFUSED",
    "UFUNCS",
]
