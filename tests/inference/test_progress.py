"""The live display: when it appears, and what it says."""

import io
import sys
import time
from typing import Any

import pytest

from inference import progress
from inference.progress import ChainProgress, Progress


def state(made: int, divergences: int = 0) -> Progress:
    return Progress(
        tuple(
            ChainProgress(
                chain=k, transitions=made, warmup=100, draws=300, divergences=divergences,
                step_size=0.4321, steps=7 * made, last_steps=7, last_depth=3,
            )
            for k in range(2)
        )
    )  # fmt: skip


def printed(table: Any) -> str:
    from rich.console import Console  # noqa: PLC0415  # as in the module

    stream = io.StringIO()
    Console(file=stream, width=120).print(table)
    return stream.getvalue()


def test_the_table_says_where_chains_are() -> None:
    text = printed(progress.table(state(40), 2.0))
    assert "warmup 40/100" in text
    assert "0.432" in text
    assert "20" in text  # draws a second
    assert "about 18.0 s left" in text
    text = printed(progress.table(state(250, divergences=9), 2.0))
    assert "150/300" in text
    assert " 9 " in text
    assert "done in 2.0 s" in printed(progress.table(state(400), 2.0))


def test_nothing_is_shown_early_or_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[FakeLive] = []

    def open_display() -> FakeLive:
        opened.append(FakeLive())
        return opened[-1]

    monkeypatch.setattr(progress, "open_display", open_display)
    watcher = progress.Watcher(enabled=True)
    watcher.show(state(1))
    assert not opened  # too early
    watcher._begin -= 1.0
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    watcher.show(state(1))
    assert not opened  # a table would be of no use
    watcher.close(state(1))
    assert capsys.readouterr().err == ""  # nor is a line of a short run
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    late = progress.Watcher(enabled=True)
    late._begin -= 1.0
    late.show(state(1))
    late.show(state(2))
    late.close(state(400))
    assert len(opened) == 1
    off = progress.Watcher(enabled=False)
    off._begin -= 1.0
    off.show(state(1))
    off.close(state(1))
    assert len(opened) == 1
    assert capsys.readouterr().out == ""


class FakeLive:
    def update(self, table: Any, *, refresh: bool) -> None:
        assert refresh
        assert table.row_count == 2

    def stop(self) -> None:
        return None


def test_a_real_display_opens_and_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", stream)
    watcher = progress.Watcher(enabled=True)
    watcher._begin -= 1.0
    watcher.show(state(100))
    time.sleep(0.01)
    watcher.close(state(400))
    assert "done in" in stream.getvalue()


def test_lines_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    watcher = progress.Watcher(enabled=True)
    for seconds, lines in ((9.0, 0), (11.0, 1), (12.0, 1), (23.0, 2), (40.0, 2), (47.0, 3)):
        watcher._begin = time.perf_counter() - seconds
        watcher.show(state(200))
        assert watcher._live is None
        text = capsys.readouterr().err
        assert len(text.splitlines()) == (lines > 0 and seconds in {11.0, 23.0, 47.0})
    watcher.close(state(400))
    (last,) = capsys.readouterr().err.splitlines()
    assert last.startswith("2 chains, 100%, 800 transitions, ")
    assert "step size 0.432 to 0.432, 0 divergences; done in" in last


def test_what_an_earlier_process_made_is_not_speed() -> None:
    chain = ChainProgress(
        chain=0, transitions=300, warmup=100, draws=300, divergences=0, step_size=0.4,
        steps=9, last_steps=7, last_depth=3, stored=150, before=200,
    )  # fmt: skip
    assert progress.speed(chain, 2.0) == 50.0
    assert progress.left(chain, 2.0) == "2.0 s"
    text = printed(progress.table(Progress((chain,)), 2.0))
    assert "about 2.0 s left" in text
    assert "stored" in text
    assert "150" in text


def test_a_notebook_gets_html(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class Handle:
        def update(self, page: str) -> None:
            shown.append(page)

    class Display:
        HTML = staticmethod(str)

        @staticmethod
        def display(page: str, *, display_id: bool) -> Handle:
            assert display_id
            assert not page
            return Handle()

    monkeypatch.setattr(progress, "in_notebook", lambda: True)
    monkeypatch.setitem(sys.modules, "IPython.display", Display)
    watcher = progress.Watcher(enabled=True)
    watcher._begin -= 1.0
    watcher.show(state(200))
    watcher.close(state(400))
    assert "100/300" in shown[0]
    assert shown[-1].startswith("<pre")
    assert "300/300" in shown[-1]
    assert "done in" in shown[-1]
