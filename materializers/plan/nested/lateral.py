"""LATERAL in FROM -> a join with the SELECT taken off the rows before it.

An aggregate gives each row before it exactly one row; `ORDER BY … LIMIT n` becomes a row number
over the keys, so that the first rows of each are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from materializers.operators.consolidate import Consolidate
from materializers.operators.expand import ExpandSelect
from materializers.operators.join import InnerJoin
from materializers.operators.map import Map, unchanged
from materializers.operators.operator import Column, Operator, Side
from materializers.operators.outer_join import LeftJoin
from materializers.operators.run import NO_RUN
from materializers.plan.alias import renamed_fields
from materializers.plan.conditions import reads_tables
from materializers.plan.expressions.translator import Translator
from materializers.plan.names import output_name
from materializers.plan.nested.aggregated import aggregated, unaliased
from materializers.plan.nested.nested_select import NestedSelect, Undecorrelated, Untied
from materializers.plan.nested.subquery_join import Link
from materializers.plan.planned import Context, Queries
from materializers.plan.scope import Field, Relation
from materializers.plan.types.expression import quote

_NUMBER = "#number"
On = Callable[[Relation], str]
"""SQL of a join's condition, given the names of its right side."""


class Lateral:
    """One LATERAL item. `translate`: over the relations before it; `is_left`: LEFT JOIN."""

    def __init__(
        self,
        planner: Queries,
        node: exp.Lateral,
        context: Context,
        translate: Translator,
        is_left: bool,
    ) -> None:
        self.planner = planner
        self.node = node
        self.context = replace(context, outer=None)
        self.translate = translate
        self.is_left = is_left

    def joined(self, left: Operator, on: On | None = None) -> tuple[Operator, Relation]:
        """The join, and what the item is called. `on`: the condition of a LEFT JOIN. Raises
        ViewError where the SELECT cannot be taken off the rows before it."""
        if not isinstance(self.node.this, exp.Subquery):
            raise self.planner.source.error("LATERAL takes a nested SELECT", self.node)
        if not reads_tables(self.node.this):
            return self._of_row(left, on)
        try:
            nested = NestedSelect(self.planner, self.node.this, self.context)
            if nested.is_correlated and nested.is_one_row:
                return self._one_row(nested, left, on)
            return self._rows(nested, left, on)
        except Undecorrelated as error:
            message = f"this LATERAL is not supported: {error}"
            raise self.planner.source.error(message, self.node) from error

    def _of_row(self, left: Operator, on: On | None) -> tuple[Operator, Relation]:
        """A SELECT that reads no table, over each row before it."""
        inner = replace(self.context, is_inline=True, outer=self.translate.scope)
        planned = self.planner.query(self.node.this, inner)
        relation = self._relation(planned.fields)
        relation = relation.as_nullable() if self.is_left else relation
        added = tuple(Column(f.column, f.type, f.nullable) for f in relation.fields)
        listed = ", ".join(quote(column.name) for column in added) or "1"
        sql = f"SELECT {listed} FROM ({planned.operator.rows(Side.NEW, NO_RUN)})"
        sql += f" WHERE {on(relation)}" if on is not None else ""
        keys = planned.operator.keys
        return ExpandSelect(left, added, sql, keys, is_left=self.is_left), relation

    def _one_row(
        self, nested: NestedSelect, left: Operator, on: On | None
    ) -> tuple[Operator, Relation]:
        if nested.has("having"):
            raise Undecorrelated("HAVING in a SELECT that is one group")
        untied, items = aggregated(nested)
        joined = self._join(left, untied, "", is_left=True)
        alias = self.planner.unique("lateral")
        outputs = unchanged(joined.columns)
        fields: list[Field] = []
        for item, written in zip(items, _listed(nested), strict=True):
            value, name = self.translate(item), output_name(written)
            outputs.append((f"{alias}.{len(fields)}.{name}", value))
            fields.append(Field(name, outputs[-1][0], value.type, value.nullable))
        relation = self._relation(fields)
        operator = Map(joined, outputs)
        if on is None:
            return operator, relation
        return _where_met(operator, relation, on(relation))

    def _rows(
        self, nested: NestedSelect, left: Operator, on: On | None
    ) -> tuple[Operator, Relation]:
        untied = self._untied(nested)
        fields = list(untied.values)
        if nested.is_correlated:
            names = [output_name(each) for each in _listed(nested)]
            fields = [replace(f, name=n) for f, n in zip(fields, names, strict=True)]
        relation = self._relation(fields)
        test = on(relation) if on is not None else ""
        joined = self._join(left, untied, test, is_left=self.is_left)
        return joined, relation.as_nullable() if self.is_left else relation

    def _relation(self, fields: Sequence[Field]) -> Relation:
        return Relation(self.node.alias, renamed_fields(self.planner.source, self.node, fields))

    def _untied(self, nested: NestedSelect) -> Untied:
        if not nested.is_correlated:
            planned = nested.as_is()
            return Untied(planned, planned.fields, (), ())
        values = unaliased(_listed(nested))
        if not nested.has("limit"):
            nested.refuse("offset", "distinct")
            return nested.untied(values)
        nested.refuse("offset", "distinct", "group")
        if isinstance(nested.query.args["limit"], exp.Fetch):
            raise Undecorrelated("FETCH FIRST … WITH TIES")
        if nested.residual:
            raise Undecorrelated("LIMIT behind a condition that is no equality")
        return nested.untied(values, lambda select: _first_of_each(select, nested))

    def _join(self, left: Operator, untied: Untied, test: str, *, is_left: bool) -> Operator:
        link = Link.of(self.translate, untied)
        right = Consolidate(untied.planned.operator)
        condition = " AND ".join(part for part in (link.condition, test) if part)
        if is_left:
            return LeftJoin(left, right, condition or "true", link.equalities(left))
        return InnerJoin(left, right, condition, link.equalities(left))


def _where_met(operator: Map, relation: Relation, test: str) -> tuple[Operator, Relation]:
    """The one row of a LEFT JOIN's right side, NULL where its condition is not met."""
    outputs = unchanged(operator.columns)[: -len(relation.fields)]
    nullable = relation.as_nullable()
    for field in nullable.fields:
        value = field.as_expression()
        outputs.append(
            (f"{field.column}~", replace(value, sql=f"CASE WHEN {test} THEN {value.sql} END"))
        )
    fields = tuple(replace(field, column=f"{field.column}~") for field in nullable.fields)
    return Map(operator, outputs), replace(nullable, fields=fields)


def _listed(nested: NestedSelect) -> list[exp.Expr]:
    """The list, `*` written out."""
    found: list[exp.Expr] = []
    for item in nested.query.expressions:
        if not (isinstance(item, exp.Star) or isinstance(item.this, exp.Star)):
            found.append(item)
            continue
        found += nested.scope.written(item.text("table"))
    return found


def _first_of_each(select: exp.Select, nested: NestedSelect) -> exp.Select:
    """`ORDER BY … LIMIT n` of each key."""
    order, limit = select.args.get("order"), select.args["limit"]
    select.set("order", None)
    select.set("limit", None)
    if order is not None:
        order = order.copy()
        for item in order.expressions:
            item.set("this", _ordered(item.this, nested))
    number = exp.Window(
        this=exp.Anonymous(this="row_number"),
        partition_by=[inside.copy() for _, inside in nested.pairs],
        order=order,
    )
    names = [exp.column(e.alias, quoted=True) for e in select.expressions]
    select.append("expressions", exp.alias_(number, _NUMBER, quoted=True))
    first = exp.LTE(this=exp.column(_NUMBER, quoted=True), expression=limit.expression.copy())
    alias = exp.TableAlias(this=exp.to_identifier("first", quoted=True))
    outer = exp.Select(expressions=names, where=exp.Where(this=first))
    outer.set("from_", exp.From(this=exp.Subquery(this=select, alias=alias)))
    return outer


def _ordered(node: exp.Expr, nested: NestedSelect) -> exp.Expr:
    """What an ORDER BY item means: a place in the list, a name of the list, or itself."""
    items = _listed(nested)
    if isinstance(node, exp.Literal) and node.is_int:
        if not 1 <= int(node.name) <= len(items):
            raise Undecorrelated(f"ORDER BY position {node.name} is not in its list")
        return unaliased(items)[int(node.name) - 1].copy()
    for item in items:
        if isinstance(node, exp.Column) and not node.table and item.alias == node.name:
            return unaliased([item])[0].copy()
    return node
