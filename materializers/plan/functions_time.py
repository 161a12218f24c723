"""Date and time functions (manual, "Date/Time Functions and Operators", "Data Type Formatting
Functions"). The time zone is UTC, always."""

from __future__ import annotations

import re

from materializers.plan.call import Call, Functions
from materializers.plan.expression import Expression, text_literal
from materializers.plan.sql_type import DATE, INTERVAL, TEXT, TIMESTAMP, TIMESTAMPTZ, numeric

_UNITS = (
    "microseconds", "milliseconds", "second", "minute", "hour", "day", "week", "month",
    "quarter", "year", "decade", "century",
)  # fmt: skip

_WHOLE_FIELDS = (
    "year", "month", "day", "hour", "minute", "dow", "isodow", "doy", "week", "quarter",
    "isoyear", "decade",
)  # fmt: skip

_PATTERNS = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M",
    "SS": "%S", "MS": "%g", "US": "%f", "DDD": "%j", "YY": "%y", "AM": "%p", "PM": "%p",
    "Mon": "%b", "Dy": "%a", "IYYY": "%G", "IW": "%V",
}  # fmt: skip

_TOKEN = re.compile(
    "|".join(sorted(_PATTERNS, key=len, reverse=True)) + r'|"[^"]*"|[-/.:,; T]|.', re.DOTALL
)


def _moment(call: Call, index: int) -> Expression:
    value = call.arguments[index]
    if value.type == DATE or value.type.is_timestamp:
        return value
    raise call.fail(f"{call.name}() takes a date or timestamp, not {value.type.name}")


def extract(call: Call, field: str) -> Expression:
    """`extract(field FROM value)`, a numeric since PostgreSQL 14."""
    value = call.arguments[0]
    if value.type != INTERVAL:
        value = _moment(call, 0)
    field = field.lower()
    if field in _WHOLE_FIELDS and value.type != INTERVAL:
        return call.result(f"date_part('{field}', {value.sql})", numeric(10, 0))
    whole = value.sql if value.type != DATE else f"CAST({value.sql} AS TIMESTAMP)"
    if field == "second":
        micros = f"CAST(date_part('microseconds', {whole}) AS DECIMAL(18,0))"
        return call.result(f"{micros} * CAST('0.000001' AS DECIMAL(6,6))", numeric(8, 6))
    if field == "epoch":
        if value.type == INTERVAL:
            raise call.fail("extract(epoch FROM interval) is not supported")
        micros = f"CAST(epoch_us({whole}) AS DECIMAL(19,0))"
        scale = 0 if value.type == DATE else 6
        return call.result(f"{micros} * CAST('0.000001' AS DECIMAL(6,6))", numeric(20, scale))
    raise call.fail(f"extract({field}) from {value.type.name} is not supported")


def _date_part(call: Call) -> Expression:
    call.expect(2)
    field = call.arguments[0].literal
    if field is None:
        raise call.fail("the field of date_part() must be a constant")
    inner = Call(call.name, call.arguments[1:], call.fail)
    return extract(inner, field).cast(numeric(38, 6))


def _date_trunc(call: Call) -> Expression:
    call.expect(2)
    unit = (call.arguments[0].literal or "").lower()
    if unit not in _UNITS:
        raise call.fail(f"date_trunc() does not know the unit {unit or 'of an expression'!r}")
    value = _moment(call, 1)
    kind = TIMESTAMPTZ if value.type == DATE else value.type
    return call.result(f"date_trunc('{unit}', {value.cast(kind).sql})", kind)


def _date(call: Call) -> Expression:
    call.expect(1)
    value = call.arguments[0]
    if value.literal is None and not value.type.is_text:
        value = _moment(call, 0)
    return call.result(value.sql, DATE)


def _make_date(call: Call) -> Expression:
    call.expect(3)
    parts = ", ".join(f"CAST({a.sql} AS BIGINT)" for a in call.arguments)
    return call.result(f"make_date({parts})", DATE)


def _to_char(call: Call) -> Expression:
    call.expect(2)
    pattern = call.arguments[1].literal
    if pattern is None:
        raise call.fail("the format of to_char() must be a constant")
    value = _moment(call, 0)
    parts = [_format_part(call, token) for token in _TOKEN.findall(pattern)]
    return call.result(
        f"strftime({value.cast(TIMESTAMP).sql}, {text_literal(''.join(parts))})", TEXT
    )


def _format_part(call: Call, token: str) -> str:
    if token in _PATTERNS:
        return _PATTERNS[token]
    if token.startswith('"'):
        return token.strip('"').replace("%", "%%")
    if re.fullmatch(r"[-/.:,; T]", token):
        return token
    raise call.fail(f"to_char() with the pattern {token!r} is not supported")


TIME_FUNCTIONS: Functions = {
    "date_part": _date_part,
    "date_trunc": _date_trunc,
    "date": _date,
    "make_date": _make_date,
    "to_char": _to_char,
}
