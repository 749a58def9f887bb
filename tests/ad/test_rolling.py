"""Python loops rolled into vector operations and scans mean what they meant."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from ad import derive, rules
from ad.compiled import Paths, fresh_workspace
from ad.graph import Graph, Node, reachable
from ad.interpret import interpret
from ad.rolling import program, roll
from ad.rolling.sources import Sources
from ad.tape import Tape, recording
from ad.traced import Traced, row_of
from tests.ad import loop_models, loop_programs, loop_recurrences
from tests.ad.harness import assert_close
from tests.ad.loop_programs import data, point

Function = Callable[[Any], Any]
TOLERANCE = 1e-11


class Made(NamedTuple):
    """Graph of a function and its gradient."""

    x: Node
    outputs: list[Node]  # the value, the gradient, the branches

    def at(self, x: Any) -> list[Any]:
        return interpret(self.outputs, [self.x], [x])

    @property
    def operations(self) -> int:
        return len(reachable(self.outputs))

    @property
    def text(self) -> list[str]:
        return [repr(node) for node in reachable(self.outputs)]


def trace(function: Function, x: Any) -> tuple[Tape, list[Any]]:
    with recording() as tape:
        row = row_of(tape, function(Traced(tape, tape.input(x), x)))
    return tape, [row, *(guard.row for guard in tape.guards)]


def make(function: Function, x: Any, rolled: bool = True, strict: bool = False) -> Made:
    tape, wanted = trace(function, x)
    graph = Graph(rules.laws(strict=strict))
    leaf = graph.input(x.shape)
    if rolled:
        nodes = roll(tape, graph, wanted, [leaf], reassociate=not strict)
    else:
        nodes = tape.to_graph(graph, wanted, [leaf])
    (gradient,) = derive.pullback(nodes[:1], [graph.literal(1.0)], [leaf])
    return Made(leaf, [nodes[0], gradient, *nodes[1:]])


def assert_same(function: Function, seed: int = 0) -> tuple[Made, Made]:
    """Rolled and unrolled agree where the function was traced, and elsewhere."""
    x = point(seed)
    rolled, plain = make(function, x), make(function, x, rolled=False)
    for where in (x, point(seed + 1)):
        got, want = rolled.at(where), plain.at(where)
        scale = float(np.abs(want[1]).max())
        assert_close(got[0], want[0], TOLERANCE, 1e-13, "value")
        assert_close(got[1], want[1], TOLERANCE, TOLERANCE * scale, "gradient")
        assert [bool(answer) for answer in got[2:]] == [bool(answer) for answer in want[2:]]
    return rolled, plain


@pytest.mark.parametrize("model", loop_models.ALL, ids=lambda model: model.__name__)
@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9, 16, 17, 45])
def test_loops_mean_the_same(model: Callable[..., Function], length: int) -> None:
    assert_same(model(data("random", length)))


@pytest.mark.parametrize("model", loop_models.ROLLED, ids=lambda model: model.__name__)
def test_operations_do_not_grow(model: Callable[..., Function]) -> None:
    sizes = [make(model(data("random", length)), point(0)).operations for length in (120, 240)]
    # Up to what the ends of loops make; unrolled it would be one operation a row or more.
    assert abs(sizes[1] - sizes[0]) <= 20
    assert sizes[1] < 260


@pytest.mark.parametrize("model", loop_models.ROLLED, ids=lambda model: model.__name__)
def test_code_depends_on_shapes_alone(model: Callable[..., Function]) -> None:
    """Other data of the same shapes, be they zeros, give the same code."""

    def text(kind: str, seed: int = 0) -> str:
        given = data(kind, 40)._replace(picks=[0, 3] * 20)
        # But for the number of distinct rows, which is a size where repeated rows are counted.
        paths = Paths(model(given), point(seed), True, without=("count-repeats",))
        return paths.paths[0].code.text

    usual = text("random")
    assert usual == text("zeros") == text("ones", seed=1) == text("repeated")


NATIVE = (
    *(loop_models.radon, loop_recurrences.garch, loop_recurrences.hmm_lists, loop_models.stacked),
    *(loop_recurrences.panel, loop_recurrences.hmm_many_states, loop_recurrences.branch_with_carry),
)


@pytest.mark.parametrize(
    "model",
    NATIVE,
    ids=lambda model: model.__name__,
)
def test_native_code_agrees(model: Callable[..., Function]) -> None:
    function = model(data("random", 70))
    plain = make(function, point(0), rolled=False)
    paths = Paths(function, point(0), True)
    for seed in range(3):
        _, value, gradient = paths.evaluate(point(seed), fresh_workspace(paths.native))
        want = plain.at(point(seed))
        assert_close(value, want[0], TOLERANCE, what="value")
        floor = TOLERANCE * float(np.abs(want[1]).max())
        assert_close(gradient, want[1], TOLERANCE, floor, "gradient")


@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed: int) -> None:
    length = (5, 9, 17, 40)[seed % 4]
    kind = ("random", "zeros", "ones", "repeated")[seed % 3]
    assert_same(loop_programs.build(seed, data(kind, length, seed)), seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12, 400))
def test_many_random_programs(seed: int) -> None:
    for length in (1, 2, 8, 17, 33, 70):
        for kind in ("random", "zeros"):
            assert_same(loop_programs.build(seed, data(kind, length, seed)), seed)


# ---- what must stay as it is ---------------------------------------------------------------------


def vectorised(x: Any) -> Any:
    total = x[0]
    for _ in range(7):
        total = total + np.sum(np.sin(np.abs(x) + total)) * np.sum(x[2:] / (2.0 + x[1]))
        total = np.tanh(total) * x[1] + np.sum(np.exp(x) * np.cumsum(x))
    return total


def series(x: Any) -> Any:
    """A polynomial by Horner's rule: a recurrence, of few steps on long arrays."""
    total = 0.0 * x
    for k in range(12):
        total = 1.0 / (k + 1.0) + x * total
    positive = np.abs(x) + 0.1
    for function in (np.sin, np.cos, np.tanh, np.exp, np.sqrt, np.square, np.arctan, np.log1p):
        total = total + np.sum(function(positive)) * x
    return np.sum(total)


@pytest.mark.parametrize("function", [vectorised, series, lambda x: x[0]])
def test_what_does_not_repeat_is_left_alone(function: Function) -> None:
    assert make(function, point(0)).text == make(function, point(0), rolled=False).text


def test_short_tapes_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("looked at")

    monkeypatch.setattr(program, "_rolled", refuse)
    make(loop_models.regression(data("random", 3)), point(0))
    with pytest.raises(AssertionError, match="looked at"):
        make(loop_models.regression(data("random", 30)), point(0))


def test_strict_keeps_the_order_of_sums() -> None:
    function = loop_models.regression(data("random", 101))
    strict = make(function, point(0), strict=True)
    plain = make(function, point(0), rolled=False, strict=True)
    usual = make(function, point(0))
    assert strict.at(point(1))[0] == plain.at(point(1))[0]
    assert any(usual.at(point(i))[0] != plain.at(point(i))[0] for i in range(20))
    assert strict.operations < 60


@pytest.mark.parametrize(
    "model", [loop_models.regression, loop_models.radon, loop_recurrences.garch]
)
def test_a_wrong_roll_is_noticed(
    model: Callable[..., Function], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first instance given another constant: caught at the traced point."""
    function = model(data("random", 40))
    constants = Sources.constants

    def wrong_first(self: Sources, values: Any) -> tuple[Node, bool]:
        return constants(self, [values[-1], *values[1:]])

    monkeypatch.setattr(Sources, "constants", wrong_first)
    made, plain = make(function, point(0)), make(function, point(0), rolled=False)
    assert made.at(point(1))[0] == plain.at(point(1))[0]
    assert made.operations == plain.operations
    monkeypatch.setattr(program, "agrees", lambda *_: True)
    wrong = make(function, point(0))
    assert wrong.at(point(1))[0] != pytest.approx(plain.at(point(1))[0], rel=1e-6)


def test_branches_keep_their_order_and_answers() -> None:
    function = loop_models.branch_on_values(data("random", 50))
    tape, _ = trace(function, point(0))
    rolled, _ = assert_same(function)
    answers = [bool(answer) for answer in rolled.at(point(0))[2:]]
    assert answers == [guard.taken for guard in tape.guards]
    assert True in answers
    assert False in answers


def test_paths_of_a_branch_in_a_loop() -> None:
    function = loop_models.branch_on_values(data("random", 12))
    paths = Paths(function, point(0), True)
    for seed in range(3):
        x = point(seed)
        workspace = fresh_workspace(paths.native)
        status, value, _ = paths.evaluate(x, workspace)
        while status == 2:
            paths.missed(x, workspace)
            workspace = fresh_workspace(paths.native, workspace)
            status, value, _ = paths.evaluate(x, workspace)
        assert_close(value, function(x), 1e-13)


# ---- details -------------------------------------------------------------------------------------


def test_one_call_is_one_site() -> None:
    """Whatever the interpreter has made of an instruction meanwhile."""

    def function(x: Any) -> Any:
        kept = []
        for t in range(100):
            kept.append(np.exp(x[t % 12]))
            kept.append(-x[t % 3] * 2.0)
        return np.stack(kept)

    tape, _ = trace(function, point(0))
    sites = {row.site for row in tape.rows if row.op.name != "reshape"}
    assert len(sites) == 1 + 2 + 3 + 1  # input; index, exp; index, minus, times; stack


def test_two_calls_of_a_helper_are_two_sites() -> None:
    def function(x: Any) -> Any:
        return np.exp(loop_programs.helper(1.0, x[0], x[1])) + loop_programs.helper(2.0, x[0], 1.0)

    tape, _ = trace(function, point(0))
    sites = [row.site for row in tape.rows if row.op.name == "multiply"]
    assert len(sites) == len(set(sites)) == 4


def test_a_product_of_vectors_is_two_sites() -> None:
    """Both rows are of one instruction, and must not be taken for one step of a loop."""

    def function(x: Any) -> Any:
        return sum(np.dot(x, np.full(x.shape, float(t))) for t in range(100))

    tape, _ = trace(function, point(0))
    products, sums = (
        {row.site for row in tape.rows if row.op.name == name} for name in ("multiply", "sum")
    )
    assert len(products) == len(sums) == 1
    assert not products & sums


def test_one_number_used_often_is_one_number() -> None:
    scale, values = np.float64(2.0), np.arange(40.0)

    def function(x: Any) -> Any:
        return sum(np.sin(x[0] * values[i]) / (x[1] + scale) for i in range(40))

    made = make(function, point(0))
    shapes = {node.shape for node in reachable(made.outputs) if node.op.name == "data"}
    assert shapes == {(40,), ()}
