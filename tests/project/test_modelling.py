"""docs/modelling.md runs, block after block, as it stands; its models are as short as elsewhere."""

import re
from pathlib import Path

import pytest

from tests.project.pages import blocks, printed

BLOCKS = blocks("docs/modelling.md", "python")


def test_the_page_runs(tmp_path: Path) -> None:
    assert len(BLOCKS) == 20
    shown = printed(BLOCKS, tmp_path)
    assert "log density of all sites at this point" in shown
    assert "write it non-centred" in shown


# Lines of the shorter of NumPyro's and PyMC's text of the same model: its head (a function's first
# line, or `with pm.Model(...)`) and its statements.
ELSEWHERE = {"schools": 5, "radon_by_dims": 7}


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_models_are_no_longer_than_elsewhere(name: str) -> None:
    (model,) = re.findall(rf"^def {name}\(.*?(?=^\S|\Z)", "".join(BLOCKS), re.MULTILINE | re.DOTALL)
    lines = [line for line in model.splitlines() if line.strip()]
    assert len(lines) <= ELSEWHERE[name]
