"""The keys by which a join's rows match, and the rest of its condition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from materializers.engines.rows.operators.arranging import primary_key
from materializers.engines.rows.operators.by import By
from materializers.sql.relations.join import Equality, Join
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Shared
from materializers.sql.relations.scan import Scan
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.types.expression import Apply, Expression, all_of


@dataclass(frozen=True, slots=True)
class Matching:
    """`left`, `right`: how both sides' rows are looked up by the join's key. `rest`: the part of
    the condition that equal keys do not imply."""

    left: By
    right: By
    rest: Expression | None


def matching(node: Join | SemiJoin | MarkJoin) -> Matching:
    used = [each for each in node.equalities if each.left.type.name == each.right.type.name]
    for side, keys in (
        (node.right, [each.right for each in used]),
        (node.left, [each.left for each in used]),
    ):
        used = _as_in_table(side, keys, used)
    rest = [each for each in _conjuncts(node.condition) if not _is_settled(each, used)]
    return Matching(
        By(node.left, tuple(each.left for each in used), is_join=True),
        By(node.right, tuple(each.right for each in used), is_join=True),
        all_of(rest),
    )


def _as_in_table(
    side: Relation, keys: Sequence[Expression], used: list[Equality]
) -> list[Equality]:
    """The equalities in the order of the table's primary key, where they cover it: then rows are
    looked up in the table itself."""
    while isinstance(side, Shared):
        side = side.child
    names = primary_key(side, keys)
    if not isinstance(side, Scan) or sorted(names) != sorted(side.primary_key):
        return used
    return [used[names.index(name)] for name in side.primary_key]


def _conjuncts(condition: Expression | None) -> Iterator[Expression]:
    waiting = [] if condition is None else [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Apply) and node.name == "and":
            waiting += reversed(node.arguments)
        else:
            yield node


def _is_settled(test: Expression, used: Sequence[Equality]) -> bool:
    if not isinstance(test, Apply) or test.name != "=":
        return False
    pairs = {pair for each in used for pair in ((each.left, each.right), (each.right, each.left))}
    return test.arguments in pairs
