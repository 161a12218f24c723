"""Renders a typed constant, `'…'::type`."""

from __future__ import annotations

import re

from materializers.engines.duckdb.stored_type import stored_type
from materializers.engines.rows.failure import EvaluationError
from materializers.engines.rows.numbers.number_text import numeric_input, numeric_output
from materializers.sql.types.array_text import parse_array
from materializers.sql.types.boolean_text import parse_boolean
from materializers.sql.types.expression import text_literal
from materializers.sql.types.interval_text import parse_interval
from materializers.sql.types.json_text import canonical
from materializers.sql.types.sql_type import SqlType
from materializers.sql.types.zone_names import ABBREVIATIONS, ONE_WORD

_INTEGER = re.compile(r"\s*[-+]?\d+\s*")
_ZONED = re.compile(r"(.*\d)\s*(?!(?:bc|ad|am|pm)\s*$)([a-z][a-z_/+-]*)\s*", re.I | re.DOTALL)


def typed_literal(text: str, kind: SqlType) -> str:
    """SQL of the value, or of an error for a text that PostgreSQL would refuse."""
    if (element := kind.element) is not None and not kind.is_stored_as_text:
        return _array(text, element, kind)
    if kind.name == "interval":
        return _interval(text, kind)
    if kind.is_wide:
        return _numeric(text, kind)
    if kind.name == "jsonb":
        try:
            return text_literal(canonical(text))
        except ValueError:
            return _refused(text, kind)
    if kind.name == "boolean":
        truth = parse_boolean(text)
        return _refused(text, kind) if truth is None else str(truth).lower()
    if kind.name == "bytea":
        if text.isascii() and "\\" not in text:
            return f"encode({text_literal(text)})"
        is_hex = re.fullmatch(r"\\x(?:[0-9a-fA-F]{2})*", text)
        return f"unhex({text_literal(text[2:])})" if is_hex else _refused(text, kind)
    if kind.is_timestamp and (zoned := _ZONED.fullmatch(text)) is not None:
        return _zoned(text, zoned[1], zoned[2].lower(), kind)
    if kind.is_integer and not _INTEGER.fullmatch(text):
        return _refused(text, kind)
    return f"CAST({text_literal(text)} AS {stored_type(kind)})"


def _numeric(text: str, kind: SqlType) -> str:
    try:
        return text_literal(numeric_output(numeric_input(text)))
    except EvaluationError:
        return _refused(text, kind)


def _interval(text: str, kind: SqlType) -> str:
    parts = parse_interval(text)
    if parts is None:
        return _refused(text, kind)
    months, days = f"to_months({parts.months})", f"to_days({parts.days})"
    sql = f"({months} + {days} + to_microseconds({parts.micros}::BIGINT))"
    return f"pg_interval_iso({sql})" if kind.is_stored_as_text else sql


def _zoned(text: str, local: str, zone: str, kind: SqlType) -> str:
    """A moment with a zone's name, resolved by PostgreSQL's rules; a timestamp without time zone
    ignores the zone."""
    offset = ABBREVIATIONS.get(zone)
    is_region = "/" in zone or zone in ONE_WORD
    if offset is None and not is_region:
        return _refused(text, kind)
    moment = f"CAST({text_literal(local)} AS TIMESTAMP)"
    if kind.name == "timestamp without time zone":
        return moment
    if offset is None:
        return f"({moment} AT TIME ZONE {text_literal(zone)})"
    return f"CAST({moment} - to_seconds({offset}) AS {stored_type(kind)})"


def _array(text: str, element: SqlType, kind: SqlType) -> str:
    members = parse_array(text)
    if members is None:
        return _refused(text, kind)
    values = ["NULL" if m is None else typed_literal(m, element) for m in members]
    return f"CAST([{', '.join(values)}] AS {stored_type(kind)})"


def _refused(text: str, kind: SqlType) -> str:
    message = text_literal(f"invalid input syntax for type {kind.name}: {text!r}")
    return f"CAST(error({message}) AS {stored_type(kind)})"
