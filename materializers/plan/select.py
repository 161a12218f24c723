"""One SELECT: FROM and its joins, WHERE, GROUP BY, HAVING, the list, DISTINCT, LIMIT."""

from __future__ import annotations

from sqlglot import exp

from materializers.operators.constant import Constant
from materializers.operators.map import Map
from materializers.operators.operator import Operator
from materializers.operators.outer_join import make_join
from materializers.plan.conditions import (
    condition,
    conjuncts,
    has_subquery,
    is_resolvable,
)
from materializers.plan.expressions.translator import Subquery, Translator
from materializers.plan.grouping.grouping import Grouping, has_aggregate
from materializers.plan.grouping.scope import grouped_scope
from materializers.plan.grouping.sets import SETS_MAX, Sets, grouping_sets, has_grouping_sets
from materializers.plan.names import output_name
from materializers.plan.nested.lateral import Lateral
from materializers.plan.nested.subqueries import Subqueries
from materializers.plan.ordering import Ordering
from materializers.plan.planned import Context, Planned, Queries
from materializers.plan.scope import Field, Relation, Scope
from materializers.plan.types.expression import Expression, quote, stored
from materializers.plan.types.sql_type import SqlType
from materializers.plan.windows import Windows

_KINDS = {"": "inner", "LEFT": "left", "RIGHT": "right", "FULL": "full"}


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
        self.has_nested = True
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
        windows = Windows(self.planner, translate, self.node, self.context)
        if grouping is not None:
            translate.hook = grouping.hook
            translate.subquery = self._nested_above(translate)
            translate = self.above.around(translate)
        translate = windows.around(translate)
        outputs = self._outputs(translate, grouped=grouping is not None)
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
            return Constant('SELECT 1 AS "#one"', (), (frozenset(),))
        operator, relation = self.planner.relation(start.this, self.context)
        self._enter(relation)
        joins = list(self.node.args.get("joins") or ())
        self._refuse_comma(joins)
        pushes = not any(j.args.get("side") in ("RIGHT", "FULL") for j in joins)
        for join in joins:
            operator = self._join(operator, join, pushes)
        return operator

    def _refuse_comma(self, joins: list[exp.Join]) -> None:
        """A comma binds loosest: what follows it is joined first."""
        is_open = False
        for join in joins:
            side, method = join.args.get("side"), join.args.get("method")
            if is_open and (side in ("RIGHT", "FULL") or method):
                raise self.planner.source.error(
                    f"a comma before {side or method} JOIN is not supported",
                    join,
                    fix="write CROSS JOIN, or put the join into a query in FROM",
                )
            kind = join.args.get("kind")
            is_open |= not (side or method or kind or join.args.get("on") or join.args.get("using"))

    def _enter(self, relation: Relation) -> None:
        if any(r.alias == relation.alias for r in self.scope.relations):
            raise self.planner.source.error(
                f'table name "{relation.alias}" specified more than once', self.node
            )
        self.scope.relations.append(relation)

    def _join(self, left: Operator, join: exp.Join, pushes: bool) -> Operator:
        kind = self._kind(join)
        if isinstance(join.this, exp.Lateral):
            return self._lateral(left, join, kind)
        right, relation = self.planner.relation(join.this, self.context)
        parts = list(conjuncts(join.args.get("on")))
        using = self._using_names(relation, join)
        parts += self._using(using, relation, join)
        self._enter(relation)
        if kind == "inner" and pushes:
            parts += self._ready(relation)
        found = condition(parts, left.names, right.names, self.translate)
        if kind == "right":
            left, right, kind = right, left, "left"
            found = condition(parts, left.names, right.names, self.translate)
            self.scope.relations[:-1] = [r.as_nullable() for r in self.scope.relations[:-1]]
        elif kind in ("left", "full"):
            self.scope.relations[-1] = relation.as_nullable()
        if kind == "full":
            self.scope.relations[:] = [r.as_nullable() for r in self.scope.relations]
        joined = make_join(kind, left, right, found.sql, found.equalities)
        if using and kind == "full":
            return self._coalesced(joined, using)
        self._merge(using, join)
        return joined

    def _lateral(self, left: Operator, join: exp.Join, kind: str) -> Operator:
        on = list(conjuncts(join.args.get("on")))
        conditions = [part for part in on if not (isinstance(part, exp.Boolean) and part.this)]
        if kind not in ("inner", "left") or (conditions and kind == "left"):
            message = f"{kind.upper()} JOIN LATERAL takes no condition" if on else "not supported"
            raise self.planner.source.error(
                message, join, fix="put the condition into the SELECT, and write ON true"
            )
        self.pending += conditions
        translate = self.subqueries.around(self.translate)
        lateral = Lateral(self.planner, join.this, self.context, translate, kind == "left")
        joined, relation = lateral.joined(left)
        self._enter(relation)
        return joined

    def _coalesced(self, joined: Operator, using: list[str]) -> Operator:
        """The columns of a FULL JOIN's USING: the one of either side that is there."""
        outputs = [(c.name, Expression(quote(c.name), c.type, c.nullable)) for c in joined.columns]
        alias = self.planner.unique("using")
        for name in using:
            found = [f for r in self.scope.relations if (f := r.find(name))]
            sides = [self.scope.merged.get(name, found[0]), found[-1]]
            kind, sqls = self.translate.unify(
                [f.as_expression() for f in sides], self.node, "USING"
            )
            value = Expression(f"coalesce({', '.join(sqls)})", kind, True)
            outputs.append((f"{alias}.{name}", value))
            self.scope.merged[name] = Field(name, outputs[-1][0], kind, True)
        return Map(joined, outputs)

    def _kind(self, join: exp.Join) -> str:
        return _KINDS[(join.args.get("side") or "").upper()]

    def _using_names(self, relation: Relation, join: exp.Join) -> list[str]:
        """The columns of USING, or for a NATURAL JOIN all that both sides have."""
        method = (join.args.get("method") or "").upper()
        if not method:
            return [name.name for name in join.args.get("using") or ()]
        if method != "NATURAL":
            raise self.planner.source.error(f"{method} JOIN is not supported", join)
        here = {f.name for f in self.scope.fields()}
        return [f.name for f in relation.fields if f.name in here]

    def _using(self, using: list[str], relation: Relation, join: exp.Join) -> list[exp.Expr]:
        parts: list[exp.Expr] = []
        for name in using:
            field = self.scope.resolve(exp.column(name), self.translate.fail)
            owner = next(r for r in self.scope.relations if field in r.fields)
            left, right = exp.column(name, owner.alias), exp.column(name, relation.alias)
            parts.append(exp.EQ(this=left, expression=right))
        return parts

    def _merge(self, using: list[str], join: exp.Join) -> None:
        is_right = (join.args.get("side") or "").upper() == "RIGHT"
        for name in using:
            relations = self.scope.relations[-1:] if is_right else self.scope.relations[:-1]
            found = [f for r in relations if (f := r.find(name))]
            self.scope.merged.setdefault(name, found[0])
            if is_right:
                self.scope.merged[name] = found[0]

    def _ready(self, relation: Relation) -> list[exp.Expr]:
        """Conditions of WHERE that only now can be tested: they become the join's own. A name of
        the query around may yet turn out to be one of a relation that follows, so it waits."""
        seen = Scope(self.scope.relations, self.scope.merged)
        here = Translator(self.planner.source, seen, self._nested)
        alone = Translator(self.planner.source, Scope(self.scope.relations[:-1]), self._nested)
        ready = [
            part
            for part in self.pending
            if not has_subquery(part)
            and is_resolvable(part, here)
            and not is_resolvable(part, alone)
        ]
        self.pending = [part for part in self.pending if part not in ready]
        return ready

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
        predicate = " AND ".join(self.translate.boolean(part, "WHERE").sql for part in parts)
        return self._map(self.subqueries.joined(operator), None, predicate)

    def _map(
        self, child: Operator, outputs: list[tuple[str, Expression]] | None, predicate: str = ""
    ) -> Operator:
        if outputs is None:
            if not predicate:
                return child
            outputs = [
                (c.name, Expression(quote(c.name), c.type, c.nullable)) for c in child.columns
            ]
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
        """A position or an alias of the list stands for the expression there."""
        selects = self.node.expressions
        if isinstance(item, exp.Literal):
            if not item.is_int:
                raise self.translate.fail("non-integer constant in GROUP BY", item)
            position = int(item.name)
            if not 1 <= position <= len(selects):
                message = f"GROUP BY position {position} is not in select list"
                raise self.translate.fail(message, item)
            return _unaliased(selects[position - 1])
        if isinstance(item, exp.Column) and not item.table:
            if not is_resolvable(item, self.translate):
                for select in selects:
                    if isinstance(select, exp.Alias) and select.alias == item.name:
                        return _unaliased(select)
        return item

    def _having(self, translate: Translator) -> str:
        having = self.node.args.get("having")
        if having is None:
            return ""
        return translate.boolean(having.this, "HAVING").sql

    # the list

    def _outputs(self, translate: Translator, *, grouped: bool) -> list[tuple[str, Expression]]:
        outputs: list[tuple[str, Expression]] = []
        for node in self.node.expressions:
            star = node if isinstance(node, exp.Star) else getattr(node, "this", None)
            if isinstance(star, exp.Star) and isinstance(node, (exp.Star, exp.Column)):
                if grouped:
                    raise translate.fail("* cannot be used with GROUP BY", node)
                outputs += self._star(node)
            else:
                outputs.append((output_name(node), translate(_unaliased(node))))
        return outputs

    def _star(self, node: exp.Expr) -> list[tuple[str, Expression]]:
        if isinstance(node, exp.Column):
            relation = next((r for r in self.scope.relations if r.alias == node.table), None)
            if relation is None:
                raise self.translate.fail(f'there is no "{node.table}" in FROM', node)
            return [(f.name, f.as_expression()) for f in relation.fields]
        merged = [(n, f.as_expression()) for n, f in self.scope.merged.items()]
        rest = [
            (f.name, f.as_expression())
            for f in self.scope.fields()
            if f.name not in self.scope.merged
        ]
        return merged + rest

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
