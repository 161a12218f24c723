"""INTERSECT and EXCEPT of values that are equal but print differently, such as citexts and
intervals: a group of each key with the numbers of its rows on both sides. The left side's value is
shown, as in PostgreSQL."""

from __future__ import annotations

from typing import Literal

from materializers.sql.aggregates.registry import representative
from materializers.sql.planned import Queries
from materializers.sql.relations.expand import Expand
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Column, Columns, Outputs, Relation
from materializers.sql.relations.set_operations import UnionAll
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key
from materializers.sql.types.expression import (
    Apply,
    ColumnRef,
    Constant,
    Expression,
    all_of,
    boolean,
    nullable_as,
)
from materializers.sql.types.sql_type import BIGINT, INTEGER, array_of

Word = Literal["INTERSECT", "EXCEPT"]
_ZERO, _ONE = Constant("0", INTEGER), Constant("1", INTEGER)


class EqualRows:
    """One operation. `columns`: the result's."""

    def __init__(self, planner: Queries, word: Word, columns: Columns) -> None:
        self._word, self._columns = word, columns
        self._alias = planner.unique("equal")
        self._side = Column(f"{self._alias}.side", INTEGER, False)
        self._left = Column(f"{self._alias}.left", BIGINT, False)
        self._right = Column(f"{self._alias}.right", BIGINT, False)

    def relation(self, left: Relation, right: Relation, *, keeps_duplicates: bool) -> Relation:
        """The rows of the operation, with ALL if `keeps_duplicates`."""
        groups = self._grouped(left, right)
        if not keeps_duplicates:
            return self._shown(groups, all_of(self._is_wanted()))
        number = Column(f"{self._alias}.number", BIGINT, False)
        copies = Apply(
            "generate_series", (_ONE.cast(BIGINT), self._copies(), _ONE), array_of(BIGINT), False
        )
        return self._shown(Expand(groups, (number,), (copies,)))

    def _grouped(self, left: Relation, right: Relation) -> GroupBy:
        """One row for each key: its values on the left, the numbers of its rows on both sides."""
        sides = tuple(self._marked(*each) for each in ((left, "0"), (right, "1")))
        union = UnionAll(sides, (*self._columns, self._side))
        is_left, is_right = (
            boolean("=", self._side.as_expression(), value) for value in (_ZERO, _ONE)
        )
        groups: list[tuple[str, Expression]] = []
        calls: list[tuple[str, AggregateCall]] = []
        for column in self._columns:
            value = column.as_expression()
            key = equality_key(value)
            assert key is not None, "its equality has been asked for"
            groups.append((column.name if key == value else f"{column.name}=", key))
            if key != value:
                calls.append((column.name, representative(value, is_left)))
        for side, test in ((self._left, is_left), (self._right, is_right)):
            calls.append((side.name, AggregateCall("count", (), BIGINT, False, filter=test)))
        return GroupBy(union, tuple(groups), tuple(calls), frozenset(name for name, _ in groups))

    def _marked(self, relation: Relation, side: str) -> Relation:
        outputs: Outputs = tuple(
            (column.name, nullable_as(column.as_expression().cast(own.type), own.nullable))
            for column, own in zip(relation.columns, self._columns, strict=True)
        )
        return Map(relation, (*outputs, (f"{self._side.name}{side}", Constant(side, INTEGER))))

    def _is_wanted(self) -> list[Expression]:
        left, right = self._left.as_expression(), self._right.as_expression()
        sign = ">" if self._word == "INTERSECT" else "="
        return [boolean(">", left, _ZERO), boolean(sign, right, _ZERO)]

    def _copies(self) -> Expression:
        """The number of a key's rows in the result of ALL; less than 1 for none."""
        left, right = self._left.as_expression(), self._right.as_expression()
        if self._word == "INTERSECT":
            return Apply("least", (left, right), BIGINT, False)
        return Apply("-", (left, right), BIGINT, False)

    def _shown(self, relation: Relation, predicate: Expression | None = None) -> Relation:
        outputs = tuple((c.name, ColumnRef(c.name, c.type, c.nullable)) for c in self._columns)
        return Map(relation, outputs, predicate)
