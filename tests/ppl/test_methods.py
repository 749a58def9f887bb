"""Every law has each method, or says clearly that it does not: the whole list, law by law."""

from __future__ import annotations

import inspect
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ppl
from ppl import distributions

from . import cases, cases_multivariate, cases_series

if TYPE_CHECKING:
    from collections.abc import Callable

SPACE = {
    "transition_matrix": [[0.5]],
    "transition_covariance": [[1.0]],
    "observation_matrix": [[1.0], [0.3]],
    "observation_covariance": np.eye(2),
    "initial_mean": [0.0],
    "initial_covariance": [[1.0]],
}
UP = [0.0, 0.0, 1.0]
# Of the laws without a row in the tables of cases.
OTHERS: dict[str, Callable[[], Any]] = {
    "DiscreteHMM": lambda: ppl.DiscreteHMM(
        initial_probs=[0.5, 0.5],
        transition_probs=[[0.9, 0.1], [0.2, 0.8]],
        observation=ppl.Normal([-1.0, 1.0], 0.5),
        num_steps=4,
    ),
    "EulerMaruyama": lambda: ppl.EulerMaruyama(
        times=[0.0, 0.5, 1.0],
        drift=lambda x, _: -x,
        diffusion=lambda _x, _t: 0.3,
        init=ppl.Normal(0.0, 1.0),
    ),
    "Flat": ppl.Flat,
    "HalfFlat": ppl.HalfFlat,
    "HurdleGamma": lambda: ppl.HurdleGamma(gate=0.3, concentration=2.0, rate=1.0),
    "HurdleLogNormal": lambda: ppl.HurdleLogNormal(gate=0.3, loc=0.0, scale=1.0),
    "ImproperUniform": lambda: ppl.ImproperUniform(ppl.constraints.positive),
    "Independent": lambda: ppl.Normal(np.zeros(3), 1.0).to_event(1),
    "LinearGaussianStateSpace": lambda: ppl.LinearGaussianStateSpace(**SPACE, num_steps=3),
    "PowerSpherical": lambda: ppl.PowerSpherical(UP, 2.0),
    "ProjectedNormal": lambda: ppl.ProjectedNormal(UP),
    "SineBivariateVonMises": lambda: ppl.SineBivariateVonMises(0.0, 0.5, 1.0, 2.0, 0.5),
    "SineSkewed": lambda: ppl.SineSkewed(ppl.VonMises(0.0, 1.0), skewness=0.5),
    "SphericalUniform": lambda: ppl.SphericalUniform(3),
    "VonMises": lambda: ppl.VonMises(0.0, 1.0),
    "VonMisesFisher": lambda: ppl.VonMisesFisher(UP, 2.0),
    "Wiener": lambda: ppl.Wiener(separation=1.0, drift=0.5),
    "ZeroOneInflatedBeta": lambda: ppl.ZeroOneInflatedBeta(2.0, 3.0, gate=0.3, one=0.4),
}
LAWS: dict[str, Callable[[], Any]] = {
    name: (lambda case=case: case(**case.parameters[0]))
    for name, case in (
        *((case.name, case) for case in cases.CASES),
        *((case.title, case) for case in (*cases_multivariate.CASES, *cases_series.CASES)),
    )
} | OTHERS
NAMES = [
    name
    for name in distributions.__all__
    if inspect.isclass(getattr(ppl, name)) and name != "Distribution"
]
CDF = {"cdf", "log_cdf", "sf", "log_sf"}
ORDER = CDF | {"icdf", "log_mass"}
MOMENTS = {"mean", "variance", "covariance"}
# What has no closed form, or does not exist. Laws of events have no `ORDER`, but Wiener.
ABSENT: dict[str, set[str]] = {
    "DiscreteHMM": {"entropy"},
    "EulerMaruyama": MOMENTS | {"entropy"},
    "GARCH11": {"entropy"},
    "LogisticNormal": MOMENTS | {"entropy"},
    "ProjectedNormal": {"entropy"},
    "RelaxedOneHotCategorical": MOMENTS | {"entropy"},
    "SineBivariateVonMises": {"covariance"},
    "SineSkewed": {"entropy"} | ORDER,
    "Wiener": {"entropy", "icdf", "log_mass"},
} | {name: MOMENTS | {"entropy"} | ORDER for name in ("Flat", "HalfFlat", "ImproperUniform")}


def methods(law: Any) -> dict[str, tuple[Callable[[], Any], tuple[int, ...]]]:
    """Each method, called, and the shape of what it gives."""
    batch, event = law.batch_shape, law.event_shape
    value = np.full(batch + event, 0.5)
    return {
        "mean": (lambda: law.mean, batch + event),
        "variance": (lambda: law.variance, batch + event),
        "covariance": (lambda: law.covariance, batch + event + event),
        "entropy": (law.entropy, batch),
        "cdf": (lambda: law.cdf(value), batch),
        "log_cdf": (lambda: law.log_cdf(value), batch),
        "sf": (lambda: law.sf(value), batch),
        "log_sf": (lambda: law.log_sf(value), batch),
        "icdf": (lambda: law.icdf(0.3), batch),
        "log_mass": (lambda: law.log_mass(value, value + 1.0), batch),
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_method_is_there_or_says_that_it_is_not(name: str) -> None:
    law = LAWS[name]()
    absent = ABSENT.get(name, set())
    if law.event_shape and name != "Wiener":
        absent = absent | ORDER
    for method, (call, shape) in methods(law).items():
        if method in absent:
            with pytest.raises(ppl.UndefinedError, match=rf"^{name}: \w+ is not available \("):
                call()
        else:
            assert np.shape(call()) == shape, method


@pytest.mark.parametrize(
    "law",
    [
        ppl.NormalInverseGaussian(tailweight=2.0, skewness=[0.5, -1.0]),
        ppl.BetaNegativeBinomial(total_count=5.0, concentration1=3.0, concentration0=2.0),
        ppl.PolyaGamma(concentration=2.0, tilt=[0.5, 1.5]),
    ],
    ids=lambda law: type(law).__name__,
)
def test_many_probabilities_take_bounded_memory(law: Any) -> None:
    # Each is an integral over hundreds of nodes: 6 to 50 KB a value, all at once.
    count = 10_000
    values = law.sample(np.random.default_rng(0), (count, 2)[: 2 - len(law.batch_shape)])
    tracemalloc.start()
    found = law.cdf(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 80e6
    for row in (0, 1234, count - 1):
        np.testing.assert_allclose(found[row], law.cdf(values[row]), rtol=1e-14)
