"""A run of chains that goes to disk as it is made.

Every chain writes its own blocks of draws and, at least every few seconds, a commit record with
its whole state. What a record says is there was on the disk before it; what is there beyond it is
ignored and written again. So a run that was killed at any moment goes on from its records, and
ends in the same bytes as one that was not.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference import density as densities
from inference.chain import Chain
from inference.density import Density
from inference.errors import InferenceValueError
from inference.fit import Fit
from inference.kernels import layout
from inference.records import Window
from inference.settings import Settings
from inference.storage import commits, files, zarr
from inference.storage.about import attributes_of
from inference.storage.commits import Commit, DamagedError
from inference.storage.groups import Groups, lay_out
from inference.storage.reading import opened

COMMIT_SECONDS = 2.0


class Store:
    """Folder of a run, open for writing.

    Parameters
    ----------
    path : Path
    density : Density
    settings : Settings
    about : mapping
        What the run is, as the file `run` has it.
    """

    def __init__(
        self,
        path: Path,
        density: Density,
        settings: Settings,
        about: Mapping[str, Any],
    ) -> None:
        self.path = path
        self.settings = settings
        self.density = density
        self.about = dict(about)
        self.groups: Groups = lay_out(
            density,
            (len(about["numbers"]), settings.warmup, settings.draws),
            attributes_of(about),
            block=about.get("block"),
        )
        self.about["block"] = self.groups.block
        self.about["order"] = [array.name.split("/", 1)[1] for array in self.groups.posterior]
        self._writers: dict[int, _Writer] = {}
        self._open = ExitStack()
        self._constraining = threading.Lock()
        self._looked = time.monotonic()
        self._shown: dict[str, Any] = {}

    # ---- windows -----------------------------------------------------------------------------

    def window(self, place: int) -> Window:
        """First window of the chain at a place; its buffers serve all its windows."""
        del place
        rows, dimension = self.groups.block, self.density.dimension
        begin, end = self.bounds(0)
        return Window(np.zeros((rows, dimension)), np.zeros((rows, layout.ROW)), begin, end)

    def bounds(self, transition: int) -> tuple[int, int]:
        """First transition of the block of a transition, and the one after its last."""
        warmup, block = self.settings.warmup, self.groups.block
        origin = 0 if transition < warmup else warmup
        limit = warmup if transition < warmup else warmup + self.settings.draws
        begin = origin + (transition - origin) // block * block
        return begin, min(begin + block, limit)

    # ---- life --------------------------------------------------------------------------------

    def create(self, chains: Sequence[Chain]) -> None:
        """Make the folder, with chains that stand at their starting points.

        It appears under its name when it is complete.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=self.path.parent, prefix=f".{self.path.name}-"))
        try:
            made.chmod(0o755)
            self._fill(made)
            for place, chain in enumerate(chains):
                Commit(chain.state(), 0, 0, 0, commits.checksum()).write(made, place)
            if self.path.is_dir():
                self.path.rmdir()  # it is empty: see `check_new`
            made.rename(self.path)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        files.sync_folder(self.path.parent)
        self.attach(chains, [0] * len(chains))

    def _fill(self, root: Path) -> None:
        (root / commits.FOLDER).mkdir(exist_ok=True)
        for array in (*self.groups.growing, *self.groups.warmup_sample_stats):
            (root / array.name).mkdir(parents=True, exist_ok=True)
        for array, _ in self.groups.fixed:
            (root / array.name).mkdir(parents=True, exist_ok=True)
        self.groups.write_fixed(root)
        self._show(root, 0, sync=True)
        commits.write_run(root, self.about)

    def attach(self, chains: Sequence[Chain], stored: Sequence[int]) -> None:
        """Write what these chains make, of whose transitions so many are on the disk."""
        lock = self.path / commits.FOLDER / "lock"
        if not self._open.enter_context(files.locked(lock)):
            raise InferenceValueError(
                f"inference: the store {str(self.path)!r} must not be written by two processes, "
                "got one that another process is writing. Wait for it, or end it."
            )
        for place, (chain, made) in enumerate(zip(chains, stored, strict=True)):
            self._writers[chain.number] = _Writer(self, chain, place, made)

    def restore(self, chains: Sequence[Chain]) -> None:
        """Bring chains to where their commit records say they were, and write what they make.

        Raises
        ------
        DamagedError
            If a file is not what was written.
        """
        records = [Commit.read(self.path, place) for place in range(len(chains))]
        for place, (chain, record) in enumerate(zip(chains, records, strict=True)):
            begin, end = self.bounds(record.transitions)
            window = Window(*chain.window[:2], begin, end, record.divergences, record.steps)
            self._read_rows(place, window, record)
            chain.restore(record.state)
            chain.write_to(window)
        self.attach(chains, [record.transitions for record in records])
        self._fill(self.path)
        self.look(now=True)

    def _read_rows(self, place: int, window: Window, record: Commit) -> None:
        """Fill a window with the rows of its block that are on the disk."""
        made = record.transitions - window.begin
        warming = record.transitions < self.settings.warmup
        index = (
            place,
            (window.begin - (0 if warming else self.settings.warmup)) // self.groups.block,
        )
        if made == 0:
            return
        try:
            statistics = self.groups.warmup_sample_stats if warming else self.groups.sample_stats
            for k, array in enumerate(statistics):
                window.statistics[:made, k] = array.read(self.path, *index)[0, :made]
            if not warming:
                window.draws[:made] = self.groups.unconstrained.read(self.path, *index)[0, :made]
        except (OSError, ValueError) as error:
            raise DamagedError(f"a block of chain {place} cannot be read ({error})") from error
        if _check(window, made, warming=warming) != record.check:
            raise DamagedError(f"the last block of chain {place} is not what was written")

    def constrained(self, draws: NDArray[np.float64]) -> list[tuple[zarr.Array, NDArray[Any]]]:
        """Rows of every array with draws in it."""
        groups = self.groups
        with self._constraining:  # densities need not be ready for several threads here
            values = densities.constrain(self.density, draws)
        rows = [(array, values[array.name.split("/", 1)[1]]) for array in groups.posterior]
        if groups.unconstrained not in groups.posterior:
            rows.append((groups.unconstrained, draws))
        return rows

    def after(self, chain: Chain) -> None:
        """Write what a batch of transitions made, as far as it is time."""
        self._writers[chain.number].after()

    def stored(self, chain: Chain) -> int:
        """Draws of a chain after warmup that are on the disk for certain."""
        return max(0, self._writers[chain.number].stored - self.settings.warmup)

    def look(self, *, now: bool = False) -> None:
        """Let readers see what is there."""
        if not now and time.monotonic() < self._looked + COMMIT_SECONDS:
            return
        self._looked = time.monotonic()
        least = min(writer.stored for writer in self._writers.values())
        self._show(self.path, least, sync=now)

    def _show(self, root: Path, transitions: int, *, sync: bool) -> None:
        """Write metadata for so many transitions of every chain."""
        warmup = self.settings.warmup
        metadata = self.groups.metadata(min(transitions, warmup), max(0, transitions - warmup))
        zarr.write_metadata(root, metadata, self._shown, sync=sync)
        self._shown = metadata

    def fit(self, attributes: Mapping[str, Any]) -> Fit:
        """Fit of what is committed; it can be extended."""
        from inference.resuming import resume  # noqa: PLC0415  # which uses stores

        def longer(draws: int, **more: Any) -> Fit:
            return resume(self.path, self.density, draws=draws, **more)

        return opened(str(attributes["algorithm"]), self.path, self.density, longer, attributes)

    def close(self) -> None:
        """Write all there is, and let others write."""
        try:
            for writer in self._writers.values():
                writer.commit()
            self.look(now=True)
        finally:
            self.release()

    def release(self) -> None:
        """Let others write."""
        self._open.close()


class _Writer:
    """What one chain has on the disk; used by one thread at a time."""

    def __init__(self, store: Store, chain: Chain, place: int, stored: int) -> None:
        self._store = store
        self._chain = chain
        self._place = place
        self.stored = stored
        self._on_disk = stored
        self._due = time.monotonic() + COMMIT_SECONDS
        self._folders: set[Path] = set()

    def after(self) -> None:
        """Write a block that is full; commit if it is time; begin the next block."""
        chain = self._chain
        full = chain.transitions == chain.window.end
        if full:
            self._write()
        if chain.finished or time.monotonic() > self._due:
            self.commit()
        if full and not chain.finished:
            begin, end = self._store.bounds(chain.transitions)
            chain.write_to(Window(*chain.window[:2], begin, end, *chain.counts()))

    def commit(self) -> None:
        """Make sure of all that was made so far."""
        chain, made = self._chain, self._chain.transitions
        if made > self._on_disk:
            self._write()
        if made == self.stored:
            return
        for folder in self._folders:
            files.sync_folder(folder)
        self._folders.clear()
        begin, _ = self._store.bounds(made)
        window = chain.window
        if begin == made:  # a block has ended
            record = Commit(chain.state(), made, *chain.counts(), commits.checksum())
        else:
            warming = made < self._store.settings.warmup
            check = _check(window, made - begin, warming=warming)
            record = Commit(chain.state(), made, window.divergences, window.steps, check)
        record.write(self._store.path, self._place)
        self.stored = made
        self._due = time.monotonic() + COMMIT_SECONDS

    def _write(self) -> None:
        """Write the block under way, as far as it is made."""
        store, window = self._store, self._chain.window
        groups, warmup = store.groups, store.settings.warmup
        made = self._chain.transitions - window.begin
        warming = window.begin < warmup
        index = self._place, (window.begin - (0 if warming else warmup)) // groups.block
        statistics = groups.warmup_sample_stats if warming else groups.sample_stats
        rows = [(array, window.statistics[:made, k]) for k, array in enumerate(statistics)]
        if not warming:
            rows += store.constrained(window.draws[:made])
        for array, values in rows:
            array.write(store.path, index, values[None])
            self._folders.add(store.path / array.name)
        self._on_disk = self._chain.transitions


def _check(window: Window, made: int, *, warming: bool) -> int:
    """CRC-32 of the first rows of a window."""
    columns = window.statistics[:made, : len(layout.STATISTICS)]
    return commits.checksum(columns) if warming else commits.checksum(columns, window.draws[:made])
