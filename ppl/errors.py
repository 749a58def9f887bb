"""Errors of the modelling language, each a subclass of the builtin error it specialises.

Messages follow one form: WHO: WHAT must be CONSTRAINT, got VALUE [at INDEX] [in site NAME]
(user's file:line). WHAT TO DO.
"""

from typing import Any

import numpy as np

import ad


class ParameterError(ValueError):
    """A parameter of a distribution outside the set it lives in."""


class ShapeError(ValueError):
    """Shapes that do not fit together, or do not fit the plates around a site."""


class DataError(ValueError):
    """Observed data that no parameters could have produced, or that are missing."""


class ModelError(ValueError):
    """A model function whose sites do not make a model."""


class OutsideModelError(RuntimeError):
    """A primitive called where no model is being run."""


class UndefinedError(NotImplementedError):
    """A function that a distribution does not have, or not in closed form."""


def where(site: str | None = None, line: str | None = None) -> str:
    """Say the place in a message: `in site 'y' (model.py:14)`.

    Parameters
    ----------
    site : str, optional
        Name of the site.
    line : str, optional
        The user's file and line; those of the call in progress if not given.
    """
    place = f"({ad.user_line() if line is None else line})"
    return f"in site '{site}' {place}" if site is not None else place


def at(index: tuple[int, ...] | None) -> str:
    """Say the place inside an array: ` at index (3,)`, or nothing for a scalar."""
    return f" at index {index}" if index else ""


def show(value: Any) -> str:
    """Show a value in a message, on one short line."""
    if isinstance(value, np.generic):
        value = value.item()
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
