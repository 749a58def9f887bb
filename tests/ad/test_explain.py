"""`ad.explain`: the survey's own table, counts by hand, and compiled code."""

import math
from typing import Any

import numpy as np
import pytest

import ad
from ad.compiled import Paths
from ad.errors import ShapeError, TraceError
from ad.explaining.latency import critical_path
from ad.graph import reachable


def example(x1: Any, x2: Any) -> Any:
    """The running example of Baydin, Pearlmutter, Radul and Siskind (2018)."""
    return np.log(x1) + x1 * x2 - np.sin(x2)


def test_the_trace_is_the_surveys_table() -> None:
    """Tables 2 and 3: values v1 to v5, tangents along x1, adjoints."""
    found = ad.explain(example, 2.0, 5.0, tangents=(1.0, 0.0))
    rows = {line.expression: line for line in found.trace}
    assert [line.expression for line in found.trace] == [
        *("argument", "argument", "log(x0)", "x0 * x1", "v1 + v2", "sin(x1)", "v3 - v4")
    ]
    values = [float(line.value) for line in found.trace]
    first, last = math.log(2.0), math.log(2.0) + 10.0
    assert values == pytest.approx(
        [2.0, 5.0, first, 10.0, last, math.sin(5.0), last - math.sin(5.0)], rel=1e-15
    )
    assert [float(line.tangent) for line in found.trace] == [1.0, 0.0, 0.5, 5.0, 5.5, 0.0, 5.5]
    assert [float(line.adjoint) for line in found.trace[2:]] == [1.0, 1.0, 1.0, -1.0, 1.0]
    assert float(found.trace[0].adjoint) == 5.5
    assert float(found.trace[1].adjoint) == pytest.approx(2.0 - math.cos(5.0), rel=1e-15)
    assert rows["sin(x1)"].name == "v4"
    assert "log(x0)" in str(found)


def test_operations_are_counted_by_hand() -> None:
    """A x has 2 m n operations, its sum of squares 2 m; backwards A' r has as many again."""
    matrix = np.arange(12.0).reshape(4, 3)
    found = ad.explain(lambda x: np.sum(np.square(matrix @ x)), np.ones(3))
    assert found.primal == 24 + 4 + 4
    assert found.gradient == found.primal + 4 + 24  # 2 r (times ones, which is nothing), A' of it


@pytest.mark.parametrize("n", [10, 1000])
def test_operations_of_a_scan_are_those_of_its_steps(n: int) -> None:
    function = lambda x: ad.scan(lambda c, _: (np.sin(c * x), None), x, length=n)[0]  # noqa: E731 - short
    assert ad.explain(function, 0.5).primal == 2 * n


@pytest.mark.parametrize("n", [20, 300])
def test_compiled_scans_show_what_is_in_their_steps(n: int) -> None:
    """A step has one tanh, one product and one sum: 3 n operations, n of them functions."""
    weights = np.linspace(0.5, 1.0, n)

    def function(x: Any) -> Any:
        return ad.scan(lambda c, w: (np.tanh(c * x[0] + w), None), x[1], weights)[0]

    found = ad.explain(ad.density(function, 2))
    scan = next(part for part in found.loops if "scan of" in part.what)  # the gradient's is behind
    assert "tanh" in scan.what
    assert found.limits is not None
    assert (scan.arithmetic, scan.transcendental) == (2 * n, n)
    assert scan.serial
    assert scan.limit(found.limits) >= n * found.limits.transcendental


CHAINS: dict[str, tuple[Any, int, float]] = {
    # A step, the number of carried values, and the cycles of the chain through them, by hand:
    # 3 for a sum or a product, 4 for both as one, 10 for a quotient, 13 for a root, 30 for exp.
    "a sum": (lambda c, y: (c + y, c), 1, 3),
    "a product and a sum, fused": (lambda c, y: (c * 0.5 + y, c), 1, 4),
    "what is beside the chain": (lambda c, y: (c * 0.5 + np.exp(np.sqrt(y)) / y, c), 1, 4),
    "garch": (lambda c, y: (np.sqrt(0.1 + 0.2 * y + 0.3 * (c * c)), c), 1, 3 + 4 + 13),
    "a function": (lambda c, y: (np.exp(c * y), c), 1, 33),
    "nothing": (lambda c, y: (y * 2.0, c), 1, 0),
    "two values apart": (lambda c, y: ((c[0] * y, c[1] / y), c[0]), 2, 10),
    "two values in turn": (lambda c, y: ((c[1] * y, c[0] / y), c[0]), 2, (3 + 10) / 2),
    "a lag of two": (lambda c, y: ((c[1] / y + y, c[0]), c[0]), 2, (10 + 3) / 2),
    "a circle of two and one of one": (
        lambda c, y: ((c[1] / y + c[0] * 0.5, c[0]), c[0]),
        2,
        (10 + 3) / 2,
    ),
}


@pytest.mark.parametrize("kind", CHAINS)
def test_the_chain_from_step_to_step(kind: str) -> None:
    step, count, cycles = CHAINS[kind]

    def function(x: Any) -> Any:
        start = x[0] if count == 1 else (x[0], x[1])
        return np.sum(ad.scan(step, start, np.linspace(0.5, 1.0, 7))[1])

    path = Paths(function, np.array([0.5, 0.4]), with_gradient=False, strict=True).paths[0]
    scans = [node for node in reachable(path.outputs) if node.op.name == "scan"]
    assert sum(map(critical_path, scans)) == pytest.approx(7 * cycles)


def test_a_scan_is_held_up_by_its_chain() -> None:
    data = np.linspace(0.5, 1.0, 2000)

    def function(x: Any) -> Any:
        return ad.scan(lambda c, y: (np.sqrt(x[0] + y / c), None), x[1], data)[0]

    found = ad.explain(ad.density(function, 2, start=[1.0, 1.0]), [1.0, 1.0])
    scan = max(found.loops, key=lambda part: part.cycles)
    assert scan.cycles == 2000 * (10 + 3 + 13)
    assert found.limits is not None
    assert scan.limit(found.limits) == scan.waiting(found.limits)
    assert "Steps that wait for the step before" in str(found)


def test_compiled_code_shows_its_loops() -> None:
    column = np.linspace(0.0, 1.0, 5000)
    density = ad.density(lambda x: -np.sum(np.exp(x[0] * column) + column * x[1]), 2, strict=True)
    found = ad.explain(density)
    loop = max(found.loops, key=lambda part: part.size)
    assert loop.size == 5000
    assert loop.transcendental == 5000  # exp once, for value and gradient
    assert loop.bytes == 8 * 5000  # the column is read once
    assert found.data_bytes >= loop.bytes
    assert found.measured > 0.0
    assert found.limit > 0.0
    text = str(found)
    assert "5,000" in text
    assert "the machine's limit" in text


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ad.explain(example), TraceError, "must be given the point"),
        (lambda: ad.explain("text"), TraceError, "must be a function or a compiled density"),
        (lambda: ad.explain(np.sin, 1.0, tangents=(np.ones(2),)), ShapeError, "tangents must have"),
        (
            lambda: ad.explain(ad.density(np.sum, 3), np.ones(2)),
            ShapeError,
            r"the point must have shape \(3,\), got \(2,\)",
        ),
    ],
)
def test_mistakes_are_named(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
