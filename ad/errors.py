"""Errors of the differentiation core, each a subclass of the builtin error it specialises.

Messages follow one form: WHO: WHAT must be CONSTRAINT, got VALUE (user's file:line). WHAT TO DO.
"""


class TraceError(TypeError):
    """A traced value met code that needs a number: `float(x)`, `math.exp(x)`, `np.asarray(x)`."""


class NoRuleError(NotImplementedError):
    """A NumPy function for which there is no rule yet."""


class NoTwinError(NoRuleError, AttributeError):
    """A function of `scipy.linalg` that `ad.linalg` has not."""


class ShapeError(ValueError):
    """Shapes that do not fit together."""


class ConvergenceError(ArithmeticError):
    """A solver did not find what it was asked for."""


class GradientError(AssertionError):
    """Derivatives that do not agree with differences of the function."""


class GuardError(RuntimeError):
    """Python control flow on traced values took more paths than are kept."""
