"""Native code's edges: long code, levels, guards, statuses, memory."""

import ctypes
import gc
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad import binding, densities, dispatcher, records
from ad.binding import aligned
from ad.compiled import MISSED, MOST_PATHS, Paths
from ad.densities import CompiledDensity
from ad.graph import Graph
from ad.lower import program
from tests.ad import programs
from tests.ad.harness import assert_agree, assert_close, run

OK, OUTSIDE, ERROR = 0, 1, 3


def long_scalar(x: Any) -> Any:
    """Some thousands of lines of scalar code, whose early values and conditions are read late."""
    early, low = np.exp(x[0] * x[1]), x[0] < x[1]
    total = x[2] * 0.5
    for step in range(700):
        total = np.sin(total * 0.7 + x[step % 5]) + early * 0.01
    return total * early + np.where(low, x[3], x[4]) * total


def long_mixed(x: Any) -> Any:
    """Scalars and loops in turn."""
    total = x[0]
    for step in range(120):
        total = np.tanh(total + np.sum(np.cos(x * total)) * 0.1) + x[step % 5] * 0.3
    return total


POINT = np.array([0.3, -0.8, 1.2, 0.7, -0.4])


@pytest.mark.parametrize("function", [long_scalar, long_mixed])
@pytest.mark.parametrize("lines", [60, 300, None])
def test_long_code_is_cut_into_functions(
    function: Callable[[Any], Any], lines: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lines is not None:
        monkeypatch.setattr(program, "FUNCTION_LINES", lines)
    text = Paths(function, POINT, True, without=("roll-loops",)).paths[0].code.text
    parts = text.count("define internal void @part")
    assert parts >= (2 if lines is None and function is long_scalar else 1)
    if lines is not None:
        assert parts > 5
    for pair in run(function, POINT, at=[POINT[::-1], np.zeros(5)]):
        assert_agree(pair, 1e-11)  # 700 steps deep


def test_spilled_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "FUNCTION_LINES", 1)

    def function(x: Any) -> Any:
        low, high = x[0] < x[1], x[2] >= x[3]
        middle = np.exp(x[4]) * np.sin(x[0])
        return np.where(low & high, middle, x[1]) + np.where(low | ~high, middle * x[2], x[3])

    for pair in run(function, POINT, at=[POINT[::-1], -POINT, POINT[[1, 0, 3, 2, 4]]]):
        assert_agree(pair)


@pytest.mark.parametrize("cut", [1, 40])
def test_random_programs_cut_anywhere(cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "FUNCTION_LINES", cut)
    for seed in range(12):
        for pair in run(programs.build(seed, 12), programs.point(seed)):
            assert_agree(pair, 1e-11, what=str(seed))


def test_level_0_is_level_1(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [(programs.build(seed, 12), programs.point(seed)) for seed in range(12)]
    usual = [run(function, x)[0] for function, x in cases]
    monkeypatch.setattr(records, "LEVEL_0_LINES", 0)
    for (function, x), other in zip(cases, usual, strict=True):
        pair = run(function, x)[0]
        assert_agree(pair, 1e-11)
        assert_close(pair.native, other.native, 1e-12)


# ---- statuses ------------------------------------------------------------------------------------


def call(density: CompiledDensity, x: Any) -> tuple[int, float]:
    """Status and value, straight from the native function."""
    point = np.array(x, dtype=float)
    out, gradient = np.full(1, np.nan), np.full(density.dimension, np.nan)
    workspace = aligned(density.native.workspace_bytes, np.uint8)
    status = density.native.call(
        point.ctypes.data,
        out.ctypes.data,
        gradient.ctypes.data,
        density.native.data,
        workspace.ctypes.data,
    )
    return status, float(out[0])


def test_statuses() -> None:
    density = ad.density(lambda x: np.log(x[0]) + x[1], 2)
    assert call(density, [1.0, 2.0]) == (OK, 2.0)
    assert call(density, [0.0, 2.0]) == (OUTSIDE, -np.inf)
    for bad in ([-1.0, 2.0], [np.nan, 2.0], [np.inf, 2.0], [1.0, np.inf], [0.0, np.inf]):
        assert call(density, bad)[0] == ERROR
    assert density.logdensity([0.0, 2.0]) == -np.inf
    assert np.isnan(density.logdensity([-1.0, 2.0]))


def test_a_constant_density() -> None:
    density = ad.density(lambda x: -np.inf, 1)  # noqa: ARG005 - a constant
    assert call(density, [1.0])[0] == OUTSIDE
    assert density.logdensity_and_gradient(np.ones(1))[1].tolist() == [0.0]


# ---- guards --------------------------------------------------------------------------------------


def three_ways(x: Any) -> Any:
    if x[0] > 0.3:
        return np.sum(np.square(x))
    if x[1] > 0:
        return np.sum(x)
    return -np.sum(x**3)


def test_a_missed_guard_adds_a_path() -> None:
    density = ad.density(three_ways, 2, start=[1.0, 1.0])
    assert call(density, [0.5, 0.1])[0] == OK
    assert call(density, [0.1, 0.1])[0] == MISSED
    for x in ([0.5, 0.1], [0.1, 0.1], [-1.0, -1.0], [0.3, 1.0], [0.2, 0.0]):
        point = np.array(x)
        value, gradient = density.logdensity_and_gradient(point)
        want, want_gradient = ad.value_and_grad(three_ways)(point)
        assert value == pytest.approx(want, rel=1e-15)
        assert gradient == pytest.approx(want_gradient, rel=1e-15)
        assert call(density, point)[0] == OK
    assert len(density._paths.paths) == 3


def test_a_path_keeps_its_code_when_others_come() -> None:
    density = ad.density(three_ways, 2, start=[1.0, 1.0])
    before = density._paths.paths[0].code.text
    density.logdensity([0.1, 0.1])
    assert density._paths.paths[0].code.text == before
    alone = ad.density(three_ways, 2, start=[0.1, 0.1])
    assert alone._paths.paths[0].code.text == density._paths.paths[1].code.text


def test_more_paths_than_are_kept() -> None:
    def staircase(x: Any) -> Any:
        for step in range(100):
            if x[0] < step:
                return x[0] * step
        return x[0]

    density = ad.density(staircase, 1, start=[-1.0])
    for step in range(MOST_PATHS - 1):
        assert density.logdensity([step + 0.5]) == (step + 0.5) * (step + 1)
    with pytest.raises(
        ad.errors.GuardError, match=r"64 paths.*test_native_code\.py:\d+.*np\.where"
    ):
        density.logdensity([90.5])
    # What was compiled before still answers.
    assert density.logdensity([1.5]) == 3.0


def test_native_answers_are_forced() -> None:
    # Native code fuses x * x - y * y; at such points it may see another sign than NumPy.
    def at_the_edge(x: Any) -> Any:
        difference = x[0] * x[0] - x[1] * x[1]
        return x[0] if difference > 0 else -x[1]

    rng = np.random.default_rng(3)
    density = ad.density(at_the_edge, 2, start=[2.0, 1.0])
    for _ in range(300):
        x = rng.uniform(0.5, 2.0)
        value = density.logdensity([x, np.nextafter(x, 3.0) if rng.integers(2) else x])
        assert value in (x, -x, -np.nextafter(x, 3.0))
    assert len(density._paths.paths) == 2


def test_a_loop_that_depends_on_the_argument() -> None:
    def halvings(x: Any) -> Any:
        total = x[0]
        while total > 1.0:
            total = total / 2.0
        return np.log(total)

    density = ad.density(halvings, 1, start=[0.5])
    for x in (0.5, 7.0, 1000.0, 3.0, 7.0):
        value, gradient = density.logdensity_and_gradient([x])
        want = x
        while want > 1:
            want /= 2
        assert value == pytest.approx(np.log(want), rel=1e-14)
        assert gradient[0] == pytest.approx(1 / x, rel=1e-14)


def test_paths_from_many_threads() -> None:
    density = ad.density(three_ways, 2, start=[1.0, 1.0])
    points = [np.array(p) for p in ([0.5, 0.1], [0.1, 0.1], [-1.0, -1.0])] * 20
    wrong: list[Any] = []

    def work() -> None:
        for point in points:
            if density.logdensity(point) != float(three_ways(point)):
                wrong.append(point)  # noqa: PERF401 - the loop is the test

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(density._paths.paths) == 3


def test_a_guard_on_data_needs_no_path() -> None:
    y = np.array([1.0, -2.0])
    density = ad.density(lambda x: x[0] * 2 if y[0] > 0 else x[0], 1)
    assert density._paths.paths[0].answers == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: x[:1], lambda x: x),
        (lambda x: x, lambda x: x[:1]),
        (lambda x: (x, x), lambda x: x),
        (lambda x: {"a": x}, lambda x: {"b": x}),
        (lambda x: x > 0, lambda x: x),
    ],
)
def test_paths_of_different_form(one: Callable[[Any], Any], other: Callable[[Any], Any]) -> None:
    # Once, the second path wrote three numbers where the first had one.
    function = ad.compile(lambda x: one(x) if x[0] > 0 else other(x))
    function(np.ones(3))
    with pytest.raises(ad.errors.ShapeError, match=r"test_native_code\.py:\d+"):
        function(-np.ones(3))


# ---- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 63, 64, 65, 1000])
def test_workspaces_begin_at_a_cache_line(size: int) -> None:
    memory = aligned(size, np.uint8)
    assert memory.ctypes.data % 64 == 0
    assert memory.nbytes == size
    assert aligned(size).ctypes.data % 64 == 0


def test_no_entry_point_passes_an_unaligned_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    usual = binding.Bound.__init__

    def spying(self: Any, *code: Any) -> None:
        usual(self, *code)
        native = self.call

        def call(*addresses: int) -> int:
            seen.append(addresses[4])
            return int(native(*addresses))

        self.call = call

    prepared = dispatcher.prepared_call

    def noted(native: Any, *arrays: Any) -> Any:
        seen.append(arrays[-1].ctypes.data)
        return prepared(native, *arrays)

    monkeypatch.setattr(binding.Bound, "__init__", spying)
    monkeypatch.setattr(densities, "prepared_call", noted)
    density = ad.density(lambda x: np.sum(np.cumsum(np.exp(x))), 5)
    for _ in range(3):
        density.logdensity_and_gradient(np.ones(5))
        ad.compile(lambda x: np.cumsum(np.exp(x)))(np.ones(7))
    assert len(seen) == 1 + 3  # a density prepares its call once
    assert all(address % 64 == 0 for address in seen)


GUARDED = """
    import ctypes, mmap, numpy as np
    from ad.compiled import Paths
    from tests.ad import programs, test_passes

    PAGE = mmap.PAGESIZE
    libc = ctypes.CDLL(None, use_errno=True)
    keep = []

    def fenced(size):
        # `size` bytes that end where a page begins which nobody may touch
        pages = -(-max(size, 1) // PAGE)
        memory = mmap.mmap(-1, (pages + 1) * PAGE)
        keep.append(memory)
        base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        assert libc.mprotect(ctypes.c_void_p(base + pages * PAGE), PAGE, 0) == 0
        return base + pages * PAGE - size

    functions = [(programs.build(seed, 12), programs.point(seed)) for seed in range(40)]
    functions += [(lambda x, a=a, b=b: np.sum(np.exp(x)[a:b] ** 2), np.ones(n))
                  for n in (8, 16) for a in (0, 3, 5) for b in (n - 1, n)]
    functions += [(function, np.linspace(0.1, 0.9, 50))
                  for function in test_passes.SHAPES.values()]
    functions += [(test_passes.chain, np.linspace(0.1, 0.9, n)) for n in (17, 64, 259, 515)]
    functions += [(test_passes.grid(a, b), np.linspace(0.1, 0.9, a + b))
                  for a in (3, 8, 29) for b in (2, 5, 18)]
    for function, x in functions:
        paths = Paths(function, x, True)
        bound = paths.paths[0].bound
        # Data and tables to the end of their pages too, padding included.
        table = np.empty(max(len(bound.arrays), 1), np.uintp)
        for i, array in enumerate(bound.arrays):
            base = array if array.base is None else array
            table[i] = fenced(array.nbytes)
            ctypes.memmove(int(table[i]), array.ctypes.data, array.nbytes)
        x_at, out, grad = fenced(x.nbytes), fenced(8), fenced(x.nbytes)
        ctypes.memmove(x_at, x.ctypes.data, x.nbytes)
        workspace = fenced(bound.workspace_bytes)
        status = bound.call(x_at, out, grad, table.ctypes.data, workspace)
        assert status == 0, status
    print("fine")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="mprotect, by its Linux constants")
def test_nothing_outside_its_memory_is_touched() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(GUARDED)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "fine"), done.stderr[-2000:]


# ---- strict mode ---------------------------------------------------------------------------------


def test_strict_rounds_as_numpy_does() -> None:
    x = np.linspace(0.1, 3.0, 101)
    plain = 3.0 * (0.1 * x)
    strict = ad.compile(lambda x: 3.0 * (0.1 * x), strict=True)(x)
    assert strict.tolist() == plain.tolist()
    # The law that is switched off does change last bits here, or this test would prove nothing.
    usual = ad.compile(lambda x: 3.0 * (0.1 * x))(x)
    assert usual.tolist() != plain.tolist()
    assert_close(usual, plain, 2**-51)


def test_strict_random_programs() -> None:
    for seed in range(10):
        for pair in run(programs.build(seed, 12), programs.point(seed), strict=True):
            assert_agree(pair, 1e-11)


def test_a_compiled_function_lets_its_tape_go() -> None:
    alive: list[Any] = []

    def f(x: Any) -> Any:
        alive.append(weakref.ref(x.tape))
        return {"a": [np.exp(x), x[0]], "b": (np.sum(x),)}

    compiled = ad.compile(f)
    compiled(np.ones(3))
    gc.collect()
    assert [tape() for tape in alive] == [None]


def test_numbers_of_numpy_are_data_by_their_value() -> None:
    """They have no memory to be known by: what is made to ask for it is gone the next moment."""
    graph = Graph()
    values = [np.float64(i) for i in range(100)]
    nodes = [graph.data(value) for value in values]  # type: ignore[arg-type] # as loops hand them on
    assert [float(node.value) for node in nodes] == values


def test_code_that_other_code_calls_lives_as_long_as_that() -> None:
    def linked(ir: str, name: str, libraries: Any = ()) -> Any:
        return ad.jit.link(ad.jit.emit(ir), [name], libraries=libraries)

    inner = linked("define double @kept_inner() {\n  ret double 3.0\n}\n", "kept_inner")
    calls = (
        "declare double @kept_inner()\n"
        "define double @kept_outer() {\n  %a = call double @kept_inner()\n  ret double %a\n}\n"
    )
    outer = linked(calls, "kept_outer", [inner])
    alive = weakref.ref(inner)
    del inner
    gc.collect()
    assert alive() is not None
    assert ctypes.CFUNCTYPE(ctypes.c_double)(outer.address("kept_outer"))() == 3.0
