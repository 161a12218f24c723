"""UNION, INTERSECT and EXCEPT of queries."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sqlglot import exp

from materializers.sql.equal_rows import EqualRows
from materializers.sql.planned import Context, Planned, Queries
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.relations.set_operations import SetOperation, UnionAll
from materializers.sql.scope import Field, column_names
from materializers.sql.types.comparison_key import equality_key, refusal
from materializers.sql.types.expression import Cast, Expression, nullable_as
from materializers.sql.types.sql_type import TEXT, UNKNOWN, SqlType, resulting

_OWN_PARTS = frozenset({"this", "expression", "distinct"})


def plan_set_operation(planner: Queries, node: exp.SetOperation, context: Context) -> Planned:
    """Plan a set operation. `a UNION b UNION c` is planned in a loop from `a` on: a thousand
    operands would be too deep a recursion."""
    spine = [node]
    while isinstance(left := spine[-1].left, exp.SetOperation) and _is_bare(left):
        spine.append(left)
    planned = planner.query(spine[-1].left, context)
    for each in reversed(spine):
        right = planner.query(each.right, context)
        planned = _Combining(planner, each, planned, right).planned(
            is_chained=each is not spine[-1]
        )
    return planned


def _is_bare(node: exp.SetOperation) -> bool:
    """Whether the operation has no ORDER BY, LIMIT or WITH of its own."""
    return all(name in _OWN_PARTS for name, part in node.args.items() if part)


class _Combining:
    """One set operation of two planned queries."""

    def __init__(
        self, planner: Queries, node: exp.SetOperation, left: Planned, right: Planned
    ) -> None:
        self.planner, self.node, self.left, self.right = planner, node, left, right
        if len(left.fields) != len(right.fields):
            raise planner.source.error("each query of a UNION must have the same columns", node)
        self.columns = tuple(self._columns())

    def _columns(self) -> list[Column]:
        alias = self.planner.unique("union")
        named = column_names(alias, [field.name for field in self.left.fields])
        return [
            Column(name, self._type(one, two), one.nullable or two.nullable)
            for name, one, two in zip(named, self.left.fields, self.right.fields, strict=True)
        ]

    def _type(self, one: Field, two: Field) -> SqlType:
        kind = resulting(one.type, two.type)
        if kind is None:
            types = f"{one.type.name} and {two.type.name}"
            raise self.planner.source.error(f"UNION types {types} cannot be matched", self.node)
        return TEXT if kind == UNKNOWN else kind

    def planned(self, *, is_chained: bool) -> Planned:
        """The operation, with the left query's column names. `is_chained`: the left query is itself
        an operation of the same chain, which nothing else reads."""
        fields = tuple(
            Field(field.name, column.name, column.type, column.nullable)
            for field, column in zip(self.left.fields, self.columns, strict=True)
        )
        return Planned(self._relation(is_chained), fields)

    def _relation(self, is_chained: bool) -> Relation:
        right = self.right.projected([column.type for column in self.columns])
        if not isinstance(self.node, exp.Union):
            return self._intersected((self._projected_left(), right))
        union = self._longer(right) if is_chained else None
        union = union or UnionAll((self._projected_left(), right), self.columns)
        return self.planner.distinct(union) if self.node.args.get("distinct") else union

    def _projected_left(self) -> Relation:
        return self.left.projected([column.type for column in self.columns])

    def _longer(self, right: Relation) -> UnionAll | None:
        """The left UNION ALL with `right` added, where the result types stay the same; else
        None."""
        left = self.left.relation
        is_alike = all(
            field.type == column.type
            for field, column in zip(self.left.fields, self.columns, strict=True)
        )
        if not isinstance(left, UnionAll) or not is_alike:
            return None
        return replace(left, sides=(*left.sides, right), listed=self.columns)

    def _intersected(self, inputs: tuple[Relation, Relation]) -> Relation:
        name: Literal["INTERSECT", "EXCEPT"]
        name = "INTERSECT" if isinstance(self.node, exp.Intersect) else "EXCEPT"
        keeps_duplicates = not self.node.args.get("distinct")
        if not all([self._is_stored_as_compared(column) for column in self.columns]):
            equal = EqualRows(self.planner, name, self.columns)
            return equal.relation(*inputs, keeps_duplicates=keeps_duplicates)
        left, right = (
            tuple(_compared(a, b) for a, b in zip(relation.columns, self.columns, strict=True))
            for relation in inputs
        )
        return SetOperation(name, inputs, (left, right), self.columns, keeps_duplicates)

    def _is_stored_as_compared(self, column: Column) -> bool:
        """Whether equal values print the same. Raises ViewError for a type without equality."""
        value = column.as_expression()
        key = equality_key(value)
        if key is None:
            message, fix = refusal(column.type, type(self.node).__name__.upper())
            raise self.planner.source.error(message, self.node, fix=fix)
        return key == value


def _compared(column: Column, result: Column) -> Expression:
    """The value by which the set operation compares a column, and which it shows."""
    return nullable_as(Cast(column.as_expression(), result.type), result.nullable)
