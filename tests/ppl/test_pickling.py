"""Posteriors sent to other processes."""

import pickle
from typing import Any

import numpy as np

import ppl


def schools(sigma: Any, scale: float, groups: dict[str, Any], y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, scale))
    with ppl.plate("school", len(sigma)):
        theta = ppl.sample("theta", ppl.Normal(mu, groups["spread"]))
        ppl.sample("y", ppl.Normal(theta, sigma), obs=y)


def test_a_posterior_is_made_anew_where_it_is_unpickled() -> None:
    posterior = ppl.Posterior(
        schools, [15.0, 10.0], 5.0, {"spread": np.array(2.0)}, y=np.array([28.0, 8.0]),
        coords={"school": ["A", "B"]},
    )  # fmt: skip
    again = pickle.loads(pickle.dumps(posterior))  # noqa: S301  # our own
    x = np.array([0.3, -1.0, 2.0])
    assert again.fingerprint == posterior.fingerprint
    assert again.logdensity(x) == posterior.logdensity(x)
    assert again.coords == posterior.coords
    np.testing.assert_array_equal(again.observed["y"], posterior.observed["y"])
