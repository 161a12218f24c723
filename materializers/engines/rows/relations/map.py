"""Filter and project, and relations that only pass on their child's rows."""

from __future__ import annotations

from materializers.engines.rows.relations.compiling import Compiling, Rows, names_of
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.scalar import Row
from materializers.sql.relations.map import Map
from materializers.sql.relations.same import Consolidate, Recompute, Shared


def mapped(node: Map, place: Compiling) -> Rows:
    child, names = place.rows(node.child), names_of(node.child)
    outputs = place.values([value for _, value in node.outputs], names)
    test = place.test(node.predicate, names)

    def rows(environment: Environment) -> list[Row]:
        prefix = environment.prefix
        whole = [prefix + row for row in child(environment)]
        # outputs are not evaluated for rows that are filtered out
        return [outputs(row) for row in whole if test is None or test(row)]

    return rows


def shared(node: Shared, place: Compiling) -> Rows:
    return place.once(node.child)


def same(node: Consolidate | Recompute, place: Compiling) -> Rows:
    return place.rows(node.child)
