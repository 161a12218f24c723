"""Functions of intervals (manual, "Date/Time Functions and Operators")."""

from __future__ import annotations

from materializers.plan.functions.call import Call, Functions
from materializers.plan.types.expression import Expression, Words
from materializers.plan.types.sql_type import (
    DOUBLE,
    INTEGER,
    INTERVAL,
    TIMESTAMP,
    TIMESTAMPTZ,
    numeric,
)

_PARTS = ("years", "months", "weeks", "days", "hours", "mins", "secs")
_FIELDS = {
    "year": "{m} // 12",
    "month": "{m} % 12",
    "day": "{d}",
    "hour": "{u} // 3600000000",
    "minute": "{u} // 60000000 % 60",
    "microseconds": "{u} % 60000000",
    "quarter": "({m} % 12) // 3 + 1",
    "decade": "{m} // 120",
    "century": "{m} // 1200",
    "millennium": "{m} // 12000",
}
_FRACTIONS = {"second": 6, "milliseconds": 3}
_MONTHS = {
    "month": 1,
    "quarter": 3,
    "year": 12,
    "decade": 120,
    "century": 1200,
    "millennium": 12000,
}
_MICROS = {
    "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "milliseconds": 1_000,
    "microseconds": 1,
}  # fmt: skip


def _interval(call: Call, index: int = 0) -> str:
    value = call.arguments[index]
    if value.type.name != "interval" and value.literal is None:
        raise call.fail(f"{call.name}() takes an interval, not {value.type.name}")
    return value.cast(INTERVAL).sql


def _pieces(sql: str) -> dict[str, str]:
    """SQL of months, days and microseconds."""
    return {
        "m": f"pg_months({sql})",
        "d": f"CAST(date_part('day', {sql}) AS BIGINT)",
        "u": f"pg_micros({sql})",
    }


def extract_interval(call: Call, field: str) -> Expression:
    """`extract(field FROM interval)`."""
    pieces = _pieces(_interval(call))
    if field in _FIELDS:
        if field == "quarter":
            raise call.fail("extract(quarter) from interval is not supported")
        return call.result(_FIELDS[field].format(**pieces), numeric(20, 0))
    if field in _FRACTIONS:
        scale = _FRACTIONS[field]
        whole = f"CAST({pieces['u']} % 60000000 AS DECIMAL(18,0))"
        factor = f"CAST({10**-scale:.{scale}f} AS DECIMAL({scale},{scale}))"
        return call.result(f"{whole} * {factor}", numeric(18, scale))
    if field == "epoch":
        sql = (
            "CAST((CAST({m} // 12 AS HUGEINT) * 31557600 + CAST({m} % 12 AS HUGEINT) * 2592000"
            " + {d} * 86400) * 1000000 + {u} AS DECIMAL(24,0)) * CAST(0.000001 AS DECIMAL(6,6))"
        ).format(**pieces)
        return call.result(sql, numeric(30, 6))
    raise call.fail(f"extract({field}) from interval is not supported")


def trunc_interval(call: Call, unit: str) -> Expression:
    """`date_trunc(unit, interval)`."""
    pieces = _pieces(_interval(call, 1))
    if unit in _MONTHS:
        sql = f"pg_make_interval({pieces['m']} // {_MONTHS[unit]} * {_MONTHS[unit]}, 0, 0)"
    elif unit == "day":
        sql = f"pg_make_interval({pieces['m']}, {pieces['d']}, 0)"
    elif unit in _MICROS:
        micros = f"{pieces['u']} // {_MICROS[unit]} * {_MICROS[unit]}"
        sql = f"pg_make_interval({pieces['m']}, {pieces['d']}, {micros})"
    else:
        raise call.fail(f"date_trunc() of an interval does not know the unit {unit!r}")
    return Words(sql, INTERVAL, call.nullable)


def _justify(call: Call) -> Expression:
    call.expect(1)
    pieces = ", ".join(_pieces(_interval(call)).values())
    if call.name == "justify_days":
        return Words(f"pg_justify_days({pieces})", INTERVAL, call.nullable)
    with_months = "true" if call.name == "justify_interval" else "false"
    return Words(f"pg_justify({pieces}, {with_months})", INTERVAL, call.nullable)


def _make(call: Call) -> Expression:
    """Arguments by place or by name; what is left out is 0."""
    given = dict(zip(_PARTS, call.arguments, strict=False))
    given.update(call.named)
    unknown = [name for name in given if name not in _PARTS]
    if unknown or len(call.arguments) > len(_PARTS):
        raise call.fail(f"make_interval() does not take {''.join(unknown) or 'so many arguments'}")
    for name, value in given.items():
        if name != "secs" and not value.type.is_integer:
            raise call.fail(f"{name} of make_interval() must be integer, not {value.type.name}")
    nullable = any(v.nullable for v in given.values())
    seconds = given.pop("secs").cast(DOUBLE).sql if "secs" in given else "0"
    part = {name: "0" for name in _PARTS}
    part |= {name: f"({value.cast(INTEGER).sql})" for name, value in given.items()}
    sql = (
        f"pg_make_interval({part['years']} * 12 + {part['months']},"
        f" {part['weeks']} * 7 + {part['days']},"
        f" CAST({part['hours']} AS BIGINT) * 3600000000 + CAST({part['mins']} AS BIGINT) * 60000000"
        f" + CAST(round_even({seconds} * 1000000, 0) AS BIGINT))"
    )
    return Words(sql, INTERVAL, nullable)


def _age(call: Call) -> Expression:
    if len(call.arguments) == 1:
        raise call.fail("age() of one argument counts from today, which changes without any row")
    call.expect(2)
    kinds = [a.type for a in call.arguments]
    kind = TIMESTAMPTZ if TIMESTAMPTZ in kinds else TIMESTAMP
    parts = []
    for value in call.arguments:
        if not (value.type.is_timestamp or value.type.name in ("date", "unknown")):
            raise call.fail(f"age() takes timestamps, not {value.type.name}")
        parts.append(f"CAST({value.cast(kind).sql} AS TIMESTAMP)")
    return Words(f"pg_age({', '.join(parts)})", INTERVAL, call.nullable)


INTERVAL_FUNCTIONS: Functions = {
    "justify_hours": _justify,
    "justify_days": _justify,
    "justify_interval": _justify,
    "make_interval": _make,
    "age": _age,
}
