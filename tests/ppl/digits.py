"""Errors of log probabilities at many points, in units of what is allowed at each."""

from typing import Any

Errors = list[tuple[float, Any, dict[str, Any]]]  # with the point and the parameters


def worst(found: Errors) -> tuple[float, Any, dict[str, Any]]:
    """The largest error, and where it is."""
    return max(found, key=lambda one: one[0])


def assert_all_allowed(found: Errors) -> None:
    """There are many points, and no error is larger than allowed."""
    assert len(found) > 30
    assert worst(found)[0] <= 1.0, worst(found)
