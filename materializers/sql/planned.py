"""What the planners of queries and of SELECTs hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlglot import exp

from materializers.sql.catalogue import FunctionCatalogue
from materializers.sql.place import Source
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation
from materializers.sql.scope import Entry, Field, Scope
from materializers.sql.types.constant_text import check_constant
from materializers.sql.types.expression import Apply, ColumnRef, Expression
from materializers.sql.types.sql_type import TEXT, UNKNOWN, SqlType


@dataclass(frozen=True, slots=True)
class Around:
    """What a SELECT begins its FROM with where it refers to the query around it: that query's
    values as a relation. `entry`: names for its columns; `scope`: what the names of the query
    around mean in it. `own`: the names of the SELECT's own FROM, where they are known."""

    relation: Relation
    entry: Entry
    scope: Scope
    own: Scope | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Where a query stands. `is_inline`: below a Recompute or in an expression: no state.
    `outer`: the scope a nested SELECT may refer to; `named`: the queries of WITH, each with the
    scope that it may refer to. `around`: joined with the FROM of each SELECT of the query."""

    is_inline: bool = False
    outer: Scope | None = None
    named: tuple[tuple[str, exp.Expr, Scope | None], ...] = ()
    around: Around | None = None

    def inside(self) -> Context:
        """Of a query that refers to nothing around it."""
        return replace(self, outer=None, around=None)


@dataclass(frozen=True, slots=True)
class Planned:
    """A relation and, in order, what its columns are called outside."""

    relation: Relation
    fields: tuple[Field, ...]

    def projected(self, types: Sequence[SqlType] = ()) -> Relation:
        """The relation cut down to the columns that are seen from outside, in order; a
        character(n) loses its blanks where it becomes another text of `types`."""
        outputs = []
        for index, field in enumerate(self.fields):
            value: Expression = field.as_expression()
            if types and field.type.name == "character":
                value = value.cast(types[index])
            elif types and field.type == UNKNOWN and types[index].labels:
                value = self._label(field.as_expression(), types[index])
            outputs.append((f"{field.column}#{index}", value))
        return Map(self.relation, tuple(outputs))

    def _label(self, value: ColumnRef, kind: SqlType) -> Expression:
        """A column of bare literals as an enum's. Raises InvalidInput for one that is no label."""
        if isinstance(self.relation, Map):
            written = dict(self.relation.outputs).get(value.column)
            if written is not None and written.literal is not None:
                check_constant(written.literal, kind)
        options = (kind.name, *kind.labels)
        return Apply("enum input", (value.cast(TEXT),), kind, value.nullable, options)


class Queries(Protocol):
    """What the planner of a SELECT asks of the planner of the whole view."""

    source: Source

    @property
    def functions(self) -> FunctionCatalogue:
        """Those that the view may call."""

    def unique(self, alias: str) -> str:
        """A name for a FROM entry that no other one in the plan has."""

    def entry(self, node: exp.Expr, context: Context) -> tuple[Relation, Entry]:
        """An entry of FROM."""

    def query(self, node: exp.Expr, context: Context) -> Planned:
        """A SELECT, a set operation, or a query in parentheses."""

    def scope_of(self, node: exp.Select, context: Context) -> Scope:
        """What the FROM of a SELECT names."""

    def distinct(self, relation: Relation) -> Relation:
        """Each row once."""

    def nested(self, node: exp.Expr, scope: Scope, context: Context) -> Relation:
        """A SELECT inside an expression."""
