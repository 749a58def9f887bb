"""Kernels of what `ad.ops.ordering` has: sorting, searching, and elements at computed positions.

Plain loops over rows of the last axis; they need no SciPy. A position is used only where it has
been found to lie inside its row.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ad.lower.emitter import bits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.graph import Node
    from ad.lower.program import Program
    from ad.lower.text import Text

ZERO, NAN = bits(0.0), bits(math.nan)


def _before(t: Text, x: str, y: str) -> str:
    """Whether x comes before y in order: it is less, or y alone is nan."""
    less = t.put(f"fcmp olt double {x}, {y}")
    number, missing = t.put(f"fcmp ord double {x}, {x}"), t.put(f"fcmp uno double {y}, {y}")
    return t.put(f"or i1 {less}, {t.put(f'and i1 {number}, {missing}')}")


def _smaller(t: Text, x: str, y: str) -> str:
    less = t.put(f"icmp slt i64 {x}, {y}")
    return t.put(f"select i1 {less}, i64 {x}, i64 {y}")


def _read(t: Text, slot: str) -> str:
    return t.put(f"load i64, ptr {slot}, align 8")


def _write(t: Text, slot: str, value: str) -> None:
    t.lines.append(f"  store i64 {value}, ptr {slot}, align 8")


def _position(t: Text, base: str, index: str) -> str:
    """A position that was written by a kernel, as an integer."""
    return t.put(f"fptosi double {t.load(base, (index, '1'))} to i64")


def _argsort(t: Text) -> None:
    """Merge sort from the bottom up, between `out` and `work`, so that the last pass ends in `out`.

    A pass takes neighbouring runs of `width` sorted positions together; the left run wins ties.
    """
    left_slot, right_slot = t.slot("i64"), t.slot("i64")

    def row(r: str) -> None:
        out, x = t.element("%out", (r, "%n")), t.element("%x", (r, "%n"))

        def start(i: str) -> None:
            number = t.put(f"sitofp i64 {i} to double")
            t.store(number, out, (i, "1"))
            t.store(number, "%work", (i, "1"))

        t.loop("%n", start)

        def sweep(p: str) -> None:
            left_passes = t.put(f"sub i64 %passes, {p}")
            odd = t.put(f"trunc i64 {left_passes} to i1")
            target = t.put(f"select i1 {odd}, ptr {out}, ptr %work")
            source = t.put(f"select i1 {odd}, ptr %work, ptr {out}")
            width = t.put(f"shl i64 1, {p}")
            both = t.put(f"shl i64 {width}, 1")
            last = t.put(f"sub i64 {both}, 1")
            runs = t.put(f"udiv i64 {t.put(f'add i64 %n, {last}')}, {both}")

            def merge(q: str) -> None:
                low = t.put(f"mul i64 {q}, {both}")
                middle = _smaller(t, t.put(f"add i64 {low}, {width}"), "%n")
                high = _smaller(t, t.put(f"add i64 {low}, {both}"), "%n")
                _write(t, left_slot, low)
                _write(t, right_slot, middle)

                def step(k: str) -> None:
                    i, j = _read(t, left_slot), _read(t, right_slot)
                    has_left = t.put(f"icmp slt i64 {i}, {middle}")
                    has_right = t.put(f"icmp slt i64 {j}, {high}")
                    # Of a run that is used up, its last position: read, but not taken.
                    at_left = _position(t, source, _smaller(t, i, t.put(f"sub i64 {middle}, 1")))
                    at_right = _position(t, source, _smaller(t, j, t.put(f"sub i64 {high}, 1")))
                    first = _before(t, t.load(x, (at_right, "1")), t.load(x, (at_left, "1")))
                    used_up = t.put(f"xor i1 {has_left}, true")
                    wanted = t.put(f"or i1 {used_up}, {first}")
                    right = t.put(f"and i1 {has_right}, {wanted}")
                    chosen = t.put(f"select i1 {right}, i64 {at_right}, i64 {at_left}")
                    place = t.put(f"add i64 {low}, {k}")
                    t.store(t.put(f"sitofp i64 {chosen} to double"), target, (place, "1"))
                    moved = t.put(f"zext i1 {right} to i64")
                    _write(t, right_slot, t.put(f"add i64 {j}, {moved}"))
                    _write(t, left_slot, t.put(f"add i64 {i}, {t.put(f'sub i64 1, {moved}')}"))

                t.loop(t.put(f"sub i64 {high}, {low}"), step)

            t.loop(runs, merge)

        t.loop("%passes", sweep)

    t.loop("%batch", row)


def _searchsorted(t: Text) -> None:
    """Halving the interval [low, high) until it is empty."""
    low_slot, high_slot = t.slot("i64"), t.slot("i64")

    def row(r: str) -> None:
        a = t.element("%a", (r, "%n"))

        def one(k: str) -> None:
            value = t.load("%v", (r, "%m"), (k, "1"))
            _write(t, low_slot, "0")
            _write(t, high_slot, "%n")

            def halve(_: str) -> None:
                low, high = _read(t, low_slot), _read(t, high_slot)
                active = t.put(f"icmp slt i64 {low}, {high}")
                middle = t.put(f"lshr i64 {t.put(f'add i64 {low}, {high}')}, 1")
                middle = t.put(f"select i1 {active}, i64 {middle}, i64 0")
                entry = t.load(a, (middle, "1"))
                stays = t.put(f"xor i1 {_before(t, value, entry)}, true")
                right = t.put("icmp ne i64 %right, 0")
                up = t.put(f"select i1 {right}, i1 {stays}, i1 {_before(t, entry, value)}")
                rises = t.put(f"and i1 {active}, {up}")
                falls = t.put(f"and i1 {active}, {t.put(f'xor i1 {up}, true')}")
                after = t.put(f"add i64 {middle}, 1")
                _write(t, low_slot, t.put(f"select i1 {rises}, i64 {after}, i64 {low}"))
                _write(t, high_slot, t.put(f"select i1 {falls}, i64 {middle}, i64 {high}"))

            t.loop("%passes", halve)
            found = t.put(f"sitofp i64 {_read(t, low_slot)} to double")
            t.store(found, "%out", (r, "%m"), (k, "1"))

        t.loop("%m", one)

    t.loop("%batch", row)


def _inside(t: Text, position: str) -> tuple[str, str]:
    """Whether a position is in a row of `%n`, and the integer, 0 where it is not."""
    above = t.put(f"fcmp oge double {position}, {ZERO}")
    limit = t.put("sitofp i64 %n to double")
    inside = t.put(f"and i1 {above}, {t.put(f'fcmp olt double {position}, {limit}')}")
    safe = t.put(f"select i1 {inside}, double {position}, double {ZERO}")
    return inside, t.put(f"fptosi double {safe} to i64")


def _along(t: Text) -> None:
    missing = t.put("bitcast i64 %missing to double")

    def row(r: str) -> None:
        def one(k: str) -> None:
            inside, at = _inside(t, t.load("%p", (r, "%m"), (k, "1")))
            value = t.load("%x", (r, "%n"), (at, "1"))
            chosen = t.put(f"select i1 {inside}, double {value}, double {missing}")
            t.store(chosen, "%out", (r, "%m"), (k, "1"))

        t.loop("%m", one)

    t.loop("%batch", row)


def _placed(t: Text) -> None:
    def row(r: str) -> None:
        t.loop("%n", lambda i: t.store(ZERO, "%out", (r, "%n"), (i, "1")))

        def one(k: str) -> None:
            inside, at = _inside(t, t.load("%p", (r, "%m"), (k, "1")))
            old = t.load("%out", (r, "%n"), (at, "1"))
            value = t.load("%x", (r, "%m"), (k, "1"))
            total = t.put(f"fadd double {old}, {value}")
            kept = t.put(f"select i1 {inside}, double {total}, double {old}")
            t.store(kept, "%out", (r, "%n"), (at, "1"))

        t.loop("%m", one)

    t.loop("%batch", row)


_OUT = "ptr noalias %out, ptr noalias readonly"
_TWO = "%x, ptr noalias readonly %p, i64 %n, i64 %m"
BODIES: dict[str, tuple[str, Callable[[Text], None]]] = {
    "argsort": (f"{_OUT} %x, ptr noalias %work, i64 %n, i64 %passes, i64 %batch", _argsort),
    "searchsorted": (
        f"{_OUT} %a, ptr noalias readonly %v, i64 %n, i64 %m, i64 %passes, i64 %right, i64 %batch",
        _searchsorted,
    ),
    "along": (f"{_OUT} {_TWO}, i64 %missing, i64 %batch", _along),
    "placed": (f"{_OUT} {_TWO}, i64 %batch", _placed),
}


def is_ordering(node: Node) -> bool:
    """Whether a node is computed by one of these kernels."""
    return node.op.name in BODIES


def ordering_call(program: Program, node: Node, pointers: Sequence[str]) -> str:
    """Write the call that computes a node; gives the kernel's name."""
    name, shapes = node.op.name, [argument.shape for argument in node.inputs]
    addresses = [program.buffer(node), *pointers]
    batch, n = math.prod(node.shape[:-1]), shapes[0][-1]
    if name == "argsort":
        addresses.append(program.scratch(max(n, 1)))
        sizes = [n, max(n - 1, 0).bit_length()]
    elif name == "searchsorted":
        sizes = [n, node.shape[-1], n.bit_length(), int(node.params["side"] == "right")]
    elif name == "along":
        sizes = [n, node.shape[-1], int(bits(node.params["missing"]), 16)]
    else:
        sizes = [node.shape[-1], n]
    empty = (name == "along" and n == 0) or not node.size
    if empty:  # nothing to read from: the result is filled, or has no elements
        assert not node.size, "elements of an empty axis"
        return name
    numbers = [*sizes, batch]
    types = ", ".join(["ptr"] * len(addresses) + ["i64"] * len(numbers))
    program.externals.add(f"declare void @w_{name}({types})")
    listed = ", ".join([f"ptr {p}" for p in addresses] + [f"i64 {size}" for size in numbers])
    program.function.lines.append(f"  call void @w_{name}({listed})")
    return name
