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
WEIGHTS = 8  # as many as rows of the matrix, which are filled up to whole lanes with zeros
X = 9  # scratch: the point and its gradient
GRADIENT = 10
PRODUCTS = 11  # scratch of four
WORDS = 12


@native
def four_products(rows: Pointer, n: int, a: Pointer, length: int, out: Pointer) -> None:
    """Products of four rows with a vector, their first `length` elements, up to whole lanes.

    Four sums at once, since each addition waits for the one before in its own sum.
    """
    first, second, third, fourth = spread(0.0), spread(0.0), spread(0.0), spread(0.0)
    for i in range(0, length, LANES):
        part = load(a, i)
        first = first + load(rows, i) * part
        second = second + load(rows, n + i) * part
        third = third + load(rows, 2 * n + i) * part
        fourth = fourth + load(rows, 3 * n + i) * part
    put(out, 0, total(first))
    put(out, 1, total(second))
    put(out, 2, total(third))
    put(out, 3, total(fourth))


@native
def add_four(target: Pointer, factors: Pointer, rows: Pointer, n: int, length: int) -> None:
    """Add multiples of four rows to a vector, one after the other."""
    first, second = spread(at(factors, 0)), spread(at(factors, 1))
    third, fourth = spread(at(factors, 2)), spread(at(factors, 3))
    for i in range(0, length, LANES):
        sums = load(target, i) + first * load(rows, i)
        sums = sums + second * load(rows, n + i)
        sums = sums + third * load(rows, 2 * n + i)
        store(target, i, sums + fourth * load(rows, 3 * n + i))


@native
def stretch(table: Pointer, v: Pointer, target: Pointer) -> None:
    """Add U' diag(weights) U v to `target`."""
    n, rank = at(table, PADDED), at(table, RANK)
    matrix, weights = reals_at(at(table, MATRIX)), reals_at(at(table, WEIGHTS))
    products = reals_at(at(table, PRODUCTS))
    for k in range(0, rank, LANES):
        rows = shift(matrix, k * n)
        four_products(rows, n, v, n, products)
        store(products, 0, load(weights, k) * load(products, 0))
        add_four(target, products, rows, n, n)


@native
def forward(table: Pointer, y: Pointer, x: Pointer) -> None:
    """The point, mean + L y."""
    n, d, rank = at(table, PADDED), at(table, DIMENSION), at(table, RANK)
    mean, matrix = reals_at(at(table, MEAN)), reals_at(at(table, MATRIX))
    if rank < 0:
        for i in range(0, d, LANES):
            # Behind the diagonal are zeros.
            four_products(shift(matrix, i * n), n, y, i + LANES, shift(x, i))
            store(x, i, load(mean, i) + load(x, i))
        return
    scale = reals_at(at(table, SCALE))
    for i in range(0, n, LANES):
        store(x, i, load(y, i))
    stretch(table, y, x)
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
        for i in range(0, d, LANES):
            add_four(target, shift(gradient, i), shift(matrix, i * n), n, i + LANES)
        return
    scale = reals_at(at(table, SCALE))
    for i in range(0, n, LANES):
        scaled = load(scale, i) * load(gradient, i)
        store(gradient, i, scaled)
        store(target, i, scaled)
    stretch(table, gradient, target)


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
