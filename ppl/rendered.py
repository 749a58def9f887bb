"""A model as a picture: a graph of its sites, with plates, in Graphviz's language."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import ad
from ppl.batched import Given
from ppl.data import bind, name_of
from ppl.dependence import Marks
from ppl.distributions.base import Distribution
from ppl.handlers import Site, only, seed, trace
from ppl.labels import required_coords
from ppl.layout import transform_of
from ppl.plates import labelled

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ppl.plates import Plate

_STYLES = {
    "latent": "shape=ellipse",
    "observed": 'shape=ellipse, style=filled, fillcolor="gray85"',
    "deterministic": 'shape=box, style="rounded,dashed"',
    "factor": "shape=box, style=filled, fillcolor=gray20, fontcolor=white",
    "param": "shape=plaintext",
}
_HEAD = """  graph [fontname="Helvetica,Arial,sans-serif", fontsize=11, fontcolor=gray30,
         color=gray55, style=rounded, ranksep=0.35, nodesep=0.3, labeljust=r, labelloc=b];
  node [fontname="Helvetica,Arial,sans-serif", fontsize=12, color=gray20, margin="0.09,0.05",
        height=0.45];
  edge [color=gray30, arrowsize=0.7];
"""


class Picture:
    """Graph of a model; notebooks show it.

    Attributes
    ----------
    source : str
        Text in Graphviz's language (DOT).
    edges : list of (str, str)
        Which site's value enters which site's law or value directly.
    """

    def __init__(self, source: str, edges: Sequence[tuple[str, str]]) -> None:
        self.source = source
        self.edges = list(edges)

    def svg(self) -> str:
        """Return the picture as SVG text.

        Raises
        ------
        RuntimeError
            If Graphviz's program `dot` is not installed, or fails.
        """
        program = shutil.which("dot")
        if program is None:
            raise RuntimeError(
                "render: Graphviz's program dot must be installed to draw, got none on the path. "
                "Install Graphviz, or paste picture.source into a viewer of DOT text."
            )
        done = subprocess.run(  # noqa: S603 - the program found, with fixed arguments
            [program, "-Tsvg"], input=self.source, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"render: dot must draw the graph, got {done.stderr.strip()!r}.")
        return done.stdout

    def save(self, path: str) -> None:
        """Write the picture: SVG for a path that ends in .svg, DOT text for any other."""
        text = self.svg() if str(path).endswith(".svg") else self.source
        Path(path).write_text(text, encoding="utf-8")

    def _repr_svg_(self) -> str | None:
        return self.svg() if shutil.which("dot") else None

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"<Picture: {len(self.edges)} edges; .source is DOT text>"


def render(
    model: Callable[..., Any],
    *args: Any,
    coords: Mapping[str, Sequence[Any]] | None = None,
    **kwargs: Any,
) -> Picture:
    """Draw the graph of a model.

    An arrow leads from each site to those whose law or value its value enters directly; observed
    sites are grey, deterministic values dashed boxes, plates boxes around their sites.

    Parameters
    ----------
    model : callable
    *args, **kwargs
        Its arguments; the data may be left out.
    coords : mapping of str to sequence, optional
        Labels along named axes, and the sizes of plates without one.

    Returns
    -------
    Picture
        `source` is DOT text; notebooks show the drawing if Graphviz is installed.

    Raises
    ------
    ad.errors.TraceError
        If the model cannot be traced.

    Examples
    --------
    >>> import ppl
    >>> def model(y=None):
    ...     mu = ppl.sample("mu", ppl.Normal(0, 1))
    ...     with ppl.plate("i", 3):
    ...         ppl.sample("y", ppl.Normal(mu, 1), obs=y)
    >>> ppl.render(model).edges
    [('mu', 'y')]
    """
    arguments = bind(model, args, kwargs)
    labels = required_coords("render", coords)
    record = trace()
    with np.errstate(all="ignore"), seed(rng=0), _Improper(), record, labelled(labels):
        model(*arguments.args, **arguments.kwargs)
    edges = _edges(model, arguments, labels, record)
    return Picture(_dot(name_of(model), record.sites, edges), edges)


class _Improper(Given):
    """Give latent sites of laws without draws some value."""

    redraws = False

    def __init__(self) -> None:
        super().__init__({}, {})

    def process(self, site: Site) -> None:
        """Give the site a value."""
        law = site.distribution
        if site.latent and law is not None and not law.discrete:
            transform = transform_of(site)
            site.value = transform.forward(np.zeros(transform.unconstrained_shape(site.shape))[()])


class _Marking(Given):
    """Run the model with every site's value marked by its name."""

    def __init__(self, values: Mapping[str, Any], record: trace, marks: Marks) -> None:
        super().__init__(values, record.sites, marks)
        self._subsets = record.subsets
        self.parents: dict[str, set[str]] = {}
        self._of = marks

    def process(self, site: Site) -> None:
        """Note what the site depends on, and mark its value."""
        if site.kind == "subset":
            site.value = self._subsets[site.name]
            return
        super().process(site)
        parents = set(self.branches[site.name])
        if isinstance(site.distribution, Distribution):
            parents |= self._of.of(_inputs(site.distribution))
        elif site.kind in ("deterministic", "factor"):
            parents |= self._of.of([(site.value, 0)])
            if ad.is_traced(site.value):
                site.value = ad.tag(site.value * 1.0, frozenset([site.name]))
        self.parents[site.name] = parents - {site.name}


def _inputs(law: Distribution) -> Iterator[tuple[Any, int]]:
    """Everything a law was made of."""
    for value in vars(law).values():
        if isinstance(value, Distribution):
            yield from _inputs(value)
        elif isinstance(value, list | tuple):
            for part in value:
                if isinstance(part, Distribution):
                    yield from _inputs(part)
                else:
                    yield part, 0
        elif ad.is_traced(value):
            yield value, 0
        elif hasattr(value, "__dict__"):
            yield from ((part, 0) for part in vars(value).values())


def _edges(
    model: Callable[..., Any],
    arguments: inspect.BoundArguments,
    labels: Mapping[str, Any],
    record: trace,
) -> list[tuple[str, str]]:
    names = [n for n, s in record.sites.items() if s.kind in ("sample", "param")]
    sites = record.sites
    start = [np.asarray(sites[name].value, dtype=np.float64).reshape(-1) for name in names]
    found: list[tuple[str, str]] = []
    marks = Marks(names)

    def traced(x: Any) -> Any:
        values, place = {}, 0
        for name in names:
            size = math.prod(sites[name].shape)
            part = x[place : place + size].reshape(sites[name].shape)
            values[name] = ad.tag(part * 1.0, frozenset([name]))
            place += size
        marking = _Marking(values, record, marks)
        with np.errstate(all="ignore"), only((marking,)), labelled(labels):
            model(*arguments.args, **arguments.kwargs)
        order = list(sites)
        for name, parents in marking.parents.items():
            found.extend((p, name) for p in sorted(parents, key=order.index))
        return 0.0 * np.sum(x)

    if names:
        with ad.tagging(marks.rule):
            ad.grad(traced)(np.concatenate([*start, np.zeros(1)]))
    return found


def _dot(model: str, sites: Mapping[str, Site], edges: Sequence[tuple[str, str]]) -> str:
    lines = [f"digraph {_quoted(model)} {{", _HEAD.rstrip("\n")]
    lines += _cluster((), sites.values())
    lines += [f"  {_quoted(a)} -> {_quoted(b)};" for a, b in edges]
    return "\n".join([*lines, "}"]) + "\n"


def _cluster(path: tuple[str, ...], sites: Any) -> list[str]:
    """Lines of the sites inside the plates `path`, and of the plates inside those."""
    sites, depth = list(sites), len(path)
    indent = "  " * (depth + 1)
    lines = [f"{indent}{_node(site)}" for site in sites if len(site.plates) == depth]
    inner: dict[str, Plate] = {}
    for site in sites:
        if len(site.plates) > depth:
            inner.setdefault(site.plates[depth].name, site.plates[depth])
    for name, plate in inner.items():
        inside = [s for s in sites if len(s.plates) > depth and s.plates[depth].name == name]
        size = f"{plate.size} of {plate.full_size}" if plate.size < plate.full_size else plate.size
        lines += [
            f"{indent}subgraph {_quoted('cluster_' + '/'.join((*path, name)))} {{",
            f"{indent}  label={_quoted(f'{name} ({size})  ')}; margin=10;",
            *_cluster((*path, name), inside),
            f"{indent}}}",
        ]
    return lines


def _node(site: Site) -> str:
    kind = site.kind
    if kind == "sample":
        style = _STYLES["observed" if site.observed or site.awaits_data else "latent"]
        label = f"{site.name}\n{type(site.distribution).__name__}"
    else:
        style, label = _STYLES[kind], site.name
    return f"{_quoted(site.name)} [label={_quoted(label)}, {style}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
