"""`AT TIME ZONE` in DuckDB's words. The session is in UTC."""

from __future__ import annotations

from materializers.plan.render.rendering import Renderings
from materializers.plan.types.expression import Apply, Expression, text_literal
from materializers.plan.types.sql_type import TIMESTAMPTZ


def _timezone(node: Apply) -> str:
    if len(node.arguments) == 1:
        return _constant(node.arguments[0], node.options[0])
    zone = node.arguments[0]
    return _of_interval(node) if zone.type.name == "interval" else _of_name(node)


def _constant(value: Expression, zone: str | int) -> str:
    if isinstance(zone, int):
        return _shifted(value, f"to_seconds({zone})")
    return f"({value.sql} AT TIME ZONE {text_literal(zone)})"


def _of_interval(node: Apply) -> str:
    zone, value = node.arguments
    same = f"CASE WHEN {zone.sql} IS NOT NULL THEN {value.cast(node.type).sql} END"
    shifted = _shifted(value, f"pg_zone_shift({zone.sql})")
    return f"(CASE WHEN isfinite({value.sql}) THEN {shifted} ELSE {same} END)"


def _of_name(node: Apply) -> str:
    zone, value = node.arguments
    same = f" WHEN NOT isfinite({value.sql}) THEN {value.cast(node.type).sql}"
    return (
        f"(CASE WHEN {value.sql} IS NULL OR {zone.sql} IS NULL THEN NULL"
        f"{'' if node.options else same}"
        f" WHEN pg_zone_offset({zone.sql}) IS NOT NULL"
        f" THEN {_shifted(value, f'to_seconds(pg_zone_offset({zone.sql}))')}"
        f" ELSE {value.sql} AT TIME ZONE pg_zone_region({zone.sql}) END)"
    )


def _shifted(value: Expression, offset: str) -> str:
    """`offset`: SQL of an interval, how far the zone is east of UTC."""
    if value.type == TIMESTAMPTZ:
        return f"(CAST({value.sql} AS TIMESTAMP) + {offset})"
    return f"CAST({value.sql} - {offset} AS TIMESTAMPTZ)"


ZONES: Renderings = {"timezone": _timezone}
