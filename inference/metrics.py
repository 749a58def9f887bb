"""Affine maps that whiten a posterior, estimated from draws and their gradients.

For draws x and gradients g of the log density, the map x = mean + L y for which y looks most like a
standard normal, by the Fisher divergence E |grad log p(y) + y|^2, has L L' equal to the geometric
mean of cov(x) and cov(g)^-1 (A. Seyboldt, E. Carlson and B. Carpenter 2026, Preconditioning HMC by
minimizing Fisher divergence, arXiv:2603.18845). For a normal posterior that is its covariance,
exactly, as soon as the draws span the space: the gradients are linear in the draws. Of few draws, a
low-rank correction to the diagonal is estimated, in the space that draws and gradients span.

Plain NumPy, used at a few fixed transitions of warmup.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RIDGE = 1e-5  # added to both covariances of the whitened draws
CUTOFF = 2.0  # an eigenvalue of the correction counts if it is above this or below its inverse
EVIDENCE = 4.0  # condition number from which "auto" leaves the diagonal: twice the steps a draw
FEWEST = 10  # draws
SPECTRUM = 1e-10, 1e10  # of a correction; beyond it there is nothing but rounding
ENOUGH = 4  # draws a dimension for a dense estimate
MOST = 64  # directions of a low-rank map chosen by "auto"
THINNED = 2**19  # numbers in a window: of longer ones "auto" looks at every second draw, or third
MOST_NUMBERS = (
    2**15
)  # in all of them: more do not stay in a core's cache, and cost ten times as much


@dataclass(frozen=True)
class Affine:
    """The map x = mean + L y.

    L is diag(scale) (I + V' diag(stretch - 1) V) with orthonormal rows V, shape (rank, dimension);
    if `factor` is given, it is L itself, lower triangular, for the same L L'.
    """

    mean: Array
    scale: Array
    vectors: Array
    stretch: Array
    factor: Array | None = None

    def x_of(self, y: Array) -> Array:
        """Points, shape (..., dimension), of whitened ones."""
        if self.factor is not None:
            return np.asarray(self.mean + y @ self.factor.T)
        return np.asarray(self.mean + self.scale * self._stretched(y, self.stretch))

    def y_of(self, x: Array) -> Array:
        """Whitened points."""
        if self.factor is not None:
            return np.asarray(np.linalg.solve(self.factor, (x - self.mean).T).T)
        return self._stretched((x - self.mean) / self.scale, 1.0 / self.stretch)

    def gradient_of_y(self, g: Array) -> Array:
        """Gradients by y of gradients by x."""
        if self.factor is not None:
            return np.asarray(g @ self.factor)
        return self._stretched(g * self.scale, self.stretch)

    def gradient_of_x(self, g: Array) -> Array:
        """Gradients by x of gradients by y."""
        if self.factor is not None:
            return np.asarray(np.linalg.solve(self.factor.T, g.T).T)
        return np.asarray(self._stretched(g, 1.0 / self.stretch) / self.scale)

    def _stretched(self, v: Array, stretch: Array) -> Array:
        return np.asarray(v + ((v @ self.vectors.T) * (stretch - 1.0)) @ self.vectors)

    def arrays(self) -> dict[str, Array]:
        """The parts by name, `factor` only if there is one."""
        parts = {name: getattr(self, name) for name in ("mean", "scale", "vectors", "stretch")}
        return parts if self.factor is None else parts | {"factor": self.factor}

    @property
    def root(self) -> Array:
        """L, shape (dimension, dimension)."""
        if self.factor is not None:
            return self.factor
        identity = np.eye(len(self.scale))
        return np.asarray(self.scale[:, None] * self._stretched(identity, self.stretch))

    @property
    def covariance(self) -> Array:
        """L L', the inverse metric, shape (dimension, dimension)."""
        return np.asarray(self.root @ self.root.T)

    @property
    def variance(self) -> Array:
        """Diagonal of L L', shape (dimension,), without the rest of it."""
        if self.factor is not None:
            return np.asarray((self.factor**2).sum(axis=1))
        # The rows of V are orthonormal, so L L' has stretch^2 where L has stretch.
        beyond = (self.stretch**2 - 1.0)[:, None] * self.vectors**2
        return np.asarray(self.scale**2 * (1.0 + beyond.sum(axis=0)))

    @property
    def condition(self) -> float:
        """Condition number beyond the diagonal."""
        if len(self.stretch) == 0:
            return 1.0
        return float((max(self.stretch.max(), 1.0) / min(self.stretch.min(), 1.0)) ** 2)


def diagonal(x: Array, g: Array) -> Array:
    """Inverse metric sqrt(var x / var g), shape (dimension,); 1 where that is no number."""
    with np.errstate(all="ignore"):
        variance = np.sqrt(x.var(axis=0) / g.var(axis=0))
    return np.where(np.isfinite(variance) & (variance > 0.0), variance, 1.0)


def bend(y: Array, s: Array) -> float:
    """How far a posterior is from all normal ones: 1 for those, more for others.

    Parameters
    ----------
    y, s : array, shape (n, directions)
        Draws and gradients, centred, in coordinates where both have one diagonal covariance.

    Returns
    -------
    float
        The largest ratio, over directions, of the variance to -cov(y, s). In a normal posterior s
        is -y, so they are equal for any draws; in all others the variance is more than -cov(y, s),
        whose mean is 1 (C. Stein 1981).
    """
    variance = np.sqrt((y**2).mean(axis=0) * (s**2).mean(axis=0))
    answered = -(y * s).mean(axis=0)
    return float(np.max(variance / np.maximum(answered, 1.0), initial=1.0))


@dataclass(frozen=True)
class Fitted:
    """The whole map: its root is diag(scale) times `root` in the space that `basis` spans."""

    mean: Array
    scale: Array
    basis: Array  # columns; what lies outside is left to the diagonal
    root: Array
    bend: float

    @classmethod
    def to(cls, x: Array, g: Array) -> "Fitted":
        """Estimate it from draws and gradients, shape (n, dimension)."""
        variance = diagonal(x, g)
        scale = np.sqrt(variance)
        mean = x.mean(axis=0) + variance * g.mean(axis=0)
        white, score = (x - x.mean(axis=0)) / scale, (g - g.mean(axis=0)) * scale
        n, dimension = white.shape
        if n >= dimension:
            basis = np.eye(dimension)
        else:
            # Each by its own singular vectors, so that neither's size hides the other.
            spans = [np.linalg.svd(part.T, full_matrices=False)[0] for part in (white, score)]
            basis, sizes, _ = np.linalg.svd(np.concatenate(spans, axis=1), full_matrices=False)
            basis = basis[:, sizes > 1e-8 * sizes[0]]
        draws, scores = white @ basis, score @ basis
        ridge = RIDGE * np.eye(basis.shape[1])
        of_scores = scores.T @ scores / n + ridge
        root, spread = geometric_root(of_scores, draws.T @ draws / n + ridge)
        # The inverse of the root is (root' of_scores) over the spread.
        y = draws @ (of_scores @ root) / np.maximum(spread, RIDGE)
        return cls(mean, scale, basis, root, bend(y, scores @ root))

    def beyond(self, cutoff: float, most: int | None) -> Affine:
        """Keep the directions whose correction is more than a factor."""
        vectors, values, _ = np.linalg.svd(self.root)
        values = np.clip(values**2, *SPECTRUM)
        size = np.abs(np.log(values))
        kept = np.flatnonzero(size > np.log(cutoff))
        if most is not None and len(kept) > most:
            kept = np.sort(kept[np.argsort(-size[kept])[:most]])
        along = np.ascontiguousarray((self.basis @ vectors[:, kept]).T)
        return Affine(self.mean, self.scale, along, values[kept] ** 0.5)


def low_rank(x: Array, g: Array, cutoff: float = CUTOFF, most: int | None = None) -> Affine:
    """Diagonal map with a correction in the directions that need one.

    Parameters
    ----------
    x, g : array, shape (n, dimension)
        Draws, and gradients of the log density there.
    cutoff : float
        Directions whose variance, after the diagonal, is within this factor of 1 stay as they are.
    most : int, optional
        At most so many directions, those that differ most.

    Returns
    -------
    Affine
    """
    return Fitted.to(x, g).beyond(cutoff, most)


def geometric_root(a: Array, b: Array) -> tuple[Array, Array]:
    """Root M of the geometric mean S = M M' of a^-1 and b, for which S a S = b.

    M' a M and M^-1 b M^-1' are equal and diagonal; that diagonal is given. a and b are positive
    definite. The mean itself, formed and taken apart again, could have negative eigenvalues from
    rounding; its root cannot.
    """
    values, vectors = np.linalg.eigh(a)
    values = np.sqrt(np.maximum(values, np.finfo(float).tiny))
    root, inverse = (vectors * values) @ vectors.T, (vectors / values) @ vectors.T
    values, vectors = np.linalg.eigh(root @ b @ root)
    values = np.sqrt(np.maximum(values, 0.0))
    return np.asarray(inverse @ (vectors * np.sqrt(values))), values


def dense(x: Array, g: Array) -> Affine:
    """Triangular map from the geometric mean of cov(x) and cov(g)^-1."""
    return as_dense(low_rank(x, g, cutoff=1.0))


def stan_dense(x: Array) -> Affine:
    """Triangular map from the covariance of draws, shrunk as in Stan."""
    n, dimension = x.shape
    sample = np.cov(x, rowvar=False).reshape(dimension, dimension)
    covariance = np.asarray(n / (n + 5.0) * sample, dtype=np.float64)
    covariance += 1e-3 * 5.0 / (n + 5.0) * np.eye(dimension)
    factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    return Affine(x.mean(axis=0), np.ones(dimension), np.zeros((0, dimension)), np.ones(0), factor)


def as_dense(map_: Affine) -> Affine:
    """Make the same metric a triangular matrix."""
    # By its root, not by L L', which has the square of its condition number.
    upper = np.linalg.qr(map_.root.T, mode="r")
    factor = np.asarray((upper * np.sign(np.diag(upper))[:, None]).T, dtype=np.float64)
    if not np.diag(factor).all():
        raise np.linalg.LinAlgError("no triangular factor")
    return Affine(map_.mean, map_.scale, map_.vectors, map_.stretch, factor)


def cheaper(map_: Affine) -> Affine:
    """Make the map triangular where that takes fewer products a gradient."""
    rank, dimension = map_.vectors.shape
    return as_dense(map_) if dimension <= 4 * rank else map_


def by_evidence(x: Array, g: Array) -> Affine | None:
    """Map that "auto" takes, or None for the diagonal.

    A correction pays if it takes fewer steps, about sqrt(condition) times, than its products cost;
    what a gradient costs is not looked at, because times differ from run to run. Where the
    posterior bends, corrections smaller than that are left out: with them trajectories are too
    short to follow it (docs/decisions/0011).
    """
    # Some hundred draws tell a few directions as well as a thousand, in a tenth of the time.
    every = -(-x.size // THINNED)
    x, g = x[::every], g[::every]
    n, dimension = x.shape
    fitted = Fitted.to(x, g)
    found = fitted.beyond(max(CUTOFF, fitted.bend), min(MOST, max(MOST_NUMBERS // dimension, 1)))
    if found.condition <= EVIDENCE:
        return None
    # With draws enough for all directions, leaving out the small corrections gains nothing.
    if fitted.bend <= CUTOFF and dimension <= MOST and n >= ENOUGH * dimension:
        return as_dense(fitted.beyond(1.0, None))
    return cheaper(found)


def estimate(kind: str, adaptation: str, x: Array, g: Array) -> Affine | None:
    """Estimate a map from a window, or None to stay with the diagonal."""
    if len(x) < FEWEST or not (np.isfinite(x).all() and np.isfinite(g).all()):
        return None
    try:
        with np.errstate(all="ignore"):
            if adaptation == "stan":
                return stan_dense(x)
            if kind == "dense":
                return dense(x, g)
            if kind == "low_rank":
                return low_rank(x, g)
            return by_evidence(x, g)
    except np.linalg.LinAlgError:
        # Draws too few or too close to each other for a factor; the next window will have others.
        return None
