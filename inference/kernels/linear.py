"""A density seen through an affine map: what makes a dense or a low-rank metric.

With x = mean + L y, sampling y with the unit metric is sampling x with inverse metric L L'. So the
samplers know diagonal metrics only, and this function, which has the signature of a density, stands
between them and the density: log p(y) = log p(x), its gradient is L' times that of x. The map has
determinant 1 as far as the sampler is concerned: log densities are reported as those of x.

L is a lower triangular matrix, or diag(scale) (I + U' diag(weights) U) with orthonormal rows U.
"""

from inference.kernels.language import (
    Pointer,
    at,
    call_density,
    load,
    native,
    put,
    reals_at,
    shift,
    spread,
    store,
    total,
)
from inference.kernels.layout import LANES

# --- the table in place of the density's: words
INNER = 0  # the density's function and its table
INNER_DATA = 1
DIMENSION = 2
PADDED = 3
RANK = 4  # rows of U, or -1 for a triangular matrix
MEAN = 5  # addresses, each of `padded` doubles or rows of them
SCALE = 6
MATRIX = 7
WEIGHTS = 8
X = 9  # scratch: the point and its gradient
GRADIENT = 10
WORDS = 12


@native
def dot(a: Pointer, b: Pointer, n: int) -> float:
    """Product of two vectors, `n` rounded up to whole lanes."""
    sums = spread(0.0)
    for i in range(0, n, LANES):
        sums = sums + load(a, i) * load(b, i)
    result: float = total(sums)
    return result


@native
def add_to(target: Pointer, factor: float, a: Pointer, n: int) -> None:
    """Add a multiple of one vector to another."""
    factors = spread(factor)
    for i in range(0, n, LANES):
        store(target, i, load(target, i) + factors * load(a, i))


@native
def forward(table: Pointer, y: Pointer, x: Pointer) -> None:
    """The point, mean + L y."""
    n, d, rank = at(table, PADDED), at(table, DIMENSION), at(table, RANK)
    mean, matrix = reals_at(at(table, MEAN)), reals_at(at(table, MATRIX))
    if rank < 0:
        for i in range(d):
            put(x, i, at(mean, i) + dot(shift(matrix, i * n), y, i + 1))
        return
    scale, weights = reals_at(at(table, SCALE)), reals_at(at(table, WEIGHTS))
    for i in range(0, n, LANES):
        store(x, i, load(y, i))
    for k in range(rank):
        row = shift(matrix, k * n)
        add_to(x, at(weights, k) * dot(row, y, n), row, n)
    for i in range(0, n, LANES):
        store(x, i, load(mean, i) + load(scale, i) * load(x, i))


@native
def backward(table: Pointer, gradient: Pointer, target: Pointer) -> None:
    """Gradient by y, L' times that by x, which is scaled in place."""
    n, d, rank = at(table, PADDED), at(table, DIMENSION), at(table, RANK)
    matrix = reals_at(at(table, MATRIX))
    if rank < 0:
        for i in range(0, n, LANES):
            store(target, i, spread(0.0))
        for i in range(d):
            add_to(target, at(gradient, i), shift(matrix, i * n), i + 1)
        return
    scale, weights = reals_at(at(table, SCALE)), reals_at(at(table, WEIGHTS))
    for i in range(0, n, LANES):
        scaled = load(scale, i) * load(gradient, i)
        store(gradient, i, scaled)
        store(target, i, scaled)
    for k in range(rank):
        row = shift(matrix, k * n)
        add_to(target, at(weights, k) * dot(row, gradient, n), row, n)


def run(y: Pointer, lp: Pointer, target: Pointer, table: Pointer, workspace: int) -> int:
    """Log density and gradient at y; without a workspace, x in `target` and nothing else."""
    x = reals_at(at(table, X))
    forward(table, y, x)
    if workspace == 0:
        for i in range(at(table, DIMENSION)):
            put(target, i, at(x, i))
        return 0
    gradient = reals_at(at(table, GRADIENT))
    status: int = call_density(at(table, INNER), x, lp, gradient, at(table, INNER_DATA), workspace)
    backward(table, gradient, target)
    return status
