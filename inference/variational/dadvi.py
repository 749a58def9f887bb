"""DADVI: mean-field variational inference with fixed draws, which makes it deterministic.

R. Giordano, M. Ingram and T. Broderick (2024), Black Box Variational Inference with a Deterministic
Objective: Faster, More Accurate, and Even More Black Box, JMLR 25(18), 1-39.
"""

import numpy as np
from numpy.typing import NDArray

from inference import arguments
from inference.approximation import Approximation
from inference.density import Density
from inference.errors import InferenceValueError
from inference.evaluation import Evaluator
from inference.gaussians import Dense, Diagonal, Gaussian
from inference.steps import StepCallback, Steps
from inference.variational.request import REFINE, Initial, Request, Store

Array = NDArray[np.float64]

WHO = "inference.dadvi"
COVARIANCES = ("linear_response", "mean_field")
NEWTON_STEPS = 30  # after each round, where conjugate gradients end early for rounding
ROUNDS = 4  # of the trust-region method, each to a finer gradient
FAR = 200.0  # deviations exp(200) times those of the first law: no step is taken there
INDEFINITE = (
    "the linear-response covariance is not positive definite; draws are those of the independent "
    "law"
)
DENSE_LIMIT = 500  # dimensions up to which the objective's Hessian is formed for one solution
DENSE_LIMIT_ALL = 4000  # the same for solutions that are as many as dimensions


def dadvi(
    density: Density,
    *,
    draws: int = 1000,
    fixed_draws: int = 30,
    covariance: str = "linear_response",
    tolerance: float = 1e-8,
    max_iterations: int = 1000,
    seed: int | None = None,
    initial: Initial = None,
    starts_tried: int = 8,
    resample: bool | None = None,
    store: Store = None,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Approximation:
    """Fit independent normal laws by an objective whose random numbers are drawn once.

    The Kullback-Leibler divergence from a normal law with independent components, its expectation
    replaced by a mean over fixed standard normal draws (equation 5 of the paper), is minimised by a
    trust-region Newton method with Hessian-vector products, to a Newton decrement. The covariance
    is then corrected by linear response (equation 9): the means' sensitivity to a tilt of the
    density, which for normal targets is their exact covariance.

    The fixed draws come in pairs z, -z, and each coordinate's are scaled to unit variance, which
    the paper's are not: means of normal targets come out exact for any number of draws.

    Parameters
    ----------
    density : Density
        For instance a `ppl.Posterior`. Hessian-vector products are exact where the density has
        `function`, central differences of gradients (relative error about 1e-10) otherwise.
    fixed_draws : int
        Even; those of the objective.
    covariance : str
        "linear_response": draws come from the normal law with the means found and the corrected
        covariance. "mean_field": from the independent law itself.
    tolerance : float
        In nats: half the squared Newton decrement, which is how far the objective can still fall,
        must come below it.
    max_iterations : int
        Of the trust-region method.
    draws, seed, initial, starts_tried, resample, store, callback, progress
        As for `inference.laplace`; the first law is the best of the climbs.

    Returns
    -------
    Approximation
        `adaptation["mean_field_sd"]` has the uncorrected standard deviations. After Ctrl-C, the
        laws as they were then.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used.
    InitialPointError
        If the density is finite nowhere it was tried.
    """
    request = Request(
        WHO,
        density,
        draws=draws,
        seed=seed,
        initial=initial,
        starts_tried=starts_tried,
        resample=resample,
        store=store,
        callback=callback,
        progress=progress,
    )
    pairs = arguments.integer(WHO, "fixed_draws", fixed_draws, 2)
    limit = arguments.integer(WHO, "max_iterations", max_iterations, 1)
    if pairs % 2:
        raise InferenceValueError(f"{WHO}: fixed_draws must be even, got {pairs}.")
    arguments.one_of(WHO, "covariance", covariance, COVARIANCES)
    bound = arguments.positive(WHO, "tolerance", tolerance)
    evaluator = request.evaluator
    with request.steps(limit) as steps:
        law = request.begin(steps, refine=REFINE).final
        z = balanced(pairs // 2, evaluator.dimension, request.rng)
        objective = Objective(evaluator, Diagonal(law.mean, np.sqrt(law.variance)), z)
        reason = request.attempt(lambda: minimise(objective, bound, limit, steps))
        fitted = objective.law(objective.best)
        family: Gaussian = fitted
        if covariance == "linear_response" and not request.interrupted:
            corrected = objective.linear_response()
            family = fitted if corrected is None else corrected
            if corrected is None:
                reason = reason or INDEFINITE
    return request.result(
        family,
        reason,
        {
            "fixed_draws": pairs,
            "objective": objective.value(objective.best),
            "iterations": objective.iterations,
        },
        adaptation={"mean_field_sd": fitted.sd},
    )


def balanced(pairs: int, dimension: int, rng: np.random.Generator) -> Array:
    """Standard normal draws in pairs z, -z, each coordinate scaled to unit variance."""
    half = rng.standard_normal((pairs, dimension))
    half /= np.sqrt(np.mean(half**2, axis=0))
    return np.concatenate([half, -half])


class Objective:
    """Divergence with fixed draws (equation 5), over (a, w): mean m + s a, deviations s exp(w).

    `m` and `s` are those of the first law, which makes the numbers of order one.
    """

    def __init__(self, evaluator: Evaluator, first: Diagonal, z: Array) -> None:
        self.evaluator, self.first, self.z = evaluator, first, z
        self.dimension = len(first.mean)
        self.best = np.zeros(2 * self.dimension)
        self.iterations = 0
        self._at: tuple[bytes, float, Array, Array] | None = None

    def law(self, eta: Array) -> Diagonal:
        """Independent normal laws of a parameter vector."""
        a, w = eta[: self.dimension], eta[self.dimension :]
        return Diagonal(self.first.mean + self.first.sd * a, self.first.sd * np.exp(w))

    def _evaluate(self, eta: Array) -> tuple[float, Array, Array]:
        key = eta.tobytes()
        if self._at is None or self._at[0] != key:
            if not np.abs(eta[self.dimension :]).max() < FAR:  # NaN too
                return np.inf, np.zeros_like(eta), np.zeros_like(self.z)
            law = self.law(eta)
            lp, gradients = self.evaluator.rows(law.draw(self.z))
            value = -float(lp.mean()) - float(eta[self.dimension :].sum())
            with np.errstate(invalid="ignore", over="ignore"):
                pulled = gradients * self.z * law.sd
                gradient = -np.concatenate(
                    [self.first.sd * gradients.mean(axis=0), pulled.mean(axis=0) + 1.0]
                )
            self._at = key, value, gradient, pulled
        return self._at[1:]

    def value(self, eta: Array) -> float:
        """Divergence up to the constants of the first law and of the density, in nats."""
        return self._evaluate(eta)[0]

    def gradient(self, eta: Array) -> Array:
        """Gradient, shape (2 dimension,)."""
        return self._evaluate(eta)[1]

    def products(self, eta: Array, ways: Array) -> Array:
        """Hessian times rows of directions, shape (n, 2 dimension)."""
        d, (draws, _) = self.dimension, self.z.shape
        law = self.law(eta)
        _, _, pulled = self._evaluate(eta)
        scaled = law.sd * self.z
        u, w = self.first.sd * ways[:, None, :d], ways[:, None, d:]
        moves = (u + scaled * w).reshape(-1, d)
        points = np.broadcast_to(law.draw(self.z), (len(ways), draws, d)).reshape(-1, d)
        turned = self.evaluator.hessian_products(points, moves).reshape(-1, draws, d)
        upper = self.first.sd * turned.mean(axis=1)
        lower = (turned * scaled).mean(axis=1) + pulled.mean(axis=0) * ways[:, d:]
        result: Array = np.concatenate([-upper, -lower], axis=1)
        return result

    def hessian(self) -> Array:
        """Hessian at the best point."""
        unit = np.eye(2 * self.dimension)
        matrix = np.concatenate([self.products(self.best, row[None]) for row in unit])
        symmetric: Array = 0.5 * (matrix + matrix.T)
        return symmetric

    def solve(self, right: Array) -> Array:
        """Hessian^-1 of rows at the best point, dense or by conjugate gradients.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the Hessian is not positive definite.
        """
        # SciPy is not imported with the package: a sampler does not need it.
        if self.dimension <= (DENSE_LIMIT if len(right) == 1 else DENSE_LIMIT_ALL):
            from scipy.linalg import cho_factor, cho_solve  # noqa: PLC0415

            dense: Array = cho_solve(cho_factor(self.hessian()), right.T).T
            return dense
        from scipy.sparse.linalg import LinearOperator, cg  # noqa: PLC0415

        size = 2 * self.dimension
        matrix = LinearOperator(
            (size, size), matvec=lambda v: self.products(self.best, v.reshape(1, -1))[0]
        )
        solutions = np.empty_like(right)
        for k, row in enumerate(right):
            solutions[k], failed = cg(matrix, row, rtol=1e-6, maxiter=4 * size)
            if failed or not float(solutions[k] @ row) >= 0.0:
                raise np.linalg.LinAlgError
        return solutions

    def linear_response(self) -> Dense | None:
        """Normal law with the means' linear-response covariance (equation 9), if it is definite."""
        d = self.dimension
        try:
            block = self.solve(np.eye(d, 2 * d))[:, :d]
            covariance = 0.5 * (block + block.T) * self.first.sd * self.first.sd[:, None]
            factor = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        return Dense(self.law(self.best).mean, factor)


def minimise(objective: Objective, tolerance: float, limit: int, steps: Steps) -> str:
    """Minimise to a Newton decrement; why it did not succeed, empty if it did."""
    from scipy.optimize import minimize  # noqa: PLC0415  # as above

    def keep(eta: Array) -> None:
        objective.best = eta.copy()
        objective.iterations += 1
        steps.show(objective.iterations, f"divergence {objective.value(eta):.6g}")

    fine = 1e-2
    for _ in range(ROUNDS):
        result = minimize(
            objective.value,
            objective.best,
            jac=objective.gradient,
            hessp=lambda eta, way: objective.products(eta, way[None])[0],
            method="trust-ncg",
            callback=keep,
            options={"gtol": fine, "maxiter": max(1, limit - objective.iterations)},
        )
        if result.fun <= objective.value(objective.best):
            objective.best = result.x
        for _ in range(NEWTON_STEPS):
            decrement, moved = newton(objective)
            if 0.0 <= 0.5 * decrement <= tolerance:
                return ""
            if not moved or objective.iterations >= limit:
                break
            keep(objective.best)
        if objective.iterations >= limit:
            return f"max_iterations, {limit}, was reached"
        fine *= 1e-2
    return f"the objective may still fall by {0.5 * decrement:.2g} nats"


def newton(objective: Objective) -> tuple[float, bool]:
    """One damped Newton step: the squared decrement before it, and whether it was made."""
    gradient = objective.gradient(objective.best)
    try:
        step = objective.solve(gradient[None])[0]
    except np.linalg.LinAlgError:
        return np.inf, False
    value = objective.value(objective.best)
    for halving in range(20):
        there = objective.best - 0.5**halving * step
        if objective.value(there) < value:
            objective.best = there
            return float(gradient @ step), True
    return float(gradient @ step), False
