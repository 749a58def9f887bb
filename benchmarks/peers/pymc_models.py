"""The gallery's models in PyMC, over arrays, and with PyTensor's scan where there is a recursion.

Each takes its data as a dict (names of `benchmarks.peers.data`) and gives a `pymc.Model`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt

Data = dict[str, Any]


def eight_schools(data: Data) -> Any:
    """Non-centred."""
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 5)
        tau = pm.HalfCauchy("tau", 5)
        z = pm.Normal("z", 0, 1, shape=8)
        pm.Normal("y", mu + tau * z, data["sigma"], observed=data["y"])
    return model


def kidscore_momhsiq(data: Data) -> Any:
    """Without priors on the coefficients."""
    with pm.Model() as model:
        beta = pm.Flat("beta", shape=data["X"].shape[1] + 1)
        sigma = pm.HalfCauchy("sigma", 2.5)
        pm.Normal("y", beta[0] + data["X"] @ beta[1:], sigma, observed=data["y"])
    return model


def nes2000(data: Data) -> Any:
    """Without priors."""
    with pm.Model() as model:
        beta = pm.Flat("beta", shape=9)
        sigma = pm.HalfFlat("sigma")
        pm.Normal("y", beta[0] + data["X"] @ beta[1:], sigma, observed=data["y"])
    return model


def sblrc_blr(data: Data) -> Any:
    """Without an intercept."""
    with pm.Model() as model:
        beta = pm.Normal("beta", 0, 10, shape=5)
        sigma = pm.HalfNormal("sigma", 10)
        pm.Normal("y", data["X"] @ beta, sigma, observed=data["y"])
    return model


def ark(data: Data) -> Any:
    """With the lagged values as a matrix."""
    with pm.Model() as model:
        alpha = pm.Normal("alpha", 0, 10)
        beta = pm.Normal("beta", 0, 10, shape=5)
        sigma = pm.HalfCauchy("sigma", 2.5)
        pm.Normal("y", alpha + data["X"] @ beta, sigma, observed=data["y"])
    return model


def gp_pois_regr(data: Data) -> Any:
    """With the Cholesky factor of the covariance."""
    x = data["x"]
    with pm.Model() as model:
        rho = pm.Gamma("rho", alpha=25, beta=4)
        alpha = pm.HalfNormal("alpha", 2)
        f_tilde = pm.Normal("f_tilde", 0, 1, shape=len(x))
        distance = (x[:, None] - x) / rho
        covariance = alpha**2 * pt.exp(-0.5 * distance**2) + 1e-10 * pt.eye(len(x))
        f = pt.linalg.cholesky(covariance) @ f_tilde
        pm.Poisson("k", pt.exp(f), observed=data["k"])
    return model


def low_dim_gauss_mix(data: Data) -> Any:
    """With the labels summed over."""
    with pm.Model() as model:
        mu = pm.Normal(
            "mu",
            0,
            2,
            shape=2,
            transform=pm.distributions.transforms.ordered,
            initval=[-1.0, 1.0],
        )
        sigma = pm.HalfNormal("sigma", 2, shape=2)
        theta = pm.Beta("theta", 5, 5)
        first = pt.log(theta) + pm.logp(pm.Normal.dist(mu[0], sigma[0]), data["y"])
        second = pt.log1p(-theta) + pm.logp(pm.Normal.dist(mu[1], sigma[1]), data["y"])
        pm.Potential("y", pt.logaddexp(first, second).sum())
    return model


def radon_mn_nc(data: Data) -> Any:
    """Non-centred."""
    with pm.Model() as model:
        alpha_raw = pm.Normal("alpha_raw", 0, 1, shape=85)
        beta = pm.Normal("beta", 0, 10, shape=2)
        mu_alpha = pm.Normal("mu_alpha", 0, 10)
        sigma_alpha = pm.HalfNormal("sigma_alpha", 1)
        sigma_y = pm.HalfNormal("sigma_y", 1)
        alpha = mu_alpha + sigma_alpha * alpha_raw
        mean = alpha[data["county"] - 1] + data["X"] @ beta
        pm.Normal("y", mean, sigma_y, observed=data["y"])
    return model


def diamonds(data: Data) -> Any:
    """With centred predictors."""
    with pm.Model() as model:
        b = pm.Normal("b", 0, 1, shape=24)
        intercept = pm.StudentT("intercept", nu=3, mu=8, sigma=10)
        sigma = pm.HalfStudentT("sigma", nu=3, sigma=10)
        pm.Normal("y", intercept + data["X"] @ b, sigma, observed=data["y"])
    return model


def rats(data: Data) -> Any:
    """Centred."""
    rat = data["rat"] - 1
    with pm.Model() as model:
        mu_alpha = pm.Normal("mu_alpha", 0, 100)
        mu_beta = pm.Normal("mu_beta", 0, 100)
        sigma_y = pm.HalfFlat("sigma_y")
        sigma_alpha = pm.HalfFlat("sigma_alpha")
        sigma_beta = pm.HalfFlat("sigma_beta")
        alpha = pm.Normal("alpha", mu_alpha, sigma_alpha, shape=30)
        beta = pm.Normal("beta", mu_beta, sigma_beta, shape=30)
        mean = alpha[rat] + beta[rat] * data["age"]
        pm.Normal("weight", mean, sigma_y, observed=data["weight"])
    return model


def irt_2pl(data: Data) -> Any:
    """With a table of items and persons."""
    items, persons = data["y"].shape
    with pm.Model() as model:
        sigma_theta = pm.HalfCauchy("sigma_theta", 2)
        sigma_a = pm.HalfCauchy("sigma_a", 2)
        sigma_b = pm.HalfCauchy("sigma_b", 2)
        mu_b = pm.Normal("mu_b", 0, 5)
        theta = pm.Normal("theta", 0, sigma_theta, shape=persons)
        a = pm.LogNormal("a", 0, sigma_a, shape=items)
        b = pm.Normal("b", mu_b, sigma_b, shape=items)
        logits = a[:, None] * (theta - b[:, None])
        pm.Bernoulli("y", logit_p=logits, observed=data["y"])
    return model


def seeds(data: Data) -> Any:
    """By the log odds."""
    seed, extract = data["seed"], data["extract"]
    with pm.Model() as model:
        alpha = [pm.Normal(f"alpha{name}", 0, 1000) for name in ("0", "1", "2", "12")]
        tau = pm.Gamma("tau", alpha=1e-3, beta=1e-3)
        b = pm.Normal("b", 0, 1 / pt.sqrt(tau), shape=21)
        logits = alpha[0] + alpha[1] * seed + alpha[2] * extract + alpha[3] * seed * extract + b
        pm.Binomial("germinated", data["total"], logit_p=logits, observed=data["germinated"])
    return model


def dugongs(data: Data) -> Any:
    """As it is."""
    with pm.Model() as model:
        alpha = pm.Normal("alpha", 0, 1000)
        beta = pm.Normal("beta", 0, 1000)
        base = pm.Uniform("lambda", 0.5, 1)
        tau = pm.Gamma("tau", alpha=1e-4, beta=1e-4)
        mean = alpha - beta * base ** data["age"]
        pm.Normal("length", mean, 1 / pt.sqrt(tau), observed=data["length"])
    return model


def kilpisjarvi(data: Data) -> Any:
    """As it is."""
    with pm.Model() as model:
        alpha = pm.Normal("alpha", data["centre"][0], data["spread"][0])
        beta = pm.Normal("beta", data["centre"][1], data["spread"][1])
        sigma = pm.HalfFlat("sigma")
        pm.Normal("y", alpha + beta * data["x"], sigma, observed=data["y"])
    return model


def mesquite(data: Data) -> Any:
    """Without priors."""
    with pm.Model() as model:
        beta = pm.Flat("beta", shape=data["X"].shape[1] + 1)
        sigma = pm.HalfFlat("sigma")
        pm.Normal("y", beta[0] + data["X"] @ beta[1:], sigma, observed=data["y"])
    return model


# Regressions of the same form, on other columns.
kidscore_momhs = kidscore_momiq = kidscore_interaction = kidscore_momhsiq
earn_height = logearn_interaction = logmesquite_logvash = mesquite


def eight_schools_centred(data: Data) -> Any:
    """Centred."""
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 5)
        tau = pm.HalfCauchy("tau", 5)
        theta = pm.Normal("theta", mu, tau, shape=8)
        pm.Normal("y", theta, data["sigma"], observed=data["y"])
    return model


def gp_regr(data: Data) -> Any:
    """With the covariance of the observations."""
    x = data["x"]
    with pm.Model() as model:
        rho = pm.Gamma("rho", alpha=25, beta=4)
        alpha = pm.HalfNormal("alpha", 2)
        sigma = pm.HalfNormal("sigma", 1)
        distance = (x[:, None] - x) / rho
        covariance = alpha**2 * pt.exp(-0.5 * distance**2) + sigma * pt.eye(len(x))
        pm.MvNormal("y", pt.zeros(len(x)), cov=covariance, observed=data["y"])
    return model


def arma11(data: Data) -> Any:
    """With a scan over times."""
    y = data["y"]
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 10)
        phi = pm.Normal("phi", 0, 2)
        theta = pm.Normal("theta", 0, 2)
        sigma = pm.HalfCauchy("sigma", 2.5)
        first = y[0] - (mu + phi * mu)
        innovations = y[1:] - mu - phi * y[:-1]
        rest = scanned(lambda row, error, weight: row - weight * error, innovations, first, theta)
        pm.Potential("y", pm.logp(pm.Normal.dist(0, sigma), pt.concatenate([[first], rest])).sum())
    return model


def garch11(data: Data) -> Any:
    """With a scan over times."""
    y = data["y"]
    with pm.Model() as model:
        mu = pm.Flat("mu")
        alpha0 = pm.HalfFlat("alpha0")
        alpha1 = pm.Uniform("alpha1", 0, 1)
        beta1 = pm.Uniform("beta1", 0, 1 - alpha1)
        pm.Potential("flat", pt.log1p(-alpha1))  # the law of beta1 is not normalised in Stan's
        first = pt.constant(float(data["sigma1"]) ** 2, dtype="float64")
        steps = alpha0 + alpha1 * (y[:-1] - mu) ** 2
        rest = scanned(lambda row, variance, weight: row + weight * variance, steps, first, beta1)
        variance = pt.concatenate([[first], rest])
        pm.Normal("y", mu, pt.sqrt(variance), observed=y)
    return model


def hmm_example(data: Data) -> Any:
    """With a scan over times."""
    with pm.Model() as model:
        stay = pm.Uniform("stay", 0, 1)
        leave = pm.Uniform("leave", 0, 1)
        low = pm.HalfFlat("low")
        mu = pt.stack([low, low + pm.HalfFlat("step")])
        pm.Potential("prior", pm.logp(pm.Normal.dist(np.array([3.0, 10.0]), 1), mu).sum())
        transition = pt.log(pt.stack([pt.stack([stay, 1 - stay]), pt.stack([leave, 1 - leave])]))
        emission = pm.logp(pm.Normal.dist(mu, 1), data["y"][:, None])
        pm.Potential("y", forward(transition, emission))
    return model


def hmm_drive(data: Data) -> Any:
    """With a scan over times; a simplex of two is a beta law."""
    with pm.Model() as model:
        first = [pm.Beta(f"theta{k + 1}", *data["alpha"][k]) for k in range(2)]
        transition = pt.log(pt.stack([pt.stack([value, 1 - value]) for value in first]))
        emission = 0.0
        for name, series in (("phi", data["u"]), ("lambda", data["v"])):
            rate = pt.cumsum(pm.HalfFlat(name, shape=2))
            law = pm.logp(pm.Normal.dist(np.array([0.0, 3.0]), 1), rate)
            pm.Potential(f"{name}_prior", law.sum())
            emission = emission + pt.log(rate) - rate * series[:, None]
        pm.Potential("series", forward(transition, emission))
    return model


def scanned(step: Callable[..., Any], sequence: Any, first: Any, *others: Any) -> Any:
    """Values of a recursion after its first; the steps are given the others."""
    return pytensor.scan(
        step,
        sequences=[sequence],
        outputs_info=[first],
        non_sequences=list(others),
        strict=True,
        return_updates=False,
    )


def forward(transition: Any, emission: Any) -> Any:
    """Log likelihood of a hidden Markov chain that starts anywhere."""

    def step(row: Any, before: Any, transition: Any) -> Any:
        return pt.logsumexp(before[:, None] + transition, axis=0) + row

    return pt.logsumexp(scanned(step, emission[1:], emission[0], transition)[-1])


def losscurve(data: Data) -> Any:
    """As it is."""
    cohort = data["cohort"] - 1
    due = data["premium"][cohort]
    with pm.Model() as model:
        omega = pm.LogNormal("omega", 0, 0.5)
        theta = pm.LogNormal("theta", 0, 0.5)
        mu = pm.Normal("mu", 0, 0.5)
        sd_ratio = pm.LogNormal("sd_ratio", 0, 0.5)
        loss_sd = pm.LogNormal("loss_sd", 0, 0.7)
        ratio = pm.LogNormal("ratio", mu, sd_ratio, shape=len(data["premium"]))
        growth = 1 - pt.exp(-((data["time"] / theta) ** omega))
        pm.Normal("loss", ratio[cohort] * due * growth, loss_sd * due, observed=data["loss"])
    return model
