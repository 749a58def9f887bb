"""Rows whose meaning and native code are one formula of `ad.vectormath.shapes`."""

from typing import Any

from ad.vectormath import shapes


def formula(name: str, *integers: str) -> dict[str, Any]:
    """Meaning and native rule of a formula of `ad.vectormath.shapes`, for `elementwise`.

    `integers` are the names of the parameters that are part of its symbol.
    """

    def chosen(params: dict[str, Any]) -> tuple[int, ...]:
        return tuple(int(params[one]) for one in integers)

    def function(*args: Any, **params: Any) -> Any:
        return shapes.evaluate(name, chosen(params), *args)

    def native(b: Any, *args: Any, **params: Any) -> Any:
        return b.call("_".join([name, *map(str, chosen(params))]), *args)

    return {"function": function, "native": native}
