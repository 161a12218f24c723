"""GROUP BY."""

from __future__ import annotations

from materializers.engines.rows.relations.aggregate import Aggregate
from materializers.engines.rows.relations.compiling import Compiling, Rows, names_of
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.row_key import row_key
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.group_by import GroupBy


def grouped(node: GroupBy, place: Compiling) -> Rows:
    child, names = place.rows(node.child), names_of(node.child)
    groups = place.values([value for _, value in node.groups], names)
    key = row_key([value.type for _, value in node.groups])
    aggregates = [Aggregate(call, place, names) for _, call in node.aggregates]

    def rows(environment: Environment) -> list[Row]:
        prefix = environment.prefix
        members: dict[Row, tuple[Row, list[Row]]] = {}
        if not node.groups:
            members[()] = (), []
        for row in child(environment):
            whole = prefix + row
            group = groups(whole)
            members.setdefault(key(group), (group, []))[1].append(whole)
        return [
            (*group, *(each.of(listed) for each in aggregates))
            for group, listed in members.values()
        ]

    return rows
