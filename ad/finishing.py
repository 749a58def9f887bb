"""Laws for machine code alone: the last, when a program and its derivative are complete.

What they make of an expression is faster and no more than that: it need not be differentiated
again, and it may suit one reader together with another. Here meet the value and the gradient of a
likelihood, which need the same products and the same exponentials.

Each is an approximate law with a name among the passes (`ad.passes`); a strict program has none.
Nothing here computes with data: the arrays of a finished program are those it had before.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ad.access import Affine, affine_of
from ad.graph import DATA, Node, reachable
from ad.op import TABLE, reshape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ad.identity import Asked

    Rule = Callable[[Node, list[Node]], Node | None]
    Sum = Callable[[Node, tuple[int, ...]], Node]

PRODUCTS, FUNCTIONS, FACTORS = "narrow-products", "logistic-functions", "factors-of-sums"
# A matrix of so many columns is read by a loop over its rows, all columns at once.
NARROW = 8
# Sums of fewer terms are not worth what is done once for all of them.
LEAST_TERMS = 16


def finished(asked: Asked) -> Asked:
    """The program after these laws."""
    on = set() if asked.strict else {PRODUCTS, FUNCTIONS, FACTORS}.difference(asked.without)
    roots = [*asked.outputs, *(node for node, _ in asked.guards)]
    roots += [] if asked.gradient is None else [asked.gradient]
    nodes = reachable(roots)
    factors = _Factors()
    summed = factors.sum if FACTORS in on else _plain_sum
    rules: dict[str, Rule] = {}
    if FACTORS in on:
        rules["sum"] = lambda node, inputs: summed(inputs[0], node.params["axis"])
        rules["scatter_add"] = factors.scatter
    if FUNCTIONS in on:
        rules |= _Shared(nodes, summed).rules
    if PRODUCTS in on:
        rules["matvec"] = lambda _, inputs: _narrow(inputs[0], inputs[1], summed)
    if all(node.op.name not in rules for node in nodes):
        return asked
    known = _rebuilt(nodes, rules)
    return asked._replace(
        outputs=[known[node.index] for node in asked.outputs],
        gradient=None if asked.gradient is None else known[asked.gradient.index],
        guards=[(known[node.index], taken) for node, taken in asked.guards],
    )


def _rebuilt(nodes: Sequence[Node], rules: dict[str, Rule]) -> dict[int, Node]:
    """What stands for each node: itself, where neither it nor anything it reads is another."""
    known: dict[int, Node] = {}
    with nodes[0].graph.as_written():
        for node in nodes:
            inputs = [known[argument.index] for argument in node.inputs]
            rule = rules.get(node.op.name)
            new = None if rule is None else rule(node, inputs)
            if new is None and all(a is b for a, b in zip(inputs, node.inputs, strict=True)):
                new = node
            known[node.index] = new or node.graph.apply(node.op, inputs, node.params)
    return known


# ---- products ------------------------------------------------------------------------------------


def _narrow(matrix: Node, vector: Node, summed: Sum) -> Node | None:
    """X v = sum_k X[:, k] v[k], X' r = sum_i X[i] r[i], with few columns: both in one loop."""
    turned = matrix.op.name == "view"
    source = matrix.inputs[0] if turned else matrix
    if source.op is not DATA or len(source.shape) != 2:
        return None
    rows, columns = source.shape
    if not 1 < columns <= NARROW or rows < 2 * columns:
        return None
    if turned and affine_of(matrix) != Affine((columns, rows), 0, (1, columns)):
        return None
    by_element = reshape(vector, (rows, 1) if turned else (1, columns))
    return summed(source * by_element, (0,) if turned else (1,))


# ---- sums ----------------------------------------------------------------------------------------


def _plain_sum(x: Node, axis: tuple[int, ...]) -> Node:
    return TABLE["sum"](x, axis=axis)  # type: ignore[no-any-return]


class _Factors:
    """Sums of many terms with a common factor: the factor, once.

    The terms of a likelihood and of its gradient all have powers of its scale. Without them they
    share what is left, a residual, say, and its square.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Node | None, Node]] = {}

    def sum(self, x: Node, axis: tuple[int, ...]) -> Node:
        """sum(c f) = c sum(f); sum(f - c) = sum(f) - n c for all n terms."""
        if x.size < LEAST_TERMS or (len(axis) != len(x.shape) and axis != (0,)):
            return _plain_sum(x, axis)
        apart: list[Node] = []
        rest = _without_numbers(x, apart) if len(axis) == len(x.shape) else x
        factor, rest = self.split(rest)
        total = _plain_sum(rest, axis)
        if factor is not None:
            total = factor * total
        for number in apart:
            total = total + float(x.size) * number
        return total

    def scatter(self, node: Node, inputs: list[Node]) -> Node | None:
        """Sums by group, in the same way, where the groups are much fewer than the terms."""
        values, table = inputs
        factor, rest = self.split(values)
        if factor is None or values.size < LEAST_TERMS or values.size < 2 * node.size:
            return None
        return factor * node.op(rest, table, **node.params)  # type: ignore[no-any-return]

    def split(self, x: Node) -> tuple[Node | None, Node]:
        """A number and an array whose product is `x`."""
        known = self._known.get(x.index)
        if known is None:
            known = self._known[x.index] = self._found(x)
        return known

    def _found(self, x: Node) -> tuple[Node | None, Node]:
        name, inputs = x.op.name, x.inputs
        if name == "multiply":
            for number, other in (inputs, inputs[::-1]):
                if _is_number(number, x) and other.shape == x.shape:
                    factor, rest = self.split(other)
                    return _product(_scalar(number), factor), rest
            (first, left), (second, right) = self.split(inputs[0]), self.split(inputs[1])
            both = _product(first, second)
            return (None, x) if both is None else (both, left * right)
        if name == "divide" and _is_number(inputs[1], x) and inputs[0].shape == x.shape:
            factor, rest = self.split(inputs[0])
            share = 1.0 / _scalar(inputs[1])
            return _product(share, factor), rest
        if name in {"negative", "square", "reshape"}:
            factor, rest = self.split(inputs[0])
            if name == "negative":
                return (x.graph.literal(-1.0) if factor is None else -factor), rest
            if factor is not None:
                return factor * factor if name == "square" else factor, x.op(rest, **x.params)
        return None, x


def _is_number(x: Node, of: Node) -> bool:
    return x.size == 1 < of.size and x.dtype == "f"


def _scalar(x: Node) -> Node:
    return reshape(x, ())  # type: ignore[no-any-return]


def _product(one: Node | None, other: Node | None) -> Node | None:
    if one is None or other is None:
        return other if one is None else one
    return one * other


# Results of these are rounded to begin with: nothing is lost where they are summed by themselves.
ROUNDED = ("multiply", "square", "divide", "exp", "log", "log1p", "negative")


def _without_numbers(x: Node, apart: list[Node]) -> Node:
    """What is left of terms without the numbers added to each; `apart` has them with signs.

    Only where what is left is rounded to begin with: the sum of y - m is not that of y less n m.
    """
    rest, found = x, []
    while rest.op.name in {"add", "subtract"}:
        minus = rest.op.name == "subtract"
        left, right = rest.inputs
        if _is_number(right, x) and left.shape == x.shape:
            found.append(-_scalar(right) if minus else _scalar(right))
            rest = left
        elif _is_number(left, x) and right.shape == x.shape:
            found.append(_scalar(left))
            rest = -right if minus else right
        else:
            return x
    if rest.op.name not in ROUNDED:
        return x
    apart += found
    return rest


# ---- logistic functions --------------------------------------------------------------------------

# log expit(x) = min(x, 0) - log(1 + e), log(1 + exp(x)) = max(x, 0) + log(1 + e): the sign.
SOFT = {"log_expit": -1, "log1p_exp": 1}
LOGISTIC = (*SOFT, "expit", "expit_slope")


class _Shared:
    """Logistic functions of one argument, or its negative, that share e = exp(-|x|).

    expit(x) = (x < 0 ? e : 1) / (1 + e). A sum of log(1 + e) is the logarithm of a product, so that
    one exponential an element serves value and gradient of a likelihood.
    """

    def __init__(self, nodes: Sequence[Node], add_up: Sum) -> None:
        self._add_up = add_up
        readers = Counter(argument.index for node in nodes for argument in node.inputs)
        # Logarithms and their signs, by sum; what is left of a logarithm is in its place there.
        self._terms: dict[int, list[tuple[Node, int]]] = {}
        families: Counter[int] = Counter()
        for node in nodes:
            if node.op.name == "sum" and node.size == 1 and node.inputs[0].size >= LEAST_TERMS:
                self._terms[node.index] = list(_logarithms(node.inputs[0], readers))
            elif node.op.name in LOGISTIC:
                families[_unsigned(node.inputs[0])[0].index] += 1
        summed = [node for terms in self._terms.values() for node, _ in terms]
        self._summed = {node.index for node in summed}
        self._bases = {base for base, count in families.items() if count > 1}
        self._bases |= {_unsigned(node.inputs[0])[0].index for node in summed}
        self._known: dict[int, Node] = {}  # e, by summed logarithm
        self.rules: dict[str, Rule] = {}
        if self._bases:
            self.rules = {"sum": self._sum, **dict.fromkeys(LOGISTIC, self._logistic)}

    def _sum(self, node: Node, inputs: list[Node]) -> Node | None:
        """The sum of what is left, and of the logarithms apart."""
        if not self._terms.get(node.index):
            return self._add_up(inputs[0], node.params["axis"])
        total = self._add_up(inputs[0], node.params["axis"])
        for logarithm, sign in self._terms[node.index]:
            others = TABLE["log1p_sum"](self._known[logarithm.index])
            total = total + others if sign > 0 else total - others
        return total

    def _logistic(self, node: Node, inputs: list[Node]) -> Any:
        if _unsigned(node.inputs[0])[0].index not in self._bases:
            return None
        (x,) = inputs
        base, minus = _unsigned(x)
        e = TABLE["exp"](-TABLE["absolute"](base))
        if node.op.name in SOFT:
            # min(x, 0) or max(x, 0): the side of the base on which it is x.
            below = (node.op.name == "log_expit") != minus
            rest = _either(base, x, 0.0) if below else _either(base, 0.0, x)
            if node.index in self._summed:
                self._known[node.index] = e
                return rest
            rounded = TABLE["log1p"](e)
            return rest - rounded if SOFT[node.op.name] < 0 else rest + rounded
        share = 1.0 / (1.0 + e)
        if node.op.name == "expit_slope":
            return e * (share * share)  # expit(x) expit(-x)
        return share * (_either(base, 1.0, e) if minus else _either(base, e, 1.0))


def _logarithms(argument: Node, readers: Counter[int]) -> Iterator[tuple[Node, int]]:
    """Logarithms in a sum of terms that nobody else reads, with their signs."""
    stack = [(argument, 1)]
    while stack:
        node, sign = stack.pop()
        if readers[node.index] != 1 or node.size != argument.size:
            continue
        if node.op.name in SOFT:
            yield node, sign * SOFT[node.op.name]
        elif node.op.name == "negative":
            stack.append((node.inputs[0], -sign))
        elif node.op.name in {"add", "subtract"}:
            right = sign if node.op.name == "add" else -sign
            stack += [(node.inputs[0], sign), (node.inputs[1], right)]


def _unsigned(x: Node) -> tuple[Node, bool]:
    """A node without its sign, and whether it had one."""
    minus = False
    while x.op.name == "negative":
        x, minus = x.inputs[0], not minus
    return x, minus


def _either(base: Node, below: Any, above: Any) -> Node:
    """`below` where the base is negative, else `above`; nan comes in by the exponential."""
    return TABLE["where"](base < 0.0, below, above)  # type: ignore[no-any-return]
