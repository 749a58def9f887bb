"""The interpreter: what a graph means, in NumPy.

Every operation is called on the values of its arguments. Native code is tested against this, and
because operations are called polymorphically, interpreting on traced values records the graph on
their tape: that is how derivatives nest.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ad.graph import DATA, LITERAL, Node, reachable


def interpret(outputs: Sequence[Node], inputs: Sequence[Node], values: Sequence[Any]) -> list[Any]:
    """Values of `outputs` where `inputs` have the given values (arrays or traced)."""
    known = {node.index: value for node, value in zip(inputs, values, strict=True)}
    tapes = {value.tape for value in values if hasattr(value, "tape")}
    with np.errstate(all="ignore"):
        for node in reachable(outputs):
            if node.index in known:
                continue
            if node.op is LITERAL or node.op is DATA:
                known[node.index] = node.value
            else:
                for tape in tapes:  # all rows come from the line below, so say which node is meant
                    tape.step = node.index
                # Numbers of the program stay numbers, so that a trace records them as such.
                arguments = [
                    argument.value if argument.op is LITERAL else _shaped(known[argument.index])
                    for argument in node.inputs
                ]
                known[node.index] = node.op(*arguments, **node.params)
    for tape in tapes:
        tape.step = 0
    return [known[node.index] for node in outputs]


def _shaped(value: Any) -> Any:
    """A value the rules can ask for its shape."""
    return value if hasattr(value, "shape") else np.float64(value)
