"""Rows of the other tables by another of the parameters that a law takes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np

from . import cases_bounded, cases_discrete, cases_relaxed, cases_wrappers

if TYPE_CHECKING:
    from collections.abc import Callable

    from .case import Case, Parameters

TABLES = (
    *cases_bounded.CASES,
    *cases_discrete.CASES,
    *cases_relaxed.CASES,
    *cases_wrappers.CASES,
)


def renamed(
    law: str,
    new: str,
    old: str,
    *,
    forward: Callable[[Any], Any],
    back: Callable[[Any], Any],
    wrong: tuple[Any, str],
    make: Callable[..., Any] | None = None,
) -> Case:
    """The row of `law` with the parameter `new` in place of `old`.

    `forward` makes plain numbers of `new`; `back` the numbers of `old` from it, in mpmath.
    """
    case = next(c for c in TABLES if c.name == law and old in c.parameters[0])

    def by_old(parameters: Parameters) -> Parameters:
        return {old if k == new else k: back(v) if k == new else v for k, v in parameters.items()}

    def plain(parameters: Parameters) -> Parameters:
        with mp.workdps(40):
            moved = by_old({k: _precise(v) for k, v in parameters.items()})
        return {
            k: tuple(map(float, v)) if isinstance(v, list) else float(v) for k, v in moved.items()
        }

    rows = []
    for parameters in case.parameters:
        row = {new if k == old else k: forward(v) if k == old else v for k, v in parameters.items()}
        if new != "probs" or all(0.0 < p < 1.0 for p in np.ravel(row[new])):
            rows.append(row)  # others have rounded to an end
    return replace(
        case,
        logpdf=lambda x, **parameters: case.logpdf(x, **by_old(parameters)),
        scipy=lambda **parameters: case.scipy(**plain(parameters)),
        parameters=tuple(rows),
        wrong={new: wrong},
        largest=lambda x, **parameters: case.largest(x, **plain(parameters)),
        make=make,
    )


def _precise(value: Any) -> Any:
    return [mp.mpf(v) for v in value] if isinstance(value, tuple) else mp.mpf(value)


def logit(p: Any) -> Any:
    return mp.log(p) - mp.log1p(-p)


def expit(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def softmax(logits: Any) -> Any:
    total = mp.fsum(mp.exp(v) for v in logits)
    return [mp.exp(v) / total for v in logits]


def shares(logits: Any) -> Any:
    """Probabilities whose rounded sum is 1 as near as that goes."""
    values = [float(v) for v in softmax([mp.mpf(v) for v in logits])]
    return (*values[:-1], 1.0 - math.fsum(values[:-1]))


def by_chance(law: str, wrong: str = "strictly between 0 and 1") -> Case:
    return renamed(
        law,
        "probs",
        "logits",
        forward=lambda x: float(expit(mp.mpf(x))),
        back=logit,
        wrong=(1.5, wrong),
    )


def by_shares(law: str, logpdf: Callable[..., Any]) -> Case:
    """Of probabilities the logarithm counts as it is: they are not divided by their sum."""
    case = renamed(
        law,
        "probs",
        "logits",
        forward=shares,
        back=lambda probs: [mp.log(p) for p in probs],
        wrong=((0.5, 0.1, 0.1, 0.1), "with sum 1"),
    )
    return replace(case, logpdf=logpdf)


def on_points(x: Any, points: Any, probs: Any) -> Any:
    pairs = zip(points, probs, strict=True)
    return mp.log(mp.fsum(p for at, p in pairs if abs(x - at) <= mp.mpf(10) ** -20 * (abs(x) + 1)))


def by_gate_logits(law: str) -> Case:
    case = next(c for c in TABLES if c.name == law)
    remake: Callable[..., Any] | None = None
    if case.make is not None:  # the base has the other parameters

        def remake(gate_logits: Any, **others: Any) -> Any:
            base = case.make(**others, gate=0.5).base  # type: ignore[misc] # there is one
            return case.law(base, gate_logits=gate_logits)

    return renamed(
        law,
        "gate_logits",
        "gate",
        forward=lambda p: float(logit(mp.mpf(p))),
        back=expit,
        wrong=(math.nan, "finite"),
        make=remake,
    )


def mixture_by_logits(logits: Any, loc: Any, scale: Any) -> Any:
    base = cases_wrappers.make_mixed((0.5, 0.5), loc, scale)
    return type(base)(logits=logits, components=base.components)


CASES = (
    by_chance("Bernoulli", "in the interval [0, 1]"),
    by_chance("Binomial", "in the interval [0, 1]"),
    by_chance("NegativeBinomial"),
    by_chance("Geometric"),
    by_chance("ContinuousBernoulli"),
    by_chance("RelaxedBernoulli"),
    by_shares("Categorical", lambda x, probs: mp.log(probs[int(x)])),
    by_shares("Finite", on_points),
    by_gate_logits("ZeroInflated"),
    by_gate_logits("ZeroInflatedPoisson"),
    by_gate_logits("ZeroInflatedNegativeBinomial"),
    by_gate_logits("Hurdle"),
    by_gate_logits("HurdlePoisson"),
    by_gate_logits("HurdleNegativeBinomial"),
    renamed(
        "Mixture",
        "logits",
        "weights",
        forward=lambda weights: tuple(math.log(w) for w in weights),
        back=softmax,
        wrong=((0.0, math.nan), "a vector of finite numbers"),
        make=mixture_by_logits,
    ),
)
