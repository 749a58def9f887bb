"""NumPy's interface on traced arrays: which operation, or which few, each function is.

One file a family, each with a table of names and rules, joined here. `UFUNCS` holds ufuncs
(SciPy's too) that are not a row of the table by themselves, the others the rest of NumPy. What is
in none of them gives an error that names the nearest thing that is.
"""

from collections.abc import Callable
from typing import Any

from ad.interface.elementwise import ELEMENTWISE, ON_CONDITIONS, UFUNCS
from ad.interface.products import PRODUCTS
from ad.interface.reductions import REDUCTIONS
from ad.interface.shapes import SHAPE_FUNCTIONS
from ad.linalg.numpy_table import LINALG_FUNCTIONS

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **SHAPE_FUNCTIONS,
    **REDUCTIONS,
    **PRODUCTS,
    **ELEMENTWISE,
}

__all__ = ["FUNCTIONS", "LINALG_FUNCTIONS", "ON_CONDITIONS", "UFUNCS"]
