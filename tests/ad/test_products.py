"""The pass that reads a data matrix once for value and gradient: `X @ beta` inside its loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
from ad import stages
from ad.compiled import Paths

if TYPE_CHECKING:
    from collections.abc import Callable

Density = ad.CompiledDensity


def layouts(density: Density) -> list[str]:
    """How the program's data of two axes lie in memory."""
    code = density._paths.paths[0].code
    return [slot.layout for slot in code.slots if np.ndim(slot.array) == 2]


def check(f: Callable[[Any], Any], dimension: int, seed: int = 0) -> Density:
    """The density in tiles, also where columns are few enough to be written out."""
    x = np.random.default_rng(seed).normal(size=dimension) / np.sqrt(dimension)
    expected, slope = ad.value_and_grad(f)(x)
    for density in (ad.density(f, dimension), tiled(f, dimension)):
        value, gradient = density.logdensity_and_gradient(x)
        assert value == pytest.approx(expected, rel=1e-12)
        assert np.max(np.abs(gradient - slope)) <= 1e-11 * max(1.0, np.max(np.abs(slope)))
    return density


def tiled(f: Callable[[Any], Any], dimension: int) -> Density:
    """A density whose products with data of few columns are products as well."""
    return ad.density(f, dimension, without=("narrow-products",))


def logistic(rows: int, columns: int, seed: int = 0) -> Callable[[Any], Any]:
    rng = np.random.default_rng(seed)
    matrix, y = rng.normal(size=(rows, columns)), (rng.random(rows) < 0.5) * 1.0

    def f(x: Any) -> Any:
        eta = matrix @ x[:columns]
        return np.sum(y * eta - ad.special.log1p_exp(eta)) - 0.5 * np.sum(x * x)

    return f


@pytest.mark.parametrize("rows", [64, 65, 66, 67, 68, 95, 96, 97, 127, 128, 1000])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 31, 130])
def test_every_remainder_of_rows_and_columns(rows: int, columns: int) -> None:
    assert layouts(check(logistic(rows, columns), columns)) == ["tiles"]


def test_few_rows_are_left_alone() -> None:
    assert layouts(check(logistic(63, 3), 3)) == ["values"]


def test_group_effects_and_several_matrices_in_one_loop() -> None:
    rng = np.random.default_rng(3)
    one, two = rng.normal(size=(203, 4)), rng.normal(size=(203, 7))
    group, y = rng.integers(0, 11, 203), rng.poisson(2.0, 203).astype(float)

    def f(x: Any) -> Any:
        eta = 0.3 * (one @ x[:4]) + two @ x[4:11] + x[11:22][group]
        return np.sum(y * eta - np.exp(eta)) - 0.5 * np.sum(x * x)

    assert layouts(check(f, 22)) == ["tiles", "tiles"]


def test_a_scale_that_the_weights_need() -> None:
    rng = np.random.default_rng(4)
    matrix, y = rng.normal(size=(150, 3)), rng.normal(size=150)

    def f(x: Any) -> Any:
        z = (y - matrix @ x[:3]) / np.exp(x[3])
        return -np.sum(np.log1p(z * z)) - 150 * x[3] - 0.5 * np.sum(x * x)

    assert layouts(check(f, 4)) == ["tiles"]


def test_weights_that_wait_for_a_sum_need_the_matrix_twice() -> None:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(130, 3))

    def f(x: Any) -> Any:
        eta = np.exp(matrix @ x)
        return -(np.log(np.sum(eta)) ** 2) - 0.5 * np.sum(x * x)

    check(f, 3)


def test_a_product_read_elsewhere_too() -> None:
    rng = np.random.default_rng(6)
    matrix = rng.normal(size=(100, 3))

    def f(x: Any) -> Any:
        eta = matrix @ x
        return -np.sum(np.exp(eta)) - np.sum(np.square(eta[:10])) - np.sum(eta[1:] * eta[:-1])

    check(f, 3)


def test_the_same_matrix_with_two_vectors() -> None:
    rng = np.random.default_rng(7)
    matrix, y = rng.normal(size=(90, 3)), rng.normal(size=90)

    def f(x: Any) -> Any:
        loc, log_scale = matrix @ x[:3], matrix @ x[3:]
        return np.sum(-0.5 * ((y - loc) / np.exp(log_scale)) ** 2 - log_scale)

    assert layouts(check(f, 6)) == ["tiles"]


def test_values_alone_leave_the_matrix_as_it_is() -> None:
    rng = np.random.default_rng(8)
    matrix = rng.normal(size=(100, 3))
    f = ad.compile(lambda x: np.exp(matrix @ x))
    x = np.array([0.1, -0.2, 0.3])
    np.testing.assert_allclose(f(x), np.exp(matrix @ x), rtol=1e-14)


def test_trouble_in_one_row_is_not_hidden_by_the_padding() -> None:
    rng = np.random.default_rng(9)
    matrix = rng.normal(size=(70, 2))
    matrix[69] = 400.0

    def f(x: Any) -> Any:
        return -np.sum(np.exp(matrix @ x))

    density = tiled(f, 2)
    assert layouts(density) == ["tiles"]
    value, _ = density.logdensity_and_gradient(np.array([1.0, 1.0]))
    assert value == -np.inf
    value, gradient = density.logdensity_and_gradient(np.array([0.0, 0.0]))
    assert value == pytest.approx(-70.0)
    np.testing.assert_allclose(gradient, -matrix.sum(axis=0), rtol=1e-12)


def test_a_wrong_tile_fails_the_same_check(monkeypatch: pytest.MonkeyPatch) -> None:
    from ad import binding  # noqa: PLC0415 - the module whose function is replaced

    right = binding._tiles

    def wrong(matrix: Any) -> Any:
        tiles = right(matrix)
        tiles[-1 - (stages.TILE - 64 % stages.TILE) % stages.TILE] += 1e-6
        return tiles

    monkeypatch.setattr(binding, "_tiles", wrong)
    with pytest.raises(AssertionError):
        check(logistic(64, 3), 3)


@pytest.mark.parametrize("turned", [lambda m: m.T, np.transpose, lambda m: m.swapaxes(0, 1)])
def test_a_matrix_and_its_transpose_are_one_matrix(turned: Callable[[Any], Any]) -> None:
    matrix = np.random.default_rng(0).normal(size=(100, 7))
    check(lambda x: -np.sum((turned(matrix) @ np.tanh(matrix @ x)) ** 2), 7)
    path = tiled(lambda x: turned(matrix) @ np.tanh(matrix @ x) @ x, 7)._paths.paths[0]
    assert [slot.array.shape for slot in path.code.slots if np.ndim(slot.array) == 2] == [(100, 7)]


def test_a_gradient_taken_inside_reads_the_matrix_once_too() -> None:
    function = ad.value_and_grad(logistic(200, 5))
    for without, layout in (("narrow-products",), "tiles"), ((), "values/5"):
        paths = Paths(function, np.ones(5), with_gradient=False, without=without)
        slots = paths.paths[0].code.slots
        assert [slot.layout for slot in slots if np.ndim(slot.array) == 2] == [layout]


@pytest.mark.parametrize("left", ["rows", "columns"])
@pytest.mark.parametrize("right", ["rows", "columns"])
@pytest.mark.parametrize("sizes", [(3, 4, 5), (40, 9, 33), (40, 40, 40)])
def test_products_of_every_layout(left: str, right: str, sizes: tuple[int, int, int]) -> None:
    """Each form has a kernel of its own; the largest goes to BLAS."""
    m, k, n = sizes
    shape = (m, k) if left == "rows" else (k, m)

    def product(x: Any) -> Any:
        a = np.reshape(x[: m * k], shape)
        b = np.reshape(x[m * k :], (k, n) if right == "rows" else (n, k))
        return (a if left == "rows" else a.T) @ (b if right == "rows" else b.T)

    x = np.random.default_rng(0).normal(size=m * k + k * n)
    np.testing.assert_allclose(ad.compile(product)(x), product(x), rtol=1e-12, atol=1e-12)


# ---- products of matrices ------------------------------------------------------------------------


@pytest.mark.parametrize("turned", ["neither", "left", "right", "both"])
@pytest.mark.parametrize("rows", [1, 3, 4, 5, 9])
def test_matrix_products_at_every_edge_of_a_block(rows: int, turned: str) -> None:
    rng = np.random.default_rng(rows)
    for inner in (1, 2, 7):
        for columns in (2, 4, 5, 8, 9, 13, 17):
            left = rng.normal(size=(rows, inner))
            size = inner * columns

            def f(x: Any, left: Any = left, inner: int = inner, columns: int = columns) -> Any:
                right = x.reshape(inner, columns)
                if turned in ("right", "both"):
                    right = x.reshape(columns, inner).T
                if turned in ("left", "both"):
                    return (left.T.copy() * np.cos(x[0])).T @ right
                return (left * np.cos(x[0])) @ right

            x = rng.normal(size=size)
            # Sums of at most 7 products: what rounding can do to them is bounded by their sizes.
            bound = 1e-15 * 16 * np.abs(left).sum() * np.abs(x).max()
            np.testing.assert_allclose(ad.compile(f)(x), f(x), rtol=0, atol=bound)


def test_matrix_products_with_infinities_keep_to_their_places() -> None:
    left, right = np.ones((5, 3)), np.ones((3, 6))
    right[1, 4], left[2, 0] = np.inf, np.nan
    got = ad.compile(lambda x: (x[:15].reshape(5, 3)) @ x[15:].reshape(3, 6))
    point = np.concatenate([left.ravel(), right.ravel()])
    np.testing.assert_array_equal(got(point), left @ right)


@pytest.mark.parametrize("rows", [64, 67, 301])
def test_rows_of_products_read_by_every_column(rows: int) -> None:
    rng = np.random.default_rng(rows)
    matrix, y = rng.normal(size=(rows, 4)), rng.normal(size=rows)
    group = np.sort(rng.integers(0, 6, rows))

    def f(x: Any) -> Any:
        eta = matrix @ x[:4] + x[4:10][group]
        parts = x[10:13] - 0.5 * ((y - eta)[:, None] * np.exp(x[13:16])) ** 2
        shares = np.exp(parts - ad.special.logsumexp(parts, axis=1, keepdims=True))
        return np.sum(ad.special.logsumexp(parts, axis=1)) + np.sum(np.sin(shares) * x[10:13])

    density = check(f, 16)
    assert layouts(density) == ["tiles"]
    assert "w_tile_exp" in density._paths.paths[0].code.text
    assert not density._paths.paths[0].code.library & {"reduce_sum", "reduce_max"}


def test_a_product_as_a_table_of_rows_and_columns() -> None:
    # Its elements are not the rows of the loop that reads them, so it stays outside.
    rng = np.random.default_rng(11)
    matrix = rng.normal(size=(120, 3))

    def f(x: Any) -> Any:
        table = (matrix @ x[:3]).reshape(40, 3)
        return np.sum(np.exp(table * x[3:6] - x[6:46][:, None])) - np.sum(
            np.sum(table, axis=1) ** 2
        )

    assert layouts(check(f, 46)) == ["values"]
