"""Maps that no set needs by itself: composition, flows, quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import constraints
from ppl import transforms as tr

if TYPE_CHECKING:
    from ppl.constraints import Constraint

RNG = np.random.default_rng(5)
LAYERS = ([RNG.normal(size=(7, 4)), RNG.normal(size=(8, 7))], [RNG.normal(size=7), np.zeros(8)])
SPLINE = tr.RationalQuadraticSpline(
    RNG.normal(size=6), RNG.normal(size=6), RNG.normal(size=5), bound=4.0
)


@dataclass(frozen=True)
class Bijector:
    """A map, the shape of one unconstrained value, where that lies, and the image.

    Of maps of all real numbers or vectors onto all, both sets are `real`. Ordinary values are up to
    2.5 in size, far ones up to `far`; from `lost` on the image rounds to an end of its set.
    """

    transform: tr.Transform
    shape: tuple[int, ...] = ()
    image: Constraint = constraints.real
    domain: Constraint = constraints.real
    far: float = 30.0
    lost: float = math.inf

    def values(self, size: float) -> Any:
        """Points of the domain, of which six are random."""
        x = np.random.default_rng(7).uniform(-size, size, (6, *self.shape))
        if self.domain is constraints.real:
            return np.concatenate([x, np.zeros((1, *self.shape)), np.full((1, *self.shape), -size)])
        return tr.transform_for(self.domain).forward(x)


UNIT, POSITIVE = constraints.unit_interval, constraints.positive
TO_GAMMA = tr.CDF(ppl.Gamma(concentration=2.0, rate=3.0)).inv
MAPS = [
    Bijector(tr.Exp(), image=POSITIVE, far=700.0),
    Bijector(tr.Exp().inv, domain=POSITIVE, far=700.0),
    Bijector(tr.Identity(), far=1e300),
    Bijector(tr.Lower(2.0), image=constraints.greater_than(2.0)),
    Bijector(tr.Upper(-1.0), image=constraints.less_than(-1.0)),
    Bijector(tr.Interval(-2.0, 7.0), image=constraints.interval(-2.0, 7.0)),
    Bijector(tr.Softplus(), image=POSITIVE, far=700.0),
    Bijector(tr.Softplus().inv, domain=POSITIVE, far=700.0),
    Bijector(tr.Sigmoid(), image=UNIT, far=700.0, lost=30.0),
    Bijector(tr.Affine(2.0, -3.0), far=1e300),
    Bijector(tr.Circular(), image=constraints.angle, far=3.0),
    Bijector(tr.Compose(), far=1e300),
    Bijector(
        tr.Compose(tr.Affine(1.0, 0.5), tr.Sigmoid(), tr.Affine(-1.0, 4.0)),
        image=constraints.interval(-1.0, 3.0),
    ),
    Bijector(tr.Compose(tr.Softplus(), tr.Exp().inv).inv, far=3.0),
    Bijector(
        tr.Compose(tr.Affine(0.0, 0.5), tr.Ordered(), tr.Exp(1)),
        (4,),
        image=constraints.positive_ordered,
        far=5.0,
    ),
    Bijector(tr.Stack([tr.Exp(), tr.Ordered(), tr.Identity()], [1, 3, 1]), (5,)),
    Bijector(tr.Permute([2, 0, 3, 1]), (4,), far=1e300),
    Bijector(tr.Reshape((6,), (2, 3)), (6,), far=1e300),
    Bijector(tr.CDF(ppl.Normal(1.0, 2.0)), image=UNIT, lost=15.0),
    Bijector(tr.Compose(tr.CDF(ppl.Normal()), TO_GAMMA), image=POSITIVE, far=5.0),
    Bijector(SPLINE),
    Bijector(SPLINE.inv),
    Bijector(tr.InverseAutoregressive(*LAYERS), (4,)),
    Bijector(tr.InverseAutoregressive([np.ones((2, 1))], [np.array([0.5, 0.3])]), (1,)),
    Bijector(tr.Planar(np.array([1.0, -2.0, 0.5]), np.array([-3.0, 2.0, 1.0]), 0.3), (3,)),
]
EACH = pytest.mark.parametrize("case", MAPS, ids=[repr(case.transform)[:40] for case in MAPS])
EPS = 2.0**-52


def jacobian(case: Bijector, x: Any) -> Any:
    def flat(v: Any) -> Any:
        return np.ravel(case.transform.forward(v.reshape(case.shape)))

    return ad.jacobian(flat)(np.ravel(x))


def log_det(matrix: Any) -> float:
    """With its digits where elements are huge or tiny."""
    scale = np.max(np.abs(matrix), axis=1, keepdims=True)
    return float(np.linalg.slogdet(matrix / scale)[1] + np.sum(np.log(scale)))


@EACH
def test_shapes_and_batches(case: Bijector) -> None:
    transform, xs = case.transform, case.values(2.5)
    ys, logs = transform.forward(xs), transform.log_jacobian(xs)
    assert np.shape(logs) == xs.shape[:1]
    assert np.shape(ys) == transform.constrained_shape(np.shape(xs))
    assert transform.unconstrained_shape(np.shape(ys)) == np.shape(xs)
    for x, y, log in zip(xs, ys, logs, strict=True):
        np.testing.assert_allclose(transform.forward(x), y, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(transform.log_jacobian(x), log, rtol=1e-13, atol=1e-14)


@EACH
def test_log_jacobian_is_what_differentiation_says(case: Bijector) -> None:
    for size in (2.5, case.far):
        for x in case.values(size):
            got = float(case.transform.log_jacobian(x))
            assert log_det(jacobian(case, x)) == pytest.approx(got, rel=1e-12, abs=1e-12), x


@EACH
def test_inverse_undoes(case: Bijector) -> None:
    for size in (2.5, min(case.far, case.lost)):
        for x in case.values(size):
            y = case.transform.forward(x)
            back = case.transform.inverse(y)
            assert np.shape(back) == np.shape(x)
            # What rounding of y and of x in their last places can do to x.
            slopes = np.abs(np.linalg.inv(jacobian(case, x)))
            slack = 4 * EPS * (slopes @ np.abs(np.ravel(y)))
            error = np.abs(np.ravel(back - x))
            assert np.all(error <= 1e-12 * np.maximum(np.abs(np.ravel(x)), 1e-3) + slack), x


@EACH
def test_image_is_in_the_set(case: Bijector) -> None:
    for size in (2.5, case.far):
        y = case.transform.forward(case.values(size))
        assert np.all(np.isfinite(y))
        assert case.image is constraints.real or case.image.check(y) is None


def test_a_wrong_jacobian_inverse_or_image_is_noticed() -> None:
    # Negative controls: the comparisons refuse another map of the same numbers.
    class Wrong(tr.Transform):
        def forward(self, x: Any) -> Any:
            return np.exp(x)

        def log_jacobian(self, x: Any) -> Any:
            return x * (1.0 + 1e-10) + 1e-10

        def inverse(self, y: Any) -> Any:
            return np.log(y) * (1.0 + 1e-10)

    wrong = Bijector(Wrong(), image=UNIT)
    for test in (
        test_log_jacobian_is_what_differentiation_says,
        test_inverse_undoes,
        test_image_is_in_the_set,
    ):
        with pytest.raises(AssertionError):
            test(wrong)


@EACH
def test_inverse_is_differentiable(case: Bijector) -> None:
    transform, x = case.transform, case.values(2.5)[0]
    y = transform.forward(x)
    turned = ad.jacobian(lambda v: np.ravel(transform.inverse(v.reshape(np.shape(y)))))(np.ravel(y))
    want = -float(transform.log_jacobian(x))
    assert np.linalg.slogdet(turned)[1] == pytest.approx(want, rel=1e-10, abs=1e-10)
    assert float(transform.inv.log_jacobian(y)) == pytest.approx(want, rel=1e-10, abs=1e-10)


@EACH
def test_native_code_agrees(case: Bijector) -> None:
    transform, xs = case.transform, case.values(2.5)
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
