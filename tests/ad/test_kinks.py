"""Points without a derivative: one stated convention, the same in every mode.

The conventions are in docs/operations.md. Each row is a function, a point and the derivative there;
forward and reverse mode, the interpreter, native code traced elsewhere, and a mapped function must
all give it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.interface.conventions import FLAT
from tests.ad.harness import run


def _selected(x: Any) -> Any:
    return np.select([x[0] >= 0.0, x[0] <= 0.0], [np.square(x[0]), 5.0 * x[0]])


KINKS: list[tuple[str, Callable[[Any], Any], list[float], list[float]]] = [
    ("abs", lambda x: np.abs(x[0]), [0.0], [0.0]),
    ("abs of -0", lambda x: np.abs(x[0]), [-0.0], [0.0]),
    ("maximum", lambda x: np.maximum(x[0], x[1]), [2.0, 2.0], [0.5, 0.5]),
    ("minimum", lambda x: np.minimum(x[0], x[1]), [2.0, 2.0], [0.5, 0.5]),
    ("maximum of itself", lambda x: np.maximum(x[0], x[0]), [2.0], [1.0]),
    ("relu", lambda x: np.maximum(x[0], 0), [0.0], [0.5]),
    ("relu by where", lambda x: np.where(x[0] > 0, x[0], 0.0), [0.0], [0.0]),
    ("clip, low", lambda x: np.clip(x[0], 0.0, 1.0), [0.0], [0.5]),
    ("clip, high", lambda x: np.clip(x[0], 0.0, 1.0), [1.0], [0.5]),
    ("max of three", np.max, [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    ("max of equals", np.max, [3.0, 3.0, 3.0], [1 / 3, 1 / 3, 1 / 3]),
    ("min of three", np.min, [1.0, 1.0, 3.0], [0.5, 0.5, 0.0]),
    ("sign", lambda x: np.sign(x[0]), [0.0], [0.0]),
    ("floor at a step", lambda x: np.floor(x[0]), [2.0], [0.0]),
    ("square by power", lambda x: x[0] ** 2, [0.0], [0.0]),
    ("cube at 0", lambda x: x[0] ** 3, [0.0], [0.0]),
    ("power 0 at 0", lambda x: np.sum(x**0), [0.0, 1.0], [0.0, 0.0]),
    ("power 1 at 0", lambda x: np.sum(x**1), [0.0, 1.0], [1.0, 1.0]),
    ("0 to the y", lambda x: 0.0 ** x[0], [2.0], [0.0]),
    ("xlogy at 0", lambda x: ad.special.xlogy(0.0, x[0]), [0.0], [0.0]),
    ("prod, one zero", np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    ("prod, two zeros", np.prod, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    ("logsumexp of -inf", ad.special.logsumexp, [-np.inf, 0.0], [0.0, 1.0]),
    ("logaddexp at a tie", lambda x: np.logaddexp(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    # A sort keeps the order of equals, and the derivative goes with the element.
    ("sort, a tie", lambda x: np.sort(x)[1], [2.0, 1.0, 1.0], [0.0, 0.0, 1.0]),
    ("sort, first of a tie", lambda x: np.sort(x)[0], [2.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
    ("median, odd", np.median, [2.0, 1.0, 5.0], [1.0, 0.0, 0.0]),
    ("median, even", np.median, [2.0, 1.0, 5.0, 7.0], [0.5, 0.0, 0.5, 0.0]),
    ("median, a tie", np.median, [1.0, 1.0, 5.0], [0.0, 1.0, 0.0]),
    ("quantile at an element", lambda x: np.quantile(x, 0.5), [3.0, 1.0, 5.0], [1.0, 0.0, 0.0]),
    (
        "quantile at an element, in q",
        lambda x: np.quantile([1.0, 2.0, 5.0], x[0]),
        [0.5],
        [6.0],
    ),
    (
        "quantile at the end, in q",
        lambda x: np.quantile([1.0, 2.0, 5.0], 1.0 / x[0]),
        [1.0],
        [-6.0],
    ),
    ("ptp of equals", np.ptp, [3.0, 3.0], [0.0, 0.0]),
    ("nanmax, a tie", np.nanmax, [3.0, 3.0, np.nan], [0.5, 0.5, 0.0]),
    ("argmax, a tie", lambda x: np.argmax(x) * 1.0, [3.0, 3.0], [0.0, 0.0]),
    ("fmax, a tie", lambda x: np.fmax(x[0], x[1]), [3.0, 3.0], [0.5, 0.5]),
    ("hypot at the origin", lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    ("arctan2 at the origin", lambda x: np.arctan2(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    ("norm at 0", np.linalg.norm, [0.0, 0.0], [0.0, 0.0]),
    ("1-norm at 0", lambda x: np.linalg.norm(x, 1), [0.0, 2.0], [0.0, 1.0]),
    ("max norm, a tie", lambda x: np.linalg.norm(x, np.inf), [2.0, -2.0], [0.5, -0.5]),
    ("complex size at 0", lambda x: np.abs(x[0] + 1j * x[1]), [0.0, 0.0], [0.0, 0.0]),
    ("std of equals", np.std, [1.0, 1.0], [0.0, 0.0]),
    ("copysign at 0", lambda x: np.copysign(x[0], 1.0), [0.0], [0.0]),
    ("heaviside at 0", lambda x: np.heaviside(x[0], x[1]), [0.0, 0.3], [0.0, 1.0]),
    ("sinc at 0", lambda x: np.sinc(x[0]), [0.0], [0.0]),
    ("fmod at a step", lambda x: np.fmod(x[0], 2.0), [4.0], [1.0]),
    ("remainder at a step", lambda x: np.remainder(x[0], x[1]), [4.0, 2.0], [1.0, -2.0]),
    ("round at a step", lambda x: np.round(x[0]), [0.5], [0.0]),
    ("trunc at a step", lambda x: np.trunc(x[0]), [1.0], [0.0]),
    ("interp at a knot", lambda x: np.interp(x[0], [0, 1, 2], [0.0, 1.0, 4.0]), [1.0], [3.0]),
    ("interp at the start", lambda x: np.interp(x[0], [0.0, 1.0], [0.0, 2.0]), [0.0], [2.0]),
    ("interp at the end", lambda x: np.interp(x[0], [0.0, 1.0], [0.0, 2.0]), [1.0], [2.0]),
    ("interp beyond", lambda x: np.interp(x[0], [0.0, 1.0], [0.0, 2.0]), [1.5], [0.0]),
    ("select, the first that holds", _selected, [0.0], [0.0]),
    ("where, nan not taken", lambda x: np.where(x[0] > 0, np.log(x[0]), x[0]), [-1.0], [1.0]),
    ("cumprod, a zero", lambda x: np.cumprod(x)[2], [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    ("nan_to_num", lambda x: np.nan_to_num(x[0]), [np.nan], [0.0]),
    ("unwrap", lambda x: np.unwrap(x)[1], [0.0, 4.0], [0.0, 1.0]),
]


@pytest.mark.parametrize(
    ("function", "at", "want"), [k[1:] for k in KINKS], ids=[k[0] for k in KINKS]
)
def test_kinks_have_the_stated_derivative(
    function: Callable[[Any], Any], at: list[float], want: list[float]
) -> None:
    x = np.array(at)
    wanted = pytest.approx(want, abs=1e-15)
    assert ad.grad(function)(x).tolist() == wanted
    forward = [float(ad.jvp(function, (x,), (np.eye(len(at))[i],))[1]) for i in range(len(at))]
    assert forward == wanted
    assert ad.vmap(ad.grad(function))(np.stack([x, x]))[1].tolist() == wanted
    # Traced elsewhere: native code must follow the convention at a point it was not traced at.
    elsewhere = np.abs(np.where(np.isfinite(x), x, 1.0)) + np.linspace(0.3, 0.4, x.size)
    paths = run(function, elsewhere, at=[x])
    assert paths[1].native_gradient.tolist() == wanted
    assert paths[1].interpreted_gradient.tolist() == wanted


FLAT_CALLS: dict[str, Callable[[Any], Any]] = {
    "floor_divide": lambda x: x // 0.3,
    "round": lambda x: np.round(x, 1),
    "isclose": lambda x: np.isclose(x, 0.3),
    "allclose": lambda x: np.allclose(x, 0.3),
    "invert": lambda x: ~(x > 0),
    "isin": lambda x: np.isin(x, [0.3]),
    "searchsorted": lambda x: np.searchsorted([0.0, 0.5], x),
    "digitize": lambda x: np.digitize(x, [0.0, 0.5]),
    "argpartition": lambda x: np.argpartition(x, 1),
    "lexsort": lambda x: np.lexsort((x, -x)),
    "array_equal": lambda x: np.array_equal(x, x),
    "array_equiv": lambda x: np.array_equiv(x, x),
    "linalg.matrix_rank": lambda x: np.linalg.matrix_rank(x.reshape(2, 2)),
}
PAIRS = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
LOGIC = ("logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor")


def flat_call(name: str) -> Callable[[Any], Any]:
    if name in FLAT_CALLS:
        return FLAT_CALLS[name]
    function: Callable[..., Any] = getattr(np, name)
    if name in PAIRS:
        return lambda x: function(x, 0.3)
    if name in LOGIC:
        return lambda x: function(x > 0, x < 1)
    return function


@pytest.mark.parametrize("name", sorted(FLAT))
def test_flat_functions_have_derivative_zero(name: str) -> None:
    call, x = flat_call(name), np.array([0.3, -0.7, 0.0, 1.0])

    def total(x: Any) -> Any:
        return np.sum(call(x) * 1.0) + 0.0 * x[0]

    assert ad.grad(total)(x).tolist() == [0.0] * 4
    assert float(ad.jvp(total, (x,), (np.ones(4),))[1]) == 0.0
    assert run(total, x)[0].native_gradient.tolist() == [0.0] * 4
