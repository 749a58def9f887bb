"""Programs found again in the cache: how tests see it, and what a hit must give."""

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import ad
from ad import records
from ad.compiled import Path as TracedPath
from ad.compiled import Paths, fresh_workspace
from ad.lower.program import Program


class Hits:
    """Counts programs that were scheduled, and refuses or allows it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lowered = 0
        usual = Program.write

        def counting(program: Program) -> Any:
            self.lowered += type(program) is Program
            return usual(program)

        monkeypatch.setattr(Program, "write", counting)


def differences(path: TracedPath) -> list[str]:
    """What a path's binding has that lowering its own graph would not give."""
    recipe, _ = records.generated(path.code)
    found = []
    if path.bound.key != recipe.key:
        found.append("code")
    if path.bound.workspace_bytes != recipe.workspace_bytes:
        found.append("workspace")
    expected = [ad.binding._array(slot) for slot in recipe.slots]
    bound = path.bound.arrays
    if len(bound) != len(expected):
        return [*found, "number of slots"]
    for place, (one, other) in enumerate(zip(bound, expected, strict=True)):
        if one.dtype != other.dtype or one.tobytes() != other.tobytes():
            found.append(f"slot {place}")
    return found


def twice(make: Callable[[], Paths], hits: Hits) -> tuple[Paths, Paths, bool]:
    """Paths made with an empty cache and with a full one, and whether that was a hit."""
    first = make()
    before = hits.lowered
    second = make()
    hit = hits.lowered == before
    return first, second, hit


def bits(paths: Paths, x: Any) -> bytes:
    status, values, gradient = paths.evaluate(x, fresh_workspace(paths.native))
    return bytes([status]) + values.tobytes() + gradient.tobytes()


def found_again(function: Callable[[Any], Any], x: Any, hits: Hits) -> None:
    first, second, hit = twice(lambda: Paths(function, x, True), hits)
    assert hit
    assert bits(first, x) == bits(second, x)
    assert not differences(second.paths[0])


def solved(x: Any) -> Any:
    return np.outer(x, x) + np.eye(4)


KINDS: dict[str, Callable[[Any], Any]] = {
    "branches": lambda x: ad.cond(x[0] > 0, lambda a: np.sum(np.sin(a)), np.prod, x),
    "loops of unknown length": lambda x: ad.while_loop(lambda s: s < 9.0, lambda s: s * 2.0, x[0]),
    "checkpoints": lambda x: ad.scan(
        lambda s, y: (np.sin(s) * y, s), x[0], np.ones(50), checkpoint=True
    )[0],
    "factors": lambda x: np.sum(np.linalg.cholesky(solved(x))),
    "spectra": lambda x: np.sum(np.exp(np.linalg.eigvalsh(solved(x)))),
    "systems": lambda x: np.sum(np.linalg.solve(solved(x), x)),
    "joined vectors": lambda x: np.sum(np.concatenate([x, np.sin(x)]) * np.arange(8.0)),
    "sparse designs": lambda x: np.sum(np.sin(scipy.sparse.eye_array(9, 4, k=-2) @ x)),
}


class Bomb:
    def __reduce__(self) -> Any:
        return os._exit, (3,)


def changed(place: int, value: Any) -> Callable[[bytes], bytes]:
    def change(blob: bytes) -> bytes:
        head, _, rest = blob.partition(b"\n")
        listed = json.loads(head)
        listed[place] = value
        return json.dumps(listed).encode() + b"\n" + rest

    return change
