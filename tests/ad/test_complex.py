"""Complex values between real ones, and Fourier transforms: values, derivatives, native code."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad.complexes.dispatch import functions_of_complex, ufuncs_of_complex
from ad.interface import FFT_FUNCTIONS
from tests.ad.harness import assert_agree, assert_close, run

X = np.array([0.31, -0.82, 1.27, 0.74, -0.43, 1.91, -1.36, 0.58, 0.17, -0.64, 1.05, 0.93])
C = np.array([0.4 - 1.1j, 2.0 + 0.3j, -0.7 + 0.2j, 1.0j, -1.5 - 0.4j, 0.9])
K = np.array([[1.0 + 0.5j, -2.0, 0.5j], [0.3, 1.1 - 1.0j, -0.4]])
GRID = np.array([-2.0, -0.5, 0.1, 0.8, 1.5])


def z(x: Any) -> Any:
    return x[:6] + 1j * x[6:12]


def mat(x: Any) -> Any:
    return z(x).reshape(2, 3)


def square(x: Any) -> Any:
    return x[:9].reshape(3, 3) + 1j * x[3:12].reshape(3, 3) + 4.0 * np.eye(3)


def positive(x: Any) -> Any:
    a = square(x)
    return np.matmul(a, np.conj(np.swapaxes(a, -1, -2)))


Case = Callable[[Any], Any]
CALLS: dict[str, list[Case]] = {
    "add": [lambda x: z(x) + C, lambda x: 2j + x, lambda x: x[:6] + z(x), lambda x: C + x[:6]],
    "subtract": [lambda x: z(x) - x[:6], lambda x: 1j - x, lambda x: z(x) - C],
    "multiply": [lambda x: z(x) * C, lambda x: z(x) * x[:6], lambda x: x * 1j, lambda x: 2 * z(x)],
    "divide": [
        lambda x: z(x) / C,
        lambda x: x[:6] / z(x),
        lambda x: z(x) / x[:6],
        lambda x: 1 / z(x),
    ],
    "true_divide": [lambda x: np.true_divide(z(x), 2.0)],
    "negative": [lambda x: -z(x)],
    "positive": [lambda x: +z(x)],
    "reciprocal": [lambda x: np.reciprocal(z(x))],
    "absolute": [lambda x: np.abs(z(x)), lambda x: abs(z(x) * C)],
    "conjugate": [lambda x: np.conj(z(x)), lambda x: z(x).conj()],
    "square": [lambda x: np.square(z(x))],
    "power": [
        lambda x: z(x) ** 3,
        lambda x: z(x) ** -2,
        lambda x: z(x) ** 0,
        lambda x: z(x) ** 0.7,
        lambda x: z(x) ** C,
        lambda x: 2.0 ** z(x),
    ],
    "float_power": [lambda x: np.float_power(z(x), 1.5)],
    **{
        name: [lambda x, name=name: getattr(np, name)(z(x))]
        for name in (
            *("sqrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan"),
            *("sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh"),
            *("arctanh", "sign", "real", "imag", "angle"),
        )
    },
    "equal": [lambda x: np.where(np.equal(z(x), z(x)), z(x), 0.0)],
    "not_equal": [lambda x: np.where(z(x) != C, z(x), 0.0)],
    "isnan": [lambda x: np.where(np.isnan(z(x)), 0.0, z(x))],
    "isinf": [lambda x: np.where(np.isinf(z(x)), 0.0, z(x))],
    "isfinite": [lambda x: np.where(np.isfinite(z(x)), z(x), 1j)],
    "isclose": [lambda x: np.where(np.isclose(z(x), z(x)), z(x), 1j)],
    "allclose": [lambda x: np.where(np.allclose(z(x), C), C, z(x))],
    "array_equal": [lambda x: z(x) if np.array_equal(z(x), z(x)) else C],
    "isreal": [lambda x: np.where(np.isreal(z(x)), 0.0, z(x))],
    "iscomplex": [lambda x: np.where(np.iscomplex(z(x)), z(x), 0.0)],
    "isrealobj": [lambda x: x * (1 - np.isrealobj(z(x)))],
    "iscomplexobj": [lambda x: x * np.iscomplexobj(z(x))],
    "shape": [lambda x: x * np.shape(mat(x))[1]],
    "ndim": [lambda x: x * np.ndim(mat(x))],
    "size": [lambda x: x * np.size(mat(x), 1)],
    "zeros_like": [lambda x: np.zeros_like(z(x)) + z(x)],
    "ones_like": [lambda x: np.ones_like(z(x)) * z(x)],
    "where": [lambda x: np.where(x[:6] > 0, z(x), C), lambda x: np.where(x > 0, 1j, x)],
    # ---- reductions ----
    "sum": [lambda x: z(x).sum(), lambda x: np.sum(mat(x), axis=1, keepdims=True)],
    "prod": [lambda x: np.prod(z(x)), lambda x: np.prod(mat(x), axis=0, keepdims=True)],
    "mean": [lambda x: np.mean(mat(x), axis=0)],
    "average": [lambda x: np.average(mat(x), axis=1, weights=[1.0, 2.0, 0.5])],
    "var": [lambda x: np.var(mat(x), axis=1, ddof=1)],
    "std": [lambda x: np.std(z(x))],
    "cumsum": [lambda x: np.cumsum(mat(x), axis=1)],
    "cumulative_sum": [lambda x: np.cumulative_sum(z(x), include_initial=True)],
    # ---- products ----
    "matmul": [lambda x: mat(x) @ K.T, lambda x: K @ x[:3], lambda x: mat(x) @ mat(x).T],
    "matvec": [lambda x: np.matvec(mat(x), C[:3])],
    "vecmat": [lambda x: np.vecmat(C[:2], mat(x))],
    "vecdot": [lambda x: np.vecdot(mat(x), K)],
    "dot": [lambda x: np.dot(z(x), C), lambda x: mat(x).dot(x[:3])],
    "vdot": [lambda x: np.vdot(z(x), C), lambda x: np.vdot(x[:6], z(x))],
    "inner": [lambda x: np.inner(mat(x), K)],
    "outer": [lambda x: np.outer(z(x), x[:2])],
    "tensordot": [lambda x: np.tensordot(mat(x), K, ([1], [1]))],
    "kron": [lambda x: np.kron(mat(x), K)],
    "cross": [lambda x: np.cross(mat(x), K)],
    "convolve": [lambda x: np.convolve(z(x), C[:3], "same")],
    "correlate": [lambda x: np.correlate(z(x), C[:3], "full")],
    "einsum": [
        lambda x: np.einsum("ij,kj->ik", mat(x), K),
        lambda x: np.einsum("i,i,ji->j", z(x)[:3], x[:3], K),
        lambda x: np.einsum("i,i,i,i", z(x), z(x), C, z(x)),
    ],
    # ---- what picks and joins ----
    "reshape": [lambda x: z(x).reshape(3, 2), lambda x: np.reshape(mat(x), (3, 2), order="F")],
    "ravel": [lambda x: mat(x).T.ravel()],
    "transpose": [lambda x: mat(x).T, lambda x: mat(x).transpose(1, 0)],
    "squeeze": [lambda x: mat(x)[None].squeeze()],
    "expand_dims": [lambda x: np.expand_dims(z(x), 1)],
    "swapaxes": [lambda x: mat(x).swapaxes(0, 1), lambda x: mat(x).mT],
    "moveaxis": [lambda x: np.moveaxis(mat(x), 0, 1)],
    "rollaxis": [lambda x: np.rollaxis(mat(x), 1)],
    "flip": [lambda x: np.flip(mat(x), 1)],
    "fliplr": [lambda x: np.fliplr(mat(x))],
    "flipud": [lambda x: np.flipud(mat(x))],
    "rot90": [lambda x: np.rot90(mat(x))],
    "diagonal": [lambda x: mat(x).diagonal(1)],
    "diag": [lambda x: np.diag(z(x)[:3], 1)],
    "diagflat": [lambda x: np.diagflat(mat(x))],
    "trace": [lambda x: mat(x).trace()],
    "roll": [lambda x: np.roll(z(x), 2)],
    "repeat": [lambda x: z(x).repeat(2)],
    "tile": [lambda x: np.tile(z(x), 2)],
    "take": [lambda x: mat(x).take([1, 0], axis=1)],
    "take_along_axis": [lambda x: np.take_along_axis(mat(x), np.array([[0], [2]]), axis=1)],
    "delete": [lambda x: np.delete(z(x), 2)],
    "resize": [lambda x: np.resize(z(x), (2, 4))],
    "pad": [lambda x: np.pad(z(x), 2), lambda x: np.pad(z(x), 2, mode="reflect")],
    "tril": [lambda x: np.tril(mat(x))],
    "triu": [lambda x: np.triu(mat(x), 1)],
    "split": [lambda x: np.split(z(x), 2)[1]],
    "array_split": [lambda x: np.array_split(z(x), 4)[1]],
    "hsplit": [lambda x: np.hsplit(mat(x), 3)[1]],
    "vsplit": [lambda x: np.vsplit(mat(x), 2)[1]],
    "dsplit": [lambda x: np.dsplit(mat(x)[None], 3)[1]],
    "unstack": [lambda x: np.unstack(mat(x))[1]],
    "broadcast_to": [lambda x: np.broadcast_to(z(x)[:3], (2, 3))],
    "broadcast_arrays": [lambda x: np.broadcast_arrays(z(x)[:3], mat(x))[0]],
    "meshgrid": [lambda x: np.meshgrid(z(x)[:2], x[:3])[0]],
    "matrix_transpose": [lambda x: np.matrix_transpose(mat(x))],
    "copy": [lambda x: np.copy(z(x)), lambda x: np.astype(x, complex) * C[0]],
    "nan_to_num": [lambda x: np.nan_to_num(z(x))],
    "concatenate": [lambda x: np.concatenate([z(x), x, C]), lambda x: np.concatenate([x, C])],
    "stack": [lambda x: np.stack([z(x), x[:6]], axis=1)],
    "hstack": [lambda x: np.hstack([z(x), C])],
    "vstack": [lambda x: np.vstack([z(x), C])],
    "dstack": [lambda x: np.dstack([z(x), C])],
    "column_stack": [lambda x: np.column_stack([z(x), C])],
    "block": [lambda x: np.block([[mat(x), K]])],
    "append": [lambda x: np.append(z(x), 1j)],
    "atleast_1d": [lambda x: np.atleast_1d(z(x)[0])],
    "atleast_2d": [lambda x: np.atleast_2d(z(x))],
    "atleast_3d": [lambda x: np.atleast_3d(z(x))],
    "diff": [lambda x: np.diff(z(x))],
    "ediff1d": [lambda x: np.ediff1d(z(x))],
    "gradient": [lambda x: np.gradient(z(x))],
    "trapezoid": [lambda x: np.trapezoid(z(x), dx=0.5)],
    "linspace": [lambda x: np.linspace(z(x)[0], z(x)[1], 4)],
    "interp": [
        lambda x: np.interp(x, GRID, z(x)[:5]),
        lambda x: np.interp(x, GRID, C[:5], left=1j),
    ],
    "polyval": [lambda x: np.polyval(z(x)[:3], x), lambda x: np.polyval([1, 2, 3], z(x))],
    "indexing": [lambda x: mat(x)[1, ::-1], lambda x: z(x)[[0, 0, 3]], lambda x: list(z(x))[2]],
    # ---- np.linalg ----
    "linalg.norm": [
        lambda x: np.linalg.norm(z(x)),
        lambda x: np.linalg.norm(z(x), 1),
        lambda x: np.linalg.norm(mat(x), axis=1),
        lambda x: np.linalg.norm(mat(x)),
    ],
    "linalg.vector_norm": [lambda x: np.linalg.vector_norm(mat(x), axis=0)],
    "linalg.solve": [
        lambda x: np.linalg.solve(square(x), C[:3]),
        lambda x: np.linalg.solve(square(x), K.T),
    ],
    "linalg.inv": [lambda x: np.linalg.inv(square(x))],
    "linalg.matrix_power": [
        lambda x: np.linalg.matrix_power(square(x), 3),
        lambda x: np.linalg.matrix_power(square(x), -1),
    ],
    "linalg.multi_dot": [lambda x: np.linalg.multi_dot([mat(x), K.T, C[:2]])],
    "linalg.trace": [lambda x: np.linalg.trace(mat(x))],
    "linalg.diagonal": [lambda x: np.linalg.diagonal(mat(x))],
    "linalg.matrix_transpose": [lambda x: np.linalg.matrix_transpose(mat(x))],
    "linalg.matmul": [lambda x: np.linalg.matmul(mat(x), K.T)],
    "linalg.outer": [lambda x: np.linalg.outer(z(x), C)],
    "linalg.tensordot": [lambda x: np.linalg.tensordot(mat(x), K.T, axes=1)],
    "linalg.vecdot": [lambda x: np.linalg.vecdot(z(x), C)],
    # ---- np.fft ----
    "fft.fft": [
        np.fft.fft,
        lambda x: np.fft.fft(z(x)),
        lambda x: np.fft.fft(x, 7, norm="ortho"),
        lambda x: np.fft.fft(mat(x), 5, axis=0, norm="forward"),
        lambda x: np.fft.fft(x, 67),
        lambda x: np.fft.fft(z(x), 40),
    ],
    "fft.ifft": [
        np.fft.ifft,
        lambda x: np.fft.ifft(z(x), norm="ortho"),
        lambda x: np.fft.ifft(x, 9),
    ],
    "fft.rfft": [np.fft.rfft, lambda x: np.fft.rfft(x.reshape(3, 4), 5, axis=0, norm="forward")],
    "fft.irfft": [
        lambda x: np.fft.irfft(z(x)),
        lambda x: np.fft.irfft(z(x), 11),
        lambda x: np.fft.irfft(z(x), 6, norm="ortho"),
        lambda x: np.fft.irfft(x, 30),
        lambda x: np.fft.irfft(mat(x), axis=0, norm="forward"),
    ],
    "fft.hfft": [lambda x: np.fft.hfft(z(x)), lambda x: np.fft.hfft(z(x), 9, norm="ortho")],
    "fft.ihfft": [np.fft.ihfft, lambda x: np.fft.ihfft(x, 9, norm="forward")],
    "fft.fft2": [
        lambda x: np.fft.fft2(mat(x)),
        lambda x: np.fft.fft2(mat(x), (3, 2), norm="ortho"),
    ],
    "fft.ifft2": [lambda x: np.fft.ifft2(mat(x), axes=(1, 0))],
    "fft.fftn": [
        lambda x: np.fft.fftn(x.reshape(2, 3, 2)),
        lambda x: np.fft.fftn(x.reshape(2, 3, 2), axes=(0, 2)),
        lambda x: np.fft.fftn(x.reshape(2, 3, 2), (4, 3), axes=(0, 1)),
    ],
    "fft.ifftn": [lambda x: np.fft.ifftn(mat(x), norm="forward")],
    "fft.rfft2": [
        lambda x: np.fft.rfft2(x.reshape(3, 4)),
        lambda x: np.fft.rfft2(x.reshape(3, 4), (4, 3)),
    ],
    "fft.irfft2": [lambda x: np.fft.irfft2(mat(x)), lambda x: np.fft.irfft2(mat(x), (3, 5))],
    "fft.rfftn": [lambda x: np.fft.rfftn(x.reshape(2, 3, 2), axes=(0, 1))],
    "fft.irfftn": [lambda x: np.fft.irfftn(mat(x)[None], norm="ortho")],
    "fft.fftshift": [np.fft.fftshift, lambda x: np.fft.fftshift(mat(x), axes=1)],
    "fft.ifftshift": [lambda x: np.fft.ifftshift(mat(x)), lambda x: np.fft.ifftshift(x[:7])],
    "linalg.pinv": [lambda x: np.linalg.pinv(square(x)), lambda x: np.linalg.pinv(mat(x))],
    "linalg.cholesky": [
        lambda x: np.linalg.cholesky(positive(x)),
        lambda x: np.linalg.cholesky(positive(x), upper=True),
    ],
    "linalg.qr": [
        lambda x: np.linalg.qr(square(x)).Q,
        lambda x: np.linalg.qr(square(x)).R,
        lambda x: np.linalg.qr(mat(x)).R,
        lambda x: np.linalg.qr(mat(x).T, "r"),
    ],
    "linalg.det": [lambda x: np.linalg.det(square(x))],
    "linalg.slogdet": [
        lambda x: np.linalg.slogdet(square(x)).sign,
        lambda x: np.linalg.slogdet(square(x)).logabsdet,
    ],
    "linalg.eigh": [
        lambda x: np.linalg.eigh(square(x)).eigenvectors,
        lambda x: np.linalg.eigh(square(x), "U").eigenvalues,
    ],
    "linalg.eigvalsh": [lambda x: np.linalg.eigvalsh(square(x))],
    "linalg.svd": [
        lambda x: np.linalg.svd(square(x)).U,
        lambda x: np.linalg.svd(square(x)).Vh,
        lambda x: np.linalg.svd(mat(x), full_matrices=False).Vh,
        lambda x: np.linalg.svd(mat(x).T, full_matrices=False).U,
    ],
    "linalg.svdvals": [lambda x: np.linalg.svdvals(mat(x))],
    "linalg.eig": [
        lambda x: np.linalg.eig(square(x)).eigenvectors,
        lambda x: np.linalg.eig(np.stack([square(x), 2j * square(x).T])).eigenvalues,
    ],
    "linalg.eigvals": [lambda x: np.linalg.eigvals(square(x))],
    "linalg.cond": [
        lambda x: np.linalg.cond(square(x)),
        lambda x: np.linalg.cond(mat(x), -2),
        lambda x: np.linalg.cond(square(x), 1),
        lambda x: np.linalg.cond(np.stack([square(x), square(x).T]), "fro"),
    ],
    "linalg.matrix_rank": [
        lambda x: x * np.linalg.matrix_rank(mat(x)),
        lambda x: x * np.linalg.matrix_rank(mat(x), tol=3.0),
        lambda x: x * np.linalg.matrix_rank(z(x)),
    ],
    "linalg.lstsq": [
        lambda x: np.linalg.lstsq(mat(x).T, C[:3])[0],
        lambda x: np.linalg.lstsq(mat(x).T, C.reshape(3, 2))[1],
        lambda x: np.linalg.lstsq(mat(x), z(x)[:2])[0],
        lambda x: np.linalg.lstsq(K.T, z(x)[:3])[1],
        lambda x: np.linalg.lstsq(x.reshape(4, 3), C[:4])[0],
        lambda x: np.linalg.lstsq(mat(x).T, C[:3])[3],
    ],
    "linalg.tensorinv": [lambda x: np.linalg.tensorinv(square(x).reshape(3, 3, 1), 1)],
    "linalg.tensorsolve": [
        lambda x: np.linalg.tensorsolve(z(x)[:4].reshape(2, 1, 2), C[:2]),
        lambda x: np.linalg.tensorsolve(z(x)[:4].reshape(2, 2, 1), C[:2], axes=(0,)),
    ],
    "linalg.cross": [lambda x: np.linalg.cross(mat(x), K)],
    "linalg.matrix_norm": [lambda x: np.linalg.matrix_norm(mat(x), ord="nuc")],
}
CASES = [
    pytest.param(call, id=f"{name}-{which}")
    for name, calls in CALLS.items()
    for which, call in enumerate(calls)
]


def test_every_rule_is_called() -> None:
    functions, linalg, fft = functions_of_complex()
    rules = {*ufuncs_of_complex(), *functions, *(f"linalg.{name}" for name in linalg)}
    rules |= {f"fft.{name}" for name in fft}
    assert CALLS.keys() - {"indexing"} == rules
    assert fft is FFT_FUNCTIONS


WEIGHTS = np.cos(np.arange(400.0))


def real(call: Case) -> Case:
    """Real and imaginary parts, end to end."""

    def function(x: Any) -> Any:
        result = call(x)
        return np.concatenate([np.ravel(np.real(result)) * 1.0, np.ravel(np.imag(result)) * 1.0])

    return function


@pytest.mark.parametrize("call", CASES)
def test_call(call: Case) -> None:
    whole = np.asarray(call(X))
    parts = real(call)
    plain = parts(X)

    def scalar(x: Any) -> Any:
        return np.sum(parts(x) * WEIGHTS[: plain.size])

    shapes: list[Any] = []

    def spied(x: Any) -> Any:
        shapes.append(np.shape(call(x)))
        return scalar(x)

    gradient = ad.grad(spied)(X)
    assert shapes == [whole.shape]
    step = 6e-6
    slopes = [(scalar(X + step * e) - scalar(X - step * e)) / (2 * step) for e in np.eye(12)]
    assert_close(gradient, slopes, 2e-8, 2e-8, "differences")
    direction = np.sin(np.arange(12.0) + 0.3)
    value, along = ad.jvp(parts, (X,), (direction,))
    assert_close(value, plain, 1e-13, 1e-14, "traced")
    paired = along @ WEIGHTS[: plain.size]
    assert paired == pytest.approx(gradient @ direction, rel=1e-11, abs=1e-12)
    for pair in run(scalar, X, at=[X + 0.01]):
        assert_agree(pair, 1e-12, 1e-12)
    points = np.stack([X, X * 0.99])
    assert_close(ad.vmap(parts)(points), np.stack([parts(x) for x in points]), 1e-12, 1e-13, "map")


def test_results_are_complex_arrays_where_containers_are_allowed() -> None:
    spectrum = np.fft.fft(X)
    for found in (ad.compile(np.fft.fft)(X), ad.jvp(np.fft.fft, (X,), (X,))[1]):
        assert found.dtype == np.complex128
        assert_close(found.real, spectrum.real, 1e-14, 1e-14)
        assert_close(found.imag, spectrum.imag, 1e-14, 1e-14)
    # The cotangent w of z means Re(sum(conj(w) z)), so that of a linear map F gives Re(F^H w).
    w = np.exp(1j * np.arange(12.0))
    (back,) = ad.vjp(np.fft.fft, X)[1](w)
    assert_close(back, (12 * np.fft.ifft(w)).real, 1e-13, 1e-14)
    jacobian = ad.jacobian(np.fft.fft)(X)
    assert_close(jacobian.imag, np.fft.fft(np.eye(12)).imag, 1e-13, 1e-14)
    mapped = ad.vmap(np.fft.ifft)(np.stack([X, -X]))
    assert_close(mapped.imag, np.fft.ifft(np.stack([X, -X])).imag, 1e-14, 1e-15)


@pytest.mark.parametrize("n", [1, 2, 3, 31, 32, 33, 37, 64, 67, 96, 101, 128, 131, 134, 1024, 4757])
def test_every_length_of_transform(n: int) -> None:
    # Of every kind: matrices, mixed radices, primes by a chirp, and products of large primes.
    x = np.random.default_rng(n).normal(size=2 * n)
    for call, plain in (
        (lambda x: np.fft.fft(x[:n] + 1j * x[n:]), np.fft.fft(x[:n] + 1j * x[n:])),
        (lambda x: np.fft.rfft(x[:n]), np.fft.rfft(x[:n])),
    ):
        found = ad.compile(call)(x)
        assert np.max(np.abs(found - plain)) <= 1e-15 * (4.0 + np.log2(n)) * np.max(np.abs(plain))
        # The power of a signal is that of its spectrum: grad |F x|^2 = 2 n x.
    power = ad.grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x)
    assert_close(power, 2 * (2 * n) * x, 1e-11, 1e-10 * n)


def test_derivatives_of_higher_order() -> None:
    def energy(x: Any) -> Any:
        return np.sum(np.abs(np.fft.rfft(x * x)) ** 2) + np.abs(np.exp(1j * x[0]) + x[1]) ** 3

    hessian = ad.hessian(energy)(X)
    step = 1e-5
    gradient = ad.grad(energy)
    rows = [(gradient(X + step * e) - gradient(X - step * e)) / (2 * step) for e in np.eye(12)]
    assert_close(hessian, rows, 1e-7, 1e-6)
    assert_close(ad.jacobian(gradient, mode="forward")(X), hessian, 1e-12, 1e-11)
    series = ad.taylor(lambda t: np.fft.fft(np.sin(t * X))[1].real, 0.3, 1.0, 3)
    want = np.fft.fft(-(X**3) * np.cos(0.3 * X) / 6.0)[1].real
    assert series[3] == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(
    "name", ["sqrt", "log", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "power"]
)
def test_branch_cuts_are_numpys(name: str) -> None:
    axis = np.array([-3.0, -1.5, -0.5, 0.0, 0.5, 1.5, 3.0])
    function = (lambda w: w**0.3) if name == "power" else getattr(np, name)
    for sign in (1.0, -1.0):
        small = np.full(7, sign * 1e-12)
        for re, im in ((axis, small), (small, axis)):

            def call(x: Any) -> Any:
                return function(x[:7] + 1j * x[7:])

            found = ad.compile(call)(np.concatenate([re, im]))
            want = function(re + 1j * im)
            assert np.allclose(found, want, rtol=1e-6, atol=1e-6)


def test_accuracy_near_one_and_far_away() -> None:
    points = np.array([1.0 + 1e-9, 1e-8, 0.6, 0.8 + 1e-10, 1e200, 1e-200, -1e160, 3.0])
    w = points[::2] + 1j * points[1::2]
    found = ad.compile(lambda x: np.log(x[::2] + 1j * x[1::2]))(points)
    assert np.allclose(found.imag, np.log(w).imag, rtol=1e-15)
    # To what rounding the parts themselves does.
    assert_close(found.real, np.log(w).real, 1e-15, 2e-16)
    assert_close(
        ad.compile(lambda x: np.abs(1.0 / (x[::2] + 1j * x[1::2])))(points), abs(1 / w), 1e-14
    )


REFUSED: dict[str, tuple[Case, type[Exception], str]] = {
    "result of grad": (np.fft.fft, ad.errors.ShapeError, "real"),
    "order": (lambda x: np.sort(z(x)), ad.errors.NoRuleError, "z.real"),
    "maximum": (lambda x: np.maximum(z(x), 0), ad.errors.NoRuleError, "z.real"),
    "comparison": (lambda x: np.less(z(x), 1j), ad.errors.NoRuleError, "z.real"),
    "float": (lambda x: np.sum(ad.array([z(x)[0]])), ad.errors.TraceError, "z.real"),
    "assignment": (lambda x: z(x).__setitem__(0, 1.0), ad.errors.TraceError, "np.where"),
    "astype": (lambda x: np.sum(z(x).astype(float)), ad.errors.TraceError, "z.real"),
    "rfft": (lambda x: np.abs(np.fft.rfft(z(x)))[0], TypeError, "must be real"),
    "no points": (lambda x: np.abs(np.fft.fft(x, 0))[0], ValueError, "data points"),
    "norm": (lambda x: np.abs(np.fft.fft(x, norm="x"))[0], ValueError, "ortho"),
    "axes": (lambda x: np.abs(np.fft.fftn(x, (3,), (0, 1)))[0], ValueError, "lengths"),
    "sinc": (lambda x: np.sinc(z(x)).real, ad.errors.NoRuleError, "np.sin"),
    "rank": (lambda x: np.linalg.lstsq(0 * mat(x).T, C[:3])[1], ad.errors.NoRuleError, "full rank"),
    "not square": (lambda x: np.linalg.det(mat(x)).real, ad.errors.ShapeError, "square"),
    **{
        f"{name} of a vector": (
            lambda x, name=name: np.sum(np.abs(getattr(np.linalg, name)(z(x))[0])),
            ad.errors.ShapeError,
            "two axes|square|one matrix",
        )
        for name in ("qr", "svd", "pinv", "eig", "eigh", "cholesky", "cond")
    },
    "lstsq of a vector": (lambda x: np.linalg.lstsq(z(x), C)[1], ad.errors.ShapeError, "ad.vmap"),
    "lstsq of many": (lambda x: np.linalg.lstsq(x[None, None], C)[1], ad.errors.ShapeError, "one"),
    "real lstsq": (lambda x: np.linalg.lstsq(x, x)[1], ad.errors.ShapeError, "one matrix"),
    "full QR": (lambda x: np.linalg.qr(mat(x).T, "complete").R, ad.errors.NoRuleError, "reduced"),
    "mode": (lambda x: np.linalg.qr(mat(x), "raw").R, ValueError, "reduced"),
    "full SVD": (lambda x: np.linalg.svd(mat(x)).S, ad.errors.NoRuleError, "full_matrices"),
    "half": (lambda x: np.linalg.eigh(square(x), "X").eigenvalues, ValueError, "UPLO"),
}


@pytest.mark.parametrize(("function", "kind", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(function: Case, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        ad.grad(function)(X)


@pytest.mark.parametrize("name", ["cholesky", "qr", "det", "slogdet", "eig", "eigh", "svd"])
def test_second_derivatives_of_factors(name: str) -> None:
    call: Any = getattr(np.linalg, name)
    made = positive if name == "cholesky" else square

    def total(x: Any) -> Any:
        found = call(made(x))
        pieces = found if isinstance(found, tuple) else (found,)
        return sum(np.sum(np.abs(z) ** 3 + np.sin(np.real(z) + 2 * np.imag(z))) for z in pieces)

    direction, step = np.cos(np.arange(12.0)), 1e-5
    gradient = ad.grad(total)
    want = (gradient(X + step * direction) - gradient(X - step * direction)) / (2 * step)
    assert_close(ad.hvp(total, (X,), (direction,)), want, 1e-7, 1e-7)


def test_factors_of_tall_wide_and_large_matrices() -> None:
    draw = np.random.default_rng(3)
    for rows, columns in ((40, 5), (5, 40), (30, 30)):
        a = draw.normal(size=(rows, columns)) + 1j * draw.normal(size=(rows, columns))
        x = np.concatenate([a.real.ravel(), a.imag.ravel()])

        def back(x: Any, shape: Any = a.shape) -> Any:
            z = x[: x.size // 2] + 1j * x[x.size // 2 :]
            u, s, vh = np.linalg.svd(z.reshape(shape), full_matrices=False)
            return np.concatenate([np.ravel((u * s) @ vh).real, s, np.sum(np.abs(u) ** 2, axis=0)])

        (values,) = (ad.compile(back)(x),)
        count = a.size
        assert_close(values[:count], a.real.ravel(), 1e-12, 1e-13 * 10)
        few = min(rows, columns)
        assert_close(values[count : count + few], np.linalg.svd(a, compute_uv=False), 1e-13, 1e-13)
        assert_close(values[count + few :], np.ones(few), 1e-13, 1e-13)
    # d log det A = tr(A^-1 dA), by NumPy's inverse.
    _, back_to_x = ad.vjp(
        lambda x: np.linalg.slogdet((x[:900] + 1j * x[900:]).reshape(30, 30)).logabsdet, x
    )
    inverse = np.linalg.inv(a).conj().T
    want = np.concatenate([inverse.real.ravel(), inverse.imag.ravel()])
    assert_close(back_to_x(1.0)[0], want, 1e-10, 1e-11)


def test_eigenvalues_of_complex_matrices() -> None:
    npl: Any = np.linalg
    draw = np.random.default_rng(4)
    for shape in ((1, 1), (30, 30), (3, 6, 6)):
        a = draw.normal(size=shape) + 1j * draw.normal(size=shape)

        def back(re: Any, im: Any) -> Any:
            values, vectors = npl.eig(re + 1j * im)
            return npl.solve(vectors.mT, (vectors * values[..., None, :]).mT).mT

        found = ad.compile(back)(a.real, a.imag)
        assert_close(found.real, a.real, 1e-11, 1e-12)
        assert_close(found.imag, a.imag, 1e-11, 1e-12)
    nothing = np.zeros((0, 0))
    assert ad.compile(lambda re: np.sum(npl.eigvals(re + 1j * re).imag))(nothing) == 0.0
    # Where eigenvalues agree, their sum is smooth, each by itself is not.
    eye, none = np.eye(2), np.zeros((2, 2))
    assert ad.grad(lambda x: np.sum(npl.eigvals(x + 1j * none)).real)(eye).tolist() == eye.tolist()
    assert ad.grad(lambda x: np.sum(npl.eigvals(1j * x)).imag)(eye).tolist() == eye.tolist()
    lost = ad.grad(lambda x: np.sum(npl.eig(1j * x)[1][0].real))(eye)
    assert np.isnan(lost).any()
    # Or agree to rounding: here nan is what neither matrix's vectors determine.
    for near in (np.diag([0.3, 0.3 * (1 + 2e-16)]), np.diag([0.3, 0.3])):
        for unit in (1.0, 1j):
            slopes = ad.grad(lambda x, unit=unit: np.sum(npl.eig(unit * x)[1][0].real))(near)
            assert np.isnan(slopes).any()
    assert ad.grad(lambda x: np.sum(np.abs(npl.eig(x)[0])))(nothing).shape == (0, 0)


def test_ill_conditioned_complex_systems_keep_their_digits() -> None:
    """The condition number counts once: normal equations would lose all digits here."""
    draw = np.random.default_rng(5)
    left = np.linalg.qr(draw.normal(size=(6, 3)) + 1j * draw.normal(size=(6, 3)))[0]
    right = np.linalg.qr(draw.normal(size=(3, 3)) + 1j * draw.normal(size=(3, 3)))[0]
    a, x = left * [1.0, 1e-4, 1e-8] @ right, np.array([1.0, 2.0 - 1.0j, 0.5j])
    b = a @ x
    found = ad.compile(lambda re, im: np.linalg.lstsq(re + 1j * im, b)[0])(a.real, a.imag)
    assert np.linalg.norm(found - x) <= 1e-16 * 1e8 * 10
    whole = ad.compile(lambda re, im: np.linalg.pinv(re + 1j * im) @ b)(a.real, a.imag)
    assert np.linalg.norm(whole - x) <= 1e-16 * 1e8 * 10


def test_factors_that_do_not_exist_are_nan() -> None:
    singular = np.zeros(12)
    assert (
        ad.compile(lambda x: np.linalg.slogdet(z(x)[:4].reshape(2, 2)).logabsdet)(singular)
        == -np.inf
    )
    assert ad.compile(lambda x: np.linalg.det(z(x)[:4].reshape(2, 2)).real)(singular) == 0.0
    lost = np.full(12, np.nan)
    for call in (
        *(np.linalg.eigvalsh, np.linalg.svdvals),
        *(lambda a: np.linalg.cholesky(a).real, lambda a: np.linalg.eigvals(a).imag),
    ):
        assert np.isnan(ad.compile(lambda x, call=call: np.sum(call(square(x))))(lost))
    nothing = ad.compile(lambda x: np.linalg.slogdet(x[:0].reshape(0, 0) + 0j).logabsdet)
    assert nothing(singular) == 0.0
    negative = ad.compile(lambda x: np.linalg.cholesky(square(x) - 20 * np.eye(3)).real)
    assert np.isnan(negative(X)).all()


def test_plain_complex_arrays_are_carried_by_loops_and_branches() -> None:
    x = np.array([0.3, 0.7])
    size = x @ x  # of w, squared

    def w(x: Any) -> Any:
        return x[0] + 1j * x[1]

    def powers(x: Any) -> Any:
        last, all_ = ad.scan(lambda c, _: (c * w(x), c), np.array([1 + 0j, 2j]), None, length=5)
        return np.sum(np.abs(last) ** 2) + np.abs(all_[1, 1]) ** 2

    def rows(x: Any) -> Any:
        return np.abs(ad.scan(lambda c, z: (c + z * x[0], None), 1j, np.array([1.0, 2j]))[0]) ** 2

    def until(x: Any) -> Any:
        last, _ = ad.while_loop(lambda c: c[1] < 3.0, lambda c: (c[0] * w(x), c[1] + 1), (2j, 0.0))
        return np.abs(last) ** 2

    def chosen(x: Any) -> Any:
        return np.abs(ad.cond(x[0] > 0, lambda z: z * x[1], lambda z: z + x[0], 1 + 2j)) ** 2

    def again(x: Any) -> Any:
        return np.abs(ad.checkpoint(lambda z, x: z * w(x))(3j, x)) ** 2

    for function, value, slope in (
        (powers, 5 * size**5 + 4 * size, (25 * size**4 + 4) * 2 * x),
        (rows, x[0] ** 2 + (1 + 2 * x[0]) ** 2, [2 * x[0] + 4 * (1 + 2 * x[0]), 0.0]),
        (until, 4 * size**3, 12 * size**2 * 2 * x),
        (chosen, 5 * x[1] ** 2, [0.0, 10 * x[1]]),
        (again, 9 * size, 18 * x),
    ):
        assert_close(function(x), value, 1e-14, 0.0, "plain")
        assert_close(ad.grad(function)(x), slope, 1e-13, 1e-14, "gradient")
        assert_close(ad.jacobian(function, mode="forward")(x), slope, 1e-13, 1e-14, "forward")
        for pair in run(function, x):
            assert_agree(pair, 1e-13, 1e-14)
    with pytest.raises(ad.errors.ShapeError, match="carry"):
        ad.grad(lambda x: np.abs(ad.scan(lambda *_: (x[0], None), 1j, None, length=2)[0]))(x)


def test_complex_points_are_refused() -> None:
    with pytest.raises(ad.errors.TraceError, match="real and the imaginary part"):
        ad.grad(lambda x: np.sum(np.abs(x)))(X + 1j)
    with pytest.raises(ad.errors.TraceError, match="real and the imaginary part"):
        ad.compile(np.sum)(X + 1j)


def test_eigenvalues_of_a_real_matrix() -> None:
    npl: Any = np.linalg
    start = np.array([[0.3, -2.0, 0.4], [1.7, 0.1, 0.2], [0.0, 0.5, 1.9]])

    def growth(x: Any) -> Any:
        values, vectors = npl.eig(start + 0.2 * x[:9].reshape(3, 3))
        return np.sum(np.abs(values) ** 2 * values.real) + np.sum(np.abs(vectors[0]) ** 3)

    direction = np.cos(np.arange(12.0))
    gradient, step = ad.grad(growth), 1e-5
    second = ad.hvp(growth, (X,), (direction,))
    want = (gradient(X + step * direction) - gradient(X - step * direction)) / (2 * step)
    assert_close(second, want, 1e-7, 1e-7)
    for pair in run(growth, X, at=[X * 0.5, np.full(12, np.nan)]):
        assert_agree(pair, 1e-11, 1e-11)
    # The characteristic polynomial has them as zeros, and their product is the determinant.
    found = ad.compile(lambda x: npl.eigvals(start + 0.2 * x[:9].reshape(3, 3)))(X)
    assert np.prod(found).real == pytest.approx(npl.det(start + 0.2 * X[:9].reshape(3, 3)))
    # Equal eigenvalues: the sum is smooth, each by itself is not.
    total = ad.grad(lambda x: np.sum(npl.eigvals(x)).real)(np.eye(2))
    assert total.tolist() == [[1.0, 0.0], [0.0, 1.0]]
