"""The samplers' machine code: compiled by Numba once a machine, loaded without it afterwards.

`kernel(name)` gives the entry of a module of `inference.kernels`. Object code is kept in the user's
cache under a digest of every kernel source, of the version of Numba and of the host; only when it
is not there is Numba imported.
"""

import ctypes
import functools
import importlib
import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path

import ad

PACKAGE = "inference.kernels"
ENTRY = "wengert_chain"
OPTIMISATION = 2
LIBC = frozenset({"sqrt", "exp", "log", "copysign", "fabs", "abort"})
"""What a kernel may leave to the C library; anything else would be Numba's runtime."""

Batch = Callable[[int, int, int], int]

_LOCK = threading.Lock()


def kernel(module: str) -> Batch:
    """Native function `(address of reals, address of words, transitions) -> status`.

    It runs without the interpreter lock. The two buffers are described in
    `inference.kernels.layout`, which also names the statuses.

    Parameters
    ----------
    module : str
        "nuts", "walnuts" or "static"; each is compiled apart, when first used.

    Raises
    ------
    RuntimeError
        If Numba left something in the code that only its runtime could provide.
    """
    prototype = ctypes.CFUNCTYPE(
        ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, use_errno=False
    )
    batch: Batch = prototype(address(module))
    return batch


def address(module: str) -> int:
    """Address of the entry of a kernel, which stays linked."""
    with _LOCK:  # two threads must not compile the same thing
        return load(PACKAGE, module).address(ENTRY)


@functools.cache
def load(package: str, module: str) -> ad.jit.Library:
    """Code of a kernel, from the cache or compiled."""
    key = ad.jit.digest(module, digest(package))
    code = ad.jit.load(key)
    if code is None:
        code = compile_object(package, module)
        ad.jit.store(key, code)
    return ad.jit.link(code, [ENTRY])


def compile_object(package: str, module: str) -> bytes:
    """Object code of a kernel: a second or so of Numba, then LLVM's own passes."""
    language = importlib.import_module(f"{package}.language")
    text_of = importlib.import_module(f"{PACKAGE}.entry").text_of
    run = importlib.import_module(f"{package}.{module}").run
    reals, words, word = language.REALS, language.WORDS, language.WORD
    if module == "linear":
        text = text_of(run, ENTRY, reals, reals, reals, words, word, result="i32")
    else:
        text = text_of(run, ENTRY, reals, words, word)
    foreign = set(ad.jit.undefined(text)) - LIBC
    if foreign:
        raise RuntimeError(
            f"inference.native: the kernels of {package} must not need Numba's runtime, got "
            f"{sorted(foreign)}. Remove what allocates or raises from them."
        )
    return ad.jit.emit(text, level=OPTIMISATION, passes=True)


def digest(package: str = PACKAGE) -> str:
    """What the machine code of a package of kernels is made from."""
    return str(ad.jit.digest(package, ad.jit.host().key, _numba_version(), *_sources(package)))


def _sources(package: str) -> list[bytes]:
    """Every source file of a package of kernels, with its name."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    parts = []
    for path in sorted(Path(spec.origin).parent.glob("*.py")):
        parts += [path.name.encode(), path.read_bytes()]
    return parts


def _numba_version() -> bytes:
    """What tells one Numba from another, read without importing it."""
    spec = importlib.util.find_spec("numba")
    if spec is None or spec.origin is None:
        return b""
    try:
        return (Path(spec.origin).parent / "_version.py").read_bytes()
    except OSError:
        return b""
