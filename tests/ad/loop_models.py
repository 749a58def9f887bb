"""Models written with plain Python loops: each is a function of a vector, made for some data."""

from collections.abc import Callable
from typing import Any

import numpy as np

import ad
from tests.ad.loop_programs import Data, helper
from tests.ad.loop_recurrences import (
    branch_with_carry,
    garch,
    hmm_arrays,
    hmm_lists,
    hmm_many_states,
    panel,
    series,
    shared_variable,
    two_lags,
    vector_state,
    while_loop,
)

Function = Callable[[Any], Any]


def regression(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for i in range(d.length):
            lp += helper(d.y[i], x[0] + x[1] * d.z[i], np.exp(x[2]))
        return lp

    return model


def radon(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = helper(x[0], 0.0, 10.0)
        for j in range(4):
            lp = lp + helper(x[4 + j], x[0], np.exp(x[1]))
        for i in range(d.length):
            lp = lp + helper(d.y[i], x[4 + d.group[i]] + x[3] * d.z[i], np.exp(x[2]))
        return lp

    return model


def radon_by_numbers(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for i, j in enumerate(d.picks):
            lp = lp + helper(d.numbers[i], x[4 + j], np.exp(x[2]))
        return lp

    return model


def ark(d: Data) -> Function:
    lags = 5

    def model(x: Any) -> Any:
        lp = 0.0
        for t in range(lags, d.length):
            location = x[0]
            for k in range(lags):
                location = location + x[1 + k] * d.y[t - k - 1]
            lp += helper(d.y[t], location, np.exp(x[6]))
        return lp + x[0]

    return model


def long_ark(d: Data) -> Function:
    lags = 9

    def model(x: Any) -> Any:
        lp = 0.0
        for t in range(d.length):
            location = sum(
                x[k] * d.y[max(t - k - 1, 0)] for k in range(lags if t > lags else lags - 1)
            )
            lp += helper(d.y[t], location, 1.0)
        return lp

    return model


def ragged(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp, start = 0.0, 0
        for j in range(d.length // 3):
            size = 1 + j % 5
            inner = 0.0
            for i in range(start, min(start + size, d.length)):
                inner = inner + helper(d.y[i], x[j % 4], 1.0)
            lp += inner * x[5]
            start += size
        return lp + x[0]

    return model


def tree(d: Data) -> Function:
    def model(x: Any) -> Any:
        values = [x[1]]
        for i in range(1, d.length):
            values.append(0.5 * values[(i - 1) // 2] + x[2] * d.y[i])
        lp = 0.0
        for value in values:
            lp += helper(value, x[0], 1.0)
        return lp

    return model


def first_apart(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for t in range(d.length):
            location = x[0] if t == 0 else 0.5 * x[t % 7] + x[1]
            lp += helper(d.y[t], location, 1.0)
        return lp

    return model


def branch_on_data(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for i in range(d.length):
            if d.picks[i] > 1:
                lp += helper(d.y[i], x[0], 1.0)
            else:
                lp -= np.exp(0.1 * x[1] * d.y[i])
        return lp + x[0]

    return model


def branch_on_values(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for i in range(d.length):
            if x[0] + d.z[i] > 1.0:
                lp += np.square(x[0] - d.y[i])
            else:
                lp += np.exp(0.1 * x[1])
        return lp

    return model


def generator(d: Data) -> Function:
    return lambda x: sum(helper(d.y[i], x[0], np.exp(x[1])) for i in range(d.length))


def stacked(d: Data) -> Function:
    def model(x: Any) -> Any:
        kept = []
        for t in range(d.length):
            term = np.exp(0.1 * x[t % 5] * d.y[t])
            kept.append(term)
        together = np.stack(kept) if d.length % 2 else ad.array(kept)
        lp = np.sum(np.log(together))
        for t in range(d.length):
            lp = lp + together[t] * together[-1 - t]
        return lp

    return model


def comprehension(d: Data) -> Function:
    def model(x: Any) -> Any:
        terms = [[x[k] * d.rows[t, k] for k in range(3)] for t in range(d.length)]
        return sum(np.tanh(sum(row)) for row in terms)

    return model


def dictionary(d: Data) -> Function:
    def model(x: Any) -> Any:
        totals: dict[int, Any] = {}
        for t in range(d.length):
            totals[t % 3] = totals.get(t % 3, 0.0) + np.sin(x[t % 3] * d.y[t])
        return sum(np.exp(0.1 * value) for value in totals.values())

    return model


def rows(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for t in range(d.length):
            location = d.rows[t] @ x[:3] + np.sum(d.rows[t] * x[3:6] * np.flip(x[:3]))
            lp += helper(d.y[t], location, np.exp(x[6]))
        return lp

    return model


def subtracting(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = x[0]
        for t in range(d.length):
            lp = lp - np.square(x[1] - d.y[t])
            lp = d.z[t] + lp
        return -lp

    return model


def matrices(d: Data) -> Function:
    def model(x: Any) -> Any:
        lp = 0.0
        for t in range(d.length):
            matrix = np.stack([np.stack([np.exp(x[0]), x[1] * d.y[t]]), x[2:4]])
            lp += np.sum(matrix @ np.stack([x[4], d.z[t]])) + np.trace(matrix @ matrix)
        return lp

    return model


# Models whose number of operations must not grow with the data.
def sliding(d: Data) -> Function:
    """Windows that slide by less than their width: an element counts in many of them."""

    def model(x: Any) -> Any:
        width = len(x) - 3
        lp = sum(helper(d.y[i], x[0], np.exp(x[1])) for i in range(d.length))
        for start in range(4):
            lp = lp + 0.5 * np.sum(np.sin(x[start : start + width]) * d.y[0])
        total = sum(x[k : k + 4] for k in range(width))
        return lp + np.sum(total**2)

    return model


ROLLED = (
    *(regression, radon, radon_by_numbers, ark, long_ark, garch, two_lags, hmm_lists, hmm_arrays),
    *(hmm_many_states, panel, series),
    *(ragged, first_apart, branch_on_data, generator, stacked, comprehension),
    *(branch_with_carry, shared_variable, dictionary, rows, vector_state, subtracting, matrices),
    sliding,
)
# Levels of a tree, and checks of branches, grow with it.
ALL = (*ROLLED, tree, branch_on_values, while_loop)
