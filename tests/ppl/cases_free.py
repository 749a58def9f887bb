"""Laws as functions of unconstrained numbers: directions, mixed kinds, hidden states.

Their values or parameters lie on a curved set, or are made of other laws, so that the tables by
names of parameters do not hold them.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import mpmath as mp
import numpy as np
import scipy.stats as st

import ppl

from .case import log_beta_density, log_normal_density
from .event_case import normal
from .free_case import (
    FreeCase,
    along_sphere,
    nowhere,
    over_circle,
    over_line_and_atoms,
    over_reals,
    over_sphere,
)
from .test_wiener import law_of, wiener

if TYPE_CHECKING:
    from collections.abc import Callable

# ---- angles and directions -------------------------------------------------------------------


def von_mises(x: Any, loc: Any, concentration: Any) -> Any:
    return concentration * mp.cos(x - loc) - mp.log(2 * mp.pi * mp.besseli(0, concentration))


def fisher(x: Any, loc: Any, concentration: Any) -> Any:
    n = mp.mpf(len(x))
    constant = (n / 2 - 1) * mp.log(concentration) - n / 2 * mp.log(2 * mp.pi)
    dot = mp.fsum(a * b for a, b in zip(x, loc, strict=True))
    return constant - mp.log(mp.besseli(n / 2 - 1, concentration)) + concentration * dot


def power_spherical(x: Any, loc: Any, concentration: Any) -> Any:
    beta = (mp.mpf(len(x)) - 1) / 2
    alpha = beta + concentration
    constant = (alpha + beta) * mp.log(2) + beta * mp.log(mp.pi) + mp.loggamma(alpha)
    dot = mp.fsum(a * b for a, b in zip(x, loc, strict=True))
    return concentration * mp.log1p(dot) - constant + mp.loggamma(alpha + beta)


def projected_normal(x: Any, mean: Any) -> Any:
    """The integral over lengths by the parabolic cylinder function (DLMF 12.5.1)."""
    n = len(x)
    t = mp.fsum(a * b for a, b in zip(mean, x, strict=True))
    square = mp.fsum(a * a for a in mean)
    moment = mp.gamma(n) * mp.pcfd(-n, -t) * mp.exp(t * t / 4)
    return mp.log(moment) - square / 2 - mp.mpf(n) / 2 * mp.log(2 * mp.pi)


def sine_bivariate(x: Any, parameters: Any) -> Any:
    phi, psi, first, second, correlation = parameters
    # The normalisation as a series of Bessel functions (Singh and others, equation 2.2).
    square = correlation**2 / (4 * first * second)
    total = mp.fsum(  # the first term left out is below 1e-30 of the sum
        mp.binomial(2 * m, m) * square**m * mp.besseli(m, first) * mp.besseli(m, second)
        for m in range(60)
    )
    a, b = x[0] - phi, x[1] - psi
    kernel = first * mp.cos(a) + second * mp.cos(b) + correlation * mp.sin(a) * mp.sin(b)
    return kernel - mp.log(4 * mp.pi**2 * total)


def skewed_angles(x: Any, p: Any) -> Any:
    lean = p[5] * mp.sin(x[0] - p[0]) + p[6] * mp.sin(x[1] - p[1])
    return sine_bivariate(x, p[:5]) + mp.log1p(lean)


def direction(height: Any, longitude: Any) -> Any:
    """A unit vector from two angles."""
    ring = np.sin(height)
    return np.stack([ring * np.cos(longitude), ring * np.sin(longitude), np.cos(height)], axis=-1)


def exact_direction(height: Any, longitude: Any) -> list[Any]:
    ring = mp.sin(height)
    return [ring * mp.cos(longitude), ring * mp.sin(longitude), mp.cos(height)]


def of_length_one(_x: Any, p: Any) -> float:
    """Vectors have length 1 to rounding, which the concentration multiplies."""
    return 1.0 + abs(float(p[-1]))


# ---- time and choice -------------------------------------------------------------------------


def mass_of_choices() -> float:
    """Over the logarithm of the time, whose density vanishes fast at both ends."""
    logs = np.linspace(math.log(1e-6), math.log(60.0), 4001)
    time = np.exp(logs)
    law = law_of((1.0, 0.2, 0.4, 0.8, 0.5))
    values = (np.stack([0.2 + time, np.full(4001, way)], axis=-1) for way in (1.0, -1.0))
    total = sum(float(np.sum(np.exp(law.log_prob(each)) * time)) for each in values)
    return total * float(logs[1] - logs[0])


# ---- a density and probabilities of single values ------------------------------------------------


def hurdle(density: Any) -> Any:
    """Log density of 0 with probability p[-1], else of `density` of the other numbers."""

    def log_prob(x: Any, p: Any) -> Any:
        gate = p[-1]
        return mp.log(gate) if x[0] == 0 else mp.log1p(-gate) + density(x[0], *p[:-1])

    return log_prob


def by_logits(log_prob: Any) -> Any:
    """The same by the log odds of the last number."""
    return lambda x, p: log_prob(x, [*p[:-1], 1 / (1 + mp.exp(-p[-1]))])


def log_gamma_density(x: Any, concentration: Any, rate: Any) -> Any:
    a = concentration
    return a * mp.log(rate) + (a - 1) * mp.log(x) - rate * x - mp.loggamma(a)


def log_log_normal_density(x: Any, loc: Any, scale: Any) -> Any:
    return log_normal_density(mp.log(x), loc, scale) - mp.log(x)


def share(x: Any, p: Any) -> Any:
    a, b, gate, one = p
    if x[0] in (0, 1):
        return mp.log(gate) + (mp.log(one) if x[0] == 1 else mp.log1p(-one))
    return mp.log1p(-gate) + log_beta_density(x[0], a, b)


def between_atoms(x: Any) -> Any:
    return nowhere(x) if float(x) in {0.0, 1.0} else np.eye(1)


GAMMA_HURDLE = hurdle(log_gamma_density)
LOG_NORMAL_HURDLE = hurdle(log_log_normal_density)


# ---- series ----------------------------------------------------------------------------------


def state_space(p: Any, num_steps: int = 3) -> ppl.LinearGaussianStateSpace:
    """Two states, one observation; every matrix and vector moves with p."""
    one = 0.0 * p[0] + 1.0
    return ppl.LinearGaussianStateSpace(
        transition_matrix=np.reshape(np.stack([p[0], p[1], -p[1], p[0]]), (2, 2)),
        transition_covariance=np.reshape(np.stack([p[2], 0.1 * one, 0.1 * one, p[2]]), (2, 2)),
        observation_matrix=np.reshape(np.stack([one, p[3]]), (1, 2)),
        observation_covariance=np.reshape(p[4] * one, (1, 1)),
        initial_mean=np.stack([p[5], 0.5 * one]),
        initial_covariance=np.reshape(np.stack([p[6], 0.2 * one, 0.2 * one, one]), (2, 2)),
        transition_offset=np.stack([p[7], -p[7]]),
        observation_offset=np.reshape(p[8] * one, (1,)),
        num_steps=num_steps,
    )


def dense_state_space(x: Any, p: Any) -> Any:
    """As a dense normal law: x = mean + sum of rows[s] e[s] with the states' noise e."""
    tenth, fifth = mp.mpf(0.1), mp.mpf(0.2)
    a = mp.matrix([[p[0], p[1]], [-p[1], p[0]]])
    noise = mp.cholesky(mp.matrix([[p[2], tenth], [tenth, p[2]]]))
    look, offset = mp.matrix([[1, p[3]]]), mp.matrix([p[7], -p[7]])
    mean = mp.matrix([p[5], mp.mpf(0.5)])
    rows = [mp.cholesky(mp.matrix([[p[6], fifth], [fifth, 1]]))]
    means, loads = [], []
    for _ in x:
        means.append((look * mean)[0] + p[8])
        loads.append([look * r for r in rows])
        mean, rows = a * mean + offset, [*(a * r for r in rows), noise]
    n = len(x)
    covariance = mp.matrix(n, n)
    for s, t in itertools.product(range(n), repeat=2):
        common = zip(loads[s], loads[t], strict=False)
        covariance[s, t] = mp.fsum((u * v.T)[0] for u, v in common) + (p[4] if s == t else 0)
    return normal([v - m for v, m in zip(x, means, strict=True)], covariance)


def hidden_by_logits(p: Any, num_steps: int = 4) -> ppl.DiscreteHMM:
    return ppl.DiscreteHMM(
        initial_logits=np.stack([p[0], 0.0 * p[0]]),
        transition_logits=np.reshape(np.stack([p[1], 0.0 * p[1], 0.0 * p[2], p[2]]), (2, 2)),
        observation=ppl.Normal(p[3:5], np.exp(p[5])),
        num_steps=num_steps,
    )


def hidden_by_probs(p: Any, num_steps: int = 4) -> ppl.DiscreteHMM:
    return ppl.DiscreteHMM(
        initial_probs=np.stack([p[0], 1.0 - p[0]]),
        transition_probs=np.reshape(np.stack([p[1], 1.0 - p[1], 1.0 - p[2], p[2]]), (2, 2)),
        observation=ppl.Normal(p[3:5], np.exp(p[5])),
        num_steps=num_steps,
    )


def all_paths(x: Any, p: Any) -> Any:
    """The sum over all paths of the states; p[0], p[1], p[2] are probabilities."""
    first, moves = [p[0], 1 - p[0]], [[p[1], 1 - p[1]], [1 - p[2], p[2]]]
    total = mp.mpf(0)
    for path in itertools.product(range(2), repeat=len(x)):
        chance = first[path[0]]
        for here, there in itertools.pairwise(path):
            chance *= moves[here][there]
        seen = zip(x, path, strict=True)
        logs = mp.fsum(log_normal_density(v, p[3 + state], mp.exp(p[5])) for v, state in seen)
        total += chance * mp.exp(logs)
    return mp.log(total)


def all_paths_by_logits(x: Any, p: Any) -> Any:
    return all_paths(x, [*(1 / (1 + mp.exp(-v)) for v in p[:3]), *p[3:]])


TIMES = (0.0, 0.5, 1.0, 2.0)


def diffusion(p: Any, times: Any = TIMES) -> ppl.EulerMaruyama:
    return ppl.EulerMaruyama(
        times=times,
        drift=lambda x, t: -p[0] * x + p[1] * t,
        diffusion=lambda x, t: p[2] + 0.125 * x**2,  # noqa: ARG005 - a function of both
        init=ppl.Normal(0.5, p[3]),
    )


def diffusion_steps(x: Any, p: Any) -> Any:
    total = log_normal_density(x[0], mp.mpf(0.5), p[3])
    for (here, there), (before, after) in zip(
        itertools.pairwise(x), itertools.pairwise(TIMES), strict=True
    ):
        dt = mp.mpf(after) - mp.mpf(before)
        mean = here + (-p[0] * here + p[1] * before) * dt
        total += log_normal_density(there, mean, (p[2] + here**2 / 8) * mp.sqrt(dt))
    return total


def three_normals(x: Any, p: Any) -> Any:
    return mp.fsum(log_normal_density(v, m, p[3]) for v, m in zip(x, p[:3], strict=True))


def coordinate(axis: int) -> Callable[[Any], Any]:
    return lambda x: x[:, axis]


PAIR = (0.3, -1.0, 2.0, 1.5, 0.7)
FILTER = (0.8, 0.3, 0.5, 0.4, 0.7, 0.2, 1.3, -0.3, 0.6)

CASES = (
    FreeCase(
        "VonMises",
        lambda p: ppl.VonMises(p[0], p[1]),
        lambda x, p: von_mises(x[0], p[0], p[1]),
        ((0.3, 2.0), (-20.0, 1e3), (2.0, 1e-8), (0.5, 1e8)),
        lambda: over_circle(ppl.VonMises(2.5, 1.7)),
        largest=of_length_one,
    ),
    FreeCase(
        "VonMisesFisher",
        lambda p: ppl.VonMisesFisher(direction(p[0], p[1]), p[2]),
        lambda x, p: fisher(x, exact_direction(p[0], p[1]), p[2]),
        ((0.3, 1.5, 2.0), (2.5, -1.0, 1e-3), (1.5, 3.0, 1e4)),
        lambda: over_sphere(ppl.VonMisesFisher(direction(0.3, 1.5), 3.0)),
        tangents=along_sphere,
        largest=of_length_one,
    ),
    FreeCase(
        "PowerSpherical",
        lambda p: ppl.PowerSpherical(direction(p[0], p[1]), p[2]),
        lambda x, p: power_spherical(x, exact_direction(p[0], p[1]), p[2]),
        ((0.3, 1.5, 2.0), (2.5, -1.0, 1e-3), (1.5, 3.0, 1e4)),
        lambda: over_sphere(ppl.PowerSpherical(direction(0.3, 1.5), 3.0)),
        tangents=along_sphere,
        largest=lambda x, p: 1.0 + p[2] * math.log(2.0 + p[2]),  # noqa: ARG005 - a function of both
    ),
    FreeCase(
        "ProjectedNormal",
        ppl.ProjectedNormal,
        projected_normal,
        ((0.7, -1.2, 0.4), (1e-3, 2e-3, 1e-3), (100.0, -200.0, 150.0)),
        lambda: over_sphere(ppl.ProjectedNormal([0.7, -1.2, 0.4])),
        tangents=along_sphere,
        largest=lambda x, p: 1.0 + sum(v * v for v in p),  # noqa: ARG005 - the square multiplies it
    ),
    FreeCase(
        "SphericalUniform",
        lambda _: ppl.SphericalUniform(3),
        lambda _x, _p: -mp.log(4 * mp.pi),
        ((),),
        lambda: over_sphere(ppl.SphericalUniform(3)),
        tangents=along_sphere,
        # Of a sphere in three dimensions each coordinate is uniform (Archimedes).
        marginals=tuple((coordinate(axis), st.uniform(-1.0, 2.0).cdf) for axis in range(3)),
    ),
    FreeCase(
        "SineBivariateVonMises",
        lambda p: ppl.SineBivariateVonMises(p[0], p[1], p[2], p[3], p[4]),
        sine_bivariate,
        (PAIR, (0.3, -1.0, 2.0, 0.5, -3.0), (3.0, 2.0, 40.0, 7.0, 5.0)),
        lambda: over_circle(ppl.SineBivariateVonMises(*PAIR)),
    ),
    FreeCase(
        "SineSkewed",
        lambda p: ppl.SineSkewed(ppl.VonMises(p[0], p[1]), skewness=p[2]),
        lambda x, p: von_mises(x[0], p[0], p[1]) + mp.log1p(p[2] * mp.sin(x[0] - p[0])),
        ((0.3, 2.0, -0.6), (0.3, 7.0, 0.999), (-2.0, 1e3, 0.1)),
        lambda: over_circle(ppl.SineSkewed(ppl.VonMises(0.3, 2.0), skewness=-0.6)),
        largest=lambda x, p: 1.0 + p[1],  # noqa: ARG005 - a function of both
    ),
    FreeCase(
        "SineSkewed of two angles",
        lambda p: ppl.SineSkewed(
            ppl.SineBivariateVonMises(p[0], p[1], p[2], p[3], p[4]), skewness=p[5:7]
        ),
        skewed_angles,
        ((*PAIR, 0.3, -0.6), (3.0, 2.0, 40.0, 7.0, 5.0, -0.9, 0.05)),
        lambda: over_circle(ppl.SineSkewed(ppl.SineBivariateVonMises(*PAIR), skewness=[0.3, -0.6])),
    ),
    FreeCase(
        "Wiener",
        law_of,
        lambda x, p: wiener(x[0], int(x[1]), p),
        ((1.5, 0.25, 0.4, 0.8, 0.5), (0.8, 0.0, 0.03125, -4.0, 0.75), (3.0, 0.25, 0.75, 2.0, 1.5)),
        mass_of_choices,
        tangents=lambda _: np.array([[1.0, 0.0]]),
        digits=120,
    ),
    FreeCase(
        "HurdleGamma",
        lambda p: ppl.HurdleGamma(concentration=p[0], rate=p[1], gate=p[2]),
        GAMMA_HURDLE,
        ((2.0, 0.5, 0.2), (0.1, 30.0, 1e-9), (50.0, 1e-3, 0.75)),
        lambda: over_line_and_atoms(ppl.HurdleGamma(concentration=2.0, rate=0.5, gate=0.2), (0.0,)),
        tangents=between_atoms,
        largest=lambda x, p: 1.0 + abs(p[0] * math.log(p[1] * p[0])),  # noqa: ARG005
    ),
    FreeCase(
        "HurdleGamma by log odds",
        lambda p: ppl.HurdleGamma(concentration=p[0], rate=p[1], gate_logits=p[2]),
        by_logits(GAMMA_HURDLE),
        ((2.0, 0.5, -1.0), (2.0, 0.5, 40.0)),
        lambda: over_line_and_atoms(
            ppl.HurdleGamma(concentration=2.0, rate=0.5, gate_logits=-1.0), (0.0,)
        ),
        tangents=between_atoms,
    ),
    FreeCase(
        "HurdleLogNormal",
        lambda p: ppl.HurdleLogNormal(p[0], p[1], gate=p[2]),
        LOG_NORMAL_HURDLE,
        ((0.5, 0.4, 0.2), (-30.0, 5.0, 1e-9)),
        lambda: over_line_and_atoms(ppl.HurdleLogNormal(0.5, 0.4, gate=0.2), (0.0,)),
        tangents=between_atoms,
        largest=lambda x, p: 1.0 + p[0] ** 2,  # noqa: ARG005 - log x - loc
    ),
    FreeCase(
        "HurdleLogNormal by log odds",
        lambda p: ppl.HurdleLogNormal(p[0], p[1], gate_logits=p[2]),
        by_logits(LOG_NORMAL_HURDLE),
        ((0.5, 0.4, -1.0), (0.5, 0.4, 40.0)),
        lambda: over_line_and_atoms(ppl.HurdleLogNormal(0.5, 0.4, gate_logits=-1.0), (0.0,)),
        tangents=between_atoms,
    ),
    FreeCase(
        "ZeroOneInflatedBeta",
        lambda p: ppl.ZeroOneInflatedBeta(p[0], p[1], gate=p[2], one=p[3]),
        share,
        ((2.0, 3.0, 0.3, 0.25), (0.5, 40.0, 1e-6, 0.999), (300.0, 200.0, 0.9, 1e-3)),
        lambda: over_line_and_atoms(ppl.ZeroOneInflatedBeta(2.0, 3.0, gate=0.3, one=0.25), (0, 1)),
        tangents=between_atoms,
        largest=lambda x, p: 1.0 + math.lgamma(p[0] + p[1]),  # noqa: ARG005
    ),
    FreeCase(
        "LinearGaussianStateSpace",
        state_space,
        dense_state_space,
        (FILTER, (0.999, -0.04, 1e3, 2.0, 1e-3, -40.0, 1e2, 5.0, 0.0)),
        lambda: over_reals(state_space(np.array(FILTER), 2)),
    ),
    FreeCase(
        "DiscreteHMM",
        hidden_by_logits,
        all_paths_by_logits,
        ((0.3, 1.0, 1.5, -1.0, 1.2, 0.3), (-30.0, 20.0, -40.0, 5.0, -5.0, -1.0)),
        lambda: over_reals(hidden_by_logits(np.array([0.3, 1.0, 1.5, -1.0, 1.2, 0.3]), 2)),
    ),
    FreeCase(
        "DiscreteHMM by probabilities",
        hidden_by_probs,
        all_paths,
        ((0.3, 0.75, 0.875, -1.0, 1.2, 0.3), (1e-6, 0.5, 1e-3, 5.0, -5.0, -1.0)),
        lambda: over_reals(hidden_by_probs(np.array([0.3, 0.75, 0.875, -1.0, 1.2, 0.3]), 2)),
    ),
    FreeCase(
        "EulerMaruyama",
        diffusion,
        diffusion_steps,
        ((0.75, 0.5, 0.4, 1.0), (0.0, 30.0, 1e-2, 1e-3)),
        lambda: over_reals(diffusion(np.array([0.75, 0.5, 0.4, 1.0]), TIMES[:2])),
    ),
    FreeCase(
        "Independent",
        lambda p: ppl.Normal(p[:3], p[3]).to_event(1),
        three_normals,
        ((0.3, -1.0, 2.0, 1.5), (1e3, -1e3, 0.0, 1e-3)),
        lambda: over_reals(ppl.Normal([0.3, -1.0], 1.5).to_event(1)),
    ),
)
