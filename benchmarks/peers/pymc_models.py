"""The gallery's models in PyMC, over arrays; those with a recursion over times are not here.

Each takes its data as a dict (names of `benchmarks.peers.data`) and gives a `pymc.Model`.
"""

from typing import Any

import pymc as pm
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
        beta = pm.Flat("beta", shape=3)
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
