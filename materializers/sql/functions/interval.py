"""Functions of intervals (manual, "Date/Time Functions and Operators")."""

from __future__ import annotations

from materializers.sql.functions.call import Call, Functions
from materializers.sql.types.expression import Apply, Constant, Expression
from materializers.sql.types.sql_type import (
    DOUBLE,
    INTEGER,
    INTERVAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    SqlType,
    numeric,
)

_PARTS = ("years", "months", "weeks", "days", "hours", "mins", "secs")
_FIELDS: dict[str, SqlType] = {
    **dict.fromkeys(
        ("year", "month", "day", "hour", "minute", "microseconds", "decade", "century",
         "millennium"), numeric(20, 0),
    ),
    "second": numeric(18, 6),
    "milliseconds": numeric(18, 3),
    "epoch": numeric(30, 6),
}  # fmt: skip
_UNITS = (
    "microseconds", "milliseconds", "second", "minute", "hour", "day", "month", "quarter", "year",
    "decade", "century", "millennium",
)  # fmt: skip


def _interval(call: Call, index: int = 0) -> Expression:
    value = call.arguments[index]
    if value.type.name != "interval" and value.literal is None:
        raise call.fail(f"{call.name}() takes an interval, not {value.type.name}")
    return value.cast(INTERVAL)


def extract_interval(call: Call, field: str) -> Expression:
    """`extract(field FROM interval)`."""
    if field not in _FIELDS:
        raise call.fail(f"extract({field}) from interval is not supported")
    return Apply("extract", (_interval(call),), _FIELDS[field], call.nullable, (field,))


def trunc_interval(call: Call, unit: str) -> Expression:
    """`date_trunc(unit, interval)`."""
    if unit not in _UNITS:
        raise call.fail(f"date_trunc() of an interval does not know the unit {unit!r}")
    return call.apply(INTERVAL, _interval(call, 1), options=(unit,))


def _justify(call: Call) -> Expression:
    call.expect(1)
    return call.apply(INTERVAL, _interval(call))


def _make(call: Call) -> Expression:
    """make_interval(): arguments by position or name; a missing one is 0."""
    given = dict(zip(_PARTS, call.arguments, strict=False))
    given.update(call.named)
    unknown = [name for name in given if name not in _PARTS]
    if unknown or len(call.arguments) > len(_PARTS):
        raise call.fail(f"make_interval() does not take {''.join(unknown) or 'so many arguments'}")
    for name, value in given.items():
        if name != "secs" and not value.type.is_integer:
            raise call.fail(f"{name} of make_interval() must be integer, not {value.type.name}")
    *whole, seconds = (given.get(name, Constant("0", INTEGER)) for name in _PARTS)
    parts = (*(value.cast(INTEGER) for value in whole), seconds.cast(DOUBLE))
    return Apply("make_interval", parts, INTERVAL, any(v.nullable for v in given.values()))


def _age(call: Call) -> Expression:
    if len(call.arguments) == 1:
        raise call.fail("age() of one argument counts from today, which changes without a row")
    call.expect(2)
    kinds = [a.type for a in call.arguments]
    kind = TIMESTAMPTZ if TIMESTAMPTZ in kinds else TIMESTAMP
    for value in call.arguments:
        if not (value.type.is_timestamp or value.type.name in ("date", "unknown")):
            raise call.fail(f"age() takes timestamps, not {value.type.name}")
    return call.apply(INTERVAL, *(v.cast(kind).cast(TIMESTAMP) for v in call.arguments))


INTERVAL_FUNCTIONS: Functions = {
    "justify_hours": _justify,
    "justify_days": _justify,
    "justify_interval": _justify,
    "make_interval": _make,
    "age": _age,
}
