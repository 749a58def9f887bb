"""Errors of the samplers; each is a subclass of the builtin error it refines."""


class InferenceValueError(ValueError):
    """An argument of an algorithm has a value it cannot work with."""


class InferenceTypeError(TypeError):
    """An argument of an algorithm, or a density, is not the kind of object that is needed."""


class NotOfferedError(NotImplementedError):
    """Something that is named in the interface but is not there yet."""


class InitialPointError(ValueError):
    """No point was found at which the density and its gradient are finite."""


class AdaptationError(RuntimeError):
    """The step size or the metric left every reasonable range, as for an improper posterior."""


class NoDrawsError(KeyboardInterrupt):
    """A run was interrupted before any chain had a draw."""


class NoModeError(ArithmeticError):
    """A density has no mode where its curvature is negative definite, or none was found."""
