"""A SELECT in the place of a value: a left join with at most one row for each row around it.

Where neither a primary key nor GROUP BY says that there is at most one, the rows are counted for
each key, and a row around that meets more than one stops the view, as it stops PostgreSQL's query.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from materializers.sql.expressions.sort_keys import sort_keys
from materializers.sql.expressions.translator import Translator
from materializers.sql.nested.aggregated import aggregated
from materializers.sql.nested.known import known_field
from materializers.sql.nested.list_items import ordered_by, unaliased
from materializers.sql.nested.nested_select import NestedSelect, Untied
from materializers.sql.nested.outer_domain import FAILING
from materializers.sql.nested.subquery_join import Link, Make
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

    def value(self, join: Callable[[Make], None]) -> Expression:
        """The subquery as an expression over what its join adds."""
        nested = self.nested
        if _is_first(nested):
            return self._first(join)
        if nested.is_one_row and (nested.is_correlated or self._may_fail()):
            return self._one_row(join)
        if not nested.is_correlated:
            return self._uncorrelated(join)
        nested.refuse("limit", "offset")
        untied = self._rows()
        if is_unique(untied.planned.relation, untied.key_columns):
            self._join(join, untied, untied.planned.relation)
            return _nullable(untied.values[0])
        return self._counted(join, untied)

    def _rows(self) -> Untied:
        if self.nested.is_combined:
            untied = self.nested.combined()
            _only(list(untied.values))
            return untied
        values = _only(unaliased(self.nested.select.expressions))
        return self.nested.untied(values, is_by_key=True)

    def _may_fail(self) -> bool:
        """Whether its value can be an error, which none must meet that does not ask for it."""
        query = self.nested.query
        is_plain = not self.nested.has("having", "limit", "offset", "distinct", "with_")
        is_plain &= not any(e.find(exp.Query, exp.Window) for e in query.expressions)
        return is_plain and any(e.find(*FAILING) for e in query.expressions)

    def _one_row(self, join: Callable[[Make], None]) -> Expression:
        """The aggregates come by a join; what is made of them is worked out for each row around,
        where that row asks, and not for those that come and leave in one batch."""
        untied, items = aggregated(self.nested)
        _only(items)
        right = Consolidate(untied.planned.relation)
        is_failing = items[0].find(*FAILING) is not None
        into = (lambda make: join(_consolidated(make))) if is_failing else join
        if self.nested.is_correlated:
            self._join(into, untied, right)
        else:
            into(lambda left: Join("inner", left, right, None, ()))
        return self.translate(items[0])

    def _uncorrelated(self, join: Callable[[Make], None]) -> Expression:
        nested, planned = self.nested, self.nested.as_is()
        field = _only(list(planned.fields))[0]
        relation = Consolidate(planned.relation)
        if nested.is_one_row and not nested.has("having", "limit", "offset"):
            join(lambda left: Join("inner", left, relation, None, ()))
            return field.as_expression()
        if is_unique(relation, frozenset()):
            join(lambda left: Join("left", left, relation, None, ()))
            return _nullable(field)
        return self._counted(join, Untied(planned, planned.fields, (), ()))

    def _join(self, join: Callable[[Make], None], untied: Untied, right: Relation) -> None:
        link = Link.of(self.translate, untied)
        if not link.tests:  # exactly one row then: a group of everything
            join(lambda left: Join("inner", left, right, None, ()))
            return
        join(lambda left: Join("left", left, right, link.condition, link.equalities(left)))

    # by groups of the keys

    def _grouped(self, untied: Untied, aggregates: list[tuple[str, AggregateCall]]) -> GroupBy:
        if untied.residual:
            raise Undecorrelated("more than one row may meet a condition that is no equality")
        groups = tuple((f.column, f.as_expression()) for _, f in untied.keys)
        relation = untied.planned.relation
        return GroupBy(relation, groups, tuple(aggregates), untied.key_columns)

    def _counted(self, join: Callable[[Make], None], untied: Untied) -> Expression:
        alias, field = self.planner.unique("single"), untied.values[0]
        value = _first(field)
        rows = AggregateCall("count", (), BIGINT, False)
        names = f"{alias}.value", f"{alias}.rows"
        grouped = self._grouped(untied, [(names[0], value), (names[1], rows)])
        self._join(lambda make: join(_consolidated(make)), untied, grouped)
        many = boolean(">", ColumnRef(names[1], BIGINT), Constant("1", INTEGER))
        error = Apply("error", (), field.type, options=(MORE_THAN_ONE,))
        return Case((many,), (error,), ColumnRef(names[0], field.type))

    def _first(self, join: Callable[[Make], None]) -> Expression:
        """ORDER BY … LIMIT 1. What the order leaves open is settled by the value."""
        select = self.nested.select
        values = _only(unaliased(select.expressions))
        clause = select.args.get("order")
        items = clause.expressions if clause is not None else []
        values += [ordered_by(item.this, select.expressions) for item in items]
        untied = self.nested.untied(values, without=("order", "limit"), is_by_key=True)
        field, *columns = untied.values
        by = [item.copy() for item in items]
        for item, column in zip(by, columns, strict=True):
            item.set("this", known_field(column))
        order = (*sort_keys(by, self.translate), SortKey(field.as_expression()))
        name = f"{self.planner.unique('first')}.value"
        grouped = self._grouped(untied, [(name, _first(field, order))])
        self._join(join, untied, Consolidate(grouped))
        return ColumnRef(name, field.type)


def _consolidated(make: Make) -> Make:
    """Rows that come and leave in one batch must not be met by the error."""
    return lambda left: Consolidate(make(left))


def _first(field: Field, order: Order = ()) -> AggregateCall:
    """The value of the first row; of any where no order is given."""
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
