"""A scalar subquery -> a left join with at most one row for each outer row.

Where neither a primary key nor GROUP BY proves that there is at most one, the rows of each key are
counted. An outer row with several matches stops the view, as it stops PostgreSQL's query.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from materializers.sql.expressions.sort_keys import sort_keys
from materializers.sql.expressions.translator import Translator
from materializers.sql.nested.aggregated import aggregated
from materializers.sql.nested.list_items import ordered_by, unaliased
from materializers.sql.nested.nested_select import Decorrelated, NestedSelect
from materializers.sql.nested.outer_domain import FAILING
from materializers.sql.nested.placeholder import field_placeholder
from materializers.sql.nested.subquery_join import AddJoin, Correlation
from materializers.sql.nested.undecorrelated import Undecorrelated
from materializers.sql.planned import Queries
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.relation import Relation, is_unique
from materializers.sql.relations.same import Consolidate
from materializers.sql.scope import Field
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import (
    Apply,
    Case,
    ColumnRef,
    Constant,
    Expression,
    boolean,
)
from materializers.sql.types.sort_key import Order, SortKey
from materializers.sql.types.sql_type import BIGINT, INTEGER

T = TypeVar("T")
MORE_THAN_ONE = "more than one row returned by a subquery used as an expression"


class Scalar:
    """One scalar subquery."""

    def __init__(self, planner: Queries, nested: NestedSelect, translate: Translator) -> None:
        self.planner = planner
        self.nested = nested
        self.translate = translate

    def value(self, join: Callable[[AddJoin], None]) -> Expression:
        """The subquery as an expression over the columns that its join adds."""
        nested = self.nested
        if _is_first(nested):
            return self._first(join)
        if nested.is_one_row and (nested.is_correlated or self._may_fail()):
            return self._one_row(join)
        if not nested.is_correlated:
            return self._uncorrelated(join)
        nested.refuse("limit", "offset")
        decorrelated = self._rows()
        if is_unique(decorrelated.planned.relation, decorrelated.key_columns):
            self._join(join, decorrelated, decorrelated.planned.relation)
            return _nullable(decorrelated.values[0])
        return self._counted(join, decorrelated)

    def _rows(self) -> Decorrelated:
        if self.nested.is_combined:
            decorrelated = self.nested.combined()
            _only(list(decorrelated.values))
            return decorrelated
        values = _only(unaliased(self.nested.select.expressions))
        return self.nested.decorrelated(values, is_by_key=True)

    def _may_fail(self) -> bool:
        """Whether its value may raise an error: then it must only be computed where it is read."""
        query = self.nested.query
        is_plain = not self.nested.has("having", "limit", "offset", "distinct", "with_")
        is_plain &= not any(e.find(exp.Query, exp.Window) for e in query.expressions)
        return is_plain and any(e.find(*FAILING) for e in query.expressions)

    def _one_row(self, join: Callable[[AddJoin], None]) -> Expression:
        """Join the aggregates; the select list over them is evaluated for each outer row that reads
        it, on a consolidated delta: not for rows inserted and deleted in one batch."""
        decorrelated, items = aggregated(self.nested)
        _only(items)
        right = Consolidate(decorrelated.planned.relation)
        is_failing = items[0].find(*FAILING) is not None
        into = (lambda make: join(_consolidated(make))) if is_failing else join
        if self.nested.is_correlated:
            self._join(into, decorrelated, right)
        else:
            into(lambda left: Join("inner", left, right, None, ()))
        return self.translate(items[0])

    def _uncorrelated(self, join: Callable[[AddJoin], None]) -> Expression:
        nested, planned = self.nested, self.nested.as_is()
        field = _only(list(planned.fields))[0]
        relation = Consolidate(planned.relation)
        if nested.is_one_row and not nested.has("having", "limit", "offset"):
            join(lambda left: Join("inner", left, relation, None, ()))
            return field.as_expression()
        if is_unique(relation, frozenset()):
            join(lambda left: Join("left", left, relation, None, ()))
            return _nullable(field)
        return self._counted(join, Decorrelated(planned, planned.fields, (), ()))

    def _join(
        self, join: Callable[[AddJoin], None], decorrelated: Decorrelated, right: Relation
    ) -> None:
        correlation = Correlation.of(self.translate, decorrelated)
        if not correlation.tests:  # then it has exactly one row
            join(lambda left: Join("inner", left, right, None, ()))
            return
        join(
            lambda left: Join(
                "left", left, right, correlation.condition, correlation.equalities(left)
            )
        )

    # by groups of the keys

    def _grouped(
        self, decorrelated: Decorrelated, aggregates: list[tuple[str, AggregateCall]]
    ) -> GroupBy:
        if decorrelated.residual:
            raise Undecorrelated("more than one row may match a condition that is no equality")
        groups = tuple((f.column, f.as_expression()) for _, f in decorrelated.keys)
        relation = decorrelated.planned.relation
        return GroupBy(relation, groups, tuple(aggregates), decorrelated.key_columns)

    def _counted(self, join: Callable[[AddJoin], None], decorrelated: Decorrelated) -> Expression:
        alias, field = self.planner.unique("single"), decorrelated.values[0]
        value = _first(field)
        rows = AggregateCall("count", (), BIGINT, False)
        names = f"{alias}.value", f"{alias}.rows"
        grouped = self._grouped(decorrelated, [(names[0], value), (names[1], rows)])
        self._join(lambda make: join(_consolidated(make)), decorrelated, grouped)
        many = boolean(">", ColumnRef(names[1], BIGINT), Constant("1", INTEGER))
        error = Apply("error", (), field.type, options=(MORE_THAN_ONE,))
        return Case((many,), (error,), ColumnRef(names[0], field.type))

    def _first(self, join: Callable[[AddJoin], None]) -> Expression:
        """ORDER BY … LIMIT 1; of rows that are equal in the order, the first by value."""
        select = self.nested.select
        values = _only(unaliased(select.expressions))
        clause = select.args.get("order")
        items = clause.expressions if clause is not None else []
        values += [ordered_by(item.this, select.expressions) for item in items]
        decorrelated = self.nested.decorrelated(values, without=("order", "limit"), is_by_key=True)
        field, *columns = decorrelated.values
        by = [item.copy() for item in items]
        for item, column in zip(by, columns, strict=True):
            item.set("this", field_placeholder(column))
        order = (*sort_keys(by, self.translate), SortKey(field.as_expression()))
        name = f"{self.planner.unique('first')}.value"
        grouped = self._grouped(decorrelated, [(name, _first(field, order))])
        self._join(join, decorrelated, Consolidate(grouped))
        return ColumnRef(name, field.type)


def _consolidated(make: AddJoin) -> AddJoin:
    """Consolidate below the join: rows inserted and deleted in one batch raise no error."""
    return lambda left: Consolidate(make(left))


def _first(field: Field, order: Order = ()) -> AggregateCall:
    """The value of the first row; without order, of any row."""
    return AggregateCall("first", (field.as_expression(),), field.type, order=order)


def _nullable(field: Field) -> Expression:
    return ColumnRef(field.column, field.type)


def _only(items: list[T]) -> list[T]:
    if len(items) != 1:
        raise Undecorrelated("subquery must return only one column")
    return items


def _is_first(nested: NestedSelect) -> bool:
    limit = nested.query.args.get("limit")
    is_one = (
        isinstance(limit, exp.Limit) and limit.expression.is_int and limit.expression.name == "1"
    )
    other = nested.is_one_row or nested.has("offset", "distinct", "group", "having", "with_")
    return is_one and not other and isinstance(nested.query, exp.Select)
