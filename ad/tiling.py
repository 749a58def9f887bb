"""A data matrix read once: products with it moved into the loop over its rows.

The likelihood of a regression needs X beta before its rows and X' r after them. Where one loop
stands between the two, it works in tiles of rows: the tile's products, its elements, the products
with its weights, while the tile is in the first-level cache. It is found in the schedule, in plain
NumPy code: no special distribution is needed.
"""

from ad.access import Access, Affine, Space, affine_of
from ad.graph import DATA, Node
from ad.schedule import Schedule
from ad.stages import TILE

Readers = dict[int, list[tuple[Node, Access, Space]]]


def fuse_products(schedule: Schedule) -> None:
    """Move products with a data matrix into the loop between them, where there is one.

    For a matrix X with as many rows as a loop has elements: every X v must be read by that loop
    alone, element for element, and every X' r must be of a value the loop computes. Then X is read
    once for value and gradient together.
    """
    kernels = [node for stage in schedule.stages for node in stage.kernels]
    if all(node.op.kind != "matvec" for node in kernels):
        return
    readers: Readers = {}
    for node in schedule.nodes:
        if schedule.is_placed(node):
            spaces = schedule.spaces.of_reads(node)
            for access, space in zip(schedule.reads(node), spaces, strict=False):
                readers.setdefault(access.source.index, []).append((node, access, space))
    by_matrix: dict[int, tuple[list[Node], list[Node]]] = {}
    for node in kernels:
        if node.op.kind == "matvec":
            matrix = node.inputs[0]
            source = matrix.inputs[0] if matrix.op.name == "view" else matrix
            if source.op is DATA and len(source.shape) == 2 and source.shape[1]:
                forward, backward = by_matrix.setdefault(source.index, ([], []))
                if matrix is source:
                    forward.append(node)
                elif affine_of(matrix) == Affine(source.shape[::-1], 0, (1, source.shape[1])):
                    backward.append(node)
    for forward, backward in by_matrix.values():
        if forward and backward:
            _fuse(schedule, forward, backward, readers)


def _fuse(
    schedule: Schedule,
    forward: list[Node],
    backward: list[Node],
    readers: Readers,
) -> None:
    rows = forward[0].size
    times: set[int] = set()
    for product in forward:
        for node, access, space in readers.get(product.index, []):
            by_rows = access.kind == "row" or (access.same and space.flat)
            element_for_element = by_rows and not schedule.is_kernel(node)
            times.add(schedule.writing_stage(node, access) if element_for_element else -1)
    for product in backward:
        value = product.inputs[1]
        made_in_loop = (
            schedule.is_movable(value)
            and value.index in schedule.stored
            and schedule.spaces.of(value).flat
        )
        times.add(schedule.time(value) if made_in_loop else -1)
    outputs = schedule.outputs & {product.index for product in forward}
    if len(times) != 1 or -1 in times or rows < 2 * TILE or outputs:
        return
    (time,) = times
    stage = next(stage for stage in schedule.stages if stage.time == time)
    loop = stage.loop(rows)
    loop.products += forward
    loop.transposed += backward
    moved = {product.index for product in (*forward, *backward)}
    for other in schedule.stages:
        other.kernels = [node for node in other.kernels if node.index not in moved]
    schedule.local |= {product.index for product in forward}
    for product in backward:
        value = product.inputs[1]
        if value.index not in schedule.outputs and all(
            schedule.fuses(node, access) and schedule.time(node) == time
            for node, access, _ in readers[value.index]
            if node.index not in moved
        ):
            schedule.local.add(value.index)
