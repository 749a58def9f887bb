"""Missing data: marked ones become parameters or are summed over; unmarked ones are an error."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import inference
import ppl
from ppl import impute

Y = np.array([0.5, np.nan, 2.0, np.nan, -1.0])
SEEN = ~np.isnan(Y)
SCALES = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def normal(y: Any = None, mask: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    with ppl.plate("i", 5):
        got = ppl.sample("y", ppl.Normal(mu, SCALES), obs=y, obs_mask=mask)
        ppl.deterministic("whole", got)


@pytest.mark.parametrize("marked", ["impute", "masked array", "mask"])
def test_missing_elements_become_parameters(marked: str) -> None:
    if marked == "mask":
        posterior = ppl.Posterior(normal, np.where(SEEN, Y, 99.0), SEEN)
    elif marked == "impute":
        posterior = ppl.Posterior(normal, impute(Y))
    else:
        posterior = ppl.Posterior(normal, impute(np.ma.masked_array(np.nan_to_num(Y), ~SEEN)))
    assert posterior.sites == ["mu", "y_missing"]
    assert posterior.dims["y_missing"] == ("y_missing_dim_0",)
    np.testing.assert_array_equal(posterior.observed["y"], Y)
    x = np.array([0.3, 1.5, -2.0])
    filled = np.array([0.5, 1.5, 2.0, -2.0, -1.0])
    terms = st.norm(0.3, SCALES).logpdf(filled)
    value, gradient = posterior.logdensity_and_gradient(x)
    assert value == pytest.approx(st.norm.logpdf(0.3) + terms.sum(), rel=1e-14)
    np.testing.assert_allclose(gradient[1:], (0.3 - x[1:]) / SCALES[~SEEN] ** 2, rtol=1e-13)
    np.testing.assert_array_equal(posterior.constrain(x[None])["whole"], [filled])
    # Pointwise values are those of the data there are.
    np.testing.assert_allclose(
        posterior.log_likelihood(x[None])["y_observed"], [terms[SEEN]], rtol=1e-14
    )


def test_arviz_takes_it() -> None:
    def labelled(y: Any) -> None:
        mu = ppl.sample("mu", ppl.Normal(0, 1))
        with ppl.plate("i"):
            ppl.sample("y", ppl.Normal(mu, SCALES), obs=impute(y))

    posterior = ppl.Posterior(labelled, Y, coords={"i": list("abcde")})
    fit = inference.nuts(posterior, draws=50, warmup=50, chains=2, seed=1, progress=False)
    data = fit.to_arviz()
    assert data.posterior["y_missing"].shape == (2, 50, 2)
    assert data.log_likelihood["y_observed"].shape == (2, 50, 3)
    assert data.observed_data["y"].dims == ("i",)
    data = ppl.log_likelihood(posterior, fit).to_arviz()
    assert data.log_likelihood["y_observed"].shape == (2, 50, 3)


def test_bounded_laws_use_each_elements_bounds() -> None:
    low = np.array([0.0, 1.0, 2.0])

    def model(y: Any) -> None:
        with ppl.plate("i", 3):
            ppl.sample("y", ppl.Uniform(low, low + 1), obs=impute(y))

    posterior = ppl.Posterior(model, [0.5, np.nan, np.nan])
    got = posterior.constrain([[0.0, 0.0], [-50.0, 50.0]])["y_missing"]
    np.testing.assert_allclose(got, [[1.5, 2.5], [1.0, 3.0]], atol=1e-15)
    assert posterior.logdensity([0.0, 0.0]) == pytest.approx(2 * math.log(0.25))


def test_discrete_elements_are_summed_over() -> None:
    def model(y: Any = None) -> None:
        rate = ppl.sample("rate", ppl.Exponential(1.0))
        with ppl.plate("i", 3):
            ppl.sample("y", ppl.Poisson(rate), obs=impute(y))

    posterior = ppl.Posterior(model, [2, np.nan, 4])
    assert posterior.sites == ["rate"]
    by_hand = st.expon.logpdf(1.5) + math.log(1.5) + st.poisson(1.5).logpmf([2, 4]).sum()
    assert posterior.logdensity([math.log(1.5)]) == pytest.approx(by_hand, rel=1e-13)
    assert posterior.log_likelihood([[0.0]])["y_observed"].shape == (1, 2)
    assert ppl.simulate(model, draws=3, seed=1)["y"].shape == (3, 3)


def test_drawing_draws_all_of_the_data() -> None:
    draws = ppl.simulate(normal, impute(Y), draws=50, seed=1)
    assert set(draws) == {"mu", "y", "whole"}
    assert np.all(np.std(draws["y"], axis=0) > 0)
    new = ppl.predict(normal, {"mu": np.zeros(4), "y_missing": np.zeros((4, 2))}, seed=1)
    assert new["y"].shape == (4, 5)


def test_under_seed_observed_elements_stay() -> None:
    with ppl.handlers.seed(rng=1), ppl.handlers.trace() as record:
        normal(impute(Y))
    assert record.sites["y_missing"].shape == (2,)
    np.testing.assert_array_equal(np.asarray(record.sites["y"].value)[SEEN], Y[SEEN])


def test_nothing_missing_is_the_same_as_no_mark() -> None:
    marked = ppl.Posterior(normal, impute(np.nan_to_num(Y)))
    usual = ppl.Posterior(normal, np.nan_to_num(Y))
    assert marked.sites == usual.sites == ["mu"]
    assert marked.logdensity([0.3]) == usual.logdensity([0.3])
    assert impute(None) is None


COVARIANCE = np.array([[2.0, 0.6, 0.3], [0.6, 1.0, -0.2], [0.3, -0.2, 1.5]])
ROWS = np.array([[0.1, np.nan, 0.5], [1.0, 2.0, 3.0], [np.nan, np.nan, -1.0], [np.nan] * 3])


def rows(y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    with ppl.plate("i", 4):
        law = ppl.MultivariateNormal(mu * np.ones(3), covariance_matrix=COVARIANCE)
        ppl.sample("y", law, obs=y)


def marginals(mu: float) -> list[float]:
    found = []
    for row in ROWS:
        seen = ~np.isnan(row)
        if seen.any():
            law = st.multivariate_normal(np.full(seen.sum(), mu), COVARIANCE[np.ix_(seen, seen)])
            found.append(float(law.logpdf(row[seen])))
    return found


def test_a_partly_observed_normal_vector() -> None:
    posterior = ppl.Posterior(rows, impute(ROWS))
    assert posterior.sites == ["mu", "y_missing"]
    assert posterior.dimension == 1 + 6
    rng = np.random.default_rng(1)
    x = rng.normal(size=7)
    whole = ROWS.copy()
    whole[np.isnan(ROWS)] = x[1:]
    joint = st.multivariate_normal(np.full(3, x[0]), COVARIANCE).logpdf(whole).sum()
    assert posterior.logdensity(x) == pytest.approx(st.norm.logpdf(x[0]) + joint, rel=1e-12)
    # Pointwise: the marginal density of what was observed, whatever is filled in.
    np.testing.assert_allclose(posterior.log_likelihood(x[None])["y_observed"], [marginals(x[0])])
    # Integrated over the missing ones the density is the marginal: here by the gradient at the
    # conditional mean, which is zero in the missing elements.
    at = np.empty(0)
    for row in ROWS:
        o = ~np.isnan(row)
        across = COVARIANCE[np.ix_(~o, o)] @ np.linalg.inv(COVARIANCE[np.ix_(o, o)])
        at = np.concatenate([at, 0.4 + across @ (row[o] - 0.4)])
    gradient = posterior.logdensity_and_gradient(np.concatenate([[0.4], at]))[1]
    np.testing.assert_allclose(gradient[1:], 0.0, atol=1e-12)


def test_missing_parts_of_vectors_are_drawn_given_the_rest() -> None:
    with ppl.handlers.substitute(data={"mu": 0.4}):
        draws = []
        for k in range(2000):
            with ppl.handlers.seed(rng=k), ppl.handlers.trace() as record:
                rows(impute(ROWS))
            draws.append(record.sites["y_missing"].value)
    values = np.array(draws)
    across = COVARIANCE[1, [0, 2]] @ np.linalg.inv(COVARIANCE[np.ix_([0, 2], [0, 2])])
    mean = 0.4 + across @ (ROWS[0, [0, 2]] - 0.4)
    variance = COVARIANCE[1, 1] - across @ COVARIANCE[[0, 2], 1]
    assert abs(values[:, 0].mean() - mean) < 4 * math.sqrt(variance / 2000)
    assert abs(values[:, 0].var() - variance) < 4 * variance * math.sqrt(2 / 2000)
    assert abs(values[:, 0].mean() - 0.4) > 0.05  # the control: the marginal mean is another


def nan_unmarked() -> None:
    normal(Y)


def masked_unmarked(y: Any) -> None:
    normal(y)


def two_marks() -> None:
    normal(impute(Y), SEEN)


def mask_shape() -> None:
    normal(np.zeros(5), SEEN[:3])


def mask_numbers() -> None:
    normal(np.zeros(5), np.ones(5))


def mask_alone() -> None:
    ppl.sample("y", ppl.Normal(0, 1), obs_mask=True)


def nan_under_the_mask() -> None:
    normal(Y, np.array([True] * 5))


def infinite() -> None:
    normal(impute(np.where(SEEN, Y, np.inf)))


def wrong_size() -> None:
    normal(impute(Y[:4]))


def restricted() -> None:
    with ppl.plate("i", 4):
        ppl.sample("y", ppl.Dirichlet(np.ones(3)), obs=impute(ROWS))


def text() -> None:
    normal(impute("yes"))


MISTAKES: list[tuple[Any, type[Exception], str]] = [
    (nan_unmarked, ValueError, "obs must be finite, got nan at index (1,)"),
    (two_marks, ValueError, "missing data must be marked once"),
    (mask_shape, ValueError, "obs_mask must have the shape of obs, (5,), got (3,)"),
    (mask_numbers, TypeError, "obs_mask must be an array of True and False"),
    (mask_alone, ValueError, "obs_mask must come with obs"),
    (nan_under_the_mask, ValueError, "obs must be finite, got nan at index (1,)"),
    (infinite, ValueError, "obs must be finite, got inf at index (1,)"),
    (wrong_size, ValueError, "obs must have the site's shape (5,), got (4,)"),
    (restricted, ValueError, "missing values of a vector must be free of the others"),
    (text, TypeError, "impute: y must be an array of numbers, got 'yes'"),
]


@pytest.mark.parametrize(("model", "error", "message"), MISTAKES)
def test_mistakes(model: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)) as caught:
        ppl.Posterior(model)
    assert "test_missing.py:" in str(caught.value)


def test_what_a_masked_array_masks_never_passes_for_data() -> None:
    masked = np.ma.masked_array([1.0, 2.0, 3.0, 4.0, 5.0], [False, True, False, False, False])
    with pytest.raises(ppl.DataError, match=r"got nan at index \(1,\) in argument 'y'"):
        ppl.Posterior(masked_unmarked, masked)


# ---- subsampled plates -----------------------------------------------------------------------

PART = np.array([1.0, np.nan, 0.3, 2.0, np.nan, 0.5])


def by_impute(y: Any) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    with ppl.plate("i", len(y), subsample_size=3) as i:
        ppl.sample("y", ppl.Normal(mu, 1), obs=ppl.impute(y[i]))


def by_imputed_rows(y: Any) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    data = ppl.impute(y)
    with ppl.plate("i", len(y), subsample_size=3) as i:
        ppl.sample("y", ppl.Normal(mu, 1), obs=data[i])


def by_obs_mask(y: Any, present: Any) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    with ppl.plate("i", len(y), subsample_size=3) as i:
        ppl.sample("y", ppl.Normal(mu, 1), obs=y[i], obs_mask=present[i])


def by_mask(y: Any, present: Any) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    with (
        ppl.plate("i", len(y), subsample_size=3) as i,
        ppl.handlers.mask(mask=present[i]),
    ):
        ppl.sample("y", ppl.Normal(mu, 1), obs=y[i])


def test_missing_rows_of_a_fixed_subset() -> None:
    whole = (np.nan_to_num(PART), ~np.isnan(PART))
    models: tuple[Any, ...] = (by_impute, by_imputed_rows)
    posteriors = [
        *(ppl.Posterior(model, PART) for model in models),
        ppl.Posterior(by_obs_mask, *whole),
    ]
    size = posteriors[0].dimension
    assert size > 1  # some row of the subset is missing
    values = [posterior.logdensity(np.full(size, 0.3)) for posterior in posteriors]
    np.testing.assert_allclose(values, values[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (by_impute, (PART,)),
        (by_imputed_rows, (PART,)),
        (by_obs_mask, (np.nan_to_num(PART), ~np.isnan(PART))),
    ],
)
def test_missing_rows_of_changing_batches_say_what_to_do(model: Any, data: Any) -> None:
    message = r"data in batches of a subsampled plate must be whole.*ppl.handlers.mask\(mask="
    with pytest.raises(ppl.ModelError, match=message):
        ppl.ELBO(model, ppl.AutoNormal(model), *data)


def test_masked_rows_of_batches_are_summed_over() -> None:
    def guide(_y: Any, _present: Any) -> None:
        ppl.sample("mu", ppl.Normal(ppl.param("loc", 0.2), 0.5))

    elbo = ppl.ELBO(by_mask, guide, np.nan_to_num(PART), ~np.isnan(PART))
    rng = np.random.default_rng(0)
    halves = [
        elbo.at(elbo.initial(rng), np.array([0.7]), {"i": np.arange(start, start + 3)})[0]
        for start in (0, 3)
    ]
    mu = 0.2 + 0.5 * 0.7
    data = ppl.Normal(mu, 1.0).log_prob(PART[~np.isnan(PART)]).sum()
    gap = ppl.kl_divergence(ppl.Normal(0.2, 0.5), ppl.Normal())
    assert np.mean(halves) == pytest.approx(float(data - gap), rel=1e-12)
