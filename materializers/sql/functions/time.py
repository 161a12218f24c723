"""Date and time functions (manual, "Date/Time Functions and Operators", "Data Type Formatting
Functions"). The session's time zone is always UTC."""

from __future__ import annotations

import re

from materializers.sql.expressions.time_arithmetic import calculate_time
from materializers.sql.functions.call import Call, Functions
from materializers.sql.functions.interval import extract_interval, trunc_interval
from materializers.sql.functions.number_format import number_pattern
from materializers.sql.functions.time_format import moment_pattern
from materializers.sql.functions.zone import as_specification, at_zone
from materializers.sql.types.expression import Apply, Case, Expression, boolean, nullable_as
from materializers.sql.types.sql_type import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTERVAL,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
    numeric,
)

_KEEPING_OFFSET = ("microseconds", "milliseconds", "second", "minute", "hour")
_UNITS = (
    *_KEEPING_OFFSET, "day", "week", "month", "quarter", "year", "decade", "century", "millennium",
)  # fmt: skip
_SINGULAR = {
    "microsecond": "microseconds", "millisecond": "milliseconds", "seconds": "second",
    "minutes": "minute", "hours": "hour", "days": "day", "weeks": "week", "months": "month",
    "years": "year", "decades": "decade", "centuries": "century", "millennia": "millennium",
}  # fmt: skip
_WHOLE_FIELDS = (
    "year", "month", "day", "hour", "minute", "dow", "isodow", "doy", "week", "quarter", "isoyear",
    "decade", "century", "millennium",
)  # fmt: skip
_BOUNDLESS = ("year", "isoyear", "decade", "century", "millennium", "julian", "epoch")
"""Fields that are infinite for an infinite moment; the others are NULL for it."""
_CLOCK_FIELDS = ("hour", "minute", "second", "milliseconds", "microseconds", "epoch")
_ADDED_UP = ("second", "milliseconds", "epoch")
"""Fields that `date_part` computes as a sum of doubles, instead of rounding the exact value."""
_PARSED = (
    "YYYY", "MM", "DD", "HH24", "MI", "SS", "US", "Mon", "Month", "HH12", "HH", "AM", "PM",
)  # fmt: skip
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
    if value.type != TIME:
        _moment(call, 0)
    kind = _field_type(call, value.type, field)
    if value.type == TIME:
        return Apply("extract", (value,), kind, value.nullable, (field,))
    if field in _BOUNDLESS:
        value = Apply("finite", (value,), value.type, value.nullable)
    part = Apply("extract", (value,), kind, value.nullable, (field,))
    # NULL for an infinite moment
    return part if field in _BOUNDLESS else nullable_as(part, True)


def _field_type(call: Call, kind: SqlType, field: str) -> SqlType:
    if kind == TIME and field not in _CLOCK_FIELDS:
        raise call.fail(f"extract({field}) from time is not supported")
    if kind == DATE and field in _CLOCK_FIELDS[:-1]:
        raise call.fail(f'unit "{field}" not supported for type date')
    is_whole = field in _WHOLE_FIELDS
    if is_whole or (field, kind) in (("julian", DATE), ("timezone", TIMESTAMPTZ)):
        return numeric(10, 0)
    if field == "microseconds" or (field, kind) == ("epoch", DATE):
        return numeric(20, 0)
    if field not in _CLOCK_FIELDS:
        raise call.fail(f"extract({field}) from {kind.name} is not supported")
    return numeric(26, 3 if field == "milliseconds" else 6)


def _date_part(call: Call) -> Expression:
    call.expect(2)
    field = _unit(call, call.arguments[0].literal)
    value = call.arguments[1]
    if value.type == DATE:
        value = value.cast(TIMESTAMP)
    exact = extract(Call(call.name, (value,), call.fail), field)
    if field not in _ADDED_UP:
        return exact.cast(DOUBLE)
    inner = exact.children[0] if isinstance(exact, Apply) and exact.name == "same" else exact
    return Apply("date_part", inner.children, DOUBLE, exact.nullable, (field,))


def _date_trunc(call: Call) -> Expression:
    call.expect(2, 3)
    unit = _unit(call, call.arguments[0].literal)
    if call.arguments[1].type.name == "interval":
        return trunc_interval(call, unit)
    value = _moment(call, 1)
    if len(call.arguments) == 3:
        return _truncated_in_zone(call, unit, value)
    return _truncated(call, unit, value.cast(TIMESTAMPTZ) if value.type == DATE else value)


def _truncated(call: Call, unit: str, value: Expression) -> Expression:
    if unit not in _UNITS:
        raise call.fail(f"date_trunc() does not know the unit {unit!r}")
    return Apply("date_trunc", (value,), value.type, value.nullable, (unit,))


def _truncated_in_zone(call: Call, unit: str, value: Expression) -> Expression:
    if value.type == TIMESTAMP:
        raise call.fail("date_trunc() with a zone takes a timestamp with time zone")
    value, zone = value.cast(TIMESTAMPTZ), call.arguments[2]
    local = at_zone(value, zone, call.fail, of_infinity=True)
    truncated = _truncated(call, unit, local)
    if unit not in _KEEPING_OFFSET:
        return at_zone(truncated, zone, call.fail)
    lost = calculate_time("-", local, truncated)
    finite = calculate_time("-", value, lost) if lost is not None else None
    assert finite is not None
    infinite = boolean("not", boolean("isfinite", local))
    return Case((infinite,), (value,), finite)


def _date(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.literal is None and not value.type.is_text:
        value = _moment(call, 0)
    return value.cast(DATE)


def _make_date(call: Call) -> Expression:
    call.expect(3)
    return call.apply(DATE, *(value.cast(BIGINT) for value in call.arguments))


def _make_moment(call: Call) -> Expression:
    is_time = call.name == "make_time"
    call.expect(3 if is_time else 6, 7 if call.name == "make_timestamptz" else None)
    *whole, seconds = call.arguments[:6]
    zone = call.arguments[6:]
    parts = (*(value.cast(BIGINT) for value in whole), seconds.cast(DOUBLE))
    if is_time:
        return call.apply(TIME, *parts)
    local = Apply("make_timestamp", parts, TIMESTAMP, call.nullable)
    if zone:
        return at_zone(local, as_specification(zone[0], call.fail), call.fail)
    return local if call.name == "make_timestamp" else local.cast(TIMESTAMPTZ)


def _to_char(call: Call) -> Expression:
    call.expect(2)
    pattern = call.arguments[1].literal
    if pattern is None:
        raise call.fail("the format of to_char() must be a constant")
    value = call.arguments[0]
    try:
        if value.type.is_number:
            return call.apply(TEXT, value, options=number_pattern(value.type, pattern))
        value = _moment(call, 0)
        pieces = moment_pattern(pattern, is_zoned=value.type == TIMESTAMPTZ)
    except ValueError as error:
        message = f"to_char() with the pattern {str(error)!r} is not supported"
        raise call.fail(message) from error
    # NULL for an infinite moment
    return Apply("to_char", (value,), TEXT, True, pieces)


def _from_text(call: Call) -> Expression:
    """to_date and to_timestamp; a text that does not match the pattern exactly is an error."""
    if call.name == "to_timestamp" and len(call.arguments) == 1:
        return call.apply(TIMESTAMPTZ, call.arguments[0].cast(DOUBLE))
    call.expect(2)
    pattern = call.arguments[1].literal
    if pattern is None:
        raise call.fail(f"the format of {call.name}() must be a constant")
    tokens = tuple(_PARSED_TOKEN.findall(pattern))
    for token, behind in zip(tokens, (*tokens[1:], ""), strict=True):
        # TH is an ordinal suffix; TM depends on the server's language
        is_other = token == "T" and behind[:1] in ("H", "M")
        if is_other or (token not in _PARSED and token.isalpha() and token != "T"):
            raise call.fail(f"{call.name}() with the pattern {token!r} is not supported")
    kind = DATE if call.name == "to_date" else TIMESTAMPTZ
    return call.apply(kind, call.as_text(0), options=tokens)


def _timezone(call: Call) -> Expression:
    call.expect(2)
    value = call.arguments[1]
    if not value.type.is_timestamp:
        raise call.fail(f"timezone() takes a timestamp, not {value.type.name}")
    return at_zone(value, call.arguments[0], call.fail)


def _date_bin(call: Call) -> Expression:
    call.expect(3)
    stride, value, origin = call.arguments[0], _moment(call, 1), call.arguments[2]
    kind = TIMESTAMPTZ if TIMESTAMPTZ in (value.type, origin.type) else TIMESTAMP
    return call.apply(kind, stride.cast(INTERVAL), value.cast(kind), origin.cast(kind))


def _isfinite(call: Call) -> Expression:
    call.expect(1)
    return call.apply(BOOLEAN, _moment(call, 0))


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
