"""Chains made elsewhere: the same chains."""

import concurrent.futures
import pickle
from typing import Any

import numpy as np
import pytest

import ad
import inference
from inference import launch
from tests.inference.test_store import same

OPTIONS: dict[str, Any] = {"draws": 60, "warmup": 60, "chains": 3, "seed": 4, "progress": False}


def normal(x: Any) -> Any:
    return -0.5 * np.sum(x**2) - 0.1 * x[0] ** 4


def normal_with_gradient(x: Any) -> tuple[float, Any]:
    return float(-0.5 * x @ x), -x


@pytest.mark.parametrize("metric", ["diagonal", "low_rank"])
def test_chains_depend_on_their_numbers_alone(metric: str) -> None:
    density = ad.density(normal, 3)
    whole = inference.nuts(density, metric=metric, **OPTIONS)
    run = launch.plan(inference.nuts, density, metric=metric, **OPTIONS)
    run = pickle.loads(pickle.dumps(run))  # noqa: S301  # our own
    parts = [run(chain_ids=[2]), run(chain_ids=[1, 0])]
    assert parts[1].attributes["chain_numbers"] == [1, 0]
    fit = inference.concat(parts)
    np.testing.assert_array_equal(fit.unconstrained, whole.unconstrained)
    np.testing.assert_array_equal(fit["x"], whole["x"])
    for name, values in whole.sample_stats.items():
        np.testing.assert_array_equal(fit.sample_stats[name], values)
    np.testing.assert_array_equal(fit.adaptation["variance"], whole.adaptation["variance"])
    assert fit.attributes["chains"] == 3
    assert not fit.attributes["interrupted"]


def test_processes_make_the_same_chains() -> None:
    density = inference.PythonDensity(normal_with_gradient, 2)
    run = launch.plan(inference.nuts, density, **OPTIONS)
    fit = launch.processes(run, workers=2)
    same(fit, run())


def test_fits_can_be_sent() -> None:
    fit = inference.nuts(ad.density(normal, 3), **OPTIONS)
    again = pickle.loads(pickle.dumps(fit))  # noqa: S301  # our own
    same(again, fit)
    assert again.attributes == fit.attributes
    assert str(again.summary()) == str(fit.summary())
    with pytest.raises(inference.InferenceValueError, match="got one without its chains"):
        again.extend(10)


def test_any_executor() -> None:
    run = launch.plan(inference.hmc, ad.density(normal, 3), **OPTIONS)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        same(launch.submit(run, pool), run())


def test_a_plan_without_a_seed_has_one() -> None:
    run = launch.plan(inference.nuts, ad.density(normal, 3), draws=10, warmup=10)
    np.testing.assert_array_equal(run(chain_ids=[1])["x"], run(chain_ids=[0, 1])["x"][1:])
    assert run.chains == 4


def test_what_cannot_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    run = launch.plan(inference.nuts, ad.density(lambda x: -np.sum(x**2), 2), **OPTIONS)
    with pytest.raises(inference.InferenceTypeError, match=r"can be pickled.*cloudpickle"):
        launch.processes(run)
    density = inference.PythonDensity(normal_with_gradient, 2)
    address = inference.CDensity(density.native.address, 2, keep=density)
    with pytest.raises(inference.InferenceTypeError, match="must be made anew in another process"):
        launch.processes(launch.plan(inference.nuts, address, **OPTIONS))
    with pytest.raises(inference.InferenceTypeError, match="executor must have submit"):
        launch.submit(run, 3)  # type: ignore[arg-type]


def test_mistakes() -> None:
    density = ad.density(normal, 3)
    with pytest.raises(inference.InferenceValueError, match="store must be given for each part"):
        launch.plan(inference.nuts, density, store="run")
    run = launch.plan(inference.nuts, density, **OPTIONS)
    with pytest.raises(inference.InferenceValueError, match="chain_ids must be an integer between"):
        run(chain_ids=[3])
    with pytest.raises(inference.InferenceValueError, match="chain_ids must be different numbers"):
        run(chain_ids=[1, 1])
    one = run(chain_ids=[1])
    with pytest.raises(inference.InferenceValueError, match="every chain must come once"):
        inference.concat([one, one])
    with pytest.raises(inference.InferenceValueError, match="must be of one run, got seed 4 and 5"):
        inference.concat([one, run(chain_ids=[0], seed=5)])
    with pytest.raises(inference.InferenceValueError, match="at least one"):
        inference.concat([])
