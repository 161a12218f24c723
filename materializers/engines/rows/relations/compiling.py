"""Compiles relations to functions of an environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.meaning import NO_MEANINGS, Meanings
from materializers.engines.rows.relations.columns_read import columns_read
from materializers.engines.rows.relations.environment import Environment
from materializers.engines.rows.scalar import Row, compiled
from materializers.engines.rows.values import Value
from materializers.sql.relations.nested import Nested
from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import Expression

ENVIRONMENT = "#environment"
"""The first column of every row over which expressions are evaluated: the `Environment`."""

Rows = Callable[[Environment], list[Row]]
Values = Callable[[Row], Row]
Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Makers:
    """Functions that compile relations, and nested queries in expressions, by type of node. Any:
    each takes nodes of its own type."""

    relations: Mapping[type[Relation], Callable[[Any, Compiling], Rows]]
    nested: Mapping[type[Nested], Callable[[Any, Compiling], Callable[[Row], Value]]]


class Compiling:
    """Compiles relations that see the columns `outer` of outer queries. `own`: the meanings of a
    project's own functions. Raises Unsupported for a node without meaning here."""

    def __init__(
        self, makers: Makers, own: Meanings = NO_MEANINGS, outer: tuple[str, ...] = (ENVIRONMENT,)
    ) -> None:
        self.outer = outer
        self._own = own
        self._makers = makers
        self._made: dict[int, tuple[Relation, Rows]] = {}

    def rows(self, relation: Relation) -> Rows:
        """The function of a relation, always the same one."""
        if id(relation) not in self._made:
            maker = self._makers.relations.get(type(relation))
            if maker is None:
                raise Unsupported(type(relation).__name__)
            self._made[id(relation)] = relation, maker(relation, self)
        return self._made[id(relation)][1]

    def once(self, relation: Relation) -> Rows:
        """The same, evaluated once where it depends on no outer query."""
        rows, place = self.rows(relation), id(relation)
        if not columns_read(relation).isdisjoint(self.outer):
            return rows

        def rows_of(environment: Environment) -> list[Row]:
            rows_once = environment.computed.get(place)
            if rows_once is None:
                rows_once = environment.computed[place] = rows(environment)
            return rows_once

        return rows_of

    def inside(self, names: Sequence[str]) -> Compiling:
        """For queries that are nested in rows of these columns."""
        return Compiling(self._makers, self._own, (*self.outer, *names))

    def values(self, expressions: Sequence[Expression], names: Sequence[str]) -> Values:
        """A function of a row (the columns `names`, after an Environment's prefix) that returns
        the values."""
        scope = self.inside(names)

        def nested(node: Nested) -> Callable[[Row], Value]:
            maker = self._makers.nested.get(type(node))
            if maker is None:
                raise Unsupported(type(node).__name__)
            return maker(node, scope)

        return compiled(expressions, scope.outer, nested, self._own)

    def test(self, condition: Expression | None, names: Sequence[str]) -> Test | None:
        """A function of a row that returns whether the condition is true (NULL is not); None
        without a condition."""
        if condition is None:
            return None
        value = self.values([condition], names)
        return lambda row: value(row)[0] is True


def names_of(*relations: Relation) -> tuple[str, ...]:
    """The names of the relations' columns, concatenated."""
    return tuple(column.name for relation in relations for column in relation.columns)
