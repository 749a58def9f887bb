"""NumPy as it is: every function that dispatches has a rule, with NumPy's own arguments."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import ad
from ad.interface import FFT_FUNCTIONS, LINALG_FUNCTIONS, REFUSED, UFUNCS
from ad.numpy_rules import FUNCTIONS
from ad.op import TABLE

MODULES: list[tuple[ModuleType, dict[str, Callable[..., Any]]]] = [
    (np, FUNCTIONS),
    (np.linalg, LINALG_FUNCTIONS),
    (np.fft, FFT_FUNCTIONS),
]
# What no number with a derivative has a use for, and why it gives the error for unknown names.
WITHOUT = {
    # Positions, bits, dates, files.
    *("ix_", "ravel_multi_index", "unravel_index", "packbits", "unpackbits"),
    *("busday_count", "busday_offset", "datetime_as_string", "is_busday"),
    *("save", "savetxt", "savez", "savez_compressed", "sort_complex"),
    # Ufuncs of integers, bits, dates; of the representation of a number.
    *("bitwise_count", "gcd", "lcm", "left_shift", "right_shift", "isnat", "frexp", "spacing"),
}
# Arguments that no traced array has a use for.
NAMES_APART = {"pad": {"kwargs"}, "clip": {"kwargs"}, "result_type": {"arrays_and_dtypes"}}


def dispatching(module: ModuleType) -> set[str]:
    found = vars(module).values()
    return {f.__name__ for f in found if hasattr(f, "_implementation")} | {
        f.__name__ for f in found if isinstance(f, np.ufunc)
    }


def test_every_function_that_dispatches_has_a_rule_or_is_known_to_have_none() -> None:
    rows = {op.name for op in TABLE.values() if op.kind == "elementwise"}
    missing = set()
    for module, table in MODULES:
        missing |= dispatching(module) - table.keys() - UFUNCS.keys() - rows
    assert missing == WITHOUT


RULES = [
    pytest.param(module, name, rule, id=f"{module.__name__}.{name}")
    for module, table in MODULES
    for name, rule in table.items()
    if name not in REFUSED
]


@pytest.mark.parametrize(("module", "name", "rule"), RULES)
def test_arguments_have_numpys_names_and_order(
    module: ModuleType, name: str, rule: Callable[..., Any]
) -> None:
    try:
        wanted = inspect.signature(getattr(module, name)).parameters
    except ValueError:  # written in C
        return
    have = inspect.signature(rule).parameters
    kinds = {parameter.kind for parameter in have.values()}
    anything = inspect.Parameter.VAR_KEYWORD in kinds
    starred = inspect.Parameter.VAR_POSITIONAL in kinds
    named = [
        key
        for key, parameter in wanted.items()
        if parameter.kind is not inspect.Parameter.POSITIONAL_ONLY
    ]
    missing = {key for key in named if key not in have} - NAMES_APART.get(name, set())
    assert not (missing and not anything), missing
    assert not (missing & set(named[:1]) and not starred), missing
    if not starred:
        order = [key for key in wanted if key in have]
        assert order == [key for key in have if key in wanted]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused_functions_say_why(name: str) -> None:
    function = getattr(np, name)
    pairs = ("union1d", "intersect1d", "setdiff1d", "setxor1d", "histogram2d")
    with pytest.raises(ad.errors.NoRuleError, match=r"np\.\w+: .* \(\S*test_numpy_coverage"):
        ad.grad(lambda x: np.sum(function(x, x) if name in pairs else function(x)))(np.ones(3))


BAD: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda x: np.sum(x, axis=2), np.exceptions.AxisError, "out of bounds"),
    (lambda x: np.sort(x, axis=1), np.exceptions.AxisError, "out of bounds"),
    (lambda x: np.sort(x, order="f"), ValueError, "no fields"),
    (lambda x: np.partition(x, 9), ValueError, "out of bounds"),
    (lambda x: np.quantile(x, 1.5), ValueError, "range"),
    (lambda x: np.percentile(x, -1), ValueError, "100"),
    (lambda x: np.quantile(x, 0.5, method="best"), ValueError, "not a valid method"),
    (lambda x: np.median(x[:0]), IndexError, "empty"),
    (lambda x: np.argmax(x[:0]), ValueError, "empty"),
    (lambda x: np.max(x[:0]), ValueError, "zero-size"),
    (lambda x: np.max(x, where=[True] * 4), ValueError, "initial"),
    (lambda x: np.take(x, 9), IndexError, "out of bounds"),
    (lambda x: np.take(x[:0], x), IndexError, "empty"),
    (lambda x: np.searchsorted(x, 1.0, side="up"), ValueError, "side"),
    (lambda x: np.searchsorted(x.reshape(2, 2), 1.0), ad.errors.ShapeError, "one axis"),
    (lambda x: np.digitize(x, [0.0, 2.0, 1.0]), ValueError, "monotonic"),
    (lambda x: np.interp(x, [0.0, 1.0], [1.0]), ValueError, "same length"),
    (lambda x: np.interp(x, [], []), ValueError, "empty"),
    (lambda x: np.convolve(x, []), ValueError, "empty"),
    (lambda x: np.convolve(x, x, "most"), ValueError, "mode"),
    (lambda x: np.convolve(x.reshape(2, 2), x), ValueError, "deep"),
    (lambda x: np.gradient(x[:1]), ValueError, "too small"),
    (lambda x: np.gradient(x, [0.0, 1.0]), ValueError, "distances"),
    (lambda x: np.diff(x, n=-1), ValueError, "non-negative"),
    (lambda x: np.stack([x, x[:2]]), ValueError, "shape"),
    (lambda x: np.stack([x, x], axis=5), np.exceptions.AxisError, "out of bounds"),
    (lambda x: np.concatenate([x, x.reshape(2, 2)]), ValueError, "dimension"),
    (lambda x: np.pad(x, -1), ValueError, "negative"),
    (lambda x: np.pad(x, 1, mode="round"), ad.errors.NoRuleError, "linear_ramp"),
    (lambda x: np.split(x, 3), ValueError, "equal division"),
    (lambda x: np.vsplit(x, 2), ValueError, "2 or more"),
    (lambda x: np.bincount([0, -1, 0, 0], weights=x), ValueError, "not negative"),
    (lambda x: np.bincount([0, 1], weights=x), ValueError, "same length"),
    (lambda x: np.choose([7, 0, 0, 0], [x, x]), ValueError, "invalid entry"),
    (lambda x: np.select([x > 0], [x, x]), ValueError, "same length"),
    (lambda x: np.piecewise(x, [x > 0], [1, 2, 3]), ValueError, "functions"),
    (lambda x: np.cross(x, x), ValueError, "3-dimensional"),
    (lambda x: np.average(x.reshape(2, 2), weights=[1, 2]), TypeError, "Axis"),
    (lambda x: np.cov(x.reshape(1, 2, 2)), ValueError, "2 dimensions"),
    (lambda x: np.linspace(x[0], x[1], -1), ValueError, "non-negative"),
    (lambda x: np.vander(x.reshape(2, 2)), ValueError, "one-dimensional"),
    (lambda x: np.reshape(x, (3, 2)), ValueError, "reshape"),
    (lambda x: np.reshape(x, (2, 2), order="X"), ValueError, "order"),
    (lambda x: np.linalg.lstsq(x.reshape(2, 2) * 0.0, x[:2])[0], ad.errors.NoRuleError, "rank"),
    (lambda x: np.linalg.eigvals(x).real, ad.errors.ShapeError, "two axes"),
    (lambda x: np.insert(x, 9, 1.0), IndexError, "out of bounds"),
    (lambda x: np.vecdot(x, x, axis=0), ad.errors.NoRuleError, "np.moveaxis"),
    (lambda x: np.matmul(x, x, axes=[0, 0, ()]), ad.errors.NoRuleError, "np.moveaxis"),
    (lambda x: np.vecdot(x, x[:2]), ValueError, "agree"),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_wrong_arguments(call: Callable[[Any], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        ad.grad(lambda x: np.sum(call(x)))(np.array([0.3, 1.2, -0.7, 0.1]))
