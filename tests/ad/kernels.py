"""The scheduled kernels of some gallery models as text, kept in `tests/ad/golden`.

``python -m tests.ad.kernels`` writes them anew; the diff shows what a change of the compiler does.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from ad.explaining.loops import parts

FOLDER = Path(__file__).resolve().parent / "golden"
MODELS = (
    "eight_schools",
    "garch11",
    "hierarchical_regression",
    "hmm_example",
    "kidscore_momhsiq",
    "low_dim_gauss_mix",
    "radon_mn_nc",
)


def listing(model: str) -> str:
    """Every loop and kernel of a model's gradient: its work, and the bytes it moves."""
    posterior = importlib.import_module(f"models.{model}").posterior()
    path = posterior.compiled_paths.paths[0]
    lines = [
        f"{part.size:>6} x  {part.arithmetic:>7} + {part.transcendental:>6} operations "
        f"{part.bytes:>8} bytes  {part.what}"
        for part in parts(path.program().schedule)
    ]
    head = f"workspace {path.bound.workspace_bytes} bytes, {len(path.code.slots)} data slots"
    return "\n".join([head, *lines, ""])


def main() -> None:
    """Write all listings."""
    FOLDER.mkdir(exist_ok=True)
    for model in MODELS:
        (FOLDER / f"{model}.txt").write_text(listing(model), encoding="utf-8")


if __name__ == "__main__":
    main()
