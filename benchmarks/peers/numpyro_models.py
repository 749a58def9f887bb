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
    beta = numpyro.sample("beta", flat(constraints.real_vector, data["X"].shape[1] + 1))
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


def rats(data: Data) -> None:
    """Centred."""
    mu_alpha = numpyro.sample("mu_alpha", dist.Normal(0, 100))
    mu_beta = numpyro.sample("mu_beta", dist.Normal(0, 100))
    sigma_y = numpyro.sample("sigma_y", flat(constraints.positive))
    sigma_alpha = numpyro.sample("sigma_alpha", flat(constraints.positive))
    sigma_beta = numpyro.sample("sigma_beta", flat(constraints.positive))
    alpha = numpyro.sample("alpha", dist.Normal(mu_alpha, sigma_alpha).expand([30]).to_event(1))
    beta = numpyro.sample("beta", dist.Normal(mu_beta, sigma_beta).expand([30]).to_event(1))
    rat = data["rat"] - 1
    mean = alpha[rat] + beta[rat] * data["age"]
    numpyro.sample("weight", dist.Normal(mean, sigma_y), obs=data["weight"])


def irt_2pl(data: Data) -> None:
    """With a table of items and persons."""
    items, persons = data["y"].shape
    sigma_theta = numpyro.sample("sigma_theta", dist.HalfCauchy(2))
    sigma_a = numpyro.sample("sigma_a", dist.HalfCauchy(2))
    sigma_b = numpyro.sample("sigma_b", dist.HalfCauchy(2))
    mu_b = numpyro.sample("mu_b", dist.Normal(0, 5))
    theta = numpyro.sample("theta", dist.Normal(0, sigma_theta).expand([persons]).to_event(1))
    a = numpyro.sample("a", dist.LogNormal(0, sigma_a).expand([items]).to_event(1))
    b = numpyro.sample("b", dist.Normal(mu_b, sigma_b).expand([items]).to_event(1))
    logits = a[:, None] * (theta - b[:, None])
    numpyro.sample("y", dist.Bernoulli(logits=logits), obs=data["y"])


def election88(data: Data) -> None:
    """By the log odds."""
    beta = numpyro.sample("beta", dist.Normal(0, 100).expand([5]).to_event(1))
    logits = data["X"] @ beta
    groups = {"a": (4, "age"), "b": (4, "edu"), "c": (16, "age_edu"), "d": (51, "state")}
    for name, (size, group) in (groups | {"e": (5, "region")}).items():
        sigma = numpyro.sample(f"sigma_{name}", flat(constraints.interval(0.0, 100.0)))
        effect = numpyro.sample(name, dist.Normal(0, sigma).expand([size]).to_event(1))
        logits = logits + effect[data[group] - 1]
    numpyro.sample("y", dist.Bernoulli(logits=logits), obs=data["y"])


def seeds(data: Data) -> None:
    """By the log odds."""
    alpha0, alpha1, alpha2, alpha12 = (
        numpyro.sample(f"alpha{name}", dist.Normal(0, 1000)) for name in ("0", "1", "2", "12")
    )
    tau = numpyro.sample("tau", dist.Gamma(1e-3, 1e-3))
    b = numpyro.sample("b", dist.Normal(0, 1 / jnp.sqrt(tau)).expand([21]).to_event(1))
    seed, extract = data["seed"], data["extract"]
    logits = alpha0 + alpha1 * seed + alpha2 * extract + alpha12 * seed * extract + b
    law = dist.Binomial(data["total"], logits=logits)
    numpyro.sample("germinated", law, obs=data["germinated"])


def dugongs(data: Data) -> None:
    """As it is."""
    alpha = numpyro.sample("alpha", dist.Normal(0, 1000))
    beta = numpyro.sample("beta", dist.Normal(0, 1000))
    base = numpyro.sample("lambda", dist.Uniform(0.5, 1))
    tau = numpyro.sample("tau", dist.Gamma(1e-4, 1e-4))
    law = dist.Normal(alpha - beta * base ** data["age"], 1 / jnp.sqrt(tau))
    numpyro.sample("length", law, obs=data["length"])


def kilpisjarvi(data: Data) -> None:
    """As it is."""
    alpha = numpyro.sample("alpha", dist.Normal(data["centre"][0], data["spread"][0]))
    beta = numpyro.sample("beta", dist.Normal(data["centre"][1], data["spread"][1]))
    sigma = numpyro.sample("sigma", flat(constraints.positive))
    numpyro.sample("y", dist.Normal(alpha + beta * data["x"], sigma), obs=data["y"])


def mesquite(data: Data) -> None:
    """Without priors."""
    beta = numpyro.sample("beta", flat(constraints.real_vector, data["X"].shape[1] + 1))
    sigma = numpyro.sample("sigma", flat(constraints.positive))
    numpyro.sample("y", dist.Normal(beta[0] + data["X"] @ beta[1:], sigma), obs=data["y"])


def hmm_gaussian(data: Data) -> None:
    """With a scan over times."""
    first = numpyro.sample("first", flat(constraints.simplex, 3))
    transition = numpyro.sample("A", flat(constraints.simplex, 3, 3))
    sigma = numpyro.sample("sigma", flat(constraints.positive, 3))
    mu = numpyro.sample("mu", flat(constraints.ordered_vector, 3))
    emission = dist.Normal(mu, sigma).log_prob(data["y"][:, None])
    start = jnp.log(first) + emission[0].sum()
    step_from = jnp.log(transition)

    def step(forward: Any, row: Any) -> Any:
        return logsumexp(forward[:, None] + step_from, axis=0) + row, None

    last, _ = jax.lax.scan(step, start, emission[1:])
    numpyro.factor("y", logsumexp(last))


def lda_k2(data: Data) -> None:
    """With the topics summed over."""
    theta = numpyro.sample("theta", dist.Dirichlet(jnp.ones(2)).expand([6]).to_event(1))
    phi = numpyro.sample("phi", dist.Dirichlet(jnp.ones(249)).expand([2]).to_event(1))
    text = jnp.log(jnp.sum(theta[data["document"] - 1] * phi[:, data["word"] - 1].T, axis=1))
    numpyro.factor("text", text.sum())


def uk_drivers(data: Data) -> None:
    """With the sums of twelve months as slices."""
    y, n = data["y"], len(data["y"])
    middle, room = y.mean(), 3 * y.std(ddof=1)
    mu = numpyro.sample("mu", flat(constraints.interval(middle - room, middle + room), n))
    seasonal = numpyro.sample("seasonal", flat(constraints.real_vector, n))
    beta = numpyro.sample("beta", flat(constraints.real))
    law = numpyro.sample("lambda", flat(constraints.real))
    # By its steps, as Stan transforms positive ordered vectors; NumPyro orders the logarithms.
    sigma = jnp.cumsum(numpyro.sample("sigma", flat(constraints.positive, 3)))
    numpyro.factor("sigma_prior", dist.StudentT(4, 0, 1).log_prob(sigma).sum())
    year = sum(seasonal[k : n - 11 + k] for k in range(12))
    numpyro.factor("seasons", dist.Normal(0, sigma[0]).log_prob(year).sum())
    numpyro.factor("level", dist.Normal(0, sigma[1]).log_prob(jnp.diff(mu)).sum())
    mean = mu + beta * data["petrol"] + law * data["law"] + seasonal
    numpyro.sample("y", dist.Normal(mean, sigma[2]), obs=y)


def bym2(data: Data) -> None:
    """With a row for each pair of neighbours."""
    count = len(data["accidents"])
    beta0 = numpyro.sample("beta0", dist.Normal(0, 1))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    rho = numpyro.sample("rho", dist.Beta(0.5, 0.5))
    theta = numpyro.sample("theta", dist.Normal(0, 1).expand([count]).to_event(1))
    phi = numpyro.sample("phi", flat(constraints.real_vector, count))
    steps = phi[data["first"] - 1] - phi[data["second"] - 1]
    numpyro.factor("smooth", -0.5 * (steps**2).sum())
    numpyro.factor("centre", dist.Normal(0, 0.001 * count).log_prob(phi.sum()))
    effect = jnp.sqrt(1 - rho) * theta + jnp.sqrt(rho / data["scaling"]) * phi
    rate = data["exposure"] * jnp.exp(beta0 + effect * sigma)
    numpyro.sample("accidents", dist.Poisson(rate), obs=data["accidents"])


def accel_gp(data: Data) -> None:
    """By the bases."""

    def process(name: str, basis: Any, frequency: Any) -> Any:
        sd = numpyro.sample(f"sd{name}", flat(constraints.positive))
        numpyro.factor(f"sd_prior{name}", dist.StudentT(3, 0, 36).log_prob(sd))
        length = numpyro.sample(f"length{name}", dist.InverseGamma(1.124909, 0.0177))
        law = dist.Normal(0, 1).expand([len(frequency)]).to_event(1)
        z = numpyro.sample(f"z{name}", law)
        root = sd * jnp.sqrt(jnp.sqrt(2 * jnp.pi) * length)
        return basis @ (root * jnp.exp(-((length * frequency / 2) ** 2)) * z)

    intercept = numpyro.sample("intercept", dist.StudentT(3, -13, 36))
    mean = intercept + process("1", data["X"], data["frequency"])
    intercept_sigma = numpyro.sample("intercept_sigma", dist.StudentT(3, 0, 10))
    log_scale = intercept_sigma + process("2", data["Z"], data["frequency_sigma"])
    numpyro.sample("y", dist.Normal(mean, jnp.exp(log_scale)), obs=data["y"])


def arma11(data: Data) -> None:
    """With a scan over times."""
    y = data["y"]
    mu = numpyro.sample("mu", dist.Normal(0, 10))
    phi = numpyro.sample("phi", dist.Normal(0, 2))
    theta = numpyro.sample("theta", dist.Normal(0, 2))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(2.5))

    def step(error: Any, row: Any) -> Any:
        new = row - theta * error
        return new, new

    first = y[0] - (mu + phi * mu)
    _, rest = jax.lax.scan(step, first, y[1:] - mu - phi * y[:-1])
    errors = jnp.concatenate([first[None], rest])
    numpyro.factor("y", dist.Normal(0, sigma).log_prob(errors).sum())


def losscurve(data: Data) -> None:
    """As it is."""
    omega = numpyro.sample("omega", dist.LogNormal(0, 0.5))
    theta = numpyro.sample("theta", dist.LogNormal(0, 0.5))
    mu = numpyro.sample("mu", dist.Normal(0, 0.5))
    sd_ratio = numpyro.sample("sd_ratio", dist.LogNormal(0, 0.5))
    loss_sd = numpyro.sample("loss_sd", dist.LogNormal(0, 0.7))
    law = dist.LogNormal(mu, sd_ratio).expand([len(data["premium"])]).to_event(1)
    ratio = numpyro.sample("ratio", law)
    cohort = data["cohort"] - 1
    due = data["premium"][cohort]
    growth = 1 - jnp.exp(-((data["time"] / theta) ** omega))
    law = dist.Normal(ratio[cohort] * due * growth, loss_sd * due)
    numpyro.sample("loss", law, obs=data["loss"])


# Regressions of the same form, on other columns.
kidscore_momhs = kidscore_momiq = kidscore_interaction = kidscore_momhsiq
earn_height = logearn_interaction = logmesquite_logvash = mesquite


def eight_schools_centred(data: Data) -> None:
    """Centred."""
    mu = numpyro.sample("mu", dist.Normal(0, 5))
    tau = numpyro.sample("tau", dist.HalfCauchy(5))
    theta = numpyro.sample("theta", dist.Normal(mu, tau).expand([8]).to_event(1))
    numpyro.sample("y", dist.Normal(theta, data["sigma"]), obs=data["y"])


def gp_regr(data: Data) -> None:
    """With the covariance of the observations."""
    x = data["x"]
    rho = numpyro.sample("rho", dist.Gamma(25, 4))
    alpha = numpyro.sample("alpha", dist.HalfNormal(2))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    distance = (x[:, None] - x) / rho
    covariance = alpha**2 * jnp.exp(-0.5 * distance**2) + sigma * jnp.eye(len(x))
    numpyro.sample("y", dist.MultivariateNormal(jnp.zeros(len(x)), covariance), obs=data["y"])


def hmm_drive(data: Data) -> None:
    """With a scan over times."""
    theta = jnp.stack(
        [numpyro.sample(f"theta{k + 1}", dist.Dirichlet(data["alpha"][k])) for k in range(2)]
    )
    # By their steps, as Stan transforms positive ordered vectors; NumPyro orders the logarithms.
    emission: Any = 0.0
    for name, series in (("phi", data["u"]), ("lambda", data["v"])):
        rate = jnp.cumsum(numpyro.sample(name, flat(constraints.positive, 2)))
        numpyro.factor(f"{name}_prior", dist.Normal(jnp.array([0.0, 3.0]), 1).log_prob(rate).sum())
        emission = emission + dist.Exponential(rate).log_prob(series[:, None])
    transition = jnp.log(theta)

    def step(forward: Any, row: Any) -> Any:
        return logsumexp(forward[:, None] + transition, axis=0) + row, None

    last, _ = jax.lax.scan(step, emission[0], emission[1:])
    numpyro.factor("series", logsumexp(last))


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
