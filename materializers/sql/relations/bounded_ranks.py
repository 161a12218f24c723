"""A filter on a rank over all rows -> a Limit below the window: `rank() OVER (ORDER BY y) <= 4`.

A row's rank depends only on the rows before it in the order. So where a filter reads only the first
ranks, the window needs only the first rows, and these have a delta rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from materializers.sql.relations.first import Limit
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation, shortest_key
from materializers.sql.relations.rewriting import Rewriting
from materializers.sql.relations.same import Shared
from materializers.sql.relations.semi_join import with_same
from materializers.sql.relations.window import Window
from materializers.sql.types.expression import (
    Apply,
    Cast,
    ColumnRef,
    Constant,
    Expression,
)
from materializers.sql.types.raising import conjuncts_of
from materializers.sql.types.sort_key import Bounds, Order, SortKey
from materializers.sql.types.sql_type import BIGINT
from materializers.sql.types.window_call import WindowCall

_RANKS = ("row_number", "rank", "dense_rank")
_FLIPPED = {"<=": ">=", "<": ">", ">=": "<=", ">": "<", "=": "="}


class BoundedRanks(Rewriting):
    """Rewrites one plan."""

    def rewritten(self, relation: Relation) -> Relation:
        if isinstance(relation, Map):
            for column, most in _bounds(relation.predicate):
                relation = replace(relation, child=_cut(relation.child, column, most))
        return relation


def _bounds(predicate: Expression | None) -> Iterator[tuple[str, int]]:
    """(column, upper bound) for each column that the predicate bounds by an integer."""
    for test in conjuncts_of(predicate):
        if not isinstance(test, Apply) or test.name not in _FLIPPED:
            continue
        (left, right), sign = test.arguments, test.name
        if isinstance(right, ColumnRef):
            left, right, sign = right, left, _FLIPPED[sign]
        most = _whole(right)
        if isinstance(left, ColumnRef) and most is not None and sign in ("<=", "<", "="):
            yield left.column, most - (sign == "<")


def _whole(value: Expression) -> int | None:
    """The value of an integer constant; None for another expression."""
    while isinstance(value, Cast) and value.type.is_integer:
        value = value.value
    is_whole = isinstance(value, Constant) and value.type.is_integer and value.text is not None
    return int(str(value.text)) if is_whole else None  # type: ignore[attr-defined]


def _cut(relation: Relation, column: str, most: int) -> Relation:
    """The relation without the rows whose rank in `column` is above `most`; unchanged where the
    column is no rank."""
    if isinstance(relation, Map):
        value = dict(relation.outputs).get(column)
        if isinstance(value, ColumnRef):
            return replace(relation, child=_cut(relation.child, value.column, most))
    if isinstance(relation, Window) and not relation.partition:
        calls = {added.name: call for added, call in relation.calls}
        if column in calls and _are_of_one_order(list(calls.values())):
            return replace(relation, child=_first(relation.child, column, calls[column], most))
    return relation


def _are_of_one_order(calls: list[WindowCall]) -> bool:
    """Whether all are ranks whose orders are prefixes of one order."""
    longest = max((call.order for call in calls), key=len)
    names = {call.function.name for call in calls}
    return names <= {*_RANKS} and all(longest[: len(call.order)] == call.order for call in calls)


def _first(child: Relation, column: str, call: WindowCall, most: int) -> Relation:
    """The rows whose rank by `call` is at most `most`."""
    name, order, limit = call.function.name, call.order, Constant(str(max(most, 0)), BIGINT)
    if name == "row_number":
        return Limit(child, Bounds(order, limit))
    if not order:
        return child
    if name == "dense_rank":
        return _of_first_values(child, column, order, limit)
    rest = (SortKey(column.as_expression()) for column in shortest_key(child))
    return Limit(child, Bounds((*order, *rest), limit, ties=order))


def _of_first_values(child: Relation, column: str, order: Order, limit: Constant) -> Relation:
    """The rows with one of the first `limit` distinct values: dense_rank() counts values."""
    shared = Shared(child)
    groups = tuple((f"{column}.{place}", key.value) for place, key in enumerate(order))
    values = GroupBy(shared, groups, (), frozenset(name for name, _ in groups))
    columns = [column.as_expression() for column in values.columns]
    sorted_by = tuple(replace(key, value=v) for key, v in zip(order, columns, strict=True))
    first = Limit(values, Bounds(sorted_by, limit))
    return with_same(shared, first, [(k.value, v) for k, v in zip(order, columns, strict=True)])
