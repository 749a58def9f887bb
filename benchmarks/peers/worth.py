"""The table of `benchmarks.sampling`: what runs of the systems are worth, and the ratios."""

import math
import statistics
from typing import Any

Run = dict[str, Any]
NAMES = {
    "httpstan": "Stan",
    "numpyro": "NumPyro",
    "nutpie": "nutpie",
    "stanli": "stanli",
}
# Targets: effective samples a second, the same with preparation, and a gradient.
ASKED = {
    "httpstan": (10, 50, 1.3),
    "numpyro": (10, 25, None),
    "nutpie": (5, 50, 1.0),
    "stanli": (4, 4, None),
}
KEYS = ("rate", "whole", "gradient")


def passes(run: Run) -> bool:
    """Whether a run passes the strict gate."""
    enough = min(run["bulk"], run["tail"]) >= 400
    return bool(enough and run["rhat"] <= 1.01 and run["divergences"] == 0)


def good(runs: list[Run]) -> list[Run]:
    """Those that ended."""
    return [run for run in runs if "error" not in run]


def figures(runs: list[Run]) -> dict[str, float]:
    """Medians over the seeds of a system on a model."""

    def median(of: Any) -> float:
        return float(statistics.median(of(run) for run in runs))

    # Compiled once: the longest, which is that of the first run of a process.
    once = max(run["preparation"] + run.get("compiling", 0.0) for run in runs)
    drawing = [run["bulk"] / run["drawing"] for run in runs if "drawing" in run]
    return {
        "seconds": median(lambda run: run["seconds"]),
        "bulk": median(lambda run: run["bulk"]),
        "rate": median(lambda run: run["bulk"] / run["seconds"]),
        "whole": median(lambda run: run["bulk"] / (run["seconds"] + once)),
        "drawing": statistics.median(drawing) if drawing else math.nan,
        "gradient": median(lambda run: run["bulk"] / run["gradients"]),
        "once": once,
        "passed": sum(passes(run) for run in runs),
        "runs": len(runs),
    }


def head() -> str:
    """Titles of the columns."""
    return (
        f"{'':18s} {'':8s} {'seconds':>9s} {'compile':>8s} {'min ESS':>8s} {'ESS/s':>11s} "
        f"{'compiled':>9s} {'draws only':>11s} {'/1000 grad':>10s} gate"
    )


def line(model: str, system: str, runs: list[Run]) -> str:
    """One row of the table."""
    start = f"{model:18s} {NAMES.get(system, system):8s} "
    if not good(runs):
        return f"{start}{runs[-1]['error'][:110]}"
    f = figures(good(runs))
    return (
        f"{start}{f['seconds']:9.3f} {f['once']:8.3f} {f['bulk']:8.0f} {f['rate']:11,.0f} "
        f"{f['whole']:9,.0f} {f['drawing']:11,.0f} {1000 * f['gradient']:10.2f} "
        f"{f['passed']:.0f}/{f['runs']:.0f}"
    )


def table(runs: list[Run]) -> str:
    """Rows of all models and systems, and the geometric means."""
    models = list(dict.fromkeys(run["model"] for run in runs))
    systems = list(dict.fromkeys(run["system"] for run in runs))
    rows = [head()]
    for model in models:
        for system in systems:
            of = [run for run in runs if (run["model"], run["system"]) == (model, system)]
            if of:
                rows.append(line(model, system, of))
    return "\n".join([*rows, *summary(runs)])


def summary(runs: list[Run]) -> list[str]:
    """Geometric means of the ratios, ours over theirs, on the models both ran."""
    by: dict[tuple[str, str], list[Run]] = {}
    for run in good(runs):
        by.setdefault((run["system"], run["model"]), []).append(run)
    found = {key: figures(of) for key, of in by.items()}
    lines = []
    for name in NAMES:
        both = {
            model: (found["ours", model], theirs)
            for (system, model), theirs in found.items()
            if system == name and ("ours", model) in found
        }
        if both:
            lines.append(_against(name, both))
    return lines


def _against(name: str, both: dict[str, tuple[dict[str, float], dict[str, float]]]) -> str:
    """One peer's geometric means, each with its target and the model that is worst."""
    parts = []
    titles = ("ESS a second", "with preparation", "ESS a gradient")
    for key, title, asked in zip(KEYS, titles, ASKED[name], strict=True):
        ratios = {model: ours[key] / theirs[key] for model, (ours, theirs) in both.items()}
        worst = min(ratios, key=lambda model, of=ratios: of[model])  # type: ignore[misc]
        goal = "" if asked is None else f" [{asked:g}]"
        mean = statistics.geometric_mean(ratios.values())
        parts.append(f"{title} {mean:.3g}{goal}, least {ratios[worst]:.3g} ({worst})")
    drawn = [o["drawing"] / t["drawing"] for o, t in both.values() if t["drawing"] > 0]
    if drawn:
        parts.append(f"draws alone {statistics.geometric_mean(drawn):.3g}, {len(drawn)} models")
    gates = [sum(pair[k]["passed"] for pair in both.values()) for k in (0, 1)]
    runs = [sum(pair[k]["runs"] for pair in both.values()) for k in (0, 1)]
    parts.append(
        f"strict gate {gates[0]:.0f} of {runs[0]:.0f} against {gates[1]:.0f} of {runs[1]:.0f} runs"
    )
    return f"ours / {NAMES[name]}, {len(both)} models: " + "; ".join(parts)
