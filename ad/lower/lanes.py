"""Scalars that are lanes of vectors: straight-line code that remembers what lies beside what.

The elements of a small array are operands of their own, so that any operation can pick, reorder and
combine them. Where neighbours came out of one vector, an element-wise operation takes that vector
as it is; lanes that nobody asks for by themselves are never taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ad.lower.emitter import LANES, Emitter, Operand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Home(NamedTuple):
    """Where a scalar comes from: a vector of numbers or conditions, and its lane there."""

    vector: Operand
    lane: int


class LaneEmitter(Emitter):
    """Writes scalars, and vectors of four of them.

    Parameters
    ----------
    lines, fresh, externals
        As of `Emitter`.
    homes : dict
        Of scalars by their names; emitters of one function may share it.
    """

    def __init__(
        self,
        lines: list[str],
        fresh: Callable[[], str],
        externals: set[str],
        homes: dict[str, Home],
    ) -> None:
        super().__init__(lines, fresh, externals)
        self.homes = homes
        self.wide = Emitter(lines, fresh, externals, LANES)

    def spread(self, vector: Operand, count: int) -> list[Operand]:
        """The first lanes of a vector as scalars."""
        kind = self.wide.number_type if vector.kind == "f" else self.wide.condition_type
        scalars = []
        for lane in range(count):
            name = self.write(f"extractelement {kind} {vector.text}, i32 {lane}")
            self.homes[name] = Home(vector, lane)
            scalars.append(Operand(name, vector.kind))
        return scalars

    def effort(self, lanes: Sequence[Operand]) -> int:
        """Instructions that `gathered` takes."""
        if len({one.text for one in lanes}) == 1:
            return 0 if _is_constant(lanes[0]) else 1
        homes = [self.homes.get(one.text) for one in lanes]
        known = [home for home in homes if home is not None]
        vectors = {home.vector.text for home in known}
        if len(known) < len(lanes) or len(vectors) > 2:
            return len(lanes)
        in_place = len(vectors) == 1 and [home.lane for home in known] == list(range(len(lanes)))
        if in_place:
            return 0
        return 1 if known[0].vector.kind == "f" else len(lanes)

    def gathered(self, lanes: Sequence[Operand]) -> Operand:
        """Up to four scalars as a vector; its other lanes repeat, so none is a special case."""
        texts = {one.text for one in lanes}
        if len(texts) == 1:
            return self._repeated(lanes[0])
        homes = [self.homes.get(one.text) for one in lanes]
        known = [home for home in homes if home is not None]
        vectors = list(dict.fromkeys(home.vector for home in known))
        if len(known) == len(lanes) and len(vectors) <= 2:
            places = [home.lane + LANES * vectors.index(home.vector) for home in known]
            if places == list(range(len(lanes))):
                return vectors[0]
            if vectors[0].kind == vectors[-1].kind == "f":
                places += places[-1:] * (LANES - len(lanes))
                return self._shuffled(vectors, places)
        result = "poison"
        numbers = [self.number(one).text for one in lanes]
        numbers += numbers[-1:] * (LANES - len(lanes))
        for lane, value in enumerate(numbers):
            result = self.write(
                f"insertelement {self.wide.number_type} {result}, double {value}, i32 {lane}"
            )
        return Operand(result)

    def _repeated(self, one: Operand) -> Operand:
        if _is_constant(one):
            kind = "double" if one.kind == "f" else "i1"
            return Operand("<" + ", ".join([f"{kind} {one.text}"] * LANES) + ">", one.kind)
        return Operand(self.splat(one.text, "double" if one.kind == "f" else "i1"), one.kind)

    def _shuffled(self, vectors: Sequence[Operand], places: Sequence[int]) -> Operand:
        kind = self.wide.number_type
        other = vectors[1].text if len(vectors) > 1 else "poison"
        mask = ", ".join(f"i32 {place}" for place in places)
        text = f"shufflevector {kind} {vectors[0].text}, {kind} {other}, <{LANES} x i32> <{mask}>"
        return Operand(self.write(text))

    def loaded(self, place: str, count: int) -> list[Operand]:
        """Neighbours in memory, two to four, read as a vector and nothing behind them."""
        short = f"<{count} x double>"
        value = self.write(f"load {short}, ptr {place}, align 8")
        if count < LANES:
            mask = ", ".join(f"i32 {min(lane, count - 1)}" for lane in range(LANES))
            value = self.write(
                f"shufflevector {short} {value}, {short} poison, <{LANES} x i32> <{mask}>"
            )
        return self.spread(Operand(value), count)

    def stored(self, lanes: Sequence[Operand], place: str) -> None:
        """Write up to four scalars into neighbouring places, at once if they lie in a vector."""
        count = len(lanes)
        if count == 1 or self.effort(lanes) > 1:
            for lane, one in enumerate(lanes):
                at = self.write(f"getelementptr double, ptr {place}, i64 {lane}") if lane else place
                self.lines.append(f"  store double {self.number(one).text}, ptr {at}, align 8")
            return
        kind, value = self.wide.number_type, self.wide.number(self.gathered(lanes)).text
        if count < LANES:
            mask = ", ".join(f"i32 {lane}" for lane in range(count))
            value = self.write(
                f"shufflevector {kind} {value}, {kind} poison, <{count} x i32> <{mask}>"
            )
        self.lines.append(f"  store <{count} x double> {value}, ptr {place}, align 8")


def _is_constant(one: Operand) -> bool:
    return not one.text.startswith("%")


def rows_of(shape: Sequence[int]) -> list[slice]:
    """Flat positions of an array in groups of two to four neighbours of one row, or of one."""
    sizes = [size for size in shape if size != 1]
    last = sizes[-1] if sizes else 1
    total = 1
    for size in sizes:
        total *= size
    return (
        [
            slice(start + begin, start + min(begin + LANES, last))
            for start in range(0, total, last)
            for begin in range(0, last, LANES)
        ]
        if last
        else []
    )
