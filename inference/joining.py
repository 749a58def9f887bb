"""Fits of different chains of one run, put together."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from inference import adapted
from inference.errors import InferenceValueError
from inference.fit import Fit

WHO = "inference.concat"
# What chains of one run have in common.
SAME = ("algorithm", "seed", "warmup", "target_accept", "metric", "adaptation", "fingerprint")


def concat(fits: Sequence[Fit]) -> Fit:
    """Put fits of different chains of one run together.

    Parameters
    ----------
    fits : sequence of Fit
        Of the same density and settings; in any order.

    Returns
    -------
    Fit
        Chains in the order of their numbers, cut to the shortest.

    Raises
    ------
    InferenceValueError
        For fits of different runs, and for the same chain twice.
    """
    if not fits:
        raise InferenceValueError("inference.concat: fits must be at least one, got none.")
    parts = [
        {
            "draws": fit.unconstrained,
            "sample_stats": dict(fit.sample_stats),
            "warmup_stats": dict(fit.warmup_stats),
            "adaptation": fit.adaptation,
            "values": dict(fit.values),
            "log_likelihood": dict(fit.log_likelihood),
            "attributes": fit.attributes,
        }
        for fit in fits
    ]
    made, attributes = together(parts)
    values, log_likelihood = made["values"], made["log_likelihood"]
    return Fit(
        lambda: values,
        sample_stats=made["sample_stats"],
        warmup_stats=made["warmup_stats"],
        adaptation=made["adaptation"],
        unconstrained=made["draws"],
        description=fits[0].description,
        attributes=attributes,
        log_likelihood=lambda: log_likelihood,
    )


def together(parts: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arrays of all parts, and their attributes."""
    about = [part.pop("attributes") for part in parts]
    for name in SAME:
        if any(one.get(name) != about[0].get(name) or "chain_numbers" not in one for one in about):
            raise InferenceValueError(
                f"inference.concat: fits must be of one run, got {name} "
                f"{' and '.join(sorted({repr(one.get(name)) for one in about}))}."
            )
    numbers = [k for one in about for k in one["chain_numbers"]]
    if len(set(numbers)) < len(numbers):
        raise InferenceValueError(
            f"inference.concat: every chain must come once, got chains {sorted(numbers)}. Use "
            "chain_ids, and one seed."
        )
    order = np.argsort(numbers)
    rows = min(part["draws"].shape[1] for part in parts)

    def joined(arrays: Sequence[Any]) -> Any:
        return np.concatenate([array[:, :rows] for array in arrays])[order]

    made: dict[str, Any] = {"draws": joined([part["draws"] for part in parts])}
    for name in ("sample_stats", "values", "log_likelihood"):
        if name in parts[0]:
            made[name] = {
                key: joined([part[name][key] for part in parts]) for key in parts[0][name]
            }
    made["warmup_stats"] = {
        key: np.concatenate([part["warmup_stats"][key] for part in parts])[order]
        for key in parts[0]["warmup_stats"]
    }
    dimension = made["draws"].shape[2]
    known = [one for part in parts for one in adapted.check(WHO, part["adaptation"], dimension)]
    made["adaptation"] = adapted.arrays([known[k] for k in order])
    return made, {
        **about[0],
        "chain_numbers": sorted(numbers),
        "interrupted": any(one.get("interrupted", False) for one in about),
        "started": min(one.get("started", 0.0) for one in about),
        "sampling_seconds": max(one.get("sampling_seconds", 0.0) for one in about),
        "chains": len(numbers),
    }
