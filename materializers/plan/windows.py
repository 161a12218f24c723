"""Window functions: one operator for each PARTITION BY, kept by touched partitions.

Where PostgreSQL leaves the order of equals open, it is settled by the input's key. What an answer
cannot be worked out twice alike for (sums of floats, the first of several peers) is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from materializers.operators.operator import Column, Operator
from materializers.operators.partitioned import Partitioned
from materializers.plan.aggregates.accumulator import Accumulator, AggregateCall, Rule
from materializers.plan.aggregates.registry import aggregate
from materializers.plan.expressions.translator import Translator
from materializers.plan.grouping.grouping import order_by, unpack
from materializers.plan.key_columns import KeyColumns
from materializers.plan.planned import Context, Queries
from materializers.plan.types.comparison_key import equality_key, refusal
from materializers.plan.types.expression import Expression, quote
from materializers.plan.types.sql_type import (
    BIGINT,
    DIGITS_MAX,
    DOUBLE,
    INTEGER,
    UNKNOWN,
    SqlType,
    numeric,
    resulting,
)

_RANKS: dict[str, SqlType] = {
    "row_number": BIGINT,
    "rank": BIGINT,
    "dense_rank": BIGINT,
    "percent_rank": DOUBLE,
    "cume_dist": DOUBLE,
    "ntile": INTEGER,
}
_VALUES = ("lag", "lead", "first_value", "last_value", "nth_value")
_SETTLED = ("row_number", "ntile", "lag", "lead")
"""Functions that look at no frame and no peers: a longer order changes nothing but ties."""
_AGGREGATES = ("count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every")
_TIES = "{ties}"


@dataclass(slots=True)
class _Group:
    """The windows of one PARTITION BY. `columns`: with their SQL, `{ties}` for what settles the
    order of equals. `is_kept`: some answer hangs on the order in which rows are met."""

    partition: list[Expression]
    columns: list[tuple[Column, str]] = field(default_factory=list)
    is_kept: bool = False


class Windows:
    """Collects the window functions of one SELECT, then makes the operators that add their
    columns."""

    def __init__(self, planner: Queries, translate: Translator, context: Context) -> None:
        self.planner = planner
        self.translate = translate
        self.context = context
        self.alias = planner.unique("window")
        self.keys = KeyColumns(self.alias)
        self.groups: dict[tuple[str, ...], _Group] = {}
        self._columns = 0

    def around(self, translate: Translator) -> Translator:
        """A translator that answers for window functions before everything else."""
        inner = translate.hook

        def hook(node: exp.Expr) -> Expression | None:
            if isinstance(node, exp.Window):
                return self._window(node)
            return inner(node) if inner is not None else None

        outer = Translator(translate.source, translate.scope, translate.subquery, hook)
        self.translate = outer
        return outer

    def _window(self, node: exp.Window) -> Expression:
        call, condition = node.this, None
        if isinstance(call, exp.Filter):
            call, condition = call.this, call.expression.this
        if not isinstance(call, exp.Anonymous):
            raise self.translate.fail("this window function is not supported", node)
        name = str(call.this).lower()
        if name in _AGGREGATES:
            return self._aggregate(name, call, condition, node)
        if condition is not None:
            raise self.translate.fail(f"FILTER cannot be used with {name}()", node)
        return self._function(name, call, node)

    def _function(self, name: str, call: exp.Anonymous, node: exp.Window) -> Expression:
        arguments = [self.translate(a) for a in unpack(call)[0]]
        ties = _TIES if name in _SETTLED else ""
        if name in _RANKS:
            kind, nullable = _RANKS[name], name == "ntile"
        elif name in _VALUES and arguments:
            kind, nullable = self._value_type(name, arguments, call), True
        else:
            raise self.translate.fail(f"{name}() over a window is not supported", call)
        listed = ", ".join(a.sql for a in arguments)
        sql = f"CAST({name}({listed}) OVER ({self._over(node, ties)}) AS {kind.duckdb})"
        is_open = name in _VALUES and not ties
        return self._column(node, sql, kind, nullable, is_kept=is_open or kind.is_float)

    def _value_type(self, name: str, arguments: list[Expression], call: exp.Anonymous) -> SqlType:
        if len(arguments) == 3:
            kind, (first, last) = self.translate.unify(
                [arguments[0], arguments[2]], call, name, resulting
            )
            arguments[0] = Expression(first, kind, True)
            arguments[2] = Expression(last, kind, True)
        if arguments[0].type == UNKNOWN:
            raise self.translate.fail(f"{name}() needs a value of a known type", call)
        return arguments[0].type

    def _aggregate(
        self, name: str, call: exp.Anonymous, condition: exp.Expr | None, node: exp.Window
    ) -> Expression:
        given, order, distinct = unpack(call)
        if distinct or order:
            word = "DISTINCT" if distinct else "ORDER BY"
            raise self.translate.fail(f"{word} is not implemented for window functions", call)
        star = any(isinstance(a, exp.Star) for a in given)
        test = self.translate.boolean(condition, "FILTER").sql if condition is not None else ""
        arguments = () if star else tuple(self.translate(a) for a in given)
        found = aggregate(
            AggregateCall(
                name, arguments, lambda m: self.translate.fail(m, call), star, filter=test
            )
        )
        sql = found.result
        for index, accumulator in enumerate(found.accumulators):
            value = self._accumulator(accumulator, found.type, node)
            sql = sql.replace(f"{{{index}}}", value.sql)
        return Expression(f"({sql})", found.type, True)

    def _accumulator(self, kept: Accumulator, result: SqlType, node: exp.Window) -> Expression:
        over = f"OVER ({self._over(node, _TIES if self._has_rows_frame(node) else '')})"
        if kept.rule is Rule.SUM:
            sql = f"coalesce(sum({kept.argument}) {over}, 0)"
        elif kept.rule is Rule.EXTREME:
            sql = f"{kept.function}({kept.argument}) {over}"
        else:
            sql = f"{kept.whole} {over}"
        kind = _stored_type(kept.type, result)
        is_kept = kept.rule is Rule.AGAIN
        return self._column(node, f"CAST({sql} AS {kind.duckdb})", kind, True, is_kept=is_kept)

    def _column(
        self, node: exp.Window, sql: str, kind: SqlType, nullable: bool, *, is_kept: bool
    ) -> Expression:
        group = self._group(node)
        group.is_kept |= is_kept
        for column, there in group.columns:
            if there == sql:
                return Expression(quote(column.name), kind, nullable)
        column = Column(f"{self.alias}.{self._columns}", kind, nullable)
        self._columns += 1
        group.columns.append((column, sql))
        return Expression(quote(column.name), kind, nullable)

    # OVER (…)

    def _group(self, node: exp.Window) -> _Group:
        given = node.args.get("partition_by")
        partition = [self._key(p) for p in given] if isinstance(given, list) else []
        key = tuple(e.sql for e in partition)
        return self.groups.setdefault(key, _Group(partition))

    def _key(self, node: exp.Expr) -> Expression:
        value = self.translate(node)
        key = equality_key(value)
        if key is None:
            message, fix = refusal(value.type, "PARTITION BY")
            raise self.translate.fail(message, node, fix=fix)
        return self.keys(key)

    def _has_rows_frame(self, node: exp.Window) -> bool:
        spec = node.args.get("spec")
        return isinstance(spec, exp.WindowSpec) and spec.args.get("kind") == "ROWS"

    def _over(self, node: exp.Window, ties: str) -> str:
        parts = []
        partition = node.args.get("partition_by")
        if isinstance(partition, list) and partition:
            parts.append(f"PARTITION BY {', '.join(self._key(p).sql for p in partition)}")
        order = node.args.get("order")
        by = ""
        if isinstance(order, exp.Order):
            by = order_by(order.expressions, self.translate, self.keys).strip()
        parts.append(by + (f"{ties}+" if by and ties else ties))
        spec = node.args.get("spec")
        if isinstance(spec, exp.WindowSpec):
            parts.append(spec.sql(dialect="postgres"))
        return " ".join(part for part in parts if part)

    # operators

    def operator(self, child: Operator) -> Operator:
        """The relation with the windows' columns added; the child where there are none."""
        child = self.keys.below(child)
        for group in self.groups.values():
            child = self._partitioned(child, group)
        return child

    def _partitioned(self, child: Operator, group: _Group) -> Operator:
        listed = ", ".join(
            f"{_settled(sql, child)} AS {quote(column.name)}" for column, sql in group.columns
        )
        own = child.column_list()
        must_keep = group.is_kept or not group.partition
        keeps = must_keep and not self.context.is_inline
        operator = Partitioned(
            (child,),
            (group.partition,),
            tuple(e.sql for e in group.partition),
            child.columns + tuple(column for column, _ in group.columns),
            (f"SELECT {own}, {listed} FROM (", ")"),
            "window functions",
            self.planner.state_table("window") if keeps else "",
        )
        operator.keys = child.keys
        return operator


def _stored_type(kept: str, result: SqlType) -> SqlType:
    """The type of a column that holds an accumulator."""
    if kept == "BIGINT":
        return BIGINT
    if kept == "HUGEINT":
        return numeric(DIGITS_MAX, 0)
    scale = re.fullmatch(r"DECIMAL\(38,(\d+)\)", kept)
    return numeric(DIGITS_MAX, int(scale[1])) if scale else result


def _settled(sql: str, child: Operator) -> str:
    """The order of equals: by the shortest key of the input, else by all its columns."""
    key = min(child.keys, key=len, default=child.names)
    names = ", ".join(quote(c.name) for c in child.columns if c.name in key)
    alone = f"ORDER BY {names}" if names else ""
    return sql.replace(f"{_TIES}+", f", {names}" if names else "").replace(_TIES, alone)
