"""Window functions: one operator for each PARTITION BY, kept by touched partitions.

Where PostgreSQL leaves the order of equals open, it is settled by the input's key. What an answer
cannot be worked out twice alike for (sums of floats, the first of several peers) is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from materializers.operators.operator import Column, Operator
from materializers.operators.window import Window
from materializers.plan.aggregates.collected import COLLECTED
from materializers.plan.aggregates.registry import aggregate
from materializers.plan.aggregates.written_call import WrittenCall
from materializers.plan.expressions.sort_keys import sort_keys
from materializers.plan.expressions.translator import Translator
from materializers.plan.grouping.grouping import unpack
from materializers.plan.key_columns import KeyColumns
from materializers.plan.planned import Context, Queries
from materializers.plan.render.aggregates.accumulations import accumulation
from materializers.plan.render.aggregates.accumulator import Accumulator, Rule
from materializers.plan.render.order import order_words
from materializers.plan.render.words import words
from materializers.plan.types.comparison_key import equality_key, refusal
from materializers.plan.types.expression import ColumnRef, Expression, nullable_as, quote
from materializers.plan.types.sql_type import SqlType
from materializers.plan.windows.calls import SETTLED, window_aggregate, window_call
from materializers.plan.windows.definition import Definition
from materializers.plan.windows.frame import frame_sql, has_distance, range_key

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
        window = Definition.of(node)
        name = str(call.this).lower()
        if window_aggregate(name):
            return self._aggregate(name, call, condition, window)
        if condition is not None:
            raise self.translate.fail(f"FILTER cannot be used with {name}()", node)
        return self._function(name, call, window)

    def _function(self, name: str, call: exp.Anonymous, window: Definition) -> Expression:
        found = window_call(name, call, self.translate)
        if not found.is_open:
            self._over(window, is_settled=False)  # a wrong frame is an error all the same
            window = replace(window, frame=None)
        is_settled = name in SETTLED or (found.is_open and window.counts_rows)
        sql = f"{found.sql} OVER ({self._over(window, is_settled=is_settled)})"
        sql = f"CAST({sql} AS {found.type.duckdb})"
        is_kept = (found.is_open and not is_settled) or found.type.is_float
        return self._column(window, sql, found.type, found.nullable, is_kept=is_kept)

    def _aggregate(
        self, name: str, call: exp.Anonymous, condition: exp.Expr | None, window: Definition
    ) -> Expression:
        given, order, distinct = unpack(call)
        if distinct or order:
            word = "DISTINCT" if distinct else "ORDER BY"
            raise self.translate.fail(f"{word} is not implemented for window functions", call)
        star = any(isinstance(a, exp.Star) for a in given)
        test = self.translate.boolean(condition, "FILTER") if condition is not None else None
        arguments = () if star else tuple(self.translate(a) for a in given)
        aggregated = aggregate(
            WrittenCall(name, arguments, lambda m: self.translate.fail(m, call), star, filter=test)
        )
        over = f"OVER ({self._over(window, is_settled=window.counts_rows)})"
        by = f" {self._order(window, is_settled=True)}" if name in COLLECTED else ""
        found = accumulation(aggregated, over, by)
        columns = [self._accumulator(each, window, over) for each in found.accumulators]
        return nullable_as(found.read(*columns), True)

    def _accumulator(self, kept: Accumulator, window: Definition, over: str) -> Expression:
        sql = kept.whole
        if kept.rule is Rule.SUM:
            sql = f"coalesce(sum({kept.argument}) {over}, 0)"
        elif kept.rule is Rule.EXTREME:
            sql = f"{kept.function}({kept.argument}) {over}"
        kind = kept.type
        is_kept = kept.rule is Rule.AGAIN and kind.is_float
        return self._column(window, f"CAST({sql} AS {kind.duckdb})", kind, True, is_kept=is_kept)

    def _column(
        self, window: Definition, sql: str, kind: SqlType, nullable: bool, *, is_kept: bool
    ) -> Expression:
        group = self._group(window)
        # Which row is whose peer's neighbour, the sort decides
        is_open = window.mode == "ROWS" and not window.counts_rows
        group.is_kept |= is_kept or is_open
        for column, there in group.columns:
            if there == sql:
                return ColumnRef(column.name, kind, nullable)
        column = Column(f"{self.alias}.{self._columns}", kind, nullable)
        self._columns += 1
        group.columns.append((column, sql))
        return ColumnRef(column.name, kind, nullable)

    # OVER (…)

    def _group(self, window: Definition) -> _Group:
        partition = [self._key(p) for p in window.partition]
        return self.groups.setdefault(tuple(words(e) for e in partition), _Group(partition))

    def _key(self, node: exp.Expr) -> Expression:
        value = self.translate(node)
        key = equality_key(value)
        if key is None:
            message, fix = refusal(value.type, "PARTITION BY")
            raise self.translate.fail(message, node, fix=fix)
        return self.keys(key)

    def _over(self, window: Definition, *, is_settled: bool) -> str:
        parts = []
        if window.partition:
            parts.append(f"PARTITION BY {', '.join(words(self._key(p)) for p in window.partition)}")
        parts.append(self._order(window, is_settled=is_settled))
        value = self.translate(window.order[0].this) if has_distance(window) else None
        parts.append(frame_sql(window, value, self.translate))
        return " ".join(part for part in parts if part)

    def _order(self, window: Definition, *, is_settled: bool) -> str:
        """The ORDER BY clause; what it leaves open is settled by the input's key."""
        if has_distance(window) and not is_settled:
            by = self._order_by_distance(window)
        else:
            by = order_words(sort_keys(window.order, self.translate, self.keys)).strip()
        if not is_settled:
            return by
        return f"{by}{_TIES}+" if by else _TIES

    def _order_by_distance(self, window: Definition) -> str:
        item, frame = window.order[0], window.frame
        assert frame is not None

        def wide(_: Expression) -> Expression:
            value = self.translate(item.this)
            return self.keys(range_key(value, frame, self.translate))

        return order_words(sort_keys([item], self.translate, wide)).strip()

    # operators

    def operator(self, child: Operator) -> Operator:
        """The relation with the windows' columns added; the child where there are none."""
        child = self.keys.below(child)
        for group in self.groups.values():
            child = self._partitioned(child, group)
        return child

    def _partitioned(self, child: Operator, group: _Group) -> Operator:
        calls = tuple((column, _settled(sql, child)) for column, sql in group.columns)
        must_keep = group.is_kept or not group.partition
        keeps = must_keep and not self.context.is_inline
        table = self.planner.state_table("window") if keeps else ""
        return Window(child, group.partition, calls, table)


def _settled(sql: str, child: Operator) -> str:
    """The order of equals: by the shortest key of the input, else by all its columns."""
    key = min(child.keys, key=len, default=child.names)
    names = ", ".join(quote(c.name) for c in child.columns if c.name in key)
    alone = f"ORDER BY {names}" if names else ""
    return sql.replace(f"{_TIES}+", f", {names}" if names else "").replace(_TIES, alone)
