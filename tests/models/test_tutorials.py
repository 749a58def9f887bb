"""Tutorial models of PyMC and NumPyro: the gallery has them in no more lines than the shorter."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # the gallery is not installed

# The same models as users of the two systems write them: by model of the gallery.
PYMC = {
    "eight_schools_centred": """
        with pm.Model(coords={"school": SCHOOLS}):
            mu = pm.Normal("mu", 0, 5)
            tau = pm.HalfCauchy("tau", 5)
            theta = pm.Normal("theta", mu, tau, dims="school")
            pm.Normal("y", theta, sigma, observed=y, dims="school")
    """,
    "hierarchical_regression": """
        with pm.Model(coords={"rat": range(1, 31)}):
            mean_a = pm.Normal("mean_a", 250, 50)
            sd_a = pm.HalfNormal("sd_a", 50)
            mean_b = pm.Normal("mean_b", 0, 10)
            sd_b = pm.HalfNormal("sd_b", 5)
            a = pm.Normal("a", mean_a, sd_a, dims="rat")
            b = pm.Normal("b", mean_b, sd_b, dims="rat")
            sigma = pm.HalfNormal("sigma", 20)
            pm.Normal("weight", a[rat] + b[rat] * (day - 22), sigma, observed=weight)
    """,
    "galaxies": """
        with pm.Model(coords={"gap": ["1 to 2", "2 to 3"]}):
            lowest = pm.Normal("lowest", 10, 3)
            weights = pm.Dirichlet("weights", np.full(3, 2.0))
            gap = pm.Gamma("gap_size", 16, 4 / 3, dims="gap")
            mean = pm.Deterministic("mean", lowest + pt.concatenate([[0.0], pt.cumsum(gap)]))
            sd = pm.LogNormal("sd", 0.5, 0.5)
            pm.Mixture("y", w=weights, comp_dists=pm.Normal.dist(mean, sd), observed=y)
    """,
    "gp_regr": """
        with pm.Model():
            rho = pm.Gamma("rho", 25, 4)
            alpha = pm.HalfNormal("alpha", 2)
            sigma = pm.HalfNormal("sigma", 1)
            gp = pm.gp.Marginal(cov_func=alpha**2 * pm.gp.cov.ExpQuad(1, ls=rho))
            gp.marginal_likelihood("y", X=x[:, None], y=y, sigma=pt.sqrt(sigma))
    """,
}
NUMPYRO = {
    "eight_schools_centred": """
        def model(sigma, y=None):
            mu = sample("mu", Normal(0, 5))
            tau = sample("tau", HalfCauchy(5))
            with plate("school", len(sigma)):
                theta = sample("theta", Normal(mu, tau))
                sample("y", Normal(theta, sigma), obs=y)
    """,
    "hierarchical_regression": """
        def model(rat, day, weight=None):
            mean_a = sample("mean_a", Normal(250, 50))
            sd_a = sample("sd_a", HalfNormal(50))
            mean_b = sample("mean_b", Normal(0, 10))
            sd_b = sample("sd_b", HalfNormal(5))
            with plate("rat", 30):
                a = sample("a", Normal(mean_a, sd_a))
                b = sample("b", Normal(mean_b, sd_b))
            sigma = sample("sigma", HalfNormal(20))
            sample("weight", Normal(a[rat] + b[rat] * (day - 22), sigma), obs=weight)
    """,
    "galaxies": """
        def model(y=None):
            lowest = sample("lowest", Normal(10, 3))
            weights = sample("weights", Dirichlet(jnp.full(3, 2.0)))
            with plate("gap", 2):
                gap = sample("gap_size", Gamma(16, 4 / 3))
            mean = deterministic("mean", lowest + jnp.append(0.0, jnp.cumsum(gap)))
            sd = sample("sd", LogNormal(0.5, 0.5))
            with plate("galaxy", 82):
                sample("y", MixtureSameFamily(Categorical(weights), Normal(mean, sd)), obs=y)
    """,
    "gp_regr": """
        def model(x, y=None):
            rho = sample("rho", Gamma(25, 4))
            alpha = sample("alpha", HalfNormal(2))
            sigma = sample("sigma", HalfNormal(1))
            k = alpha**2 * jnp.exp(-0.5 * ((x[:, None] - x) / rho) ** 2) + sigma * jnp.eye(len(x))
            sample("y", MultivariateNormal(0, covariance_matrix=k), obs=y)
    """,
}


def lines(code: str) -> int:
    """Lines of code, without documentation; none may be longer than 100 columns."""
    text = textwrap.dedent(code).strip()
    assert max(map(len, text.splitlines())) <= 100
    block: Any = ast.parse(text).body[0]
    documented = isinstance(block, ast.FunctionDef) and ast.get_docstring(block) is not None
    own = ast.get_source_segment(text, block.body[0]) if documented else ""
    return len(text.splitlines()) - len((own or "").splitlines())


def test_lines_are_counted_without_documentation() -> None:
    assert lines('def f():\n    """One\n    two."""\n    x = 1\n    return x\n') == 3
    assert lines("with a:\n    b\n") == 2


@pytest.mark.parametrize("name", list(PYMC))
def test_no_more_lines_than_the_shorter_of_two(name: str) -> None:
    module = importlib.import_module(f"models.{name}")
    (function,) = (
        value
        for value in vars(module).values()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if value.__name__ != "posterior"
    )
    assert lines(inspect.getsource(function)) <= min(lines(PYMC[name]), lines(NUMPYRO[name]))
