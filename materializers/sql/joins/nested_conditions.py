"""Nested SELECTs in the ON of a join.

Those of an inner join are tested above it, as in WHERE. Those of an outer join become columns of
the input that they read, and the condition uses these columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from materializers.sql.conditions import is_of_row
from materializers.sql.expressions.translator import Translator
from materializers.sql.joins.joined import Joined
from materializers.sql.nested.membership import predicate_of
from materializers.sql.nested.subqueries import Subqueries
from materializers.sql.planned import Context, Queries
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Relation, carried
from materializers.sql.scope import Scope
from materializers.sql.types.expression import Expression, all_of

BOTH_SIDES = "a nested SELECT in the ON of an outer join reads both of its sides"


class TestedAbove:
    """The nested SELECTs of an inner join. `translate`: over both inputs."""

    def __init__(self, planner: Queries, context: Context, translate: Translator) -> None:
        self._queries = Subqueries(planner, context)
        self._translate = self._queries.extended(translate)

    @property
    def reason(self) -> str:
        """Why one of them could not be decorrelated; empty where all could."""
        return self._queries.reason

    def over(self, relation: Relation, parts: Sequence[exp.Expr]) -> Relation:
        """The rows of `relation` for which all these conditions hold."""
        rest = [part for part in parts if not self._queries.filter(part, self._translate)]
        relation = self._queries.joined(relation)
        if not rest:
            return relation
        tests = [self._translate.boolean(part, "JOIN/ON") for part in rest]
        relation = self._queries.joined(relation)
        return Map(relation, carried(relation), all_of(tests))


class OfSides:
    """The nested SELECTs of an outer join. `both`: translates over both inputs; `sides`: over each
    of them."""

    def __init__(
        self,
        planner: Queries,
        context: Context,
        both: Translator,
        sides: Sequence[tuple[Joined, Translator]],
    ) -> None:
        self._planner, self._context = planner, context
        self._both, self._sides = both, sides
        self._queries = [Subqueries(planner, context) for _ in sides]
        self._reads_both = False

    @property
    def reason(self) -> str:
        """Why one of them could not be decorrelated; empty where all could."""
        reason = next((each.reason for each in self._queries if each.reason), "")
        return BOTH_SIDES if self._reads_both else reason

    def translator(self) -> Translator:
        """The translator of the condition."""
        return self._both.with_hook(self._answer)

    def relation(self, side: int) -> Relation:
        """An input (0: left, 1: right) with the columns that the condition uses."""
        return self._queries[side].joined(self._sides[side][0].relation)

    def _answer(self, node: exp.Expr) -> Expression | None:
        is_nested = isinstance(node, exp.Subquery) or predicate_of(node) is not None
        if not is_nested or is_of_row(node):
            return None
        read = self._read(node)
        for (joined, translate), queries in zip(self._sides, self._queries, strict=True):
            if read <= joined.relation.names:
                return queries.extended(translate)(node)
        self._reads_both = True
        return None

    def _read(self, node: exp.Expr) -> frozenset[str]:
        """The columns of the inputs that it reads."""

        def nested(query: exp.Expr, scope: Scope) -> Relation:
            return self._planner.nested(query, scope, self._context)

        both = self._both
        value = Translator(both.source, both.functions, both.scope, nested)(node)
        everything = frozenset[str]().union(*(each.relation.names for each, _ in self._sides))
        return value.columns & everything
