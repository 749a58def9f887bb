"""Sparse Jacobians and Hessians: patterns, colourings, values and what they cost."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import ad
from ad import compressed
from ad.colouring import Plan, colour_columns, colour_symmetric
from tests.ad import programs
from tests.ad.harness import assert_close

RNG = np.random.default_rng(11)
BAND = np.diag(np.arange(1.0, 9.0)) + np.eye(8, k=1)
GROUPS = RNG.integers(4, size=20)


def chained_rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def arrow(x: Any) -> Any:
    """One element meets all others."""
    return np.sum((x[1:] - x[0]) ** 2 * np.exp(x[1:]))


def grid(x: Any) -> Any:
    u = x.reshape(5, 6)
    return np.sum((u[1:] - u[:-1]) ** 4) + np.sum((u[:, 1:] * u[:, :-1]) ** 2)


def grouped(x: Any) -> Any:
    return np.sum(np.exp(x[:4][GROUPS] * x[4:])) + np.sum(x[:4] ** 3)


# (function, size, entries of the exact pattern, most sweeps)
HESSIANS: dict[str, tuple[Callable[[Any], Any], int, int | None, int]] = {
    "chained Rosenbrock": (chained_rosenbrock, 12, 34, 3),
    "arrow": (arrow, 20, 58, 2),
    "diagonal": (lambda x: np.sum(np.sin(x)), 9, 9, 1),
    "linear": (lambda x: np.sum(3.0 * x), 5, 0, 1),
    "constant": (lambda x: 2.0, 5, 0, 1),
    "dense": (lambda x: np.sum(x) ** 2, 6, 36, 6),
    "grid": (grid, 30, None, 8),
    "groups": (grouped, 24, 24 + 40, 5),
    "banded matrix": (lambda x: np.sum(np.log1p(np.exp(BAND @ x))), 8, 22, 3),
    "blocks": (lambda x: np.sum(np.prod(x.reshape(4, 3), axis=1)), 12, 24, 3),
    "cubes of a gather": (lambda x: np.sum((x[[0, 0, 3]] * x[[1, 2, 2]]) ** 3), 5, 10, 4),
    "branches by selection": (lambda x: np.sum(np.where(x > 0, x**2, 0.0) * x[::-1]), 6, 12, 6),
    "maximum": (lambda x: np.sum(np.maximum(x[1:], 0.1) ** 2 * x[:-1]), 6, None, 6),
    "one element": (lambda x: x[0] ** 2, 1, 1, 1),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name: str) -> None:
    function, size, entries, most = HESSIANS[name]
    x = RNG.normal(size=size)
    hessian = ad.sparse_hessian(function)
    got = hessian(x)
    assert isinstance(got, scipy.sparse.csr_array)
    want = ad.hessian(function)(x)
    assert_close(got.toarray(), want, 1e-13, 1e-13 * np.abs(want).max(initial=1.0), name)
    assert np.array_equal(got.toarray(), got.toarray().T)
    pattern = hessian.pattern(x).toarray() != 0
    assert not (want[~pattern] != 0).any()
    if entries is not None:
        assert pattern.sum() == entries
    assert hessian.sweeps(x) <= most


LU = np.linalg.cholesky(np.eye(3) + 0.1)
JACOBIANS: dict[str, tuple[Callable[[Any], Any], int, int | None, int]] = {
    "band": (lambda x: x[1:] * np.sin(x[:-1]), 12, 22, 2),
    "full row": (lambda x: np.concatenate([x**2, np.sum(x**3, keepdims=True)]), 12, 24, 2),
    "full column": (lambda x: x * x[0], 12, 23, 2),
    "full row and column": (
        lambda x: np.concatenate([x**2 * x[0], np.sum(x**3, keepdims=True)]),
        12,
        12 + 11 + 12,
        3,
    ),
    "few rows": (lambda x: np.stack([np.sum(x**2), np.prod(x)]), 12, 24, 2),
    "banded matrix": (lambda x: np.exp(BAND @ x), 8, 15, 2),
    "matrix of data": (lambda x: x.reshape(4, 2) @ np.array([[1.0, 0.0], [2.0, 3.0]]), 8, 12, 2),
    "matrix product": (lambda x: x[:4].reshape(2, 2) @ x[4:].reshape(2, 2), 8, 16, 4),
    "cumulative": (lambda x: np.cumsum(x.reshape(4, 3), axis=0) ** 2, 12, 30, 4),
    "axes": (lambda x: np.max(np.transpose(x.reshape(3, 4)), axis=1), 12, 12, 3),
    "scatter": (lambda x: np.sin(x)[[3, 1, 1]] * 2.0, 5, 3, 1),
    "library": (lambda x: np.linalg.solve(LU, x**2), 3, 9, 3),
    "batch of a library": (
        lambda x: np.linalg.inv(x.reshape(3, 2, 2) + 3.0 * np.eye(2)),
        12,
        48,
        4,
    ),
    "no entries": (np.floor, 4, 0, 0),
    "no results": (lambda x: x[:0], 4, 0, 0),
}


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians(name: str) -> None:
    function, size, entries, most = JACOBIANS[name]
    x = RNG.normal(size=size)
    jacobian = ad.sparse_jacobian(function)
    got = jacobian(x).toarray()
    want = ad.jacobian(function)(x).reshape(got.shape)
    assert_close(got, want, 1e-13, 1e-13 * np.abs(want).max(initial=1.0), name)
    pattern = jacobian.pattern(x).toarray() != 0
    assert not (want[~pattern] != 0).any()
    assert pattern.sum() == entries
    assert jacobian.sweeps(x) <= most


@pytest.mark.parametrize("seed", range(20))
def test_random_programs(seed: int) -> None:
    program, x = programs.build(seed, 8), programs.point(seed)
    want = ad.hessian(program)(x)
    scale = np.abs(want).max(initial=1.0)
    assert_close(ad.sparse_hessian(program)(x).toarray(), want, 1e-10, 1e-10 * scale)


def random_pattern(seed: int, symmetric: bool) -> Any:
    rng = np.random.default_rng(seed)
    rows, columns = (int(n) for n in rng.integers(1, 25, size=2))
    dense = rng.random((rows, rows if symmetric else columns)) < rng.choice([0.05, 0.15, 0.4])
    if symmetric:
        dense |= dense.T | (np.eye(rows) > 0)
    if seed % 3 == 0:  # a full row, and column
        dense[0] = True
        dense[:, 0] |= symmetric
    return scipy.sparse.csr_array(dense.astype(np.int8))


@pytest.mark.parametrize("seed", range(40))
def test_colours_of_columns(seed: int) -> None:
    pattern = random_pattern(seed, symmetric=False)
    colours = colour_columns(pattern)
    for row in pattern.toarray():
        mine = colours[row != 0]
        assert len(set(mine)) == len(mine)
    plan = Plan(pattern)
    assert plan.sweeps <= min(pattern.shape)


@pytest.mark.parametrize("seed", range(40))
def test_star_colours(seed: int) -> None:
    pattern = random_pattern(seed, symmetric=True)
    colours = colour_symmetric(pattern)
    dense = pattern.toarray() != 0
    size = len(dense)
    near = [[j for j in range(size) if dense[i, j] and j != i] for i in range(size)]
    for i in range(size):
        assert all(colours[i] != colours[j] for j in near[i])
        # No path on four vertices with two colours.
        for j, k in itertools.permutations(near[i], 2):
            if colours[j] == colours[k]:
                assert all(colours[far] != colours[i] for far in near[k] if far not in (i, j))


def test_ten_thousand_variables() -> None:
    n = 10_000
    x = np.random.default_rng(2).normal(size=n)
    hessian = ad.sparse_hessian(chained_rosenbrock)
    got = hessian(x)
    # Three products with the Hessian, of which each costs a few gradients: that is the cost.
    assert hessian.sweeps(x) == 3
    assert got.nnz == 3 * n - 2
    diagonal = np.zeros(n)
    diagonal[:-1] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    assert_close(got.diagonal(), diagonal, 1e-13, 1e-9)
    assert_close(got.diagonal(1), -400.0 * x[:-1], 1e-14)
    solved = scipy.sparse.linalg.spsolve(got.tocsc() + 1e4 * scipy.sparse.eye_array(n), x)
    assert np.isfinite(solved).all()


def test_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    right = compressed.Prepared.__init__

    def counted(*args: Any) -> None:
        made.append(1)
        right(*args)

    monkeypatch.setattr(compressed.Prepared, "__init__", counted)
    hessian = ad.sparse_hessian(chained_rosenbrock)
    for _ in range(3):
        hessian(RNG.normal(size=10))
    assert len(made) == 1
    hessian(RNG.normal(size=11))
    assert len(made) == 2


def test_every_path_has_its_pattern() -> None:
    def f(x: Any) -> Any:
        return np.sum(x**2) if x[0] > 0 else np.prod(x)

    hessian = ad.sparse_hessian(f)
    up, down = np.array([1.0, 2.0, 3.0]), np.array([-1.0, 2.0, 3.0])
    for x in (up, down, up, down):
        assert np.array_equal(hessian(x).toarray(), ad.hessian(f)(x))
    assert hessian.pattern(up).nnz == 3
    assert hessian.pattern(down).nnz == 6


def test_too_many_paths() -> None:
    def f(x: Any) -> Any:
        steps = 0
        while x[0] > steps:
            steps += 1
        return np.sum(x**2) * steps

    hessian = ad.sparse_hessian(f)
    for k in range(64):
        hessian(np.array([k + 0.5, 1.0]))
    with pytest.raises(ad.errors.GuardError, match="at most 64 paths"):
        hessian(np.array([64.5, 1.0]))


def test_containers() -> None:
    point = {"a": np.array([1.0, 2.0]), "b": 3.0}
    jacobian = ad.sparse_jacobian(lambda d: {"u": d["a"] ** 2, "v": d["b"] * d["a"][0]})
    want = [[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [3.0, 0.0, 1.0]]
    assert jacobian(point).toarray().tolist() == want
    assert jacobian({"b": 3.0, "a": np.array([1.0, 2.0])}).shape == (3, 3)


def test_results_do_not_share_memory() -> None:
    hessian = ad.sparse_hessian(chained_rosenbrock)
    first = hessian(np.ones(5))
    first.data[:] = 0.0
    first.indices[:] = 0
    assert np.array_equal(hessian(np.ones(5)).toarray(), ad.hessian(chained_rosenbrock)(np.ones(5)))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ad.sparse_hessian(lambda x: x)(np.ones(2)),
            ad.errors.ShapeError,
            r"must be a scalar, got shape \(2,\)",
        ),
        (
            lambda: ad.sparse_jacobian(np.sin)(np.array(["a"])),
            ad.errors.TraceError,
            "must be an array of real numbers",
        ),
        (
            lambda: ad.grad(lambda x: np.sum(ad.sparse_jacobian(np.sin)(x).toarray()))(np.ones(2)),
            ad.errors.TraceError,
            "plain numbers, got a traced value",
        ),
        (
            lambda: ad.sparse_jacobian(ad.external(lambda x: x))(np.ones(2)),
            ad.errors.NoRuleError,
            "runs in Python",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:ad.external")
def test_what_does_not_fit(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
