"""Relations as functions of what is around them. Expressions are compiled once per relation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from materializers.engines.rows.failure import Unsupported
from materializers.engines.rows.meaning import NO_MEANINGS, Meanings
from materializers.engines.rows.relations.around import Around
from materializers.engines.rows.relations.columns_read import columns_read
from materializers.engines.rows.scalar import Row, compiled
from materializers.engines.rows.values import Value
from materializers.sql.relations.nested import Nested
from materializers.sql.relations.relation import Relation
from materializers.sql.types.expression import Expression

AROUND = "#around"
"""The first column of every row that expressions are evaluated over: the `Around`."""

Rows = Callable[[Around], list[Row]]
Values = Callable[[Row], Row]
Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Makers:
    """What makes functions of relations, and of nested queries in expressions; by type of node.
    Any: each maker takes nodes of its own type."""

    relations: Mapping[type[Relation], Callable[[Any, Compiling], Rows]]
    nested: Mapping[type[Nested], Callable[[Any, Compiling], Callable[[Row], Value]]]


class Compiling:
    """Compiles relations that see the columns `outer` of the queries around them; `own`: what the
    functions mean that are a project's own. Raises Unsupported for what has no meaning here."""

    def __init__(
        self, makers: Makers, own: Meanings = NO_MEANINGS, outer: tuple[str, ...] = (AROUND,)
    ) -> None:
        self.outer = outer
        self._own = own
        self._makers = makers
        self._made: dict[int, tuple[Relation, Rows]] = {}

    def rows(self, relation: Relation) -> Rows:
        """The function of a relation, one for each."""
        if id(relation) not in self._made:
            maker = self._makers.relations.get(type(relation))
            if maker is None:
                raise Unsupported(type(relation).__name__)
            self._made[id(relation)] = relation, maker(relation, self)
        return self._made[id(relation)][1]

    def once(self, relation: Relation) -> Rows:
        """The same, worked out once where it depends on no query around it."""
        rows, place = self.rows(relation), id(relation)
        if not columns_read(relation).isdisjoint(self.outer):
            return rows

        def known(around: Around) -> list[Row]:
            found = around.known.get(place)
            if found is None:
                found = around.known[place] = rows(around)
            return found

        return known

    def inside(self, names: Sequence[str]) -> Compiling:
        """For queries nested in rows of these columns."""
        return Compiling(self._makers, self._own, (*self.outer, *names))

    def values(self, expressions: Sequence[Expression], names: Sequence[str]) -> Values:
        """What takes a row of the columns `names`, behind an Around's prefix, to the values."""
        scope = self.inside(names)

        def nested(node: Nested) -> Callable[[Row], Value]:
            maker = self._makers.nested.get(type(node))
            if maker is None:
                raise Unsupported(type(node).__name__)
            return maker(node, scope)

        return compiled(expressions, scope.outer, nested, self._own)

    def test(self, condition: Expression | None, names: Sequence[str]) -> Test | None:
        """Whether a condition holds: NULL does not. None where there is none."""
        if condition is None:
            return None
        value = self.values([condition], names)
        return lambda row: value(row)[0] is True


def names_of(*relations: Relation) -> tuple[str, ...]:
    """The columns of relations, side by side."""
    return tuple(column.name for relation in relations for column in relation.columns)
