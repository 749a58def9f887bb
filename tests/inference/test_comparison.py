"""Approximations beside a reference: errors of laws whose moments are known."""

import numpy as np
import pytest

import inference
from tests.inference import densities, targets


@pytest.fixture(scope="module")
def reference() -> inference.Fit:
    return inference.nuts(targets.normal(3).density(), seed=1, draws=1000)


def test_good_and_bad_fits_are_told_apart(reference: inference.Fit) -> None:
    law = targets.normal(3)
    good = inference.laplace(law.density(), draws=4000, seed=1)
    moved = targets.Normal(law.mean + np.array([0.0, 2.0, 0.0]) * law.covariance[1, 1] ** 0.5,
                           4.0 * law.covariance)  # fmt: skip
    bad = inference.laplace(moved.density(), draws=4000, seed=1)
    table = inference.compare({"good": good, "bad": bad}, reference)
    # Standard errors: reference at least 400 effective draws, the fits 4000.
    error = 4 * (1 / 400 + 1 / 4000) ** 0.5
    assert table["good"]["worst mean"] < error
    assert table["good"]["worst sd"] < error
    assert table["bad"]["worst mean"] == pytest.approx(2.0, abs=3 * error)
    assert table["bad"]["mean error"] == pytest.approx(2.0 / 3**0.5, abs=3 * error)
    assert table["bad"]["worst sd"] == pytest.approx(np.log(2.0), abs=error)
    assert table.where["bad"] == "x[1]"
    assert table["good"]["k-hat"] == good.khat
    lines = str(table).splitlines()
    assert lines[0].split()[:2] == ["mean", "error"]
    assert [line.split()[0] for line in lines[1:3]] == ["good", "bad"]
    assert 0.01 < table.noise < 0.05


def test_a_run_of_nuts_may_be_a_row_too(reference: inference.Fit) -> None:
    table = inference.compare({"itself": reference}, reference)
    assert table["itself"]["worst mean"] == 0.0
    assert np.isnan(table["itself"]["k-hat"])


def test_bad_arguments(reference: inference.Fit) -> None:
    other = inference.laplace(densities.standard(2), seed=1)
    with pytest.raises(inference.InferenceValueError, match=r"got others: x\[2\]"):
        inference.compare({"a": other}, reference)
    with pytest.raises(inference.InferenceValueError, match="fits must be a dict"):
        inference.compare({}, reference)
    with pytest.raises(inference.InferenceTypeError, match="a must be a Fit, got int"):
        inference.compare({"a": 3}, reference)  # type: ignore[dict-item]
