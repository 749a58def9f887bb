"""Linear algebra where it is hard: singular, ill-conditioned, badly shaped; and what is shared."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from mpmath import mp

import ad
from ad.errors import NoRuleError, ShapeError
from ad.graph import reachable
from tests.ad.harness import assert_close, run

linalg = ad.linalg
npl: Any = np.linalg  # as a dispatcher: its stubs allow less than it takes
Array = np.ndarray[Any, Any]
INDEFINITE = np.array([[1.0, 2.0], [2.0, 1.0]])
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
GOOD = np.array([[2.0, 0.5], [0.5, 1.0]])


def hilbert(n: int) -> Array:
    return np.array([[1.0 / (i + j + 1) for j in range(n)] for i in range(n)])


# ---- matrices that cannot be treated -------------------------------------------------------------

BAD: dict[str, tuple[Callable[[Any], Any], list[Array]]] = {
    "cholesky": (
        np.linalg.cholesky,
        [INDEFINITE, -GOOD, np.zeros((2, 2)), np.diag([1.0, np.nan]), np.diag([np.inf, 1.0])],
    ),
    "solve": (lambda a: np.linalg.solve(a, np.ones((2, 2))), [np.zeros((2, 2)), SINGULAR]),
    "solve vector": (lambda a: np.linalg.solve(a, np.ones(2)), [np.zeros((2, 2)), SINGULAR]),
    "inv": (np.linalg.inv, [SINGULAR]),
    "solve_triangular": (
        lambda a: linalg.solve_triangular(a, np.ones((2, 2)), lower=True),
        [np.zeros((2, 2)), np.array([[1.0, 0.0], [1.0, 0.0]])],
    ),
    "eigh": (np.linalg.eigvalsh, [np.diag([1.0, np.nan]), np.diag([1.0, np.inf])]),
    "svd": (
        lambda a: np.linalg.svd(a, compute_uv=False),
        [np.diag([1.0, np.nan]), np.diag([1.0, -np.inf])],
    ),
    "qr": (lambda a: np.linalg.qr(a)[1], [np.diag([np.nan, 1.0])]),
    "expm": (linalg.expm, [np.diag([np.nan, 1.0]), np.diag([np.inf, 1.0])]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_treated_is_nan_everywhere(name: str) -> None:
    function, matrices = BAD[name]
    compiled = ad.compile(function)
    assert np.isfinite(compiled(GOOD)).all()
    for a in matrices:
        assert np.isnan(compiled(a)).all()
        _, pull = ad.vjp(function, a)  # traced there too: no exception
        value, _ = ad.vjp(function, a)
        assert np.isnan(value).all()
        assert np.isnan(pull(np.ones(np.shape(value)))[0]).any()
    # One bad matrix spoils no other of its batch.
    stack = np.stack([GOOD, matrices[0], GOOD])
    values = compiled(stack)
    assert np.isnan(values[1]).all()
    assert_close(values[0], compiled(GOOD), 1e-14)
    assert np.array_equal(values[0], values[2])


def test_a_density_outside_is_told_by_its_status() -> None:
    def logp(x: Any) -> Any:
        a = GOOD + x[0] * np.array([[0.0, 1.0], [1.0, 0.0]])
        factor = np.linalg.cholesky(a)
        return -np.sum(np.log(np.diagonal(factor)))

    inside, outside = run(logp, [0.1], at=[[5.0]])
    assert inside.status == 0
    assert outside.status != 0
    assert np.isnan(outside.native).all()
    # Traced outside, used inside.
    _, back = run(logp, [5.0], at=[[0.1]])
    assert back.status == 0
    assert_close(back.native, inside.native, 1e-14)


def test_singular_determinants() -> None:
    sign, logdet = ad.compile(np.linalg.slogdet)(np.zeros((2, 2)))
    assert (sign, logdet) == (0.0, -np.inf)
    assert ad.compile(np.linalg.det)(SINGULAR) == 0.0
    permuted = np.eye(5)[[1, 0, 3, 4, 2]] * np.array([1.0, -2.0, 3.0, 1.0, 1.0])
    sign, logdet = ad.compile(np.linalg.slogdet)(permuted)
    assert (sign, logdet) == (np.linalg.slogdet(permuted)[0], pytest.approx(np.log(6.0)))


# ---- ill-conditioned -----------------------------------------------------------------------------


@pytest.mark.parametrize("n", [4, 8])
def test_errors_grow_with_the_condition_number_and_no_more(n: int) -> None:
    a = hilbert(n)
    condition = np.linalg.cond(a)
    direction = np.cos(np.arange(n * n)).reshape(n, n)
    direction = direction + direction.T

    def logdet(x: Any) -> Any:
        return 2.0 * np.sum(np.log(np.diagonal(np.linalg.cholesky(x))))

    def quadratic(x: Any) -> Any:
        return np.sum(linalg.solve(x, np.ones(n)))

    with mp.workdps(60):
        exact, step = mp.matrix(a.tolist()), mp.matrix(direction.tolist())
        inverse, ones = mp.inverse(exact), mp.matrix([1] * n)
        trace = mp.fsum((inverse * step)[i, i] for i in range(n))
        value = (ones.T * inverse * ones)[0]
        slope = -(ones.T * inverse * step * inverse * ones)[0]
        wanted = [float(x) for x in (mp.log(mp.det(exact)), trace, value, slope)]
    got = [
        logdet(a),
        np.sum(ad.grad(logdet)(a) * direction),
        quadratic(a),
        np.sum(ad.grad(quadratic)(a) * direction),
    ]
    size = [float(np.abs(np.linalg.inv(a)).max()) * s for s in (1.0, n * n, n * n, 0.0)]
    size[3] = float(np.square(np.linalg.norm(np.linalg.solve(a, np.ones(n)))) * n)
    for x, want, scale in zip(got, wanted, size, strict=True):
        assert x == pytest.approx(want, abs=10 * n * 2.0**-52 * condition * scale)


def test_repeated_eigenvalues() -> None:
    a = np.diag([1.0, 2.0, 2.0])
    # A symmetric function of the eigenvalues: the trace of the square, whose gradient is 2 a.
    assert_close(ad.grad(lambda x: np.sum(np.linalg.eigvalsh(x) ** 2))(a), 2.0 * a, 1e-14, 1e-14)
    # The vector of the distinct one: d v[1] / v[0] = da[1, 0] / (1 - 2).
    ratio = ad.grad(lambda x: np.linalg.eigh(x)[1][1, 0] / np.linalg.eigh(x)[1][0, 0])(a)
    assert_close(ratio, [[0.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 0.0]], 1e-14)
    # The others are not determined: nan, and not what rounding makes of it.
    rotated = np.linalg.qr(np.cos(np.arange(9.0)).reshape(3, 3))[0]
    for matrix in (a, rotated @ a @ rotated.T):
        for function in (np.linalg.eigh, np.linalg.svd):
            weights = np.arange(9.0).reshape(3, 3)
            gradient = ad.grad(lambda x, f=function, w=weights: np.sum(w * f(x)[-1]))(matrix)
            assert np.isnan(gradient).any()


# ---- which elements count ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        np.linalg.cholesky,
        lambda a: np.linalg.eigh(a)[0],
        lambda a: linalg.solve_triangular(a, np.ones(3), lower=True),
    ],
)
def test_the_other_triangle_has_no_influence(function: Callable[[Any], Any]) -> None:
    a = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, 0.2], [0.1, 0.2, 3.0]])
    other = a + np.triu(np.full((3, 3), 7.0), 1)
    assert np.array_equal(ad.compile(function)(a), ad.compile(function)(other))
    gradient = ad.grad(lambda x: np.sum(function(x) * np.arange(3.0)))(other)
    assert np.array_equal(np.triu(gradient, 1), np.zeros((3, 3)))
    assert np.all(gradient[np.tril_indices(3)] != 0.0)


def test_data_of_other_types_and_layouts() -> None:
    a = np.array([[4, 1, 0], [1, 3, 1], [0, 1, 5]])
    b = np.array([[1.5, -2.0], [0.5, 1.0], [3.0, 0.25]])
    for left in (a, a.astype(np.float32), np.asfortranarray(a * 1.0), (a * 1.0)[::-1][::-1]):
        for right in (b, np.asfortranarray(b), b[:, ::-1][:, ::-1]):
            got = ad.compile(lambda x, a=left, b=right: linalg.solve(a, x * b))(np.array(2.0))
            assert_close(got, 2.0 * np.linalg.solve(a, b), 1e-14)


@pytest.mark.parametrize("shape", [(1000, 3), (3, 1000), (1, 90), (90, 1), (90, 40)], ids=str)
def test_shapes_far_from_square(shape: tuple[int, int]) -> None:
    a = np.random.default_rng(8).normal(size=shape)
    few = min(shape)
    left, values, right = ad.compile(lambda x: np.linalg.svd(x, full_matrices=False))(a)
    assert_close(values, scipy.linalg.svdvals(a), 1e-13)
    assert_close(left * values @ right, a, 0.0, 1e-12)
    orthogonal, upper = ad.compile(np.linalg.qr)(a)
    assert_close(orthogonal @ upper, a, 0.0, 1e-12)
    for columns in (left, right.T, orthogonal):
        assert_close(columns.T @ columns, np.eye(few), 0.0, 1e-13)


@pytest.mark.parametrize(
    "function",
    [
        *(np.linalg.cholesky, np.linalg.inv, np.linalg.det, linalg.expm, np.linalg.norm),
        *(np.linalg.eigvalsh, lambda a: np.linalg.svd(a)[1], lambda a: np.linalg.qr(a)[0]),
        *(lambda a: np.linalg.slogdet(a)[1], lambda a: np.linalg.solve(a, np.zeros((0, 2)))),
    ],
)
def test_empty_matrices(function: Callable[[Any], Any], capfd: pytest.CaptureFixture[str]) -> None:
    nothing = np.zeros((0, 0))
    assert np.array_equal(ad.compile(function)(nothing), function(nothing))
    assert capfd.readouterr() == ("", "")  # LAPACK prints what it does not like


# ---- one factorisation ---------------------------------------------------------------------------


def nodes(function: Callable[[Any], Any], x: Array) -> Counter[str]:
    path = ad.density(function, x.size, start=x)._paths.paths[0]
    assert path.gradient is not None
    return Counter(node.op.name for node in reachable([*path.outputs, path.gradient]))


def covariance(x: Any, n: int) -> Any:
    t = np.linspace(0.0, 3.0, n)
    return np.exp(x[0] - np.square(t[:, None] - t) * np.exp(x[1])) + np.exp(x[2]) * np.eye(n)


def test_value_and_gradient_share_the_factors() -> None:
    y, x = np.sin(np.arange(6.0)), np.array([0.1, 0.2, -1.0])

    def by_cholesky(x: Any) -> Any:
        factor = np.linalg.cholesky(covariance(x, 6))
        white = linalg.solve_triangular(factor, y, lower=True)
        return -np.sum(np.square(white)) - np.sum(np.log(np.diagonal(factor)))

    def by_lu(x: Any) -> Any:
        k = covariance(x, 6)
        return -y @ np.linalg.solve(k, y) - np.linalg.slogdet(k)[1] - np.linalg.det(k)

    def by_eigenvalues(x: Any) -> Any:
        values, vectors = np.linalg.eigh(covariance(x, 6))
        return -np.sum(np.square(y @ vectors) / values) - np.sum(np.log(values))

    assert nodes(by_cholesky, x)["cholesky"] == 1
    count = nodes(by_lu, x)
    assert count["lu"] == 1
    # a^-1 y for the value and its adjoint, and one inverse for both determinants.
    assert count["lu_solve"] == 3
    assert nodes(by_eigenvalues, x)["eigh"] == 1
    assert nodes(lambda x: by_lu(x) + by_cholesky(x), x) >= Counter(cholesky=1, lu=1)


def test_factors_of_data_are_found_once() -> None:
    k = covariance(np.array([0.1, 0.2, -1.0]), 6)
    count = nodes(lambda x: -np.sum(np.square(linalg.solve(k, x, assume_a="pos"))), np.ones(6))
    assert count["cholesky"] == 0


@pytest.mark.parametrize("n", [1, 2, 7, 60])
def test_a_gaussian_process_compiled(n: int) -> None:
    y = np.sin(np.arange(float(n)))

    def logp(x: Any) -> Any:
        factor = np.linalg.cholesky(covariance(x, n))
        white = linalg.solve_triangular(factor, y, lower=True)
        return -0.5 * np.sum(white**2) - np.sum(np.log(np.diagonal(factor)))

    x = np.array([0.1, 0.2, -1.0])
    (pair,) = run(logp, x)
    k = covariance(x, n)
    want = -0.5 * y @ np.linalg.solve(k, y) - 0.5 * np.linalg.slogdet(k)[1]
    assert_close(pair.native, want, 1e-12)
    # d/dK of the density is (K^-1 y y' K^-1 - K^-1) / 2 (Rasmussen and Williams, 2006, 5.9).
    weight = np.linalg.solve(k, y)
    slope = 0.5 * np.sum((np.outer(weight, weight) - np.linalg.inv(k)) * np.exp(x[2]) * np.eye(n))
    assert pair.native_gradient[2] == pytest.approx(slope, rel=1e-10)
    assert_close(pair.native_gradient, pair.interpreted_gradient, 1e-10, 1e-10)


def test_large_products_read_their_operands_as_they_lie() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(130, 150))
    b = rng.normal(size=(150, 140))
    products: list[Callable[[Any], Any]] = [
        lambda x: x @ b,
        lambda x: b.T @ x.T,
        lambda x: x.T @ x,
        lambda x: x @ x.T,
        lambda x: x[::-1] @ b[:, ::-1],
        lambda x: x[:, 5:145] @ b[:140],
        lambda x: np.broadcast_to(x[0], (130, 150)) @ b,
        lambda x: np.concatenate([x, x])[::2] @ b,
    ]
    for function in products:
        assert_close(ad.compile(function)(x), function(x), 1e-12, 1e-11)


# ---- mistakes ------------------------------------------------------------------------------------

X = np.ones((2, 3))
MISTAKES: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (npl.cholesky, ShapeError, r"linalg.cholesky: a must be square .* got shape \(2, 3\)"),
    (lambda x: npl.inv(x[0]), ShapeError, "at least two axes"),
    (npl.slogdet, ShapeError, "must be square"),
    (lambda x: npl.solve(x[:, :2], x[0]), ShapeError, "b must have as many rows"),
    (lambda x: linalg.solve(x[:, :2], x.T), ShapeError, "b must have as many rows"),
    (
        lambda x: linalg.solve_triangular(x[:, :2], x, trans="X"),
        ValueError,
        "trans must be .* got 'X'",
    ),
    (lambda x: linalg.solve(x[:, :2], x, assume_a="odd"), ValueError, "assume_a must be"),
    (npl.svd, NoRuleError, "full_matrices must be False"),
    (lambda x: npl.svd(x, hermitian=True), NoRuleError, "eigh"),
    (lambda x: npl.qr(x.T, mode="complete"), NoRuleError, "economic"),
    (lambda x: npl.qr(x, mode="raw"), ValueError, "mode must be"),
    (lambda x: npl.norm(x, ord="odd"), ValueError, "ord of a matrix must be"),
    (lambda x: npl.norm(x[0], ord="odd"), ValueError, "ord of a vector must be"),
    (lambda x: npl.norm(np.stack([x, x]), ord=2), ShapeError, "one axis or two"),
    (lambda x: npl.matrix_power(x[:, :2], 0.5), TypeError, "n must be an integer"),
    (lambda x: npl.eig(x).eigenvalues.real, ShapeError, "square in its last two axes"),
    (lambda x: x @ x, ShapeError, r"got shapes \(2, 3\) and \(2, 3\)"),
    (lambda x: np.tensordot(x, x, 1), ShapeError, "equal sizes"),
    (lambda x: np.einsum("ij,jk->ik", x, x), ShapeError, "shapes must fit"),
    (lambda x: np.einsum("ij,jk->ik", x, x[0]), ShapeError, "shapes must fit"),
    (lambda x: np.einsum("ij,j->i", x, x.T), ShapeError, "shapes must fit"),
    (lambda x: np.einsum("ij,jk->ik", x), ShapeError, "one operand per group"),
    (lambda x: linalg.solve(x[:, :2], np.ones((2, 2)) * 1j), TypeError, "real numbers"),
]


@pytest.mark.parametrize(("function", "error", "message"), MISTAKES)
def test_mistakes(function: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        ad.jvp(function, (X,), (X,))
    assert "test_linalg_edges.py:" in str(caught.value)


def test_twins_take_plain_arrays() -> None:
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    b = np.array([1.0, 2.0])
    assert_close(linalg.cholesky(a), scipy.linalg.cholesky(a, lower=True), 1e-15)
    assert_close(linalg.cholesky(a, lower=False), scipy.linalg.cholesky(a), 1e-15)
    for upper in (True, False):
        factor = scipy.linalg.cho_factor(a, lower=not upper)  # the other triangle is not cleared
        assert_close(linalg.cho_solve(factor, b), npl.solve(a, b), 1e-14)
    assert_close(linalg.expm(a.tolist()), scipy.linalg.expm(a), 1e-14)
    wrong = np.array([[4.0, 9.0], [1.0, 3.0]])
    for assume in ("sym", "pos"):
        got = linalg.solve(wrong, b, lower=True, assume_a=assume)
        assert_close(got, npl.solve(a, b), 1e-14)


def test_nothing_of_scipy_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys, numpy as np, ad;"
        "f = ad.density(lambda x: -np.sum((np.outer(x, x) @ np.outer(x, x))**2), 3);"
        "f.logdensity(np.ones(3));"
        "small = lambda x: -np.sum(np.linalg.cholesky(np.diag(x**2)));"
        "ad.density(small, 32).logdensity(np.ones(32));"
        "assert 'scipy.linalg' not in sys.modules;"
        "ad.density(small, 33).logdensity(np.ones(33));"
        "assert 'scipy.linalg' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
