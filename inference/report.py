"""What stands against trusting a fit, in words, with what to do."""

from typing import TYPE_CHECKING

import numpy as np

from inference import diagnostics

if TYPE_CHECKING:
    from inference.fit import Fit

RHAT_LIMIT = 1.01  # Vehtari et al. (2021), section 4
ESS_A_CHAIN = 100  # the same: 50 for each half chain
BFMI_LIMIT = 0.3
NAMED = 5


def warnings_of(fit: "Fit") -> list[str]:
    """Every warning a fit deserves, the gravest first."""
    return [*_interruption(fit), *_divergences(fit), *_convergence(fit), *_effort(fit)]


def _interruption(fit: "Fit") -> list[str]:
    if not fit.attributes.get("interrupted", False):
        return []
    asked = f"{fit.attributes['draws']} draws in {fit.attributes['chains']} chains"
    message = (
        f"The run was interrupted: {fit.draws} draws in {fit.chains} chains instead of {asked}. "
        "Chains were cut to the shortest."
    )
    return [message]


def _divergences(fit: "Fit") -> list[str]:
    diverging = fit.sample_stats["diverging"]
    count = int(diverging.sum())
    if count == 0:
        return []
    message = (
        f"{count} of {diverging.size} transitions diverged: the sampler missed a region where the "
        "density bends sharply, and estimates may be biased. Reparameterise (a hierarchical scale: "
        "sample the effects non-centred), or raise target_accept (0.95, 0.99)."
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
        messages.append(
            f"R-hat is above {RHAT_LIMIT} for {_named(table.names, worst)} (up to "
            f"{rhat[worst[0]]:.3g}): chains disagree. Run longer; if it stays, look for separate "
            "modes or parameters the data do not tell apart."
        )
    for column, what in (("ess_bulk", "bulk"), ("ess_tail", "tail")):
        ess = table.columns[column]
        limit = ESS_A_CHAIN * fit.chains
        low = np.flatnonzero(ess < limit)
        if len(low):
            worst = low[np.argsort(ess[low])]
            messages.append(
                f"The {what} effective sample size is below {limit} for "
                f"{_named(table.names, worst)} (down to {ess[worst[0]]:.0f}): estimates and R-hat "
                "itself are unreliable. Run longer, or reparameterise."
            )
    return messages


def _effort(fit: "Fit") -> list[str]:
    messages = []
    limit = fit.attributes["max_tree_depth"]
    full = int((fit.sample_stats["tree_depth"] >= limit).sum())
    if full:
        messages.append(
            f"{full} transitions used the deepest tree allowed ({limit}): they were cut short, "
            "which is slow but not wrong. Rescale or reparameterise, or raise max_tree_depth."
        )
    low = np.flatnonzero(diagnostics.bfmi(fit.sample_stats["energy"]) < BFMI_LIMIT)
    if len(low):
        messages.append(
            f"The energies of chains {', '.join(str(k) for k in low)} change too slowly (E-BFMI "
            f"below {BFMI_LIMIT}): heavy tails are explored badly. Reparameterise, or use lighter "
            "priors where scales are weakly identified."
        )
    return messages


def _named(names: list[str], rows: "np.typing.NDArray[np.intp]") -> str:
    shown = ", ".join(names[k] for k in rows[:NAMED])
    more = len(rows) - NAMED
    return f"{shown} and {more} more" if more > 0 else shown
