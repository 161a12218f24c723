"""Date and time functions (manual, "Date/Time Functions and Operators", "Data Type Formatting
Functions"). The session's time zone is UTC, always."""

from __future__ import annotations

import re

from materializers.plan.functions.call import Call, Functions
from materializers.plan.functions.interval import extract_interval, trunc_interval
from materializers.plan.functions.number_format import format_number
from materializers.plan.functions.time_format import format_moment
from materializers.plan.functions.zone import at_zone
from materializers.plan.types.expression import Apply, Expression, Words, nullable_as, text_literal
from materializers.plan.types.sql_type import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTERVAL,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    numeric,
)

_PLAIN_UNITS = (
    "microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month", "quarter",
    "year",
)  # fmt: skip
_YEARS = {"decade": 10, "century": 100, "millennium": 1000}
_KEEPING_OFFSET = _PLAIN_UNITS[:5]
_SINGULAR = {
    "microsecond": "microseconds", "millisecond": "milliseconds", "seconds": "second",
    "minutes": "minute", "hours": "hour", "days": "day", "weeks": "week", "months": "month",
    "years": "year", "decades": "decade", "centuries": "century", "millennia": "millennium",
}  # fmt: skip
_WHOLE_FIELDS = {
    "year": "pg_year({0})", "month": "month({0})", "day": "day({0})", "hour": "hour({0})",
    "minute": "minute({0})", "dow": "dayofweek({0})", "isodow": "isodow({0})",
    "doy": "dayofyear({0})", "week": "weekofyear({0})", "quarter": "quarter({0})",
    "isoyear": "pg_isoyear({0})", "decade": "CAST(floor(year({0}) / 10) AS BIGINT)",
    "century": "pg_century(year({0}), 100)", "millennium": "pg_century(year({0}), 1000)",
}  # fmt: skip
_BOUNDLESS = ("year", "isoyear", "decade", "century", "millennium", "julian", "epoch")
"""Fields that are infinite of an infinite moment; of the others there are none."""
_CLOCK_FIELDS = ("hour", "minute", "second", "milliseconds", "microseconds", "epoch")
_PARSED = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S", "US": "%f",
    "Mon": "%b", "Month": "%B", "HH12": "%I", "HH": "%I", "AM": "%p", "PM": "%p",
}  # fmt: skip
_PARSED_TOKEN = re.compile(
    "|".join(sorted(_PARSED, key=len, reverse=True)) + r"|[^A-Za-z]|T(?!H)|."
)


def _moment(call: Call, index: int) -> Expression:
    value = call.arguments[index]
    if value.type == DATE or value.type.is_timestamp:
        return value
    raise call.fail(f"{call.name}() takes a date or timestamp, not {value.type.name}")


def _unit(call: Call, word: str | None) -> str:
    if word is None:
        raise call.fail(f"the unit of {call.name}() must be a constant")
    return _SINGULAR.get(word.lower(), word.lower())


def extract(call: Call, field: str) -> Expression:
    """`extract(field FROM value)`, a numeric since PostgreSQL 14."""
    value, field = call.arguments[0], _unit(call, field)
    if value.type.name == "interval":
        return extract_interval(call, field)
    if value.type == TIME:
        if field not in _CLOCK_FIELDS:
            raise call.fail(f"extract({field}) from time is not supported")
        return _clock(call, field, f"pg_time_micros({value.sql})")
    found = _field(call, _moment(call, 0), field)
    # Of an infinite moment these fields are NULL
    return found if field in _BOUNDLESS else nullable_as(found, True)


def _field(call: Call, value: Expression, field: str) -> Expression:
    if field in _BOUNDLESS:
        value = Apply("finite", (value,), value.type, value.nullable)
    if value.type == DATE and field in _CLOCK_FIELDS[:-1]:
        raise call.fail(f'unit "{field}" not supported for type date')
    if field in _WHOLE_FIELDS:
        return call.result(_WHOLE_FIELDS[field].format(value.sql), numeric(10, 0))
    if field == "julian" and value.type == DATE:
        return call.result(f"julian({value.sql})", numeric(10, 0))
    if field == "epoch" and value.type == DATE:
        return call.result(f"epoch_us(CAST({value.sql} AS TIMESTAMP)) // 1000000", numeric(20, 0))
    if field == "timezone" and value.type == TIMESTAMPTZ:
        return call.result(f"CASE WHEN {value.sql} IS NOT NULL THEN 0 END", numeric(10, 0))
    if field in ("second", "milliseconds", "microseconds"):
        return _clock(call, field, f"CAST(microsecond({value.sql}) AS BIGINT)")
    if field == "epoch":
        return _clock(call, field, f"epoch_us({value.sql})")
    raise call.fail(f"extract({field}) from {value.type.name} is not supported")


def _clock(call: Call, field: str, micros: str) -> Expression:
    """A field of a count of microseconds."""
    if field in ("hour", "minute"):
        sql = f"{micros} // 3600000000" if field == "hour" else f"{micros} // 60000000 % 60"
        return call.result(sql, numeric(10, 0))
    if field != "epoch":
        micros = f"{micros} % 60000000"
    if field == "microseconds":
        return call.result(micros, numeric(20, 0))
    scale = 3 if field == "milliseconds" else 6
    factor = f"CAST({10**-scale:.{scale}f} AS DECIMAL({scale},{scale}))"
    return call.result(f"CAST({micros} AS DECIMAL(20,0)) * {factor}", numeric(26, scale))


def _date_part(call: Call) -> Expression:
    call.expect(2)
    field = _unit(call, call.arguments[0].literal)
    value = call.arguments[1]
    if value.type == DATE:
        value = value.cast(TIMESTAMP)
    return extract(Call(call.name, (value,), call.fail), field).cast(DOUBLE)


def _date_trunc(call: Call) -> Expression:
    call.expect(2, 3)
    unit = _unit(call, call.arguments[0].literal)
    if call.arguments[1].type.name == "interval":
        return trunc_interval(call, unit)
    value = _moment(call, 1)
    kind = TIMESTAMPTZ if value.type == DATE else value.type
    value = value.cast(kind)
    if len(call.arguments) == 2:
        return call.result(_truncated(call, unit, value.sql), kind)
    if kind != TIMESTAMPTZ:
        raise call.fail("date_trunc() with a zone takes a timestamp with time zone")
    zone = call.arguments[2]
    local = at_zone(value, zone, call.fail, of_infinity=True).sql
    truncated = _truncated(call, unit, local)
    if unit in _KEEPING_OFFSET:
        finite = f"{value.sql} - ({local} - {truncated})"
        return call.result(f"CASE WHEN isinf({local}) THEN {value.sql} ELSE {finite} END", kind)
    return call.result(at_zone(Words(truncated, TIMESTAMP), zone, call.fail).sql, kind)


def _truncated(call: Call, unit: str, value: str) -> str:
    if unit in _PLAIN_UNITS:
        return f"date_trunc('{unit}', {value})"
    if unit not in _YEARS:
        raise call.fail(f"date_trunc() does not know the unit {unit!r}")
    first = f"make_timestamp(pg_first_year(year({value}), {_YEARS[unit]}), 1, 1, 0, 0, 0)"
    return f"CASE WHEN isinf({value}) THEN {value} ELSE {first} END"


def _date(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.literal is None and not value.type.is_text:
        value = _moment(call, 0)
    return call.result(value.sql, DATE)


def _make_date(call: Call) -> Expression:
    call.expect(3)
    year, *rest = (f"CAST({a.sql} AS BIGINT)" for a in call.arguments)
    return call.result(f"make_date({_astronomical(year)}, {', '.join(rest)})", DATE)


def _astronomical(year: str) -> str:
    """DuckDB counts a year 0, which PostgreSQL has not: -1 is the year before 1."""
    zero = "error('date field value out of range: year 0')"
    return f"CASE WHEN {year} = 0 THEN {zero} WHEN {year} < 0 THEN {year} + 1 ELSE {year} END"


def _make_moment(call: Call) -> Expression:
    is_time = call.name == "make_time"
    call.expect(3 if is_time else 6, 7 if call.name == "make_timestamptz" else None)
    *whole, seconds = call.arguments[:6]
    zone = call.arguments[6:]
    parts = [f"CAST({a.sql} AS BIGINT)" for a in whole] + [seconds.cast(DOUBLE).sql]
    if not is_time:
        parts[0] = _astronomical(parts[0])
    if is_time:
        return call.result(f"make_time({', '.join(parts)})", TIME)
    local = call.result(f"make_timestamp({', '.join(parts)})", TIMESTAMP)
    if zone:
        return at_zone(local, zone[0], call.fail)
    return local if call.name == "make_timestamp" else local.cast(TIMESTAMPTZ)


def _to_char(call: Call) -> Expression:
    call.expect(2)
    pattern = call.arguments[1].literal
    if pattern is None:
        raise call.fail("the format of to_char() must be a constant")
    value = call.arguments[0]
    try:
        if value.type.is_number:
            return call.result(format_number(value, pattern), TEXT)
        value = _moment(call, 0)
        sql = format_moment(value.cast(TIMESTAMP).sql, pattern, is_zoned=value.type == TIMESTAMPTZ)
    except ValueError as error:
        message = f"to_char() with the pattern {str(error)!r} is not supported"
        raise call.fail(message) from error
    # Of an infinite moment there is no text
    return Words(f"CASE WHEN isfinite({value.sql}) THEN {sql} END", TEXT, True)


def _from_text(call: Call) -> Expression:
    """to_date and to_timestamp; a text that does not follow the pattern closely is an error."""
    if call.name == "to_timestamp" and len(call.arguments) == 1:
        seconds = call.arguments[0].cast(DOUBLE).sql
        micros = f"CAST(round_even({seconds} * 1000000, 0) AS BIGINT)"
        infinite = f"CAST(CASE WHEN {seconds} > 0 THEN 'infinity' ELSE '-infinity' END"
        return call.result(
            f"CASE WHEN isinf({seconds}) THEN {infinite} AS TIMESTAMPTZ)"
            f" ELSE make_timestamptz({micros}) END",
            TIMESTAMPTZ,
        )
    call.expect(2)
    pattern = call.arguments[1].literal
    if pattern is None:
        raise call.fail(f"the format of {call.name}() must be a constant")
    parts = []
    for token in _PARSED_TOKEN.findall(pattern):
        if token not in _PARSED and token.isalpha() and token != "T":
            raise call.fail(f"{call.name}() with the pattern {token!r} is not supported")
        parts.append(_PARSED.get(token, token.replace("%", "%%")))
    kind = DATE if call.name == "to_date" else TIMESTAMPTZ
    return call.result(f"strptime({call.text(0)}, {text_literal(''.join(parts))})", kind)


def _timezone(call: Call) -> Expression:
    call.expect(2)
    value = call.arguments[1]
    if not value.type.is_timestamp:
        raise call.fail(f"timezone() takes a timestamp, not {value.type.name}")
    return at_zone(value, call.arguments[0], call.fail)


def _date_bin(call: Call) -> Expression:
    call.expect(3)
    stride, value = call.arguments[0].cast(INTERVAL).sql, _moment(call, 1)
    kind = TIMESTAMPTZ if TIMESTAMPTZ in (value.type, call.arguments[2].type) else TIMESTAMP
    value, origin = value.cast(kind), call.arguments[2].cast(kind)
    width = f"CAST(date_part('day', {stride}) AS BIGINT) * 86400000000 + pg_micros({stride})"
    away = f"(epoch_us({value.sql}) - epoch_us({origin.sql}))"
    bad = "error('date_bin() takes a stride above zero without months and years')"
    places = f"({away} - (({away} % ({width}) + ({width})) % ({width})))"
    sql = f"CASE WHEN pg_months({stride}) <> 0 OR {width} <= 0 THEN {bad} ELSE {places} END"
    moved = f"{origin.sql} + to_microseconds({sql})"
    none = f"{value.sql} IS NULL OR {origin.sql} IS NULL OR {stride} IS NULL"
    infinite = f"WHEN isinf({value.sql}) THEN {value.sql}"
    return call.result(f"CASE WHEN {none} THEN NULL {infinite} ELSE {moved} END", kind)


def _isfinite(call: Call) -> Expression:
    call.expect(1)
    return call.result(f"isfinite({_moment(call, 0).sql})", BOOLEAN)


TIME_FUNCTIONS: Functions = {
    "date_part": _date_part,
    "date_trunc": _date_trunc,
    "date_bin": _date_bin,
    "date": _date,
    "make_date": _make_date,
    "make_time": _make_moment,
    "make_timestamp": _make_moment,
    "make_timestamptz": _make_moment,
    "to_char": _to_char,
    "to_date": _from_text,
    "to_timestamp": _from_text,
    "timezone": _timezone,
    "isfinite": _isfinite,
}
