"""Threads that run chains, and the calling thread that watches them."""

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from inference.chain import Chain
from inference.kernels import layout
from inference.paths import Paths
from inference.progress import Callback, ChainProgress, Progress, Watcher

BATCH_SECONDS = 0.02
POLL_SECONDS = 0.1
LEAST_THREADED = 16  # dimensions from which OpenBLAS might use threads for a window of draws


class Sink(Protocol):
    """Where chains bring what they make."""

    def after(self, chain: Chain) -> None:
        """Take what a batch of transitions made; called in the chain's thread."""
        ...

    def stored(self, chain: Chain) -> int:
        """Draws of a chain that are safe."""
        ...

    def look(self) -> None:
        """Let others see what is there; called in the calling thread, often."""
        ...

    def close(self) -> None:
        """Take all there is; nothing comes after."""
        ...

    def release(self) -> None:
        """Give up; nothing comes after."""
        ...


class Workers:
    """Chains in a queue: a thread takes one, advances it by a batch, and puts it back.

    So chains advance evenly whatever the number of threads, and an interruption finds about the
    same number of draws in each. Which thread runs which batch cannot change a draw.
    """

    def __init__(
        self, chains: Sequence[Chain], paths: Paths, threads: int, sink: Sink | None = None
    ) -> None:
        self._sink = sink
        self._waiting = deque(chains)
        self._paths = paths
        self._stop = False
        self._threads = [
            threading.Thread(target=self._work, name=f"wengert-chain-{k}", daemon=True)
            for k in range(threads)
        ]
        self._running = threads
        self._lock = threading.Lock()
        self.done = threading.Event()
        self.error: BaseException | None = None

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the batches under way."""
        self._stop = True
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self._stop:
                try:
                    chain = self._waiting.popleft()
                except IndexError:  # the other threads have the rest
                    break
                self._advance(chain)
                if not chain.finished:
                    self._waiting.append(chain)
        except BaseException as error:  # noqa: BLE001  # raised again in the calling thread
            self.error = self.error or error
            self._stop = True
        finally:
            with self._lock:
                self._running -= 1
                if self._running == 0:
                    self.done.set()

    def _advance(self, chain: Chain) -> None:
        """Run a chain for about `BATCH_SECONDS`; a stop waits for one native call at most."""
        begin = time.perf_counter()
        batch = 1
        while not (self._stop or chain.finished):
            chain.run(batch, self._paths)
            if self._sink is not None:
                self._sink.after(chain)
            elapsed = time.perf_counter() - begin
            if elapsed > BATCH_SECONDS / 2:
                return
            batch *= 2


def work(
    chains: Sequence[Chain],
    paths: Paths,
    threads: int,
    callback: Callback | None,
    *,
    display: bool,
    sink: Sink | None = None,
) -> bool:
    """Run chains to their end; whether the user interrupted them.

    Raises
    ------
    Exception
        Whatever a chain, the density or `callback` raised.
    """
    workers = Workers([chain for chain in chains if not chain.finished], paths, threads, sink)
    watcher = Watcher(enabled=display)
    interrupted = False
    with single_threaded_blas(chains):
        try:
            workers.start()
            while not workers.done.wait(POLL_SECONDS):
                state = look(chains, sink)
                watcher.show(state)
                if sink is not None:
                    sink.look()
                if callback is not None:
                    callback(state)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            workers.stop()
            if sink is not None:
                # After an error a chain may stand within a transition: its last commit counts.
                (sink.close if workers.error is None else sink.release)()
            watcher.close(look(chains, sink))
    if workers.error is not None:
        raise workers.error
    if callback is not None and not interrupted:
        # The run is complete: an interruption has nothing left to stop, and nothing to lose.
        with contextlib.suppress(KeyboardInterrupt):
            callback(look(chains, sink))
    return interrupted


def look(chains: Sequence[Chain], sink: Sink | None = None) -> Progress:
    """State of a run, read while it goes on."""
    return Progress(tuple(_look(chain, sink) for chain in chains))


def _look(chain: Chain, sink: Sink | None) -> ChainProgress:
    made = chain.transitions
    divergences, steps = chain.counts()
    window = chain.window
    last = window.statistics[min(max(made - window.begin - 1, 0), len(window.statistics) - 1)]
    return ChainProgress(
        chain=chain.number,
        transitions=made,
        warmup=chain.settings.warmup,
        draws=chain.settings.draws,
        divergences=divergences,
        step_size=chain.step_size,
        steps=steps,
        last_steps=int(last[layout.STATISTICS.index("n_steps")]),
        last_depth=int(last[layout.STATISTICS.index("tree_depth")]),
        stored=None if sink is None else sink.stored(chain),
        before=chain.before,
    )


@contextlib.contextmanager
def single_threaded_blas(chains: Sequence[Chain]) -> Iterator[None]:
    """Keep BLAS from starting threads of its own under each chain's thread."""
    # A density can call BLAS only through SciPy's, and we call NumPy's for metrics of matrices;
    # where neither is needed, importing threadpoolctl and asking every library would cost 20 ms.
    settings, size = chains[0].settings, chains[0].density.dimension
    ours = settings.metric != "diagonal" and settings.warmup > 0 and size >= LEAST_THREADED
    if "scipy.linalg" not in sys.modules and not ours:
        yield
        return
    import threadpoolctl  # noqa: PLC0415  # see above

    with threadpoolctl.threadpool_limits(limits=1, user_api="blas"):
        yield
