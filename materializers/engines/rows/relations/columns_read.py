"""The columns that a relation reads, nested queries included."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import ColumnRef


def columns_read(relation: Relation) -> frozenset[str]:
    """The columns' names in the plan, those of outer queries included."""
    names: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [relation]  # Any: fields hold what they like
    while waiting:
        value = waiting.pop()
        if isinstance(value, ColumnRef):
            names.add(value.column)
        elif isinstance(value, (tuple, frozenset)):
            waiting += value
        elif is_dataclass(value) and not isinstance(value, type) and id(value) not in seen:
            seen.add(id(value))  # the relation keeps all alive, so ids are unique
            waiting += [getattr(value, each.name) for each in fields(value)]
    return frozenset(names)
