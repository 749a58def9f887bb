"""Native code of loops and branches, by the operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.lower.branches import again_code, branch_code, repeat_code
from ad.lower.scans import scan_code

if TYPE_CHECKING:
    from ad.graph import Node
    from ad.lower.program import Program

WRITERS = {
    "scan": scan_code,
    "cond": branch_code,
    "while_loop": repeat_code,
    "checkpoint": again_code,
}


def control_code(program: Program, node: Node) -> None:
    """Write the code that computes a loop or a branch into its buffer."""
    WRITERS[node.op.name](program, node)
