"""What a sampler needs to know of a density: the thin waist between models and algorithms."""

import ctypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from inference.errors import InferenceTypeError, InferenceValueError

OK = 0
OUTSIDE = 1
MISSED = 2
FAILED = 3
"""Statuses of a native density: fine; log density -inf; a guard missed; NaN or +inf."""


@runtime_checkable
class NativeDensity(Protocol):
    """Machine code of a log density and its gradient.

    Attributes
    ----------
    address : int
        Of `int32 f(const double *x, double *lp, double *grad, void *const *data, void *work)`,
        which must be callable from several threads at once with different `work`.
    data : int
        Address of the pointer table handed to it.
    workspace_bytes : int
        Size of `work`; every chain gets its own, aligned to 64 bytes.

    The object keeps the memory behind the addresses alive.
    """

    @property
    def address(self) -> int:
        """Address of the function."""
        ...

    @property
    def data(self) -> int:
        """Address of the pointer table."""
        ...

    @property
    def workspace_bytes(self) -> int:
        """Size of a workspace."""
        ...


@runtime_checkable
class Density(Protocol):
    """A log density over unconstrained vectors.

    Any object with these members can be sampled. Log densities are in nats, up to a constant.

    Members that are optional, and what is assumed without them:

    ``constrain(xs)``
        (n, dimension) -> dict of name to (n, *shape), parameters and deterministics. Without it
        there is one variable, ``x``.
    ``unconstrain(values)``
        dict of constrained values -> (dimension,). Without it initial points are given as vectors.
    ``missed(x, workspace)``
        Called when the native function returned 2; adds what was missing, after which `native`
        is read again. Without it a status of 2 is an error.
    ``initial_points(rng, chains)``
        (numpy.random.Generator, int) -> (chains, dimension): where chains may start if points
        uniform in (-2, 2) do not do; a ValueError says that there is none.
    ``dims``, ``coords``, ``deterministics``, ``observed``, ``constant_data``,
    ``log_likelihood(xs)``
        For ArviZ. Without them: default names, nothing.
    ``hints``
        What the report of divergences offers: a dict of variable to a sentence about another
        parameterisation, or objects with ``site`` and ``text``. Asked for only where there are
        divergences; first offered is what is about a variable at whose end they are.
    ``params``
        Names of variables without a law of their own; samplers refuse them.
    ``fingerprint``
        Text that changes with the density; recorded in the result.
    ``diagnose(x)``
        Text that says what is wrong at a point where the density is not finite.
    """

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    @property
    def native(self) -> NativeDensity:
        """Machine code of the density."""
        ...

    def logdensity(self, x: NDArray[np.float64], /) -> float:
        """Log density at `x`, shape (dimension,)."""
        ...

    def logdensity_and_gradient(
        self, x: NDArray[np.float64], /
    ) -> tuple[float, NDArray[np.float64]]:
        """Log density and gradient, shape (dimension,), at `x`."""
        ...


@dataclass(frozen=True)
class Description:
    """The optional members of a density, with defaults for what is absent."""

    dims: Mapping[str, Sequence[str]]
    coords: Mapping[str, Sequence[Any]]
    deterministics: frozenset[str]
    observed: Mapping[str, NDArray[Any]]
    constant_data: Mapping[str, NDArray[Any]]
    fingerprint: str
    hints: Mapping[str, str] = field(default_factory=dict)


def describe(density: Density, *, diverged: bool = False) -> Description:
    """Read the optional members that are data; hints only where transitions `diverged`."""
    hints: Any = (getattr(density, "hints", None) or {}) if diverged else {}
    if not isinstance(hints, Mapping):
        hints = {hint.site: hint.text for hint in hints}
    return Description(
        dims=dict(getattr(density, "dims", None) or {}),
        coords=dict(getattr(density, "coords", None) or {}),
        deterministics=frozenset(getattr(density, "deterministics", None) or ()),
        observed=dict(getattr(density, "observed", None) or {}),
        constant_data=dict(getattr(density, "constant_data", None) or {}),
        fingerprint=str(getattr(density, "fingerprint", "")),
        hints=dict(hints),
    )


def constrain(density: Density, xs: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """Values by name, shape (n, *shape), for points of shape (n, dimension)."""
    function: Callable[[NDArray[np.float64]], Mapping[str, Any]] | None
    function = getattr(density, "constrain", None)
    if function is None:
        return {"x": xs}
    return {name: np.asarray(value) for name, value in function(xs).items()}


def check(density: object, who: str) -> Density:
    """Return `density` if it has the required members, or say which are missing.

    Raises
    ------
    InferenceTypeError
        For an object that is not a density.
    InferenceValueError
        For a density without dimensions.
    """
    required = ("dimension", "native", "logdensity", "logdensity_and_gradient")
    missing = [name for name in required if not hasattr(density, name)]
    if missing:
        hint = "Pass ppl.Posterior(model, ...) or an object with the members of inference.Density."
        if isinstance(density, Callable) and not isinstance(density, type):  # type: ignore[arg-type]  # mypy#3060
            hint = (
                "A model function becomes one by ppl.Posterior(model, *data), a log density by "
                "ad.density(f, dimension) or inference.PythonDensity(f_and_gradient, dimension)."
            )
        raise InferenceTypeError(
            f"{who}: density must have {', '.join(required)}, got {type(density).__name__} "
            f"without {', '.join(missing)}. {hint}"
        )
    assert isinstance(density, Density)
    if not isinstance(density.native, NativeDensity):
        raise InferenceTypeError(
            f"{who}: density.native must have address, data and workspace_bytes, got "
            f"{type(density.native).__name__}. See inference.NativeDensity."
        )
    if density.dimension < 1:
        raise InferenceValueError(
            f"{who}: density.dimension must be at least 1, got {density.dimension}: there is "
            "nothing to sample. Give the model a parameter that is not observed."
        )
    return density


def check_laws(density: object, who: str) -> Density:
    """Return `density` if it is one, and the law of all its variables, for what draws from it.

    Raises
    ------
    InferenceTypeError
        As `check` does.
    InferenceValueError
        As `check` does, and if the optional member `params` names any variables. They would be
        drawn with a flat density on the unconstrained scale, which nobody wrote.
    """
    target = check(density, who)
    names = sorted(getattr(target, "params", None) or ())
    if names:
        raise InferenceValueError(
            f"{who}: every variable must have a distribution, got {', '.join(names)} declared by "
            "ppl.param. Give them priors, ppl.handlers.lift(model, prior={...}) or ppl.sample in "
            "place of ppl.param, or find their best values with inference.maximize."
        )
    return target


_PROTOTYPE = ctypes.CFUNCTYPE(
    ctypes.c_int32,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


def evaluate(
    native: NativeDensity, x: NDArray[np.float64], workspace: NDArray[np.uint8]
) -> tuple[int, float, NDArray[np.float64]]:
    """Call the native function once: status, log density, gradient."""
    point = np.ascontiguousarray(x, dtype=np.float64)
    gradient = np.zeros_like(point)
    lp = ctypes.c_double(-np.inf)
    status = _PROTOTYPE(native.address)(
        point.ctypes.data,
        ctypes.addressof(lp),
        gradient.ctypes.data,
        native.data,
        workspace.ctypes.data,
    )
    return int(status), lp.value, gradient


def raise_error(density: Density) -> NoReturn:
    """Raise what a density met that answered with a negative status."""
    error: BaseException | None = getattr(density, "error", None)
    if error is not None:
        raise error
    raise InferenceTypeError(
        "inference: a native density must return 0, 1, 2 or 3, got a negative status from "
        f"{type(density).__name__}, which keeps no `error`."
    )


def aligned(size: int) -> NDArray[np.uint8]:
    """Zeroed bytes, aligned to 64, that share no cache line with anything else.

    Nor a pair of lines, which processors fetch together: two chains that write to neighbouring
    memory would slow each other down.
    """
    memory = np.zeros(size + 384, dtype=np.uint8)
    offset = 128 + -memory.ctypes.data % 128
    return memory[offset : offset + size]


def diagnosis(density: Density, x: NDArray[np.float64]) -> str:
    """What the density itself says is wrong at `x`, or its value there."""
    diagnose = getattr(density, "diagnose", None)
    if diagnose is not None:
        return str(diagnose(x))
    lp, gradient = density.logdensity_and_gradient(x)
    bad = int(np.size(gradient) - np.isfinite(gradient).sum())
    return (
        f"There the log density is {lp}, and {bad} of {np.size(gradient)} derivatives are not"
        " finite."
    )
