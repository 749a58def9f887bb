"""The table that `benchmarks.gradients` prints, and what it adds up to."""

import statistics
from typing import Any

from benchmarks.peers.data import POSTERIORDB

Results = dict[str, dict[str, Any]]
NAMES = {"httpstan": "Stan", "stanli": "stanli", "numpyro": "NumPyro"}
# Targets: against which peer, geometric mean, the same pointwise, and the least for every model.
TARGETS = {
    "httpstan": (8.0, 5.0, 1.0),
    "stanli": (2.5, None, None),
    "numpyro": (1.5, 1.2, 0.8),
}
COLUMNS = ("ours", "pointwise", "httpstan", "stanli", "numpyro")


def microseconds(seconds: float | None) -> str:
    """Three digits."""
    if seconds is None:
        return "-"
    value = 1e6 * seconds
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def median(values: list[float] | None) -> float | None:
    """The median, if there is one."""
    return statistics.median(values) if values else None


def ratio(result: dict[str, Any], slow: str, fast: str) -> float | None:
    """Time of one system over another's, round by round; the median."""
    above: list[float] = result.get(slow, {}).get("loop", [])
    below: list[float] = result.get(fast, {}).get("loop", [])
    if not above or not below:
        return None
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def head(systems: list[str]) -> str:
    """Column titles."""
    peers = [NAMES[name] for name in COLUMNS[2:] if name in systems]
    absent = [NAMES[name] for name in COLUMNS[2:] if name not in systems]
    note = f"\nabsent: {', '.join(absent)}" if absent else ""
    return (
        f"{note}\nmicroseconds an evaluation of log density and gradient; peer/ours and "
        f"peer/pointwise; preparation in ms\n{'model':<18}{'dim':>5}{'ours':>9}{'pointwise':>10}"
        + "".join(f"{peer:>10}{'ratio':>15}" for peer in peers)
        + f" | {'python':>7}{'cold':>7}{'cached':>7}{'trace':>7}"
        + "".join(f"{peer:>9}" for peer in peers)
    )


def _cell(result: dict[str, Any], name: str) -> str:
    system = result[name]
    if "error" in system:
        return f"{'-':>10}{'-':>15}"
    one, other = ratio(result, name, "ours"), ratio(result, name, "pointwise")
    ratios = "/".join("-" if value is None else f"{value:.3g}" for value in (one, other))
    return f"{microseconds(median(system['loop'])):>10}{ratios:>15}"


def line(model: str, result: dict[str, Any]) -> str:
    """One model's row, and lines for what did not work."""
    mine, plain = result["ours"], result["pointwise"]
    peers = [name for name in COLUMNS[2:] if name in result]
    times = [1e3 * mine[key] for key in ("seconds", "cached", "traced")]
    told = [1e3 * result[name].get("seconds", float("nan")) for name in peers]
    notes = [
        f"\n    {system['error']}" for name, system in result.items() if "error" in system and name
    ]
    return (
        f"{model:<18}{mine['dimension']:>5}{microseconds(median(mine['loop'])):>9}"
        f"{microseconds(median(plain.get('loop'))):>10}"
        + "".join(_cell(result, name) for name in peers)
        + f" | {microseconds(median(mine['python'])):>7}"
        + "".join(f"{value:>7.1f}" for value in times)
        + "".join(f"{value:>9.1f}" for value in told)
        + "".join(notes)
    )


def _against(results: Results, peer: str, mine: str) -> dict[str, float]:
    found = {m: ratio(r, peer, mine) for m, r in results.items() if m in POSTERIORDB}
    return {model: value for model, value in found.items() if value is not None}


def summary(results: Results, memory: float) -> str:
    """Geometric means against the targets, and the other figures of the table."""
    lines = ["", f"geometric means over posteriordb's models among them ({_count(results)})"]
    for peer, (wanted, wanted_plain, least) in TARGETS.items():
        for mine, target in (("ours", wanted), ("pointwise", wanted_plain)):
            found = _against(results, peer, mine)
            if not found:
                continue
            worst = min(found, key=lambda model: found[model])
            mean = statistics.geometric_mean(found.values())
            goal = [] if target is None else [f"at least {target:g}"]
            goal += [] if least is None or mine != "ours" else [f"none below {least:g}"]
            lines.append(
                f"{NAMES[peer]} / {mine}: {mean:.2f} [{', '.join(goal) or 'no target'}]; "
                f"worst {found[worst]:.2f}, {worst}"
            )
    lines += _others(results, memory)
    return "\n".join(lines)


def _count(results: Results) -> int:
    return sum(model in POSTERIORDB for model in results)


def _others(results: Results, memory: float) -> list[str]:
    mine = {model: result["ours"] for model, result in results.items()}
    cold = {model: 1e3 * system["seconds"] for model, system in mine.items()}
    largest = max(cold, key=lambda model: cold[model])
    after = {m: 1e3 * (system["cached"] - system["traced"]) for m, system in mine.items()}
    slowest = max(after, key=lambda model: after[model])
    python = {m: 1e6 * statistics.median(system["python"]) for m, system in mine.items()}
    beyond = statistics.median(after.values())
    middle = statistics.median(cold.values())
    lines = []
    lines.append(
        f"preparation: median {middle:.1f} ms [at most 50], largest {cold[largest]:.0f} ms, "
        f"{largest} [at most 1000]"
    )
    lines.append(
        f"from the disk cache, beyond the trace: median {beyond:.1f} ms [at most 10], "
        f"largest {after[slowest]:.1f} ms, {slowest}"
    )
    lines.append(f"largest memory, with all of them prepared: {memory:.0f} MB [at most 600]")
    if "eight_schools" in mine:
        pointer = 1e9 * statistics.median(mine["eight_schools"]["loop"])
        lines.append(
            f"eight_schools: {pointer:.0f} ns through the pointer [at most 100], "
            f"{python['eight_schools']:.2f} us from Python [at most 3]"
        )
    return lines
