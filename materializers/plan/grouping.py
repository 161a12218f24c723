"""GROUP BY in a SELECT: which expressions are groups, which calls are aggregates."""

from __future__ import annotations

from typing import TypeGuard

from sqlglot import exp

from materializers.operators.aggregate import GroupBy
from materializers.operators.operator import Operator
from materializers.plan.aggregates import AGGREGATES, Aggregate, AggregateCall, aggregate
from materializers.plan.expression import Expression, quote
from materializers.plan.planned import Context, Queries
from materializers.plan.scope import Scope
from materializers.plan.translator import Translator


def is_aggregate(node: exp.Expr) -> TypeGuard[exp.Anonymous]:
    """A call of an aggregate function."""
    return isinstance(node, exp.Anonymous) and str(node.this).lower() in AGGREGATES


def has_aggregate(node: exp.Expr | None) -> bool:
    """Whether an aggregate call of this SELECT (not of a nested one, not of a window) is in it."""
    if node is None or isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):
        call = node.this.this if isinstance(node.this, exp.Filter) else node.this
        return any(has_aggregate(child) for child in call.iter_expressions())
    if is_aggregate(node):
        return True
    return any(has_aggregate(child) for child in node.iter_expressions())


class Grouping:
    """Collects the groups and aggregates of one SELECT while its list and HAVING are translated,
    then makes the operator. `before` translates over the input's rows."""

    def __init__(self, planner: Queries, before: Translator, context: Context) -> None:
        self.planner = planner
        self.before = before
        self.context = context
        self.alias = planner.unique("group")
        self.groups: list[tuple[str, Expression]] = []
        self.aggregates: list[tuple[str, Aggregate]] = []
        self._by_sql: dict[str, Expression] = {}
        self._constants: set[str] = set()
        self._calls: dict[str, Expression] = {}

    def add_group(self, node: exp.Expr) -> None:
        """A GROUP BY expression."""
        value = self.before(node)
        if not value.type.is_comparable and value.type.name != "json":
            raise self.before.fail(f"grouping by {value.type.name} is not supported", node)
        if value.type.name == "json":
            raise self.before.fail("json has no equality, so it cannot be grouped by", node)
        self._add(value)
        if node.find(exp.Column, exp.Query) is None:
            self._constants.add(value.sql)

    def _add(self, value: Expression) -> Expression:
        if value.sql not in self._by_sql:
            name = f"{self.alias}.g{len(self.groups)}"
            self.groups.append((name, value))
            self._by_sql[value.sql] = Expression(quote(name), value.type, value.nullable)
        return self._by_sql[value.sql]

    def hook(self, node: exp.Expr) -> Expression | None:
        """Answers for aggregates and for what is grouped by."""
        if isinstance(node, exp.Filter) and is_aggregate(node.this):
            return self._call(node.this, node.expression.this)
        if is_aggregate(node):
            return self._call(node, None)
        if isinstance(node, (exp.Literal, exp.Boolean, exp.Null, exp.Query, exp.Interval)):
            return None
        if has_aggregate(node):
            return None
        if isinstance(node, exp.Column):
            return self._column(node)
        if node.find(exp.Query) is None and node.find(exp.Column) is not None:
            return self._by_sql.get(self.before(node).sql)
        return None

    def _column(self, node: exp.Column) -> Expression:
        value = self.before(node)
        if value.sql in self._by_sql:
            return self._by_sql[value.sql]
        if self._is_outer(node):
            return value
        if value.type.name != "record" and self._depends(node):
            return self._add(value)
        raise self.before.fail(
            f'column "{node.sql(dialect="postgres")}" must appear in the GROUP BY clause or be'
            " used in an aggregate function",
            node,
        )

    def _is_outer(self, node: exp.Column) -> bool:
        scope = self.before.scope
        own = Scope(scope.relations, scope.merged)
        field = scope.resolve(node, self.before.fail)
        return field.column not in {f.column for f in own.fields()}

    def _depends(self, node: exp.Column) -> bool:
        """Whether the groups hold the primary key of the column's table (manual, "SELECT")."""
        field = self.before.scope.resolve(node, self.before.fail)
        grouped = {sql for sql in self._by_sql}
        for relation in self.before.scope.relations:
            if field.column in {f.column for f in relation.fields}:
                return bool(relation.key) and all(quote(k) in grouped for k in relation.key)
        return False

    def _call(self, node: exp.Anonymous, condition: exp.Expr | None) -> Expression:
        call = self._aggregate_call(node, condition)
        key = repr(
            (
                call.name,
                [a.sql for a in call.arguments],
                call.star,
                call.distinct,
                call.order,
                call.filter,
            )
        )
        if key not in self._calls:
            found = aggregate(call)
            name = f"{self.alias}.a{len(self.aggregates)}"
            self.aggregates.append((name, found))
            self._calls[key] = Expression(quote(name), found.type, found.nullable)
        return self._calls[key]

    def _aggregate_call(self, node: exp.Anonymous, condition: exp.Expr | None) -> AggregateCall:
        name = str(node.this).lower()
        arguments, order, distinct = unpack(node)
        for argument in arguments:
            if has_aggregate(argument):
                raise self.before.fail("aggregate function calls cannot be nested", node)
        star = any(isinstance(a, exp.Star) for a in arguments)
        if star and name != "count":
            raise self.before.fail(f"{name}(*) does not exist", node)
        if not arguments and name == "count":
            raise self.before.fail("count(*) must be used to call a parameterless count", node)
        return AggregateCall(
            name,
            () if star else tuple(self.before(a) for a in arguments),
            lambda message: self.before.fail(message, node),
            star,
            distinct,
            order_by(order, self.before),
            self.before.boolean(condition, "FILTER").sql if condition is not None else "",
        )

    def operator(self, child: Operator) -> Operator:
        """The grouping, once everything that refers to it is translated."""
        table = "" if self.context.is_inline else self.planner.state_table("group")
        return GroupBy(child, self.groups, self.aggregates, table, self._key())

    def _key(self) -> frozenset[str]:
        """The groups without constants and without what a primary key among them determines."""
        names = {value.sql: name for name, value in self.groups}
        dependent = {names[sql] for sql in self._constants}
        for relation in self.before.scope.relations:
            if relation.key and all(quote(k) in names for k in relation.key):
                others = {quote(f.column) for f in relation.fields if f.column not in relation.key}
                dependent |= {names[sql] for sql in others & names.keys()}
        return frozenset(names.values()) - dependent


def unpack(node: exp.Anonymous) -> tuple[list[exp.Expr], list[exp.Expr], bool]:
    """Arguments, ORDER BY and DISTINCT of an aggregate call as sqlglot nests them."""
    order: list[exp.Expr] = []
    distinct = False
    arguments: list[exp.Expr] = []
    for argument in node.expressions:
        if isinstance(argument, exp.Order):
            order = argument.expressions
            argument = argument.this
        if isinstance(argument, exp.Distinct):
            distinct = True
            arguments += argument.expressions
        else:
            arguments.append(argument)
    return arguments, order, distinct


def order_by(ordered: list[exp.Expr], translate: Translator) -> str:
    """SQL of an ORDER BY with PostgreSQL's place of NULL: last ascending, first descending."""
    parts = []
    for item in ordered:
        value = translate(item.this)
        word = "DESC" if item.args.get("desc") else "ASC"
        nulls = "FIRST" if item.args.get("nulls_first") else "LAST"
        parts.append(f"{value.sql} {word} NULLS {nulls}")
    return f" ORDER BY {', '.join(parts)}" if parts else ""
