"""Filter and project."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from materializers.sql.relations.relation import Column, Columns, Key, Outputs, OverOne, Relation
from materializers.sql.types.expression import ColumnRef, Expression


@dataclass(frozen=True)
class Map(OverOne):
    """The rows for which `predicate` is true (None: all), projected to `outputs`."""

    child: Relation
    outputs: Outputs
    predicate: Expression | None = None
    reason: str = field(default="", compare=False)

    @cached_property
    def columns(self) -> Columns:
        return tuple(Column(name, e.type, e.nullable) for name, e in self.outputs)

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        # column of the input -> the first output that is this column
        known: dict[str, str] = {}
        for name, expression in self.outputs:
            if isinstance(expression, ColumnRef):
                known.setdefault(expression.column, name)
        carried = (key for key in self.child.keys if key <= known.keys())
        return tuple(frozenset(known[each] for each in key) for key in carried)


def renamed(relation: Relation, outputs: Outputs) -> Map:
    """The relation's columns under other names; a projection below is merged."""
    if not isinstance(relation, Map) or relation.predicate is not None or not relation.has_delta:
        return Map(relation, outputs)
    inner = dict(relation.outputs)
    pairs = tuple((n, inner[e.column]) for n, e in outputs if isinstance(e, ColumnRef))
    return Map(relation.child, pairs) if len(pairs) == len(outputs) else Map(relation, outputs)
