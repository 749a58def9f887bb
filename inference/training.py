"""Minimising a function of containers of parameters, with or without batches of data."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import ad
from inference import arguments
from inference.errors import InferenceTypeError, InferenceValueError
from inference.optimizers import Optimizer
from inference.steps import StepCallback, Steps
from inference.trees import Structure

Array = NDArray[np.float64]

WHO = "inference.minimize"
METHODS = {"lbfgs": "L-BFGS-B", "newton_cg": "Newton-CG", "trust_region": "trust-ncg"}
GRADIENT = 1e-8  # default gradient norm for SciPy's methods to stop at


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended.

    Attributes
    ----------
    params : container
        Like the starting ones.
    value : float
        Of the function at `params`; with batches, at the last batch before its step.
    values : array, shape (steps,)
        Of the function before each step.
    converged : bool
        Whether SciPy's method met its tolerance; for the optimisers, whether all steps were made.
    reason : str
        Why it ended.
    """

    params: Any
    value: float
    values: Array
    converged: bool
    reason: str


def minimize(
    function: Callable[..., Any],
    params: Any,
    *,
    method: Optimizer | str = "lbfgs",
    batches: Iterable[Any] | None = None,
    steps: int = 1000,
    tolerance: float = GRADIENT,
    callback: StepCallback | None = None,
    progress: bool = True,
) -> Minimum:
    """Minimise a function of parameters, its gradient compiled.

    Parameters
    ----------
    function : callable
        `function(params)`, or `function(params, *batch)`, to a scalar, over NumPy as `ad` traces
        it.
    params : dict, list, tuple or array
        Where to start; nested as liked.
    method : Optimizer or str
        One of `inference.optimizers`, or "lbfgs", "newton_cg", "trust_region": SciPy's, the last
        two with exact Hessian-vector products; these need the same function at every step, so no
        batches.
    batches : iterable of tuple, optional
        Arguments of one step after another. It is read once, a batch at a time, so that memory
        stays what one batch needs: a generator over a memory map will do. Batches of equal shapes
        share their code.
    steps : int
        The most there will be.
    tolerance : float
        For SciPy's methods: norm of the gradient at which to stop.
    callback : callable, optional
        Called about ten times a second with an `inference.StepProgress`.
    progress : bool
        Show a live display if it lasts longer than half a second.

    Returns
    -------
    Minimum
        After Ctrl-C, of the parameters as they were then.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For arguments that cannot be used, a function that is no scalar, or NaN where it is
        evaluated (where SciPy's methods start), and a gradient that is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> found = minimize(lambda p: (p["a"] - 1) ** 2 + np.sum(p["b"] ** 2), {"a": 0, "b": [2.0, 3]})
    >>> round(float(found.params["a"]), 6)
    1.0
    """
    if not callable(function):
        raise InferenceTypeError(f"{WHO}: function must be callable, got {function!r}.")
    limit = arguments.integer(WHO, "steps", steps, 1)
    bound = arguments.positive(WHO, "tolerance", tolerance)
    structure = Structure(WHO, _listed(params))
    x = structure.start.copy()
    values: list[float] = []
    with Steps(WHO, limit, callback, progress) as display:
        try:
            if isinstance(method, Optimizer):
                evaluate = _evaluator(function, structure, batched=batches is not None)
                method.reset()
                for value, gradient in _points(evaluate, x, batches, limit):
                    _require_number(value, len(values))
                    values.append(value)
                    method.step(x, gradient)
                    display.show(len(values), f"value {value:.6g}")
                if not values:
                    raise InferenceValueError(
                        f"{WHO}: batches must have at least one batch, got none. An iterator can "
                        "be read once only."
                    )
                converged, reason = len(values) == limit, f"{len(values)} steps were made"
            elif method in METHODS:
                if batches is not None:
                    raise InferenceValueError(
                        f"{WHO}: method must be an optimizer with batches, got {method!r}, which "
                        "needs the same function at every step. Use inference.optimizers.Adam()."
                    )
                converged, reason = _scipy(
                    function, structure, x, METHODS[method], limit, bound, values, display
                )
            else:
                raise InferenceValueError(
                    f"{WHO}: method must be an optimizer or one of {', '.join(METHODS)}, got "
                    f"{method!r}."
                )
        except KeyboardInterrupt:
            converged, reason = False, "it was interrupted"
    last = values[-1] if values else np.nan
    return Minimum(structure.build(x), last, np.array(values), converged, reason)


def _require_number(value: float, step: int) -> None:
    """Raise for NaN."""
    if np.isnan(value):
        raise InferenceValueError(
            f"{WHO}: the function must be a number, got nan at step {step}. Give other params to "
            "start from, lower the learning rate, or clip."
        )


def _require_scalar(value: Any) -> Any:
    """Return the function's value if it is one number."""
    if np.shape(value):
        raise InferenceValueError(
            f"{WHO}: the function must give a scalar, got shape {np.shape(value)}. Sum it."
        )
    return value


Evaluate = Callable[..., tuple[float, Array]]


def _evaluator(function: Callable[..., Any], structure: Structure, *, batched: bool) -> Evaluate:
    """Value and gradient at a vector, compiled."""
    if not batched:
        density = ad.density(
            lambda x: _require_scalar(function(structure.build(x))),
            structure.size,
            structure.start,
        )
        return density.logdensity_and_gradient

    def of_vector(x: Any, *batch: Any) -> Any:
        return _require_scalar(function(structure.build(x), *batch))

    compiled = ad.compile(lambda x, batch: ad.value_and_grad(lambda y: of_vector(y, *batch))(x))

    def evaluate(x: Array, *batch: Any) -> tuple[float, Array]:
        value, gradient = compiled(x, batch)
        return float(value), gradient

    return evaluate


def _points(
    evaluate: Evaluate, x: Array, batches: Iterable[Any] | None, limit: int
) -> Iterator[tuple[float, Array]]:
    """Values and gradients at `x` as it changes, for one batch after another."""
    if batches is None:
        for _ in range(limit):
            yield evaluate(x)
        return
    for _, batch in zip(range(limit), batches, strict=False):
        yield evaluate(x, *(batch if isinstance(batch, tuple) else (batch,)))


def _scipy(  # noqa: PLR0917  # one call, from `minimize`
    function: Callable[..., Any],
    structure: Structure,
    x: Array,
    method: str,
    limit: int,
    tolerance: float,
    values: list[float],
    display: Steps,
) -> tuple[bool, str]:
    """SciPy's method; `x` and `values` are changed as it goes on."""
    from scipy.optimize import minimize as scipy_minimize  # noqa: PLC0415  # only where asked for

    evaluate = _evaluator(function, structure, batched=False)

    def flat(at: Any) -> Any:
        return function(structure.build(at))

    _require_number(evaluate(x)[0], 0)
    product = ad.compile(lambda at, way: ad.hvp(flat, (at,), (way,)))

    def keep(intermediate_result: Any) -> None:
        x[:] = intermediate_result.x
        values.append(float(intermediate_result.fun))
        display.show(len(values), f"value {values[-1]:.6g}")

    options: dict[str, Any] = {"maxiter": limit}
    if method == "Newton-CG":
        options["xtol"] = tolerance
    else:
        options["gtol"] = tolerance
    if method == "L-BFGS-B":
        options |= {"ftol": 0.0, "maxfun": 20 * limit}
    result = scipy_minimize(
        evaluate,
        x.copy(),
        jac=True,
        hessp=None if method == "L-BFGS-B" else product,
        method=method,
        callback=keep,
        options=options,
    )
    x[:] = result.x
    values.append(float(result.fun))
    return bool(result.success), str(result.message)


def _listed(params: Any) -> Any:
    """Lists of numbers as arrays."""
    if isinstance(params, dict):
        return {key: _listed(value) for key, value in params.items()}
    if isinstance(params, list | tuple) and params:
        if all(isinstance(value, int | float) for value in params):
            return np.array(params, dtype=np.float64)
        return type(params)(_listed(value) for value in params)
    return params
