"""What a variational algorithm returns: independent draws that know what they are worth."""

import math
import os
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from inference import arguments, fit
from inference import density as densities
from inference.bounded import FACTORISED, Bounded
from inference.density import Density
from inference.errors import InferenceValueError
from inference.evaluation import Evaluator
from inference.gaussians import FAMILIES, Gaussian
from inference.weighing import Mixture, elsewhere, errors, resample, weigh

Array = NDArray[np.float64]

FEW = 100  # draws, below which quantiles are coarse
ABOVE = (
    "The approximation misses mass of the posterior: use its draws to start other algorithms, or "
    "run inference.nuts."
)
MISSED = 0.01  # share of the mass, from which on it is told
OFF = 0.1  # standard deviations, the same of an error of a mean; and of log deviations
INSTEAD = (
    "Use family='full_rank', inference.dadvi with covariance='linear_response', or inference.bam "
    "where standard deviations matter."
)
EVEN = 0.9  # share of draws that weights are worth: above it laws differ in far tails alone


class Approximation(Bounded):
    """Draws from an approximation of a posterior, with diagnostics of the approximation.

    Everything a `Fit` has, for one chain of independent draws: `approximation["mu"]` has shape
    (1, draws, ...). `sample_stats` has `lp`, the log density of the target, and `log_q`, that of
    the approximation, in nats; `adaptation` has the arrays that describe the approximation.
    """

    _proposal: Mixture | None = None
    _density: Density | None = None

    @property
    def khat(self) -> float:
        """Pareto k-hat of the importance ratios of draws of the approximation.

        Below `khat_threshold` estimates can be corrected by importance weights; above it the
        approximation is far from the posterior (Vehtari et al. 2024). It cannot see mass of the
        posterior where the approximation has none, as another mode. -inf: no difference was found;
        NaN: too few draws; +inf: no law fits the ratios.
        """
        return float(self.attributes["khat"])

    @property
    def khat_threshold(self) -> float:
        """min(1 - 1/log10 S, 0.7) for S draws."""
        return float(self.attributes["khat_threshold"])

    @property
    def mean_error(self) -> float:
        """Largest error of a mean that the importance weights see, in standard deviations.

        Of the unconstrained vector, before resampling, less two Monte Carlo standard errors. To be
        believed where `khat` is below its threshold.
        """
        return float(self.attributes["mean_error"])

    @property
    def sd_error(self) -> float:
        """Largest error of the logarithm of a standard deviation, likewise."""
        return float(self.attributes["sd_error"])

    @property
    def mean(self) -> Array:
        """Mean of the approximation over the unconstrained vector, shape (dimension,)."""
        return self._family().mean

    @property
    def covariance(self) -> Array:
        """Covariance of the approximation over the unconstrained vector."""
        return self._family().covariance()

    def sample(self, n: int, seed: int | None = None) -> dict[str, NDArray[Any]]:
        """Draw from the approximation anew.

        Parameters
        ----------
        n : int
        seed : int, optional

        Returns
        -------
        dict of str to array, shape (n, ...)
            Constrained values by name.

        Raises
        ------
        InferenceValueError
            For a fit read from a file, which does not know its density any more.
        """
        who = f"{self._who}.sample"
        number = arguments.integer(who, "n", n, 1)
        if self._proposal is None or self._density is None:
            raise InferenceValueError(
                f"{who}: the fit must know its density, got one read from a file. Use its draws."
            )
        rng = np.random.default_rng(seed_of(who, seed))
        pool = self.attributes["pool"]
        if not pool:
            return densities.constrain(self._density, self._proposal.draw(number, rng))
        xs, _, _, weights = weigh(self._proposal, Evaluator(self._density), pool * number, rng)
        return densities.constrain(self._density, xs[resample(weights, number, rng)])

    def warnings(self) -> list[str]:
        """What stands against trusting the approximation; empty if nothing does."""
        return [*self._run_warnings(), *self._quality_warnings()]

    def _run_warnings(self) -> list[str]:
        if self.attributes["interrupted"]:
            return ["The run was interrupted: this is the approximation as it was then."]
        if not self.attributes["converged"]:
            return [f"{self._who} stopped before it converged: {self.attributes['stopped']}."]
        return []

    def _quality_warnings(self) -> list[str]:
        messages = []
        k, limit = self.khat, self.khat_threshold
        if not math.isfinite(self.elbo):
            messages.append(
                "Some draws of the approximation lie outside the support of the posterior: the "
                "evidence lower bound is -inf."
            )
        if math.isnan(k):
            messages.append("Too few draws for a Pareto k-hat. Ask for at least 100.")
        elif k > limit:
            told = f"The Pareto k-hat is {k:.2f}, above {limit:.2f}."
            messages.append(f"{told} {self._nearly_even() or ABOVE}")
        elif not self.attributes["pool"] and max(self.mean_error, self.sd_error) > OFF:
            messages.append(
                f"By its importance weights, which the k-hat of {k:.2f} lets pass, the "
                f"approximation is wrong by up to {self.mean_error:.2f} standard deviations in a "
                f"mean and {100.0 * math.expm1(self.sd_error):.0f} % in a standard deviation. "
                "Without resample=False the draws are chosen so as to correct it."
            )
        if self.attributes["missed_mass"] > MISSED:
            messages.append(
                f"Climbs from other starts found about {100.0 * self.attributes['missed_mass']:.0f}"
                " % of the posterior's mass where the approximation has next to none, of which "
                "k-hat need not know: there are other modes, or parts that the family cannot reach."
                " Use inference.pathfinder, which mixes the laws of all climbs, or inference.nuts."
            )
        if self.attributes["pool"] and self.attributes["weights_ess"] < FEW:
            messages.append(
                f"The importance weights are worth {self.attributes['weights_ess']:.0f} draws: "
                "estimates are coarse. Ask for more draws or paths."
            )
        if self.attributes["family"] == "mean_field" and self.unconstrained.shape[2] > 1:
            messages.append(FACTORISED + INSTEAD)
        return messages

    def _nearly_even(self) -> str:
        """What to say where weights are even but for a few draws far out; empty elsewhere."""
        worth, number = (
            self.attributes["weights_ess"],
            self.attributes.get("weights_draws", math.inf),
        )
        if not worth > EVEN * number or self.attributes["missed_mass"] > MISSED:
            return ""
        return (
            f"Yet the importance weights of {number} draws are worth {worth:.0f} of them, and see "
            f"errors of up to {self.mean_error:.2f} standard deviations in a mean and "
            f"{100.0 * math.expm1(self.sd_error):.0f} % in a standard deviation: a tail of the "
            "posterior is heavier than the approximation's, far out, where there is little mass. "
            "More draws tell the k-hat better."
        )

    @property
    def _who(self) -> str:
        return f"inference.{self.attributes['algorithm']}"

    def knowing(self, proposal: Mixture, density: Density) -> Self:
        """Tell the fit where new draws come from; it is returned."""
        self._proposal, self._density = proposal, density
        return self

    def _family(self) -> Gaussian:
        if self._proposal is None and "mean" in self.adaptation:  # read from a file
            kind = FAMILIES[self.attributes["family"]]
            return kind(**{name: self.adaptation[name] for name in kind.__dataclass_fields__})
        if self._proposal is None or len(self._proposal.components) != 1:
            raise InferenceValueError(
                f"{self._who}: mean and covariance must be those of one normal law, got a mixture. "
                "Use the draws in fit.unconstrained."
            )
        return self._proposal.components[0]

    def __repr__(self) -> str:
        return (
            f"<Approximation by {self._who}: {self.draws} draws, {self.unconstrained.shape[2]} "
            f"dimensions, k-hat {self.khat:.2f}, ELBO {self.elbo:.2f} +- {self.elbo_error:.2f}>"
        )


def of_family(
    evaluator: Evaluator,
    family: Gaussian | Mixture,
    *,
    draws: int,
    rng: np.random.Generator,
    attributes: Mapping[str, Any],
    adaptation: Mapping[str, Array] | None = None,
    pool: int = 0,
    careful: bool = False,
    rivals: Mixture | None = None,
) -> Approximation:
    """Approximation with draws of `family`, weighed against the density.

    With a `pool`, that many times `draws` are drawn, and `draws` of them chosen by their smoothed
    weights; if `careful`, only where k-hat says that these can be trusted. `rivals` are laws at
    other modes that were met on the way.
    """
    mixture = family if isinstance(family, Mixture) else Mixture((family,))
    number = max(pool, 1) * draws
    xs, lp, log_q, weights = weigh(mixture, evaluator, number, rng)
    with np.errstate(invalid="ignore"):
        gain = lp - log_q
        elbo, error = float(gain.mean()), float(gain.std(ddof=1) / math.sqrt(number))
    off = errors(xs, weights)
    evidence = float(np.logaddexp.reduce(gain) - math.log(number))
    missed = 0.0 if rivals is None else elsewhere(rivals, mixture, evaluator, evidence, rng)
    if careful and not weights.khat <= weights.threshold:
        pool = 0
    chosen = resample(weights, draws, rng) if pool else np.arange(draws)
    xs, lp, log_q = xs[chosen], lp[chosen], log_q[chosen]
    kept = mixture.components[0].arrays() if len(mixture.components) == 1 else {}
    result = Approximation.of_draws(
        evaluator.density,
        draws=xs[None],
        sample_stats={"lp": lp[None], "log_q": log_q[None]},
        warmup_stats={},
        adaptation={**kept, **(adaptation or {})},
        attributes={
            "interrupted": False,
            "converged": True,
            "stopped": "",
            "draws": draws,
            "chains": 1,
            "family": mixture.components[0].name,
            **attributes,
            "elbo": elbo,
            "elbo_error": error,
            "khat": weights.khat,
            "khat_threshold": weights.threshold,
            "weights_ess": weights.ess,
            "weights_draws": number,
            "mean_error": off[0],
            "sd_error": off[1],
            "missed_mass": missed,
            "pool": pool,
            "gradients": evaluator.gradients,
            "hessian_products": evaluator.products,
            "exact_hessian": evaluator.exact,
            **fit.provenance(evaluator.density),
        },
    )
    assert isinstance(result, Approximation)
    return result.knowing(mixture, evaluator.density)


def seed_of(who: str, seed: int | None) -> int:
    """Return the seed, from the system's entropy where none is given."""
    if seed is None:
        return int.from_bytes(os.urandom(8), "little")
    return arguments.integer(who, "seed", seed, 0, 2**64 - 1)


def loaded(values: Callable[[], dict[str, NDArray[Any]]], **groups: Any) -> fit.Fit:
    """Return what a file holds, of the class that wrote it: its attributes tell."""
    kind: type[fit.Fit] = Approximation if "khat" in groups["attributes"] else fit.Fit
    if groups["attributes"].get("algorithm") == "svi":
        from inference.stochastic import VariationalFit  # noqa: PLC0415  # it imports this module

        kind = VariationalFit
    return kind(values, **groups)
