"""The base class of a plan's relations.

Relations are frozen dataclasses: equal relations have the same rows. Column names are unique in a
plan.
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
        """The column as an expression."""
        return ColumnRef(self.name, self.type, self.nullable)


Columns = tuple[Column, ...]
Key = frozenset[str]
"""Unique columns; empty where there is at most one row."""

Outputs = tuple[tuple[str, Expression], ...]
"""Computed columns: (name in the plan, expression over the input)."""


class Relation(ABC):
    """A relation of a plan."""

    reason: str = ""
    """Why it has no delta rule; empty where it has one."""

    @property
    @abstractmethod
    def columns(self) -> Columns:
        """The columns of its rows, in order."""

    @property
    def inputs(self) -> tuple[Relation, ...]:
        """The relations that it reads."""
        return ()

    @property
    def keys(self) -> tuple[Key, ...]:
        """Sets of columns that are known to be unique."""
        return ()

    @property
    def has_delta(self) -> bool:
        """Whether it has a delta rule: its delta follows from its inputs' deltas."""
        return not self.reason

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    @cached_property
    def is_incremental(self) -> bool:
        """Whether it and all relations below it have a delta rule."""
        return self.has_delta and all(each.is_incremental for each in self.inputs)

    @cached_property
    def may_raise(self) -> bool:
        """Whether one of its expressions, or of those below it, may raise an error."""
        return any(map(may_raise, self.expressions())) or any(e.may_raise for e in self.inputs)

    def walk(self) -> Iterator[Relation]:
        """All relations below it and itself, inputs first, each once: decorrelation makes several
        relations read the same one, and a chain of n such would have 2^n paths."""
        waiting: list[tuple[Relation, bool]] = [(self, False)]
        seen = set[int]()
        while waiting:
            relation, is_open = waiting.pop()
            if is_open:
                yield relation
            elif id(relation) not in seen:
                seen.add(id(relation))
                waiting.append((relation, True))
                waiting += ((each, False) for each in reversed(relation.inputs))

    def expressions(self) -> Iterator[Expression]:
        """The expressions in its own fields."""
        for each in fields(self):  # type: ignore[arg-type]  # a dataclass, as all nodes are
            yield from _expressions(getattr(self, each.name))


def _expressions(value: Any) -> Iterator[Expression]:
    """The expressions in a field, without those of other relations. Any: a field may have any
    type."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _expressions(each)
    elif is_dataclass(value) and not isinstance(value, (type, Relation)):
        for each in fields(value):
            yield from _expressions(getattr(value, each.name))


class OverOne(Relation):
    """A relation with one input; has the input's columns and keys unless overridden."""

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


class Listed(Relation):
    """A relation that lists its columns."""

    listed: Columns

    @property
    def columns(self) -> Columns:
        return self.listed


def carried(relation: Relation) -> Outputs:
    """All columns of a relation as outputs of a projection."""
    return tuple((column.name, column.as_expression()) for column in relation.columns)


def shortest_key(relation: Relation) -> Columns:
    """The columns of the shortest key; all columns where no key is known."""
    key = min(relation.keys, key=len, default=relation.names)
    return tuple(column for column in relation.columns if column.name in key)


def is_unique(relation: Relation, columns: frozenset[str]) -> bool:
    """Whether these columns contain a key of the relation."""
    return any(key <= columns for key in relation.keys)
