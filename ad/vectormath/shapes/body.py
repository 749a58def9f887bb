"""One text for two readers: formulas over NumPy arrays and over vectors in LLVM IR.

A formula is a function of a backend and its arguments. It uses Python's arithmetic and comparison
operators and what both backends have: `select`, `either`, `both`, the elementary functions, and
`iterate`, a counted loop. `Arrays` computes at once, `Body` writes instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ad.vectormath.constants import DOUBLE, LANES
from ad.vectormath.text import BOOLEAN, Code, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.vectormath.constants import Constants

# Functions of `ad.vectormath` that formulas may call; NumPy's or SciPy's name where it differs.
ELEMENTARY = ("exp", "log", "log1p", "expm1", "sin", "cos", "tanh")
INTRINSICS = {"sqrt": "sqrt", "floor": "floor", "absolute": "fabs"}


class Arrays:
    """Backend of the interpreter: values are arrays, each method computes.

    The elementary functions, `sqrt`, `floor` and `absolute` are NumPy's.
    """

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """NumPy's function of that name."""
        if name not in ELEMENTARY and name not in INTRINSICS:
            raise AttributeError(name)
        function: Callable[..., Any] = getattr(np, name)
        return function

    @staticmethod
    def lgamma(x: Any) -> Any:
        """Logarithm of the gamma function, x > 0."""
        from ad.ops.special import gammaln  # noqa: PLC0415 - the row imports this package

        return gammaln.eval(x)

    @staticmethod
    def digamma(x: Any) -> Any:
        """Its derivative."""
        from scipy.special import digamma  # noqa: PLC0415 - as above

        return digamma(x)

    @staticmethod
    def select(condition: Any, yes: Any, no: Any) -> Any:
        """Element by element `yes` where the condition holds, else `no`."""
        return np.where(condition, yes, no)

    @staticmethod
    def either(*conditions: Any) -> Any:
        """Where any of the conditions holds."""
        return np.logical_or.reduce(np.broadcast_arrays(*conditions))

    @staticmethod
    def both(*conditions: Any) -> Any:
        """Where all of the conditions hold."""
        return np.logical_and.reduce(np.broadcast_arrays(*conditions))

    @staticmethod
    def equal(x: Any, y: Any) -> Any:
        """Where both are equal."""
        return np.equal(x, y)

    @staticmethod
    def iterate(count: int, state: tuple[Any, ...], step: Callable[..., Any]) -> tuple[Any, ...]:
        """State after ``state = step(k, *state)`` for k = 0, ..., count - 1."""
        for k in range(count):
            state = step(float(k), *state)
        return state


class Body(Code):
    """Backend of native code: the instructions of one function of vectors, loops included.

    Attributes
    ----------
    called : set of str
        Functions of `ad.vectormath` that it calls.
    intrinsics : set of str
        LLVM's, that it calls.
    """

    def __init__(self, constants: Constants, fma: bool) -> None:
        super().__init__("v", constants, fma)
        self.called: set[str] = set()
        self.intrinsics: set[str] = set()
        self._block = "entry"
        self._loops = 0

    def __getattr__(self, name: str) -> Callable[[Value], Value]:
        """A function of one vector."""
        if name in INTRINSICS:
            return lambda x: self._intrinsic(INTRINSICS[name], x)
        if name in ELEMENTARY or name in {"lgamma", "digamma"}:
            return lambda x: self._call(name, x)
        raise AttributeError(name)

    def _call(self, name: str, x: Value | float) -> Value:
        self.called.add(name)
        return self.add(f"call {DOUBLE} @w_{name}({DOUBLE} {self.operand(x, DOUBLE)})", DOUBLE)

    def _intrinsic(self, name: str, x: Value) -> Value:
        self.intrinsics.add(name)
        return self.add(f"call {DOUBLE} @llvm.{name}.v{LANES}f64({DOUBLE} {x.name})", DOUBLE)

    def both(self, *conditions: Value) -> Value:
        """Truth values: where all of the conditions hold."""
        total = conditions[0]
        for condition in conditions[1:]:
            total = self.add(f"and {BOOLEAN} {total.name}, {condition.name}", BOOLEAN)
        return total

    def equal(self, x: Value, y: Value | float) -> Value:
        """Truth values: where both are equal."""
        return x.equals(y)

    def iterate(
        self, count: int, state: tuple[Value, ...], step: Callable[..., Any]
    ) -> tuple[Value, ...]:
        """State after ``state = step(k, *state)`` for k = 0, ..., count - 1."""
        label, before = f"loop{self._loops}", self._block
        self._loops += 1
        self.lines += [f"br label %{label}", ""]
        start = len(self.lines) - 1
        self._block = label
        carried = [Value(self, f"%{label}.{name}", DOUBLE) for name in range(len(state) + 1)]
        after = [self.operand(part, DOUBLE) for part in step(*carried)]
        following = (carried[0] + 1.0).name
        self.lines += [
            f"%{label}.i.next = add i64 %{label}.i, 1",
            f"%{label}.more = icmp ult i64 %{label}.i.next, {count}",
            f"br i1 %{label}.more, label %{label}, label %{label}.end",
            f"{label}.end:",
        ]
        phis = [f"%{label}.i = phi i64 [ 0, %{before} ], [ %{label}.i.next, %{self._block} ]"]
        firsts = ["zeroinitializer", *(part.name for part in state)]
        for value, first, last in zip(carried, firsts, (following, *after), strict=True):
            phis.append(
                f"{value.name} = phi {DOUBLE} [ {first}, %{before} ], [ {last}, %{self._block} ]"
            )
        # In one entry, so that names made from the number of lines stay unique.
        self.lines[start] = "\n".join([f"{label}:", *phis])
        self._block = f"{label}.end"
        return tuple(Value(self, name, DOUBLE) for name in after)


def total(code: Any, count: int, start: Any, term: Callable[[Any], Any]) -> Any:
    """Sum of `start` and ``term(k)`` for k = 0, ..., count - 1."""
    return code.iterate(count, (start,), lambda k, partial: (partial + term(k),))[0]


def constant(code: Any, value: float, like: Any) -> Any:
    """A number as a vector like another."""
    return code.select(like < 0.0, value, value)


def minimum(code: Any, x: Any, y: Any) -> Any:
    """Smaller of both; `x` where one is nan."""
    return code.select(y < x, y, x)


def maximum(code: Any, x: Any, y: Any) -> Any:
    """Larger of both; `x` where one is nan."""
    return code.select(y > x, y, x)


def horner(x: Any, coefficients: Sequence[float]) -> Any:
    """Polynomial, lowest coefficient first."""
    total: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total
