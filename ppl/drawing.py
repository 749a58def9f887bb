"""A model to be drawn from: run once to learn its sites, then in batches or draw by draw."""

from __future__ import annotations

import importlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.draws import Draws
from ppl.handlers import Handler, substitute, trace
from ppl.handlers import seed as seeded
from ppl.labels import coords_of
from ppl.plates import labelled
from ppl.starting import SomeValue

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Mapping, Sequence

Array = np.ndarray[Any, Any]
ONE_BY_ONE = 64  # fewer draws than these are not worth compiling for


@dataclass(frozen=True)
class Drawing:
    """A model with its arguments, to be drawn from."""

    who: str
    model: Callable[..., Any]
    arguments: inspect.BoundArguments
    given: Mapping[str, Any]  # labels from the caller
    before: Mapping[str, Any]  # those of a fit, which other sizes make void

    @property
    def coords(self) -> dict[str, Any]:
        """Labels by name of axis."""
        return {**self.before, **self.given}

    def call(self) -> None:
        """Run the model under the handlers entered now."""
        with labelled(self.coords):
            self.model(*self.arguments.args, **self.arguments.kwargs)

    def first(self, *, lines: bool = False) -> trace:
        """One run, to learn the sites."""
        return self._once(np.random.default_rng(0), {}, SomeValue(), lines=lines)

    def draw(
        self,
        first: trace,
        known: Mapping[str, Array],
        names: Sequence[str],
        count: int,
        rng: np.random.Generator,
    ) -> dict[str, Array]:
        """Draw the sites `names`, and compute what follows from them, given known values."""
        wanted = [n for n, s in first.sites.items() if s.kind in ("deterministic", "param")]
        wanted = [name for name in wanted if name not in known]
        if count >= ONE_BY_ONE:
            batched = importlib.import_module("ppl.batched")
            state = rng.bit_generator.state
            try:
                stages = batched.Stages(
                    self.call,
                    sites=first.sites,
                    known=known,
                    drawn=names,
                    wanted=wanted,
                    count=count,
                )
                made: dict[str, Array] = stages.run(rng)
            except (batched.NotBatchedError, ad.errors.TraceError, NotImplementedError):
                rng.bit_generator.state = state  # draw by draw, as if nothing had been tried
            else:
                return made
        runs = []
        for index in range(count):
            given = {name: values[index] for name, values in known.items()}
            runs.append(self._once(rng, given).sites)
        return {
            name: np.stack([np.asarray(sites[name].value) for sites in runs])
            for name in (*names, *wanted)
        }

    def _once(
        self,
        rng: np.random.Generator,
        given: Mapping[str, Any],
        *more: Handler,
        lines: bool = False,
    ) -> trace:
        record = trace(lines=lines)
        with ExitStack() as stack:
            stack.enter_context(np.errstate(over="ignore", under="ignore"))
            for handler in (seeded(rng=rng, redraw_observed=True), substitute(data=given), *more):
                stack.enter_context(handler)
            with record:
                self.call()
        return record

    def collect(
        self,
        first: trace,
        values: Mapping[str, Array],
        groups: Mapping[str, str],
        redrawn: tuple[str, ...] = (),
    ) -> Draws:
        """Make the result."""
        dims = {name: first.sites[name].dims for name in values}
        named = {
            name: labels
            for name, labels in self.coords.items()
            if name in self.given or len(labels) == first.sizes.get(name)
        }
        coords = coords_of(self.who, first, named)
        return Draws(values, dims, redrawn, groups=groups, coords=coords)


def runs_of(
    who: str,
    model: Callable[..., Any],
    arguments: inspect.BoundArguments,
    coords: Mapping[str, Sequence[Any]],
) -> trace:
    """One run of a model as `simulate` makes it, to learn its sites."""
    return Drawing(who, model, arguments, coords, {}).first(lines=True)
