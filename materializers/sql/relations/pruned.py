"""Removes unread aggregates that may raise an error: PostgreSQL does not compute them."""

from __future__ import annotations

from dataclasses import replace

from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.relations.same import Consolidate
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.raising import may_raise

Names = frozenset[str]


def pruned(relation: Relation, wanted: Names | None = None) -> Relation:
    """The relation without aggregates that may raise an error and are not in `wanted` (None: all
    columns are read). Looks through projections alone. Returns the same object if nothing
    changes."""
    match relation:
        case Map():
            child = pruned(relation.child, _read(relation, wanted))
            if child is not relation.child:
                outputs = tuple(
                    each for each in relation.outputs if wanted is None or each[0] in wanted
                )
                return replace(relation, child=child, outputs=outputs)
        case Consolidate():
            child = pruned(relation.child, wanted)
            return relation if child is relation.child else replace(relation, child=child)
        case GroupBy() if wanted is not None:
            read = tuple(
                (name, call)
                for name, call in relation.aggregates
                if name in wanted or not _is_risky(call)
            )
            if len(read) < len(relation.aggregates):
                return replace(relation, aggregates=read)
    return relation


def _read(relation: Map, wanted: Names | None) -> Names:
    values = [value for name, value in relation.outputs if wanted is None or name in wanted]
    tests = [relation.predicate] if relation.predicate is not None else []
    return frozenset().union(*(each.columns for each in [*values, *tests]))


def _is_risky(call: AggregateCall) -> bool:
    values = (*call.arguments, *(key.value for key in call.order))
    return any(map(may_raise, values)) or (call.filter is not None and may_raise(call.filter))
