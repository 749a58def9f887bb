"""What stands against trusting a fit, in words, with what to do."""

import math
from typing import TYPE_CHECKING

import numpy as np

from inference import diagnostics, divergence

if TYPE_CHECKING:
    from inference.fit import Fit

RHAT_LIMIT = 1.01  # Vehtari et al. (2021), section 4
ESS_A_CHAIN = 100  # the same: 50 for each half chain
BFMI_LIMIT = 0.3
NAMED = 5
FEWEST_DRAWS = 20
MOVED_LIMIT = 0.05  # of the transitions of a chain


def warnings_of(fit: "Fit") -> list[str]:
    """Every warning a fit deserves, the gravest first."""
    return [
        *_interruption(fit),
        *_stuck(fit),
        *divergence.warnings_of(fit),
        *_convergence(fit),
        *_effort(fit),
    ]


def _interruption(fit: "Fit") -> list[str]:
    if not fit.attributes.get("interrupted", False):
        return []
    asked = f"{fit.attributes['draws']} draws in {fit.attributes['chains']} chains"
    message = (
        f"The run was interrupted: {fit.draws} draws in {fit.chains} chains instead of {asked}. "
        "Chains were cut to the shortest."
    )
    return [message]


def _stuck(fit: "Fit") -> list[str]:
    """Chains that hardly ever moved; what else is said of them follows from that."""
    if fit.draws < FEWEST_DRAWS:
        return []
    moved = (np.diff(fit.unconstrained, axis=1) != 0.0).any(axis=2).mean(axis=1)
    stuck = np.flatnonzero(moved < MOVED_LIMIT)
    if not len(stuck):
        return []
    message = (
        f"Chains {', '.join(map(str, stuck))} hardly moved (in as little as "
        f"{100 * moved[stuck].min():.2g}% of the transitions). Their draws are worth nothing: "
        "start elsewhere (initial=), lower the step size (raise target_accept), or check the "
        "density where they are."
    )
    return [message]


def _convergence(fit: "Fit") -> list[str]:
    messages = []
    table = fit.summary()
    rhat = table.columns["r_hat"]
    high = np.flatnonzero(rhat > RHAT_LIMIT)
    if fit.chains < 2:
        messages.append("One chain cannot show that chains agree. Run at least 4.")
    if len(high):
        worst = high[np.argsort(-rhat[high])]
        message = (
            f"R-hat is above {RHAT_LIMIT} for {named(table.names, worst)} (up to "
            f"{rhat[worst[0]]:.3g}): chains disagree. "
        )
        groups = _groups(fit)
        if groups:
            message += (
                f"Chains {' and '.join(groups)} stay in different places, each having "
                "settled: the posterior has several modes, and their shares are unknown. Order or "
                "constrain what can be exchanged, or report each mode apart."
            )
        else:
            message += (
                "Run longer; if it stays, look for separate modes or parameters the data do not "
                "tell apart."
            )
        messages.append(message)
    for column, what in (("ess_bulk", "bulk"), ("ess_tail", "tail")):
        ess = table.columns[column]
        limit = ESS_A_CHAIN * fit.chains
        low = np.flatnonzero(ess < limit)
        if len(low):
            worst = low[np.argsort(ess[low])]
            message = (
                f"The {what} effective sample size is below {limit} for "
                f"{named(table.names, worst)} (down to {ess[worst[0]]:.0f}): estimates and R-hat "
                "itself are unreliable"
            )
            if what == "tail":
                # An interval's end at 5% is known to about this part of its probability.
                error = math.sqrt(0.05 * 0.95 / max(ess[worst[0]], 1.0))
                message += f" (the 5% quantile is one between {_percent(error)})"
            messages.append(f"{message}. Run longer, or reparameterise.")
    return messages


def _percent(error: float) -> str:
    return f"{100 * max(0.0, 0.05 - 2 * error):.1f}% and {100 * (0.05 + 2 * error):.1f}%"


def _groups(fit: "Fit") -> list[str]:
    """Chains by the place they stay in, as "0, 2", if there are several places.

    Two chains are apart if, along some coordinate, their middle 98% do not overlap although each
    agrees with itself, first half with second half.
    """
    x = fit.unconstrained
    if fit.chains < 2 or fit.draws < FEWEST_DRAWS:
        return []
    low, high = np.quantile(x, (0.01, 0.99), axis=1)
    half = fit.draws // 2
    first, second = np.median(x[:, :half], axis=1), np.median(x[:, half:], axis=1)
    settled = (np.abs(first - second) < 0.5 * (high - low)).all(axis=1)
    if not settled.all():
        return []
    places: list[list[int]] = []
    for chain in range(fit.chains):
        for place in places:
            other = place[0]
            if not ((low[chain] > high[other]) | (low[other] > high[chain])).any():
                place.append(chain)
                break
        else:
            places.append([chain])
    return [", ".join(map(str, place)) for place in places] if len(places) > 1 else []


def _effort(fit: "Fit") -> list[str]:
    messages = []
    statistics, limit = fit.sample_stats, fit.attributes.get("max_tree_depth")
    if limit is not None and "tree_depth" in statistics:
        full = int((statistics["tree_depth"] >= limit).sum())
        if full:
            messages.append(
                f"{full} transitions used the deepest tree allowed ({limit}): they were cut short, "
                "which is slow but not wrong. Rescale or reparameterise, or raise max_tree_depth."
            )
    if "energy" in statistics:
        low = np.flatnonzero(diagnostics.bfmi(statistics["energy"]) < BFMI_LIMIT)
        if len(low):
            messages.append(
                f"The energies of chains {', '.join(str(k) for k in low)} change too slowly "
                f"(E-BFMI below {BFMI_LIMIT}): heavy tails are explored badly. Reparameterise, or "
                "use lighter priors where scales are weakly identified."
            )
    return messages


def named(names: list[str], rows: "np.typing.NDArray[np.intp]") -> str:
    """Names of the first few rows, and how many more there are."""
    shown = ", ".join(names[k] for k in rows[:NAMED])
    more = len(rows) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown
