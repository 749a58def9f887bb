"""docs/sampling.md runs, block after block, as it stands."""

from pathlib import Path

from tests.project.pages import blocks, printed

BLOCKS = blocks("docs/sampling.md", "python")


def test_the_page_runs(tmp_path: Path) -> None:
    assert len(BLOCKS) == 8
    assert "ess_bulk" in printed(BLOCKS, tmp_path)  # the table of a summary
