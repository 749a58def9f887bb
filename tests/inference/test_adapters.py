"""Densities from Python functions and C pointers."""

import ctypes
import traceback
from typing import Any

import numpy as np
import pytest

import ad
import inference
from tests.inference import densities


def normal(x: Any) -> tuple[float, Any]:
    return -0.5 * x @ x, -x


def test_a_python_function_gives_the_draws_of_native_code() -> None:
    fit = inference.nuts(inference.PythonDensity(normal, 3), draws=200, warmup=200, seed=1)
    native = inference.nuts(densities.standard(3), draws=200, warmup=200, seed=1)
    np.testing.assert_allclose(fit["x"], native["x"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("after", [0, 500])
@pytest.mark.parametrize("metric", ["diagonal", "dense"])
def test_an_exception_reaches_the_caller_with_its_traceback(after: int, metric: str) -> None:
    calls = 0

    def density_of_the_user(x: Any) -> tuple[float, Any]:
        nonlocal calls
        calls += 1
        if calls > after:
            raise LookupError("no such table")
        return normal(x)

    with pytest.raises(LookupError, match="no such table") as caught:
        inference.nuts(inference.PythonDensity(density_of_the_user, 2), seed=1, metric=metric)
    assert "density_of_the_user" in "".join(traceback.format_exception(caught.value))


def test_minus_infinity_and_nan_are_never_drawn() -> None:
    def cut(x: Any) -> tuple[float, Any]:
        if x[0] > 1.0:
            return -np.inf, x
        return (np.nan, x) if x[0] < -1.0 else normal(x)

    fit = inference.nuts(inference.PythonDensity(cut, 1), seed=1, draws=500)
    assert np.abs(fit["x"]).max() <= 1.0
    assert np.isfinite(fit.sample_stats["lp"]).all()


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (lambda x: -0.5 * x @ x, TypeError, r"must return \(log density, gradient\), got float"),
        (lambda _: None, TypeError, "got NoneType"),
        (lambda _: (0.0, [1.0]), ValueError, r"gradient must have shape \(2,\), got \(1,\)"),
        (lambda _: ("high", [1.0, 2.0]), TypeError, "must return"),
    ],
)
def test_what_a_function_must_return(function: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        inference.nuts(inference.PythonDensity(function, 2), seed=1)


def test_a_c_pointer_with_its_data() -> None:
    native = densities.diagonal([1.0, 2.0], [1.0, 3.0]).native
    density = inference.CDensity(native.address, 2, data=native.data, keep=native)
    lp, gradient = density.logdensity_and_gradient([2.0, 2.0])
    assert lp == -0.5
    np.testing.assert_array_equal(gradient, [-1.0, 0.0])
    fit = inference.nuts(density, draws=500, seed=1)
    whole = inference.nuts(densities.diagonal([1.0, 2.0], [1.0, 3.0]), draws=500, seed=1)
    np.testing.assert_array_equal(fit["x"], whole["x"])


def test_a_function_of_ctypes() -> None:
    pointer = ctypes.c_void_p
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, pointer, pointer, pointer, pointer, pointer)

    def flat(_x: int, lp: int, _gradient: int, _data: int, _work: int) -> int:
        ctypes.c_double.from_address(lp).value = 4.0
        return 0

    assert inference.CDensity(kind(flat), 1).logdensity([0.0]) == 4.0


def test_a_compiled_density_of_ad() -> None:
    density = ad.density(lambda x: -0.5 * np.sum((x - 3.0) ** 2), 2)
    fit = inference.nuts(density, seed=1)
    assert abs(fit["x"].mean() - 3.0) < 0.1


def test_a_compiled_function_is_as_long_as_its_start() -> None:
    function = ad.compile(lambda x: -0.5 * np.sum((x - 3.0) ** 2))
    fit = inference.nuts(function, initial=np.zeros(2), seed=1)
    assert fit["x"].shape == (4, 1000, 2)
    assert abs(fit["x"].mean() - 3.0) < 0.1
    with pytest.raises(TypeError, match=r"Pass f\.density\(dimension\)"):
        inference.nuts(function)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((0, 2), ValueError, "address must be an integer at least 1"),
        (("here", 2), TypeError, "address must be"),
        ((1, 0), ValueError, "dimension must be an integer at least 1"),
    ],
)
def test_bad_pointers(arguments: tuple[Any, Any], kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        inference.CDensity(*arguments)


def test_points_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x must have shape \(2,\), got \(3,\)"):
        inference.PythonDensity(normal, 2).logdensity(np.zeros(3))
    with pytest.raises(TypeError, match="function must be callable"):
        inference.PythonDensity(3, 2)  # type: ignore[arg-type]  # the mistake
