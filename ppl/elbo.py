"""`ELBO`: a model and a guide as the objective of variational inference by gradient steps.

All bounds (`ppl.bounds`) are functions of log weights w of single draws, so that one native
function, w with its gradient, serves all: the gradient of a log mean exp is the mean of gradients
weighed by the softmax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.bounds import check_options, combined, power_of
from ppl.data import name_of
from ppl.labels import required_coords
from ppl.pairing import Pair
from ppl.run import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Array = np.ndarray[Any, Any]


class ELBO:
    """The evidence lower bound of a model by a guide, as a function of what is learnt.

    Model and guide are run once on numbers and then traced: the bound's integrand and its gradient
    become native code of parameters, normal noise and a batch of data. A step gives that code new
    numbers.

    Parameters
    ----------
    model : callable
    guide : callable
        A function with the model's arguments that calls `ppl.param` and `ppl.sample`, or an
        automatic guide (`ppl.AutoNormal(model)` and its like).
    *args, **kwargs
        Arguments of both. Memory maps are not copied.
    particles : int
        Draws of the guide a step.
    variant : str
        "standard", "iwae" or "renyi".
    alpha : float
        Of "renyi"; not 1.
    analytic_kl : bool
        Whether the divergence of a site's guide from its prior is taken in closed form where
        `ppl.kl_divergence` has one and nothing else in the guide depends on the site. Only for
        "standard".
    sticking_the_landing : bool
        Leave the score of the guide out of gradients, whose expectation is 0 (G. Roeder, Y. Wu and
        D. Duvenaud 2017): no noise where the guide is exact. Only for "standard", and it switches
        `analytic_kl` off.
    coords : mapping of str to sequence, optional
        As for `ppl.Posterior`.

    Attributes
    ----------
    dimension : int
        Length of the vector of learnable parameters, unconstrained.
    names : tuple of str
        Variables of a draw: latent sites, and deterministic values, outside of subsampled plates.
    dims : dict of str to tuple of str
    coords : dict of str to sequence
    noise_size : int
        Normal numbers that a draw of the guide takes.
    batches : Batches
        Subsampled plates, and the arrays they pick rows of.
    analytic : tuple of str
        Sites whose divergence is taken in closed form.

    Raises
    ------
    ModelError
        For sites that are missing in the guide, are not in the model, or draw values outside the
        model's support; for laws without smooth draws; where there is nothing to learn.
    ValueError, TypeError
        For options that cannot be used.

    Examples
    --------
    >>> import numpy as np, ppl
    >>> def model(y):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     with ppl.plate("i", len(y)):
    ...         ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> def guide(y):
    ...     loc = ppl.param("loc", 0.0)
    ...     scale = ppl.param("scale", 1.0, constraint=ppl.constraints.positive)
    ...     ppl.sample("mu", ppl.Normal(loc, scale))
    >>> elbo = ppl.ELBO(model, guide, [1.0, 2.0])
    >>> elbo.dimension, elbo.analytic
    (2, ('mu',))
    """

    def __init__(
        self,
        model: Callable[..., Any],
        guide: Callable[..., Any],
        *args: Any,
        particles: int = 1,
        variant: str = "standard",
        alpha: float = 0.5,
        analytic_kl: bool = True,
        sticking_the_landing: bool = False,
        coords: Mapping[str, Sequence[Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        check_options(particles, variant, alpha, sticking_the_landing)
        self.particles, self.variant = int(particles), variant
        self._power = power_of(variant, alpha)
        self._coords = required_coords("ELBO", coords)
        self._pair = pair = Pair(
            model,
            guide,
            args,
            kwargs,
            coords=self._coords,
            closed=analytic_kl and variant == "standard" and not sticking_the_landing,
            landing=sticking_the_landing,
        )
        self.dimension, self.noise_size = pair.dimension, pair.noise_size
        self.batches, self.analytic = pair.batches, pair.analytic
        self.names, self.dims, self.coords = pair.names, pair.dims, pair.coords
        self.deterministics = pair.deterministics
        start = pair.point(np.random.default_rng(3))
        self._call = ad.compile(pair.value_and_gradient).prepared(start)
        self._draws = Batch(pair.values)

    # ---- what an optimiser asks for ----------------------------------------------------------

    def initial(self, rng: np.random.Generator) -> Array:
        """Unconstrained parameters where learning starts, shape (dimension,)."""
        del rng  # starts that are drawn were drawn when the objective was made
        start: Array = self._pair.initial()
        return start

    def value_and_gradient(self, x: Array, rng: np.random.Generator) -> tuple[float, Array]:
        """Unbiased estimate of the objective, and its gradient, from new noise and a new batch.

        Parameters
        ----------
        x : array, shape (dimension,)
            Unconstrained parameters.
        rng : numpy.random.Generator

        Returns
        -------
        float
            In nats.
        array, shape (dimension,)
            To climb.
        """
        call = self._call
        point = self._pair.point(rng, x, call.x)
        if self.particles == 1:
            out = call()
            return float(out[0]), out[1:].copy()
        noise = point[self.dimension : self.dimension + self.noise_size]
        weights, gradients = np.empty(self.particles), np.empty((self.particles, self.dimension))
        for k in range(self.particles):
            if k:
                rng.standard_normal(out=noise)
            out = call()
            weights[k], gradients[k] = out[0], out[1:]
        value, shares = combined(self._power, weights)
        return value, shares @ gradients

    def at(
        self, x: Array, noise: Array, indices: Mapping[str, Array] | None = None
    ) -> tuple[float, Array]:
        """Integrand and its gradient for given noise and, by plate, indices of a batch.

        Parameters
        ----------
        x : array, shape (dimension,)
        noise : array, shape (noise_size,)
        indices : dict of str to array of int
        """
        point, second = self._call.x, self.dimension + self.noise_size
        point[: self.dimension], point[self.dimension : second] = x, noise
        if self.batches.size:
            self.batches.fill(point[second:], indices or {})
        out = self._call()
        return float(out[0]), out[1:].copy()

    @property
    def factorised(self) -> bool:
        """Whether the guide is known to have several components, all independent."""
        return self.noise_size > 1 and bool(getattr(self._pair.guide, "factorised", False))

    @property
    def arguments(self) -> dict[str, Any]:
        """Arguments of the model, as they are bound."""
        return dict(self._pair.arguments.arguments)

    def value(self, x: Array, rng: np.random.Generator) -> float:
        """Unbiased estimate of the objective in nats."""
        return self.value_and_gradient(x, rng)[0]

    def constrain(self, x: Array) -> dict[str, Array]:
        """Values of the learnable parameters by name."""
        with np.errstate(all="ignore"):
            return {
                name: np.asarray(self._pair.parameters.value(name, np.asarray(x)))
                for name in self._pair.parameters.layout.slots
            }

    def sample(self, x: Array, draws: int, rng: np.random.Generator) -> dict[str, Array]:
        """Draw from the guide.

        Parameters
        ----------
        x : array, shape (dimension,)
        draws : int
        rng : numpy.random.Generator

        Returns
        -------
        dict of str to array, shape (draws, ...)
            By name, as in `names`.
        """
        rows = np.empty((draws, self.dimension + self.noise_size + self.batches.size))
        for row in rows:
            row[:] = self._pair.point(rng, x)
        return self._draws.map(rows)

    def finish(self, x: Array) -> tuple[ELBO, Array]:
        """Give the objective and parameters whose draws are the result; most guides' own.

        `ppl.AutoLaplace` puts a normal law around the mode it has found.
        """
        finished = getattr(self._pair.guide, "finished", None)
        return (self, x) if finished is None else finished(self, x)

    def hessian(self, x: Array, rng: np.random.Generator) -> Array:
        """Second derivatives of the objective by the parameters, shape (dimension, dimension).

        With subsampled plates, the mean over batches that hold each element once, as far as the
        sizes divide.
        """
        compiled, point = ad.compile(self._pair.hessian), self._pair.point(rng, x)
        total, count = np.zeros((self.dimension, self.dimension)), 0
        for indices in self.batches.sweep(rng):
            if self.batches.size:
                self.batches.fill(point[self.dimension + self.noise_size :], indices)
            total, count = total + compiled(point), count + 1
        return total / count

    def with_guide(self, guide: Callable[..., Any]) -> ELBO:
        """Make the objective of the same model, data and options with another guide."""
        arguments = self._pair.arguments
        return type(self)(
            self._pair.model,
            guide,
            *arguments.args,
            particles=self.particles,
            coords=self._coords,
            **arguments.kwargs,
        )

    def __repr__(self) -> str:
        return (
            f"ELBO({name_of(self._pair.model)}, {name_of(self._pair.guide)}, "
            f"dimension={self.dimension}, variant={self.variant!r})"
        )
