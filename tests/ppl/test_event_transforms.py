"""Transforms of vectors and matrices: Stan's definitions, derivatives, inverses, images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import pytest

import ad
import ppl
from ppl import constraints
from ppl.transforms import IsometricLogRatio, Transform, UnitVector, transform_for

from . import stan_maps as stan

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppl.constraints import Constraint

EPS = 2.0**-52


@dataclass(frozen=True)
class Map:
    """A set, the shape of a value, Stan's map, and the values that determine the others.

    `free` marks elements of y (flattened) that have a Jacobian with x; None for none.
    """

    name: str
    constraint: Constraint
    shape: tuple[int, ...]
    exact: Callable[[list[Any]], tuple[Any, Any]]
    free: Any
    given: Transform | None = None

    @property
    def transform(self) -> Transform:
        return self.given or transform_for(self.constraint)


def first(n: int) -> Any:
    return np.arange(n + 1) < n


def lower(n: int, k: int = 0) -> Any:
    return np.tri(n, n, k).ravel() > 0


MAPS = [
    Map("ordered", constraints.ordered, (5,), stan.ordered, np.ones(5, bool)),
    Map(
        "positive_ordered",
        constraints.positive_ordered,
        (4,),
        stan.positive_ordered,
        np.ones(4, bool),
    ),
    Map("simplex", constraints.simplex, (5,), stan.simplex, first(4)),
    Map("ilr", constraints.simplex, (5,), stan.isometric, first(4), IsometricLogRatio()),
    Map("zero_sum", constraints.zero_sum, (6,), stan.zero_sum, None),
    Map(
        "zero_sum_matrix",
        constraints.zero_sum_matrix,
        (3, 4),
        lambda u: stan.zero_sum_matrix(u, 3),
        None,
    ),
    Map("unit_vector", constraints.unit_vector, (3,), stan.unit_vector, None),
    Map(
        "row_stochastic",
        constraints.row_stochastic,
        (2, 4),
        lambda u: stan.row_stochastic(u, 2),
        np.tile(first(3), 2),
    ),
    Map(
        "column_stochastic",
        constraints.column_stochastic,
        (4, 3),
        lambda u: stan.column_stochastic(u, 4),
        np.repeat(first(3), 3),
    ),
    Map(
        "covariance_cholesky",
        constraints.covariance_cholesky(),
        (3, 3),
        lambda u: stan.covariance_cholesky(u, 3, 3),
        lower(3),
    ),
    Map(
        "tall_covariance_cholesky",
        constraints.covariance_cholesky(2),
        (4, 2),
        lambda u: stan.covariance_cholesky(u, 4, 2),
        np.tri(4, 2).ravel() > 0,
    ),
    Map(
        "covariance",
        constraints.positive_definite,
        (3, 3),
        lambda u: stan.covariance(u, 3),
        lower(3),
    ),
    Map(
        "correlation_cholesky",
        constraints.correlation_cholesky,
        (4, 4),
        lambda u: stan.correlation_cholesky(u, 4),
        lower(4, -1),
    ),
    Map(
        "correlation",
        constraints.correlation,
        (4, 4),
        lambda u: stan.correlation(u, 4),
        lower(4, -1),
    ),
]
EACH = pytest.mark.parametrize("case", MAPS, ids=[case.name for case in MAPS])
NARROW = {"covariance", "correlation"}  # products: small elements are differences


def points(case: Map) -> list[Any]:
    """Unconstrained values: the origin, ordinary ones, and far ones."""
    shape = case.transform.unconstrained_shape(case.shape)
    rng = np.random.default_rng(len(case.name))
    far = (30.0, 300.0) if case.name not in NARROW else (5.0, 15.0)
    return [np.zeros(shape), *(rng.uniform(-r, r, shape) for r in (0.5, 2.0, *far))]


@EACH
def test_forward_is_stans_definition(case: Map) -> None:
    for x in points(case):
        if case.name == "unit_vector" and not np.any(x):
            continue  # no direction
        with mp.workdps(700):
            exact, log = case.exact([mp.mpf(v) for v in x.ravel()])
            want = np.array(exact, dtype=object).astype(float).reshape(case.shape)
        got = case.transform.forward(x)
        assert got.shape == case.shape
        if case.name in NARROW or case.name.startswith("zero"):
            np.testing.assert_allclose(got, want, rtol=0, atol=1e-14 * np.max(np.abs(want)))
        else:
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-300)
        assert case.transform.log_jacobian(x) == pytest.approx(float(log), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("case", [case for case in MAPS if case.name != "unit_vector"])
def test_log_jacobian_is_what_differentiation_says(case: Map) -> None:
    for x in points(case)[:3]:
        jacobian = ad.jacobian(lambda v, x=x: np.ravel(case.transform.forward(v.reshape(x.shape))))(
            x.ravel()
        )
        if case.free is None:  # lengths are kept
            got = 0.5 * np.linalg.slogdet(jacobian.T @ jacobian)[1]
        else:
            got = np.linalg.slogdet(jacobian[case.free])[1]
        assert got == pytest.approx(float(case.transform.log_jacobian(x)), rel=1e-12, abs=1e-12)


@EACH
def test_inverse_undoes(case: Map) -> None:
    for x in points(case)[:3]:
        y = case.transform.forward(x)
        back = case.transform.inverse(y)
        assert back.shape == x.shape
        if case.name == "unit_vector":
            np.testing.assert_allclose(case.transform.forward(back), y, rtol=1e-15)
        else:
            np.testing.assert_allclose(back, x, rtol=1e-12, atol=1e-13)


@EACH
def test_image_is_in_the_set(case: Map) -> None:
    for x in points(case)[:-1]:
        y = case.transform.forward(x)
        if np.all(np.isfinite(y)) and np.max(np.abs(x)) <= 15:
            assert case.constraint.check(y) is None
        if case.name in ("simplex", "ilr", "unit_vector", "row_stochastic", "column_stochastic"):
            assert case.constraint.check(y) is None


@EACH
def test_batches_are_the_values_one_by_one(case: Map) -> None:
    x = np.random.default_rng(1).normal(
        size=(2, 3, *case.transform.unconstrained_shape(case.shape))
    )
    y, log = case.transform.forward(x), case.transform.log_jacobian(x)
    assert y.shape == (2, 3, *case.shape)
    assert np.shape(log) == (2, 3)
    assert case.transform.unconstrained_shape(y.shape) == x.shape
    assert case.transform.constrained_shape(x.shape) == y.shape
    back = case.transform.inverse(y)
    for i in np.ndindex(2, 3):
        np.testing.assert_allclose(y[i], case.transform.forward(x[i]), rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(log[i], case.transform.log_jacobian(x[i]), rtol=1e-14)
        np.testing.assert_allclose(back[i], case.transform.inverse(y[i]), rtol=1e-13, atol=1e-14)


@EACH
def test_native_code_agrees(case: Map) -> None:
    shape = case.transform.unconstrained_shape(case.shape)
    weights = np.cos(np.arange(np.prod(case.shape))).reshape(case.shape)

    def density(v: Any) -> Any:
        x = v.reshape(shape)
        return np.sum(weights * case.transform.forward(x)) + np.sum(case.transform.log_jacobian(x))

    x = points(case)[2].ravel()
    value, slope = ad.value_and_grad(density)(x)
    native, gradient = ad.density(density, x.size).logdensity_and_gradient(x)
    assert native == pytest.approx(float(value), rel=1e-12)
    np.testing.assert_allclose(gradient, slope, rtol=1e-11, atol=1e-12 * np.max(np.abs(slope)))


@EACH
def test_a_parameter_without_a_prior(case: Map) -> None:
    def model() -> None:
        ppl.sample("x", ppl.ImproperUniform(case.constraint, event_shape=case.shape))

    transform = transform_for(case.constraint)
    posterior = ppl.Posterior(model)
    x = np.random.default_rng(2).uniform(-1, 1, posterior.dimension)
    point = x.reshape(transform.unconstrained_shape(case.shape))
    value, gradient = posterior.logdensity_and_gradient(x)
    assert value == pytest.approx(float(transform.log_jacobian(point)), rel=1e-13, abs=1e-13)
    want = ad.grad(lambda v: transform.log_jacobian(v.reshape(point.shape)) + 0.0 * v[0])(x)
    np.testing.assert_allclose(gradient, want, rtol=1e-12, atol=1e-13)
    y = posterior.constrain(x[None])["x"][0]
    np.testing.assert_allclose(y, transform.forward(point), rtol=1e-13, atol=1e-15)
    if case.name != "unit_vector":
        np.testing.assert_allclose(posterior.unconstrain({"x": y}), x, rtol=1e-11, atol=1e-12)


def test_partial_correlations_do_not_cancel() -> None:
    # 1 - sum of squares would leave nothing of a diagonal of 1e-26.
    transform = transform_for(constraints.correlation_cholesky)
    x = np.full(6, 20.0)
    y = transform.forward(x)
    assert y[3, 3] == pytest.approx(1 / np.cosh(20.0) ** 3, rel=1e-12)
    np.testing.assert_allclose(transform.inverse(y), x, rtol=1e-12)


def test_the_origin_has_a_direction() -> None:
    y = UnitVector().forward(np.zeros(3))
    np.testing.assert_array_equal(y, [1.0, 0.0, 0.0])
    assert np.isfinite(ad.grad(lambda x: UnitVector().forward(x)[1])(np.zeros(3))).all()
    np.testing.assert_allclose(UnitVector().forward(np.array([3e200, 4e200])), [0.6, 0.8])


def test_a_wrong_jacobian_is_noticed() -> None:
    # Negative control: the comparison refuses the log-Jacobian of the other simplex map.
    x = np.array([0.3, -0.4, 1.0])
    jacobian = ad.jacobian(transform_for(constraints.simplex).forward)(x)
    wrong = float(IsometricLogRatio().log_jacobian(x))
    assert np.linalg.slogdet(jacobian[:3])[1] != pytest.approx(wrong, abs=1e-2)


@pytest.mark.parametrize("name", ["covariance", "correlation", "correlation_cholesky"])
def test_wrong_sizes(name: str) -> None:
    transform = {case.name: case for case in MAPS}[name].transform
    with pytest.raises(ppl.ShapeError, match="must be square, got shape"):
        transform.unconstrained_shape((2, 3))
    with pytest.raises(ppl.ShapeError, match=r"must fill a triangle, got shape \(4,\)"):
        transform.forward(np.zeros(4))
    with pytest.raises(ppl.ShapeError, match="must have 2 or more axes"):
        transform.unconstrained_shape((3,))
