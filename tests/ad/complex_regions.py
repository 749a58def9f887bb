"""Where operations on complex matrices are promised to be accurate.

As tests/ad/matrix_regions.py; the arguments are real and imaginary parts. Phases that are free are
LAPACK's, signs such that the components that it makes real are positive.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp

import ad
from tests.ad import complex_answers as answers
from tests.ad.matrix_regions import COND, N, spin, spread
from tests.ad.measuring_arrays import Array, ArrayRegion, Rng, parts

# ---- what is drawn -------------------------------------------------------------------------------


def _normal(rng: Rng, *shape: int) -> Array:
    return np.asarray(rng.normal(size=shape) + 1j * rng.normal(size=shape))


def _unitary(rng: Rng, rows: int, columns: int) -> Array:
    return np.asarray(np.linalg.qr(_normal(rng, rows, columns))[0])


def _tall(rng: Rng, rows: int, decades: float) -> Array:
    """A matrix with singular values that far apart."""
    right = _unitary(rng, N, N).conj().T
    return np.asarray(_unitary(rng, rows, N) * spread(rng, decades) @ right)


def _positive(rng: Rng, decades: float) -> Array:
    """A Hermitian positive definite one."""
    basis = _unitary(rng, N, N)
    a = basis * spread(rng, decades) @ basis.conj().T
    return np.asarray((a + a.conj().T) / 2.0)


def _general(rng: Rng) -> Array:
    """A matrix with eigenvalues apart from each other, and a basis of condition below 100."""
    values = np.array([1.0, -2.0, 3.0j, 2.0 - 4.0j]) * rng.uniform(1.0, 1.3, N)
    basis = _unitary(rng, N, N) @ np.triu(rng.uniform(0.5, 1.5, (N, N)))
    return np.asarray(basis * values @ np.linalg.inv(basis))


def of(draw: Callable[[Rng], Array], *more: tuple[int, ...]) -> Callable[[Rng], tuple[Array, ...]]:
    """Parts of a matrix, and of right sides of these shapes."""

    def drawn(rng: Rng) -> tuple[Array, ...]:
        arrays = [draw(rng), *(_normal(rng, *shape) for shape in more)]
        return tuple(np.ascontiguousarray(part) for z in arrays for part in (z.real, z.imag))

    return drawn


# ---- what is measured ----------------------------------------------------------------------------


def _plain(x: Any) -> Array:
    return np.asarray(ad.value_of(x))


def _parts(*found: Any) -> Any:
    return np.concatenate([parts(np.ravel(z)) for z in found])


def _our_slogdet(re: Any, im: Any) -> Any:
    sign, size = np.linalg.slogdet(re + 1j * im)
    return np.stack([sign.real, sign.imag, size])


def _our_eigh(re: Any, im: Any) -> Any:
    values, vectors = np.linalg.eigh(re + 1j * im)
    return np.concatenate([values, _parts(vectors * np.sign(_plain(vectors.real[0])))])


def _our_svd(re: Any, im: Any) -> Any:
    u, _, vh = np.linalg.svd(re + 1j * im, full_matrices=False)
    signs = np.sign(_plain(vh.real[:, 0]))
    return _parts(u * signs, np.conj(vh.T) * signs)


def _our_qr(re: Any, im: Any) -> Any:
    q, r = np.linalg.qr(re + 1j * im)
    signs = np.sign(_plain(np.diagonal(r.real)))
    return _parts(q * signs, r * signs[:, None])


def _our_eig(a: Any) -> Any:
    found: Any = np.linalg.eig(a)
    order = answers.ordered(_plain(found[0].real) + 1j * _plain(found[0].imag))
    vectors = found[1][:, order]
    plain = _plain(vectors.real) + 1j * _plain(vectors.imag)
    largest = np.argmax(np.abs(plain), axis=0)
    return _parts(vectors * np.sign(plain.real[largest, np.arange(N)]))


def _our_eigvals(re: Any, im: Any) -> Any:
    values = np.linalg.eigvals(re + 1j * im)
    return parts(values[answers.ordered(_plain(values.real) + 1j * _plain(values.imag))])


def _our_lstsq(re: Any, im: Any, c: Any, d: Any) -> Any:
    solution, rest, _, _ = np.linalg.lstsq(re + 1j * im, c + 1j * d)
    return np.concatenate([_parts(solution), rest])


def _real_eig(a: Any) -> Any:
    return answers.flat(answers.eig(mp.matrix(a.tolist()))[1])


def _made(function: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda re, im: _parts(function(re + 1j * im))


SQUARE, TALL = of(lambda r: _tall(r, N, 6.0)), of(lambda r: _tall(r, N + 1, 3.0))
APART = "distinct eigenvalues, of a basis with condition below 100"
COMPLEX: tuple[ArrayRegion, ...] = (
    ArrayRegion(
        "complex solve",
        ("lu_solve",),
        COND,
        lambda re, im, c, d: _parts(np.linalg.solve(re + 1j * im, c + 1j * d)),
        lambda re, im, c, d: answers.flat(
            mp.inverse(answers.matrix_of(re, im)) * answers.matrix_of(c, d)
        ),
        of(lambda r: _tall(r, N, 6.0), (N, 2)),
    ),
    ArrayRegion(
        "complex inv",
        ("lu_solve",),
        COND,
        _made(np.linalg.inv),
        lambda re, im: answers.flat(mp.inverse(answers.matrix_of(re, im))),
        SQUARE,
    ),
    ArrayRegion(
        "complex det",
        ("lu_complex",),
        COND,
        _made(np.linalg.det),
        lambda re, im: answers.flat([mp.det(answers.matrix_of(re, im))]),
        SQUARE,
    ),
    ArrayRegion("complex slogdet", ("lu_complex",), COND, _our_slogdet, answers.slogdet, SQUARE),
    ArrayRegion(
        "complex cholesky",
        ("cholesky",),
        "eigenvalues over 6 decades",
        _made(np.linalg.cholesky),
        lambda re, im: answers.flat(mp.cholesky(answers.hermitian(re, im))),
        of(lambda r: _positive(r, 6.0)),
    ),
    ArrayRegion(
        "complex eigvalsh",
        ("eigh_complex",),
        "eigenvalues over 6 decades",
        lambda re, im: np.linalg.eigvalsh(re + 1j * im),
        lambda re, im: np.array(answers.eigh(re, im)[0], dtype=object),
        of(lambda r: _positive(r, 6.0)),
    ),
    ArrayRegion(
        "complex eigh, values and vectors",
        ("eigh_complex",),
        "eigenvalues over 2 decades",
        _our_eigh,
        lambda re, im: np.concatenate(
            [answers.eigh(re, im)[0], answers.flat(answers.eigh(re, im)[1])]
        ),
        of(lambda r: _positive(r, 2.0)),
    ),
    ArrayRegion(
        "complex svd, values",
        ("svd_complex",),
        COND,
        lambda re, im: np.linalg.svd(re + 1j * im, compute_uv=False),
        lambda re, im: np.array(answers.svd(re, im)[1], dtype=object),
        of(lambda r: _tall(r, N + 1, 6.0)),
    ),
    ArrayRegion(
        "complex svd, vectors",
        ("svd_complex",),
        "singular values over 2 decades",
        _our_svd,
        lambda re, im: answers.flat(*answers.svd(re, im)[::2]),
        of(lambda r: _tall(r, N + 1, 2.0)),
    ),
    ArrayRegion(
        "complex qr",
        ("qr_q", "qr_r"),
        "singular values over 3 decades",
        _our_qr,
        answers.qr,
        TALL,
    ),
    ArrayRegion(
        "complex eigvals",
        ("eig_complex",),
        APART,
        _our_eigvals,
        lambda re, im: answers.flat(answers.eig(answers.matrix_of(re, im))[0]),
        of(_general),
    ),
    ArrayRegion(
        "complex eig, vectors",
        ("eig_complex",),
        APART,
        lambda re, im: _our_eig(re + 1j * im),
        lambda re, im: answers.flat(answers.eig(answers.matrix_of(re, im))[1]),
        of(_general),
    ),
    ArrayRegion(
        "eig, vectors",
        ("eig",),
        "two real and a pair of complex eigenvalues, of a basis with condition below 100",
        _our_eig,
        _real_eig,
        spin,
    ),
    ArrayRegion(
        "complex pinv",
        ("qr_q", "qr_r", "lu_solve"),
        COND,
        _made(np.linalg.pinv),
        lambda re, im: answers.flat(answers.pinv(re, im)),
        of(lambda r: _tall(r, N + 1, 6.0)),
    ),
    ArrayRegion(
        "complex lstsq",
        ("qr_q", "qr_r", "lu_solve"),
        "singular values over 3 decades",
        _our_lstsq,
        answers.lstsq,
        of(lambda r: _tall(r, N + 1, 3.0), (N + 1, 2)),
    ),
    ArrayRegion(
        "complex cond",
        ("svd_complex",),
        COND,
        lambda re, im: np.linalg.cond(re + 1j * im),
        lambda re, im: answers.svd(re, im)[1][0] / answers.svd(re, im)[1][-1],
        SQUARE,
    ),
)
