"""Buffers in the workspace: when each is in use, and where it lies.

Time is counted in stages. A buffer is in use from the first stage that writes it to the last that
reads it; afterwards its memory serves others. So the workspace stays as small as the values that
are needed at one time, and in the cache.
"""

from collections.abc import Callable, Iterable, Iterator

from ad.graph import Node
from ad.schedule import Schedule
from ad.stages import is_picked

Interval = tuple[int, int]


def lifetimes(schedule: Schedule) -> dict[int, Interval]:
    """First and last stage in which each stored node's buffer is in use, by index."""
    moved = _moved(schedule)
    end = max((stage.time for stage in schedule.stages), default=0) + 1
    used: dict[int, list[int]] = {index: [] for index in schedule.stored}
    for node in schedule.nodes:
        if schedule.is_placed(node):
            times = [schedule.time(node), *moved.get(node.index, ())]
            for source, time in _uses(schedule, node, times):
                if source.index in used:
                    used[source.index].append(time)
        if node.index in schedule.outputs:
            for source in _sources(node):
                if source.index in used:
                    used[source.index].append(end)
    return {index: (min(times), max(times)) for index, times in used.items() if times}


def _uses(schedule: Schedule, node: Node, times: list[int]) -> Iterator[tuple[Node, int]]:
    """What computing a node reads and writes, and when."""
    for time in times:
        yield node, time
    for access in schedule.reads(node):
        # One element picked from a picked one is found through all of them.
        found = _sources(access.source) if access.source.size == 1 else [access.source]
        if node.op.kind == "assemble":
            writing = schedule.writing_stage(node, access)
            yield node, writing
            yield from ((source, writing) for source in found)
        yield from ((source, time) for source in found for time in times)
    if schedule.is_kernel(node):
        sources = [source for argument in node.inputs for source in _sources(argument)]
        yield from ((source, time) for source in sources for time in times)


def _moved(schedule: Schedule) -> dict[int, list[int]]:
    """Stages of loops that do products with their rows, which other stages did before."""
    found: dict[int, list[int]] = {}
    for stage in schedule.stages:
        for loop in stage.loops.values():
            for node in (*loop.products, *loop.transposed):
                found.setdefault(node.index, []).append(stage.time)
    return found


def _sources(node: Node) -> list[Node]:
    """Nodes in whose buffers a reader of `node` may find it: itself, and what it is a view of."""
    found = [node]
    while is_picked(node):
        node = node.inputs[0]
        found.append(node)
    return found


def place(
    buffers: Iterable[tuple[int, Interval, int]], reserve: Callable[[int], int], reuse: bool
) -> dict[int, int]:
    """Offset of each buffer.

    Parameters
    ----------
    buffers : iterable of (index, (first, last), bytes)
    reserve : callable
        Gives the offset of so many new bytes.
    reuse : bool
        Whether memory is used again after a buffer's last stage.
    """
    offsets: dict[int, int] = {}
    free: list[tuple[int, int]] = []  # (bytes, offset)
    busy: list[tuple[int, int, int]] = []  # (last stage, bytes, offset)
    for index, (first, last), size in sorted(buffers, key=lambda one: (one[1][0], one[0])):
        if reuse:
            free = _merged(free + [(size, at) for end, size, at in busy if end < first])
            busy = [one for one in busy if one[0] >= first]
        fitting = min((block for block in free if block[0] >= size), default=None)
        if fitting is None:
            offset = reserve(size)
        else:
            free.remove(fitting)
            offset = fitting[1]
            if fitting[0] > size:
                free.append((fitting[0] - size, offset + size))
        offsets[index] = offset
        busy.append((last, size, offset))
    return offsets


def _merged(blocks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Free blocks with neighbours joined."""
    joined: list[tuple[int, int]] = []
    for size, offset in sorted(blocks, key=lambda block: block[1]):
        if joined and joined[-1][0] + joined[-1][1] == offset:
            joined[-1] = (joined[-1][0] + size, joined[-1][1])
        else:
            joined.append((size, offset))
    return joined
