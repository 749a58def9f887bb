"""Jacobians and Hessians: both modes, nested, compiled; and how many sweeps they take."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from ad import jacobians
from tests.ad import programs
from tests.ad.harness import assert_close

A = np.array([[1.0, -2.0, 0.5], [0.3, 0.7, -1.1]])


def layer(x: Any) -> Any:
    return np.tanh(A @ x)


def layer_slope(x: Any) -> Any:
    return (1.0 - np.tanh(A @ x) ** 2)[:, None] * A


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_jacobian_of_a_layer(mode: str) -> None:
    x = np.array([0.3, -0.2, 0.9])
    assert_close(ad.jacobian(layer, mode=mode)(x), layer_slope(x), 1e-14, 1e-16)
    compiled = ad.compile(ad.jacobian(layer, mode=mode))
    assert_close(compiled(x), layer_slope(x), 1e-14, 1e-16)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_axes_come_in_order(mode: str) -> None:
    x = np.arange(6.0).reshape(2, 3)
    got = ad.jacobian(lambda x: np.transpose(x)[..., None] * 2.0, mode=mode)(x)
    assert got.shape == (3, 2, 1, 2, 3)
    want = np.zeros((3, 2, 1, 2, 3))
    for i in range(2):
        for j in range(3):
            want[j, i, 0, i, j] = 2.0
    assert np.array_equal(got, want)


@pytest.mark.parametrize("outer", ["forward", "reverse"])
@pytest.mark.parametrize("inner", ["forward", "reverse"])
def test_jacobian_of_a_jacobian(outer: str, inner: str) -> None:
    x = np.array([0.3, -0.2, 0.9])
    twice = ad.jacobian(ad.jacobian(layer, mode=inner), mode=outer)(x)
    # d/dx (1 - t^2) A = -2 t (1 - t^2) A A.
    t = np.tanh(A @ x)
    want = (-2.0 * t * (1.0 - t**2))[:, None, None] * A[:, :, None] * A[:, None, :]
    assert_close(twice, want, 1e-13, 1e-16)


def test_hessian_is_symmetric_to_the_last_bit() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(3, 4))
    hessian = ad.hessian(lambda x: np.prod(np.sin(x)) + np.sum(np.exp(x) @ x.T))(x)
    flat = hessian.reshape(12, 12)
    assert np.array_equal(flat, flat.T)

    # Against forward over forward, a pair of directions at a time.
    def along(v: Any) -> Callable[[Any], Any]:
        return lambda x: ad.jvp(lambda x: np.prod(np.sin(x)) + np.sum(np.exp(x) @ x.T), (x,), (v,))[
            1
        ]

    for _ in range(3):
        u, v = rng.normal(size=(2, 3, 4))
        both = ad.jvp(along(u), (x,), (v,))[1]
        assert both == pytest.approx(u.ravel() @ flat @ v.ravel(), rel=1e-12)


def test_what_has_no_elements() -> None:
    assert ad.jacobian(lambda x: x * 2.0, mode="forward")(np.zeros(0)).shape == (0, 0)
    assert ad.jacobian(lambda x: x * 2.0, mode="reverse")(np.zeros((0, 2))).shape == (0, 2, 0, 2)
    assert ad.jacobian(np.sum)(np.zeros(0)).shape == (0,)
    assert ad.jacobian(lambda x: x[:0], mode="reverse")(np.ones(3)).shape == (0, 3)
    assert ad.hessian(np.sum)(np.zeros(0)).shape == (0, 0)


def test_what_does_not_depend_on_the_argument() -> None:
    assert ad.jacobian(lambda x: np.ones(2))(np.ones(3)).tolist() == [[0.0] * 3] * 2
    assert ad.hessian(lambda x: 1.0)(np.ones(2)).tolist() == [[0.0] * 2] * 2
    assert ad.hessian(np.sum)(np.ones(2)).tolist() == [[0.0] * 2] * 2


def test_basis_vectors_in_several_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.linspace(0.1, 0.9, 7)
    whole = ad.jacobian(lambda x: np.outer(x, np.sin(x)))(x)
    monkeypatch.setattr(jacobians, "MOST_ELEMENTS", 100)
    assert np.array_equal(ad.jacobian(lambda x: np.outer(x, np.sin(x)))(x), whole)


def test_auto_takes_the_mode_with_fewer_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[str] = []
    for name in ("_columns", "_rows"):
        right = getattr(jacobians, name)

        def noted(linear: Any, name: str = name, right: Any = right) -> Any:
            used.append(name)
            return right(linear)

        monkeypatch.setattr(jacobians, name, noted)
    ad.jacobian(lambda x: x[0] * np.ones(5))(np.ones(2))
    ad.jacobian(lambda x: np.stack([np.sum(x), x[0]]))(np.ones(5))
    ad.jacobian(lambda x: x)(np.ones(5))
    assert used == ["_columns", "_rows", "_columns"]


def test_the_function_is_called_once() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(1)
        return np.sin(x)

    ad.jacobian(f)(np.ones(50))
    assert len(calls) == 1


def test_through_branches() -> None:
    def f(x: Any) -> Any:
        return x**2 if x[0] > 0 else x**3

    assert ad.jacobian(f)(np.array([2.0, 3.0])).tolist() == [[4.0, 0.0], [0.0, 6.0]]
    assert ad.jacobian(f)(np.array([-2.0, 3.0])).tolist() == [[12.0, 0.0], [0.0, 27.0]]
    compiled = ad.compile(ad.jacobian(f))
    for x in ([2.0, 3.0], [-2.0, 3.0], [1.0, 1.0]):
        assert np.array_equal(compiled(np.array(x)), ad.jacobian(f)(np.array(x)))


def test_inside_another_trace() -> None:
    # tr H of a product of sines, differentiated: -n prod sin, whose slope is -n cos prod others.
    x = np.array([0.3, 0.8, 1.2])
    laplacian = ad.grad(lambda x: np.trace(ad.hessian(lambda y: np.prod(np.sin(y)))(x)))(x)
    assert_close(laplacian, -3.0 * np.prod(np.sin(x)) / np.tan(x), 1e-13)


@pytest.mark.parametrize("seed", range(25))
def test_random_programs_in_both_modes(seed: int) -> None:
    program, x = programs.build(seed, 10), programs.point(seed)
    forward = ad.jacobian(program, mode="forward")(x)
    reverse = ad.grad(program)(x)
    scale = np.abs(reverse).max()
    assert_close(forward, reverse, 1e-12, 1e-12 * scale)
    whole = ad.hessian(program)(x)
    v = np.cos(np.arange(x.size))
    assert_close(whole @ v, ad.hvp(program, (x,), (v,)), 1e-11, 1e-11 * np.abs(whole).max())


def test_bad_input() -> None:
    with pytest.raises(ValueError, match=r"mode must be one of .* got 'sideways' \(.*\.py:\d+\)"):
        ad.jacobian(np.sin, mode="sideways")
    with pytest.raises(ad.errors.TraceError, match="argnums"):
        ad.jacobian(np.sin, argnums=2)(1.0)
    with pytest.raises(ad.errors.TraceError, match="argnums"):
        ad.hessian(np.sin, argnums=-3)(1.0)
    with pytest.raises(ad.errors.ShapeError, match="scalar"):
        ad.hessian(np.sin)(np.ones(2))
