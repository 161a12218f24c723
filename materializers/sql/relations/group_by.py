"""GROUP BY: one row per group. DISTINCT is a grouping by all columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from materializers.sql.relations.relation import Column, Columns, Key, Outputs, OverOne, Relation
from materializers.sql.types.aggregate_call import AggregateCall


@dataclass(frozen=True)
class GroupBy(OverOne):
    """Without groups it has exactly one row, also for an empty input. `key`: the groups that
    determine the others."""

    child: Relation
    groups: Outputs
    aggregates: tuple[tuple[str, AggregateCall], ...]
    key: Key

    @cached_property
    def columns(self) -> Columns:
        groups = (Column(name, e.type, e.nullable) for name, e in self.groups)
        return (*groups, *(Column(name, a.type, a.nullable) for name, a in self.aggregates))

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.key,)
