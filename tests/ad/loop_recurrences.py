"""Models whose loops carry values from one step to the next, as in `loop_models`."""

from collections.abc import Callable
from typing import Any

import numpy as np

import ad
from tests.ad.loop_programs import Data, helper

Function = Callable[[Any], Any]


def garch(d: Data) -> Function:
    def model(x: Any) -> Any:
        scale = np.exp(x[4])
        lp = helper(d.y[0], x[0], scale)
        for t in range(1, d.length):
            shock = np.square(d.y[t - 1] - x[0])
            scale = np.sqrt(np.exp(x[1]) + np.square(x[2]) * shock + 0.5 * scale**2)
            lp += helper(d.y[t], x[0], scale)
        return lp

    return model


def two_lags(d: Data) -> Function:
    def model(x: Any) -> Any:
        past = [x[0], 0.3 * x[1]]
        for t in range(d.length):
            past.append(np.tanh(0.5 * past[-1] - x[2] * past[-2] + d.y[t]))
        return sum(helper(value, x[3], 1.0) for value in past)

    return model


def hmm_lists(d: Data) -> Function:
    jump = [[0.3, 0.7], [0.6, 0.4]]

    def model(x: Any) -> Any:
        forward = [helper(d.y[0], x[k], 1.0) for k in range(2)]
        for t in range(1, d.length):
            forward = [
                np.logaddexp(forward[0] + x[2] * jump[0][k], forward[1] + x[3] * jump[1][k])
                + helper(d.y[t], x[k], 1.0)
                for k in range(2)
            ]
        return np.logaddexp(forward[0], forward[1])

    return model


def hmm_many_states(d: Data) -> Function:
    states = 5
    jump = np.log(np.linspace(1.0, 2.0, 25).reshape(5, 5) / 8.0)

    def model(x: Any) -> Any:
        forward = [helper(d.y[0], x[k], 1.0) for k in range(states)]
        for t in range(1, d.length):
            forward = [
                ad.special.logsumexp(ad.array([forward[i] + jump[i, k] for i in range(states)]))
                + helper(d.y[t], x[k], 1.0)
                for k in range(states)
            ]
        return ad.special.logsumexp(ad.array(forward))

    return model


def panel(d: Data) -> Function:
    """A state for each of several series, all together step by step."""

    def model(x: Any) -> Any:
        states, lp = [x[j] for j in range(6)], 0.0
        for t in range(d.length):
            for j in range(6):
                states[j] = np.tanh(0.5 * states[j] + x[6 + j] * d.y[t])
                lp = lp + helper(d.z[t], states[j], 1.0)
        return lp

    return model


def series(d: Data) -> Function:
    """One series after the other."""

    def model(x: Any) -> Any:
        lp = 0.0
        for j in range(6):
            state = x[j]
            for t in range(d.length):
                state = np.tanh(0.5 * state + x[7] * d.y[t])
                lp = lp + helper(d.z[t], state, 1.0)
        return lp

    return model


def hmm_arrays(d: Data) -> Function:
    jump = np.log(np.array([[0.3, 0.7], [0.6, 0.4]]))

    def model(x: Any) -> Any:
        forward = helper(d.y[0], x[:2], 1.0)
        for t in range(1, d.length):
            forward = ad.special.logsumexp(forward[:, None] + jump, axis=0)
            forward = forward + helper(d.y[t], x[:2], np.exp(x[2]))
        return ad.special.logsumexp(forward)

    return model


def vector_state(d: Data) -> Function:
    def model(x: Any) -> Any:
        state, lp = x[:3], 0.0
        for t in range(d.length):
            state = np.tanh(0.5 * state + 0.2 * state[::-1] + d.rows[t] * x[3:6])
            lp += np.sum(np.square(state))
        return lp

    return model


def branch_with_carry(d: Data) -> Function:
    """Some branches are undefined where others run: their nan must not come through."""

    def model(x: Any) -> Any:
        state, level, lp = x[0], x[1], 0.0
        for t in range(d.length):
            if d.picks[t] > 2:
                state = -np.exp(0.3 * state) - 0.1
                level = 0.9 * level + x[2] * d.y[t]
            elif t and d.picks[t - 1] > 2:
                state = np.sqrt(-state) * x[3] + 0.2 * np.log(-state)
            else:
                state = np.tanh(state + level * d.z[t])
            lp += helper(d.y[t], state, 1.0)
        return lp + level

    return model


def shared_variable(d: Data) -> Function:
    """Written by several branches, read by another only."""

    def model(x: Any) -> Any:
        state, lp = x[0], x[1]
        for t in range(d.length):
            if d.picks[t] == 0:
                state = 0.5 * state + np.sin(x[2])
            elif d.picks[t] == 1:
                state = np.tanh(state)
            else:
                lp += state * d.y[t]
            lp += np.sin(x[3] * d.z[t])
        return lp

    return model


def while_loop(d: Data) -> Function:
    def model(x: Any) -> Any:
        value, count, lp = np.exp(x[0]) * 3.0, 0, 0.0
        while count < d.length and value > 1e-9:
            lp += np.sin(value)
            value = value * (0.9 - 0.1 * np.tanh(x[1]))
            count += 1
        return lp + value

    return model
