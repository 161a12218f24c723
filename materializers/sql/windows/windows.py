"""Window functions: one Window relation for each PARTITION BY.

An aggregate over all rows becomes a GroupBy that is joined to the rows. Where ORDER BY leaves the
order of rows open, the input's key decides, unless the function depends on peers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from materializers.sql.aggregates.collected import COLLECTED
from materializers.sql.aggregates.written_call import WrittenCall
from materializers.sql.expressions.sort_keys import sort_keys
from materializers.sql.expressions.translator import Translator
from materializers.sql.grouping.grouping import unpack
from materializers.sql.key_columns import KeyColumns
from materializers.sql.planned import Queries
from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.join import Join
from materializers.sql.relations.relation import Column, Relation, shortest_key
from materializers.sql.relations.same import Consolidate, Shared
from materializers.sql.relations.window import Window
from materializers.sql.scope import Scope
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.comparison_key import equality_key, refusal
from materializers.sql.types.expression import Expression
from materializers.sql.types.sort_key import Order, SortKey
from materializers.sql.types.window_call import Frame, WindowCall
from materializers.sql.windows.calls import FRAMED, WITHOUT_FRAME, window_aggregate, window_function
from materializers.sql.windows.definition import Definition
from materializers.sql.windows.frame import frame_of, has_distance, is_whole, range_key


@dataclass(slots=True)
class _Group:
    """The windows of one PARTITION BY. `calls`: (call, whether its order is made total) -> its
    column. `totals`: aggregates over all rows."""

    partition: tuple[Expression, ...]
    calls: dict[tuple[WindowCall, bool], Column] = field(default_factory=dict)
    totals: dict[AggregateCall, Column] = field(default_factory=dict)


class Windows:
    """Collects the window functions of one SELECT, then makes the relations that add their
    columns."""

    def __init__(self, planner: Queries, translate: Translator) -> None:
        self.planner = planner
        self.translate = translate
        self.alias = planner.unique("window")
        self.keys = KeyColumns(self.alias)
        self.groups: dict[tuple[Expression, ...], _Group] = {}
        self._columns = 0

    def extended(self, translate: Translator) -> Translator:
        """A translator that also translates window functions."""
        inner = translate.hook

        def hook(node: exp.Expr) -> Expression | None:
            if isinstance(node, exp.Window):
                return self._window(node)
            return inner(node) if inner is not None else None

        outer = translate.with_hook(hook)
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
        if window_aggregate(name, self.translate.functions):
            return self._aggregate(name, call, condition, window)
        if condition is not None:
            raise self.translate.fail(f"FILTER cannot be used with {name}()", node)
        return self._function(name, call, window)

    def _function(self, name: str, call: exp.Anonymous, window: Definition) -> Expression:
        function = window_function(name, call, self.translate)
        if name not in FRAMED:
            self._frame(window)  # raises for an invalid frame, although it has no effect
            window = replace(window, frame=None)
        is_total = name in WITHOUT_FRAME or (name in FRAMED and window.counts_rows)
        return self._column(window, function, is_total=is_total)

    def _aggregate(
        self, name: str, call: exp.Anonymous, condition: exp.Expr | None, window: Definition
    ) -> Expression:
        given, order, distinct = unpack(call)
        if distinct or order:
            word = "DISTINCT" if distinct else "ORDER BY"
            raise self.translate.fail(f"{word} is not implemented for window functions", call)
        star = any(isinstance(a, exp.Star) for a in given)
        test = self.translate.boolean(condition, "FILTER") if condition is not None else None
        arguments = () if star else tuple(self._own(self.translate(a)) for a in given)
        is_wide = self.translate.source.is_wide
        written = WrittenCall(
            name,
            arguments,
            lambda m: self.translate.fail(m, call),
            star,
            filter=test,
            is_wide=is_wide,
        )
        function = self.translate.functions.aggregate(written)
        function = replace(function, nullable=True)
        if not window.partition and is_whole(window, self._frame(window)):
            column = self._new_column(function)
            if function.name in COLLECTED:
                function = replace(function, order=self._order(window, is_total=True))
            return self._group(window).totals.setdefault(function, column).as_expression()
        return self._column(window, function, is_total=window.counts_rows)

    def _own(self, value: Expression) -> Expression:
        """The value, as a column of the input where it is one of the query around alone: DuckDB
        would take the call for that query's."""
        scope = self.translate.scope
        if scope.outer is None or not value.columns:
            return value
        own = {field.column for field in Scope(scope.entries, scope.columns).fields()}
        return value if value.columns & own else self.keys.added(value)

    def _column(self, window: Definition, function: AggregateCall, *, is_total: bool) -> Expression:
        group = self._group(window)
        by = self._order(window, is_total=is_total)
        call = WindowCall(function, by, self._frame(window))
        column = self._new_column(function)
        return group.calls.setdefault((call, is_total), column).as_expression()

    def _new_column(self, function: AggregateCall) -> Column:
        self._columns += 1
        return Column(f"{self.alias}.{self._columns - 1}", function.type, function.nullable)

    # OVER (…)

    def _group(self, window: Definition) -> _Group:
        partition = tuple(self._key(p) for p in window.partition)
        return self.groups.setdefault(partition, _Group(partition))

    def _key(self, node: exp.Expr) -> Expression:
        value = self.translate(node)
        key = equality_key(value)
        if key is None:
            message, fix = refusal(value.type, "PARTITION BY")
            raise self.translate.fail(message, node, fix=fix)
        return self.keys(key)

    def _frame(self, window: Definition) -> Frame | None:
        value = self.translate(window.order[0].this) if has_distance(window) else None
        return frame_of(window, value, self.translate)

    def _order(self, window: Definition, *, is_total: bool) -> Order:
        """The window's ORDER BY; with a RANGE distance, in a type that it can be added to."""
        if not has_distance(window) or is_total:
            return sort_keys(window.order, self.translate, self.keys)
        item, frame = window.order[0], window.frame
        assert frame is not None

        def wide(_: Expression) -> Expression:
            value = self.translate(item.this)
            return self.keys(range_key(value, frame, self.translate))

        return sort_keys([item], self.translate, wide)

    # relations

    def relation(self, child: Relation) -> Relation:
        """The relation with the windows' columns added; the child where there are none."""
        child = self.keys.below(child)
        for group in self.groups.values():
            child = self._partitioned(child, group)
        return child

    def _partitioned(self, child: Relation, group: _Group) -> Relation:
        tiebreak = _tiebreak(child)
        if group.totals:
            child = _with_totals(child, group.totals, tiebreak)
        if not group.calls:
            return child
        calls = tuple(
            (column, _ordered(call, tiebreak, is_total=is_total))
            for (call, is_total), column in group.calls.items()
        )
        return Window(child, group.partition, calls)


def _with_totals(
    child: Relation, totals: Mapping[AggregateCall, Column], tiebreak: Order
) -> Relation:
    """Join the totals of all rows, which are one group, to each row. Consolidated, so that rows are
    joined anew only when a total changes."""
    shared = Shared(child)
    aggregates = tuple(
        (
            column.name,
            replace(call, order=(*call.order, *tiebreak)) if call.name in COLLECTED else call,
        )
        for call, column in totals.items()
    )
    return Join("inner", shared, Consolidate(GroupBy(shared, (), aggregates, frozenset())))


def _tiebreak(child: Relation) -> Order:
    """The order of rows that ORDER BY makes equal: by the input's key."""
    return tuple(SortKey(column.as_expression()) for column in shortest_key(child))


def _ordered(call: WindowCall, tiebreak: Order, *, is_total: bool) -> WindowCall:
    """The call with a total order if `is_total`; an aggregate that collects values always
    collects in a total order."""
    total = (*call.order, *tiebreak)
    if call.function.name in COLLECTED:
        call = replace(call, function=replace(call.function, order=total))
    return replace(call, order=total) if is_total else call
