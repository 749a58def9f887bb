"""Linear algebra: values, derivatives of both orders and modes, native code."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.linalg
from mpmath import mp

import ad
from tests.ad.harness import assert_close, run

linalg = ad.linalg
Array = np.ndarray[Any, Any]
SIZES = (1, 2, 3, 5, 16, 60)


def general(rng: np.random.Generator, n: int) -> Array:
    """Well conditioned, with distinct singular values and eigenvalues."""
    left, right = (np.linalg.qr(rng.normal(size=(n, n)))[0] for _ in range(2))
    values: Array = np.linspace(1.0, 2.0, n) if n > 1 else np.array([1.5])
    return np.asarray(left * values @ right)


def positive(rng: np.random.Generator, n: int) -> Array:
    """Symmetric positive definite, with distinct eigenvalues."""
    basis = np.linalg.qr(rng.normal(size=(n, n)))[0]
    result: Array = basis * np.linspace(0.5, 1.0, n) @ basis.T
    return np.add(result, result.T)


def tall(rng: np.random.Generator, n: int) -> Array:
    return np.vstack([general(rng, n), 0.3 * rng.normal(size=(2, n))])


def wide(rng: np.random.Generator, n: int) -> Array:
    return np.ascontiguousarray(tall(rng, n).T)


def right_side(n: int) -> Array:
    return np.reshape(np.cos(np.arange(2.0 * n)), (n, 2))


def weights(n: int) -> Array:
    return np.arange(1.0, n + 1) / n


class Case(NamedTuple):
    """A function of a matrix: ours, NumPy's or SciPy's, mpmath's, and what matrices it takes.

    Factors whose signs are free come in combinations where the signs cancel.
    """

    ours: Callable[[Any], Any]
    plain: Callable[[Array], Any]
    exact: Callable[[Any], Any]
    draw: Callable[[np.random.Generator, int], Array]


def m(a: Any) -> Any:
    return mp.matrix(a.tolist() if isinstance(a, np.ndarray) else a)


def lower_mirrored(a: Any) -> Any:
    return mp.matrix(a.rows, a.cols) + mp.matrix(
        [[a[max(i, j), min(i, j)] for j in range(a.cols)] for i in range(a.rows)]
    )


def masked(a: Any, keep: Callable[[int, int], bool]) -> Any:
    return mp.matrix(
        [[a[i, j] if keep(i, j) else mp.mpf(0) for j in range(a.cols)] for i in range(a.rows)]
    )


def low(a: Any) -> Any:
    return masked(a, lambda i, j: i >= j)


def up(a: Any) -> Any:
    return masked(a, lambda i, j: i <= j)


def solved(a: Any) -> Any:
    return mp.inverse(a) * m(right_side(a.rows))


def spectral(a: Any) -> Any:
    _, vectors = mp.eigsy(lower_mirrored(a))
    return vectors * mp.diag([k + 1 for k in range(a.rows)]) * vectors.T / a.rows


def singular(a: Any) -> Any:
    left, values, right = mp.svd_r(a)
    return left * mp.diag([(k + 1) / mp.mpf(len(values)) for k in range(len(values))]) * right


def thin_qr(a: Any) -> tuple[Any, Any]:
    q, r = mp.qr(a, mode="skinny")
    return q, r


def ranked(a: Any) -> Any:
    q, _ = thin_qr(a)
    return q * mp.diag([(k + 1) / mp.mpf(q.cols) for k in range(q.cols)]) * q.T


def squares(a: Any) -> Any:
    return mp.matrix([[x**2 for x in row] for row in a.tolist()])


def q_mixed(q: Any) -> Any:
    return (q * weights(q.shape[-1])) @ np.swapaxes(q, -1, -2)


def v_mixed(eigen: Any) -> Any:
    return q_mixed(eigen[1])


def u_mixed(parts: Any) -> Any:
    return (parts[0] * weights(parts[1].shape[-1])) @ parts[2]


def tri(a: Any, **how: Any) -> Any:
    return linalg.solve_triangular(a, right_side(a.shape[-1]), **how)


def sci_tri(a: Array, **how: Any) -> Any:
    return scipy.linalg.solve_triangular(a, right_side(len(a)), **how)


CASES: dict[str, Case] = {
    "cholesky": Case(
        np.linalg.cholesky, np.linalg.cholesky, lambda a: mp.cholesky(lower_mirrored(a)), positive
    ),
    "cho_solve": Case(
        lambda a: linalg.cho_solve(linalg.cho_factor(a), right_side(a.shape[-1])),
        lambda a: scipy.linalg.cho_solve(scipy.linalg.cho_factor(a), right_side(len(a))),
        lambda a: solved(lower_mirrored(a.T)),
        positive,
    ),
    "lower": Case(
        lambda a: tri(a, lower=True),
        lambda a: sci_tri(a, lower=True),
        lambda a: solved(low(a)),
        positive,
    ),
    "lower transposed": Case(
        lambda a: tri(a, lower=True, trans=1),
        lambda a: sci_tri(a, lower=True, trans=1),
        lambda a: solved(low(a).T),
        positive,
    ),
    "upper": Case(tri, sci_tri, lambda a: solved(up(a)), positive),
    "upper transposed, unit": Case(
        lambda a: tri(a, trans="T", unit_diagonal=True),
        lambda a: sci_tri(a, trans="T", unit_diagonal=True),
        lambda a: solved(masked(a, lambda i, j: i < j).T + mp.eye(a.rows)),
        positive,
    ),
    "solve": Case(
        lambda a: np.linalg.solve(a, right_side(a.shape[-1])),
        lambda a: np.linalg.solve(a, right_side(len(a))),
        solved,
        general,
    ),
    "solve vector": Case(
        lambda a: np.linalg.solve(a, right_side(a.shape[-1])[:, 0]),
        lambda a: np.linalg.solve(a, right_side(len(a))[:, 0]),
        lambda a: solved(a)[:, 0],
        general,
    ),
    "inv": Case(np.linalg.inv, np.linalg.inv, mp.inverse, general),
    "det": Case(np.linalg.det, np.linalg.det, mp.det, general),
    "slogdet": Case(
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: np.linalg.slogdet(a)[1],
        lambda a: mp.log(abs(mp.det(a))),
        general,
    ),
    "eigvalsh": Case(
        np.linalg.eigvalsh,
        np.linalg.eigvalsh,
        lambda a: mp.eigsy(lower_mirrored(a), eigvals_only=True),
        positive,
    ),
    "eigh": Case(
        lambda a: v_mixed(np.linalg.eigh(a)),
        lambda a: v_mixed(np.linalg.eigh(a)),
        spectral,
        positive,
    ),
    "singular values": Case(
        lambda a: np.linalg.svd(a, compute_uv=False),
        lambda a: np.linalg.svd(a, compute_uv=False),
        lambda a: mp.svd_r(a, compute_uv=False),
        tall,
    ),
    **{
        f"svd {draw.__name__}": Case(
            lambda a: u_mixed(np.linalg.svd(a, full_matrices=False)),
            lambda a: u_mixed(np.linalg.svd(a, full_matrices=False)),
            singular,
            draw,
        )
        for draw in (general, tall, wide)
    },
    "q": Case(
        lambda a: q_mixed(np.linalg.qr(a)[0]),
        lambda a: q_mixed(np.linalg.qr(a)[0]),
        ranked,
        tall,
    ),
    "r": Case(
        lambda a: np.linalg.qr(a)[1] ** 2,
        lambda a: np.linalg.qr(a)[1] ** 2,
        lambda a: squares(thin_qr(a)[1]),
        general,
    ),
    "expm": Case(linalg.expm, scipy.linalg.expm, mp.expm, general),
    "expm, squared": Case(
        lambda a: linalg.expm(3.0 * a),
        lambda a: scipy.linalg.expm(3.0 * a),
        lambda a: mp.expm(3 * a),
        general,
    ),
    "power": Case(
        lambda a: np.linalg.matrix_power(a, -3),
        lambda a: np.linalg.matrix_power(a, -3),
        lambda a: mp.inverse(a) ** 3,
        general,
    ),
    "nuclear norm": Case(
        lambda a: np.linalg.norm(a, "nuc", axis=(-2, -1)),
        lambda a: np.linalg.norm(a, "nuc", axis=(-2, -1)),
        lambda a: sum(mp.svd_r(a, compute_uv=False)),
        general,
    ),
    "pinv": Case(np.linalg.pinv, np.linalg.pinv, lambda a: mp.inverse(a.T * a) * a.T, tall),
}
NAMES = pytest.mark.parametrize("name", CASES)


def drawn(name: str, n: int) -> Array:
    return CASES[name].draw(np.random.default_rng(1000 + n), n)


def weighted(result: Any, numbers: Array) -> Any:
    return np.sum(np.reshape(result, (-1,)) * numbers)


def summed(function: Callable[[Any], Any], a: Array) -> tuple[Callable[[Any], Any], Array]:
    """The function's elements, weighted and summed; and the weights."""
    numbers = np.cos(1.0 + np.arange(np.size(function(a))))
    return (lambda x: weighted(function(x), numbers)), numbers


@pytest.mark.parametrize("n", SIZES)
@NAMES
def test_values_are_numpys_and_scipys(name: str, n: int) -> None:
    case, a = CASES[name], drawn(name, n)
    want = np.asarray(case.plain(a))
    # Condition numbers are below 30 (of expm: below 2000); errors grow at most like n.
    bound = 2000 * n * 2.0**-52 * np.abs(want).max()
    seen: list[Any] = []

    def spied(x: Any) -> Any:
        seen.append(case.ours(x))
        return np.sum(seen[0])

    ad.grad(spied)(a)
    for got in (ad.value_of(seen[0]), ad.compile(case.ours)(a)):
        assert np.shape(got) == want.shape
        assert_close(got, want, 0.0, bound, name)


@pytest.mark.parametrize("n", [1, 2, 3])
@NAMES
def test_derivatives_against_mpmath(name: str, n: int) -> None:
    case, a = CASES[name], drawn(name, n)
    direction = np.sin(2.0 + np.arange(a.size)).reshape(a.shape)
    f, numbers = summed(case.ours, a)

    def along(t: Any) -> Any:
        result = case.exact(m(a) + t * m(direction))
        elements = [result] if not hasattr(result, "rows") else list(result)
        return mp.fsum(x * mp.mpf(w) for x, w in zip(elements, numbers, strict=True))

    with mp.workdps(50):
        value, first, second = (float(mp.diff(along, 0, order)) for order in range(3))

    def slope(x: Any) -> Any:
        return ad.jvp(f, (x,), (direction,))[1]

    def pulled(x: Any) -> Any:
        return np.sum(ad.grad(f)(x) * direction)

    scale = abs(value) + abs(first) + abs(second) + 1.0
    assert f(a) == pytest.approx(value, abs=1e-12 * scale)
    assert slope(a) == pytest.approx(first, abs=1e-12 * scale)
    assert pulled(a) == pytest.approx(first, abs=1e-12 * scale)
    for inner in (slope, pulled):
        forward = ad.jvp(inner, (a,), (direction,))[1]
        assert forward == pytest.approx(second, abs=1e-11 * scale)
        assert np.sum(ad.grad(inner)(a) * direction) == pytest.approx(second, abs=1e-11 * scale)


@pytest.mark.parametrize("n", [5, 16])
@NAMES
def test_forward_and_reverse_are_adjoint(name: str, n: int) -> None:
    case, a = CASES[name], drawn(name, n)
    rng = np.random.default_rng(n)
    direction = rng.normal(size=a.shape)
    value, forward = ad.jvp(case.ours, (a,), (direction,))
    _, pull = ad.vjp(case.ours, a)
    cotangent = rng.normal(size=np.shape(value))
    (back,) = pull(cotangent)
    scale = float(np.linalg.norm(cotangent) * np.linalg.norm(forward))
    assert np.sum(cotangent * forward) == pytest.approx(np.sum(back * direction), abs=1e-11 * scale)
    # Against the function itself: a central difference has an error of h^2 f''' / 6 + eps f / h.
    h = 1e-5
    slope = (np.asarray(case.plain(a + h * direction)) - case.plain(a - h * direction)) / (2 * h)
    assert_close(forward, slope, 0.0, 1e-6 * np.abs(slope).max(), name)


@pytest.mark.parametrize("n", SIZES)
@NAMES
def test_native_code_is_the_interpreter(name: str, n: int) -> None:
    case, a = CASES[name], drawn(name, n)
    f, _ = summed(case.ours, a)
    for pair in run(lambda x: f(x.reshape(a.shape)), a.ravel(), at=[1.001 * a.ravel()]):
        scale = np.abs(pair.interpreted).max() + np.abs(pair.interpreted_gradient).max()
        # Native code solves by rows where LAPACK, called from Python, solves by columns.
        bound = 200 * n * 2.0**-52 * scale
        assert_close(pair.native, pair.interpreted, 0.0, bound, name)
        assert_close(pair.native_gradient, pair.interpreted_gradient, 0.0, bound, name)
        assert pair.status == 0


@pytest.mark.parametrize("batch", [(2, 2), (0,)], ids=str)
@NAMES
def test_batches_are_matrices_one_by_one(name: str, batch: tuple[int, ...]) -> None:
    case, rng = CASES[name], np.random.default_rng(5)
    single = [case.draw(rng, 4) for _ in range(int(np.prod(batch)))]
    stacked = np.reshape(single, (*batch, *drawn(name, 4).shape))
    got = ad.compile(case.ours)(stacked)
    want = [np.ravel(case.plain(a)) for a in single]
    assert got.shape[: len(batch)] == batch
    # Errors are relative to the largest element, not to each.
    assert_close(np.ravel(got), np.ravel(want), 0.0, 1e-12 * np.max(np.abs(want), initial=1), name)

    def total(x: Any) -> Any:
        return np.sum(np.square(case.ours(x)))

    slopes = np.ravel([ad.grad(total)(a) for a in single])
    bound = 1e-11 * np.max(np.abs(slopes), initial=1.0)
    assert_close(np.ravel(ad.grad(total)(stacked)), slopes, 0.0, bound, name)
    if stacked.size:
        native = ad.density(
            lambda x: total(x.reshape(stacked.shape)), stacked.size, start=stacked.ravel()
        )
        _, gradient = native.logdensity_and_gradient(stacked.ravel())
        assert_close(gradient, slopes, 0.0, bound, name)
