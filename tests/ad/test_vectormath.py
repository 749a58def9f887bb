"""Vector mathematics against mpmath: accuracy in units in the last place, special values, forms.

The limits are the promise of docs/vectormath.md. An error of 0.5 ulp is correct rounding.
"""

import ctypes
import functools
import importlib.util
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from mpmath import mp, mpf
from numpy.typing import NDArray

from ad import jit, vectormath
from ad.vectormath import coefficients, normal, tables
from ad.vectormath.module import FUNCTIONS, module

Array = NDArray[np.float64]
INF, NAN = math.inf, math.nan


def load(name: str) -> ModuleType:
    """A module beside this one; tests are collected by path, not imported."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


cases = load("vectormath_cases")


def tile(library: jit.Library, name: str) -> Callable[..., Array]:
    """The function of arrays, from the machine code, for any length."""
    count = FUNCTIONS[name].arguments
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 1), ctypes.c_int64)
    native = kind(library.address(f"w_tile_{name}"))

    def call(*arguments: Array, _alive: jit.Library = library) -> Array:
        size = len(arguments[0])
        padded = [np.concatenate([x, np.ones(-size % 4)]) for x in arguments]
        out = np.empty(len(padded[0]))
        native(out.ctypes.data, *[x.ctypes.data for x in padded], len(out))
        return out[:size]

    return call


def build(names: Iterable[str], *, fma: bool) -> jit.Library:
    code = jit.emit(module(names, fma=fma), level=2)
    return jit.link(code, [f"w_tile_{name}" for name in names])


@functools.cache
def variant(*, fma: bool) -> jit.Library:
    """All functions, with or without fused multiply-add; with it, where this host has it."""
    if fma == vectormath.has_fma():
        return vectormath.library()
    return build(sorted(vectormath.NAMES), fma=False)


@pytest.mark.parametrize("name", sorted(cases.REGIONS))
def test_accuracy(name: str) -> None:
    x = cases.draw(name, 500, seed=1)
    error, point = cases.worst(name, tile(vectormath.library(), name)(x), x)
    assert error <= cases.LIMITS[name], f"{error} ulp at {point}"


@pytest.mark.parametrize("name", sorted(cases.REGIONS))
def test_accuracy_without_fused_multiply_add(name: str) -> None:
    # The limits of exact splitting are among the largest and smallest numbers.
    extremes = [] if "ndtr" in name or name == "erfc" else [1e300, 1.7e308, 1e-300, 3e-308]
    x = np.concatenate([cases.draw(name, 200, seed=2), extremes])
    error, point = cases.worst(name, tile(variant(fma=False), name)(x), x)
    assert error <= cases.LIMITS[name], f"{error} ulp at {point}"


@pytest.mark.parametrize("fma", [True, False])
def test_power_is_accurate(fma: bool) -> None:
    random = np.random.default_rng(3)
    count = 1000
    x = np.concatenate(
        [
            random.uniform(0, 10, count),
            np.ldexp(random.uniform(1, 2, count), random.integers(-1074, 1023, count)),
            1 + np.ldexp(random.uniform(-1, 1, count), random.integers(-40, -2, count)),
        ]
    )
    y = np.concatenate(
        [
            random.uniform(-300, 300, count),
            random.uniform(-1, 1, count),
            np.ldexp(random.uniform(-1, 1, count), random.integers(0, 42, count)),
        ]
    )
    error, point = cases.worst("pow", tile(variant(fma=fma), "pow")(x, y), x, y)
    assert error <= cases.LIMITS["pow"], f"{error} ulp at {point}"


def object_for(triple: str, cpu: str, *, fma: bool) -> bytes:
    """The whole module's object code for a given processor."""
    target = llvm.Target.from_triple(triple)
    machine = target.create_target_machine(cpu=cpu, features="", opt=2, reloc="pic", jit=True)
    parsed = llvm.parse_assembly(module(sorted(vectormath.NAMES), fma=fma))
    parsed.triple, parsed.data_layout = triple, str(machine.target_data)
    return bytes(machine.emit_object(parsed))


@pytest.mark.skipif("x86_64" not in jit.host().triple, reason="runs code for plain x86-64")
def test_oldest_processor_gives_the_same_bits_as_no_fused_multiply_add() -> None:
    exports = [f"w_tile_{name}" for name in sorted(vectormath.NAMES)]
    plain = jit.link(object_for(jit.host().triple, "x86-64", fma=False), exports)
    wide = variant(fma=False)
    for name in sorted(vectormath.NAMES):
        x = cases.draw(name if name in cases.REGIONS else "log", 40, seed=9)
        arguments = [x, x[::-1].copy()][: FUNCTIONS[name].arguments]
        one, two = tile(plain, name)(*arguments), tile(wide, name)(*arguments)
        np.testing.assert_array_equal(one, two, err_msg=name)


@pytest.mark.parametrize(
    ("triple", "cpu"),
    [("x86_64-unknown-linux-gnu", "skylake-avx512"), ("aarch64-unknown-linux-gnu", "neoverse-n1")],
)
def test_code_is_made_for_other_processors(triple: str, cpu: str) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        llvm.Target.from_triple(triple)
    except RuntimeError:
        pytest.skip(f"this llvmlite has no {triple}")
    assert object_for(triple, cpu, fma=True)


@pytest.mark.parametrize("fma", [True, False])
def test_power_of_special_values(fma: bool) -> None:
    # The cases of C99, annex F.9.4.4, as Python's own float power knows them too.
    values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        -2.0,
        3.0,
        0.5,
        -0.5,
        INF,
        -INF,
        NAN,
        cases.TINY,
        1e300,
        1.5e308,
    ]
    x, y = (grid.ravel() for grid in np.meshgrid(values, values))
    got = tile(variant(fma=fma), "pow")(x, y)
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    for base, exponent, value, right in zip(x, y, got, expected, strict=True):
        exact = math.isinf(right) or math.isnan(right) or right in (0.0, 1.0, -1.0)
        agrees = cases.same(value, right) if exact else abs(value - right) <= np.spacing(abs(right))
        assert agrees, f"pow({base}, {exponent}) = {value}, expected {right}"


@pytest.mark.parametrize("fma", [True, False])
@pytest.mark.parametrize("name", sorted(cases.SPECIAL))
def test_special_values(name: str, fma: bool) -> None:
    x = np.array([point for point, _ in cases.SPECIAL[name]])
    got = tile(variant(fma=fma), name)(x)
    for (point, expected), value in zip(cases.SPECIAL[name], got.tolist(), strict=True):
        assert cases.same(value, expected), f"{name}({point}) = {value}, expected {expected}"


@pytest.mark.parametrize("name", ["lgamma", "digamma"])
def test_gamma_functions_of_negative_arguments(name: str) -> None:
    # Between the poles the functions cross zero; there the error is absolute.
    random = np.random.default_rng(4)
    poles = np.arange(-20.0, 0.0)
    beside = np.ldexp(random.uniform(1, 2, 20), random.integers(-40, -2, 20))
    x = np.concatenate([random.uniform(-30, 0, 500), poles + beside, poles - beside])
    got = tile(vectormath.library(), name)(x)
    with mp.workdps(50):
        for point, value in zip(x.tolist(), got.tolist(), strict=True):
            exact = cases.REFERENCES[name](mpf(point))
            error = float(abs(mpf(value) - exact) / max(1, abs(exact)))
            assert error <= 16 * 2.0**-53, f"{name}({point}) is off by {error}"


def test_perturbed_coefficient_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # A relative change of 1e-13 in the third coefficient of exp: some 4 ulp at the interval's end.
    wrong = list(coefficients.EXP)
    wrong[1] *= 1 + 1e-13
    monkeypatch.setattr(coefficients, "EXP", tuple(wrong))
    x = cases.draw("exp", 500, seed=1)
    error, _ = cases.worst("exp", tile(build(["exp"], fma=True), "exp")(x), x)
    assert error > cases.LIMITS["exp"]


@pytest.mark.parametrize("name", sorted(vectormath.NAMES))
def test_vector_and_tile_agree_in_every_lane(name: str) -> None:
    """Bits do not depend on the form, nor on what stands in the other lanes."""
    count = FUNCTIONS[name].arguments
    ordinary = np.random.default_rng(5).uniform(0.1, 3, 64)
    x = ordinary.copy()
    x[::3] = np.resize([NAN, INF, -1.0, 0.0, cases.TINY, 1e300, -1e300], len(x[::3]))
    arguments = [x, ordinary[::-1].copy()][:count]
    loads = "\n".join(f"%v{k} = load <4 x double>, ptr %p{k}, align 8" for k in range(count))
    pointers = ", ".join(f"ptr %p{k}" for k in range(count))
    operands = ", ".join(f"<4 x double> %v{k}" for k in range(count))
    text = (
        f"{vectormath.declarations([name])}\n"
        f"define void @one(ptr %out, {pointers}) {{\n{loads}\n"
        f"%r = call <4 x double> @w_{name}({operands})\n"
        "store <4 x double> %r, ptr %out, align 8\nret void\n}"
    )
    caller = jit.link(jit.emit(text), ["one"], libraries=[vectormath.library()])
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 1))
    one = kind(caller.address("one"))
    single = np.empty_like(x)
    for start in range(0, len(x), 4):
        one(single[start:].ctypes.data, *[a[start:].ctypes.data for a in arguments])
    function = tile(vectormath.library(), name)
    whole = function(*arguments)
    np.testing.assert_array_equal(single.view(np.int64), whole.view(np.int64))
    kept = np.arange(len(x)) % 3 != 0
    alone = function(*[ordinary, ordinary[::-1].copy()][:count])
    np.testing.assert_array_equal(whole[kept].view(np.int64), alone[kept].view(np.int64))


@pytest.mark.parametrize("name", sorted(vectormath.NAMES))
@pytest.mark.parametrize("size", [0, 4, 12, 20, 36])
def test_tile_writes_its_own_part_only_and_may_work_in_place(name: str, size: int) -> None:
    count = FUNCTIONS[name].arguments
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 1), ctypes.c_int64)
    native = kind(vectormath.library().address(f"w_tile_{name}"))
    x = np.random.default_rng(6).uniform(0.1, 3, 40)
    expected = tile(vectormath.library(), name)(*[x] * count)
    buffer = x.copy()
    native(buffer.ctypes.data, *[buffer.ctypes.data] * count, size)
    np.testing.assert_array_equal(buffer[:size], expected[:size])
    np.testing.assert_array_equal(buffer[size:], x[size:])


def test_library_comes_from_the_cache_the_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    vectormath.library.cache_clear()  # the test's own cache is empty
    vectormath.library()
    vectormath.library.cache_clear()

    def emit(*_: Any, **__: Any) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(jit, "emit", emit)
    assert set(vectormath.library().addresses) == {
        f"{prefix}{name}" for name in vectormath.NAMES for prefix in ("w_", "w_tile_")
    }


def test_every_function_is_covered() -> None:
    assert set(FUNCTIONS) == vectormath.NAMES == {*cases.REGIONS, "pow"} == {*cases.SPECIAL, "pow"}


def test_declarations_refuse_unknown_names() -> None:
    with pytest.raises(ValueError, match=r"names must be in ad.vectormath.NAMES, got 'tan'"):
        vectormath.declarations(["exp", "tan"])


def check_tables(names: Sequence[str]) -> None:
    fit = load("vectormath_fit")
    for name in names:
        fitted, _ = fit.rounded(fit.FITS[name])
        assert tuple(fitted) == getattr(coefficients, name), name


def test_coefficients_are_those_of_the_generator() -> None:
    check_tables(["EXP", "LOG", "SIN", "LOG_TAIL"])


def test_tables_are_correctly_rounded() -> None:
    grid = [mpf(i) / tables.ERF_STEPS for i in range(tables.ERF_END * tables.ERF_STEPS + 1)]
    with mp.workdps(40):
        slopes = [float(2 / mp.sqrt(mp.pi) * mp.exp(-r * r)) for r in grid]
        for name, function in (("erf", mp.erf), ("erfc", mp.erfc)):
            entries = tables.erf_and_slope()[name]
            assert list(entries[::2]) == [float(function(r)) for r in grid]
            assert list(entries[1::2]) == slopes


def test_a_wrong_entry_of_a_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    near = list(tables.erf_and_slope()["erf"])
    near[2 * 100] *= 1 + 1e-14  # at 100/128
    monkeypatch.setattr(normal, "erf_and_slope", lambda: {"erf": tuple(near)})
    x = np.linspace(99.6, 100.4, 100) / tables.ERF_STEPS
    error, _ = cases.worst("erf", tile(build(["erf"], fma=True), "erf")(x), x)
    assert error > cases.LIMITS["erf"]


@pytest.mark.slow
def test_all_coefficients_are_those_of_the_generator() -> None:
    check_tables(sorted(load("vectormath_fit").FITS))


# Functions that NumPy computes in 80-bit arithmetic, where the platform has it.
EXTENDED: dict[str, Callable[[Any], Any]] = {
    "cos": np.cos,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sin": np.sin,
    "tanh": np.tanh,
}


@pytest.mark.slow
@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no extended precision here")
@pytest.mark.parametrize("name", sorted(EXTENDED))
def test_accuracy_over_a_million_points(name: str) -> None:
    x = cases.draw(name, 350_000, seed=7)
    got = tile(vectormath.library(), name)(x)
    with np.errstate(all="ignore"):
        exact = EXTENDED[name](x.astype(np.longdouble))
        rounded = exact.astype(np.float64)
    _, exponent = np.frexp(np.abs(exact))
    unit = np.ldexp(np.longdouble(1), np.maximum(exponent - 53, -1074))
    with np.errstate(all="ignore"):
        error = np.abs(got - exact) / unit
    error[np.isinf(rounded) & (got == rounded)] = 0
    at = int(np.argmax(error))
    # The reference itself is right to 2**-10 ulp of a double.
    assert error[at] <= cases.LIMITS[name] + 2.0**-9, f"{error[at]} ulp at {x[at]}"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(cases.REGIONS))
def test_accuracy_over_many_points(name: str) -> None:
    x = cases.draw(name, 10_000, seed=8)
    error, point = cases.worst(name, tile(vectormath.library(), name)(x), x)
    assert error <= cases.LIMITS[name], f"{error} ulp at {point}"
