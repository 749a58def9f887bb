"""Programs found again by their tape: the graph is not even made, and nothing is mistaken."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import ad
from ad import jit, tape_identity
from ad.compiled import Path as TracedPath
from ad.compiled import Paths
from ad.errors import TraceError
from tests import posteriordb
from tests.ad import loop_models, loop_programs, programs
from tests.ad.found_again import KINDS, Bomb, Hits, bits, changed, differences, twice

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted(path.stem for path in (ROOT / "models").glob("[!_]*.py"))
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def hits(monkeypatch: pytest.MonkeyPatch) -> Hits:
    return Hits(monkeypatch)


def is_without_graph(path: TracedPath) -> bool:
    """Whether a path was found by its tape, and nobody asked for its graph yet."""
    return "program_graph" not in vars(path)


def found_again(function: Callable[[Any], Any], x: Any, hits: Hits) -> None:
    first, second, hit = twice(lambda: Paths(function, x, True), hits)
    assert hit
    assert is_without_graph(second.paths[0])
    assert bits(first, x) == bits(second, x)
    assert not differences(second.paths[0])


# ---- a hit is what compiling again would have given ----------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_the_gallery(name: str, hits: Hits) -> None:
    posterior = posteriordb.posterior_of(name)
    first, second, hit = twice(lambda: posterior.with_data().compiled_paths, hits)
    assert hit
    assert is_without_graph(second.paths[0])
    x = 0.1 * np.random.default_rng(1).normal(size=posterior.dimension)
    assert bits(first, x) == bits(second, x)
    assert not differences(second.paths[0])


@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed: int, hits: Hits) -> None:
    found_again(programs.build(seed, 14), programs.point(seed), hits)


@pytest.mark.parametrize("seed", range(6))
def test_random_loops(seed: int, hits: Hits) -> None:
    data = loop_programs.data("repeated" if seed % 2 else "random", 30, seed)
    found_again(loop_programs.build(seed, data), loop_programs.point(seed), hits)


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_kernels(kind: str, hits: Hits) -> None:
    found_again(KINDS[kind], np.array([0.3, 0.4, 0.5, 0.6]), hits)


def test_results_of_any_form(hits: Hits) -> None:
    def function(x: Any) -> Any:
        return {"a": x[0] > 0.0, "b": np.outer(x, x), "c": 2.0, "d": np.array([1, 2])}

    first, second, hit = twice(lambda: Paths(function, np.ones(2), False), hits)
    assert hit
    assert is_without_graph(second.paths[0])
    for paths in (first, second):
        path = paths.paths[0]
        assert [*zip(path.shapes, path.dtypes, strict=True)] == [
            (node.shape, node.dtype) for node in path.outputs
        ]


def test_guards_and_more_paths(hits: Hits) -> None:
    def three_ways(x: Any) -> Any:
        if x[0] > 0.3:
            return np.sum(np.square(x))
        return np.sum(x) if x[1] > 0 else -np.sum(x**3)

    for _ in range(2):
        density = ad.density(three_ways, 2, start=[1.0, 1.0])
        for x in ([0.5, 0.1], [0.1, 0.1], [-1.0, -1.0]):
            assert density.logdensity(x) == pytest.approx(float(three_ways(np.array(x))), rel=1e-15)
        assert hits.lowered == 3
    paths = density.compiled_paths.paths
    assert all(map(is_without_graph, paths))
    assert not any(differences(path) for path in paths)


# ---- the key -------------------------------------------------------------------------------------

Y, Z = np.linspace(0.1, 1.0, 12), np.linspace(0.2, 1.1, 12)
X = np.array([0.4, 0.3, 0.9, -0.2])
SQUARE = np.arange(16.0).reshape(4, 4)


def same(*others: Any) -> Callable[[Any], Any]:
    """A program of numbers of NumPy's, which may be one number or many."""
    return lambda x: sum(other * np.sin(x[0]) for other in others)


def scaled(scale: float) -> Callable[[Any], Any]:
    """A program whose tape does not tell its derivative."""
    function = ad.custom(lambda x: x * 1.0, pullback=lambda ct, _value, _x: ct * scale)
    return lambda x: np.sum(function(x))


PAIRS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "a number": (lambda x: np.sum(2.0 * np.sin(x)), lambda x: np.sum(2.5 * np.sin(x))),
    "a whole number and another": (lambda x: np.sum(x**2), lambda x: np.sum(x**2.0)),
    "the sign of a zero": (
        lambda x: np.sum(np.maximum(x, 0.0) / x),
        lambda x: np.sum(np.maximum(x, -0.0) / x),
    ),
    "a number of NumPy's": (
        lambda x: np.sum(np.sin(x) * np.float64(0.5)),
        lambda x: np.sum(np.sin(x) * np.float64(0.25)),
    ),
    "one number or two": (
        same(number := np.float64(0.5), number),
        same(np.float64(0.5), np.float64(0.5)),
    ),
    "an operation": (lambda x: np.sum(np.sin(x)), lambda x: np.sum(np.cos(x))),
    "the order of arguments": (
        lambda x: np.sum(np.sin(x[:2]) / np.exp(x[2:])),
        lambda x: np.sum(np.exp(x[2:]) / np.sin(x[:2])),
    ),
    "a position": (lambda x: np.exp(x[1]), lambda x: np.exp(x[2])),
    "a position that was looked up": (
        lambda x: np.exp(x[np.int64(1)]),
        lambda x: np.exp(x[np.int64(2)]),
    ),
    "a table": (lambda x: np.sum(x[np.array([0, 1])]), lambda x: np.sum(x[np.array([0, 2])])),
    "a parameter": (
        lambda x: np.sum(np.exp(np.cumsum(np.outer(x, x), axis=0))),
        lambda x: np.sum(np.exp(np.cumsum(np.outer(x, x), axis=1))),
    ),
    "one array or two": (
        lambda x: np.sum(np.sin(Y * x[0]) + np.cos(Y * x[1])),
        lambda x: np.sum(np.sin(Y * x[0]) + np.cos(Z * x[1])),
    ),
    "the size of data": (
        lambda x: np.sum(np.sin(Y * x[0])),
        lambda x: np.sum(np.sin(Y[:8] * x[0])),
    ),
    "one matrix or two": (
        lambda x: np.sum(np.sin(SQUARE @ x) + np.sin(SQUARE.T @ x)),
        lambda x: np.sum(np.sin(SQUARE @ x) + np.sin(SQUARE.T.copy() @ x)),
    ),
    "the branch taken": (
        lambda x: np.sum(x) if x[0] > 0 else x[0],
        lambda x: np.sum(x) if x[0] < 0 else np.sum(x) * 1.0,
    ),
    "a body": (
        lambda x: ad.scan(lambda s, y: (np.sin(s) * y, s), x[0], Y)[0],
        lambda x: ad.scan(lambda s, y: (np.sin(s) + y, s), x[0], Y)[0],
    ),
    "a loop": (
        lambda x: sum(np.sin(x[i % 4]) for i in range(40)),
        lambda x: sum(np.sin(x[i % 3]) for i in range(40)),
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_key_tells_apart(pair: str) -> None:
    keys = []
    for function in (*PAIRS[pair], PAIRS[pair][0]):
        found = Paths(function, X, True).paths[0]._identity
        assert found is not None
        keys.append(found.key)
    assert keys[0] == keys[2] != keys[1]


def test_the_key_does_not_depend_on_who_asks() -> None:
    def deeper(levels: int) -> Any:
        return Paths(PAIRS["a loop"][0], X, True).paths[0] if not levels else deeper(levels - 1)

    assert deeper(0)._identity.key == deeper(5)._identity.key


def test_the_key_knows_what_was_asked_for() -> None:
    def function(x: Any) -> Any:
        return np.sum(np.sin(np.outer(Y, x)))

    options: list[dict[str, Any]] = [{}, {"strict": True}, {"without": ("two-dimensional",)}]
    keys = [Paths(function, X, True, **each).paths[0]._identity for each in options]
    keys.append(Paths(function, X, False).paths[0]._identity)
    assert len({key.key for key in keys if key is not None}) == 4


def test_the_key_knows_the_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Paths(np.sum, X, True).paths[0]._identity
    monkeypatch.setattr(jit, "sources", lambda: "another state")
    after = Paths(np.sum, X, True).paths[0]._identity
    assert before is not None
    assert after is not None
    assert before.key != after.key
    monkeypatch.setattr(jit, "sources", lambda: None)
    assert Paths(np.sum, X, True).paths[0]._identity is None


def test_derivatives_of_the_users_own_have_no_key() -> None:
    for scale in (1.0, 3.0):
        paths = Paths(scaled(scale), X, True)
        assert paths.paths[0]._identity is None
        workspace = np.zeros(paths.native.workspace_bytes + 64, np.uint8)
        assert paths.evaluate(X, workspace)[2].tolist() == [scale] * 4


# ---- data ----------------------------------------------------------------------------------------


def direct(y: Any) -> Callable[[Any], Any]:
    """Code that reads the data themselves."""
    return lambda x: np.sum(np.sin(y * x[0] + x[1]))


def summed(y: Any) -> Callable[[Any], Any]:
    """Code that reads a sum of the data, found when they are bound."""
    return lambda x: np.sum(np.square(y - x[0])) * x[1]


def loop(y: Any) -> Callable[[Any], Any]:
    return loop_models.regression(loop_programs.data("random", 60)._replace(y=y))


@pytest.mark.parametrize("make", [direct, summed, loop])
def test_other_data_are_found_by_the_graph(
    make: Callable[[Any], Callable[[Any], Any]], hits: Hits
) -> None:
    rng = np.random.default_rng(3)
    data = [rng.normal(size=60) for _ in range(3)]
    x = loop_programs.point(0)
    everything = [Paths(make(y), x, True) for y in (*data, *data)]
    assert hits.lowered == 1
    assert [is_without_graph(paths.paths[0]) for paths in everything] == 3 * [False] + 3 * [True]
    assert len({bits(paths, x) for paths in everything[:3]}) == 3
    for one, again in zip(everything[:3], everything[3:], strict=True):
        assert bits(one, x) == bits(again, x)
        assert not differences(again.paths[0])


def test_data_that_change_in_place() -> None:
    y = Y.copy()
    first = Paths(summed(y), X, True)
    y[3] = 7.0
    second = Paths(summed(y), X, True)
    assert bits(first, X) != bits(second, X)
    assert not differences(second.paths[0])


def test_a_key_without_contents_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    # The comparison of a hit with lowering must see what a wrong key would do.
    def blind(text: bytes) -> Any:
        return SimpleNamespace(update=lambda _: None, digest=lambda: text)

    monkeypatch.setattr(tape_identity, "hashlib", SimpleNamespace(sha256=blind))
    Paths(summed(Y), X, True)
    again = Paths(summed(Z), X, True).paths[0]
    assert is_without_graph(again)
    assert differences(again)


def test_a_program_with_much_of_its_own_is_found_by_its_graph(
    monkeypatch: pytest.MonkeyPatch, hits: Hits
) -> None:
    monkeypatch.setattr("ad.records.MOST_KEPT", 4)
    _, second, hit = twice(lambda: Paths(summed(Y), X, True), hits)
    assert hit
    assert not is_without_graph(second.paths[0])


# ---- the graph of what was found -----------------------------------------------------------------


def test_the_graph_is_made_when_asked_for(hits: Hits) -> None:
    first, second, _ = twice(lambda: Paths(summed(Y), X, True), hits)
    assert is_without_graph(second.paths[0])
    assert second.paths[0].code.text == first.paths[0].code.text
    assert second.paths[0].gradient is not None


def test_a_function_that_does_something_else_later() -> None:
    power = 2.0

    def density(x: Any) -> Any:
        return np.sum(np.sin(x) ** power)

    Paths(density, X, True)
    path = Paths(density, X, True).paths[0]
    power = 3.0
    with pytest.raises(TraceError, match="the same whenever it is traced"):
        path.graph  # noqa: B018 - asking is what is tested


# ---- records -------------------------------------------------------------------------------------


def record(folder: Path) -> tuple[Path, bytes]:
    """The file of the record of `summed(Y)`, and what is in it."""
    found = Paths(summed(Y), X, True).paths[0]._identity
    assert found is not None
    blob = jit.load(found.key)
    assert blob is not None
    return folder / found.key, blob


def slots(blob: bytes) -> list[Any]:
    found: list[Any] = json.loads(blob.partition(b"\n")[0])[4]
    return found


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "cut": lambda blob: blob[:-1],
    "longer": lambda blob: blob + bytes(8),
    "noise": lambda blob: bytes(255 - byte for byte in blob),
    "pickle": lambda _: pickle.dumps(Bomb()),
    "another form": lambda _: b'{"key": 1}\n',
    "an array that is not there": lambda blob: changed(4, [["values", 99], *slots(blob)[1:]])(blob),
    "an array before the first": lambda blob: changed(4, [["values", -1], *slots(blob)[1:]])(blob),
    "content of no type": lambda blob: changed(4, [["values", "O", []], *slots(blob)[1:]])(blob),
    "content of another size": lambda blob: changed(4, [["values", "<f8", [3]], *slots(blob)[1:]])(
        blob
    ),
    "an endless size": changed(4, [["values", "<f8", [2**39, 2**39]]]),
    "a size below 0": lambda blob: changed(4, [["values", "<f8", [-1]], *slots(blob)])(blob),
    "a size of another type": changed(4, [["values", "<f8", 1.5]]),
    "too much of a place": changed(4, [["values", "<f8", [], 4]]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_records_are_no_records(damage: str, folder: Path) -> None:
    file, blob = record(folder)
    right = bits(Paths(summed(Y), X, True), X)
    assert any(len(slot) == 3 for slot in slots(blob))
    jit.store(file.name, DAMAGE[damage](blob))  # with a right digest: a foreign hand
    again = Paths(summed(Y), X, True)
    assert not is_without_graph(again.paths[0])
    assert bits(again, X) == right
    assert jit.load(file.name) == blob  # and the record is whole again
