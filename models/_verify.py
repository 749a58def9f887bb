"""`python -m models verify`: the gallery against Stan's densities and posteriordb's references."""

import argparse
import importlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import ad
import inference
from models import _data, _stan

LIMIT = 1e-8  # relative difference from Stan's log densities and gradients
HEAD = (
    f"{'model':<24}{'dim':>6}{'density':>10}{'gradient':>10}{'native':>10}"
    f"{'divergent':>10}{'R-hat':>7}{'score':>7}{'limit':>7}{'seconds':>9}"
)


@dataclass
class Report:
    """What is known of one model, a line of the table."""

    model: str
    dimension: int
    agreement: _stan.Agreement
    native: float
    fits: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0

    def faults(self) -> list[str]:
        """Say what is wrong, or nothing."""
        found = []
        if max(self.agreement.density, self.agreement.gradient) > LIMIT:
            found.append("differs from Stan")
        if self.native > LIMIT:
            found.append("native code differs from the interpreter")
        if any(fit["score"] > fit["limit"] for fit in self.fits):
            found.append("moments differ from the reference")
        return found

    def line(self) -> str:
        """Make the table's line."""
        worst = (
            {key: max(fit[key] for fit in self.fits) for key in self.fits[0]} if self.fits else {}
        )
        cells = [
            f"{self.model:<24}{self.dimension:>6}",
            *(
                f"{error:>10.1e}"
                for error in (self.agreement.density, self.agreement.gradient, self.native)
            ),
            f"{worst['divergent']:>10.0f}{worst['r_hat']:>7.3f}{worst['score']:>7.2f}"
            f"{worst['limit']:>7.2f}"
            if worst
            else " " * 31,
            f"{self.seconds:>9.1f}",
        ]
        return "".join(cells) + "".join(f"  {fault}" for fault in self.faults())


def native_error(posterior: Any, x: np.ndarray[Any, Any]) -> float:
    """Largest difference of native code from the interpreter, relative to the largest element."""
    value, gradient = posterior.logdensity_and_gradient(x)
    meant, slopes = ad.value_and_grad(posterior.function)(x)
    off = abs(value - meant) / max(1.0, abs(meant))
    return float(max(off, np.max(np.abs(gradient - slopes)) / np.max(np.abs(slopes))))


def fitted(model: str, posterior: Any, seed: int) -> Any:
    """Fit a model as is best: reparameterised where it has hints, with its file's `NUTS`."""
    density = posterior.rewritten() if posterior.hints else posterior
    options = getattr(importlib.import_module(f"models.{model}"), "NUTS", {})
    return inference.nuts(density, seed=seed, progress=False, **options)


def check(model: str, seeds: Sequence[int]) -> Report:
    """Verify one model; without a reference its draws are not taken."""
    start, name = time.perf_counter(), _stan.listed()[model]
    posterior = importlib.import_module(f"models.{model}").posterior()
    named, oracle = _stan.names(model, posterior.sites), _data.oracle(name)
    x = np.random.default_rng(1).uniform(-0.5, 0.5, posterior.dimension)
    report = Report(
        model,
        posterior.dimension,
        _stan.compare(posterior, named, oracle),
        native_error(posterior, x),
    )
    try:
        reference = _data.reference(name)
    except _data.MissingDataError:
        reference = {}
    for seed in seeds if reference else ():
        fit = fitted(model, posterior, seed)
        everything = _stan.names(model, posterior.names)
        scores = _stan.scores(
            _stan.scalars(fit, everything), reference, inference.diagnostics.ess_mean
        )
        report.fits.append(
            {
                "divergent": float(np.sum(fit.sample_stats["diverging"])),
                "r_hat": float(np.nanmax(inference.diagnostics.rhat(fit.unconstrained))),
                "score": max(scores.values()),
                "limit": _stan.limit(len(scores)),
            }
        )
    report.seconds = time.perf_counter() - start
    return report


def main(arguments: Sequence[str]) -> int:
    """Print the table; the result is the number of models that failed."""
    parser = argparse.ArgumentParser(
        prog="python -m models verify",
        description="Hold the gallery against Stan's log densities and gradients, and its draws "
        "against posteriordb's reference moments. POSTERIORDB names the folder.",
    )
    known = _stan.listed()
    parser.add_argument("model", nargs="*", help="which models; without any, all")
    parser.add_argument("--seeds", type=int, default=3, help="fits of each model with a reference")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.model if name not in known]
    if unknown:
        parser.error(f"{unknown[0]!r} must be one of {', '.join(known)}")
    print(HEAD)
    failed = 0
    for model in options.model or list(known):
        report = check(model, range(1, options.seeds + 1))
        failed += bool(report.faults())
        print(report.line(), flush=True)
    return failed
