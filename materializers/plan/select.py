"""One SELECT: FROM and its joins, WHERE, GROUP BY, HAVING, the list, DISTINCT, LIMIT."""

from __future__ import annotations

from sqlglot import exp

from materializers.operators.map import Map, unchanged
from materializers.operators.operator import Operator
from materializers.operators.values import one_row
from materializers.plan.conditions import (
    columns_of,
    conjuncts,
    has_subquery,
    is_resolvable,
    reads_tables,
)
from materializers.plan.expressions.translator import Subquery, Translator
from materializers.plan.grouping.grouping import Grouping, has_aggregate
from materializers.plan.grouping.scope import grouped_scope
from materializers.plan.grouping.sets import SETS_MAX, Sets, grouping_sets, has_grouping_sets
from materializers.plan.joins.from_clause import FromClause
from materializers.plan.names import is_star, output_name
from materializers.plan.nested.subqueries import Subqueries
from materializers.plan.ordering import Ordering
from materializers.plan.planned import Context, Planned, Queries
from materializers.plan.scope import Field, Scope
from materializers.plan.types.expression import Expression, all_of, stored
from materializers.plan.types.sql_type import SqlType
from materializers.plan.windows.windows import Windows


class SelectPlanner:
    """Plans one SELECT; used once."""

    def __init__(self, planner: Queries, node: exp.Select, context: Context) -> None:
        self.planner = planner
        self.node = node
        self.context = context
        self.scope = Scope(outer=context.outer)
        self.has_nested = False
        self.translate = Translator(planner.source, self.scope, self._nested)
        self.subqueries = Subqueries(planner, context)
        self.above = Subqueries(planner, context)
        where = node.args.get("where")
        self.pending = list(conjuncts(where.this)) if where is not None else []

    def _nested(self, node: exp.Expr, scope: Scope) -> tuple[str, tuple[SqlType, ...]]:
        self.has_nested = self.has_nested or reads_tables(node)
        sql, fields = self.planner.nested(node, scope, self.context)
        return sql, tuple(f.type for f in fields)

    def _nested_above(self, translate: Translator) -> Subquery:
        def nested(node: exp.Expr, scope: Scope) -> tuple[str, tuple[SqlType, ...]]:
            return self._nested(node, grouped_scope(scope, node, translate))

        return nested

    def plan(self) -> Planned:
        self._refuse()
        operator = self._from()
        self.translate = self.subqueries.around(self.translate)
        operator = self._filtered(operator)
        translate, grouping = self._grouped(operator)
        windows = Windows(self.planner, translate, self.context)
        if grouping is not None:
            translate.hook = grouping.hook
            translate.subquery = self._nested_above(translate)
            translate = grouping.around(self.above.around(translate))
        translate = windows.around(translate)
        outputs = self._outputs(translate, is_grouped=grouping is not None)
        ordering = Ordering(self.planner, translate, self.node, outputs)
        having = self._having(translate)
        operator = self.subqueries.joined(operator)
        if grouping is not None:
            operator = self.above.joined(grouping.operator(operator))
            operator = self._map(operator, None, having)
        operator = windows.operator(operator)
        operator, fields = self._projected(operator, [*outputs, *ordering.hidden])
        distinct = self.node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is None:
            operator = self.planner.distinct(operator, self.context)
        operator = ordering.apply(operator, self.context)
        fields = fields[: len(outputs)]
        if ordering.hidden:
            operator = Map(operator, [(f.column, f.as_expression()) for f in fields])
        return Planned(operator, fields)

    def sources(self) -> Scope:
        """What its FROM names."""
        self._from()
        return self.scope

    def _refuse(self) -> None:
        for name in ("laterals", "qualify", "locks", "into"):
            if self.node.args.get(name):
                raise self.planner.source.error(f"{name.upper()} is not supported", self.node)

    # FROM and WHERE

    def _from(self) -> Operator:
        start = self.node.args.get("from_")
        if start is None:
            return one_row("#one")
        pending = list(self.pending)
        clause = FromClause(self.planner, self.context, self._nested, self.subqueries, self.pending)
        joined = clause.joined(start.this, self.node.args.get("joins") or ())
        self.scope.relations += joined.relations
        self.scope.columns += joined.columns
        for part in pending:
            if part not in self.pending:
                columns_of(part, self.translate)  # a name may have become ambiguous
        return joined.operator

    def _filtered(self, operator: Operator) -> Operator:
        for part in self.pending:
            if has_aggregate(part):
                message = "aggregate functions are not allowed in WHERE"
                raise self.translate.fail(message, part, fix="use HAVING")
        plain = [part for part in self.pending if not has_subquery(part)]
        operator = self._where(operator, plain)
        nested = [part for part in self.pending if has_subquery(part)]
        rest = [part for part in nested if not self.subqueries.filter(part, self.translate)]
        return self._where(operator, rest)

    def _where(self, operator: Operator, parts: list[exp.Expr]) -> Operator:
        predicate = all_of(self.translate.boolean(part, "WHERE") for part in parts)
        return self._map(self.subqueries.joined(operator), None, predicate)

    def _map(
        self,
        child: Operator,
        outputs: list[tuple[str, Expression]] | None,
        predicate: Expression | None = None,
    ) -> Operator:
        if outputs is None:
            if predicate is None:
                return child
            outputs = unchanged(child.columns)
        result = Map(child, outputs, predicate)
        if self.has_nested:
            result.has_delta = False
            reason = self.subqueries.reason or self.above.reason
            result.reason = f"nested SELECT: {reason}" if reason else "nested SELECT"
        return result

    # GROUP BY

    def _grouped(self, operator: Operator) -> tuple[Translator, Grouping | None]:
        group = self.node.args.get("group")
        selects = [e for e in self.node.expressions if has_aggregate(e)]
        having = self.node.args.get("having")
        if group is None and not selects and having is None:
            return self.translate, None
        grouping = Grouping(self.planner, self.translate, self.context, operator)
        grouping.add_sets(*self._group_sets(group))
        return Translator(self.planner.source, self.scope, self._nested), grouping

    def _group_sets(self, group: exp.Expr | None) -> tuple[Sets, bool]:
        """The groupings, and whether they were written as several."""
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
        """An alias of the list stands for the expression there."""
        if isinstance(item, exp.Column) and not item.table:
            if not is_resolvable(item, self.translate):
                for select in self.node.expressions:
                    if isinstance(select, exp.Alias) and select.alias == item.name:
                        return _unaliased(select)
        return item

    def _having(self, translate: Translator) -> Expression | None:
        having = self.node.args.get("having")
        return None if having is None else translate.boolean(having.this, "HAVING")

    # the list

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
        relation = next((r for r in self.scope.relations if r.alias == node.table), None)
        if relation is None:
            raise self.translate.fail(f'there is no "{node.table}" in FROM', node)
        return [(f.name, f.as_expression()) for f in relation.fields]

    def _projected(
        self, operator: Operator, outputs: list[tuple[str, Expression]]
    ) -> tuple[Operator, tuple[Field, ...]]:
        alias = self.planner.unique("select")
        named, fields = [], []
        for index, (name, output) in enumerate(outputs):
            value = stored(output)
            named.append((f"{alias}.{index}.{name}", value))
            fields.append(Field(name, named[-1][0], value.type, value.nullable))
        return self._map(operator, named), tuple(fields)


def _unaliased(node: exp.Expr) -> exp.Expr:
    inner: exp.Expr = node.this if isinstance(node, exp.Alias) else node
    return inner
