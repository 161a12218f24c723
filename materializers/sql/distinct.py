"""DISTINCT and UNION as a grouping by all columns."""

from __future__ import annotations

from materializers.sql.aggregates.registry import representative
from materializers.sql.place import Source
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Column, Relation, carried
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key, refusal
from materializers.sql.types.expression import Expression


def distinct(relation: Relation, source: Source, what: str = "DISTINCT") -> Relation:
    """Group the relation by all of its columns. Of values that are equal but print differently
    (intervals of 1 month and of 30 days), the group shows one. Raises ViewError for a type without
    equality."""
    groups: list[tuple[str, Expression]] = []
    shown: list[tuple[str, AggregateCall]] = []
    for column in relation.columns:
        key = _key(column, source, what)
        value = column.as_expression()
        if key == value:
            groups.append((column.name, value))
        else:
            groups.append((f"{column.name}=", key))
            shown.append((column.name, representative(value)))
    grouped = GroupBy(relation, tuple(groups), tuple(shown), relation.names)
    if not shown:
        return grouped
    return Map(grouped, carried(relation))


def _key(column: Column, source: Source, what: str) -> Expression:
    key = equality_key(column.as_expression())
    if key is None:
        message, fix = refusal(column.type, what)
        raise source.error(f'column "{column.name.rpartition(".")[2]}": {message}', fix=fix)
    return key
