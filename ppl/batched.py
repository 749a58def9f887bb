"""Drawing many runs of a model at once.

Sites are drawn in stages: those of a stage depend on no site that is drawn in it or later. The
parameters of a stage's laws are computed for all draws in native code, and then each law draws them
all in one call. What a value depends on is found by tracing the model once, with marks on values.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl import handlers
from ppl.dependence import Marks, NotBatchedError, inputs_of, rebuilt
from ppl.handlers import UNSET, Handler, Site, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ppl.distributions.base import Distribution

Array = np.ndarray[Any, Any]
BLOCK = 1 << 22  # numbers that are computed at a time
MOST_STAGES = 12  # each is compiled; a long chain of sites is drawn faster one by one


class Given(Handler):
    """Give sites known values, and the others those of a run before.

    Parameters
    ----------
    values : mapping of str to array
        Plain or traced.
    fallback : mapping of str to Site
        Of a run before.
    """

    runs_model = True
    redraws = True
    checks_parameters = False

    def __init__(
        self, values: Mapping[str, Any], fallback: Mapping[str, Site], marks: Marks | None = None
    ) -> None:
        super().__init__()
        self.values, self._fallback, self._marks = values, fallback, marks
        self.laws: dict[str, Distribution] = {}
        self.branches: dict[str, frozenset[str]] = {}

    def process(self, site: Site) -> None:
        """Give the site its value."""
        if self._marks is not None:
            self.branches[site.name] = self._marks.branches
        if site.kind == "subset" and site.value is UNSET:
            raise NotBatchedError  # each draw has a subset of its own
        if site.kind not in ("sample", "param"):
            return
        if site.distribution is not None:
            self.laws[site.name] = site.distribution
        if site.name in self.values:
            site.value = self.values[site.name]
        elif site.value is UNSET or site.observed:
            before = self._fallback.get(site.name)
            if before is None or before.shape != site.shape:
                raise NotBatchedError
            site.value = before.value


class Stages:
    """A model whose sites can be drawn for many draws at once.

    Parameters
    ----------
    call : callable
        Runs the model.
    sites : mapping of str to Site
        Of a run on numbers.
    known : mapping of str to array, shape (count, ...)
        Values that are given.
    drawn : sequence of str
        Sites to draw, in program order.
    wanted : sequence of str
        Deterministic values to compute.
    count : int
        Number of draws.
    """

    def __init__(
        self,
        call: Callable[[], None],
        *,
        sites: Mapping[str, Site],
        known: Mapping[str, Array],
        drawn: Sequence[str],
        wanted: Sequence[str],
        count: int,
    ) -> None:
        self._call, self._sites, self._count = call, sites, count
        self.values: dict[str, Any] = dict(known)
        self._drawn, self._wanted = list(drawn), list(wanted)
        self._needs = self._dependencies()

    def run(self, rng: np.random.Generator) -> dict[str, Array]:
        """Draw everything.

        Returns
        -------
        dict of str to array, shape (count, ...)
            What was drawn and what was wanted.
        """
        made: dict[str, Array] = {}
        for stage in self._stages():
            made |= self._draw(stage, rng)
            self.values |= {name: made[name] for name in stage}
        return made | self._compute()

    def _stages(self) -> list[list[str]]:
        """Sites to draw, stage by stage."""
        stages: list[list[str]] = []
        pending = list(self._drawn)
        while pending:
            stage = [name for name in pending if not self._needs[name] & {*pending}]
            if not stage or len(stages) == MOST_STAGES:
                raise NotBatchedError
            stages.append(stage)
            pending = [name for name in pending if name not in stage]
        return stages

    # ---- dependencies ------------------------------------------------------------------------

    def _dependencies(self) -> dict[str, set[str]]:
        """Which given or drawn sites each law, and each wanted value, depends on."""
        names = [*self.values, *self._drawn]
        sizes = {name: math.prod(self._sites[name].shape) for name in names}
        start = [np.asarray(self._sites[n].value, dtype=np.float64).reshape(-1) for n in names]
        found: dict[str, set[str]] = {}
        marks = Marks(names)

        def marked(x: Any) -> Any:
            given, place = {}, 0
            for name in names:
                part = x[place : place + sizes[name]].reshape(self._sites[name].shape)
                given[name] = ad.tag(part * 1.0, frozenset([name]))
                place += sizes[name]
            found.update(self._traced_needs(given, marks))
            return 0.0 * np.sum(x)

        if not names:
            self._call_with({})
            return {name: set() for name in (*self._drawn, *self._wanted)}
        with ad.tagging(marks.rule):
            ad.grad(marked)(np.concatenate(start))
        return found

    def _traced_needs(self, given: Mapping[str, Any], marks: Marks) -> dict[str, set[str]]:
        run, sites = self._call_with(given, marks)
        needs = {name: marks.of(inputs_of(run.laws[name])) for name in self._drawn}
        needs |= {name: marks.of([(sites[name].value, 0)]) for name in self._wanted}
        return {name: found | run.branches[name] for name, found in needs.items()}

    def _call_with(
        self, values: Mapping[str, Any], marks: Marks | None = None
    ) -> tuple[Given, dict[str, Site]]:
        given, record = Given(values, self._sites, marks), trace()
        with np.errstate(all="ignore"), given, record:
            self._call()
        missing = [n for n in self._drawn if n not in given.laws]
        missing += [n for n in self._wanted if n not in record.sites]
        if missing:
            raise NotBatchedError
        return given, record.sites

    # ---- stages ------------------------------------------------------------------------------

    def _draw(self, stage: Sequence[str], rng: np.random.Generator) -> dict[str, Array]:
        kinds: dict[str, Any] = {}

        def parameters(values: Mapping[str, Any]) -> dict[str, Any]:
            laws = self._call_with(values)[0].laws
            found: dict[str, Any] = {}
            for name in stage:
                parts = inputs_of(laws[name])
                kind = (type(laws[name]), [event for _, event in parts])
                if kinds.setdefault(name, (kind, laws[name]))[0] != kind:
                    raise NotBatchedError  # another path of the model has another law
                found |= {f"{name}/{k}": value for k, (value, _) in enumerate(parts)}
            return found

        needed = set[str]().union(*(self._needs[name] for name in stage))
        blocks: dict[str, list[Array]] = {name: [] for name in stage}
        for size, computed in self._evaluate(parameters, needed):
            for name in stage:
                law = kinds[name][1]
                shape = self._sites[name].shape
                batch = shape[: len(shape) - len(law.event_shape)]
                given = [computed[f"{name}/{k}"] for k in range(len(inputs_of(law)))]
                with handlers.only((_Quiet(),)):
                    many = rebuilt(law, iter(given), len(batch))
                many.require_valid(name)
                drawn = np.asarray(many.draw(rng, (size, *batch)))
                blocks[name].append(np.broadcast_to(drawn, (size, *shape)))
        return {name: _joined(parts) for name, parts in blocks.items()}

    def _compute(self) -> dict[str, Array]:
        if not self._wanted:
            return {}

        def wanted(values: Mapping[str, Any]) -> dict[str, Any]:
            sites = self._call_with(values)[1]
            return {name: sites[name].value for name in self._wanted}

        needed = set[str]().union(*(self._needs[name] for name in self._wanted))
        blocks: dict[str, list[Array]] = {name: [] for name in self._wanted}
        for size, computed in self._evaluate(wanted, needed):
            for name in self._wanted:
                value, moving = computed[name]
                blocks[name].append(
                    value if moving else np.broadcast_to(value, (size, *value.shape))
                )
        return {name: _joined(parts) for name, parts in blocks.items()}

    def _evaluate(
        self, function: Callable[[Mapping[str, Any]], dict[str, Any]], needed: Iterable[str]
    ) -> Any:
        """Evaluate for blocks of draws: the number of draws, and (array, whether one a draw)."""
        names = [name for name in self.values if name in set(needed)]
        shapes = {name: self._sites[name].shape for name in names}
        constants: dict[str, Any] = {}

        def of_vector(x: Any) -> dict[str, Any]:
            values, place = {}, 0
            for name in names:
                size = math.prod(shapes[name])
                values[name] = x[place : place + size].reshape(shapes[name])
                place += size
            found = function(values)
            still = {n: np.asarray(v) for n, v in found.items() if not ad.is_traced(v)}
            if constants and {*constants} != {*still}:
                raise NotBatchedError  # other paths have other constants
            constants.update(still)
            return {n: v for n, v in found.items() if ad.is_traced(v)}

        if not names:
            still = {name: (np.asarray(value), False) for name, value in function({}).items()}
            yield self._count, still
            return
        compiled = ad.compile(of_vector)
        width = sum(math.prod(shape) for shape in shapes.values())
        step = max(1, BLOCK // max(width, *(math.prod(s.shape) for s in self._sites.values()), 1))
        for first in range(0, self._count, step):
            rows = [self.values[name][first : first + step] for name in names]
            size = len(rows[0])
            xs = np.concatenate([np.reshape(r, (size, -1)) for r in rows], axis=1)
            moving = compiled.map(np.asarray(xs, dtype=np.float64))
            computed = {name: (value, True) for name, value in moving.items()}
            yield size, computed | {name: (value, False) for name, value in constants.items()}


class _Quiet(Handler):
    """A law is being made again for a site: its own check comes with the site's name."""

    runs_model = True


def _joined(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
