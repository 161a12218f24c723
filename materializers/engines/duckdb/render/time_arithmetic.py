"""Renders `+ - * /` of dates, times and intervals."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply
from materializers.sql.types.sql_type import DATE, INTERVAL, TIME


def time_arithmetic(node: Apply) -> str:
    """An operator with a date, time or interval on at least one side."""
    if node.name in "*/":
        return _scaled(node)
    left, right = (words_of(each) for each in node.arguments)
    kinds = tuple(each.type for each in node.arguments)
    sql = f"{left} {node.name} {right}"
    if kinds == (DATE, DATE):
        sql = f"pg_days_between({left}, {right})"
    elif kinds == (TIME, TIME):
        sql = f"to_microseconds(date_diff('microseconds', {right}, {left}))"
    elif kinds == (TIME, INTERVAL):
        sql = f"pg_time(pg_time_micros({left}) {node.name} pg_micros({right}))"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _scaled(node: Apply) -> str:
    interval, factor = (words_of(each) for each in node.arguments)
    if node.name == "/":
        factor = f"CASE WHEN {factor} = 0 THEN error('division by zero') ELSE {factor} END"
    parts = (f"pg_months({interval})", f"date_part('day', {interval})", f"pg_micros({interval})")
    scaled = ", ".join(f"(CAST({part} AS DOUBLE) {node.name} ({factor}))" for part in parts)
    return f"pg_interval_scaled({scaled})"
