"""The gallery's models in NumPyro, over arrays, as one would write them for speed.

Each takes its data as a dict (names of `benchmarks.peers.data`). Sites come in the order of the
gallery's, so that the unconstrained vectors agree; the transforms are NumPyro's own.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import logsumexp
from numpyro.distributions import constraints

Data = dict[str, Any]


def flat(support: Any, *shape: int) -> Any:
    """Improper law with density 1 on a set."""
    return dist.ImproperUniform(support, (), shape)


def eight_schools(data: Data) -> None:
    """Non-centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    z = numpyro.sample("z", dist.Normal(0, 1).expand([8]).to_event(1))
    numpyro.sample("y", dist.Normal(mu + tau * z, data["sigma"]), obs=data["y"])


def kidscore_momhsiq(data: Data) -> None:
    """Without priors on the coefficients."""
    beta = numpyro.sample("beta", flat(constraints.real_vector, 3))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    numpyro.sample("y", dist.Normal(beta[0] + data["X"] @ beta[1:], sigma), obs=data["y"])


def nes2000(data: Data) -> None:
    """Without priors."""
    beta = numpyro.sample("beta", flat(constraints.real_vector, 9))
    sigma = numpyro.sample("sigma", flat(constraints.positive))
    numpyro.sample("y", dist.Normal(beta[0] + data["X"] @ beta[1:], sigma), obs=data["y"])


def sblrc_blr(data: Data) -> None:
    """Without an intercept."""
    beta = numpyro.sample("beta", dist.Normal(0, 10).expand([5]).to_event(1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(10))
    numpyro.sample("y", dist.Normal(data["X"] @ beta, sigma), obs=data["y"])


def ark(data: Data) -> None:
    """With the lagged values as a matrix."""
    alpha = numpyro.sample("alpha", dist.Normal(0, 10))
    beta = numpyro.sample("beta", dist.Normal(0, 10).expand([5]).to_event(1))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))
    numpyro.sample("y", dist.Normal(alpha + data["X"] @ beta, sigma), obs=data["y"])


def ark_loop(data: Data) -> None:
    """The same: loops over times are not for NumPyro."""
    y = data["y"]
    lagged = jnp.stack([y[5 - lag : len(y) - lag] for lag in range(1, 6)], axis=1)
    ark({"X": lagged, "y": y[5:]})


def garch11(data: Data) -> None:
    """With a scan over times."""
    y = data["y"]
    mu = numpyro.sample("mu", flat(constraints.real))
    alpha0 = numpyro.sample("alpha0", flat(constraints.positive))
    alpha1 = numpyro.sample("alpha1", dist.Uniform(0, 1))
    beta1 = numpyro.sample("beta1", flat(constraints.interval(0.0, 1 - alpha1)))

    def step(variance: Any, innovation: Any) -> Any:
        new = innovation + beta1 * variance
        return new, new

    first = data["sigma1"] ** 2
    _, rest = jax.lax.scan(step, first, alpha0 + alpha1 * (y[:-1] - mu) ** 2)
    variance = jnp.concatenate([first[None], rest])
    numpyro.sample("y", dist.Normal(mu, jnp.sqrt(variance)), obs=y)


def gp_pois_regr(data: Data) -> None:
    """With the Cholesky factor of the covariance."""
    x = data["x"]
    rho = numpyro.sample("rho", dist.Gamma(25, 4))
    alpha = numpyro.sample("alpha", dist.HalfNormal(2))
    f_tilde = numpyro.sample("f_tilde", dist.Normal(0, 1).expand([len(x)]).to_event(1))
    distance = (x[:, None] - x) / rho
    covariance = alpha**2 * jnp.exp(-0.5 * distance**2) + 1e-10 * jnp.eye(len(x))
    f = jnp.linalg.cholesky(covariance) @ f_tilde
    numpyro.sample("k", dist.Poisson(jnp.exp(f)), obs=data["k"])


def hmm_example(data: Data) -> None:
    """With a scan over times."""
    stay = numpyro.sample("stay", dist.Uniform(0, 1))
    leave = numpyro.sample("leave", dist.Uniform(0, 1))
    low = numpyro.sample("low", flat(constraints.positive))
    high = numpyro.sample("high", flat(constraints.greater_than(low)))
    mu = jnp.stack([low, high])
    numpyro.factor("prior", dist.Normal(jnp.array([3.0, 10.0]), 1).log_prob(mu).sum())
    transition = jnp.log(jnp.array([[stay, 1 - stay], [leave, 1 - leave]]))
    emission = dist.Normal(mu, 1).log_prob(data["y"][:, None])

    def step(forward: Any, row: Any) -> Any:
        return logsumexp(forward[:, None] + transition, axis=0) + row, None

    last, _ = jax.lax.scan(step, emission[0], emission[1:])
    numpyro.factor("y", logsumexp(last))


def low_dim_gauss_mix(data: Data) -> None:
    """With the labels summed over."""
    mu = numpyro.sample("mu", flat(constraints.ordered_vector, 2))
    numpyro.factor("prior", dist.Normal(0, 2).log_prob(mu).sum())
    sigma = numpyro.sample("sigma", dist.HalfNormal(2).expand([2]).to_event(1))
    theta = numpyro.sample("theta", dist.Beta(5, 5))
    first = jnp.log(theta) + dist.Normal(mu[0], sigma[0]).log_prob(data["y"])
    second = jnp.log1p(-theta) + dist.Normal(mu[1], sigma[1]).log_prob(data["y"])
    numpyro.factor("y", jnp.logaddexp(first, second).sum())


def radon_mn_nc(data: Data) -> None:
    """Non-centred."""
    alpha_raw = numpyro.sample("alpha_raw", dist.Normal(0, 1).expand([85]).to_event(1))
    beta = numpyro.sample("beta", dist.Normal(0, 10).expand([2]).to_event(1))
    mu_alpha = numpyro.sample("mu_alpha", dist.Normal(0, 10))
    sigma_alpha = numpyro.sample("sigma_alpha", dist.HalfNormal(1))
    sigma_y = numpyro.sample("sigma_y", dist.HalfNormal(1))
    alpha = mu_alpha + sigma_alpha * alpha_raw
    mean = alpha[data["county"] - 1] + data["X"] @ beta
    numpyro.sample("y", dist.Normal(mean, sigma_y), obs=data["y"])


def diamonds(data: Data) -> None:
    """With centred predictors."""
    b = numpyro.sample("b", dist.Normal(0, 1).expand([24]).to_event(1))
    intercept = numpyro.sample("intercept", dist.StudentT(3, 8, 10))
    sigma = numpyro.sample("sigma", flat(constraints.positive))
    numpyro.factor("prior", dist.StudentT(3, 0, 10).log_prob(sigma))
    numpyro.sample("y", dist.Normal(intercept + data["X"] @ b, sigma), obs=data["y"])


def logistic_10kx100(data: Data) -> None:
    """By the log odds."""
    intercept = numpyro.sample("intercept", dist.Normal(0, 2.5))
    beta = numpyro.sample("beta", dist.Normal(0, 1).expand([100]).to_event(1))
    numpyro.sample("y", dist.Bernoulli(logits=intercept + data["X"] @ beta), obs=data["y"])


def hier_1000x20k(data: Data) -> None:
    """Non-centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfNormal(2))
    slope = numpyro.sample("slope", dist.Normal(0, 5))
    sigma = numpyro.sample("sigma", dist.HalfNormal(2))
    z = numpyro.sample("z", dist.Normal(0, 1).expand([1000]).to_event(1))
    mean = (mu + tau * z)[data["group"] - 1] + slope * data["x"]
    numpyro.sample("y", dist.Normal(mean, sigma), obs=data["y"])


def iid_normal(data: Data) -> None:
    """One law."""
    mu = numpyro.sample("mu", dist.Normal(0, 10))
    sigma = numpyro.sample("sigma", dist.HalfNormal(10))
    numpyro.sample("y", dist.Normal(mu, sigma), obs=data["y"])
