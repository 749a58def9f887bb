"""Fixtures of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ad.jit import cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, in the place WENGERT_CACHE names."""
    chosen = tmp_path / "deep" / "cache"
    monkeypatch.setenv("WENGERT_CACHE", str(chosen))
    cache._folder.cache_clear()
    yield chosen
    cache._folder.cache_clear()


@pytest.fixture(autouse=True)
def _own_cache(request: pytest.FixtureRequest) -> None:
    """An empty cache for tests that patch something: programs are found again by their graphs.

    The key of a graph speaks for the compiler's source files, not for what a test puts in place.
    """
    if "monkeypatch" in request.fixturenames:
        request.getfixturevalue("folder")
