"""Maps that no set needs by itself: composition, flows, quantiles."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import transforms as tr

RNG = np.random.default_rng(5)
LAYERS = ([RNG.normal(size=(7, 4)), RNG.normal(size=(8, 7))], [RNG.normal(size=7), np.zeros(8)])
SPLINE = tr.RationalQuadraticSpline(
    RNG.normal(size=6), RNG.normal(size=6), RNG.normal(size=5), bound=4.0
)
# A map, and the shape of one unconstrained value.
MAPS: list[tuple[tr.Transform, tuple[int, ...]]] = [
    (tr.Exp(), ()),
    (tr.Exp().inv, ()),
    (tr.Softplus(), ()),
    (tr.Sigmoid(), ()),
    (tr.Affine(2.0, -3.0), ()),
    (tr.Circular(), ()),
    (tr.Compose(), ()),
    (tr.Compose(tr.Affine(1.0, 0.5), tr.Sigmoid(), tr.Affine(-1.0, 4.0)), ()),
    (tr.Compose(tr.Softplus(), tr.Exp().inv).inv, ()),
    (tr.Compose(tr.Affine(0.0, 0.5), tr.Ordered(), tr.Exp(1)), (4,)),
    (tr.Stack([tr.Exp(), tr.Ordered(), tr.Identity()], [1, 3, 1]), (5,)),
    (tr.Permute([2, 0, 3, 1]), (4,)),
    (tr.Reshape((6,), (2, 3)), (6,)),
    (tr.CDF(ppl.Normal(1.0, 2.0)), ()),
    (tr.Compose(tr.CDF(ppl.Normal()), tr.CDF(ppl.Gamma(concentration=2.0, rate=3.0)).inv), ()),
    (SPLINE, ()),
    (SPLINE.inv, ()),
    (tr.InverseAutoregressive(*LAYERS), (4,)),
    (tr.InverseAutoregressive([np.ones((2, 1))], [np.array([0.5, 0.3])]), (1,)),
    (tr.Planar(np.array([1.0, -2.0, 0.5]), np.array([-3.0, 2.0, 1.0]), 0.3), (3,)),
]
EACH = pytest.mark.parametrize(("transform", "shape"), MAPS, ids=[repr(t)[:40] for t, _ in MAPS])


def values(transform: tr.Transform, shape: tuple[int, ...]) -> Any:
    """Points of the domain."""
    x = np.random.default_rng(7).uniform(-2.5, 2.5, (6, *shape))
    positive = "Exp().inv" in repr(transform) or repr(transform).startswith("Compose(Exp(")
    return np.exp(x) if positive else x


@EACH
def test_laws(transform: tr.Transform, shape: tuple[int, ...]) -> None:
    xs = values(transform, shape)
    ys, logs = transform.forward(xs), transform.log_jacobian(xs)
    assert np.shape(logs) == (6,)
    assert np.shape(ys) == transform.constrained_shape(np.shape(xs))
    assert transform.unconstrained_shape(np.shape(ys)) == np.shape(xs)
    np.testing.assert_allclose(transform.inverse(ys), xs, rtol=1e-11, atol=1e-12)
    for x, y, log in zip(xs, ys, logs, strict=True):
        np.testing.assert_allclose(transform.forward(x), y, rtol=1e-13, atol=1e-14)
        jacobian = ad.jacobian(lambda v: np.ravel(transform.forward(v.reshape(shape))))(np.ravel(x))
        assert np.linalg.slogdet(jacobian)[1] == pytest.approx(float(log), rel=1e-12, abs=1e-12)


@EACH
def test_inverse_is_differentiable(transform: tr.Transform, shape: tuple[int, ...]) -> None:
    x = values(transform, shape)[0]
    y = transform.forward(x)
    jacobian = ad.jacobian(lambda v: np.ravel(transform.inverse(v.reshape(np.shape(y)))))(
        np.ravel(y)
    )
    want = -float(transform.log_jacobian(x))
    assert np.linalg.slogdet(jacobian)[1] == pytest.approx(want, rel=1e-10, abs=1e-10)
    assert float(transform.inv.log_jacobian(y)) == pytest.approx(want, rel=1e-10, abs=1e-10)


@EACH
def test_native_code_agrees(transform: tr.Transform, shape: tuple[int, ...]) -> None:
    xs = values(transform, shape)
    weights = np.cos(np.arange(np.size(transform.forward(xs))))

    def density(v: Any) -> Any:
        x = v.reshape(xs.shape)
        total = np.sum(weights * np.ravel(transform.forward(x)))
        return total + np.sum(transform.log_jacobian(x)) + np.sum(x**2)

    value, slope = ad.value_and_grad(density)(xs.ravel())
    native, gradient = ad.density(density, xs.size).logdensity_and_gradient(xs.ravel())
    assert native == pytest.approx(float(value), rel=1e-12)
    np.testing.assert_allclose(gradient, slope, rtol=1e-10, atol=1e-11 * np.max(np.abs(slope)))


@pytest.mark.parametrize("x", [-700.0, -36.0, -1e-8, 0.0, 1e-8, 36.0, 700.0])
def test_softplus_far_out(x: float) -> None:
    with mp.workdps(500):
        y = mp.log1p(mp.exp(mp.mpf(x)))
        log = -mp.log1p(mp.exp(-mp.mpf(x)))
    softplus = tr.Softplus()
    assert float(softplus.forward(x)) == pytest.approx(float(y), rel=1e-14)
    assert float(softplus.log_jacobian(x)) == pytest.approx(float(log), rel=1e-14)
    assert float(softplus.inverse(softplus.forward(x))) == pytest.approx(x, rel=1e-12, abs=1e-14)


def test_circular_winds() -> None:
    x = np.array([-9.0, -np.pi + 1e-9, -1.5, 0.0, 1.6, 3.0, 4.0, 100.0])
    np.testing.assert_allclose(
        tr.Circular().forward(x), np.arctan2(np.sin(x), np.cos(x)), rtol=1e-13
    )
    assert isinstance(tr.transform_for(ppl.constraints.angle), tr.Circular)


def test_the_spline_joins_the_identity() -> None:
    x = np.array([-9.0, -4.0, 4.0, 9.0])
    np.testing.assert_array_equal(SPLINE.forward(x), x)
    np.testing.assert_array_equal(SPLINE.log_jacobian(x), 0.0)
    inside = np.linspace(-3.999, 3.999, 500)
    assert np.all(np.diff(SPLINE.forward(inside)) > 0)
    near = SPLINE.log_jacobian(np.array([-4.0 + 1e-9, 4.0 - 1e-9]))
    np.testing.assert_allclose(near, 0.0, atol=1e-6)


def test_the_flow_is_autoregressive() -> None:
    flow = tr.InverseAutoregressive(*LAYERS)
    jacobian = ad.jacobian(flow.forward)(np.array([0.3, -0.2, 0.5, 0.9]))
    assert np.all(jacobian[np.triu_indices(4, 1)] == 0.0)
    assert np.all(jacobian[np.tril_indices(4, -1)] != 0.0)


def test_planar_stays_invertible() -> None:
    # w . push = -30 would fold space; the part along w is changed.
    flow = tr.Planar(np.array([3.0, 0.0]), np.array([-10.0, 1.0]), 0.0)
    x = np.random.default_rng(1).normal(size=(50, 2))
    np.testing.assert_allclose(flow.inverse(flow.forward(x)), x, atol=1e-9)
    assert np.all(np.isfinite(flow.log_jacobian(x)))


def test_wrong_arguments() -> None:
    with pytest.raises(ppl.ShapeError, match="order must have each of 0 to n - 1 once"):
        tr.Permute([0, 0, 1])
    with pytest.raises(ppl.ShapeError, match="as many elements"):
        tr.Reshape((2, 3), (5,))
    with pytest.raises(ppl.ShapeError, match="each transform must have a size"):
        tr.Stack([tr.Exp()], [1, 2])
    with pytest.raises(ppl.ShapeError, match="last axis must have size 3"):
        tr.Stack([tr.Exp(), tr.Identity()], [1, 2]).forward(np.zeros(4))
    with pytest.raises(ppl.ShapeError, match="maps of numbers or vectors"):
        tr.Stack([tr.Covariance()], [3])
    with pytest.raises(ppl.ShapeError, match="layers must fit each other"):
        tr.InverseAutoregressive([np.ones((3, 2))], [np.ones(3)])
    with pytest.raises(ppl.ShapeError, match="heights and slopes must have 4 and 3"):
        tr.RationalQuadraticSpline(np.zeros(4), np.zeros(4), np.zeros(4))
    with pytest.raises(ppl.ShapeError, match="continuous and of numbers"):
        tr.CDF(ppl.Poisson(2.0))
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = tr.Nonsense
