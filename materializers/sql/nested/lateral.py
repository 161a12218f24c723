"""LATERAL in FROM -> a join with the decorrelated SELECT.

An aggregate without GROUP BY gives exactly one row for each row before it. `ORDER BY … LIMIT n`
becomes a filter on row_number() partitioned by the correlation keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from materializers.errors import ViewError
from materializers.sql.alias import renamed_fields
from materializers.sql.conditions import reads_tables
from materializers.sql.expressions.translator import Translator
from materializers.sql.names import output_name
from materializers.sql.nested.aggregated import aggregated
from materializers.sql.nested.list_items import ordered_by, unaliased
from materializers.sql.nested.nested_select import Decorrelated, NestedSelect
from materializers.sql.nested.outer_domain import OuterDomain
from materializers.sql.nested.subquery_join import Correlation
from materializers.sql.nested.undecorrelated import Undecorrelated, reason_of
from materializers.sql.planned import Context, Queries
from materializers.sql.relations.expand import LateralSelect
from materializers.sql.relations.join import Join, Kind
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Column, Relation, carried
from materializers.sql.relations.same import Consolidate
from materializers.sql.scope import Entry, Field
from materializers.sql.types.expression import Case, Constant, Expression, all_of

_NUMBER = "#number"
On = Callable[[Entry], Expression | None]
"""Makes a join's condition, given the names of its right side."""


class Lateral:
    """One LATERAL entry. `translate`: over the entries before it; `is_left`: LEFT JOIN."""

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
        self.context = context.inside()
        self.translate = translate
        self.is_left = is_left

    def joined(self, left: Relation, on: On | None = None) -> tuple[Relation, Entry]:
        """The join, and the entry's names. `on`: the condition of a LEFT JOIN. A SELECT that cannot
        be decorrelated is evaluated for each row before it. Raises ViewError."""
        if not isinstance(self.node.this, exp.Subquery):
            raise self.planner.source.error("LATERAL takes a nested SELECT", self.node)
        if not reads_tables(self.node.this):
            return self._of_row(left, on)
        try:
            return self._joined(left, on, None)
        except (Undecorrelated, ViewError):
            pass
        try:
            query, translate = self.node.this, self.translate
            domain = OuterDomain.of(self.planner, query, self.context, translate)
            relation, entry = self._joined(left, on, domain)
            return domain.filled(relation, left) if domain else relation, entry
        except (Undecorrelated, ViewError) as error:
            return self._of_row(left, on, f"LATERAL: {reason_of(error)}")

    def _joined(
        self, left: Relation, on: On | None, domain: OuterDomain | None
    ) -> tuple[Relation, Entry]:
        nested = NestedSelect(self.planner, self.node.this, self.context, domain)
        if nested.is_correlated and nested.is_one_row:
            return self._one_row(nested, left, on)
        return self._rows(nested, left, on)

    def _of_row(
        self, left: Relation, on: On | None, reason: str = ""
    ) -> tuple[LateralSelect, Entry]:
        """The SELECT, evaluated for each row before it. `reason`: why, where it reads tables."""
        inner = replace(self.context, is_inline=True, outer=self.translate.scope)
        planned = self.planner.query(self.node.this, inner)
        entry = self._entry(planned.fields)
        entry = entry.as_nullable() if self.is_left else entry
        added = tuple(Column(f.column, f.type, f.nullable) for f in entry.fields)
        test = on(entry) if on is not None else None
        lateral = LateralSelect(left, added, planned.relation, test, self.is_left, reason)
        return lateral, entry

    def _one_row(
        self, nested: NestedSelect, left: Relation, on: On | None
    ) -> tuple[Relation, Entry]:
        if nested.has("having"):
            raise Undecorrelated("HAVING in a SELECT that is one group")
        decorrelated, items = aggregated(nested)
        joined = self._join(left, decorrelated, None, is_left=True)
        alias = self.planner.unique("lateral")
        outputs = list(carried(joined))
        fields: list[Field] = []
        for item, written in zip(items, nested.listed(), strict=True):
            value, name = self.translate(item), output_name(written)
            outputs.append((f"{alias}.{len(fields)}.{name}", value))
            fields.append(Field(name, outputs[-1][0], value.type, value.nullable))
        entry = self._entry(fields)
        relation = Map(joined, tuple(outputs))
        test = on(entry) if on is not None else None
        if test is None:
            return relation, entry
        return _where_met(relation, entry, test)

    def _rows(self, nested: NestedSelect, left: Relation, on: On | None) -> tuple[Relation, Entry]:
        decorrelated = self._decorrelated(nested)
        fields = list(decorrelated.values)
        if nested.is_correlated and not nested.is_combined:
            names = [output_name(each) for each in nested.listed()]
            fields = [replace(f, name=n) for f, n in zip(fields, names, strict=True)]
        entry = self._entry(fields)
        test = on(entry) if on is not None else None
        joined = self._join(left, decorrelated, test, is_left=self.is_left)
        return joined, entry.as_nullable() if self.is_left else entry

    def _entry(self, fields: Sequence[Field]) -> Entry:
        return Entry(self.node.alias, renamed_fields(self.planner.source, self.node, fields))

    def _decorrelated(self, nested: NestedSelect) -> Decorrelated:
        if not nested.is_correlated:
            planned = nested.as_is()
            return Decorrelated(planned, planned.fields, (), ())
        if nested.is_combined:
            return nested.combined()
        values = unaliased(nested.listed())
        if not nested.has("limit", "offset"):
            return nested.decorrelated(values)
        nested.refuse("distinct")
        if isinstance(nested.query.args.get("limit"), exp.Fetch):
            raise Undecorrelated("FETCH FIRST … WITH TIES")
        if nested.residual:
            raise Undecorrelated("LIMIT after a condition that is no equality")
        return nested.decorrelated(values, lambda select: _first_of_each(select, nested))

    def _join(
        self, left: Relation, decorrelated: Decorrelated, test: Expression | None, *, is_left: bool
    ) -> Relation:
        correlation = Correlation.of(self.translate, decorrelated)
        right = Consolidate(decorrelated.planned.relation)
        condition = all_of([*correlation.tests, *([test] if test is not None else [])])
        kind: Kind = "left" if is_left else "inner"
        return Join(kind, left, right, condition, correlation.equalities(left))


def _where_met(relation: Map, entry: Entry, test: Expression) -> tuple[Relation, Entry]:
    """The one row of a LEFT JOIN's right side, NULL where the join condition is not true."""
    outputs = list(carried(relation)[: -len(entry.fields)])
    nullable = entry.as_nullable()
    for field in nullable.fields:
        met = Case((test,), (field.as_expression(),), Constant(None, field.type))
        outputs.append((f"{field.column}~", met))
    fields = tuple(replace(field, column=f"{field.column}~") for field in nullable.fields)
    return Map(relation, tuple(outputs)), replace(nullable, fields=fields)


def _first_of_each(select: exp.Select, nested: NestedSelect) -> exp.Select:
    """`ORDER BY … LIMIT n OFFSET m` for each key: a filter on row_number()."""
    parts = [select.args.get(part) for part in ("order", "limit", "offset")]
    order, limit, offset = parts
    for part in ("order", "limit", "offset"):
        select.set(part, None)
    if order is not None:
        order = order.copy()
        for item in order.expressions:
            item.set("this", ordered_by(item.this, nested.listed()))
    number = exp.Window(
        this=exp.Anonymous(this="row_number"),
        partition_by=[inside.copy() for _, inside in nested.pairs],
        order=order,
    )
    names = [exp.column(e.alias, quoted=True) for e in select.expressions]
    select.append("expressions", exp.alias_(number, _NUMBER, quoted=True))
    alias = exp.TableAlias(this=exp.to_identifier("first", quoted=True))
    outer = exp.Select(expressions=names, where=exp.Where(this=_between(limit, offset)))
    outer.set("from_", exp.From(this=exp.Subquery(this=select, alias=alias)))
    return outer


def _between(limit: exp.Expr | None, offset: exp.Expr | None) -> exp.Expr:
    """The condition that a row number is above OFFSET and within LIMIT."""
    number = exp.column(_NUMBER, quoted=True)
    skipped = exp.Paren(this=offset.expression.copy()) if offset is not None else None
    parts: list[exp.Expr] = []
    if skipped is not None:
        parts.append(exp.GT(this=number.copy(), expression=skipped))
    if limit is not None:
        last: exp.Expr = exp.Paren(this=limit.expression.copy())
        if skipped is not None:
            last = exp.Add(this=skipped.copy(), expression=last)
        parts.append(exp.LTE(this=number, expression=last))
    return parts[0] if len(parts) == 1 else exp.And(this=parts[0], expression=parts[1])
