"""Kernels over SciPy's BLAS and LAPACK, compiled once a machine, and calls to them.

SciPy is imported when a program that needs one of these kernels is linked, not before.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import math
from typing import TYPE_CHECKING

from ad import jit
from ad.lower.hermitian import HERMITIAN
from ad.lower.ordering import is_ordering
from ad.lower.routine import Kernel, Routine
from ad.lower.small import is_small
from ad.lower.solves import SOLVES
from ad.lower.spectra import SPECTRA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.access import Affine
    from ad.graph import Node
    from ad.lower.program import Program

KERNELS: dict[str, Kernel] = {**SOLVES, **SPECTRA, **HERMITIAN}


# ---- the library ---------------------------------------------------------------------------------


def _text(name: str, kernel: Kernel, externals: dict[str, str]) -> str:
    """Two functions: the kernel for one matrix, and the loop over the batch around it."""
    body = Routine(externals)
    kernel.body(body)
    places = ("out", *kernel.pointers)
    arguments = [f"ptr %{place}" for place in places] + [f"i64 %{size}" for size in kernel.sizes]
    steps = [f"i64 %step_{place}" for place in places]
    outer = Routine(externals)

    def one(i: str) -> None:
        moved = [f"ptr {outer.element(f'%{p}', (i, f'%step_{p}'))}" for p in places]
        listed = ", ".join([*moved, *(f"i64 %{size}" for size in kernel.sizes)])
        outer.lines.append(f"  call void @one_{name}({listed})")

    outer.loop("%batch", one)
    return "\n".join(
        (
            f"define internal void @one_{name}({', '.join(arguments)}) nounwind {{",
            *("entry:", *body.lines, "  ret void", "}", ""),
            f"define void @w_{name}({', '.join([*arguments, 'i64 %batch', *steps])}) nounwind {{",
            *("entry:", *outer.lines, "  ret void", "}", ""),
        )
    )


def module() -> tuple[str, list[str]]:
    """IR text of all kernels, and the subroutines they call."""
    externals: dict[str, str] = {}
    parts = [_text(name, kernel, externals) for name, kernel in KERNELS.items()]
    called = sorted(name for name in externals if not name.startswith("llvm."))
    return "\n".join([*sorted(externals.values()), "", *parts]), called


@functools.cache
def library() -> jit.Library:
    """The kernels, linked; compiled where the cache has none."""
    called, _, code = jit.of_package("lapack", _compiled).partition(b"\n")
    imports = {name: _address(name) for name in called.decode().split()}
    return jit.link(code, [f"w_{name}" for name in KERNELS], imports)


def _compiled() -> bytes:
    """Names of the subroutines that the kernels call, a line, and the kernels' machine code."""
    text, called = module()
    return b"\n".join([" ".join(called).encode(), jit.emit(text, level=2, passes=True)])


def _address(name: str) -> int:
    """Address of a subroutine of SciPy's BLAS or LAPACK, whose integers have 32 bits."""
    get_name = ctypes.pythonapi.PyCapsule_GetName
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_name.restype, get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
    get_pointer.restype = ctypes.c_void_p
    get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    for part in ("cython_lapack", "cython_blas"):
        capsule = importlib.import_module(f"scipy.linalg.{part}").__pyx_capi__.get(name)
        if capsule is not None:
            signature = get_name(capsule)
            if b"int *" in signature:
                return int(get_pointer(capsule, signature))
    raise RuntimeError(f"ad: SciPy's LAPACK must have {name} with 32-bit integers, got none.")


# ---- calls ---------------------------------------------------------------------------------------


class Call:
    """What a node hands its kernel.

    Parameters
    ----------
    kernel : str
        Its name.
    reads : sequence of int
        Which of the node's inputs it is given.
    sizes : sequence of int
        In the kernel's order.
    scratch : int
        Doubles of scratch memory, for the kernel's last pointer.
    """

    def __init__(
        self, kernel: str, reads: Sequence[int], sizes: Sequence[int], scratch: int = 0
    ) -> None:
        self.kernel, self.reads, self.sizes, self.scratch = kernel, reads, sizes, scratch


def _triangular(node: Node) -> Call:
    n, k = node.shape[-2:]
    # LAPACK sees the transpose of a: the other triangle, and the other system.
    uplo = ord("U" if node.params["lower"] else "L")
    letters = [ord("N"), ord("T")]
    if node.params["transposed"]:
        letters.reverse()
    name = "triangular_solve" if k == 1 else "triangular_solve_many"
    return Call(name, (0, 1), (n, k, uplo, *letters))


def _lu_solve(node: Node) -> Call:
    n, k = node.shape[-2:]
    transposed = node.params["transposed"]
    if k == 1:
        return Call("lu_solve", (0, 2), (n, k, ord("N" if transposed else "T")), scratch=n)
    return Call("lu_solve_many" + "_transposed" * transposed, (0, 2), (n, k))


# Lengths of work space: LAPACK's documented minima, and blocks of 64 columns besides.
def _eigh(node: Node) -> Call:
    n = node.inputs[0].shape[-1]
    length, short = 1 + 6 * n + 2 * n * n + 64 * n, 3 + 5 * n
    return Call("eigh", (0,), (n, length, short), scratch=length + short)


def _eig(node: Node) -> Call:
    n = node.inputs[0].shape[-1]
    length = 4 * n + 64 * n
    return Call("eig", (0,), (n, length), scratch=2 * n * n + length)


def _svd(node: Node) -> Call:
    m, n = node.inputs[0].shape[-2:]
    few, many = min(m, n), max(m, n)
    length = 4 * few * few + 10 * few + many + 64 * (m + n)
    return Call("svd", (0,), (m, n, few, length), scratch=m * n + length + 8 * few)


def _eigh_complex(node: Node) -> Call:
    n = node.inputs[0].shape[-1]
    length, real, short = 2 * n + n * n + 64 * n, 1 + 5 * n + 2 * n * n, 3 + 5 * n
    return Call(
        "eigh_complex", (0, 1), (n, length, real, short), 2 * n * n + 2 * length + real + short
    )


def _eig_complex(node: Node) -> Call:
    n = node.inputs[0].shape[-1]
    length = 2 * n + 64 * n
    return Call("eig_complex", (0, 1), (n, length), 4 * n * n + 4 * n + 2 * length)


def _svd_complex(node: Node) -> Call:
    m, n = node.inputs[0].shape[-2:]
    few, many = min(m, n), max(m, n)
    length = few * few + 3 * few + many + 64 * (m + n)
    real = few * max(5 * few + 7, 2 * many + 2 * few + 1)
    pairs = m * n + few * (m + n)
    return Call(
        "svd_complex", (0, 1), (m, n, few, length, real), 2 * pairs + 2 * length + real + 8 * few
    )


def _lu_complex(node: Node) -> Call:
    n = node.inputs[0].shape[-1]
    return Call("lu_complex", (0, 1), (n,), 2 * n * n + n)


def _qr(node: Node) -> Call:
    m, n = node.inputs[0].shape[-2:]
    return Call("qr", (0,), (m, n, 64 * n), scratch=65 * n)


def _batched_matmul(node: Node) -> Call:
    m, k = node.inputs[0].shape[-2:]
    n = node.shape[-1]
    return Call("gemm", (0, 1), (m, k, n, ord("N"), ord("N"), k, n))


def _banded(node: Node) -> Call:
    n, k = node.shape[-2:]
    below, above = node.params["lower"], node.params["upper"]
    width = 2 * below + above + 1
    trans = ord("T" if node.params["transposed"] else "N")
    return Call("banded_solve", (0, 1), (n, k, below, above, trans), scratch=(width + 1 + k) * n)


CALLS: dict[str, Callable[[Node], Call]] = {
    "cholesky": lambda node: Call("cholesky", (0,), node.shape[-1:]),
    "triangular_solve": _triangular,
    "lu": lambda node: Call("lu", (0,), node.shape[-1:], scratch=node.shape[-1]),
    "lu_solve": _lu_solve,
    "lu_det": lambda node: Call(
        "lu_logdet" if node.params["log"] else "lu_det", (0,), node.inputs[1].shape[-1:]
    ),
    "eigh": _eigh,
    "eig": _eig,
    "svd": _svd,
    "eigh_complex": _eigh_complex,
    "eig_complex": _eig_complex,
    "svd_complex": _svd_complex,
    "lu_complex": _lu_complex,
    "qr": _qr,
    "expm": lambda node: Call("expm", (0,), node.shape[-1:], scratch=8 * node.shape[-1] ** 2),
    "batched_matmul": _batched_matmul,
    "banded_solve": _banded,
}


def library_call(program: Program, node: Node, pointers: Sequence[str]) -> str:
    """Write the call that computes `node`; gives the kernel's name. `pointers`: of its inputs."""
    return _write(program, node, pointers, CALLS[node.op.name](node))


# Products of matrices go to BLAS from these numbers of multiplications on: where SciPy is needed
# anyway, and where it must be imported for them (0.2 s).
WORTH_A_CALL, WORTH_AN_IMPORT = 16**3, 128**3


def gemm_call(program: Program, node: Node, operands: Sequence[tuple[str, Affine]]) -> str | None:
    """Write a matrix product as a call of BLAS, where that pays and BLAS can read the operands."""
    (a, left), (b, right) = operands
    (m, k), n = left.shape, right.shape[1]
    forms = [_lead(left), _lead(right)]
    work = m * k * n
    if work < WORTH_A_CALL or None in forms:
        return None
    if work < WORTH_AN_IMPORT and all(
        other.op.kind != "library" or is_small(other) or is_ordering(other)
        for other in program.schedule.nodes
    ):
        return None
    (left_letter, lead_a), (right_letter, lead_b) = forms  # type: ignore[misc] # None is excluded
    sizes = (m, k, n, ord(left_letter), ord(right_letter), lead_a, lead_b)
    return _write(program, node, (a, b), Call("gemm", (0, 1), sizes))


def _lead(matrix: Affine) -> tuple[str, int] | None:
    """Whether BLAS finds the transpose of a matrix as it is, or turned; and its leading stride."""
    (rows, columns), (down, across) = matrix.shape, matrix.strides
    if across == 1 and down >= columns:
        return "N", down
    return ("T", across) if down == 1 and across >= rows else None


def _write(program: Program, node: Node, pointers: Sequence[str], call: Call) -> str:
    if not node.size:
        return call.kernel  # nothing to compute, and LAPACK takes no leading dimension of 0
    batch = math.prod(node.inputs[0].shape[:-2])
    addresses = [program.buffer(node), *(pointers[position] for position in call.reads)]
    steps = [node.size, *(node.inputs[position].size for position in call.reads)]
    steps = [size // batch if batch else 0 for size in steps]
    if call.scratch:
        addresses.append(program.scratch(call.scratch))
        steps.append(0)
    numbers = [*call.sizes, batch, *steps]
    types = ", ".join(["ptr"] * len(addresses) + ["i64"] * len(numbers))
    program.externals.add(f"declare void @w_{call.kernel}({types})")
    listed = ", ".join([f"ptr {p}" for p in addresses] + [f"i64 {n}" for n in numbers])
    program.function.lines.append(f"  call void @w_{call.kernel}({listed})")
    return call.kernel
