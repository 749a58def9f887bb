"""Programs found again by their graph: what a hit gives is what lowering would have given."""

import json
import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad
from ad import compiled, identity, jit
from ad.compiled import Paths
from ad.jit.package import state_of
from tests import posteriordb
from tests.ad import loop_programs, programs
from tests.ad.found_again import KINDS, Bomb, Hits, bits, changed, differences, found_again, twice

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted(p.stem for p in (ROOT / "models").glob("*.py") if not p.stem.startswith("_"))
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def hits(monkeypatch: pytest.MonkeyPatch) -> Hits:
    return Hits(monkeypatch)


@pytest.fixture(autouse=True)
def _not_by_its_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "tape_identity", lambda *_: None)


@pytest.mark.parametrize("name", MODELS)
def test_the_gallery(name: str, hits: Hits) -> None:
    posterior = posteriordb.posterior_of(name)
    first, second, hit = twice(lambda: posterior.with_data().compiled_paths, hits)
    assert hit
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


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_random_programs(seed: int, hits: Hits) -> None:
    found_again(programs.build(seed, 20), programs.point(seed), hits)
    data = loop_programs.data("random", 40, seed)
    found_again(loop_programs.build(seed, data), loop_programs.point(seed), hits)


def regression(rng: np.random.Generator) -> Callable[[Any], Any]:
    """A density with every layout of data: tiles, columns, positions, values."""
    rows = 90
    design, group = rng.normal(size=(rows, 9)), rng.integers(0, 6, rows)
    y, table = rng.integers(0, 2, rows), rng.normal(size=(rows, 4))

    def density(x: Any) -> Any:
        level = design @ x[:9] + x[5:11][group] + np.sum(np.sin(table * x[11]), axis=1)
        swapped = np.reshape(x[:6], (2, 3)).T + np.reshape(x[6:12], (3, 2))
        fit = np.sum(y * level - np.logaddexp(0.0, level))
        return fit - np.sum(x**2) + np.sum(np.exp(-np.square(swapped)))

    return density


def test_other_data_of_the_same_shapes(hits: Hits) -> None:
    x = np.linspace(-0.3, 0.4, 12)
    rngs = [np.random.default_rng(seed) for seed in range(4)]
    everything = [Paths(regression(rng), x, True) for rng in rngs]
    assert hits.lowered == 1
    layouts = {slot.layout for slot in everything[0].paths[0].code.slots}
    assert {"tiles", "positions", "values"} <= layouts
    assert len({bits(paths, x) for paths in everything}) == 4
    for paths in everything:
        assert not differences(paths.paths[0])


def test_guards_and_more_paths(hits: Hits) -> None:
    def three_ways(x: Any) -> Any:
        if x[0] > 0.3:
            return np.sum(np.square(x))
        return np.sum(x) if x[1] > 0 else -np.sum(x**3)

    for _ in range(2):
        density = ad.density(three_ways, 2, start=[1.0, 1.0])
        for x in ([0.5, 0.1], [0.1, 0.1], [-1.0, -1.0]):
            assert density.logdensity(x) == pytest.approx(float(three_ways(np.array(x))), rel=1e-15)
        assert len(density.compiled_paths.paths) == 3
        assert hits.lowered == 3
    assert not any(differences(path) for path in density.compiled_paths.paths)


# ---- the key -------------------------------------------------------------------------------------

Y, Z = np.linspace(0.1, 1.0, 12), np.linspace(0.2, 1.1, 12)
LOW, HIGH = np.arange(12) % 4, np.arange(12) // 3
WEIGHTS = np.linspace(-1.0, 2.0, 12)


def steps(table: Any) -> Callable[[Any], Any]:
    """A loop whose body has a table of positions."""

    def density(x: Any) -> Any:
        def step(state: Any, y: Any) -> Any:
            return state * 0.9 + np.sum((x + state)[table] * WEIGHTS) * y, state

        last, _ = ad.scan(step, x[0], Y)
        return last

    return density


PAIRS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "a number": (lambda x: np.sum(2.0 * np.sin(x)), lambda x: np.sum(2.5 * np.sin(x))),
    "the sign of a zero": (
        lambda x: np.sum(np.maximum(x, 0.0) / x),
        lambda x: np.sum(np.maximum(x, -0.0) / x),
    ),
    "an operation": (lambda x: np.sum(np.sin(x)), lambda x: np.sum(np.cos(x))),
    "the order of arguments": (
        lambda x: np.sum(np.sin(x[:2]) / np.exp(x[2:])),
        lambda x: np.sum(np.exp(x[2:]) / np.sin(x[:2])),
    ),
    "a slice": (lambda x: np.sum(np.exp(x[1:])), lambda x: np.sum(np.exp(x[:-1]))),
    "a parameter": (
        lambda x: np.sum(np.exp(np.cumsum(np.outer(x, x), axis=0))),
        lambda x: np.sum(np.exp(np.cumsum(np.outer(x, x), axis=1))),
    ),
    "one array or two": (
        lambda x: np.sum(np.sin(Y * x[0]) + np.cos(Y * x[1])),
        lambda x: np.sum(np.sin(Y * x[0]) + np.cos(Z * x[1])),
    ),
    "which array where": (
        lambda x: np.sum(np.sin(Y * x[0]) * np.cos(Z * x[1] + Y)),
        lambda x: np.sum(np.sin(Y * x[0]) * np.cos(Z * x[1] + Z)),
    ),
    "the size of data": (
        lambda x: np.sum(np.sin(Y * x[0])),
        lambda x: np.sum(np.sin(Y[:8] * x[0])),
    ),
    "a body": (steps(LOW), lambda x: steps(LOW)(x) * 2.0),
    "a table in a body": (steps(LOW), steps(HIGH)),
    "the branch taken": (
        lambda x: np.sum(x) if x[0] > 0 else x[0],
        lambda x: np.sum(x) if x[0] < 0 else np.sum(x) * 1.0,
    ),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_the_key_tells_apart(pair: str) -> None:
    x = np.array([0.4, 0.3, 0.9, -0.2])
    keys = []
    for function in (*PAIRS[pair], PAIRS[pair][0]):
        found = identity.identity(Paths(function, x, True).paths[0].program_graph.asked)
        assert found is not None
        keys.append(found.key)
    assert keys[0] == keys[2] != keys[1]


def test_the_key_knows_what_was_asked_for() -> None:
    def function(x: Any) -> Any:
        return np.sum(np.sin(np.outer(Y, x))) if x[0] > 0 else x[0]

    path = Paths(function, np.ones(3), True).paths[0]
    asked = path.program_graph.asked
    others = [
        asked._replace(strict=True),
        asked._replace(without=("two-dimensional",)),
        asked._replace(gradient=None),
        asked._replace(guards=[(node, not taken) for node, taken in asked.guards]),
        asked._replace(outputs=[*asked.outputs, *asked.outputs]),
    ]
    found = [identity.identity(each) for each in (asked, *others)]
    keys = [each.key for each in found if each is not None]
    assert len(set(keys)) == len(found) == 6


def test_the_key_knows_the_sources_and_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Paths(np.sum, np.ones(3), True).paths[0].program_graph.asked
    before = identity.identity(asked)
    monkeypatch.setattr(jit, "sources", lambda: "another state")
    other = identity.identity(asked)
    host = jit.host()
    monkeypatch.setattr(jit, "host", lambda: type(host)(host.triple, host.cpu, "+other"))
    third = identity.identity(asked)
    assert len({found.key for found in (before, other, third) if found is not None}) == 3
    monkeypatch.setattr(jit, "sources", lambda: None)
    assert identity.identity(asked) is None


def test_a_source_file_that_changes(tmp_path: Path) -> None:
    assert state_of(tmp_path) is None
    assert state_of(tmp_path / "archive.zip") is None
    file = tmp_path / "rules.py"
    file.write_text("A = 1\n")
    first = state_of(tmp_path)
    times = file.stat()
    file.write_text("A = 2\n")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # the same size, the same time
    assert state_of(tmp_path) != first


def test_files_changed_while_a_process_runs_are_not_what_it_compiles_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = jit.sources()
    assert before == state_of(Path(jit.__file__).parents[1])
    monkeypatch.setattr(os, "scandir", Bomb)  # they would be looked at again
    assert jit.sources() == before


def test_what_has_no_key(hits: Hits) -> None:
    row = ad.op.elementwise(
        "of_this_test", np.square, native=lambda b, x: b.op("fmul", x, x), partials=None
    )
    try:
        for _ in range(2):
            density = ad.density(lambda x: np.sum(x) + np.sum(row(x)), 3)
            assert density.logdensity([1.0, 2.0, 3.0]) == 20.0
            assert identity.identity(density.compiled_paths.paths[0].program_graph.asked) is None
        assert hits.lowered == 2
    finally:
        del ad.op.TABLE["of_this_test"]


@pytest.mark.parametrize("blind", ["numbers", "parameters", "arrays"])
def test_a_key_that_misses_something_is_noticed(
    blind: str, monkeypatch: pytest.MonkeyPatch, hits: Hits
) -> None:
    # The check of a hit against lowering must see what a wrong key would do.
    listing = identity.Listing
    usual = listing._more

    def more(self: Any, node: Any, places: Any, inside: bool) -> Any:
        found = usual(self, node, places, inside)
        if blind == "numbers" and node.op.name == "literal":
            return ()
        if blind == "parameters" and node.inputs:
            return found[:1]
        return () if blind == "arrays" and node.op.name == "data" else found

    monkeypatch.setattr(listing, "_more", more)
    pair = {"numbers": "a number", "parameters": "a slice", "arrays": "one array or two"}[blind]
    x = np.array([0.4, 0.3, 0.9, -0.2])
    one, other = (Paths(function, x, True) for function in PAIRS[pair])
    if blind != "arrays":  # there, the shape of the list of arrays gives it away
        assert hits.lowered == 1
    assert not differences(one.paths[0])
    assert differences(other.paths[0]) or blind == "arrays"


# ---- records -------------------------------------------------------------------------------------


def density(x: Any) -> Any:
    table = np.outer(x, x).T  # tables of positions, found from shapes
    return np.sum(np.sin(Y[LOW] * x[1])) + np.sum(np.exp(np.cumsum(table, axis=0)) * table)


def record(folder: Path) -> tuple[Path, bytes]:
    """The file of the density's record, and what is in it."""
    found = identity.identity(Paths(density, np.ones(3), True).paths[0].program_graph.asked)
    assert found is not None
    blob = jit.load(found.key)
    assert blob is not None
    return folder / found.key, blob


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "cut": lambda blob: blob[: len(blob) // 2],
    "longer": lambda blob: blob + bytes(8),
    "noise": lambda blob: bytes(255 - byte for byte in blob),
    "pickle": lambda _: pickle.dumps(Bomb()),
    "another form": lambda _: b'{"key": 1}\n',
    "deep": lambda _: b"[" * 100_000 + b"\n",
    "no key": changed(0, 7),
    "a path": changed(0, "../../etc/passwd"),
    "no such code": changed(0, "0" * 64),
    "a size below 0": changed(1, -1),
    "a size of another type": changed(1, 1e9),
    "an endless size": changed(1, 2**62),
    "a name": changed(3, ["system; rm"]),
    "slots that are none": changed(4, [1, 2]),
    "an array that is not there": changed(4, [["values", 10**6]]),
    "an array before the first": changed(4, [["values", -1]]),
    "a table that is not there": changed(4, [["positions", "<i8", [10**6]]]),
    "a layout": changed(4, [["values/0", 0]]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_records_are_no_records(damage: str, folder: Path, hits: Hits) -> None:
    file, blob = record(folder)
    x = np.array([0.2, 0.1, -0.3])
    right = bits(Paths(density, np.ones(3), True), x)
    before = hits.lowered
    jit.store(file.name, DAMAGE[damage](blob))  # with a right digest: a foreign hand
    again = Paths(density, np.ones(3), True)
    assert hits.lowered == before + 1
    assert bits(again, x) == right
    assert jit.load(file.name) == blob  # and the record is whole again


def test_a_record_without_its_code(folder: Path, hits: Hits) -> None:
    file, blob = record(folder)
    (folder / json.loads(blob.partition(b"\n")[0])[0]).unlink()
    before = hits.lowered
    Paths(density, np.ones(3), True)
    assert hits.lowered == before + 1
    Paths(density, np.ones(3), True)
    assert hits.lowered == before + 1
    assert jit.load(file.name) == blob


MAKER = """
    import numpy as np, ad
    x = np.linspace(-1.0, 1.0, 9)
    for power in range(2, 8):
        density = ad.density(lambda x: -np.sum(np.outer(x, x) ** power), 9)
        value, gradient = density.logdensity_and_gradient(x)
        print(value.hex(), gradient.tobytes().hex())
"""


def test_concurrent_processes(folder: Path) -> None:
    environment = {**os.environ, "WENGERT_CACHE": str(folder)}
    command = [sys.executable, "-c", textwrap.dedent(MAKER)]
    makers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
        for _ in range(3)
    ]
    said = {maker.communicate(timeout=100)[0] for maker in makers}
    last = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, env=environment
    )
    assert said == {last.stdout}
    assert len(last.stdout.splitlines()) == 6
