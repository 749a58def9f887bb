"""Branches, and loops of unknown length, as native code that calls their bodies as functions.

A loop that derivatives go back through keeps some of the states it passed in memory of fixed size:
every state at first; when the memory is full, every second one is dropped and from then on only
every second is kept, and so on. On the way back a stretch between two kept states is run again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ad.access import resolve
from ad.loops.flat import outputs_of
from ad.loops.repeat import state_of
from ad.lower.bodies import BodyCall, copy, in_memory
from ad.lower.layout import DOUBLE
from ad.lower.scans import pieces_read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ad.graph import Node
    from ad.loops.body import Body
    from ad.loops.pieces import Piece
    from ad.lower.program import Program

MOST_STATES, MOST_DOUBLES = 1024, 1 << 17


def branch_code(program: Program, node: Node) -> None:
    """Write a branch: the chosen body's outputs go to the node's buffer."""
    function, where = program.function, outputs_of(node.params["yes"])
    kept = pieces_read(program.schedule, node, where)
    calls = [_given(program, node.params[name], node.inputs[1:], kept) for name in ("yes", "no")]
    condition = program.emitter.truth(program.load(resolve(node.inputs[0], ()))).text
    tag = function.fresh().removeprefix("%")
    function.lines.append(f"  br i1 {condition}, label %{tag}yes, label %{tag}no")
    for name, call in zip(("yes", "no"), calls, strict=True):
        function.lines.append(f"{tag}{name}:")
        call.call(program.emitter)
        _take(program, node, call, where, kept)
        function.lines.append(f"  br label %{tag}end")
    function.lines.append(f"{tag}end:")
    function.block = f"{tag}end"


def again_code(program: Program, node: Node) -> None:
    """Write a call of a checkpointed function."""
    where = outputs_of(node.params["body"])
    kept = pieces_read(program.schedule, node, where)
    call = _given(program, node.params["body"], node.inputs, kept)
    call.call(program.emitter)
    _take(program, node, call, where, kept)


def _given(
    program: Program, body: Body, arguments: Sequence[Node], kept: Sequence[bool]
) -> BodyCall:
    """A body, and where its arguments lie."""
    call, b = BodyCall(program, body, kept), program.emitter
    for place, argument in enumerate(arguments):
        call.give(b, place, argument)
    return call


def _take(
    program: Program, node: Node, call: BodyCall, where: Sequence[Piece], kept: Sequence[bool]
) -> None:
    """Copy outputs that are read to the node's buffer."""
    for which, (piece, keep) in enumerate(zip(where, kept, strict=True)):
        if keep:
            place = program.offset(node) + DOUBLE * piece.offset
            target = program.function.address("%ws", place)
            copy(program, target, call.out(which), piece.size)


def repeat_code(program: Program, node: Node) -> None:
    """Write a loop of unknown length, forwards and, for derivatives, back."""
    body, back, test = (node.params[name] for name in ("body", "back", "test"))
    where = state_of(body, back)
    count, adjoints = len(body.shapes), len(back.shapes) if back else 0
    width = sum(piece.size for piece in where[:count])
    breadth = sum(piece.size for piece in where[count:])
    address, reserve = program.function.address, program.reserve
    state, adjoint = (address("%ws", reserve(size)) for size in (width, breadth))
    z, a = node.inputs[:count], node.inputs[count : count + adjoints]
    w = node.inputs[count + adjoints :]
    z_at = _offsets(program, z, state)
    a_at = _offsets(program, a, adjoint)
    testing, stepping = BodyCall(program, test), BodyCall(program, body)
    b = program.emitter
    for call in (testing, stepping):
        for place, pointer in enumerate(z_at):
            call.point(b, place, pointer)
        for place, argument in enumerate(w, count):
            call.give(b, place, argument)
    final = program.buffer(node)
    if back is None:
        _run(program, testing, lambda: _step(program, stepping, state, width))
        copy(program, final, state, width)
        return
    states = max(2, min(MOST_STATES, MOST_DOUBLES // max(width, 1))) // 2 * 2
    states_kept, segment = (address("%ws", reserve(states * width)) for _ in range(2))
    turning = BodyCall(program, back)
    for place, pointer in enumerate(a_at):
        turning.point(b, place, pointer)
    for place, argument in enumerate(w, adjoints + count):
        turning.give(b, place, argument)
    row = address("%ws", reserve(width))
    for place, pointer in enumerate(_spread(program, z, row), adjoints):
        turning.point(b, place, pointer)
    name = f"there_and_back{len(program.root.bodies)}"
    calls = {"TEST": testing, "STEP": stepping, "BACK": turning}
    text = THERE_AND_BACK
    for key, call in calls.items():
        text = text.replace(f"CALL_{key}", call.text(key.lower()))
    text = (
        text.replace("NAME", name)
        .replace("WIDE", str(width * DOUBLE))
        .replace("BROAD", str(breadth * DOUBLE))
        .replace("WIDTH", str(width))
        .replace("STATES", str(states))
        .replace("HALF", str(states // 2))
    )
    program.root.bodies.append(text)
    program.externals.update(EXTERNALS)
    memory = [state, adjoint, states_kept, segment, row, final]
    for call in calls.values():
        memory += call.memory()
    listed = ", ".join(f"ptr {pointer}" for pointer in memory)
    program.function.lines.append(f"  call void @{name}({listed})")
    end = address("%ws", program.offset(node) + DOUBLE * width)
    copy(program, end, adjoint, breadth)


def _step(program: Program, call: BodyCall, state: str, width: int) -> None:
    """One step of a loop: what comes out is what is carried."""
    call.call(program.emitter)
    copy(program, state, call.out(0), width)


def _run(program: Program, testing: BodyCall, step: Callable[[], object]) -> None:
    """``while test: step``."""
    function = program.function
    tag = function.fresh().removeprefix("%")
    function.lines += [f"  br label %{tag}test", f"{tag}test:"]
    function.block = f"{tag}test"
    b = program.emitter
    testing.call(b)
    answer = b.write(f"load double, ptr {testing.out(0)}, align 8")
    holds = b.write(f"fcmp une double {answer}, 0.0")
    function.lines += [f"  br i1 {holds}, label %{tag}step, label %{tag}end", f"{tag}step:"]
    step()
    function.lines += [f"  br label %{tag}test", f"{tag}end:"]
    function.block = f"{tag}end"


def _spread(program: Program, nodes: tuple[Node, ...], base: str) -> list[str]:
    """Places of arrays that lie one after another from `base`."""
    b, places, offset = program.emitter, [], 0
    for node in nodes:
        places.append(b.write(f"getelementptr double, ptr {base}, i64 {offset}"))
        offset += node.size
    return places


def _offsets(program: Program, nodes: tuple[Node, ...], base: str) -> list[str]:
    """Copy arrays one after another to `base`; gives their places."""
    places = _spread(program, nodes, base)
    for node, place in zip(nodes, places, strict=True):
        copy(program, place, in_memory(program, node), node.size)
    return places


EXTERNALS = (
    "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
    "declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)",
    "declare i64 @llvm.usub.sat.i64(i64, i64)",
    "declare i64 @llvm.umax.i64(i64, i64)",
)
COPY = "call void @llvm.memcpy.p0.p0.i64(ptr align 8 {}, ptr align 8 {}, i64 {}, i1 false)"


def _copying(target: str, source: str, size: str = "WIDE") -> str:
    return COPY.format(target, source, size)


THERE_AND_BACK = f"""
define internal void @NAME(ptr %state, ptr %adjoint, ptr %kept, ptr %segment, ptr %row, ptr %final,
    ptr %otest, ptr %ttest, ptr %wtest, ptr %ostep, ptr %tstep, ptr %wstep,
    ptr %oback, ptr %tback, ptr %wback) {{
entry:
  br label %test
test:
  %n = phi i64 [ 0, %entry ], [ %n1, %step ]
  %stride = phi i64 [ 1, %entry ], [ %stride2, %step ]
  CALL_TEST
  %answer = load double, ptr %otest, align 8
  %holds = fcmp une double %answer, 0.0
  br i1 %holds, label %look, label %turn
look:
  %rest = urem i64 %n, %stride
  %due = icmp eq i64 %rest, 0
  br i1 %due, label %due1, label %step
due1:
  %slot = udiv i64 %n, %stride
  %full = icmp eq i64 %slot, STATES
  br i1 %full, label %thin, label %keep
thin:
  %j = phi i64 [ 0, %due1 ], [ %j1, %thin ]
  %to0 = mul i64 %j, WIDTH
  %from0 = shl i64 %to0, 1
  %to = getelementptr double, ptr %kept, i64 %to0
  %from = getelementptr double, ptr %kept, i64 %from0
  call void @llvm.memmove.p0.p0.i64(ptr align 8 %to, ptr align 8 %from, i64 WIDE, i1 false)
  %j1 = add i64 %j, 1
  %more = icmp ult i64 %j1, HALF
  br i1 %more, label %thin, label %thinned
thinned:
  %doubled = shl i64 %stride, 1
  br label %keep
keep:
  %at = phi i64 [ %slot, %due1 ], [ HALF, %thinned ]
  %stride1 = phi i64 [ %stride, %due1 ], [ %doubled, %thinned ]
  %at0 = mul i64 %at, WIDTH
  %place = getelementptr double, ptr %kept, i64 %at0
  {_copying("%place", "%state")}
  br label %step
step:
  %stride2 = phi i64 [ %stride, %look ], [ %stride1, %keep ]
  CALL_STEP
  {_copying("%state", "%ostep")}
  %n1 = add i64 %n, 1
  br label %test
turn:
  {_copying("%final", "%state")}
  br label %stretch
stretch:
  %high = phi i64 [ %n, %turn ], [ %start, %stretched ]
  %any = icmp ugt i64 %high, 0
  br i1 %any, label %rewind, label %done
rewind:
  %last = sub i64 %high, 1
  %which = udiv i64 %last, %stride
  %low = mul i64 %which, %stride
  %least = call i64 @llvm.usub.sat.i64(i64 %high, i64 STATES)
  %start = call i64 @llvm.umax.i64(i64 %low, i64 %least)
  %which0 = mul i64 %which, WIDTH
  %known = getelementptr double, ptr %kept, i64 %which0
  {_copying("%state", "%known")}
  br label %again
again:
  %k = phi i64 [ %low, %rewind ], [ %k1, %again1 ]
  %wanted = icmp uge i64 %k, %start
  br i1 %wanted, label %note, label %again0
note:
  %k0 = sub i64 %k, %start
  %spot0 = mul i64 %k0, WIDTH
  %spot = getelementptr double, ptr %segment, i64 %spot0
  {_copying("%spot", "%state")}
  br label %again0
again0:
  %k1 = add i64 %k, 1
  %ahead = icmp ult i64 %k1, %high
  br i1 %ahead, label %again1, label %back
again1:
  CALL_STEP
  {_copying("%state", "%ostep")}
  br label %again
back:
  %b = phi i64 [ %last, %again0 ], [ %b1, %back1 ]
  %b0 = sub i64 %b, %start
  %here0 = mul i64 %b0, WIDTH
  %here = getelementptr double, ptr %segment, i64 %here0
  {_copying("%row", "%here")}
  CALL_BACK
  {_copying("%adjoint", "%oback", "BROAD")}
  %first = icmp ule i64 %b, %start
  br i1 %first, label %stretched, label %back1
back1:
  %b1 = sub i64 %b, 1
  br label %back
stretched:
  br label %stretch
done:
  ret void
}}
"""
