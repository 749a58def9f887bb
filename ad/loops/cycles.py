"""Strongly connected components: what depends on itself, in the order of dependence."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def components(edges: Mapping[Key, Sequence[Key]]) -> list[list[Key]]:
    """Groups of keys that depend on one another; a group comes after all it depends on.

    `edges` lists, for each key, the keys it depends on. R. Tarjan (1972), "Depth-first search and
    linear graph algorithms", SIAM Journal on Computing 1, 146-160; without recursion.
    """
    number: dict[Key, int] = {}
    lowest: dict[Key, int] = {}
    waiting: list[Key] = []
    on_stack: set[Key] = set()
    groups: list[list[Key]] = []
    for root in edges:
        if root in number:
            continue
        path = [(root, iter(edges[root]))]
        number[root] = lowest[root] = len(number)
        waiting.append(root)
        on_stack.add(root)
        while path:
            key, rest = path[-1]
            for following in rest:
                if following not in number:
                    number[following] = lowest[following] = len(number)
                    waiting.append(following)
                    on_stack.add(following)
                    path.append((following, iter(edges[following])))
                    break
                if following in on_stack:
                    lowest[key] = min(lowest[key], number[following])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[key])
                if lowest[key] == number[key]:
                    groups.append(_popped(waiting, on_stack, key))
    return groups


def _popped(waiting: list[Key], on_stack: set[Key], key: Key) -> list[Key]:
    """The keys above and including `key`, taken off the stack."""
    group: list[Key] = []
    while True:
        top = waiting.pop()
        on_stack.discard(top)
        group.append(top)
        if top == key:
            return group
