"""Laws of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import scipy.stats as st

import ppl

from .event_case import (
    HALF_LOG_2PI,
    EventCase,
    covariance_of,
    log_det,
    normal,
    quadratic,
    spd,
    trace,
    tril,
)


def multivariate_normal(x: Any, loc: Any = None, **scale: Any) -> Any:
    centred = [v - m for v, m in zip(x, loc, strict=True)]
    return normal(centred, covariance_of(scale))


def multivariate_log_normal(x: Any, **parameters: Any) -> Any:
    logs = [mp.log(v) for v in x]
    return multivariate_normal(logs, **parameters) - mp.fsum(logs)


def logistic_normal(x: Any, **parameters: Any) -> Any:
    ratios = [mp.log(v / x[-1]) for v in x[:-1]]
    return multivariate_normal(ratios, **parameters) - mp.fsum(mp.log(v) for v in x)


def low_rank(x: Any, loc: Any, cov_factor: Any, cov_diag: Any) -> Any:
    covariance = cov_factor * cov_factor.T + mp.diag(cov_diag)
    return normal([v - m for v, m in zip(x, loc, strict=True)], covariance)


def student_t(x: Any, df: Any, loc: Any, **scale: Any) -> Any:
    matrix = scale.get("scale_matrix") or scale["scale_tril"] * scale["scale_tril"].T
    n = len(x)
    square = quadratic(matrix, [v - m for v, m in zip(x, loc, strict=True)])
    constant = mp.loggamma((df + n) / 2) - mp.loggamma(df / 2) - n * mp.log(df * mp.pi) / 2
    return constant - log_det(matrix) / 2 - (df + n) / 2 * mp.log1p(square / df)


def dirichlet(x: Any, concentration: Any) -> Any:
    total = mp.loggamma(mp.fsum(concentration))
    parts = ((a - 1) * mp.log(v) - mp.loggamma(a) for a, v in zip(concentration, x, strict=True))
    return total + mp.fsum(parts)


def log_probs(parameters: Any) -> Any:
    if "probs" in parameters:
        return [mp.log(p) for p in parameters["probs"]]
    total = mp.log(mp.fsum(mp.exp(v) for v in parameters["logits"]))
    return [v - total for v in parameters["logits"]]


def multinomial(x: Any, total_count: Any, **probability: Any) -> Any:
    logs = log_probs(probability)
    terms = (v * p - mp.loggamma(v + 1) for v, p in zip(x, logs, strict=True))
    return mp.loggamma(total_count + 1) + mp.fsum(terms)


def dirichlet_multinomial(x: Any, concentration: Any, total_count: Any) -> Any:
    total = mp.fsum(concentration)
    whole = mp.loggamma(total_count + 1) + mp.loggamma(total) - mp.loggamma(total_count + total)
    return whole + mp.fsum(
        mp.loggamma(v + a) - mp.loggamma(a) - mp.loggamma(v + 1)
        for v, a in zip(x, concentration, strict=True)
    )


def one_hot(x: Any, **probability: Any) -> Any:
    return mp.fsum(v * p for v, p in zip(x, log_probs(probability), strict=True))


def relaxed(x: Any, temperature: Any, **probability: Any) -> Any:
    k, logs = len(x), log_probs(probability)
    terms = [p - temperature * mp.log(v) for v, p in zip(x, logs, strict=True)]
    constant = mp.loggamma(k) + (k - 1) * mp.log(temperature)
    product = mp.fsum(t - mp.log(v) for t, v in zip(terms, x, strict=True))
    return constant + product - k * mp.log(mp.fsum(mp.exp(t) for t in terms))


def zero_sum(x: Any, scale: Any) -> Any:
    square = mp.fsum(v * v for v in x) / scale**2
    return -square / 2 - (len(x) - 1) * (mp.log(scale) + HALF_LOG_2PI)


def log_volume(n: int, eta: Any) -> Any:
    """Joe's normalisation, as in the Stan functions reference."""
    return mp.fsum(
        k * mp.log(mp.pi) / 2
        + mp.loggamma(eta + mp.mpf(n - 1 - k) / 2)
        - mp.loggamma(eta + mp.mpf(n - 1) / 2)
        for k in range(1, n)
    )


def lkj(x: Any, concentration: Any) -> Any:
    return (concentration - 1) * log_det(x) - log_volume(x.rows, concentration)


def lkj_cholesky(x: Any, concentration: Any) -> Any:
    n = x.rows
    powers = ((n - k - 1 + 2 * concentration - 2) * mp.log(x[k, k]) for k in range(1, n))
    return mp.fsum(powers) - log_volume(n, concentration)


def multigamma(a: Any, n: int) -> Any:
    constant = mp.mpf(n * (n - 1)) / 4 * mp.log(mp.pi)
    return constant + mp.fsum(mp.loggamma(a - mp.mpf(i) / 2) for i in range(n))


def scale_of(parameters: Any) -> Any:
    if "scale_tril" in parameters:
        return parameters["scale_tril"] * parameters["scale_tril"].T
    return parameters["scale_matrix"]


def wishart(x: Any, df: Any, **scale: Any) -> Any:
    n, matrix = x.rows, scale_of(scale)
    constant = df * n / 2 * mp.log(2) + df / 2 * log_det(matrix) + multigamma(df / 2, n)
    return (df - n - 1) / 2 * log_det(x) - trace(mp.inverse(matrix) * x) / 2 - constant


def inverse_wishart(x: Any, df: Any, **scale: Any) -> Any:
    n, matrix = x.rows, scale_of(scale)
    constant = df * n / 2 * mp.log(2) - df / 2 * log_det(matrix) + multigamma(df / 2, n)
    return -(df + n + 1) / 2 * log_det(x) - trace(matrix * mp.inverse(x)) / 2 - constant


def factor_jacobian(x: Any) -> Any:
    n = x.rows
    return n * mp.log(2) + mp.fsum((n - k) * mp.log(x[k, k]) for k in range(n))


def wishart_cholesky(x: Any, **parameters: Any) -> Any:
    return wishart(x * x.T, **parameters) + factor_jacobian(x)


def inverse_wishart_cholesky(x: Any, **parameters: Any) -> Any:
    return inverse_wishart(x * x.T, **parameters) + factor_jacobian(x)


def matrix_normal(x: Any, loc: Any, **scale: Any) -> Any:
    rows = scale.get("row_covariance") or scale["scale_tril_row"] * scale["scale_tril_row"].T
    columns = (
        scale.get("column_covariance") or scale["scale_tril_column"] * scale["scale_tril_column"].T
    )
    centred = x - loc
    n, m = x.rows, x.cols
    square = trace(mp.inverse(columns) * centred.T * mp.inverse(rows) * centred)
    volume = m * log_det(rows) + n * log_det(columns)
    return -square / 2 - volume / 2 - n * m * HALF_LOG_2PI


def matrix_student_t(x: Any, df: Any, loc: Any, **scale: Any) -> Any:
    rows = scale.get("row_scale") or scale["scale_tril_row"] * scale["scale_tril_row"].T
    columns = scale.get("column_scale") or scale["scale_tril_column"] * scale["scale_tril_column"].T
    centred = x - loc
    n, m = x.rows, x.cols

    def log_multigamma(a: Any) -> Any:
        return mp.fsum(mp.loggamma(a - mp.mpf(i) / 2) for i in range(n))

    power = (df + n + m - 1) / 2
    inner = mp.eye(n) + mp.inverse(rows) * centred * mp.inverse(columns) * centred.T
    constant = log_multigamma(power) - log_multigamma((df + n - 1) / 2) - n * m * mp.log(mp.pi) / 2
    volume = m * log_det(rows) + n * log_det(columns)
    return constant - volume / 2 - power * log_det(inner)


GAUSSIAN = ("covariance_matrix", "precision_matrix")
SHAPED = ("scale_matrix", "value")
BAD = np.array([[1.0, 2.0], [2.0, 1.0]])
BAD3 = -np.eye(3)
TRIL2 = np.array([[1.0, 0.0], [0.3, 0.5]])

GAUSSIANS: tuple[dict[str, Any], ...] = (
    {"loc": np.array([0.5, -1.0, 2.0]), "covariance_matrix": spd(3, 1)},
    {"loc": np.array([0.5, -1.0, 2.0]), "precision_matrix": spd(3, 2)},
    {"loc": np.array([0.5, -1.0, 2.0]), "scale_tril": tril(3, 3)},
)
FAR: tuple[dict[str, Any], ...] = (
    {"loc": np.array([1e3, -1e3]), "covariance_matrix": np.array([[1e8, 0.0], [0.0, 1e-6]])},
    {"loc": np.array([0.0, 1.0]), "scale_tril": np.array([[1e-6, 0.0], [1e3, 1e2]])},
    {"loc": np.array([0.0, 1.0]), "precision_matrix": spd(2, 5, 4.0)},
)

CASES = (
    EventCase(
        ppl.MultivariateNormal,
        multivariate_normal,
        (*GAUSSIANS, *FAR),
        {"covariance_matrix": (BAD3, "symmetric positive definite")},
        symmetric=GAUSSIAN,
        lower=("scale_tril",),
        marginals=(
            (lambda x: x[..., 1], lambda v: st.norm(-1.0, spd(3, 1)[1, 1] ** 0.5).cdf(v)),
            (
                lambda x: x.sum(-1),
                lambda v: st.norm(1.5, spd(3, 1).sum() ** 0.5).cdf(v),
            ),
        ),
        small={"loc": np.array([0.5, -0.5]), "covariance_matrix": spd(2, 7)},
    ),
    EventCase(
        ppl.MultivariateLogNormal,
        multivariate_log_normal,
        (*GAUSSIANS,),
        {"covariance_matrix": (BAD3, "symmetric positive definite")},
        symmetric=GAUSSIAN,
        lower=("scale_tril",),
        marginals=(
            (
                lambda x: np.log(x[..., 0]),
                lambda v: st.norm(0.5, spd(3, 1)[0, 0] ** 0.5).cdf(v),
            ),
        ),
        small={"loc": np.array([0.5, -0.5]), "covariance_matrix": spd(2, 7)},
    ),
    EventCase(
        ppl.LogisticNormal,
        logistic_normal,
        (*GAUSSIANS,),
        {"covariance_matrix": (BAD3, "symmetric positive definite")},
        symmetric=GAUSSIAN,
        lower=("scale_tril",),
        marginals=(
            (
                lambda x: np.log(x[..., 0] / x[..., 3]),
                lambda v: st.norm(0.5, spd(3, 1)[0, 0] ** 0.5).cdf(v),
            ),
        ),
        small={"loc": np.array([0.5, -0.5]), "covariance_matrix": spd(2, 7)},
        missing=("mean", "variance", "covariance", "entropy"),
    ),
    EventCase(
        ppl.LowRankMultivariateNormal,
        low_rank,
        (
            {
                "loc": np.array([0.5, -1.0, 2.0]),
                "cov_factor": np.array([[1.0, 0.2], [-0.4, 0.7], [0.5, 0.5]]),
                "cov_diag": np.array([0.5, 1.5, 0.2]),
            },
            {
                "loc": np.array([0.0, 1.0, 2.0]),
                "cov_factor": np.array([[1e3], [-2e3], [5e2]]),
                "cov_diag": np.array([1e-3, 1e-2, 1e-3]),
            },
        ),
        {"cov_diag": (np.array([1.0, 0.0, 1.0]), "positive")},
        small={
            "loc": np.array([0.5, -0.5]),
            "cov_factor": np.array([[1.0], [0.4]]),
            "cov_diag": np.array([0.5, 0.3]),
        },
    ),
    EventCase(
        ppl.MultivariateStudentT,
        student_t,
        (
            {"df": 5.0, "loc": np.array([0.5, -1.0, 2.0]), "scale_matrix": spd(3, 1)},
            {"df": 0.3, "loc": np.array([0.5, -1.0]), "scale_tril": tril(2, 3)},
            {"df": 1e6, "loc": np.array([0.5, -1.0]), "scale_tril": tril(2, 3)},
        ),
        {"df": (0.0, "positive"), "scale_matrix": (BAD3, "symmetric positive definite")},
        symmetric=("scale_matrix",),
        lower=("scale_tril",),
        marginals=(
            (lambda x: x[..., 1], lambda v: st.t(5.0, -1.0, spd(3, 1)[1, 1] ** 0.5).cdf(v)),
        ),
        small={"df": 6.0, "loc": np.array([0.5, -0.5]), "scale_matrix": spd(2, 7)},
    ),
    EventCase(
        ppl.Dirichlet,
        dirichlet,
        (
            {"concentration": np.array([1.5, 2.5, 0.7])},
            {"concentration": np.array([0.05, 5.0, 0.2])},
            {"concentration": np.array([1e4, 3e4, 2e5])},
        ),
        {"concentration": (np.array([1.0, 0.0, 2.0]), "positive")},
        marginals=((lambda x: x[..., 0], st.beta(1.5, 3.2).cdf),),
        small={"concentration": np.array([1.5, 2.5, 0.7])},
        largest=lambda concentration: math.lgamma(float(np.sum(concentration))),
    ),
    EventCase(
        ppl.Multinomial,
        multinomial,
        (
            {"total_count": 12.0, "logits": np.array([0.3, -0.7, 1.0])},
            {"total_count": 12.0, "probs": np.array([0.2, 0.5, 0.3])},
            {"total_count": 1e4, "logits": np.array([30.0, -5.0, 1.0])},
        ),
        {"total_count": (-1.0, "a nonnegative integer")},
        largest=lambda total_count, **_: 40 * total_count + math.lgamma(total_count + 1),
    ),
    EventCase(
        ppl.DirichletMultinomial,
        dirichlet_multinomial,
        (
            {"concentration": np.array([1.5, 2.5, 0.7]), "total_count": 12.0},
            {"concentration": np.array([1e7, 2.5e7, 0.7e7]), "total_count": 12.0},
        ),
        {"concentration": (np.array([1.0, -1.0, 2.0]), "positive")},
    ),
    EventCase(
        ppl.OneHotCategorical,
        one_hot,
        (
            {"logits": np.array([0.3, -0.7, 1.0])},
            {"probs": np.array([0.2, 0.5, 0.3])},
            {"logits": np.array([30.0, -500.0, 1.0])},
        ),
        {"probs": (np.array([0.2, 0.5, 0.5]), "with sum 1")},
    ),
    EventCase(
        ppl.RelaxedOneHotCategorical,
        relaxed,
        (
            {"temperature": 0.7, "logits": np.array([0.3, -0.7, 1.0])},
            {"temperature": 2.0, "probs": np.array([0.2, 0.5, 0.3])},
            {"temperature": 0.1, "logits": np.array([3.0, -0.7, 1.0])},
        ),
        {"temperature": (0.0, "positive")},
        marginals=(
            (
                lambda x: np.log(x[..., 0] / x[..., 1]),
                lambda v: st.logistic(1.0 / 0.7, 1 / 0.7).cdf(v),
            ),
        ),
        small={"temperature": 0.7, "logits": np.array([0.3, -0.7, 1.0])},
        missing=("mean", "variance", "covariance", "entropy"),
    ),
    EventCase(
        ppl.ZeroSumNormal,
        zero_sum,
        ({"scale": 2.0}, {"scale": 1e-4}, {"scale": 1e5}),
        {"scale": (0.0, "positive")},
        options={"event_shape": 4},
        marginals=((lambda x: x[..., 2], st.norm(0.0, 3.0**0.5).cdf),),
        small={"scale": 2.0},
        small_options={"event_shape": 3},
    ),
    EventCase(
        ppl.LKJ,
        lkj,
        ({"concentration": 1.7}, {"concentration": 0.2}, {"concentration": 60.0}),
        {"concentration": (0.0, "positive")},
        options={"dimension": 3},
        symmetric=("value",),
        marginals=(
            (lambda x: (x[..., 1, 0] + 1) / 2, st.beta(2.2, 2.2).cdf),
            (lambda x: (x[..., 2, 1] + 1) / 2, st.beta(2.2, 2.2).cdf),
        ),
        small={"concentration": 1.7},
        small_options={"dimension": 2},
    ),
    EventCase(
        ppl.LKJCholesky,
        lkj_cholesky,
        ({"concentration": 1.7}, {"concentration": 0.2}, {"concentration": 60.0}),
        {"concentration": (0.0, "positive")},
        options={"dimension": 3},
        lower=("value",),
        marginals=(
            (lambda x: (x[..., 1, 0] + 1) / 2, st.beta(2.2, 2.2).cdf),
            (lambda x: ((x @ np.swapaxes(x, -1, -2))[..., 2, 1] + 1) / 2, st.beta(2.2, 2.2).cdf),
        ),
        small={"concentration": 1.7},
        small_options={"dimension": 2},
    ),
    EventCase(
        ppl.Wishart,
        wishart,
        (
            {"df": 4.5, "scale_matrix": spd(3, 1)},
            {"df": 4.5, "scale_tril": tril(3, 2)},
            {"df": 1.5, "scale_matrix": spd(2, 1)},
            {"df": 1e4, "scale_matrix": 1e-5 * spd(2, 1)},
        ),
        {"df": (1.5, "greater than 2"), "scale_matrix": (BAD3, "symmetric positive definite")},
        symmetric=SHAPED,
        lower=("scale_tril",),
        marginals=((lambda x: x[..., 1, 1] / spd(3, 1)[1, 1], st.chi2(4.5).cdf),),
        small={"df": 4.5, "scale_matrix": np.array([[0.7]])},
        largest=lambda df, **_: 2.0 * math.lgamma(df) + 30.0 * df,
    ),
    EventCase(
        ppl.WishartCholesky,
        wishart_cholesky,
        (
            {"df": 4.5, "scale_matrix": spd(3, 1)},
            {"df": 4.5, "scale_tril": tril(3, 2)},
            {"df": 1.5, "scale_matrix": spd(2, 1)},
        ),
        {"df": (1.5, "greater than 2"), "scale_tril": (BAD3, "lower triangular")},
        symmetric=("scale_matrix",),
        lower=("scale_tril", "value"),
        marginals=((lambda x: x[..., 0, 0] ** 2 / spd(3, 1)[0, 0], st.chi2(4.5).cdf),),
        small={"df": 4.5, "scale_matrix": np.array([[0.7]])},
        largest=lambda df, **_: 2.0 * math.lgamma(df) + 30.0 * df,
    ),
    EventCase(
        ppl.InverseWishart,
        inverse_wishart,
        (
            {"df": 12.5, "scale_matrix": spd(3, 1)},
            {"df": 4.5, "scale_tril": tril(3, 2)},
            {"df": 1.5, "scale_matrix": spd(2, 1)},
            {"df": 1e4, "scale_matrix": 1e5 * spd(2, 1)},
        ),
        {"df": (1.5, "greater than 2"), "scale_matrix": (BAD3, "symmetric positive definite")},
        symmetric=SHAPED,
        lower=("scale_tril",),
        marginals=((lambda x: spd(3, 1)[1, 1] / x[..., 1, 1], st.chi2(10.5).cdf),),
        small={"df": 4.5, "scale_matrix": np.array([[0.7]])},
        largest=lambda df, **_: 2.0 * math.lgamma(df) + 30.0 * df,
    ),
    EventCase(
        ppl.InverseWishartCholesky,
        inverse_wishart_cholesky,
        ({"df": 6.5, "scale_matrix": spd(3, 1)}, {"df": 4.5, "scale_tril": tril(3, 2)}),
        {"df": (1.5, "greater than 2"), "scale_tril": (BAD3, "lower triangular")},
        symmetric=("scale_matrix",),
        lower=("scale_tril", "value"),
        marginals=((lambda x: spd(3, 1)[0, 0] / x[..., 0, 0] ** 2, st.chi2(4.5).cdf),),
        small={"df": 4.5, "scale_matrix": np.array([[0.7]])},
        largest=lambda df, **_: 2.0 * math.lgamma(df) + 30.0 * df,
    ),
    EventCase(
        ppl.MatrixNormal,
        matrix_normal,
        (
            {
                "loc": np.array([[0.5, -1.0, 2.0], [0.0, 0.1, 1.0]]),
                "row_covariance": spd(2, 1),
                "column_covariance": spd(3, 2),
            },
            {
                "loc": np.array([[0.5, -1.0], [0.0, 0.1], [1.0, 2.0]]),
                "scale_tril_row": tril(3, 4, 3.0),
                "scale_tril_column": TRIL2,
            },
        ),
        {"row_covariance": (BAD, "symmetric positive definite")},
        symmetric=("row_covariance", "column_covariance"),
        lower=("scale_tril_row", "scale_tril_column"),
        marginals=(
            (
                lambda x: x[..., 1, 2],
                lambda v: st.norm(1.0, (spd(2, 1)[1, 1] * spd(3, 2)[2, 2]) ** 0.5).cdf(v),
            ),
        ),
        small={
            "loc": np.array([[0.5]]),
            "row_covariance": np.array([[0.8]]),
            "column_covariance": np.array([[1.7]]),
        },
    ),
    EventCase(
        ppl.MatrixStudentT,
        matrix_student_t,
        (
            {
                "df": 3.5,
                "loc": np.array([[0.5, -1.0, 2.0], [0.0, 0.1, 1.0]]),
                "row_scale": spd(2, 1),
                "column_scale": spd(3, 2),
            },
            {
                "df": 40.0,
                "loc": np.array([[0.5, -1.0], [0.0, 0.1], [1.0, 2.0]]),
                "scale_tril_row": tril(3, 4, 3.0),
                "scale_tril_column": TRIL2,
            },
        ),
        {"df": (0.0, "positive"), "row_scale": (BAD, "symmetric positive definite")},
        symmetric=("row_scale", "column_scale"),
        lower=("scale_tril_row", "scale_tril_column"),
        marginals=(
            (
                lambda x: x[..., 1, 2],
                lambda v: st.t(3.5, 1.0, (spd(2, 1)[1, 1] * spd(3, 2)[2, 2] / 3.5) ** 0.5).cdf(v),
            ),
        ),
        small={
            "df": 3.5,
            "loc": np.array([[0.5]]),
            "row_scale": np.array([[0.8]]),
            "column_scale": np.array([[1.7]]),
        },
    ),
)
