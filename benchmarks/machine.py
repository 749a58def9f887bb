"""What every benchmark prints first, and how it repeats."""

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Callable
from pathlib import Path


def banner() -> str:
    """Machine, versions and load."""
    packages = ("numpy", "scipy", "llvmlite", "numba", "arviz")
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"machine: {_processor()}, {os.cpu_count()} cores, {platform.platform()}\n"
        f"python {platform.python_version()}, {versions}\nload (1, 5, 15 min): {load}"
    )


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def spread(values: list[float], unit: str = "s") -> str:
    """Median with the range."""
    return f"{statistics.median(values):.4g} {unit} ({min(values):.4g} to {max(values):.4g})"


def in_turn(
    first: Callable[[], float], second: Callable[[], float], repeats: int
) -> tuple[list[float], list[float], list[float]]:
    """Measure two things in turn after one warm-up; gives both and the ratios pair by pair."""
    first(), second()
    a, b = [], []
    for _ in range(repeats):
        a.append(first())
        b.append(second())
    return a, b, [x / y for x, y in zip(a, b, strict=True)]
