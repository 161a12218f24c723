"""Rewrites averages and deviations of wide numerics as quotients of sums, which deltas maintain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from materializers.sql.relations.group_by import GroupBy
from materializers.sql.relations.map import Map
from materializers.sql.relations.relation import Column, Relation
from materializers.sql.relations.window import Window
from materializers.sql.types.aggregate_call import AggregateCall
from materializers.sql.types.expression import Apply, ColumnRef, Expression
from materializers.sql.types.sql_type import BIGINT, WIDE
from materializers.sql.types.window_call import WindowCall

_DEVIATIONS = ("variance", "var_samp", "var_pop", "stddev", "stddev_samp", "stddev_pop")
Read = Callable[[AggregateCall], Expression]
"""Returns the column of a call."""


def split(relation: Relation) -> Relation:
    """The relation with sums in place of such calls, below a projection; the relation itself if it
    has none."""
    if isinstance(relation, GroupBy) and any(_is_split(call) for _, call in relation.aggregates):
        return _group(relation)
    if isinstance(relation, Window) and any(_is_split(c.function) for _, c in relation.calls):
        return _window(relation)
    return relation


def _is_split(call: AggregateCall) -> bool:
    return call.type.is_wide and call.name in ("avg", *_DEVIATIONS)


def _group(relation: GroupBy) -> Map:
    names: dict[AggregateCall, str] = {}

    def read(call: AggregateCall) -> Expression:
        return ColumnRef(names.setdefault(call, f"{name}/{len(names)}"), call.type, call.nullable)

    outputs = [(n, ColumnRef(n, e.type, e.nullable)) for n, e in relation.groups]
    calls: list[tuple[str, Expression]] = []
    for name, call in relation.aggregates:
        if not _is_split(call):
            names.setdefault(call, name)
        value = _value(call, read) if _is_split(call) else read(call)
        calls.append((name, value))
    grouped = replace(relation, aggregates=tuple((n, c) for c, n in names.items()))
    return Map(grouped, (*outputs, *calls))


def _window(relation: Window) -> Map:
    columns: dict[WindowCall, Column] = {}
    outputs: list[tuple[str, Expression]] = [
        (c.name, c.as_expression()) for c in relation.child.columns
    ]
    for column, window in relation.calls:
        outputs.append((column.name, _window_value(column, window, columns)))
    calls = tuple((column, call) for call, column in columns.items())
    return Map(replace(relation, calls=calls), tuple(outputs))


def _window_value(
    column: Column, window: WindowCall, columns: dict[WindowCall, Column]
) -> Expression:
    function = window.function
    if not _is_split(function):
        return columns.setdefault(window, column).as_expression()

    def read(call: AggregateCall) -> Expression:
        made = Column(f"{column.name}/{len(columns)}", call.type, True)
        return columns.setdefault(replace(window, function=call), made).as_expression()

    return _value(function, read)


def _value(call: AggregateCall, read: Read) -> Expression:
    """The call's result, from sums and a count."""
    value = call.arguments[0]
    total = read(replace(call, name="sum", arguments=(value,), nullable=True))
    count = read(replace(call, name="count", type=BIGINT, nullable=False))
    if call.name == "avg":
        return Apply("/", (total, count), WIDE, call.nullable)
    square = Apply("*", (value, value), WIDE, value.nullable)
    squares = read(replace(call, name="sum", arguments=(square,), nullable=True))
    options = int(not call.name.endswith("_pop")), int(call.name.startswith("stddev"))
    return Apply("wide deviation", (count, total, squares), WIDE, True, options)
