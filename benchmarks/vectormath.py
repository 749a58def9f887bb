"""Speed of the vector mathematics, beside glibc's libmvec and NumPy, and its measured accuracy.

``python benchmarks/vectormath.py`` prints nanoseconds an element over 10,000 doubles, medians of
interleaved runs in one process. ``--accuracy`` adds the largest error found against mpmath, in
units in the last place (some minutes). docs/vectormath.md keeps a run of it.
"""

import argparse
import ctypes
import importlib.util
import platform
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import llvmlite
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ad import jit, vectormath  # noqa: E402 - the checkout's own, installed or not

SIZE = 10_000
ROUNDS = 41
INNER = 6
Array = NDArray[np.float64]

# Where the arguments are drawn, uniformly; the second of `pow` from (-3, 3).
RANGES = {
    "cos": (-3.0, 3.0),
    "digamma": (0.1, 20.0),
    "erf": (-3.0, 3.0),
    "erfc": (-3.0, 3.0),
    "exp": (-5.0, 5.0),
    "expit": (-5.0, 5.0),
    "expm1": (-5.0, 5.0),
    "lgamma": (0.1, 20.0),
    "log": (0.1, 10.0),
    "log1p": (0.0, 10.0),
    "log1p_exp": (-5.0, 5.0),
    "log_expit": (-5.0, 5.0),
    "log_ndtr": (-5.0, 3.0),
    "ndtr": (-3.0, 3.0),
    "pow": (0.1, 10.0),
    "sin": (-3.0, 3.0),
    "tanh": (-3.0, 3.0),
}
LIBMVEC = ("cos", "erf", "erfc", "exp", "expm1", "log", "log1p", "pow", "sin", "tanh")


def libmvec() -> tuple[jit.Library, list[str]] | None:
    """Loops over libmvec's AVX2 functions, in the same IR as ours; None where it is absent."""
    try:
        shared = ctypes.CDLL("libmvec.so.1")
    except OSError:
        return None
    if not jit.host().has("avx2"):
        return None
    texts, imports, names = [], {}, []
    for name in LIBMVEC:
        symbol = f"_ZGVdN4{'vv' if name == 'pow' else 'v'}_{name}"
        try:
            address = ctypes.cast(getattr(shared, symbol), ctypes.c_void_p).value
        except AttributeError:  # glibc before 2.35 has fewer
            continue
        assert address is not None
        imports[symbol] = address
        names.append(name)
        texts.append(caller(name, symbol, 2 if name == "pow" else 1))
    code = jit.emit("\n".join(texts), level=2)
    return jit.link(code, [f"tile_{name}" for name in names], imports), names


def caller(name: str, symbol: str, count: int) -> str:
    """A loop that calls a function of one vector."""
    pointers = ", ".join(f"ptr %in{k}" for k in range(count))
    vectors = ", ".join(["<4 x double>"] * count)
    operands = ", ".join(f"<4 x double> %x{k}" for k in range(count))
    loads = "\n".join(
        f"%p{k} = getelementptr double, ptr %in{k}, i64 %i\n"
        f"%x{k} = load <4 x double>, ptr %p{k}, align 8"
        for k in range(count)
    )
    return f"""
declare <4 x double> @{symbol}({vectors})
define void @tile_{name}(ptr %out, {pointers}, i64 %n) {{
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  {loads}
  %y = call <4 x double> @{symbol}({operands})
  %q = getelementptr double, ptr %out, i64 %i
  store <4 x double> %y, ptr %q, align 8
  %next = add i64 %i, 4
  %more = icmp ult i64 %next, %n
  br i1 %more, label %loop, label %end
end:
  ret void
}}"""


def native(
    library: jit.Library, symbol: str, out: Array, inputs: list[Array]
) -> Callable[[], None]:
    """A call of a tile function on fixed arrays."""
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (len(inputs) + 1), ctypes.c_int64)
    function = kind(library.address(symbol))
    addresses = [array.ctypes.data for array in (out, *inputs)]
    return lambda: function(*addresses, len(out))


def rounds(calls: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Nanoseconds an element of each call, taken in turn, for every round."""
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter_ns()
            for _ in range(INNER):
                call()
            samples[name].append((time.perf_counter_ns() - start) / INNER / SIZE)
    return samples


def speed() -> None:
    """Print the table of speeds."""
    random = np.random.default_rng(0)
    ours, theirs = vectormath.library(), libmvec()
    print(f"{'':10s} {'ours':>8s} {'libmvec':>8s} {'NumPy':>8s} {'ours/libmvec':>13s}")
    for name in sorted(vectormath.NAMES):
        inputs = [random.uniform(*RANGES[name], SIZE)]
        if name == "pow":
            inputs.append(random.uniform(-3, 3, SIZE))
        out = np.empty(SIZE)
        calls: dict[str, Callable[[], object]] = {
            "ours": native(ours, f"w_tile_{name}", out, inputs)
        }
        if theirs is not None and name in theirs[1]:
            calls["libmvec"] = native(theirs[0], f"tile_{name}", out, inputs)
        ufunc = np.power if name == "pow" else getattr(np, name, None)
        if ufunc is not None:
            calls["numpy"] = partial(ufunc, *inputs, out=out)
        samples = rounds(calls)
        found = {key: statistics.median(values) for key, values in samples.items()}
        columns = ("ours", "libmvec", "numpy")
        cells = [f"{found[key]:8.2f}" if key in found else f"{'-':>8s}" for key in columns]
        ratio = f"{'-':>13s}"
        if "libmvec" in found:  # within a round, so that the clock's drift cancels
            pairs = zip(samples["ours"], samples["libmvec"], strict=True)
            ratio = f"{statistics.median(one / other for one, other in pairs):13.2f}"
        print(f"{name:10s} {' '.join(cells)} {ratio}")


def tests(name: str) -> ModuleType:
    """A module of the tests' folder."""
    path = ROOT / "tests" / "ad" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def accuracy(count: int) -> None:
    """Print the largest errors over the regions of the tests."""
    cases = tests("vectormath_cases")
    print(f"\n{'':10s} {'ulp':>6s} {'points':>8s}  at")
    for name in sorted(cases.REGIONS):
        x = cases.draw(name, count - count % 4, seed=11)
        out = np.empty_like(x)
        native(vectormath.library(), f"w_tile_{name}", out, [x])()
        error, point = cases.worst(name, out, x)
        print(f"{name:10s} {error:6.2f} {len(x):8d}  {point[0]!r}")


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--accuracy", type=int, metavar="POINTS", help="also measure errors")
    arguments = parser.parse_args()
    start = time.perf_counter()
    vectormath.library()
    ready = (time.perf_counter() - start) * 1e3
    libc = " ".join(platform.libc_ver())
    print(f"{jit.host().cpu}, {platform.system()} {platform.release()}, {libc}")
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"{versions}, llvmlite {llvmlite.__version__}")
    print(f"library ready in {ready:.1f} ms")
    print(f"ns an element over {SIZE} doubles, median of {ROUNDS} rounds in turn\n")
    speed()
    if arguments.accuracy:
        accuracy(arguments.accuracy)


if __name__ == "__main__":
    main()
