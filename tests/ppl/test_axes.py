"""Names of axes: what does not belong together raises, what does never raises."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import ad
import ppl
from models.__main__ import names as gallery
from ppl import axes

from .examples import SIGMA, Y, eight_schools

if TYPE_CHECKING:
    from collections.abc import Callable

N = 4  # of schools, of pupils, of everything: sizes tell nothing here
INDEX = np.array([3, 2, 1, 0])


def both() -> tuple[Any, Any]:
    """Values along two axes of one size."""
    with ppl.plate("school", N):
        a = ppl.sample("a", ppl.Normal(0, 1))
    with ppl.plate("pupil", N):
        b = ppl.sample("b", ppl.Normal(0, 1))
    return a, b


def added() -> None:
    a, b = both()
    ppl.factor("f", np.sum(a + b))


def in_the_wrong_plate() -> None:
    a, _ = both()
    with ppl.plate("pupil", N):
        ppl.sample("y", ppl.Normal(a, 1), obs=np.zeros(N))


def computed_in_the_wrong_plate() -> None:
    a, _ = both()
    with ppl.plate("pupil", N):
        ppl.sample("y", ppl.Normal(0, np.exp(2.0 * a) + 1.0), obs=np.zeros(N))


def wrong_axis_of_two() -> None:
    a, _ = both()
    with ppl.plate("school", N), ppl.plate("pupil", N):
        ppl.sample("y", ppl.Normal(a, 1), obs=np.zeros((N, N)))


def column_on_the_wrong_axis() -> None:
    _, b = both()
    with ppl.plate("school", N), ppl.plate("pupil", N):
        ppl.sample("y", ppl.Normal(b[:, None], 1), obs=np.zeros((N, N)))


def inner_product() -> None:
    a, b = both()
    ppl.factor("f", a @ b)


def einsum() -> None:
    a, b = both()
    ppl.factor("f", np.einsum("i,i->", a, b))


def after_a_sum() -> None:
    a, b = both()
    table = a[:, None] * b
    ppl.factor("f", np.sum(table.sum(axis=0) * a))


def after_a_transpose() -> None:
    a, b = both()
    table = a[:, None] * b
    ppl.factor("f", np.sum(table.T + table))


def selected() -> None:
    a, b = both()
    ppl.factor("f", np.sum(np.where(a > 0, a, b)))


def picked_by_a_plate() -> None:
    a, b = both()
    with ppl.plate("pupil", N) as i:
        ppl.factor("f", np.sum(a[i] + a))
    assert b is not None


def data_picked_by_a_plate(x: Any) -> None:
    a, _ = both()
    with ppl.plate("pupil", N) as i:
        ppl.factor("f", np.sum(x[i] * a))


def recorded() -> None:
    a, _ = both()
    with ppl.plate("pupil", N):
        ppl.deterministic("d", a * 2.0)


def named_dims() -> None:
    w = ppl.sample("w", ppl.Normal(np.zeros(N), 1), dims="feature")
    a, _ = both()
    ppl.factor("f", np.sum(w * a))


def ragged() -> None:
    with ppl.plate("school", N):
        a = ppl.sample("a", ppl.Normal(0, 1))
        with ppl.plate("pupil", segments=INDEX):
            ppl.sample("y", ppl.Normal(a, 1), obs=np.zeros(N))


MISTAKES: list[tuple[Callable[..., None], int, str]] = [
    (added, 2, "add: axes that are combined must be the same, got 'school' and 'pupil'"),
    (in_the_wrong_plate, 3,
     "Normal: loc must lie along 'pupil', got an axis 'school' (both of size 4), in site 'y'"),
    (computed_in_the_wrong_plate, 3, "Normal: scale must lie along 'pupil', got an axis 'school'"),
    (wrong_axis_of_two, 3, "Normal: loc must lie along 'pupil', got an axis 'school'"),
    (column_on_the_wrong_axis, 3, "Normal: loc must lie along 'school', got an axis 'pupil'"),
    (inner_product, 2, "'school' and 'pupil'"),
    (einsum, 2, "'school' and 'pupil'"),
    (after_a_sum, 3, "'pupil' and 'school'"),
    (after_a_transpose, 3, "'pupil' and 'school'"),
    (selected, 2, "where: axes that are combined must be the same"),
    (picked_by_a_plate, 3, "add: axes that are combined must be the same"),
    (data_picked_by_a_plate, 3, "multiply: axes that are combined must be the same"),
    (recorded, 3, "deterministic: the value must lie along 'pupil', got an axis 'school'"),
    (named_dims, 3, "'feature' and 'school'"),
    (ragged, 4, "Normal: loc must lie along 'pupil', got an axis 'school'"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "offset", "message"), MISTAKES)
def test_what_does_not_belong_together(
    model: Callable[..., None], offset: int, message: str
) -> None:
    with pytest.raises(ppl.ShapeError, match=re.escape(message)) as caught:
        ppl.Posterior(model, *([np.arange(4.0)] if model is data_picked_by_a_plate else []))
    line = inspect.getsourcelines(model)[1] + offset
    assert f"test_axes.py:{line}" in str(caught.value)
    assert "a[index]" in str(caught.value)


def right(x: Any) -> None:
    """Everything one may do with values along two axes."""
    a, b = both()
    table = a[:, None] + b
    with ppl.plate("school", N) as s:
        ppl.sample("y1", ppl.Normal(a + x, 1), obs=np.zeros(N))
        ppl.sample("y2", ppl.Normal(table.sum(axis=1) + x[s], np.exp(a)), obs=np.zeros(N))
        ppl.deterministic("d", a * 2 + table.T.mean(axis=0))
        with ppl.plate("pupil", N) as p:
            ppl.sample("y3", ppl.Normal(table, 1), obs=np.zeros((N, N)))
            ppl.sample("y4", ppl.Normal(b[p] + a[:, None], 1), obs=np.zeros((N, N)))
            ppl.sample("y5", ppl.Normal(np.outer(a, b), 1), obs=np.zeros((N, N)))
    with ppl.plate("pupil", N) as p:
        ppl.sample("y6", ppl.Normal(a[INDEX] + b, 1), obs=np.zeros(N))
        ppl.sample("y7", ppl.Normal(a[p] + b + table[2], 1), obs=np.zeros(N))
        ppl.sample("y8", ppl.Normal(table.T @ a, 1), obs=np.zeros(N))
    steps = a[1:] - a[:-1]
    ppl.factor("f", np.sum(steps * b[1:]))  # slices: the axis is not known any more
    ppl.factor("g", np.sum(np.concatenate([a, b]) ** 2) + np.sum(a[::-1] * b.reshape(2, 2).ravel()))
    ppl.factor("h", np.sum(np.cumsum(a) * a) + np.sum(np.diagonal(table) * b))
    ppl.sample("w", ppl.Normal(np.zeros(N), 1), dims="feature")
    ppl.sample("v", ppl.Normal(a, 1))  # outside plates an axis without a name takes any


def test_what_belongs_together_is_let_pass() -> None:
    assert np.isfinite(ppl.Posterior(right, np.arange(4.0)).logdensity(np.zeros(16)))


def test_one_element_fits_everything() -> None:
    def model() -> None:
        with ppl.plate("one", 1):
            a = ppl.sample("a", ppl.Normal(0, 1))
        with ppl.plate("pupil", N):
            ppl.sample("y", ppl.Normal(a, 1), obs=np.zeros(N))

    assert ppl.Posterior(model).dimension == 1


@pytest.mark.parametrize("name", gallery())
def test_no_false_alarm_in_the_gallery(name: str) -> None:
    posterior = importlib.import_module("tests.posteriordb").posterior_of(name)
    assert posterior.dimension > 0


def test_names_are_those_by_hand() -> None:
    seen: dict[str, Any] = {}

    def model() -> None:
        a, b = both()
        table = a[:, None] * np.exp(b)
        seen["table"] = axes.names_of(table)
        seen["turned"] = axes.names_of(table.T)
        seen["sum"] = axes.names_of(table.sum(axis=0))
        seen["kept"] = axes.names_of(table.sum(axis=1, keepdims=True))
        seen["row"] = axes.names_of(table[1])
        seen["column"] = axes.names_of(table[:, 1])
        seen["flat"] = axes.names_of(table.reshape(-1))
        seen["spread"] = axes.names_of(np.broadcast_to(b, (3, N)))
        seen["product"] = axes.names_of(table @ b)
        seen["part"] = axes.names_of(a[:2])
        seen["reversed"] = axes.names_of(a[::-1])
        seen["compared"] = axes.names_of(a > 0)
        seen["stacked"] = axes.names_of(np.stack([a, a]))

    ppl.Posterior(model)
    assert seen == {
        "table": ("school", "pupil"), "turned": ("pupil", "school"), "sum": ("pupil",),
        "kept": ("school", None), "row": ("pupil",), "column": ("school",), "flat": None,
        "spread": (None, "pupil"), "product": ("school",), "part": None, "reversed": None,
        "compared": ("school",), "stacked": None,
    }  # fmt: skip


def test_a_model_without_names_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    rule = axes.names_after

    def counting(op: Any, *rest: Any) -> Any:
        calls.append("" if op is None else op.name)
        return rule(op, *rest)

    monkeypatch.setattr(axes, "names_after", counting)

    def model() -> None:
        w = ppl.sample("w", ppl.Normal(np.zeros(3), 1))
        ppl.factor("f", -np.sum(w**2))

    ppl.Posterior(model)
    assert not calls
    ppl.Posterior(eight_schools, SIGMA, y=Y)
    assert calls


def test_the_marks_of_ad() -> None:
    with pytest.raises(ad.errors.TraceError, match="the value must be traced, got float"):
        ad.tag(1.0, "x")
    assert ad.tag_of(np.zeros(3)) is None
