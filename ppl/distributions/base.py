"""What every distribution has, derived from its parameters, its support and one formula.

A law is one class in one file: parameters by `parameter`, `support`, `_log_prob` (the formula on
the support), `_draw`, and what else exists in closed form. The constructor, aliases, checks,
broadcasting, the value -inf outside the support, and messages come from here. Formulas see plain
or traced values of the support only, with floating-point warnings off.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import ad
from ppl import handlers
from ppl.constraints import Real, RealMatrix, RealVector
from ppl.distributions.arguments import Arguments, signature_of
from ppl.distributions.cumulative import Cumulative
from ppl.distributions.moments import Moments, filled
from ppl.distributions.parameter import Parameter
from ppl.errors import ParameterError, ShapeError, UndefinedError, at, show, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppl.constraints import Constraint

Shape = tuple[int, ...]

# Formulas on these sets end in -inf by themselves.
_UNBOUNDED = (RealVector, RealMatrix)


class Distribution(Moments, Cumulative):
    """A probability distribution with given parameters.

    Parameters are arrays, numbers or traced values and broadcast together as NumPy's do; they do
    not change. Log probabilities are natural logarithms (nats) with all constants kept.

    Attributes
    ----------
    support : Constraint
        The set of values with positive density; it may depend on the parameters.
    parameters : dict of str to Parameter
        As declared, in the order of positional arguments.

    Raises
    ------
    TypeError
        For arguments that are missing, unknown or not numeric.
    ParameterError
        For a plain (not traced) parameter outside its constraint.
    ShapeError
        For parameters that do not broadcast together.
    """

    parameters: ClassVar[dict[str, Parameter]] = {}
    support: Constraint
    _arguments: ClassVar[Arguments]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Parameter)}
        cls.parameters = {**cls.parameters, **own}
        cls._arguments = Arguments(cls.__name__, cls.parameters)
        cls.__signature__ = signature_of(cls.parameters)  # type: ignore[attr-defined] # for inspect

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        values = self._arguments.bind(args, kwargs)
        vars(self).update(values)
        self._given = tuple(values)
        self._batch_shape: Shape = ()
        # Inside a model the site is not known yet; `ppl.sample` raises with its name.
        self._problem = self._check()
        if "mean" in values and self._problem is None:
            # The parameter stands for the property of that name, which has the batch's shape.
            vars(self)["mean"] = filled(values["mean"], self._batch_shape)
        if self._problem is not None and not handlers.running():
            self.require_valid()

    # ---- shapes and checks -------------------------------------------------------------------

    @property
    def batch_shape(self) -> Shape:
        """Shape of the parameters, broadcast together."""
        return self._batch_shape

    @property
    def event_shape(self) -> Shape:
        """Shape of one draw: () for numbers."""
        return ()

    @property
    def discrete(self) -> bool:
        """Whether values are countable."""
        return self.support.discrete

    def _check(self) -> tuple[type[ValueError], str, str] | None:
        """First thing wrong with the parameters: error class, what is wrong, what to do."""
        for name in self._given:
            shape, wanted = np.shape(vars(self)[name]), self.parameters[name].event_dim
            if len(shape) < wanted:
                wrong = f"{name} must have {wanted} or more axes, got shape {shape}"
                what = "vector" if wanted == 1 else "matrix"
                return ShapeError, wrong, f"Give one {what}, or one for each element of the batch."
        misshapen = self._misshapen()
        if misshapen is not None:
            return ShapeError, *misshapen
        shapes = self.parameter_shapes()
        try:
            self._batch_shape = np.broadcast_shapes(*shapes.values())
        except ValueError:
            got = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
            advice = "Index per element, for example a[group], or insert an axis, a[:, None]."
            return ShapeError, f"parameters must broadcast together, got shapes {got}", advice
        if not handlers.checking():
            return None
        problem = self.invalid_parameter()
        if problem is None:
            return None
        advice = "Correct it; where it is to be learnt, give it a distribution on that set."
        return ParameterError, problem, advice

    def _misshapen(self) -> tuple[str, str] | None:
        """Say what is wrong with shapes beyond broadcasting, and what to do; None if nothing."""
        return None

    def parameter_shapes(self) -> dict[str, Shape]:
        """Batch shape of each parameter given."""
        shapes = {}
        for name in self._given:
            shape = np.shape(vars(self)[name])
            shapes[name] = shape[: len(shape) - self.parameters[name].event_dim]
        return shapes

    def invalid_parameter(self) -> str | None:
        """Say which plain parameter is outside its constraint, or None if none is."""
        for name in self._given:
            value = vars(self)[name]
            if ad.is_traced(value):  # trouble with these is a property of the point, not an error
                continue
            constraint = self.parameters[name].constraint(self)
            if any(ad.is_traced(bound) for bound in vars(constraint).values()):
                continue
            index = constraint.check(value)
            if index is not None:
                bounds = [np.shape(bound) for bound in vars(constraint).values()]
                wrong = np.broadcast_to(value, np.broadcast_shapes(np.shape(value), *bounds))
                return f"{name} must be {constraint}, got {show(wrong[index])}{at(index)}"
        return None

    def require_valid(self, site: str | None = None) -> None:
        """Raise if the parameters given at construction were wrong.

        Parameters
        ----------
        site : str, optional
            Name of the site, for the message.
        """
        if self._problem is not None:
            error, wrong, advice = self._problem
            comma = "" if site is None else ","
            raise error(f"{type(self).__name__}: {wrong}{comma} {where(site)}. {advice}")

    # ---- densities ---------------------------------------------------------------------------

    def log_prob(self, value: Any) -> Any:
        """Return the log density, or log probability, of each value.

        Parameters
        ----------
        value : array, shape (...) + event_shape
            Broadcasts with the parameters.

        Returns
        -------
        array, shape (...)
            In nats; -inf outside the support, NaN where the value is NaN.

        Raises
        ------
        ShapeError
            If the value does not broadcast with the parameters.
        """
        self.require_valid()
        value = value if ad.is_traced(value) else np.asarray(value, dtype=np.float64)[()]
        shape = self._result_shape(np.shape(value))
        with np.errstate(all="ignore"):
            support = self.support
            if ad.is_traced(value) and (isinstance(support, Real) or type(support) in _UNBOUNDED):
                return filled(self._log_prob(value), shape)
            known = self._whole(value == value, 0)  # noqa: PLR0124 - not NaN
            outside = ~self._whole(support.contains(value), support.event_dim) & known
            if not ad.is_traced(outside) and not np.any(outside):
                return filled(self._log_prob(value), shape)
            event = self.event_shape
            flags = outside[(..., *(None,) * len(event))] if event else outside
            inside = np.where(flags, support.interior(event), value)
            # The formula sees only values of the support, so its gradient stays finite.
            return filled(np.where(outside, -np.inf, self._log_prob(inside)), shape)

    def _whole(self, flags: Any, event_dim: int) -> Any:
        """Combine flags of values with `event_dim` axes into those of whole events."""
        extra = len(self.event_shape) - event_dim
        return np.all(flags, axis=tuple(range(-extra, 0))) if extra else flags

    def log_prob_inside(self, value: Any) -> Any:
        """Return `log_prob` of values known to lie in the support, as a transform's image does."""
        with np.errstate(all="ignore"):
            return filled(self._log_prob(value), self._result_shape(np.shape(value)))

    def _log_prob(self, _value: Any) -> Any:
        raise self._undefined("log_prob")

    def _result_shape(self, shape: Shape) -> Shape:
        event = self.event_shape
        cut = len(shape) - len(event)
        if cut < 0 or shape[cut:] != event:
            raise ShapeError(
                f"{type(self).__name__}.log_prob: the value's last axes must be {event}, got shape "
                f"{shape} {where()}. One value takes these axes; axes before them are a batch."
            )
        batch = shape[:cut]
        try:
            return np.broadcast_shapes(batch, self.batch_shape)
        except ValueError:
            raise ShapeError(
                f"{type(self).__name__}.log_prob: the value must broadcast with the parameters, "
                f"got shapes {shape} and {self.batch_shape} {where()}. "
                "Index per element, for example a[group], or insert an axis, a[:, None]."
            ) from None

    # ---- draws -------------------------------------------------------------------------------

    def sample(self, rng: np.random.Generator, shape: int | Sequence[int] = ()) -> Any:
        """Draw independent values.

        Parameters
        ----------
        rng : numpy.random.Generator
        shape : int or tuple of int
            Axes of independent draws, in front of those of the parameters.

        Returns
        -------
        array, shape `shape + batch_shape + event_shape`
        """
        front = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
        return self.draw(rng, front + self.batch_shape)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Any:
        """Draw values of the whole batch `shape`, to which the parameters broadcast."""
        self.require_valid()
        if not isinstance(rng, np.random.Generator):
            raise TypeError(
                f"{type(self).__name__}.sample: rng must be a numpy.random.Generator, got "
                f"{show(rng)} {where()}. Make one with np.random.default_rng(seed)."
            )
        return self._draw(rng, shape)

    def _draw(self, _rng: np.random.Generator, _shape: Shape) -> Any:
        raise self._undefined("sample")

    def _undefined(self, what: str) -> UndefinedError:
        return UndefinedError(f"{type(self).__name__}: {what} is not available {where()}.")

    # ---- laws made of this one ---------------------------------------------------------------

    def to_event(self, count: int) -> Distribution:
        """Take the last `count` batch axes as axes of one draw: `Independent(self, count)`."""
        return importlib.import_module("ppl").Independent(self, count)  # type: ignore[no-any-return] # one of ours

    def expand(self, shape: int | Sequence[int]) -> Distribution:
        """Repeat the law independently over a larger batch shape: `Expanded(self, shape)`."""
        return importlib.import_module("ppl").Expanded(self, shape)  # type: ignore[no-any-return] # one of ours

    def mask(self, mask: Any) -> Distribution:
        """Let only some elements count in the density: `Masked(self, mask)`."""
        return importlib.import_module("ppl").Masked(self, mask)  # type: ignore[no-any-return] # one of ours

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={show(ad.value_of(vars(self)[name]))}" for name in self._given)
        return f"{type(self).__name__}({given})"
