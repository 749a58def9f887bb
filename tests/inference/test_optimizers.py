"""Optimisers: the papers' formulas one number at a time, schedules, and whole minimisations."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import inference
from inference import optimizers
from inference.optimizers import Adam, GradientDescent, RMSProp

GRADIENTS = np.random.default_rng(1).normal(size=(20, 3))
START = np.array([1.0, -2.0, 0.5])


def follow(optimizer: optimizers.Optimizer) -> optimizers.base.Array:
    x = START.copy()
    for gradient in GRADIENTS:
        optimizer.step(x, gradient)
    return x


def test_adam_with_decoupled_decay_is_algorithm_2() -> None:
    rate, b1, b2, eps, decay = 0.05, 0.8, 0.95, 1e-3, 0.1
    expected = []
    for k, x in enumerate(START):
        theta, m, v = float(x), 0.0, 0.0
        for t, g in enumerate(GRADIENTS[:, k], start=1):
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            m_hat, v_hat = m / (1 - b1**t), v / (1 - b2**t)
            theta -= rate * (m_hat / (math.sqrt(v_hat) + eps) + decay * theta)
        expected.append(theta)
    found = follow(Adam(rate, beta1=b1, beta2=b2, epsilon=eps, weight_decay=decay))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_rmsprop_is_the_lecture_s() -> None:
    expected = []
    for k, x in enumerate(START):
        theta, s = float(x), 0.0
        for g in GRADIENTS[:, k]:
            s = 0.7 * s + 0.3 * g * g
            theta -= 0.02 * g / (math.sqrt(s) + 1e-6)
        expected.append(theta)
    np.testing.assert_allclose(follow(RMSProp(0.02, decay=0.7, epsilon=1e-6)), expected)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum(nesterov: bool) -> None:
    expected = []
    for k, x in enumerate(START):
        theta, v = float(x), 0.0
        for g in GRADIENTS[:, k]:
            v = 0.9 * v + g
            theta -= 0.1 * (g + 0.9 * v if nesterov else v)
        expected.append(theta)
    found = follow(GradientDescent(0.1, momentum=0.9, nesterov=nesterov))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_gradient_descent_on_a_quadratic_contracts_by_its_rate() -> None:
    x = np.array([1.0, 1.0])
    curvature = np.array([1.0, 3.0])
    optimizer = GradientDescent(0.2)
    for _ in range(10):
        optimizer.step(x, curvature * x)
    np.testing.assert_allclose(x, (1 - 0.2 * curvature) ** 10)


def test_clipping_keeps_the_direction() -> None:
    x = np.zeros(2)
    GradientDescent(1.0, clip=1.0).step(x, np.array([3.0, 4.0]))
    np.testing.assert_allclose(x, [-0.6, -0.8])
    GradientDescent(1.0, clip=10.0).step(x, np.array([3.0, 4.0]))
    np.testing.assert_allclose(x, [-3.6, -4.8])


def test_schedules_are_followed() -> None:
    x = np.zeros(1)
    optimizer = GradientDescent(optimizers.Exponential(1.0, factor=0.5, period=1))
    for _ in range(3):
        optimizer.step(x, np.ones(1))
    assert x[0] == pytest.approx(-1.75)
    optimizer.reset()
    assert optimizer.steps == 0
    warm = optimizers.Warmup(optimizers.Cosine(1.0, steps=100), steps=10)
    assert warm(4) == pytest.approx(0.5 * 0.5 * (1 + math.cos(math.pi * 0.04)))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Adam(0.0), "learning_rate must be a positive"),
        (lambda: Adam(beta1=1.0), "beta1 must be in"),
        (lambda: Adam(weight_decay=-1.0), "weight_decay must be"),
        (lambda: RMSProp(decay=2.0), "decay must be"),
        (lambda: GradientDescent(momentum=1.0), "momentum must be"),
        (lambda: GradientDescent(clip=-1.0), "clip must be"),
        (lambda: optimizers.Cosine(1.0, steps=0), "steps must be"),
        (lambda: optimizers.Cosine(1.0, steps=9, last=-1.0), "last must be"),
    ],
)
def test_bad_settings(make: Any, match: str) -> None:
    with pytest.raises(inference.InferenceValueError, match=match):
        make()


def test_a_function_is_no_schedule_and_is_told_how_to_be_one() -> None:
    with pytest.raises(inference.InferenceTypeError, match="class with Schedule as its base"):
        Adam(lambda step: 0.1 / (step + 1))  # type: ignore[arg-type]

    class Own(optimizers.Schedule):
        def __call__(self, step: int) -> float:
            return 0.5 / (step + 1)

    x = np.zeros(1)
    rule = GradientDescent(Own())
    rule.step(x, np.ones(1))
    rule.step(x, np.ones(1))
    assert x[0] == -0.75


def test_bad_steps_leave_the_vector_alone() -> None:
    optimizer, x = Adam(), np.zeros(2)
    with pytest.raises(inference.InferenceValueError, match="got nan at index 1"):
        optimizer.step(x, np.array([1.0, np.nan]))
    with pytest.raises(inference.InferenceValueError, match="must have the shape"):
        optimizer.step(x, np.zeros(3))
    with pytest.raises(inference.InferenceTypeError, match="vector of float64"):
        optimizer.step([0.0, 0.0], np.zeros(2))  # type: ignore[arg-type]
    with pytest.raises(inference.InferenceTypeError, match="gradient must be a vector of float64"):
        optimizer.step(x, [0.0, 0.0])  # type: ignore[arg-type]
    np.testing.assert_array_equal(x, 0.0)


# ---- minimize ------------------------------------------------------------------------------------

RNG = np.random.default_rng(2)
X = RNG.normal(size=(200, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 3.0 + 0.1 * RNG.normal(size=200)
LEAST_SQUARES = np.linalg.lstsq(np.column_stack([X, np.ones(200)]), Y, rcond=None)[0]


def loss(params: Any, x: Any = X, y: Any = Y) -> Any:
    weights, offset = params["layers"][0], params["offset"]
    return np.mean((x @ weights + offset - y) ** 2)


def params() -> dict[str, Any]:
    return {"layers": [np.zeros(3)], "offset": 0.0}


@pytest.mark.parametrize("method", ["lbfgs", "newton_cg", "trust_region"])
def test_scipy_methods_find_least_squares(method: str) -> None:
    found = inference.minimize(loss, params(), method=method)
    assert found.converged
    np.testing.assert_allclose(found.params["layers"][0], LEAST_SQUARES[:3], rtol=1e-6)
    assert found.params["offset"] == pytest.approx(LEAST_SQUARES[3], rel=1e-6)
    assert found.value == found.values[-1] < 0.011


@pytest.mark.parametrize(
    "method", [Adam(0.1), GradientDescent(0.1, momentum=0.9), RMSProp(optimizers.Cosine(0.1, 500))]
)
def test_optimizers_find_least_squares(method: optimizers.Optimizer) -> None:
    found = inference.minimize(loss, params(), method=method, steps=600)
    np.testing.assert_allclose(found.params["layers"][0], LEAST_SQUARES[:3], atol=2e-3)
    assert len(found.values) == 600


def test_batches_are_read_one_at_a_time() -> None:
    taken = 0

    def batches() -> Iterator[tuple[Any, Any]]:
        nonlocal taken
        rng = np.random.default_rng(3)
        while True:
            taken += 1
            rows = rng.integers(0, 200, 32)
            yield X[rows], Y[rows]

    rate = optimizers.Cosine(0.1, 400)
    found = inference.minimize(loss, params(), method=Adam(rate), steps=400, batches=batches())
    assert taken == 400
    np.testing.assert_allclose(found.params["layers"][0], LEAST_SQUARES[:3], atol=0.03)


def test_few_batches_end_it() -> None:
    found = inference.minimize(loss, params(), method=Adam(), batches=[(X, Y)] * 3)
    assert len(found.values) == 3
    assert not found.converged


def test_an_interruption_gives_the_parameters_so_far() -> None:
    def batches() -> Iterator[tuple[Any, Any]]:
        yield X, Y
        yield X, Y
        raise KeyboardInterrupt

    found = inference.minimize(loss, params(), method=Adam(0.1), batches=batches())
    assert found.reason == "it was interrupted"
    assert len(found.values) == 2
    assert (found.params["layers"][0] != 0).all()


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"method": "sgd"}, inference.InferenceValueError, "method must be an optimizer or one of"),
        ({"batches": [(X, Y)]}, inference.InferenceValueError, "must be an optimizer with batches"),
        ({"steps": 0}, inference.InferenceValueError, "steps must be"),
        ({"params": {}}, inference.InferenceValueError, "must hold a number"),
        ({"params": {"a": ["b"]}}, inference.InferenceTypeError, r"params\['a'\]\[0\] must be"),
        ({"params": [np.array([np.inf])]}, inference.InferenceValueError, "must be finite"),
        ({"function": 3}, inference.InferenceTypeError, "function must be callable"),
        ({"tolerance": -1.0}, inference.InferenceValueError, "tolerance must be a positive"),
        ({"tolerance": "fine"}, inference.InferenceTypeError, "tolerance must be a positive"),
        ({"callback": 3}, inference.InferenceTypeError, "callback must be callable"),
        ({"method": Adam(), "batches": []}, inference.InferenceValueError, "at least one batch"),
        (
            {"function": lambda p: p["layers"][0]},
            inference.InferenceValueError,
            r"must give a scalar, got shape \(3,\)",
        ),
    ],
)
def test_bad_arguments(change: dict[str, Any], error: type[Exception], match: str) -> None:
    arguments: dict[str, Any] = {"function": loss, "params": params()} | change
    with pytest.raises(error, match=match):
        inference.minimize(**arguments)


@pytest.mark.parametrize("method", ["lbfgs", Adam()])
def test_a_function_that_is_no_number_is_an_error(method: Any) -> None:
    with pytest.raises(inference.InferenceValueError, match="must be a number, got nan at step 0"):
        inference.minimize(lambda p: np.log(np.sum(p)), [-8.0], method=method)


def test_a_gradient_that_is_not_finite_is_an_error() -> None:
    with pytest.raises(inference.InferenceValueError, match="gradient must be finite"):
        inference.minimize(lambda p: np.sum(np.exp(np.exp(p))), [8.0], method=Adam())
