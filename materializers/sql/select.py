"""One SELECT: FROM and its joins, WHERE, GROUP BY, HAVING, select list, DISTINCT, LIMIT."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from materializers.sql.conditions import (
    columns_of,
    conjuncts,
    has_subquery,
    is_resolvable,
    reads_tables,
)
from materializers.sql.expressions.translator import Subquery, Translator
from materializers.sql.grouping.grouping import Grouping
from materializers.sql.grouping.outer_aggregates import OuterAggregates, outer_aggregates
from materializers.sql.grouping.scope import grouped_scope
from materializers.sql.grouping.sets import SETS_MAX, Sets, grouping_sets, has_grouping_sets
from materializers.sql.joins.from_clause import FromClause
from materializers.sql.names import is_star, output_name
from materializers.sql.nested.subqueries import Subqueries
from materializers.sql.ordering import Ordering
from materializers.sql.planned import Context, Planned, Queries
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Outputs, Relation, carried
from materializers.sql.relations.values import one_row
from materializers.sql.scope import Field, Scope
from materializers.sql.types.expression import Expression, all_of, stored
from materializers.sql.windows.windows import Windows


class SelectPlanner:
    """Plans one SELECT. An object plans once."""

    def __init__(self, planner: Queries, node: exp.Select, context: Context) -> None:
        self.planner = planner
        self.node = node
        self.outer_values = context.outer_values
        self.scope = Scope(outer=self.outer_values.scope if self.outer_values else context.outer)
        if self.outer_values is not None:
            outer = self.outer_values.scope if context.is_inline else None
            context = replace(context, outer=outer, outer_values=None)
        self.context = context
        self.has_nested = False
        self.translate = Translator(planner.source, planner.functions, self.scope, self._nested)
        self.subqueries = Subqueries(planner, context)
        self.above = Subqueries(planner, context)
        where = node.args.get("where")
        self.pending = list(conjuncts(where.this)) if where is not None else []

    def _nested(self, node: exp.Expr, scope: Scope) -> Relation:
        self.has_nested = self.has_nested or reads_tables(node)
        return self.planner.nested(node, scope, self.context)

    def _nested_above(self, translate: Translator) -> Subquery:
        def nested(node: exp.Expr, scope: Scope) -> Relation:
            return self._nested(node, grouped_scope(scope, node, translate))

        return nested

    def plan(self) -> Planned:
        self._refuse()
        relation = self._from()
        outer = self._outer_aggregates()
        self.node = self.node if outer is None else outer.select
        self.translate = self.subqueries.extended(self.translate)
        relation = self._filtered(relation)
        translate, grouping = self._grouped(relation, outer)
        windows = Windows(self.planner, translate)
        if grouping is not None:
            translate.hook = grouping.hook
            translate.subquery = self._nested_above(translate)
            translate = grouping.extended(self.above.extended(translate))
        translate = windows.extended(translate)
        outputs = self._outputs(translate, is_grouped=grouping is not None)
        ordering = Ordering(self.planner, translate, self.node, outputs)
        having = self._having(translate)
        relation = self.subqueries.joined(relation)
        if grouping is not None:
            relation = self.above.joined(grouping.relation(relation))
            relation = self._map(relation, None, having)
        relation = windows.relation(relation)
        relation, fields = self._projected(relation, [*outputs, *ordering.hidden])
        distinct = self.node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is None:
            relation = self.planner.distinct(relation)
        relation = ordering.apply(relation)
        fields = fields[: len(outputs)]
        if ordering.hidden:
            relation = Map(relation, tuple((f.column, f.as_expression()) for f in fields))
        return Planned(relation, fields)

    def sources(self) -> Scope:
        """The names that its FROM defines."""
        self._from()
        return self.scope

    def _refuse(self) -> None:
        for name in ("laterals", "qualify", "locks", "into"):
            if self.node.args.get(name):
                raise self.planner.source.error(f"{name.upper()} is not supported", self.node)

    # FROM and WHERE

    def _from(self) -> Relation:
        start = self.node.args.get("from_")
        if start is None and self.outer_values is None:
            return one_row("#one")
        pending = list(self.pending)
        clause = self._clause()
        joined = clause.begun()
        if start is not None:
            joined = clause.joined(start.this, self.node.args.get("joins") or (), joined)
        assert joined is not None
        self.scope.entries += joined.entries
        self.scope.columns += joined.columns
        left = set(map(id, self.pending))
        for part in pending:
            if id(part) not in left:
                columns_of(part, self.translate)  # a name may have become ambiguous
        return joined.relation

    def _clause(self) -> FromClause:
        outer_values = self.outer_values
        if outer_values is not None and not self.context.is_inline:
            inline = replace(self.context, outer_values=outer_values)
            own = self.planner.scope_of(self.node, inline)
            outer_values = replace(outer_values, own=Scope(own.entries, own.columns))
        return FromClause(
            self.planner, self.context, self._nested, self.subqueries, self.pending, outer_values
        )

    def _filtered(self, relation: Relation) -> Relation:
        for part in self.pending:
            if self.planner.functions.has_aggregate(part):
                message = "aggregate functions are not allowed in WHERE"
                raise self.translate.fail(message, part, fix="use HAVING")
        plain = [part for part in self.pending if not has_subquery(part)]
        relation = self._where(relation, plain)
        nested = [part for part in self.pending if has_subquery(part)]
        rest = [part for part in nested if not self.subqueries.filter(part, self.translate)]
        return self._where(relation, rest)

    def _where(self, relation: Relation, parts: list[exp.Expr]) -> Relation:
        predicate = all_of(self.translate.boolean(part, "WHERE") for part in parts)
        return self._map(self.subqueries.joined(relation), None, predicate)

    def _map(
        self,
        child: Relation,
        outputs: Outputs | None,
        predicate: Expression | None = None,
    ) -> Relation:
        if outputs is None:
            if predicate is None:
                return child
            outputs = carried(child)
        reason = ""
        if self.has_nested:
            why = self.subqueries.reason or self.above.reason
            reason = f"nested SELECT: {why}" if why else "nested SELECT"
        return Map(child, outputs, predicate, reason)

    # GROUP BY

    def _outer_aggregates(self) -> OuterAggregates | None:
        def names_of(select: exp.Select) -> frozenset[str]:
            return self.planner.names_of(select, replace(self.context, outer=self.scope))

        return outer_aggregates(self.node, self.scope, self.planner, names_of, self.translate.fail)

    def _grouped(
        self, relation: Relation, outer: OuterAggregates | None
    ) -> tuple[Translator, Grouping | None]:
        group = self.node.args.get("group")
        selects = [e for e in self.node.expressions if self.planner.functions.has_aggregate(e)]
        having = self.node.args.get("having")
        if group is None and not selects and having is None and outer is None:
            return self.translate, None
        grouping = Grouping(self.planner, self.translate, relation)
        grouping.add_sets(*self._group_sets(group))
        if outer is not None:
            grouping.add_outer(outer)
        return Translator(
            self.planner.source, self.planner.functions, self.scope, self._nested
        ), grouping

    def _group_sets(self, group: exp.Expr | None) -> tuple[Sets, bool]:
        """The grouping sets, and whether GROUP BY writes them as sets."""
        if group is None:
            return [()], False
        if group.args.get("all"):
            raise self.translate.fail("GROUP BY ALL is not supported", group)
        items = list(group.expressions)
        sets = grouping_sets(items, self._group_item)
        if len(sets) > SETS_MAX:
            raise self.translate.fail(f"more than {SETS_MAX} grouping sets", group)
        if group.args.get("all") is False:
            sets = list({frozenset(each): each for each in sets}.values())
        return sets, has_grouping_sets(items)

    def _group_item(self, item: exp.Expr) -> exp.Expr:
        """Replace an alias of the select list by its expression."""
        if isinstance(item, exp.Column) and not item.table:
            if not is_resolvable(item, self.translate):
                for select in self.node.expressions:
                    if isinstance(select, exp.Alias) and select.alias == item.name:
                        return _unaliased(select)
        return item

    def _having(self, translate: Translator) -> Expression | None:
        having = self.node.args.get("having")
        return None if having is None else translate.boolean(having.this, "HAVING")

    # select list

    def _outputs(self, translate: Translator, *, is_grouped: bool) -> list[tuple[str, Expression]]:
        outputs: list[tuple[str, Expression]] = []
        for node in self.node.expressions:
            if not is_star(node):
                outputs.append((output_name(node), translate(_unaliased(node))))
            elif is_grouped:
                self._star(node)
                written = self.scope.written(node.text("table"))
                outputs += [(each.name, translate(each)) for each in written]
            else:
                outputs += self._star(node)
        return outputs

    def _star(self, node: exp.Expr) -> list[tuple[str, Expression]]:
        if not isinstance(node, exp.Column):
            if not self.scope.columns:
                raise self.translate.fail("SELECT * with no tables specified is not valid", node)
            return [(f.name, f.as_expression()) for f in self.scope.columns]
        entry = next((r for r in self.scope.entries if r.alias == node.table), None)
        if entry is None:
            raise self.translate.fail(f'there is no "{node.table}" in FROM', node)
        return [(f.name, f.as_expression()) for f in entry.fields]

    def _projected(
        self, relation: Relation, outputs: list[tuple[str, Expression]]
    ) -> tuple[Relation, tuple[Field, ...]]:
        alias = self.planner.unique("select")
        named, fields = [], []
        for index, (name, output) in enumerate(outputs):
            value = stored(output)
            named.append((f"{alias}.{index}.{name}", value))
            fields.append(Field(name, named[-1][0], value.type, value.nullable))
        return self._map(relation, tuple(named)), tuple(fields)


def _unaliased(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this if isinstance(node, exp.Alias) else node
    return inner
