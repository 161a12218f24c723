"""The size of an expression for DuckDB: the words of its SQL, with all macros expanded.

An argument that a rendering repeats counts each time: a sum of ten floats, each step of which has
its operands three times, has 3^10 words.
"""

from __future__ import annotations

from collections.abc import Iterator

from materializers.engines.duckdb.macros.mentions import SIZE, Mentions, mentions
from materializers.engines.duckdb.render.functions import RENDERINGS
from materializers.engines.duckdb.render.node_words import (
    has_words,
    keep_words,
    take_words,
    words_of,
)
from materializers.engines.duckdb.render.rendering import render
from materializers.sql.relations.nested import Nested
from materializers.sql.types.expression import (
    Apply,
    ColumnRef,
    Constant,
    Expression,
    Parameter,
)

_LEAVES = (ColumnRef, Constant, Parameter)
_CONSTANTS_A_WORD = 16
"""Constants of an IN list count less: DuckDB hashes them, while the row engine compares one after
the other."""


class Sizes:
    """Sizes and depths of nodes, each measured once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Expression, int, int]] = {}

    def of(self, node: Expression) -> tuple[int, int]:
        """A node's words, with all nodes below it, and its depth."""
        if id(node) not in self._known:
            self._measure(node)
        return self._known[id(node)][1:]

    def _measure(self, root: Expression) -> None:
        """Render each node with placeholders for its children."""
        unsaid = [node for node in _leaves_first(root) if not has_words(node)]
        sizes: dict[str, int] = {}
        try:
            for place, node in enumerate(unsaid):
                own = _own(node)
                size = own[SIZE] + sum((sizes[n] - 1) * own[n] for n in own.keys() & sizes.keys())
                below = (self._known[id(n)][2] for n in node.children if id(n) in self._known)
                depth = 1 + max(below, default=0)
                self._known[id(node)] = node, size, depth  # held, so that no id is given twice
                if not isinstance(node, _LEAVES):
                    stand_in = f'"#{place}"'
                    sizes[stand_in] = size
                    keep_words(node, stand_in)
        finally:
            for node in unsaid:
                take_words(node)
        if id(root) not in self._known:
            self._known[id(root)] = root, mentions(words_of(root))[SIZE], 1


def _own(node: Expression) -> Mentions:
    """The words of a node, and how often each placeholder is in them."""
    if not (isinstance(node, Apply) and node.name == "in"):
        return mentions(_sql(node))
    constants = [each for each in node.arguments if isinstance(each, Constant)]
    others = [each for each in node.arguments if not isinstance(each, Constant)]
    counts = mentions(" ".join(map(words_of, others)))
    counts[SIZE] += len(constants) // _CONSTANTS_A_WORD
    return counts


def _sql(node: Expression) -> str:
    if isinstance(node, Nested):
        return "nested"
    if not isinstance(node, Apply):
        return words_of(node)
    rendering = RENDERINGS.get(node.name)
    if rendering is None:  # a project's own function
        return " ".join(map(words_of, node.arguments))
    return render(rendering, node)


def _leaves_first(root: Expression) -> Iterator[Expression]:
    """Each node once, after its children."""
    waiting, seen = [(root, False)], set[int]()
    while waiting:
        node, is_ready = waiting.pop()
        if is_ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            waiting.append((node, True))
            waiting += [(child, False) for child in node.children]
