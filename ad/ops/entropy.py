"""Terms of divergences, whose large parts cancel."""

from typing import Any

from ad.op import TABLE, elementwise
from ad.ops.formulas import formula


def _lack(x: Any, y: Any) -> Any:
    """1 - x / y with the digits of the difference where that is small, else of its derivatives."""
    gap = y - x
    return TABLE["where"](TABLE["absolute"](gap) < 0.5 * y, gap / y, 1.0 - x / y)


kl_div = elementwise(
    "kl_div",
    **formula("kl_div"),
    partials=(
        lambda _, x, y: TABLE["log"](x / y),
        lambda _, x, y: _lack(x, y),
    ),
    domain=((0.1, 30.0), (0.1, 30.0)),
    summary="x log(x / y) - x + y, y at x = 0",
)
