"""Hidden Markov models: the log probability of the observations, states summed out."""

from __future__ import annotations

from typing import Any

import numpy as np

import ad
from ppl.errors import ShapeError, where


def hmm_log_prob(log_initial: Any, log_transition: Any, log_emission: Any) -> Any:
    """Compute the log probability of a series whose states are hidden, by the forward algorithm.

    Parameters
    ----------
    log_initial : array, shape (..., k)
        Log probabilities of the first state.
    log_transition : array, shape (..., k, k) or (t - 1, k, k)
        Log probabilities of the next state (columns) given each state (rows). With
        ``log_emission`` of shape (t, k), a three-dimensional one has one matrix for each step.
    log_emission : array, shape (..., t, k)
        Log density of each observation given each state.

    Returns
    -------
    array, shape (...)
        In nats. Probabilities of 0 (-inf) are allowed.

    Raises
    ------
    ShapeError
        If the shapes do not fit.

    Notes
    -----
    Rabiner (1989), "A tutorial on hidden Markov models", equations 19 to 21, in logarithms. The
    steps are one `ad.scan`.

    Examples
    --------
    >>> log = np.log
    >>> emission = log([[0.9, 0.2], [0.9, 0.2]])
    >>> transition = log([[0.5, 0.5], [0.5, 0.5]])
    >>> round(float(np.exp(hmm_log_prob(log([0.5, 0.5]), transition, emission))), 12)
    0.3025
    """
    log_initial, log_transition, log_emission = (
        x if ad.is_traced(x) else np.asarray(x, dtype=float)
        for x in (log_initial, log_transition, log_emission)
    )
    states = np.shape(log_initial)[-1:]
    shape, moves = np.shape(log_emission), np.shape(log_transition)
    fits = bool(states) and len(shape) >= 2 and shape[-1:] == states and moves[-2:] == states * 2
    if not fits:
        raise ShapeError(
            f"hmm_log_prob: log_initial (k,), log_transition (k, k) and log_emission (t, k) must "
            f"fit, got shapes {np.shape(log_initial)}, {moves} and {shape} {where()}."
        )
    steps = shape[-2] - 1
    varying = len(shape) == 2 and len(moves) == 3
    if varying and moves[0] != steps:
        raise ShapeError(
            f"hmm_log_prob: log_transition must have one matrix for each of the {steps} steps, got "
            f"shape {moves} {where()}."
        )
    emissions = np.moveaxis(log_emission, -2, 0)
    first = log_initial + emissions[0]
    if steps == 0:
        return ad.special.logsumexp(first, axis=-1)
    batch = np.shape(first)
    if not varying:
        batch = np.broadcast_shapes(batch, moves[:-1])
    first = np.broadcast_to(first, batch)

    def step(alpha: Any, given: Any) -> tuple[Any, None]:
        emission, moved = given if varying else (given, log_transition)
        joint = alpha[..., :, None] + moved
        return ad.special.logsumexp(joint, axis=-2) + emission, None

    rest = np.broadcast_to(emissions[1:], (steps, *batch))
    last, _ = ad.scan(step, first, (rest, log_transition) if varying else rest)
    return ad.special.logsumexp(last, axis=-1)
