"""Laws of series along time and of fields on graphs."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import scipy.stats as st

import ppl

from .event_case import HALF_LOG_2PI, EventCase, covariance_of, log_det, normal, spd, tril

STEPS = 5
# A cycle of four places with one chord of weight 2.
EDGES = {(0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0, (3, 0): 1.0, (0, 2): 2.0}
ADJACENCY = np.zeros((4, 4))
for (i, j), w in EDGES.items():
    ADJACENCY[i, j] = ADJACENCY[j, i] = w


def normal_number(x: Any, loc: Any, scale: Any) -> Any:
    return -(((x - loc) / scale) ** 2) / 2 - mp.log(scale) - HALF_LOG_2PI


def walk(x: Any, drift: Any, scale: Any) -> Any:
    """As a dense normal law: covariances scale^2 min(s, t)."""
    n = len(x)
    covariance = mp.matrix(n, n)
    for s in range(n):
        for t in range(n):
            covariance[s, t] = scale**2 * (1 + min(s, t))
    return normal([v - drift * (t + 1) for t, v in enumerate(x)], covariance)


def vector_walk(x: Any, loc: Any, **scale: Any) -> Any:
    """As a dense normal law of all times, covariances of a step times min(s, t)."""
    step = covariance_of(scale)
    n = step.rows
    covariance = mp.matrix(n * x.rows, n * x.rows)
    flat = []
    for s in range(x.rows):
        flat += [x[s, i] - loc[i] * (s + 1) for i in range(n)]
        for t in range(x.rows):
            for i in range(n):
                for j in range(n):
                    covariance[s * n + i, t * n + j] = step[i, j] * (1 + min(s, t))
    return normal(flat, covariance)


def ar(x: Any, rho: Any, scale: Any, constant: Any) -> Any:
    """As a dense normal law: x = M e with independent e, the first values N(0.5, 2)."""
    p, n = len(rho), len(x)
    mean = [mp.mpf("0.5")] * p
    rows = [[mp.mpf(2 if i == j else 0) for j in range(n)] for i in range(p)]
    for t in range(p, n):
        mean.append(constant + mp.fsum(rho[i] * mean[t - 1 - i] for i in range(p)))
        row = [mp.fsum(rho[i] * rows[t - 1 - i][j] for i in range(p)) for j in range(n)]
        row[t] += scale
        rows.append(row)
    matrix = mp.matrix(rows)
    return normal([v - m for v, m in zip(x, mean, strict=True)], matrix * matrix.T)


def garch(x: Any, omega: Any, alpha_1: Any, beta_1: Any, initial_vol: Any) -> Any:
    variance, total = initial_vol**2, mp.mpf(0)
    for v in x:
        total += normal_number(v, 0, mp.sqrt(variance))
        variance = omega + alpha_1 * v**2 + beta_1 * variance
    return total


def car(x: Any, loc: Any, correlation: Any, conditional_precision: Any) -> Any:
    weights = mp.matrix(ADJACENCY.tolist())
    degrees = mp.diag([mp.mpf(v) for v in ADJACENCY.sum(axis=1).tolist()])
    precision = conditional_precision * (degrees - correlation * weights)
    centred = mp.matrix([[v - m] for v, m in zip(x, loc, strict=True)])
    square = (centred.T * precision * centred)[0]
    return log_det(precision) / 2 - square / 2 - len(x) * HALF_LOG_2PI


def icar(x: Any, scale: Any) -> Any:
    """By the eigenvalues of the Laplacian but the one that is 0."""
    laplacian = mp.matrix((np.diag(ADJACENCY.sum(axis=1)) - ADJACENCY).tolist())
    values = sorted(mp.eigsy(laplacian, eigvals_only=True))[1:]
    square = mp.fsum(w * (x[i] - x[j]) ** 2 for (i, j), w in EDGES.items())
    constant = mp.fsum(mp.log(v) for v in values) / 2 - 3 * (mp.log(scale) + HALF_LOG_2PI)
    return constant - square / (2 * scale**2)


VARIANCE = np.diag(np.linalg.pinv(np.diag(ADJACENCY.sum(axis=1)) - ADJACENCY))

CASES = (
    EventCase(
        ppl.GaussianRandomWalk,
        walk,
        (
            {"drift": 0.3, "scale": 1.5},
            {"drift": -1e3, "scale": 1e-3},
            {"drift": 0.0, "scale": 1e6},
        ),
        {"scale": (0.0, "positive")},
        options={"num_steps": STEPS},
        marginals=((lambda x: x[..., 3], st.norm(1.2, 3.0).cdf),),
        small={"drift": 0.3, "scale": 1.5},
        small_options={"num_steps": 2},
    ),
    EventCase(
        ppl.MultivariateGaussianRandomWalk,
        vector_walk,
        (
            {"loc": np.array([0.5, -1.0]), "covariance_matrix": spd(2, 1)},
            {"loc": np.array([0.5, -1.0]), "scale_tril": tril(2, 2)},
            {"loc": np.array([0.5, -1.0]), "precision_matrix": spd(2, 3)},
        ),
        {"scale_tril": (-np.eye(2), "lower triangular")},
        options={"num_steps": 3},
        symmetric=("covariance_matrix", "precision_matrix"),
        lower=("scale_tril",),
        marginals=(
            (lambda x: x[..., 2, 0], lambda v: st.norm(1.5, (3 * spd(2, 1)[0, 0]) ** 0.5).cdf(v)),
        ),
        small={"loc": np.array([0.5]), "scale_tril": np.array([[0.7]])},
        small_options={"num_steps": 2},
    ),
    EventCase(
        ppl.AR,
        ar,
        (
            {"rho": np.array([0.5, -0.3]), "scale": 0.7, "constant": 0.4},
            {"rho": np.array([1.5]), "scale": 1e-3, "constant": 0.0},
        ),
        {"scale": (0.0, "positive")},
        options={"num_steps": STEPS, "init": ppl.Normal(0.5, 2.0)},
        marginals=(
            (
                lambda x: x[..., 2] - 0.5 * x[..., 1] + 0.3 * x[..., 0],
                st.norm(0.4, 0.7).cdf,
            ),
        ),
        small={"rho": np.array([0.5]), "scale": 0.7, "constant": 0.4},
        small_options={"num_steps": 2, "init": ppl.Normal(0.5, 2.0)},
    ),
    EventCase(
        ppl.GARCH11,
        garch,
        (
            {"omega": 0.4, "alpha_1": 0.3, "beta_1": 0.5, "initial_vol": 1.2},
            {"omega": 1e-6, "alpha_1": 0.1, "beta_1": 0.89, "initial_vol": 1e-2},
        ),
        {"omega": (0.0, "positive"), "alpha_1": (-0.1, "nonnegative")},
        options={"num_steps": STEPS},
        marginals=((lambda x: x[..., 0], st.norm(0.0, 1.2).cdf),),
        small={"omega": 0.4, "alpha_1": 0.3, "beta_1": 0.5, "initial_vol": 1.2},
        small_options={"num_steps": 2},
        missing=("entropy",),
    ),
    EventCase(
        ppl.CAR,
        car,
        (
            {
                "loc": np.array([0.5, 0.0, -1.0, 2.0]),
                "correlation": 0.6,
                "conditional_precision": 2.5,
            },
            {
                "loc": np.array([0.5, 0.0, -1.0, 2.0]),
                "correlation": 0.9999,
                "conditional_precision": 1e-4,
            },
            {
                "loc": np.array([0.5, 0.0, -1.0, 2.0]),
                "correlation": -0.5,
                "conditional_precision": 1e4,
            },
        ),
        {"correlation": (1.5, "in the interval"), "conditional_precision": (0.0, "positive")},
        options={"adjacency": ADJACENCY},
        small={"loc": np.array([0.5, -1.0]), "correlation": 0.6, "conditional_precision": 2.5},
        small_options={"adjacency": np.array([[0.0, 1.0], [1.0, 0.0]])},
    ),
    EventCase(
        ppl.ICAR,
        icar,
        ({"scale": 1.3}, {"scale": 1e-4}, {"scale": 1e4}),
        {"scale": (0.0, "positive")},
        options={"adjacency": ADJACENCY},
        marginals=((lambda x: x[..., 1], st.norm(0.0, 1.3 * VARIANCE[1] ** 0.5).cdf),),
        small={"scale": 1.3},
        small_options={"adjacency": [[0, 1, 1], [1, 0, 2], [1, 2, 0]]},
    ),
)
