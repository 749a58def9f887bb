"""Which site is to blame for a log density that is not finite, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ppl import run
from ppl.errors import at, show, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppl.handlers import Site


def diagnose(sites: Mapping[str, Site]) -> str:
    """Explain a run of a model on plain numbers.

    Parameters
    ----------
    sites : mapping of str to Site

    Returns
    -------
    str
        Verdicts on the sites that are not finite, then a table of log densities in nats.
    """
    rows, verdicts = [], []
    for site in sites.values():
        if site.kind in ("deterministic", "param"):
            continue
        with np.errstate(all="ignore"):
            total = float(run.contribution(site))
        rows.append((site.name, total))
        if not np.isfinite(total):
            verdicts.append(
                f"The log density is {total} {where(site.name, site.line)}: {why(site)}."
            )
    width = max([4, *(len(name) for name, _ in rows)])
    lines = [f"{name:<{width}}  {total:12.6g}" for name, total in rows]
    verdict = verdicts or ["The log density is finite at every site."]
    return "\n".join([*verdict, f"{'site':<{width}}  {'log density':>12}", *lines])


def why(site: Site) -> str:
    """Reason for a site's log density not being finite, in words."""
    law = site.distribution
    if law is None:
        return f"the factor is {show(site.value)}"
    who = type(law).__name__
    parameter = law.invalid_parameter()
    if parameter is not None:
        return f"{who}: {parameter}"
    with np.errstate(all="ignore"):
        index = law.support.check(site.value)
    if index is not None:
        got = show(np.broadcast_to(site.value, site.shape)[index]) + at(index)
        return f"{who}: the value must be {law.support}, got {got}"
    terms = np.asarray(run.log_prob(site))
    wrong = np.argwhere(~np.isfinite(terms))
    if len(wrong):
        index = tuple(int(i) for i in wrong[0])
        value = show(np.broadcast_to(site.value, site.shape)[index])
        return f"{who}: the value {value}{at(index)} has log density {float(terms[index])}"
    return "the value is too far out for its transform"
