"""What every relation of a plan has.

The nodes are frozen, so that equality of nodes is equality of meaning. Names of columns are unique
in a plan.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from materializers.sql.types.expression import ColumnRef, Expression
from materializers.sql.types.raising import may_raise
from materializers.sql.types.sql_type import SqlType


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation; `name` is unique in the plan."""

    name: str
    type: SqlType
    nullable: bool

    def as_expression(self) -> Expression:
        """Its value in a row."""
        return ColumnRef(self.name, self.type, self.nullable)


Columns = tuple[Column, ...]
Key = frozenset[str]
"""Columns that no two rows agree in; empty where there is one row at most."""

Outputs = tuple[tuple[str, Expression], ...]
"""Columns that are worked out: (name in the plan, expression over the input)."""


class Relation(ABC):
    """A relation of a plan."""

    reason: str = ""
    """Why it cannot be kept by deltas; empty where it can."""

    @property
    @abstractmethod
    def columns(self) -> Columns:
        """What its rows hold."""

    @property
    def inputs(self) -> tuple[Relation, ...]:
        """The relations that it reads."""
        return ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """Sets of columns that are known to tell its rows apart."""
        return ()

    @property
    def has_delta(self) -> bool:
        """Whether its changes follow from those of its inputs."""
        return not self.reason

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    @cached_property
    def is_maintained(self) -> bool:
        """Whether it and all that it reads have a delta rule."""
        return self.has_delta and all(each.is_maintained for each in self.inputs)

    @cached_property
    def may_raise(self) -> bool:
        """Whether an expression of it, or of what it reads, may be an error."""
        return any(map(may_raise, self.expressions())) or any(e.may_raise for e in self.inputs)

    def walk(self) -> Iterator[Relation]:
        """Inputs first."""
        waiting: list[tuple[Relation, bool]] = [(self, False)]
        while waiting:
            relation, is_open = waiting.pop()
            if is_open or not relation.inputs:
                yield relation
            else:
                waiting.append((relation, True))
                waiting += ((each, False) for each in reversed(relation.inputs))

    def expressions(self) -> Iterator[Expression]:
        """Every expression that it holds itself."""
        for each in fields(self):  # type: ignore[arg-type]  # a dataclass, as all nodes are
            yield from _expressions(getattr(self, each.name))


def _expressions(value: Any) -> Iterator[Expression]:
    """Any: fields hold what they like. What another relation holds is not told."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _expressions(each)
    elif is_dataclass(value) and not isinstance(value, (type, Relation)):
        for each in fields(value):
            yield from _expressions(getattr(value, each.name))


class OverOne(Relation):
    """A relation over one other, whose columns and keys it has unless it says otherwise."""

    child: Relation

    @property
    def inputs(self) -> tuple[Relation, ...]:
        return (self.child,)

    @property
    def columns(self) -> Columns:
        return self.child.columns

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.child.keys


def carried(relation: Relation) -> Outputs:
    """All columns of a relation as outputs of a projection."""
    return tuple((column.name, column.as_expression()) for column in relation.columns)


def telling_columns(relation: Relation) -> Columns:
    """Columns by which its rows are told apart: those of the shortest key, else all."""
    key = min(relation.keys, key=len, default=relation.names)
    return tuple(column for column in relation.columns if column.name in key)


def is_unique(relation: Relation, columns: frozenset[str]) -> bool:
    """Whether at most one row of the relation has given values in these columns."""
    return any(key <= columns for key in relation.keys)
