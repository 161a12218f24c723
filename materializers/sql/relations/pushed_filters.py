"""Pushes filters below expressions that may raise an error, as PostgreSQL does.

`SELECT * FROM (SELECT g, sum(10 / v) AS s FROM t GROUP BY g) q WHERE g <> 1` divides no row of
group 1 in PostgreSQL. So a test on columns that pass through unchanged is pushed below a join,
group, window or union with an expression that may raise an error. Other filters are not pushed, so
that views with different filters still share relations with state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from materializers.sql.relations.expand import Expand
from materializers.sql.relations.first import FirstOfEach
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.map import Map
from materializers.sql.relations.nested import Nested
from materializers.sql.relations.pruned import pruned
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.relations.rewriting import Rewriting
from materializers.sql.relations.same import Consolidate
from materializers.sql.relations.semi_join import MarkJoin, SemiJoin
from materializers.sql.relations.set_operations import UnionAll
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import ColumnRef, Expression, all_of
from materializers.sql.types.raising import conjuncts_of, may_raise


class PushedFilters(Rewriting):
    """Rewrites one plan."""

    def rewritten(self, relation: Relation) -> Relation:
        if isinstance(relation, Map) and relation.may_raise:
            narrowed = pruned(relation)
            assert isinstance(narrowed, Map), "pruned() returns a Map for a Map"
            relation = _without_pushed(narrowed)
        elif isinstance(relation, Join):
            relation = _with_chosen_sides(relation)
        return relation


def _without_pushed(relation: Map) -> Relation:
    child, remaining = relation.child, []
    for test in conjuncts_of(relation.predicate):
        below = None if not _is_movable(test) else _pushed(child, test)
        if below is None:
            remaining.append(test)
        child = below or child
    return replace(relation, child=child, predicate=all_of(remaining))


def _with_chosen_sides(relation: Join) -> Join:
    """Where an equality of a join may raise an error, test its other conditions on a side
    first."""
    values = [value for each in relation.equalities for value in (each.left, each.right)]
    if relation.kind == "full" or not any(map(may_raise, values)):
        return relation
    right, remaining = relation.right, []
    for test in conjuncts_of(relation.condition):
        if _is_movable(test) and test.columns and test.columns <= right.names:
            right = _filtered(right, test)
        else:
            remaining.append(test)
    return replace(relation, right=right, condition=all_of(remaining))


def _is_movable(test: Expression) -> bool:
    return not may_raise(test) and not any(isinstance(each, Nested) for each in test.walk())


def _filtered(relation: Relation, test: Expression) -> Relation:
    return _pushed(relation, test) or Map(relation, carried(relation), test)


def _pushed(relation: Relation, test: Expression) -> Relation | None:
    """The relation with the test pushed below; None where it cannot be pushed or need not be."""
    if relation.reason or not relation.may_raise:
        return None
    match relation:
        case Map():
            return _through_map(relation, test)
        case Join() | SemiJoin() | MarkJoin():
            return _into_side(relation, test)
        case GroupBy() if relation.groups:
            inner = _over_outputs(test, dict(relation.groups))
            return _above(relation, inner)
        case Window():
            return _above(relation, _of_partition(test, relation.partition))
        case FirstOfEach():
            return _above(relation, _of_partition(test, relation.partition))
        case Consolidate():
            return _above(relation, test)
        case Expand() if test.columns <= relation.child.names:
            return _above(relation, test)
        case UnionAll():
            return _into_all(relation, test)
    return None


def _above(relation: Any, test: Expression | None) -> Relation | None:
    """The relation over its filtered child. Any: a relation with a `child`."""
    if test is None:
        return None
    changed: Relation = replace(relation, child=_filtered(relation.child, test))
    return changed


def _through_map(relation: Map, test: Expression) -> Relation | None:
    inner = _over_outputs(test, dict(relation.outputs))
    if inner is None:
        return None
    if (child := _pushed(relation.child, inner)) is not None:
        return replace(relation, child=child)
    tests = [inner, *conjuncts_of(relation.predicate)]
    return replace(relation, predicate=all_of(tests)) if any(map(may_raise, tests)) else None


def _into_side(relation: Join | SemiJoin | MarkJoin, test: Expression) -> Relation | None:
    kind = relation.kind if isinstance(relation, Join) else "left"
    if kind != "full" and test.columns <= relation.left.names:
        return replace(relation, left=_filtered(relation.left, test))
    if kind == "inner" and test.columns <= relation.right.names:
        return replace(relation, right=_filtered(relation.right, test))
    return None


def _into_all(relation: UnionAll, test: Expression) -> Relation:
    listed = [column.name for column in relation.columns]
    sides = []
    for side in relation.sides:
        names = dict(zip(listed, (column.name for column in side.columns), strict=True))
        sides.append(_filtered(side, test.renamed(names)))
    return replace(relation, sides=tuple(sides))


def _of_partition(test: Expression, partition: Iterable[Expression]) -> Expression | None:
    """The test, where it has the same result for all rows of a partition."""
    names = {each.column for each in partition if isinstance(each, ColumnRef)}
    return test if test.columns and test.columns <= names else None


def _over_outputs(test: Expression, outputs: Mapping[str, Expression]) -> Expression | None:
    """The test in terms of the projection's input; None where an output that it reads may raise an
    error."""
    if not test.columns or any(
        name not in outputs or not _is_movable(outputs[name]) for name in test.columns
    ):
        return None

    def inner(node: Expression) -> Expression:
        if isinstance(node, ColumnRef):
            return outputs[node.column]
        return node.with_children(inner)

    return inner(test)
