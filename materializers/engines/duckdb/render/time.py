"""Renders functions of dates and times. The session's time zone is UTC."""

from __future__ import annotations

from materializers.engines.duckdb.render.interval import (
    double_of_micros,
    extracted_from_interval,
    part_of_interval,
    truncated_interval,
)
from materializers.engines.duckdb.render.node_words import words_of
from materializers.engines.duckdb.render.number_format import formatted_number
from materializers.engines.duckdb.render.rendering import Renderings, typed
from materializers.engines.duckdb.render.time_format import formatted_moment
from materializers.engines.duckdb.stored_type import stored_type
from materializers.sql.types.expression import Apply, Expression, text_literal
from materializers.sql.types.sql_type import DATE, TIME

_YEARS = {"decade": 10, "century": 100, "millennium": 1000}
_WHOLE_FIELDS = {
    "year": "pg_year({0})", "month": "month({0})", "day": "day({0})", "hour": "hour({0})",
    "minute": "minute({0})", "dow": "dayofweek({0})", "isodow": "isodow({0})",
    "doy": "dayofyear({0})", "week": "weekofyear({0})", "quarter": "quarter({0})",
    "isoyear": "pg_isoyear({0})", "decade": "CAST(floor(year({0}) / 10) AS BIGINT)",
    "century": "pg_century(year({0}), 100)", "millennium": "pg_century(year({0}), 1000)",
    "julian": "julian({0})", "timezone": "CASE WHEN {0} IS NOT NULL THEN 0 END",
}  # fmt: skip
_PARSED = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S", "US": "%f",
    "Mon": "%b", "Month": "%B", "HH12": "%I", "HH": "%I", "AM": "%p", "PM": "%p",
}  # fmt: skip


def _extract(node: Apply) -> str:
    value, field = node.arguments[0], str(node.options[0])
    if value.type.name == "interval":
        return extracted_from_interval(node)
    return f"CAST({_field(value, field)} AS {stored_type(node.type)})"


def _date_part(node: Apply) -> str:
    value, field = node.arguments[0], str(node.options[0])
    if value.type.name == "interval":
        return part_of_interval(node)
    if value.type == TIME:
        return double_of_micros(field, f"pg_time_micros({words_of(value)})")
    taken = "epoch_us({0})" if field == "epoch" else "CAST(microsecond({0}) AS BIGINT)"
    return double_of_micros(field, taken.format(words_of(value)))


def _field(value: Expression, field: str) -> str:
    if value.type == TIME:
        return _of_micros(field, f"pg_time_micros({words_of(value)})")
    if field in _WHOLE_FIELDS:
        return _WHOLE_FIELDS[field].format(words_of(value))
    if field == "epoch" and value.type == DATE:
        return f"epoch_us(CAST({words_of(value)} AS TIMESTAMP)) // 1000000"
    if field == "epoch":
        return _of_micros(field, f"epoch_us({words_of(value)})")
    return _of_micros(field, f"CAST(microsecond({words_of(value)}) AS BIGINT)")


def _of_micros(field: str, micros: str) -> str:
    """A field of a time given in microseconds."""
    if field == "hour":
        return f"{micros} // 3600000000"
    if field == "minute":
        return f"{micros} // 60000000 % 60"
    if field != "epoch":
        micros = f"{micros} % 60000000"
    if field == "microseconds":
        return micros
    scale = 3 if field == "milliseconds" else 6
    factor = f"CAST({10**-scale:.{scale}f} AS DECIMAL({scale},{scale}))"
    return f"CAST({micros} AS DECIMAL(20,0)) * {factor}"


def _date_trunc(node: Apply) -> str:
    value, unit = node.arguments[0], str(node.options[0])
    if value.type.name == "interval":
        return truncated_interval(node)
    if unit not in _YEARS:
        return f"CAST(date_trunc('{unit}', {words_of(value)}) AS {stored_type(node.type)})"
    first = f"make_timestamp(pg_first_year(year({words_of(value)}), {_YEARS[unit]}), 1, 1, 0, 0, 0)"
    sql = f"CASE WHEN isinf({words_of(value)}) THEN {words_of(value)} ELSE {first} END"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _make(node: Apply) -> str:
    """The year as DuckDB counts it: DuckDB has a year 0, PostgreSQL does not."""
    year, *rest = (words_of(each) for each in node.arguments)
    zero = "error('date field value out of range: year 0')"
    year = f"CASE WHEN {year} = 0 THEN {zero} WHEN {year} < 0 THEN {year} + 1 ELSE {year} END"
    return f"CAST({node.name}({year}, {', '.join(rest)}) AS {stored_type(node.type)})"


def _to_char(node: Apply) -> str:
    is_number = node.arguments[0].type.is_number
    return formatted_number(node) if is_number else formatted_moment(node)


def _to_timestamp(node: Apply) -> str:
    if not node.arguments[0].type.is_float:
        return _parsed(node)
    seconds, kind = words_of(node.arguments[0]), stored_type(node.type)
    micros = f"CAST(round_even({seconds} * 1000000, 0) AS BIGINT)"
    infinite = f"CAST(CASE WHEN {seconds} > 0 THEN 'infinity' ELSE '-infinity' END AS {kind})"
    sql = f"CASE WHEN isinf({seconds}) THEN {infinite} ELSE make_timestamptz({micros}) END"
    return f"CAST({sql} AS {kind})"


def _parsed(node: Apply) -> str:
    """`node.options`: the pieces of the pattern."""
    form = "".join(_PARSED.get(token, token.replace("%", "%%")) for token in map(str, node.options))
    sql = f"strptime({words_of(node.arguments[0])}, {text_literal(form)})"
    return f"CAST({sql} AS {stored_type(node.type)})"


def _date_bin(node: Apply) -> str:
    stride, value, origin = (words_of(each) for each in node.arguments)
    width = f"CAST(date_part('day', {stride}) AS BIGINT) * 86400000000 + pg_micros({stride})"
    away = f"(epoch_us({value}) - epoch_us({origin}))"
    bad = "error('date_bin() takes a stride above zero without months and years')"
    places = f"({away} - (({away} % ({width}) + ({width})) % ({width})))"
    sql = f"CASE WHEN pg_months({stride}) <> 0 OR {width} <= 0 THEN {bad} ELSE {places} END"
    none = f"{value} IS NULL OR {origin} IS NULL OR {stride} IS NULL"
    moved = f"{origin} + to_microseconds({sql})"
    sql = f"CASE WHEN {none} THEN NULL WHEN isinf({value}) THEN {value} ELSE {moved} END"
    return f"CAST({sql} AS {stored_type(node.type)})"


TIME_WORDS: Renderings = {
    "microseconds of time": "pg_time_micros({0})",
    "extract": _extract,
    "date_part": _date_part,
    "date_trunc": _date_trunc,
    "date_bin": _date_bin,
    "make_date": _make,
    "make_timestamp": _make,
    "make_time": typed("make_time"),
    "to_char": _to_char,
    "to_date": _parsed,
    "to_timestamp": _to_timestamp,
    "isfinite": typed("isfinite"),
    "finite": "pg_finite_moment({0})",
}
