"""Checks of the arguments that algorithms share."""

import math
import operator
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import InferenceTypeError, InferenceValueError


def integer(who: str, what: str, value: Any, least: int, most: int | None = None) -> int:
    """Return `value` as an int within limits, or raise.

    Raises
    ------
    InferenceTypeError
        If it is not an integer.
    InferenceValueError
        If it is outside [least, most].
    """
    limits = f"at least {least}" if most is None else f"between {least} and {most}"
    message = f"{who}: {what} must be an integer {limits}, got {value!r}."
    if isinstance(value, bool):
        raise InferenceTypeError(message)
    try:
        number = operator.index(value)
    except TypeError:
        raise InferenceTypeError(message) from None
    if number < least or (most is not None and number > most):
        raise InferenceValueError(message)
    return number


def one_of(who: str, what: str, value: Any, offered: Sequence[str]) -> str:
    """Return `value` if it is among the words offered, or raise.

    Raises
    ------
    InferenceValueError
        If it is another word.
    """
    if isinstance(value, str) and value in offered:
        return value
    words = ", ".join(repr(word) for word in offered)
    raise InferenceValueError(f"{who}: {what} must be one of {words}, got {value!r}.")


def positive(who: str, what: str, value: Any) -> float:
    """Return `value` as a positive, finite float, or raise.

    Raises
    ------
    InferenceTypeError
        If it is not a number.
    InferenceValueError
        If it is not positive and finite.
    """
    message = f"{who}: {what} must be a positive number, got {value!r}."
    if isinstance(value, bool | str):
        raise InferenceTypeError(message)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InferenceTypeError(message) from None
    if not 0.0 < number < math.inf:
        raise InferenceValueError(message)
    return number


def fraction(who: str, what: str, value: Any) -> float:
    """Return `value` as a float strictly between 0 and 1, or raise.

    Raises
    ------
    InferenceTypeError
        If it is not a number.
    InferenceValueError
        If it is not inside (0, 1).
    """
    message = f"{who}: {what} must be a number between 0 and 1, got {value!r}."
    if isinstance(value, bool | str):
        raise InferenceTypeError(message)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InferenceTypeError(message) from None
    if not 0.0 < number < 1.0:  # a NaN is not inside either
        raise InferenceValueError(f"{message} Values from 0.8 to 0.99 are usual.")
    return number


def starting_points(who: str, density: Any, initial: Any, count: int) -> NDArray[np.float64] | None:
    """Points of shape (count, dimension) from an array or constrained values; None for None.

    Raises
    ------
    InferenceTypeError, InferenceValueError
        For what is no array of finite numbers of shape (dimension,) or (count, dimension).
    """
    if initial is None:
        return None
    dimension = density.dimension
    if isinstance(initial, Mapping):
        unconstrain = getattr(density, "unconstrain", None)
        if unconstrain is None:
            raise InferenceTypeError(
                f"{who}: initial must be an array for a density without `unconstrain`, got a dict. "
                f"Pass an unconstrained vector of shape ({dimension},)."
            )
        initial = unconstrain(initial)
    try:
        points = np.array(initial, dtype=np.float64)
    except (TypeError, ValueError):
        raise InferenceTypeError(
            f"{who}: initial must be an array of numbers, a dict or, for Hamiltonian samplers, "
            f"'pathfinder', got {initial!r}."
        ) from None
    if points.shape not in {(dimension,), (count, dimension)}:
        shapes = f"({dimension},)" + (f" or ({count}, {dimension})" if count > 1 else "")
        raise InferenceValueError(f"{who}: initial must have shape {shapes}, got {points.shape}.")
    bad = np.argwhere(~np.isfinite(points))
    if len(bad):
        index = tuple(int(k) for k in bad[0])
        raise InferenceValueError(
            f"{who}: initial must be finite, got {points[index]} at index {index}."
        )
    return np.ascontiguousarray(np.broadcast_to(points, (count, dimension)))


def new_file(who: str, store: Any) -> Path:
    """Path of a file that is to be made, or raise before anything is computed.

    Raises
    ------
    InferenceTypeError
        If it is not a path.
    InferenceValueError
        If something is there, or its folder is not.
    """
    try:
        path = Path(store)
    except TypeError:
        raise InferenceTypeError(
            f"{who}: store must be the path of a file, got {store!r}."
        ) from None
    if path.exists() or not path.absolute().parent.is_dir():
        why = "is there already" if path.exists() else "has no folder"
        raise InferenceValueError(
            f"{who}: store must be a path where nothing is yet, in a folder that is, got "
            f"{str(path)!r}, which {why}. Choose another, or make the folder."
        )
    return path.absolute()
