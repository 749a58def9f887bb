"""Strong zeros at the borders of loops and branches.

Where a selection leaves a value out, nothing arrives from it, even if its derivative is infinite:
in reverse mode as in forward mode, wherever the selection is and wherever the infinite slope is.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad
from tests.ad.harness import assert_close

X = np.array([0.0, 4.0, 9.0])  # the root's slope is infinite at the first
ON = X > 0.0


def _root_in_a_carry(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        return (np.sqrt(carry[0]), carry[1] + row), None

    (root, total), _ = ad.scan(step, (x[0], x[1]), x)
    return np.where(x[0] > 0.0, root, 0.0) + total


def _root_of_rows(x: Any) -> Any:
    _, roots = ad.scan(lambda c, row: (1.5 * np.sin(c) + row, np.sqrt(row)), x[1], x)
    return np.sum(np.where(ON, roots, 0.0))


def _root_before_rows(x: Any) -> Any:
    def step(carry: Any, row: Any) -> Any:
        return np.sin(carry) + np.where(row[1] > 0.0, row[0] * carry, 0.0), None

    return ad.scan(step, x[1], (np.sqrt(x), X))[0]


def _root_among_invariants(x: Any) -> Any:
    root = np.sqrt(x[0])
    return ad.scan(lambda c, row: (np.sin(c) + np.where(row < 0.0, root, row), None), x[1], x)[0]


def _root_in_a_scan_of_scans(x: Any) -> Any:
    def outer(carry: Any, row: Any) -> Any:
        _, roots = ad.scan(lambda c, x: (np.sin(c) + x, np.sqrt(x)), carry, x)
        return np.sin(carry) + np.sum(np.where(ON, roots, 0.0)) * row, None

    return ad.scan(outer, x[1], X)[0]


def _root_before_a_branch(x: Any) -> Any:
    return ad.cond(x[0] > 0.0, lambda z: z, lambda _: 1.0, np.sqrt(x[0])) + x[1]


def _root_in_a_branch(x: Any) -> Any:
    root = ad.cond(x[0] > -1.0, np.sqrt, lambda z: z, x[0])
    return np.where(x[0] > 0.0, root, 0.0) + x[1]


def _root_in_a_checkpoint(x: Any) -> Any:
    return np.sum(np.where(ON, ad.checkpoint(np.sqrt)(x), 0.0))


def _root_before_a_checkpoint(x: Any) -> Any:
    return ad.checkpoint(lambda z: np.sum(np.where(ON, z, 0.0)))(np.sqrt(x))


def _root_in_a_while(x: Any) -> Any:
    def step(state: Any) -> Any:
        return state[0] + 1.0, np.sqrt(state[1]), state[2] * x[1]

    _, root, product = ad.while_loop(lambda s: s[0] < 1.5, step, (0.0, x[0], x[2]))
    return np.where(x[0] > 0.0, root, 0.0) + product


def _root_for_a_while_without_steps(x: Any) -> Any:
    root = np.sqrt(x[0])
    return ad.while_loop(lambda s: s < -1.5, lambda s: s * root, x[1])


def _root_not_taken_by_a_while(x: Any) -> Any:
    def step(state: Any) -> Any:
        return state[0] + 1.0, np.where(state[0] < 5.0, x[1], state[2]), state[2]

    return ad.while_loop(lambda s: s[0] < 2.5, step, (0.0, x[1], np.sqrt(x[0])))[1]


PROGRAMS = [value for name, value in list(globals().items()) if name.startswith("_root")]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__[1:])
def test_what_a_selection_leaves_out_counts_for_nothing(function: Callable[[Any], Any]) -> None:
    forward = [float(ad.jvp(function, (X,), (unit,))[1]) for unit in np.eye(3)]
    assert np.all(np.isfinite(forward))
    assert_close(ad.grad(function)(X), forward, 1e-13)
    assert_close(ad.compile(ad.grad(function))(X), forward, 1e-13)
    assert_close(ad.density(function, 3).logdensity_and_gradient(X)[1], forward, 1e-13)


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda f: f.__name__[1:])
def test_elsewhere_the_slope_counts(function: Callable[[Any], Any]) -> None:
    x = X + 1.0
    forward = [float(ad.jvp(function, (x,), (unit,))[1]) for unit in np.eye(3)]
    step = 1e-6 * np.eye(3)
    assert_close(forward, [(function(x + h) - function(x - h)) / 2e-6 for h in step], 1e-7, 1e-8)
    assert_close(ad.grad(function)(x), forward, 1e-13, 1e-15)


def test_without_a_selection_an_infinite_slope_is_seen() -> None:
    def function(x: Any) -> Any:
        _, roots = ad.scan(lambda c, row: (np.sin(c) + row, np.sqrt(row)), x[1], x)
        return np.sum(0.0 * roots)

    assert np.isnan(ad.grad(function)(X)[0])
    assert np.isnan(ad.jvp(function, (X,), (np.eye(3)[0],))[1])
