"""Stan's constraint transforms, written as its reference manual has them, in mpmath.

Each function takes the list of unconstrained numbers in Stan's order and gives the constrained
value as nested lists and the log-Jacobian as the manual states it.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp

Numbers = list[Any]


def expit(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def ordered(u: Numbers) -> tuple[Numbers, Any]:
    y = [u[0]]
    for x in u[1:]:
        y.append(y[-1] + mp.exp(x))
    return y, mp.fsum(u[1:])


def positive_ordered(u: Numbers) -> tuple[Numbers, Any]:
    y = [mp.exp(u[0])]
    for x in u[1:]:
        y.append(y[-1] + mp.exp(x))
    return y, mp.fsum(u)


def simplex(u: Numbers) -> tuple[Numbers, Any]:
    y, rest, log_jacobian, n = [], mp.mpf(1), mp.mpf(0), len(u) + 1
    for k, x in enumerate(u, start=1):
        z = expit(x - mp.log(n - k))
        y.append(rest * z)
        log_jacobian += mp.log(rest) + mp.log(z) + mp.log(1 - z)
        rest -= y[-1]
    return [*y, rest], log_jacobian


def zero_sum(u: Numbers) -> tuple[Numbers, Any]:
    z, total = [mp.mpf(0)] * (len(u) + 1), mp.mpf(0)
    for n in range(len(u), 0, -1):
        w = u[n - 1] / mp.sqrt(mp.mpf(n) * (n + 1))
        total += w
        z[n - 1] += total
        z[n] -= w * n
    return z, mp.mpf(0)


def isometric(u: Numbers) -> tuple[Numbers, Any]:
    z, _ = zero_sum(u)
    total = mp.fsum(mp.exp(v) for v in z)
    log_jacobian = mp.log(len(z)) / 2 - len(z) * mp.log(total)
    return [mp.exp(v) / total for v in z], log_jacobian


def columns(u: Numbers, rows: int) -> list[Numbers]:
    """The columns of a matrix stored column by column."""
    return [u[i : i + rows] for i in range(0, len(u), rows)]


def transposed(matrix: list[Numbers]) -> list[Numbers]:
    return [list(row) for row in zip(*matrix, strict=True)]


def zero_sum_matrix(u: Numbers, rows: int) -> tuple[list[Numbers], Any]:
    along = [zero_sum(column)[0] for column in columns(u, rows - 1)]  # by free column
    return [zero_sum(list(row))[0] for row in zip(*along, strict=True)], mp.mpf(0)


def row_stochastic(u: Numbers, rows: int) -> tuple[list[Numbers], Any]:
    parts = [simplex(row) for row in transposed(columns(u, rows))]
    return [y for y, _ in parts], mp.fsum(log for _, log in parts)


def column_stochastic(u: Numbers, rows: int) -> tuple[list[Numbers], Any]:
    parts = [simplex(column) for column in columns(u, rows - 1)]
    return transposed([y for y, _ in parts]), mp.fsum(log for _, log in parts)


def unit_vector(u: Numbers) -> tuple[Numbers, Any]:
    square = mp.fsum(x * x for x in u)
    return [x / mp.sqrt(square) for x in u], -square / 2


def covariance_cholesky(u: Numbers, rows: int, cols: int) -> tuple[list[Numbers], Any]:
    numbers, matrix, log_jacobian = iter(u), mp.zeros(rows, cols), mp.mpf(0)
    for m in range(rows):
        for n in range(min(m, cols)):
            matrix[m, n] = next(numbers)
        if m < cols:
            x = next(numbers)
            matrix[m, m] = mp.exp(x)
            log_jacobian += x
    return matrix.tolist(), log_jacobian


def covariance(u: Numbers, order: int) -> tuple[list[Numbers], Any]:
    factor = mp.matrix(covariance_cholesky(u, order, order)[0])
    log_jacobian = order * mp.log(2)
    for k in range(1, order + 1):
        log_jacobian += (order - k + 2) * mp.log(factor[k - 1, k - 1])
    return (factor * factor.T).tolist(), log_jacobian


def from_partials(z: Any, order: int) -> Any:
    """Factor of partial correlations z[i, j], as the manual defines it."""
    factor = mp.zeros(order, order)
    for i in range(order):
        left = mp.mpf(1)
        for j in range(i):
            factor[i, j] = z[i, j] * mp.sqrt(left)
            left -= factor[i, j] ** 2
        factor[i, i] = mp.sqrt(left)
    return factor


def correlation_cholesky(u: Numbers, order: int) -> tuple[list[Numbers], Any]:
    numbers, z, log_jacobian = iter(u), mp.zeros(order, order), mp.mpf(0)
    for i in range(order):
        for j in range(i):
            z[i, j] = mp.tanh(next(numbers))
    factor = from_partials(z, order)
    for i in range(order):
        left = mp.mpf(1)
        for j in range(i):
            log_jacobian += mp.log(1 - z[i, j] ** 2) + mp.log(left) / 2
            left -= factor[i, j] ** 2
    return factor.tolist(), log_jacobian


def correlation(u: Numbers, order: int) -> tuple[list[Numbers], Any]:
    numbers, z, log_jacobian = iter(u), mp.zeros(order, order), mp.mpf(0)
    for j in range(order):
        for i in range(j + 1, order):
            z[i, j] = mp.tanh(next(numbers))
            # (1 - z^2)^((n - k - 1) / 2) of the matrix, k = j + 1, and 1 - z^2 of the tanh
            log_jacobian += ((order - j - 2) / mp.mpf(2) + 1) * mp.log(1 - z[i, j] ** 2)
    factor = from_partials(z, order)
    return (factor * factor.T).tolist(), log_jacobian
