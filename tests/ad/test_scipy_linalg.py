"""Twins of `scipy.linalg`: all names, SciPy's values, derivatives, native code, refusals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import ad
from ad import linalg
from ad.linalg.refusals import INSTEAD
from tests.ad.harness import assert_agree, assert_close, run

DRAW = np.random.default_rng(5)
A, B = DRAW.normal(size=(2, 4, 4))
S = A @ A.T + np.eye(4)
V, W = DRAW.normal(size=(2, 4))
BAND = np.array([[0.0, 0.1, 0.2, 0.3], [4.0, 5.0, 6.0, 7.0]])
LOWER = np.array([[4.0, 5.0, 6.0, 7.0], [0.1, 0.2, 0.3, 0.0]])

# Name, and the point of the first argument; then the call, of a module and that argument.
Call = Callable[[Any, Any], Any]


def by_name(name: str, *rest: Any) -> Call:
    return lambda module, x: getattr(module, name)(x, *rest)


CALLS: dict[str, list[tuple[Any, Call]]] = {
    **{
        name: [(point, by_name(name))]
        for name, point in (
            *(("sqrtm", S), ("logm", S), ("cosm", A), ("sinm", A), ("tanm", A), ("coshm", A)),
            *(("sinhm", A), ("tanhm", A), ("lu_factor", A), ("polar", A), ("svdvals", A)),
            *(("pinvh", S), ("companion", V)),
        )
    },
    "expm_frechet": [
        (A, lambda m, x: m.expm_frechet(x, B)),
        (A, lambda m, x: m.expm_frechet(B, x, compute_expm=False)),
    ],
    "lu": [
        (A, lambda m, x: m.lu(x)),
        (A, lambda m, x: m.lu(x, permute_l=True)),
        (A, lambda m, x: m.lu(x, p_indices=True)),
    ],
    "lu_solve": [
        (A, lambda m, x: m.lu_solve(m.lu_factor(x), V)),
        (A, lambda m, x: m.lu_solve(m.lu_factor(x), B, trans=1)),
        (V, lambda m, x: m.lu_solve(scipy.linalg.lu_factor(A), x)),
    ],
    "lstsq": [
        (A, lambda m, x: m.lstsq(x[:, :2], V)[:2]),
        (A, lambda m, x: m.lstsq(x[:, :2], B)[0]),
    ],
    "orthogonal_procrustes": [(A, lambda m, x: m.orthogonal_procrustes(x, B))],
    "eigvals": [(S + B, lambda m, x: np.prod(m.eigvals(x) + 1.0))],
    "eig": [(S + B, lambda m, x: np.sum(np.abs(m.eig(x)[1]) ** 4))],
    "solve_sylvester": [(A + 5 * np.eye(4), lambda m, x: m.solve_sylvester(x, S, B))],
    **{
        name: [(A + 5 * np.eye(4), by_name(name, B))]
        for name in ("solve_continuous_lyapunov", "solve_lyapunov")
    },
    "solve_discrete_lyapunov": [(0.2 * A, lambda m, x: m.solve_discrete_lyapunov(x, S))],
    "solve_toeplitz": [
        (V + 6 * np.eye(4)[0], lambda m, x: m.solve_toeplitz((x, W), V)),
        (V + 6 * np.eye(4)[0], lambda m, x: m.solve_toeplitz(x, B)),
    ],
    "matmul_toeplitz": [(V, lambda m, x: m.matmul_toeplitz((x, W), B))],
    "solve_circulant": [
        (V + 6 * np.eye(4)[0], lambda m, x: m.solve_circulant(x, V)),
        (V + 6 * np.eye(4)[0], lambda m, x: m.solve_circulant(x, B)),
    ],
    "khatri_rao": [(A, lambda m, x: m.khatri_rao(x, B[:2]))],
    "convolution_matrix": [
        (V, by_name("convolution_matrix", n, mode))
        for mode in ("full", "same", "valid")
        for n in (2, 6)
    ],
    "leslie": [(V, lambda m, x: m.leslie(x, W[:3]))],
    "cholesky_banded": [
        (BAND, lambda m, x: m.cholesky_banded(x)),
        (LOWER, lambda m, x: m.cholesky_banded(x, lower=True)),
    ],
    "cho_solve_banded": [
        (BAND, lambda m, x: m.cho_solve_banded((x, False), V)),
        (LOWER, lambda m, x: m.cho_solve_banded((x, True), B)),
    ],
    "eigh_tridiagonal": [(V, lambda m, x: np.square(m.eigh_tridiagonal(x, W[:3])[1]))],
    "eigvalsh_tridiagonal": [(V, lambda m, x: m.eigvalsh_tridiagonal(x, W[:3]))],
    "eig_banded": [(BAND, lambda m, x: np.square(m.eig_banded(x)[1]))],
    "eigvals_banded": [(LOWER, lambda m, x: m.eigvals_banded(x, lower=True))],
    "rq": [(A, lambda m, x: m.rq(x)[0] @ m.rq(x)[1]), (A, lambda m, x: np.abs(m.rq(x, mode="r")))],
}
CASES = [
    pytest.param(point, call, id=f"{name}-{which}")
    for name, calls in CALLS.items()
    for which, (point, call) in enumerate(calls)
]


def flat(result: Any) -> Any:
    """All real numbers of a result, end to end."""
    parts = result if isinstance(result, tuple) else (result,)
    return np.concatenate([np.ravel(np.real(part)) * 1.0 for part in parts])


@pytest.mark.parametrize(("point", "call"), CASES)
def test_call(point: Any, call: Call) -> None:
    scipys: Any = scipy.linalg
    shape, x = point.shape, np.ravel(point)
    plain = flat(call(scipys, point))
    weights = np.cos(np.arange(plain.size))

    def ours(x: Any) -> Any:
        return flat(call(linalg, np.reshape(x, shape)))

    def total(x: Any) -> Any:
        parts = ours(x)
        return np.sum(parts * weights + 0.3 * parts**3)

    assert_close(ours(x), plain, 1e-11, 1e-11, "value")
    step, gradient = 1e-5, ad.grad(total)
    want = [(total(x + step * e) - total(x - step * e)) / (2 * step) for e in np.eye(x.size)]
    found = gradient(x)
    size = float(np.abs(want).max())
    assert_close(found, want, 1e-6, 1e-6 * size, "gradient")
    forward = ad.jvp(total, (x,), (np.ones(x.size),))[1]
    assert forward == pytest.approx(np.sum(found), rel=1e-9, abs=1e-9 * size)
    direction = np.sin(np.arange(x.size) + 1.0)
    second = ad.hvp(total, (x,), (direction,))
    want = (gradient(x + step * direction) - gradient(x - step * direction)) / (2 * step)
    assert_close(second, want, 1e-5, 1e-5 * float(np.abs(want).max()) + 1e-7 * size, "second")
    for pair in run(total, x):
        assert_agree(pair, 1e-9, 1e-9 * size)


def test_every_name_of_scipys_is_covered_or_refused() -> None:
    names = {
        name
        for name in scipy.linalg.__all__
        if callable(getattr(scipy.linalg, name))
        and not isinstance(getattr(scipy.linalg, name), type)
    }
    assert names <= {*linalg.__all__, *INSTEAD}
    assert not {*linalg.__all__} & {*INSTEAD}
    for name in INSTEAD:
        with pytest.raises(ad.errors.NoTwinError, match=rf"{name} \(.*test_scipy_linalg.py:\d+\)"):
            getattr(linalg, name)
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        linalg.nosuch  # noqa: B018 - asking for it is what is tested


def test_functions_of_larger_and_worse_matrices() -> None:
    draw = np.random.default_rng(11)
    for size, spread in ((20, 3.0), (6, 1e5)):
        basis = np.linalg.qr(draw.normal(size=(size, size)))[0]
        values = np.geomspace(1.0, spread, size)
        a = (basis * values) @ basis.T
        root = linalg.sqrtm(a)
        assert_close(root @ root, a, 1e-11, 1e-12 * spread)
        assert_close(linalg.expm(linalg.logm(a)), a, 1e-9, 1e-10 * spread)
    # Defective: one eigenvector only.
    block = np.array([[4.0, 1.0], [0.0, 4.0]])
    assert_close(linalg.sqrtm(block), [[2.0, 0.25], [0.0, 2.0]], 1e-14, 1e-14)
    slope = ad.grad(lambda t: linalg.sqrtm([[4.0, 1.0], [0.0, 4.0]] * t)[0, 1])(1.0)
    assert slope == pytest.approx(0.125, rel=1e-12)  # half of 0.25 sqrt(t)


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "lu of a batch": (lambda: linalg.lu(np.ones((2, 3, 3))), ad.errors.ShapeError, "ad.vmap"),
    "lu of a wide one": (lambda: linalg.lu(np.ones((2, 3))), ad.errors.ShapeError, "square"),
    "trans": (lambda: linalg.lu_solve(linalg.lu_factor(A), V, 7), ValueError, "0, 1 or 2"),
    "rows": (lambda: linalg.lu_solve(linalg.lu_factor(A), V[:3]), ad.errors.ShapeError, "rows"),
    "side": (lambda: linalg.polar(A, "up"), ValueError, "right"),
    "tall rq": (lambda: linalg.rq(A[:, :2]), ad.errors.NoRuleError, "economic"),
    "left": (lambda: linalg.eig(A, left=True), ad.errors.NoRuleError, "transpose"),
    "shapes": (lambda: linalg.solve_sylvester(A, S, V), ad.errors.ShapeError, r"\(4, 4\)"),
    "frechet": (lambda: linalg.expm_frechet(A, B[:2, :2]), ad.errors.ShapeError, "shape of A"),
    "columns": (lambda: linalg.khatri_rao(A, B[:, :2]), ad.errors.ShapeError, "columns"),
    "empty": (lambda: linalg.companion([]), ad.errors.ShapeError, "elements"),
    "short": (lambda: linalg.companion([1.0]), ad.errors.ShapeError, "two"),
    "mode": (lambda: linalg.convolution_matrix(V, 3, "x"), ValueError, "valid"),
    "count": (lambda: linalg.convolution_matrix(V, 0), ValueError, "positive"),
    "leslie": (lambda: linalg.leslie(V, W), ad.errors.ShapeError, "one element less"),
    "beside": (lambda: linalg.eigh_tridiagonal(V, W), ad.errors.ShapeError, "one element less"),
    "band": (lambda: linalg.cholesky_banded(np.ones((5, 2))), ad.errors.ShapeError, "rows"),
    "circulant": (lambda: linalg.solve_circulant(V, W[:2]), ad.errors.ShapeError, "rows"),
    "complex": (lambda: linalg.det(A + 1j), ad.errors.TraceError, "np.linalg"),
}


@pytest.mark.parametrize(("call", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(call: Callable[[], Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        call()
