"""A planned query, and the context in which a query is planned."""

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
class OuterValues:
    """The values of the outer query that a correlated SELECT reads, as a relation that is the first
    entry of its FROM. `entry`: its columns' names; `scope`: the outer query's names, resolved to
    these columns. `own`: the names of the SELECT's own FROM, where they are known."""

    relation: Relation
    entry: Entry
    scope: Scope
    own: Scope | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Where a query stands. `is_inline`: below a Recompute or in an expression, so without state.
    `outer`: the scope that a nested SELECT may refer to; `named`: the queries of WITH, each with
    the scope that it may refer to. `outer_values`: joined to the FROM of each SELECT of the
    query."""

    is_inline: bool = False
    outer: Scope | None = None
    named: tuple[tuple[str, exp.Expr, Scope | None], ...] = ()
    outer_values: OuterValues | None = None

    def inside(self) -> Context:
        """The context of an uncorrelated query here."""
        return replace(self, outer=None, outer_values=None)


@dataclass(frozen=True, slots=True)
class Planned:
    """A query's relation, and its output columns in order."""

    relation: Relation
    fields: tuple[Field, ...]

    def projected(self, types: Sequence[SqlType] = ()) -> Relation:
        """The relation with the output columns alone, in order. `types`: the types that they are
        converted to; a character(n) that becomes another text loses its trailing blanks."""
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
        """A column of bare literals as an enum's labels. Raises InvalidInput for another text."""
        if isinstance(self.relation, Map):
            written = dict(self.relation.outputs).get(value.column)
            if written is not None and written.literal is not None:
                check_constant(written.literal, kind)
        options = (kind.name, *kind.labels)
        return Apply("enum input", (value.cast(TEXT),), kind, value.nullable, options)


class Queries(Protocol):
    """What the planner of one SELECT needs of the view's planner; tests have a simpler one."""

    source: Source

    @property
    def functions(self) -> FunctionCatalogue:
        """The functions that the view may call."""

    def unique(self, alias: str) -> str:
        """A name for an entry of FROM, unique in the plan."""

    def entry(self, node: exp.Expr, context: Context) -> tuple[Relation, Entry]:
        """An entry of FROM."""

    def query(self, node: exp.Expr, context: Context) -> Planned:
        """A SELECT, a set operation, or a query in parentheses."""

    def scope_of(self, node: exp.Select, context: Context) -> Scope:
        """The names that the FROM of a SELECT defines."""

    def names_of(self, node: exp.Select, context: Context) -> frozenset[str]:
        """What a name alone means in a SELECT, and nowhere further out; leaves no trace."""

    def distinct(self, relation: Relation) -> Relation:
        """The relation without duplicate rows."""

    def nested(self, node: exp.Expr, scope: Scope, context: Context) -> Relation:
        """A SELECT inside an expression."""
