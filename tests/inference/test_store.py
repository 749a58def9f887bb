"""Runs on disk: what is in a store, what kills and damage do, and going on."""

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inference
from inference import workers
from inference.storage import about, commits, files, groups, store
from inference.storage.commits import Commit
from tests.inference import densities, stored_run
from tests.inference.test_fit import Schools

ROOT = Path(__file__).parents[2]
SHORT: dict[str, Any] = {"draws": 90, "warmup": 50, "chains": 2, "seed": 3, "progress": False}


@pytest.fixture(autouse=True)
def _unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for the disk: what the end of a process leaves does not depend on it."""
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, so that a short run has many."""
    monkeypatch.setattr(groups, "MOST_ROWS", 40)


def schools() -> Schools:
    machine = densities.diagonal([0.0, 1.0, -1.0], [0.5, 1.0, 2.0])
    return Schools(machine.dimension, machine.native)


def same(one: inference.Fit, other: inference.Fit) -> None:
    assert (one.chains, one.draws) == (other.chains, other.draws)
    for name in other:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    np.testing.assert_array_equal(one.unconstrained, other.unconstrained)
    for mine, theirs in (
        (one.sample_stats, other.sample_stats),
        (one.warmup_stats, other.warmup_stats),
        (one.adaptation, other.adaptation),
    ):
        assert set(mine) == set(theirs)
        for name, values in theirs.items():
            np.testing.assert_array_equal(mine[name], values, err_msg=name)
            assert mine[name].dtype == values.dtype


# ---- what is in a store ----------------------------------------------------------------------


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", stored_run.RUNS)
def test_a_store_has_the_bits_of_a_run_in_memory(name: str, tmp_path: Path) -> None:
    options = dict(stored_run.RUNS[name])
    sampler = getattr(inference, options.pop("sampler"))
    density = stored_run.density()
    stored = sampler(density, store=tmp_path / "run", **options, **SHORT)
    kept = sampler(density, **options, **SHORT)
    same(stored, kept)
    same(inference.load(tmp_path / "run"), kept)
    assert stored.warnings() == kept.warnings()


@pytest.mark.usefixtures("small")
def test_a_store_is_arviz_data(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("zarr", reason="readers need it; the sampler does not")
    fit = inference.nuts(schools(), store=tmp_path / "run", **SHORT)
    with xarray.open_datatree(tmp_path / "run", engine="zarr") as tree:
        assert set(tree.children) == {
            "posterior", "unconstrained_posterior", "sample_stats", "warmup_sample_stats",
            "observed_data", "constant_data",
        }  # fmt: skip
        assert tree.attrs["seed"] == 3
        assert tree.attrs["inference_library"] == "wengert"
        posterior = tree["posterior"]
        assert posterior["effect"].dims == ("chain", "draw", "school")
        assert posterior["school"].values.tolist() == ["Choate", "Deerfield"]
        for name in fit:
            np.testing.assert_array_equal(posterior[name].values, fit[name])
        for name, values in fit.sample_stats.items():
            np.testing.assert_array_equal(tree["sample_stats"][name].values, values)
            assert tree["sample_stats"][name].dtype == values.dtype
        for name, values in fit.warmup_stats.items():
            np.testing.assert_array_equal(tree["warmup_sample_stats"][name].values, values)
        np.testing.assert_array_equal(
            tree["unconstrained_posterior"]["x"].values, fit.unconstrained
        )
        np.testing.assert_array_equal(posterior["draw"].values, np.arange(90))
        np.testing.assert_array_equal(tree["observed_data"]["y"].values, [28.0, 8.0])


def test_a_loaded_store_knows_what_its_density_said(tmp_path: Path) -> None:
    fit = inference.nuts(schools(), store=tmp_path / "run", **SHORT)
    np.testing.assert_array_equal(fit.log_likelihood["y"].shape, (2, 90, 2))
    again = inference.load(tmp_path / "run")
    about = again.description
    assert about.coords == {"school": ["Choate", "Deerfield"]}
    assert about.dims == {"effect": ("school",), "y": ("school",)}
    assert about.deterministics == {"scale"}
    np.testing.assert_array_equal(about.observed["y"], [28.0, 8.0])
    np.testing.assert_array_equal(about.constant_data["sigma"], [15.0, 10.0])
    assert list(again) == list(fit)
    assert str(again.summary()) == str(fit.summary())
    assert again.to_arviz()["posterior"]["effect"].dims == ("chain", "draw", "school")
    again.save(tmp_path / "file")
    np.testing.assert_array_equal(inference.load(tmp_path / "file")["effect"], fit["effect"])


@pytest.mark.usefixtures("small")
def test_a_store_can_be_looked_at_while_it_is_written(tmp_path: Path) -> None:
    path, seen = tmp_path / "run", list[int]()

    def look(state: inference.Progress) -> None:
        if min(chain.stored or 0 for chain in state.chains) > 0:
            seen.append(inference.load(path).draws)
            assert seen[-1] >= min(chain.stored or 0 for chain in state.chains)

    def waiting(x: Any) -> tuple[float, Any]:
        time.sleep(0.005 if len(seen) < 2 else 0.0)  # a busy machine does not look often
        return float(-0.5 * x @ x), -x

    density = inference.PythonDensity(waiting, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "COMMIT_SECONDS", 0.01)
        inference.nuts(density, store=path, callback=look, **SHORT)
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] == 90


def slow(x: Any) -> tuple[float, Any]:
    time.sleep(0.0002)
    return float(-0.5 * x @ x), -x


def test_memory_does_not_grow_with_draws(tmp_path: Path) -> None:
    # Of a run in memory, draws alone would be 60 MB.
    code = (
        "import sys, resource, inference\n"
        "from tests.inference import densities\n"
        "draws = int(sys.argv[2])\n"
        "inference.nuts(densities.standard(250), draws=draws, warmup=50, chains=2, seed=1,\n"
        "               store=sys.argv[1], progress=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )

    def most(draws: int) -> int:
        path = tmp_path / str(draws)
        made = subprocess.run(
            [sys.executable, "-c", code, str(path), str(draws)],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return int(made.stdout) * 1024

    few, many = most(3000), most(15000)
    assert many - few < 12_000_000


# ---- kills -----------------------------------------------------------------------------------


def contents(path: Path) -> dict[str, bytes]:
    """Every file but those that say when the run was made, and by what commits."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file()
        and file.parts[len(path.parts)] not in {commits.FOLDER, ".zattrs", ".zmetadata"}
        and file.suffix != ".part"
    }


def states(path: Path) -> list[Commit]:
    return [Commit.read(path, place) for place in range(3)]


def kill_until_done(path: Path, name: str, rng: np.random.Generator, kills: int) -> int:
    """Run the program until it ends by itself, killing it at random times, at most `kills`."""
    done = 0
    while True:
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.inference.stored_run", str(path), name],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert program.stdout is not None
        timer = threading.Timer(rng.exponential(0.15), program.kill)
        with program:
            program.stdout.readline()  # it is about to begin
            if done < kills:
                timer.start()
            reported = [json.loads(line) for line in program.stdout if line.endswith("\n")]
        timer.cancel()
        code = program.wait()
        if code == 0:
            return done
        assert code == -9
        done += 1
        if path.exists() and reported:
            kept = states(path)
            for (stored, _), commit in zip(reported[-1], kept, strict=True):
                assert commit.transitions - 400 >= (stored or -400)


def check_kills(path: Path, name: str, rng: np.random.Generator, kills: int) -> int:
    whole = path / "whole"
    stored_run.run(whole, name, seconds=60.0)
    killed = path / "killed"
    count = kill_until_done(killed, name, rng, kills)
    assert contents(killed) == contents(whole)
    for one, other in zip(states(killed), states(whole), strict=True):
        assert one.transitions == other.transitions
        assert set(one.state) == set(other.state)
        for part, values in other.state.items():
            np.testing.assert_array_equal(one.state[part], values, err_msg=part)
    return count


@pytest.fixture
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring back what `stored_run` sets."""
    for module, name in (
        (groups, "MOST_ROWS"), (store, "COMMIT_SECONDS"), (workers, "POLL_SECONDS"),
        (workers, "BATCH_SECONDS"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, getattr(module, name))


@pytest.mark.usefixtures("_as_it_was")
def test_a_killed_run_ends_as_one_that_was_not(tmp_path: Path) -> None:
    rng, kills = np.random.default_rng(), 0
    for turn in range(20):  # a run may end before it is killed, on a fast machine
        folder = tmp_path / str(turn)
        folder.mkdir()
        kills += check_kills(folder, "dense", rng, 4)
        if kills:
            break
    assert kills > 0


@pytest.mark.slow
@pytest.mark.usefixtures("_as_it_was")
def test_a_hundred_kills(tmp_path: Path) -> None:
    rng, kills = np.random.default_rng(), 0
    for turn, name in enumerate(itertools.cycle(stored_run.RUNS)):
        folder = tmp_path / str(turn)
        folder.mkdir()
        kills += check_kills(folder, name, rng, 100 - kills)
        if kills >= 100:
            break


@pytest.mark.usefixtures("_as_it_was")
def test_a_store_is_whole_at_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the run at the k-th write of a file, before or after it, for many k."""

    class StopError(BaseException):
        """Not an Exception: nothing may be done about it."""

    whole = tmp_path / "whole"
    stored_run.run(whole, "stan", rows=256, seconds=60.0)
    write, count, last = files.write, itertools.count(), 0

    def failing(at: int, *, before: bool) -> Callable[..., None]:
        def call(path: Path, *parts: bytes, sync: bool = True) -> None:
            turn = next(count)
            if turn > at or (before and turn == at):
                raise StopError
            write(path, *parts, sync=sync)
            if turn == at:
                raise StopError

        return call

    for attempt in range(12):
        count, at = itertools.count(), last + 7 * attempt
        path = tmp_path / f"run-{attempt}"
        monkeypatch.setattr(files, "write", failing(at, before=attempt % 2 == 0))
        with contextlib.suppress(StopError):
            stored_run.run(path, "stan", rows=256, seconds=0.02)
        monkeypatch.setattr(files, "write", write)
        stored_run.run(path, "stan", rows=256, seconds=60.0)
        assert contents(path) == contents(whole)


# ---- going on --------------------------------------------------------------------------------


@pytest.mark.usefixtures("small")
def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    seconds = [0.005]  # a gradient, so that a busy machine cannot finish between two looks

    def stop(state: inference.Progress) -> None:
        if min(chain.drawn for chain in state.chains) > 20:
            seconds[0] = 0.0
            raise KeyboardInterrupt

    def waiting(x: Any) -> tuple[float, Any]:
        time.sleep(seconds[0])
        return float(-0.5 * x @ x), -x

    density, path = inference.PythonDensity(waiting, 2), tmp_path / "run"
    part = inference.nuts(density, store=path, callback=stop, **SHORT)
    assert part.attributes["interrupted"]
    assert 20 < part.draws < 90
    assert "The run was interrupted" in part.warnings()[0]
    loaded = inference.load(path)
    assert loaded.draws == part.draws
    assert loaded.attributes["interrupted"]
    whole = inference.nuts(density, **SHORT)
    np.testing.assert_array_equal(part["x"], whole["x"][:, : part.draws])
    done = inference.resume(path, density, progress=False)
    same(done, whole)
    assert not done.attributes["interrupted"]
    same(inference.resume(path, density, progress=False), whole)  # nothing is left to do


def test_an_interruption_of_the_last_look_loses_nothing() -> None:
    def stop(state: inference.Progress) -> None:
        if all(chain.drawn == SHORT["draws"] for chain in state.chains):
            raise KeyboardInterrupt

    density = inference.PythonDensity(lambda x: (float(-0.5 * x @ x), -x), 2)
    done = inference.nuts(density, callback=stop, **SHORT)
    assert done.draws == SHORT["draws"]
    same(done, inference.nuts(density, **SHORT))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("calls", [60, 300, 700])
def test_a_run_goes_on_after_an_error(
    calls: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "COMMIT_SECONDS", 0.001)
    left = itertools.count(calls, -1)

    def failing(x: Any) -> tuple[float, Any]:
        if next(left) <= 0:
            raise ZeroDivisionError
        return float(-0.5 * x @ x), -x

    with pytest.raises(ZeroDivisionError):
        inference.nuts(inference.PythonDensity(failing, 2), store=tmp_path / "run", **SHORT)
    sound = inference.PythonDensity(lambda x: (float(-0.5 * x @ x), -x), 2)
    done = inference.resume(tmp_path / "run", sound, progress=False)
    same(done, inference.nuts(sound, **SHORT))


@pytest.mark.usefixtures("small")
def test_a_run_goes_on_after_the_disk_was_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = files.write, itertools.count(150, -1)

    def full(path: Path, *parts: bytes, sync: bool = True) -> None:
        if next(left) <= 0:
            raise OSError(28, "No space left on device")
        write(path, *parts, sync=sync)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", full)
        with pytest.raises(OSError, match="No space left"):
            inference.nuts(schools(), store=tmp_path / "run", **SHORT)
    done = inference.resume(tmp_path / "run", schools(), progress=False)
    same(done, inference.nuts(schools(), **SHORT))


def test_interrupted_before_the_first_draw(tmp_path: Path) -> None:
    def stop(_: inference.Progress) -> None:
        raise KeyboardInterrupt

    density = inference.PythonDensity(slow, 2)
    options = {**SHORT, "warmup": 500}
    with pytest.raises(inference.NoDrawsError, match=r"Go on with inference\.resume"):
        inference.nuts(density, store=tmp_path / "run", callback=stop, **options)
    with pytest.raises(inference.InferenceValueError, match="must have draws"):
        inference.load(tmp_path / "run")
    same(inference.resume(tmp_path / "run", density), inference.nuts(density, **options))


def test_a_store_without_warmup(tmp_path: Path) -> None:
    options = {**SHORT, "warmup": 0}
    fit = inference.nuts(schools(), store=tmp_path / "run", **options)
    same(fit, inference.nuts(schools(), **options))


def test_a_guarded_density(tmp_path: Path) -> None:
    fit = inference.nuts(densities.Guarded(), store=tmp_path / "run", **SHORT)
    whole = inference.nuts(densities.Guarded(), **{**SHORT, "draws": 150})
    np.testing.assert_array_equal(fit["x"], whole["x"][:, :90])
    longer = inference.resume(tmp_path / "run", densities.Guarded(), draws=150, progress=False)
    same(longer, whole)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("metric", ["diagonal", "low_rank"])
@pytest.mark.parametrize("place", [None, "run"])
def test_an_extended_run_is_a_longer_one(metric: str, place: str | None, tmp_path: Path) -> None:
    density = stored_run.density()
    options: dict[str, Any] = {**SHORT, "metric": metric}
    path = None if place is None else tmp_path / place
    fit = inference.nuts(density, store=path, **options)
    first = np.array(fit.unconstrained)
    longer = fit.extend(70, progress=False).extend(13, progress=False)
    whole = inference.nuts(density, **{**options, "draws": 173})
    same(longer, whole)
    assert longer.attributes["draws"] == 173
    np.testing.assert_array_equal(longer.unconstrained[:, :90], first)
    if path is None:
        same(fit.extend(83, progress=False), whole)  # the first is what it was
        assert fit.draws == 90


def test_an_interrupted_run_can_be_extended() -> None:
    def stop(state: inference.Progress) -> None:
        if max(chain.drawn for chain in state.chains) > 20:
            raise KeyboardInterrupt

    density = inference.PythonDensity(slow, 2)
    options = {**SHORT, "cores": 1}
    whole = inference.nuts(density, **options)
    part = inference.nuts(density, callback=stop, **options)
    longer = part.extend(5, progress=False)
    assert longer.draws >= part.draws
    if part.chains == 2:
        assert longer.draws == part.draws + 5
    np.testing.assert_array_equal(longer["x"], whole["x"][: longer.chains, : longer.draws])


@pytest.mark.parametrize("metric", ["diagonal", "dense", "low_rank"])
def test_warmup_is_used_again(metric: str, tmp_path: Path) -> None:
    density = stored_run.density()
    fit = inference.nuts(density, metric=metric, draws=50, warmup=400, seed=2, progress=False)
    fit.save(tmp_path / "fit")
    known = inference.load(tmp_path / "fit").adaptation
    again = inference.nuts(density, draws=500, warmup=0, adapted=known, seed=5, progress=False)
    np.testing.assert_array_equal(
        again.sample_stats["step_size"], np.repeat(fit.adaptation["step_size"][:, None], 500, 1)
    )
    np.testing.assert_allclose(again.adaptation["variance"], fit.adaptation["variance"], rtol=1e-12)
    if metric == "dense":
        np.testing.assert_array_equal(again.adaptation["covariance"], known["covariance"])
    assert again.sample_stats["acceptance_rate"].mean() > 0.6
    warm = inference.nuts(density, draws=20, warmup=20, adapted=known, seed=5, progress=False)
    assert warm.chains == 4
    more = inference.nuts(density, draws=20, warmup=0, chains=6, adapted=known, progress=False)
    np.testing.assert_array_equal(
        more.adaptation["step_size"], fit.adaptation["step_size"][[0, 1, 2, 3, 0, 1]]
    )


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (3, TypeError, "adapted must be the adaptation of a fit, got int"),
        ({"step_size": [1.0]}, TypeError, "adapted must be the adaptation of a fit"),
        (
            {"step_size": [1.0], "variance": np.ones((1, 2))},
            ValueError,
            r"adapted\['variance'\] must have shape \(1, 3\)",
        ),
        (
            {"step_size": [0.0], "variance": np.ones((1, 3))},
            ValueError,
            r"adapted\['step_size'\] must be positive",
        ),
        (
            {"step_size": [1.0], "variance": np.full((1, 3), np.nan)},
            ValueError,
            r"adapted\['variance'\] must be positive and finite",
        ),
    ],
)
def test_adaptations_that_do_not_fit(given: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        inference.nuts(densities.standard(3), adapted=given, progress=False)


# ---- mistakes and damage ---------------------------------------------------------------------


def stored(folder: Path) -> Path:
    inference.nuts(schools(), store=folder / "run", **SHORT)
    return folder / "run"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return stored(tmp_path)


def test_nothing_is_overwritten(path: Path, tmp_path: Path) -> None:
    with pytest.raises(inference.InferenceValueError, match="where nothing is yet"):
        inference.nuts(schools(), store=path, **SHORT)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(inference.InferenceValueError, match="where nothing is yet"):
        inference.nuts(schools(), store=tmp_path / "file", **SHORT)
    (tmp_path / "empty").mkdir()
    inference.nuts(schools(), store=tmp_path / "empty", **SHORT)
    assert (tmp_path / "file").read_text() == "mine"


def test_names_that_are_not_those_of_files(tmp_path: Path) -> None:
    class Odd(Schools):
        def constrain(self, xs: Any) -> dict[str, Any]:
            return {"../scale": xs[:, 0]}

    machine = schools()
    with pytest.raises(inference.InferenceValueError, match=r"names of files, got '\.\./scale'"):
        inference.nuts(Odd(3, machine.native), store=tmp_path / "run", **SHORT)
    assert list(tmp_path.iterdir()) == []


def test_another_density(path: Path) -> None:
    class Other(Schools):
        fingerprint = "schools-2"

    with pytest.raises(inference.InferenceValueError, match="fingerprint 'schools-2' instead of"):
        inference.resume(path, Other(3, schools().native))
    with pytest.raises(inference.InferenceValueError, match="dimension 2 instead of 3"):
        inference.resume(path, densities.standard(2))


def test_another_density_without_a_fingerprint(tmp_path: Path) -> None:
    inference.nuts(densities.standard(2), store=tmp_path / "run", **SHORT)
    with pytest.raises(inference.InferenceValueError, match="value at the last point of chain 0"):
        inference.resume(tmp_path / "run", densities.diagonal([0.0, 0.0], [1.0, 1.1]))


def test_other_versions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.resuming.versions", lambda: {**about.versions(), "numpy": "9.9"})
    with pytest.raises(inference.InferenceValueError, match=r"numpy '9\.9' instead of"):
        inference.resume(path, schools())
    fit = inference.resume(path, schools(), exact=False, draws=100, progress=False)
    assert fit.draws == 100


def test_fewer_draws_than_there_are(path: Path) -> None:
    with pytest.raises(inference.InferenceValueError, match="draws must be an integer at least 90"):
        inference.resume(path, schools(), draws=50)


def test_two_writers(path: Path) -> None:
    with files.locked(path / commits.FOLDER / "lock") as free:
        assert free
        with pytest.raises(inference.InferenceValueError, match="written by two processes"):
            inference.resume(path, schools(), draws=100)


def test_what_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(inference.InferenceValueError, match="must name a store written by"):
        inference.resume(tmp_path, schools())
    with pytest.raises(inference.InferenceValueError, match="must name a store written by"):
        inference.load(tmp_path)
    with pytest.raises(inference.InferenceValueError, match="must name a store written by"):
        inference.resume(tmp_path / "absent", schools())
    with pytest.raises(inference.InferenceTypeError, match="density must have dimension"):
        inference.resume(stored(tmp_path), 3)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 64
    file.write_bytes(data)


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        (".wengert/run", cut),
        (".wengert/run", empty),
        (".wengert/chain-0", flip),
        (".wengert/chain-0", Path.unlink),
        ("sample_stats/lp/0.0", flip),
        ("posterior/effect/1.0.0", cut),
        ("unconstrained_posterior/x/1.2.0", flip),
    ],
)
@pytest.mark.usefixtures("small")
def test_damage_is_told(tmp_path: Path, file: str, damage: Callable[[Path], None]) -> None:
    path = stored(tmp_path)
    damage(path / file)

    def use() -> None:
        fit = inference.resume(path, schools(), draws=100, progress=False)
        fit["effect"], fit.sample_stats["lp"]

    with pytest.raises(inference.InferenceValueError, match="must be as it was written"):
        use()
    with pytest.raises(inference.InferenceValueError, match="must be as it was written"):
        inference.load(path).save(tmp_path / "copy")
