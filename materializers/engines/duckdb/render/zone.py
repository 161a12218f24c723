"""Renders `AT TIME ZONE`. The session's time zone is UTC."""

from __future__ import annotations

from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.rendering import Renderings
from materializers.sql.types.expression import Apply, Expression, text_literal
from materializers.sql.types.sql_type import TIMESTAMPTZ


def _timezone(node: Apply) -> str:
    if len(node.arguments) == 1:
        return _constant(node.arguments[0], node.options[0])
    zone = node.arguments[0]
    return _of_interval(node) if zone.type.name == "interval" else _of_name(node)


def _constant(value: Expression, zone: str | int) -> str:
    if isinstance(zone, int):
        return _shifted(value, f"to_seconds({zone})")
    return f"({words_of(value)} AT TIME ZONE {text_literal(zone)})"


def _of_interval(node: Apply) -> str:
    zone, value = node.arguments
    same = f"CASE WHEN {words_of(zone)} IS NOT NULL THEN {words_of(value.cast(node.type))} END"
    shifted = _shifted(value, f"pg_zone_shift({words_of(zone)})")
    return f"(CASE WHEN isfinite({words_of(value)}) THEN {shifted} ELSE {same} END)"


def _of_name(node: Apply) -> str:
    zone, value = node.arguments
    same = f" WHEN NOT isfinite({words_of(value)}) THEN {words_of(value.cast(node.type))}"
    return (
        f"(CASE WHEN {words_of(value)} IS NULL OR {words_of(zone)} IS NULL THEN NULL"
        f"{'' if node.options else same}"
        f" WHEN pg_zone_offset({words_of(zone)}) IS NOT NULL"
        f" THEN {_shifted(value, f'to_seconds(pg_zone_offset({words_of(zone)}))')}"
        f" ELSE {words_of(value)} AT TIME ZONE pg_zone_region({words_of(zone)}) END)"
    )


def _shifted(value: Expression, offset: str) -> str:
    """`offset`: SQL of an interval, positive east of UTC."""
    if value.type == TIMESTAMPTZ:
        return f"(CAST({words_of(value)} AS TIMESTAMP) + {offset})"
    return f"CAST({words_of(value)} - {offset} AS TIMESTAMPTZ)"


ZONES: Renderings = {"timezone": _timezone}
