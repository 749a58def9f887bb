"""Variational inference by stochastic gradient steps on an objective, such as `ppl.ELBO`.

The objective gives unbiased estimates of its value and gradient; an optimiser makes steps of them.
M. D. Hoffman, D. M. Blei, C. Wang and J. Paisley 2013, Stochastic Variational Inference.
"""

import math
import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inference import arguments, fit
from inference.approximation import seed_of
from inference.bounded import FACTORISED, Bounded
from inference.climbing import WHO, Objective, Run
from inference.density import describe
from inference.errors import InferenceTypeError, InferenceValueError
from inference.optimizers import Adam, Optimizer
from inference.steps import StepCallback, Steps

Array = NDArray[np.float64]

LEARNING_RATE = 0.01
PARAM = "param/"  # what learnable parameters are called in `adaptation`
LAST = 400  # estimates of the objective in the end


class VariationalFit(Bounded):
    """Draws from a guide that was fitted by stochastic gradients.

    Everything a `Fit` has, for one chain of independent draws; `elbo` is the mean of 400 estimates
    of the objective at the result.

    `losses` are estimates of the negative objective in nats, one a step, NaN where there was none;
    `params` the guide's learnable parameters (and the model's) by name, constrained; `x` they as
    the unconstrained vector, from which another run can start (`initial=fit.x`).
    """

    _objective: Objective | None = None

    def knowing(self, objective: Objective) -> Self:
        """Tell the fit where new draws come from; it is returned."""
        self._objective = objective
        return self

    @property
    def losses(self) -> Array:
        """Estimates of the negative objective, shape (steps,), in nats."""
        return self.adaptation["losses"]

    @property
    def x(self) -> Array:
        """Learnable parameters as the unconstrained vector."""
        return self.adaptation["parameters"]

    @property
    def params(self) -> dict[str, NDArray[Any]]:
        """Learnable parameters by name, constrained."""
        start = len(PARAM)
        kept = self.adaptation.items()
        return {name[start:]: value for name, value in kept if name.startswith(PARAM)}

    def sample(self, n: int, seed: int | None = None) -> dict[str, NDArray[Any]]:
        """Draw from the guide anew.

        Parameters
        ----------
        n : int
        seed : int, optional

        Returns
        -------
        dict of str to array, shape (n, ...)
            Constrained values by name.

        Raises
        ------
        InferenceValueError
            For a fit read from a file, which does not know its guide any more.
        """
        who = f"{WHO}.sample"
        number = arguments.integer(who, "n", n, 1)
        if self._objective is None:
            raise InferenceValueError(
                f"{who}: the fit must know its guide, got one read from a file. Use its draws, or "
                "svi(objective, initial=fit.x, steps=1)."
            )
        return self._objective.sample(self.x, number, np.random.default_rng(seed_of(who, seed)))

    def warnings(self) -> list[str]:
        """What stands against trusting the fit; empty if nothing does."""
        messages = []
        if self.attributes["interrupted"]:
            messages.append("The run was interrupted: this is the guide as it was then.")
        elif self.attributes["stopped"]:
            messages.append(f"{WHO} stopped before it converged: {self.attributes['stopped']}.")
        if self.attributes["skipped"]:
            messages.append(
                f"{self.attributes['skipped']} steps had no finite objective or gradient and were "
                "left out."
            )
        if self.attributes.get("factorised"):
            messages.append(FACTORISED + "Use ppl.AutoMultivariateNormal where they matter.")
        return messages

    def __repr__(self) -> str:
        return (
            f"<VariationalFit: {self.draws} draws after {len(self.losses)} steps, ELBO "
            f"{self.elbo:.2f} +- {self.elbo_error:.2f}>"
        )


def svi(
    objective: Objective,
    *,
    optimizer: Optimizer | None = None,
    steps: int = 10_000,
    tolerance: float | None = None,
    average: float = 0.25,
    draws: int = 1000,
    seed: int | None = None,
    initial: ArrayLike | None = None,
    store: str | os.PathLike[str] | None = None,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> VariationalFit:
    """Fit a guide by stochastic gradient steps.

    Parameters
    ----------
    objective : Objective
        For instance `ppl.ELBO(model, guide, ...)`.
    optimizer : inference.optimizers.Optimizer, optional
        By default `Adam(0.01)`. It is reset first.
    steps : int
        Number of steps; with a tolerance, the most there may be.
    tolerance : float, optional
        In nats. Steps then have one size until the iterates are stationary (split R-hat of the
        second half of them below 1.1); their average is taken, and the size halved. The fit stops
        when an average is better than the one before by less than the tolerance, with 2 standard
        errors.
    average : float
        Without a tolerance: the share of steps, the last ones, whose average is the result; 0 for
        the last iterate.
    draws : int
        Drawn from the guide in the end.
    seed : int, optional
        From 0 to 2^64 - 1.
    initial : array, shape (dimension,), optional
        Unconstrained parameters to start from.
    store : path, optional
        A file that is to be made, where the result is written at the end, for `inference.load`.
    callback : callable, optional
        Called about ten times a second with an `inference.StepProgress`.
    progress : bool
        Show a live display if the fit lasts longer than half a second.

    Returns
    -------
    VariationalFit
        After Ctrl-C, of the guide as it was then.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used, and an objective that is not finite from the start.
    """
    if not isinstance(objective, Objective):
        raise InferenceTypeError(
            f"{WHO}: objective must have the members of inference.Objective, got "
            f"{type(objective).__name__}. Pass ppl.ELBO(model, guide, ...)."
        )
    limit = arguments.integer(WHO, "steps", steps, 1)
    number = arguments.integer(WHO, "draws", draws, 1)
    share = average if average == 0.0 else arguments.positive(WHO, "average", average)
    if share > 1.0:
        raise InferenceValueError(f"{WHO}: average must be from 0 to 1, got {average!r}.")
    bound = None if tolerance is None else arguments.positive(WHO, "tolerance", tolerance)
    kept = None if store is None else arguments.new_file(WHO, store)
    used = seed_of(WHO, seed)
    rng = np.random.default_rng(used)
    rule = _optimizer(optimizer)
    run = Run(objective, rule, _start(objective, initial, rng), limit, rng)
    interrupted, reason = False, ""
    with Steps(WHO, limit, callback, progress) as shown:
        try:
            reason = run.fixed(limit, share, shown) if bound is None else run.until(bound, shown)
        except KeyboardInterrupt:
            interrupted, reason = True, "it was interrupted"
    settings = {"seed": used, "draws": number, "interrupted": interrupted, "stopped": reason}
    result = _result(run, number, {**settings, "converged": not reason})
    if kept is not None:
        result.save(kept)
    return result


def _optimizer(optimizer: Any) -> Optimizer:
    if optimizer is None:
        return Adam(LEARNING_RATE)
    if not isinstance(optimizer, Optimizer):
        raise InferenceTypeError(
            f"{WHO}: optimizer must be one of inference.optimizers, got "
            f"{type(optimizer).__name__}. Write inference.optimizers.Adam(0.01)."
        )
    optimizer.reset()
    return optimizer


def _start(objective: Objective, initial: ArrayLike | None, rng: np.random.Generator) -> Array:
    if initial is None:
        return np.array(objective.initial(rng), dtype=np.float64)
    x = np.array(initial, dtype=np.float64)
    if x.shape != (objective.dimension,) or not np.isfinite(x).all():
        raise InferenceValueError(
            f"{WHO}: initial must be a finite vector of shape ({objective.dimension},), got shape "
            f"{x.shape}. Pass `fit.x` of a run before."
        )
    return x


def _result(run: Run, draws: int, attributes: dict[str, Any]) -> VariationalFit:
    """Draw from the guide, and say what is known of it."""
    objective, x = run.objective.finish(run.mean)
    rng = run.rng
    estimates = np.array([objective.value_and_gradient(x, rng)[0] for _ in range(LAST)])
    values = objective.sample(x, draws, rng)
    result = VariationalFit(
        lambda: {name: array[None] for name, array in values.items()},
        sample_stats={},
        warmup_stats={},
        adaptation={
            "parameters": x,
            "losses": run.losses.copy(),
            **{PARAM + name: np.asarray(value) for name, value in objective.constrain(x).items()},
        },
        unconstrained=np.empty((1, draws, 0)),
        description=describe(objective),  # type: ignore[arg-type] # only optional members are read
        attributes={
            **attributes,
            "algorithm": "svi",
            "chains": 1,
            "steps": run.count,
            "skipped": run.skipped,
            "factorised": bool(getattr(objective, "factorised", False)),
            "gains": run.gains,
            "optimizer": type(run.optimizer).__name__,
            "elbo": float(estimates.mean()),
            "elbo_error": float(estimates.std(ddof=1) / math.sqrt(LAST)),
            **fit.provenance(objective),  # type: ignore[arg-type] # the same
        },
    )
    return result.knowing(objective)


__all__: Sequence[str] = ["Objective", "VariationalFit", "svi"]
