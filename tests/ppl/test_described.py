"""Models as tables and as pictures."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import scipy.stats as st

import ppl
from ppl import handlers

from .examples import SIGMA, Y, eight_schools

if TYPE_CHECKING:
    from pathlib import Path


WRONG: Any = "a"


def test_the_table_says_what_each_site_is() -> None:
    table = ppl.describe(eight_schools, SIGMA, y=Y)
    assert [row.name for row in table.rows] == ["mu", "tau", "theta", "y", "shrinkage"]
    theta, tau = table["theta"], table["tau"]
    assert (theta.kind, theta.shape, theta.dims) == ("latent", (8,), ("school",))
    assert (tau.law, tau.transform) == ("HalfCauchy", "Exp")
    assert table["y"].kind == "observed"
    assert table["shrinkage"].kind == "deterministic"
    assert table["y"].log_density == pytest.approx(st.norm(0, SIGMA).logpdf(Y).sum())
    parts = st.norm(0, 5).logpdf(0) + st.halfcauchy(0, 5).logpdf(1) + 8 * st.norm(0, 1).logpdf(0)
    assert table.log_density == pytest.approx(parts + st.norm(0, SIGMA).logpdf(Y).sum())
    assert "school" in str(table)
    assert ppl.describe(eight_schools, SIGMA)["y"].kind == "drawn"


def test_the_table_at_a_point_names_the_site_that_is_to_blame() -> None:
    table = ppl.describe(eight_schools, SIGMA, y=Y, at={"tau": 0.0})
    assert "in site 'theta' (tests/ppl/examples.py:" in table["theta"].verdict
    assert "Normal: scale must be positive, got 0.0" in str(table)
    assert not table["y"].verdict

    def model(y: Any) -> None:
        top = ppl.sample("top", ppl.HalfNormal(1))
        with ppl.plate("i", 3):
            ppl.sample("y", ppl.Uniform(0, top), obs=y)

    table = ppl.describe(model, [0.5, 0.7, 1.5])
    assert table.log_density == -np.inf
    assert "got 1.5 at index (2,)" in table["y"].verdict


def test_other_kinds_of_sites() -> None:
    def model() -> None:
        a = ppl.param("a", 2.0, ppl.constraints.positive)
        with ppl.plate("i", 3):
            ppl.sample("y", ppl.Normal(a, 1), obs=ppl.impute([1.0, np.nan, 2.0]))
        ppl.sample("k", ppl.Poisson(3.0))
        ppl.factor("f", -a)

    table = ppl.describe(model)
    kinds = {row.name: row.kind for row in table.rows}
    assert kinds == {
        "a": "learnable", "y_missing": "latent", "y": "observed, 1 missing", "k": "latent",
        "f": "factor",
    }  # fmt: skip
    assert table["f"].log_density == -2.0


def nested(y: Any = None) -> None:
    mu = ppl.sample("mu", ppl.Normal(0, 1))
    tau = ppl.sample("tau", ppl.HalfNormal(1))
    with ppl.plate("school", 2):
        theta = ppl.sample("theta", ppl.Normal(mu, 1))
        high = ppl.deterministic("high", theta + 1)
        with ppl.plate("pupil", 3):
            ppl.sample("y", ppl.Normal(high[:, None], tau), obs=y)
    ppl.factor("f", -(theta**2))


def test_arrows_are_direct_dependences() -> None:
    picture = ppl.render(nested)
    assert set(picture.edges) == {
        ("mu", "theta"), ("theta", "high"), ("high", "y"), ("tau", "y"), ("theta", "f"),
    }  # fmt: skip
    assert picture.source.count("subgraph") == 2
    assert re.search(r'cluster_school" \{\s+label="school \(2\) +"', picture.source)
    assert 'cluster_school/pupil"' in picture.source
    assert re.search(r'"y" \[label="y\\nNormal".*gray85', picture.source)
    assert ppl.render(eight_schools, SIGMA, y=Y).edges == [
        ("mu", "theta"), ("tau", "theta"), ("theta", "y"), ("tau", "shrinkage"),
    ]  # fmt: skip


def test_branches_and_rewritten_sites_have_arrows() -> None:
    def model() -> None:
        z = ppl.sample("z", ppl.Normal(0, 1))
        ppl.sample("w", ppl.Normal(0, 1))
        ppl.sample("y", ppl.Normal(1.0 if z > 0 else -1.0, 1))

    assert ("z", "y") in ppl.render(model).edges
    written = handlers.reparam(eight_schools, config="auto")
    edges = ppl.render(written, SIGMA).edges
    assert ("theta_decentered", "theta") in edges
    assert ("theta", "y") in edges
    assert ("tau", "y") not in edges


def test_names_are_quoted() -> None:
    def model() -> None:
        ppl.sample('a "quoted" one\\', ppl.Normal(0, 1))

    assert r'"a \"quoted\" one\\" [label=' in ppl.render(model).source


def test_the_picture_is_drawn_where_graphviz_is(tmp_path: Path) -> None:
    picture = ppl.render(nested)
    picture.save(str(tmp_path / "model.dot"))
    assert (tmp_path / "model.dot").read_text() == picture.source == str(picture)
    if shutil.which("dot"):
        assert "<svg" in picture.svg()
    else:
        assert picture._repr_svg_() is None
        with pytest.raises(RuntimeError, match="Install Graphviz"):
            picture.save(str(tmp_path / "model.svg"))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ppl.describe(WRONG), TypeError, "the model must be a function, got 'a'"),
        (lambda: ppl.render(nested, 1, 2), TypeError, "the arguments must fit"),
        (lambda: ppl.describe(nested, at=WRONG), TypeError, "data must be a mapping"),
        (lambda: ppl.describe(nested, at={"nu": 1.0}), KeyError, "got 'nu'"),
        (lambda: ppl.describe(nested, at={"mu": [1.0, 2.0]}), ValueError, "the site's shape ()"),
        (lambda: ppl.describe(nested)["nu"], KeyError, "name must be one of mu, tau"),
        (lambda: ppl.render(nested, coords=WRONG), TypeError, "coords must be a mapping"),
    ],
)
def test_mistakes(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        call()
